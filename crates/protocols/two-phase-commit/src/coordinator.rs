//! The coordinator: it begins transactions, counts votes, decides, and tells the decision until everybody has it.
//!
//! It knows of no other coordinator, and nothing of what is in an account.

use crate::bank::{Answer, Op, Refusal, Work};
use crate::disk::{Disk, Record};
use crate::message::{Message, Vote};
use crate::node::{Node, Timer};
use crate::{Fact, Reason, Variant};
use protocol::{Context, Input, NodeId, SharedVec};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) type Cx<'a> = Context<'a, Node>;

/// So many numbers are reserved at once: one record for ten transactions.
const RESERVE: u64 = 10;

/// How far a transaction is.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// First phase: these voted yes.
    Voting(BTreeSet<NodeId>),
    /// Three phases: everybody voted yes, and these know it.
    PreCommitting(BTreeSet<NodeId>),
    /// Decided: these have acknowledged the commit.
    Committing(BTreeSet<NodeId>),
    /// Three phases: everybody voted yes, but the coordinator was down since. It asks what came of it.
    Recovering,
}

/// A transaction that is not forgotten.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Transaction {
    /// What it does.
    pub work: Arc<Work>,
    /// For whom, and which of its requests.
    pub request: (NodeId, u64),
    /// How far it is.
    pub phase: Phase,
    /// When the coordinator stops waiting, on its own clock.
    deadline_us: u64,
}

/// A coordinator.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Coordinator {
    /// Its log.
    log: SharedVec<Record>,
    /// How many numbers it has given, over all its lives.
    given: u64,
    /// How many it may give.
    reserved: u64,
    /// What it has not forgotten.
    open: BTreeMap<u64, Transaction>,
    /// The newest request of each client, and its answer once there is one.
    requests: BTreeMap<NodeId, (u64, Option<Answer>)>,
    /// When its timers fire: votes, and acknowledgements.
    armed: [Option<u64>; 2],
}

impl Coordinator {
    /// Its log.
    pub const fn log(&self) -> &SharedVec<Record> {
        &self.log
    }

    /// What it has not forgotten.
    pub const fn open(&self) -> &BTreeMap<u64, Transaction> {
        &self.open
    }

    /// Whether it has decided to commit this, and not forgotten it.
    pub fn commits(&self, tx: u64) -> bool {
        let phase = self.open.get(&tx).map(|open| &open.phase);
        matches!(phase, Some(Phase::Committing(_)))
    }

    /// The newest request of a client that it knows, and whether it has answered it.
    pub fn request(&self, client: NodeId) -> Option<(u64, bool)> {
        let (number, answer) = self.requests.get(&client)?;
        Some((*number, answer.is_some()))
    }

    pub(crate) fn boot(cx: &mut Cx<'_>, disk: &Disk) -> Self {
        let mut me = Self {
            log: disk.log.clone(),
            given: disk.reserved,
            reserved: disk.reserved,
            open: BTreeMap::new(),
            requests: BTreeMap::new(),
            armed: [None; 2],
        };
        for (client, (number, tx)) in &disk.done {
            let answer = Answer::Committed { tx: *tx };
            me.requests.insert(*client, (*number, Some(answer)));
        }
        let commits = disk.commits.iter().map(|open| (open, true));
        let pre_committing = disk.pre_committing.iter().map(|open| (open, false));
        for ((tx, (work, request)), committed) in commits.chain(pre_committing) {
            let phase = if committed {
                Phase::Committing(BTreeSet::new())
            } else {
                me.requests.insert(request.0, (request.1, None));
                Phase::Recovering
            };
            let transaction = Transaction {
                work: work.clone(),
                request: *request,
                phase,
                deadline_us: 0,
            };
            me.open.insert(*tx, transaction);
        }
        if !me.log.is_empty() {
            let open = me.open.len() as u64;
            cx.tell(Fact::Recovered { open });
        }
        let open: Vec<u64> = me.open.keys().copied().collect();
        for tx in open {
            me.again(cx, tx);
        }
        me.arm(cx);
        me
    }

    pub(crate) fn on(&mut self, cx: &mut Cx<'_>, input: Input<Node>) {
        match input {
            Input::Message { from, message } => self.on_message(cx, from, message),
            Input::Timer(timer) => {
                let place = usize::from(timer != Timer::Votes);
                self.armed[place] = None;
                let now_us = cx.now_us();
                let due = |(tx, open): (&u64, &Transaction)| {
                    let mine = place == usize::from(!matches!(open.phase, Phase::Voting(_)));
                    (mine && open.deadline_us <= now_us).then_some(*tx)
                };
                let due: Vec<u64> = self.open.iter().filter_map(due).collect();
                due.into_iter().for_each(|tx| self.on_deadline(cx, tx));
            }
            Input::Request { .. } | Input::Saved(_) => {}
        }
        self.arm(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: NodeId, message: Message) {
        match message {
            Message::Request { number, op } => self.on_request(cx, from, number, &op),
            Message::Vote { tx, vote } => self.on_vote(cx, from, tx, vote),
            Message::PreCommitAck { tx } => self.on_pre_commit_ack(cx, from, tx),
            Message::Ack { tx } => self.on_ack(cx, from, tx),
            Message::Inquiry { tx } => self.on_inquiry(cx, from, tx),
            Message::Commit { tx } => match self.open.get(&tx).map(|open| &open.phase) {
                // The participants decided without it.
                Some(Phase::Recovering | Phase::PreCommitting(_)) => self.commit(cx, tx),
                _ => cx.note(Reason::NoUse { tx, from }),
            },
            Message::Abort { tx } => match self.open.get(&tx).map(|open| &open.phase) {
                Some(Phase::Recovering | Phase::PreCommitting(_)) => {
                    self.save(cx, Record::End { tx });
                    self.abort(cx, tx, Refusal::Termination, Some(from));
                }
                Some(Phase::Committing(_)) => cx.tell(Fact::Contradicted { tx, by: from }),
                _ => cx.note(Reason::NoUse { tx, from }),
            },
            Message::Undecided { tx, .. } => cx.note(Reason::HearsNothingNew { tx, from }),
            _ => cx.note(Reason::Misdirected { from }),
        }
    }

    /// A client asks. A repetition is recognised by its number.
    fn on_request(&mut self, cx: &mut Cx<'_>, client: NodeId, number: u64, op: &Op) {
        match self.requests.get(&client) {
            Some((newest, Some(answer))) if *newest == number => {
                let answer = *answer;
                let reason = Reason::AnswersAgain { client, number };
                cx.send(client, Message::Reply { number, answer }, reason);
                return;
            }
            Some((newest, None)) if *newest == number => {
                return cx.note(Reason::UnderWay { client, number });
            }
            Some((newest, _)) if *newest > number => {
                let newest = *newest;
                return cx.note(Reason::OldRequest {
                    client,
                    number,
                    newest,
                });
            }
            _ => {}
        }
        self.requests.insert(client, (number, None));
        let tx = self.number(cx);
        let work = Arc::new(op.work(cx.config(), cx.me()));
        let parties: Vec<NodeId> = work.nodes().collect();
        cx.tell(Fact::Began {
            tx,
            client,
            parties: parties.clone(),
        });
        for to in parties {
            let work = work.clone();
            cx.send(
                to,
                Message::Prepare { tx, work },
                Reason::Prepares { tx, to },
            );
        }
        let transaction = Transaction {
            work,
            request: (client, number),
            phase: Phase::Voting(BTreeSet::new()),
            deadline_us: cx.now_us() + cx.config().vote_timeout_us,
        };
        self.open.insert(tx, transaction);
    }

    /// A number that no transaction ever had: coordinators take turns.
    fn number(&mut self, cx: &mut Cx<'_>) -> u64 {
        if self.given == self.reserved {
            self.reserved += RESERVE;
            let last = self.reserved;
            self.save(cx, Record::Reserved { last });
        }
        self.given += 1;
        (self.given - 1) * cx.config().coordinators + u64::from(cx.me().0) + 1
    }

    fn on_vote(&mut self, cx: &mut Cx<'_>, from: NodeId, tx: u64, vote: Vote) {
        let Some(open) = self.open.get_mut(&tx) else {
            // Nothing is known of it: it is aborted.
            match vote {
                Vote::Yes => self.presume(cx, from, tx),
                Vote::No(_) | Vote::Read(_) => cx.note(Reason::NoUse { tx, from }),
            }
            return;
        };
        let Phase::Voting(yes) = &mut open.phase else {
            return cx.note(Reason::NoUse { tx, from });
        };
        match vote {
            Vote::No(why) => self.abort(cx, tx, why, Some(from)),
            Vote::Read(value) => {
                let value = value.unsigned_abs();
                self.open.remove(&tx).into_iter().for_each(|open| {
                    self.answer(cx, tx, open.request, Answer::Balance { value });
                });
            }
            Vote::Yes => {
                yes.insert(from);
                let (voted, parties) = (yes.len() as u64, open.work.parties.len() as u64);
                cx.note(Reason::CountsVote {
                    tx,
                    from,
                    voted,
                    parties,
                });
                if voted == parties {
                    if cx.config().three_phase() {
                        self.pre_commit(cx, tx);
                    } else {
                        self.commit(cx, tx);
                    }
                }
            }
        }
    }

    /// Three phases: everybody voted yes. Nobody commits before everybody knows it.
    fn pre_commit(&mut self, cx: &mut Cx<'_>, tx: u64) {
        let Some(open) = self.open.get_mut(&tx) else {
            return;
        };
        open.phase = Phase::PreCommitting(BTreeSet::new());
        open.deadline_us = cx.now_us() + cx.config().answer_timeout_us;
        let (work, request) = (open.work.clone(), open.request);
        let record = Record::PreCommitting {
            tx,
            work: work.clone(),
            request,
        };
        self.save(cx, record);
        cx.tell(Fact::PreCommits { tx });
        for to in work.nodes() {
            cx.send(
                to,
                Message::PreCommit { tx },
                Reason::SaysAllVotedYes { tx, to },
            );
        }
    }

    fn on_pre_commit_ack(&mut self, cx: &mut Cx<'_>, from: NodeId, tx: u64) {
        let open = self.open.get_mut(&tx);
        let Some((Phase::PreCommitting(acks), work)) = open.map(|o| (&mut o.phase, &o.work)) else {
            return cx.note(Reason::NoUse { tx, from });
        };
        acks.insert(from);
        let (have, parties) = (acks.len() as u64, work.parties.len() as u64);
        cx.note(Reason::CountsAck {
            tx,
            from,
            have,
            parties,
        });
        if have == parties {
            self.commit(cx, tx);
        }
    }

    /// Decides to commit: the record first, then everybody is told.
    fn commit(&mut self, cx: &mut Cx<'_>, tx: u64) {
        let Some(open) = self.open.get_mut(&tx) else {
            return;
        };
        open.phase = Phase::Committing(BTreeSet::new());
        open.deadline_us = cx.now_us() + cx.config().answer_timeout_us;
        let (work, request) = (open.work.clone(), open.request);
        if cx.variant() != Variant::DecisionNotLogged {
            let record = Record::CommitDecided {
                tx,
                work: work.clone(),
                request,
            };
            self.save(cx, record);
        }
        let parties = work.nodes().collect();
        cx.tell(Fact::DecidedCommit { tx, parties });
        for to in work.nodes() {
            cx.send(to, Message::Commit { tx }, Reason::TellsCommit { tx, to });
        }
        self.answer(cx, tx, request, Answer::Committed { tx });
    }

    /// Decides to abort: no record, and nothing is remembered. `knows` has aborted already.
    fn abort(&mut self, cx: &mut Cx<'_>, tx: u64, why: Refusal, knows: Option<NodeId>) {
        let Some(open) = self.open.remove(&tx) else {
            return;
        };
        cx.tell(Fact::DecidedAbort { tx, why });
        for to in open.work.nodes().filter(|node| Some(*node) != knows) {
            cx.send(
                to,
                Message::Abort { tx },
                Reason::TellsAbort { tx, to, why },
            );
        }
        self.answer(cx, tx, open.request, Answer::Aborted { tx, why });
    }

    fn answer(&mut self, cx: &mut Cx<'_>, tx: u64, request: (NodeId, u64), answer: Answer) {
        let (client, number) = request;
        if let Some((newest, slot)) = self.requests.get_mut(&client)
            && *newest == number
        {
            *slot = Some(answer);
        }
        let reason = Reason::Answers { tx, client, number };
        cx.send(client, Message::Reply { number, answer }, reason);
    }

    fn on_ack(&mut self, cx: &mut Cx<'_>, from: NodeId, tx: u64) {
        let open = self.open.get_mut(&tx);
        let Some((Phase::Committing(acks), work)) = open.map(|o| (&mut o.phase, &o.work)) else {
            return cx.note(Reason::NoUse { tx, from });
        };
        acks.insert(from);
        let (have, parties) = (acks.len() as u64, work.parties.len() as u64);
        cx.note(Reason::CountsAck {
            tx,
            from,
            have,
            parties,
        });
        if have == parties {
            self.open.remove(&tx);
            self.save(cx, Record::End { tx });
            cx.tell(Fact::Ended { tx });
        }
    }

    fn on_inquiry(&mut self, cx: &mut Cx<'_>, to: NodeId, tx: u64) {
        let Some(open) = self.open.get(&tx) else {
            return self.presume(cx, to, tx);
        };
        let (message, reason) = match open.phase {
            Phase::Committing(_) => (Message::Commit { tx }, Reason::KnowsCommit { tx, to }),
            Phase::Voting(_) | Phase::PreCommitting(_) | Phase::Recovering => (
                Message::Undecided {
                    tx,
                    recovered: open.phase == Phase::Recovering,
                    pre_committed: !matches!(open.phase, Phase::Voting(_)),
                },
                Reason::NotDecided { tx, to },
            ),
        };
        cx.send(to, message, reason);
    }

    /// What it knows nothing of is aborted: commits are remembered until nobody can ask any more.
    fn presume(&self, cx: &mut Cx<'_>, to: NodeId, tx: u64) {
        cx.tell(Fact::PresumedAbort { tx, by: to });
        cx.send(to, Message::Abort { tx }, Reason::KnowsNothing { tx, to });
    }

    fn on_deadline(&mut self, cx: &mut Cx<'_>, tx: u64) {
        let Some(open) = self.open.get(&tx) else {
            return;
        };
        match &open.phase {
            Phase::Voting(_) => self.abort(cx, tx, Refusal::Silence, None),
            Phase::PreCommitting(acks) => {
                // Under the timing that three phases assume, who does not acknowledge has crashed.
                let missing = open.work.parties.len() as u64 - acks.len() as u64;
                cx.note(Reason::PassesOver { tx, missing });
                self.commit(cx, tx);
            }
            Phase::Committing(_) | Phase::Recovering => self.again(cx, tx),
        }
    }

    /// Tells a commit to those that have not acknowledged it; or asks what came of a transaction.
    fn again(&mut self, cx: &mut Cx<'_>, tx: u64) {
        let Some(open) = self.open.get_mut(&tx) else {
            return;
        };
        open.deadline_us = cx.now_us() + cx.config().answer_timeout_us;
        match &open.phase {
            Phase::Committing(acks) => {
                let (have, parties) = (acks.len() as u64, open.work.parties.len() as u64);
                for to in open.work.nodes().filter(|node| !acks.contains(node)) {
                    let reason = Reason::TellsCommitAgain {
                        tx,
                        to,
                        have,
                        parties,
                    };
                    cx.send(to, Message::Commit { tx }, reason);
                }
            }
            Phase::Recovering => {
                for to in open.work.nodes() {
                    cx.send(to, Message::Inquiry { tx }, Reason::AsksDecision { tx, to });
                }
            }
            Phase::Voting(_) | Phase::PreCommitting(_) => {}
        }
    }

    fn save(&mut self, cx: &mut Cx<'_>, record: Record) {
        self.log.push(record.clone());
        cx.save(record);
    }

    /// Sets both timers to what is due first.
    fn arm(&mut self, cx: &mut Cx<'_>) {
        for (place, timer) in [Timer::Votes, Timer::Acks].into_iter().enumerate() {
            let mine =
                |open: &Transaction| place == usize::from(!matches!(open.phase, Phase::Voting(_)));
            let first = self.open.iter().filter(|(_, open)| mine(open));
            let first = first.min_by_key(|(_, open)| open.deadline_us);
            let due = first.map(|(_, open)| open.deadline_us);
            if due == self.armed[place] {
                continue;
            }
            self.armed[place] = due;
            match first {
                None => cx.cancel_timer(timer),
                Some((tx, open)) => {
                    let parties = open.work.parties.len() as u64;
                    let reason = match &open.phase {
                        Phase::Voting(yes) => Reason::AwaitsVotes {
                            tx: *tx,
                            voted: yes.len() as u64,
                            parties,
                        },
                        Phase::PreCommitting(acks) | Phase::Committing(acks) => {
                            Reason::AwaitsAcks {
                                tx: *tx,
                                have: acks.len() as u64,
                                parties,
                            }
                        }
                        Phase::Recovering => Reason::AwaitsDecision { tx: *tx },
                    };
                    let wait_us = open.deadline_us.saturating_sub(cx.now_us());
                    cx.set_timer(timer, wait_us, wait_us, reason);
                }
            }
        }
    }
}
