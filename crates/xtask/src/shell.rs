//! Starting other programs, telling how long they took, and failing in one sentence.
//!
//! Knows nothing of which programs these are.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Why a task stopped: one sentence that says what failed, where, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a task returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("crates/xtask lies two levels below the root")
        .to_owned()
}

/// Cargo, as the one that started this program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || root().join("target"),
        |dir| std::path::absolute(PathBuf::from(dir)).unwrap_or_else(|_| root().join("target")),
    )
}

/// Run `command` with this terminal; unless it succeeds, fail with `what` and the `cure`.
pub(crate) fn run(command: &mut Command, what: &str, cure: &str) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!(
            "{what} failed: `{}` ended with {status}; {cure}",
            line(command)
        ))),
        Err(error) => Err(Failure::new(format!(
            "{what} failed: `{}` could not be started ({error}); {cure}",
            line(command)
        ))),
    }
}

/// What `command` prints, or nothing when it is absent or fails.
pub(crate) fn capture(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    let output = output.ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

/// The first program called `name` on the search path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// `command` as a person would type it, without the folder of its program.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    std::iter::once(program.file_name().unwrap_or(program.as_os_str()))
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The phases of a long task, each told with how long it took.
pub(crate) struct Progress {
    begun: Instant,
    phases: usize,
    done: Vec<(&'static str, Duration)>,
}

impl Progress {
    pub(crate) fn new(phases: usize) -> Self {
        Self {
            begun: Instant::now(),
            phases,
            done: Vec::new(),
        }
    }

    /// Run one phase, with a line before and a line after it.
    pub(crate) fn phase<T>(
        &mut self,
        name: &'static str,
        about: &str,
        work: impl FnOnce() -> Outcome<T>,
    ) -> Outcome<T> {
        println!(
            "\n== {}/{} {name}: {about} ({} so far)",
            self.done.len() + 1,
            self.phases,
            human(self.begun.elapsed())
        );
        let begun = Instant::now();
        let result = work()?;
        let took = begun.elapsed();
        println!("== {name}: done in {}", human(took));
        self.done.push((name, took));
        Ok(result)
    }

    /// One line for every phase that was run, then the total.
    pub(crate) fn summary(&self) {
        println!();
        for (name, took) in &self.done {
            println!("  ok  {name:<10} {:>12}", human(*took));
        }
        println!(
            "  all {} phases in {}",
            self.done.len(),
            human(self.begun.elapsed())
        );
    }
}

/// A duration as a person says it.
pub(crate) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}
