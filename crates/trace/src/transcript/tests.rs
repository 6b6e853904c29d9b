//! Transcripts of events made by hand: what is told, what is folded, what is cited.

use super::telling::plain;
use super::*;
use crate::{Fate, Language, MessageRef};
use protocol::MessageView;

const RULES: &[Rule] = &[Rule {
    id: "vote",
    source: "Raft §5.2",
}];

fn labels() -> Vec<String> {
    ["S1", "S2", "S3"].map(String::from).into()
}

fn message(from: u16, to: u16, shape: MessageShape) -> MessageRef {
    let kind = match shape {
        MessageShape::Heartbeat => "AppendEntries",
        _ => "RequestVote",
    };
    MessageRef {
        name: Name(u64::from(from) * 16 + u64::from(to)),
        from: NodeId(from),
        to: NodeId(to),
        sent_us: 1_000,
        view: MessageView {
            kind: kind.into(),
            shape,
            epoch: Some(2),
            label: Some(Phrase::new("content").int("n", 2)),
        },
        body: None,
    }
}

fn sent(from: u16, to: u16, shape: MessageShape, fate: Fate) -> Outcome {
    Outcome::Sent {
        message: message(from, to, shape),
        due_us: 9_000,
        fate,
        reason: Phrase::new("reason").node("to", NodeId(to)).by("vote"),
    }
}

fn event(step: u64, node: u16, stimulus: Stimulus, outcomes: Vec<Outcome>) -> Event {
    Event {
        step,
        name: Name(step),
        at_us: step * 1_500,
        node: Some(NodeId(node)),
        stimulus,
        cause: Cause::Start,
        outcomes,
        view: None,
    }
}

fn granted() -> Stimulus {
    Stimulus::Delivered(message(1, 0, MessageShape::Granted))
}

fn fired() -> Stimulus {
    Stimulus::Fired {
        timer: "election".into(),
    }
}

fn noted() -> Vec<Outcome> {
    vec![Outcome::Noted(Phrase::new("how"))]
}

fn heartbeat(step: u64) -> Event {
    let stimulus = Stimulus::Delivered(message(0, 1, MessageShape::Heartbeat));
    event(step, 1, stimulus, vec![])
}

fn check(events: &[Event], detail: Detail, expected: &str) {
    check_in(Language::English, events, detail, expected);
}

fn check_in(language: Language, events: &[Event], detail: Detail, expected: &str) {
    let mut words = Words::new(language);
    words
        .add(
            "content = term {n}\nreason = It wants {to} to vote.\nfact = {who} leads.\nhow = Two lead.\n\
             timer.election = election\nproperty.safety = At most one leads.",
        )
        .unwrap();
    assert_eq!(
        transcript(events, &words, &labels(), RULES, detail),
        expected
    );
}

#[test]
fn equal_messages_are_told_once_with_their_reason_and_source() {
    let request = MessageShape::Request;
    let outcomes = vec![
        sent(0, 1, request, Fate::Flying),
        sent(0, 2, request, Fate::Lost),
    ];
    check(
        &[event(7, 0, fired(), outcomes)],
        Detail::Lecture,
        "    7      10.500 ms  At S1 the election timer fires.
                      S1 → S2 and S3: RequestVote (term 2)
                        It wants S2 and S3 to vote. [Raft §5.2]
                        The network will lose the one to S3.
",
    );
}

#[test]
fn a_turning_point_ends_its_paragraph() {
    let told = vec![Outcome::Told(Phrase::new("fact").node("who", NodeId(0)))];
    check(
        &[
            event(1, 0, granted(), told),
            event(2, 0, granted(), noted()),
        ],
        Detail::Lecture,
        "    1       1.500 ms  S1 receives RequestVote from S2.
                      ★ S1 leads.

    2       3.000 ms  S1 receives RequestVote from S2.
                      Two lead.
",
    );
}

#[test]
fn what_comes_from_outside_begins_a_paragraph() {
    check(
        &[
            event(1, 0, granted(), noted()),
            event(2, 0, fired(), noted()),
        ],
        Detail::Lecture,
        "    1       1.500 ms  S1 receives RequestVote from S2.
                      Two lead.

    2       3.000 ms  At S1 the election timer fires.
                      Two lead.
",
    );
}

#[test]
fn what_happens_alike_at_several_nodes_is_told_once() {
    let receive = |step, from, to, outcomes| {
        let stimulus = Stimulus::Delivered(message(from, to, MessageShape::Request));
        event(step, to, stimulus, outcomes)
    };
    check(
        &[receive(1, 0, 1, noted()), receive(2, 0, 2, noted())],
        Detail::Lecture,
        "    1       1.500 ms  S2 receives RequestVote from S1.
                      Two lead.
                      … likewise S3
",
    );
    check(
        &[receive(1, 1, 0, noted()), receive(2, 2, 0, noted())],
        Detail::Lecture,
        "    1       1.500 ms  S1 receives RequestVote from S2.
                      Two lead.
                      … likewise from S3
",
    );
    // Another outcome is told.
    let reply = vec![sent(2, 0, MessageShape::Granted, Fate::Flying)];
    check(
        &[receive(1, 0, 1, noted()), receive(2, 0, 2, reply)],
        Detail::Lecture,
        "    1       1.500 ms  S2 receives RequestVote from S1.
                      Two lead.
    2       3.000 ms  S3 receives RequestVote from S1.
                      S3 → S1: RequestVote (term 2)
                        It wants S1 to vote. [Raft §5.2]
",
    );
}

#[test]
fn heartbeats_are_counted_unless_everything_is_asked_for() {
    let mut events: Vec<Event> = (1..=3).map(heartbeat).collect();
    check(
        &events,
        Detail::Lecture,
        "                      … and 3 heartbeats
",
    );
    events.push(Event {
        stimulus: Stimulus::Bounced(message(0, 1, MessageShape::Heartbeat)),
        ..heartbeat(4)
    });
    // Nothing comes of this one.
    events.push(event(5, 0, granted(), vec![]));
    check(
        &events,
        Detail::Lecture,
        "                      … and 4 heartbeats, 1 of them to a node that is down, and 1 more step
",
    );
    check_in(
        Language::Chinese,
        &events[..2],
        Detail::Lecture,
        "                      … 以及 2 次心跳
",
    );
    check(
        &events[..1],
        Detail::Full,
        "    1       1.500 ms  S2 receives AppendEntries from S1.  #0000000000000001
",
    );
}

#[test]
fn a_heartbeat_that_somebody_chose_is_told() {
    let chosen = Event {
        cause: Cause::Choice,
        ..heartbeat(1)
    };
    check(
        &[chosen],
        Detail::Lecture,
        "    1       1.500 ms  ▸ S2 receives AppendEntries from S1.
",
    );
}

#[test]
fn a_violation_is_told_with_its_sentence() {
    let judged = Outcome::Judged {
        property: "safety".into(),
        verdict: Verdict::Violated(Phrase::new("how")),
    };
    check(
        &[event(1, 0, granted(), vec![judged])],
        Detail::Lecture,
        "    1       1.500 ms  S1 receives RequestVote from S2.
                      ✗ Violated: At most one leads. Two lead.

",
    );
}

#[test]
fn a_save_is_told_where_it_takes_time() {
    let saved = |due_us| {
        let write = serde_json::json!({"term": 2});
        vec![Outcome::Saved { write, due_us }]
    };
    check(
        &[event(1, 0, granted(), saved(1_500))],
        Detail::Lecture,
        "                      … and 1 more step
",
    );
    check(
        &[event(1, 0, granted(), saved(2_000))],
        Detail::Lecture,
        "    1       1.500 ms  S1 receives RequestVote from S2.
                      It saves: term 2. That takes 500 µs, and what it says waits.
",
    );
}

#[test]
fn timers_and_names_are_told_in_full() {
    let set = Outcome::TimerSet {
        timer: "election".into(),
        min_us: 150_000,
        max_us: 300_000,
        due_us: 201_500,
        reason: Phrase::new("how"),
    };
    let granted = sent(0, 1, MessageShape::Granted, Fate::Flying);
    let saved = Event {
        cause: Cause::Event(Name(0xab)),
        ..event(1, 0, Stimulus::Saved, vec![set, granted])
    };
    check(
        &[saved],
        Detail::Full,
        "    1       1.500 ms  What S1 saved is on its disk.  #0000000000000001 ← #00000000000000ab
                      The election timer is set to 200 ms (from 150 ms to 300 ms).
                        Two lead.
                      S1 → S2: RequestVote (term 2)  #0000000000000001 +8 ms
                        It wants S2 to vote. [Raft §5.2]
",
    );
}

#[test]
fn a_saved_value_reads_without_braces() {
    let value = serde_json::json!({"term": 2, "voted_for": "S1", "log": [{"index": 1}]});
    assert_eq!(plain(&value), "term 2, voted for S1, log [(index 1)]");
    assert_eq!(plain(&serde_json::json!("x")), "x");
}
