//! Motion: where a message is, as a pure function of the flight and the play head. Knows nothing of how it is drawn.

use crate::{Point, Rect, Spot};
use trace::{Flight, FlightEnd};

/// How long an ending is shown, in parts of the flight's own duration: slow networks die slowly, at any speed of play.
const LINGER: f64 = 0.35;
/// Over which part of its way a lost message fades.
const FADE: f64 = 0.35;
/// Where a lost message is gone, unless the trace says when.
const LOST_AT: f64 = 0.62;

/// How far round a message its marks reach, in radii.
const MARKS: f64 = 4.0;
/// How far from a node's centre its door is, in radii: beyond its rings and its arc.
const DOOR: f64 = 1.36;

/// The way of a message: a slight arc on the right of the straight line, so that both directions stay apart.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Lane {
    /// At the sender's door.
    pub(super) start: Point,
    /// At the addressee's.
    pub(super) end: Point,
    right: Point,
    offset: f64,
    bow: f64,
    /// How far apart the places before the door are.
    spread: f64,
    room: Rect,
}

impl Lane {
    /// The lane of `flight` between two nodes, for a message of radius `r`, within `room`.
    pub(super) fn new(flight: &Flight, from: Spot, to: Spot, r: f64, room: Rect) -> Self {
        let way = to.at - from.at;
        let to_self = flight.from == flight.to;
        // What a node sends to itself stands above it.
        let along = if to_self {
            Point::new(-1.0, 0.0)
        } else {
            way.unit()
        };
        let (leave, arrive) = (DOOR * from.r + 1.1 * r, DOOR * to.r + 1.1 * r);
        let free = (way.length() - leave - arrive).max(0.0);
        let start = if to_self {
            from.at
        } else {
            from.at + along * leave
        };
        // Neighbours in time fan out by their names, which no other message's coming or going can change.
        let fan = (flight.name.0 % 5) as f64 + 3.3 * f64::from(flight.copy % 8);
        Self {
            start,
            end: start + along * free,
            right: along.right(),
            offset: if to_self { leave } else { 1.1 * r },
            bow: if to_self {
                2.0 * r
            } else {
                (r * (0.6 + 0.7 * fan)).min(0.22 * free)
            },
            spread: 0.45 * r * (fan - 2.0),
            room: room.inset(MARKS * r + 2.0),
        }
    }

    /// The place at `part` of the way, from 0 to 1.
    pub(super) fn at(&self, part: f64) -> Point {
        let side = self.offset + part * (self.bow * 4.0 * (1.0 - part) + self.spread);
        let at = self.start.part_way(self.end, part) + self.right * side;
        self.room.clamp(at, 0.0)
    }

    /// How long it is, about.
    pub(super) fn length(&self) -> f64 {
        self.start.distance(self.end)
    }
}

/// What a message does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Phase {
    /// It flies.
    Flying,
    /// It is overdue, and waits at the door of its addressee.
    Late,
    /// It is held midway.
    Held,
    /// It fades: the network lost it.
    Fading,
    /// It bursts at a cut. Ages go from 0 to 1.
    Bursting(f64),
    /// It falls off the stage.
    Falling(f64),
    /// It comes back grey from a node that is down.
    Bouncing(f64),
}

/// Where a message is, and what it does there.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Motion {
    /// Where.
    pub(super) at: Point,
    /// Which part of its way it has behind it, from 0 to 1.
    pub(super) part: f64,
    /// From 0 to 1.
    pub(super) opacity: f64,
    /// What.
    pub(super) phase: Phase,
}

/// The motion of `flight` on its `lane`; `None` before it was sent and after it ended. `crossing` is the part of the way
/// at which it would meet a cut.
pub(super) fn motion(flight: &Flight, lane: &Lane, head_us: f64, crossing: f64) -> Option<Motion> {
    let sent = flight.sent_us as f64;
    let duration = (flight.due_us.saturating_sub(flight.sent_us)).max(1) as f64;
    let part_at = |us: f64| (us - sent) / duration;
    let gone = part_at(head_us);
    let ended = flight.ended_us.map(|us| part_at(us as f64));
    if gone < 0.0 {
        return None;
    }
    let here = |part: f64, opacity: f64, phase: Phase| {
        let part = part.clamp(0.0, 1.0);
        Some(Motion {
            at: lane.at(part),
            part,
            opacity,
            phase,
        })
    };
    let underway = || {
        if flight.held {
            here(gone.min(0.5), 1.0, Phase::Held)
        } else if gone >= 1.0 {
            here(1.0, 1.0, Phase::Late)
        } else {
            here(gone, 1.0, Phase::Flying)
        }
    };
    let age_since = |ended: f64, linger: f64| (gone - ended) / linger;
    match flight.end {
        FlightEnd::Arrives if ended.is_some_and(|ended| gone >= ended) => None,
        FlightEnd::Arrives => underway(),
        FlightEnd::Lost => {
            let last = ended.filter(|part| (0.05..0.95).contains(part));
            let last = last.unwrap_or(LOST_AT);
            let left = ((last - gone) / FADE).min(1.0);
            (left > 0.0).then(|| here(gone, left, Phase::Fading))?
        }
        FlightEnd::Cut => {
            // It bursts at the line, unless the line came down when it was already behind it, or far before it.
            let elsewhere = ended.filter(|part| {
                (0.02..0.98).contains(part) && (*part > crossing || *part < crossing - 0.25)
            });
            let burst = elsewhere.unwrap_or(crossing);
            match age_since(burst, LINGER) {
                age if age < 0.0 => here(gone, 1.0, Phase::Flying),
                age if age < 1.0 => here(burst, 1.0 - age, Phase::Bursting(age)),
                _ => None,
            }
        }
        FlightEnd::Dropped => {
            let dropped = ended.unwrap_or(gone);
            match age_since(dropped, 1.2 * LINGER) {
                age if age < 0.0 => underway(),
                age if age < 1.0 => {
                    let part = if flight.held {
                        dropped.min(0.5)
                    } else {
                        dropped
                    };
                    let mut falling = here(part, 1.0 - age, Phase::Falling(age))?;
                    falling.at.y += (lane.room.bottom() - falling.at.y).max(0.0) * age * age;
                    Some(falling)
                }
                _ => None,
            }
        }
        FlightEnd::Bounced => {
            let bounced = ended.unwrap_or(1.0).max(0.0);
            match age_since(bounced, LINGER) {
                age if age < 0.0 => here(gone, 1.0, Phase::Flying),
                age if age < 1.0 => here(
                    bounced.min(1.0) - 0.3 * age,
                    1.0 - age,
                    Phase::Bouncing(age),
                ),
                _ => None,
            }
        }
    }
}

/// With reduced motion: each message at a place where its arrow can be read, its ending half way through.
pub(super) fn still(flight: &Flight, lane: &Lane, crossing: f64) -> Motion {
    let (part, opacity, phase) = match flight.end {
        FlightEnd::Arrives if flight.held => (0.5, 1.0, Phase::Held),
        FlightEnd::Arrives => (0.6, 1.0, Phase::Flying),
        FlightEnd::Lost => (0.5, 0.6, Phase::Fading),
        FlightEnd::Cut => (crossing, 1.0, Phase::Bursting(0.3)),
        FlightEnd::Dropped => (0.5, 0.8, Phase::Falling(0.0)),
        FlightEnd::Bounced => (0.85, 0.9, Phase::Bouncing(0.3)),
    };
    Motion {
        at: lane.at(part),
        part,
        opacity,
        phase,
    }
}
