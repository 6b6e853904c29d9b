//! A linearizable key-value store, checked key by key with the crate `linearizability`.
//!
//! A read that found no key (error 20) says that it was not there; so does a compare-and-set; one that found another value (22) says
//! that the value was another one. Other failures say nothing.

use super::Verdict;
use crate::history::{Call, Phase, canonical, short};
use linearizability::{Operation, Specification, Verdict as Answer, check as linearize};
use serde_json::Value;

/// How many configurations are visited before the checker gives up.
const BUDGET: u64 = 5_000_000;

/// Values by their canonical texts.
type Text = String;

/// What an operation does at its key, and what was heard.
#[derive(Clone, PartialEq, Debug)]
enum Act {
    /// This was read; `None`: no key.
    Read(Option<Text>),
    Write(Text),
    Cas(Text, Text),
    /// Another value than this was there.
    Differs(Text),
}

struct Store;

impl Specification for Store {
    type State = Option<Text>;
    type Op = (Text, Act);
    type Key = Text;

    fn initial(&self) -> Self::State {
        None
    }

    fn step(&self, state: &Self::State, (_, act): &Self::Op) -> Option<Self::State> {
        match act {
            Act::Read(seen) => (seen == state).then(|| state.clone()),
            Act::Write(value) => Some(Some(value.clone())),
            Act::Cas(from, to) => (state.as_ref() == Some(from)).then(|| Some(to.clone())),
            Act::Differs(from) => match state {
                Some(value) if value != from => Some(state.clone()),
                _ => None,
            },
        }
    }

    fn key(&self, (key, _): &Self::Op) -> Text {
        key.clone()
    }

    fn reads(&self, (_, act): &Self::Op) -> bool {
        matches!(act, Act::Read(_) | Act::Differs(_))
    }
}

/// What a call says of the store; `None`: nothing.
fn said(call: &Call) -> Option<(Text, Act)> {
    let key = canonical(&call.input[0]);
    let code = call.error.as_ref().and_then(|problem| problem.code);
    let act = match (&*call.f, call.outcome) {
        ("read", Phase::Ok) if call.output[1].is_null() => Act::Read(None),
        ("read", Phase::Ok) => Act::Read(Some(canonical(&call.output[1]))),
        ("read" | "cas", Phase::Fail) if code == Some(20) => Act::Read(None),
        ("cas", Phase::Fail) if code == Some(22) => Act::Differs(canonical(&call.input[1][0])),
        ("write", Phase::Ok | Phase::Info) => Act::Write(canonical(&call.input[1])),
        ("cas", Phase::Ok | Phase::Info) => {
            let [from, to] = [0, 1].map(|place| canonical(&call.input[1][place]));
            Act::Cas(from, to)
        }
        _ => return None,
    };
    Some((key, act))
}

/// Judges a history of reads, writes and compare-and-sets.
pub(super) fn check(calls: &[Call]) -> Verdict {
    let mut verdict = Verdict::default();
    let (mut history, mut places) = (Vec::new(), Vec::new());
    for call in calls {
        if let Some(op) = said(call) {
            history.push(Operation {
                op,
                invoked: call.invoked,
                returned: call.returned,
            });
            places.push(call);
        }
    }
    let parts = linearize(&Store, &history, BUDGET);
    verdict.figure("keys", parts.len());
    for part in &parts {
        match &part.verdict {
            Answer::Linearizable { .. } => {}
            Answer::GaveUp => {
                let text = || format!("key {}: too many orders to try within the budget", part.key);
                verdict.unknown("gave-up", text, &[]);
            }
            Answer::Illegal { partials } => {
                let Some(best) = partials.first() else {
                    continue;
                };
                let stuck = places[best.stuck as usize];
                let before = best.order.len().saturating_sub(6);
                let mut about = vec![stuck];
                let last = best.order[before..].iter();
                about.extend(last.map(|place| places[*place as usize]));
                let text = || {
                    format!(
                        "key {}: no order explains the answers; after {} of {} operations, which leave {}, \
                         comes this one, which cannot be: {}",
                        part.key,
                        best.order.len(),
                        part.operations.len(),
                        state_after(&history, &best.order),
                        stuck.told(),
                    )
                };
                verdict.wrong("not-linearizable", text, &about);
            }
        }
    }
    verdict
}

/// What is at the key after these operations, in words.
fn state_after(history: &[Operation<(Text, Act)>], order: &[u32]) -> String {
    let steps = order.iter().map(|place| &history[*place as usize].op);
    let state = steps.fold(Store.initial(), |state, op| {
        Store.step(&state, op).unwrap_or(state)
    });
    state.map_or("no value".into(), |text| short(&Value::from(text)))
}

#[cfg(test)]
mod tests {
    use crate::check::Validity;
    use crate::check::tests::found;
    use crate::workload::Workload;
    use serde_json::{Value, json};

    fn kv(rows: &[Value]) -> (Validity, Vec<String>) {
        let mut all = vec![
            json!([1, "invoke", "write", [0, 1]]),
            json!([1, "ok", "write", [0, 1]]),
            json!([1, "invoke", "read", [0, null]]),
            json!([1, "ok", "read", [0, 1]]),
        ];
        all.extend(rows.iter().cloned());
        found(Workload::LinKv, all.into())
    }

    fn wrong() -> (Validity, Vec<String>) {
        (Validity::Invalid, vec!["not-linearizable".into()])
    }

    #[test]
    fn a_stale_read_is_wrong_and_a_concurrent_one_may_see_either() {
        let write = [
            json!([1, "invoke", "write", [0, 2]]),
            json!([1, "ok", "write", [0, 2]]),
        ];
        let read = [
            json!([2, "invoke", "read", [0, null]]),
            json!([2, "ok", "read", [0, 1]]),
        ];
        let stale = [write.clone(), read.clone()].concat();
        assert_eq!(kv(&stale), wrong());
        let [begin, end] = read;
        let concurrent = [&write[..1], &[begin, end], &write[1..]].concat();
        assert_eq!(kv(&concurrent).0, Validity::Valid);
    }

    #[test]
    fn a_write_of_which_nothing_is_known_may_come_late() {
        let rows = [
            json!([2, "invoke", "write", [0, 7]]),
            json!([2, "info", "write", null]),
            json!([3, "invoke", "read", [0, null]]),
            json!([3, "ok", "read", [0, 1]]),
            json!([3, "invoke", "read", [0, null]]),
            json!([3, "ok", "read", [0, 7]]),
        ];
        assert_eq!(kv(&rows).0, Validity::Valid);
        let back = [
            json!([3, "invoke", "read", [0, null]]),
            json!([3, "ok", "read", [0, 1]]),
        ];
        assert_eq!(kv(&[&rows[..], &back[..]].concat()), wrong());
    }

    #[test]
    fn a_write_that_failed_must_not_be_seen() {
        let rows = [
            json!([2, "invoke", "write", [0, 7]]),
            json!([2, "fail", "write", null, {"code": 11, "text": "not now"}]),
            json!([3, "invoke", "read", [0, null]]),
            json!([3, "ok", "read", [0, 7]]),
        ];
        assert_eq!(kv(&rows), wrong());
    }

    #[test]
    fn errors_say_what_was_there() {
        let with = |f, value: Value, code| {
            let error = json!({"code": code, "text": ""});
            kv(&[
                json!([2, "invoke", f, value]),
                json!([2, "fail", f, null, error]),
            ])
        };
        // The key is there, with 1.
        assert_eq!(with("read", json!([0, null]), 20), wrong());
        assert_eq!(with("read", json!([5, null]), 20).0, Validity::Valid);
        assert_eq!(with("cas", json!([0, [1, 2]]), 22), wrong());
        assert_eq!(with("cas", json!([0, [2, 3]]), 22).0, Validity::Valid);
        assert_eq!(with("cas", json!([0, [2, 3]]), 20), wrong());
        assert_eq!(with("cas", json!([0, [1, 2]]), 11).0, Validity::Valid);
    }

    #[test]
    fn a_compare_and_set_that_could_not_be_is_wrong() {
        let cas = |from: u64| {
            kv(&[
                json!([2, "invoke", "cas", [0, [from, 4]]]),
                json!([2, "ok", "cas", [0, [from, 4]]]),
            ])
        };
        assert_eq!(cas(1).0, Validity::Valid);
        assert_eq!(cas(3), wrong());
    }
}
