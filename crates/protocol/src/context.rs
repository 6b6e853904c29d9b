//! What a node may know and do while it handles one input: the context, and the outlet that its effects leave by.
//!
//! A node learns nothing of what becomes of an effect: whether a driver carries it out at once or collects all of them in a
//! list to read later, the node goes on in the same way.

use crate::{Chance, Distribution, NodeId, NodeSpec, OperationId, Protocol, Purpose};
use std::fmt::{self, Debug};

/// What happens to a node.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Input<P: Protocol> {
    /// A message arrived.
    Message {
        /// Who sent it.
        from: NodeId,
        /// What it says.
        message: P::Message,
    },
    /// A timer fired. It is no longer set.
    Timer(P::Timer),
    /// Somebody asks this client for an operation.
    Request {
        /// The operation's name; the answer carries it.
        id: OperationId,
        /// What is asked.
        op: P::Op,
    },
    /// Everything saved before [`Context::notify_saved`] with this token is durable.
    Saved(u64),
}

/// What a node asks of the world, with the reason why: the calls of an [`Outlet`] as values.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Effect<P: Protocol> {
    /// Send a message, once every earlier save of this node is durable.
    Send {
        /// To whom.
        to: NodeId,
        /// What.
        message: P::Message,
        /// Why.
        reason: P::Reason,
        /// Whether it may overtake the saves before it, as the source allows for this one.
        before_save: bool,
    },
    /// Answer a client's operation, once every earlier save of this node is durable.
    Answer {
        /// Which operation.
        id: OperationId,
        /// The answer.
        answer: P::Answer,
    },
    /// Tell a turning point, once every earlier save of this node is durable.
    Tell(P::Fact),
    /// Append to the disk. What follows waits for it.
    Save(P::Write),
    /// Hand [`Input::Saved`] back once every earlier save is durable.
    NotifySaved(u64),
    /// Set a timer, which replaces one of the same name.
    SetTimer {
        /// Which.
        timer: P::Timer,
        /// The least delay on this node's clock, in microseconds.
        min_us: u64,
        /// The greatest; the host draws between them.
        max_us: u64,
        /// Why.
        reason: P::Reason,
    },
    /// Cancel a timer if it is set.
    CancelTimer(P::Timer),
    /// Say why something was done, refused or ignored.
    Note(P::Reason),
    /// A decision was drawn: a search enumerates these, and an edit can override one.
    Chose {
        /// What it decides.
        purpose: Purpose,
        /// How many outcomes there were.
        outcomes: u32,
        /// Which came.
        chosen: u32,
    },
}

/// Where the effects of one input go, in order, each at the moment the node asks for it. A list of [`Effect`]s is one.
pub trait Outlet<P: Protocol> {
    /// See [`Effect::Send`].
    fn send(&mut self, to: NodeId, message: P::Message, reason: P::Reason, before_save: bool);
    /// See [`Effect::Answer`].
    fn answer(&mut self, id: OperationId, answer: P::Answer);
    /// See [`Effect::Tell`].
    fn tell(&mut self, fact: P::Fact);
    /// See [`Effect::Save`].
    fn save(&mut self, write: P::Write);
    /// See [`Effect::NotifySaved`].
    fn notify_saved(&mut self, token: u64);
    /// See [`Effect::SetTimer`].
    fn set_timer(&mut self, timer: P::Timer, min_us: u64, max_us: u64, reason: P::Reason);
    /// See [`Effect::CancelTimer`].
    fn cancel_timer(&mut self, timer: P::Timer);
    /// See [`Effect::Note`].
    fn note(&mut self, reason: P::Reason);
    /// See [`Effect::Chose`].
    fn chose(&mut self, purpose: Purpose, outcomes: u32, chosen: u32);
}

impl<P: Protocol> Outlet<P> for Vec<Effect<P>> {
    fn send(&mut self, to: NodeId, message: P::Message, reason: P::Reason, before_save: bool) {
        self.push(Effect::Send {
            to,
            message,
            reason,
            before_save,
        });
    }

    fn answer(&mut self, id: OperationId, answer: P::Answer) {
        self.push(Effect::Answer { id, answer });
    }

    fn tell(&mut self, fact: P::Fact) {
        self.push(Effect::Tell(fact));
    }

    fn save(&mut self, write: P::Write) {
        self.push(Effect::Save(write));
    }

    fn notify_saved(&mut self, token: u64) {
        self.push(Effect::NotifySaved(token));
    }

    fn set_timer(&mut self, timer: P::Timer, min_us: u64, max_us: u64, reason: P::Reason) {
        self.push(Effect::SetTimer {
            timer,
            min_us,
            max_us,
            reason,
        });
    }

    fn cancel_timer(&mut self, timer: P::Timer) {
        self.push(Effect::CancelTimer(timer));
    }

    fn note(&mut self, reason: P::Reason) {
        self.push(Effect::Note(reason));
    }

    fn chose(&mut self, purpose: Purpose, outcomes: u32, chosen: u32) {
        self.push(Effect::Chose {
            purpose,
            outcomes,
            chosen,
        });
    }
}

/// Overridden decisions of one event: (purpose, outcome).
pub type Decisions = [(u64, u32)];

/// Where and when an input meets a node.
#[derive(Debug)]
pub struct Surroundings<'a, P: Protocol> {
    /// The node.
    pub me: NodeId,
    /// Everyone, by id.
    pub roster: &'a [NodeSpec],
    /// The parameters as they are now.
    pub config: &'a P::Config,
    /// Which variant of the protocol runs.
    pub variant: P::Variant,
    /// The node's monotonic clock in microseconds: drifts, and restarts with the node.
    pub now_us: u64,
    /// The node's wall clock in microseconds: has an offset, and jumps.
    pub wall_us: u64,
    /// The chance of this event.
    pub chance: Chance,
    /// Decisions that the run overrides.
    pub decisions: &'a Decisions,
}

/// What a node sees and does during one input.
pub struct Context<'a, P: Protocol> {
    around: &'a Surroundings<'a, P>,
    outlet: &'a mut dyn Outlet<P>,
}

impl<P: Protocol> Debug for Context<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Context").field(self.around).finish()
    }
}

impl<'a, P: Protocol> Context<'a, P> {
    /// A context whose effects go to `outlet`.
    pub fn new(around: &'a Surroundings<'a, P>, outlet: &'a mut dyn Outlet<P>) -> Self {
        Self { around, outlet }
    }

    /// This node.
    #[inline]
    pub const fn me(&self) -> NodeId {
        self.around.me
    }

    /// Everyone, by id.
    #[inline]
    pub const fn roster(&self) -> &'a [NodeSpec] {
        self.around.roster
    }

    /// The parameters as they are now: a live one may have changed since the last input.
    #[inline]
    pub const fn config(&self) -> &'a P::Config {
        self.around.config
    }

    /// Which variant runs.
    #[inline]
    pub const fn variant(&self) -> P::Variant {
        self.around.variant
    }

    /// The node's monotonic clock, in microseconds. Read it only where the source reads a clock; silence is measured by timers.
    #[inline]
    pub const fn now_us(&self) -> u64 {
        self.around.now_us
    }

    /// The node's wall clock, in microseconds.
    #[inline]
    pub const fn wall_us(&self) -> u64 {
        self.around.wall_us
    }

    /// Sends `message` to `to` once every earlier save is durable.
    #[inline]
    pub fn send(&mut self, to: NodeId, message: P::Message, reason: P::Reason) {
        self.outlet.send(to, message, reason, false);
    }

    /// Sends `message` at once, before earlier saves are durable: only where the source allows it.
    #[inline]
    pub fn send_before_save(&mut self, to: NodeId, message: P::Message, reason: P::Reason) {
        self.outlet.send(to, message, reason, true);
    }

    /// Answers operation `id`.
    pub fn answer(&mut self, id: OperationId, answer: P::Answer) {
        self.outlet.answer(id, answer);
    }

    /// Tells a turning point.
    pub fn tell(&mut self, fact: P::Fact) {
        self.outlet.tell(fact);
    }

    /// Appends `write` to the disk.
    #[inline]
    pub fn save(&mut self, write: P::Write) {
        self.outlet.save(write);
    }

    /// Asks for [`Input::Saved`] with `token` once everything saved so far is durable.
    #[inline]
    pub fn notify_saved(&mut self, token: u64) {
        self.outlet.notify_saved(token);
    }

    /// Sets `timer` to fire after `min_us..=max_us` on this node's clock.
    #[inline]
    pub fn set_timer(&mut self, timer: P::Timer, min_us: u64, max_us: u64, reason: P::Reason) {
        self.outlet.set_timer(timer, min_us, max_us, reason);
    }

    /// Cancels `timer` if it is set.
    #[inline]
    pub fn cancel_timer(&mut self, timer: P::Timer) {
        self.outlet.cancel_timer(timer);
    }

    /// Says why something was done, refused or ignored, where no other effect carries the reason.
    #[inline]
    pub fn note(&mut self, reason: P::Reason) {
        self.outlet.note(reason);
    }

    /// A decision with `outcomes` (few) outcomes, from 0: enumerated by a search, overridable by an edit.
    pub fn choose(&mut self, purpose: Purpose, outcomes: u32) -> u32 {
        let overridden = self
            .around
            .decisions
            .iter()
            .find(|(word, _)| *word == purpose.word());
        let chosen = match overridden {
            Some(&(_, outcome)) => outcome.min(outcomes - 1),
            None => self.around.chance.below(purpose, u64::from(outcomes)) as u32,
        };
        self.outlet.chose(purpose, outcomes, chosen);
        chosen
    }

    /// A duration or demand: never enumerated.
    #[inline]
    pub fn sample(&self, purpose: Purpose, distribution: &Distribution) -> u64 {
        self.around.chance.sample(purpose, distribution)
    }
}
