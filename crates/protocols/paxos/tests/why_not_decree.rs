//! Why not, for one value: in every state of eventful runs each question has an answer, that answer has a reason that does not
//! hold, all of it is said in whole sentences, and what a reason names heals it.

use paxos::Decree;
use protocol::{NodeId, Phrase};
use sim::{Action, Edit};
use std::ops::Range;
use testing::why_not::{
    asks, boots, delivered, eventful, fires, lacks_one, listed, node, noted, told, value,
};
use testing::{Answers, trouble};
use trace::{Event, NodeStatus};

/// The roles of a run, and who they are.
struct Cast {
    roles: &'static str,
    proposers: Range<u16>,
    acceptors: Range<u16>,
    learners: Range<u16>,
}

const COMBINED: Cast = Cast {
    roles: "combined",
    proposers: 0..3,
    acceptors: 0..3,
    learners: 0..3,
};

const SEPARATE: Cast = Cast {
    roles: "separate",
    proposers: 0..2,
    acceptors: 2..5,
    learners: 5..7,
};

/// Trouble while the value is being chosen: soon after the beginning, and close together. In every third run all acceptors but
/// one are down first.
fn edits(seed: u64, cast: &Cast) -> Vec<Edit> {
    let mut edits = trouble(seed, cast.learners.end);
    for edit in &mut edits {
        edit.at_us /= 10;
    }
    if seed.is_multiple_of(3) {
        for node in cast.acceptors.clone().skip(1).map(NodeId) {
            let (keep, torn) = (0, false);
            for (at_us, action) in [
                (1_000, Action::Crash { node, keep, torn }),
                (160_000 + 20_000 * u64::from(node.0), Action::Restart(node)),
            ] {
                let (rank, after) = (0, Vec::new());
                edits.push(Edit {
                    at_us,
                    rank,
                    after,
                    action,
                });
            }
        }
    }
    edits
}

/// What an acceptor says of a vote.
fn accepts(guard: &Phrase, event: &Event) -> bool {
    told(event, "fact.accepted").is_some_and(|fact| {
        let same = |name| value(fact, name) == value(guard, name);
        let new = event
            .node
            .is_some_and(|at| !listed(guard, "counted").contains(&at));
        same("ballot") && same("value") && new && lacks_one(guard)
    })
}

/// Whether `event` delivers an answer of this kind to the ballot of `guard` that makes a majority.
fn counts(guard: &Phrase, event: &Event, kind: &str) -> bool {
    delivered(event, kind).is_some_and(|(from, label)| {
        value(label, "ballot") == value(guard, "ballot")
            && !listed(guard, "counted").contains(&from)
            && lacks_one(guard)
            && noted(event, "reason.late-answer").is_none()
    })
}

fn heals(guard: &Phrase, me: NodeId, event: &Event) -> bool {
    let here = event.node == Some(me);
    let comes = |kind| here && delivered(event, kind).is_some();
    let comes_from = |kind, name| {
        let from = delivered(event, kind).map(|(from, _)| from);
        here && from.is_some() && from == node(guard, name)
    };
    match &*guard.key {
        "guard.down" => boots(event, Some(me)),
        "guard.idle" => comes("Propose"),
        "guard.backs-off" => here && fires(event, "back-off"),
        "guard.promises" => here && counts(guard, event, "Promise"),
        "guard.accepted" => here && counts(guard, event, "Accepted"),
        "guard.overtaken" => here && told(event, "fact.overtaken").is_some(),
        "guard.acceptors-down" => {
            let mut down = listed(guard, "down").iter();
            lacks_one(guard) && down.any(|down| boots(event, Some(*down)))
        }
        "guard.nobody-asks" => {
            let mut proposals =
                ["fact.adopts", "fact.adopts-same", "fact.proposes-own"].into_iter();
            // A combined server may refuse itself at once.
            proposals.any(|key| told(event, key).is_some())
                && told(event, "fact.overtaken").is_none()
        }
        "guard.promise-forbids" => {
            event.node == node(guard, "proposer") && told(event, "fact.overtaken").is_some()
        }
        "guard.accept-on-its-way" => here && told(event, "fact.accepted").is_some(),
        "guard.nobody-accepted" => told(event, "fact.accepted").is_some(),
        "guard.too-few-votes" => accepts(guard, event),
        "guard.heard-few" => comes("Chosen") || here && counts(guard, event, "Accepted"),
        "guard.not-told" => comes("Chosen"),
        "guard.target-down" => boots(event, node(guard, "target")),
        "guard.answer-on-its-way" => comes_from("Outcome", "target"),
        "guard.target-does-not-know" => {
            event.node == node(guard, "target") && told(event, "fact.chosen").is_some()
        }
        "guard.request-on-its-way" => {
            event.node == node(guard, "target")
                && delivered(event, "Propose").is_some_and(|(from, _)| from == me)
        }
        _ => false,
    }
}

#[test]
fn whatever_has_not_come_about_has_its_reason() {
    let mut answers = Answers::default();
    for seed in 1..=48 {
        let cast = [&SEPARATE, &COMBINED][(seed % 2) as usize];
        let learning = ["all", "distinguished", "proposer"][(seed / 2 % 3) as usize];
        let config = [
            ("loss_permille", "150"),
            ("roles", cast.roles),
            ("learning", learning),
            ("request_gap_us", "10000"),
            ("client_timeout_us", "150000"),
            ("learn_us", "100000"),
        ];
        let mut sim = eventful::<Decree>(sim::SOUND, &config, seed, edits(seed, cast));
        answers.follow::<Decree>(sim.as_mut(), 1_500_000, heals, |sim, node, all| {
            let place = format!("seed {seed}, {} at {}", node.label, sim.now_us());
            let down = node.status == NodeStatus::Crashed;
            let state = sim.node_state(node.id).unwrap_or_default();
            let (server, id) = (&state["server"], node.id.0);
            let asked = [
                (
                    "question.not-chosen",
                    cast.proposers.contains(&id)
                        && (down || server["proposer"]["phase"]["done"].is_null()),
                ),
                (
                    "question.not-accepted",
                    cast.acceptors.contains(&id)
                        && if down {
                            cast.roles == "separate"
                        } else {
                            server["acceptor"]["accepted"].is_null()
                        },
                ),
                (
                    "question.not-learned",
                    cast.learners.contains(&id)
                        && if down {
                            cast.roles == "separate"
                        } else {
                            server["learner"]["learned"].is_null()
                        },
                ),
                ("question.no-answer", !state["client"]["open"].is_null()),
            ];
            for (question, due) in asked {
                assert_eq!(asks(all, question), due, "{question}: {place}");
            }
        });
    }
    answers.are_all::<Decree>();
    answers.are_healed(&[]);
}
