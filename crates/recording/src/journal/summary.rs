//! What a foreign body says, in a few letters.

use serde_json::{Map, Value};
use std::io::Write;

/// How many letters are shown.
const LETTERS_MAX: usize = 60;

/// The fields beside `type` and the numbers of request and answer: `key: 3, value: [1,2]`.
pub(super) fn summary(body: &Map<String, Value>) -> String {
    let mut text = Few::default();
    let said = body
        .iter()
        .filter(|(key, _)| !["type", "msg_id", "in_reply_to"].contains(&&***key));
    for (place, (key, value)) in said.enumerate() {
        let between = if place == 0 { "" } else { ", " };
        if write!(text, "{between}{key}: ").is_err() || text.put(value).is_err() {
            break;
        }
    }
    text.done()
}

/// A value as JSON, shortened.
pub(super) fn value(value: &Value) -> String {
    let mut text = Few::default();
    let _ = text.put(value);
    text.done()
}

/// A text, shortened.
pub(super) fn few(text: &str) -> String {
    let mut few = Few::default();
    let _ = few.write_all(text.as_bytes());
    few.done()
}

/// Takes so many letters, and refuses what comes beyond: nobody writes out megabytes to show a line of them.
#[derive(Default)]
struct Few {
    bytes: Vec<u8>,
    full: bool,
}

/// Bytes of a letter: as many are kept as all letters may have.
const BYTES_MAX: usize = 4 * LETTERS_MAX;

impl Few {
    fn put(&mut self, value: &Value) -> Result<(), std::io::Error> {
        match value {
            Value::String(text) => self.write_all(text.as_bytes()),
            _ => serde_json::to_writer(self, value).map_err(Into::into),
        }
    }

    fn done(self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let whole = !self.full && text.chars().nth(LETTERS_MAX).is_none();
        if whole {
            return text.into_owned();
        }
        let mut text: String = text.chars().take(LETTERS_MAX - 1).collect();
        text.push('…');
        text
    }
}

impl Write for Few {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let room = BYTES_MAX - self.bytes.len();
        let taken = bytes.len().min(room);
        self.bytes.extend_from_slice(&bytes[..taken]);
        self.full |= taken < bytes.len();
        // Nothing written is an error to whoever writes all.
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(body: &Value) -> String {
        summary(body.as_object().expect("an object"))
    }

    #[test]
    fn what_every_message_has_is_left_out() {
        let body = json!({"type": "cas", "msg_id": 3, "key": 1, "from": [2], "to": "汉字"});
        assert_eq!(said(&body), "key: 1, from: [2], to: 汉字");
        assert_eq!(said(&json!({"type": "read_ok", "in_reply_to": 0})), "");
    }

    #[test]
    fn what_is_long_is_cut_between_letters() {
        for text in ["a".repeat(10_000), "汉".repeat(60), "𝄞".repeat(80)] {
            let said = said(&json!({"t": text}));
            assert_eq!(said.chars().count(), LETTERS_MAX, "{said}");
            assert!(said.ends_with('…') && !said.contains('\u{fffd}'), "{said}");
        }
        let said = said(&json!({"list": (0..1_000).collect::<Vec<_>>()}));
        assert!(
            said.starts_with("list: [0,1,2,") && said.ends_with('…'),
            "{said}"
        );
    }
}
