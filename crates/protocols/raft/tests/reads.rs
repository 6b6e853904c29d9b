//! Reads without log entries (Ongaro 2014, §6.4 and §6.4.1), rule by rule: the read index and its round, leases and what they rest
//! on, and what becomes of reads when leaders change.

mod lab;

use lab::{Lab, plain, put, s};
use protocol::{NodeId, Protocol};
use raft::{Fact, Message, Op, Order, RaftConfig, ReadReason, Reason, Timer, Variant};
use replicated::{Answer, ClientReason, ClientReply, ClientRequest, KvAnswer, KvCommand};
use std::sync::Arc;

const C1: NodeId = NodeId(3);
const C2: NodeId = NodeId(4);

fn config(reads: &'static str) -> RaftConfig {
    RaftConfig {
        clients: 2,
        reads,
        pre_vote: true,
        check_quorum: true,
        ..plain(3)
    }
}

fn get(key: &str) -> KvCommand {
    KvCommand::Get { key: key.into() }
}

/// S1 leads, has committed, and x is 1. Nobody has a session but C1.
fn led_by_s1(config: RaftConfig, variant: Variant) -> Lab {
    let mut lab = Lab::new(config, variant);
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    lab.ask(C1, put("x", "1"));
    lab.settle();
    lab.converge(s(1));
    lab.answers.clear();
    lab.reasons.clear();
    lab
}

fn value(text: &str) -> Answer<KvAnswer, raft::Outcome> {
    Answer::Done(KvAnswer::Value(text.into()))
}

const fn is_round(packet: &lab::Packet) -> bool {
    matches!(packet.message, Message::Heartbeat(_))
}

const fn is_round_reply(packet: &lab::Packet) -> bool {
    matches!(packet.message, Message::HeartbeatReply { .. })
}

fn by_lease(lab: &Lab) -> usize {
    let by_lease =
        |(_, fact): &&(NodeId, Fact<_>)| matches!(fact, Fact::AnsweredRead { by_lease: true, .. });
    lab.facts.iter().filter(by_lease).count()
}

/// A server is handed a query as a client would send it.
fn query(lab: &mut Lab, client: NodeId, server: NodeId, sequence: u64, command: KvCommand) {
    let request = ClientRequest::Query {
        sequence,
        nonce: 7,
        command: Arc::new(command),
    };
    lab.message(client, server, Message::ClientRequest(request));
}

#[test]
fn a_read_leaves_no_entry_and_needs_no_session() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    let last = lab.server(s(1)).log().last_index();
    // C2 has never asked before, and asks S2 first.
    let id = lab.ask(C2, get("x"));
    lab.settle();
    assert_eq!(lab.answers, [(id, value("1"))]);
    assert_eq!(lab.server(s(1)).log().last_index(), last);
    assert!(lab.says(|reason| *reason
        == Reason::NamesLeader {
            client: C2,
            leader: s(1)
        }));
    assert!(lab.timers[C2.index()].is_empty());
    lab.assert_sound();
}

#[test]
fn through_the_log_all_is_as_ever() {
    let mut lab = led_by_s1(config("log"), Variant::Sound);
    let last = lab.server(s(1)).log().last_index();
    lab.ask(C1, get("x"));
    lab.heartbeat(s(1));
    assert!(!lab.packets.iter().any(is_round));
    lab.settle();
    assert_eq!(lab.answers.len(), 1);
    assert_eq!(lab.server(s(1)).log().last_index(), last + 1);
    // Nobody asks it without a place in the log; if somebody did, it would not be for this server to say.
    query(&mut lab, C2, s(1), 1, get("x"));
    assert_eq!(*lab.last_reason(), Reason::Misdirected { from: C2 });
}

#[test]
fn only_a_round_that_began_after_the_read_counts() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    lab.heartbeat(s(1));
    let before = lab.server(s(1)).reads().unwrap().round;
    lab.ask(C1, get("x"));
    let to_s1 = |packet: &lab::Packet| packet.from == C1;
    lab.settle_where(to_s1);
    assert!(lab.says(|reason| matches!(
        reason,
        Reason::Read(ReadReason::WaitsForRound { round, index: 3, .. }) if u64::from(*round) == before + 1
    )));
    let begins = |lab: &Lab| lab.server(s(1)).reads().unwrap().round;
    assert_eq!(begins(&lab), before, "one round at a time");
    lab.settle_where(|packet| is_round(packet) || is_round_reply(packet));
    // The old round was answered first; then the new one went out, and was answered.
    assert_eq!(begins(&lab), before + 1);
    lab.settle();
    assert_eq!(lab.answers.len(), 1);
    let answered = Reason::Read(ReadReason::ReadsByRound {
        client: C1,
        sequence: 2,
        index: 3,
        round: (before + 1) as u32,
    });
    assert!(lab.says(|reason| *reason == answered));
    lab.assert_sound();
}

#[test]
fn reads_that_come_meanwhile_share_the_next_round() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    let before = lab.server(s(1)).reads().unwrap().round;
    query(&mut lab, C1, s(1), 11, get("x"));
    for sequence in 12..=20 {
        query(&mut lab, C2, s(1), sequence, get("x"));
    }
    assert_eq!(lab.server(s(1)).reads().unwrap().waiting.len(), 10);
    lab.settle_where(|packet| is_round(packet) || is_round_reply(packet));
    let reads = lab.server(s(1)).reads().unwrap();
    assert_eq!((reads.round, reads.waiting.len()), (before + 2, 0));
    let answers = lab.packets.iter().filter(|packet| {
        matches!(
            packet.message,
            Message::ClientReply(ClientReply::Queried { .. })
        )
    });
    assert_eq!(answers.count(), 10);
}

/// A majority is enough, and a minority is not; a heartbeat that is lost does not stop a read for ever.
#[test]
fn a_read_waits_for_a_majority_and_no_longer() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    lab.crash(s(3));
    lab.ask(C1, get("x"));
    lab.settle_where(|packet| packet.from == C1);
    lab.lose(is_round);
    lab.settle();
    assert!(lab.answers.is_empty());
    lab.heartbeat(s(1));
    lab.settle();
    assert_eq!(lab.answers.len(), 1, "with S2 alone");
    lab.assert_sound();
}

#[test]
fn alone_a_server_is_its_own_majority() {
    let mut lab = Lab::new(
        RaftConfig {
            servers: 1,
            clients: 1,
            ..config("lease")
        },
        Variant::Sound,
    );
    lab.campaign(s(1));
    let id = lab.ask(NodeId(1), get("x"));
    lab.settle();
    assert_eq!(lab.answers, [(id, Answer::Done(KvAnswer::Missing))]);
    lab.assert_sound();
}

/// A new leader does not know what is committed before an entry of its own term is.
#[test]
fn a_new_leader_commits_first_an_entry_of_its_own_term() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    lab.now_us += lab.config.election_timeout_max_us;
    lab.crash(s(1));
    lab.campaign(s(2));
    let append = |packet: &lab::Packet| matches!(packet.message, Message::AppendEntries(_));
    lab.settle_where(|packet| !append(packet));
    assert!(lab.leads(s(2)));
    query(&mut lab, C1, s(2), 9, get("x"));
    lab.heartbeat(s(2));
    lab.settle_where(|packet| is_round(packet) || is_round_reply(packet));
    assert!(lab.says(|reason| matches!(
        reason,
        Reason::Read(ReadReason::WaitsForOwnTerm { term: 2, .. })
    )));
    let waits = |lab: &Lab| lab.server(s(2)).reads().unwrap().waiting.len();
    assert_eq!(waits(&lab), 1);
    lab.settle();
    assert_eq!(waits(&lab), 0);
    lab.assert_sound();
}

/// What a snapshot stands for counts as known: the leader's own entry may be compacted.
#[test]
fn a_compacted_log_does_not_keep_a_read_waiting() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    lab.order(C2, s(1), Order::Snapshot(s(1)));
    assert_eq!(
        lab.server(s(1)).log().last_index(),
        lab.server(s(1)).log().compacted()
    );
    lab.ask(C1, get("x"));
    lab.settle();
    assert_eq!(lab.answers.len(), 1);
}

#[test]
fn a_leader_that_is_deposed_turns_its_reads_away() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    lab.isolate(&[s(1), C1]);
    let id = lab.ask(C1, get("x"));
    lab.settle();
    assert!(lab.answers.is_empty());
    lab.now_us += lab.config.election_timeout_max_us;
    lab.campaign(s(2));
    lab.settle();
    lab.ask(C2, put("x", "2"));
    lab.settle();
    assert_eq!(lab.answers.len(), 1, "the other side goes on");
    lab.heal();
    lab.heartbeat(s(1));
    lab.settle();
    assert!(!lab.leads(s(1)) && lab.server(s(1)).reads().is_none());
    assert!(lab.says(|reason| *reason == Reason::KnowsNoLeader { client: C1 }));
    lab.heartbeat(s(2));
    lab.settle();
    lab.fire(C1, Timer::Retry);
    lab.settle();
    assert_eq!(lab.answers[1], (id, value("2")));
    lab.assert_sound();
}

#[test]
fn a_leader_that_hears_no_majority_turns_its_reads_away() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    lab.isolate(&[s(1), C1]);
    lab.ask(C1, get("x"));
    lab.settle();
    for _ in 0..2 {
        lab.fire(s(1), Timer::Quorum);
    }
    assert!(lab.follows(s(1)));
    lab.settle();
    assert!(lab.says(|reason| *reason == Reason::KnowsNoLeader { client: C1 }));
}

#[test]
fn a_query_that_writes_is_none() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    let before = lab.contents(s(1));
    query(&mut lab, C2, s(1), 1, put("x", "9"));
    assert_eq!(*lab.last_reason(), Reason::Misdirected { from: C2 });
    lab.settle();
    assert_eq!(lab.contents(s(1)), before);
}

#[test]
fn a_client_asks_another_server_with_the_same_number() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    let id = lab.ask(C1, get("x"));
    lab.lose_all();
    lab.fire(C1, Timer::Retry);
    let again = ClientReason::QueriesAgain {
        silent: s(1),
        next: s(2),
        sequence: 2,
    };
    assert!(lab.says(|reason| *reason == Reason::Client(again)));
    lab.settle();
    assert_eq!(lab.answers, [(id, value("1"))]);
    lab.assert_sound();
}

/// After a restart a client counts from the beginning: what it asked before is told apart.
#[test]
fn an_answer_from_before_a_restart_is_none() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    lab.ask(C2, get("x"));
    lab.settle_where(|packet| {
        packet.to != C2
            || !matches!(
                packet.message,
                Message::ClientReply(ClientReply::Queried { .. })
            )
    });
    let late: Vec<_> = lab.packets.drain(..).collect();
    assert_eq!(late.len(), 1);
    lab.crash(C2);
    lab.restart(C2);
    lab.ask(C1, put("x", "2"));
    lab.settle();
    lab.answers.clear();
    let id = lab.ask(C2, get("x"));
    lab.packets.extend(late);
    lab.settle_where(|packet| packet.to == C2 && packet.from == s(1));
    assert!(lab.answers.is_empty());
    assert!(lab.says(|reason| matches!(reason, Reason::Client(ClientReason::Late { .. }))));
    lab.settle();
    assert_eq!(lab.answers, [(id, value("2"))]);
    lab.assert_sound();
}

// ---- leases ----

/// How long a lease is from the beginning of its round, on the leader's clock.
fn lease_us(lab: &Lab) -> u64 {
    let drift = lab.config.clock_drift_permille;
    lab.config.election_timeout_min_us * (1000 - drift) / (1000 + drift) - 1
}

#[test]
fn with_a_lease_nobody_is_asked() {
    let mut lab = led_by_s1(config("lease"), Variant::Sound);
    let sent = lab.sent;
    let id = lab.ask(C1, get("x"));
    lab.settle();
    assert_eq!(lab.answers, [(id, value("1"))]);
    assert_eq!(lab.sent - sent, 2, "the question and the answer");
    assert_eq!(by_lease(&lab), 1);
    lab.assert_sound();
}

#[test]
fn a_lease_counts_from_the_beginning_of_a_round_that_a_majority_answered() {
    let mut lab = led_by_s1(config("lease"), Variant::Sound);
    lab.now_us += 10_000_000;
    let began = lab.now_us;
    lab.heartbeat(s(1));
    query(&mut lab, C1, s(1), 8, get("x"));
    assert!(
        lab.says(|reason| *reason
            == Reason::Read(ReadReason::NoLease {
                client: C1,
                sequence: 8
            })),
        "nobody has answered yet"
    );
    // Another time they answer, and take their time.
    let mut lab = led_by_s1(config("lease"), Variant::Sound);
    lab.now_us = began;
    lab.heartbeat(s(1));
    lab.now_us += 60_000;
    lab.settle();
    let end = began + lease_us(&lab);
    for (sequence, at, leased) in [(8, end - 1, 1), (9, end, 1)] {
        lab.now_us = at;
        query(&mut lab, C1, s(1), sequence, get("x"));
        assert_eq!(by_lease(&lab), leased, "{sequence}");
    }
    assert_eq!(lab.server(s(1)).reads().unwrap().waiting.len(), 1);
}

#[test]
fn a_lease_that_is_over_shows_no_longer() {
    let mut lab = led_by_s1(config("lease"), Variant::Sound);
    let badges = |lab: &Lab| -> Vec<String> {
        let view = lab.nodes[0].as_ref().unwrap().view(&lab.config, s(1));
        view.badges
            .iter()
            .map(|badge| badge.key.to_string())
            .collect()
    };
    assert_eq!(badges(&lab), ["badge.lease"]);
    lab.isolate(&[s(1)]);
    lab.now_us += lease_us(&lab) + 1;
    lab.heartbeat(s(1));
    assert_eq!(badges(&lab), Vec::<String>::new());
    query(&mut lab, C1, s(1), 8, get("x"));
    assert_eq!(badges(&lab), ["badge.reads-wait"]);
}

/// The leader's clock loses a fifth and the others' gain one: just as much as is relied upon.
fn cut_off_with_slow_clock(variant: Variant) -> Lab {
    let mut lab = led_by_s1(config("lease"), variant);
    let timeout = lab.config.election_timeout_min_us;
    lab.heartbeat(s(1));
    let (leader_us, others_us) = (lab.now_us, lab.now_us);
    lab.settle();
    lab.isolate(&[s(1), C1]);
    // On the others' clocks the election timeout passes; in true time that is 5/6 of it, on the leader's clock 4/5 of that.
    lab.now_us = others_us + timeout;
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)));
    lab.ask(C2, put("x", "2"));
    lab.settle();
    assert_eq!(lab.answers.len(), 1);
    lab.now_us = leader_us + timeout * 2 / 3;
    lab.ask(C1, get("x"));
    lab.settle();
    lab
}

#[test]
fn within_the_bound_a_slow_clock_is_allowed_for() {
    let lab = cut_off_with_slow_clock(Variant::Sound);
    assert_eq!(lab.answers.len(), 1, "its lease is over: it asks in vain");
    lab.assert_sound();
    let broken = cut_off_with_slow_clock(Variant::LeaseWithoutAllowance);
    assert_eq!(broken.answers[1].1, value("1"), "though x is 2");
    assert!(broken.violations.contains_key("lease-reads-current"));
}

#[test]
fn a_restarted_server_grants_no_vote_for_an_election_timeout() {
    let mut lab = led_by_s1(config("lease"), Variant::Sound);
    lab.isolate(&[s(1)]);
    lab.crash(s(3));
    lab.restart(s(3));
    let badge = |lab: &Lab| {
        let view = lab.nodes[2].as_ref().unwrap().view(&lab.config, s(3));
        view.badges.iter().any(|badge| badge.key == "badge.no-vote")
    };
    assert!(badge(&lab));
    // S2 has forgotten nothing, and is silent; its timer fires as early as can be on a clock that S3 does not share.
    lab.campaign(s(2));
    lab.settle();
    assert!(!lab.leads(s(2)));
    assert!(lab.says(|reason| matches!(
        reason,
        Reason::Read(ReadReason::MayHavePromised { candidate, since_us: 0, .. }) if *candidate == s(2)
    )));
    lab.now_us += lab.config.election_timeout_min_us;
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)));
    assert!(!badge(&lab));
    lab.assert_sound();
}

/// Nothing was promised by a server that has never taken part, nor where nobody relies on it.
#[test]
fn only_who_may_have_promised_refuses() {
    let votes = |config: RaftConfig, term: u64| {
        let mut disk = lab::disk(term, None, &[]);
        disk.term = term;
        let mut lab = Lab::with_disks(config, Variant::Sound, vec![disk]);
        lab.message(s(2), s(1), Message::RequestVote(lab::vote(term + 1, 1, 1)));
        lab.server(s(1)).voted_for() == Some(s(2))
    };
    assert!(votes(config("lease"), 0));
    assert!(!votes(config("lease"), 1));
    assert!(votes(config("read-index"), 1));
    assert!(votes(config("log"), 1));
}

/// A server that heard from a leader stands by what it answered, whatever term it sees meanwhile.
#[test]
fn a_newer_term_frees_nobody_from_a_promise() {
    let votes = |reads| {
        let mut lab = led_by_s1(config(reads), Variant::Sound);
        lab.heartbeat(s(1));
        lab.settle();
        // S2 asked S3 for a vote long ago, and the answer, of a newer term, comes only now.
        lab.message(
            s(3),
            s(2),
            Message::RequestVoteReply(lab::vote_reply(7, false)),
        );
        assert_eq!((lab.term(s(2)), lab.server(s(2)).leader()), (7, None));
        let last = lab.server(s(3)).log().last_index();
        lab.message(s(3), s(2), Message::RequestVote(lab::vote(7, 1, last)));
        lab.server(s(2)).voted_for() == Some(s(3))
    };
    assert!(votes("log"), "the vote is free");
    assert!(!votes("lease"));
}

const fn is_timeout_now(packet: &lab::Packet) -> bool {
    matches!(packet.message, Message::TimeoutNow { .. })
}

#[test]
fn a_transfer_gives_the_lease_up_before_it_tells_the_other() {
    let mut lab = led_by_s1(config("lease"), Variant::Sound);
    lab.wish(C2, Op::Order(Order::Transfer(s(2))));
    lab.settle_where(|packet| !is_timeout_now(packet));
    let reads = lab.server(s(1)).reads().unwrap();
    assert!(reads.lease.is_none() && reads.waived);
    let told: Vec<_> = lab.reasons.iter().map(|(_, reason)| reason).collect();
    let place = |wanted: &dyn Fn(&Reason) -> bool| told.iter().position(|reason| wanted(reason));
    let waived = place(&|reason| matches!(reason, Reason::Read(ReadReason::WaivesLease { .. })));
    let sent = place(&|reason| matches!(reason, Reason::SendsTimeoutNow { .. }));
    assert!(waived.is_some() && waived < sent);
}

/// The message may be late by as much as it likes: a leader that has sent it has no lease any more, though it goes on leading.
#[test]
fn after_a_transfer_that_failed_reads_go_by_rounds() {
    let mut lab = led_by_s1(config("lease"), Variant::Sound);
    lab.wish(C2, Op::Order(Order::Transfer(s(2))));
    lab.settle_where(|packet| !is_timeout_now(packet));
    let late: Vec<_> = lab.packets.drain(..).collect();
    lab.fire(s(1), Timer::Transfer);
    lab.settle();
    lab.converge(s(1));
    lab.answers.clear();
    lab.ask(C1, get("x"));
    lab.settle();
    assert_eq!((lab.answers.len(), by_lease(&lab)), (1, 0));
    // Now it comes, and S1 is cut off: S2 is elected though S3 has just heard from S1.
    lab.isolate(&[s(1), C1]);
    lab.packets.extend(late);
    lab.settle();
    assert!(lab.leads(s(2)));
    lab.ask(C2, put("x", "2"));
    lab.settle();
    // S1 cannot be reached: C2 turns to S2.
    lab.fire(C2, Timer::Retry);
    lab.settle();
    lab.ask(C1, get("x"));
    lab.settle();
    assert_eq!(lab.answers.len(), 2, "S1 asks in vain");
    lab.assert_sound();
}

/// A read that is under way when the leader hands over is still answered; later ones are turned away.
#[test]
fn a_leader_that_hands_over_takes_no_new_reads() {
    let mut lab = led_by_s1(config("read-index"), Variant::Sound);
    query(&mut lab, C1, s(1), 8, get("x"));
    lab.order(C2, s(1), Order::Transfer(s(2)));
    query(&mut lab, C1, s(1), 9, get("x"));
    assert!(matches!(
        lab.last_reason(),
        Reason::TakesNothingNew { client: C1, .. }
    ));
    lab.settle_where(|packet| is_round(packet) || is_round_reply(packet));
    let answered = |fact: &Fact<_>| matches!(fact, Fact::AnsweredRead { sequence: 8, .. });
    assert!(lab.told(answered));
}

/// The least election timeout is a parameter that may change meanwhile: the shorter one counts.
#[test]
fn a_shorter_election_timeout_shortens_the_lease() {
    let mut lab = led_by_s1(config("lease"), Variant::Sound);
    lab.heartbeat(s(1));
    lab.settle();
    lab.config.election_timeout_min_us = 60_000;
    lab.now_us += 59_000;
    query(&mut lab, C1, s(1), 8, get("x"));
    assert_eq!(by_lease(&lab), 0);
}

/// Without sessions a retry is applied twice. That is no fault of the reads that tell so.
#[test]
fn a_read_is_held_to_what_the_log_comes_to() {
    let mut lab = led_by_s1(
        RaftConfig {
            sessions: false,
            ..config("read-index")
        },
        Variant::Sound,
    );
    for (client, text) in [(C1, "2"), (C2, "3")] {
        lab.ask(client, put("x", text));
        let lost = |packet: &lab::Packet| packet.to == C1 && packet.from == s(1);
        lab.settle_where(|packet| !lost(packet));
        lab.lose(lost);
    }
    // C1 heard nothing, and asks again: x is 2 once more.
    while lab.answers.len() < 2 {
        lab.fire(C1, Timer::Retry);
        lab.settle();
    }
    let id = lab.ask(C2, get("x"));
    lab.settle();
    assert_eq!(lab.answers[2], (id, value("2")));
    assert!(lab.violations.contains_key("exactly-once"));
    assert!(!lab.violations.contains_key("reads-current"));
}
