//! Properties look from outside, as folds: a small canonical memory, updated by facts and by the nodes that changed.

use crate::{NodeId, Phrase, Protocol};
use serde::{Deserialize, Serialize};

/// What kind of promise a property is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PropertyKind {
    /// Holds after every step.
    Always,
    /// Happens at least once: a run in which nothing happened is exposed.
    Sometimes,
    /// Comes true again whenever the faults cease for long enough.
    Eventually,
}

/// What a property assumes of the world. A breach outside reads "beyond what it claims".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Assumptions {
    /// Nodes may crash and restart from their disks.
    pub crashes: bool,
    /// Messages may be lost, duplicated, reordered, and links cut.
    pub bad_network: bool,
    /// What was reported durable may be lost or torn.
    pub bad_disks: bool,
    /// Clocks drift by at most this many parts per million; `None`: arbitrarily.
    pub drift_ppm_max: Option<u32>,
    /// Messages take at most this long; `None`: asynchronous.
    pub delay_us_max: Option<u64>,
}

impl Assumptions {
    /// Crashes and a bad network, honest disks, no timing: what safety in an asynchronous system assumes.
    pub const ASYNCHRONOUS: Self = Self {
        crashes: true,
        bad_network: true,
        bad_disks: false,
        drift_ppm_max: None,
        delay_us_max: None,
    };

    /// Nothing goes wrong, and messages take no longer than `delay_us_max`.
    pub const fn calm(delay_us_max: u64) -> Self {
        Self {
            crashes: false,
            bad_network: false,
            bad_disks: false,
            drift_ppm_max: Some(0),
            delay_us_max: Some(delay_us_max),
        }
    }

    /// Whether whoever assumes this withstands all that `met` allows.
    pub fn covers(&self, met: &Self) -> bool {
        fn bound<T: PartialOrd>(most: Option<T>, met: Option<T>) -> bool {
            match (most, met) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(most), Some(met)) => met <= most,
            }
        }
        (self.crashes || !met.crashes)
            && (self.bad_network || !met.bad_network)
            && (self.bad_disks || !met.bad_disks)
            && bound(self.drift_ppm_max, met.drift_ppm_max)
            && bound(self.delay_us_max, met.delay_us_max)
    }
}

/// One promise of a protocol. Its sentence is `property.<id>` in the words, and the place of its source, where a language names
/// it otherwise, `source.property.<id>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Property {
    /// Its id: `election-safety`.
    pub id: &'static str,
    /// Its kind.
    pub kind: PropertyKind,
    /// What it assumes.
    pub assumes: Assumptions,
    /// Where the source states it.
    pub source: &'static str,
}

/// What a property sees after one step.
#[derive(Debug)]
pub struct Look<'a, P: Protocol> {
    /// The parameters.
    pub config: &'a P::Config,
    /// Every node by id; `None` while it is down.
    pub nodes: &'a [Option<P>],
    /// The node whose state this step may have changed.
    pub changed: Option<NodeId>,
    /// Whether that node booted in this step: its volatile state is new.
    pub booted: bool,
    /// What was told in this step, by whom.
    pub facts: &'a [(NodeId, P::Fact)],
    /// The virtual time, in microseconds.
    pub now_us: u64,
    /// How many messages in a thousand the network loses at the moment, by its parameter: what a chart sets beside what it
    /// counts. No node sees it.
    pub loss_permille: u64,
}

/// How a property stands.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// `always`: held so far. `sometimes` and `eventually`: not yet.
    #[default]
    Open,
    /// `sometimes` and `eventually`: came true.
    Met,
    /// `always`: broken, and how: a sentence that names the nodes.
    Violated(Phrase),
}

/// Where [`Protocol::observe`] reports: one verdict a property, in the order of [`Protocol::PROPERTIES`].
#[derive(Debug, Default)]
pub struct Verdicts {
    changes: Vec<(u8, Verdict)>,
}

impl Verdicts {
    /// Property number `index` is broken; the first breach counts.
    pub fn violated(&mut self, index: usize, how: Phrase) {
        self.changes.push((index as u8, Verdict::Violated(how)));
    }

    /// Property number `index`, a `sometimes` or `eventually`, is true now.
    pub fn met(&mut self, index: usize) {
        self.changes.push((index as u8, Verdict::Met));
    }

    /// Property number `index`, an `eventually`, is owed again.
    pub fn owed(&mut self, index: usize) {
        self.changes.push((index as u8, Verdict::Open));
    }

    /// What was reported since the last call, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = (usize, Verdict)> + '_ {
        self.changes
            .drain(..)
            .map(|(index, verdict)| (index.into(), verdict))
    }

    /// Whether nothing was reported.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
