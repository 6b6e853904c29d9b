//! Whether a predicate holds: what happened is counted event by event, what is so is looked at.

use crate::sight::{Names, Sight};
use crate::{EventKind, Happening, Number, Predicate, Trouble, What};
use protocol::{Picture, Verdict};
use sim::Playable;
use trace::{Event, FlightEnd, NodeFrame, NodeStatus, Outcome, Stimulus};

/// A predicate with what has happened of it since a step.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    /// How often each [`Predicate::Happened`] did, in the order in which they stand.
    counts: Vec<u64>,
    /// Up to which step they are counted.
    seen: u64,
}

impl Watch {
    /// Watches from after `step` on.
    pub(crate) const fn new(step: u64) -> Self {
        Self {
            counts: Vec::new(),
            seen: step,
        }
    }

    /// Whether `predicate` holds at the cursor; events up to there are counted first.
    pub(crate) fn holds(
        &mut self,
        predicate: &Predicate,
        world: &mut dyn Playable,
        names: &Names,
    ) -> Result<bool, Trouble> {
        let mut happenings = Vec::new();
        collect(predicate, &mut happenings);
        self.counts.resize(happenings.len(), 0);
        if happenings.is_empty() {
            self.seen = world.step();
        }
        while self.seen < world.step() {
            self.seen += 1;
            let Some(event) = world.event(self.seen) else {
                continue;
            };
            let sight = Sight::new(world, names);
            for (count, (happening, _)) in self.counts.iter_mut().zip(&happenings) {
                *count += sight.count(happening, &event)?;
            }
        }
        let sight = Sight::new(world, names);
        let mut counts = self.counts.iter().copied();
        sight.holds(predicate, &mut counts)
    }

    /// What of `predicate` does not hold: the first part that does not, where all must.
    pub(crate) fn unmet<'p>(&self, predicate: &'p Predicate, sight: &Sight<'_>) -> &'p Predicate {
        let mut counts = self.counts.iter().copied();
        let Predicate::All(parts) = predicate else {
            return predicate;
        };
        let mut holds = |part: &&Predicate| sight.holds(part, &mut counts).unwrap_or(false);
        parts.iter().find(|part| !holds(part)).unwrap_or(predicate)
    }
}

/// The happenings of `predicate` with how often they are asked for, in the order in which they stand.
pub(crate) fn collect<'p>(predicate: &'p Predicate, into: &mut Vec<(&'p Happening, Number)>) {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => {
            parts.iter().for_each(|part| collect(part, into));
        }
        Predicate::Not(inner) => collect(inner, into),
        Predicate::Happened(happening, count) => into.push((happening, *count)),
        _ => {}
    }
}

impl Sight<'_> {
    pub(crate) fn holds(
        &self,
        predicate: &Predicate,
        counts: &mut dyn Iterator<Item = u64>,
    ) -> Result<bool, Trouble> {
        // Every part takes its counts, also where the answer is known already.
        let fold = |parts: &[Predicate], counts: &mut dyn Iterator<Item = u64>, all: bool| {
            let mut holds = all;
            for part in parts {
                let part = self.holds(part, counts)?;
                holds = if all { holds && part } else { holds || part };
            }
            Ok(holds)
        };
        match predicate {
            Predicate::All(parts) => fold(parts, counts, true),
            Predicate::Any(parts) => fold(parts, counts, false),
            Predicate::Not(inner) => Ok(!self.holds(inner, counts)?),
            Predicate::Happened(_, count) => Ok(count.fits(counts.next().unwrap_or(0))),
            Predicate::Role { role, nodes, count } => self.has_role(role, nodes, *count),
            Predicate::Status { nodes, status } => self.each(nodes, |node| node.status == *status),
            Predicate::Epoch { nodes, epoch } => {
                let fits = |node: &NodeFrame| node.view.epoch.is_some_and(|of| epoch.fits(of));
                if nodes.is_empty() {
                    let up = |node: &&NodeFrame| node.status == NodeStatus::Up;
                    return Ok(self.frame().nodes.iter().filter(up).any(fits));
                }
                self.each(nodes, fits)
            }
            Predicate::Log { nodes, log } => self.each(nodes, |node| {
                node.view.pictures.iter().any(|picture| match picture {
                    Picture::Log { cells, .. } => {
                        cells.iter().map(|cell| cell.epoch).eq(log.iter().copied())
                    }
                    _ => false,
                })
            }),
            Predicate::Committed { nodes, committed } => self.each(nodes, |node| {
                node.view.pictures.iter().any(|picture| match picture {
                    Picture::Log {
                        committed: up_to, ..
                    } => committed.fits(*up_to),
                    _ => false,
                })
            }),
            Predicate::Entry {
                nodes,
                index,
                epoch,
            } => self.each(nodes, |node| {
                let pictures = &node.view.pictures;
                pictures
                    .iter()
                    .any(|picture| has_entry(picture, *index, *epoch))
            }),
            Predicate::Row { nodes, cells } if nodes.is_empty() => {
                Ok(self.has_row(&self.pictures(), cells))
            }
            Predicate::Row { nodes, cells } => {
                self.each(nodes, |node| self.has_row(&node.view.pictures, cells))
            }
            Predicate::InFlight(messages, count) => {
                let every = crate::Messages {
                    every: true,
                    ..messages.clone()
                };
                Ok(count.fits(self.flights(&every)?.len() as u64))
            }
            Predicate::Quiet => {
                let frame = self.frame();
                let flies = frame.flights.iter().any(|flight| {
                    flight.end == FlightEnd::Arrives && flight.ended_us.is_none() && !flight.held
                });
                Ok(!flies && frame.nodes.iter().all(|node| node.unsaved == 0))
            }
            Predicate::Violated(id) => {
                Ok(self.verdict(id, |verdict| matches!(verdict, Verdict::Violated(_))))
            }
            Predicate::Met(id) => Ok(self.verdict(id, |verdict| matches!(verdict, Verdict::Met))),
        }
    }

    fn each(&self, group: &[String], is: impl Fn(&NodeFrame) -> bool) -> Result<bool, Trouble> {
        let nodes = self.nodes(group)?;
        let frame = self.frame();
        Ok(nodes.iter().all(|node| is(&frame.nodes[node.index()])))
    }

    fn has_role(&self, role: &str, group: &[String], count: Number) -> Result<bool, Trouble> {
        let among = self.nodes(group)?;
        let nodes = self.frame().nodes.iter().filter(|node| {
            node.status == NodeStatus::Up
                && crate::select::is_role(&node.view.role, role)
                && (group.is_empty() || among.contains(&node.id))
        });
        Ok(count.fits(nodes.count() as u64))
    }

    fn has_row(&self, pictures: &[Picture], cells: &[String]) -> bool {
        let mut rows = pictures.iter().flat_map(|picture| match picture {
            Picture::Table { rows, .. } => rows.as_slice(),
            _ => &[],
        });
        rows.any(|row| {
            cells.iter().all(|cell| {
                let one = std::slice::from_ref(cell);
                row.cells.iter().any(|arg| self.is_value(arg, one))
            })
        })
    }

    /// How often `happening` is in `event`.
    pub(crate) fn count(&self, happening: &Happening, event: &Event) -> Result<u64, Trouble> {
        if let Some(who) = &happening.node {
            // Whoever is not there yet has done nothing yet.
            match self.node(who) {
                Ok(node) if event.node == Some(node) => {}
                Ok(_) | Err(Trouble::Nobody(_)) => return Ok(0),
                Err(other) => return Err(other),
            }
        }
        let mut count = 0;
        match &happening.what {
            What::Event {
                kind,
                timer,
                message,
            } => {
                let about = event.stimulus.message();
                let is_it = kind_of(&event.stimulus) == Some(*kind)
                    && timer.as_ref().is_none_or(|timer| {
                        matches!(&event.stimulus, Stimulus::Fired { timer: fired } if fired == timer)
                    })
                    && match (message, about) {
                        (Some(wanted), Some(message)) => self.is_message(wanted, message)?,
                        (Some(_), None) => false,
                        (None, _) => true,
                    };
                count += u64::from(is_it);
            }
            what => {
                for outcome in &event.outcomes {
                    count += u64::from(self.is_outcome(what, happening, outcome)?);
                }
            }
        }
        Ok(count)
    }

    fn is_outcome(
        &self,
        what: &What,
        happening: &Happening,
        outcome: &Outcome,
    ) -> Result<bool, Trouble> {
        let says = |phrase: &protocol::Phrase, family: &str, id: &str| {
            phrase.key.strip_prefix(family) == Some(id) && self.has_values(phrase, &happening.with)
        };
        Ok(match (what, outcome) {
            (What::Fact(id), Outcome::Told(phrase)) => says(phrase, "fact.", id),
            (What::Reason(id), Outcome::Noted(phrase) | Outcome::Sent { reason: phrase, .. }) => {
                says(phrase, "reason.", id)
            }
            (What::Answer(Some(id)), Outcome::Answered { answer, .. }) => {
                says(answer, "answer.", id)
            }
            (What::Answer(None), Outcome::Answered { answer, .. }) => {
                self.has_values(answer, &happening.with)
            }
            (What::Sent(wanted), Outcome::Sent { message, .. }) => {
                self.is_message(wanted, message)?
            }
            _ => false,
        })
    }
}

/// Whether a log has an entry of this epoch at this index. What was compacted is behind it, and counts as there.
fn has_entry(picture: &Picture, index: u64, epoch: Number) -> bool {
    let Picture::Log { first, cells, .. } = picture else {
        return false;
    };
    let Some(place) = index.checked_sub(*first) else {
        return true;
    };
    let cell = cells.get(place as usize).filter(|cell| !cell.is_gap());
    cell.is_some_and(|cell| epoch.fits(cell.epoch))
}

const fn kind_of(stimulus: &Stimulus) -> Option<EventKind> {
    Some(match stimulus {
        Stimulus::Booted { incarnation: 1 } => EventKind::Booted,
        Stimulus::Booted { .. } => EventKind::Restarted,
        Stimulus::Delivered(_) => EventKind::Delivered,
        Stimulus::Bounced(_) => EventKind::Bounced,
        Stimulus::Fired { .. } => EventKind::Fired,
        Stimulus::Asked { .. } => EventKind::Asked,
        Stimulus::Saved => EventKind::Saved,
        Stimulus::Crashed { .. } => EventKind::Crashed,
        Stimulus::Paused => EventKind::Paused,
        Stimulus::Resumed => EventKind::Resumed,
        Stimulus::Cut { .. } => EventKind::Cut,
        Stimulus::Healed => EventKind::Healed,
        Stimulus::Skewed { .. } => EventKind::Skewed,
        Stimulus::Set { .. } => EventKind::Set,
        Stimulus::Dropped(_) => EventKind::Dropped,
        Stimulus::Duplicated(_) => EventKind::Duplicated,
        Stimulus::Held(_) => EventKind::Held,
        Stimulus::Released(_) => EventKind::Released,
        Stimulus::Erased => EventKind::Erased,
        Stimulus::Decided { .. } => EventKind::Decided,
        Stimulus::Added => EventKind::Added,
        Stimulus::Removed => EventKind::Removed,
        // Of runs that can be played there is nothing of which no more is known.
        Stimulus::Internal => return None,
    })
}
