//! Transcripts of events made by hand: what is told, what is folded, what is cited.

use super::*;
use crate::{Language, MessageRef};
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
        reason: Phrase::new("reason").by("vote"),
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
    }
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
            "content = term {n}\nreason = It wants to lead.\nfact = {who} leads.\nhow = Two lead.\n\
             timer.election = election\nproperty.safety = At most one leads.",
        )
        .unwrap();
    assert_eq!(
        transcript(events, &words, &labels(), RULES, detail),
        expected
    );
}

#[test]
fn equal_messages_are_one_line_with_their_reason_and_source() {
    let fired = Stimulus::Fired {
        timer: "election".into(),
    };
    let request = MessageShape::Request;
    let outcomes = vec![
        sent(0, 1, request, Fate::Flying),
        sent(0, 2, request, Fate::Lost),
    ];
    check(
        &[event(7, 0, fired, outcomes)],
        Detail::Lecture,
        "     7       10.500 ms  At S1 the election timer fires.\n\
         \x20                       S1 → S2 and S3: RequestVote (term 2)  It wants to lead. [Raft §5.2]  \
         The network will lose the one to S3.\n",
    );
}

#[test]
fn a_turning_point_ends_its_paragraph() {
    let told = vec![Outcome::Told(Phrase::new("fact").node("who", NodeId(0)))];
    let receive = || Stimulus::Delivered(message(1, 0, MessageShape::Granted));
    check(
        &[event(1, 0, receive(), told), event(2, 0, receive(), vec![])],
        Detail::Lecture,
        "     1        1.500 ms  S1 receives RequestVote from S2.\n\
         \x20                       ★ S1 leads.\n\n     2        3.000 ms  S1 receives RequestVote from S2.\n",
    );
}

#[test]
fn heartbeats_fold_unless_everything_is_asked_for() {
    let mut events: Vec<Event> = (1..=3).map(heartbeat).collect();
    events.push(Event {
        stimulus: Stimulus::Bounced(message(0, 1, MessageShape::Heartbeat)),
        ..heartbeat(4)
    });
    check(
        &events[..3],
        Detail::Lecture,
        "                        … and 3 heartbeats\n",
    );
    check(
        &events,
        Detail::Lecture,
        "                        … and 4 heartbeats, 1 of them to a node that is down\n",
    );
    check(
        &events[..1],
        Detail::Full,
        "     1        1.500 ms  S2 receives AppendEntries from S1.  #0000000000000001\n",
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
        "     1        1.500 ms  ▸ S2 receives AppendEntries from S1.\n",
    );
}

#[test]
fn a_violation_is_told_with_its_sentence() {
    let judged = Outcome::Judged {
        property: "safety".into(),
        verdict: Verdict::Violated(Phrase::new("how")),
    };
    let stimulus = Stimulus::Delivered(message(1, 0, MessageShape::Granted));
    check(
        &[event(1, 0, stimulus, vec![judged])],
        Detail::Lecture,
        "     1        1.500 ms  S1 receives RequestVote from S2.\n\
         \x20                       ✗ Violated: At most one leads. Two lead.\n\n",
    );
}

#[test]
fn timers_and_names_are_told_in_full() {
    let set = Outcome::TimerSet {
        timer: "election".into(),
        min_us: 150_000,
        max_us: 300_000,
        due_us: 201_500,
        reason: Phrase::new("reason"),
    };
    let granted = sent(0, 1, MessageShape::Granted, Fate::Flying);
    let saved = Event {
        cause: Cause::Event(Name(0xab)),
        ..event(1, 0, Stimulus::Saved, vec![set, granted])
    };
    check(
        &[saved],
        Detail::Full,
        "     1        1.500 ms  What S1 saved is on its disk.  #0000000000000001 ← #00000000000000ab\n\
         \x20                       The election timer is set to 200 ms (from 150 ms to 300 ms).  It wants to lead.\n\
         \x20                       S1 → S2: RequestVote (term 2)  It wants to lead. [Raft §5.2]  #0000000000000001 +8 ms\n",
    );
}

#[test]
fn a_saved_value_reads_without_braces() {
    let value = serde_json::json!({"term": 2, "voted_for": "S1", "log": [{"index": 1}]});
    assert_eq!(plain(&value), "term 2, voted for S1, log [(index 1)]");
    assert_eq!(plain(&serde_json::json!("x")), "x");
}
