//! `synod grade`: marks a run that somebody hands in by the hidden criteria of an exercise.

use crate::args::GradeArgs;
use crate::error::{Ended, Error};
use crate::input::{self, Found};
use crate::output::Output;
use crate::run::open;
use crate::story;
use crate::words::words_of;
use protocol::{Arg, Name, Phrase};
use scenario::{Mark, Scenario, belongs, grade as mark};
use serde::Serialize;
use sim::{About, Playable};
use trace::{Language, Words};

/// All of it, for other programs.
#[derive(Serialize)]
struct Told {
    scenario: String,
    step: u64,
    digest: Name,
    passed: bool,
    marks: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    say: String,
    met: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// Marks the link, and tells each criterion's mark.
pub(crate) fn grade(args: &GradeArgs) -> Result<Ended, Error> {
    let exercise = story::find(&args.scenario)?;
    let scenario = exercise.scenario;
    let about = crate::run::entry(&scenario.protocol)?.about;
    let refuse = |place: &Arg, why: Phrase| Error::Refused {
        place: place.clone(),
        why,
        about,
    };
    if scenario.grade.is_empty() {
        let place = Arg::Text(args.scenario.clone());
        return Err(refuse(&place, Phrase::new("cli.grade-none")));
    }
    let Found { place, link } = input::link_or_file(&args.source)?;
    belongs(&scenario, about, &link.run).map_err(|why| refuse(&place, why))?;
    if link.step == 0 {
        return Err(refuse(&place, Phrase::new("cli.grade-beginning")));
    }
    let mut world = open(&place, &link.run)?;
    while world.step() < link.step && world.advance().is_some() {}
    let seen = world.digest();
    if world.step() != link.step || link.digest.is_some_and(|expected| expected != seen) {
        let why = Phrase::new("cli.grade-course").int("step", link.step);
        return Err(refuse(&place, why));
    }
    let marks = mark(&scenario, world.as_mut());
    tell(args, &scenario, about, world.as_ref(), &marks)?;
    let passed = marks.iter().all(|mark| mark.unmet.is_none());
    Ok(if passed { Ended::Well } else { Ended::Violated })
}

fn tell(
    args: &GradeArgs,
    scenario: &Scenario,
    about: &'static About,
    world: &dyn Playable,
    marks: &[Mark],
) -> Result<(), Error> {
    let language = args.language.get();
    let words = words_of(about, language);
    let lines: Vec<Line> = marks
        .iter()
        .map(|mark| line(mark, &words, language, world.labels()))
        .collect();
    let met = lines.iter().filter(|line| line.met).count();
    let mut output = Output::open(None)?;
    if args.json {
        output.json(&Told {
            scenario: format!("{}/{}", scenario.protocol, scenario.id),
            step: world.step(),
            digest: world.digest(),
            passed: met == lines.len(),
            marks: lines,
        })?;
    } else {
        let mut out = format!("{}\n", scenario.title.get(language));
        for line in &lines {
            let sign = if line.met { "✓" } else { "✗" };
            out += &format!("{sign} {}\n", line.say);
            if let Some(why) = &line.why {
                out += &format!("  {why}\n");
            }
        }
        let sum = Phrase::new("cli.grade-sum")
            .int("met", met as u64)
            .int("n", lines.len() as u64)
            .int("step", world.step());
        out += &format!("{}\n", words.say(&sum, &[]));
        output.text(&out)?;
    }
    output.finish()
}

fn line(mark: &Mark, words: &Words, language: Language, labels: &[String]) -> Line {
    let why = mark.unmet.as_ref().map(|unmet| {
        let phrase = Phrase::new("cli.grade-unmet");
        words.say(
            &phrase.with("why", Arg::Phrase(Box::new(unmet.clone()))),
            labels,
        )
    });
    Line {
        say: mark.say.get(language).to_owned(),
        met: why.is_none(),
        why,
    }
}
