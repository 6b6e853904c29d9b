//! Logs with offsets, after Jepsen's checker of Kafka: every message has one place, nobody's reading goes back or jumps over what is
//! there, and nothing that was acknowledged is lost.

use super::Verdict;
use crate::history::{Call, canonical, short};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A log as sends and polls show it.
#[derive(Default)]
struct Log<'a> {
    /// The messages at each offset, each with a call that shows it.
    at: BTreeMap<u64, BTreeMap<String, &'a Call>>,
    /// The offsets that some poll returned.
    polled: BTreeSet<u64>,
    /// What was acknowledged: offset, and the send.
    sent: BTreeMap<u64, &'a Call>,
}

/// Judges a history of sends, polls and assignments.
pub(super) fn check(calls: &[Call]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut logs: BTreeMap<&str, Log<'_>> = BTreeMap::new();
    let mut sends: BTreeMap<(&str, String), &Call> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.f == "send") {
        let Some(key) = call.input["key"].as_str() else {
            continue;
        };
        let message = canonical(&call.input["msg"]);
        sends.insert((key, message.clone()), call);
        if let Some(offset) = call.output.as_u64().filter(|_| call.ok()) {
            let log = logs.entry(key).or_default();
            log.at.entry(offset).or_default().insert(message, call);
            log.sent.insert(offset, call);
        }
    }
    for poll in polls(calls) {
        for (key, pairs) in read(poll) {
            let log = logs.entry(key).or_default();
            for (offset, message) in pairs {
                let message = canonical(message);
                match sends.get(&(key, message.clone())) {
                    None => {
                        let text = || format!("log {key} gave {message}, which nobody sent");
                        verdict.wrong("garbage-read", text, &[poll]);
                    }
                    Some(send) if !send.possible() => {
                        let text = || format!("log {key} gave {message}, though sending it failed");
                        verdict.wrong("aborted-read", text, &[send, poll]);
                    }
                    Some(_) => {}
                }
                log.polled.insert(offset);
                log.at
                    .entry(offset)
                    .or_default()
                    .entry(message)
                    .or_insert(poll);
            }
        }
    }
    let (mut unseen, mut messages) = (0u64, 0);
    for (key, log) in &logs {
        messages += log.at.len();
        places(key, log, &mut verdict);
        unseen += losses(key, log, &mut verdict);
    }
    orders(calls, &logs, &mut verdict);
    verdict.figure("logs", logs.len());
    verdict.figure("messages", messages);
    verdict.figure("unseen", unseen);
    verdict
}

fn polls(calls: &[Call]) -> impl Iterator<Item = &Call> {
    calls.iter().filter(|call| call.f == "poll" && call.ok())
}

/// What a poll brought of each log.
fn read(poll: &Call) -> impl Iterator<Item = (&str, Vec<(u64, &Value)>)> {
    let logs = poll.output.as_object().into_iter().flatten();
    logs.map(|(key, pairs)| {
        let pairs = pairs.as_array().into_iter().flatten();
        let pairs = pairs.filter_map(|pair| Some((pair[0].as_u64()?, &pair[1])));
        (&**key, pairs.collect())
    })
}

/// One message at an offset, one offset for a message.
fn places(key: &str, log: &Log<'_>, verdict: &mut Verdict) {
    let mut offsets: BTreeMap<&str, Vec<(u64, &Call)>> = BTreeMap::new();
    for (offset, messages) in &log.at {
        if messages.len() > 1 {
            let text = || {
                let all: Vec<&str> = messages.keys().map(|it| &**it).collect();
                let all = all.join(" and ");
                format!("offset {offset} of log {key} holds more than one message: {all}")
            };
            let about: Vec<&Call> = messages.values().copied().collect();
            verdict.wrong("inconsistent-offsets", text, &about);
        }
        for (message, call) in messages {
            offsets.entry(message).or_default().push((*offset, call));
        }
    }
    for (message, places) in offsets.iter().filter(|(_, places)| places.len() > 1) {
        let text = || {
            let all: Vec<String> = places
                .iter()
                .map(|(offset, _)| offset.to_string())
                .collect();
            let all = all.join(" and ");
            format!("message {message} of log {key} stands at more than one offset: {all}")
        };
        let about: Vec<&Call> = places.iter().map(|(_, call)| *call).collect();
        verdict.wrong("duplicate", text, &about);
    }
}

/// What was acknowledged and never read: lost if somebody read on behind it. Answers how many were not seen at all.
fn losses(key: &str, log: &Log<'_>, verdict: &mut Verdict) -> u64 {
    let furthest = log.polled.last();
    let mut unseen = 0;
    for (offset, send) in &log.sent {
        if log.polled.contains(offset) {
            continue;
        }
        if Some(offset) < furthest {
            let text = || {
                let furthest = furthest.copied().unwrap_or_default();
                format!(
                    "offset {offset} of log {key} was acknowledged and never read, though reading went on to {furthest}"
                )
            };
            verdict.wrong("lost-write", text, &[send]);
        } else {
            unseen += 1;
            let text = || {
                format!(
                    "offset {offset} of log {key} was acknowledged and never read, not even at the end"
                )
            };
            verdict.wrong("unseen", text, &[send]);
        }
    }
    unseen
}

/// How far a client is in its logs, and by which call.
#[derive(Default)]
struct Reader<'a> {
    /// The first offset that it has not read.
    next: BTreeMap<&'a str, (u64, &'a Call)>,
    /// The latest acknowledged send.
    sent: BTreeMap<&'a str, (u64, &'a Call)>,
}

/// The orders in which each client's polls and sends went.
fn orders<'a>(calls: &'a [Call], logs: &BTreeMap<&'a str, Log<'a>>, verdict: &mut Verdict) {
    let mut readers: BTreeMap<u64, Reader<'a>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.ok()) {
        let reader = readers.entry(call.client).or_default();
        match &*call.f {
            "assign" => {
                let offsets = call.output.as_object().into_iter().flatten();
                reader.next = offsets
                    .filter_map(|(key, offset)| Some((&**key, (offset.as_u64()?, call))))
                    .collect();
            }
            "send" => {
                let key = call.input["key"].as_str();
                let (Some(key), Some(offset)) = (key, call.output.as_u64()) else {
                    continue;
                };
                if let Some((before, earlier)) = reader.sent.insert(key, (offset, call))
                    && before >= offset
                {
                    let text = || {
                        format!(
                            "a client's sends to log {key} got offset {before}, and then {offset}"
                        )
                    };
                    verdict.wrong("nonmonotonic-send", text, &[earlier, call]);
                }
            }
            "poll" => {
                for (key, pairs) in read(call) {
                    let Some((next, earlier)) = reader.next.get(key).copied() else {
                        let text = || format!("a poll brought log {key}, which was not asked for");
                        verdict.wrong("unassigned", text, &[call]);
                        continue;
                    };
                    let log = logs.get(key);
                    follow(key, log, next, earlier, call, &pairs, verdict);
                    if let Some(last) = pairs.iter().map(|(offset, _)| *offset).max() {
                        reader
                            .next
                            .insert(key, (last.saturating_add(1).max(next), call));
                    }
                }
            }
            _ => {}
        }
    }
}

/// One poll of one log: it goes on at `next`, and jumps over nothing.
fn follow(
    key: &str,
    log: Option<&Log<'_>>,
    next: u64,
    earlier: &Call,
    call: &Call,
    pairs: &[(u64, &Value)],
    verdict: &mut Verdict,
) {
    let mut expected = next;
    for (place, (offset, message)) in pairs.iter().enumerate() {
        let inside = place > 0;
        let about = if inside {
            vec![call]
        } else {
            vec![earlier, call]
        };
        if *offset < expected {
            let anomaly = if inside {
                "int-nonmonotonic-poll"
            } else {
                "nonmonotonic-poll"
            };
            let text = || {
                format!(
                    "a client that had read log {key} up to {expected} got offset {offset} ({})",
                    short(message)
                )
            };
            verdict.wrong(anomaly, text, &about);
            continue;
        }
        let known = log
            .into_iter()
            .flat_map(|log| log.at.range(expected..*offset));
        let skipped: Vec<String> = known.map(|(offset, _)| offset.to_string()).collect();
        if !skipped.is_empty() {
            let anomaly = if inside { "int-poll-skip" } else { "poll-skip" };
            let text = || {
                format!(
                    "a client's reading of log {key} jumped to offset {offset}, over {}",
                    skipped.join(", ")
                )
            };
            verdict.wrong(anomaly, text, &about);
        }
        expected = offset.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Validity;
    use crate::check::tests::found;
    use crate::workload::Workload;
    use serde_json::{Value, json};

    fn send(client: u64, message: u64, offset: u64) -> [Value; 2] {
        let value = json!({"key": "0", "msg": message});
        [
            json!([client, "invoke", "send", value]),
            json!([client, "ok", "send", offset]),
        ]
    }

    fn assign(client: u64, offset: u64) -> [Value; 2] {
        [
            json!([client, "invoke", "assign", {"keys": ["0"]}]),
            json!([client, "ok", "assign", {"0": offset}]),
        ]
    }

    fn poll(client: u64, pairs: Value) -> [Value; 2] {
        [
            json!([client, "invoke", "poll", null]),
            json!([client, "ok", "poll", {"0": pairs}]),
        ]
    }

    fn kafka(parts: &[[Value; 2]]) -> (Validity, Vec<String>) {
        found(Workload::Kafka, parts.concat().into())
    }

    fn wrong(anomaly: &str) -> (Validity, Vec<String>) {
        (Validity::Invalid, vec![anomaly.into()])
    }

    #[test]
    fn a_log_that_is_read_in_order_is_right_though_offsets_are_sparse() {
        let right = kafka(&[
            send(1, 10, 0),
            send(1, 11, 3),
            assign(2, 0),
            poll(2, json!([[0, 10]])),
            poll(2, json!([[3, 11]])),
            // A new assignment may go back.
            assign(2, 0),
            poll(2, json!([[0, 10], [3, 11]])),
        ]);
        assert_eq!(right, (Validity::Valid, vec![]));
    }

    #[test]
    fn what_was_acknowledged_must_be_read() {
        let lost = [send(1, 10, 0), send(1, 11, 1), assign(2, 1)];
        let lost = kafka(&[&lost[..], &[poll(2, json!([[1, 11]]))]].concat());
        assert_eq!(lost, wrong("lost-write"));
        let unseen = [send(1, 10, 0), send(1, 11, 1), assign(2, 0)];
        let unseen = kafka(&[&unseen[..], &[poll(2, json!([[0, 10]]))]].concat());
        assert_eq!(unseen, wrong("unseen"));
    }

    #[test]
    fn an_offset_has_one_message_and_a_message_one_offset() {
        let both = kafka(&[
            send(1, 10, 0),
            send(3, 11, 0),
            assign(2, 0),
            poll(2, json!([[0, 10]])),
        ]);
        assert_eq!(both, wrong("inconsistent-offsets"));
        let twice = kafka(&[
            send(1, 10, 0),
            assign(2, 0),
            poll(2, json!([[0, 10], [1, 10]])),
        ]);
        assert_eq!(twice, wrong("duplicate"));
    }

    #[test]
    fn reading_neither_goes_back_nor_jumps() {
        let log = [send(1, 10, 0), send(1, 11, 1), send(1, 12, 2), assign(2, 0)];
        let with = |polls: &[Value]| {
            let polls: Vec<[Value; 2]> = polls.iter().map(|it| poll(2, it.clone())).collect();
            // Another client reads everything, so that nothing is lost.
            let all = [assign(4, 0), poll(4, json!([[0, 10], [1, 11], [2, 12]]))];
            kafka(&[&log[..], &polls, &all].concat())
        };
        let back = with(&[json!([[0, 10], [1, 11]]), json!([[1, 11], [2, 12]])]);
        assert_eq!(back, wrong("nonmonotonic-poll"));
        let back = with(&[json!([[0, 10], [1, 11], [0, 10], [2, 12]])]);
        assert_eq!(back, wrong("int-nonmonotonic-poll"));
        let jump = with(&[json!([[0, 10]]), json!([[2, 12]])]);
        assert_eq!(jump, wrong("poll-skip"));
        assert_eq!(with(&[json!([[0, 10], [2, 12]])]), wrong("int-poll-skip"));
        assert_eq!(with(&[json!([[1, 11]])]), wrong("poll-skip"));
    }

    #[test]
    fn sends_of_one_client_get_rising_offsets() {
        let back = kafka(&[
            send(1, 10, 1),
            send(1, 11, 0),
            assign(2, 0),
            poll(2, json!([[0, 11], [1, 10]])),
        ]);
        assert_eq!(back, wrong("nonmonotonic-send"));
    }

    #[test]
    fn what_nobody_sent_or_failed_to_send_is_not_read() {
        let reads = [assign(2, 0), poll(2, json!([[0, 10], [1, 99]]))];
        let garbage = kafka(&[&[send(1, 10, 0)], &reads[..]].concat());
        assert_eq!(garbage, wrong("garbage-read"));
        let failed = [
            json!([1, "invoke", "send", {"key": "0", "msg": 99}]),
            json!([1, "fail", "send", null]),
        ];
        let aborted = kafka(&[&[send(1, 10, 0), failed], &reads[..]].concat());
        assert_eq!(aborted, wrong("aborted-read"));
    }
}
