//! Transactions as steps over keys, and whether one contradicts itself.

use crate::history::{Call, canonical};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a read saw.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Seen {
    /// Nothing was there.
    Nothing,
    /// A list with these elements.
    List(Vec<String>),
    /// A register with this value.
    Value(String),
}

/// A step. Keys and values are canonical texts.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Step {
    /// Reads; `None`: nobody knows what it saw.
    Read(String, Option<Seen>),
    /// Adds an element at the end of a list.
    Append(String, String),
    /// Sets a register.
    Write(String, String),
}

impl Step {
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Read(key, _) | Self::Append(key, _) | Self::Write(key, _) => key,
        }
    }
}

/// A transaction.
#[derive(Debug)]
pub(super) struct Txn<'a> {
    pub(super) call: &'a Call,
    pub(super) steps: Vec<Step>,
}

impl<'a> Txn<'a> {
    /// The transaction of a call; `None`: it is none.
    pub(super) fn read(call: &'a Call) -> Option<Self> {
        let known = call.ok();
        let value = if known { &call.output } else { &call.input };
        let steps = value.as_array()?.iter();
        let steps: Option<Vec<Step>> = steps
            .map(|step| {
                let key = canonical(&step[1]);
                Some(match step[0].as_str()? {
                    "r" => Step::Read(key, known.then(|| seen(&step[2]))),
                    "append" => Step::Append(key, canonical(&step[2])),
                    "w" => Step::Write(key, canonical(&step[2])),
                    _ => return None,
                })
            })
            .collect();
        Some(Self {
            call,
            steps: steps?,
        })
    }

    /// The elements that it adds to a list, in order.
    pub(super) fn appends<'b>(&'b self, key: &'b str) -> impl Iterator<Item = &'b str> {
        self.steps.iter().filter_map(move |step| match step {
            Step::Append(own, element) if own == key => Some(&**element),
            _ => None,
        })
    }

    /// The values that it sets a register to, in order.
    pub(super) fn writes<'b>(&'b self, key: &'b str) -> impl Iterator<Item = &'b str> {
        self.steps.iter().filter_map(move |step| match step {
            Step::Write(own, value) if own == key => Some(&**value),
            _ => None,
        })
    }

    /// What its reads of a key saw, in order.
    pub(super) fn reads<'b>(&'b self, key: &'b str) -> impl Iterator<Item = &'b Seen> {
        self.steps.iter().filter_map(move |step| match step {
            Step::Read(own, Some(seen)) if own == key => Some(seen),
            _ => None,
        })
    }
}

fn seen(value: &Value) -> Seen {
    match value {
        Value::Null => Seen::Nothing,
        Value::Array(items) if items.is_empty() => Seen::Nothing,
        Value::Array(items) => Seen::List(items.iter().map(canonical).collect()),
        other => Seen::Value(canonical(other)),
    }
}

/// What is known of a key within a transaction.
enum Known {
    /// Exactly this.
    Is(Seen),
    /// A list that ends so.
    Ends(Vec<String>),
}

/// The first read of a transaction that does not agree with its own steps before, as a sentence.
pub(super) fn contradiction(steps: &[Step]) -> Option<String> {
    let mut known: BTreeMap<&str, Known> = BTreeMap::new();
    for step in steps {
        match step {
            Step::Append(key, element) => {
                let next = match known.remove(&**key) {
                    None => Known::Ends(vec![element.clone()]),
                    Some(Known::Ends(mut end)) => {
                        end.push(element.clone());
                        Known::Ends(end)
                    }
                    Some(Known::Is(Seen::List(mut list))) => {
                        list.push(element.clone());
                        Known::Is(Seen::List(list))
                    }
                    Some(Known::Is(_)) => Known::Is(Seen::List(vec![element.clone()])),
                };
                known.insert(key, next);
            }
            Step::Write(key, value) => {
                known.insert(key, Known::Is(Seen::Value(value.clone())));
            }
            Step::Read(key, Some(seen)) => {
                let fits = match (known.get(&**key), seen) {
                    (None, _) => true,
                    (Some(Known::Is(expected)), seen) => expected == seen,
                    (Some(Known::Ends(end)), Seen::List(list)) => list.ends_with(end),
                    (Some(Known::Ends(_)), _) => false,
                };
                if !fits {
                    return Some(format!(
                        "a read of key {key} does not agree with the transaction's own steps before it: it saw {}",
                        told(seen)
                    ));
                }
                known.insert(key, Known::Is(seen.clone()));
            }
            Step::Read(_, None) => {}
        }
    }
    None
}

/// What was seen, as a value.
pub(super) fn told(seen: &Seen) -> String {
    match seen {
        Seen::Nothing => "nothing".into(),
        Seen::List(list) => format!("[{}]", list.join(", ")),
        Seen::Value(value) => value.clone(),
    }
}
