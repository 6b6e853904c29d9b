//! Measures speed and size, each figure beside its yardstick in the same round, and prints a table of what is met and missed.
//!
//! Started by `cargo xtask bench`, which builds what is measured. What runs stands in the library; here is the clock.
#![allow(
    clippy::disallowed_methods,
    reason = "measuring needs a clock, and the surroundings say where the wasm module is"
)]

mod checking;
mod figures;
mod memory;
mod node;
mod page;
mod rounds;
mod schedules;
mod travel;

use clap::{Parser, ValueEnum};
use figures::Table;
use node::Node;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

/// Measure speed and size, as ratios to the yardsticks.
#[derive(Parser)]
#[command(name = "cargo xtask bench --")]
struct Cli {
    /// Only these groups of figures; all of them when none is named.
    #[arg(value_enum)]
    groups: Vec<Group>,
    /// Paired rounds; each figure is a median over them.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Events that a contender runs in a round, after a thirtieth of that to warm up.
    #[arg(long, default_value_t = 300_000)]
    events: u32,
}

/// A group of figures.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// Events a second, natively and in wasm.
    Speed,
    /// Schedules that a random search tries a second, natively and in wasm.
    Search,
    /// Going back in time, and the memory that it takes.
    Seek,
    /// Making frames and scenes.
    Frame,
    /// Judging histories.
    Check,
    /// What a visitor downloads.
    Size,
    /// The page in a browser.
    Page,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let wants = |group| cli.groups.is_empty() || cli.groups.contains(&group);
    let mut table = Table::default();
    let mut done = || -> Result<(), String> {
        if wants(Group::Speed) {
            rounds::measure(cli.rounds, cli.events, &mut Node::start()?, &mut table)?;
        }
        if wants(Group::Search) {
            schedules::measure(cli.rounds, &mut Node::start()?, &mut table)?;
        }
        if wants(Group::Seek) {
            travel::measure(&mut table)?;
        }
        if wants(Group::Frame) {
            rounds::frames(cli.rounds, &mut Node::start()?, &mut table)?;
        }
        if wants(Group::Check) {
            checking::measure(cli.rounds, &mut Node::start()?, &mut table)?;
        }
        if wants(Group::Size) {
            page::sizes(&mut table)?;
        }
        if wants(Group::Page) {
            page::measure(&mut table)?;
        }
        Ok(())
    };
    let done = done();
    table.print();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}
