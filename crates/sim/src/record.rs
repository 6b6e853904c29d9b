//! Recording, at a level fixed at compile time: nothing, a summary, or everything. Names and chance need no record.

mod rows;

use crate::Action;
use crate::kernel::Flight;
use protocol::{Name, NodeId, OperationId, Protocol, Purpose, Verdict};
pub(crate) use rows::Rows;
pub(crate) use rows::{Full, Glance, Summary};
use trace::{Cause, FlightEnd};

/// A message in a record, but for its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Travel {
    pub name: Name,
    pub from: NodeId,
    pub to: NodeId,
    pub sent_us: u64,
}

/// What an event is, with the protocol's types, unless it is a delivery: see [`Recorder::delivered`].
#[derive(Clone, Debug)]
pub(crate) enum What<P: Protocol> {
    Bounced(Travel, P::Message),
    Fired(u8),
    Asked(OperationId, P::Op),
    Saved,
    Booted(u64),
    Crashed {
        kept: u32,
        lost: u32,
    },
    /// An act upon a message: the action names what was done to it.
    Handled(Travel, P::Message, Handling),
    /// An act that says everything itself.
    Acted(Box<Action>),
}

/// What somebody did to a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Handling {
    Dropped,
    Duplicated,
    Held,
    Released,
}

/// The head of one event, but for what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub step: u64,
    pub name: Name,
    pub at_us: u64,
    pub node: Option<NodeId>,
    pub cause: Cause,
}

/// One thing that came of an event.
#[derive(Clone, Debug)]
pub(crate) enum Record<P: Protocol> {
    /// By the event's node, at its time.
    Sent {
        name: Name,
        to: NodeId,
        due_us: u64,
        end: FlightEnd,
        message: P::Message,
        reason: P::Reason,
    },
    /// A second copy of a message left by an act, due then.
    Copied(Travel, u64, P::Message),
    Answered(OperationId, P::Answer),
    Told(P::Fact),
    Saved(P::Write, u64),
    TimerSet {
        timer: u8,
        min_us: u64,
        max_us: u64,
        due_us: u64,
        reason: P::Reason,
    },
    TimerCancelled(u8),
    Noted(P::Reason),
    Chose(Purpose, u32, u32),
    Judged(u8, Verdict),
}

/// What takes note of a run as it goes: of nothing, unless it says so.
pub(crate) trait Recorder<P: Protocol> {
    /// Whether it takes note of anything: what is built only to be recorded is skipped otherwise.
    const ON: bool;
    /// Whether it takes note of everything that comes of an event, or only of facts, answers and verdicts.
    const DETAIL: bool;
    /// Whether the digest of the run goes on. Without, [`crate::cluster::Cluster::digest`] means nothing.
    const DIGESTED: bool = true;
    /// An event begins.
    #[inline]
    fn begin(&mut self, _: Header, _: What<P>) {}
    /// An event begins that is the delivery of a message.
    #[inline]
    fn delivered(&mut self, _: Header, _: Travel, _: &P::Message) {}
    /// Something came of the event that began last, other than what follows.
    #[inline]
    fn outcome(&mut self, _: Record<P>) {}
    /// Of the event that began last came a message.
    #[inline]
    fn sent(&mut self, _: &Flight, _: &P::Message, _: P::Reason) {}
    /// Of the event that began last came a timer.
    #[inline]
    fn timer_set(&mut self, _: u8, _: (u64, u64), _: u64, _: P::Reason) {}
    /// Of the event that began last came a write, durable then.
    #[inline]
    fn saved(&mut self, _: P::Write, _: u64) {}
    /// Of the event that began last came a word why.
    #[inline]
    fn noted(&mut self, _: P::Reason) {}
}

/// Takes note of nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Nothing;

impl<P: Protocol> Recorder<P> for Nothing {
    const ON: bool = false;
    const DETAIL: bool = false;
}
