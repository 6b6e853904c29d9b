//! `synod ask`: whether something can still come about from a present on, and the way there as an ordinary run.
#![expect(
    clippy::disallowed_methods,
    reason = "what is answered does not depend on the clock, which only says how fast it is"
)]

use crate::args::AskArgs;
use crate::error::{Ended, Error, Wrong};
use crate::input;
use crate::output::{Output, tell};
use crate::run::{entry, fresh, open};
use crate::story;
use crate::words::words_of;
use protocol::{Arg, Phrase};
use scenario::{Player, check_predicate, read_predicate};
use search::exhaustive::cluster::Faults;
use search::from_here::{Answer, Budget, Drawn, Looked, Question, Way, draw, look, take};
use serde::Serialize;
use sim::{About, Link, Playable, encode_link};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};
use trace::Words;

/// Schedules that are drawn between two looks at the clock.
const PORTION: u64 = 64;
/// Progress is told this often.
const PROGRESS: Duration = Duration::from_secs(2);

/// All of it, for other programs.
#[derive(Serialize)]
struct Told<'a> {
    question: &'a Question,
    answer: &'static str,
    looked: &'a Looked,
    drawn: &'a Drawn,
    /// The run that takes the way there, at its end.
    link: Option<&'a Link>,
}

/// Asks, and tells the answer.
pub(crate) fn ask(args: &AskArgs) -> Result<Ended, Error> {
    let (place, mut world) = present(args)?;
    let about = world.about();
    let refused = |error: sim::SimError| Error::Refused {
        place: place.clone(),
        why: error.phrase(),
        about,
    };
    if let Some(step) = args.step {
        go_to(world.as_mut(), step).map_err(refused)?;
    }
    let goal = predicate(&args.predicate, world.as_ref(), about)?;
    let budget = budget(args).fair_to(&goal, world.as_ref());
    let question = Question {
        run: world.run(),
        from: world.step(),
        goal,
        budget: budget.map_err(refused)?,
    };
    let words = words_of(about, args.language.get());
    let (looked, drawn) = answers(&question, &words).map_err(refused)?;
    let link = looked.way.as_ref().or(drawn.way.as_ref());
    let link = link.map(|way| link_of(world.as_mut(), way));
    let link = link.transpose().map_err(refused)?;
    let mut output = Output::open(None)?;
    let answer = looked.answer(&drawn);
    if args.json {
        output.json(&Told {
            question: &question,
            answer: id_of(answer),
            looked: &looked,
            drawn: &drawn,
            link: link.as_ref(),
        })?;
    } else {
        let said = told(&question, &looked, &drawn, &words, world.labels());
        output.text(&said)?;
        if let Some(link) = &link {
            output.text(&format!("{}\n", encode_link(link)))?;
        }
    }
    output.finish()?;
    if let (Some(path), Some(link)) = (&args.out, &link) {
        let mut output = Output::open(Some(path))?;
        output.json(link)?;
        output.finish()?;
    }
    Ok(match answer {
        Answer::Now | Answer::Shortest | Answer::Yes => Ended::Violated,
        Answer::Never | Answer::NotWithin => Ended::Well,
        Answer::Unknown => Ended::Differs,
    })
}

/// The cluster at the present that the arguments name: a protocol's beginning, where a link or a file shows its run, or the end of a
/// scenario.
fn present(args: &AskArgs) -> Result<(Arg, Box<dyn Playable>), Error> {
    let what = args.what.as_str();
    let place = Arg::Text(what.into());
    if catalog::find(what).is_some() {
        let run = fresh(what, args.variant.as_deref(), &args.set, args.seed)?;
        return Ok((place.clone(), open(&place, &run)?));
    }
    let own = [
        (args.seed.is_some(), "--seed"),
        (!args.set.is_empty(), "--set"),
        (args.variant.is_some(), "--variant"),
    ];
    if let Some((_, flag)) = own.iter().find(|(given, _)| *given) {
        let place = Arg::Text((*flag).into());
        return Err(Error::Brings { place });
    }
    let path = Path::new(what);
    let is_story = path.extension().is_some_and(|end| end == "toml");
    if !is_story && (what == "-" || path.exists() || what.contains('#') || what.starts_with("1.")) {
        let found = input::link_or_file(what)?;
        let mut world = open(&found.place, &found.link.run)?;
        let about = world.about();
        go_to(world.as_mut(), found.link.step).map_err(|error| Error::Refused {
            place: found.place.clone(),
            why: error.phrase(),
            about,
        })?;
        return Ok((found.place, world));
    }
    let found = story::find(what)?;
    let about = entry(&found.scenario.protocol)?.about;
    let mut world = open(&place, &found.scenario.run(about.behaviour))?;
    let mut player = Player::new(found.scenario.clone());
    player
        .play_out(world.as_mut())
        .map_err(|failure| story::fails(&found, &failure, world.as_ref()))?;
    Ok((place, world))
}

/// Puts the cursor behind so many steps of the run.
fn go_to(world: &mut dyn Playable, step: u64) -> Result<(), sim::SimError> {
    while world.len() < step {
        let len = world.len();
        world.seek(len)?;
        world.advance().ok_or(sim::SimError::BeyondEnd(step, len))?;
    }
    world.seek(step)
}

/// The predicate that was given, or what is wrong with it and where.
fn predicate(
    text: &str,
    world: &dyn Playable,
    about: &'static About,
) -> Result<scenario::Predicate, Error> {
    let read = read_predicate(text).and_then(|(predicate, mentions)| {
        check_predicate(&mentions, world)?;
        Ok(predicate)
    });
    read.map_err(|mistakes| {
        let wrong = mistakes.into_iter().map(|mistake| Wrong {
            file: Arg::Word("cli.ask-predicate".into()),
            line: mistake.place.line,
            column: mistake.place.column,
            what: mistake.what,
        });
        Error::Scenario {
            mistakes: wrong.collect(),
            about: Some(about),
        }
    })
}

const fn budget(args: &AskArgs) -> Budget {
    Budget {
        steps: args.steps,
        states: args.states,
        faults: Faults {
            drops: args.losses,
            duplicates: args.copies,
            crashes: args.crashes,
        },
        repairs: args.repairs,
        schedules: args.schedules,
        events: args.events,
    }
}

/// Looks at every schedule, and draws longer ones where that does not settle it.
fn answers(question: &Question, words: &Words) -> Result<(Looked, Drawn), sim::SimError> {
    let began = Instant::now();
    let mut told = began;
    let rate = |n: u64| (n as f64 / began.elapsed().as_secs_f64().max(1e-3)) as u64;
    let looked = look(question, &catalog::open, |progress| {
        if told.elapsed() > PROGRESS {
            told = Instant::now();
            let said = Phrase::new("cli.ask-looking")
                .int("depth", u64::from(progress.depth) + 1)
                .int("states", progress.distinct)
                .int("rate", rate(progress.generated));
            tell(&words.say(&said, &[]));
        }
        ControlFlow::Continue(())
    })?;
    let mut drawn = Drawn::default();
    let most = question.budget.schedules;
    let mut next = 0;
    while !looked.is_settled() && drawn.way.is_none() && next < most {
        let seeds = next..(next + PORTION).min(most);
        next = seeds.end;
        drawn.merge(draw(question, seeds, &catalog::open)?);
        if told.elapsed() > PROGRESS {
            told = Instant::now();
            let said = Phrase::new("cli.ask-drawing")
                .int("n", drawn.schedules)
                .int("most", most);
            tell(&words.say(&said, &[]));
        }
    }
    Ok((looked, drawn))
}

/// The run that takes `way` from where `world` stands, at its end.
fn link_of(world: &mut dyn Playable, way: &Way) -> Result<Link, sim::SimError> {
    take(world, way)?;
    Ok(Link {
        run: world.run(),
        step: world.step(),
        digest: Some(world.digest()),
        ..Link::default()
    })
}

const fn id_of(answer: Answer) -> &'static str {
    match answer {
        Answer::Now => "now",
        Answer::Shortest => "yes-shortest",
        Answer::Yes => "yes",
        Answer::Never => "never",
        Answer::NotWithin => "not-within",
        Answer::Unknown => "unknown",
    }
}

/// The question, the answer with its numbers, and the steps of the way.
fn told(
    question: &Question,
    looked: &Looked,
    drawn: &Drawn,
    words: &Words,
    labels: &[String],
) -> String {
    let way = looked.way.as_ref().or(drawn.way.as_ref());
    let key = match looked.answer(drawn) {
        Answer::Now => "cli.ask-now",
        Answer::Shortest => "cli.ask-shortest",
        Answer::Yes => "cli.ask-yes",
        Answer::Never => "cli.ask-never",
        Answer::NotWithin => "cli.ask-not-within",
        Answer::Unknown => "cli.ask-unknown",
    };
    let budget = &question.budget;
    let said = Phrase::new(key)
        .int("n", way.map_or(0, |way| way.deeds.len() as u64))
        .int("depth", looked.steps.into())
        .int("states", looked.states)
        .int("losses", budget.faults.drops.into())
        .int("copies", budget.faults.duplicates.into())
        .int("crashes", budget.faults.crashes.into())
        .int("repairs", budget.repairs.into())
        .int("seed", drawn.seed)
        .int("schedules", drawn.schedules)
        .int("events", budget.events.into());
    let asked = Phrase::new("cli.ask-asked")
        .with("what", Arg::Phrase(Box::new(question.goal.phrase())))
        .int("step", question.from);
    let mut text = format!("{}\n{}\n", words.say(&asked, labels), words.say(&said, &[]));
    let steps = way.into_iter().flat_map(|way| &way.deeds);
    let steps = steps.filter_map(|deed| deed.said.as_ref());
    for (nth, step) in (1..).zip(steps) {
        text += &format!("  {nth}. {}\n", words.say(step, labels));
    }
    text
}
