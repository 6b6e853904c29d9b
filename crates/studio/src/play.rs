//! The play head: continuous virtual time between events, at a speed of a ladder, passing visibly over quiet time.

use crate::Model;

use trace::{FlightEnd, Frame};

/// Microseconds of virtual time shown in a second of real time: from 2,000 times slower to 10 times faster.
pub(crate) const LADDER_US: [u64; 13] = [
    500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
    2_000_000, 10_000_000,
];
/// The pace at which a second is a second.
pub(crate) const REAL_TIME_US: u64 = 1_000_000;
/// An animation frame longer than this was a hidden tab, not time that somebody watched.
const TICK_US_MAX: u64 = 100_000;
/// At most so many events a tick: beyond, the cluster runs slower than asked instead of the page.
pub(crate) const EVENTS_PER_TICK_MAX: u32 = 256;
/// Quiet time shorter than this, in real microseconds, is played; longer is passed over.
pub(crate) const QUIET_US_REAL: f64 = 700_000.0;
/// How long passing over takes.
pub(crate) const SKIP_US_REAL: f64 = 400_000.0;
/// How long before the next event the passing over ends.
pub(crate) const RUN_UP_US_REAL: f64 = 150_000.0;

/// The place in [`LADDER_US`] of a pace in virtual microseconds a second; `None` if none is it.
pub(crate) fn place_of(pace_us: u64) -> Option<usize> {
    LADDER_US.iter().position(|known| *known == pace_us)
}

/// Where the play head is, and how it moves.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) playing: bool,
    /// Virtual time, from the cursor's to that of the next event.
    pub(crate) at_us: f64,
    /// The place in [`LADDER_US`].
    pub(crate) speed: usize,
    pub(crate) skip: Option<Skip>,
}

/// A passing over quiet time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Skip {
    from_us: f64,
    to_us: f64,
    /// How much real time it has taken so far.
    took_us: f64,
}

impl Skip {
    /// How much virtual time it passes over.
    pub(crate) fn length_us(&self) -> u64 {
        (self.to_us - self.from_us) as u64
    }
}

impl Head {
    /// At the beginning, paused, at the speed of the ladder nearest to `pace_us`.
    pub(crate) fn new(pace_us: u64) -> Self {
        let nearest = |(_, speed): &(usize, &u64)| {
            let (low, high) = ((**speed).min(pace_us).max(1), (**speed).max(pace_us));
            high * 1_000 / low
        };
        let speed = LADDER_US.iter().enumerate().min_by_key(nearest);
        Self {
            playing: false,
            at_us: 0.0,
            speed: speed.map_or(0, |(place, _)| place),
            skip: None,
        }
    }

    /// Microseconds of virtual time in a second of real time.
    pub(crate) const fn pace_us(&self) -> u64 {
        LADDER_US[self.speed]
    }

    /// Virtual microseconds in so many real ones.
    pub(crate) fn virtual_us(&self, real_us: f64) -> f64 {
        real_us * self.pace_us() as f64 / 1e6
    }
}

/// Whether anything is on its way.
pub(crate) fn flies(frame: &Frame) -> bool {
    frame
        .flights
        .iter()
        .any(|flight| flight.ended_us.is_none() && !flight.held && flight.end != FlightEnd::Dropped)
}

impl Model {
    /// The play head, in microseconds of virtual time.
    pub const fn play_us(&self) -> f64 {
        self.head.at_us
    }

    /// Whether it plays.
    pub const fn is_playing(&self) -> bool {
        self.head.playing
    }

    pub(crate) fn tick(&mut self, elapsed_us_real: u64) {
        let elapsed_us = elapsed_us_real.min(TICK_US_MAX);
        self.real_us += elapsed_us;
        self.tell_if_due();
        if self.join.joined.is_some() {
            self.tend();
        }
        if self.goal.is_some() {
            self.pursue();
        } else if self.follows() {
            self.follow();
        } else if self.head.playing && self.tells() {
            self.play_on(elapsed_us as f64);
        } else if self.head.playing {
            self.play(elapsed_us as f64);
        }
        self.search_on();
        if self.is_in_room() {
            self.tend_room();
        }
    }

    pub(crate) fn set_speed(&mut self, place: usize) {
        self.head.speed = place.min(LADDER_US.len() - 1);
        self.head.skip = None;
        self.touch();
    }

    /// Pauses. `opens` the list of what can happen, unless a node is being looked at.
    pub(crate) fn pause(&mut self, opens: bool) {
        self.goal = None;
        if !self.head.playing {
            return;
        }
        self.head.playing = false;
        self.head.skip = None;
        self.stop_following();
        let read = match self.look.tab {
            crate::Tab::Node => self.look.node.is_some(),
            tab => tab == crate::Tab::History || self.is_joined(),
        };
        if opens && !read {
            self.look.tab = crate::Tab::UpNext;
        }
        self.address.dirty();
        self.session.read();
        self.read_under_way();
        self.tell_latest();
        self.touch();
    }

    /// The node whose changes are to be told: the one that is looked at.
    pub(crate) fn watched(&self) -> Option<protocol::NodeId> {
        self.look.node.filter(|_| self.look.tab == crate::Tab::Node)
    }

    fn play(&mut self, elapsed_us: f64) {
        let Some(next_us) = self.session.playable.next_us() else {
            if !self.follow_from_here() {
                self.pause(true);
            }
            return;
        };
        if self.skip_on(elapsed_us) {
            return;
        }
        let target_us = self.head.at_us + self.head.virtual_us(elapsed_us);
        let mut next = Some(next_us);
        let mut events = 0;
        let last = self.no_further_than().unwrap_or(u64::MAX);
        while let Some(due_us) = next.filter(|due| *due as f64 <= target_us) {
            if self.session.step() >= last {
                break;
            }
            if events == EVENTS_PER_TICK_MAX {
                // Too much to do in one frame: time goes slower rather than the page.
                self.head.at_us = self.head.at_us.max(due_us as f64);
                self.moved();
                return;
            }
            let watched = self.watched().filter(|_| events < 16);
            let Some(stepped) = self.session.advance(watched) else {
                break;
            };
            events += 1;
            self.head.at_us = self.head.at_us.max(self.session.playable.now_us() as f64);
            self.played(stepped, events);
            if stepped.violated {
                self.head.playing = false;
                self.address.dirty();
                self.moved();
                self.touch();
                return;
            }
            next = self.session.playable.next_us();
        }
        self.head.at_us = match next {
            Some(due_us) => target_us.min(due_us as f64).max(self.head.at_us),
            None => self.head.at_us,
        };
        if events > 0 {
            self.moved();
        }
        self.skip_if_quiet();
    }

    /// Goes on passing over quiet time. False if none is being passed over.
    pub(crate) fn skip_on(&mut self, elapsed_us: f64) -> bool {
        let Some(skip) = &mut self.head.skip else {
            return false;
        };
        skip.took_us += elapsed_us;
        let part = skip.took_us / SKIP_US_REAL;
        if part < 1.0 {
            self.head.at_us = skip.from_us + (skip.to_us - skip.from_us) * part;
        } else {
            self.head.at_us = skip.to_us;
            self.head.skip = None;
            self.touch();
        }
        true
    }

    /// Begins to pass over the time until the next event, if nothing flies and it is far.
    pub(crate) fn skip_if_quiet(&mut self) {
        let beside = self.session.beside.as_ref().map(|beside| &*beside.frame);
        let frames = || std::iter::once(&*self.session.frame).chain(beside);
        let flies = frames().any(flies);
        let next_us = frames().filter_map(|frame| frame.next_us).min();
        let Some(next_us) = next_us.filter(|_| !flies) else {
            return;
        };
        let to_us = next_us as f64 - self.head.virtual_us(RUN_UP_US_REAL);
        if to_us - self.head.at_us > self.head.virtual_us(QUIET_US_REAL) {
            self.head.skip = Some(Skip {
                from_us: self.head.at_us,
                to_us,
                took_us: 0.0,
            });
            self.touch();
        }
    }

    /// The cursor has moved: what the views show is read again.
    pub(crate) fn moved(&mut self) {
        self.session.read();
        self.read_under_way();
        if !self.head.playing {
            self.look_back();
        }
        let here = |name| self.session.frame.flights.iter().any(|f| f.name == name);
        self.look.message = self.look.message.filter(|name| here(*name));
        self.follow_events();
        self.touch();
    }

    /// The cursor has jumped: the play head jumps with it.
    pub(crate) fn jumped(&mut self) {
        self.head.at_us = self.session.playable.now_us() as f64;
        self.head.skip = None;
        self.moved();
    }

    /// While paused, finds out what the last step changed at the node that is looked at.
    pub(crate) fn look_back(&mut self) {
        if let Some(node) = self.watched() {
            self.session.look_back(node);
        }
    }
}
