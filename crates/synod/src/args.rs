//! What can be asked on the command line. Knows nothing of how it is answered.

use crate::node::args::NodeArgs;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;
use trace::Language;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a property was violated, or a history is not linearizable, or a search found a run that breaks a promise,
     or what was asked can come about, or a solution does not meet all that its exercise wants,
     or nodes break what a workload promises
  2  bad input: the command line, a link or a file cannot be read, or a file cannot be written
  3  a replay differs from its record: another digest, an early end, or an edit that came to nothing;
     or the budget of a check or of a question ran out, or a test of nodes has shown nothing";

const RUN_EXAMPLES: &str = "\
Examples:
  synod run raft                                  the first second of the page's opening run
  synod run raft --seed 7 --until-us 2000000      two seconds of another one
  synod run raft --set servers=3 --set loss_permille=50
  synod run raft --bridge 'ws://127.0.0.1:7400/node?token=…'
                                                  its nodes at wall speed, as nodes of a `synod bridge`
  synod run leader-crash                          a scenario, beat by beat, to its end
  synod run my-lecture.toml                       one of your own: docs/writing-a-scenario.md
  synod run leader-crash --handout --out handout.html
                                                  to print: each beat with its picture
  synod run raft --steps 500 --format json --out trace.json
  synod run raft --format svg --out stage.svg     the stage at the end
  synod run raft --steps 120 --format svg --picture diagram --out diagram.svg
  synod run raft --steps 120 --format tikz --picture diagram --out diagram.tex
                                                  for a paper: \\input{diagram}
  synod run raft --steps 120 --format shiviz --out raft.log
                                                  choose the file in ShiViz
  synod run raft --format run | synod url -       a link to it
  synod run load-balancing --until-us 60000000 --set policy=power-of-d --format summary
                                                  figures: throughput, latencies, imbalance

`synod list` names the scenarios, `synod list raft` the parameters and the variants.
The last line of a transcript is the digest: the page shows the same one at the same step.
With --format svg, tikz and shiviz it goes to the standard error.";

const REPLAY_EXAMPLES: &str = "\
Examples:
  synod replay 'https://example.org/synod/#…'     a page's address: quote it, the shell reads # as a comment
  synod replay run.json                           a file that the page or `--format run` saved
  synod replay trace.json --lang zh               the run of a trace
  synod run raft --format run | synod replay -    from the standard input

The run is played up to the step that the link shows, and its digest is compared there.
If it does not match, the run took another course than it did when it was saved: exit code 3.";

const URL_EXAMPLES: &str = "\
Examples:
  synod url run.json                              the text that follows the # of a page's address
  synod url run.json --base https://example.org/synod/";

const CHECK_EXAMPLES: &str = "\
Examples:
  synod check --model cas-register etcd/*.log     logs of Jepsen's etcd test
  synod check --model kv --format porcupine-kv c10-ok.txt
  synod check --model queue history.jsonl         one event a line: docs/history-formats.md
  synod check --model kv --html kv.html *.jsonl   a picture of each history, in one page

One line a file: its name, a tab, and ok, illegal, unknown (the budget ran out) or bad-input.
Of several files the exit code tells the worst: 2 before 1, 1 before 3.";

const SEARCH_EXAMPLES: &str = "\
Examples:
  synod search raft --variant vote-not-saved
  synod search raft --strategy priorities:3 --seeds 0..50000
  synod search two-phase-commit --property atomicity --faults crashes,cuts
  synod search two-phase-commit --exhaustive 12 --variant changes-mind
  synod search raft --keep-going --seeds 0..1000000 --shard 3/16 --json > part-3.json
  synod search --merge part-*.json

A find is made small and written as a run: `synod replay FILE` plays it, and the line below it is the text behind the # of a page's
address. What is searched does not depend on --jobs. docs/search-at-scale.md tells how to use many machines.";

const ASK_EXAMPLES: &str = "\
Examples:
  synod ask raft --step 400 'role = \"leader\", node = \"S5\"'
  synod ask raft/figure-8 'fact = \"became-leader\", node = \"S5\"'   from the end of a story
  synod ask run.json --crashes 2 'violated = \"leader-completeness\"'
  synod ask 'https://example.org/synod/#…' --steps 12 'not = { role = \"leader\", node = \"S1\" }'

The predicate is one of scenarios: docs/writing-a-scenario.md. Every schedule of up to --steps steps is tried, the shortest first,
then longer ones by chance. The text at the end is what stands behind the # of a page's address: the run that gets there.
Exit code: 1 when it can come about, 0 when it cannot within what was asked, 3 when --states ran out before.";

const GRADE_EXAMPLES: &str = "\
Examples:
  synod grade raft/exercise-two-leaders 'https://example.org/synod/#…'
  synod grade my-exercise.toml solution.json --json
  for each in hand-in/*.json; do synod grade raft/exercise-two-leaders \"$each\" > /dev/null && echo \"$each\"; done

The exercise is a scenario whose file has criteria under [[grade]]: docs/writing-a-scenario.md. The run is marked at the step that the
link shows. It must have the exercise's protocol, variant, parameters and seed; what was done in it is the solution.
Exit code: 0 when it meets every criterion, 1 when it does not, 2 when it is no run of this exercise or cannot be read.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  synod completions bash > ~/.local/share/bash-completion/completions/synod
  synod completions zsh > ~/.zfunc/_synod";

/// A distributed-systems playground: real protocol code, played step by step.
///
/// A run is a protocol, its parameters, a seed and what somebody did to it; everything else follows. The same run gives the
/// same digest here and in the page.
#[derive(Debug, Parser)]
#[command(name = "synod", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Name the protocols, their variants and their scenarios.
    List(ListArgs),
    /// Play a protocol from its beginning, or a scenario, and tell what happened.
    Run(RunArgs),
    /// Play a link or a file again, and check that it takes the same course.
    Replay(ReplayArgs),
    /// Print the link to a saved run.
    Url(UrlArgs),
    /// Say of recorded histories whether they are linearizable.
    Check(CheckArgs),
    /// Search for a run that breaks a promise, on all cores; or merge reports of parts of a search.
    Search(SearchArgs),
    /// Say whether something can still come about from here, and how.
    Ask(AskArgs),
    /// Mark a run that somebody hands in by the criteria of an exercise.
    Grade(GradeArgs),
    /// Run one real node of a protocol, which speaks to others over WebSockets.
    Node(NodeArgs),
    /// Connect nodes in any language that speak Maelstrom's protocol, and test them.
    Bridge(crate::bridge::BridgeArgs),
    /// Print the completions of a shell.
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// For which shell.
        shell: Shell,
    },
}

impl Command {
    /// In which language it is answered, errors included.
    pub(crate) const fn language(&self) -> Language {
        match self {
            Self::List(args) => args.language.get(),
            Self::Run(args) => args.output.language.get(),
            Self::Replay(args) => args.output.language.get(),
            Self::Check(args) => args.language.get(),
            Self::Search(args) => args.language.get(),
            Self::Ask(args) => args.language.get(),
            Self::Grade(args) => args.language.get(),
            Self::Url(_) | Self::Node(_) | Self::Bridge(_) | Self::Completions { .. } => {
                Language::English
            }
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Everything about this one: its parameters and properties too.
    pub(crate) protocol: Option<String>,
    /// As JSON, for other programs.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) language: LanguageArg,
}

#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
pub(crate) struct RunArgs {
    /// A protocol or a scenario that `synod list` names (`raft`, `leader-crash`, `raft/leader-crash`), or a scenario's file.
    #[arg(value_name = "PROTOCOL|SCENARIO|FILE.toml")]
    pub(crate) what: String,
    /// The seed of all chance; without it, that of the run with which the page opens.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Set a parameter of the protocol or of the network; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
    /// The variant to run: the sound one, or one that is broken on purpose. Without it, a scenario's own, or the sound one.
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    /// With a scenario, also the notes for whoever presents it.
    #[arg(long)]
    pub(crate) notes: bool,
    /// A scenario as a page to print: its beats with pictures, and the answers behind them.
    #[arg(long, conflicts_with_all = ["format", "picture", "verbose"])]
    pub(crate) handout: bool,
    /// Run the nodes of the protocol at wall speed, each as a node of the bridge at this address, until you interrupt.
    #[arg(long, value_name = "ws://HOST:PORT/node?token=…", conflicts_with_all = ["notes", "handout", "format", "picture", "verbose"])]
    pub(crate) bridge: Option<String>,
    /// With --bridge, only these nodes; others may run elsewhere.
    #[arg(
        long,
        value_name = "LABEL,…",
        value_delimiter = ',',
        requires = "bridge"
    )]
    pub(crate) nodes: Vec<String>,
    #[command(flatten)]
    pub(crate) goal: GoalArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(after_help = REPLAY_EXAMPLES)]
pub(crate) struct ReplayArgs {
    /// A page's address, the text behind its #, or a file: a saved run or a trace. - is the standard input.
    #[arg(value_name = "LINK-OR-FILE")]
    pub(crate) source: String,
    #[command(flatten)]
    pub(crate) goal: GoalArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(after_help = URL_EXAMPLES)]
pub(crate) struct UrlArgs {
    /// A saved run or a trace. - is the standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// The page's address, to print a whole one.
    #[arg(long, value_name = "URL")]
    pub(crate) base: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(crate) struct CheckArgs {
    /// What the operations are operations on.
    #[arg(long, value_enum)]
    pub(crate) model: Model,
    /// How the files are written; without it, each file's content says.
    #[arg(long, value_enum)]
    pub(crate) format: Option<HistoryFormat>,
    /// Give up on a file after this many configurations: sets of operations done, and the state after them.
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    pub(crate) budget: u64,
    /// Write a page with a picture of each history to this file.
    #[arg(long, value_name = "OUT")]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) language: LanguageArg,
    /// Histories. - is the standard input.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = SEARCH_EXAMPLES)]
pub(crate) struct SearchArgs {
    /// A protocol that `synod list` names.
    #[arg(value_name = "PROTOCOL", required_unless_present = "merge")]
    pub(crate) protocol: Option<String>,
    /// The variant: the sound one, or one that is broken on purpose.
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    /// Set a parameter of the protocol or of the network; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
    /// Which promise is to break; any of them without it.
    #[arg(long, value_name = "NAME")]
    pub(crate) property: Option<String>,
    /// The numbers of the schedules, the last one not included.
    #[arg(long, value_name = "A..B", default_value = "0..20000", value_parser = range)]
    pub(crate) seeds: std::ops::Range<u64>,
    /// How schedules are drawn: `swarm`, timed and under swarms of faults, or `priorities:DEPTH`, untimed (PCT).
    #[arg(long, value_name = "STRATEGY", default_value = "swarm", value_parser = strategy)]
    pub(crate) strategy: search::random::Strategy,
    /// Only these kinds of faults: loss, duplication, delay, cuts, crashes, pauses, slow-disks, clocks; or none. Without it every kind
    /// that a property says it withstands.
    #[arg(long, value_name = "KIND,…", value_delimiter = ',')]
    pub(crate) faults: Option<Vec<String>>,
    /// For how much virtual time faults happen, in microseconds.
    #[arg(long, value_name = "T", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    pub(crate) span_us: u64,
    /// How long the cluster then runs without faults until what must come about has to have, in microseconds; 0: it is not asked.
    #[arg(long, value_name = "T", default_value_t = 120_000_000, value_parser = clap::value_parser!(u64).range(0..=1 << 40))]
    pub(crate) calm_us: u64,
    /// Draw none: try every schedule of up to so many steps, whatever may come next, the shortest first.
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u32).range(1..),
        conflicts_with_all = ["seeds", "strategy", "faults", "span_us", "calm_us", "shard", "jobs", "keep_going", "merge"])]
    pub(crate) exhaustive: Option<u32>,
    /// With --exhaustive: see at most so many different states.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, requires = "exhaustive", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) states: u64,
    /// With --exhaustive: so many nodes may crash; they come back whenever they like.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "exhaustive")]
    pub(crate) crashes: u32,
    /// With --exhaustive: so many messages may be lost.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "exhaustive")]
    pub(crate) losses: u32,
    /// With --exhaustive: so many messages may come twice.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "exhaustive")]
    pub(crate) copies: u32,
    /// With --exhaustive: what is not tried twice.
    #[arg(long, value_enum, default_value_t = Reduce::Orders, requires = "exhaustive")]
    pub(crate) reduce: Reduce,
    /// Only this part of the schedules, of so many: 3/16.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub(crate) shard: Option<(u64, u64)>,
    /// Threads; as many as there are cores without it.
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Try every schedule, though a promise was broken before.
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Leave what was found as large as it is.
    #[arg(long)]
    pub(crate) no_shrink: bool,
    /// The whole report as JSON: for other programs, and to be merged.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the runs that were found to this folder instead of the present one.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Merge these reports instead of searching.
    #[arg(long, value_name = "REPORT", num_args = 1.., conflicts_with_all = ["protocol", "seeds", "shard", "strategy"])]
    pub(crate) merge: Vec<String>,
    #[command(flatten)]
    pub(crate) language: LanguageArg,
}

#[derive(Debug, Args)]
#[command(after_help = ASK_EXAMPLES)]
pub(crate) struct AskArgs {
    /// Whose present: a protocol at its beginning, a page's address, the text behind its #, a saved run or a trace where it shows its
    /// run, or the end of a scenario.
    #[arg(value_name = "PROTOCOL|LINK|FILE|SCENARIO")]
    pub(crate) what: String,
    /// What is to come about.
    #[arg(value_name = "PREDICATE")]
    pub(crate) predicate: String,
    /// The present is behind this many steps of the run.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=1 << 24))]
    pub(crate) step: Option<u64>,
    /// Try every schedule of up to so many steps: events, faults and repairs.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) steps: u32,
    /// See at most so many different states on the way.
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) states: u64,
    /// So many nodes may crash.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) crashes: u32,
    /// So often a node may come back, or all cuts be healed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) repairs: u32,
    /// So many messages may be lost.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) losses: u32,
    /// So many messages may come twice.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) copies: u32,
    /// Where that does not settle it, draw so many longer schedules.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) schedules: u64,
    /// Each of up to so many steps.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub(crate) events: u32,
    /// The variant of a protocol.
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    /// Set a parameter of a protocol or of the network; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
    /// The seed of all chance of a protocol.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The whole answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the run that gets there to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) language: LanguageArg,
}

#[derive(Debug, Args)]
#[command(after_help = GRADE_EXAMPLES)]
pub(crate) struct GradeArgs {
    /// The exercise: a scenario that `synod list` names, or a scenario's file.
    #[arg(value_name = "SCENARIO|FILE.toml")]
    pub(crate) scenario: String,
    /// What is handed in: a page's address, the text behind its #, or a saved run. - is the standard input.
    #[arg(value_name = "LINK-OR-FILE")]
    pub(crate) source: String,
    /// As JSON, for other programs.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) language: LanguageArg,
}

/// `A..B`, as a range.
fn range(text: &str) -> Result<std::ops::Range<u64>, String> {
    let ends = text.split_once("..");
    let ends = ends.and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    match ends {
        Some((from, to)) if from < to => Ok(from..to),
        _ => Err("write two numbers, the second greater: 0..20000".into()),
    }
}

/// `I/N`, from 1.
fn shard(text: &str) -> Result<(u64, u64), String> {
    let parts = text.split_once('/');
    let parts = parts.and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((part, of)) if 1 <= part && part <= of => Ok((part, of)),
        _ => Err("write which part of how many, from 1: 3/16".into()),
    }
}

/// Which schedules an exhaustive search leaves out, because it tries others that are as good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Reduce {
    /// Of those that differ only in the order of steps that have nothing to do with each other, all but one.
    Orders,
    /// Of those that differ only in the names of nodes that are alike, all but one.
    Names,
    /// None.
    Nothing,
}

/// A strategy by its name.
fn strategy(text: &str) -> Result<search::random::Strategy, String> {
    use search::random::Strategy;
    let depth = text.strip_prefix("priorities:").map(str::parse);
    match (text, depth) {
        ("swarm", _) => Ok(Strategy::Swarm),
        (_, Some(Ok(depth @ 1..=16))) => Ok(Strategy::Priorities { depth }),
        _ => Err("write `swarm`, or `priorities:DEPTH` with a depth from 1 to 16".into()),
    }
}

/// What a history is a history of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Model {
    /// read, write; holds null at first.
    Register,
    /// read, write, cas from one value to another; holds null at first.
    CasRegister,
    /// get, put, append by key; every key holds the empty text at first.
    Kv,
    /// enqueue, dequeue, first in, first out; empty at first.
    Queue,
    /// acquire, release; free at first.
    Lock,
}

/// How a history is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum HistoryFormat {
    /// A log of Jepsen's: `INFO jepsen.util - 3 :invoke :cas [1 2]`.
    Jepsen,
    /// A map in Clojure's notation a line, as Porcupine's key-value tests have it.
    PorcupineKv,
    /// A JSON object a line.
    Jsonl,
}

/// How far to play.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct GoalArgs {
    /// Stop after this many steps.
    #[arg(long, value_name = "N", conflicts_with = "until_us")]
    pub(crate) steps: Option<u64>,
    /// Stop at this virtual time, in microseconds; one second (1000000) unless something else is said.
    #[arg(long, value_name = "T")]
    pub(crate) until_us: Option<u64>,
}

/// What to write, and where.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Transcript)]
    pub(crate) format: Format,
    /// Which picture `--format svg` and `--format tikz` draw.
    #[arg(long, value_enum, default_value_t = Picture::Stage)]
    pub(crate) picture: Picture,
    /// Tell everything in the transcript: each heartbeat, timer, draw and name.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) language: LanguageArg,
    /// Write to this file instead of the standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct LanguageArg {
    /// The language of the sentences, errors included; this help is in English alone.
    #[arg(long, value_name = "LANGUAGE", value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

impl LanguageArg {
    pub(crate) const fn get(self) -> Language {
        match self.lang {
            Lang::En => Language::English,
            Lang::Zh => Language::Chinese,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Lang {
    /// English.
    En,
    /// Simplified Chinese, 简体中文.
    #[value(alias = "zh-Hans", alias = "zh-CN")]
    Zh,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Format {
    /// Sentences, as in a lecture; the last line is the digest.
    Transcript,
    /// The whole trace as JSON: docs/trace-format.md.
    Json,
    /// The stage at the end, or the space-time diagram, as a picture: see --picture.
    Svg,
    /// The same picture as TikZ, for a paper to input.
    Tikz,
    /// The events with their vector clocks, as a log that ShiViz loads, its parser in the first line.
    Shiviz,
    /// The run itself, as the page saves it: docs/run-format.md.
    Run,
    /// The figures of the cluster as a whole at the end, for other programs: a line each of picture/name, a tab and the
    /// value. Tables, gauges and the last values of charts; durations in microseconds.
    Summary,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Picture {
    /// The stage at the end.
    Stage,
    /// The space-time diagram: a line for each node, an arrow for each message; of a long run the last 400 events.
    Diagram,
}

pub(crate) fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() && !value.is_empty() => {
            Ok((key.into(), value.into()))
        }
        _ => Err("write the key, an equals sign and the value: `servers=3`".into()),
    }
}
