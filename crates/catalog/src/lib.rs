//! The only crate that names every protocol, and the keeper of the scenarios.

use protocol::Phrase;
use sim::{About, Playable, Run, SimError};
use std::sync::OnceLock;
use trace::Language;

/// One protocol of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it says of itself.
    pub about: &'static About,
    /// Opens a run of it, at its beginning.
    pub open: fn(&Run) -> Result<Box<dyn Playable>, SimError>,
    /// Runs of it that are worth seeing, in the order in which they are listed.
    pub scenarios: &'static [Scenario],
}

/// A run that is worth seeing.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its id: `leader-crash`.
    pub id: &'static str,
    /// What it shows, in English and in 简体中文.
    titles: [&'static str; 2],
    /// The run as a file holds it: `docs/run-format.md`.
    pub file: &'static str,
}

impl Scenario {
    /// What it shows.
    pub const fn title(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.titles[0],
            Language::Chinese => self.titles[1],
        }
    }
}

/// Every protocol, in the order in which they are listed.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        vec![
            entry::<raft::Raft>(RAFT),
            entry::<two_phase_commit::Node>(&[]),
        ]
    })
}

fn entry<P: protocol::Protocol>(scenarios: &'static [Scenario]) -> Entry {
    Entry {
        about: sim::about::<P>(),
        open: sim::open::<P>,
        scenarios,
    }
}

/// The scenarios of Raft.
const RAFT: &[Scenario] = &[
    Scenario {
        id: "first-election",
        titles: [
            "The first election, and the first write",
            "第一次选举与第一次写入",
        ],
        file: include_str!("../scenarios/raft/first-election.json"),
    },
    Scenario {
        id: "leader-crash",
        titles: [
            "The leader crashes, another takes over",
            "领导者崩溃，另一台接任",
        ],
        file: include_str!("../scenarios/raft/leader-crash.json"),
    },
    Scenario {
        id: "minority-leader",
        titles: [
            "A leader cut off with a minority commits nothing",
            "与少数派一同被隔离的领导者什么也提交不了",
        ],
        file: include_str!("../scenarios/raft/minority-leader.json"),
    },
];

/// The protocol of this id.
pub fn find(id: &str) -> Option<&'static Entry> {
    entries().iter().find(|entry| entry.about.id == id)
}

/// Opens `run`, at its beginning, with its edits to come.
///
/// # Errors
/// An unknown protocol or variant, or a configuration that is refused.
pub fn open(run: &Run) -> Result<Box<dyn Playable>, SimError> {
    let entry = find(&run.protocol).ok_or_else(|| {
        let known: Vec<_> = entries().iter().map(|entry| entry.about.id).collect();
        SimError::refused(
            Phrase::new("error.no-protocol")
                .text("id", run.protocol.clone())
                .text("known", known.join(", ")),
        )
    })?;
    (entry.open)(run)
}

/// The run that the page opens with: five Raft servers and two clients just before an election.
///
/// At the default speed this seed has a candidate within one second, a leader within five and a client's write committed
/// within twelve; the page's tests hold it to that.
pub fn home() -> Run {
    Run {
        protocol: "raft".into(),
        behaviour: 1,
        variant: sim::SOUND.into(),
        seed: 25,
        ..Run::default()
    }
}
