//! Recording, at a level fixed at compile time: nothing, a summary, or everything. Names and chance need no record.

use crate::Action;
use protocol::{Name, NodeId, OperationId, Protocol, Purpose, Verdict};
use trace::{Cause, FlightEnd};

/// A message in a record, but for its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Travel {
    pub name: Name,
    pub from: NodeId,
    pub to: NodeId,
    pub sent_us: u64,
}

/// What an event is, with the protocol's types.
#[derive(Clone, Debug)]
pub(crate) enum What<P: Protocol> {
    Delivered(Travel, P::Message),
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

/// The head of one event.
#[derive(Clone, Debug)]
pub(crate) struct Header<P: Protocol> {
    pub step: u64,
    pub name: Name,
    pub at_us: u64,
    pub node: Option<NodeId>,
    pub cause: Cause,
    pub what: What<P>,
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

/// What takes note of a run as it goes.
pub(crate) trait Recorder<P: Protocol> {
    /// Whether it takes note of anything: what is built only to be recorded is skipped otherwise.
    const ON: bool;
    /// Whether it takes note of everything that comes of an event, or only of facts, answers and verdicts.
    const DETAIL: bool;
    /// An event begins.
    fn begin(&mut self, header: Header<P>);
    /// Something came of the event that began last.
    fn outcome(&mut self, record: Record<P>);
}

/// Takes note of nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Nothing;

impl<P: Protocol> Recorder<P> for Nothing {
    const ON: bool = false;
    const DETAIL: bool = false;
    #[inline]
    fn begin(&mut self, _: Header<P>) {}
    #[inline]
    fn outcome(&mut self, _: Record<P>) {}
}

/// Takes note of everything.
pub(crate) type Full<P> = Rows<P, true>;

/// Takes note of events with their causes, and of facts, answers and verdicts: who did what because of what, without the
/// messages that left, timers, saves and reasons.
pub(crate) type Summary<P> = Rows<P, false>;

/// Two rows that grow together: events, and what came of them.
#[derive(Debug)]
pub(crate) struct Rows<P: Protocol, const DETAIL: bool> {
    /// The heads, with the place in `outcomes` where what came of each begins.
    pub headers: Vec<(Header<P>, u32)>,
    pub outcomes: Vec<Record<P>>,
}

impl<P: Protocol, const DETAIL: bool> Default for Rows<P, DETAIL> {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            outcomes: Vec::new(),
        }
    }
}

impl<P: Protocol, const DETAIL: bool> Rows<P, DETAIL> {
    /// Forgets everything, and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.headers.clear();
        self.outcomes.clear();
    }

    /// Whether the event of `step` is in it.
    pub(crate) fn covers(&self, step: u64) -> bool {
        let range = self.headers.first().zip(self.headers.last());
        range.is_some_and(|((first, _), (last, _))| (first.step..=last.step).contains(&step))
    }

    /// What came of the event at `place`.
    pub(crate) fn outcomes_of(&self, place: usize) -> &[Record<P>] {
        let from = self.headers[place].1 as usize;
        let to = self
            .headers
            .get(place + 1)
            .map_or(self.outcomes.len(), |(_, next)| *next as usize);
        &self.outcomes[from..to]
    }
}

impl<P: Protocol, const DETAIL: bool> Recorder<P> for Rows<P, DETAIL> {
    const ON: bool = true;
    const DETAIL: bool = DETAIL;
    #[inline]
    fn begin(&mut self, header: Header<P>) {
        self.headers.push((header, self.outcomes.len() as u32));
    }
    #[inline]
    fn outcome(&mut self, record: Record<P>) {
        self.outcomes.push(record);
    }
}
