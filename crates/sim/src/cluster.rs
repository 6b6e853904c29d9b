//! The typed shell round the kernel: nodes, disks and message bodies. One step takes one thing that waits, or one edit.

use crate::kernel::{Due, Flight, Kernel, Next};
use crate::record::{Handling, Header, Record, Recorder, Travel, What};
use crate::{Action, Edit, Run, SOUND, SimError, WorldConfig};
use protocol::{
    Arrivals, Chance, Config, Context, Digest, Effect, Input, Look, Name, NodeId, NodeKind,
    NodeSpec, OperationId, Protocol, Surroundings, TimerName, Verdict, Verdicts,
};
use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use trace::{Cause, FlightEnd, NodeStatus};

/// Operations that a person asks for are numbered from here, so that they shift none of the workload's.
const BY_HAND: u64 = 1 << 32;
const BOOT: u64 = 0xb0;
const EDIT: u64 = 0xed;

/// What waits for a save, in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Speech<P: Protocol> {
    /// A write of the save that this event made.
    Save(Name, P::Write),
    Send {
        name: Name,
        cause: Name,
        to: NodeId,
        message: P::Message,
        reason: P::Reason,
    },
    Answer(OperationId, P::Answer),
    Tell(P::Fact),
    Notify(u64),
}

/// What one step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Outcome {
    pub name: Name,
    pub at_us: u64,
    pub node: Option<NodeId>,
    /// Something was told, or a verdict changed.
    pub moment: bool,
    pub violated: bool,
    /// The edit that this step was, by its place.
    pub edit: Option<u32>,
}

/// The outside world: everything that a step changes besides the volatile states.
#[derive(Clone, Debug)]
struct World<P: Protocol> {
    kernel: Kernel,
    roster: Arc<Vec<NodeSpec>>,
    config: Arc<P::Config>,
    variant: P::Variant,
    disks: Vec<P::Disk>,
    bodies: Vec<Option<P::Message>>,
    speech: Vec<VecDeque<Speech<P>>>,
    /// When the last save of each node is durable: the disk serves one after the other.
    disk_free_us: Vec<u64>,
    /// How many operations each client was asked by hand.
    asked: Vec<u64>,
    decisions: Arc<BTreeMap<Name, Vec<(u64, u32)>>>,
}

/// What a step uses and forgets.
#[derive(Debug)]
struct Scratch<P: Protocol> {
    effects: Vec<Effect<P>>,
    facts: Vec<(NodeId, P::Fact)>,
    verdicts: Verdicts,
    notified: Vec<u64>,
    /// Who was sent what kind in this event, for the `nth` of names.
    sent: Vec<(NodeId, u8)>,
}

impl<P: Protocol> Default for Scratch<P> {
    fn default() -> Self {
        Self {
            effects: Vec::new(),
            facts: Vec::new(),
            verdicts: Verdicts::default(),
            notified: Vec::new(),
            sent: Vec::new(),
        }
    }
}

/// Scratch room is nobody's state: a copy of a cluster starts with none.
impl<P: Protocol> Clone for Scratch<P> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// A cluster at one moment. Cloning it is a checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct Cluster<P: Protocol> {
    nodes: Vec<Option<P>>,
    world: World<P>,
    memory: P::Memory,
    verdicts: Vec<(Verdict, Option<u64>)>,
    /// How many edits of the run have been taken.
    pub edits_taken: u32,
    /// Edits that came to nothing: their places and why.
    pub unmet: Vec<(u32, SimError)>,
    scratch: Scratch<P>,
}

impl<P: Protocol> Cluster<P> {
    /// The cluster at the beginning of `run`: every node has booted.
    pub(crate) fn new(run: &Run) -> Result<Self, SimError> {
        if run.protocol != P::ID {
            return Err(SimError::OtherProtocol(run.protocol.clone()));
        }
        let wanted = if run.variant.is_empty() {
            SOUND
        } else {
            &run.variant
        };
        let variant = P::VARIANTS
            .iter()
            .find(|variant| variant.id == wanted)
            .ok_or_else(|| {
                SimError::UnknownVariant(
                    wanted.into(),
                    P::VARIANTS.iter().map(|variant| variant.id).collect(),
                )
            })?;
        let (config, world) = configure::<P>(run)?;
        let roster = P::roster(&config);
        let mut cluster = Self {
            nodes: Vec::new(),
            world: World {
                kernel: Kernel::new(run.seed, world),
                roster: Arc::default(),
                config: Arc::new(config),
                variant: variant.value,
                disks: Vec::new(),
                bodies: Vec::new(),
                speech: Vec::new(),
                disk_free_us: Vec::new(),
                asked: Vec::new(),
                decisions: Arc::default(),
            },
            memory: P::Memory::default(),
            verdicts: vec![(Verdict::Open, None); P::PROPERTIES.len()],
            edits_taken: 0,
            unmet: Vec::new(),
            scratch: Scratch::default(),
        };
        let count = roster.len();
        cluster.world.roster = Arc::new(roster);
        for _ in 0..count {
            cluster.host();
        }
        for index in 0..count {
            cluster.boot(NodeId(index as u16), &mut crate::record::Nothing);
        }
        cluster.world.kernel.settle();
        Ok(cluster)
    }

    /// Room for one more node of the roster.
    fn host(&mut self) -> NodeId {
        let node = self.world.kernel.add_host(P::Timer::ALL.len());
        self.nodes.push(None);
        self.world.disks.push(P::Disk::default());
        self.world.speech.push(VecDeque::new());
        self.world.disk_free_us.push(0);
        self.world.asked.push(0);
        node
    }

    // ---- looking ----

    pub(crate) const fn kernel(&self) -> &Kernel {
        &self.world.kernel
    }

    pub(crate) fn node(&self, node: NodeId) -> Option<&P> {
        self.nodes.get(node.index())?.as_ref()
    }

    pub(crate) fn disk(&self, node: NodeId) -> Option<&P::Disk> {
        self.world.disks.get(node.index())
    }

    pub(crate) fn body(&self, slot: u32) -> Option<&P::Message> {
        self.world.bodies.get(slot as usize)?.as_ref()
    }

    pub(crate) fn config(&self) -> &P::Config {
        &self.world.config
    }

    pub(crate) fn roster(&self) -> &[NodeSpec] {
        &self.world.roster
    }

    pub(crate) fn verdicts(&self) -> &[(Verdict, Option<u64>)] {
        &self.verdicts
    }

    /// How many writes of a node are not durable yet, and how much speech waits for them.
    pub(crate) fn unsaved(&self, node: NodeId) -> (u32, u32) {
        let speech = &self.world.speech[node.index()];
        let saves = speech
            .iter()
            .filter(|item| matches!(item, Speech::Save(..)))
            .count();
        (saves as u32, (speech.len() - saves) as u32)
    }

    /// The operation that a client's next arrival asks.
    pub(crate) fn next_op(&self, client: NodeId, number: u64) -> P::Op {
        self.world.arrival(client, number).op
    }

    /// The digest of everything so far: names and times of all events, and the present state.
    pub(crate) fn digest(&self) -> Name {
        let mut digest = Digest::default();
        self.world.kernel.chain.hash(&mut digest);
        self.nodes.hash(&mut digest);
        self.world.disks.hash(&mut digest);
        self.world.speech.hash(&mut digest);
        for (verdict, since) in &self.verdicts {
            (matches!(verdict, Verdict::Violated(_)), since).hash(&mut digest);
        }
        Name(digest.finish())
    }

    // ---- stepping ----

    /// When the next step happens, and whether it is an edit.
    #[inline]
    pub(crate) fn next(&self, edits: &[Edit]) -> Option<(u64, bool)> {
        let due = self.world.kernel.peek();
        match edits.get(self.edits_taken as usize) {
            Some(edit) if self.is_time(edit, due) => {
                Some((edit.at_us.max(self.world.kernel.now_us), true))
            }
            _ => due.map(|next| (next.at_us, false)),
        }
    }

    #[inline]
    fn is_time(&self, edit: &Edit, due: Option<Next>) -> bool {
        let kernel = &self.world.kernel;
        let Some(next) = due else { return true };
        if edit.at_us < next.at_us {
            return true;
        }
        let rank = if next.at_us > kernel.now_us {
            0
        } else {
            kernel.rank
        };
        edit.at_us == next.at_us && edit.rank <= rank
    }

    /// One step: the next edit if its time has come, otherwise what is due first. `None` if nothing waits.
    #[inline]
    pub(crate) fn step<R: Recorder<P>>(
        &mut self,
        edits: &[Edit],
        recorder: &mut R,
    ) -> Option<Outcome> {
        loop {
            let due = self.world.kernel.peek();
            if let Some(edit) = edits.get(self.edits_taken as usize)
                && self.is_time(edit, due)
            {
                let place = self.edits_taken;
                self.edits_taken += 1;
                match self.act(&edit.action, edit.at_us, edit.rank, recorder) {
                    Ok(outcome) => {
                        return Some(Outcome {
                            edit: Some(place),
                            ..outcome
                        });
                    }
                    Err(error) => {
                        self.unmet.push((place, error));
                        continue;
                    }
                }
            }
            let next = due?;
            self.world.kernel.pop();
            return Some(self.take(next, next.at_us, next.name, None, recorder));
        }
    }

    /// Carries out something that waits, at `at_us`, as the event `name`.
    #[inline]
    fn take<R: Recorder<P>>(
        &mut self,
        next: Next,
        at_us: u64,
        name: Name,
        chosen: Option<Cause>,
        recorder: &mut R,
    ) -> Outcome {
        self.world.kernel.enter(at_us, name);
        self.forget_freed();
        match next.what {
            Due::Flight(slot, _) => self.deliver(slot, name, chosen, recorder),
            Due::Timer(node, timer) => {
                let set = self
                    .world
                    .kernel
                    .cancel_timer(node, timer)
                    .expect("a timer that was due");
                let cause = chosen.unwrap_or(Cause::Event(set.cause));
                self.begin(recorder, name, Some(node), cause, |_| What::Fired(timer));
                self.input(
                    node,
                    name,
                    Input::Timer(P::Timer::ALL[timer as usize]),
                    recorder,
                );
                self.finish(name, Some(node), false, recorder)
            }
            Due::Save(node) => {
                let cause = chosen.unwrap_or(Cause::ProgramOrder);
                self.begin(recorder, name, Some(node), cause, |_| What::Saved);
                self.durable(node, name, recorder);
                self.finish(name, Some(node), false, recorder)
            }
            Due::Arrival(client) => self.arrive(client, name, chosen, recorder),
        }
    }

    fn deliver<R: Recorder<P>>(
        &mut self,
        slot: u32,
        name: Name,
        chosen: Option<Cause>,
        recorder: &mut R,
    ) -> Outcome {
        let to = self.world.kernel.flights[slot as usize].to;
        if self.nodes[to.index()].is_none() {
            let flight = self.world.kernel.flights[slot as usize];
            self.world.kernel.end_flight(slot, FlightEnd::Bounced);
            let cause = chosen.unwrap_or(Cause::Event(flight.cause));
            self.begin(recorder, name, Some(to), cause, |cluster| {
                What::Bounced(
                    travel(&flight),
                    cluster.body(slot).expect("the body of a flight").clone(),
                )
            });
            return self.finish(name, Some(to), false, recorder);
        }
        let message = self.world.bodies[slot as usize]
            .take()
            .expect("the body of a flight");
        let flight = self.world.kernel.land(slot);
        let cause = chosen.unwrap_or(Cause::Event(flight.cause));
        self.begin(recorder, name, Some(to), cause, |_| {
            What::Delivered(travel(&flight), message.clone())
        });
        self.input(
            to,
            name,
            Input::Message {
                from: flight.from,
                message,
            },
            recorder,
        );
        self.finish(name, Some(to), false, recorder)
    }

    fn arrive<R: Recorder<P>>(
        &mut self,
        client: NodeId,
        name: Name,
        chosen: Option<Cause>,
        recorder: &mut R,
    ) -> Outcome {
        let kernel = &mut self.world.kernel;
        let (due_us, number) = kernel.hosts[client.index()]
            .arrival
            .take()
            .expect("an arrival that was due");
        kernel.hosts[client.index()].next_number = number + 1;
        let arrival = self.world.arrival(client, number);
        let id = OperationId { client, number };
        if P::arrivals(&self.world.config, client) == Arrivals::Open {
            let gap_us = self.world.arrival(client, number + 1).gap_us;
            self.world
                .kernel
                .schedule_arrival(client, due_us + gap_us, number + 1);
        }
        let cause = chosen.unwrap_or(Cause::Workload);
        self.begin(recorder, name, Some(client), cause, |_| {
            What::Asked(id, arrival.op.clone())
        });
        self.input(
            client,
            name,
            Input::Request { id, op: arrival.op },
            recorder,
        );
        self.finish(name, Some(client), false, recorder)
    }

    fn boot<R: Recorder<P>>(&mut self, node: NodeId, recorder: &mut R) -> Outcome {
        self.world.kernel.boot_clock(node);
        let incarnation = self.world.kernel.hosts[node.index()].incarnation;
        let name = Name(BOOT).mix(node.0.into()).mix(incarnation);
        self.scratch.sent.clear();
        let mut effects = std::mem::take(&mut self.scratch.effects);
        let around = self.world.surroundings(node, name);
        self.nodes[node.index()] = Some(P::boot(
            &mut Context::new(&around, &mut effects),
            &self.world.disks[node.index()],
        ));
        self.carry_out(node, name, &mut effects, recorder);
        self.scratch.effects = effects;
        self.answer_notified(node, name, recorder);
        if P::arrivals(&self.world.config, node) != Arrivals::Never {
            let number = self.world.kernel.hosts[node.index()].next_number;
            let gap_us = self.world.arrival(node, number).gap_us;
            self.world
                .kernel
                .schedule_arrival(node, self.world.kernel.now_us + gap_us, number);
        }
        self.finish(name, Some(node), true, recorder)
    }

    /// Hands one input to a node that is up, and carries out what it wants.
    #[inline]
    fn input<R: Recorder<P>>(
        &mut self,
        node: NodeId,
        name: Name,
        input: Input<P>,
        recorder: &mut R,
    ) {
        self.scratch.sent.clear();
        self.hand(node, name, input, recorder);
        self.answer_notified(node, name, recorder);
    }

    #[inline]
    fn hand<R: Recorder<P>>(
        &mut self,
        node: NodeId,
        name: Name,
        input: Input<P>,
        recorder: &mut R,
    ) {
        let Some(state) = &mut self.nodes[node.index()] else {
            return;
        };
        let mut effects = std::mem::take(&mut self.scratch.effects);
        let around = self.world.surroundings(node, name);
        state.on(&mut Context::new(&around, &mut effects), input);
        self.carry_out(node, name, &mut effects, recorder);
        self.scratch.effects = effects;
    }

    /// Saves that were durable at once are told at once, within the same event.
    #[inline]
    fn answer_notified<R: Recorder<P>>(&mut self, node: NodeId, name: Name, recorder: &mut R) {
        let mut round = 0;
        while !self.scratch.notified.is_empty() {
            for token in std::mem::take(&mut self.scratch.notified) {
                round += 1;
                // Its chance differs from that of the event proper.
                self.hand(node, name.mix(round), Input::Saved(token), recorder);
            }
        }
    }

    #[inline]
    fn carry_out<R: Recorder<P>>(
        &mut self,
        node: NodeId,
        name: Name,
        effects: &mut Vec<Effect<P>>,
        recorder: &mut R,
    ) {
        let mut saved_at = None;
        for effect in effects.drain(..) {
            let waits = !self.world.speech[node.index()].is_empty();
            match effect {
                Effect::Send {
                    to,
                    message,
                    reason,
                    before_save,
                } => {
                    let kind = P::message_kind(&message);
                    let nth = self
                        .scratch
                        .sent
                        .iter()
                        .filter(|sent| **sent == (to, kind))
                        .count() as u64;
                    self.scratch.sent.push((to, kind));
                    let message_name =
                        name.mix(u64::from(to.0) | u64::from(kind) << 16 | nth << 32);
                    if waits && !before_save {
                        let speech = Speech::Send {
                            name: message_name,
                            cause: name,
                            to,
                            message,
                            reason,
                        };
                        self.world.speech[node.index()].push_back(speech);
                    } else {
                        self.world
                            .send(message_name, name, node, to, message, reason, recorder);
                    }
                }
                Effect::SetTimer {
                    timer,
                    min_us,
                    max_us,
                    reason,
                } => {
                    let index = timer.index();
                    self.world
                        .kernel
                        .set_timer(node, index, name, min_us, max_us);
                    if R::ON {
                        let due_us = self
                            .world
                            .kernel
                            .timer(node, index)
                            .map_or(0, |timer| timer.due_us);
                        recorder.outcome(Record::TimerSet {
                            timer: index,
                            min_us,
                            max_us,
                            due_us,
                            reason,
                        });
                    }
                }
                Effect::CancelTimer(timer) => {
                    if self
                        .world
                        .kernel
                        .cancel_timer(node, timer.index())
                        .is_some()
                        && R::ON
                    {
                        recorder.outcome(Record::TimerCancelled(timer.index()));
                    }
                }
                Effect::Save(write) => {
                    let save_us = self.world.kernel.world.save_us;
                    if save_us == 0 && !waits {
                        P::persist(&mut self.world.disks[node.index()], &write);
                        if R::ON {
                            recorder.outcome(Record::Saved(write, self.world.kernel.now_us));
                        }
                        continue;
                    }
                    let due_us = *saved_at.get_or_insert_with(|| {
                        let free = &mut self.world.disk_free_us[node.index()];
                        *free = (*free).max(self.world.kernel.now_us) + save_us;
                        *free
                    });
                    if R::ON {
                        recorder.outcome(Record::Saved(write.clone(), due_us));
                    }
                    let save = Kernel::save_name(name);
                    self.world.speech[node.index()].push_back(Speech::Save(save, write));
                    if self.world.kernel.hosts[node.index()].save.is_none() {
                        self.world.kernel.schedule_save(node, Some((due_us, save)));
                    }
                }
                Effect::NotifySaved(token) if waits => {
                    self.world.speech[node.index()].push_back(Speech::Notify(token));
                }
                Effect::NotifySaved(token) => self.scratch.notified.push(token),
                Effect::Answer { id, answer } if waits => {
                    self.world.speech[node.index()].push_back(Speech::Answer(id, answer));
                }
                Effect::Answer { id, answer } => self.answer(node, id, answer, recorder),
                Effect::Tell(fact) if waits => {
                    self.world.speech[node.index()].push_back(Speech::Tell(fact));
                }
                Effect::Tell(fact) => self.tell(node, fact, recorder),
                Effect::Note(reason) => {
                    if R::ON {
                        recorder.outcome(Record::Noted(node, reason));
                    }
                }
                Effect::Chose {
                    purpose,
                    outcomes,
                    chosen,
                } => {
                    if R::ON {
                        recorder.outcome(Record::Chose(purpose, outcomes, chosen));
                    }
                }
            }
        }
    }

    fn tell<R: Recorder<P>>(&mut self, node: NodeId, fact: P::Fact, recorder: &mut R) {
        if R::ON {
            recorder.outcome(Record::Told(node, fact.clone()));
        }
        self.scratch.facts.push((node, fact));
    }

    fn answer<R: Recorder<P>>(
        &mut self,
        node: NodeId,
        id: OperationId,
        answer: P::Answer,
        recorder: &mut R,
    ) {
        let workload = id.number < BY_HAND;
        if workload && P::arrivals(&self.world.config, node) == Arrivals::Closed {
            let next = id.number + 1;
            let gap_us = self.world.arrival(node, next).gap_us;
            self.world
                .kernel
                .schedule_arrival(node, self.world.kernel.now_us + gap_us, next);
        }
        if R::ON {
            recorder.outcome(Record::Answered(id, answer));
        }
    }

    /// The node's oldest save is durable: its writes reach the disk, and the speech behind them leaves.
    fn durable<R: Recorder<P>>(&mut self, node: NodeId, name: Name, recorder: &mut R) {
        let index = node.index();
        let Some((_, save)) = self.world.kernel.hosts[index].save.take() else {
            return;
        };
        self.scratch.sent.clear();
        while let Some(item) = self.world.speech[index].pop_front() {
            match item {
                Speech::Save(of, write) if of == save => {
                    P::persist(&mut self.world.disks[index], &write)
                }
                Speech::Save(of, write) => {
                    self.world.speech[index].push_front(Speech::Save(of, write));
                    let save_us = self.world.kernel.world.save_us;
                    // A later save takes its own time from now on; the disk serves one after the other.
                    let due_us = self.world.kernel.now_us + save_us;
                    self.world.disk_free_us[index] = self.world.disk_free_us[index].max(due_us);
                    self.world.kernel.schedule_save(node, Some((due_us, of)));
                    break;
                }
                Speech::Send {
                    name,
                    cause,
                    to,
                    message,
                    reason,
                } => {
                    self.world
                        .send(name, cause, node, to, message, reason, recorder);
                }
                Speech::Answer(id, answer) => self.answer(node, id, answer, recorder),
                Speech::Tell(fact) => self.tell(node, fact, recorder),
                Speech::Notify(token) => self.scratch.notified.push(token),
            }
        }
        self.answer_notified(node, name, recorder);
    }

    #[inline]
    fn begin<R: Recorder<P>>(
        &self,
        recorder: &mut R,
        name: Name,
        node: Option<NodeId>,
        cause: Cause,
        what: impl FnOnce(&Self) -> What<P>,
    ) {
        if R::ON {
            let kernel = &self.world.kernel;
            let what = what(self);
            recorder.begin(Header {
                step: kernel.steps,
                name,
                at_us: kernel.now_us,
                node,
                cause,
                what,
            });
        }
    }

    /// Looks at the properties, and leaves the queue settled.
    #[inline]
    fn finish<R: Recorder<P>>(
        &mut self,
        name: Name,
        changed: Option<NodeId>,
        booted: bool,
        recorder: &mut R,
    ) -> Outcome {
        let mut outcome = Outcome {
            name,
            at_us: self.world.kernel.now_us,
            node: changed,
            moment: !self.scratch.facts.is_empty(),
            ..Outcome::default()
        };
        let look = Look {
            config: &*self.world.config,
            nodes: &self.nodes,
            changed,
            booted,
            facts: &self.scratch.facts,
        };
        P::observe(&mut self.memory, &look, &mut self.scratch.verdicts);
        self.scratch.facts.clear();
        if !self.scratch.verdicts.is_empty() {
            let mut reported = std::mem::take(&mut self.scratch.verdicts);
            for (index, verdict) in reported.drain() {
                let (stands, since) = &mut self.verdicts[index];
                // A breach is not taken back, and the first one counts.
                if matches!(stands, Verdict::Violated(_)) || *stands == verdict {
                    continue;
                }
                outcome.violated |= matches!(verdict, Verdict::Violated(_));
                outcome.moment |= outcome.violated;
                if R::ON {
                    recorder.outcome(Record::Judged(index as u8, verdict.clone()));
                }
                (*stands, *since) = (verdict, Some(self.world.kernel.steps));
            }
            self.scratch.verdicts = reported;
        }
        self.world.kernel.settle();
        outcome
    }

    fn forget_freed(&mut self) {
        while let Some(slot) = self.world.kernel.freed.pop() {
            self.world.bodies[slot as usize] = None;
        }
    }

    // ---- acting ----

    /// Does `action` at `at_us` or as soon as it is legal. Nothing has changed if it fails.
    pub(crate) fn act<R: Recorder<P>>(
        &mut self,
        action: &Action,
        at_us: u64,
        rank: u32,
        recorder: &mut R,
    ) -> Result<Outcome, SimError> {
        let now_us = self.world.kernel.now_us;
        let at_us = at_us.max(now_us);
        if action.is_pick() {
            let (next, earliest_us) = self.pick(action)?;
            let at_us = at_us.max(earliest_us);
            return Ok(self.take(next, at_us, next.name, Some(Cause::Choice), recorder));
        }
        let name = Name(EDIT)
            .mix(protocol::digest_of(action))
            .mix(at_us)
            .mix(rank.into());
        self.check(action)?;
        self.world.kernel.enter(at_us, name);
        self.forget_freed();
        Ok(self.perform(action, name, recorder))
    }

    /// What a pick takes, and the earliest that it may happen.
    fn pick(&self, action: &Action) -> Result<(Next, u64), SimError> {
        let kernel = &self.world.kernel;
        let next = |name, what| Next {
            at_us: kernel.now_us,
            name,
            what,
        };
        let up = |node: NodeId| match kernel.host(node)?.status {
            NodeStatus::Up => Ok(()),
            NodeStatus::Paused => Err(SimError::NodeState(node, "is paused")),
            NodeStatus::Crashed | NodeStatus::Removed => Err(SimError::NodeState(node, "is down")),
        };
        match *action {
            Action::Deliver(name) => {
                let slot = kernel.find_flight(name)?;
                if kernel.host(kernel.flights[slot as usize].to)?.status == NodeStatus::Paused {
                    return Err(SimError::NodeState(
                        kernel.flights[slot as usize].to,
                        "is paused",
                    ));
                }
                Ok((
                    next(kernel.delivery_name(slot), Due::Flight(slot, 0)),
                    kernel.now_us,
                ))
            }
            Action::Fire { node, timer } => {
                up(node)?;
                let set = kernel
                    .timer(node, timer)
                    .ok_or(SimError::NoTimer(node, timer))?;
                Ok((next(set.name, Due::Timer(node, timer)), set.earliest_us))
            }
            Action::Save(node) => {
                let (_, name) = kernel
                    .host(node)?
                    .save
                    .ok_or(SimError::Nothing("nothing waits to be saved"))?;
                Ok((next(name, Due::Save(node)), kernel.now_us))
            }
            Action::Arrive(node) => {
                up(node)?;
                let (due_us, number) = kernel
                    .host(node)?
                    .arrival
                    .ok_or(SimError::Nothing("the workload asks nothing more"))?;
                Ok((
                    next(
                        crate::kernel::arrival_name(node, number),
                        Due::Arrival(node),
                    ),
                    due_us,
                ))
            }
            _ => unreachable!("not a pick"),
        }
    }

    /// Whether `action`, which is no pick, can be done now.
    fn check(&self, action: &Action) -> Result<(), SimError> {
        let kernel = &self.world.kernel;
        let state = |node: NodeId| kernel.host(node).map(|host| host.status);
        let wants = |node: NodeId, wanted: &[NodeStatus], otherwise: &'static str| {
            if wanted.contains(&state(node)?) {
                Ok(())
            } else {
                Err(SimError::NodeState(node, otherwise))
            }
        };
        use NodeStatus::{Crashed, Paused, Removed, Up};
        match action {
            Action::Deliver(_) | Action::Fire { .. } | Action::Save(_) | Action::Arrive(_) => Ok(()),
            Action::Drop(name) | Action::Duplicate(name) => kernel.find_flight(*name).map(|_| ()),
            Action::Hold(name) | Action::Release(name) => {
                let slot = kernel.find_flight(*name)?;
                let held = matches!(action, Action::Release(_));
                if kernel.flights[slot as usize].held == held { Ok(()) } else { Err(SimError::NotHeld(*name)) }
            }
            Action::Crash { node, .. } => wants(*node, &[Up, Paused], "is down already"),
            Action::Restart(node) => wants(*node, &[Crashed], "is not down"),
            Action::Erase(node) => wants(*node, &[Crashed], "is not down: only the disk of a node that is down can be lost"),
            Action::Pause(node) => wants(*node, &[Up], "does not run"),
            Action::Resume(node) => wants(*node, &[Paused], "is not paused"),
            Action::Remove(node) => wants(*node, &[Up, Paused, Crashed], "has left already"),
            Action::Cut { from, to, .. } => {
                for node in from.iter().chain(to) {
                    wants(*node, &[Up, Paused, Crashed, Removed], "")?;
                }
                if from.is_empty() || to.is_empty() || from.iter().any(|node| to.contains(node)) {
                    return Err(SimError::Refused("a cut needs two groups without a node in common".into()));
                }
                Ok(())
            }
            Action::Heal if kernel.cuts.is_empty() => Err(SimError::Nothing("there is no cut to heal")),
            Action::Heal | Action::Choose { .. } => Ok(()),
            Action::Skew { node, drift_ppm, .. } => {
                state(*node)?;
                if (-500_000..=1_000_000).contains(drift_ppm) {
                    Ok(())
                } else {
                    Err(SimError::Refused(format!("a drift of {drift_ppm} ppm lies outside -500000 to 1000000")))
                }
            }
            Action::Set { key, value } => {
                let (mut config, mut world) = ((*self.world.config).clone(), kernel.world.clone());
                set_live::<P>(&mut config, &mut world, key, value)
            }
            Action::Ask { client, op, fields } => {
                wants(*client, &[Up], "does not run")?;
                if self.world.roster[client.index()].kind != NodeKind::Client {
                    return Err(SimError::NodeState(*client, "is no client: operations are asked of clients"));
                }
                P::operation(op, fields).map(|_| ()).map_err(SimError::Refused)
            }
            Action::Add(NodeKind::Client) => Ok(()),
            Action::Add(_) => Err(SimError::Refused(
                "only clients can join a running cluster; for another number of servers start a new run".into(),
            )),
        }
    }

    fn perform<R: Recorder<P>>(
        &mut self,
        action: &Action,
        name: Name,
        recorder: &mut R,
    ) -> Outcome {
        let mut changed = None;
        let act = || What::Acted(Box::new(action.clone()));
        match action {
            Action::Deliver(_) | Action::Fire { .. } | Action::Save(_) | Action::Arrive(_) => {
                unreachable!("picks are taken, not performed")
            }
            Action::Drop(message)
            | Action::Duplicate(message)
            | Action::Hold(message)
            | Action::Release(message) => {
                let slot = self.world.kernel.find_flight(*message).expect("checked");
                let flight = self.world.kernel.flights[slot as usize];
                let body = self.body(slot).expect("the body of a flight").clone();
                let handling = match action {
                    Action::Drop(_) => {
                        self.world.kernel.end_flight(slot, FlightEnd::Dropped);
                        Handling::Dropped
                    }
                    Action::Duplicate(_) => {
                        let copy = self.world.kernel.duplicate(slot);
                        self.world.put_body(copy, body.clone());
                        Handling::Duplicated
                    }
                    Action::Hold(_) => {
                        self.world.kernel.hold(slot, true).expect("checked");
                        Handling::Held
                    }
                    _ => {
                        self.world.kernel.hold(slot, false).expect("checked");
                        Handling::Released
                    }
                };
                let node = Some(flight.to);
                self.begin(recorder, name, node, Cause::Choice, |_| {
                    What::Handled(travel(&flight), body, handling)
                });
            }
            Action::Crash { node, keep, torn } => {
                changed = Some(*node);
                let (kept, lost) = self.crash(*node, *keep, *torn);
                self.begin(recorder, name, changed, Cause::Choice, |_| What::Crashed {
                    kept,
                    lost,
                });
            }
            Action::Restart(node) => {
                let incarnation = self.world.kernel.hosts[node.index()].incarnation + 1;
                self.begin(recorder, name, Some(*node), Cause::Choice, |_| {
                    What::Booted(incarnation)
                });
                let outcome = self.boot(*node, recorder);
                return Outcome { name, ..outcome };
            }
            Action::Pause(node) => {
                self.world.kernel.hosts[node.index()].status = NodeStatus::Paused;
                self.begin(recorder, name, Some(*node), Cause::Choice, |_| act());
            }
            Action::Resume(node) => {
                self.world.kernel.wake(*node);
                self.begin(recorder, name, Some(*node), Cause::Choice, |_| act());
            }
            Action::Erase(node) => {
                self.world.disks[node.index()] = P::Disk::default();
                self.begin(recorder, name, Some(*node), Cause::Choice, |_| act());
            }
            Action::Cut { from, to, both } => {
                let cut = trace::Cut {
                    from: from.clone(),
                    to: to.clone(),
                    both: *both,
                };
                self.world.kernel.cut(cut);
                self.begin(recorder, name, None, Cause::Choice, |_| act());
            }
            Action::Heal => {
                self.world.kernel.heal();
                self.begin(recorder, name, None, Cause::Choice, |_| act());
            }
            Action::Skew {
                node,
                drift_ppm,
                offset_us,
            } => {
                self.world.kernel.skew(*node, *drift_ppm, *offset_us);
                self.begin(recorder, name, Some(*node), Cause::Choice, |_| act());
            }
            Action::Set { key, value } => {
                let config = Arc::make_mut(&mut self.world.config);
                set_live::<P>(config, &mut self.world.kernel.world, key, value).expect("checked");
                self.world.kernel.remake_network();
                self.begin(recorder, name, None, Cause::Choice, |_| act());
            }
            Action::Ask { client, op, fields } => {
                let op = P::operation(op, fields).expect("checked");
                let asked = &mut self.world.asked[client.index()];
                *asked += 1;
                let id = OperationId {
                    client: *client,
                    number: BY_HAND + *asked,
                };
                changed = Some(*client);
                self.begin(recorder, name, changed, Cause::Choice, |_| {
                    What::Asked(id, op.clone())
                });
                self.input(*client, name, Input::Request { id, op }, recorder);
            }
            Action::Choose {
                event,
                purpose,
                outcome,
            } => {
                let decisions = Arc::make_mut(&mut self.world.decisions);
                let of_event = decisions.entry(*event).or_default();
                of_event.retain(|(word, _)| word != purpose);
                of_event.push((*purpose, *outcome));
                self.begin(recorder, name, None, Cause::Choice, |_| act());
            }
            Action::Add(kind) => {
                let roster = Arc::make_mut(&mut self.world.roster);
                let nth = roster.iter().filter(|spec| spec.kind == *kind).count() + 1;
                roster.push(NodeSpec {
                    label: format!("C{nth}"),
                    kind: *kind,
                });
                let node = self.host();
                self.begin(recorder, name, Some(node), Cause::Choice, |_| act());
                let outcome = self.boot(node, recorder);
                return Outcome { name, ..outcome };
            }
            Action::Remove(node) => {
                changed = Some(*node);
                self.crash(*node, 0, false);
                self.world.kernel.hosts[node.index()].status = NodeStatus::Removed;
                self.begin(recorder, name, changed, Cause::Choice, |_| act());
            }
        }
        self.finish(name, changed, false, recorder)
    }

    /// A crash: memory and waiting speech go; the oldest `keep` unsaved writes reach the disk, and what `torn` leaves of the
    /// next. Returns how many writes were kept and lost.
    fn crash(&mut self, node: NodeId, keep: u32, torn: bool) -> (u32, u32) {
        let index = node.index();
        let (mut kept, mut lost) = (0, 0);
        for item in std::mem::take(&mut self.world.speech[index]) {
            let Speech::Save(_, write) = item else {
                continue;
            };
            if kept < keep && lost == 0 {
                kept += 1;
                P::persist(&mut self.world.disks[index], &write);
            } else {
                if lost == 0
                    && torn
                    && let Some(rest) = P::torn(&write)
                {
                    P::persist(&mut self.world.disks[index], &rest);
                }
                lost += 1;
            }
        }
        self.nodes[index] = None;
        self.world.disk_free_us[index] = 0;
        // The workload of a client that is down waits for its restart.
        self.world.kernel.hosts[index].arrival = None;
        self.world.kernel.silence(node, NodeStatus::Crashed);
        (kept, lost)
    }
}

impl<P: Protocol> World<P> {
    #[inline]
    fn surroundings(&self, me: NodeId, name: Name) -> Surroundings<'_, P> {
        let decisions = if self.decisions.is_empty() {
            None
        } else {
            self.decisions.get(&name)
        };
        Surroundings {
            me,
            roster: &self.roster,
            config: &self.config,
            variant: self.variant,
            now_us: self.kernel.clock_us(me),
            wall_us: self.kernel.wall_us(me),
            chance: Chance::new(self.kernel.seed, name),
            decisions: decisions.map_or(&[], Vec::as_slice),
        }
    }

    /// The `number`-th operation of the workload of `client`.
    fn arrival(&self, client: NodeId, number: u64) -> protocol::Arrival<P::Op> {
        let chance = Chance::new(
            self.kernel.seed,
            crate::kernel::arrival_name(client, number),
        );
        P::arrival(&self.config, client, number, chance)
    }

    fn put_body(&mut self, slot: u32, message: P::Message) {
        let slot = slot as usize;
        if slot >= self.bodies.len() {
            self.bodies.resize_with(slot + 1, || None);
        }
        self.bodies[slot] = Some(message);
    }

    #[inline]
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one send, in one place"
    )]
    fn send<R: Recorder<P>>(
        &mut self,
        name: Name,
        cause: Name,
        from: NodeId,
        to: NodeId,
        message: P::Message,
        reason: P::Reason,
        recorder: &mut R,
    ) {
        if to.index() >= self.kernel.hosts.len() {
            return;
        }
        let (first, second) = self.kernel.transmit(name, cause, from, to);
        for slot in [Some(first), second].into_iter().flatten() {
            if R::ON {
                let flight = &self.kernel.flights[slot as usize];
                recorder.outcome(Record::Sent {
                    travel: travel(flight),
                    due_us: flight.due_us,
                    end: flight.end,
                    message: message.clone(),
                    reason: reason.clone(),
                });
            }
        }
        if let Some(copy) = second {
            self.put_body(copy, message.clone());
        }
        self.put_body(first, message);
    }
}

const fn travel(flight: &Flight) -> Travel {
    Travel {
        name: flight.name,
        from: flight.from,
        to: flight.to,
        sent_us: flight.sent_us,
    }
}

/// The configurations that `run` amounts to.
fn configure<P: Protocol>(run: &Run) -> Result<(P::Config, WorldConfig), SimError> {
    let (mut config, mut world) = (P::Config::default(), WorldConfig::default());
    for (key, value) in &run.config {
        put::<P>(&mut config, &mut world, key, value)?;
    }
    P::validate(&config).map_err(SimError::Refused)?;
    validate_world(&world)?;
    Ok((config, world))
}

fn put<P: Protocol>(
    config: &mut P::Config,
    world: &mut WorldConfig,
    key: &str,
    value: &str,
) -> Result<(), SimError> {
    let refused = |error: protocol::ConfigError| SimError::Refused(error.to_string());
    if P::Config::place(key).is_some() {
        return config.set(key, value).map_err(refused);
    }
    if WorldConfig::place(key).is_some() {
        return world.set(key, value).map_err(refused);
    }
    let all = P::Config::PARAMETERS.iter().chain(WorldConfig::PARAMETERS);
    Err(refused(protocol::ConfigError::Unknown {
        key: key.into(),
        known: all.map(|p| p.key).collect(),
    }))
}

fn set_live<P: Protocol>(
    config: &mut P::Config,
    world: &mut WorldConfig,
    key: &str,
    value: &str,
) -> Result<(), SimError> {
    let mut all = P::Config::PARAMETERS.iter().chain(WorldConfig::PARAMETERS);
    if all.any(|parameter| parameter.key == key && !parameter.live) {
        return Err(SimError::Refused(format!(
            "`{key}` is fixed while a cluster runs: start a new run with it"
        )));
    }
    put::<P>(config, world, key, value)?;
    P::validate(config).map_err(SimError::Refused)?;
    validate_world(world)
}

fn validate_world(world: &WorldConfig) -> Result<(), SimError> {
    if world.latency_min_us > world.latency_max_us {
        return Err(SimError::Refused(format!(
            "latency_min_us is {} and latency_max_us is {}: the least cannot be above the most",
            world.latency_min_us, world.latency_max_us
        )));
    }
    Ok(())
}
