//! Marking: whether a run that somebody handed in is one of an exercise, and which of the exercise's criteria it meets.

use crate::sight::{Names, Sight};
use crate::trouble::of_predicate;
use crate::watch::Watch;
use crate::{Criterion, Scenario, Text};
use protocol::{Arg, Config, Parameter, Phrase};
use serde::Serialize;
use sim::{About, Playable, Run, WorldConfig};

/// How a run meets one criterion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Mark {
    /// What was wanted.
    pub say: Text,
    /// What is not so, as a sentence without a full stop; none where the criterion is met.
    pub unmet: Option<Phrase>,
}

/// Whether `run` is one of the exercise: the same protocol and variant, the same parameters and seed, under the behaviour that runs
/// here. What was done in it is the solution, and free.
///
/// # Errors
/// The first difference, as a sentence without a full stop.
pub fn belongs(scenario: &Scenario, about: &About, run: &Run) -> Result<(), Phrase> {
    let differs = |what: &'static str, wanted: String, given: String| {
        let what = Arg::Word(what.into());
        let phrase = Phrase::new("scenario.grade.differs").with("what", what);
        Err(phrase.text("wanted", wanted).text("given", given))
    };
    let known = about.parameters.iter().chain(WorldConfig::PARAMETERS);
    if scenario.protocol != run.protocol {
        let (wanted, given) = (scenario.protocol.clone(), run.protocol.clone());
        return differs("scenario.family.protocol", wanted, given);
    }
    if scenario.variant != run.variant {
        let (wanted, given) = (scenario.variant.clone(), run.variant.clone());
        return differs("scenario.family.variant", wanted, given);
    }
    for parameter in known {
        let (wanted, given) = (
            value(parameter, scenario.config.get(parameter.key)),
            value(parameter, run.config.get(parameter.key)),
        );
        if wanted != given {
            return Err(Phrase::new("scenario.grade.parameter")
                .text("key", parameter.key)
                .text("wanted", wanted)
                .text("given", given));
        }
    }
    if scenario.seed != run.seed {
        let (wanted, given) = (scenario.seed.to_string(), run.seed.to_string());
        return differs("scenario.grade.seed", wanted, given);
    }
    if about.behaviour != run.behaviour {
        let (wanted, given) = (about.behaviour.to_string(), run.behaviour.to_string());
        return differs("scenario.grade.behaviour", wanted, given);
    }
    Ok(())
}

/// How a parameter stands, in the spelling that all runs share.
fn value(parameter: &Parameter, given: Option<&String>) -> String {
    let given = given.map(|text| parameter.parse(text));
    match given {
        Some(Ok(value)) => value.to_string(),
        _ => parameter.default.to_string(),
    }
}

/// Marks the run of `world` at its cursor: what is so is looked at there, what happened is counted from the beginning.
pub fn grade(scenario: &Scenario, world: &mut dyn Playable) -> Vec<Mark> {
    let criteria = scenario.grade.iter();
    let marks = criteria.map(|criterion| Mark {
        say: criterion.say.clone(),
        unmet: unmet(criterion, world),
    });
    marks.collect()
}

/// What of a criterion is not so.
fn unmet(criterion: &Criterion, world: &mut dyn Playable) -> Option<Phrase> {
    let names = Names::new();
    criterion.expect.iter().find_map(|predicate| {
        let mut watch = Watch::new(0);
        match watch.holds(predicate, world, &names) {
            Ok(true) => None,
            Ok(false) => {
                let sight = Sight::new(world, &names);
                Some(of_predicate(watch.unmet(predicate, &sight)))
            }
            // Nobody is the leader, say: then nothing is so of the leader.
            Err(trouble) => Some(trouble.phrase()),
        }
    })
}
