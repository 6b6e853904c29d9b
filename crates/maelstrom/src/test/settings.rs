//! What is tested, and how.

use crate::check::txn::Level;
use crate::nemesis::Nemesis;
use crate::workload::{Topology, Workload};

/// What is tested, and how.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// The workload.
    pub workload: Workload,
    /// How many operations begin in a second, on the average.
    pub rate: f64,
    /// How many clients ask at a time.
    pub concurrency: u32,
    /// For how long operations begin, in microseconds.
    pub time_limit_us: u64,
    /// How long the nodes have after the last fault before everything is read once more, in microseconds.
    pub recovery_us: u64,
    /// How long a message takes on the average, in microseconds: clients of slow networks are patient.
    pub latency_us: u64,
    /// The seed of all chance.
    pub seed: u64,
    /// The sorts of faults.
    pub nemesis: Vec<Nemesis>,
    /// How long a fault lasts, and how long it is quiet, in microseconds.
    pub nemesis_interval_us: u64,
    /// Who is whose neighbour in a broadcast.
    pub topology: Topology,
    /// What transactions promise.
    pub level: Level,
}
