//! The tree of timelines: branches, checkpoints in bounded memory, a cursor. Time travel is a checkpoint and a replay.

mod play;
#[cfg(test)]
mod tests;

use crate::calls::Calls;
use crate::cluster::{Cluster, Outcome as StepOutcome};
use crate::record::{Full, Nothing};
use crate::tell::{self, Flying};
use crate::{
    About, Action, Branch, Edit, Pending, Playable, Run, SimError, Source, Stepped, WorldConfig,
};
use protocol::{Config, Name, NodeId, Phrase, Protocol, Value};
use std::collections::VecDeque;
use std::rc::Rc;
use trace::{Cause, Event, Fate, Frame, Mark, MarkKind, Outcome, PropertyStatus};

/// Steps between checkpoints, while there are few of them; also the length of a piece of record.
pub(crate) const SPACING: u64 = if cfg!(test) { 8 } else { 1_000 };
/// At most this many checkpoints a branch: beyond it every other one goes, and the spacing doubles.
pub(crate) const CHECKPOINTS_MAX: usize = if cfg!(test) { 16 } else { 512 };
/// Pieces of full record that are kept; others come back by replay.
pub(crate) const PIECES_MAX: usize = 4;

/// One line of the tree.
#[derive(Debug)]
struct Line<P: Protocol> {
    parent: Option<(u32, u64)>,
    edits: Vec<Edit>,
    /// The time and name of every step.
    index: Vec<(u64, Name)>,
    marks: Vec<Mark>,
    /// The steps that were edits, with the place of each in `edits`.
    edited: Vec<(u64, u32)>,
    calls: Calls<P>,
    /// Edits that came to nothing: their places and why.
    unmet: Vec<(u32, SimError)>,
    /// States after so many steps, ascending; the first is at 0.
    checkpoints: Vec<(u64, Rc<Cluster<P>>)>,
    spacing: u64,
    /// Pieces of full record by number (steps `n · SPACING + 1` on), the last used at the back.
    pieces: VecDeque<(u64, Full<P>)>,
    first: Option<Phrase>,
}

/// A simulated cluster with its whole tree of timelines.
#[derive(Debug)]
pub(crate) struct Timeline<P: Protocol> {
    about: &'static About,
    run: Run,
    labels: Vec<String>,
    lines: Vec<Line<P>>,
    current: usize,
    /// The state at the cursor.
    cluster: Cluster<P>,
}

impl<P: Protocol> Timeline<P> {
    pub(crate) fn open(about: &'static About, run: &Run) -> Result<Self, SimError> {
        let cluster = Cluster::<P>::new(run)?;
        let mut edits = run.edits.clone();
        crate::run::put_in_order(&mut edits);
        let line = Line {
            parent: None,
            edits,
            index: Vec::new(),
            marks: Vec::new(),
            edited: Vec::new(),
            calls: Calls::default(),
            unmet: Vec::new(),
            checkpoints: vec![(0, Rc::new(cluster.clone()))],
            spacing: SPACING,
            pieces: VecDeque::new(),
            first: None,
        };
        let labels = labels(&cluster);
        Ok(Self {
            about,
            run: Run {
                behaviour: P::BEHAVIOUR,
                ..run.clone()
            },
            labels,
            lines: vec![line],
            current: 0,
            cluster,
        })
    }

    fn line(&self) -> &Line<P> {
        &self.lines[self.current]
    }

    /// One new step at the end of the current line.
    fn extend(&mut self) -> Option<Stepped> {
        let line = &mut self.lines[self.current];
        line.ready_piece();
        let (_, piece) = line.pieces.back_mut().expect("a piece that is ready");
        let outcome = self.cluster.step(&line.edits, piece);
        if line.unmet.len() != self.cluster.unmet.len() {
            line.unmet.clone_from(&self.cluster.unmet);
        }
        Some(self.note(outcome?))
    }

    /// Takes a new step into the index, the marks and the checkpoints.
    fn note(&mut self, outcome: StepOutcome) -> Stepped {
        let line = &mut self.lines[self.current];
        line.index.push((outcome.at_us, outcome.name));
        let step = line.index.len() as u64;
        let action = outcome.edit.map(|place| &line.edits[place as usize].action);
        if let Some(place) = outcome.edit {
            line.edited.push((step, place));
        }
        if let (Some(access), Some((_, piece))) = (P::ACCESS, line.pieces.back()) {
            line.calls.note(step, piece, access);
        }
        let mark = mark_kind(&outcome, action);
        if let Some(kind) = mark {
            let epoch = outcome.node.and_then(|node| {
                self.cluster
                    .node(node)
                    .and_then(|state| state.epoch(self.cluster.config(), node))
            });
            line.marks.push(Mark {
                step,
                at_us: outcome.at_us,
                kind,
                node: outcome.node,
                epoch,
            });
        }
        // A spacing is a multiple of the first one, by which dividing is cheap.
        if step.is_multiple_of(SPACING) && step.is_multiple_of(line.spacing) {
            line.checkpoints.push((step, Rc::new(self.cluster.clone())));
            if line.checkpoints.len() > CHECKPOINTS_MAX {
                line.spacing *= 2;
                let spacing = line.spacing;
                line.checkpoints
                    .retain(|(step, _)| step.is_multiple_of(spacing));
            }
        }
        if self.labels.len() != self.cluster.roster().len() {
            self.labels = labels(&self.cluster);
        }
        Stepped {
            step,
            branched: false,
            violated: outcome.violated,
            moment: mark.is_some(),
        }
    }

    /// The state after `step` steps of the current line.
    fn state_at(&self, step: u64) -> Cluster<P> {
        let line = self.line();
        let place = line.checkpoints.partition_point(|(at, _)| *at <= step) - 1;
        let (at, checkpoint) = &line.checkpoints[place];
        let here = self.cluster.kernel().steps;
        let mut cluster = if (*at..=step).contains(&here) {
            self.cluster.clone()
        } else {
            Cluster::clone(checkpoint)
        };
        while cluster.kernel().steps < step {
            cluster
                .step(&line.edits, &mut Nothing)
                .expect("a recorded step");
        }
        cluster
    }

    /// A new line that shares the past up to the cursor, with `edit` to follow.
    fn branch_off(&mut self) {
        let step = self.step();
        let line = Line {
            parent: Some((self.current as u32, step)),
            unmet: self.cluster.unmet.clone(),
            ..self.line().until(step, self.cluster.edits_taken)
        };
        self.lines.push(line);
        self.current = self.lines.len() - 1;
    }

    /// The piece of full record with `step`, replayed if it is no longer kept.
    fn piece(&mut self, step: u64) -> Option<&Full<P>> {
        let line = self.line();
        if step == 0 || step > line.index.len() as u64 {
            return None;
        }
        let number = (step - 1) / SPACING;
        let have = line
            .pieces
            .iter()
            .position(|(n, piece)| *n == number && piece.covers(step));
        let line = if let Some(place) = have {
            let line = &mut self.lines[self.current];
            let piece = line
                .pieces
                .remove(place)
                .expect("a piece that was just found");
            line.pieces.push_back(piece);
            line
        } else {
            let mut cluster = self.state_at(number * SPACING);
            let line = &mut self.lines[self.current];
            let end = (line.index.len() as u64).min((number + 1) * SPACING);
            let mut full = Full::default();
            while cluster.kernel().steps < end {
                cluster
                    .step(&line.edits, &mut full)
                    .expect("a recorded step");
            }
            line.pieces.retain(|(n, _)| *n != number);
            line.keep(number, full);
            line
        };
        line.pieces.back().map(|(_, piece)| piece)
    }

    /// What became of the messages of `event`, as far as the line goes. Looks no further than the messages fly.
    fn look_ahead(&mut self, event: &mut Event) {
        let len = self.len();
        let mut open: Vec<(Flying, usize)> = Vec::new();
        for (place, outcome) in event.outcomes.iter().enumerate() {
            if let Outcome::Sent {
                message,
                fate: Fate::Flying,
                ..
            } = outcome
            {
                let flying = Flying {
                    name: message.name,
                    from: message.from,
                    to: message.to,
                };
                open.push((flying, place));
            }
        }
        let mut step = event.step + 1;
        // Two pieces ahead is as far as a message flies unless it is held; those show as flying.
        while !open.is_empty() && step <= len && step <= event.step + 2 * SPACING {
            let Some(piece) = self.piece(step) else {
                return;
            };
            let (first, last) = piece.steps().unwrap_or((step, step));
            while step <= last && !open.is_empty() {
                let place = (step - first) as usize;
                open.retain(|(flying, at)| {
                    let Some(fate) = tell::ending(piece, place, flying) else {
                        return true;
                    };
                    if let Outcome::Sent { fate: was, .. } = &mut event.outcomes[*at] {
                        *was = fate;
                    }
                    false
                });
                step += 1;
            }
        }
    }

    fn add_edit(&mut self, edit: Edit) {
        let place = self.cluster.edits_taken as usize;
        let edits = &mut self.lines[self.current].edits;
        edits.truncate(place);
        edits.push(edit);
    }
}

impl<P: Protocol> Line<P> {
    /// The same up to `step`, with its first `edits` edits: without parent and pieces of record.
    fn until(&self, step: u64, edits: u32) -> Self {
        Self {
            parent: None,
            edits: self.edits[..edits as usize].to_vec(),
            index: self.index[..step as usize].to_vec(),
            marks: self
                .marks
                .iter()
                .take_while(|mark| mark.step <= step)
                .copied()
                .collect(),
            edited: self
                .edited
                .iter()
                .take_while(|(at, _)| *at <= step)
                .copied()
                .collect(),
            calls: self.calls.until(step),
            unmet: self.unmet.clone(),
            checkpoints: self
                .checkpoints
                .iter()
                .take_while(|(at, _)| *at <= step)
                .cloned()
                .collect(),
            spacing: self.spacing,
            pieces: VecDeque::new(),
            first: None,
        }
    }

    /// Puts the piece of record that the next step belongs to at the back.
    fn ready_piece(&mut self) {
        let step = self.index.len() as u64 + 1;
        let number = (step - 1) / SPACING;
        let fits = |(n, piece): &(u64, Full<P>)| {
            *n == number
                && piece
                    .steps()
                    .map_or((step - 1).is_multiple_of(SPACING), |(_, last)| {
                        last + 1 == step
                    })
        };
        if self.pieces.back().is_some_and(fits) {
            return;
        }
        match self.pieces.iter().position(fits) {
            Some(place) => {
                let piece = self
                    .pieces
                    .remove(place)
                    .expect("a piece that was just found");
                self.pieces.push_back(piece);
            }
            None => {
                // A piece that starts in the middle covers only what it covers; asking for more replays the whole of it.
                self.pieces.retain(|(n, _)| *n != number);
                self.keep(number, Full::default());
            }
        }
    }

    fn keep(&mut self, number: u64, mut full: Full<P>) {
        if self.pieces.len() >= PIECES_MAX
            && let Some((_, mut old)) = self.pieces.pop_front()
            && full.steps().is_none()
        {
            old.clear();
            full = old;
        }
        self.pieces.push_back((number, full));
    }
}

fn labels<P: Protocol>(cluster: &Cluster<P>) -> Vec<String> {
    cluster
        .roster()
        .iter()
        .map(|spec| spec.label.clone())
        .collect()
}

fn mark_kind(outcome: &StepOutcome, action: Option<&Action>) -> Option<MarkKind> {
    if outcome.violated {
        return Some(MarkKind::Violation);
    }
    match action {
        Some(Action::Crash { .. } | Action::Remove(_)) => Some(MarkKind::Crash),
        Some(Action::Restart(_) | Action::Add(_)) => Some(MarkKind::Restart),
        Some(Action::Cut { .. }) => Some(MarkKind::Cut),
        Some(Action::Heal) => Some(MarkKind::Heal),
        Some(_) => Some(MarkKind::Act),
        None => outcome.moment.then_some(MarkKind::Fact),
    }
}
