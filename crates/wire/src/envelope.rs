//! The envelope: who speaks to whom, and what is said.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// One message: a line of JSON.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// A number that whoever delivers it may give it; nodes ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// Who speaks. It need not be the name of the process that wrote the line: a node may forward in a client's name.
    pub src: String,
    /// Who is spoken to.
    pub dest: String,
    /// What is said: an object with at least a `type`.
    pub body: Map<String, Value>,
}

/// Why a line is no message. The sentence says what and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Malformed {
    /// The line is longer than the limit.
    TooLong {
        /// Its length, in bytes.
        bytes: usize,
        /// The most that is read, in bytes.
        bytes_max: usize,
    },
    /// It is not JSON, or not an envelope.
    NotAnEnvelope {
        /// In which column, from 1, reading failed.
        column: usize,
        /// What the reader says.
        why: String,
    },
    /// The body has no `type` that is a text.
    NoType,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes, bytes_max } => write!(
                f,
                "the line has {bytes} bytes, and {bytes_max} are the most that is read"
            ),
            Self::NotAnEnvelope { column, why } => write!(
                f,
                "column {column}: {why}; a message is one line {{\"src\": …, \"dest\": …, \"body\": {{\"type\": …}}}}"
            ),
            Self::NoType => write!(f, "the body has no \"type\" that is a text"),
        }
    }
}

impl std::error::Error for Malformed {}

impl Envelope {
    /// A message from `src` to `dest` of this type, with an otherwise empty body.
    pub fn new(src: impl Into<String>, dest: impl Into<String>, kind: &str) -> Self {
        let mut body = Map::new();
        body.insert("type".into(), kind.into());
        Self {
            id: None,
            src: src.into(),
            dest: dest.into(),
            body,
        }
    }

    /// The same message with one more field in its body.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.body.insert(key.into(), value.into());
        self
    }

    /// An answer to this message: back to whom it came from, with `in_reply_to` if it asked for one.
    pub fn reply(&self, kind: &str) -> Self {
        let reply = Self::new(&*self.dest, &*self.src, kind);
        match self.msg_id() {
            Some(id) => reply.with("in_reply_to", id),
            None => reply,
        }
    }

    /// Reads one line of at most `bytes_max` bytes, with or without its line end.
    ///
    /// # Errors
    /// What is wrong with it, and in which column.
    pub fn read(line: &[u8], bytes_max: usize) -> Result<Self, Malformed> {
        let bytes = line.len();
        if bytes > bytes_max {
            return Err(Malformed::TooLong { bytes, bytes_max });
        }
        let envelope: Self =
            serde_json::from_slice(line).map_err(|error| Malformed::NotAnEnvelope {
                column: error.column(),
                why: said(&error),
            })?;
        if envelope.kind().is_none() {
            return Err(Malformed::NoType);
        }
        Ok(envelope)
    }

    /// The line, without its end.
    pub fn line(&self) -> String {
        // Texts, numbers and maps with texts as keys: nothing in it can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What sort of message it is: the body's `type`.
    pub fn kind(&self) -> Option<&str> {
        self.body.get("type")?.as_str()
    }

    /// The number by which its sender wants it answered. 0 is one like any other.
    pub fn msg_id(&self) -> Option<u64> {
        self.body.get("msg_id")?.as_u64()
    }

    /// The number of the message that it answers. 0 is one like any other.
    pub fn in_reply_to(&self) -> Option<u64> {
        self.body.get("in_reply_to")?.as_u64()
    }
}

/// What the reader says, without its own line and column: there is one line.
pub(crate) fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1_000;

    #[test]
    fn what_is_written_is_read_again() {
        let message = Envelope::new("c1", "n0", "echo")
            .with("msg_id", 0)
            .with("echo", serde_json::json!({"any": [1, null, "汉字\n"]}));
        assert_eq!(
            Envelope::read(message.line().as_bytes(), LIMIT),
            Ok(message)
        );
    }

    #[test]
    fn an_answer_goes_back_and_zero_is_a_number_like_any_other() {
        let message = Envelope::new("c1", "n0", "echo").with("msg_id", 0);
        let reply = message.reply("echo_ok");
        assert_eq!((&*reply.src, &*reply.dest), ("n0", "c1"));
        assert_eq!(reply.in_reply_to(), Some(0));
        assert_eq!(reply.msg_id(), None);
        assert_eq!(
            Envelope::new("n0", "n1", "gossip").reply("x").in_reply_to(),
            None
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let wrong = |line: &str| {
            Envelope::read(line.as_bytes(), LIMIT)
                .unwrap_err()
                .to_string()
        };
        assert!(wrong("hello").starts_with("column 1: expected value"));
        assert!(wrong(r#"{"src":"n0","body":{"type":"x"}}"#).contains("missing field `dest`"));
        assert!(wrong(r#"{"src":"a","dest":"b","body":[]}"#).contains("invalid type"));
        assert!(
            wrong(r#"{"src":"a","dest":"b","body":{"type":"x"},"extra":1}"#)
                .contains("unknown field `extra`")
        );
        assert_eq!(
            wrong(r#"{"src":"a","dest":"b","body":{"type":1}}"#),
            Malformed::NoType.to_string()
        );
        let long = format!(r#"{{"src":"{}""#, "a".repeat(LIMIT));
        assert!(wrong(&long).contains("1000 are the most"));
    }
}
