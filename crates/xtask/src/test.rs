//! `cargo xtask test`: everything that must hold, cheapest first, stopping at the first failure.

use crate::browser::{binary, browser_tests, runner, scripts};
use crate::shell::{Outcome, Progress, run};
use crate::tools::{Need, Toolbox};
use crate::{bench, dist};
use clap::ValueEnum;

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these phases, in the usual order; all of them when none is named.
    #[arg(value_enum)]
    phases: Vec<Phase>,
}

/// One group of checks.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Phase {
    /// Cargo.lock agrees with the manifests.
    Lock,
    /// Every file is formatted.
    Fmt,
    /// No lint complains, in code or tests.
    Clippy,
    /// The native tests.
    Native,
    /// The examples in the documentation, and its links.
    Doc,
    /// The deterministic crates compile for wasm32.
    Check32,
    /// Native and wasm32 give the same digests.
    Digest,
    /// The site builds.
    Dist,
    /// The site works in real browsers.
    Browser,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Native => "native",
            Self::Doc => "doc",
            Self::Check32 => "check32",
            Self::Digest => "digest",
            Self::Dist => "dist",
            Self::Browser => "browser",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Lock => "fetching what Cargo.lock names",
            Self::Fmt => "is every file formatted?",
            Self::Clippy => "lints",
            Self::Native => "the tests of every crate",
            Self::Doc => "examples and links in the documentation",
            Self::Check32 => "the deterministic crates for wasm32",
            Self::Digest => "native and wasm32 give the same digests",
            Self::Dist => "the site",
            Self::Browser => "the site in real browsers, Chromium and Firefox",
        }
    }

    fn needs(self) -> &'static [Need] {
        match self {
            Self::Lock | Self::Fmt | Self::Clippy | Self::Doc => &[],
            Self::Native => &[Need::Nextest, Need::Nats],
            Self::Check32 => &[Need::WasmTarget],
            Self::Digest => &[Need::WasmTarget, Need::Node],
            Self::Dist => &Need::SITE,
            Self::Browser => &[Need::Node, Need::Browser, Need::Nats],
        }
    }

    fn run(self, tools: &Toolbox) -> Outcome {
        match self {
            Self::Lock => run(
                tools.cargo().args(["fetch", "--locked"]),
                "fetching the dependencies",
                "if Cargo.lock is out of date, run `cargo fetch` and commit it",
            ),
            Self::Fmt => run(
                tools.cargo().args(["fmt", "--all", "--check"]),
                "the format check",
                "run `cargo fmt --all`",
            ),
            Self::Clippy => run(
                tools.cargo().args([
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--locked",
                    "--",
                    "--deny",
                    "warnings",
                ]),
                "clippy",
                "repair what it names, or allow it where it stands with a reason",
            ),
            Self::Native => run(
                tools.cargo().args([
                    "nextest",
                    "run",
                    "--workspace",
                    "--locked",
                    "--no-fail-fast",
                ]),
                "the native tests",
                "each failure above names its test; `cargo nextest run NAME` repeats one",
            ),
            Self::Doc => doc(tools),
            Self::Check32 => run(
                tools
                    .cargo()
                    .args([
                        "check",
                        "--workspace",
                        "--locked",
                        "--target",
                        "wasm32-unknown-unknown",
                    ])
                    .args([
                        "--exclude",
                        "synod",
                        "--exclude",
                        "xtask",
                        "--exclude",
                        "web",
                        "--exclude",
                        "bench",
                    ]),
                "compiling the deterministic crates for wasm32",
                "these crates use nothing that the browser lacks",
            ),
            Self::Digest => digest(tools),
            Self::Dist => dist::build(tools).and_then(|()| dist::sizes(tools)),
            Self::Browser => browser_tests(tools),
        }
    }
}

/// Run the phases that were asked for.
pub(crate) fn test(options: &Options) -> Outcome {
    let phases: Vec<Phase> = Phase::value_variants()
        .iter()
        .copied()
        .filter(|phase| options.phases.is_empty() || options.phases.contains(phase))
        .collect();
    let mut needs: Vec<Need> = Vec::new();
    for need in phases.iter().flat_map(|phase| phase.needs()) {
        if !needs.contains(need) {
            needs.push(*need);
        }
    }
    println!(
        "From nothing this takes half an hour to an hour on two cores; with everything built, a few minutes."
    );
    let mut progress = Progress::new(phases.len() + 1);
    let tools = progress.phase("tools", "finding or installing them", || {
        Toolbox::with(&needs)
    })?;
    for phase in phases {
        progress.phase(phase.name(), phase.about(), || phase.run(&tools))?;
    }
    progress.summary();
    Ok(())
}

fn doc(tools: &Toolbox) -> Outcome {
    let cure = "repair the example or the link that the lines above name";
    run(
        tools
            .cargo()
            .args(["test", "--doc", "--workspace", "--locked", "--quiet"]),
        "the examples",
        cure,
    )?;
    run(
        tools
            .cargo()
            .args(["doc", "--workspace", "--no-deps", "--locked", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings"),
        "the documentation",
        cure,
    )
}

/// The tests in web/tests/wasm run the same code compiled to wasm32 and natively, and compare.
fn digest(tools: &Toolbox) -> Outcome {
    let scripts = scripts("web/tests/wasm")?;
    let wasm = bench::wasm_module(tools)?;
    let native = binary(tools, "bench", "digest")?;
    let mut node = runner(tools, &scripts);
    node.env("SYNOD_BENCH_WASM", wasm)
        .env("SYNOD_DIGEST", native);
    run(
        &mut node,
        "comparing native and wasm32",
        "a digest that differs means that something outside the run was read: a float function, usize, a hash order",
    )
}
