//! Messages: their glyphs, tails, marks and endings.

use super::Pen;
use super::flight::{Lane, Motion, Phase, motion, still};
use crate::epochs::fill_of;
use crate::{Align, Dash, Face, HitArea, Ink, Paint, Point, Rect, Subject, TextId};
use protocol::MessageShape;
use std::f64::consts::TAU;
use std::fmt::Write;
use trace::{Flight, FlightEnd, NodeStatus};

/// A message's label, until it is known which have room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caption {
    subject: Subject,
    text: TextId,
    at: Point,
    rect: Rect,
    opacity: f64,
    /// Selected or focused: shown whatever is beneath.
    picked: bool,
    next: bool,
    /// Which part of its way the message has behind it.
    part: f64,
}

/// From this distance to anything else on, in pixels, a label is seen in full; nearer, it fades.
const CLEAR: f64 = 5.0;

/// What is left out when there is much to draw.
#[derive(Clone, Copy)]
struct Detail {
    labels: bool,
    tails: bool,
    singles: bool,
}

impl Pen<'_> {
    pub(super) fn messages(&mut self, captions: &mut Vec<Caption>) {
        captions.clear();
        let flights = &self.input.frame.flights;
        let options = self.input.options;
        let crowded = self.crowded();
        let telling = flights
            .iter()
            .filter(|flight| flight.view.shape != MessageShape::Heartbeat)
            .take(options.labels_max as usize + 1)
            .count();
        let detail = Detail {
            labels: telling <= options.labels_max as usize && !self.places.measures().compact,
            tails: flights.len() <= options.tails_max as usize,
            singles: !crowded,
        };
        for flight in flights {
            let subject = subject_of(flight);
            let picked = self.picked(subject);
            if detail.singles || picked || flight.next || flight.held {
                captions.extend(self.message(flight, detail, picked));
            }
        }
        self.captions(captions);
    }

    /// The labels that have room: what is picked first, then what comes next, then what is nearest to its arrival. A label
    /// fades as it comes near to a node or to another text.
    fn captions(&mut self, captions: &mut [Caption]) {
        let rank = |caption: &Caption| (caption.picked, caption.next);
        captions.sort_by(|one, other| {
            let by_rank = rank(other).cmp(&rank(one));
            by_rank.then(other.part.total_cmp(&one.part))
        });
        let size = self.places.measures().remark;
        for caption in captions {
            let room = if caption.picked {
                1.0
            } else {
                (self.clearance(caption.rect) / CLEAR).min(1.0)
            };
            if room <= 0.0 {
                continue;
            }
            self.taken.push(caption.rect);
            self.scene.group(Some(caption.subject), HitArea::None);
            let paint = Paint::fill(Ink::Ink)
                .outlined(Ink::Paper, 3.0)
                .faded(caption.opacity * room);
            let (at, text) = (caption.at, caption.text);
            self.scene
                .label(at, text, size, Align::Middle, Face::Text, paint);
        }
    }

    /// How far a text would be from the nodes' discs with their arcs, and from other texts.
    fn clearance(&self, rect: Rect) -> f64 {
        let nodes = self.input.frame.nodes.iter();
        let spots = nodes.filter_map(|node| self.spot(node.id));
        let discs = spots.map(|spot| rect.distance(spot.at) - super::node::ARC * spot.r);
        let texts = self.taken.iter().map(|taken| rect.gap(*taken));
        discs.chain(texts).fold(f64::INFINITY, f64::min)
    }

    pub(super) fn picked(&self, subject: Subject) -> bool {
        self.input.selected == Some(subject) || self.input.focused == Some(subject)
    }

    fn lane(&self, flight: &Flight) -> Option<Lane> {
        let (from, to) = (self.spot(flight.from)?, self.spot(flight.to)?);
        let r = self.places.measures().message;
        Some(Lane::new(flight, from, to, r, self.input.size.rect()))
    }

    fn message(&mut self, flight: &Flight, detail: Detail, picked: bool) -> Option<Caption> {
        let lane = self.lane(flight)?;
        let crossing = match flight.end {
            FlightEnd::Cut => self.crossing(flight.from, flight.to, &lane),
            _ => 0.5,
        };
        let reduced = self.input.options.reduced_motion;
        let moving = motion(flight, &lane, self.input.head_us(), crossing);
        let motion = moving.map(|moving| {
            if reduced {
                still(flight, &lane, crossing)
            } else {
                moving
            }
        })?;
        let measures = self.places.measures();
        let r = radius(flight.view.shape, measures.message);
        let hit = HitArea::Disc { at: motion.at, r };
        self.scene.group(Some(subject_of(flight)), hit);
        if reduced {
            self.arrow(&lane, &motion, flight);
        } else if detail.tails {
            self.tail(&lane, &motion, r);
        }
        if flight.copy > 0 {
            self.split(flight, &motion);
        }
        match motion.phase {
            Phase::Bursting(age) => self.burst(motion.at, r, age),
            Phase::Late => self.door(&lane, r, flight.next),
            Phase::Held => self.pin(motion.at, r),
            Phase::Falling(_) => self.chevron(motion, r),
            Phase::Flying | Phase::Fading | Phase::Bouncing(_) => {}
        }
        self.glyph(flight, &motion, r);
        if self.input.differs(subject_of(flight)) {
            let side = (0.8 * measures.message).max(4.5);
            let at = Point::new(motion.at.x, motion.at.y - r - 1.3 * side);
            self.scene.differs_mark(at, side);
        }
        if flight.next {
            let ring = Paint::stroke(Ink::Ink, measures.line);
            self.scene.disc(motion.at, 1.7 * r, ring);
            let tip = Point::new(motion.at.x - 2.1 * r, motion.at.y);
            self.scene.next_mark(tip, 1.3 * measures.message);
        }
        if picked {
            let focused = self.input.focused == Some(subject_of(flight));
            self.scene.focus_ring(motion.at, 2.1 * r, focused);
        }
        let wanted = detail.labels || picked || (flight.next && !measures.compact);
        wanted.then(|| self.caption(flight, &lane, &motion, r, picked))?
    }

    /// The disc or ring of a message.
    fn glyph(&mut self, flight: &Flight, motion: &Motion, r: f64) {
        let line = self.places.measures().line;
        let epoch = self.input.epoch(flight.view.epoch);
        let (at, fade) = (motion.at, motion.opacity);
        let grey = matches!(motion.phase, Phase::Bouncing(_));
        let fill = if grey { Ink::Neutral } else { fill_of(epoch) };
        let hatched = !grey && self.epochs.hatched(epoch);
        let burst = matches!(motion.phase, Phase::Bursting(_));
        if burst {
            return;
        }
        let dash = match motion.phase {
            Phase::Falling(_) | Phase::Fading => Dash::Dashed,
            _ => Dash::Solid,
        };
        let ink = if grey { Ink::Soft } else { Ink::Ink };
        let body = Paint::fill(fill).outlined(ink, line).dash(dash).faded(fade);
        match flight.view.shape {
            MessageShape::Request => {
                self.scene.disc(at, r, body);
                if hatched {
                    self.scene.hatch_disc(
                        at,
                        r,
                        0.55 * r,
                        Paint::stroke(ink, 0.8 * line).faded(fade),
                    );
                }
            }
            MessageShape::Heartbeat => {
                let faint = Paint::fill(fill).outlined(Ink::Ink, 0.7 * line).dash(dash);
                self.scene.disc(at, r, faint.faded(0.85 * fade));
            }
            MessageShape::Granted | MessageShape::Refused => {
                self.scene.disc(at, r, body);
                if hatched {
                    self.scene.hatch_disc(
                        at,
                        r,
                        0.5 * r,
                        Paint::stroke(ink, 0.8 * line).faded(fade),
                    );
                }
                let hole = Paint::fill(Ink::Paper)
                    .outlined(ink, 0.7 * line)
                    .faded(fade);
                self.scene.disc(at, 0.68 * r, hole);
                self.answer(
                    at,
                    r,
                    flight.view.shape,
                    Paint::stroke(ink, 1.5 * line).faded(fade),
                );
            }
        }
    }

    /// The tick or the cross within a reply.
    fn answer(&mut self, at: Point, r: f64, shape: MessageShape, paint: Paint) {
        let point = |x: f64, y: f64| at + Point::new(x * r, y * r);
        if shape == MessageShape::Granted {
            let tick = [point(-0.36, 0.03), point(-0.1, 0.32), point(0.38, -0.3)];
            self.scene.path(tick, false, paint);
        } else {
            let arm = 0.3;
            let cross = [
                point(-arm, -arm),
                point(arm, arm),
                point(-arm, arm),
                point(arm, -arm),
            ];
            self.scene.lines(cross, paint);
        }
    }

    /// A taper that says where the message came from.
    fn tail(&mut self, lane: &Lane, motion: &Motion, r: f64) {
        if !matches!(motion.phase, Phase::Flying | Phase::Fading | Phase::Late) {
            return;
        }
        let length = (0.28 * lane.length()).min(7.0 * r);
        let back = length / lane.length().max(1.0);
        let end = lane.at((motion.part - back).max(0.0));
        let along = motion.at - end;
        if along.length() < r {
            return;
        }
        let side = along.unit().right() * (0.62 * r);
        let taper = [motion.at + side, end, motion.at - side];
        let paint = Paint::fill(Ink::Soft).faded(0.26 * motion.opacity);
        self.scene.path(taper, true, paint);
    }

    /// With reduced motion: the whole way as an arrow.
    fn arrow(&mut self, lane: &Lane, motion: &Motion, flight: &Flight) {
        let measures = self.places.measures();
        let end = match motion.phase {
            Phase::Fading | Phase::Bursting(_) | Phase::Falling(_) => motion.part,
            _ => 1.0,
        };
        let way = (0..=8).map(|k| lane.at(end * f64::from(k) / 8.0));
        let dash = match motion.phase {
            Phase::Flying | Phase::Late => Dash::Solid,
            _ => Dash::Dashed,
        };
        let heartbeat = flight.view.shape == MessageShape::Heartbeat;
        let opacity = motion.opacity * if heartbeat { 0.6 } else { 1.0 };
        let paint = Paint::stroke(Ink::Soft, measures.line).dash(dash);
        self.scene.path(way, false, paint.faded(opacity));
        if end >= 1.0 {
            let tip = lane.at(1.0);
            let along = (tip - lane.at(0.95)).unit();
            self.scene
                .arrowhead(tip, along, 1.2 * measures.message, Ink::Soft);
        }
    }

    /// A thread from a copy to the one that it was split from, so that the split is seen.
    #[inline(never)]
    fn split(&mut self, flight: &Flight, motion: &Motion) {
        // A copy may have a name of its own: then its original is the last that looks the same.
        let same = |other: &&Flight| {
            let way = (other.from, other.to) == (flight.from, flight.to);
            other.copy == 0 && way && other.sent_us <= flight.sent_us && other.view == flight.view
        };
        let flights = self.input.frame.flights.iter().filter(same);
        let first = flights.max_by_key(|other| (other.name == flight.name, other.sent_us));
        let Some((first, lane)) = first.and_then(|first| Some((first, self.lane(first)?))) else {
            return;
        };
        let other = super::flight::motion(first, &lane, self.input.head_us(), 0.5);
        if let Some(other) = other.filter(|_| !self.input.options.reduced_motion) {
            let paint = Paint::stroke(Ink::Soft, self.places.measures().line).dash(Dash::Dotted);
            self.scene
                .line(other.at, motion.at, paint.faded(motion.opacity));
        }
    }

    /// Sparks at the line of a cut.
    #[inline(never)]
    fn burst(&mut self, at: Point, r: f64, age: f64) {
        let (inner, outer) = (r * (0.3 + 0.9 * age), r * (1.0 + 1.1 * age));
        let sparks = (0..8).flat_map(|k| {
            let angle = TAU * (f64::from(k) + 0.5) / 8.0;
            [at.towards(angle, inner), at.towards(angle, outer)]
        });
        let paint = Paint::stroke(Ink::Ink, 1.4 * self.places.measures().line);
        self.scene.lines(sparks, paint.faded(1.0 - age));
    }

    /// The closed door before which a late message waits.
    fn door(&mut self, lane: &Lane, r: f64, ringed: bool) {
        let along = (lane.end - lane.start).unit();
        let at = lane.at(1.0) + along * (r * if ringed { 2.1 } else { 1.35 });
        let side = along.right() * r;
        let paint = Paint::stroke(Ink::Ink, 1.6 * self.places.measures().line);
        self.scene.line(at - side, at + side, paint);
    }

    /// The pin that holds a message.
    #[inline(never)]
    fn pin(&mut self, at: Point, r: f64) {
        let head = at + Point::new(0.9 * r, -2.1 * r);
        let line = self.places.measures().line;
        self.scene
            .line(at, head, Paint::stroke(Ink::Ink, 1.3 * line));
        self.scene.disc(head, 0.55 * r, Paint::fill(Ink::Ink));
    }

    /// What somebody dropped points to where it falls.
    fn chevron(&mut self, motion: Motion, r: f64) {
        let at = motion.at + Point::new(0.0, -1.6 * r);
        let arms = [
            at + Point::new(-0.6 * r, -0.5 * r),
            at,
            at + Point::new(0.6 * r, -0.5 * r),
        ];
        let paint = Paint::stroke(Ink::Soft, 1.3 * self.places.measures().line);
        self.scene.path(arms, false, paint.faded(motion.opacity));
    }

    /// The label of a message, where it has one: what is underway, not its remains.
    fn caption(
        &mut self,
        flight: &Flight,
        lane: &Lane,
        motion: &Motion,
        r: f64,
        picked: bool,
    ) -> Option<Caption> {
        let heartbeat = flight.view.shape == MessageShape::Heartbeat;
        let underway = matches!(motion.phase, Phase::Flying | Phase::Late | Phase::Held);
        if !picked && (!underway || heartbeat && !flight.next) {
            return None;
        }
        // Near the doors there are nodes and their labels, and messages that leave together.
        let near = (motion.part / 0.12)
            .min((1.0 - motion.part) / 0.12)
            .min(1.0);
        let near = if picked || motion.phase == Phase::Late {
            1.0
        } else {
            near
        };
        let opacity = near * motion.opacity;
        let size = self.places.measures().remark;
        let kind = self.scene.texts.text(&flight.view.kind);
        let text = match flight.view.label.as_ref().filter(|_| picked) {
            None => kind,
            Some(content) => {
                let (words, labels) = (self.input.words, self.input.labels);
                let content = self.scene.texts.phrase(content, words, labels);
                let kind = flight.view.kind.as_ref();
                let content = self.scene.texts.get(content).to_owned();
                self.scene.texts.written(|out| {
                    let _ = write!(out, "{kind} · {content}");
                })
            }
        };
        let half = self.scene.width_of(text, size) / 2.0;
        let height = r.max(0.8 * self.places.measures().message) + 0.75 * size;
        // Behind the message: where it goes, there is a node.
        let above = lane.end.y >= lane.start.y && motion.at.y - height > size;
        let y = motion.at.y + if above { -height } else { height };
        let room = self.input.size.rect().inset(4.0);
        let x = room.clamp(Point::new(motion.at.x, y), half).x;
        Some(Caption {
            subject: subject_of(flight),
            text,
            at: Point::new(x, y),
            rect: Rect::new(x - half, y - 0.5 * size, 2.0 * half, size),
            opacity,
            picked,
            next: flight.next,
            part: motion.part,
        })
    }

    /// Whether the node answers at all.
    pub(super) const fn is_down(status: NodeStatus) -> bool {
        matches!(status, NodeStatus::Crashed | NodeStatus::Removed)
    }
}

fn subject_of(flight: &Flight) -> Subject {
    Subject::Message {
        name: flight.name,
        copy: flight.copy,
    }
}

/// A message's radius: replies have room for their sign, heartbeats are small.
fn radius(shape: MessageShape, r: f64) -> f64 {
    match shape {
        MessageShape::Request => r,
        MessageShape::Granted | MessageShape::Refused => 1.25 * r,
        MessageShape::Heartbeat => 0.65 * r,
    }
}
