//! `synod search`: schedules on all cores until one breaks a promise, which is made small and written as an ordinary run, a scenario and
//! a test; and reports of parts of a search, merged.
#![expect(
    clippy::disallowed_methods,
    reason = "schedules do not depend on who tries them, or when: threads and clocks only make it fast and say how fast it is"
)]

use crate::args::SearchArgs;
use crate::error::{Ended, Error};
use crate::exhaustive::exhaustive;
use crate::input::content;
use crate::output::{Output, tell};
use crate::run::{entry, known_variant, settings};
use crate::words::words_of;
use protocol::{Arg, Phrase};
use scenario::{Broken, nearest};
use search::found::{as_test, link_to};
use search::random::{Finding, Kinds, Report, Spec, Strategy, explore};
use search::shrink::{Shrunk, shrink};
use serde::{Deserialize, Serialize};
use sim::{About, Link, Run, SOUND, SimError};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use trace::{Language, Words};

/// Schedules that a thread takes at a time.
const PORTION: u64 = 32;
/// Progress is told this often.
const PROGRESS: Duration = Duration::from_secs(2);
/// How many runs shrinking tries at most.
const SHRINK_TRIES_MAX: u64 = 20_000;

/// The report of a search, or of a part of one.
#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    /// What was sought.
    spec: Spec,
    /// What the search came to.
    report: Report,
    /// The first find of each property, made small.
    #[serde(default)]
    shrunk: Vec<Shrunk>,
}

/// Searches, or merges reports.
pub(crate) fn search(args: &SearchArgs) -> Result<Ended, Error> {
    if !args.merge.is_empty() {
        return merge(args);
    }
    let Some(protocol) = &args.protocol else {
        return Ok(Ended::BadInput);
    };
    if let Some(steps) = args.exhaustive {
        return exhaustive(args, protocol, steps);
    }
    let about = entry(protocol)?.about;
    let spec = spec(args, about)?;
    let words = words_of(about, args.language.get());
    let seeds = shard(args);
    let report = try_all(args, &spec, seeds, &words).map_err(|why| Error::Refused {
        place: Arg::Text(format!("synod search {protocol}")),
        why,
        about,
    })?;
    tell_all(args, spec, report, &words)
}

/// What the arguments ask for.
fn spec(args: &SearchArgs, about: &'static About) -> Result<Spec, Error> {
    let variant = args.variant.as_deref().unwrap_or(SOUND);
    known_variant(about, variant, Arg::Text(format!("--variant {variant}")))?;
    known_property(args, about)?;
    let mut kinds = Kinds::ALL;
    if let Some(names) = &args.faults {
        kinds = Kinds::NONE;
        for name in names.iter().filter(|name| *name != "none") {
            if !kinds.allow(name) {
                let known = Kinds::NAMES.into_iter().chain(["none"]);
                return Err(unknown("--faults", name, "cli.fault", known));
            }
        }
    }
    let run = Run {
        protocol: about.id.into(),
        behaviour: about.behaviour,
        variant: variant.into(),
        config: settings(about, &args.set)?,
        ..Run::default()
    };
    Ok(Spec {
        property: args.property.clone(),
        faults: kinds,
        span_us: args.span_us,
        calm_us: args.calm_us,
        ..Spec::new(run, args.strategy)
    })
}

/// Refuses a property that the protocol does not have.
pub(crate) fn known_property(args: &SearchArgs, about: &About) -> Result<(), Error> {
    let known = about.properties.iter().map(|property| property.id);
    match &args.property {
        Some(id) if !known.clone().any(|known| known == id) => {
            Err(unknown("--property", id, "cli.property", known))
        }
        _ => Ok(()),
    }
}

fn unknown(
    option: &str,
    given: &str,
    what: &'static str,
    known: impl Iterator<Item = &'static str> + Clone,
) -> Error {
    Error::Unknown {
        place: Arg::Text(format!("{option} {given}")),
        what,
        meant: nearest(given, known.clone()),
        known: known.map(str::to_owned).collect(),
    }
}

/// The part of the range that this shard has.
fn shard(args: &SearchArgs) -> Range<u64> {
    let Range { start, end } = args.seeds.clone();
    let (place, of) = args.shard.unwrap_or((1, 1));
    let edge =
        |place: u64| start + (u128::from(end - start) * u128::from(place) / u128::from(of)) as u64;
    edge(place - 1)..edge(place)
}

/// Tries the schedules of these numbers on all threads. Numbers are given out in order, so that the first find is the same however many
/// threads there are.
fn try_all(
    args: &SearchArgs,
    spec: &Spec,
    seeds: Range<u64>,
    words: &Words,
) -> Result<Report, Phrase> {
    let jobs = args.jobs.map_or_else(
        || std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        |jobs| jobs as usize,
    );
    let next = AtomicU64::new(seeds.start);
    let enough = AtomicBool::new(false);
    let (give, take) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let give = give.clone();
            let (next, enough, seeds) = (&next, &enough, &seeds);
            scope.spawn(move || {
                while !enough.load(Ordering::Relaxed) {
                    let from = next.fetch_add(PORTION, Ordering::Relaxed);
                    if from >= seeds.end {
                        return;
                    }
                    let portion = from..(from + PORTION).min(seeds.end);
                    let came = explore(spec, portion, &catalog::trial);
                    if give.send((from, came)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(give);
        let began = Instant::now();
        let mut told = began;
        let mut report = Report::default();
        let (mut due, mut early) = (seeds.start, BTreeMap::new());
        let mut failed = None;
        for (from, came) in take {
            match came {
                Ok(part) => {
                    early.insert(from, part);
                }
                Err(error) => failed = Some(error.phrase()),
            }
            // In order, and not beyond the first find: what others tried meanwhile is no part of the answer.
            let ended = |report: &Report| !report.findings.is_empty() && !args.keep_going;
            while !ended(&report)
                && let Some(part) = early.remove(&due)
            {
                report.merge(part);
                due += PORTION;
            }
            if ended(&report) || failed.is_some() {
                enough.store(true, Ordering::Relaxed);
            }
            if told.elapsed() > PROGRESS {
                told = Instant::now();
                tell(&words.say(&progress(&report, began), &[]));
            }
        }
        tell(&words.say(&progress(&report, began), &[]));
        failed.map_or(Ok(report), Err)
    })
}

/// "1,240 schedules, 310 a second".
fn progress(report: &Report, began: Instant) -> Phrase {
    let schedules = report.schedules();
    let rate = (schedules as f64 / began.elapsed().as_secs_f64().max(1e-3)) as u64;
    Phrase::new("cli.search-progress")
        .int("n", schedules)
        .int("rate", rate)
        .int("facts", report.facts.len() as u64)
        .int("states", report.states.count())
        .int("broken", report.broken)
}

/// Writes what was found, and says how it ended.
fn tell_all(args: &SearchArgs, spec: Spec, report: Report, words: &Words) -> Result<Ended, Error> {
    let firsts = report.findings.values();
    let firsts: Vec<Finding> = firsts
        .filter_map(|all| all.values().next().cloned())
        .collect();
    let ended = if firsts.is_empty() {
        Ended::Well
    } else {
        Ended::Violated
    };
    let mut shrunk = Vec::new();
    let mut files = Vec::new();
    for first in &firsts {
        let small = small(first, args);
        let number = small.finding.seed.to_string();
        files.push(write_find(args, &small.finding, &number, words)?);
        shrunk.push(small);
    }
    let mut output = Output::open(None)?;
    if args.json {
        output.json(&Saved {
            spec,
            report,
            shrunk,
        })?;
    } else {
        if let Strategy::Priorities { depth } = spec.strategy
            && let Some(missed) = report.priority_bound(depth)
        {
            let bound = Phrase::new("cli.search-bound")
                .int("depth", depth.into())
                .int("one_in", (1.0 / (1.0 - missed)).min(9e15) as u64);
            output.text(&format!("{}\n", words.say(&bound, &[])))?;
        }
        for (small, files) in shrunk.iter().zip(&files) {
            let finding = &small.finding;
            let size = Phrase::new("cli.search-found")
                .text("property", finding.property.clone())
                .int("seed", finding.seed)
                .int("n", finding.run.edits.len() as u64)
                .int("was", small.was);
            output.text(&told(&size, finding, files, words))?;
        }
        if shrunk.is_empty() {
            let none = Phrase::new("cli.search-none").int("n", report.schedules());
            output.text(&format!("{}\n", words.say(&none, &[])))?;
        }
    }
    output.finish()?;
    Ok(ended)
}

/// A find without what it does not need; what cannot be made small is told as it was found.
pub(crate) fn small(found: &Finding, args: &SearchArgs) -> Shrunk {
    let tries = if args.no_shrink { 1 } else { SHRINK_TRIES_MAX };
    shrink(found, tries, &catalog::trial).unwrap_or_else(|_| Shrunk {
        finding: found.clone(),
        was: found.run.edits.len() as u64,
        tries: 0,
        minimal: false,
    })
}

/// A find in a few lines: what is broken and by how little (`size`), how, and where the run lies, its scenario and its test.
pub(crate) fn told(size: &Phrase, finding: &Finding, files: &Files, words: &Words) -> String {
    let labels = catalog::open(&finding.run).map(|cluster| cluster.labels().to_vec());
    let how = match &finding.how {
        Some(how) => words.say(how, &labels.unwrap_or_default()),
        None => words.word("cli.search-unmet").to_owned(),
    };
    let size = words.say(size, &[]);
    let scenario = files.scenario.iter();
    let scenario: String = scenario
        .map(|path| format!("  {}\n", path.display()))
        .collect();
    format!(
        "{size}\n  {how}\n  {}\n  {}\n{scenario}  {}\n",
        files.run.display(),
        sim::encode_link(&link(finding)),
        files.test.display()
    )
}

/// The link to where a find breaks its promise.
fn link(finding: &Finding) -> Link {
    catalog::open(&finding.run).map_or_else(
        |_| Link {
            run: finding.run.clone(),
            step: finding.step,
            ..Link::default()
        },
        |mut world| link_to(world.as_mut(), finding.step),
    )
}

/// What is written of a find.
pub(crate) struct Files {
    run: PathBuf,
    /// None where somebody did what no scenario can do.
    scenario: Option<PathBuf>,
    test: PathBuf,
}

/// Files for a find: `raft-election-safety-17.json`, where `which` is 17, and its scenario and its test beside it.
pub(crate) fn write_find(
    args: &SearchArgs,
    finding: &Finding,
    which: &str,
    words: &Words,
) -> Result<Files, Error> {
    let folder = args.out.clone().unwrap_or_default();
    let name = format!("{}-{}-{which}", finding.run.protocol, finding.property);
    // The ids have no dots.
    let path = |extension: &str| folder.join(&name).with_extension(extension);
    let link = link(finding);
    let run = path("json");
    let mut output = Output::open(Some(&run))?;
    output.json(&link)?;
    output.finish()?;
    let scenario = match as_scenario(finding) {
        Ok(text) => {
            let scenario = path("toml");
            write(&scenario, &text)?;
            Some(scenario)
        }
        Err(error) => {
            tell(&words.say(&error.phrase(), &[]));
            None
        }
    };
    let test = path("rs");
    write(&test, &as_test(&finding.property, &link))?;
    Ok(Files {
        run,
        scenario,
        test,
    })
}

fn write(path: &std::path::Path, text: &str) -> Result<(), Error> {
    let mut output = Output::open(Some(path))?;
    output.text(text)?;
    output.finish()
}

/// The scenario that plays a find.
fn as_scenario(finding: &Finding) -> Result<String, SimError> {
    let mut world = catalog::open(&finding.run)?;
    let broken = Broken {
        property: &finding.property,
        step: finding.step,
    };
    let [english, chinese] = Language::ALL.map(|language| words_of(world.about(), language));
    scenario::write(world.as_mut(), broken, [&english, &chinese])
}

/// Merges reports: parts of one search are its report.
fn merge(args: &SearchArgs) -> Result<Ended, Error> {
    let mut all: Option<Saved> = None;
    for file in &args.merge {
        let (place, text) = content(file)?;
        let saved: Saved = serde_json::from_str(&text).map_err(|error| Error::Report {
            place: place.clone(),
            line: error.line() as u32,
            column: error.column() as u32,
            why: error.to_string(),
        })?;
        match &mut all {
            None => all = Some(saved),
            Some(all) if all.spec == saved.spec => {
                all.report.merge(saved.report);
            }
            Some(_) => return Err(Error::OtherSearch { place }),
        }
    }
    let Some(Saved { spec, report, .. }) = all else {
        return Ok(Ended::BadInput);
    };
    let about = entry(&spec.run.protocol)?.about;
    let words = words_of(about, args.language.get());
    tell_all(args, spec, report, &words)
}
