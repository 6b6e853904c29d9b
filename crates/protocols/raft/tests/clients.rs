//! Clients: they find the leader, time out, try again with the same number, keep what comes meanwhile for later, and do not
//! make up an outcome (Ongaro 2014, chapter 6).

mod lab;

use lab::{Lab, append_to, plain, put, s};
use protocol::{Arrivals, Chance, Input, Name, NodeId, Protocol};
use raft::{Fact, Message, Payload, Raft, RaftConfig, Reason, Timer, Variant};
use replicated::{
    Answer, ClientReason, ClientReply, ClientRequest, KvAnswer, SESSIONS_MAX, StateMachine,
};

const C1: NodeId = NodeId(3);
const C2: NodeId = NodeId(4);

fn cluster() -> Lab {
    let config = RaftConfig {
        clients: 2,
        ..plain(3)
    };
    let mut lab = Lab::new(config, Variant::Sound);
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    lab
}

fn says(lab: &Lab, reason: ClientReason) -> bool {
    lab.says(|said| *said == Reason::Client(reason))
}

/// How many entries of the log are commands.
fn commands(lab: &Lab, server: u16) -> usize {
    let log = lab.server(s(server)).log();
    log.iter()
        .filter(|(_, entry)| matches!(entry.payload, Payload::Command { .. }))
        .count()
}

#[test]
fn a_client_opens_a_session_and_gets_its_answer() {
    let mut lab = cluster();
    let id = lab.ask(C1, put("x", "1"));
    lab.settle();
    assert_eq!(lab.answers, [(id, Answer::Done(KvAnswer::Done))]);
    assert!(lab.timers[C1.index()].is_empty(), "it waits for nothing");
    let register = |entry: &Payload<_>| matches!(entry, Payload::Register { client: C1, .. });
    let log = lab.server(s(1)).log();
    assert!(
        log.iter()
            .any(|(index, entry)| index == 2 && register(&entry.payload))
    );
    // The session serves the next operation too.
    let id = lab.ask(C1, append_to("x", "2"));
    lab.settle();
    assert_eq!(
        lab.answers[1],
        (id, Answer::Done(KvAnswer::Value("12".into())))
    );
    assert_eq!(lab.server(s(1)).log().last_index(), 4);
    lab.assert_sound();
}

#[test]
fn a_client_follows_the_hint() {
    let mut lab = cluster();
    // C2 asks S2 first, which names S1.
    lab.ask(C2, put("x", "1"));
    lab.settle();
    assert_eq!(lab.answers.len(), 1);
    assert!(lab.says(|reason| *reason
        == Reason::NamesLeader {
            client: C2,
            leader: s(1)
        }));
    assert!(says(
        &lab,
        ClientReason::Redirected {
            by: s(2),
            to: s(1),
            sequence: 1
        }
    ));
}

#[test]
fn where_nobody_leads_it_asks_the_next_after_a_pause() {
    let config = RaftConfig {
        clients: 1,
        ..plain(3)
    };
    let mut lab = Lab::new(config, Variant::Sound);
    let id = lab.ask(C1, put("x", "1"));
    lab.settle();
    assert!(says(
        &lab,
        ClientReason::NobodyLeads {
            by: s(1),
            next: s(2)
        }
    ));
    let timeout = lab.config.client_timeout_us;
    assert_eq!(
        lab.timers[C1.index()][&Timer::Retry],
        (timeout / 4, timeout / 4)
    );
    lab.campaign(s(3));
    lab.settle();
    lab.fire(C1, Timer::Retry);
    lab.settle();
    assert_eq!(lab.answers, [(id, Answer::Done(KvAnswer::Done))]);
}

#[test]
fn where_nobody_leads_no_server_is_passed_over() {
    let config = RaftConfig {
        clients: 1,
        ..plain(3)
    };
    let mut lab = Lab::new(config, Variant::Sound);
    lab.ask(C1, put("x", "1"));
    lab.settle();
    for server in [2, 3, 1, 2] {
        lab.fire(C1, Timer::Retry);
        lab.settle();
        let next = s(server);
        assert!(
            says(&lab, ClientReason::AsksNext { next, sequence: 1 }),
            "S{server} is asked in its turn"
        );
    }
}

#[test]
fn a_lost_answer_is_given_again_and_the_command_applied_once() {
    let mut lab = cluster();
    let id = lab.ask(C1, append_to("x", "1"));
    let done = |packet: &lab::Packet| {
        matches!(
            packet.message,
            Message::ClientReply(ClientReply::Done { .. })
        )
    };
    lab.settle_where(|packet| !done(packet));
    assert_eq!(lab.lose(done), 1);
    assert!(lab.answers.is_empty());
    // It tries S2, which names S1, which knows the answer.
    lab.fire(C1, Timer::Retry);
    lab.settle();
    assert_eq!(
        lab.answers,
        [(id, Answer::Done(KvAnswer::Value("1".into())))]
    );
    assert_eq!(commands(&lab, 1), 1, "answered without another entry");
    lab.assert_sound();
}

#[test]
fn a_retry_that_enters_the_log_twice_is_applied_once() {
    let mut lab = cluster();
    let id = lab.ask(C1, append_to("x", "1"));
    let replicates = |packet: &lab::Packet| matches!(packet.message, Message::AppendEntries(_));
    // The session opens; then the command is in the log, and its appends are slow.
    lab.settle_where(|packet| !replicates(packet));
    lab.settle_where(|p| replicates(p) || matches!(p.message, Message::AppendEntriesReply(_)));
    lab.settle_where(|packet| !replicates(packet));
    assert_eq!(commands(&lab, 1), 1);
    for _ in 0..3 {
        lab.fire(C1, Timer::Retry);
        lab.settle_where(|packet| !replicates(packet));
    }
    assert!(commands(&lab, 1) > 1, "the leader cannot know yet");
    lab.settle();
    lab.converge(s(1));
    assert_eq!(
        lab.answers,
        [(id, Answer::Done(KvAnswer::Value("1".into())))]
    );
    assert!(lab.told(|fact| matches!(fact, Fact::RecognisedRetry { client: C1, .. })));
    for server in 1..=3 {
        assert_eq!(lab.contents(s(server)), [("x".to_owned(), "1".to_owned())]);
    }
    lab.assert_sound();
}

#[test]
fn one_operation_is_outstanding_and_the_others_wait_in_order() {
    let mut lab = cluster();
    let ids: Vec<_> = ["1", "2", "3"]
        .into_iter()
        .map(|value| lab.ask(C1, append_to("x", value)))
        .collect();
    assert!(says(&lab, ClientReason::Queued { ahead: 2 }));
    let client = lab.nodes[C1.index()]
        .as_ref()
        .and_then(Raft::client)
        .unwrap();
    assert_eq!(client.queued(), 2);
    lab.settle();
    let answers = ["1", "12", "123"].map(|value| Answer::Done(KvAnswer::Value(value.into())));
    let expected: Vec<_> = ids.into_iter().zip(answers).collect();
    assert_eq!(lab.answers, expected);
}

/// The session was pushed out by others while the answer was lost: nobody can tell, and the client does not pretend to.
#[test]
fn an_expired_session_leaves_the_outcome_unknown() {
    let mut lab = cluster();
    lab.ask(C1, put("x", "1"));
    lab.settle();
    let id = lab.ask(C1, append_to("x", "2"));
    lab.settle_where(|packet| packet.to != C1);
    lab.lose_all();
    for sequence in 0..=SESSIONS_MAX as u64 {
        let other = Message::ClientRequest(ClientRequest::Register {
            sequence,
            nonce: sequence,
        });
        lab.message(C2, s(1), other);
        lab.settle();
    }
    lab.fire(C1, Timer::Retry);
    lab.settle();
    assert_eq!(lab.answers[1], (id, Answer::Unknown));
    // It goes on with a new session.
    lab.ask(C1, append_to("x", "3"));
    lab.settle();
    assert_eq!(
        lab.answers[2].1,
        Answer::Done(KvAnswer::Value("123".into()))
    );
    lab.assert_sound();
}

#[test]
fn a_restarted_client_asks_under_a_new_session() {
    let mut lab = cluster();
    lab.ask(C1, append_to("x", "1"));
    lab.settle();
    lab.crash(C1);
    lab.restart(C1);
    lab.ask(C1, append_to("x", "2"));
    lab.settle();
    assert_eq!(lab.contents(s(1)), [("x".to_owned(), "12".to_owned())]);
    lab.assert_sound();
}

/// What it asked before it restarted is answered after: under the old session its new request would be taken for a retry.
#[test]
fn a_restarted_client_takes_no_session_of_before() {
    let mut lab = cluster();
    lab.ask(C1, append_to("x", "1"));
    lab.settle_where(|packet| packet.to != C1);
    let to_client = |packet: &&lab::Packet| packet.to == C1;
    let opened = lab.packets.iter().find(to_client).expect("an answer");
    let (from, opened) = (opened.from, opened.message.clone());
    assert!(matches!(
        opened,
        Message::ClientReply(ClientReply::Registered { .. })
    ));
    lab.settle();
    lab.crash(C1);
    lab.restart(C1);
    let id = lab.ask(C1, append_to("x", "2"));
    lab.message(from, C1, opened);
    lab.settle();
    assert_eq!(lab.contents(s(1)), [("x".to_owned(), "12".to_owned())]);
    let answer = Answer::Done(KvAnswer::Value("12".into()));
    assert_eq!(lab.answers.last(), Some(&(id, answer)));
    lab.assert_sound();
}

#[test]
fn a_client_ignores_what_is_not_for_it() {
    let mut lab = cluster();
    let before = lab.nodes[C1.index()].clone();
    lab.message(s(1), C1, lab::append(1, (0, 0), &[], 0));
    lab.message(
        s(1),
        C1,
        Message::ClientReply(ClientReply::SessionExpired { sequence: 9 }),
    );
    lab.input(C1, Input::Timer(Timer::Retry));
    assert_eq!(lab.nodes[C1.index()], before);
}

/// The k-th operation of a client is a pure function of its arguments, and no value is written twice.
#[test]
fn the_workload_is_a_pure_function() {
    let config = RaftConfig::default();
    let draw = |client, number| {
        let chance = Chance::new(5, Name(u64::from(client) << 32 | number));
        Raft::arrival(&config, NodeId(client), number, chance)
    };
    let mut labels = std::collections::BTreeSet::new();
    let mut kinds = std::collections::BTreeSet::new();
    let mut gaps = 0;
    for client in [5, 6] {
        for number in 1..=500 {
            let arrival = draw(client, number);
            assert_eq!(arrival, draw(client, number));
            gaps += arrival.gap_us;
            let raft::Op::Command(command) = &arrival.op else {
                panic!("the workload orders nothing");
            };
            let label = replicated::KeyValue::label(command);
            let reads = label.ends_with(['?', '✕']);
            kinds.insert(format!("{:?}", std::mem::discriminant(command)));
            assert!(reads || labels.insert(label.clone()), "{label} twice");
        }
    }
    assert_eq!(kinds.len(), 5, "a mix of all operations");
    let mean = gaps / 1000;
    assert!(
        (360_000..440_000).contains(&mean),
        "the mean gap is {mean} µs"
    );
    assert_eq!(Raft::arrivals(&config, s(1)), Arrivals::Never);
    assert_eq!(Raft::arrivals(&config, NodeId(5)), Arrivals::Closed);
}
