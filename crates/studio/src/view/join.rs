//! The dialog in which real nodes are joined.

use crate::join::{Link, WORKLOADS};
use crate::show::{Button, Choice, Join, JoinField, JoinRow};
use crate::{JoinMsg, Model, Msg};
use protocol::{NodeId, Phrase};

impl Model {
    /// The dialog: where, with which token, and how each connection stands.
    pub fn join(&self) -> Join {
        let state = &self.join;
        let field = |label, value: &str, help| JoinField {
            label: self.word(label),
            value: value.to_owned(),
            help: self.word(help),
        };
        let joined = state.joined.as_deref();
        let streams = joined.map_or(&[][..], |joined| &joined.streams);
        let broken = |link: &Link| matches!(link, Link::Lost { .. } | Link::Ended(_));
        let any_broken = streams.iter().any(|stream| broken(&stream.link));
        let button = |key, msg| self.button(key, Msg::Join(msg));
        let start = if self.is_joined() {
            "ui.join.restart"
        } else {
            "ui.join.start"
        };
        Join {
            about: self.word("ui.join.about"),
            addresses: field(
                "ui.join.addresses",
                &state.addresses,
                "ui.join.addresses.help",
            ),
            token: field("ui.join.token", &state.token, "ui.join.token.help"),
            refusal: state
                .refusal
                .as_ref()
                .map_or_else(String::new, |why| self.say(why)),
            start: Button {
                enabled: !state.addresses.trim().is_empty(),
                ..button(start, JoinMsg::Start)
            },
            again: (any_broken && self.is_joined())
                .then(|| button("ui.join.again", JoinMsg::Again)),
            leave: joined.map(|_| button("ui.join.leave", JoinMsg::Leave)),
            workloads: self.bridge().map(|_| {
                let choices = WORKLOADS.iter().map(|id| Choice {
                    value: (*id).into(),
                    label: (*id).into(),
                    help: String::new(),
                    chosen: state.workload.unwrap_or(WORKLOADS[0]) == *id,
                    msg: Msg::Join(JoinMsg::Workload(id)),
                });
                (self.word("ui.join.workload"), choices.collect())
            }),
            test: self.bridge().map(|bridge| {
                if bridge.testing {
                    button("ui.join.stop", JoinMsg::Test(false))
                } else {
                    button("ui.join.test", JoinMsg::Test(true))
                }
            }),
            progress: self.test_progress(),
            report: self.report(),
            findings: self.findings(),
            found: self.word("ui.join.found"),
            rows: streams.iter().map(|stream| self.join_row(stream)).collect(),
            notes: joined.map_or_else(Vec::new, |joined| {
                let missed: u64 = streams.iter().map(|stream| stream.missed).sum();
                let missed = missed + joined.bridge.as_ref().map_or(0, |bridge| bridge.missed);
                let many = |key, n| (n > 0).then(|| Phrase::new(key).int("n", n));
                let slow = joined
                    .slow
                    .map(|(node, _)| Phrase::new("ui.join.slow").node("node", node));
                let notes = [
                    many("ui.join.missed", missed),
                    many("ui.join.forgotten", joined.forgotten),
                    slow,
                ];
                notes
                    .into_iter()
                    .flatten()
                    .map(|note| self.say(&note))
                    .collect()
            }),
        }
    }

    fn join_row(&self, stream: &crate::join::Stream) -> JoinRow {
        let (sign, phrase) = match &stream.link {
            Link::Dialling { .. } | Link::Probing => ("…", stream.phrase("ui.join.dialling")),
            Link::Watching => ("●", stream.phrase("ui.join.watching")),
            Link::Lost { why, again_us } => {
                let left_us = again_us.saturating_sub(self.real_us);
                let again = Phrase::new("ui.join.lost-again")
                    .with("why", protocol::Arg::Phrase(Box::new(why.clone())))
                    .int("seconds", left_us.div_ceil(1_000_000));
                ("✗", again)
            }
            Link::Ended(why) => ("✗", why.clone()),
        };
        let label = |node: NodeId| {
            let labels = self.session.labels();
            let known = labels.get(node.index()).filter(|_| self.is_joined());
            known.cloned()
        };
        JoinRow {
            sign,
            name: stream.node.and_then(label).unwrap_or_default(),
            sentence: self.say(&phrase),
        }
    }
}
