//! How an operation is worded as requests, and what their answers mean.

use super::{Asked, Workload};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wire::Envelope;

/// The body of a request, without its number.
pub type Body = Map<String, Value>;

/// What a client remembers between operations: where it goes on reading in each log.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Memory {
    /// The next offset of each log that is assigned.
    pub offsets: BTreeMap<String, u64>,
    /// How many polls in a row brought nothing.
    pub empty_polls: u32,
    /// What a poll brought that is not committed yet.
    polled: Option<Value>,
}

/// How an operation goes on after an answer.
#[derive(Clone, PartialEq, Debug)]
pub enum Next {
    /// It is done, with this.
    Done(Value),
    /// It needs another request.
    Ask(Body),
}

fn body<const N: usize>(kind: &str, fields: [(&str, Value); N]) -> Body {
    let mut body = Map::new();
    body.insert("type".into(), kind.into());
    for (key, value) in fields {
        body.insert(key.into(), value);
    }
    body
}

/// The first request of an operation; `None`: none is needed, and nobody will know what came of it.
pub fn begin(workload: Workload, asked: &Asked, memory: &mut Memory) -> Option<Body> {
    let value = asked.value.clone();
    Some(match (workload, asked.f) {
        (Workload::LinKv, "read") => body("read", [("key", value[0].clone())]),
        (Workload::LinKv, "write") => {
            let fields = [("key", value[0].clone()), ("value", value[1].clone())];
            body("write", fields)
        }
        (Workload::LinKv, "cas") => {
            let fields = [
                ("key", value[0].clone()),
                ("from", value[1][0].clone()),
                ("to", value[1][1].clone()),
            ];
            body("cas", fields)
        }
        (Workload::GSet, "add") => body("add", [("element", value)]),
        (_, "add") => body("add", [("delta", value)]),
        (_, "broadcast") => body("broadcast", [("message", value)]),
        (_, "echo") => body("echo", [("echo", value)]),
        (_, "txn") => body("txn", [("txn", value)]),
        (_, "send") => {
            let fields = [("key", value["key"].clone()), ("msg", value["msg"].clone())];
            body("send", fields)
        }
        (_, "poll") => body("poll", [("offsets", json!(memory.offsets))]),
        (_, "assign") => body("list_committed_offsets", [("keys", value["keys"].clone())]),
        (_, "crash") => return None,
        (_, f) => body(f, []),
    })
}

/// What an answer that is no error means.
///
/// # Errors
/// What is wrong with the answer, as a sentence.
pub fn go_on(
    workload: Workload,
    asked: &Asked,
    memory: &mut Memory,
    answer: &Envelope,
) -> Result<Next, String> {
    let kind = answer.kind().unwrap_or_default();
    let expect = |expected: &str| {
        if kind == expected {
            Ok(())
        } else {
            Err(format!("the answer is of type {kind}, not {expected}"))
        }
    };
    let field = |key: &str| {
        let found = answer.body.get(key).cloned();
        found.ok_or_else(|| format!("the answer of type {kind} has no \"{key}\""))
    };
    let of = |key: &str, sort: &str, fits: fn(&Value) -> bool| {
        let value = field(key)?;
        if fits(&value) {
            Ok(value)
        } else {
            Err(format!("\"{key}\" of the answer is {value}, not {sort}"))
        }
    };
    let done = match (workload, asked.f) {
        (Workload::Broadcast, "read") => {
            expect("read_ok")?;
            of("messages", "a list", Value::is_array)?
        }
        (Workload::GSet, "read") => {
            expect("read_ok")?;
            of("value", "a list", Value::is_array)?
        }
        (Workload::GCounter | Workload::PnCounter, "read") => {
            expect("read_ok")?;
            of("value", "an integer", |value| {
                value.is_i64() || value.is_u64()
            })?
        }
        (Workload::LinKv, "read") => {
            expect("read_ok")?;
            json!([asked.value[0], field("value")?])
        }
        (_, "echo") => {
            expect("echo_ok")?;
            field("echo")?
        }
        (_, "generate") => {
            expect("generate_ok")?;
            field("id")?
        }
        (_, "txn") => {
            expect("txn_ok")?;
            transaction(&asked.value, of("txn", "a list", Value::is_array)?)?
        }
        (_, "send") => {
            expect("send_ok")?;
            of("offset", "a number from 0", Value::is_u64)?
        }
        (_, "assign") => {
            expect("list_committed_offsets_ok")?;
            let offsets = offsets(&of("offsets", "an object", Value::is_object)?)?;
            return Ok(Next::Done(assign(&asked.value, memory, &offsets)));
        }
        (_, "poll") => match memory.polled.take() {
            None => {
                expect("poll_ok")?;
                return poll(memory, of("msgs", "an object", Value::is_object)?);
            }
            Some(polled) => {
                expect("commit_offsets_ok")?;
                polled
            }
        },
        (_, f) => {
            expect(&format!("{f}_ok"))?;
            asked.value.clone()
        }
    };
    Ok(Next::Done(done))
}

/// A transaction as it came back: the same steps, with the reads filled in.
fn transaction(asked: &Value, came: Value) -> Result<Value, String> {
    let (asked, steps) = match (asked.as_array(), came.as_array()) {
        (Some(asked), Some(steps)) => (asked, steps),
        _ => return Err("a transaction is a list of steps".into()),
    };
    if asked.len() != steps.len() {
        return Err(format!(
            "the transaction has {} steps and came back with {}",
            asked.len(),
            steps.len()
        ));
    }
    for (asked, step) in asked.iter().zip(steps) {
        let read = asked[0] == "r";
        let fits = step[0] == asked[0]
            && step[1] == asked[1]
            && if read {
                step[2].is_null() || step[2].is_array()
            } else {
                step[2] == asked[2]
            };
        if !fits {
            return Err(format!("the step {asked} came back as {step}"));
        }
    }
    Ok(came)
}

fn offsets(map: &Value) -> Result<BTreeMap<String, u64>, String> {
    let entries = map.as_object().into_iter().flatten();
    entries
        .map(|(key, offset)| {
            let number = offset.as_u64();
            let number = number
                .ok_or_else(|| format!("the offset of log {key} is {offset}, not a number"))?;
            Ok((key.clone(), number))
        })
        .collect()
}

/// From now on the client reads these logs: from where it was, or what was committed, or from the beginning.
fn assign(asked: &Value, memory: &mut Memory, committed: &BTreeMap<String, u64>) -> Value {
    let from_beginning = asked["from_beginning"] == true;
    let keys = asked["keys"].as_array().into_iter().flatten();
    memory.offsets = keys
        .filter_map(Value::as_str)
        .map(|key| {
            let known = memory.offsets.get(key).or_else(|| committed.get(key));
            let offset = known.filter(|_| !from_beginning).copied();
            (key.to_owned(), offset.unwrap_or(0))
        })
        .collect();
    memory.empty_polls = 0;
    json!(memory.offsets)
}

/// What a poll brought: the client goes on behind it, and commits how far it is.
fn poll(memory: &mut Memory, msgs: Value) -> Result<Next, String> {
    let mut furthest = BTreeMap::new();
    for (key, pairs) in msgs.as_object().into_iter().flatten() {
        let Some(pairs) = pairs.as_array() else {
            return Err(format!("the messages of log {key} are {pairs}, not a list"));
        };
        for pair in pairs {
            let offset = pair[0]
                .as_u64()
                .filter(|_| pair.as_array().is_some_and(|it| it.len() == 2));
            let Some(offset) = offset else {
                return Err(format!("{pair} of log {key} is no pair [offset, message]"));
            };
            let far: &mut u64 = furthest.entry(key.clone()).or_default();
            *far = offset.max(*far);
        }
    }
    if furthest.is_empty() {
        memory.empty_polls += 1;
        return Ok(Next::Done(msgs));
    }
    memory.empty_polls = 0;
    for (key, offset) in &furthest {
        if let Some(next) = memory.offsets.get_mut(key) {
            *next = offset.saturating_add(1).max(*next);
        }
    }
    memory.polled = Some(msgs);
    Ok(Next::Ask(body(
        "commit_offsets",
        [("offsets", json!(furthest))],
    )))
}

impl Memory {
    /// What a poll brought although it could not be committed: it was read all the same.
    pub fn uncommitted(&mut self) -> Option<Value> {
        self.polled.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: Value) -> Envelope {
        let mut answer = Envelope::new("n0", "c1", "");
        answer.body = body.as_object().cloned().unwrap_or_default();
        answer
    }

    fn said(workload: Workload, asked: &Asked, body: Value) -> Result<Next, String> {
        go_on(workload, asked, &mut Memory::default(), &answer(body))
    }

    #[test]
    fn operations_are_worded_as_the_protocol_has_them() {
        let mut memory = Memory::default();
        let mut worded = |workload, f, value| {
            let body = begin(workload, &Asked::new(f, value), &mut memory);
            Value::Object(body.unwrap())
        };
        assert_eq!(
            worded(Workload::LinKv, "cas", json!([1, [2, 3]])),
            json!({"type": "cas", "key": 1, "from": 2, "to": 3})
        );
        assert_eq!(
            worded(Workload::GSet, "add", json!(4)),
            json!({"type": "add", "element": 4})
        );
        assert_eq!(
            worded(Workload::PnCounter, "add", json!(-4)),
            json!({"type": "add", "delta": -4})
        );
        assert_eq!(
            worded(Workload::UniqueIds, "generate", Value::Null),
            json!({"type": "generate"})
        );
    }

    #[test]
    fn an_answer_of_another_form_is_no_answer() {
        let read = Asked::new("read", Value::Null);
        let wrong = said(
            Workload::GSet,
            &read,
            json!({"type": "read_ok", "value": 3}),
        );
        assert_eq!(
            wrong.unwrap_err(),
            "\"value\" of the answer is 3, not a list"
        );
        let wrong = said(Workload::GSet, &read, json!({"type": "ok"}));
        assert_eq!(wrong.unwrap_err(), "the answer is of type ok, not read_ok");
        let txn = Asked::new("txn", json!([["r", 1, null], ["append", 1, 2]]));
        let wrong = json!({"type": "txn_ok", "txn": [["r", 1, null]]});
        assert!(said(Workload::TxnListAppend, &txn, wrong).is_err());
        let wrong = json!({"type": "txn_ok", "txn": [["r", 1, [1]], ["append", 1, 3]]});
        assert!(said(Workload::TxnListAppend, &txn, wrong).is_err());
        let right = json!([["r", 1, [1]], ["append", 1, 2]]);
        let body = json!({"type": "txn_ok", "txn": right});
        assert_eq!(
            said(Workload::TxnListAppend, &txn, body),
            Ok(Next::Done(right))
        );
    }

    #[test]
    fn a_consumer_goes_on_where_it_was_and_commits_how_far_it_is() {
        let mut memory = Memory::default();
        let kafka = Workload::Kafka;
        let assign = Asked::new("assign", json!({"keys": ["0", "1"]}));
        let body = json!({"type": "list_committed_offsets_ok", "offsets": {"1": 5}});
        go_on(kafka, &assign, &mut memory, &answer(body)).unwrap();
        assert_eq!(json!(memory.offsets), json!({"0": 0, "1": 5}));
        let poll = Asked::new("poll", Value::Null);
        let msgs = json!({"1": [[5, "a"], [9, "b"]]});
        let body = json!({"type": "poll_ok", "msgs": msgs});
        let next = go_on(kafka, &poll, &mut memory, &answer(body)).unwrap();
        let Next::Ask(commit) = next else {
            panic!("a commit was to come: {next:?}")
        };
        assert_eq!(commit["offsets"], json!({"1": 9}));
        assert_eq!(memory.offsets["1"], 10);
        let body = json!({"type": "commit_offsets_ok"});
        let next = go_on(kafka, &poll, &mut memory, &answer(body)).unwrap();
        assert_eq!(next, Next::Done(msgs));
    }
}
