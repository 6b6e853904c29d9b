//! Log compaction (Raft §7, figure 13; Ongaro 2014, chapter 5): a server writes down what its log came to and forgets the
//! entries; a follower that lacks forgotten entries is sent the snapshot instead, in chunks.
//!
//! A server compacts at the first event after enough entries were applied, not while it applies them: whoever looks from
//! outside sees every entry before it goes.

use crate::disk::Write;
use crate::log::Log;
use crate::membership::Members;
use crate::message::Message;
use crate::rare::Rare;
use crate::replication::Pace;
use crate::server::{Cx, Role, Server};
use crate::{Fact, Reason, Variant};
use protocol::{Name, NodeId};
use replicated::{Replica, StateMachine};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the log came to, up to an index (Ongaro 2014, §5.1).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
pub struct Snapshot<S: StateMachine> {
    /// lastIncludedTerm: the term of the last entry that it stands for.
    pub term: u64,
    /// The machine and the clients' sessions; [`Replica::index`] is lastIncludedIndex.
    pub state: Replica<S>,
    /// lastConfig: the configuration as of that entry.
    pub members: Members,
    /// How long it is, in rows: those of the machine, one a session, one for the configuration.
    pub rows: u64,
    /// The digest of the log up to the last entry that it stands for: whoever installs it goes on from there.
    pub(crate) digest: Name,
}

impl<S: StateMachine> Snapshot<S> {
    /// lastIncludedIndex: the index of the last entry that it stands for.
    #[inline]
    pub const fn index(&self) -> u64 {
        self.state.index
    }

    /// Has a log begin after what it stands for; what follows there goes if `all` does.
    pub(crate) fn begin(&self, log: &mut Log<S>, all: bool) {
        log.begin_after(self.index(), self.term, self.digest.0, self.members, all);
    }
}

/// The arguments of InstallSnapshot (Raft, figure 13).
///
/// A chunk stands for its rows of the snapshot. The snapshot itself is shared, as everything large is; whoever receives a chunk
/// makes no use of rows that have not come.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
pub struct InstallSnapshot<S: StateMachine> {
    /// The leader's term.
    pub term: u64,
    /// Where the chunk begins: so many rows come before it.
    pub offset: u64,
    /// How many rows it has.
    pub rows: u32,
    /// Whether it is the last.
    pub done: bool,
    /// The snapshot that it is a chunk of.
    pub snapshot: Arc<Snapshot<S>>,
}

/// The answer to InstallSnapshot. That it says how much is stored lets a leader go on from there (Ongaro 2014, §5.1: LogCabin).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct InstallReply {
    /// The follower's term.
    pub term: u64,
    /// lastIncludedIndex of the snapshot that it answers to.
    pub index: u64,
    /// How many rows the follower has stored of it.
    pub stored: u64,
    /// Whether it stands in the place of the follower's state now, durably, or is older than that.
    pub done: bool,
}

/// A snapshot of which a follower has the first chunks. It is gone when the follower restarts.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Partial<S: StateMachine> {
    /// The term of the leader that sends it.
    pub term: u64,
    /// How many rows are there.
    pub stored: u64,
    /// The snapshot, of which only those rows are known.
    pub snapshot: Arc<Snapshot<S>>,
}

impl<S: StateMachine> Server<S> {
    /// Takes a snapshot if enough entries have been applied since the last, unless somebody is being sent that one: it would have
    /// to begin again with the new one, and might never come to its end.
    #[inline]
    pub(crate) fn compact_if_due(&mut self, cx: &mut Cx<'_, S>) {
        let every = cx.config().snapshot_entries;
        if every > 0 && self.last_applied + 1 >= self.log.first_index() + every && !self.sends_one()
        {
            self.take_snapshot(cx);
        }
    }

    fn sends_one(&self) -> bool {
        match &self.role {
            Role::Leader(leader) => leader
                .progress
                .iter()
                .any(|progress| progress.active && matches!(progress.pace, Pace::Snapshot { .. })),
            _ => false,
        }
    }

    /// Writes down what the entries up to the last applied one came to, and forgets them once that is durable. `None` if they are
    /// compacted already.
    #[inline(never)]
    pub(crate) fn take_snapshot(&mut self, cx: &mut Cx<'_, S>) -> Option<u64> {
        let index = self.last_applied;
        if index < self.log.first_index() {
            return None;
        }
        let (term, digest) = self.log.mark_at(index)?;
        let sessions = if cx.variant() == Variant::SnapshotForgetsSessions {
            self.sessions.begun_anew()
        } else {
            self.sessions.clone()
        };
        let members = self.log.configuration_at(index);
        let members = members.unwrap_or_else(|| Members::initial(cx.config()));
        let snapshot = Arc::new(Snapshot {
            term,
            rows: self.machine.rows().len() as u64 + sessions.len() + 1,
            state: Replica {
                index,
                machine: self.machine.clone(),
                sessions,
            },
            members,
            digest: Name(digest),
        });
        let entries = index + 1 - self.log.first_index();
        snapshot.begin(&mut self.log, false);
        self.snapshot = snapshot.clone().into();
        // In this order: a crash between the two leaves entries that the snapshot stands for, never a gap.
        cx.save(Write::Snapshot(snapshot));
        cx.save(Write::Discard { all: false });
        cx.tell(Fact::TookSnapshot { index, entries });
        Some(index)
    }

    /// Whether this follower needs an entry that is compacted: then it is sent the snapshot, chunk by chunk.
    pub(crate) fn send_snapshot(&mut self, cx: &mut Cx<'_, S>, to: NodeId) {
        let Some(index) = self.snapshot.get().map(Snapshot::index) else {
            return;
        };
        let first = self.log.first_index();
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let progress = &mut leader.progress[to.index()];
        cx.note(Reason::NeedsSnapshot {
            to,
            next: progress.next_index,
            first,
        });
        progress.in_flight.clear();
        progress.pace = Pace::Snapshot {
            index,
            offset: 0,
            silent: false,
        };
        self.send_chunk(cx, to);
    }

    /// Sends the chunk that the follower needs next. If a newer snapshot has taken the place of the one it has begun, it begins
    /// with that.
    fn send_chunk(&mut self, cx: &mut Cx<'_, S>, to: NodeId) {
        let term = self.term;
        let (Some(snapshot), Role::Leader(leader)) = (self.snapshot.shared(), &mut self.role)
        else {
            return;
        };
        let pace = &mut leader.progress[to.index()].pace;
        let Pace::Snapshot {
            index,
            offset,
            silent,
        } = pace
        else {
            return;
        };
        if *index != snapshot.index() {
            (*index, *offset) = (snapshot.index(), 0);
        }
        *silent = false;
        let rows = cx
            .config()
            .snapshot_chunk_rows
            .min(snapshot.rows.saturating_sub(*offset));
        let (index, offset) = (*index, *offset);
        let done = offset + rows >= snapshot.rows;
        let message = Message::InstallSnapshot(InstallSnapshot {
            term,
            offset,
            rows: rows as u32,
            done,
            snapshot: snapshot.clone(),
        });
        let reason = Reason::SendsChunk {
            to,
            index,
            first: (offset + 1) as u32,
            last: (offset + rows) as u32,
            rows: snapshot.rows as u32,
        };
        cx.send_before_save(to, message, reason);
    }

    /// A heartbeat later: a chunk that was answered neither then nor before is sent again.
    pub(crate) fn chunk_again_if_silent(&mut self, cx: &mut Cx<'_, S>, to: NodeId) {
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        match &mut leader.progress[to.index()].pace {
            Pace::Snapshot { silent, .. } if *silent => self.send_chunk(cx, to),
            Pace::Snapshot { silent, .. } => *silent = true,
            Pace::Probe { .. } | Pace::Replicate => {}
        }
    }

    /// A leader sends a chunk (Raft, figure 13).
    pub(crate) fn on_install_snapshot(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        install: InstallSnapshot<S>,
    ) {
        let InstallSnapshot {
            term,
            offset,
            rows,
            snapshot,
            ..
        } = install;
        let index = snapshot.index();
        // Rule 1.
        if term < self.term {
            let reason = Reason::LeaderInOldTerm {
                leader: from,
                term,
                current: self.term,
            };
            self.reply_install(cx, from, (index, 0, false), reason);
            return;
        }
        if !self.accept_leader(cx, from, term) {
            return;
        }
        if index <= self.commit_index {
            let reason = Reason::SnapshotKnown {
                leader: from,
                index,
                commit: self.commit_index,
            };
            self.reply_install(cx, from, (index, snapshot.rows, true), reason);
            return;
        }
        // Rules 2 and 3: a partial snapshot of another leader, or of another index, begins anew.
        let size = snapshot.rows;
        let known = self
            .partial
            .get()
            .filter(|partial| partial.term == term && partial.snapshot.index() == index)
            .map_or(0, |partial| partial.stored);
        let end = offset + u64::from(rows);
        if offset > known || end <= known {
            let reason = Reason::ChunkOutOfPlace {
                leader: from,
                first: offset + 1,
                stored: known,
            };
            self.reply_install(cx, from, (index, known, false), reason);
            return;
        }
        // Rule 4.
        if end < size {
            self.partial = Rare::from(Partial {
                term,
                stored: end,
                snapshot,
            });
            let reason = Reason::StoresChunk {
                leader: from,
                index,
                stored: end as u32,
                rows: size as u32,
            };
            self.reply_install(cx, from, (index, end, false), reason);
            return;
        }
        self.install(cx, from, snapshot);
        let reason = Reason::SnapshotStands {
            leader: from,
            index,
        };
        self.reply_install(cx, from, (index, size, true), reason);
    }

    /// Rules 5 to 8: the snapshot stands in the place of the state, and of the log up to its index.
    fn install(&mut self, cx: &mut Cx<'_, S>, leader: NodeId, snapshot: Arc<Snapshot<S>>) {
        let index = snapshot.index();
        self.partial = Rare::default();
        let all = cx.variant() == Variant::InstallDiscardsLog;
        let before = self.log.configuration().copied();
        snapshot.begin(&mut self.log, all);
        cx.save(Write::Snapshot(snapshot.clone()));
        cx.save(Write::Discard { all });
        let kept = self.log.last_index() - index;
        cx.tell(Fact::Installed {
            index,
            kept,
            leader,
        });
        self.machine = snapshot.state.machine.clone();
        self.sessions = snapshot.state.sessions.clone();
        (self.commit_index, self.last_applied) = (index, index);
        self.snapshot = snapshot.into();
        self.note_configuration(cx, before, 0);
    }

    fn reply_install(
        &self,
        cx: &mut Cx<'_, S>,
        to: NodeId,
        (index, stored, done): (u64, u64, bool),
        reason: Reason,
    ) {
        let reply = InstallReply {
            term: self.term,
            index,
            stored,
            done,
        };
        cx.send(to, Message::InstallSnapshotReply(reply), reason);
    }

    /// A follower answers a chunk.
    pub(crate) fn on_install_reply(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        reply: InstallReply,
    ) {
        if reply.term > self.term {
            self.take_over_term(cx, from, reply.term);
            self.save_term(cx);
            return;
        }
        let (term, sent) = (reply.term, self.snapshot.get().map(|s| s.rows));
        let sends = term == self.term && self.sends_to(cx, from);
        let late = |cx: &mut Cx<'_, S>| cx.note(Reason::LateReply { from, term });
        let Role::Leader(leader) = &mut self.role else {
            return late(cx);
        };
        if !sends {
            return late(cx);
        }
        let progress = &mut leader.progress[from.index()];
        progress.active = true;
        match &mut progress.pace {
            Pace::Snapshot { index, .. } if *index == reply.index && reply.done => {
                let index = *index;
                progress.match_index = progress.match_index.max(index);
                progress.next_index = progress.match_index + 1;
                progress.pace = Pace::Replicate;
                cx.note(Reason::SnapshotArrived { from, index });
                self.advance_commit(cx, index);
                self.catch_up(cx);
                self.replicate(cx, from, None);
                self.hand_over_if_ready(cx, from);
            }
            Pace::Snapshot { index, offset, .. } if *index == reply.index => {
                // The answer to a second copy of a chunk says nothing new.
                if *offset == reply.stored {
                    return late(cx);
                }
                *offset = reply.stored.min(sent.unwrap_or(0));
                self.send_chunk(cx, from);
            }
            _ => late(cx),
        }
    }
}
