//! What is wrong with a file, and where: a sentence with its cure. And what a file mentions that only a protocol can know.

use crate::Scenario;
use protocol::{Arg, Phrase};
use serde::{Deserialize, Serialize};

/// A place in a file, both from 1; columns count characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Something wrong in a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// What, and its cure: a sentence without a full stop, for the shared words, those of scenarios and the protocol's.
    pub what: Phrase,
}

impl Mistake {
    pub(crate) const fn new(place: Place, what: Phrase) -> Self {
        Self { place, what }
    }
}

/// A file as it was read, and what it mentions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// The scenario.
    pub scenario: Scenario,
    /// What [`crate::check`] compares with the protocol.
    pub mentions: Vec<Mention>,
}

/// A name in a file that a protocol must know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mention {
    /// What it names.
    pub family: Family,
    /// The name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

/// What a name in a file can be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Family {
    /// A protocol.
    Protocol,
    /// A variant of it.
    Variant,
    /// A topic.
    Topic,
    /// A parameter, with its value.
    Parameter(String),
    /// A parameter that changes while the cluster runs, with its value.
    Live(String),
    /// A node; in words, in braces.
    Node,
    /// A node where names that the scenario gives mean nothing: in what a solution is marked by.
    Outside,
    /// A role.
    Role,
    /// A kind of message.
    Kind,
    /// A timer.
    Timer,
    /// An operation, and how many fields it is given.
    Operation(usize),
    /// A property.
    Property,
    /// A sentence: the family of its key, `fact`, `reason`, `answer` or `message`.
    Sentence(String),
    /// A value of a sentence: the key of the sentence.
    Value(String),
}

impl Family {
    /// What is said of it: "there is no such …".
    pub(crate) fn word(&self) -> Arg {
        let id = match self {
            Self::Protocol => "protocol",
            Self::Variant => "variant",
            Self::Topic => "topic",
            Self::Parameter(_) | Self::Live(_) => "parameter",
            Self::Node | Self::Outside => "node",
            Self::Role => "role",
            Self::Kind => "kind",
            Self::Timer => "timer",
            Self::Operation(_) => "operation",
            Self::Property => "property",
            Self::Sentence(family) => family,
            Self::Value(_) => "value",
        };
        Arg::Word(format!("scenario.family.{id}").into())
    }
}
