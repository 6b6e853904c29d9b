//! The wasm side: a node that holds the module, calls what it is told, and says how long that took.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A node with the bench as a wasm module.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    calls: ChildStdin,
    replies: BufReader<ChildStdout>,
}

/// What a call came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reply {
    /// How long it took.
    pub ms: f64,
    /// The size of the module's memory after it.
    pub memory: u64,
}

impl Node {
    /// Starts it.
    pub(crate) fn start() -> Result<Self, String> {
        let mut child = Command::new("node")
            .arg(root().join("web/tests/bench/wasm.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!("node does not start ({error}); `cargo xtask setup` installs it")
            })?;
        let calls = child.stdin.take().ok_or("node has no standard input")?;
        let replies = child.stdout.take().ok_or("node has no standard output")?;
        Ok(Self {
            child,
            calls,
            replies: BufReader::new(replies),
        })
    }

    /// Calls the export `name`.
    pub(crate) fn call(&mut self, name: &str, arguments: &[u32]) -> Result<Reply, String> {
        let words: Vec<String> = arguments.iter().map(u32::to_string).collect();
        let stopped =
            |error| format!("node stopped at `{name}` ({error}); what it said stands above");
        writeln!(self.calls, "{name} {}", words.join(" ")).map_err(stopped)?;
        self.calls.flush().map_err(stopped)?;
        let mut line = String::new();
        self.replies.read_line(&mut line).map_err(stopped)?;
        let mut words = line.split_whitespace();
        let mut next = || words.next().and_then(|word| word.parse::<f64>().ok());
        match (next(), next()) {
            (Some(ms), Some(memory)) => Ok(Reply {
                ms,
                memory: memory as u64,
            }),
            _ => Err(format!(
                "node stopped at `{name}`; what it said stands above"
            )),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It ends with its input; killing it only hurries.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
