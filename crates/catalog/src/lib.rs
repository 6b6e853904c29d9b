//! The only crate that names every protocol.

use sim::{About, Playable, Run, SimError};

/// One protocol of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it says of itself.
    pub about: fn() -> &'static About,
    /// Opens a run of it, at its beginning.
    pub open: fn(&Run) -> Result<Box<dyn Playable>, SimError>,
}

/// Every protocol, in the order in which they are listed.
pub const fn entries() -> &'static [Entry] {
    &[]
}

/// The protocol of this id.
pub fn find(id: &str) -> Option<&'static Entry> {
    entries().iter().find(|entry| (entry.about)().id == id)
}

/// Opens `run`, at its beginning, with its edits to come.
///
/// # Errors
/// An unknown protocol or variant, or a configuration that is refused.
pub fn open(run: &Run) -> Result<Box<dyn Playable>, SimError> {
    let entry = find(&run.protocol).ok_or_else(|| {
        let known: Vec<_> = entries().iter().map(|entry| (entry.about)().id).collect();
        SimError::Refused(format!(
            "there is no protocol `{}`; the protocols are {}",
            run.protocol,
            known.join(", ")
        ))
    })?;
    (entry.open)(run)
}

/// The run that the page opens with: five Raft servers and two clients just before an election.
pub fn home() -> Run {
    Run {
        protocol: "raft".into(),
        behaviour: 1,
        variant: sim::SOUND.into(),
        seed: 1,
        ..Run::default()
    }
}
