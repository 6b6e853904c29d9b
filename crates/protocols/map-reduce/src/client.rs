//! A client: it hands jobs in, one after the other, asks how they stand, and learns that they are done, or that they were lost with
//! the master (§3.3).

use crate::Reason;
use crate::config::MapReduceConfig;
use crate::job::JobKind;
use crate::message::Message;
use crate::node::{Node, Timer};
use crate::task::JobId;
use protocol::{Context, Field, Input, NodeId, OperationId, OperationSpec, Phrase, Say};
use serde::Serialize;

/// What a client can be asked.
pub(crate) const OPERATIONS: &[OperationSpec] = &[OperationSpec {
    id: "submit",
    fields: &[Field {
        id: "job",
        default: "",
    }],
}];

/// What a client is asked: a job over the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Op {
    /// Which; `None`: the one that is configured.
    pub kind: Option<JobKind>,
}

impl Op {
    /// Reads the field of an operation.
    pub(crate) fn parse(id: &str, fields: &[String]) -> Result<Self, Phrase> {
        if id != OPERATIONS[0].id {
            return Err(Phrase::new("error.no-operation")
                .text("id", id)
                .text("known", OPERATIONS[0].id));
        }
        let job = fields.first().map_or("", |field| field.trim());
        if job.is_empty() {
            return Ok(Self { kind: None });
        }
        let kind = JobKind::of(job).ok_or_else(|| {
            Phrase::new("error.no-job")
                .text("id", protocol::beginning(job, 40))
                .text("known", JobKind::ALL.map(JobKind::id).join(", "))
        })?;
        Ok(Self { kind: Some(kind) })
    }
}

impl Say for Op {
    fn phrase(&self, _me: NodeId) -> Phrase {
        match self.kind {
            Some(kind) => Phrase::new("op.submit.say").word("job", kind.word()),
            None => Phrase::new("op.submit.say-configured"),
        }
    }
}

/// What a client is answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The job is done.
    Done {
        /// How many output files it has.
        files: u64,
        /// How many rows they have together.
        rows: u64,
    },
    /// The master has lost it, and nobody will finish it.
    Aborted,
}

impl Say for Answer {
    fn phrase(&self, _me: NodeId) -> Phrase {
        match self {
            Self::Done { files, rows } => Phrase::new("answer.done")
                .int("files", *files)
                .int("rows", *rows),
            Self::Aborted => Phrase::new("answer.aborted"),
        }
    }
}

/// A job that a client waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
struct Waits {
    job: JobId,
    kind: JobKind,
    accepted: bool,
}

/// A client.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Client {
    waits: Option<Waits>,
    queue: Vec<(OperationId, JobKind)>,
}

impl Client {
    /// The kind of the job that it waits for, and whether the master has it.
    pub fn waits(&self) -> Option<(JobKind, bool)> {
        self.waits.map(|waits| (waits.kind, waits.accepted))
    }

    /// The job that it waits for, and whether the master has accepted it.
    pub(crate) fn awaited(&self) -> Option<(JobId, bool)> {
        self.waits.map(|waits| (waits.job, waits.accepted))
    }

    /// How many jobs it has yet to hand in.
    pub const fn queued(&self) -> u64 {
        self.queue.len() as u64
    }

    /// Something happens to it.
    pub(crate) fn on(&mut self, cx: &mut Context<'_, Node>, input: Input<Node>) {
        match input {
            Input::Request { id, op } => {
                let kind = op.kind.unwrap_or_else(|| cx.config().kind());
                self.queue.push((id, kind));
                if self.waits.is_some() {
                    let ahead = self.queued();
                    cx.note(Reason::Queues { ahead });
                } else {
                    self.next(cx);
                }
            }
            Input::Timer(Timer::Retry) => self.ask(cx, true),
            Input::Message { from, message } => self.on_message(cx, from, message),
            Input::Timer(_) | Input::Saved(_) => {}
        }
    }

    fn next(&mut self, cx: &mut Context<'_, Node>) {
        if self.queue.is_empty() {
            return;
        }
        let (job, kind) = self.queue.remove(0);
        self.waits = Some(Waits {
            job,
            kind,
            accepted: false,
        });
        self.ask(cx, false);
    }

    /// Hands its job in, or asks how it stands once the master has it.
    fn ask(&self, cx: &mut Context<'_, Node>, again: bool) {
        let Some(Waits {
            job,
            kind,
            accepted,
        }) = self.waits
        else {
            return;
        };
        let (message, reason) = match (accepted, again) {
            (true, _) => (Message::Status { job }, Reason::AsksStatus),
            (false, false) => (Message::Submit { job, kind }, Reason::Submits { kind }),
            (false, true) => (Message::Submit { job, kind }, Reason::SubmitsAgain { kind }),
        };
        cx.send(MapReduceConfig::MASTER, message, reason);
        self.set_timer(cx);
    }

    fn set_timer(&self, cx: &mut Context<'_, Node>) {
        let timeout = cx.config().client_timeout_us;
        cx.set_timer(Timer::Retry, timeout, timeout, Reason::AwaitsJob);
    }

    fn on_message(&mut self, cx: &mut Context<'_, Node>, from: NodeId, message: Message) {
        let about = match &message {
            Message::Accepted { job } | Message::Unknown { job } | Message::JobDone { job, .. } => {
                *job
            }
            _ => {
                cx.note(Reason::Misdirected { from });
                return;
            }
        };
        let Some(waits) = self.waits.as_mut().filter(|waits| waits.job == about) else {
            cx.note(Reason::LateAnswer);
            return;
        };
        let answer = match message {
            Message::Accepted { .. } => {
                waits.accepted = true;
                self.set_timer(cx);
                return;
            }
            Message::JobDone { files, rows, .. } => Answer::Done {
                files: files.into(),
                rows,
            },
            _ if waits.accepted => Answer::Aborted,
            _ => {
                self.ask(cx, true);
                return;
            }
        };
        self.waits = None;
        cx.cancel_timer(Timer::Retry);
        cx.answer(about, answer);
        self.next(cx);
    }
}
