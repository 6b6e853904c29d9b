//! What goes on for ever: its oldest events are forgotten, and messages of which nobody tells do not fly for ever.

use protocol::{MessageShape, MessageView, Name, NodeId, NodeKind, NodeSpec, Phrase};
use recording::{Recording, Told};
use serde_json::json;
use sim::Source;
use trace::{Cause, Event, Fate, MessageRef, NodeStatus, Outcome, Stimulus};

fn told() -> Told {
    let specs = ["a", "b"].map(|label| NodeSpec::new(label, NodeKind::Server));
    Told {
        origin: json!({"joined": []}),
        ..Told::of(specs.map(|spec| (spec, NodeStatus::Up)))
    }
}

fn message(name: u64, sent_us: u64) -> MessageRef {
    MessageRef {
        name: Name(name),
        from: NodeId(0),
        to: NodeId(1),
        sent_us,
        view: MessageView {
            kind: "Ping".into(),
            shape: MessageShape::Request,
            epoch: None,
            label: None,
        },
        body: None,
    }
}

fn event(at_us: u64, node: u16, stimulus: Stimulus) -> Event {
    Event {
        step: 0,
        name: Name(at_us),
        at_us,
        node: Some(NodeId(node)),
        stimulus,
        cause: Cause::ProgramOrder,
        outcomes: Vec::new(),
        view: None,
    }
}

fn sends(at_us: u64, name: u64) -> Event {
    let outcome = Outcome::Sent {
        message: message(name, at_us),
        due_us: at_us,
        fate: Fate::Flying,
        reason: Phrase::new("recorded.sent"),
    };
    Event {
        outcomes: vec![outcome],
        ..event(at_us, 0, Stimulus::Internal)
    }
}

/// A message is sent every millisecond, and arrives three events later.
fn pings(recording: &mut Recording, from: u64, to: u64) {
    for n in from..to {
        recording.push(sends(n * 1_000, n));
        if let Some(earlier) = n.checked_sub(3).filter(|earlier| *earlier >= from) {
            let arrives = Stimulus::Delivered(message(earlier, earlier * 1_000));
            recording.push(event(n * 1_000 + 500, 1, arrives));
        }
    }
}

#[test]
fn what_is_forgotten_leaves_every_later_step_as_it_was() {
    let mut whole = Recording::new(told());
    pings(&mut whole, 1, 1_000);
    let mut part = Recording::new(told());
    pings(&mut part, 1, 400);
    part.seek(part.len()).unwrap();
    assert_eq!(part.forget(300), 256);
    assert_eq!(part.step(), part.len(), "the cursor stood behind them");
    pings(&mut part, 400, 700);
    part.seek(300).unwrap();
    assert_eq!(part.forget(256), 256);
    assert_eq!(
        (part.step(), part.forgotten()),
        (512, 512),
        "it stood among them"
    );
    // What was on its way between the two stretches is on its way in both.
    let mut same = Recording::new(told());
    pings(&mut same, 1, 400);
    pings(&mut same, 400, 700);
    assert_eq!(part.len(), same.len());
    for step in (512..=same.len()).rev().step_by(7) {
        same.seek(step).unwrap();
        part.seek(step).unwrap();
        assert_eq!(part.frame(), same.frame(), "step {step}");
        assert_eq!(part.event(step + 1), same.event(step + 1));
        assert_eq!(part.time_of(step), same.time_of(step));
        assert_eq!(
            part.step_at(part.time_of(step)),
            same.step_at(same.time_of(step))
        );
    }
    assert_eq!((part.event(512), part.name_of(512)), (None, None));
    part.seek(3).unwrap();
    assert_eq!(part.step(), 512);
    assert_eq!(part.forget(10), 0, "no more than whole stretches");
}

#[test]
fn whoever_follows_sees_what_whoever_goes_back_sees() {
    let mut recording = Recording::new(told());
    let mut seen = Vec::new();
    for n in 1..600_u64 {
        recording.push(sends(n * 1_000, n));
        if n > 4 {
            let arrives = Stimulus::Delivered(message(n - 4, (n - 4) * 1_000));
            recording.push(event(n * 1_000 + 500, 1, arrives));
        }
        recording.seek(recording.len()).unwrap();
        seen.push((recording.step(), recording.frame().flights.len()));
    }
    for (step, flights) in seen {
        recording.seek(step).unwrap();
        assert_eq!(recording.frame().flights.len(), flights, "step {step}");
    }
}

#[test]
fn a_message_of_which_nobody_tells_is_shown_for_two_seconds() {
    let mut recording = Recording::new(told());
    recording.push(sends(1_000, 7));
    for at_us in [1_500_000, 2_000_999, 2_001_000] {
        recording.push(event(at_us, 1, Stimulus::Internal));
    }
    let mut flying = |step| {
        recording.seek(step).unwrap();
        recording.frame().flights.len()
    };
    assert_eq!([1, 2, 3, 4].map(&mut flying), [1, 1, 1, 0]);
    // It arrives after all.
    recording.push(event(3_000_000, 1, Stimulus::Delivered(message(7, 1_000))));
    let mut flying = |step| {
        recording.seek(step).unwrap();
        recording.frame().flights.len()
    };
    assert_eq!([1, 2, 3, 4, 5].map(&mut flying), [1, 1, 1, 1, 0]);
}
