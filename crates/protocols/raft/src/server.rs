//! One server: its state (Raft, figure 2), its start from the disk, and what it does with each input.
//!
//! Elections are in `election`, the leader's side of replication in `replication`, the follower's in `follower`, the state
//! machine and clients in `service`, handing over in `transfer`, reads without log entries in `reads`.

use crate::change::ChangeReason;
use crate::disk::{Disk, Write};
use crate::log::Log;
use crate::message::Message;
use crate::node::{Node, Timer};
use crate::rare::Rare;
use crate::reads::Reads;
use crate::replication::Leader;
use crate::snapshot::{Partial, Snapshot};
use crate::transfer::handed_over;
use crate::{Fact, Reason};
use protocol::{Context, Input, NodeId, NodeSet};
use replicated::{Sessions, StateMachine};
use serde::Serialize;

pub(crate) type Cx<'a, S> = Context<'a, Node<S>>;

/// The votes of an election, as the candidate knows them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Ballots {
    /// Who votes for it, itself included.
    pub granted: NodeSet,
    /// Who refuses.
    pub refused: NodeSet,
}

/// What a server is, with the state that it keeps only then.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It follows.
    Follower,
    /// It asks whether it could win the next term (Ongaro 2014, §9.6).
    PreCandidate(Ballots),
    /// It wants to lead its term.
    Candidate(Ballots),
    /// It leads its term.
    Leader(Leader),
}

/// One server.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Server<S: StateMachine> {
    /// currentTerm: the newest term that it has seen. On disk.
    pub(crate) term: u64,
    /// votedFor: whom it voted for in that term. On disk.
    pub(crate) voted_for: Option<NodeId>,
    /// The log. On disk.
    pub(crate) log: Log<S>,
    /// commitIndex: everything up to here is committed, as far as it knows.
    pub(crate) commit_index: u64,
    /// lastApplied: everything up to here is in the state machine.
    pub(crate) last_applied: u64,
    /// Who leads its term, as far as it knows.
    pub(crate) leader: Option<NodeId>,
    /// When it last heard from that leader, on its own clock; kept only where it is read, for leader stickiness.
    pub(crate) heard_us: Option<u64>,
    /// What it is.
    pub(crate) role: Role,
    /// The replicated state machine.
    pub(crate) machine: S,
    /// The clients' sessions: replicated like the machine.
    pub(crate) sessions: Sessions<S::Output>,
    /// The newest snapshot. On disk.
    #[serde(skip_serializing_if = "Rare::is_none")]
    pub(crate) snapshot: Rare<Snapshot<S>>,
    /// A snapshot that is on its way to it.
    #[serde(skip_serializing_if = "Rare::is_none")]
    pub(crate) partial: Rare<Partial<S>>,
    /// As a leader, where reads go without log entries: what it keeps for them.
    #[serde(skip_serializing_if = "Rare::is_none")]
    pub(crate) reads: Rare<Reads<S>>,
}

impl<S: StateMachine> Server<S> {
    /// A server as it starts from `disk`: a follower that knows of nobody. The honest way to a server in a given state is a
    /// disk with that term, vote and log.
    pub fn from_disk(disk: &Disk<S>) -> Self {
        let (index, machine, sessions) = match disk.snapshot.get() {
            Some(snapshot) => {
                let state = &snapshot.state;
                (state.index, state.machine.clone(), state.sessions.clone())
            }
            None => (0, S::default(), Sessions::default()),
        };
        Self {
            term: disk.term,
            voted_for: disk.voted_for,
            log: disk.log_after_snapshot(),
            commit_index: index,
            last_applied: index,
            leader: None,
            heard_us: None,
            role: Role::Follower,
            machine,
            sessions,
            snapshot: disk.snapshot.clone(),
            partial: Rare::default(),
            reads: Rare::default(),
        }
    }

    /// The node starts.
    pub(crate) fn boot(cx: &mut Cx<'_, S>, disk: &Disk<S>) -> Self {
        let mut server = Self::from_disk(disk);
        if server.term > 0 {
            // A leader may rest on what it answered before.
            server.heard_us = (cx.config().reads == "lease").then(|| cx.now_us());
            cx.tell(Fact::Restarted {
                term: server.term,
                last_index: server.log.last_index(),
            });
        }
        if let Some(snapshot) = server.snapshot.get() {
            let index = snapshot.index();
            cx.tell(Fact::Restored { index });
        }
        server.await_leader(cx);
        server
    }

    /// Something happens.
    pub(crate) fn on(&mut self, cx: &mut Cx<'_, S>, input: Input<Node<S>>) {
        match input {
            Input::Message { from, message } => match message {
                Message::AppendEntries(append) => self.on_append_entries(cx, from, append, None),
                Message::Heartbeat(heartbeat) => {
                    let round = Some(heartbeat.round);
                    self.on_append_entries(cx, from, heartbeat.into(), round);
                }
                Message::HeartbeatReply { reply, round } => {
                    self.on_append_reply(cx, from, reply);
                    if reply.term == self.term {
                        self.round_answered(cx, from, round);
                    }
                }
                Message::AppendEntriesReply(reply) => self.on_append_reply(cx, from, reply),
                Message::PreVote(request) => self.on_pre_vote(cx, from, request),
                Message::PreVoteReply(reply) => self.on_pre_vote_reply(cx, from, reply),
                Message::RequestVote(request) => self.on_request_vote(cx, from, request),
                Message::RequestVoteReply(reply) => self.on_vote_reply(cx, from, reply),
                Message::ClientRequest(request) => self.on_client_request(cx, from, request),
                Message::ClientReply(_) => cx.note(Reason::Misdirected { from }),
                Message::InstallSnapshot(install) => self.on_install_snapshot(cx, from, install),
                Message::InstallSnapshotReply(reply) => self.on_install_reply(cx, from, reply),
                Message::TimeoutNow { term } => self.on_timeout_now(cx, from, term),
            },
            Input::Timer(Timer::Heartbeat) => self.on_heartbeat_timer(cx),
            Input::Timer(Timer::Election) => self.on_election_timer(cx),
            Input::Timer(Timer::Quorum) => self.on_quorum_timer(cx),
            Input::Timer(Timer::Transfer) => self.on_transfer_timer(cx),
            Input::Saved(token) => self.on_saved(cx, token),
            Input::Timer(Timer::Retry) | Input::Request { .. } => {}
        }
    }

    /// Becomes a follower in `term`, which is not older than its own. The caller saves a newer term.
    pub(crate) fn follow(&mut self, cx: &mut Cx<'_, S>, term: u64) {
        if term > self.term {
            self.term = term;
            self.voted_for = None;
            self.leader = None;
        }
        if let Role::Leader(leader) = &mut self.role {
            let handover = leader.handover.take();
            self.leader = None;
            handed_over(cx, handover);
            self.turn_reads_away(cx);
            cx.cancel_timer(Timer::Heartbeat);
            cx.cancel_timer(Timer::Quorum);
            self.await_leader(cx);
        }
        self.role = Role::Follower;
    }

    /// All servers, rule 2: a newer term is taken over, and its server follows. The caller saves it.
    pub(crate) fn take_over_term(&mut self, cx: &mut Cx<'_, S>, from: NodeId, term: u64) {
        if matches!(self.role, Role::Leader(_)) {
            cx.tell(Fact::Deposed {
                term: self.term,
                by: from,
                newer: term,
            });
        } else {
            cx.note(Reason::SeesNewerTerm {
                from,
                term,
                before: self.term,
            });
        }
        self.follow(cx, term);
    }

    /// Waits for its leader: if it hears from none, it stands for election, should it have a vote; and otherwise knows of none.
    #[inline]
    pub(crate) fn await_leader(&self, cx: &mut Cx<'_, S>) {
        if self.may_stand(cx.config(), cx.me()) {
            set_election_timer(cx, Reason::AwaitsLeader);
        } else if self.leader.is_some() {
            set_election_timer(cx, Reason::Change(ChangeReason::AwaitsLeader));
        } else {
            cx.cancel_timer(Timer::Election);
        }
    }

    /// Saves term and vote.
    pub(crate) fn save_term(&self, cx: &mut Cx<'_, S>) {
        let voted_for = if cx.variant() == crate::Variant::VoteNotSaved {
            None
        } else {
            self.voted_for
        };
        cx.save(Write::Term {
            term: self.term,
            voted_for,
        });
    }

    /// currentTerm.
    pub const fn term(&self) -> u64 {
        self.term
    }

    /// votedFor.
    pub const fn voted_for(&self) -> Option<NodeId> {
        self.voted_for
    }

    /// The log.
    pub const fn log(&self) -> &Log<S> {
        &self.log
    }

    /// commitIndex.
    pub const fn commit_index(&self) -> u64 {
        self.commit_index
    }

    /// lastApplied.
    pub const fn last_applied(&self) -> u64 {
        self.last_applied
    }

    /// Who leads, as far as it knows.
    pub const fn leader(&self) -> Option<NodeId> {
        self.leader
    }

    /// What it is.
    pub const fn role(&self) -> &Role {
        &self.role
    }

    /// Whether it leads its term.
    #[inline]
    pub const fn leads(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// The newest snapshot.
    pub fn snapshot(&self) -> Option<&Snapshot<S>> {
        self.snapshot.get()
    }

    /// A snapshot that is on its way to it.
    pub fn partial(&self) -> Option<&Partial<S>> {
        self.partial.get()
    }

    /// The state machine.
    pub const fn machine(&self) -> &S {
        &self.machine
    }
}

/// Sets the election timer anew.
#[inline]
pub(crate) fn set_election_timer<S: StateMachine>(cx: &mut Cx<'_, S>, reason: Reason) {
    let config = cx.config();
    let (min, max) = (
        config.election_timeout_min_us,
        config.election_timeout_max_us,
    );
    cx.set_timer(Timer::Election, min, max, reason);
}
