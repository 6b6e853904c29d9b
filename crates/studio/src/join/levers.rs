//! What the reader does to real nodes by way of a bridge: its levers are the stage's, and each is a command that is answered.

use super::bridge::{Bridge, Heard};
use super::stream::Link;
use crate::show::JoinFinding;
use crate::{Command, Menu, Model, Msg, SocketCommand, Target};
use protocol::{Name, NodeId, NodeKind, Phrase};
use recording::Recording;
use serde_json::{Value, json};
use sim::Action;
use std::collections::BTreeSet;
use trace::NodeStatus;
use wire::journal::Hello;

/// How long a message is put off at a time, in microseconds.
const DELAY_US: u64 = 1_000_000;
/// For how long a test begins operations, in microseconds.
const TEST_US: u64 = 10_000_000;
/// What a client sends unless something else is typed.
pub(crate) const REQUEST: &str = r#"{"type": "echo", "echo": "hello"}"#;
/// The workloads that a bridge knows.
pub(crate) const WORKLOADS: [&str; 9] = [
    "echo",
    "unique-ids",
    "broadcast",
    "g-set",
    "g-counter",
    "pn-counter",
    "lin-kv",
    "txn-list-append",
    "kafka",
];

impl Model {
    /// The bridge that is joined and shown.
    pub(crate) fn bridge(&self) -> Option<&Bridge> {
        let joined = self.join.joined.as_deref().filter(|joined| joined.shown)?;
        joined.bridge.as_ref()
    }

    /// Whether what is shown has levers: it is simulated, or a bridge has them.
    pub(crate) fn has_levers(&self) -> bool {
        self.session.playable.fixed().is_none() || self.bridge().is_some()
    }

    /// Whether `msg` acts by way of a bridge, and one is joined.
    pub(crate) fn is_lever(&self, msg: &Msg) -> bool {
        let lever = matches!(
            msg,
            Msg::Act(_)
                | Msg::Lever(_)
                | Msg::CrashOrRestart(_)
                | Msg::PauseOrResume(_)
                | Msg::CrashOrRestartSelected
                | Msg::PauseOrResumeSelected
                | Msg::Cut(_)
                | Msg::Ask(_)
                | Msg::Open(Menu::Ask)
        );
        lever && self.bridge().is_some()
    }

    /// Why a node cannot be killed, paused or restarted: nobody here started it.
    pub(crate) fn foreign(&self, node: NodeId) -> Option<Phrase> {
        let bridge = self.bridge()?;
        let label = self.session.labels().get(node.index())?;
        (!bridge.owns(label)).then(|| Phrase::new("ui.join.foreign").node("node", node))
    }

    /// A bridge says hello: what it tells is shown, as a recording of its own.
    pub(super) fn bridge_greeted(&mut self, place: usize, hello: &Hello) {
        let Some(joined) = self.join.joined.as_deref_mut() else {
            return;
        };
        let alone = joined.streams.len() == 1;
        let stream = &mut joined.streams[place];
        if !alone {
            let why = stream.phrase("ui.join.bridge-alone");
            return self.end_stream(place, why);
        }
        let Some((bridge, recording)) = Bridge::greeted(hello) else {
            let why = stream.phrase("ui.join.too-many");
            return self.end_stream(place, why);
        };
        stream.greeted();
        (joined.chars, joined.forgotten) = (0, 0);
        joined.weights.clear();
        joined.bridge = Some(bridge);
        self.show_joined(recording);
        self.read_under_way();
    }

    /// Takes a frame of the bridge.
    pub(super) fn heard_bridge(&mut self, place: usize, text: &str) {
        let len = self.session.playable.len();
        let growing = self.session.playable.growing();
        let recording = growing.and_then(|growing| growing.downcast_mut::<Recording>());
        let Some(joined) = self.join.joined.as_deref_mut() else {
            return;
        };
        let (Some(bridge), Some(recording)) = (&mut joined.bridge, recording) else {
            return;
        };
        let heard = bridge.hear(text, recording);
        let came = sim::Source::len(recording) - len;
        let each = text.len() / (came as usize).max(1);
        for _ in 0..came {
            joined.weights.push_back(each as u32);
        }
        joined.chars += each * came as usize;
        self.grown(len);
        if let Some(brought) = self.session.playable.brought() {
            self.words.learn(brought);
        }
        match heard {
            Heard::Shown => {}
            Heard::Done(did) => {
                let text = self.say(&did);
                self.announce(text);
                self.say_done(did, false);
            }
            Heard::Refused(why) => {
                self.refuse(Phrase::new("ui.join.refuses").text("why", why));
            }
            Heard::Asks(missed) => {
                self.ask_bridge(json!({"cmd": "hello"}), None);
                if missed > 0 {
                    self.say_done(Phrase::new("ui.join.missed").int("n", missed), false);
                }
            }
            Heard::Report => {
                if let Some(verdict) = self.verdict() {
                    let text = self.say(&verdict);
                    self.announce(text);
                    self.say_done(verdict, false);
                    if let Some(toast) = &mut self.toast {
                        toast.opens = Some(Menu::Join);
                    }
                }
            }
            Heard::Broken => {
                let joined = self.join.joined.as_deref();
                let why = joined.map(|joined| joined.streams[place].phrase("ui.join.broken"));
                if let Some(why) = why {
                    self.end_stream(place, why);
                }
            }
        }
    }

    /// Sends a command; `did` is said when it is done.
    fn ask_bridge(&mut self, command: Value, did: Option<Phrase>) {
        let joined = self.join.joined.as_deref_mut();
        let asked = joined.and_then(|joined| {
            let mut streams = joined.streams.iter();
            let stream = streams.find(|stream| stream.link == Link::Watching)?;
            let bridge = joined.bridge.as_mut()?;
            let text = match did {
                Some(did) => bridge.command(command, did),
                None => command.to_string(),
            };
            Some((stream.socket, text))
        });
        match asked {
            Some((socket, text)) => {
                let say = SocketCommand::Say { socket, text };
                self.out.push(Command::Socket(say));
            }
            None => self.refuse(Phrase::new("ui.join.no-connection")),
        }
    }

    /// Does something to the real nodes: said when the bridge has done it.
    pub(crate) fn act_there(&mut self, action: &Action) {
        if !self.follows() {
            return self.refuse(Phrase::new("ui.up-next.look-back"));
        }
        let foreign = match action {
            Action::Crash { node, .. }
            | Action::Restart(node)
            | Action::Pause(node)
            | Action::Resume(node) => self.foreign(*node),
            _ => None,
        };
        if let Some(why) = foreign {
            return self.refuse(why);
        }
        let labels = self.session.labels();
        let command = self
            .bridge()
            .and_then(|bridge| bridge.command_of(action, labels));
        let Some(command) = command else {
            return self.refuse(Phrase::new("ui.refused.message-gone"));
        };
        let did = self.did(action);
        let handled = match action {
            Action::Deliver(name)
            | Action::Drop(name)
            | Action::Duplicate(name)
            | Action::Hold(name)
            | Action::Release(name) => Some(*name),
            _ => None,
        };
        if let Some(joined) = self.join.joined.as_deref_mut() {
            joined.handled = handled;
            joined.taken =
                handled.filter(|_| action.is_pick() || matches!(action, Action::Drop(_)));
        }
        self.ask_bridge(command, Some(did));
    }

    pub(super) fn hold_all(&mut self, hold: bool) {
        let (cmd, did) = if hold {
            ("hold-all", "ui.join.did-hold-all")
        } else {
            ("release-all", "ui.join.did-release-all")
        };
        self.ask_bridge(json!({"cmd": cmd}), Some(Phrase::new(did)));
    }

    pub(super) fn delay(&mut self, message: Name) {
        let id = self.bridge().and_then(|bridge| bridge.number(message));
        let Some(id) = id else {
            return self.refuse(Phrase::new("ui.refused.message-gone"));
        };
        let did = self.did_message("ui.join.did-delay", message);
        let command = json!({"cmd": "delay", "id": id, "us": DELAY_US});
        self.ask_bridge(command, Some(did));
    }

    /// A client sends what was typed.
    pub(crate) fn send_request(&mut self) {
        let text = self.ask.fields.get("body").map_or(REQUEST, String::as_str);
        let refusal = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(body)) => {
                let node = self.request_to();
                let dest = node.and_then(|node| self.session.labels().get(node.index()).cloned());
                let (Some(node), Some(dest)) = (node, dest) else {
                    return;
                };
                let runs = self.session.node(node);
                let runs = runs.is_none_or(|node| node.status != NodeStatus::Crashed);
                let key = match runs {
                    true => "ui.join.did-send",
                    false => "ui.join.did-send-down",
                };
                let did = Phrase::new(key).node("node", node);
                self.look.menu = None;
                let command = json!({"cmd": "send", "dest": dest, "body": body});
                return self.ask_bridge(command, Some(did));
            }
            Ok(_) => Phrase::new("ui.join.no-object"),
            Err(error) => Phrase::new("ui.join.no-json").text("why", error.to_string()),
        };
        self.ask.refusal = Some(refusal);
    }

    /// Who may be sent a request.
    pub(crate) fn addressees(&self) -> impl Iterator<Item = &trace::NodeFrame> {
        let nodes = self.session.frame.nodes.iter();
        nodes.filter(|node| node.kind == NodeKind::Server && node.status != NodeStatus::Removed)
    }

    /// Whom a request is for: the one that was chosen, else the selected one, else the first.
    pub(crate) fn request_to(&self) -> Option<NodeId> {
        let there = |wanted: &NodeId| self.addressees().any(|node| node.id == *wanted);
        let chosen = self.ask.client.filter(there);
        let wanted = chosen.or(self.look.node.filter(there));
        wanted.or_else(|| self.addressees().next().map(|node| node.id))
    }

    pub(super) fn test(&mut self, begins: bool) {
        if !begins {
            let did = Phrase::new("ui.join.did-stop");
            return self.ask_bridge(json!({"cmd": "stop"}), Some(did));
        }
        let workload = self.join.workload.unwrap_or(WORKLOADS[0]);
        let command = json!({"cmd": "test", "workload": workload, "time_limit_us": TEST_US});
        let did = Phrase::new("ui.join.did-test").text("workload", workload);
        let joined = self.join.joined.as_deref_mut();
        if let Some(bridge) = joined.and_then(|joined| joined.bridge.as_mut()) {
            (bridge.report, bridge.operations) = (None, (0, 0));
        }
        self.ask_bridge(command, Some(did));
    }

    /// What the last test came to, in a sentence; empty without one.
    pub(crate) fn report(&self) -> String {
        self.verdict()
            .map_or_else(String::new, |verdict| self.say(&verdict))
    }

    fn verdict(&self) -> Option<Phrase> {
        let report = self.bridge()?.report.as_ref()?;
        let key = match report["valid"].as_str() {
            Some("valid") => "ui.join.report-valid",
            Some("invalid") => "ui.join.report-invalid",
            _ => "ui.join.report-unknown",
        };
        let ends = |end: &str| -> u64 {
            let operations = report["operations"].as_object();
            let operations = operations.into_iter().flat_map(|all| all.values());
            operations.filter_map(|ends| ends[end].as_u64()).sum()
        };
        let phrase = Phrase::new(key)
            .text(
                "workload",
                report["workload"].as_str().unwrap_or_default().to_owned(),
            )
            .int("ok", ends("ok"))
            .int("fail", ends("fail"))
            .int("info", ends("info"));
        Some(phrase)
    }

    /// How far the test has come that goes on; empty without one.
    pub(crate) fn test_progress(&self) -> String {
        let Some(bridge) = self.bridge().filter(|bridge| bridge.testing) else {
            return String::new();
        };
        let (ended, open) = bridge.operations;
        let phrase = Phrase::new("ui.join.testing").int("n", ended);
        self.say(&phrase.int("open", open))
    }

    /// What the last test found: of each sort of anomaly the first.
    pub(crate) fn findings(&self) -> Vec<JoinFinding> {
        let report = self.bridge().and_then(|bridge| bridge.report.as_ref());
        let Some(verdict) = report.map(|report| &report["verdict"]) else {
            return Vec::new();
        };
        let mut shown = BTreeSet::new();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let all = verdict["findings"].as_array().into_iter().flatten();
        let first = all.filter(|finding| shown.insert(text(&finding["anomaly"])));
        let told = first.map(|finding| {
            let anomaly = text(&finding["anomaly"]);
            let n = verdict["counts"][&anomaly].as_u64().unwrap_or(1);
            let operations = finding["operations"].as_array().into_iter().flatten();
            JoinFinding {
                name: match n {
                    0 | 1 => anomaly,
                    n => {
                        let phrase = Phrase::new("ui.join.found-all").text("anomaly", anomaly);
                        self.say(&phrase.int("n", n))
                    }
                },
                sentence: text(&finding["text"]),
                operations: operations.map(text).collect(),
            }
        });
        told.collect()
    }

    /// Reads the rows of *Up next*: the messages under way, as long as what is shown is the present.
    pub(crate) fn read_under_way(&mut self) {
        let Some(bridge) = self.bridge() else {
            return;
        };
        let rows = if self.follows() {
            bridge.pending(&self.session.frame)
        } else {
            Vec::new()
        };
        self.session.pending = rows;
        if !self.follows() {
            return;
        }
        let rows: Vec<Name> = self.session.pending.iter().map(|row| row.event).collect();
        let Some(joined) = self.join.joined.as_deref_mut() else {
            return;
        };
        let was = std::mem::replace(&mut joined.rows, rows.clone());
        let here = |name: &Name| self.look.row == Some(name.to_string());
        let Some(place) = was.iter().position(here) else {
            return;
        };
        let (gone, there) = (was[place], BTreeSet::from_iter(rows));
        if there.contains(&gone) {
            return;
        }
        // The cursor is on the row that came after it, or else before.
        let around = was[place..].iter().chain(was[..place].iter().rev());
        let mut around = around.filter(|name| there.contains(name));
        self.look.row = around.next().map(Name::to_string);
        let taken = joined.taken.take_if(|taken| *taken == gone);
        if let (Some(_), Some(key)) = (taken, self.look.row.clone()) {
            self.out.push(Command::Focus(Target::UpNextRow(key)));
        }
    }

    /// Pauses in order to choose: a run must not run away. What goes on elsewhere does not wait for anybody, and is followed.
    pub(crate) fn pause_to_choose(&mut self, opens: bool) {
        if !self.follows() {
            self.pause(opens);
        }
    }
}
