//! A node's process: its lines go to the hub, the hub's messages to its standard input, its standard error to the terminal.
//!
//! Each runs in a process group of its own, so that what it started ends with it. Knows nothing of what the lines mean.

use super::Input;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader, BufWriter};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;
use wire::Envelope;

/// How long a process has to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
/// How many messages wait for a process that does not read, before the network keeps them.
pub(super) const OUTBOX_MAX: usize = 1_024;
/// The longest line of a standard error that is shown whole, in bytes.
const SHOWN_BYTES_MAX: usize = 8 << 10;

/// What is done to a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// End it at once.
    Kill,
    /// Stop it where it is.
    Pause,
    /// Let it go on.
    Resume,
    /// Ask it to end, and end it if it does not.
    Stop,
}

/// A process that runs.
pub(super) struct Process {
    /// Messages for it.
    pub(super) outbox: mpsc::Sender<Arc<Envelope>>,
    /// Orders for it.
    pub(super) orders: mpsc::UnboundedSender<Order>,
}

/// Starts a process; what becomes of it goes to `inputs`, marked with this number.
pub(super) fn start(
    node: &str,
    number: u64,
    command: &[String],
    inputs: &mpsc::Sender<Input>,
    shows: bool,
) -> io::Result<Process> {
    let (program, args) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut child = Command::new(program)
        .args(args)
        // A node may tell here how it stands, and nowhere else.
        .env("SYNOD_BRIDGE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let missing = || io::Error::other("a pipe is missing");
    let stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    let stderr = child.stderr.take().ok_or_else(missing)?;
    let (outbox, messages) = mpsc::channel(OUTBOX_MAX);
    let (orders, receives) = mpsc::unbounded_channel();
    tokio::spawn(write(stdin, messages));
    let name = node.to_owned();
    tokio::spawn(async move {
        let mut lines = Lines::new(stderr, SHOWN_BYTES_MAX);
        while let Some(line) = lines.next().await {
            if shows {
                crate::output::tell(&format!("{name} | {}", String::from_utf8_lossy(&line)));
            }
        }
    });
    let (name, to) = (node.to_owned(), inputs.clone());
    let reads = tokio::spawn(async move {
        // One byte more than is read, so that a longer line is told to be too long.
        let mut lines = Lines::new(stdout, maelstrom::hub::LINE_BYTES_MAX + 1);
        while let Some(line) = lines.next().await {
            let node = name.clone();
            if to.send(Input::Line { node, number, line }).await.is_err() {
                return;
            }
        }
    });
    let (node, to) = (node.to_owned(), inputs.clone());
    tokio::spawn(async move {
        let status = watch(child, receives).await;
        // What it still said is heard before its end.
        let _ = tokio::time::timeout(GRACE, reads).await;
        let said = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        let _ = to.send(Input::Ended { node, number, said }).await;
    });
    Ok(Process { outbox, orders })
}

/// Carries out orders until the process has ended.
async fn watch(
    mut child: Child,
    mut orders: mpsc::UnboundedReceiver<Order>,
) -> io::Result<ExitStatus> {
    let group = child
        .id()
        .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    // As long as nobody has waited for it, its number is its own.
    let signal = |signal| {
        if let Some(group) = group {
            let _ = kill_process_group(group, signal);
        }
    };
    loop {
        let order = tokio::select! {
            status = child.wait() => {
                // What it started itself, and left behind.
                signal(Signal::KILL);
                return status;
            }
            order = orders.recv() => order,
        };
        match order {
            Some(Order::Kill) => signal(Signal::KILL),
            Some(Order::Pause) => signal(Signal::STOP),
            Some(Order::Resume) => signal(Signal::CONT),
            Some(Order::Stop) | None => {
                signal(Signal::TERM);
                signal(Signal::CONT);
                let ended = tokio::time::timeout(GRACE, child.wait()).await;
                signal(Signal::KILL);
                return match ended {
                    Ok(status) => status,
                    Err(_) => child.wait().await,
                };
            }
        }
    }
}

/// Writes messages as lines, as many at once as there are.
async fn write(stdin: ChildStdin, mut messages: mpsc::Receiver<Arc<Envelope>>) {
    let mut stdin = BufWriter::with_capacity(64 << 10, stdin);
    while let Some(message) = messages.recv().await {
        let mut next = Some(message);
        while let Some(message) = next {
            let mut line = message.line();
            line.push('\n');
            // Who no longer reads has ended, or will be told so by its own means.
            if stdin.write_all(line.as_bytes()).await.is_err() {
                return;
            }
            next = messages.try_recv().ok();
        }
        if stdin.flush().await.is_err() {
            return;
        }
    }
}

/// Lines, each cut at so many bytes; empty ones are passed over.
struct Lines<R> {
    from: BufReader<R>,
    bytes_max: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(from: R, bytes_max: usize) -> Self {
        Self {
            from: BufReader::with_capacity(64 << 10, from),
            bytes_max,
        }
    }

    /// The next line, without its end; `None`: there is no more.
    async fn next(&mut self) -> Option<Vec<u8>> {
        let mut line: Vec<u8> = Vec::new();
        loop {
            let chunk = self.from.fill_buf().await.ok()?;
            let over = chunk.is_empty();
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            let room = self.bytes_max.saturating_sub(line.len());
            line.extend_from_slice(&part[..part.len().min(room)]);
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.from.consume(used);
            if end.is_some() || over {
                if !line.trim_ascii().is_empty() {
                    return Some(line);
                }
                if over {
                    return None;
                }
                line.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], bytes_max: usize) -> Vec<String> {
        let mut all = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut lines = Lines::new(text, bytes_max);
            while let Some(line) = lines.next().await {
                all.push(String::from_utf8_lossy(&line).into_owned());
            }
        });
        all
    }

    #[test]
    fn lines_end_where_they_end() {
        assert_eq!(
            read(b"one\n\n  \ntwo\r\nthree", 100),
            ["one", "two\r", "three"]
        );
        assert!(read(b"", 100).is_empty());
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_one_is_whole() {
        let long = [&[b'a'; 200_000][..], b"\nnext\n"].concat();
        let all = read(&long, 150_000);
        assert_eq!((all[0].len(), &*all[1]), (150_000, "next"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_lines(bytes: Vec<u8>, bytes_max in 1..64usize) {
            let all = read(&bytes, bytes_max);
            let whole = bytes.split(|byte| *byte == b'\n');
            let count = whole.filter(|line| {
                !line[..line.len().min(bytes_max)].trim_ascii().is_empty()
            }).count();
            assert_eq!(all.len(), count);
        }
    }
}
