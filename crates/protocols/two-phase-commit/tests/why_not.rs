//! Why not: in every state of eventful runs each question has an answer, that answer has a reason that does not hold, all of it
//! is said in whole sentences, and what a reason names heals it.

use protocol::{NodeId, Phrase};
use sim::{Action, Edit};
use testing::why_not::{asks, boots, delivered, eventful, lacks_one, listed, node, told, value};
use testing::{Answers, trouble};
use trace::{Event, Stimulus};
use two_phase_commit::Node;

/// Two coordinators and three participants.
const SERVERS: u16 = 5;

fn heals(guard: &Phrase, me: NodeId, event: &Event) -> bool {
    let here = event.node == Some(me);
    let at = |name| event.node.is_some() && event.node == node(guard, name);
    let same_tx = |phrase: &Phrase| value(phrase, "tx") == value(guard, "tx");
    // A message of this kind comes to this node for this transaction.
    let comes = |kind| here && delivered(event, kind).is_some_and(|(_, label)| same_tx(label));
    let comes_from = |kind, name| {
        let from = delivered(event, kind).map(|(from, _)| from);
        comes(kind) && from == node(guard, name)
    };
    let tells = |key| told(event, key).is_some_and(same_tx);
    let counts = |kind| {
        delivered(event, kind).is_some_and(|(from, label)| {
            here && same_tx(label) && lacks_one(guard) && !listed(guard, "counted").contains(&from)
        })
    };
    let ends = || {
        let keys = [
            "fact.committed",
            "fact.committed-itself",
            "fact.aborted",
            "fact.aborted-itself",
        ];
        keys.into_iter().any(tells)
    };
    match &*guard.key {
        "guard.votes" => counts("Vote"),
        "guard.sure" => counts("PreCommitAck"),
        "guard.party-down" => boots(event, node(guard, "party")),
        "guard.vote-on-its-way" => comes_from("Vote", "party"),
        "guard.party-has-not-voted" => {
            comes_from("Vote", "party") || at("party") && tells("fact.prepared")
        }
        "guard.party-waits" => at("party") && (tells("fact.prepared") || tells("fact.voted-no")),
        "guard.pre-commit-on-its-way" => {
            let heard = delivered(event, "PreCommit").is_some_and(|(_, label)| same_tx(label));
            at("party") && heard
        }
        "guard.ack-on-its-way" => comes_from("PreCommitAck", "party"),
        "guard.party-decided" | "guard.recovers" => comes("Commit") || comes("Abort"),
        "guard.lock-taken" => {
            let owner = |fact: &Phrase| value(fact, "tx") == value(guard, "owner");
            let keys = ["fact.committed", "fact.aborted"].into_iter();
            here && keys.clone().any(|key| told(event, key).is_some_and(owner))
        }
        "guard.coordinator-down" | "guard.coordinator-down-for" => {
            boots(event, node(guard, "coordinator"))
        }
        "guard.coordinator-undecided" => {
            at("coordinator") && (tells("fact.decided-commit") || tells("fact.decided-abort"))
        }
        "guard.commit-on-its-way" => comes("Commit"),
        "guard.abort-on-its-way" => comes("Abort"),
        "guard.takes-its-place" => here && ends(),
        "guard.nobody-knows" => boots(event, node(guard, "coordinator")),
        "guard.asks-nobody-else" => {
            let on = matches!(&event.stimulus, Stimulus::Set { key, value } if key == "cooperative" && value == "true");
            on || boots(event, node(guard, "coordinator"))
        }
        "guard.others-know" => comes("Commit") || comes("Abort"),
        "guard.request-on-its-way" => {
            let from = delivered(event, "Request").map(|(from, _)| from);
            at("coordinator") && from == Some(me)
        }
        "guard.not-over" => {
            at("coordinator") && (tells("fact.decided-commit") || tells("fact.decided-abort"))
        }
        "guard.answer-on-its-way" => here && delivered(event, "Reply").is_some(),
        _ => false,
    }
}

/// Trouble; then the coordinators are down for a while in turn, and at last each stops for a while.
fn edits(seed: u64) -> Vec<Edit> {
    let mut edits = trouble(seed, SERVERS);
    let mut at = |at_us: u64, action: Action| {
        edits.push(Edit {
            at_us,
            rank: 0,
            after: Vec::new(),
            action,
        });
    };
    if seed % 3 == 1 {
        let (key, value) = ("cooperative".to_owned(), "true".to_owned());
        at(2_000_000, Action::Set { key, value });
    }
    for turn in 0..4 {
        let node = NodeId((turn % 2) as u16);
        let (keep, torn) = (0, false);
        let begin = 3_500_000 + turn * 600_000 + seed * 3_000;
        at(begin, Action::Crash { node, keep, torn });
        at(begin + 450_000, Action::Restart(node));
        let begin = begin + 2_500_000;
        at(begin, Action::Pause(node));
        at(begin + 400_000, Action::Resume(node));
    }
    edits
}

#[test]
fn whatever_has_not_come_about_has_its_reason() {
    let mut answers = Answers::default();
    for seed in 1..=16_u64 {
        let mode = if seed.is_multiple_of(2) {
            "two-phase"
        } else {
            "three-phase"
        };
        let cooperative = if seed % 3 == 1 { "false" } else { "true" };
        let locks = ["wait-die", "wait-timeout"][(seed / 2 % 2) as usize];
        let config = [
            ("loss_permille", "100"),
            ("mode", mode),
            ("cooperative", cooperative),
            ("locks", locks),
            ("coordinators", "2"),
            ("participants", "3"),
            ("parties", "3"),
            ("clients", "4"),
            ("request_gap_us", "30000"),
        ];
        let mut sim = eventful::<Node>(sim::SOUND, &config, seed, edits(seed));
        answers.follow::<Node>(sim.as_mut(), 8_500_000, heals, |sim, node, all| {
            let place = format!("seed {seed}, {} at {}", node.label, sim.now_us());
            let state = sim.node_state(node.id).unwrap_or_default();
            let some =
                |tree: &serde_json::Value| tree.as_object().is_some_and(|map| !map.is_empty());
            let participant = &state["participant"];
            let asked = [
                ("question.in-doubt", some(&participant["doubts"])),
                ("question.not-voted", some(&participant["waiting"])),
                (
                    "question.no-answer",
                    !state["client"]["outstanding"].is_null(),
                ),
            ];
            for (question, due) in asked {
                assert_eq!(asks(all, question), due, "{question}: {place}");
            }
        });
    }
    answers.are_all::<Node>();
    answers.are_healed(&[]);
}
