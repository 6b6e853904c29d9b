//! What a worker does for the page: a job comes as text, an answer goes back as text, and so does what is told on the way.
//!
//! The same code runs in the browser's workers and in a test. Knows nothing of who works, or of what is made of an answer.

use protocol::Phrase;
use search::exhaustive::Progress;
use search::from_here::{Drawn, Looked, Question, draw, look};
use search::random::{Finding, Report, Spec, explore};
use search::shrink::{Shrunk, shrink_watched};
use serde::{Deserialize, Serialize};
use sim::SimError;
use std::ops::{ControlFlow, Range};

/// How many runs shrinking tries at most.
const SHRINK_TRIES_MAX: u64 = 3_000;
/// While it goes on it tells of itself after so many tries.
const TOLD_TRIES: u64 = 20;

/// What a worker is to do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Job {
    /// Try these schedules.
    Try { spec: Spec, seeds: Range<u64> },
    /// Make a find small.
    Shrink { place: u32, finding: Finding },
    /// Look at every schedule from here.
    Look(Question),
    /// Draw these schedules from here.
    Draw {
        question: Question,
        seeds: Range<u64>,
    },
}

/// What came of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    Tried(Report),
    Shrunk {
        place: u32,
        shrunk: Shrunk,
    },
    Looked(Looked),
    Drawn(Drawn),
    /// It cannot be done, and this is why.
    Refused(Phrase),
}

/// How far a job is that takes its time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Told {
    Shrinking {
        place: u32,
        /// How many runs were tried.
        tries: u64,
        /// The smallest run so far, if it is another than was told before.
        best: Option<Box<Finding>>,
    },
    Looking(Progress),
}

/// Does a job: what a worker calls. Takes what [`crate::CrewCommand::Give`] gives, answers with what [`crate::FindMsg::Answer`]
/// takes, and has `tell` carry what [`crate::FindMsg::Told`] takes.
pub fn work(job: &str, tell: &mut dyn FnMut(String)) -> String {
    let answer = match serde_json::from_str(job) {
        Ok(job) => done(job, tell).unwrap_or_else(|error| Answer::Refused(error.phrase())),
        Err(error) => Answer::Refused(Phrase::new("ui.plain").text("text", error.to_string())),
    };
    serde_json::to_string(&answer).unwrap_or_default()
}

fn done(job: Job, tell: &mut dyn FnMut(String)) -> Result<Answer, SimError> {
    let mut tell = |told: &Told| tell(serde_json::to_string(told).unwrap_or_default());
    Ok(match job {
        Job::Try { spec, seeds } => Answer::Tried(explore(&spec, seeds, &catalog::trial)?),
        Job::Shrink { place, finding } => {
            let mut best = None;
            let mut watch = |sofar: search::shrink::Sofar<'_>| {
                if sofar.is_new {
                    best = Some(Box::new(sofar.best.clone()));
                }
                if sofar.tries.is_multiple_of(TOLD_TRIES) {
                    tell(&Told::Shrinking {
                        place,
                        tries: sofar.tries,
                        best: best.take(),
                    });
                }
            };
            let shrunk = shrink_watched(&finding, SHRINK_TRIES_MAX, &catalog::trial, &mut watch)?;
            Answer::Shrunk { place, shrunk }
        }
        Job::Look(question) => Answer::Looked(look(&question, &catalog::open, |progress| {
            tell(&Told::Looking(*progress));
            ControlFlow::Continue(())
        })?),
        Job::Draw { question, seeds } => Answer::Drawn(draw(&question, seeds, &catalog::open)?),
    })
}
