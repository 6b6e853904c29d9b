//! What the views see of a timeline, and the levers.

use super::*;
use crate::CallEvent;
use crate::moment::{At, Moment};
use crate::run::{AFTER_MAX, STEPS_MAX, TIME_MAX_US};
use trace::glimpse;

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

    fn pictures(&self) -> Vec<protocol::Picture> {
        self.cluster.pictures()
    }

    fn calls(&self, from: usize) -> Vec<CallEvent> {
        let line = self.line();
        line.calls.told(from, |step| self.time_of(step))
    }

    fn why_not(&self, node: NodeId) -> Vec<protocol::WhyNot> {
        self.cluster.why_not(node)
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
        // Taken out, so that the labels can be read while the piece is.
        let labels = std::mem::take(&mut self.labels);
        let event = self.piece(step).and_then(|piece| {
            let (first, _) = piece.steps()?;
            let place = (step - first) as usize;
            Some(tell::event(piece, place, &labels))
        });
        self.labels = labels;
        let mut event = event?;
        if let Cause::Event(name) = event.cause
            && self.lines[0].checkpoints[0].1.booted_first(name)
        {
            event.cause = Cause::Start;
        }
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
        self.cluster
            .node(node)
            .map(|state| glimpse(state, &self.labels))
    }

    fn disk_state(&self, node: NodeId) -> Option<serde_json::Value> {
        self.cluster
            .disk(node)
            .map(|disk| glimpse(disk, &self.labels))
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

    fn name_of(&self, step: u64) -> Option<Name> {
        let place = (step as usize).checked_sub(1)?;
        self.line().index.get(place).map(|(_, name)| *name)
    }

    fn step_of(&self, name: Name, before: u64) -> Option<u64> {
        let index = &self.line().index;
        let last = (before.saturating_sub(1) as usize).min(index.len());
        let place = index[..last].iter().rposition(|(_, other)| *other == name);
        place.map(|place| place as u64 + 1)
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

    fn moment(&self) -> Option<Rc<dyn Moment>> {
        let kernel = self.cluster.kernel();
        let taken = &self.line().edits[..self.cluster.edits_taken as usize];
        let here = taken
            .iter()
            .filter(|edit| (edit.at_us, edit.rank) == (kernel.now_us, kernel.rank));
        let acted = here.map(|edit| edit.action.clone()).collect();
        Some(Rc::new(At::new(self.cluster.clone(), acted)))
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
            return self
                .advance()
                .ok_or(SimError::Nothing("error.nothing-waits"));
        }
        // What is due first, picked at its own time, is no choice: it leaves no edit, unless that would go against the record.
        let first = self.cluster.pending().into_iter().find(|row| !row.held);
        let no_choice = action.is_pick() && first.is_some_and(|row| row.action == *action);
        let edit_next = matches!(self.cluster.next(&self.line().edits), Some((_, true)));
        if no_choice && !in_past && !edit_next {
            return self
                .extend()
                .ok_or(SimError::Nothing("error.nothing-waits"));
        }
        let kernel = self.cluster.kernel();
        // Never later than what is due by itself.
        let at_us = at_us
            .min(self.next_us().unwrap_or(TIME_MAX_US))
            .max(kernel.now_us);
        let (rank, after) = if at_us == kernel.now_us {
            self.place_now()
        } else {
            (0, Vec::new())
        };
        let edit = Edit {
            at_us,
            rank,
            after,
            action: action.clone(),
        };
        // Tried on a copy first, so that a refusal changes nothing.
        self.cluster.clone().act(&edit, 0, &mut Nothing)?;
        let branched = in_past || self.line().edits.len() > self.cluster.edits_taken as usize;
        if branched {
            self.branch_off();
        }
        if !no_choice {
            self.add_edit(edit);
        }
        let stepped = self
            .extend()
            .ok_or(SimError::Nothing("error.nothing-waits"))?;
        if branched {
            self.name_line(stepped.step);
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
        self.labels = labels(&self.cluster);
        self.seek(step)
    }

    fn alone(&self, branch: u32) -> Result<Box<dyn Playable>, SimError> {
        let line = self
            .lines
            .get(branch as usize)
            .ok_or(SimError::NoBranch(branch))?;
        let line = line.until(line.index.len() as u64, line.edits.len() as u32);
        let cluster = Cluster::clone(&line.checkpoints[0].1);
        Ok(Box::new(Self {
            about: self.about,
            run: self.run.clone(),
            labels: labels(&cluster),
            lines: vec![line],
            current: 0,
            cluster,
        }))
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
        let Line { edits, unmet, .. } = self.line();
        unmet
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

    fn grow(&mut self, others: Vec<Vec<Edit>>, place: u32) {
        for edits in others {
            self.grow_line(edits);
        }
        self.put_in_order_of_making(place);
    }
}

impl<P: Protocol> Timeline<P> {
    /// Where an edit at the cursor stands among the events of its time: how many came by themselves, and which.
    fn place_now(&self) -> (u32, Vec<Name>) {
        let (line, kernel) = (self.line(), self.cluster.kernel());
        let step = self.step();
        let edited = |step: u64| {
            line.edited
                .binary_search_by_key(&step, |(at, _)| *at)
                .is_ok()
        };
        let mut after: Vec<Name> = Vec::new();
        if kernel.rank as usize <= AFTER_MAX {
            let here = (1..=step)
                .rev()
                .map(|step| (step, line.index[step as usize - 1]));
            let here = here.take_while(|(_, (at_us, _))| *at_us == kernel.now_us);
            after.extend(
                here.filter(|(step, _)| !edited(*step))
                    .map(|(_, (_, name))| name),
            );
            after.reverse();
        }
        // An edit that was here before counted events that may be gone by now; this one comes behind it still.
        let before = line.edits[..self.cluster.edits_taken as usize].last();
        let before = before.filter(|edit| edit.at_us == kernel.now_us);
        let rank = before.map_or(0, |edit| edit.rank).max(kernel.rank);
        (rank, after)
    }

    /// Grows one more line with these edits; the cursor stays.
    fn grow_line(&mut self, mut edits: Vec<Edit>) {
        crate::run::put_in_order(&mut edits);
        if edits.iter().any(|edit| edit.at_us > TIME_MAX_US) {
            return;
        }
        let (here, step) = (self.current, self.step());
        // It leaves the line that it shares most edits with, before the first that differs.
        let shared = |line: &Line<P>| {
            let both = line.edits.iter().zip(&edits);
            both.take_while(|(a, b)| a == b).count()
        };
        let (parent, common) = (0..self.lines.len())
            .map(|id| (id, shared(&self.lines[id])))
            .max_by_key(|(id, common)| (*common, std::cmp::Reverse(*id)))
            .expect("a first line");
        self.current = parent;
        let line = self.line();
        // Where it only lacks what its parent did, it runs as far as its parent does.
        let until_us = match edits.get(common) {
            Some(_) => 0,
            None => line.index.last().map_or(0, |(at_us, _)| *at_us),
        };
        let differs = [edits.get(common), line.edits.get(common)];
        let first_us = differs.iter().flatten().map(|edit| edit.at_us).min();
        // One that differs in nothing is a future that nobody went into: it keeps its place in the tree.
        let fork = first_us.map_or(line.index.len() as u64, |at_us| self.step_before(at_us));
        if self.switch(parent as u32, Some(fork)).is_ok() {
            self.branch_off();
            let wanted = edits.len() as u32;
            self.lines[self.current].edits = edits;
            for _ in 0..STEPS_MAX {
                let more = self.cluster.edits_taken < wanted
                    || self.next_us().is_some_and(|next_us| next_us <= until_us);
                if !more || self.extend().is_none() {
                    break;
                }
            }
            self.name_after(fork);
        }
        // The cursor stays, and the step is one that was there before.
        let _ = self.switch(here as u32, Some(step));
    }

    /// The first line, which was opened before the others grew, becomes the `place`-th; each leaves one that is older.
    fn put_in_order_of_making(&mut self, place: u32) {
        let place = (place as usize).min(self.lines.len() - 1);
        if place == 0 {
            return;
        }
        let opened = self.lines.remove(0);
        self.lines.insert(place, opened);
        let moved = |id: usize| match id {
            0 => place,
            older if older <= place => older - 1,
            younger => younger,
        };
        self.current = moved(self.current);
        for line in &mut self.lines {
            line.parent = line
                .parent
                .map(|(id, step)| (moved(id as usize) as u32, step));
        }
        (self.lines[0].parent, self.lines[0].first) = (None, None);
        for id in 1..=place {
            let (older, rest) = self.lines.split_at_mut(id);
            let line = &mut rest[0];
            let shared = |other: &Line<P>| {
                let both = other.index.iter().zip(&line.index);
                both.take_while(|(a, b)| a == b).count() as u64
            };
            line.parent = (0..)
                .zip(older.iter())
                .map(|(id, other)| (id, shared(other)))
                .max_by_key(|(id, steps)| (*steps, std::cmp::Reverse(*id)));
        }
        let (here, step) = (self.current as u32, self.step());
        let fork = self.lines[place].parent.map_or(0, |(_, step)| step);
        if self.switch(place as u32, Some(fork)).is_ok() {
            self.name_after(fork);
        }
        let _ = self.switch(here, Some(step));
    }

    /// Names the current line, which left another after the step `fork`.
    fn name_after(&mut self, fork: u64) {
        let own = self.line().edited.iter().find(|(at, _)| *at > fork);
        let first = own.map_or(fork + 1, |(at, _)| *at);
        self.name_line(first);
    }

    /// Says what made the current line what it is: the event of `step`.
    fn name_line(&mut self, step: u64) {
        let event = self.piece(step).and_then(|piece| {
            let (first, _) = piece.steps()?;
            Some(tell::event(piece, (step - first) as usize, &[]))
        });
        self.lines[self.current].first = event.map(|event| event.stimulus_phrase());
    }

    /// The last step before the virtual time `at_us`.
    fn step_before(&self, at_us: u64) -> u64 {
        self.line().index.partition_point(|(at, _)| *at < at_us) as u64
    }
}
