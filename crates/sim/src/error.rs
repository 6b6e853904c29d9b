//! Why something cannot be done, as a sentence in every language.

use protocol::{ConfigError, Name, NodeId, Phrase};
use std::fmt;
use trace::{Language, Words};

/// Why something cannot be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SimError {
    /// There is no message of this name in flight.
    NoMessage(Name),
    /// The message is not in the state for that: held already, not held.
    NotHeld(Name),
    /// The timer is not set.
    NoTimer(NodeId, u8),
    /// There is no such node.
    NoNode(NodeId),
    /// The node is not in the state for that; with the key of the sentence.
    NodeState(NodeId, &'static str),
    /// There is nothing of the kind to do; with the key of the sentence.
    Nothing(&'static str),
    /// A parameter, an operation or a configuration was refused, with the sentence why. It may be in the protocol's own words.
    Refused(Box<Phrase>),
    /// The run's protocol is not this one.
    OtherProtocol(String),
    /// The run's variant is not known.
    UnknownVariant(String, Vec<&'static str>),
    /// A step beyond the end of the branch.
    BeyondEnd(u64, u64),
    /// A branch that is not there.
    NoBranch(u32),
    /// A link or a file that cannot be read, with the sentence why.
    BadLink(Box<Phrase>),
    /// A link of a later format than is known here: which, and which is known.
    NewerLink(u32, u32),
}

impl SimError {
    /// Refused, because of `why`: a sentence without a full stop.
    pub fn refused(why: Phrase) -> Self {
        Self::Refused(Box::new(why))
    }

    pub(crate) fn bad_link(why: Phrase) -> Self {
        Self::BadLink(Box::new(why))
    }

    /// The sentence, without a full stop, for the shared words and those of the protocol.
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::NoMessage(name) => Phrase::new("error.no-message").text("name", name.to_string()),
            Self::NotHeld(name) => Phrase::new("error.not-held").text("name", name.to_string()),
            Self::NoTimer(node, _) => Phrase::new("error.no-timer").node("node", *node),
            Self::NoNode(node) => Phrase::new("error.no-node").int("node", node.0.into()),
            Self::NodeState(node, key) => Phrase::new(key).node("node", *node),
            Self::Nothing(key) => Phrase::new(key),
            Self::Refused(why) | Self::BadLink(why) => (**why).clone(),
            Self::OtherProtocol(id) => Phrase::new("error.other-protocol").text("id", id.clone()),
            Self::UnknownVariant(id, known) => Phrase::new("error.no-variant")
                .text("id", id.clone())
                .text("known", known.join(", ")),
            Self::BeyondEnd(step, len) => Phrase::new("error.beyond-end")
                .int("step", *step)
                .int("len", *len),
            Self::NoBranch(id) => Phrase::new("error.no-branch").int("id", (*id).into()),
            Self::NewerLink(format, known) => Phrase::new("error.link-newer")
                .int("format", (*format).into())
                .int("known", (*known).into()),
        }
    }
}

impl From<ConfigError> for SimError {
    fn from(error: ConfigError) -> Self {
        Self::refused(error.phrase())
    }
}

/// In English, with the shared words and nodes by their numbers. Whoever has the protocol's words and labels says
/// [`SimError::phrase`] with them.
impl fmt::Display for SimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phrase = self.phrase();
        let last = phrase.actors().into_iter().max();
        let labels: Vec<String> = last.map_or(Vec::new(), |last| {
            (0..=last.0).map(|id| format!("node {id}")).collect()
        });
        f.write_str(&Words::new(Language::English).say(&phrase, &labels))
    }
}

impl std::error::Error for SimError {}
