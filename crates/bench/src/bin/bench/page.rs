//! The page: what a visitor downloads, and what a browser makes of it. Measured by scripts in `web/tests/bench`, which print
//! one figure a line.

use crate::figures::{Table, Target};
use crate::node::root;
use std::process::{Command, Stdio};

/// What the page weighs, from dist/.
pub(crate) fn sizes(table: &mut Table) -> Result<(), String> {
    script("web/tests/bench/size.mjs", table)
}

/// How fast it opens and paints, in Chromium.
pub(crate) fn measure(table: &mut Table) -> Result<(), String> {
    script("web/tests/bench/page.mjs", table)
}

/// Runs a script whose lines are `value | unit | target | figure | measured`; the target is `>= n`, `<= n` or nothing.
fn script(path: &str, table: &mut Table) -> Result<(), String> {
    let output = Command::new("node")
        .arg(root().join(path))
        .current_dir(root())
        .env("SYNOD_BENCH_LINK", bench::contender::crowded())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| {
            format!("node does not start ({error}); `cargo xtask setup` installs it")
        })?;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [value, unit, target, name, measured] = cells[..] else {
            println!("{line}");
            continue;
        };
        let value = value
            .parse()
            .map_err(|_| format!("{path} printed `{value}` where a number belongs"))?;
        let unit = ["x", "ms", "kB", "%", ""]
            .into_iter()
            .find(|known| *known == unit)
            .ok_or_else(|| format!("{path} printed `{unit}` where a unit belongs"))?;
        table.add(name, read_target(target), (value, unit), measured);
    }
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{path} failed; what it said stands above"))
    }
}

fn read_target(text: &str) -> Target {
    let number = |text: &str| text.trim().parse().unwrap_or(f64::NAN);
    match (text.strip_prefix(">="), text.strip_prefix("<=")) {
        (Some(least), _) => Target::AtLeast(number(least)),
        (_, Some(most)) => Target::AtMost(number(most)),
        _ => Target::Told,
    }
}
