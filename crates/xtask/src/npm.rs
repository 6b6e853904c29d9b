//! Packages of npm: those of the browser tests, and tools that come as packages.

use crate::shell::{Failure, Outcome, find_program, root, run};
use std::fs;
use std::path::Path;
use std::process::Command;

const CURE: &str = "check that the npm registry can be reached";

/// The packages of web/tests, exactly as its lock file names them.
pub(crate) fn install_tests() -> Outcome {
    let folder = root().join("web/tests");
    let lock = read(&folder.join("package-lock.json"))?;
    // A copy of the lock file that was installed tells whether it is still the right one.
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read_to_string(&installed).is_ok_and(|text| text == lock) {
        println!("   packages of web/tests: installed");
        return Ok(());
    }
    println!("   packages of web/tests: installing with npm");
    run(
        npm()?.args(["ci"]).current_dir(&folder),
        "installing the packages of web/tests",
        CURE,
    )?;
    fs::write(&installed, lock).map_err(|error| {
        Failure::new(format!(
            "{} cannot be written ({error}); check its folder",
            installed.display()
        ))
    })
}

/// A package's programs, in `folder/bin`.
pub(crate) fn install_globally(package: &str, folder: &Path) -> Outcome {
    let mut install = npm()?;
    install
        .args(["install", "--global", package, "--prefix"])
        .arg(folder);
    run(&mut install, &format!("installing {package}"), CURE)
}

fn npm() -> Outcome<Command> {
    let npm = find_program("npm")
        .ok_or_else(|| Failure::new("npm is missing; install node from https://nodejs.org"))?;
    let mut command = Command::new(npm);
    // No advice, no statistics: only what goes wrong.
    command.envs([
        ("NPM_CONFIG_AUDIT", "false"),
        ("NPM_CONFIG_FUND", "false"),
        ("NPM_CONFIG_UPDATE_NOTIFIER", "false"),
        ("NPM_CONFIG_LOGLEVEL", "error"),
    ]);
    Ok(command)
}

fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|error| {
        Failure::new(format!(
            "{} cannot be read ({error}); restore it from git",
            file.display()
        ))
    })
}
