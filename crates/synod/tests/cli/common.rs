//! Running the built program, and files for it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What the program said, and its exit code.
#[derive(Debug)]
pub(crate) struct Said {
    /// The standard output.
    pub(crate) out: String,
    /// The standard error.
    pub(crate) err: String,
    /// The exit code.
    pub(crate) code: i32,
}

/// The program, ready to be given arguments. Terminal widths and colours do not reach it.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_synod"));
    command
        .env_remove("COLUMNS")
        .env("NO_COLOR", "1")
        .current_dir(folder());
    command
}

/// Runs `synod` with `args`.
pub(crate) fn synod(args: &[&str]) -> Said {
    synod_with(args, b"")
}

/// Runs `synod` with `args` and this on its standard input.
pub(crate) fn synod_with(args: &[&str], input: &[u8]) -> Said {
    let mut child = program()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It may well end without reading.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let output = child.wait_with_output().expect("the program ends");
    Said {
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
        code: output.status.code().expect("an exit code"),
    }
}

/// Runs `synod` with `args`, which must end well, and gives its output.
pub(crate) fn well(args: &[&str]) -> String {
    let said = synod(args);
    assert_eq!(said.code, 0, "{args:?} fails: {}", said.err);
    said.out
}

/// A file of this name and content, in the test's own folder.
pub(crate) fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    std::fs::write(folder().join(name), content).expect("the folder can be written");
    name.to_owned()
}

/// The test's own folder, where the program runs: several write files of the same names.
pub(crate) fn folder() -> PathBuf {
    let thread = std::thread::current();
    let test = thread.name().expect("tests have names").replace("::", "-");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// The digest at the end of a transcript.
pub(crate) fn digest(transcript: &str) -> &str {
    let digest = transcript.trim_end().rsplit(' ').next();
    let digest = digest.expect("a last word");
    assert_eq!(digest.len(), 16, "no digest ends {transcript}");
    digest
}
