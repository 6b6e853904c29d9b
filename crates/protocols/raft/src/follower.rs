//! The follower's side of replication: AppendEntries (Raft, figure 2 and §5.3).

use crate::disk::Write;
use crate::log::Entry;
use crate::message::{AppendEntries, AppendReply, AppendResult};
use crate::server::{Cx, Role, Server};
use crate::{Fact, ReadReason, Reason, Variant};
use protocol::NodeId;
use replicated::StateMachine;
use std::sync::Arc;

impl<S: StateMachine> Server<S> {
    /// A leader replicates entries, or just tells that it is there.
    pub(crate) fn on_append_entries(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        mut append: AppendEntries<S>,
        round: Option<u64>,
    ) {
        self.compact_if_due(cx);
        // Rule 1.
        if append.term < self.term {
            let reason = Reason::LeaderInOldTerm {
                leader: from,
                term: append.term,
                current: self.term,
            };
            self.refuse(cx, from, &append, round, reason);
            return;
        }
        if !self.accept_leader(cx, from, append.term) {
            return;
        }
        // Rule 2.
        let mut prev = append.prev_log_index;
        if let Some(reason) = self.inconsistency(from, &append) {
            if cx.variant() != Variant::NoConsistencyCheck {
                self.refuse(cx, from, &append, round, reason);
                return;
            }
            prev = prev.min(self.log.last_index());
        }
        // Rules 3 and 4.
        let entries = append.entries.take();
        let carried = entries.as_deref().map_or(0, <[_]>::len) as u64;
        let match_index = prev + carried;
        let new = match entries {
            Some(entries) if carried > 0 => self.append_new(cx, from, prev, entries),
            _ => 0,
        };
        // Rule 5: up to the last new entry, not up to the end of the own log, which may differ from the leader's.
        let commit = append.leader_commit.min(match_index);
        if commit > self.commit_index {
            cx.note(Reason::LearnsCommit {
                leader: from,
                index: commit,
                leader_commit: append.leader_commit,
            });
            self.commit_index = commit;
            self.apply(cx);
        }
        let reply = AppendReply {
            term: self.term,
            result: AppendResult::Matches {
                match_index,
                carried,
            },
        };
        let reply = reply.to_round(round);
        let reason = if let Some(round) = round {
            Reason::Read(ReadReason::HeardRound {
                leader: from,
                match_index,
                round,
            })
        } else if carried == 0 {
            Reason::HeardLeader {
                leader: from,
                match_index,
            }
        } else {
            Reason::Appended {
                leader: from,
                carried: carried as u32,
                new: new as u32,
                match_index,
            }
        };
        if cx.variant() == Variant::AckBeforeSave {
            cx.send_before_save(from, reply, reason);
        } else {
            cx.send(from, reply, reason);
        }
    }

    /// Follows the sender, which leads `term`. False if that cannot be.
    #[inline]
    pub(crate) fn accept_leader(&mut self, cx: &mut Cx<'_, S>, from: NodeId, term: u64) -> bool {
        if term > self.term {
            self.take_over_term(cx, from, term);
            self.save_term(cx);
        } else {
            match self.role {
                Role::Follower => {}
                Role::PreCandidate(_) | Role::Candidate(_) => {
                    cx.tell(Fact::GaveWay { term, leader: from });
                    self.role = Role::Follower;
                }
                Role::Leader(_) => {
                    cx.note(Reason::TwoLeaders { other: from, term });
                    return false;
                }
            }
        }
        self.leader = Some(from);
        self.heard_us = cx.config().check_quorum.then(|| cx.now_us());
        self.await_leader(cx);
        true
    }

    /// Why the log does not contain the previous entry, if it does not.
    #[inline]
    fn inconsistency(&self, leader: NodeId, append: &AppendEntries<S>) -> Option<Reason> {
        let prev = append.prev_log_index;
        match self.log.term_at(prev) {
            Some(mine) if mine == append.prev_log_term => None,
            Some(mine) => Some(Reason::PrevConflicts {
                leader,
                prev,
                theirs: append.prev_log_term,
                mine,
            }),
            // What a snapshot stands for is committed, and so in the log of every leader to come.
            None if prev < self.log.compacted() => None,
            None => Some(Reason::PrevMissing {
                leader,
                prev,
                last: self.log.last_index(),
            }),
        }
    }

    /// Removes what conflicts and appends what is new; returns how many were.
    fn append_new(
        &mut self,
        cx: &mut Cx<'_, S>,
        leader: NodeId,
        prev: u64,
        entries: Arc<[Entry<S>]>,
    ) -> u64 {
        let last = self.log.last_index();
        let compacted = self.log.compacted();
        let truncates = cx.variant() == Variant::TruncateAlways;
        let known = (prev + 1..)
            .zip(&*entries)
            .take_while(|(index, entry)| {
                *index <= compacted || !truncates && self.log.term_at(*index) == Some(entry.term)
            })
            .count();
        let after = prev + known as u64;
        if known == entries.len() && (!truncates || after < compacted) {
            return 0;
        }
        let before = self.log.configuration().copied();
        if after < last {
            cx.tell(Fact::Truncated {
                first: after + 1,
                last,
                leader,
            });
            self.log.truncate_after(after);
        }
        for entry in &entries[known..] {
            self.log.push(entry.clone());
        }
        let entries = if known == 0 {
            entries
        } else {
            entries[known..].into()
        };
        let new = entries.len() as u64;
        cx.save(Write::Append { after, entries });
        self.note_configuration(cx, before, after);
        new
    }

    /// Refuses, with a hint how far the logs can agree (Raft, end of §5.3): no entry of a term above the named one can be the
    /// leader's at or before the named index, and the leader skips whole terms likewise.
    fn refuse(
        &self,
        cx: &mut Cx<'_, S>,
        to: NodeId,
        append: &AppendEntries<S>,
        round: Option<u64>,
        reason: Reason,
    ) {
        let prev_log_index = append.prev_log_index;
        let (hint_index, hint_term) = self
            .log
            .last_of_term_at_most(prev_log_index, append.prev_log_term);
        let reply = AppendReply {
            term: self.term,
            result: AppendResult::Refused {
                prev_log_index,
                hint_index,
                hint_term,
            },
        };
        cx.send(to, reply.to_round(round), reason);
    }
}
