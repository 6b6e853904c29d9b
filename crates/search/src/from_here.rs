//! Questions to the present: can something still come about? First every schedule from here, shortest first, up to a bound; behind the
//! bound, schedules drawn by chance. What is asked is a predicate of scenarios, over what a cluster shows and what happens in it.
//!
//! Play is untimed, within a budget of faults. Two states that differ only in their times, and in the names by which chance is
//! drawn, count as one: an answer *no* holds as far as nodes act on what they were told, and where something is drawn, of what the first
//! way to each state drew. Knows no particular protocol.

mod drawn;
mod model;
mod way;

pub use drawn::{Drawn, draw};
pub use model::{FromHere, State};
pub use way::{Deed, Way, take};

use crate::exhaustive::cluster::Faults;
use crate::exhaustive::{Ended, Exhaustive, Progress, Until};
use crate::random::place_of;
use protocol::Phrase;
use scenario::{Asked, Predicate};
use serde::{Deserialize, Serialize};
use sim::{Playable, Run, SimError};
use std::ops::ControlFlow;

/// What is asked, and how far an answer is looked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Question {
    /// The run whose present it is. Its edits behind the present are not done.
    pub run: Run,
    /// How many steps of it lie before the present.
    pub from: u64,
    /// What is to come about.
    pub goal: Predicate,
    /// How far it is looked for.
    pub budget: Budget,
}

/// How far an answer is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Budget {
    /// Every schedule of up to so many steps is looked at, faults and repairs counted as steps,
    pub steps: u32,
    /// as long as they come to no more different states than this.
    pub states: u64,
    /// The faults that a schedule may have.
    pub faults: Faults,
    /// How often a node may come back that was down or stood still, or all cuts be healed.
    pub repairs: u32,
    /// If that does not settle it, so many schedules are drawn by chance,
    pub schedules: u64,
    /// of up to so many steps each.
    pub events: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: 10,
            states: 50_000,
            faults: Faults {
                crashes: 1,
                ..Faults::default()
            },
            repairs: 1,
            schedules: 500,
            events: 60,
        }
    }
}

/// Opens a run at its beginning: what the catalogue offers.
pub type Opener<'a> = &'a dyn Fn(&Run) -> Result<Box<dyn Playable>, SimError>;

/// What came of looking at every schedule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Looked {
    /// Why it ended.
    pub ended: Ended,
    /// Every schedule of up to so many steps was looked at.
    pub steps: u32,
    /// Different states that they came to.
    pub states: u64,
    /// Steps that were taken.
    pub taken: u64,
    /// The way to what was sought: no other has fewer steps.
    pub way: Option<Way>,
}

/// The answer, and no more than is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is so at present.
    Now,
    /// Yes, and no way there is shorter.
    Shortest,
    /// Yes, by a way that was drawn; there may be shorter ones, beyond those that were all looked at.
    Yes,
    /// No, in no schedule of any length within the faults and repairs that were allowed.
    Never,
    /// No, in no schedule of up to the steps that were asked for; longer ones are not settled.
    NotWithin,
    /// Not found: not even every schedule of up to the steps that were asked for was looked at.
    Unknown,
}

impl Looked {
    /// The answer by what was looked at, and what was drawn behind it.
    pub fn answer(&self, drawn: &Drawn) -> Answer {
        match (&self.way, self.ended) {
            (Some(way), _) if way.deeds.is_empty() => Answer::Now,
            (Some(_), _) => Answer::Shortest,
            (None, _) if drawn.way.is_some() => Answer::Yes,
            (None, Ended::Complete) => Answer::Never,
            (None, Ended::Depth) => Answer::NotWithin,
            (None, Ended::States | Ended::Cancelled | Ended::Found) => Answer::Unknown,
        }
    }

    /// Whether nothing that is drawn could change the answer.
    pub const fn is_settled(&self) -> bool {
        self.way.is_some() || matches!(self.ended, Ended::Complete | Ended::Cancelled)
    }
}

/// Looks at every schedule; `watch` is told now and then how far it is, and may end it.
///
/// # Errors
/// The run cannot be opened, or has fewer steps than lie before the present.
pub fn look(
    question: &Question,
    open: Opener<'_>,
    watch: impl FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Looked, SimError> {
    let mut world = present(question, open)?;
    let model = FromHere::new(question, world.as_ref());
    let report = Exhaustive::new(&model)
        .sometimes("goal", FromHere::holds)
        .until(Until::Decided)
        .depth_max(question.budget.steps)
        .states_max(question.budget.states)
        .by_ways()
        .breadth_first_watched(watch);
    let found = report.decided("goal");
    Ok(Looked {
        ended: report.ended,
        steps: report.depth,
        states: report.distinct,
        taken: report.generated - 1,
        way: found.map(|found| way::timed(world.as_mut(), model.asked(), &found.path)),
    })
}

impl Budget {
    /// As much of it as is fair to `goal`: where a promise is to break, only faults that it is said to withstand.
    ///
    /// # Errors
    /// The promise counts on a timely network: what waits as long as it likes is none. Or what has happened in `world` up to now is
    /// more than it is said to withstand.
    pub fn fair_to(mut self, goal: &Predicate, world: &dyn Playable) -> Result<Self, SimError> {
        let Predicate::Violated(id) = goal else {
            return Ok(self);
        };
        let about = world.about();
        let assumes = about.properties[place_of(id, about)?].assumes;
        if !assumes.covers(&world.run().met(world.now_us())) {
            let refused = Phrase::new("error.property-beyond").text("id", id.clone());
            return Err(SimError::refused(refused));
        }
        if !assumes.bad_network || assumes.delay_us_max.is_some() {
            let refused = Phrase::new("error.property-timed").text("id", id.clone());
            return Err(SimError::refused(refused));
        }
        if !assumes.crashes {
            self.faults.crashes = 0;
        }
        Ok(self)
    }
}

/// The cluster of `question` at its present.
fn present(question: &Question, open: Opener<'_>) -> Result<Box<dyn Playable>, SimError> {
    let mut world = open(&question.run)?;
    while world.step() < question.from {
        let step = world.step();
        let beyond = SimError::BeyondEnd(question.from, step);
        world.advance().ok_or(beyond)?;
    }
    Ok(world)
}

/// What is asked of what becomes of `world`.
fn asked(question: &Question, world: &dyn Playable) -> Asked {
    Asked::new(question.goal.clone(), world)
}
