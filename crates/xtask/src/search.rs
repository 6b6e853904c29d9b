//! `cargo xtask search`: every variant that breaks nothing on purpose, through more schedules than a test has time for.
//!
//! Which protocols there are, and how they are searched, is `synod`'s business: here stands only what was tried so far, in a file, so that
//! the search goes on where it was stopped and never tries a schedule twice.

use crate::shell::{Failure, Outcome, cargo, run, target_dir};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The strategies, as `synod search` takes them.
const STRATEGIES: [&str; 2] = ["swarm", "priorities:3"];
/// How a line of the record ends whose schedules broke nothing.
const SURVIVED: &str = "survived";
/// How it ends where something was broken.
const BROKEN: &str = "broken";

/// How much to search.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Schedules of each variant and strategy, those of earlier searches included.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    schedules: u64,
    /// Schedules between two lines of the record: what is lost when the search is stopped.
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..))]
    portion: u64,
    /// The folder of the record and of the runs that are found; without it, `search` beside what cargo builds.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// What is searched: one line of the record begins with it.
struct Subject {
    protocol: String,
    behaviour: u64,
    variant: String,
    strategy: &'static str,
}

impl Subject {
    /// The beginning of its lines. Under another behaviour the same numbers are other schedules.
    fn key(&self) -> String {
        let Self {
            protocol,
            behaviour,
            variant,
            strategy,
        } = self;
        format!("{protocol}\t{behaviour}\t{variant}\t{strategy}\t")
    }
}

/// Searches what the record does not hold yet.
pub(crate) fn search(options: &Options) -> Outcome {
    let folder = options
        .out
        .clone()
        .unwrap_or_else(|| target_dir().join("search"));
    // What it starts has the root of the workspace as its folder.
    let folder = std::path::absolute(&folder).map_err(|error| unusable(&folder, &error))?;
    fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
    let synod = build()?;
    let record = folder.join("record.tsv");
    let mut broken = Vec::new();
    for subject in subjects(&synod)? {
        loop {
            let held = match fs::read_to_string(&record) {
                Ok(held) => held,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
                Err(error) => return Err(unusable(&record, &error)),
            };
            let Some(seeds) = next(&held, &subject.key(), options.schedules, options.portion)
            else {
                break;
            };
            let well = survives(&synod, &subject, &seeds, &folder)?;
            let ended = if well { SURVIVED } else { BROKEN };
            note(&record, &held, &subject.key(), &seeds, ended)?;
            if !well {
                broken.push(format!("{} {}", subject.protocol, subject.variant));
                break;
            }
        }
    }
    println!("\nWhat was tried: {}", record.display());
    if broken.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "a promise was broken: {}; the runs lie in {}, and `synod replay FILE` plays them",
        broken.join(", "),
        folder.display()
    )))
}

/// The next schedules that the lines of this key do not hold as survived; `None` when the first `schedules` are.
fn next(record: &str, key: &str, schedules: u64, portion: u64) -> Option<Range<u64>> {
    let survived = record.lines().filter_map(|line| {
        let (seeds, ended) = line.strip_prefix(key)?.split_once('\t')?;
        let (from, to) = seeds.split_once("..")?;
        let range = from.parse::<u64>().ok()?..to.parse::<u64>().ok()?;
        (ended == SURVIVED).then_some(range)
    });
    let mut survived: Vec<Range<u64>> = survived.collect();
    survived.sort_by_key(|range| range.start);
    let mut from = 0;
    for range in survived {
        if range.start <= from {
            from = from.max(range.end);
        }
    }
    (from < schedules).then(|| from..schedules.min(from.saturating_add(portion)))
}

/// Builds the command line in the profile that ships, and says where it is.
fn build() -> Outcome<PathBuf> {
    run(
        cargo().args(["build", "--release", "--package", "synod"]),
        "building synod",
        "the lines above name the file and the reason",
    )?;
    let name = format!("synod{}", std::env::consts::EXE_SUFFIX);
    Ok(target_dir().join("release").join(name))
}

/// Every variant that breaks nothing on purpose, under every strategy.
fn subjects(synod: &Path) -> Outcome<Vec<Subject>> {
    let list = crate::shell::capture(Command::new(synod).args(["list", "--json"]));
    let list = list.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let all = list.as_ref().and_then(sound);
    all.filter(|all| !all.is_empty())
        .ok_or_else(|| Failure::new("`synod list --json` names no protocol; run it to see why"))
}

fn sound(list: &Value) -> Option<Vec<Subject>> {
    let mut all = Vec::new();
    for protocol in list["protocols"].as_array()? {
        for variant in protocol["variants"].as_array()? {
            for strategy in STRATEGIES {
                if variant["breaks"].is_null() {
                    all.push(Subject {
                        protocol: protocol["id"].as_str()?.to_owned(),
                        behaviour: protocol["behaviour"].as_u64()?,
                        variant: variant["id"].as_str()?.to_owned(),
                        strategy,
                    });
                }
            }
        }
    }
    Some(all)
}

/// Whether these schedules break nothing.
fn survives(synod: &Path, subject: &Subject, seeds: &Range<u64>, folder: &Path) -> Outcome<bool> {
    let Range { start, end } = seeds;
    println!(
        "\n{}, {}, {}: schedules {start}..{end}",
        subject.protocol, subject.variant, subject.strategy
    );
    let mut search = Command::new(synod);
    search
        .args(["search", &subject.protocol, "--variant", &subject.variant])
        .args(["--strategy", subject.strategy])
        .args(["--seeds", &format!("{start}..{end}"), "--out"])
        .arg(folder);
    let code = search.status().ok().and_then(|status| status.code());
    match code {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(Failure::new(format!(
            "`synod search {}` did not come to an end; the lines above say why, and the same command goes on from here",
            subject.protocol
        ))),
    }
}

/// Adds a line to the record, which holds `held`: a line that was cut short stays a line of its own.
fn note(record: &Path, held: &str, key: &str, seeds: &Range<u64>, ended: &str) -> Outcome {
    let Range { start, end } = seeds;
    let apart = if held.is_empty() || held.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(record);
    let written = file.and_then(|mut file| writeln!(file, "{apart}{key}{start}..{end}\t{ended}"));
    written.map_err(|error| unusable(record, &error))
}

fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!(
        "{} cannot be used ({error}); name another place with --out",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_goes_on_where_it_was_stopped() {
        let key = "raft\t1\tsound\tswarm\t";
        assert_eq!(next("", key, 50, 20), Some(0..20));
        let mut record = format!("{key}0..20\tsurvived\nraft\t2\tsound\tswarm\t20..40\tsurvived\n");
        assert_eq!(
            next(&record, key, 50, 20),
            Some(20..40),
            "another behaviour does not count"
        );
        record += &format!("{key}20..40\tbroken\n");
        assert_eq!(
            next(&record, key, 50, 20),
            Some(20..40),
            "what was broken is tried again"
        );
        record += &format!("{key}20..40\tsurvived\n{key}60..80\tsurvived\n{key}4");
        assert_eq!(
            next(&record, key, 100, 25),
            Some(40..65),
            "a gap, and a line cut short"
        );
        assert_eq!(next(&record, key, 40, 20), None);
    }

    #[test]
    fn a_line_that_was_cut_short_spoils_no_other() {
        let folder = std::env::temp_dir().join(format!("synod-record-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let record = folder.join("record.tsv");
        let key = "raft\t1\tsound\tswarm\t";
        let held = format!("{key}0..20\tsurvived\n{key}20..4");
        fs::write(&record, &held).unwrap();
        note(&record, &held, key, &(20..40), SURVIVED).unwrap();
        let held = fs::read_to_string(&record).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(next(&held, key, 60, 20), Some(40..60), "{held}");
    }

    #[test]
    fn what_is_broken_on_purpose_is_not_searched() {
        let list = serde_json::json!({ "protocols": [{ "id": "raft", "behaviour": 1, "variants": [
            { "id": "sound" },
            { "id": "minority-commit", "breaks": "leader-completeness" },
        ] }] });
        let keys: Vec<String> = sound(&list).unwrap().iter().map(Subject::key).collect();
        let expected = STRATEGIES.map(|strategy| format!("raft\t1\tsound\t{strategy}\t"));
        assert_eq!(keys, expected);
        assert!(sound(&serde_json::json!({})).is_none());
    }
}
