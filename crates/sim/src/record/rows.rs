//! The rows of a record: what was noted, packed as it comes, and unpacked only for whoever looks.
//!
//! Recording is paid for at every event and read at few, so heads and outcomes are small and plain, and what owns memory stands
//! in rows of its own. A message's body is kept where it was sent; its delivery refers to that by the message's name.

use super::{Header, Record, Recorder, Travel, What};
use crate::kernel::Flight;
use protocol::{Name, NodeId, OperationId, Protocol};
use trace::FlightEnd;

/// Takes note of everything.
pub(crate) type Full<P> = Rows<P, true>;

/// Takes note of events with their causes, and of facts, answers and verdicts: who did what because of what, without the
/// messages that left, timers, saves and reasons.
pub(crate) type Summary<P> = Rows<P, false>;

/// Which body an event refers to.
#[derive(Clone, Copy, Debug)]
enum Body {
    /// The one at this place.
    At(u32),
    /// That of the message when it left, earlier in this record.
    Sent,
}

/// What an event is, in short.
#[derive(Clone, Copy, Debug)]
enum Brief {
    Delivered(Travel, Body),
    Fired(u8),
    Saved,
    /// The one at this place.
    Other(u32),
}

#[derive(Clone, Copy, Debug)]
struct Head {
    header: Header,
    what: Brief,
    /// Where what came of it begins.
    rows: u32,
}

/// One thing that came of an event, with the places of what it owns.
#[derive(Clone, Copy, Debug)]
enum Row {
    Sent {
        name: Name,
        due_us: u64,
        body: u32,
        reason: u32,
        to: NodeId,
        end: FlightEnd,
    },
    TimerSet {
        min_us: u64,
        max_us: u64,
        due_us: u64,
        reason: u32,
        timer: u8,
    },
    Saved {
        due_us: u64,
        write: u32,
    },
    Noted {
        reason: u32,
    },
    Other {
        place: u32,
    },
}

/// What an event is, for whoever looks.
#[derive(Debug)]
pub(crate) enum Glance<'a, P: Protocol> {
    Delivered(Travel, &'a P::Message),
    Fired(u8),
    Saved,
    Other(&'a What<P>),
}

/// Rows that grow together: events, what came of them, and what those own.
#[derive(Debug)]
pub(crate) struct Rows<P: Protocol, const DETAIL: bool> {
    heads: Vec<Head>,
    rows: Vec<Row>,
    bodies: Vec<P::Message>,
    reasons: Vec<P::Reason>,
    writes: Vec<P::Write>,
    whats: Vec<What<P>>,
    others: Vec<Record<P>>,
}

impl<P: Protocol, const DETAIL: bool> Default for Rows<P, DETAIL> {
    fn default() -> Self {
        Self {
            heads: Vec::new(),
            rows: Vec::new(),
            bodies: Vec::new(),
            reasons: Vec::new(),
            writes: Vec::new(),
            whats: Vec::new(),
            others: Vec::new(),
        }
    }
}

impl<P: Protocol, const DETAIL: bool> Rows<P, DETAIL> {
    /// Forgets everything, and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.heads.clear();
        self.rows.clear();
        self.bodies.clear();
        self.reasons.clear();
        self.writes.clear();
        self.whats.clear();
        self.others.clear();
    }

    /// How many events there are.
    pub(crate) const fn len(&self) -> usize {
        self.heads.len()
    }

    /// The first and the last step, if there are any. None is missing between them.
    pub(crate) fn steps(&self) -> Option<(u64, u64)> {
        let ends = self.heads.first().zip(self.heads.last());
        ends.map(|(first, last)| (first.header.step, last.header.step))
    }

    /// Whether the event of `step` is in it.
    pub(crate) fn covers(&self, step: u64) -> bool {
        self.steps()
            .is_some_and(|(first, last)| (first..=last).contains(&step))
    }

    /// The head of the event at `place`.
    pub(crate) fn header(&self, place: usize) -> &Header {
        &self.heads[place].header
    }

    /// The message whose delivery the event at `place` is, if it is one.
    pub(crate) fn arrival(&self, place: usize) -> Option<Name> {
        match self.heads[place].what {
            Brief::Delivered(travel, _) => Some(travel.name),
            _ => None,
        }
    }

    /// What the event at `place` is, if it is neither a delivery, a timer nor a save.
    pub(crate) fn other(&self, place: usize) -> Option<&What<P>> {
        match self.heads[place].what {
            Brief::Other(what) => Some(&self.whats[what as usize]),
            _ => None,
        }
    }

    /// The answers to clients that came of the event at `place`.
    pub(crate) fn answers_of(
        &self,
        place: usize,
    ) -> impl Iterator<Item = (OperationId, &P::Answer)> {
        self.rows_of(place).iter().filter_map(|row| match row {
            Row::Other { place } => match &self.others[*place as usize] {
                Record::Answered(id, answer) => Some((*id, answer)),
                _ => None,
            },
            _ => None,
        })
    }

    /// What the event at `place` is.
    pub(crate) fn glance(&self, place: usize) -> Glance<'_, P> {
        match self.heads[place].what {
            Brief::Delivered(travel, Body::At(body)) => {
                Glance::Delivered(travel, &self.bodies[body as usize])
            }
            Brief::Delivered(travel, Body::Sent) => {
                let body = self.sent_before(place, travel.name);
                Glance::Delivered(travel, body.expect("the message left in this record"))
            }
            Brief::Fired(timer) => Glance::Fired(timer),
            Brief::Saved => Glance::Saved,
            Brief::Other(what) => Glance::Other(&self.whats[what as usize]),
        }
    }

    /// The body of a message that left before the event at `place`: a node sent it, or an act copied it.
    fn sent_before(&self, place: usize, message: Name) -> Option<&P::Message> {
        (0..place).rev().find_map(|place| {
            self.rows_of(place).iter().find_map(|row| match *row {
                Row::Sent { name, body, .. } if name == message => {
                    Some(&self.bodies[body as usize])
                }
                Row::Other { place } => match &self.others[place as usize] {
                    Record::Copied(travel, _, body) if travel.name == message => Some(body),
                    _ => None,
                },
                _ => None,
            })
        })
    }

    fn rows_of(&self, place: usize) -> &[Row] {
        let from = self.heads[place].rows as usize;
        let next = self.heads.get(place + 1);
        &self.rows[from..next.map_or(self.rows.len(), |next| next.rows as usize)]
    }

    /// What came of the event at `place`, unpacked.
    pub(crate) fn outcomes_of(&self, place: usize) -> impl Iterator<Item = Record<P>> + '_ {
        let reason = |place: u32| self.reasons[place as usize].clone();
        self.rows_of(place).iter().map(move |row| match *row {
            Row::Sent {
                name,
                due_us,
                body,
                reason: why,
                to,
                end,
            } => Record::Sent {
                name,
                to,
                due_us,
                end,
                message: self.bodies[body as usize].clone(),
                reason: reason(why),
            },
            Row::TimerSet {
                min_us,
                max_us,
                due_us,
                reason: why,
                timer,
            } => Record::TimerSet {
                timer,
                min_us,
                max_us,
                due_us,
                reason: reason(why),
            },
            Row::Saved { due_us, write } => {
                Record::Saved(self.writes[write as usize].clone(), due_us)
            }
            Row::Noted { reason: why } => Record::Noted(reason(why)),
            Row::Other { place } => self.others[place as usize].clone(),
        })
    }

    #[inline(always)]
    fn head(&mut self, header: Header, what: Brief) {
        let rows = self.rows.len() as u32;
        self.heads.push(Head { header, what, rows });
    }
}

/// Puts `value` at the end of `row`, and says where that is.
#[inline(always)]
fn put<T>(row: &mut Vec<T>, value: T) -> u32 {
    let place = row.len() as u32;
    row.push(value);
    place
}

impl<P: Protocol, const DETAIL: bool> Recorder<P> for Rows<P, DETAIL> {
    const ON: bool = true;
    const DETAIL: bool = DETAIL;

    #[inline(always)]
    fn begin(&mut self, header: Header, what: What<P>) {
        let what = match what {
            What::Fired(timer) => Brief::Fired(timer),
            What::Saved => Brief::Saved,
            other => Brief::Other(put(&mut self.whats, other)),
        };
        self.head(header, what);
    }

    #[inline(always)]
    fn delivered(&mut self, header: Header, travel: Travel, message: &P::Message) {
        // What left after the first event of this record left in it.
        let first = self.heads.first();
        let body = if DETAIL && first.is_some_and(|head| head.header.at_us < travel.sent_us) {
            Body::Sent
        } else {
            Body::At(put(&mut self.bodies, message.clone()))
        };
        self.head(header, Brief::Delivered(travel, body));
    }

    #[inline(always)]
    fn outcome(&mut self, record: Record<P>) {
        let place = put(&mut self.others, record);
        self.rows.push(Row::Other { place });
    }

    #[inline(always)]
    fn sent(&mut self, flight: &Flight, message: &P::Message, reason: P::Reason) {
        self.rows.push(Row::Sent {
            name: flight.name,
            due_us: flight.due_us,
            body: put(&mut self.bodies, message.clone()),
            reason: put(&mut self.reasons, reason),
            to: flight.to,
            end: flight.end,
        });
    }

    #[inline(always)]
    fn timer_set(&mut self, timer: u8, range_us: (u64, u64), due_us: u64, reason: P::Reason) {
        self.rows.push(Row::TimerSet {
            min_us: range_us.0,
            max_us: range_us.1,
            due_us,
            reason: put(&mut self.reasons, reason),
            timer,
        });
    }

    #[inline(always)]
    fn saved(&mut self, write: P::Write, due_us: u64) {
        let write = put(&mut self.writes, write);
        self.rows.push(Row::Saved { due_us, write });
    }

    #[inline(always)]
    fn noted(&mut self, reason: P::Reason) {
        let reason = put(&mut self.reasons, reason);
        self.rows.push(Row::Noted { reason });
    }
}
