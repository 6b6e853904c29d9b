//! The leader's side: appending, replicating with a window and fast backtracking, committing (Raft §5.3, §5.4.2; Ongaro 2014,
//! §6.2 and §10.2.1).
//!
//! A follower that needs an entry before the log's first index is sent a snapshot (`snapshot`).

use crate::change::{ChangeFact, ChangeReason, Undertaking};
use crate::disk::Write;
use crate::log::Entry;
use crate::message::{AppendEntries, AppendReply, AppendResult, Message};
use crate::node::Timer;
use crate::rare::Rare;
use crate::reads::Reads;
use crate::server::{Cx, Role, Server};
use crate::transfer::Handover;
use crate::{Fact, Reason, Variant};
use protocol::{NodeId, NodeSet};
use replicated::Payload;
use replicated::StateMachine;
use serde::{Serialize, Serializer};
use std::collections::VecDeque;
use std::sync::Arc;

/// How a leader sends to one follower.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// It looks for the place where the logs agree: one append at a time.
    Probe {
        /// Whether one is on its way; a heartbeat's answer ends the wait.
        waits: bool,
    },
    /// It knows the place: appends follow each other without waiting.
    Replicate,
    /// What the follower needs is compacted: it is sent a snapshot, one chunk at a time.
    Snapshot {
        /// The index that the snapshot stands for.
        index: u64,
        /// How many of its rows the follower has, as far as the leader knows.
        offset: u64,
        /// Whether the last chunk had no answer by the last heartbeat.
        silent: bool,
    },
}

/// What a leader knows of one server.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Progress {
    /// matchIndex: the log agrees up to here, durably.
    pub match_index: u64,
    /// nextIndex: what it is sent next.
    pub next_index: u64,
    /// How it is sent to.
    pub pace: Pace,
    /// The last index of each append with entries on its way, in order.
    pub in_flight: VecDeque<u64>,
    /// Whether it was heard from since the last look.
    pub active: bool,
}

/// The state that only a leader has (Raft, figure 2, volatile state on leaders).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Leader {
    /// What it knows of each server, by number. Its own matchIndex is what its own disk holds.
    #[serde(serialize_with = "by_server")]
    pub progress: Vec<Progress>,
    /// The change of the configuration that it has taken on.
    #[serde(skip_serializing_if = "Rare::is_none")]
    pub undertaking: Rare<Undertaking>,
    /// To whom it hands over, while it does.
    #[serde(skip_serializing_if = "Rare::is_none")]
    pub handover: Rare<Handover>,
}

/// What stands in a row by server, for serializers.
pub(crate) fn by_server<T: Serialize, Z: Serializer>(
    row: &[T],
    serializer: Z,
) -> Result<Z::Ok, Z::Error> {
    serializer.collect_map((0..).map(NodeId).zip(row))
}

/// What [`protocol::Input::Saved`] hands back: the term and the index that are durable; index 0 for a vote.
pub(crate) const fn token(term: u64, index: u64) -> u64 {
    term << 32 | index
}

impl<S: StateMachine> Server<S> {
    /// A candidate has won: it starts to lead.
    pub(crate) fn lead(&mut self, cx: &mut Cx<'_, S>) {
        let next_index = self.log.last_index() + 1;
        let fresh = Progress {
            match_index: 0,
            next_index,
            pace: Pace::Probe { waits: false },
            in_flight: VecDeque::new(),
            active: true,
        };
        self.leader = Some(cx.me());
        self.role = Role::Leader(Leader {
            progress: vec![fresh; cx.config().servers_in_all().into()],
            undertaking: Rare::default(),
            handover: Rare::default(),
        });
        self.reads = Reads::begin(cx.config());
        cx.cancel_timer(Timer::Election);
        self.set_heartbeat_timer(cx);
        let look = cx.config().election_timeout_max_us;
        cx.set_timer(Timer::Quorum, look, look, Reason::AwaitsQuorum);
        // An entry of its own term, so that what older leaders left behind can be committed (Raft §8).
        cx.note(Reason::FirstOfTerm {
            index: next_index,
            term: self.term,
        });
        self.append(cx, Payload::Noop);
    }

    /// Appends an entry of its own term to its log, and sends it on. The sending need not wait for its own disk.
    pub(crate) fn append(&mut self, cx: &mut Cx<'_, S>, payload: Payload<S>) -> u64 {
        self.append_entry(cx, Entry::new(self.term, payload))
    }

    /// Appends an entry of its own term likewise.
    pub(crate) fn append_entry(&mut self, cx: &mut Cx<'_, S>, entry: Entry<S>) -> u64 {
        let index = self.log.last_index() + 1;
        self.log.push(entry.clone());
        let entries: Arc<[Entry<S>]> = Arc::new([entry]);
        cx.save(Write::Append {
            after: index - 1,
            entries: entries.clone(),
        });
        cx.notify_saved(token(self.term, index));
        for to in self.peers(cx).iter() {
            self.replicate(cx, to, Some(&entries));
        }
        if cx.variant() == Variant::AckBeforeSave {
            self.own_entries_saved(cx, index);
        }
        index
    }

    /// Its disk reports what is durable.
    pub(crate) fn on_saved(&mut self, cx: &mut Cx<'_, S>, saved: u64) {
        let (term, index) = (saved >> 32, saved & u64::from(u32::MAX));
        if term != self.term {
            // From an earlier leadership: those entries may be gone since.
            return;
        }
        if index == 0 {
            self.on_vote_saved(cx);
        } else {
            self.own_entries_saved(cx, index);
        }
    }

    fn own_entries_saved(&mut self, cx: &mut Cx<'_, S>, index: u64) {
        let me = cx.me();
        if let Role::Leader(leader) = &mut self.role {
            let own = &mut leader.progress[me.index()];
            if index > own.match_index {
                own.match_index = index;
                self.advance_commit(cx, index);
            }
        }
    }

    fn set_heartbeat_timer(&self, cx: &mut Cx<'_, S>) {
        let every = cx.config().heartbeat_us;
        cx.set_timer(Timer::Heartbeat, every, every, Reason::AwaitsHeartbeat);
    }

    /// The heartbeat timer fires: leaders, rule 1.
    pub(crate) fn on_heartbeat_timer(&mut self, cx: &mut Cx<'_, S>) {
        self.compact_if_due(cx);
        self.send_heartbeats(cx);
        let Role::Leader(leader) = &self.role else {
            return;
        };
        let mut all = leader.progress.iter();
        if all.any(|progress| matches!(progress.pace, Pace::Snapshot { .. })) {
            for to in self.peers(cx).iter() {
                self.chunk_again_if_silent(cx, to);
            }
        }
        self.set_heartbeat_timer(cx);
    }

    /// The quorum timer fires: a leader that heard from no majority for a whole election timeout steps down.
    pub(crate) fn on_quorum_timer(&mut self, cx: &mut Cx<'_, S>) {
        self.give_up_on_silent(cx);
        let (me, quorum) = (cx.me(), self.quorum(cx));
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let mut those = NodeSet::EMPTY.with(me);
        for (node, progress) in (0..).map(NodeId).zip(&mut leader.progress) {
            if progress.active {
                those.insert(node);
            }
            progress.active = false;
        }
        let config = cx.config();
        let (heard, servers) = (those.and(quorum.voters).len(), quorum.voters.len());
        // The plain words are those of a leader that counts itself, in a configuration that is not joint.
        let halves =
            (quorum.is_joint() || !quorum.voters.contains(me)).then(|| quorum.halves(those));
        if config.check_quorum && !quorum.is_reached(those) {
            let term = self.term;
            cx.tell(match halves {
                Some(halves) => Fact::Change(ChangeFact::LostQuorum { term, halves }),
                None => Fact::LostQuorum {
                    term,
                    heard,
                    servers,
                },
            });
            self.follow(cx, term);
            return;
        }
        let look = config.election_timeout_max_us;
        let reason = match halves {
            Some(halves) => Reason::Change(ChangeReason::QuorumHeard { halves }),
            None => Reason::QuorumHeard { heard, servers },
        };
        cx.set_timer(Timer::Quorum, look, look, reason);
    }

    /// Leaders, rule 3: sends what the follower lacks, as far as the window goes. `fresh` is the newest entry alone, shared by
    /// all who need nothing else.
    pub(crate) fn replicate(
        &mut self,
        cx: &mut Cx<'_, S>,
        to: NodeId,
        fresh: Option<&Arc<[Entry<S>]>>,
    ) {
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let progress = &mut leader.progress[to.index()];
        let last = self.log.last_index();
        while progress.next_index <= last {
            match progress.pace {
                Pace::Probe { waits: true } | Pace::Snapshot { .. } => return,
                Pace::Probe { waits: false } | Pace::Replicate => {}
            }
            if progress.next_index < self.log.first_index() {
                self.send_snapshot(cx, to);
                return;
            }
            let in_flight = progress.in_flight.len() as u64;
            if in_flight >= cx.config().window {
                cx.note(Reason::WindowFull { to, in_flight });
                return;
            }
            let first = progress.next_index;
            let entries = match fresh {
                Some(entry) if first == last => entry.clone(),
                _ => self.log.slice(first, cx.config().entries_per_append_max),
            };
            let end = first + entries.len() as u64 - 1;
            let message = Message::AppendEntries(AppendEntries {
                term: self.term,
                prev_log_index: first - 1,
                prev_log_term: self.log.term_at(first - 1).unwrap_or(0),
                entries: Some(entries),
                leader_commit: self.commit_index,
            });
            let reason = Reason::Replicates {
                to,
                first,
                last: end,
            };
            cx.send_before_save(to, message, reason);
            match &mut progress.pace {
                Pace::Probe { waits } => *waits = true,
                Pace::Replicate => {
                    progress.next_index = end + 1;
                    progress.in_flight.push_back(end);
                }
                Pace::Snapshot { .. } => return,
            }
        }
    }

    /// A follower answers an append or a heartbeat.
    pub(crate) fn on_append_reply(&mut self, cx: &mut Cx<'_, S>, from: NodeId, reply: AppendReply) {
        if reply.term > self.term {
            self.take_over_term(cx, from, reply.term);
            self.save_term(cx);
            return;
        }
        let term = reply.term;
        let sends = term == self.term && self.sends_to(cx, from);
        let Role::Leader(leader) = &mut self.role else {
            cx.note(Reason::LateReply { from, term });
            return;
        };
        if !sends {
            cx.note(Reason::LateReply { from, term });
            return;
        }
        let progress = &mut leader.progress[from.index()];
        progress.active = true;
        match reply.result {
            AppendResult::Matches { match_index, .. } => {
                let more = match_index > progress.match_index;
                progress.match_index = progress.match_index.max(match_index);
                let knows = match progress.pace {
                    Pace::Probe { .. } => true,
                    Pace::Replicate => false,
                    // What it needed has come as entries, sent before they were compacted.
                    Pace::Snapshot { index, .. } => progress.match_index >= index,
                };
                if knows {
                    progress.pace = Pace::Replicate;
                    progress.next_index = progress.match_index + 1;
                }
                progress.next_index = progress.next_index.max(match_index + 1);
                while progress
                    .in_flight
                    .front()
                    .is_some_and(|last| *last <= match_index)
                {
                    progress.in_flight.pop_front();
                }
                let behind = progress.next_index <= self.log.last_index();
                if more {
                    let catches_up = leader.catching_up().contains(from);
                    self.advance_commit(cx, match_index);
                    if catches_up {
                        self.catch_up(cx);
                    } else if self.log.configuration().is_some()
                        && !self.quorum(cx).all().contains(from)
                    {
                        let index = match_index;
                        cx.note(Reason::Change(ChangeReason::DoesNotCount { from, index }));
                    }
                }
                if behind {
                    self.replicate(cx, from, None);
                } else {
                    self.hand_over_if_ready(cx, from);
                }
            }
            AppendResult::Refused {
                prev_log_index: prev,
                hint_index,
                hint_term,
            } => {
                // While probing, only the refusal of the probe itself says something new.
                let late = match progress.pace {
                    Pace::Probe { .. } => prev + 1 != progress.next_index,
                    Pace::Replicate => prev <= progress.match_index,
                    Pace::Snapshot { .. } => true,
                };
                if late {
                    cx.note(Reason::LateRefusal {
                        from,
                        prev,
                        matched: progress.match_index,
                    });
                    return;
                }
                let (agree, _) = self.log.last_of_term_at_most(hint_index, hint_term);
                progress.next_index = (agree + 1).min(prev).max(progress.match_index + 1);
                progress.pace = Pace::Probe { waits: false };
                progress.in_flight.clear();
                cx.note(Reason::BacksUp {
                    to: from,
                    hint: hint_index,
                    next: progress.next_index,
                });
                self.replicate(cx, from, None);
            }
        }
    }

    /// Leaders, rule 4: commits what a majority has durably, if the newest of it is of the leader's own term. `grown` is the
    /// match index that just grew.
    pub(crate) fn advance_commit(&mut self, cx: &mut Cx<'_, S>, grown: u64) {
        if grown <= self.commit_index {
            return;
        }
        let Role::Leader(leader) = &self.role else {
            return;
        };
        let quorum = self.quorum(cx);
        let few = cx.variant() == Variant::MinorityCommit;
        let matched = |node: NodeId| leader.progress[node.index()].match_index;
        let index = quorum.index(few, matched);
        let has = |index: u64| -> NodeSet {
            let all = quorum.all().iter();
            all.filter(|node| matched(*node) >= index).collect()
        };
        if index <= self.commit_index {
            let holders = has(grown);
            if quorum.is_joint() {
                let (index, halves) = (grown, quorum.halves(holders));
                cx.note(Reason::Change(ChangeReason::NotYetBoth { index, halves }));
            } else if holders.len() > 1 {
                cx.note(Reason::NotYetMajority {
                    index: grown,
                    holders: holders.len() as u16,
                    servers: quorum.voters.len() as u16,
                    need: quorum.need_with(few) as u16,
                });
            }
            if quorum.all().contains(cx.me()) && matched(cx.me()) < grown {
                cx.note(Reason::OwnDisk { index: grown });
            }
            return;
        }
        let entry_term = self.log.term_at(index).unwrap_or(0);
        if entry_term != self.term && cx.variant() != Variant::CommitOlderTerm {
            cx.note(Reason::OlderTerm {
                index,
                holders: has(index).len() as u16,
                servers: quorum.all().len() as u16,
                entry_term,
                term: self.term,
            });
            return;
        }
        cx.tell(Fact::Committed {
            first: self.commit_index + 1,
            last: index,
            holders: has(index),
        });
        let before = std::mem::replace(&mut self.commit_index, index);
        self.apply(cx);
        if self.log.configuration().is_some() {
            self.configuration_committed(cx, before);
        }
    }
}
