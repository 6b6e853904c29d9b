//! A scenario as data: which run, its beats, and what must come of them. Knows neither the file it was read from nor how it
//! is played.

use crate::{Act, Predicate};
use serde::{Deserialize, Serialize};
use sim::Run;
use std::collections::BTreeMap;
use trace::Language;

/// How many steps a beat may wait for its `until` unless it says otherwise: a net under the author, not a timing.
pub const STEPS: u64 = 5_000;

/// A story of one run, beat by beat.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Scenario {
    /// Its id within its protocol: the name of its file without `.toml`.
    pub id: String,
    /// The protocol's id.
    pub protocol: String,
    /// The variant that runs.
    pub variant: String,
    /// The id of the topic under which it is listed; its word is `topic.<id>`.
    pub topic: String,
    /// Its place among the scenarios of its protocol: lower comes first.
    pub order: u32,
    /// What it is called.
    pub title: Text,
    /// What it shows, in a sentence or two.
    pub summary: Text,
    /// The seed of all chance.
    pub seed: u64,
    /// The parameters that differ from their defaults.
    pub config: BTreeMap<String, String>,
    /// The beats, in order; at least one.
    pub beats: Vec<Beat>,
    /// What must hold of the whole run at its end. Properties that are named as violated here must be, all others must not.
    pub expect: Vec<Predicate>,
    /// Where it is an exercise: what a solution is marked by. A story does not show it, nor need its own run meet it.
    pub grade: Vec<Criterion>,
}

impl Scenario {
    /// The run at its beginning: what the scenario does to it comes when it is played.
    pub fn run(&self, behaviour: u32) -> Run {
        Run {
            protocol: self.protocol.clone(),
            behaviour,
            variant: self.variant.clone(),
            config: self.config.clone(),
            seed: self.seed,
            edits: Vec::new(),
        }
    }

    /// How many of its beats ask something.
    pub fn asks(&self) -> usize {
        self.beats.iter().filter(|beat| beat.ask.is_some()).count()
    }
}

/// One thing that a solution of an exercise is marked by.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Criterion {
    /// What is wanted: a sentence for whoever marks.
    pub say: Text,
    /// What must hold at the end of the run that is handed in, what happened counted from its beginning; all of it.
    pub expect: Vec<Predicate>,
}

/// The same words in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// 简体中文.
    pub zh: String,
}

impl Text {
    /// The words of a language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Chinese => &self.zh,
        }
    }
}

/// One idea: what is said, what is done, and what is waited for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Beat {
    /// The line of the file on which it stands, from 1.
    pub line: u32,
    /// What is asked before it plays.
    pub ask: Option<Ask>,
    /// What is said while it plays. `{S1}`, `{leader}` and names that a `let` gave stand for labels.
    pub say: Option<Text>,
    /// What only whoever presents it reads, with names as in `say`.
    pub note: Option<Text>,
    /// What is done and waited for, in order.
    pub moves: Vec<Move>,
    /// The most steps that each wait may take.
    pub steps: u64,
    /// What must hold at its end.
    pub expect: Vec<Predicate>,
}

/// A question before a beat plays: what will come of it? The run itself answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ask {
    /// The question, with names as in the words of a beat.
    pub say: Text,
    /// What there is to choose from, in order: two at least, of which one is right.
    pub choices: Vec<Choice>,
}

impl Ask {
    /// The place of the right choice, from 0.
    pub fn right(&self) -> usize {
        let right = self.choices.iter().position(|choice| choice.right);
        right.unwrap_or_default()
    }
}

/// One of the answers to choose from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Choice {
    /// The answer, with names as in the words of a beat.
    pub say: Text,
    /// Why it is right, or wrong.
    pub why: Text,
    /// Whether it is the right one.
    pub right: bool,
    /// What the answer comes to at the end of the beat, all of it; nothing where no predicate can say it. It must hold of the
    /// right one and must not of a wrong one, or the beat fails: no answer is right because the file says so.
    pub holds: Vec<Predicate>,
}

/// A part of a beat.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Move {
    /// Nodes get names: (name, who it is at that moment).
    Let(Vec<(String, String)>),
    /// Something is done.
    Do(Act),
    /// The run plays until this holds.
    Until(Predicate),
    /// The run plays up to this place, and what follows in the beat is done at its time.
    At {
        /// So many steps have been taken.
        step: u64,
        /// The virtual time, in microseconds.
        us: u64,
    },
}
