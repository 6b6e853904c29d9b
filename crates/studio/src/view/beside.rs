//! The second run of two: its stage, what tells the two apart, and where they part.

use super::node::node_phrase;
use super::{letter, word_arg};
use crate::beside::Beside;
use crate::show::{self, Button};
use crate::{CompareMsg, Model, Msg};
use protocol::{Arg, NodeId, Phrase};
use scene::{Options, Size, StageInput, Subject, Track};
use sim::Playable;
use std::collections::BTreeSet;

impl Model {
    /// What tells the two runs apart; nothing while there is one.
    pub fn beside(&self) -> Option<show::Beside> {
        let beside = self.session.beside.as_ref()?;
        let first = beside.apart.first.as_ref();
        Some(show::Beside {
            here: self.differs_first(beside),
            there: self.differs_second(beside),
            violated: self.violated_there(beside),
            parting: self.parting(beside),
            to_parting: first.map(|_| {
                self.keyed(
                    "ui.beside.to-parting",
                    "ui.beside.to-parting.help",
                    "g",
                    Msg::Compare(CompareMsg::Parting),
                )
            }),
            differing: self.differing(beside),
            passed: self.passed(beside),
            note: if beside.waits {
                self.word("ui.beside.waits")
            } else {
                String::new()
            },
            end: self.button("ui.beside.end", Msg::Compare(CompareMsg::End)),
        })
    }

    /// How many promises are broken in the second run, and how.
    fn violated_there(&self, beside: &Beside) -> Option<Button> {
        let broken = beside.broken();
        let (_, first_us) = broken.iter().min_by_key(|(_, at_us)| *at_us)?;
        let how = broken.iter().map(|(how, _)| beside.say(&self.words, how));
        let phrase = Phrase::new("ui.beside.violated").int("n", broken.len() as u64);
        Some(Button {
            help: how.collect::<Vec<_>>().join(" "),
            ..self.button_of(&phrase, Msg::SeekTime(*first_us))
        })
    }

    /// Where the two part, or how far they are the same.
    fn parting(&self, beside: &Beside) -> String {
        if beside.difference.protocol.is_some() {
            return String::new();
        }
        let Some(first) = &beside.apart.first else {
            return self.say(&Phrase::new("ui.beside.same").int("n", beside.apart.same[1]));
        };
        let event = |said: Option<String>, at_us: Option<u64>| match (said, at_us) {
            (Some(said), Some(at_us)) => Phrase::new("ui.beside.then")
                .us("at", at_us)
                .text("event", said),
            _ => Phrase::new("ui.beside.nothing"),
        };
        let said = |phrase: &Phrase| self.say(phrase);
        let here = event(first.here.as_ref().map(said), first.parting.times_us[0]);
        let said = |phrase: &Phrase| beside.say(&self.words, phrase);
        let there = event(first.there.as_ref().map(said), first.parting.times_us[1]);
        let (one, other) = match beside.difference.branch {
            Some(branch) => (letter(self.session.playable.branch()), letter(branch)),
            None => (self.word("ui.beside.one"), self.word("ui.beside.other")),
        };
        let phrase = Phrase::new("ui.beside.parting")
            .int("n", first.parting.steps[1] - 1)
            .us("at", first.parting.at_us())
            .text("one", one)
            .with("here", Arg::Phrase(Box::new(here)))
            .text("other", other)
            .with("there", Arg::Phrase(Box::new(there)));
        self.say(&phrase)
    }

    /// What differs now on the stages.
    fn differing(&self, beside: &Beside) -> String {
        if beside.difference.protocol.is_some() {
            return String::new();
        }
        let (here, there) = (&beside.apart.here, &beside.apart.there);
        let node = |subject: &Subject| match subject {
            Subject::Node(node) => Some(*node),
            _ => None,
        };
        let nodes: Vec<_> = here.iter().filter_map(node).collect();
        let message = |subject: &&Subject| matches!(subject, Subject::Message { .. });
        let own = here.iter().filter(message);
        let all: BTreeSet<&Subject> = own.chain(there.iter().filter(message)).collect();
        let messages = all.len() as u64;
        let key = match (nodes.is_empty(), messages) {
            (true, 0) => return self.word("ui.beside.now-same"),
            (false, 0) => "ui.beside.now-nodes",
            (true, _) => "ui.beside.now-messages",
            (false, _) => "ui.beside.now-both",
        };
        let phrase = Phrase::new(key).nodes("nodes", nodes).int("n", messages);
        self.say(&phrase)
    }

    /// What of the first run is not done in the second.
    fn passed(&self, beside: &Beside) -> String {
        let passed = &beside.passed;
        let acts = (passed.acts > 0).then(|| {
            let phrase = Phrase::new("ui.beside.passed-acts").int("n", passed.acts);
            self.say(&phrase)
        });
        let parameters = (!passed.parameters.is_empty()).then(|| {
            let names = passed.parameters.iter();
            let names: Vec<String> = names.map(|key| self.compared_name(key)).collect();
            let phrase = Phrase::new("ui.beside.passed-parameters").text(
                "names",
                names.join(&self.word("list.next").replace('_', " ")),
            );
            self.say(&phrase)
        });
        acts.into_iter()
            .chain(parameters)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// What the first run has where the two differ.
    pub(crate) fn differs_first(&self, beside: &Beside) -> String {
        let difference = &beside.difference;
        let playable = self.session.playable.as_ref();
        if difference.branch.is_some() {
            return self.branch_text(playable.branch());
        }
        if difference.protocol.is_some() {
            return playable.about().title(self.language()).to_owned();
        }
        self.differs(beside, playable)
    }

    /// What the second run has there.
    pub(crate) fn differs_second(&self, beside: &Beside) -> String {
        let difference = &beside.difference;
        if let Some(branch) = difference.branch {
            return self.branch_text(branch);
        }
        let playable = beside.playable.as_ref();
        if difference.protocol.is_some() {
            return playable.about().title(self.language()).to_owned();
        }
        self.differs(beside, playable)
    }

    /// A branch by its letter, and what made it what it is.
    pub(super) fn branch_text(&self, id: u32) -> String {
        let all = self.session.playable.branches();
        let branch = all.iter().find(|branch| branch.id == id);
        let phrase = Phrase::new("ui.beside.branch")
            .text("branch", letter(id))
            .text(
                "name",
                branch.map_or_else(String::new, |branch| self.branch_name(branch)),
            );
        self.say(&phrase)
    }

    /// What `run`, the first or the second, has of the variant and the parameters that differ.
    fn differs(&self, beside: &Beside, run: &dyn Playable) -> String {
        let difference = &beside.difference;
        let variant = difference.variant.as_ref().map(|_| {
            let variant = word_arg("variant", &run.run().variant);
            self.say(&Phrase::new("ui.header.variant").with("variant", variant))
        });
        let values = difference.config.keys().filter_map(|key| {
            let (parameter, value) = (self.parameter(key)?, run.parameter(key)?);
            let phrase = Phrase::new("ui.beside.differs")
                .with("parameter", word_arg("param", key))
                .text("value", self.value_text(parameter, &value));
            Some(self.say(&phrase))
        });
        let all: Vec<String> = variant.into_iter().chain(values).collect();
        all.join(" · ")
    }

    /// What the second run's stage is drawn from. What is selected in the first is marked there too.
    pub fn beside_input(&self, size: Size) -> Option<StageInput<'_>> {
        let beside = self.session.beside.as_ref()?;
        let node = beside.looked_at(self.session.labels(), self.look.node);
        Some(StageInput {
            play_us: self.head.at_us,
            hue: beside.hue(),
            labels: beside.playable.labels(),
            moved: &self.moved,
            selected: node.map(|node| Subject::Node(node.id)),
            differs: &beside.apart.there,
            in_past: !self.session.is_live(),
            options: Options {
                reduced_motion: self.reduced_motion,
                ..Options::default()
            },
            ..StageInput::new(&beside.frame, beside.words(&self.words), size)
        })
    }

    /// What stands on the second run's stage, in sentences.
    pub fn beside_description(&self) -> Vec<String> {
        let Some(beside) = &self.session.beside else {
            return Vec::new();
        };
        let (words, labels) = (beside.words(&self.words), beside.playable.labels());
        let told = scene::describe(&beside.frame, beside.hue(), words, labels);
        let told = self.told_apart(told, &beside.apart.there);
        told.into_iter().map(|(_, sentence)| sentence).collect()
    }

    /// What a node of the second stage is, at a glance.
    pub fn beside_hint(&self, node: NodeId) -> Option<String> {
        let beside = self.session.beside.as_ref()?;
        let mut nodes = beside.frame.nodes.iter();
        let node = nodes.find(|frame| frame.id == node)?;
        Some(beside.say(&self.words, &node_phrase(node, beside.hue())))
    }

    /// Of each thing that is otherwise in the other run, that it is.
    #[inline(never)]
    pub(super) fn told_apart(
        &self,
        mut told: Vec<(Subject, String)>,
        apart: &[Subject],
    ) -> Vec<(Subject, String)> {
        for (subject, sentence) in &mut told {
            if apart.binary_search(subject).is_ok() {
                let first = std::mem::take(sentence);
                let then = Arg::Phrase(Box::new(Phrase::new("ui.beside.otherwise")));
                let both = Phrase::new("ui.join").text("first", first);
                *sentence = self.say(&both.with("then", then));
            }
        }
        told
    }

    /// The node that is looked at, as it is in the second run.
    #[inline(never)]
    pub(super) fn node_there(&self) -> Option<show::NodeThere> {
        let beside = self.session.beside.as_ref()?;
        let node = beside.looked_at(self.session.labels(), self.look.node)?;
        let say = |phrase: &Phrase| beside.say(&self.words, phrase);
        let (state, disk) = (
            beside.playable.node_state(node.id),
            beside.playable.disk_state(node.id),
        );
        // Another protocol keeps other things: all of them differ.
        let first = self
            .look
            .node
            .filter(|_| beside.difference.protocol.is_none());
        let playable = &self.session.playable;
        let (own_state, own_disk) = match first {
            Some(first) => (playable.node_state(first), playable.disk_state(first)),
            None => (None, None),
        };
        let rows = |root, now: &Option<serde_json::Value>, own: &Option<serde_json::Value>| {
            let known = own.as_ref().map(Some);
            let mut rows = self.tree(root, now.as_ref(), known);
            for row in &mut rows {
                row.before.clear();
            }
            rows
        };
        Some(show::NodeThere {
            heading: self.differs_second(beside),
            sentence: say(&node_phrase(node, beside.hue())),
            badges: node.view.badges.iter().map(say).collect(),
            state: rows("there", &state, &own_state),
            disk: rows("there-disk", &disk, &own_disk),
        })
    }

    /// The switch that puts a branch beside the current one.
    #[inline(never)]
    pub(super) fn compare_button(&self, branch: u32) -> Button {
        let beside = self.session.beside.as_ref();
        let on = beside.is_some_and(|beside| beside.difference.branch == Some(branch));
        let phrase = Phrase::new("ui.branches.compare").text("branch", letter(branch));
        let msg = if on {
            CompareMsg::End
        } else {
            CompareMsg::Branch(branch)
        };
        Button {
            pressed: Some(on),
            ..self.button_of(&phrase, Msg::Compare(msg))
        }
    }

    /// The second run's line under the timeline, unless it is one of the branches there.
    pub(super) fn second_track(&self, parts: Option<(u64, u64)>) -> Option<Track<'static>> {
        let beside = self.session.beside.as_ref();
        let beside = beside.filter(|beside| beside.difference.branch.is_none())?;
        let playable = &beside.playable;
        Some(Track {
            label: "≠",
            from_step: 0,
            from_us: 0,
            to_step: playable.len(),
            to_us: playable.time_of(playable.len()),
            current: false,
            parts,
        })
    }
}
