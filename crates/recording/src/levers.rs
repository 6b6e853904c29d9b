//! The levers of a recording: none. It plays what is recorded, has one branch, and says why nobody can act.

use crate::Recording;
use protocol::{Name, Value, digest_of};
use sim::{Action, Branch, Edit, Moment, Pending, Playable, Run, SimError, Source, Stepped};
use std::rc::Rc;

impl Playable for Recording {
    fn run(&self) -> Run {
        Run {
            protocol: self.about.id.to_owned(),
            behaviour: self.about.behaviour,
            ..Run::default()
        }
    }

    /// Of the names and times of what happened up to the cursor.
    fn digest(&self) -> Name {
        let past = &self.events()[..(self.step() - self.forgotten()) as usize];
        let happened: Vec<_> = past
            .iter()
            .map(|event| (event.name.0, event.at_us))
            .collect();
        Name(digest_of(&happened))
    }

    fn pending(&self) -> Vec<Pending> {
        Vec::new()
    }

    fn enabled(&self) -> Vec<Action> {
        Vec::new()
    }

    fn moment(&self) -> Option<Rc<dyn Moment>> {
        None
    }

    fn went_next(&self) -> Option<Action> {
        None
    }

    fn advance(&mut self) -> Option<Stepped> {
        self.forward().then(|| {
            let step = self.step();
            let marks = self.marks();
            let mark = marks.binary_search_by_key(&step, |mark| mark.step).ok();
            Stepped {
                step,
                branched: false,
                violated: mark.is_some_and(|at| marks[at].kind == trace::MarkKind::Violation),
                moment: mark.is_some(),
            }
        })
    }

    fn act(&mut self, _: &Action, _: u64) -> Result<Stepped, SimError> {
        Err(SimError::Nothing("error.recorded"))
    }

    fn branches(&self) -> Vec<Branch> {
        vec![Branch {
            id: 0,
            parent: None,
            len: self.len(),
            end_us: self.time_of(self.len()),
            first: None,
            acted: false,
        }]
    }

    fn branch(&self) -> u32 {
        0
    }

    fn switch(&mut self, branch: u32, step: Option<u64>) -> Result<(), SimError> {
        if branch != 0 {
            return Err(SimError::NoBranch(branch));
        }
        self.seek(step.unwrap_or(self.len()))
    }

    fn alone(&self, branch: u32) -> Result<Box<dyn Playable>, SimError> {
        let mut alone = self.clone();
        alone.switch(branch, Some(0))?;
        Ok(Box::new(alone))
    }

    fn fork(&mut self) -> u32 {
        0
    }

    fn last_edit(&self) -> Option<(u64, Action)> {
        None
    }

    fn unmet_edits(&self) -> Vec<(Edit, SimError)> {
        Vec::new()
    }

    fn parameter(&self, _: &str) -> Option<Value> {
        None
    }

    fn other_edits(&self) -> Vec<Vec<Edit>> {
        Vec::new()
    }

    fn grow(&mut self, _: Vec<Vec<Edit>>, _: u32) {}
}
