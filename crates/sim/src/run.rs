//! A run: protocol, behaviour version, configuration, seed and edits. Everything that happens follows from it.

use crate::{Action, WorldConfig};
use protocol::{Assumptions, Config, Name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The latest that an edit may be, in microseconds of virtual time: about 35 years.
pub(crate) const TIME_MAX_US: u64 = 1 << 50;

/// The most steps that opening a link plays: beyond it, the reader would only wait.
pub(crate) const STEPS_MAX: u64 = 20_000_000;

/// An edit names at most so many events of its own time before it: a link must not grow with a crowd.
pub(crate) const AFTER_MAX: usize = 16;

/// An action that somebody put into a run.
///
/// It happens once the run has reached `at_us`, and none of the events that it is to stand `after` is still to come at that
/// time. Where it names none, it happens after `rank` events that came by themselves at that very time. Edits of the same time
/// happen in the order in which they stand. One that is illegal then is passed over and reported; one whose name is gone is
/// reported, never bound to another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Edit {
    /// When, in microseconds of virtual time.
    #[serde(rename = "t")]
    pub at_us: u64,
    /// After how many events that came by themselves at that time; edits do not count.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub rank: u32,
    /// The events that came by themselves at that time before it, at most `AFTER_MAX`; beyond that, and in older runs, none is
    /// named and `rank` decides. Unlike a count, names keep the edit where it was when another edit, and what that brought
    /// there, is taken out.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Name>,
    /// What.
    #[serde(rename = "do")]
    pub action: Action,
}

/// Sorts by (time, rank); what has both alike keeps its order.
pub(crate) fn put_in_order(edits: &mut [Edit]) {
    edits.sort_by_key(|edit| (edit.at_us, edit.rank));
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A whole run, as it is saved and shared.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The protocol's id.
    pub protocol: String,
    /// The behaviour version of the protocol under which the run was made.
    pub behaviour: u32,
    /// The variant's id.
    #[serde(default = "sound", skip_serializing_if = "is_sound")]
    pub variant: String,
    /// The parameters that differ from their defaults, of the protocol and of the network, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
    /// The seed of all chance.
    pub seed: u64,
    /// The edits, by (time, rank).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
}

impl Default for Run {
    /// Of no protocol yet: the sound variant with seed 0.
    fn default() -> Self {
        Self {
            protocol: String::new(),
            behaviour: 0,
            variant: sound(),
            config: BTreeMap::new(),
            seed: 0,
            edits: Vec::new(),
        }
    }
}

impl Run {
    /// What has gone wrong in it up to `until_us`, by its parameters and what somebody did: the least that a property must assume
    /// to be judged by it. Picks count as messages that overtake each other and take any time.
    pub fn met(&self, until_us: u64) -> Assumptions {
        let mut world = WorldConfig::default();
        let mut set = |met: &mut Assumptions, key: &str, value: &str| {
            if world.set(key, value).is_ok() {
                met.bad_network |= world.loss_permille > 0 || world.duplicate_permille > 0;
                let drift_ppm = Some(world.drift_ppm_max as u32);
                met.drift_ppm_max = met.drift_ppm_max.max(drift_ppm);
                // The others have tails that no bound holds.
                let delay_us = (world.latency_shape == "uniform").then_some(world.latency_max_us);
                met.delay_us_max = longer(met.delay_us_max, delay_us);
            }
        };
        let given = self.config.get("latency_max_us").map_or("", String::as_str);
        let delay_us = given
            .parse()
            .unwrap_or(WorldConfig::default().latency_max_us);
        let mut met = Assumptions::calm(delay_us);
        for (key, value) in &self.config {
            set(&mut met, key, value);
        }
        for edit in self.edits.iter().filter(|edit| edit.at_us <= until_us) {
            match &edit.action {
                Action::Crash { torn, .. } => {
                    met.crashes = true;
                    met.bad_disks |= torn;
                }
                Action::Erase(_) => met.bad_disks = true,
                Action::Drop(_) | Action::Duplicate(_) | Action::Cut { .. } => {
                    met.bad_network = true;
                }
                // Held back, or to a node that does not look, it takes longer than any bound.
                Action::Hold(_) | Action::Pause(_) => met.delay_us_max = None,
                Action::Skew { drift_ppm, .. } => {
                    met.drift_ppm_max = met.drift_ppm_max.max(Some(drift_ppm.unsigned_abs()));
                }
                Action::Set { key, value } => set(&mut met, key, value),
                pick if pick.is_pick() => {
                    met.bad_network = true;
                    met.delay_us_max = None;
                }
                _ => {}
            }
        }
        met
    }
}

/// The longer of two bounds; none holds where one is missing.
fn longer(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    Some(one?.max(other?))
}

/// The id of every protocol's first variant.
pub const SOUND: &str = "sound";

fn sound() -> String {
    SOUND.into()
}

fn is_sound(variant: &str) -> bool {
    variant == SOUND
}

/// What a link or a file holds: a run, where in it, and what was seen there.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Link {
    /// The run, with the edits of the branch that is shown.
    pub run: Run,
    /// The step that is shown.
    pub step: u64,
    /// The digest there: whoever opens the link compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Name>,
    /// The edits of the other branches in the order of their making, if they are shared too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Vec<Edit>>,
    /// The place of the branch that is shown among all of them, in the order of their making.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub place: u32,
    /// In what a second run differs that is shown beside this one, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Difference>,
}

/// In what a second run differs from the one that it stands beside; seed, workload and faults are the same, but for another
/// branch of the same tree, which is what was done there.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Difference {
    /// The branch, by its place in the order of their making, if it is another one of the same tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<u32>,
    /// Its protocol, by its id, if it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Its variant, if it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The parameters that are others, by key: their values in the second run, as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
}

impl Difference {
    /// The run that differs so from `run`: its live changes of what differs are not made there. Of another protocol it is the sound
    /// variant unless another is asked for, and still has the parameters of this one; of another branch it is `run` itself, as a
    /// run does not know its tree.
    pub fn of(&self, run: &Run) -> Run {
        let differs = |edit: &&Edit| match &edit.action {
            Action::Set { key, .. } => !self.config.contains_key(key),
            _ => true,
        };
        let mut config = run.config.clone();
        config.extend(self.config.clone());
        let (protocol, variant) = match &self.protocol {
            Some(id) => (id.clone(), sound()),
            None => (run.protocol.clone(), run.variant.clone()),
        };
        Run {
            protocol,
            variant: self.variant.clone().unwrap_or(variant),
            config,
            edits: run.edits.iter().filter(differs).cloned().collect(),
            ..run.clone()
        }
    }
}
