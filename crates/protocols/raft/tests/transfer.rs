//! Leadership transfer (Ongaro 2014, §3.10): what the leader, the server that is to lead, the voters and the clients do, rule by
//! rule, and what becomes of it when something goes wrong on the way.

mod lab;

use lab::{Lab, plain, put, s};
use protocol::NodeId;
use raft::{Fact, Mark, Message, Op, Order, Outcome, RaftConfig, Reason, Timer, Variant};
use replicated::{Answer, ClientReply, KvAnswer};

const C1: NodeId = NodeId(3);
const C2: NodeId = NodeId(4);

/// Three servers that ask before they stand and stand by their leader, and two clients; S1 leads.
fn led_by_s1(changes: RaftConfig) -> Lab {
    let mut lab = Lab::new(changes, Variant::Sound);
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    assert!(lab.leads(s(1)));
    lab
}

fn config() -> RaftConfig {
    RaftConfig {
        clients: 2,
        pre_vote: true,
        check_quorum: true,
        ..plain(3)
    }
}

const fn transfer(server: u16) -> Op<replicated::KvCommand> {
    Op::Order(Order::Transfer(s(server)))
}

fn is_timeout_now(packet: &lab::Packet) -> bool {
    matches!(packet.message, Message::TimeoutNow { .. })
}

fn outcome(outcome: Outcome) -> Answer<KvAnswer, Outcome> {
    Answer::Ordered(outcome)
}

#[test]
fn the_other_leads_the_next_term_at_once_and_says_so() {
    let mut lab = led_by_s1(config());
    let term = lab.term(s(1));
    let id = lab.wish(C1, transfer(2));
    lab.settle();
    assert!(lab.leads(s(2)) && !lab.leads(s(1)));
    assert_eq!(lab.term(s(2)), term + 1);
    assert_eq!(lab.answers, [(id, outcome(Outcome::Leads(s(2))))]);
    // Nobody was asked first, though the rule is in force; and the voters had just heard from S1.
    let asked = |fact: &Fact<_>| *fact == Fact::AsksPreVotes { term: term + 1 };
    assert!(!lab.told(asked));
    assert!(lab.says(|reason| *reason == Reason::LeaderWantsIt { candidate: s(2) }));
    // S1 does not know who deposed it: it pointed to S2.
    assert!(lab.says(|reason| *reason
        == Reason::PointsToSuccessor {
            client: C1,
            to: s(2)
        }));
    assert!(!lab.timers[s(1).index()].contains_key(&Timer::Transfer));
    lab.assert_sound();
}

#[test]
fn an_election_that_no_leader_wants_does_not_disturb() {
    let mut lab = led_by_s1(config());
    let request = |transfer| {
        let term = lab.term(s(1)) + 1;
        let last = lab.server(s(3)).log().last_index();
        let mut request = lab::vote(term, 1, last);
        request.transfer = Mark(transfer);
        Message::RequestVote(request)
    };
    let (plain, wanted) = (request(false), request(true));
    for voter in [s(1), s(3)] {
        let term = lab.term(voter);
        lab.message(s(2), voter, plain.clone());
        assert_eq!(lab.term(voter), term, "as good as not received");
    }
    for voter in [s(1), s(3)] {
        let term = lab.term(voter);
        lab.message(s(2), voter, wanted.clone());
        assert_eq!(lab.term(voter), term + 1);
        assert_eq!(lab.server(voter).voted_for(), Some(s(2)));
    }
}

#[test]
fn the_other_is_brought_up_to_date_first() {
    let mut lab = led_by_s1(config());
    lab.isolate(&[s(3)]);
    for value in ["a", "b"] {
        lab.propose(s(1), value);
        lab.settle();
    }
    lab.heal();
    lab.wish(C1, transfer(3));
    lab.settle_where(|packet| packet.to != s(3));
    assert!(lab.says(|reason| matches!(reason, Reason::BringsUpToDate { to, .. } if *to == s(3))));
    assert!(!lab.packets.iter().any(is_timeout_now), "not yet");
    assert_eq!(lab.server(s(1)).hands_over_to(), Some(s(3)));
    while lab.leads(s(1)) {
        lab.heartbeat(s(1));
        lab.settle();
    }
    assert!(lab.leads(s(3)));
    assert_eq!(
        lab.server(s(3)).log().last_index(),
        4,
        "and its own first entry"
    );
    lab.assert_sound();
}

#[test]
fn a_snapshot_brings_the_other_up_to_date_as_well() {
    let mut lab = led_by_s1(RaftConfig {
        snapshot_chunk_rows: 1,
        ..config()
    });
    lab.isolate(&[s(3)]);
    lab.propose(s(1), "a");
    lab.settle();
    lab.converge(s(1));
    lab.order(C2, s(1), Order::Snapshot(s(1)));
    lab.heal();
    lab.wish(C1, transfer(3));
    while lab.leads(s(1)) {
        lab.heartbeat(s(1));
        lab.settle();
    }
    assert!(lab.told(|fact| matches!(fact, Fact::Installed { .. })));
    assert!(lab.leads(s(3)));
    lab.assert_sound();
}

#[test]
fn no_new_request_is_taken_meanwhile() {
    let mut lab = led_by_s1(config());
    lab.wish(C1, transfer(2));
    lab.settle_where(|packet| !is_timeout_now(packet));
    let last = lab.server(s(1)).log().last_index();
    let id = lab.ask(C2, put("x", "1"));
    lab.settle_where(|packet| !is_timeout_now(packet));
    assert_eq!(lab.server(s(1)).log().last_index(), last);
    assert!(lab.says(|reason| *reason
        == Reason::TakesNothingNew {
            client: C2,
            to: s(2)
        }));
    assert!(lab.answers.is_empty());
    lab.settle();
    assert!(lab.leads(s(2)));
    // Nothing is lost: the client asks again.
    for _ in 0..3 {
        if lab.timers[C2.index()].contains_key(&Timer::Retry) {
            lab.fire(C2, Timer::Retry);
            lab.settle();
        }
    }
    assert!(lab.answers.contains(&(id, Answer::Done(KvAnswer::Done))));
    lab.assert_sound();
}

#[test]
fn a_leader_whose_successor_is_silent_takes_up_its_work_again() {
    let mut lab = led_by_s1(config());
    lab.crash(s(2));
    let id = lab.wish(C1, transfer(2));
    lab.settle();
    let config = &lab.config;
    assert_eq!(
        lab.timers[s(1).index()][&Timer::Transfer],
        (
            config.election_timeout_min_us,
            config.election_timeout_max_us
        )
    );
    lab.fire(s(1), Timer::Transfer);
    lab.settle();
    assert_eq!(lab.answers, [(id, outcome(Outcome::NotTakenOver(s(2))))]);
    assert_eq!(lab.server(s(1)).hands_over_to(), None);
    let id = lab.ask(C1, put("x", "1"));
    lab.settle();
    assert_eq!(lab.answers[1], (id, Answer::Done(KvAnswer::Done)));
    lab.assert_sound();
}

/// What comes too late does no harm: at worst there is one more election.
#[test]
fn a_late_timeout_now_costs_an_election_and_nothing_else() {
    let mut lab = led_by_s1(config());
    lab.wish(C1, transfer(2));
    lab.settle_where(|packet| !is_timeout_now(packet));
    let late: Vec<_> = lab.packets.drain(..).collect();
    assert_eq!(late.len(), 1);
    lab.fire(s(1), Timer::Transfer);
    // S1 and S3 go on without S2, which lacks what is committed now.
    lab.isolate(&[s(2)]);
    lab.propose(s(1), "a");
    lab.settle();
    assert_eq!(lab.commit(s(1)), lab.server(s(1)).log().last_index());
    lab.heal();
    lab.packets.extend(late.clone());
    lab.settle();
    assert!(!lab.leads(s(2)), "its log is too short");
    lab.assert_sound();
    // Of an older term it is ignored.
    lab.campaign(s(3));
    lab.settle();
    let terms = lab.term(s(2));
    lab.packets.extend(late);
    lab.settle();
    assert_eq!(lab.term(s(2)), terms);
    assert!(matches!(lab.last_reason(), Reason::LeaderInOldTerm { .. }));
    lab.assert_sound();
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let mut lab = led_by_s1(config());
    let itself = lab.wish(C1, transfer(1));
    lab.settle();
    let nobody = lab.wish(C1, transfer(9));
    lab.settle();
    lab.cut(s(1), s(2));
    lab.wish(C1, transfer(2));
    lab.settle();
    let second = lab.wish(C2, transfer(3));
    lab.settle();
    assert_eq!(
        lab.answers,
        [
            (itself, outcome(Outcome::Leads(s(1)))),
            (nobody, outcome(Outcome::NoSuchServer(s(9)))),
            (second, outcome(Outcome::HandsOverTo(s(2)))),
        ]
    );
    lab.assert_sound();
}

#[test]
fn who_asks_last_for_the_same_hears_the_outcome() {
    let mut lab = led_by_s1(config());
    lab.cut(s(1), s(2));
    lab.wish(C1, transfer(2));
    lab.settle();
    let second = lab.wish(C2, transfer(2));
    lab.settle();
    lab.fire(s(1), Timer::Transfer);
    lab.settle();
    assert_eq!(
        lab.answers,
        [(second, outcome(Outcome::NotTakenOver(s(2))))]
    );
    // The other asks again, and S1 tries again.
    lab.fire(C1, Timer::Retry);
    lab.settle();
    assert_eq!(lab.answers.len(), 1);
    lab.fire(C1, Timer::Retry);
    lab.settle();
    assert_eq!(lab.server(s(1)).hands_over_to(), Some(s(2)));
}

/// Only the leader can carry it out: others name the leader, as for a command.
#[test]
fn a_follower_names_the_leader() {
    let mut lab = led_by_s1(config());
    // C2 asks S2 first.
    let id = lab.wish(C2, transfer(3));
    lab.settle();
    assert!(lab.says(|reason| *reason
        == Reason::NamesLeader {
            client: C2,
            leader: s(1)
        }));
    assert!(lab.leads(s(3)));
    assert_eq!(lab.answers, [(id, outcome(Outcome::Leads(s(3))))]);
}

/// The order is not lost when somebody else deposes the leader: whoever leads then is asked, and hands over.
#[test]
fn deposed_by_a_third_the_client_asks_on() {
    let mut lab = led_by_s1(config());
    let id = lab.wish(C1, transfer(2));
    lab.settle_where(|packet| !is_timeout_now(packet));
    lab.lose_all();
    // S1 falls silent, and S3 is elected by S2.
    lab.now_us += lab.config.election_timeout_max_us;
    lab.isolate(&[s(1)]);
    lab.campaign(s(3));
    lab.settle();
    assert!(lab.leads(s(3)));
    lab.heal();
    lab.heartbeat(s(3));
    lab.settle();
    for _ in 0..4 {
        if lab.answers.is_empty() {
            lab.fire(C1, Timer::Retry);
            lab.settle();
        }
    }
    assert_eq!(lab.answers, [(id, outcome(Outcome::Leads(s(2))))]);
    assert!(lab.leads(s(2)));
    lab.assert_sound();
}

#[test]
fn a_lost_outcome_is_told_again() {
    let mut lab = led_by_s1(config());
    let id = lab.wish(C1, transfer(2));
    lab.settle_where(|packet| packet.to != C1);
    assert_eq!(lab.lose(|packet| packet.to == C1), 1);
    assert!(lab.leads(s(2)));
    for _ in 0..3 {
        if lab.answers.is_empty() {
            lab.fire(C1, Timer::Retry);
            lab.settle();
        }
    }
    assert_eq!(lab.answers, [(id, outcome(Outcome::Leads(s(2))))]);
}

/// The leader is not heard of by what it says to itself: a message that no leader sends finds no open door.
#[test]
fn a_leader_is_not_told_to_stand() {
    let mut lab = led_by_s1(config());
    let term = lab.term(s(1));
    lab.message(s(2), s(1), Message::TimeoutNow { term });
    assert!(matches!(lab.last_reason(), Reason::TwoLeaders { .. }));
    assert!(lab.leads(s(1)));
    assert_eq!(lab.term(s(1)), term);
}

#[test]
fn the_hint_leads_the_client_to_the_successor() {
    let mut lab = led_by_s1(config());
    lab.wish(C1, transfer(2));
    lab.settle_where(|packet| packet.to != C1);
    let told = lab.packets.iter().any(|packet| {
        let hint = Some(s(2));
        matches!(&packet.message, Message::ClientReply(ClientReply::NotLeader { hint: to, .. }) if *to == hint)
    });
    assert!(told);
}
