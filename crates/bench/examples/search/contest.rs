//! The contest: who searches what, in which process, and what comes of it. Knows nothing of what the models mean.

use crate::{paxos, two_phase};
use search::exhaustive::{Exhaustive, Until};
use stateright::{Checker, Expectation, Model};
use std::fmt::Debug;
use std::hash::Hash;
use std::process::Command;

/// A model of Stateright's, as it is, for this search.
struct Same<M>(M);

impl<M> search::model::Model for Same<M>
where
    M: Model,
    M::State: Clone + Hash + Debug,
    M::Action: Clone + Debug + PartialEq,
{
    type State = M::State;
    type Action = M::Action;

    fn initial(&self) -> Vec<M::State> {
        self.0.init_states()
    }

    fn actions(&self, state: &M::State, actions: &mut Vec<M::Action>) {
        self.0.actions(state, actions);
    }

    fn next(&self, state: &M::State, action: M::Action) -> Option<M::State> {
        self.0.next_state(state, action)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Breadth,
    Depth,
}

/// All states, with every predicate of the model asked; how many different ones there are.
fn here<M>(model: M, order: Order) -> Result<u64, String>
where
    M: Model,
    M::State: Clone + Hash + Debug,
    M::Action: Clone + Debug + PartialEq,
{
    let properties = model.properties();
    let same = Same(model);
    let mut search = Exhaustive::new(&same).until(Until::Seen);
    let asked = properties.len();
    for property in properties {
        let holds = property.condition;
        search = match property.expectation {
            Expectation::Always => search.always(property.name, move |same, s| holds(&same.0, s)),
            Expectation::Sometimes => {
                search.sometimes(property.name, move |same, s| holds(&same.0, s))
            }
            Expectation::Eventually => return Err("eventually is not asked".into()),
        };
    }
    let report = match order {
        Order::Breadth => search.breadth_first(),
        Order::Depth => search.depth_first(),
    };
    if report.violation().is_some() || report.found.len() + 1 != asked {
        return Err(format!("{:?}", report.found));
    }
    Ok(report.distinct)
}

/// The same by Stateright, with one thread.
fn stateright<M>(model: M, order: Order) -> u64
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + Hash + Debug + Send + Sync + PartialEq + 'static,
    M::Action: Clone + Debug + PartialEq + Send + Sync + 'static,
{
    let checker = model.checker().threads(1);
    let distinct = match order {
        Order::Breadth => checker.spawn_bfs().join().unique_state_count(),
        Order::Depth => checker.spawn_dfs().join().unique_state_count(),
    };
    distinct as u64
}

/// Which model, and how large.
#[derive(Clone)]
struct Subject {
    model: String,
    size: usize,
}

const CONTENDERS: [&str; 4] = ["breadth", "stateright-breadth", "depth", "stateright-depth"];

/// Searches once and says how many different states there are.
fn search(contender: &str, subject: &Subject) -> Result<u64, String> {
    let order = if contender.ends_with("breadth") {
        Order::Breadth
    } else {
        Order::Depth
    };
    let is_peer = contender.starts_with("stateright");
    let size = subject.size;
    match (subject.model.as_str(), is_peer) {
        ("two-phase", true) => Ok(stateright(two_phase::TwoPhase { rms: size }, order)),
        ("two-phase", false) => here(two_phase::TwoPhase { rms: size }, order),
        ("paxos", true) => Ok(stateright(paxos::model(size), order)),
        ("paxos", false) => here(paxos::model(size), order),
        (other, _) => Err(format!("no model is called {other}: two-phase or paxos")),
    }
}

/// What one process came to.
struct Figures {
    distinct: f64,
    cpu_s: f64,
    peak_kb: f64,
}

/// CPU seconds of this process, and the most memory that it ever had, in kB: as Linux counts them.
fn usage() -> Result<(f64, f64), String> {
    let read = |path| std::fs::read_to_string(path).map_err(|why| format!("{path}: {why}"));
    let (stat, status) = (read("/proc/self/stat")?, read("/proc/self/status")?);
    // Behind the name in brackets, user and system time are the 12th and 13th field, in hundredths of a second.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|field| field.parse::<f64>().ok()).sum();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    Ok((
        ticks / 100.0,
        peak.ok_or("no line VmHWM in /proc/self/status")?,
    ))
}

/// Has a process of its own search, and reads what it prints.
fn measure(contender: &str, subject: &Subject) -> Result<Figures, String> {
    let me = std::env::current_exe().map_err(|why| why.to_string())?;
    let size = subject.size.to_string();
    let output = Command::new(me)
        .args(["contender", contender, &subject.model, &size])
        .output()
        .map_err(|why| why.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let words = text.split_whitespace();
    let numbers: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [distinct, cpu_s, peak_kb] => Ok(Figures {
            distinct,
            cpu_s,
            peak_kb,
        }),
        _ => Err(format!("{contender} printed: {text}")),
    }
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The ratios are paired: each is of two searches of one round, and the median of the rounds is told.
fn compare(subject: &Subject, rounds: usize) -> Result<(), String> {
    let mut all: Vec<Vec<Figures>> = CONTENDERS.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (figures, contender) in all.iter_mut().zip(CONTENDERS) {
            figures.push(measure(contender, subject)?);
        }
    }
    println!(
        "{}, {}; medians of {rounds} rounds",
        subject.model, subject.size
    );
    let rate = |one: &Figures| one.distinct / one.cpu_s;
    for (figures, contender) in all.iter().zip(CONTENDERS) {
        println!(
            "{contender:<20} {:>9} states {:>10.0} states a CPU second {:>7.1} MB",
            figures[0].distinct,
            middle(figures.iter().map(rate)),
            middle(figures.iter().map(|one| one.peak_kb / 1000.0)),
        );
    }
    for (pair, order) in all.chunks(2).zip(["breadth first", "depth first"]) {
        if pair[0][0].distinct != pair[1][0].distinct {
            return Err(format!("{order}: the contenders count different states"));
        }
        let rounds = || pair[0].iter().zip(&pair[1]);
        println!(
            "{order:<20} {:.2} times Stateright's speed in {:.2} of its memory",
            middle(rounds().map(|(here, there)| rate(here) / rate(there))),
            middle(rounds().map(|(here, there)| here.peak_kb / there.peak_kb)),
        );
    }
    Ok(())
}

/// What the arguments ask for.
pub(crate) fn run() -> Result<(), String> {
    let mut words = std::env::args().skip(1).peekable();
    let number = |word: Option<String>, default: usize| {
        word.map_or(Ok(default), |word| {
            word.parse().map_err(|_| format!("{word} is no number"))
        })
    };
    if words.next_if(|word| word == "contender").is_some() {
        let contender = words.next().unwrap_or_default();
        let model = words.next().unwrap_or_default();
        let size = number(words.next(), 1)?;
        let distinct = search(&contender, &Subject { model, size })?;
        let (cpu_s, peak_kb) = usage()?;
        println!("{distinct} {cpu_s} {peak_kb}");
        return Ok(());
    }
    let mut subjects = vec![("two-phase", 7), ("paxos", 3)];
    let named = words.next();
    if let Some(named) = &named {
        subjects.retain(|(model, _)| model == named);
        let subject = subjects.first_mut();
        let (_, size) = subject.ok_or(format!("no model is called {named}: two-phase or paxos"))?;
        *size = number(words.next(), *size)?;
    }
    let rounds = number(words.next(), 5)?.max(1);
    for (model, size) in subjects {
        let model = model.to_owned();
        compare(&Subject { model, size }, rounds)?;
    }
    Ok(())
}
