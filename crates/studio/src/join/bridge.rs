//! A bridge that is joined: its journal as a recording, its messages to be delivered by hand, and its levers as commands.

use protocol::{Name, NodeId, Phrase};
use recording::journal::TooMany;
use recording::{Journal, Recording};
use serde::Deserialize;
use serde_json::{Value, json};
use sim::{Action, Pending};
use std::collections::{BTreeMap, BTreeSet};
use wire::journal::{Entry, FORMAT, Fault, Frame, Hello, Phase, Record};

/// A bridge, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct Bridge {
    journal: Journal,
    /// Those that it started itself, and can kill, pause and restart.
    own: BTreeSet<String>,
    /// Those of which it has said whether it did.
    known: BTreeSet<String>,
    /// Whether messages between nodes and services wait.
    pub(crate) holding: bool,
    /// Whether a test goes on.
    pub(crate) testing: bool,
    /// What the last test came to.
    pub(crate) report: Option<Value>,
    /// What was asked and is not answered yet: what is said when it is done.
    asked: BTreeMap<u64, Phrase>,
    next_ref: u64,
    /// How many records it could not send.
    pub(crate) missed: u64,
    /// The place of the record that follows.
    next: u64,
    /// How everything stands after records were missed, once it has said so: until what came before that has come.
    anew: Option<Box<Hello>>,
    /// Whether it was asked to say so.
    asked_anew: bool,
    /// The operations of the test that goes on: how many have ended, and how many wait for an answer.
    pub(crate) operations: (u64, u64),
}

/// What a frame came to.
pub(crate) enum Heard {
    /// Nothing but what the recording shows.
    Shown,
    /// A command was carried out.
    Done(Phrase),
    /// A command was not, for this reason.
    Refused(String),
    /// How everything stands has to be asked: so many records were missed, or somebody takes part of whom it is not known whether the
    /// bridge started them.
    Asks(u64),
    /// A test ended.
    Report,
    /// It is no frame, or there is more than can be shown.
    Broken,
}

/// Which command is answered.
#[derive(Deserialize)]
struct Answered {
    #[serde(rename = "ref")]
    reference: Option<u64>,
}

/// What a first frame is.
pub(crate) enum First {
    /// A bridge says hello.
    Bridge(Box<Hello>),
    /// One of a later format does.
    Newer(u32),
    /// It is something else.
    Other,
}

/// Whether a first frame is a bridge's.
pub(crate) fn first(text: &str) -> First {
    #[derive(Deserialize)]
    struct Version {
        #[serde(rename = "type")]
        kind: Option<String>,
        format: Option<u32>,
        services: Option<Value>,
    }
    let Ok(version) = serde_json::from_str::<Version>(text) else {
        return First::Other;
    };
    let says_hello = version.kind.as_deref() == Some("hello") && version.services.is_some();
    match version.format {
        Some(format) if says_hello && format > FORMAT => First::Newer(format),
        Some(_) if says_hello => match serde_json::from_str(text) {
            Ok(Frame::Hello(hello)) => First::Bridge(Box::new(hello)),
            _ => First::Other,
        },
        _ => First::Other,
    }
}

impl Bridge {
    /// What it says first; `None`: there are more nodes than can be shown.
    pub(crate) fn greeted(hello: &Hello) -> Option<(Self, Recording)> {
        let (journal, recording) = Journal::join(hello).ok()?;
        let mut bridge = Self {
            journal,
            own: BTreeSet::new(),
            known: BTreeSet::new(),
            holding: false,
            testing: false,
            report: None,
            asked: BTreeMap::new(),
            next_ref: 0,
            missed: 0,
            next: hello.next,
            anew: None,
            asked_anew: false,
            operations: (0, 0),
        };
        bridge.stands(hello);
        Some((bridge, recording))
    }

    /// How everything stands, but for what the journal tells.
    fn stands(&mut self, hello: &Hello) {
        self.holding = hello.holding;
        self.testing = hello.testing;
        let own = hello.nodes.iter().filter(|member| member.own);
        self.own = own.map(|member| member.node.clone()).collect();
        let known = hello.nodes.iter().map(|member| member.node.clone());
        self.known = known.collect();
    }

    /// Takes a frame.
    pub(crate) fn hear(&mut self, text: &str, recording: &mut Recording) -> Heard {
        let reference = || serde_json::from_str(text).map(|answered: Answered| answered.reference);
        match serde_json::from_str::<Frame>(text) {
            Ok(Frame::Records { missed, records }) => {
                let mut missing = missed;
                if missed > 0 {
                    self.journal.missed(missed, recording);
                }
                let mut stranger = false;
                for record in records {
                    self.next = record.seq;
                    if self.go_on(recording).is_err() {
                        return Heard::Broken;
                    }
                    self.note(&record);
                    if self.journal.push(&record, recording).is_err() {
                        return Heard::Broken;
                    }
                    match &record.entry {
                        Entry::Node { node, .. } => stranger |= self.known.insert(node.clone()),
                        Entry::Missed { records } => missing += records,
                        _ => {}
                    }
                    self.next += 1;
                }
                self.missed += missing;
                self.asked_anew |= missing > 0;
                if self.go_on(recording).is_err() {
                    Heard::Broken
                } else if stranger || missing > 0 {
                    Heard::Asks(missing)
                } else {
                    Heard::Shown
                }
            }
            Ok(Frame::Hello(hello)) => {
                self.stands(&hello);
                if std::mem::take(&mut self.asked_anew) {
                    self.anew = Some(Box::new(hello));
                }
                match self.go_on(recording) {
                    Ok(()) => Heard::Shown,
                    Err(_) => Heard::Broken,
                }
            }
            Ok(Frame::Done(_)) => match self.answered(reference().ok().flatten()) {
                Some(did) => Heard::Done(did),
                None => Heard::Shown,
            },
            Ok(Frame::Error { text }) => {
                self.answered(reference().ok().flatten());
                Heard::Refused(text)
            }
            Ok(Frame::Report { report }) => {
                self.testing = false;
                self.report = Some(report);
                Heard::Report
            }
            Err(_) => Heard::Broken,
        }
    }

    /// Goes on from how everything stands, if it was asked and what came before it has come.
    fn go_on(&mut self, recording: &mut Recording) -> Result<(), TooMany> {
        match self.anew.take_if(|hello| hello.next <= self.next) {
            Some(hello) => self.journal.go_on(&hello, recording),
            None => Ok(()),
        }
    }

    fn answered(&mut self, reference: Option<u64>) -> Option<Phrase> {
        self.asked.remove(&reference?)
    }

    fn note(&mut self, record: &Record) {
        match &record.entry {
            Entry::Fault(Fault::HoldAll) => self.holding = true,
            Entry::Fault(Fault::ReleaseAll) => self.holding = false,
            Entry::Op { op } if self.report.is_none() => {
                self.testing = true;
                let (ended, open) = &mut self.operations;
                if op.phase == Phase::Invoke {
                    *open += 1;
                } else {
                    *ended += 1;
                    *open = open.saturating_sub(1);
                }
            }
            _ => {}
        }
    }

    /// The text of a command; `did` is said when it is done.
    pub(crate) fn command(&mut self, mut command: Value, did: Phrase) -> String {
        command["ref"] = self.next_ref.into();
        self.asked.insert(self.next_ref, did);
        self.next_ref += 1;
        command.to_string()
    }

    /// The command that an action is; `None` where real nodes have no such lever, or the message is under way no more.
    pub(crate) fn command_of(&self, action: &Action, labels: &[String]) -> Option<Value> {
        let label = |node: &NodeId| labels.get(node.index());
        let message = |cmd: &str, name: Name| {
            let id = self.journal.number(name)?;
            Some(json!({"cmd": cmd, "id": id}))
        };
        let node = |cmd: &str, node: &NodeId| Some(json!({"cmd": cmd, "node": label(node)?}));
        match action {
            Action::Deliver(name) => message("deliver", *name),
            Action::Drop(name) => message("drop", *name),
            Action::Duplicate(name) => message("duplicate", *name),
            Action::Hold(name) => message("hold", *name),
            Action::Release(name) => message("release", *name),
            Action::Crash { node: at, .. } => node("kill", at),
            Action::Restart(at) => node("restart", at),
            Action::Pause(at) => node("pause", at),
            Action::Resume(at) => node("resume", at),
            Action::Heal => Some(json!({"cmd": "heal"})),
            Action::Cut { from, to, both } => {
                let names = |nodes: &[NodeId]| nodes.iter().map(label).collect::<Option<Vec<_>>>();
                let (src, dest) = (names(from)?, names(to)?);
                Some(json!({"cmd": "cut", "src": src, "dest": dest, "both": both}))
            }
            _ => None,
        }
    }

    /// The number by which it knows a message that is under way.
    pub(crate) fn number(&self, message: Name) -> Option<u64> {
        self.journal.number(message)
    }

    /// Whether it can kill, pause and restart a node: it started it.
    pub(crate) fn owns(&self, label: &str) -> bool {
        self.own.contains(label)
    }

    /// The messages under way, as rows of *Up next*: what is held last, the rest by when it is due.
    pub(crate) fn pending(&self, frame: &trace::Frame) -> Vec<Pending> {
        let known: BTreeMap<Name, Option<u64>> = self.journal.under_way().collect();
        let flies = frame
            .flights
            .iter()
            .filter(|flight| flight.ended_us.is_none());
        let flies = flies.filter_map(|flight| Some((flight, *known.get(&flight.name)?)));
        let mut rows: Vec<Pending> = flies
            .map(|(flight, due_us)| Pending {
                action: Action::Deliver(flight.name),
                event: flight.name,
                message: Some(flight.name),
                due_us: due_us.unwrap_or(flight.due_us),
                earliest_us: frame.now_us,
                late: false,
                held: flight.held,
                node: flight.to,
                phrase: Phrase::new("pending.deliver")
                    .text("kind", flight.view.kind.clone())
                    .node("from", flight.from)
                    .node("to", flight.to),
                epoch: flight.view.epoch,
                faint: false,
            })
            .collect();
        rows.sort_by_key(|row| (row.held, row.due_us, row.event));
        rows
    }
}
