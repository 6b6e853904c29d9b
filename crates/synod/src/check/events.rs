//! The forms in which histories are written: each line that matters becomes an event. Knows no model.

use super::{Mistake, edn};
use crate::args::HistoryFormat;
use protocol::Phrase;
use serde_json::Value;

/// What happened to a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// It began.
    Invoke,
    /// It was answered.
    Ok,
    /// It is known not to have done what was asked.
    Fail,
    /// Nobody knows.
    Info,
}

/// A line of a history.
#[derive(Debug)]
pub(crate) struct Event {
    /// The line, from 1.
    pub(crate) line: u32,
    /// Whose call.
    pub(crate) client: String,
    pub(crate) kind: Kind,
    /// What is called.
    pub(crate) function: String,
    /// `None` if nothing is said of it, which is not the same as null.
    pub(crate) value: Option<Value>,
    pub(crate) key: Option<String>,
}

/// The most characters of a line that an error repeats.
const SHOWN_CHARS_MAX: usize = 60;

/// The events of a history, in the order of the file; the form is guessed if it is not given.
pub(crate) fn read(text: &str, format: Option<HistoryFormat>) -> Result<Vec<Event>, Mistake> {
    let text = text.trim_start_matches('\u{feff}');
    let format = match format {
        Some(format) => format,
        None => guess(text).ok_or_else(|| Mistake::whole(Phrase::new("history.guess")))?,
    };
    let lines = (1..).zip(text.lines().map(str::trim));
    let mut events = Vec::new();
    for (line, text) in lines.filter(|(_, text)| !text.is_empty()) {
        match format {
            HistoryFormat::Jepsen => events.extend(jepsen(line, text)?),
            HistoryFormat::PorcupineKv => {
                let value = edn::value(text).filter(Value::is_object);
                let value = value.ok_or_else(|| no(line, "history.not-edn", text))?;
                events.push(map(line, &value, "process", ":")?);
            }
            HistoryFormat::Jsonl => {
                let value = serde_json::from_str::<Value>(text).ok();
                let value = value.filter(Value::is_object);
                let value = value.ok_or_else(|| no(line, "history.not-json", text))?;
                events.push(map(line, &value, "client", "")?);
            }
        }
    }
    if events.is_empty() {
        return Err(Mistake::whole(Phrase::new("history.empty")));
    }
    Ok(events)
}

fn no(line: u32, key: &'static str, text: &str) -> Mistake {
    let text = protocol::beginning(text, SHOWN_CHARS_MAX);
    let phrase = Phrase::new(key).text("text", text);
    // Braces in a template are places of values.
    Mistake::at(line, phrase.text("brace", "{").text("close", "}"))
}

/// The form of a file, from its first line that shows one.
fn guess(text: &str) -> Option<HistoryFormat> {
    text.lines().map(str::trim).find_map(|line| {
        if line.starts_with("{:") {
            Some(HistoryFormat::PorcupineKv)
        } else if line.starts_with('{') {
            Some(HistoryFormat::Jsonl)
        } else {
            line.contains(JEPSEN).then_some(HistoryFormat::Jepsen)
        }
    })
}

/// Who writes the lines of a Jepsen log that matter.
const JEPSEN: &str = "jepsen.util - ";

/// A line of a log: `INFO jepsen.util - 3 :invoke :cas [1 2]`, with any blanks between. What others than clients say is passed over.
fn jepsen(line: u32, text: &str) -> Result<Option<Event>, Mistake> {
    let Some((_, said)) = text.split_once(JEPSEN) else {
        return Ok(None);
    };
    let (client, rest) = word(said);
    if client.is_empty() || !client.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let (kind, rest) = word(rest);
    let (function, rest) = word(rest);
    let Some(function) = function.strip_prefix(':') else {
        return Err(missing(line, "f"));
    };
    let value = match rest {
        "" => None,
        _ => Some(edn::value(rest).ok_or_else(|| no(line, "history.not-edn-value", rest))?),
    };
    Ok(Some(Event {
        line,
        client: client.into(),
        kind: kind_of(line, kind, ":")?,
        function: function.into(),
        value,
        key: None,
    }))
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// A line that is a map from names to values. Where `colon` is one, `type` and `f` are keywords.
fn map(line: u32, value: &Value, client: &'static str, colon: &str) -> Result<Event, Mistake> {
    let text = |field: &'static str| match &value[field] {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(missing(line, field)),
    };
    let function = text("f")?;
    Ok(Event {
        line,
        client: text(client)?,
        kind: kind_of(line, &text("type")?, colon)?,
        function: function.strip_prefix(colon).unwrap_or(&function).into(),
        value: value.get("value").cloned(),
        key: match value.get("key") {
            None | Some(Value::Null) => None,
            Some(_) => Some(text("key")?),
        },
    })
}

fn kind_of(line: u32, given: &str, colon: &str) -> Result<Kind, Mistake> {
    match given.strip_prefix(colon) {
        Some("invoke") => Ok(Kind::Invoke),
        Some("ok") => Ok(Kind::Ok),
        Some("fail") => Ok(Kind::Fail),
        Some("info") => Ok(Kind::Info),
        _ => Err(no(line, "history.kind", given)),
    }
}

pub(crate) fn missing(line: u32, field: &'static str) -> Mistake {
    Mistake::at(line, Phrase::new("history.missing").text("field", field))
}
