//! Where output goes: the standard output or a file. A reader who stops reading ends it quietly.

use crate::error::Error;
use protocol::Arg;
use std::fs::File;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::Path;

/// An open output.
pub(crate) struct Output {
    /// What messages call it.
    name: Arg,
    to: To,
}

enum To {
    Stdout(BufWriter<StdoutLock<'static>>),
    File(BufWriter<File>),
}

impl Output {
    /// The file at `path`, made or emptied; the standard output if there is none.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Error> {
        Ok(match path {
            None => Self {
                name: Arg::Word("cli.stdout".into()),
                to: To::Stdout(BufWriter::new(io::stdout().lock())),
            },
            Some(path) => {
                let name = Arg::Text(path.display().to_string());
                let file = File::create(path).map_err(|error| Error::Write(name.clone(), error))?;
                Self {
                    name,
                    to: To::File(BufWriter::new(file)),
                }
            }
        })
    }

    /// Writes `text`.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Error> {
        self.with(|to| to.write_all(text.as_bytes()))
    }

    /// Writes `value` as JSON that a person can read, with a newline at the end.
    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Error> {
        self.with(|to| {
            serde_json::to_writer_pretty(&mut *to, value)?;
            to.write_all(b"\n")
        })
    }

    /// Writes `value` as JSON in one line, without a newline.
    pub(crate) fn compact(
        &mut self,
        value: &(impl serde::Serialize + ?Sized),
    ) -> Result<(), Error> {
        self.with(|to| Ok(serde_json::to_writer(to, value)?))
    }

    /// Writes a line of a JSON object, with a comma: more members follow.
    pub(crate) fn member(
        &mut self,
        key: &str,
        value: &(impl serde::Serialize + ?Sized),
    ) -> Result<(), Error> {
        self.text(&format!("\"{key}\": "))?;
        self.compact(value)?;
        self.text(",\n")
    }

    /// Makes sure that everything is written.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.with(|to| to.flush())
    }

    fn with(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
        let to: &mut dyn Write = match &mut self.to {
            To::Stdout(to) => to,
            To::File(to) => to,
        };
        write(to).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Error::Hangup,
            _ => Error::Write(self.name.clone(), error),
        })
    }
}

/// One line of the standard output, at once: whoever waits for it has it. If nobody listens, it stays unsaid.
pub(crate) fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Tells the person at the terminal something beside the output. If nobody listens, it stays unsaid.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
