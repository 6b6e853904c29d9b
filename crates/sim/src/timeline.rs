//! The tree of timelines: branches, checkpoints in bounded memory, a cursor. Time travel is a checkpoint and a replay.

use crate::cluster::{Cluster, Outcome as StepOutcome};
use crate::record::{Full, Nothing};
use crate::tell;
use crate::{
    About, Action, Branch, Edit, Pending, Playable, Run, SimError, Source, Stepped, WorldConfig,
};
use protocol::{Config, Name, NodeId, Phrase, Protocol, Value};
use std::collections::VecDeque;
use std::rc::Rc;
use trace::{Event, Fate, Frame, Mark, MarkKind, Outcome, PropertyStatus};

/// Steps between checkpoints, while there are few of them; also the length of a piece of record.
pub(crate) const SPACING: u64 = 1_000;
/// At most this many checkpoints a branch: beyond it every other one goes, and the spacing doubles.
pub(crate) const CHECKPOINTS_MAX: usize = 512;
/// Pieces of full record that are kept; others come back by replay.
pub(crate) const PIECES_MAX: usize = 8;

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
        edits.sort_by_key(|edit| (edit.at_us, edit.rank));
        let line = Line {
            parent: None,
            edits,
            index: Vec::new(),
            marks: Vec::new(),
            edited: Vec::new(),
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
        let outcome = self.cluster.step(&line.edits, piece)?;
        Some(self.note(outcome))
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
        if let Some(kind) = mark_kind(&outcome, action) {
            let epoch = outcome.node.and_then(|node| {
                self.cluster
                    .node(node)
                    .and_then(|state| state.view(self.cluster.config(), node).epoch)
            });
            line.marks.push(Mark {
                step,
                at_us: outcome.at_us,
                kind,
                node: outcome.node,
                epoch,
            });
        }
        if step.is_multiple_of(line.spacing) {
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
            moment: outcome.moment || action.is_some_and(|action| !action.is_pick()),
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
        let line = self.line();
        let keep = step as usize;
        let line = Line {
            parent: Some((self.current as u32, step)),
            edits: line.edits[..self.cluster.edits_taken as usize].to_vec(),
            index: line.index[..keep].to_vec(),
            marks: line
                .marks
                .iter()
                .take_while(|mark| mark.step <= step)
                .copied()
                .collect(),
            edited: line
                .edited
                .iter()
                .take_while(|(at, _)| *at <= step)
                .copied()
                .collect(),
            checkpoints: line
                .checkpoints
                .iter()
                .take_while(|(at, _)| *at <= step)
                .cloned()
                .collect(),
            spacing: line.spacing,
            pieces: VecDeque::new(),
            first: None,
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
        let mut open: Vec<(Name, usize)> = Vec::new();
        for (place, outcome) in event.outcomes.iter().enumerate() {
            if let Outcome::Sent {
                message,
                fate: Fate::Flying,
                ..
            } = outcome
            {
                open.push((message.name, place));
            }
        }
        let mut step = event.step + 1;
        // Two pieces ahead is as far as a message flies unless it is held; those show as flying.
        while !open.is_empty() && step <= len && step <= event.step + 2 * SPACING {
            let Some(piece) = self.piece(step) else {
                return;
            };
            let last = piece.headers.last().map_or(step, |(header, _)| header.step);
            while step <= last && !open.is_empty() {
                let place = (step - piece.headers[0].0.step) as usize;
                if let Some((name, fate)) = tell::ending(piece, place) {
                    open.retain(|(flying, at)| {
                        let same = *flying == name;
                        if same && let Outcome::Sent { fate: was, .. } = &mut event.outcomes[*at] {
                            *was = fate;
                        }
                        !same
                    });
                }
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
    /// Puts the piece of record that the next step belongs to at the back.
    fn ready_piece(&mut self) {
        let step = self.index.len() as u64 + 1;
        let number = (step - 1) / SPACING;
        let fits = |(n, piece): &(u64, Full<P>)| {
            *n == number
                && piece
                    .headers
                    .last()
                    .map_or((step - 1).is_multiple_of(SPACING), |(header, _)| {
                        header.step + 1 == step
                    })
        };
        match self.pieces.iter().position(fits) {
            Some(place) if place + 1 == self.pieces.len() => {}
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
            && full.headers.is_empty()
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

impl<P: Protocol> Source for Timeline<P> {
    fn about(&self) -> &'static About {
        self.about
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn step(&self) -> u64 {
        self.cluster.kernel().steps
    }

    fn len(&self) -> u64 {
        self.line().index.len() as u64
    }

    fn now_us(&self) -> u64 {
        self.cluster.kernel().now_us
    }

    fn next_us(&self) -> Option<u64> {
        match self.line().index.get(self.step() as usize) {
            Some((at_us, _)) => Some(*at_us),
            None => self
                .cluster
                .next(&self.line().edits)
                .map(|(at_us, _)| at_us),
        }
    }

    fn frame(&self) -> Frame {
        let next = if self.step() < self.len() {
            self.went_next()
        } else {
            self.cluster
                .pending()
                .into_iter()
                .find(|row| !row.held)
                .map(|row| row.action)
        };
        self.cluster.frame(self.next_us(), next.as_ref())
    }

    fn event(&mut self, step: u64) -> Option<Event> {
        let piece = self.piece(step)?;
        let first = piece.headers.first()?.0.step;
        let mut event = tell::event(piece, (step - first) as usize);
        self.look_ahead(&mut event);
        Some(event)
    }

    fn marks(&self) -> &[Mark] {
        &self.line().marks
    }

    fn properties(&self) -> Vec<PropertyStatus> {
        let verdicts = self.cluster.verdicts().iter();
        P::PROPERTIES
            .iter()
            .zip(verdicts)
            .map(|(property, (verdict, since))| PropertyStatus {
                property: property.id.into(),
                verdict: verdict.clone(),
                since: *since,
            })
            .collect()
    }

    fn node_state(&self, node: NodeId) -> Option<serde_json::Value> {
        self.cluster.node(node).map(tell::tree)
    }

    fn disk_state(&self, node: NodeId) -> Option<serde_json::Value> {
        self.cluster.disk(node).map(tell::tree)
    }

    fn step_at(&self, at_us: u64) -> u64 {
        self.line().index.partition_point(|(at, _)| *at <= at_us) as u64
    }

    fn time_of(&self, step: u64) -> u64 {
        let place = (step as usize).checked_sub(1);
        place
            .and_then(|place| self.line().index.get(place))
            .map_or(0, |(at_us, _)| *at_us)
    }

    fn seek(&mut self, step: u64) -> Result<(), SimError> {
        if step > self.len() {
            return Err(SimError::BeyondEnd(step, self.len()));
        }
        if step != self.step() {
            self.cluster = self.state_at(step);
            self.labels = labels(&self.cluster);
        }
        Ok(())
    }
}

impl<P: Protocol> Playable for Timeline<P> {
    fn run(&self) -> Run {
        Run {
            edits: self.line().edits.clone(),
            ..self.run.clone()
        }
    }

    fn digest(&self) -> Name {
        self.cluster.digest()
    }

    fn pending(&self) -> Vec<Pending> {
        self.cluster.pending()
    }

    fn enabled(&self) -> Vec<Action> {
        self.cluster.enabled()
    }

    fn went_next(&self) -> Option<Action> {
        let line = self.line();
        let step = self.step() + 1;
        let (_, name) = line.index.get(step as usize - 1)?;
        if let Ok(place) = line.edited.binary_search_by_key(&step, |(at, _)| *at) {
            return Some(line.edits[line.edited[place].1 as usize].action.clone());
        }
        self.cluster
            .pending()
            .into_iter()
            .find(|row| row.event == *name)
            .map(|row| row.action)
    }

    fn advance(&mut self) -> Option<Stepped> {
        if self.step() == self.len() {
            return self.extend();
        }
        let line = &self.lines[self.current];
        let outcome = self
            .cluster
            .step(&line.edits, &mut Nothing)
            .expect("a recorded step");
        if self.labels.len() != self.cluster.roster().len() {
            self.labels = labels(&self.cluster);
        }
        Some(Stepped {
            step: self.step(),
            branched: false,
            violated: outcome.violated,
            moment: line
                .marks
                .binary_search_by_key(&self.step(), |mark| mark.step)
                .is_ok(),
        })
    }

    fn act(&mut self, action: &Action, at_us: u64) -> Result<Stepped, SimError> {
        let in_past = self.step() < self.len();
        if in_past && self.went_next().as_ref() == Some(action) {
            return self.advance().ok_or(SimError::Nothing("nothing waits"));
        }
        // What is due first, picked at its own time, is no choice: it leaves no edit, unless that would go against the record.
        let first = self.cluster.pending().into_iter().find(|row| !row.held);
        let no_choice = action.is_pick() && first.is_some_and(|row| row.action == *action);
        if no_choice && !in_past && self.line().edits.len() == self.cluster.edits_taken as usize {
            return self.extend().ok_or(SimError::Nothing("nothing waits"));
        }
        let kernel = self.cluster.kernel();
        // Never later than what is due by itself.
        let at_us = at_us
            .min(self.next_us().unwrap_or(u64::MAX))
            .max(kernel.now_us);
        let rank = if at_us == kernel.now_us {
            kernel.rank
        } else {
            0
        };
        // Tried on a copy first, so that a refusal changes nothing.
        self.cluster
            .clone()
            .act(action, at_us, rank, &mut Nothing)?;
        let branched = in_past || self.line().edits.len() > self.cluster.edits_taken as usize;
        let before = self.cluster.clone();
        if branched {
            self.branch_off();
        }
        if !no_choice {
            self.add_edit(Edit {
                at_us,
                rank,
                action: action.clone(),
            });
        }
        let stepped = self.extend().ok_or(SimError::Nothing("nothing waits"))?;
        if branched {
            let mut piece = Full::default();
            let mut replayed = before;
            replayed.step(&self.lines[self.current].edits, &mut piece);
            self.lines[self.current].first = piece
                .headers
                .first()
                .map(|_| tell::event(&piece, 0).stimulus_phrase());
        }
        Ok(Stepped {
            branched,
            ..stepped
        })
    }

    fn branches(&self) -> Vec<Branch> {
        let rows = self.lines.iter().enumerate();
        rows.map(|(id, line)| {
            let own_from = line.parent.map_or(0, |(_, step)| step);
            Branch {
                id: id as u32,
                parent: line.parent,
                len: line.index.len() as u64,
                end_us: line.index.last().map_or(0, |(at_us, _)| *at_us),
                first: line.first.clone(),
                acted: line.edited.last().is_some_and(|(step, _)| *step > own_from),
            }
        })
        .collect()
    }

    fn branch(&self) -> u32 {
        self.current as u32
    }

    fn switch(&mut self, branch: u32, step: Option<u64>) -> Result<(), SimError> {
        let line = self
            .lines
            .get(branch as usize)
            .ok_or(SimError::NoBranch(branch))?;
        let len = line.index.len() as u64;
        let step = step.unwrap_or(len);
        if step > len {
            return Err(SimError::BeyondEnd(step, len));
        }
        self.current = branch as usize;
        // The cursor's state is of another line: it serves only while the two share their past.
        self.cluster = Cluster::clone(&self.line().checkpoints[0].1);
        self.seek(step)
    }

    fn fork(&mut self) -> u32 {
        let step = self.step();
        let here = self.current as u32;
        let untouched = |line: &Line<P>| {
            line.index.len() as u64 == step && line.edits.len() == self.cluster.edits_taken as usize
        };
        if !untouched(self.line()) {
            let there = self
                .lines
                .iter()
                .position(|line| line.parent == Some((here, step)) && untouched(line));
            match there {
                Some(place) => self.current = place,
                None => self.branch_off(),
            }
        }
        self.current as u32
    }

    fn last_edit(&self) -> Option<(u64, Action)> {
        let line = self.line();
        let place = line
            .edited
            .partition_point(|(step, _)| *step <= self.step())
            .checked_sub(1)?;
        let (step, edit) = line.edited[place];
        Some((step, line.edits[edit as usize].action.clone()))
    }

    fn unmet_edits(&self) -> Vec<(Edit, SimError)> {
        let edits = &self.line().edits;
        self.cluster
            .unmet
            .iter()
            .map(|(place, why)| (edits[*place as usize].clone(), why.clone()))
            .collect()
    }

    fn parameter(&self, key: &str) -> Option<Value> {
        P::Config::place(key)
            .map(|place| self.cluster.config().value(place))
            .or_else(|| {
                WorldConfig::place(key).map(|place| self.cluster.kernel().world.value(place))
            })
    }

    fn other_edits(&self) -> Vec<Vec<Edit>> {
        let others = self
            .lines
            .iter()
            .enumerate()
            .filter(|(id, _)| *id != self.current);
        others.map(|(_, line)| line.edits.clone()).collect()
    }

    fn grow(&mut self, edits: Vec<Edit>) {
        let mut edits = edits;
        edits.sort_by_key(|edit| (edit.at_us, edit.rank));
        let (here, step) = (self.current as u32, self.step());
        // It leaves the line that it shares most edits with, just before the first that differs.
        let shared = |line: &Line<P>| {
            line.edits
                .iter()
                .zip(&edits)
                .take_while(|(a, b)| a == b)
                .count()
        };
        let (parent, common) = (0..self.lines.len())
            .map(|id| (id, shared(&self.lines[id])))
            .max_by_key(|(id, common)| (*common, std::cmp::Reverse(*id)))
            .unwrap_or((0, 0));
        if common == edits.len() {
            return;
        }
        self.current = parent;
        let line = self.line();
        let own = line
            .edited
            .iter()
            .find(|(_, place)| *place as usize >= common)
            .map(|(step, _)| step - 1);
        let at_us = edits[common].at_us;
        let fork = own.unwrap_or(u64::MAX).min(self.step_before(at_us));
        if self.switch(parent as u32, Some(fork)).is_err() {
            return;
        }
        self.branch_off();
        let wanted = edits.len() as u32;
        self.lines[self.current].edits = edits;
        while self.cluster.edits_taken < wanted && self.extend().is_some() {}
        let _ = self.switch(here, Some(step));
    }
}

impl<P: Protocol> Timeline<P> {
    /// The last step before the virtual time `at_us`.
    fn step_before(&self, at_us: u64) -> u64 {
        self.line().index.partition_point(|(at, _)| *at < at_us) as u64
    }
}
