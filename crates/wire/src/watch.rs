//! What whoever watches a real node is sent: one frame a line of JSON, the first of them a [`Hello`].
//!
//! Knows neither events nor views: `E` is an event of a trace, `V` what a node shows of itself. A watcher sends nothing.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The version of these frames: a reader refuses what is newer. Fields may be added without a new one.
pub const FORMAT: u32 = 1;

/// With this code a page's connection is closed that has no token, or another one. A browser does not tell its page why a
/// connection was never made, so that it is made first.
pub const CLOSED_TOKEN: u16 = 4_401;

/// One frame.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Frame<E, V> {
    /// The first: who speaks, and how it stands.
    Hello(Hello<V>),
    /// Something happened at the node.
    Happened {
        /// When, on the node's Lamport clock: a message is always received later than it was sent, at whatever node.
        clock: u64,
        /// What.
        event: E,
        /// What the node shows of itself after it.
        view: V,
    },
    /// The watcher was too slow: so many events were not sent to it. What follows goes on after them.
    Missed {
        /// How many.
        events: u64,
    },
    /// The node shuts down, and this is the last frame.
    Closing,
}

/// Who speaks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "V: Deserialize<'de>"))]
pub struct Hello<V> {
    /// [`FORMAT`].
    pub format: u32,
    /// The protocol's id: `raft`.
    pub protocol: String,
    /// The version of its behaviour.
    pub behaviour: u32,
    /// Which variant of it runs: `sound`.
    pub variant: String,
    /// The parameters that differ from their defaults, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The labels of all nodes; everything else names a node by its place here, from 0.
    pub nodes: Vec<String>,
    /// Which of them this one is.
    pub node: u16,
    /// How many times it has started on its disk, this one included; 0 until that is durable.
    pub incarnation: u64,
    /// Its Lamport clock.
    pub clock: u64,
    /// The time on the axis of all events of this node: microseconds since 1970 as it started, and steady from there on.
    pub at_us: u64,
    /// What it shows of itself; absent until it has booted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<V>,
}

/// Why a line is no frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotAFrame {
    /// It is of a later version than this reader.
    Newer {
        /// Its version.
        format: u32,
        /// The latest that this reader knows.
        known: u32,
    },
    /// It is not a frame at all.
    Malformed {
        /// In which column, from 1, reading failed.
        column: usize,
        /// What the reader says.
        why: String,
    },
}

impl fmt::Display for NotAFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { format, known } => write!(
                f,
                "the other side speaks version {format} of this stream, and {known} is the latest that is known here; take a newer Synod"
            ),
            Self::Malformed { column, why } => write!(f, "column {column}: {why}"),
        }
    }
}

impl std::error::Error for NotAFrame {}

impl NotAFrame {
    /// What the reader says, with its column: there is one line.
    pub(crate) fn malformed(error: serde_json::Error) -> Self {
        Self::Malformed {
            column: error.column(),
            why: crate::envelope::said(&error),
        }
    }
}

/// Whether a line is of a version that is known: what a later one has added may not be readable at all.
pub(crate) fn not_newer(line: &str, known: u32) -> Result<(), NotAFrame> {
    #[derive(Deserialize)]
    struct Version {
        format: Option<u32>,
    }
    let Version { format } = serde_json::from_str(line).map_err(NotAFrame::malformed)?;
    match format {
        Some(format) if format > known => Err(NotAFrame::Newer { format, known }),
        _ => Ok(()),
    }
}

impl<E: Serialize, V: Serialize> Frame<E, V> {
    /// The line, without its end.
    ///
    /// # Errors
    /// An event or a view that is no JSON: a map in it has keys that are no texts.
    pub fn line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl<E: DeserializeOwned, V: DeserializeOwned> Frame<E, V> {
    /// Reads one line, with or without its end.
    ///
    /// # Errors
    /// What is wrong with it, and where; or that it is of a later version.
    pub fn read(line: &str) -> Result<Self, NotAFrame> {
        not_newer(line, FORMAT)?;
        serde_json::from_str(line).map_err(NotAFrame::malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Plain = Frame<String, u64>;

    fn hello() -> Hello<u64> {
        Hello {
            format: FORMAT,
            protocol: "raft".into(),
            behaviour: 1,
            variant: "sound".into(),
            parameters: BTreeMap::from([("servers".into(), "3".into())]),
            nodes: ["S1", "S2", "S3"].map(String::from).into(),
            node: 1,
            incarnation: 2,
            clock: 77,
            at_us: 1_700_000_000_000_000,
            view: Some(5),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let frames = [
            Plain::Hello(hello()),
            Plain::Hello(Hello {
                view: None,
                parameters: BTreeMap::new(),
                ..hello()
            }),
            Plain::Happened {
                clock: 78,
                event: "vote\n汉字".into(),
                view: 6,
            },
            Plain::Missed { events: 9 },
            Plain::Closing,
        ];
        for frame in frames {
            let line = frame.line().expect("JSON");
            assert!(!line.contains('\n'));
            assert_eq!(Plain::read(&line), Ok(frame));
        }
    }

    #[test]
    fn a_later_version_is_refused_even_if_it_cannot_be_read() {
        let line = r#"{"type":"hello","format":2,"who":"another form"}"#;
        let newer = NotAFrame::Newer {
            format: 2,
            known: 1,
        };
        assert_eq!(Plain::read(line), Err(newer.clone()));
        let said = newer.to_string();
        assert!(said.contains("take a newer Synod"), "{said}");
    }

    #[test]
    fn what_is_no_frame_is_said_with_its_place() {
        for (line, says) in [
            ("", "EOF"),
            (r#"{"type":"shout"}"#, "unknown variant `shout`"),
            (r#"{"type":"missed"}"#, "missing field `events`"),
        ] {
            let error = Plain::read(line).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.starts_with("column "),
                "{error}"
            );
        }
    }
}
