//! The scripts of web/tests: which there are, and running them.

use crate::shell::{Failure, Outcome, root, run, target_dir};
use crate::tools::Toolbox;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The tests in `folder`, in a stable order.
///
/// # Errors
/// There is none: what compares nothing must not pass.
pub(crate) fn scripts(folder: &str) -> Outcome<Vec<String>> {
    let entries = fs::read_dir(root().join(folder));
    let mut scripts: Vec<String> = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".test.mjs"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    if scripts.is_empty() {
        return Err(Failure::new(format!(
            "{folder} holds no *.test.mjs, so nothing would be tested: restore its files"
        )));
    }
    scripts.sort();
    Ok(scripts)
}

/// Builds a native binary that tests compare with; its path.
pub(crate) fn binary(tools: &Toolbox, package: &str, name: &str) -> Outcome<PathBuf> {
    run(
        tools
            .cargo()
            .args(["build", "--locked", "--package", package, "--bin", name]),
        &format!("building the native `{name}`"),
        "the lines above name the file and the reason",
    )?;
    Ok(target_dir().join("debug").join(name))
}

/// node's test runner over `scripts`, to be given an environment and run.
pub(crate) fn runner(tools: &Toolbox, scripts: &[String]) -> Command {
    let mut node = tools.command("node");
    node.args(["--test", "--test-reporter=spec"]).args(scripts);
    node
}

/// Drive the site in dist/ in real browsers.
pub(crate) fn browser_tests(tools: &Toolbox) -> Outcome {
    let mut node = runner(tools, &scripts("web/tests")?);
    node.env("SYNOD_BIN", binary(tools, "synod", "synod")?);
    run(
        &mut node,
        "the browser tests in web/tests",
        "each failure above names its step, and web/tests/output holds the screenshots",
    )
}
