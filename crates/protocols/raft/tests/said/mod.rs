//! More of what Raft says, for the tests of the words: what hands leadership over, reads without log entries, and what does not fit.

pub(crate) mod changes;

use protocol::{Config, NodeId, Phrase, Protocol};
use raft::{
    AppendReply, AppendResult, Fact, Heartbeat, Message, Order, Outcome, Raft, RaftConfig,
    ReadReason, Reason,
};
use replicated::{ClientReason, ClientReply, ClientRequest, KeyValue, KvAnswer, KvCommand};
use std::sync::Arc;

const S1: NodeId = NodeId(0);
const CLIENT: NodeId = NodeId(5);

pub(crate) fn reasons() -> Vec<Reason> {
    let (to, client) = (S1, CLIENT);
    vec![
        Reason::AwaitsTransfer { to },
        Reason::TakesNothingNew { client, to },
        Reason::BringsUpToDate {
            to,
            matched: 2,
            last: 3,
        },
        Reason::SendsTimeoutNow { to, last: 3 },
        Reason::TakesOver {
            leader: to,
            term: 2,
        },
        Reason::LeaderWantsIt { candidate: to },
        Reason::PointsToSuccessor { client, to },
        Reason::Read(ReadReason::HeartbeatRound {
            to,
            term: 2,
            round: 4,
        }),
        Reason::Read(ReadReason::HeardRound {
            leader: to,
            match_index: 3,
            round: 4,
        }),
        Reason::Read(ReadReason::CountsRound {
            from: to,
            round: 4,
            have: 2,
            need: 3,
        }),
        Reason::Read(ReadReason::WaitsForOwnTerm {
            client,
            sequence: 1,
            term: 2,
        }),
        Reason::Read(ReadReason::WaitsForRound {
            client,
            sequence: 1,
            index: 3,
            round: 4,
        }),
        Reason::Read(ReadReason::NoLease {
            client,
            sequence: 1,
        }),
        Reason::Read(ReadReason::ReadsByRound {
            client,
            sequence: 1,
            index: 3,
            round: 4,
        }),
        Reason::Read(ReadReason::ReadsByLease {
            client,
            sequence: 1,
            index: 3,
            left_us: 30_000,
        }),
        Reason::Read(ReadReason::WaivesLease { to }),
        Reason::Read(ReadReason::MayHavePromised {
            candidate: to,
            since_us: 30_000,
            lease_us: 150_000,
        }),
        Reason::Client(ClientReason::QueriesAgain {
            silent: to,
            next: NodeId(1),
            sequence: 1,
        }),
    ]
}

pub(crate) fn facts() -> Vec<Fact<KeyValue>> {
    vec![
        Fact::HandsOver { to: S1, term: 2 },
        Fact::HandoverFailed { to: S1, term: 2 },
        answered(false),
        answered(true),
    ]
}

fn answered(by_lease: bool) -> Fact<KeyValue> {
    Fact::AnsweredRead {
        client: CLIENT,
        sequence: 1,
        nonce: 1,
        command: get(),
        output: Arc::new(KvAnswer::Missing),
        index: 3,
        by_lease,
    }
}

fn get() -> Arc<KvCommand> {
    Arc::new(KvCommand::Get { key: "x".into() })
}

pub(crate) fn outcomes() -> Vec<Outcome> {
    vec![
        Outcome::Snapshot(6),
        Outcome::NothingToCompact,
        Outcome::Leads(S1),
        Outcome::NoSuchServer(NodeId(8)),
        Outcome::NoVoter(S1),
        Outcome::HandsOverTo(S1),
        Outcome::NotTakenOver(S1),
    ]
}

pub(crate) fn messages() -> Vec<Message<KeyValue>> {
    vec![
        Message::TimeoutNow { term: 2 },
        Message::ClientRequest(ClientRequest::Order {
            sequence: 1,
            order: Order::Transfer(S1),
        }),
        Message::Heartbeat(Heartbeat {
            term: 2,
            prev_log_index: 1,
            prev_log_term: 1,
            leader_commit: 1,
            round: 4,
        }),
        Message::HeartbeatReply {
            reply: AppendReply {
                term: 2,
                result: AppendResult::Matches {
                    match_index: 1,
                    carried: 0,
                },
            },
            round: 4,
        },
        Message::ClientRequest(ClientRequest::Query {
            sequence: 1,
            nonce: 1,
            command: get(),
        }),
        Message::ClientReply(ClientReply::Queried {
            sequence: 1,
            nonce: 1,
            output: KvAnswer::Missing,
        }),
    ]
}

/// What nodes show of themselves as they stand.
pub(crate) const BADGES: &[&str] = &[
    "badge.waits",
    "badge.retries",
    "badge.queued",
    "badge.hands-over",
    "badge.reads-wait",
    "badge.lease",
    "badge.no-vote",
];

/// Why configurations are refused.
pub(crate) fn misfits() -> Vec<Phrase> {
    let changes: [&[(&str, &str)]; 5] = [
        &[("election_timeout_max_us", "100000")],
        &[("heartbeat_us", "200000")],
        &[("arrivals", "open"), ("request_gap_us", "0")],
        &[("servers", "7"), ("standby", "3")],
        &[("reads", "lease"), ("check_quorum", "false")],
    ];
    let misfit = |changes: &&[(&str, &str)]| {
        let mut config = RaftConfig::default();
        for (key, text) in *changes {
            config.set(key, text).expect("within its own range");
        }
        Raft::validate(&config).expect_err("they disagree")
    };
    changes.iter().map(misfit).collect()
}
