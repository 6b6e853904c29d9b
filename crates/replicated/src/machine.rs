//! A deterministic state machine: the same commands in the same order lead to the same state and the same answers.

use crate::{NoOrder, Workload};
use protocol::{Access, Act, Chance, OperationSpec, Phrase, Say};
use protocol::{Digest, NodeId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};

/// A deterministic state machine (Schneider 1990), to be replicated. Cloned with its node: share what is large.
pub trait StateMachine:
    Clone + Eq + Hash + Debug + Default + Serialize + DeserializeOwned + 'static
{
    /// What it is told to do.
    type Command: Clone + Eq + Hash + Debug + Serialize + DeserializeOwned + Say + 'static;
    /// What it answers.
    type Output: Clone + Eq + Hash + Debug + Serialize + DeserializeOwned + Say + 'static;

    /// The commands that a person can ask for.
    const OPERATIONS: &'static [OperationSpec];

    /// Carries out one command. Never fails: a command that makes no sense has an answer that says so.
    fn apply(&mut self, command: &Self::Command) -> Self::Output;

    /// A few characters that stand for a command, the same in every language: `x←3`.
    fn label(command: &Self::Command) -> String;

    /// The contents as keys and values, in order.
    fn rows(&self) -> Vec<(String, String)>;

    /// Reads a command: its id in [`Self::OPERATIONS`], and its fields in order.
    ///
    /// # Errors
    /// A sentence without a full stop that says what was expected.
    fn parse(id: &str, fields: &[String]) -> Result<Self::Command, Phrase>;

    /// A command of the workload: a pure function of its arguments. `tag` is short and new for every command, so that a value
    /// tells which command wrote it.
    fn draw(workload: Workload, tag: &str, chance: Chance) -> Self::Command;

    /// What a command does to the object that all clients share, and, with an answer, what its client heard.
    fn access(command: &Self::Command, output: Option<&Self::Output>) -> Access;

    /// Whether a command leaves every state as it is.
    fn only_reads(command: &Self::Command) -> bool {
        matches!(Self::access(command, None).act, Act::Read)
    }

    /// A digest of the whole state: equal states have equal digests.
    fn digest(&self) -> u64 {
        let mut digest = Digest::default();
        self.hash(&mut digest);
        digest.finish()
    }
}

/// What a client's operation came to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer<O, R = NoOrder> {
    /// It was carried out, and this is the machine's answer.
    Done(O),
    /// Nobody can say whether it was carried out: the session expired before the answer came.
    Unknown,
    /// It was an order to the servers, and this came of it.
    Ordered(R),
}

impl<O, R> Answer<O, R> {
    /// What the machine answered, if it was asked and anybody can say.
    pub const fn output(&self) -> Option<&O> {
        match self {
            Self::Done(output) => Some(output),
            Self::Unknown | Self::Ordered(_) => None,
        }
    }
}

impl<O: Say, R: Say> Say for Answer<O, R> {
    fn phrase(&self, me: NodeId) -> Phrase {
        match self {
            Self::Done(output) => output.phrase(me),
            Self::Unknown => Phrase::new("answer.unknown"),
            Self::Ordered(outcome) => outcome.phrase(me),
        }
    }
}
