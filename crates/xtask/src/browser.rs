//! The scripts of web/tests: which there are, and running them.

use crate::shell::{Outcome, root, run};
use crate::tools::Toolbox;
use std::fs;
use std::process::Command;

/// The tests in `folder`, in a stable order. An absent folder has none.
pub(crate) fn scripts(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder));
    let mut scripts: Vec<String> = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".test.mjs"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    scripts.sort();
    scripts
}

/// node's test runner over `scripts`, to be given an environment and run.
pub(crate) fn runner(tools: &Toolbox, scripts: &[String]) -> Command {
    let mut node = tools.command("node");
    node.args(["--test", "--test-reporter=spec"]).args(scripts);
    node
}

/// Drive the site in dist/ in a real browser.
pub(crate) fn browser_tests(tools: &Toolbox) -> Outcome {
    run(
        &mut runner(tools, &scripts("web/tests")),
        "the browser tests in web/tests",
        "each failure above names its step, and web/tests/output holds the screenshots",
    )
}
