//! Why something happened, told of real protocols: the exact events that led to it.

use protocol::{NodeId, Ring};
use sim::why::{self, Origin, Reason, Tie};
use sim::{Action, Playable, Run};
use trace::{Event, Frame, Outcome, Stimulus};

fn open(protocol: &str, seed: u64) -> Box<dyn Playable> {
    let run = Run {
        protocol: protocol.into(),
        seed,
        ..Run::default()
    };
    catalog::open(&run).expect("a sensible run")
}

/// Plays until an event tells the fact `key`; answers with its step.
fn until(sim: &mut dyn Playable, key: &str) -> u64 {
    let told = |event: &Event| {
        let is = |outcome: &Outcome| matches!(outcome, Outcome::Told(fact) if fact.key == key);
        event.outcomes.iter().any(is)
    };
    for _ in 0..20_000 {
        let step = sim
            .advance()
            .expect("there is always something to come")
            .step;
        if sim.event(step).is_some_and(|event| told(&event)) {
            return step;
        }
    }
    panic!("{key} is not told");
}

/// The cone of `step`, an event a line, newest first: where, what, and what it led to.
fn told(sim: &mut dyn Playable, step: u64) -> Vec<String> {
    let cone = why::cone(sim, step, None).expect("an event that happened");
    assert!(!cone.cut);
    let labels = sim.labels();
    let line = |reason: &Reason| {
        let event = &reason.event;
        let node = event.node.map_or("", |node| labels[node.index()].as_str());
        let key = reason
            .why
            .as_ref()
            .map_or_else(|| event.headline().key, |why| why.key.clone());
        let led_to = reason.led_to.map_or(String::new(), |(step, tie)| {
            let at = cone
                .reasons
                .iter()
                .position(|reason| reason.event.step == step);
            format!(" {tie:?} {}", at.expect("what it led to is in the cone"))
        });
        format!("{node} {key}{led_to}")
    };
    cone.reasons.iter().map(line).collect()
}

fn crash(sim: &mut dyn Playable, node: NodeId) {
    let (keep, torn) = (0, false);
    sim.act(&Action::Crash { node, keep, torn }, sim.now_us())
        .expect("it is up");
}

/// How S4 comes to lead term 1 in the first run: two of the votes that were asked for, and the two pre-votes before them.
const ELECTION: [&str; 9] = [
    "S4 fact.became-leader",
    "S4 reason.counts-vote Joined 0",
    "S1 reason.votes-in-newer-term Sent 0",
    "S5 reason.votes-in-newer-term Sent 1",
    "S4 reason.asks-vote Sent 2",
    "S4 reason.counts-pre-vote Joined 4",
    "S3 reason.would-vote Sent 4",
    "S2 reason.would-vote Sent 5",
    "S4 reason.asks-pre-vote Sent 6",
];

#[test]
fn a_leader_leads_because_of_the_votes_that_a_timeout_asked_for() {
    let mut sim = open("raft", 1);
    let step = until(sim.as_mut(), "fact.became-leader");
    let cone = why::cone(sim.as_mut(), step, None).unwrap();
    assert_eq!(told(sim.as_mut(), step), ELECTION);
    let last = cone.reasons.last().unwrap();
    assert!(matches!(last.event.stimulus, Stimulus::Fired { .. }));
    assert_eq!(last.origin, Some(Origin::Start));
    // At the end all have a part who had a word in it; before the last timeout nobody has.
    assert_eq!(cone.nodes(step).len(), 5);
    assert_eq!(cone.nodes(last.event.step - 1).len(), 0);
    assert_eq!(cone.messages().len(), 8);
    let inside = (1..=step).filter(|step| cone.has(*step));
    assert_eq!(inside.count(), cone.reasons.len());
}

#[test]
fn the_next_leader_leads_because_the_one_before_was_silenced() {
    let mut sim = open("raft", 1);
    let first = until(sim.as_mut(), "fact.became-leader");
    let leader = sim.event(first).unwrap().node.unwrap();
    for _ in 0..200 {
        sim.advance();
    }
    crash(sim.as_mut(), leader);
    let step = until(sim.as_mut(), "fact.became-leader");
    let told = told(sim.as_mut(), step);
    let (own, before) = told.split_at(13);
    assert_eq!(
        own,
        [
            "S1 fact.became-leader",
            "S1 reason.counts-vote Joined 0",
            "S2 reason.votes-in-newer-term Sent 0",
            "S3 reason.votes-in-newer-term Sent 1",
            "S1 reason.asks-vote Sent 2",
            "S1 reason.counts-pre-vote Joined 4",
            "S2 reason.would-vote Sent 4",
            "S3 reason.would-vote Sent 5",
            "S1 reason.asks-pre-vote Sent 6",
            "S1 reason.awaits-leader Set(0) 8",
            "S4 event.crashed Silenced 8",
            "S4 reason.heartbeat Sent 9",
            "S4 reason.awaits-heartbeat Set(18) 11",
        ]
    );
    // And S4 could send heartbeats because it had been elected.
    let whats = |lines: &[String]| -> Vec<String> {
        let what = |line: &String| line.split(' ').take(3).collect::<Vec<_>>().join(" ");
        lines.iter().map(what).collect()
    };
    assert_eq!(whats(before), whats(&ELECTION.map(str::to_owned)[1..]));
}

#[test]
fn a_client_has_its_answer_because_a_majority_has_its_entry() {
    let mut sim = open("raft", 1);
    let step = loop {
        let step = sim.advance().unwrap().step;
        let event = sim.event(step).unwrap();
        let answered = |outcome: &Outcome| matches!(outcome, Outcome::Answered { .. });
        if event.outcomes.iter().any(answered) {
            break step;
        }
    };
    assert_eq!(
        told(sim.as_mut(), step)[..8],
        [
            "C2 outcome.answered",
            "S4 reason.answers-applied Sent 0",
            "S4 reason.not-yet-majority Joined 1",
            "S2 reason.appended Sent 2",
            "S5 reason.appended Sent 1",
            "S4 reason.replicates Sent 3",
            "C2 reason.client-asks Sent 5",
            "S4 reason.session-open Sent 6",
        ]
    );
}

#[test]
fn a_transaction_commits_because_all_voted_yes() {
    let mut sim = open("two-phase-commit", 1);
    let decided = until(sim.as_mut(), "fact.decided-commit");
    let decision = [
        "K1 reason.counts-vote Joined 0",
        "P2 reason.votes-yes Sent 0",
        "P3 reason.votes-yes Sent 1",
        "K1 reason.prepares Sent 2",
        "C1 reason.asks Sent 4",
    ];
    assert_eq!(told(sim.as_mut(), decided)[0], "K1 fact.decided-commit");
    assert_eq!(told(sim.as_mut(), decided)[1..], decision);
    let asked = why::cone(sim.as_mut(), decided, None).unwrap();
    assert_eq!(asked.reasons[5].origin, Some(Origin::Workload));
    let committed = until(sim.as_mut(), "fact.committed");
    let told = told(sim.as_mut(), committed);
    assert_eq!(
        told[..2],
        ["P2 fact.committed", "K1 reason.tells-commit Sent 0"]
    );
    assert_eq!(told.len(), 2 + decision.len());
}

#[test]
fn what_a_node_is_came_about_at_one_step() {
    let mut sim = open("raft", 1);
    let step = until(sim.as_mut(), "fact.became-leader");
    let leader = sim.event(step).unwrap().node.unwrap();
    for _ in 0..2_500 {
        sim.advance();
    }
    let here = sim.step();
    let leads = |frame: &Frame| frame.nodes[leader.index()].view.ring == Ring::Double;
    assert_eq!(why::came(sim.as_mut(), leads).unwrap(), step);
    assert_eq!(
        why::came(sim.as_mut(), |frame| !frame.nodes.is_empty()).unwrap(),
        0
    );
    assert_eq!(sim.step(), here);
}

#[test]
fn a_long_run_costs_no_more_than_is_stated_and_says_that_it_was_cut() {
    let mut sim = open("raft", 1);
    let first = until(sim.as_mut(), "fact.became-leader");
    let leader = sim.event(first).unwrap().node.unwrap();
    for _ in 0..60_000 {
        sim.advance();
    }
    crash(sim.as_mut(), leader);
    let step = until(sim.as_mut(), "fact.became-leader");
    let cone = why::cone(sim.as_mut(), step, None).unwrap();
    // The heartbeats go back further than is read, and so does the election before.
    assert!(cone.cut && !cone.has(first));
    assert!(cone.reasons.len() > 12 && cone.reasons.len() <= why::REASONS_MAX);
    let fell_silent = |reason: &&Reason| matches!(reason.event.stimulus, Stimulus::Crashed { .. });
    assert!(cone.reasons.iter().any(|reason| fell_silent(&reason)));
}

#[test]
fn what_somebody_picks_was_still_sent_by_somebody() {
    let mut sim = open("raft", 1);
    until(sim.as_mut(), "fact.became-candidate");
    let mut pending = sim.pending().into_iter();
    let picked = pending
        .rfind(|row| row.message.is_some())
        .expect("a request for a vote");
    let step = sim.act(&picked.action, sim.now_us()).unwrap().step;
    let cone = why::cone(sim.as_mut(), step, None).unwrap();
    assert_eq!(cone.reasons[0].origin, Some(Origin::Choice));
    let (led_to, tie) = cone.reasons[1].led_to.unwrap();
    assert_eq!((led_to, tie), (step, Tie::Sent));
}
