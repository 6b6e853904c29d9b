//! `synod search --exhaustive`: every schedule of up to so many steps, the shortest first; what it finds no shorter one has.
#![expect(
    clippy::disallowed_methods,
    reason = "what is found does not depend on the clock, which only says how fast it is"
)]

use crate::args::{Reduce, SearchArgs};
use crate::error::{Ended, Error};
use crate::output::{Output, tell};
use crate::run::{fresh, open};
use crate::search::{known_property, small, told, write_find};
use crate::words::words_of;
use protocol::{Arg, Phrase, PropertyKind, Verdict};
use search::exhaustive::cluster::{Alike, Faults, Untimed};
use search::exhaustive::{Ended as Why, Exhaustive, Progress, Report};
use search::model::Model;
use search::random::Finding;
use serde::Serialize;
use sim::{About, Action, Run};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use trace::Words;

/// Progress is told this often.
const PROGRESS: Duration = Duration::from_secs(2);

/// All of it, for other programs.
#[derive(Serialize)]
struct Told<'a> {
    run: &'a Run,
    faults: Faults,
    /// The promises that were judged; what comes about *eventually*, or counts on a timely network, is not.
    judged: &'a [&'static str],
    ended: Why,
    /// Every schedule of up to so many steps was tried.
    steps: u32,
    /// Different states that they came to.
    states: u64,
    finding: Option<&'a Finding>,
}

/// Tries every schedule of up to `steps` steps of a protocol from its beginning.
pub(crate) fn exhaustive(args: &SearchArgs, protocol: &str, steps: u32) -> Result<Ended, Error> {
    let run = fresh(protocol, args.variant.as_deref(), &args.set, None)?;
    let place = Arg::Text(format!("synod search {protocol}"));
    let world = open(&place, &run)?;
    let about = world.about();
    let judged = judged(args, about)?;
    let faults = Faults {
        drops: args.losses,
        duplicates: args.copies,
        crashes: args.crashes,
    };
    let words = words_of(about, args.language.get());
    let model = Untimed::from_here(world.as_ref(), faults);
    let alike = Alike(&model);
    let report = match args.reduce {
        Reduce::Orders => {
            let search = model.properties().in_one_order();
            tried(search, &judged, args, steps, &words)
        }
        Reduce::Names => tried(alike.properties(), &judged, args, steps, &words),
        Reduce::Nothing => tried(model.properties(), &judged, args, steps, &words),
    };
    let finding = report.violation().map(|found| {
        let edits = model.edits(&found.path).expect("a way that was walked");
        let found = finding(
            Run {
                edits,
                ..run.clone()
            },
            found.predicate,
            found.path.len(),
        );
        small(&found, args).finding
    });
    let files = finding.as_ref();
    let files = files.map(|finding| write_find(args, finding, "shortest", &words));
    let files = files.transpose()?;
    let mut output = Output::open(None)?;
    if args.json {
        output.json(&Told {
            run: &run,
            faults,
            judged: &judged,
            ended: report.ended,
            steps: report.depth,
            states: report.distinct,
            finding: finding.as_ref(),
        })?;
    } else if let (Some(finding), Some(files)) = (&finding, &files) {
        let way = report.violation().map_or(0, |found| found.path.len());
        let size = Phrase::new("cli.search-shortest")
            .text("property", finding.property.clone())
            .int("n", way as u64)
            .int("states", report.distinct);
        output.text(&told(&size, finding, files, &words))?;
    } else {
        let none = none(&report, faults).text("judged", judged.join(", "));
        output.text(&format!("{}\n", words.say(&none, &[])))?;
    }
    output.finish()?;
    Ok(match report.ended {
        Why::Found => Ended::Violated,
        Why::Complete | Why::Depth => Ended::Well,
        Why::States | Why::Cancelled => Ended::Differs,
    })
}

/// The promises that such a search can judge, and is asked to.
fn judged(args: &SearchArgs, about: &'static About) -> Result<Vec<&'static str>, Error> {
    known_property(args, about)?;
    let can = about.properties.iter().filter(|property| {
        let assumes = property.assumes;
        let timely = !assumes.bad_network || assumes.delay_us_max.is_some();
        property.kind == PropertyKind::Always && !timely
    });
    let can: Vec<&str> = can.map(|property| property.id).collect();
    match &args.property {
        None => Ok(can),
        Some(id) => match can.iter().find(|one| *one == id) {
            Some(one) => Ok(vec![*one]),
            None => Err(Error::Refused {
                place: Arg::Text(format!("--property {id}")),
                why: Phrase::new("cli.search-unjudged")
                    .text("id", id.clone())
                    .text("known", can.join(", ")),
                about,
            }),
        },
    }
}

/// The search, within the bounds that the arguments set.
fn tried<M: Model<Action = Action>>(
    search: Exhaustive<'_, M>,
    judged: &[&str],
    args: &SearchArgs,
    steps: u32,
    words: &Words,
) -> Report<Action> {
    let began = Instant::now();
    let mut told = began;
    search
        .only(|name| judged.contains(&name))
        .depth_max(steps)
        .states_max(args.states)
        .breadth_first_watched(|progress: &Progress| {
            if told.elapsed() > PROGRESS {
                told = Instant::now();
                let rate = progress.generated as f64 / began.elapsed().as_secs_f64().max(1e-3);
                let said = Phrase::new("cli.ask-looking")
                    .int("depth", u64::from(progress.depth) + 1)
                    .int("states", progress.distinct)
                    .int("rate", rate as u64);
                tell(&words.say(&said, &[]));
            }
            ControlFlow::Continue(())
        })
}

/// The find that a run of so many steps is, at its end.
fn finding(run: Run, property: &str, steps: usize) -> Finding {
    let mut world = catalog::open(&run).expect("a run that was opened before");
    for _ in 0..steps {
        world.advance();
    }
    let all = world.properties();
    let broken = all.iter().find(|one| one.property == property);
    let how = broken.and_then(|one| match &one.verdict {
        Verdict::Violated(how) => Some(how.clone()),
        _ => None,
    });
    Finding {
        seed: 0,
        property: property.into(),
        how,
        step: world.step(),
        at_us: world.now_us(),
        calm_us: 0,
        run,
    }
}

/// What is said where no promise was broken.
fn none(report: &Report<Action>, faults: Faults) -> Phrase {
    let key = match report.ended {
        Why::Complete => "cli.search-never",
        Why::Depth => "cli.search-not-within",
        Why::States | Why::Cancelled | Why::Found => "cli.search-unsettled",
    };
    Phrase::new(key)
        .int("depth", report.depth.into())
        .int("states", report.distinct)
        .int("losses", faults.drops.into())
        .int("copies", faults.duplicates.into())
        .int("crashes", faults.crashes.into())
}
