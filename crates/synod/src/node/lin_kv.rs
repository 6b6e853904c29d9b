//! A key-value store as Maelstrom's `lin-kv` has it, told as operations of a protocol's client, and the answers back.
//!
//! Values are any JSON: the store holds their text. Knows neither nodes nor sockets.

use protocol::{Arg, Phrase};
use serde_json::{Value, json};
use wire::{Envelope, ErrorCode};

/// An error by Maelstrom's number, with a sentence.
pub(crate) type Problem = (ErrorCode, String);

/// Whether a message is a request of a foreign client.
pub(crate) fn is_request(message: &Envelope) -> bool {
    matches!(message.kind(), Some("read" | "write" | "cas")) && message.msg_id().is_some()
}

/// The operation of the protocol's client that a request comes to, and its fields.
pub(crate) fn operation(request: &Envelope) -> Result<(&'static str, Vec<String>), Problem> {
    let malformed = |why: String| (ErrorCode::MalformedRequest, why);
    let field = |name: &str| {
        let value = request.body.get(name);
        value.ok_or_else(|| malformed(format!("the request has no {name}")))
    };
    let key = match field("key")? {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let text = |name: &str| field(name).map(Value::to_string);
    match request.kind() {
        Some("read") => Ok(("get", vec![key])),
        Some("write") => Ok(("put", vec![key, text("value")?])),
        Some("cas") => {
            if request.body.get("create_if_not_exists") == Some(&json!(true)) {
                let why = "a key is created by write alone, not by cas";
                return Err((ErrorCode::NotSupported, why.into()));
            }
            Ok(("cas", vec![key, text("from")?, text("to")?]))
        }
        kind => {
            let why = format!("read, write and cas are known, not {}", kind.unwrap_or("?"));
            Err((ErrorCode::NotSupported, why))
        }
    }
}

/// What the foreign client is told of the answer that the protocol's client got.
pub(crate) fn reply(request: &Envelope, answer: &Phrase, sentence: &str) -> Envelope {
    let text = |name: &str| {
        let found = answer.args.iter().find(|(key, _)| *key == name);
        match found {
            Some((_, Arg::Text(text))) => text.to_string(),
            _ => String::new(),
        }
    };
    let missing = || {
        let why = "there is no such key".to_owned();
        error(request, &(ErrorCode::KeyDoesNotExist, why))
    };
    match &*answer.key {
        "answer.value" => {
            let text = text("value");
            // What the protocol's own clients wrote need not be JSON.
            let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
            request.reply("read_ok").with("value", value)
        }
        "answer.missing" => missing(),
        "answer.done" => request.reply("write_ok"),
        "answer.swapped" => request.reply("cas_ok"),
        // No value that was written is empty: so stands what is not there.
        "answer.differs" if text("value").is_empty() => missing(),
        "answer.differs" => {
            let why = format!("it holds {}", text("value"));
            error(request, &(ErrorCode::PreconditionFailed, why))
        }
        // Nobody knows whether it happened.
        _ => error(request, &(ErrorCode::Crash, sentence.to_owned())),
    }
}

/// An error as an answer.
pub(crate) fn error(request: &Envelope, (code, why): &Problem) -> Envelope {
    request
        .reply("error")
        .with("code", code.number())
        .with("text", why.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: Value) -> Envelope {
        let line = json!({"src": "c1", "dest": "S1", "body": body}).to_string();
        Envelope::read(line.as_bytes(), 1_000).unwrap()
    }

    #[test]
    fn requests_become_operations() {
        let fields = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        for (body, op, own) in [
            (
                json!({"type": "read", "msg_id": 1, "key": 7}),
                "get",
                &["7"][..],
            ),
            (
                json!({"type": "write", "msg_id": 0, "key": "x", "value": [1]}),
                "put",
                &["x", "[1]"],
            ),
            (
                json!({"type": "cas", "msg_id": 1, "key": 7, "from": 1, "to": "a"}),
                "cas",
                &["7", "1", "\"a\""],
            ),
        ] {
            let request = request(body);
            assert!(is_request(&request));
            assert_eq!(operation(&request), Ok((op, fields(own))));
        }
        assert!(!is_request(&request(json!({"type": "read", "key": 7}))));
        assert!(!is_request(&request(json!({"type": "Vote", "msg_id": 7}))));
    }

    #[test]
    fn what_cannot_be_asked_has_a_number() {
        let number = |body: Value| operation(&request(body)).unwrap_err().0.number();
        assert_eq!(number(json!({"type": "write", "msg_id": 1, "key": 7})), 12);
        assert_eq!(number(json!({"type": "read", "msg_id": 1})), 12);
        assert_eq!(number(json!({"type": "txn", "msg_id": 1, "key": 1})), 10);
        let create = json!({"type": "cas", "msg_id": 1, "key": 7, "from": 1, "to": 2, "create_if_not_exists": true});
        assert_eq!(number(create), 10);
    }

    #[test]
    fn answers_become_maelstroms() {
        let asked = request(json!({"type": "read", "msg_id": 4, "key": 7}));
        let told = |phrase: Phrase| {
            let reply = reply(&asked, &phrase, "a sentence");
            assert_eq!((&*reply.dest, reply.in_reply_to()), ("c1", Some(4)));
            Value::Object(reply.body)
        };
        let value = |text: &str| Phrase::new("answer.value").text("value", text);
        assert_eq!(told(value("[1]"))["value"], json!([1]));
        assert_eq!(told(value("plain"))["value"], json!("plain"));
        assert_eq!(told(Phrase::new("answer.done"))["type"], "write_ok");
        assert_eq!(told(Phrase::new("answer.swapped"))["type"], "cas_ok");
        assert_eq!(told(Phrase::new("answer.missing"))["code"], 20);
        let differs = |text: &str| Phrase::new("answer.differs").text("value", text);
        assert_eq!(told(differs("3"))["code"], 22);
        assert_eq!(told(differs(""))["code"], 20);
        assert_eq!(told(Phrase::new("answer.expired"))["code"], 13);
    }
}
