//! The command line: list, play, replay, link, check, search, ask, grade, node, bridge. Natively the same protocol code that
//! the page runs.
//!
//! Knows no particular protocol: the catalogue does.

mod args;
mod ask;
mod bridge;
mod check;
mod error;
mod exhaustive;
mod grade;
mod guard;
mod input;
mod join;
mod list;
mod node;
mod output;
mod picture;
mod play;
mod run;
mod search;
mod socket;
mod story;
mod summary;
mod words;

use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use error::{Ended, Error};
use output::{Output, tell};
use std::process::ExitCode;

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let code = match carry_out(&command) {
        Ok(ended) => ended as u8,
        Err(error) => {
            if !matches!(error, Error::Hangup) {
                tell(&error.say(command.language()));
            }
            error.code()
        }
    };
    ExitCode::from(code)
}

fn carry_out(command: &Command) -> Result<Ended, Error> {
    match command {
        Command::List(args) => list::list(args).map(|()| Ended::Well),
        Command::Run(args) => run::run(args),
        Command::Replay(args) => run::replay(args),
        Command::Url(args) => run::url(args).map(|()| Ended::Well),
        Command::Check(args) => check::check(args),
        Command::Search(args) => search::search(args),
        Command::Ask(args) => ask::ask(args),
        Command::Grade(args) => grade::grade(args),
        Command::Node(args) => node::node(args),
        Command::Bridge(args) => bridge::bridge(args),
        Command::Completions { shell } => {
            // Into memory first: clap_complete would panic when the reader has gone.
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "synod", &mut text);
            let mut output = Output::open(None)?;
            output.text(&String::from_utf8_lossy(&text))?;
            output.finish().map(|()| Ended::Well)
        }
    }
}
