//! Why a node cannot be, or does not take what it is given.

use protocol::Phrase;
use std::fmt;

/// Why there can be no such node.
#[derive(Clone, PartialEq, Debug)]
pub enum OpenError {
    /// No node of the roster has this label.
    NoNode {
        /// What was asked for.
        label: String,
        /// The labels that there are.
        known: Vec<String>,
    },
    /// The protocol has no such variant.
    NoVariant {
        /// What was asked for.
        variant: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// A parameter, or a combination of them, is refused, with the sentence why.
    Parameters(Phrase),
    /// The disk holds something that is no record of this protocol.
    Record {
        /// Which one, from 1.
        number: u64,
        /// What the reader says.
        why: String,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNode { label, known } => write!(
                f,
                "there is no node {label}; with these parameters there are {}",
                known.join(", ")
            ),
            Self::NoVariant { variant, known } => write!(
                f,
                "there is no variant {variant}; there are {}",
                known.join(", ")
            ),
            Self::Parameters(phrase) => write!(f, "the parameters are refused: {}", phrase.key),
            Self::Record { number, why } => write!(
                f,
                "record {number} of the disk cannot be read ({why}); restore the disk from a copy, \
                 or let the node begin anew on an empty one where its protocol can bear that"
            ),
        }
    }
}

impl std::error::Error for OpenError {}

/// Why a node does not take something. Nothing has changed.
#[derive(Clone, PartialEq, Debug)]
pub enum Refusal {
    /// Its start is not durable yet.
    NotUp,
    /// The message is for another node.
    NotForMe {
        /// For whom it is.
        dest: String,
        /// Who this is.
        me: String,
    },
    /// The sender is no node of the roster.
    NoSender {
        /// Who it says it is.
        src: String,
    },
    /// The body is no message of the protocol.
    NoMessage {
        /// Its type.
        kind: String,
        /// What the reader says.
        why: String,
    },
    /// This node is no client: it can be asked for nothing.
    NoClient {
        /// Who this is.
        me: String,
        /// Who is one.
        clients: Vec<String>,
    },
    /// The operation is refused, with the sentence why.
    Operation(Phrase),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUp => write!(f, "the node is starting; try again in a moment"),
            Self::NotForMe { dest, me } => write!(f, "the message is for {dest}, and this is {me}"),
            Self::NoSender { src } => write!(f, "there is no node {src} in this cluster"),
            Self::NoMessage { kind, why } => {
                write!(
                    f,
                    "the body of type {kind} is no message of the protocol: {why}"
                )
            }
            Self::NoClient { me, clients } if clients.is_empty() => {
                write!(
                    f,
                    "{me} is no client, and with these parameters there is none"
                )
            }
            Self::NoClient { me, clients } => {
                write!(f, "{me} is no client; ask {}", clients.join(" or "))
            }
            Self::Operation(phrase) => write!(f, "the operation is refused: {}", phrase.key),
        }
    }
}

impl std::error::Error for Refusal {}
