//! Why not: in every state of eventful runs each question has an answer, that answer has a reason that does not hold, all of it
//! is said in whole sentences, and what a reason names heals it.

use protocol::{Arg, NodeId, Phrase};
use rpc::Node;
use sim::{Action, Playable};
use testing::why_not::{asks, boots, delivered, eventful, node, noted, sent, told, value};
use testing::{Answers, trouble};
use trace::{Event, MessageRef, Stimulus};

/// Two frontends and two backends.
const SERVERS: u16 = 4;

/// The client's attempt that a message of this kind is for.
fn attempt(message: &MessageRef, kind: &str) -> Option<Arg> {
    let attempt = &message.body.as_ref()?[kind]["tag"]["attempt"];
    Some(Arg::Int(attempt.as_u64()?))
}

fn heals(guard: &Phrase, me: NodeId, event: &Event) -> bool {
    let at = |name| event.node.is_some() && event.node == node(guard, name);
    let same = |phrase: &Phrase| value(phrase, "call") == value(guard, "call");
    let calls = |message: &MessageRef| message.view.label.as_ref().is_some_and(same);
    match &*guard.key {
        "guard.unsaved" => event.node == Some(me) && sent(event, "Request").any(calls),
        // A frontend may have several attempts of the client under way.
        "guard.pauses" => {
            let again = |message: &MessageRef| {
                let of = attempt(message, "request");
                event.node == Some(me) || of.as_ref() == value(guard, "client")
            };
            at("from") && sent(event, "Request").any(|sent| calls(sent) && again(sent))
        }
        "guard.server-down" => boots(event, node(guard, "to")),
        "guard.queued" => at("to") && noted(event, "reason.starts").is_some_and(same),
        "guard.at-work" => at("to") && told(event, "fact.executed").is_some_and(same),
        "guard.on-its-way" => {
            let taken = noted(event, "reason.takes").is_some_and(same);
            let arrives = delivered(event, "Request").map(|(from, _)| from);
            let answered = delivered(event, "Reply").is_some_and(|(from, label)| {
                let done = label.key == "message.done.label" && same(label);
                done && Some(from) == node(guard, "to")
            });
            // Any answer ends the client's call; of a frontend's calls it ends the one for the same attempt.
            let ends = event.node == Some(me)
                || matches!(&event.stimulus, Stimulus::Delivered(message)
                if attempt(message, "reply").as_ref() == value(guard, "attempt"));
            at("to") && taken && arrives == node(guard, "from") || at("from") && answered && ends
        }
        _ => false,
    }
}

/// A run in which messages are lost, servers fall and start again, and for a while work is slow.
fn run(variant: &str, semantics: &str, seed: u64) -> Box<dyn Playable> {
    let retry_at = if seed.is_multiple_of(2) {
        "client"
    } else {
        "every-tier"
    };
    let save_us = if semantics == "idempotency-key" {
        "5000"
    } else {
        "0"
    };
    let config = [
        ("loss_permille", "100"),
        ("frontends", "2"),
        ("backends", "2"),
        ("clients", "2"),
        ("request_gap_us", "120000"),
        ("attempts_max", "8"),
        ("deadline_us", "1500000"),
        ("semantics", semantics),
        ("retry_at", retry_at),
        ("save_us", save_us),
    ];
    let mut edits = trouble(seed, SERVERS);
    for (at_us, value) in [(1_200_000, "90000"), (2_200_000, "20000")] {
        let (key, value) = ("service_us".to_owned(), value.to_owned());
        edits.push(sim::Edit {
            at_us,
            rank: 0,
            after: Vec::new(),
            action: Action::Set { key, value },
        });
    }
    eventful::<Node>(variant, &config, seed, edits)
}

/// Follows runs, and says in how many states it was asked why a call ran twice.
fn follow(answers: &mut Answers, variant: &str, semantics: &str, seeds: u64) -> u64 {
    let mut twice = 0;
    for seed in 1..=seeds {
        let mut sim = run(variant, semantics, seed);
        answers.follow::<Node>(sim.as_mut(), 4_000_000, heals, |sim, node, all| {
            let place = format!("{semantics} {seed}, {} at {}", node.label, sim.now_us());
            let state = sim.node_state(node.id).unwrap_or_default();
            let client = &state["client"];
            let some = |tree: &serde_json::Value| match tree {
                serde_json::Value::Array(all) => !all.is_empty(),
                serde_json::Value::Object(all) => !all.is_empty(),
                _ => false,
            };
            let open = some(&client["caller"]["open"]) || some(&client["unsaved"]);
            assert_eq!(asks(all, "question.not-returned"), open, "{place}");
            twice += u64::from(asks(all, "question.ran-twice"));
        });
    }
    twice
}

#[test]
fn whatever_has_not_returned_has_its_reason_and_what_ran_twice_too() {
    let mut answers = Answers::default();
    let sound = sim::SOUND;
    for semantics in ["at-most-once", "idempotency-key"] {
        let twice = follow(&mut answers, sound, semantics, 6);
        assert_eq!(twice, 0, "{semantics}: the answers are kept");
    }
    let twice = follow(&mut answers, sound, "at-least-once", 6);
    assert!(twice > 0, "without a table calls run twice");
    let twice = follow(&mut answers, "volatile-table", "at-most-once", 12);
    assert!(twice > 0, "a table that a crash loses lets calls run twice");
    answers.are_all::<Node>();
    // That calls do not run twice where answers are kept was seen above.
    answers.are_healed(&["guard.keeps-no-answers", "guard.answer-lost"]);
}
