//! The words: everything that can be said has its sentence, and every sentence is said.

mod lab;
mod said;

use lab::{put, s};
use protocol::{NodeId, NodeSet, Phrase, Protocol, Say};
use raft::{
    AppendEntries, AppendReply, AppendResult, Entry, Fact, InstallReply, InstallSnapshot, Mark,
    Message, Op, Order, Outcome, Payload, Raft, RaftConfig, Reason, Snapshot, VoteReply,
    VoteRequest,
};
use replicated::{
    Answer, ClientReason, ClientReply, ClientRequest, KeyValue, KvAnswer, KvCommand, StateMachine,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use trace::{Language, Words};

fn reasons() -> Vec<Reason> {
    let (a, b) = (s(1), s(2));
    let client = NodeId(5);
    vec![
        Reason::AwaitsLeader,
        Reason::AwaitsVotes,
        Reason::AwaitsHeartbeat,
        Reason::AwaitsQuorum,
        Reason::QuorumHeard {
            heard: 3,
            servers: 5,
        },
        Reason::AsksPreVote { to: a, term: 2 },
        Reason::AsksVote { to: a, term: 2 },
        Reason::WouldVote {
            candidate: a,
            term: 2,
        },
        Reason::VotesInNewerTerm {
            candidate: a,
            term: 2,
            before: 1,
        },
        Reason::VoteWasFree {
            candidate: a,
            term: 2,
        },
        Reason::VotesAgain {
            candidate: a,
            term: 2,
        },
        Reason::CandidateInOldTerm {
            candidate: a,
            term: 1,
            current: 2,
        },
        Reason::VotedAlready {
            candidate: a,
            voted_for: b,
            term: 2,
        },
        Reason::VotedAlready {
            candidate: a,
            voted_for: s(3),
            term: 2,
        },
        Reason::CandidateLogOlder {
            candidate: a,
            theirs: 1,
            mine: 2,
        },
        Reason::CandidateLogShorter {
            candidate: a,
            theirs: 1,
            mine: 2,
        },
        Reason::LeaderIsAlive {
            candidate: a,
            leader: b,
            heard_us: 30_000,
            lease_us: 150_000,
        },
        Reason::LeadsItself {
            candidate: a,
            term: 2,
        },
        Reason::CountsPreVote {
            from: a,
            have: 2,
            need: 3,
        },
        Reason::CountsPreRefusal {
            from: a,
            refused: 1,
            servers: 5,
        },
        Reason::TakesRegistration { client, index: 3 },
        Reason::CountsVote {
            from: a,
            have: 2,
            need: 3,
        },
        Reason::CountsRefusal {
            from: a,
            refused: 1,
            servers: 5,
        },
        Reason::LateReply { from: a, term: 2 },
        Reason::SeesNewerTerm {
            from: a,
            term: 2,
            before: 1,
        },
        Reason::FirstOfTerm { index: 1, term: 2 },
        Reason::OwnDisk { index: 3 },
        Reason::Heartbeat { to: a, term: 2 },
        Reason::Replicates {
            to: a,
            first: 3,
            last: 3,
        },
        Reason::Replicates {
            to: a,
            first: 3,
            last: 5,
        },
        Reason::BacksUp {
            to: a,
            hint: 3,
            next: 4,
        },
        Reason::LateRefusal {
            from: a,
            prev: 3,
            matched: 4,
        },
        Reason::WindowFull {
            to: a,
            in_flight: 16,
        },
        Reason::NotYetMajority {
            index: 3,
            holders: 2,
            servers: 5,
            need: 3,
        },
        Reason::OlderTerm {
            index: 3,
            holders: 3,
            servers: 5,
            entry_term: 2,
            term: 4,
        },
        Reason::HeardLeader {
            leader: a,
            match_index: 3,
        },
        Reason::Appended {
            leader: a,
            carried: 2,
            new: 1,
            match_index: 3,
        },
        Reason::Appended {
            leader: a,
            carried: 2,
            new: 0,
            match_index: 3,
        },
        Reason::LeaderInOldTerm {
            leader: a,
            term: 1,
            current: 2,
        },
        Reason::PrevMissing {
            leader: a,
            prev: 5,
            last: 3,
        },
        Reason::PrevConflicts {
            leader: a,
            prev: 5,
            theirs: 2,
            mine: 1,
        },
        Reason::LearnsCommit {
            leader: a,
            index: 3,
            leader_commit: 4,
        },
        Reason::TwoLeaders { other: a, term: 2 },
        Reason::NamesLeader { client, leader: a },
        Reason::KnowsNoLeader { client },
        Reason::TakesRequest {
            client,
            sequence: 1,
            index: 3,
        },
        Reason::AnswersApplied {
            client,
            sequence: 1,
            index: 3,
        },
        Reason::AnswersAgain {
            client,
            sequence: 1,
        },
        Reason::SessionOpen { client, session: 2 },
        Reason::SessionUnknown { client, session: 2 },
        Reason::CommandOutdated {
            client,
            sequence: 1,
        },
        Reason::Misdirected { from: client },
        Reason::Client(ClientReason::Registers { to: a }),
        Reason::Client(ClientReason::Asks { to: a, sequence: 1 }),
        Reason::Client(ClientReason::Redirected {
            by: a,
            to: b,
            sequence: 1,
        }),
        Reason::Client(ClientReason::NobodyLeads { by: a, next: b }),
        Reason::Client(ClientReason::AsksNext {
            next: b,
            sequence: 7,
        }),
        Reason::Client(ClientReason::TimedOut {
            silent: a,
            next: b,
            sequence: 1,
        }),
        Reason::Client(ClientReason::Waits { sequence: 1 }),
        Reason::Client(ClientReason::Queued { ahead: 1 }),
        Reason::Client(ClientReason::Late { by: a, sequence: 1 }),
        Reason::Client(ClientReason::Expired { sequence: 1 }),
        Reason::Client(ClientReason::Orders { to: a, sequence: 1 }),
        Reason::Client(ClientReason::OrdersAgain { to: a, sequence: 1 }),
        Reason::NeedsSnapshot {
            to: a,
            next: 3,
            first: 7,
        },
        Reason::SendsChunk {
            to: a,
            index: 6,
            first: 1,
            last: 4,
            rows: 6,
        },
        Reason::StoresChunk {
            leader: a,
            index: 6,
            stored: 4,
            rows: 6,
        },
        Reason::ChunkOutOfPlace {
            leader: a,
            first: 5,
            stored: 0,
        },
        Reason::SnapshotKnown {
            leader: a,
            index: 6,
            commit: 7,
        },
        Reason::SnapshotStands {
            leader: a,
            index: 6,
        },
        Reason::SnapshotArrived { from: a, index: 6 },
        Reason::AnswersOrder {
            client,
            sequence: 1,
        },
    ]
}

fn facts() -> Vec<Fact<KeyValue>> {
    let votes: NodeSet = [s(1), s(2), s(3)].into_iter().collect();
    let (a, client) = (s(1), NodeId(5));
    vec![
        Fact::Restarted {
            term: 2,
            last_index: 3,
        },
        Fact::AsksPreVotes { term: 2 },
        Fact::BecameCandidate { term: 2 },
        Fact::BecameLeader { term: 2, votes },
        Fact::BecameLeader {
            term: 2,
            votes: [s(2)].into_iter().collect(),
        },
        Fact::LostElection {
            term: 2,
            refused: votes,
        },
        Fact::GaveWay { term: 2, leader: a },
        Fact::Deposed {
            term: 2,
            by: a,
            newer: 3,
        },
        Fact::LostQuorum {
            term: 2,
            heard: 2,
            servers: 5,
        },
        Fact::Committed {
            first: 3,
            last: 3,
            holders: votes,
        },
        Fact::Committed {
            first: 3,
            last: 4,
            holders: votes,
        },
        Fact::Truncated {
            first: 3,
            last: 4,
            leader: a,
        },
        Fact::Applied {
            index: 3,
            client,
            command: Arc::new(put("x", "3")),
        },
        Fact::RecognisedRetry {
            index: 3,
            client,
            sequence: 1,
        },
        Fact::TookSnapshot {
            index: 6,
            entries: 6,
        },
        Fact::Installed {
            index: 6,
            kept: 0,
            leader: a,
        },
        Fact::Installed {
            index: 6,
            kept: 2,
            leader: a,
        },
        Fact::Restored { index: 6 },
    ]
}

fn commands() -> Vec<Op<KvCommand>> {
    let fields = |spec: &protocol::OperationSpec| -> Vec<String> {
        spec.fields
            .iter()
            .map(|field| field.default.into())
            .collect()
    };
    Raft::OPERATIONS
        .iter()
        .map(|spec| Raft::operation(spec.id, &fields(spec)).expect("its defaults make sense"))
        .collect()
}

fn answers() -> Vec<Answer<KvAnswer, Outcome>> {
    [
        KvAnswer::Done,
        KvAnswer::Value("3".into()),
        KvAnswer::Missing,
        KvAnswer::Swapped,
        KvAnswer::Differs("3".into()),
        KvAnswer::Deleted,
    ]
    .into_iter()
    .map(Answer::Done)
    .chain([Answer::Unknown])
    .chain(said::outcomes().into_iter().map(Answer::Ordered))
    .collect()
}

fn messages() -> Vec<Message<KeyValue>> {
    let request = VoteRequest {
        term: 2,
        last_log_index: 1,
        last_log_term: 1,
        transfer: Mark(false),
    };
    let reply = |granted| VoteReply {
        term: 2,
        asked: 2,
        granted,
    };
    let append = |entries| {
        Message::AppendEntries(AppendEntries {
            term: 2,
            prev_log_index: 1,
            prev_log_term: 1,
            entries,
            leader_commit: 1,
        })
    };
    let answer = |result| Message::AppendEntriesReply(AppendReply { term: 2, result });
    vec![
        Message::PreVote(request),
        Message::PreVoteReply(reply(true)),
        Message::RequestVote(request),
        Message::RequestVoteReply(reply(false)),
        append(None),
        append(Some(Arc::new([Entry::new(2, Payload::Noop)]))),
        answer(AppendResult::Matches {
            match_index: 2,
            carried: 1,
        }),
        answer(AppendResult::Refused {
            prev_log_index: 2,
            hint_index: 1,
            hint_term: 1,
        }),
        Message::ClientRequest(ClientRequest::Register {
            sequence: 1,
            nonce: 1,
        }),
        Message::ClientRequest(ClientRequest::Command {
            session: 2,
            sequence: 1,
            command: Arc::new(put("x", "3")),
        }),
        Message::ClientReply(ClientReply::Registered {
            sequence: 1,
            nonce: 1,
            session: 2,
        }),
        Message::ClientReply(ClientReply::Done {
            sequence: 1,
            output: KvAnswer::Done,
        }),
        Message::ClientReply(ClientReply::NotLeader {
            sequence: 1,
            hint: Some(s(1)),
        }),
        Message::ClientReply(ClientReply::NotLeader {
            sequence: 1,
            hint: None,
        }),
        Message::ClientReply(ClientReply::SessionExpired { sequence: 1 }),
        Message::ClientRequest(ClientRequest::Order {
            sequence: 1,
            order: Order::Snapshot(s(1)),
        }),
        Message::ClientReply(ClientReply::Ordered {
            sequence: 1,
            outcome: Outcome::Snapshot(6),
        }),
        Message::InstallSnapshot(InstallSnapshot {
            term: 2,
            offset: 0,
            rows: 1,
            done: true,
            snapshot: snapshot(),
        }),
        stored(false),
        stored(true),
    ]
}

/// A snapshot, as a server takes it that was told to.
fn snapshot() -> Arc<Snapshot<KeyValue>> {
    let mut lab = lab::Lab::new(lab::plain(1), raft::Variant::Sound);
    lab.campaign(s(1));
    lab.order(NodeId(1), s(1), Order::Snapshot(s(1)));
    Arc::new(lab.server(s(1)).snapshot().expect("it took one").clone())
}

fn stored(done: bool) -> Message<KeyValue> {
    Message::InstallSnapshotReply(InstallReply {
        term: 2,
        index: 6,
        stored: 1,
        done,
    })
}

/// Everything that Raft says as a phrase, but the breaches of its promises.
fn phrases() -> Vec<Phrase> {
    let me = s(2);
    let mut all: Vec<Phrase> = reasons().iter().map(|reason| reason.phrase(me)).collect();
    all.extend(said::reasons().iter().map(|reason| reason.phrase(me)));
    all.extend(
        facts()
            .iter()
            .chain(&said::facts())
            .map(|fact| fact.phrase(me)),
    );
    all.extend(commands().iter().map(|command| command.phrase(me)));
    all.extend(answers().iter().map(|answer| answer.phrase(me)));
    all.extend(said::misfits());
    all.extend(said::changes::phrases(me));
    let fields = |field: &str| vec![field.to_owned()];
    all.extend(Raft::operation("snapshot", &fields("server 1")).err());
    all.extend(
        messages()
            .iter()
            .chain(&said::messages())
            .filter_map(|message| Raft::message_view(message).label),
    );
    all
}

#[test]
fn everything_that_can_be_said_has_its_sentence() {
    let labels: Vec<String> = Raft::roster(&RaftConfig::default())
        .into_iter()
        .map(|node| node.label)
        .collect();
    for language in Language::ALL {
        let mut words = Words::new(language);
        words.add(Raft::words(language.code())).expect("good words");
        for phrase in phrases() {
            assert!(words.has(&phrase.key), "{}", phrase.key);
            let sentence = words.say(&phrase, &labels);
            assert!(!sentence.contains(['{', '}']), "{}: {sentence}", phrase.key);
            if let Some(rule) = &phrase.rule {
                assert!(
                    Raft::RULES.iter().any(|known| known.id == rule),
                    "rule {rule}"
                );
            }
        }
    }
}

/// Sentences without a caller would never be read, and rules that nothing cites would never be shown.
#[test]
fn every_sentence_is_said_by_something() {
    let mut keys: BTreeSet<String> = phrases().iter().map(|p| p.key.to_string()).collect();
    let badges = said::BADGES.iter().chain(&said::changes::BADGES);
    keys.extend(badges.map(ToString::to_string));
    let mut words = Words::default();
    words.add(Raft::words("en")).expect("good words");
    let families = ["reason.", "fact.", "answer.", "badge.", "error."];
    for key in words.keys() {
        let counted = families.iter().any(|family| key.starts_with(family))
            || (key.starts_with("message.") && key.ends_with(".label"));
        assert!(!counted || keys.contains(key), "{key} is never said");
    }
    let cited: BTreeSet<_> = phrases().iter().filter_map(|p| p.rule.clone()).collect();
    for rule in Raft::RULES {
        assert!(cited.contains(rule.id), "rule {} is never cited", rule.id);
    }
}

/// The sentences of the design, word for word.
#[test]
fn sentences_read_as_designed() {
    let labels: Vec<String> = (1..=5).map(|number| format!("S{number}")).collect();
    let mut words = Words::new(Language::English);
    words.add(Raft::words("en")).unwrap();
    let say = |phrase: Phrase| words.say(&phrase, &labels);
    let vote = Reason::VotesInNewerTerm {
        candidate: s(1),
        term: 2,
        before: 1,
    };
    assert_eq!(
        say(vote.phrase(s(3))),
        "S3 grants its vote to S1: term 2 is newer than 1, and S1's log is at least as up to date."
    );
    let older = Reason::OlderTerm {
        index: 3,
        holders: 3,
        servers: 5,
        entry_term: 2,
        term: 4,
    };
    assert_eq!(
        say(older.phrase(s(1))),
        "Index 3 is on 3 of 5 servers, but it is from term 2, and the leader counts only entries of its own term 4."
    );
    let votes = [s(1), s(3), s(4), s(5)].into_iter().collect();
    let leader: Fact<KeyValue> = Fact::BecameLeader { term: 2, votes };
    assert_eq!(
        say(leader.phrase(s(3))),
        "S3 leads term 2: S1, S4 and S5 voted for it."
    );
    let applied: Fact<KeyValue> = Fact::Applied {
        index: 4,
        client: s(5),
        command: Arc::new(put("x", "3")),
    };
    assert_eq!(
        say(applied.phrase(s(1))),
        "S1 applies index 4 for S5: put x = “3”."
    );
    assert_eq!(
        applied.phrase(s(1)).actors(),
        [s(1), s(5)],
        "the actors of a sentence are its nodes"
    );
    assert_eq!(KeyValue::label(&put("x", "3")), "x←3");
}
