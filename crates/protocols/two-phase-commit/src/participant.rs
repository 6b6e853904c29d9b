//! The participant: it keeps accounts, takes locks, votes, and obeys the decision.
//!
//! What it does while the decision does not come stands in `termination` and `three_phase`.

use crate::bank::{Account, Refusal, Work};
use crate::coordinator::Cx;
use crate::disk::{Disk, Outcome, Record};
use crate::locks::Locks;
use crate::message::{Message, Vote};
use crate::node::{Node, Timer};
use crate::three_phase::Lead;
use crate::{Fact, Reason, Variant};
use protocol::{Distribution, Input, NodeId, Purpose, SharedVec};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const WILL: Purpose = Purpose::new("vote");

/// A transaction that waits for locks: it has not voted.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Waiting {
    /// What it does.
    pub work: Arc<Work>,
    /// Since when, on the participant's clock.
    since_us: u64,
}

/// A transaction that it voted yes to, and knows no outcome of.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct InDoubt {
    /// What it does.
    pub work: Arc<Work>,
    /// Whether it knows that everybody voted yes (three phases).
    pub pre_committed: bool,
    /// Whether it was down since it voted.
    pub recovered: bool,
    /// Whether nobody who answers knows the outcome.
    pub blocked: bool,
    /// How many rounds of inquiries it has made.
    pub(crate) rounds: u64,
    /// Who answered in this round without knowing: (was down since it voted, knows that everybody voted yes).
    pub(crate) ignorant: BTreeMap<NodeId, (bool, bool)>,
    /// Whom it follows in the coordinator's place (three phases).
    pub(crate) leader: Option<NodeId>,
    /// What it does in the coordinator's place itself (three phases).
    pub(crate) lead: Option<Lead>,
    /// When it stops waiting, on its own clock.
    pub(crate) deadline_us: u64,
}

impl InDoubt {
    const fn new(work: Arc<Work>, pre_committed: bool, recovered: bool, deadline_us: u64) -> Self {
        Self {
            work,
            pre_committed,
            recovered,
            blocked: false,
            rounds: 0,
            ignorant: BTreeMap::new(),
            leader: None,
            lead: None,
            deadline_us,
        }
    }
}

/// A participant.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Participant {
    /// Its log.
    log: SharedVec<Record>,
    /// What is in each account, as far as it is committed.
    balances: Vec<i64>,
    /// The locks.
    locks: Locks,
    /// What waits for locks, by transaction.
    waiting: BTreeMap<u64, Waiting>,
    /// What it is in doubt of, by transaction.
    pub(crate) doubts: BTreeMap<u64, InDoubt>,
    /// How transactions ended here.
    outcomes: Arc<BTreeMap<u64, Outcome>>,
    /// When its timers fire: locks, and decisions.
    armed: [Option<u64>; 2],
}

impl Participant {
    /// Its log.
    pub const fn log(&self) -> &SharedVec<Record> {
        &self.log
    }

    /// What is in each account.
    pub fn balances(&self) -> &[i64] {
        &self.balances
    }

    /// The locks.
    pub const fn locks(&self) -> &Locks {
        &self.locks
    }

    /// What waits for locks.
    pub const fn waiting(&self) -> &BTreeMap<u64, Waiting> {
        &self.waiting
    }

    /// What it is in doubt of.
    pub const fn doubts(&self) -> &BTreeMap<u64, InDoubt> {
        &self.doubts
    }

    /// How transactions ended here.
    pub fn outcomes(&self) -> &BTreeMap<u64, Outcome> {
        &self.outcomes
    }

    /// The transaction that it shows: the oldest that it is in doubt of, or else that waits.
    pub fn shown(&self) -> Option<u64> {
        let doubt = self.doubts.keys().next();
        doubt.or_else(|| self.waiting.keys().next()).copied()
    }

    /// From the log and nothing else: what it had prepared is in doubt, and locked, again.
    pub(crate) fn boot(cx: &mut Cx<'_>, disk: &Disk) -> Self {
        let config = cx.config();
        let balance = |slot: u64| {
            let moved = disk.moved.get(&(slot as u8)).copied();
            config.balance as i64 + moved.unwrap_or(0)
        };
        let mut me = Self {
            log: disk.log.clone(),
            balances: (0..config.accounts).map(balance).collect(),
            locks: Locks::new(config.accounts),
            waiting: BTreeMap::new(),
            doubts: BTreeMap::new(),
            outcomes: disk.outcomes.clone(),
            armed: [None; 2],
        };
        for (tx, (work, pre_committed)) in &disk.prepared {
            me.locks.take(*tx, work.at(cx.me()));
            let doubt = InDoubt::new(work.clone(), *pre_committed, true, cx.now_us());
            me.doubts.insert(*tx, doubt);
        }
        if !me.log.is_empty() {
            let open = me.doubts.len() as u64;
            cx.tell(Fact::Recovered { open });
        }
        let open: Vec<u64> = me.doubts.keys().copied().collect();
        open.into_iter().for_each(|tx| me.inquire(cx, tx));
        me.arm(cx);
        me
    }

    pub(crate) fn on(&mut self, cx: &mut Cx<'_>, input: Input<Node>) {
        match input {
            Input::Message { from, message } => self.on_message(cx, from, message),
            Input::Timer(Timer::Lock) => {
                self.armed[0] = None;
                self.on_lock_timeout(cx);
            }
            Input::Timer(_) => {
                self.armed[1] = None;
                let now_us = cx.now_us();
                let due = self
                    .doubts
                    .iter()
                    .filter(|(_, doubt)| doubt.deadline_us <= now_us);
                let due: Vec<u64> = due.map(|(tx, _)| *tx).collect();
                due.into_iter().for_each(|tx| self.on_silence(cx, tx));
            }
            Input::Request { .. } | Input::Saved(_) => {}
        }
        self.arm(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: NodeId, message: Message) {
        match message {
            Message::Prepare { tx, work } => self.on_prepare(cx, from, tx, work),
            Message::Commit { tx } => self.on_commit(cx, from, tx),
            Message::Abort { tx } => self.on_abort(cx, from, tx),
            Message::Inquiry { tx } => self.on_inquiry(cx, from, tx),
            Message::Undecided {
                tx,
                recovered,
                pre_committed,
            } => {
                self.on_undecided(cx, from, tx, (recovered, pre_committed));
            }
            Message::PreCommit { tx } => self.on_pre_commit(cx, from, tx),
            Message::PreCommitAck { tx } => self.on_made_sure(cx, from, tx),
            Message::Elect { tx } => self.on_elect(cx, from, tx),
            Message::StateRequest { tx } => self.on_state_request(cx, from, tx),
            Message::StateReport { tx, pre_committed } => {
                self.on_state_report(cx, from, tx, pre_committed);
            }
            _ => cx.note(Reason::Misdirected { from }),
        }
    }

    // ---- the first phase ----

    fn on_prepare(&mut self, cx: &mut Cx<'_>, from: NodeId, tx: u64, work: Arc<Work>) {
        if self.outcomes.contains_key(&tx) {
            let vote = Vote::No(Refusal::Over);
            return cx.send(from, Message::Vote { tx, vote }, Reason::AlreadyOver { tx });
        }
        if self.doubts.contains_key(&tx) {
            let reason = Reason::VotesYesAgain { tx, to: from };
            return cx.send(
                from,
                Message::Vote {
                    tx,
                    vote: Vote::Yes,
                },
                reason,
            );
        }
        if self.waiting.contains_key(&tx) {
            return cx.note(Reason::StillWaiting { tx });
        }
        let rivals = self.locks.rivals(tx, work.at(cx.me()));
        let Some(&rival) = rivals.iter().min() else {
            return self.vote(cx, tx, work);
        };
        // Wait-die: only the older waits, so that waiting never goes round in a circle.
        let refusal = match cx.config().locks {
            "no-wait" => Some(Reason::LockTaken { tx, owner: rival }),
            "wait-die" if tx > rival => Some(Reason::Dies { tx, owner: rival }),
            _ => None,
        };
        match refusal {
            Some(reason) => self.vote_no(cx, tx, &work, Refusal::Locked, reason),
            None => {
                cx.note(Reason::WaitsForLock { tx, owner: rival });
                let since_us = cx.now_us();
                self.waiting.insert(tx, Waiting { work, since_us });
            }
        }
    }

    /// The locks are free: votes.
    fn vote(&mut self, cx: &mut Cx<'_>, tx: u64, work: Arc<Work>) {
        let to = work.coordinator;
        let changes = work.at(cx.me());
        if work.read {
            let slot = changes.first().map_or(0, |(slot, _)| *slot);
            let value = self.balances.get(usize::from(slot)).copied().unwrap_or(0);
            let reason = Reason::ReadsOnly {
                tx,
                value: value.unsigned_abs(),
            };
            let vote = Vote::Read(value);
            return cx.send(to, Message::Vote { tx, vote }, reason);
        }
        for (slot, change) in changes {
            let balance = self.balances.get(usize::from(*slot)).copied().unwrap_or(0);
            if balance + change < 0 {
                let place = cx.config().place(cx.me()).unwrap_or(0) as u8;
                let reason = Reason::TooLittle {
                    tx,
                    account: Account { place, slot: *slot },
                    balance: balance.unsigned_abs(),
                    needs: change.unsigned_abs(),
                };
                return self.vote_no(cx, tx, &work, Refusal::Funds, reason);
            }
        }
        let drawn = cx.sample(WILL.nth(tx), &Distribution::Uniform { min: 0, max: 999 });
        if drawn < cx.config().vote_no_permille {
            return self.vote_no(cx, tx, &work, Refusal::Will, Reason::WillNot { tx });
        }
        if cx.variant() != Variant::LocksReleasedEarly {
            self.locks.take(tx, changes);
        }
        if cx.variant() != Variant::VoteNotLogged {
            self.save(
                cx,
                Record::Prepared {
                    tx,
                    work: work.clone(),
                },
            );
        }
        let deadline_us = cx.now_us() + cx.config().decision_timeout_us;
        self.doubts
            .insert(tx, InDoubt::new(work, false, false, deadline_us));
        cx.tell(Fact::Prepared { tx });
        cx.send(
            to,
            Message::Vote {
                tx,
                vote: Vote::Yes,
            },
            Reason::VotesYes { tx, to },
        );
    }

    /// Votes no: it is aborted here. That is nowhere recorded; what knows nothing has aborted.
    fn vote_no(&mut self, cx: &mut Cx<'_>, tx: u64, work: &Work, why: Refusal, reason: Reason) {
        if !work.read {
            cx.tell(Fact::VotedNo { tx, why });
        }
        let vote = Vote::No(why);
        cx.send(work.coordinator, Message::Vote { tx, vote }, reason);
    }

    fn on_lock_timeout(&mut self, cx: &mut Cx<'_>) {
        let (now_us, patience_us) = (cx.now_us(), cx.config().lock_timeout_us);
        let over = |waiting: &Waiting| waiting.since_us + patience_us <= now_us;
        let due = self.waiting.iter().filter(|(_, waiting)| over(waiting));
        let due: Vec<u64> = due.map(|(tx, _)| *tx).collect();
        for tx in due {
            if let Some(waiting) = self.waiting.remove(&tx) {
                let waited_us = now_us - waiting.since_us;
                let reason = Reason::WaitedTooLong { tx, waited_us };
                self.vote_no(cx, tx, &waiting.work, Refusal::Locked, reason);
            }
        }
    }

    /// Gives up the locks of a transaction, and lets those that wait go on: with wait-die the youngest first, so that all that
    /// wait on are older than the new owner; otherwise the one that waits longest.
    fn release(&mut self, cx: &mut Cx<'_>, tx: u64) {
        self.locks.release(tx);
        let mut order: Vec<(u64, u64)> = self
            .waiting
            .iter()
            .map(|(tx, w)| (w.since_us, *tx))
            .collect();
        if cx.config().locks == "wait-die" {
            order.sort_unstable_by_key(|(_, tx)| std::cmp::Reverse(*tx));
        } else {
            order.sort_unstable();
        }
        for (_, next) in order {
            let work = match self.waiting.get(&next) {
                Some(waiting) if self.locks.rivals(next, waiting.work.at(cx.me())).is_empty() => {
                    waiting.work.clone()
                }
                _ => continue,
            };
            self.waiting.remove(&next);
            self.vote(cx, next, work);
        }
    }

    // ---- the second phase ----

    fn on_commit(&mut self, cx: &mut Cx<'_>, from: NodeId, tx: u64) {
        if self.doubts.contains_key(&tx) {
            return self.commit(cx, tx, from);
        }
        match self.outcomes.get(&tx) {
            Some(Outcome::Aborted | Outcome::Refused) => {
                cx.tell(Fact::Contradicted { tx, by: from });
            }
            // Nothing is known of it: it was committed before, and the acknowledgement was lost.
            Some(Outcome::Committed) | None if cx.config().is_coordinator(from) => {
                let reason = Reason::Acknowledges { tx, to: from };
                cx.send(from, Message::Ack { tx }, reason);
            }
            Some(Outcome::Committed) | None => cx.note(Reason::KnowsAlready { tx, from }),
        }
    }

    /// Commits what is in doubt: the record first, then the acknowledgement.
    pub(crate) fn commit(&mut self, cx: &mut Cx<'_>, tx: u64, by: NodeId) {
        let Some(doubt) = self.doubts.remove(&tx) else {
            return;
        };
        let changes = doubt.work.at(cx.me()).to_vec();
        for (slot, change) in &changes {
            if let Some(balance) = self.balances.get_mut(usize::from(*slot)) {
                *balance += change;
            }
        }
        Arc::make_mut(&mut self.outcomes).insert(tx, Outcome::Committed);
        self.save(cx, Record::Committed { tx, changes });
        cx.tell(Fact::Committed { tx, by });
        if doubt.blocked {
            cx.tell(Fact::Unblocked { tx });
        }
        let to = doubt.work.coordinator;
        cx.send(to, Message::Ack { tx }, Reason::Acknowledges { tx, to });
        self.release(cx, tx);
    }

    fn on_abort(&mut self, cx: &mut Cx<'_>, from: NodeId, tx: u64) {
        if self.doubts.contains_key(&tx) {
            return self.abort(cx, tx, from);
        }
        match self.outcomes.get(&tx) {
            // The last acknowledgement overtook its inquiry, and the coordinator had forgotten the commit.
            Some(Outcome::Committed) if cx.config().is_coordinator(from) => {
                cx.note(Reason::KnowsAlready { tx, from });
            }
            Some(Outcome::Committed) => cx.tell(Fact::Contradicted { tx, by: from }),
            Some(Outcome::Aborted | Outcome::Refused) => cx.note(Reason::KnowsAlready { tx, from }),
            None => {
                // It has not voted: a request to prepare that comes later finds it over.
                Arc::make_mut(&mut self.outcomes).insert(tx, Outcome::Aborted);
                self.waiting.remove(&tx);
                cx.note(Reason::KnowsAlready { tx, from });
            }
        }
    }

    /// Aborts what is in doubt. The record is not forced: without it, it would ask again, and hear the same.
    pub(crate) fn abort(&mut self, cx: &mut Cx<'_>, tx: u64, by: NodeId) {
        let Some(doubt) = self.doubts.remove(&tx) else {
            return;
        };
        Arc::make_mut(&mut self.outcomes).insert(tx, Outcome::Aborted);
        self.save(cx, Record::Aborted { tx });
        cx.tell(Fact::Aborted { tx, by });
        if doubt.blocked {
            cx.tell(Fact::Unblocked { tx });
        }
        self.release(cx, tx);
    }

    /// Another participant asks, and this one has not voted: it never will, and says so. The record is forced, for the other
    /// one aborts on the strength of it.
    pub(crate) fn refuse(&mut self, cx: &mut Cx<'_>, tx: u64, to: NodeId) {
        self.waiting.remove(&tx);
        Arc::make_mut(&mut self.outcomes).insert(tx, Outcome::Refused);
        self.save(cx, Record::Refused { tx });
        cx.tell(Fact::Refused { tx, by: to });
        cx.send(to, Message::Abort { tx }, Reason::RefusesFor { tx, to });
    }

    pub(crate) fn save(&mut self, cx: &mut Cx<'_>, record: Record) {
        self.log.push(record.clone());
        cx.save(record);
    }

    /// Sets both timers to what is due first.
    fn arm(&mut self, cx: &mut Cx<'_>) {
        let patience_us = cx.config().lock_timeout_us;
        let timed = cx.config().locks == "wait-timeout";
        let waiting = self.waiting.iter().filter(|_| timed);
        let waiting = waiting
            .map(|(tx, waiting)| (waiting.since_us + patience_us, *tx))
            .min();
        let doubt = self
            .doubts
            .iter()
            .map(|(tx, doubt)| (doubt.deadline_us, *tx))
            .min();
        for (place, (timer, first)) in [(Timer::Lock, waiting), (Timer::Decision, doubt)]
            .into_iter()
            .enumerate()
        {
            let due = first.map(|(due_us, _)| due_us);
            if due == self.armed[place] {
                continue;
            }
            self.armed[place] = due;
            let Some((due_us, tx)) = first else {
                cx.cancel_timer(timer);
                continue;
            };
            let reason = match (timer, self.doubts.get(&tx)) {
                (Timer::Decision, Some(doubt)) if doubt.lead.is_some() => {
                    Reason::AwaitsStates { tx }
                }
                (Timer::Decision, Some(doubt)) => Reason::InDoubt {
                    tx,
                    coordinator: doubt.leader.unwrap_or(doubt.work.coordinator),
                },
                _ => Reason::AwaitsLock { tx },
            };
            let wait_us = due_us.saturating_sub(cx.now_us());
            cx.set_timer(timer, wait_us, wait_us, reason);
        }
    }
}
