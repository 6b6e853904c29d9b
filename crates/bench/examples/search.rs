//! Exhaustive search beside Stateright, over one model in one run: two-phase commit (Gray and Lamport 2006, as in Stateright's
//! own example). Each contender searches in a process of its own, in turn; CPU time and memory are what the system says of it.
//!
//! `cargo run --release --package bench --example search -- [RESOURCE_MANAGERS] [ROUNDS]`

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::exit,
    reason = "an example that measures: it prints, and starts itself for each contender"
)]

#[cfg(not(target_arch = "wasm32"))]
mod contest {
    use search::exhaustive::{Exhaustive, Until};
    use stateright::{Checker, Model as _, Property};
    use std::collections::BTreeSet;
    use std::process::Command;

    #[derive(Clone, PartialEq, Eq, Hash, Debug)]
    struct State {
        rm: Vec<Rm>,
        tm: Tm,
        tm_prepared: Vec<bool>,
        messages: BTreeSet<Message>,
    }

    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
    enum Message {
        Prepared(usize),
        Commit,
        Abort,
    }

    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
    enum Rm {
        Working,
        Prepared,
        Committed,
        Aborted,
    }

    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
    enum Tm {
        Init,
        Committed,
        Aborted,
    }

    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    enum Act {
        TmRcvPrepared(usize),
        TmCommit,
        TmAbort,
        RmPrepare(usize),
        RmChooseToAbort(usize),
        RmRcvCommitMsg(usize),
        RmRcvAbortMsg(usize),
    }

    /// The model; both contenders are given these very functions.
    struct TwoPhase {
        rms: usize,
    }

    impl TwoPhase {
        fn first(&self) -> Vec<State> {
            vec![State {
                rm: vec![Rm::Working; self.rms],
                tm: Tm::Init,
                tm_prepared: vec![false; self.rms],
                messages: BTreeSet::new(),
            }]
        }

        fn enabled(&self, state: &State, actions: &mut Vec<Act>) {
            let undecided = state.tm == Tm::Init;
            if undecided && state.tm_prepared.iter().all(|prepared| *prepared) {
                actions.push(Act::TmCommit);
            }
            if undecided {
                actions.push(Act::TmAbort);
            }
            for rm in 0..self.rms {
                if undecided && state.messages.contains(&Message::Prepared(rm)) {
                    actions.push(Act::TmRcvPrepared(rm));
                }
                if state.rm[rm] == Rm::Working {
                    actions.push(Act::RmPrepare(rm));
                    actions.push(Act::RmChooseToAbort(rm));
                }
                if state.messages.contains(&Message::Commit) {
                    actions.push(Act::RmRcvCommitMsg(rm));
                }
                if state.messages.contains(&Message::Abort) {
                    actions.push(Act::RmRcvAbortMsg(rm));
                }
            }
        }

        fn after(state: &State, action: Act) -> State {
            let mut next = state.clone();
            match action {
                Act::TmRcvPrepared(rm) => next.tm_prepared[rm] = true,
                Act::TmCommit => {
                    next.tm = Tm::Committed;
                    next.messages.insert(Message::Commit);
                }
                Act::TmAbort => {
                    next.tm = Tm::Aborted;
                    next.messages.insert(Message::Abort);
                }
                Act::RmPrepare(rm) => {
                    next.rm[rm] = Rm::Prepared;
                    next.messages.insert(Message::Prepared(rm));
                }
                Act::RmRcvCommitMsg(rm) => next.rm[rm] = Rm::Committed,
                Act::RmChooseToAbort(rm) | Act::RmRcvAbortMsg(rm) => next.rm[rm] = Rm::Aborted,
            }
            next
        }
    }

    fn all(state: &State, wanted: Rm) -> bool {
        state.rm.iter().all(|rm| *rm == wanted)
    }

    fn consistent(state: &State) -> bool {
        !(state.rm.contains(&Rm::Aborted) && state.rm.contains(&Rm::Committed))
    }

    impl search::model::Model for TwoPhase {
        type State = State;
        type Action = Act;

        fn initial(&self) -> Vec<State> {
            self.first()
        }

        fn actions(&self, state: &State, actions: &mut Vec<Act>) {
            self.enabled(state, actions);
        }

        fn next(&self, state: &State, action: &Act) -> Option<State> {
            Some(Self::after(state, *action))
        }
    }

    impl stateright::Model for TwoPhase {
        type State = State;
        type Action = Act;

        fn init_states(&self) -> Vec<State> {
            self.first()
        }

        fn actions(&self, state: &State, actions: &mut Vec<Act>) {
            self.enabled(state, actions);
        }

        fn next_state(&self, state: &State, action: Act) -> Option<State> {
            Some(Self::after(state, action))
        }

        fn properties(&self) -> Vec<Property<Self>> {
            vec![
                Property::sometimes("abort agreement", |_, state| all(state, Rm::Aborted)),
                Property::sometimes("commit agreement", |_, state| all(state, Rm::Committed)),
                Property::always("consistent", |_, state| consistent(state)),
            ]
        }
    }

    const CONTENDERS: [&str; 4] = ["breadth", "stateright-breadth", "depth", "stateright-depth"];

    /// Searches once and says how many different states there are.
    fn search(contender: &str, rms: usize) -> Result<u64, String> {
        let model = TwoPhase { rms };
        let asked = |model| {
            Exhaustive::new(model)
                .sometimes("abort agreement", |_, state| all(state, Rm::Aborted))
                .sometimes("commit agreement", |_, state| all(state, Rm::Committed))
                .always("consistent", |_, state| consistent(state))
                .until(Until::Seen)
        };
        Ok(match contender {
            "breadth" => asked(&model).breadth_first().distinct,
            "depth" => asked(&model).depth_first().distinct,
            "stateright-breadth" => {
                model.checker().spawn_bfs().join().unique_state_count() as u64
            }
            "stateright-depth" => model.checker().spawn_dfs().join().unique_state_count() as u64,
            other => return Err(format!("no contender is called {other}")),
        })
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
        Ok((ticks / 100.0, peak.ok_or("no line VmHWM in /proc/self/status")?))
    }

    /// Has a process of its own search, and reads what it prints.
    fn measure(contender: &str, rms: usize) -> Result<Figures, String> {
        let me = std::env::current_exe().map_err(|why| why.to_string())?;
        let output = Command::new(me)
            .args(["contender", contender, &rms.to_string()])
            .output()
            .map_err(|why| why.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = text
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        match numbers[..] {
            [distinct, cpu_s, peak_kb] => Ok(Figures {
                distinct,
                cpu_s,
                peak_kb,
            }),
            _ => Err(format!("{contender} printed: {text}")),
        }
    }

    fn middle(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }

    fn compare(rms: usize, rounds: usize) -> Result<(), String> {
        let mut all: Vec<Vec<Figures>> = CONTENDERS.iter().map(|_| Vec::new()).collect();
        for _ in 0..rounds.max(1) {
            for (figures, contender) in all.iter_mut().zip(CONTENDERS) {
                figures.push(measure(contender, rms)?);
            }
        }
        let rate = |figures: &[Figures]| {
            middle(figures.iter().map(|one| one.distinct / one.cpu_s).collect())
        };
        let peak = |figures: &[Figures]| middle(figures.iter().map(|one| one.peak_kb).collect());
        println!("two-phase commit, {rms} resource managers; medians of {rounds} rounds");
        for (figures, contender) in all.iter().zip(CONTENDERS) {
            println!(
                "{contender:<20} {:>9} states {:>10.0} states a CPU second {:>7.1} MB",
                figures[0].distinct,
                rate(figures),
                peak(figures) / 1000.0,
            );
        }
        for (pair, order) in all.chunks(2).zip(["breadth first", "depth first"]) {
            if pair[0][0].distinct != pair[1][0].distinct {
                return Err(format!("{order}: the contenders disagree on the number of states"));
            }
            println!(
                "{order:<20} {:.2} times Stateright's speed in {:.2} of its memory",
                rate(&pair[0]) / rate(&pair[1]),
                peak(&pair[0]) / peak(&pair[1]),
            );
        }
        Ok(())
    }

    /// What the arguments ask for.
    pub(crate) fn run() -> Result<(), String> {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let number = |place: usize, default: usize| {
            let word = words.get(place);
            word.map_or(Ok(default), |word| {
                word.parse().map_err(|_| format!("{word} is no number"))
            })
        };
        if words.first().is_some_and(|word| word == "contender") {
            let contender = words.get(1).map(String::as_str).unwrap_or_default();
            let distinct = search(contender, number(2, 7)?)?;
            let (cpu_s, peak_kb) = usage()?;
            println!("{distinct} {cpu_s} {peak_kb}");
            return Ok(());
        }
        compare(number(0, 7)?, number(1, 5)?)
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    if let Err(why) = contest::run() {
        eprintln!("search: {why}");
        std::process::exit(1);
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}
