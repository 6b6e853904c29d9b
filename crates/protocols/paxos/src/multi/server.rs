//! One server: proposer, acceptor and learner in one. Its state, its start from the disk, and what it does with each input.
//!
//! Phase 1 is in `phase_one`, the leader's phase 2 in `leader`, voting and learning in `voter`, the state machine and clients
//! in `service`.

use crate::Ballot;
use crate::multi::{Disk, Fact, Log, Message, Node, Reason, Timer, Variant, Write};
use protocol::{Context, Input, NodeId, NodeSet};
use replicated::{Payload, Replica, StateMachine};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub(crate) type Cx<'a, S> = Context<'a, Node<S>>;

/// A server that wants to lead: what it was promised and told.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Candidate<S: StateMachine> {
    /// Who promised its ballot, itself included.
    pub promises: NodeSet,
    /// By slot: the vote of the greatest ballot that was reported.
    pub reported: BTreeMap<u64, (Ballot, Payload<S>)>,
}

/// A server that leads.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Leader<S: StateMachine> {
    /// The next free slot.
    pub next: u64,
    /// By slot: who has accepted in its ballot. Slots that are chosen are gone.
    pub votes: BTreeMap<u64, NodeSet>,
    /// What waits for room in the window.
    pub queue: VecDeque<Payload<S>>,
    /// Slots below this one were proposed before the last heartbeat: what is missing there was lost.
    pub overdue: u64,
    /// The greatest slot that each server has acknowledged, by its place.
    pub acknowledged: Vec<u64>,
}

/// What a server is, with the state that it keeps only then.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role<S: StateMachine> {
    /// It votes and learns.
    Follower,
    /// It is in phase 1.
    Candidate(Candidate<S>),
    /// It is through phase 1, for all slots.
    Leader(Leader<S>),
}

/// One server.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Server<S: StateMachine> {
    /// It accepts nothing below this ballot. On disk.
    pub(crate) promised: Ballot,
    /// The greatest ballot that it has heard of.
    pub(crate) seen: Ballot,
    /// The ballot of its last vote since it started.
    pub(crate) voted: Ballot,
    /// Its votes, and what is chosen. The votes are on disk.
    pub(crate) log: Log<S>,
    /// The replicated state, as far as it has applied what is chosen.
    pub(crate) replica: Replica<S>,
    /// The last snapshot. On disk.
    pub(crate) snapshot: Arc<Replica<S>>,
    /// Who leads, as far as it knows.
    pub(crate) leader: Option<NodeId>,
    /// What it is.
    pub(crate) role: Role<S>,
}

impl<S: StateMachine> Server<S> {
    /// A server as it starts from `disk`.
    pub fn from_disk(disk: &Disk<S>) -> Self {
        let mut log = disk.log.clone();
        log.settle(disk.snapshot.index);
        Self {
            promised: disk.promised,
            seen: disk.promised,
            voted: Ballot::NONE,
            log,
            replica: (*disk.snapshot).clone(),
            snapshot: disk.snapshot.clone(),
            leader: None,
            role: Role::Follower,
        }
    }

    /// The node starts.
    pub(crate) fn boot(cx: &mut Cx<'_, S>, disk: &Disk<S>) -> Self {
        let server = Self::from_disk(disk);
        if !server.promised.is_none() {
            cx.tell(Fact::Restarted {
                promised: server.promised,
                last: server.log.last(),
                snapshot: server.snapshot.index,
            });
        }
        set_election_timer(cx);
        server
    }

    /// Something happens.
    pub(crate) fn on(&mut self, cx: &mut Cx<'_, S>, input: Input<Node<S>>) {
        match input {
            Input::Message { from, message } => match message {
                Message::Prepare { ballot, from: slot } => {
                    self.on_prepare(cx, from, ballot, slot);
                }
                Message::Promise { ballot, report } => self.on_promise(cx, from, ballot, &report),
                Message::Accept {
                    ballot,
                    first,
                    entries,
                    chosen,
                } => self.on_accept(cx, from, ballot, first, &entries, chosen),
                Message::Accepted {
                    ballot,
                    first,
                    last,
                } => self.on_accepted(cx, from, ballot, first, last),
                Message::Refused { ballot, promised } => {
                    self.on_refused(cx, from, ballot, promised);
                }
                Message::Heartbeat { ballot, chosen } => {
                    self.on_heartbeat(cx, from, ballot, chosen);
                }
                Message::CatchUp { from: slot } => self.on_catch_up(cx, from, slot),
                Message::Learn { first, entries } => self.on_learn(cx, from, first, &entries),
                Message::Snapshot(replica) => self.on_snapshot(cx, from, &replica),
                Message::ClientRequest(request) => self.on_client_request(cx, from, request),
                Message::ClientReply(_) => cx.note(Reason::Misdirected { from }),
            },
            Input::Timer(Timer::Election) => self.on_election_timer(cx),
            Input::Timer(Timer::Heartbeat) => self.on_heartbeat_timer(cx),
            Input::Saved(token) => self.on_saved(cx, token),
            Input::Timer(Timer::Retry) | Input::Request { .. } => {}
        }
    }

    /// It leads no more, nor wants to.
    pub(crate) fn follow(&mut self, cx: &mut Cx<'_, S>) {
        if matches!(self.role, Role::Leader(_)) {
            cx.cancel_timer(Timer::Heartbeat);
        }
        self.role = Role::Follower;
        set_election_timer(cx);
    }

    /// Saves a promise.
    pub(crate) fn save_promise(&self, cx: &mut Cx<'_, S>) {
        if cx.variant() != Variant::PromiseForgotten {
            cx.save(Write::Promised(self.promised));
        }
    }

    /// It accepts nothing below this ballot.
    pub const fn promised(&self) -> Ballot {
        self.promised
    }

    /// The ballot of its last vote since it started.
    pub const fn voted(&self) -> Ballot {
        self.voted
    }

    /// Its votes, and what is chosen.
    pub const fn log(&self) -> &Log<S> {
        &self.log
    }

    /// The replicated state.
    pub const fn replica(&self) -> &Replica<S> {
        &self.replica
    }

    /// The last snapshot.
    pub fn snapshot(&self) -> &Replica<S> {
        &self.snapshot
    }

    /// What it is.
    pub const fn role(&self) -> &Role<S> {
        &self.role
    }

    /// Who leads, as far as it knows.
    pub const fn leader(&self) -> Option<NodeId> {
        self.leader
    }

    /// Whether it leads.
    #[inline]
    pub const fn leads(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }
}

/// How many servers are taken for a quorum.
pub(crate) fn quorum<S: StateMachine>(cx: &Cx<'_, S>) -> u64 {
    match cx.variant() {
        Variant::HalfQuorum => (cx.config().servers / 2).max(1),
        _ => cx.config().majority(),
    }
}

/// The servers other than this one.
pub(crate) fn others<S: StateMachine>(cx: &Cx<'_, S>) -> impl Iterator<Item = NodeId> + use<S> {
    let (me, servers) = (cx.me(), cx.config().servers as u16);
    (0..servers).map(NodeId).filter(move |node| *node != me)
}

/// Sets the election timer anew.
pub(crate) fn set_election_timer<S: StateMachine>(cx: &mut Cx<'_, S>) {
    let config = cx.config();
    let (min, max) = (
        config.election_timeout_min_us,
        config.election_timeout_max_us,
    );
    cx.set_timer(Timer::Election, min, max, Reason::AwaitsLeader);
}
