//! Single-decree Paxos by hand: the rules one by one, the argument of Paxos Made Simple, and each broken variant caught in a
//! schedule that the sound protocol survives.

mod lab;

use lab::Lab;
use paxos::Ballot;
use paxos::decree::{
    Cast, DecreeConfig, Fact, Memory, Message, Node, Phase, Proposal, Server, Timer, Vote,
};
use protocol::{Look, NodeId, NodeSet, Protocol, Verdict, Verdicts};

type Bench = Lab<Node>;

fn config() -> DecreeConfig {
    DecreeConfig {
        arrivals: "never",
        ..DecreeConfig::default()
    }
}

fn acceptors(acceptors: u64) -> DecreeConfig {
    DecreeConfig {
        acceptors,
        ..config()
    }
}

fn propose(lab: &mut Bench, client: &str, value: &str) {
    lab.ask(
        client,
        Proposal {
            value: value.into(),
        },
    );
    let to = if client == "C1" { "P1" } else { "P2" };
    lab.deliver("Propose", &[to]);
}

fn server<'a>(lab: &'a Bench, label: &str) -> &'a Server {
    lab.node(label).server().expect("a server")
}

fn learned(lab: &Bench, label: &str) -> Option<String> {
    let learner = server(lab, label).learner().expect("a learner");
    learner.learned().map(|vote| vote.value.to_string())
}

fn accepted(lab: &Bench, label: &str) -> Option<(u64, String)> {
    let acceptor = server(lab, label).acceptor().expect("an acceptor");
    let vote = acceptor.accepted()?;
    Some((vote.ballot.number(), vote.value.to_string()))
}

fn phase<'a>(lab: &'a Bench, label: &str) -> &'a Phase {
    server(lab, label).proposer().expect("a proposer").phase()
}

#[test]
fn one_proposer_alone_gets_its_value_chosen_whatever_the_way_of_learning() {
    for learning in ["all", "distinguished", "proposer"] {
        for (roles, learner) in [("separate", "L2"), ("combined", "S3")] {
            let config = DecreeConfig {
                learning,
                roles,
                ..config()
            };
            let mut lab = Bench::new(config, "sound");
            lab.ask(
                "C1",
                Proposal {
                    value: "tea".into(),
                },
            );
            lab.settle();
            lab.assert_sound();
            assert_eq!(learned(&lab, learner).as_deref(), Some("tea"), "{learning}");
            assert_eq!(lab.answers.len(), 1);
            for id in ["value-chosen", "all-learn", "all-answered"] {
                assert!(lab.met.contains(id), "{id} {learning} {roles}");
            }
            assert!(!lab.met.contains("duel"));
        }
    }
}

/// Phase 1b and 2b: below its promise an acceptor neither promises nor accepts, and says what it has promised.
#[test]
fn an_acceptor_refuses_below_its_promise() {
    let mut lab = Bench::new(config(), "sound");
    propose(&mut lab, "C1", "tea");
    propose(&mut lab, "C2", "milk");
    // A1 hears P2's ballot 1.P2 before 1.P1.
    let (p2, a1) = (lab.id("P2"), lab.id("A1"));
    lab.settle_where(|packet| packet.from == p2 && packet.to == a1);
    lab.deliver("Prepare", &["A1"]);
    assert_eq!(lab.said("reason.refuses"), 1);
    lab.deliver("Refused", &["P1"]);
    assert_eq!(*phase(&lab, "P1"), Phase::BackingOff);
    assert_eq!(lab.told("fact.overtaken"), 1);
    assert!(lab.met.contains("duel"));
    // The back-off ends in a ballot that is greater than both.
    lab.fire("P1", Timer::BackOff);
    let proposer = server(&lab, "P1").proposer().unwrap();
    assert_eq!(proposer.ballot(), Ballot::new(2, NodeId(0)));
}

/// The heart of it: a value that a majority may have accepted is proposed again by whoever comes later.
#[test]
fn a_later_proposer_adopts_what_was_accepted_in_the_greatest_ballot() {
    let mut lab = Bench::new(config(), "sound");
    propose(&mut lab, "C1", "tea");
    lab.deliver("Prepare", &["A1", "A2", "A3"]);
    lab.deliver("Promise", &["P1"]);
    lab.deliver("Accept", &["A1", "A2"]);
    // It is chosen, and nobody knows.
    lab.lose_all();
    lab.crash("P1");
    assert!(lab.met.contains("value-chosen"));
    propose(&mut lab, "C2", "milk");
    lab.deliver("Prepare", &["A2", "A3"]);
    lab.deliver("Promise", &["P2"]);
    assert_eq!(lab.told("fact.adopts"), 1);
    lab.settle();
    lab.assert_sound();
    assert_eq!(accepted(&lab, "A3"), Some((12, "tea".into())));
    assert_eq!(learned(&lab, "L1").as_deref(), Some("tea"));
}

/// Duelling proposers: each prepares before the other's phase 2 arrives, for ever, and nothing is chosen; then one gives way.
#[test]
fn a_duel_goes_on_until_one_proposer_gives_way() {
    let mut lab = Bench::new(config(), "sound");
    propose(&mut lab, "C1", "tea");
    propose(&mut lab, "C2", "milk");
    let all = ["A1", "A2", "A3"];
    lab.deliver("Prepare", &all);
    lab.settle_to(&["P1", "P2"]);
    let p1 = lab.id("P1");
    lab.settle_where(|packet| packet.from == p1 && packet.kind() == "Accept");
    lab.deliver("Refused", &["P1"]);
    for turn in 0..20 {
        let (mine, other) = if turn % 2 == 0 {
            ("P1", "P2")
        } else {
            ("P2", "P1")
        };
        // The other one's phase 2 waits while this one backs off, and prepares a greater ballot.
        lab.fire(mine, Timer::BackOff);
        lab.deliver("Prepare", &all);
        lab.deliver("Promise", &[mine]);
        assert!(matches!(phase(&lab, mine), Phase::Accepting { .. }));
        let rival = lab.id(other);
        lab.settle_where(|packet| packet.from == rival && packet.kind() == "Accept");
        lab.deliver("Refused", &[other]);
        assert_eq!(*phase(&lab, other), Phase::BackingOff, "turn {turn}");
    }
    assert!(!lab.met.contains("value-chosen"));
    let range = |lab: &Bench, label| lab.timers[lab.id(label).index()][&Timer::BackOff];
    // P1 was refused once more than the ten times of either: its range has grown to the end.
    assert_eq!(range(&lab, "P1"), (10_000, 640_000));
    lab.settle();
    lab.assert_sound();
    assert!(learned(&lab, "L1").is_some());
}

/// Lamport 2001, end of §2.3: when the votes that are left settle nothing, only a new ballot tells.
#[test]
fn a_learner_that_missed_the_votes_has_a_proposer_find_out() {
    let mut lab = Bench::new(config(), "sound");
    propose(&mut lab, "C1", "tea");
    lab.deliver("Prepare", &["A1", "A2", "A3"]);
    lab.deliver("Promise", &["P1"]);
    lab.deliver("Accept", &["A1", "A2"]);
    lab.lose_all();
    lab.crash("P1");
    lab.crash("A2");
    lab.fire("L2", Timer::Learn);
    lab.settle();
    assert_eq!(learned(&lab, "L2"), None, "one vote is not enough");
    // It knows of a vote: this time it asks a proposer too, in turn.
    for _ in 0..2 {
        lab.fire("L2", Timer::Learn);
        lab.settle();
    }
    lab.assert_sound();
    assert_eq!(learned(&lab, "L2").as_deref(), Some("tea"));
    assert!(lab.said("reason.finds-out") > 0);
}

#[test]
fn nothing_is_proposed_where_nobody_wants_anything() {
    let mut lab = Bench::new(config(), "sound");
    let (l1, p1) = (lab.id("L1"), lab.id("P1"));
    let message = Message::Query { find_out: true };
    lab.input(p1, protocol::Input::Message { from: l1, message });
    lab.settle();
    assert_eq!(lab.said("reason.nothing-to-propose"), 1);
    assert_eq!(*phase(&lab, "P1"), Phase::Idle);
    assert_eq!(lab.told("fact.accepted"), 0);
}

#[test]
fn what_is_saved_survives() {
    let mut lab = Bench::new(config(), "sound");
    propose(&mut lab, "C1", "tea");
    lab.settle();
    for label in ["P1", "A1", "L1"] {
        lab.crash(label);
        lab.restart_label(label);
    }
    assert_eq!(accepted(&lab, "A1"), Some((11, "tea".into())));
    assert_eq!(learned(&lab, "L1").as_deref(), Some("tea"));
    let proposer = server(&lab, "P1").proposer().unwrap();
    assert_eq!(proposer.ballot(), Ballot::new(1, NodeId(0)));
    // The next proposal needs a ballot, and comes to the same.
    propose(&mut lab, "C1", "milk");
    lab.settle();
    lab.assert_sound();
    let (_, outcome) = lab.answers.last().unwrap();
    assert_eq!((&*outcome.chosen, &*outcome.own), ("tea", "milk"));
}

/// In a schedule, the broken variant breaks its property, and the sound one does not.
fn check(variant: &str, config: &DecreeConfig, schedule: impl Fn(&mut Bench)) {
    let mut sound = Bench::new(config.clone(), "sound");
    schedule(&mut sound);
    sound.assert_sound();
    let mut broken = Bench::new(config.clone(), variant);
    schedule(&mut broken);
    let known = Node::VARIANTS.iter().find(|known| known.id == variant);
    let breaks = known.and_then(|known| known.breaks).expect("a breach");
    assert!(
        broken.violations.contains_key(breaks),
        "{variant} breaks {breaks}: {:?}",
        broken.violations
    );
}

#[test]
fn promise_forgotten_breaks_the_promise_and_agreement() {
    let schedule = |lab: &mut Bench| {
        propose(lab, "C1", "tea");
        lab.deliver("Prepare", &["A1", "A2"]);
        // A2 promises 1.P2, crashes, and is asked to accept in 1.P1.
        propose(lab, "C2", "milk");
        lab.deliver("Prepare", &["A2", "A3"]);
        lab.crash("A2");
        lab.restart_label("A2");
        lab.deliver("Promise", &["P1"]);
        lab.deliver("Accept", &["A1", "A2"]);
        lab.deliver("Promise", &["P2"]);
        lab.deliver("Accept", &["A2", "A3"]);
    };
    check("promise-forgotten", &config(), schedule);
    let mut broken = Bench::new(config(), "promise-forgotten");
    schedule(&mut broken);
    assert!(
        broken.violations.contains_key("agreement"),
        "and then two values are chosen"
    );
}

/// 1.P1 is accepted after 1.P2 was promised.
fn late_phase_two(lab: &mut Bench) {
    propose(lab, "C1", "tea");
    lab.deliver("Prepare", &["A1", "A2", "A3"]);
    lab.deliver("Promise", &["P1"]);
    propose(lab, "C2", "milk");
    lab.deliver("Prepare", &["A1", "A2", "A3"]);
    lab.deliver("Promise", &["P2"]);
    lab.settle();
}

#[test]
fn promise_ignored_breaks_agreement() {
    check("promise-ignored", &config(), late_phase_two);
}

#[test]
fn ignoring_what_was_accepted_breaks_agreement() {
    check("ignores-accepted", &config(), |lab| {
        propose(lab, "C1", "tea");
        lab.settle();
        lab.crash("P1");
        propose(lab, "C2", "milk");
        lab.settle();
    });
}

#[test]
fn half_a_quorum_learns_two_values() {
    for count in [2, 3, 4] {
        check("half-quorum", &acceptors(count), |lab| {
            propose(lab, "C1", "tea");
            propose(lab, "C2", "milk");
            let half = lab.config.acceptors / 2;
            // Each proposer hears from its own half.
            let (p1, p2) = (lab.id("P1"), lab.id("P2"));
            let first = lab.id("A1").0;
            let left = move |node: NodeId| u64::from(node.0.saturating_sub(first)) < half;
            let across = move |from: NodeId, to: NodeId| {
                (from == p1 && !left(to)) || (from == p2 && left(to))
            };
            lab.settle_where(|packet| !across(packet.from, packet.to));
        });
    }
}

#[test]
fn a_ballot_used_twice_has_two_values() {
    check("ballot-forgotten", &config(), |lab| {
        propose(lab, "C1", "tea");
        lab.deliver("Prepare", &["A1", "A2", "A3"]);
        lab.deliver("Promise", &["P1"]);
        lab.deliver("Accept", &["A1"]);
        lab.lose_all();
        lab.crash("P1");
        lab.restart_label("P1");
        // A client that had never heard of tea.
        let (c1, p1) = (lab.id("C1"), lab.id("P1"));
        lab.ask(
            "C2",
            Proposal {
                value: "milk".into(),
            },
        );
        lab.lose_all();
        let message = Message::Propose {
            value: "milk".into(),
        };
        lab.input(p1, protocol::Input::Message { from: c1, message });
        lab.deliver("Prepare", &["A2", "A3"]);
        lab.deliver("Promise", &["P1"]);
        lab.deliver("Accept", &["A2", "A3"]);
    });
}

#[test]
fn the_first_vote_is_not_the_outcome() {
    check("learns-first", &config(), |lab| {
        propose(lab, "C1", "tea");
        lab.deliver("Prepare", &["A1", "A2", "A3"]);
        lab.deliver("Promise", &["P1"]);
        lab.deliver("Accept", &["A1"]);
        lab.deliver("Accepted", &["L1"]);
    });
}

/// A checker that never failed is untested: a vote for a value that no variant would make up.
#[test]
fn validity_is_broken_by_a_value_from_nowhere() {
    let lab = Bench::new(config(), "sound");
    let vote = Vote {
        ballot: Ballot::new(1, NodeId(0)),
        value: "whisky".into(),
    };
    let told = [(lab.id("A1"), Fact::Accepted(vote))];
    let look = Look {
        config: &lab.config,
        nodes: &lab.nodes,
        changed: None,
        booted: false,
        facts: &told,
        now_us: 0,
        loss_permille: 0,
    };
    let mut verdicts = Verdicts::default();
    Node::observe(&mut Memory::default(), &look, &mut verdicts);
    let broken: Vec<_> = verdicts
        .drain()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Violated(_)))
        .map(|(index, _)| Node::PROPERTIES[index].id)
        .collect();
    assert_eq!(broken, ["validity"]);
}

#[test]
fn a_learner_keeps_votes_of_every_ballot() {
    let mut lab = Bench::new(config(), "sound");
    propose(&mut lab, "C1", "tea");
    lab.deliver("Prepare", &["A1", "A2", "A3"]);
    lab.deliver("Promise", &["P1"]);
    lab.deliver("Accept", &["A1"]);
    lab.deliver("Accepted", &["L1"]);
    let learner = server(&lab, "L1").learner().unwrap();
    let by: NodeSet = [lab.id("A1")].into_iter().collect();
    let vote = Vote {
        ballot: Ballot::new(1, NodeId(0)),
        value: "tea".into(),
    };
    assert_eq!(learner.votes(), [Cast { vote, by }]);
}
