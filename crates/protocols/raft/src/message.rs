//! What servers and clients send each other.

use crate::log::Entry;
use crate::order::{Order, Outcome};
use crate::rare::Mark;
use crate::snapshot::{InstallReply, InstallSnapshot};
use protocol::{MessageKind, MessageShape, MessageView, Phrase};
use replicated::{ClientReply, ClientRequest, StateMachine};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The arguments of RequestVote (Raft, figure 2) and of PreVote (Ongaro 2014, §9.6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct VoteRequest {
    /// The term in which the candidate wants to lead. A pre-candidate is still one behind.
    pub term: u64,
    /// The index of its last entry.
    pub last_log_index: u64,
    /// The term of its last entry.
    pub last_log_term: u64,
    /// Whether the leader itself wants the candidate to lead, so that nobody need stand by it (Ongaro 2014, §4.2.3).
    #[serde(default, skip_serializing_if = "Mark::is_off")]
    pub transfer: Mark,
}

/// The answer to either.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct VoteReply {
    /// The voter's term.
    pub term: u64,
    /// The term that was asked for.
    pub asked: u64,
    /// Whether it votes, or would vote.
    pub granted: bool,
}

/// The arguments of AppendEntries (Raft, figure 2).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
pub struct AppendEntries<S: StateMachine> {
    /// The leader's term.
    pub term: u64,
    /// The index of the entry before the new ones.
    pub prev_log_index: u64,
    /// Its term.
    pub prev_log_term: u64,
    /// The new entries; `None` in a heartbeat.
    pub entries: Option<Arc<[Entry<S>]>>,
    /// The leader's commit index.
    pub leader_commit: u64,
}

impl<S: StateMachine> AppendEntries<S> {
    /// The new entries.
    #[inline]
    pub fn entries(&self) -> &[Entry<S>] {
        self.entries.as_deref().unwrap_or(&[])
    }
}

/// A heartbeat of a round with a number (Ongaro 2014, §6.4): AppendEntries without entries, whose answer tells the round.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The leader's term.
    pub term: u64,
    /// As in [`AppendEntries`].
    pub prev_log_index: u64,
    /// As in [`AppendEntries`].
    pub prev_log_term: u64,
    /// The leader's commit index.
    pub leader_commit: u64,
    /// Which round of the leader's.
    pub round: u64,
}

impl<S: StateMachine> From<Heartbeat> for AppendEntries<S> {
    fn from(heartbeat: Heartbeat) -> Self {
        Self {
            term: heartbeat.term,
            prev_log_index: heartbeat.prev_log_index,
            prev_log_term: heartbeat.prev_log_term,
            entries: None,
            leader_commit: heartbeat.leader_commit,
        }
    }
}

/// The answer to AppendEntries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct AppendReply {
    /// The follower's term.
    pub term: u64,
    /// What came of it.
    pub result: AppendResult,
}

impl AppendReply {
    /// As a message: the answer to a heartbeat of this round, or to an AppendEntries.
    #[inline]
    pub(crate) const fn to_round<S: StateMachine>(self, round: Option<u64>) -> Message<S> {
        match round {
            None => Message::AppendEntriesReply(self),
            Some(round) => Message::HeartbeatReply { reply: self, round },
        }
    }
}

/// What came of an AppendEntries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppendResult {
    /// The follower's log agrees with the leader's up to here, durably.
    Matches {
        /// The index of the last entry that agrees.
        match_index: u64,
        /// How many entries the request carried.
        carried: u64,
    },
    /// The follower has no such previous entry, or the request is of an old term.
    Refused {
        /// The previous index that was refused.
        prev_log_index: u64,
        /// No entry of the follower after this one can agree (Raft, end of §5.3).
        hint_index: u64,
        /// The term of the follower's entry there.
        hint_term: u64,
    },
}

/// A message.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
pub enum Message<S: StateMachine> {
    /// Would you vote for me?
    PreVote(VoteRequest),
    /// I would, or would not.
    PreVoteReply(VoteReply),
    /// Vote for me.
    RequestVote(VoteRequest),
    /// I do, or do not.
    RequestVoteReply(VoteReply),
    /// Replicate these entries, or just hear that I lead.
    AppendEntries(AppendEntries<S>),
    /// Done, or refused.
    AppendEntriesReply(AppendReply),
    /// A client asks.
    ClientRequest(ClientRequest<S::Command, Order>),
    /// A server answers a client.
    ClientReply(ClientReply<S::Output, Outcome>),
    /// A chunk of a snapshot.
    InstallSnapshot(InstallSnapshot<S>),
    /// Stored, or refused.
    InstallSnapshotReply(InstallReply),
    /// Start an election at once: the leader of this term hands over (Ongaro 2014, §3.10).
    TimeoutNow {
        /// The leader's term.
        term: u64,
    },
    /// Hear that I lead, and say so.
    Heartbeat(Heartbeat),
    /// I have heard it.
    HeartbeatReply {
        /// What came of it as an AppendEntries.
        reply: AppendReply,
        /// Which round it answers.
        round: u64,
    },
}

/// The kinds, in the order of [`kind`].
pub(crate) const KINDS: &[MessageKind] = &[
    MessageKind { name: "PreVote" },
    MessageKind {
        name: "PreVoteReply",
    },
    MessageKind {
        name: "RequestVote",
    },
    MessageKind {
        name: "RequestVoteReply",
    },
    MessageKind {
        name: "AppendEntries",
    },
    MessageKind {
        name: "AppendEntriesReply",
    },
    MessageKind {
        name: "RegisterClient",
    },
    MessageKind {
        name: "ClientRequest",
    },
    MessageKind {
        name: "ClientReply",
    },
    MessageKind {
        name: "InstallSnapshot",
    },
    MessageKind {
        name: "InstallSnapshotReply",
    },
    MessageKind {
        name: "OrderRequest",
    },
    MessageKind { name: "TimeoutNow" },
    MessageKind { name: "Heartbeat" },
    MessageKind {
        name: "HeartbeatReply",
    },
    MessageKind {
        name: "ClientQuery",
    },
];

/// The place of a message's kind in [`KINDS`].
#[inline]
pub(crate) const fn kind<S: StateMachine>(message: &Message<S>) -> u8 {
    match message {
        Message::PreVote(_) => 0,
        Message::PreVoteReply(_) => 1,
        Message::RequestVote(_) => 2,
        Message::RequestVoteReply(_) => 3,
        Message::AppendEntries(_) => 4,
        Message::AppendEntriesReply(_) => 5,
        Message::ClientRequest(ClientRequest::Register { .. }) => 6,
        Message::ClientRequest(ClientRequest::Command { .. }) => 7,
        Message::ClientReply(_) => 8,
        Message::InstallSnapshot(_) => 9,
        Message::InstallSnapshotReply(_) => 10,
        Message::ClientRequest(ClientRequest::Order { .. }) => 11,
        Message::TimeoutNow { .. } => 12,
        Message::Heartbeat(_) => 13,
        Message::HeartbeatReply { .. } => 14,
        Message::ClientRequest(ClientRequest::Query { .. }) => 15,
    }
}

/// What a message shows of itself.
pub(crate) fn view<S: StateMachine>(message: &Message<S>) -> MessageView {
    let granted = |yes| {
        if yes {
            MessageShape::Granted
        } else {
            MessageShape::Refused
        }
    };
    let (shape, epoch, label) = match message {
        Message::PreVote(request) | Message::RequestVote(request) => (
            MessageShape::Request,
            Some(request.term),
            Phrase::new("message.vote.label")
                .int("index", request.last_log_index)
                .int("term", request.last_log_term),
        ),
        Message::PreVoteReply(reply) | Message::RequestVoteReply(reply) => (
            granted(reply.granted),
            Some(reply.term),
            Phrase::new(if reply.granted {
                "message.granted.label"
            } else {
                "message.refused.label"
            }),
        ),
        Message::AppendEntries(append) => {
            let count = append.entries().len() as u64;
            let prev = append.prev_log_index;
            if count == 0 {
                (
                    MessageShape::Heartbeat,
                    Some(append.term),
                    Phrase::new("message.heartbeat.label").int("commit", append.leader_commit),
                )
            } else {
                (
                    MessageShape::Request,
                    Some(append.term),
                    Phrase::new("message.append.label")
                        .int("count", count)
                        .int("first", prev + 1),
                )
            }
        }
        Message::Heartbeat(heartbeat) => (
            MessageShape::Heartbeat,
            Some(heartbeat.term),
            Phrase::new("message.round.label")
                .int("round", heartbeat.round)
                .int("commit", heartbeat.leader_commit),
        ),
        Message::HeartbeatReply { reply, round } => (
            MessageShape::Heartbeat,
            Some(reply.term),
            Phrase::new("message.round-heard.label").int("round", *round),
        ),
        Message::AppendEntriesReply(reply) => match reply.result {
            AppendResult::Matches {
                match_index,
                carried,
            } => (
                if carried == 0 {
                    MessageShape::Heartbeat
                } else {
                    MessageShape::Granted
                },
                Some(reply.term),
                Phrase::new("message.matches.label").int("index", match_index),
            ),
            AppendResult::Refused { hint_index, .. } => (
                MessageShape::Refused,
                Some(reply.term),
                Phrase::new("message.mismatch.label").int("index", hint_index),
            ),
        },
        Message::ClientRequest(request) => {
            let (shape, label) = request.shown::<S>();
            (shape, None, label)
        }
        Message::ClientReply(reply) => {
            let (shape, label) = reply.shown();
            (shape, None, label)
        }
        Message::InstallSnapshot(install) => (
            MessageShape::Request,
            Some(install.term),
            Phrase::new("message.chunk.label")
                .int("index", install.snapshot.index())
                .int("first", install.offset + 1)
                .int("last", install.offset + u64::from(install.rows))
                .int("rows", install.snapshot.rows),
        ),
        Message::InstallSnapshotReply(reply) => (
            MessageShape::Granted,
            Some(reply.term),
            if reply.done {
                Phrase::new("message.installed.label").int("index", reply.index)
            } else {
                Phrase::new("message.stored.label").int("rows", reply.stored)
            },
        ),
        Message::TimeoutNow { term } => (
            MessageShape::Request,
            Some(*term),
            Phrase::new("message.timeout-now.label"),
        ),
    };
    MessageView {
        kind: KINDS[kind(message) as usize].name.into(),
        shape,
        epoch,
        label: Some(label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_small_to_copy() {
        assert!(size_of::<Message<replicated::KeyValue>>() <= 64);
    }
}
