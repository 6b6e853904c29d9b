//! `cargo xtask bench`: speed and size, measured by the `bench` crate.
//!
//! Builds what is measured (native, wasm, site) in the profile that ships, then hands over: what is measured, and
//! against what, is the bench's business.

use crate::dist;
use crate::shell::{Outcome, run, target_dir};
use crate::tools::{Need, Toolbox};
use std::path::PathBuf;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Passed on to the bench; `-- --help` lists what it takes. `exhaustive [MODEL [SIZE]] [ROUNDS]` sets exhaustive search
    /// beside Stateright instead, and `bridge [ROUNDS]` nodes through `synod bridge` beside nodes connected directly: these need
    /// neither site nor wasm.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Measure and print.
pub(crate) fn bench(options: &Options) -> Outcome {
    if let [first, rest @ ..] = options.rest.as_slice()
        && first == "exhaustive"
    {
        return exhaustive(rest);
    }
    if let [first, rest @ ..] = options.rest.as_slice()
        && first == "bridge"
    {
        return bridge(rest);
    }
    println!("Tools:");
    let mut needs = Need::SITE.to_vec();
    needs.push(Need::Browser);
    let tools = Toolbox::with(&needs)?;
    println!("\nBuilding what is measured; the first time takes 6 to 10 minutes on two cores.");
    let wasm = wasm_module(&tools)?;
    if measures_the_site(&options.rest) {
        dist::build(&tools)?;
        dist::sizes(&tools)?;
    }
    let mut bench = tools.cargo();
    bench
        .args(["run", "--quiet", "--release", "--package", "bench", "--"])
        .args(&options.rest);
    bench.env("SYNOD_BENCH_WASM", &wasm);
    // The yardsticks are built as the page is.
    tools.lean(&mut bench);
    run(
        &mut bench,
        "the bench",
        "the lines above say which measurement stopped it",
    )
}

/// Whether the built site is among what is to be measured: all groups are when none is named.
fn measures_the_site(rest: &[String]) -> bool {
    const WITHOUT: [&str; 5] = ["speed", "search", "seek", "frame", "check"];
    const WITH: [&str; 2] = ["size", "page"];
    let names = |groups: &[&str]| rest.iter().any(|arg| groups.contains(&arg.as_str()));
    names(&WITH) || !names(&WITHOUT)
}

/// Search exhaustively beside Stateright.
fn exhaustive(rest: &[String]) -> Outcome {
    let tools = Toolbox::with(&[])?;
    let mut contest = tools.cargo();
    contest
        .args(["run", "--quiet", "--release", "--package", "bench"])
        .args(["--example", "search", "--"])
        .args(rest);
    run(
        &mut contest,
        "exhaustive search beside Stateright",
        "the lines above say which search stopped it",
    )
}

/// Messages through a bridge, beside direct ones.
fn bridge(rest: &[String]) -> Outcome {
    let tools = Toolbox::with(&[])?;
    let mut build = tools.cargo();
    build.args(["build", "--quiet", "--release", "--package", "synod"]);
    run(
        &mut build,
        "building the command line",
        "the lines above name the file and the reason",
    )?;
    let mut bench = tools.cargo();
    bench
        .args(["run", "--quiet", "--release", "--package", "bench"])
        .args(["--example", "bridge", "--"])
        .args(rest);
    bench.env("SYNOD_BENCH_CLI", target_dir().join("release/synod"));
    run(
        &mut bench,
        "messages through a bridge",
        "the lines above say what the bridge said",
    )
}

/// Build the `bench` library as a wasm module with plain C exports, and say where it is.
pub(crate) fn wasm_module(tools: &Toolbox) -> Outcome<PathBuf> {
    let mut build = tools.cargo();
    build.args([
        "rustc",
        "--package",
        "bench",
        "--lib",
        "--crate-type",
        "cdylib",
    ]);
    build.args(["--target", "wasm32-unknown-unknown", "--profile", "wasm"]);
    tools.lean(&mut build);
    run(
        &mut build,
        "building bench for wasm32",
        "the lines above name the file and the reason",
    )?;
    Ok(target_dir().join("wasm32-unknown-unknown/wasm/bench.wasm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_is_built_where_it_is_measured() {
        let site = |rest: &[&str]| {
            let rest: Vec<String> = rest.iter().map(|arg| (*arg).into()).collect();
            measures_the_site(&rest)
        };
        assert!(site(&[]));
        assert!(site(&["--rounds", "3"]));
        assert!(site(&["search", "size"]));
        assert!(!site(&["search", "--rounds", "3"]));
    }
}
