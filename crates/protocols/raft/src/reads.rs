//! Reads without log entries (Ongaro 2014, §6.4): a leader answers from its state once it is sure to lead still.
//!
//! It has to have committed an entry of its own term, so that it knows all that is committed. Then it notes its commit index, the
//! read index, and shows everybody that it leads: a round of heartbeats, begun after the read came. Once a majority has answered
//! that round and the read index is applied, it answers. Reads that come while a round is under way share the next one.
//!
//! With leases (§6.4.1) it need not ask as long as nobody else can have been elected: from the beginning of a round that a
//! majority answered, for the least election timeout, less what clocks may drift apart. That rests on servers which grant no
//! vote within that time of hearing from a leader, whatever term they see meanwhile, and whether or not they have restarted since
//! (`Server::may_have_promised`). A leader that has told another to take over has waived that protection: its `TimeoutNow` may
//! arrive at any time, so it has no lease any more in its term.

use crate::config::RaftConfig;
use crate::message::{Heartbeat, Message};
use crate::rare::Rare;
use crate::server::{Cx, Role, Server};
use crate::{Fact, ReadReason, Reason, Variant};
use protocol::{NodeId, NodeSet};
use replicated::{ClientReply, StateMachine};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;

/// A read that waits at the leader.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Waiting<S: StateMachine> {
    /// Whose.
    pub client: NodeId,
    /// The client's operation.
    pub sequence: u64,
    /// What tells it from what the client asked before it restarted.
    pub nonce: u64,
    /// What is read.
    pub command: Arc<S::Command>,
    /// The read index; `None` until the leader has committed an entry of its own term.
    pub index: Option<u64>,
    /// The round that has to be answered.
    pub round: u64,
}

/// A round of heartbeats from whose beginning a lease counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Begun {
    /// Which round.
    pub round: u64,
    /// When it began, on the leader's clock.
    pub at_us: u64,
    /// The least election timeout then.
    pub timeout_us: u64,
}

impl Begun {
    /// When the lease that it gives ends, on the leader's clock.
    pub(crate) fn until_us(&self, config: &RaftConfig, variant: Variant) -> u64 {
        let timeout_us = self.timeout_us.min(config.election_timeout_min_us);
        self.at_us
            + match variant {
                Variant::LeaseWithoutAllowance => timeout_us,
                _ => lease_us(timeout_us, config.clock_drift_permille),
            }
    }
}

/// What a leader keeps for reads without log entries.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Reads<S: StateMachine> {
    /// The number of the last round of heartbeats.
    pub round: u64,
    /// The newest round that a majority has answered.
    pub confirmed: u64,
    /// By server: the newest round that it has answered.
    #[serde(serialize_with = "crate::replication::by_server")]
    pub heard: Vec<u64>,
    /// With leases: the rounds that are not answered yet.
    pub begun: VecDeque<Begun>,
    /// With leases: the round from which the lease counts.
    pub lease: Option<Begun>,
    /// Whether there is no lease any more in this term: the leader has told another to take over.
    pub waived: bool,
    /// The reads that wait, in the order in which they came.
    pub waiting: VecDeque<Waiting<S>>,
}

/// How long a lease is (Ongaro 2014, §6.4.1): the election timeout divided by how much faster one clock may run than another.
///
/// Each clock may gain or lose `drift_permille`; one microsecond goes for clocks that are read in whole ones.
pub(crate) const fn lease_us(timeout_us: u64, drift_permille: u64) -> u64 {
    (timeout_us * (1000 - drift_permille) / (1000 + drift_permille)).saturating_sub(1)
}

impl<S: StateMachine> Reads<S> {
    /// For a leader that begins, if reads go without log entries.
    pub(crate) fn begin(config: &RaftConfig) -> Rare<Self> {
        if !config.reads_without_log() {
            return Rare::default();
        }
        Rare::from(Self {
            round: 0,
            confirmed: 0,
            heard: vec![0; config.servers_in_all().into()],
            begun: VecDeque::new(),
            lease: None,
            waived: false,
            waiting: VecDeque::new(),
        })
    }
}

impl<S: StateMachine> Server<S> {
    /// What this leader keeps for reads without log entries.
    pub fn reads(&self) -> Option<&Reads<S>> {
        self.reads.get()
    }

    /// Whether an entry of its own term is committed: before that a leader does not know all that is.
    fn knows_all_committed(&self) -> bool {
        self.log.term_at(self.commit_index) == Some(self.term)
    }

    /// A client reads.
    pub(crate) fn on_query(
        &mut self,
        cx: &mut Cx<'_, S>,
        client: NodeId,
        (sequence, nonce): (u64, u64),
        command: Arc<S::Command>,
    ) {
        let knows_all = self.knows_all_committed();
        let (config, variant) = (cx.config(), cx.variant());
        let reads = self.reads.get_mut().filter(|_| S::only_reads(&command));
        let Some(reads) = reads else {
            cx.note(Reason::Misdirected { from: client });
            return;
        };
        let lease = reads.lease.filter(|_| knows_all);
        let read = Waiting {
            client,
            sequence,
            nonce,
            command,
            index: None,
            round: 0,
        };
        if config.reads == "lease" {
            let until_us = lease.map_or(0, |lease| lease.until_us(config, variant));
            let left_us = until_us.saturating_sub(cx.now_us());
            if left_us > 0 {
                self.answer_read(cx, &read, Some(left_us));
                return;
            }
            cx.note(Reason::Read(ReadReason::NoLease { client, sequence }));
        } else if variant == Variant::ReadWithoutRound && knows_all {
            self.answer_read(cx, &read, None);
            return;
        }
        reads.waiting.push_back(read);
        if !knows_all {
            let term = self.term;
            cx.note(Reason::Read(ReadReason::WaitsForOwnTerm {
                client,
                sequence,
                term,
            }));
        }
        self.serve_reads(cx);
    }

    /// Gives reads their index and their round as soon as that can be, answers those whose round is answered, and begins a round
    /// if one is wanted and none is under way.
    pub(crate) fn serve_reads(&mut self, cx: &mut Cx<'_, S>) {
        let (knows_all, commit, applied) = (
            self.knows_all_committed(),
            self.commit_index,
            self.last_applied,
        );
        let Some(reads) = self.reads.get_mut() else {
            return;
        };
        if knows_all {
            // A round that began before a read came proves nothing about the time after.
            let round = reads.round + 1;
            for read in reads.waiting.iter_mut().filter(|read| read.index.is_none()) {
                (read.index, read.round) = (Some(commit), round);
                cx.note(Reason::Read(ReadReason::WaitsForRound {
                    client: read.client,
                    sequence: read.sequence,
                    index: commit,
                    round: round as u32,
                }));
            }
        }
        let confirmed = reads.confirmed;
        let ready = |read: &Waiting<S>| {
            read.round <= confirmed && read.index.is_some_and(|index| index <= applied)
        };
        let ready = reads.waiting.iter().take_while(|read| ready(read)).count();
        let answered: Vec<_> = reads.waiting.drain(..ready).collect();
        let wants = reads
            .waiting
            .back()
            .is_some_and(|read| read.round > reads.round);
        let begins = wants && reads.confirmed == reads.round;
        for read in &answered {
            self.answer_read(cx, read, None);
        }
        if begins {
            self.send_heartbeats(cx);
        }
    }

    /// Answers a read from the state as it is. What is answered is committed: it need not wait for this disk.
    fn answer_read(&mut self, cx: &mut Cx<'_, S>, read: &Waiting<S>, lease_us: Option<u64>) {
        let Waiting {
            client,
            sequence,
            nonce,
            ..
        } = *read;
        let output = self.machine.apply(&read.command);
        let index = self.last_applied;
        let reason = match lease_us {
            Some(left_us) => Reason::Read(ReadReason::ReadsByLease {
                client,
                sequence,
                index,
                left_us: left_us as u32,
            }),
            None => Reason::Read(ReadReason::ReadsByRound {
                client,
                sequence,
                index,
                round: read.round as u32,
            }),
        };
        cx.tell(Fact::AnsweredRead {
            client,
            sequence,
            nonce,
            command: read.command.clone(),
            output: Arc::new(output.clone()),
            index,
            by_lease: lease_us.is_some(),
        });
        let reply = Message::ClientReply(ClientReply::Queried {
            sequence,
            nonce,
            output,
        });
        cx.send_before_save(client, reply, reason);
    }

    /// Begins a round: its number, `None` where heartbeats are not counted. A lease that is over is no more.
    fn begin_round(&mut self, cx: &Cx<'_, S>) -> Option<u64> {
        let reads = self.reads.get_mut()?;
        let (config, now_us) = (cx.config(), cx.now_us());
        reads.round += 1;
        if config.reads == "lease" {
            reads.lease = reads
                .lease
                .filter(|lease| now_us < lease.until_us(config, cx.variant()));
            if !reads.waived {
                reads.begun.push_back(Begun {
                    round: reads.round,
                    at_us: now_us,
                    timeout_us: config.election_timeout_min_us,
                });
            }
        }
        Some(reads.round)
    }

    /// Shows everybody that this server leads; where reads go without log entries, as a round with a number.
    pub(crate) fn send_heartbeats(&mut self, cx: &mut Cx<'_, S>) {
        let round = self.begin_round(cx);
        let Role::Leader(leader) = &self.role else {
            return;
        };
        let term = self.term;
        for to in self.peers(cx).iter() {
            let mut prev_log_index = leader.progress[to.index()].next_index - 1;
            if prev_log_index < self.log.compacted() {
                // Of a compacted entry no term is known. The beginning is in every log.
                prev_log_index = 0;
            }
            let heartbeat = Heartbeat {
                term,
                prev_log_index,
                prev_log_term: self.log.term_at(prev_log_index).unwrap_or(0),
                leader_commit: self.commit_index,
                round: round.unwrap_or(0),
            };
            let (message, reason) = match round {
                None => (
                    Message::AppendEntries(heartbeat.into()),
                    Reason::Heartbeat { to, term },
                ),
                Some(round) => (
                    Message::Heartbeat(heartbeat),
                    Reason::Read(ReadReason::HeartbeatRound { to, term, round }),
                ),
            };
            cx.send_before_save(to, message, reason);
        }
        if let Some(round) = round {
            self.round_answered(cx, cx.me(), round);
        }
    }

    /// A follower has answered a round, in this leader's term.
    pub(crate) fn round_answered(&mut self, cx: &mut Cx<'_, S>, from: NodeId, round: u64) {
        let quorum = self.quorum(cx);
        let Some(reads) = self.reads.get_mut() else {
            return;
        };
        let Some(heard) = reads.heard.get_mut(from.index()) else {
            return;
        };
        *heard = round.max(*heard);
        if round <= reads.confirmed {
            return;
        }
        let all = (0..).map(NodeId).zip(&reads.heard);
        let who: NodeSet = all
            .filter(|(_, heard)| **heard >= round)
            .map(|(node, _)| node)
            .collect();
        if from != cx.me() {
            cx.note(Reason::Read(ReadReason::CountsRound {
                from,
                round,
                have: quorum.voters.and(who).len() as u16,
                need: quorum.need() as u16,
            }));
        }
        // Enough to know that nobody else has been elected before it began.
        if !quorum.is_reached(who) {
            return;
        }
        reads.confirmed = round;
        while let Some(begun) = reads.begun.pop_front_if(|begun| begun.round <= round) {
            reads.lease = Some(begun);
        }
        if !reads.waiting.is_empty() {
            self.serve_reads(cx);
        }
    }

    /// The leader has told another to take over: others need not stand by it from now on, whenever they are asked.
    pub(crate) fn waive_lease(&mut self, cx: &mut Cx<'_, S>, to: NodeId) {
        if cx.config().reads != "lease" {
            return;
        }
        if let Some(reads) = self.reads.get_mut() {
            (reads.waived, reads.lease) = (true, None);
            reads.begun.clear();
            cx.note(Reason::Read(ReadReason::WaivesLease { to }));
        }
    }

    /// This server leads no longer: who waits for a read is to ask another.
    pub(crate) fn turn_reads_away(&mut self, cx: &mut Cx<'_, S>) {
        let Some(reads) = self.reads.take() else {
            return;
        };
        for read in &reads.waiting {
            let Waiting {
                client, sequence, ..
            } = *read;
            let hint = None;
            let reply = Message::ClientReply(ClientReply::NotLeader { sequence, hint });
            cx.send(client, reply, Reason::KnowsNoLeader { client });
        }
    }

    /// With leases: up to when, on its own clock, this server grants no vote because it may have acknowledged a leader that it does
    /// not know any more.
    pub fn votes_from_us(&self, config: &RaftConfig) -> Option<u64> {
        let rests = config.reads == "lease" && self.leader.is_none();
        let heard_us = self.heard_us.filter(|_| rests)?;
        Some(heard_us + config.election_timeout_min_us)
    }

    /// With leases: why this server, which knows no leader, refuses a vote all the same. It has restarted, or seen a newer term,
    /// within the least election timeout, and a leader may rest on what it answered before.
    pub(crate) fn may_have_promised(&self, cx: &Cx<'_, S>, candidate: NodeId) -> Option<Reason> {
        let until_us = self.votes_from_us(cx.config())?;
        let lease_us = cx.config().election_timeout_min_us;
        let since_us = (cx.now_us() + lease_us).saturating_sub(until_us);
        (since_us < lease_us).then_some(Reason::Read(ReadReason::MayHavePromised {
            candidate,
            since_us,
            lease_us,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The slowest clock measures the lease, the fastest one the election timeout: in true time the lease is over first.
    #[test]
    fn a_lease_is_over_before_anybody_may_be_elected() {
        for (timeout_us, drift) in [(150_000, 200), (150_000, 900), (1_000, 333), (7, 200)] {
            let lease = lease_us(timeout_us, drift) as f64 / (1.0 - drift as f64 / 1e3);
            let timeout = timeout_us as f64 / (1.0 + drift as f64 / 1e3);
            assert!(lease < timeout, "{timeout_us} {drift}");
            assert!(timeout - lease < 5.0 + timeout / 1e3 || drift > 800);
        }
    }
}
