//! A balancer: a request comes, `policy` chooses a server, and what the server says goes back to the client; or the request is
//! tried again elsewhere, as far as the budget goes.

use crate::budget::Budget;
use crate::decision::Decision;
use crate::fact::Fact;
use crate::hashing::{Maglev, Ring};
use crate::message::{Message, Outcome, Refusal};
use crate::node::{Node, Timer};
use crate::peer::Peer;
use crate::reason::{Because, Reason};
use crate::set::ServerSet;
use crate::variant::Variant;
use crate::workload::Job;
use protocol::{Context, NodeId, OperationId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// A request on its way to some server.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub(crate) struct Work {
    pub id: OperationId,
    pub job: Job,
    /// The how-manieth try comes next, from 1.
    pub attempt: u8,
    /// Where it was tried.
    pub tried: ServerSet,
}

/// A request at a server.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
struct Open {
    work: Work,
    server: u16,
    sent_us: u64,
    /// Until when the server has time; 0: for ever.
    deadline_us: u64,
}

/// A balancer. All of it is lost in a crash.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Balancer {
    peers: Vec<Peer>,
    /// Whose probes fail.
    down: ServerSet,
    /// Who was ejected.
    ejected: ServerSet,
    /// Who has come back and has not its whole share yet.
    pub(crate) warming: ServerSet,
    open: BTreeMap<OperationId, Open>,
    deadlines: BTreeSet<(u64, OperationId)>,
    /// For which of the deadlines the timer is set.
    armed_us: Option<u64>,
    /// What waits here for a free worker, under the policy that says so.
    held: VecDeque<Work>,
    budget: Budget,
    /// Whose turn is next.
    pub(crate) cursor: u16,
    /// For whom the turns of weighted round robin are counted: who is in it, and who is warming up.
    turns_for: (ServerSet, ServerSet),
    /// Who said that it is idle, first come first.
    pub(crate) idle: VecDeque<u16>,
    pub(crate) ring: Option<Ring>,
    pub(crate) maglev: Option<Maglev>,
    /// The number of the last round of probes, and whose answer is missing.
    pub(crate) round: u64,
    pub(crate) awaited: ServerSet,
    /// Whether the timer of comparisons is set.
    pub(crate) compares: bool,
    pub(crate) panics: bool,
    /// The decisions of the last event that made any, and how many there were in all.
    decided: Vec<Arc<Decision>>,
    decisions: u64,
    /// How many there were before this event.
    decisions_before: u64,
}

impl Balancer {
    /// A balancer that knows nothing of its servers yet, and takes them to be well.
    pub(crate) fn boot(cx: &mut Context<'_, Node>) -> Self {
        let config = cx.config();
        let servers = config.servers as u16;
        let me = config.balancer_number(cx.me()).unwrap_or(0);
        let peer = |server| Peer::new(config.weight(server));
        let mut balancer = Self {
            peers: (0..servers).map(peer).collect(),
            down: ServerSet::default(),
            ejected: ServerSet::default(),
            warming: ServerSet::default(),
            open: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            armed_us: None,
            held: VecDeque::new(),
            budget: Budget::new(config.retry_burst),
            // Several balancers begin at different servers.
            cursor: (u64::from(me) * config.servers / config.balancers) as u16 % servers,
            turns_for: (ServerSet::default(), ServerSet::default()),
            idle: VecDeque::new(),
            ring: None,
            maglev: None,
            round: 0,
            awaited: ServerSet::default(),
            compares: false,
            panics: false,
            decided: Vec::new(),
            decisions: 0,
            decisions_before: 0,
        };
        Self::begin_probing(cx);
        balancer.keep_comparing(cx);
        balancer
    }

    /// A message came.
    pub(crate) fn on_message(
        &mut self,
        cx: &mut Context<'_, Node>,
        from: NodeId,
        message: Message,
    ) {
        self.begin(cx);
        let server = cx.config().server_number(from);
        match (message, server) {
            (Message::Request { id, job }, _) => self.on_request(cx, id, job),
            (
                Message::Reply {
                    id,
                    attempt,
                    outcome,
                    load,
                },
                Some(server),
            ) => self.on_reply(cx, server, id, attempt, outcome, load),
            (Message::Well { round, load }, Some(server)) => {
                self.peer_mut(server).reports(load);
                self.on_well(cx, server, round);
            }
            (Message::Load { load }, Some(server)) => {
                self.peer_mut(server).reports(load);
                cx.note(Reason::HearsLoad {
                    server: from,
                    load: load.into(),
                });
            }
            (Message::Idle, Some(server)) => self.on_idle(cx, from, server),
            _ => cx.note(Reason::Misdirected { from }),
        }
        self.arm(cx);
    }

    /// A timer fired.
    pub(crate) fn on_timer(&mut self, cx: &mut Context<'_, Node>, timer: Timer) {
        self.begin(cx);
        match timer {
            Timer::Attempt => {
                self.armed_us = None;
                self.on_silence(cx);
            }
            Timer::Probe => self.on_probe(cx),
            Timer::ProbeTimeout => self.missing(cx),
            Timer::Rates => self.on_rates(cx),
            Timer::Return => self.on_return(cx),
            Timer::Patience | Timer::Work | Timer::Report => {}
        }
        self.arm(cx);
    }

    fn begin(&mut self, cx: &mut Context<'_, Node>) {
        self.decisions_before = self.decisions;
        self.keep_comparing(cx);
    }

    // ---- a request's way ----

    fn on_request(&mut self, cx: &mut Context<'_, Node>, id: OperationId, job: Job) {
        if self.open.contains_key(&id) || self.held.iter().any(|work| work.id == id) {
            cx.note(Reason::HasAlready { id });
            return;
        }
        let work = Work {
            id,
            job,
            attempt: 1,
            tried: ServerSet::default(),
        };
        let limit = cx.config().queue_limit * cx.config().servers;
        if limit > 0 && self.held.len() as u64 >= limit {
            self.gives_up(cx, &work, None, Refusal::QueueFull, |_| Reason::NoRoom {
                id,
                limit,
            });
            return;
        }
        self.held.push_back(work);
        self.pump(cx);
        if self.held.back().is_some_and(|work| work.id == id) {
            let waiting = self.held.len() as u64;
            cx.note(Reason::Holds { id, waiting });
        }
    }

    /// Hands out what waits here, as far as the policy finds somebody for it.
    fn pump(&mut self, cx: &mut Context<'_, Node>) {
        while let Some(work) = self.held.pop_front() {
            if let Some(work) = self.place(cx, work, None) {
                self.held.push_front(work);
                return;
            }
        }
    }

    /// Sends `work` to the server that the policy chooses; gives it back if it has to wait.
    fn place(
        &mut self,
        cx: &mut Context<'_, Node>,
        work: Work,
        because: Option<Because>,
    ) -> Option<Work> {
        let Some(decision) = self.pick(cx, &work) else {
            return Some(work);
        };
        let config = cx.config();
        let server = decision.chosen;
        let now_us = cx.now_us();
        let deadline_us = match config.attempt_timeout_us {
            0 => 0,
            timeout_us => now_us + timeout_us,
        };
        if work.attempt == 1 {
            self.budget
                .deposit(config.retry_budget_permille, config.retry_burst);
        }
        let peer = self.peer_mut(server);
        peer.open += 1;
        peer.since += 1;
        let decision = Arc::new(decision);
        if self.decisions == self.decisions_before {
            self.decided.clear();
        }
        self.decisions += 1;
        self.decided.push(Arc::clone(&decision));
        let (id, attempt, job) = (work.id, work.attempt, work.job);
        let retries_left = self.budget.retries();
        cx.send(
            config.server(server),
            Message::Dispatch { id, attempt, job },
            Reason::Chooses {
                first_server: config.server(0),
                decision,
                because,
                retries_left,
            },
        );
        if deadline_us > 0 {
            self.deadlines.insert((deadline_us, id));
        }
        self.open.insert(
            id,
            Open {
                work,
                server,
                sent_us: now_us,
                deadline_us,
            },
        );
        None
    }

    fn on_reply(
        &mut self,
        cx: &mut Context<'_, Node>,
        server: u16,
        id: OperationId,
        attempt: u8,
        outcome: Outcome,
        load: u32,
    ) {
        let node = cx.config().server(server);
        self.peer_mut(server).reports(load);
        let awaited = self
            .open
            .get(&id)
            .is_some_and(|open| (open.server, open.work.attempt) == (server, attempt));
        let Some(open) = awaited.then(|| self.close(id)).flatten() else {
            cx.note(Reason::LateReply { id, server: node });
            return;
        };
        let took_us = cx.now_us().saturating_sub(open.sent_us);
        match outcome {
            Outcome::Done { .. } => {
                let (now_us, decay_us) = (cx.now_us(), cx.config().ewma_decay_us);
                self.peer_mut(server).measure(took_us, now_us, decay_us);
                self.counts_success(server);
                cx.send(
                    id.client,
                    Message::Answer {
                        id,
                        server: Some(node),
                        outcome,
                    },
                    Reason::PassesOn {
                        id,
                        server: node,
                        took_us,
                    },
                );
            }
            Outcome::Refused(why) => {
                // A full queue says nothing against a server's health.
                if why == Refusal::Error {
                    self.counts_failure(cx, server);
                }
                self.failed(cx, open, why);
            }
        }
        self.pump(cx);
    }

    /// What was not answered in time has failed.
    fn on_silence(&mut self, cx: &mut Context<'_, Node>) {
        while let Some(&(deadline_us, id)) = self.deadlines.first() {
            if deadline_us > cx.now_us() {
                break;
            }
            self.deadlines.remove(&(deadline_us, id));
            if let Some(open) = self.close(id) {
                self.counts_failure(cx, open.server);
                self.failed(cx, open, Refusal::Silent);
            }
        }
        self.pump(cx);
    }

    fn close(&mut self, id: OperationId) -> Option<Open> {
        let open = self.open.remove(&id)?;
        self.deadlines.remove(&(open.deadline_us, id));
        let peer = self.peer_mut(open.server);
        peer.open = peer.open.saturating_sub(1);
        Some(open)
    }

    /// A try came to nothing: there is another one, or the client learns of it.
    fn failed(&mut self, cx: &mut Context<'_, Node>, open: Open, why: Refusal) {
        let config = cx.config();
        let (id, server) = (open.work.id, config.server(open.server));
        let mut work = open.work;
        if u64::from(work.attempt) > config.retries_max {
            let tries = work.attempt.into();
            self.gives_up(cx, &work, Some(server), why, |_| Reason::TriesUsedUp {
                id,
                server,
                why,
                tries,
            });
            return;
        }
        let was_spent = self.budget.is_spent();
        if !self.budget.withdraw() && cx.variant() != Variant::NoRetryBudget {
            let share = config.retry_budget_permille;
            if !was_spent {
                cx.tell(Fact::BudgetSpent { share });
            }
            self.gives_up(cx, &work, Some(server), why, |_| Reason::NoBudget {
                id,
                server,
                why,
                share,
            });
            return;
        }
        work.attempt = work.attempt.saturating_add(1);
        work.tried.insert(open.server);
        let because = Because {
            server,
            why,
            attempt: work.attempt.into(),
        };
        if let Some(work) = self.place(cx, work, Some(because)) {
            self.held.push_front(work);
        }
    }

    fn gives_up(
        &mut self,
        cx: &mut Context<'_, Node>,
        work: &Work,
        server: Option<NodeId>,
        why: Refusal,
        reason: impl FnOnce(&Self) -> Reason,
    ) {
        let id = work.id;
        let outcome = Outcome::Refused(why);
        let message = Message::Answer {
            id,
            server,
            outcome,
        };
        cx.send(id.client, message, reason(self));
    }

    fn on_idle(&mut self, cx: &mut Context<'_, Node>, from: NodeId, server: u16) {
        if !self.idle.contains(&server) {
            self.idle.push_back(server);
        }
        let waiting = self.idle.len() as u64;
        cx.note(Reason::HearsIdle {
            server: from,
            waiting,
        });
    }

    /// Keeps the timer set to the first deadline.
    fn arm(&mut self, cx: &mut Context<'_, Node>) {
        let first = self.deadlines.first().copied();
        let due_us = first.map(|(due_us, _)| due_us);
        if due_us == self.armed_us {
            return;
        }
        self.armed_us = due_us;
        match first {
            None => cx.cancel_timer(Timer::Attempt),
            Some((due_us, id)) => {
                let left = due_us.saturating_sub(cx.now_us());
                cx.set_timer(Timer::Attempt, left, left, Reason::AwaitsReply { id });
            }
        }
    }

    // ---- what the policies and the health checks share ----

    pub(crate) fn goes_down(&mut self, server: u16) {
        self.down.insert(server);
        // Whatever it said of being idle is out of date.
        self.idle.retain(|other| *other != server);
    }

    pub(crate) fn goes_up(&mut self, server: u16) {
        self.down.remove(server);
    }

    pub(crate) fn goes_out(&mut self, server: u16) {
        self.ejected.insert(server);
    }

    pub(crate) fn comes_in(&mut self, server: u16) {
        self.ejected.remove(server);
    }

    /// Turns are counted anew when somebody joins or leaves, so that every cycle is even.
    pub(crate) fn start_turns_over_if_changed(&mut self, candidates: ServerSet) {
        let now = (candidates, self.warming);
        if self.turns_for != now {
            self.turns_for = now;
            self.peers.iter_mut().for_each(|peer| peer.turn = 0);
        }
    }

    /// What smooth weighted round robin owes a server at the next turn, in thousandths of weight, if these are the candidates.
    pub(crate) fn owed(&self, server: u16, candidates: ServerSet) -> i64 {
        if self.turns_for == (candidates, self.warming) {
            self.peer(server).turn
        } else {
            0
        }
    }

    pub(crate) const fn is_any_warming(&self) -> bool {
        !self.warming.is_empty()
    }

    /// How many decisions this event has made so far.
    pub(crate) const fn decided_now(&self) -> u64 {
        self.decisions - self.decisions_before
    }

    /// What it knows of server number `server`.
    #[inline]
    pub fn peer(&self, server: u16) -> &Peer {
        &self.peers[usize::from(server)]
    }

    #[inline]
    pub(crate) fn peer_mut(&mut self, server: u16) -> &mut Peer {
        &mut self.peers[usize::from(server)]
    }

    /// What it knows of its servers, by number.
    pub fn peers(&self) -> &[Peer] {
        &self.peers
    }

    /// The servers whose probes fail.
    pub const fn down(&self) -> ServerSet {
        self.down
    }

    /// The servers that were ejected.
    pub const fn ejected(&self) -> ServerSet {
        self.ejected
    }

    /// The servers whose share still grows.
    pub const fn warming(&self) -> ServerSet {
        self.warming
    }

    /// Whether too few servers are well to trust the checks.
    pub const fn panics(&self) -> bool {
        self.panics
    }

    /// How many retries are left.
    pub const fn budget(&self) -> Budget {
        self.budget
    }

    /// The requests that wait here, the next one first.
    pub fn held(&self) -> impl ExactSizeIterator<Item = OperationId> + '_ {
        self.held.iter().map(|work| work.id)
    }

    /// Where the next one of those was tried.
    pub(crate) fn first_held_tried(&self) -> ServerSet {
        self.held.front().map(|work| work.tried).unwrap_or_default()
    }

    /// At which server a request is, and by the how-manieth try.
    pub(crate) fn trying(&self, id: OperationId) -> Option<(u16, u8)> {
        let open = self.open.get(&id)?;
        Some((open.server, open.work.attempt))
    }

    /// How many requests are at servers.
    pub fn open(&self) -> u64 {
        self.open.len() as u64
    }

    /// How many decisions it made since it started.
    pub const fn decisions(&self) -> u64 {
        self.decisions
    }

    /// The last decision.
    pub fn last_decision(&self) -> Option<&Arc<Decision>> {
        self.decided.last()
    }

    /// The decisions after the first `seen`, as far as the last event made them.
    pub fn decided_since(&self, seen: u64) -> &[Arc<Decision>] {
        let new = (self.decisions - seen.min(self.decisions)).min(self.decided.len() as u64);
        &self.decided[self.decided.len() - new as usize..]
    }

    /// The ring of consistent hashing, once it was used.
    pub const fn ring(&self) -> Option<&Ring> {
        self.ring.as_ref()
    }
}
