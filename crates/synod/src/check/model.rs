//! Calls become operations of a model, and are judged. Knows no form of file.

use super::Mistake;
use super::calls::{Call, Calls};
use super::events::missing;
use crate::args::Model;
use linearizability::{
    CasRegister, CasRegisterOp, KeyValue, KeyValueAction, KeyValueOp, Lock, LockOp, Operation,
    Overall, Part, Queue, QueueOp, Register, RegisterOp, Specification, check, overall,
};
use protocol::Phrase;
use serde_json::Value;
use std::collections::BTreeMap;

/// A history, and the answer for it.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) overall: Overall,
    /// The answers by key, for a model that has keys.
    pub(crate) parts: Vec<Part<Option<String>>>,
    /// The calls that the parts speak of: without those that are known to have done nothing.
    pub(crate) calls: Vec<Call>,
    pub(crate) clients: Vec<String>,
    pub(crate) events: u32,
}

/// Judges the calls as operations on what the model says.
pub(crate) fn judge(model: Model, calls: Calls, budget: u64) -> Result<Judged, Mistake> {
    let mut values = Values::default();
    match model {
        Model::Register => by(&Register { initial: NIL }, calls, budget, |call| {
            let op = match call.begun.function.as_str() {
                "read" => RegisterOp::Read(values.read(call)?),
                "write" => RegisterOp::Write(values.given(call)?),
                _ => return Err(unknown(call, "register", "read, write")),
            };
            Ok(happened(call).then_some(op))
        }),
        Model::CasRegister => by(&CasRegister { initial: NIL }, calls, budget, |call| {
            let op = match call.begun.function.as_str() {
                "read" => CasRegisterOp::Read(values.read(call)?),
                "write" => CasRegisterOp::Write(values.given(call)?),
                "cas" => {
                    let Some([from, to]) = given(call)?.as_array().map(Vec::as_slice) else {
                        return Err(refused(call, "[from, to]"));
                    };
                    // That it did not is an answer: another value was there.
                    return Ok(Some(CasRegisterOp::Cas {
                        from: values.number(from),
                        to: values.number(to),
                        swapped: call.end.as_ref().map(|end| end.done),
                    }));
                }
                _ => return Err(unknown(call, "cas-register", "read, write, cas")),
            };
            Ok(happened(call).then_some(op))
        }),
        Model::Kv => by(&KeyValue, calls, budget, |call| {
            let text = |call| match given(call)? {
                Value::String(text) => Ok(text.clone()),
                _ => Err(refused(call, "\"…\"")),
            };
            let action = match call.begun.function.as_str() {
                "get" => KeyValueAction::Get(match answered(call)? {
                    None => None,
                    Some(Value::Null) => Some(String::new()),
                    Some(Value::String(text)) => Some(text.clone()),
                    Some(_) => return Err(refused_answer(call, "\"…\", null")),
                }),
                "put" => KeyValueAction::Put(text(call)?),
                "append" => KeyValueAction::Append(text(call)?),
                _ => return Err(unknown(call, "kv", "get, put, append")),
            };
            let key = call.begun.key.clone();
            let key = key.ok_or_else(|| missing(call.begun.line, "key"))?;
            Ok(happened(call).then_some(KeyValueOp { key, action }))
        }),
        Model::Queue => by(&Queue::default(), calls, budget, |call| {
            let op = match call.begun.function.as_str() {
                "enqueue" => QueueOp::Enqueue(values.given(call)?),
                "dequeue" => {
                    let seen = answered(call)?;
                    let value = |value: &Value| (!value.is_null()).then(|| values.number(value));
                    QueueOp::Dequeue(seen.map(value))
                }
                _ => return Err(unknown(call, "queue", "enqueue, dequeue")),
            };
            Ok(happened(call).then_some(op))
        }),
        Model::Lock => by(&Lock, calls, budget, |call| {
            let op = match call.begun.function.as_str() {
                "acquire" => LockOp::Acquire(call.client),
                "release" => LockOp::Release(call.client),
                _ => return Err(unknown(call, "lock", "acquire, release")),
            };
            Ok(happened(call).then_some(op))
        }),
    }
}

/// Judges by `spec`; `read` makes an operation of a call, or nothing of one that did nothing.
fn by<S: Specification>(
    spec: &S,
    calls: Calls,
    budget: u64,
    mut read: impl FnMut(&Call) -> Result<Option<S::Op>, Mistake>,
) -> Result<Judged, Mistake> {
    let mut history = Vec::new();
    let mut kept = Vec::new();
    for call in calls.calls {
        if let Some(op) = read(&call)? {
            history.push(Operation {
                op,
                invoked: call.invoked,
                returned: call.end.as_ref().map(|end| end.at),
            });
            kept.push(call);
        }
    }
    let parts = check(spec, &history, budget);
    let overall = overall(&parts);
    let named = |part: Part<S::Key>| {
        let first = part.operations.first();
        Part {
            key: first.and_then(|&place| kept[place as usize].begun.key.clone()),
            operations: part.operations,
            verdict: part.verdict,
        }
    };
    Ok(Judged {
        overall,
        parts: parts.into_iter().map(named).collect(),
        calls: kept,
        clients: calls.clients,
        events: calls.events,
    })
}

/// Numbers for values, null being the first.
#[derive(Default)]
struct Values(BTreeMap<String, u32>);

/// What a register holds at first.
const NIL: u32 = 0;

impl Values {
    fn number(&mut self, value: &Value) -> u32 {
        if value.is_null() {
            return NIL;
        }
        let next = self.0.len() as u32 + 1;
        *self.0.entry(value.to_string()).or_insert(next)
    }

    /// What the call brings.
    fn given(&mut self, call: &Call) -> Result<u32, Mistake> {
        given(call).map(|value| self.number(value))
    }

    /// What a read was answered, if it was.
    fn read(&mut self, call: &Call) -> Result<Option<u32>, Mistake> {
        answered(call).map(|value| value.map(|value| self.number(value)))
    }
}

/// Whether the call may have done something: all but those that failed.
fn happened(call: &Call) -> bool {
    call.end.as_ref().is_none_or(|end| end.done)
}

fn given(call: &Call) -> Result<&Value, Mistake> {
    let value = call.begun.value.as_ref();
    value.ok_or_else(|| missing(call.begun.line, "value"))
}

/// What was answered; `None` if nobody heard it, or if it failed.
fn answered(call: &Call) -> Result<Option<&Value>, Mistake> {
    let Some(end) = call.end.as_ref().filter(|end| end.done) else {
        return Ok(None);
    };
    let value = end.value.as_ref();
    value.ok_or_else(|| missing(end.line, "value")).map(Some)
}

fn unknown(call: &Call, model: &'static str, known: &'static str) -> Mistake {
    let phrase = Phrase::new("history.function")
        .text("function", call.begun.function.clone())
        .text("model", model)
        .text("known", known);
    Mistake::at(call.begun.line, phrase)
}

fn refused(call: &Call, expected: &'static str) -> Mistake {
    let value = call.begun.value.as_ref();
    wrong_value(call, call.begun.line, value, expected)
}

fn refused_answer(call: &Call, expected: &'static str) -> Mistake {
    let end = call.end.as_ref();
    let line = end.map_or(call.begun.line, |end| end.line);
    wrong_value(call, line, end.and_then(|end| end.value.as_ref()), expected)
}

fn wrong_value(call: &Call, line: u32, value: Option<&Value>, expected: &'static str) -> Mistake {
    let value = value.map_or_else(String::new, Value::to_string);
    let phrase = Phrase::new("history.value")
        .text("function", call.begun.function.clone())
        .text("value", protocol::beginning(&value, 60))
        .text("expected", expected);
    Mistake::at(line, phrase)
}
