//! Playing a run up to a goal and writing what was asked for: sentences, JSON, a picture, or the run itself.

use crate::args::{Format, GoalArgs, OutputArgs, Picture};
use crate::error::{Ended, Error, tell};
use crate::output::Output;
use crate::words::{opening, words_of};
use protocol::{Arg, Name, Phrase, Verdict};
use sim::{Link, Playable};
use trace::{Detail, FORMAT, Shiviz, Transcript, Words};

/// Where to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// After this many steps.
    Steps(u64),
    /// At this virtual time, in microseconds.
    Until(u64),
}

/// How far a run is played when nothing is said: one second of virtual time.
const UNTIL_US: u64 = 1_000_000;

impl Goal {
    /// What the arguments ask for; otherwise `step` if there is one; otherwise one second.
    pub(crate) fn new(args: GoalArgs, step: Option<u64>) -> Self {
        match (args.steps, args.until_us, step) {
            (Some(steps), _, _) => Self::Steps(steps),
            (None, Some(until_us), _) => Self::Until(until_us),
            (None, None, Some(step)) => Self::Steps(step),
            (None, None, None) => Self::Until(UNTIL_US),
        }
    }

    fn is_reached(self, world: &dyn Playable) -> bool {
        match self {
            Self::Steps(steps) => world.step() >= steps,
            Self::Until(until_us) => world.next_us().is_none_or(|next_us| next_us > until_us),
        }
    }
}

/// What a link or a file says was seen.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Where it stands, for messages.
    pub(crate) place: Arg,
    /// At this step.
    pub(crate) step: u64,
    /// This digest, if it was noted.
    pub(crate) digest: Option<Name>,
}

/// Plays `world` to `goal`, writes what `args` ask for, and compares with `record` on the way.
pub(crate) fn play(
    world: &mut dyn Playable,
    goal: Goal,
    args: &OutputArgs,
    record: Option<&Record>,
) -> Result<Ended, Error> {
    let mut output = Output::open(args.out.as_deref())?;
    let mut seen = None;
    let mut look = |world: &dyn Playable| {
        if record.is_some_and(|record| record.step == world.step()) {
            seen = Some(world.digest());
        }
    };
    look(world);
    let about = world.about();
    let words = words_of(about, args.language.get());
    let labels = world.labels().to_vec();
    let detail = detail(args);
    let mut transcript = (args.format == Format::Transcript)
        .then(|| Transcript::new(&words, &labels, about.rules, detail));
    if transcript.is_some() {
        output.text(&opening(&words, about, &world.run()))?;
    }
    while !goal.is_reached(world) && world.advance().is_some() {
        look(world);
        if let Some(transcript) = &mut transcript {
            let step = world.step();
            if let Some(event) = world.event(step) {
                transcript.event(&event);
                output.text(&transcript.take())?;
            }
        }
    }
    write_end(world, args, &words, transcript, &mut output)?;
    output.finish()?;
    if let Goal::Steps(steps) = goal
        && world.step() < steps
    {
        tell(
            &words,
            &Phrase::new("cli.ends").int("step", world.step()),
            &[],
        );
    }
    let differs = record.is_some_and(|record| differs(record, seen, world, &words));
    let violated = is_violated(world);
    Ok(match (differs, violated) {
        (true, _) => Ended::Differs,
        (false, true) => Ended::Violated,
        (false, false) => Ended::Well,
    })
}

/// How much a transcript tells.
pub(crate) const fn detail(args: &OutputArgs) -> Detail {
    if args.verbose {
        Detail::Full
    } else {
        Detail::Lecture
    }
}

/// Whether a property is violated at the cursor.
pub(crate) fn is_violated(world: &dyn Playable) -> bool {
    let statuses = world.properties();
    let mut verdicts = statuses.iter().map(|status| &status.verdict);
    verdicts.any(|verdict| matches!(verdict, Verdict::Violated(_)))
}

/// Writes what `args` ask for of a run that has been played; of a transcript, its end.
pub(crate) fn write_end(
    world: &mut dyn Playable,
    args: &OutputArgs,
    words: &Words,
    transcript: Option<Transcript<'_>>,
    output: &mut Output,
) -> Result<(), Error> {
    let about = world.about();
    match args.format {
        Format::Transcript => {
            if let Some(mut transcript) = transcript {
                transcript.properties(about.properties, &world.properties());
                transcript.digest(world.digest());
                output.text(&transcript.finish())?;
            }
        }
        Format::Json => document(world, output)?,
        Format::Shiviz => {
            let labels = world.labels().to_vec();
            let mut log = Shiviz::new(words, &labels);
            for step in 1..=world.step() {
                if let Some(event) = world.event(step) {
                    log.event(&event);
                    output.text(&log.take())?;
                }
            }
            tell_digest(world, words);
        }
        Format::Svg | Format::Tikz => {
            let drawn = match args.picture {
                Picture::Stage => crate::picture::stage(world, words),
                Picture::Diagram => crate::picture::diagram(world, words),
            };
            output.text(&match args.format {
                Format::Tikz => drawn.tikz(),
                _ => drawn.svg(),
            })?;
            tell_digest(world, words);
        }
        Format::Summary => {
            let lines = crate::summary::lines(&world.pictures(), world.labels());
            if lines.is_empty() {
                tell(
                    words,
                    &Phrase::new("cli.no-figures").text("protocol", about.id),
                    &[],
                );
            }
            output.text(&lines)?;
        }
        Format::Run => output.json(&Link {
            run: world.run(),
            step: world.step(),
            digest: Some(world.digest()),
            branches: Vec::new(),
            place: 0,
            beside: None,
        })?,
    }
    Ok(())
}

/// The digest, where what is written has no place for it.
fn tell_digest(world: &dyn Playable, words: &Words) {
    let digest = Phrase::new("transcript.digest").text("digest", world.digest().to_string());
    tell(words, &digest, &[]);
}

/// Compares what was seen with the record, and says what differs.
fn differs(record: &Record, seen: Option<Name>, world: &dyn Playable, words: &Words) -> bool {
    let of = |key| Phrase::new(key).with("place", record.place.clone());
    let at_step = |key| of(key).int("step", record.step);
    let same = match (record.digest, seen) {
        (Some(expected), Some(seen)) if expected == seen => true,
        (Some(expected), Some(seen)) => {
            let said = at_step("cli.differs")
                .text("seen", seen.to_string())
                .text("expected", expected.to_string());
            tell(words, &said, &[]);
            return true;
        }
        (Some(_), None) if world.next_us().is_none() => {
            tell(
                words,
                &at_step("cli.short").int("reached", world.step()),
                &[],
            );
            return true;
        }
        (Some(_), None) => {
            tell(words, &at_step("cli.not-reached"), &[]);
            false
        }
        (None, _) if record.step == 0 => false,
        (None, _) => {
            tell(words, &of("cli.no-digest"), &[]);
            false
        }
    };
    let unmet = world.unmet_edits();
    for (edit, error) in &unmet {
        let said = of("cli.unmet")
            .text("at", edit.at_us.to_string())
            .with("why", Arg::Phrase(Box::new(error.phrase())));
        tell(words, &said, world.labels());
    }
    // Where the digest is as recorded, such an edit came to nothing for whoever saved the run too.
    !unmet.is_empty() && !same
}

/// The whole run so far, as a [`trace::Document`]: an event a line, so that it can be searched by lines, and none is kept in memory.
fn document(world: &mut dyn Playable, output: &mut Output) -> Result<(), Error> {
    output.text("{\n")?;
    output.member("format", &FORMAT)?;
    output.member("run", &world.run())?;
    output.member("nodes", world.labels())?;
    output.member("digest", &world.digest())?;
    output.member("properties", &world.properties())?;
    output.text("\"events\": [")?;
    for step in 1..=world.step() {
        if let Some(event) = world.event(step) {
            output.text(if step == 1 { "\n" } else { ",\n" })?;
            output.compact(&event)?;
        }
    }
    output.text("\n]\n}\n")
}
