//! The only crate that names every protocol, and the keeper of the scenarios.
//!
//! Scenarios are found by the build in `scenarios/<protocol>/`, in the order that the files themselves declare: no list names
//! them.

#[cfg(feature = "live")]
mod live;

use protocol::Phrase;
use scenario::{Scenario, Shelf};
use sim::{About, Opened, Playable, Run, SimError};
use std::sync::{Arc, OnceLock};

#[cfg(feature = "live")]
pub use live::node;

/// One protocol of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it says of itself.
    pub about: &'static About,
    /// Opens a run of it, at its beginning.
    pub open: fn(&Run) -> Result<Box<dyn Playable>, SimError>,
    /// Opens a run of it to be tried, behind so many steps of it.
    pub trial: fn(&Run, u64) -> Opened,
}

impl Entry {
    /// Its scenarios, in the order in which they are listed. Read when they are first asked for.
    pub fn scenarios(&self) -> &'static [Arc<Scenario>] {
        static READ: OnceLock<Vec<OnceLock<Vec<Arc<Scenario>>>>> = OnceLock::new();
        let read = READ.get_or_init(|| FOUND.iter().map(|_| OnceLock::new()).collect());
        let place = FOUND.iter().position(|(id, _)| *id == self.about.id);
        place.map_or(&[], |place| {
            read[place].get_or_init(|| {
                postcard::from_bytes(FOUND[place].1).expect("the build wrote what it had read")
            })
        })
    }

    /// The scenario of this id.
    pub fn scenario(&self, id: &str) -> Option<&'static Arc<Scenario>> {
        self.scenarios().iter().find(|scenario| scenario.id == id)
    }
}

/// The scenarios that the build found: (protocol, packed).
const FOUND: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// Every protocol, in the order in which they are listed.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        vec![
            entry::<raft::Raft>(),
            entry::<paxos::Decree>(),
            entry::<paxos::Multi>(),
            entry::<two_phase_commit::Node>(),
            entry::<load_balancing::Node>(),
            entry::<rpc::Node>(),
            entry::<two_generals::Node>(),
            entry::<map_reduce::Node>(),
        ]
    })
}

fn entry<P: protocol::Protocol>() -> Entry {
    Entry {
        about: sim::about::<P>(),
        open: sim::open::<P>,
        trial: sim::trial::<P>,
    }
}

/// The protocol of this id.
pub fn find(id: &str) -> Option<&'static Entry> {
    entries().iter().find(|entry| entry.about.id == id)
}

/// Opens `run`, at its beginning, with its edits to come.
///
/// # Errors
/// An unknown protocol or variant, or a configuration that is refused.
pub fn open(run: &Run) -> Result<Box<dyn Playable>, SimError> {
    (entry_of(run)?.open)(run)
}

/// Opens `run` to be tried, behind the first `steps` steps of it.
///
/// # Errors
/// As [`open`], or a run of fewer steps.
pub fn trial(run: &Run, steps: u64) -> Opened {
    (entry_of(run)?.trial)(run, steps)
}

fn entry_of(run: &Run) -> Result<&'static Entry, SimError> {
    find(&run.protocol).ok_or_else(|| {
        SimError::refused(
            Phrase::new("error.no-protocol")
                .text("id", run.protocol.clone())
                .text("known", ids().join(", ")),
        )
    })
}

/// What [`scenario::check`] compares a file with.
pub const SHELF: Shelf = Shelf {
    ids,
    about: |id| find(id).map(|entry| entry.about),
    open,
};

fn ids() -> Vec<&'static str> {
    entries().iter().map(|entry| entry.about.id).collect()
}

/// The run that the page opens with: five Raft servers and two clients just before an election.
///
/// At the default speed this seed has a candidate within one second, a leader within five and a client's write committed
/// within twelve; the page's tests hold it to that.
pub fn home() -> Run {
    Run {
        protocol: "raft".into(),
        behaviour: entries()[0].about.behaviour,
        variant: sim::SOUND.into(),
        seed: 25,
        ..Run::default()
    }
}
