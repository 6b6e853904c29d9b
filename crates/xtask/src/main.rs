//! `cargo xtask`: the one door to building, serving, testing and measuring Synod.
//!
//! It only starts other programs (cargo, Trunk, node, a browser) in the right order with the right tools, and says
//! in one sentence what went wrong. It knows nothing of protocols, of the simulator or of the page's contents.
#![allow(
    clippy::disallowed_methods,
    reason = "a build tool reports how long its phases took"
)]

mod bench;
mod browser;
mod dist;
mod npm;
mod offline;
mod parts;
mod search;
mod serve;
mod shell;
mod system;
mod test;
mod tools;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Build, serve, test and measure Synod.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the page, serve it at http://127.0.0.1:8080 and rebuild it whenever a file changes.
    Serve(serve::Options),
    /// Run everything that must hold: style, lints, native tests, wasm tests, the site, the browser tests.
    #[command(visible_alias = "ci")]
    Test(test::Options),
    /// Measure speed and size, as ratios to the yardsticks that the bench carries.
    Bench(bench::Options),
    /// Search every sound variant of every protocol for a broken promise, and go on where the last search stopped.
    Search(search::Options),
    /// Build the static site into dist/ and print what a visitor downloads at start.
    Dist,
    /// Install every tool that the other commands use, and nothing else.
    Setup,
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Serve(options) => serve::serve(&options),
        Task::Test(options) => test::test(&options),
        Task::Bench(options) => bench::bench(&options),
        Task::Search(options) => search::search(&options),
        Task::Dist => dist::dist(),
        Task::Setup => tools::Toolbox::with(&tools::Need::ALL).map(|_| ()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
