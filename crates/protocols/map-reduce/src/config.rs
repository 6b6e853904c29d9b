//! The parameters, and who is who in the roster that they make.

use crate::job::{JobKind, Plan, joined_rows};
use protocol::{NodeId, Phrase};
use std::ops::Range;

/// The most splits that a text may be cut into.
const SPLITS_MAX: u64 = 64;
/// The most rows that a join may have.
const JOINED_MAX: u64 = 10_000;

protocol::config! {
    /// The parameters of a MapReduce cluster and of its jobs.
    pub struct MapReduceConfig {
        /// What is computed.
        job: Choice["word-count", "inverted-index", "join", "sort"] = "word-count", Count, fixed;
        /// The input. A join reads lines `left: KEY VALUE` and `right: KEY VALUE`.
        text: Text(10_000) = "This is the house that Jack built.
This is the malt
That lay in the house that Jack built.
This is the rat
That ate the malt
That lay in the house that Jack built.
This is the cat
That killed the rat
That ate the malt
That lay in the house that Jack built.
This is the dog
That worried the cat
That killed the rat
That ate the malt
That lay in the house that Jack built.
This is the cow with the crumpled horn
That tossed the dog
That worried the cat
That killed the rat
That ate the malt
That lay in the house that Jack built.
This is the maiden all forlorn
That milked the cow with the crumpled horn
That tossed the dog
That worried the cat
That killed the rat
That ate the malt
That lay in the house that Jack built.
left: cat killed the rat
left: dog worried the cat
left: cow tossed the dog
left: maiden milked the cow
left: rat ate the malt
right: cow with the crumpled horn
right: maiden all forlorn
right: dog of the neighbour
right: cat of the house
right: cat by the fire
", Count, fixed;
        /// How many workers there are.
        workers: Int(1..=12) = 4, Count, fixed;
        /// Into pieces of about how many bytes the text is cut (M is the number of pieces).
        split_bytes: Int(10..=10_000) = 200, Count, fixed;
        /// How many reduce tasks, partitions and output files there are (R).
        partitions: Int(1..=9) = 3, Count, fixed;
        /// Whether workers combine the pairs of one key before they travel (§4.3).
        combiner: Switch() = true, Count, live;
        /// How long a task takes for each byte of its input.
        us_per_byte: Int(1..=100_000) = 400, Us, live;
        /// By how much that varies, up and down.
        spread_permille: Int(0..=900) = 200, Permille, live;
        /// How often a task is a straggler (§3.6).
        straggler_permille: Int(0..=1000) = 60, Permille, live;
        /// How many times longer a straggler takes.
        straggler_factor: Int(1..=1000) = 8, Count, live;
        /// The number of a worker all of whose tasks are stragglers; 0: none.
        slow_worker: Int(0..=12) = 0, Count, live;
        /// Whether there are backup executions (§3.6).
        backups: Switch() = true, Count, live;
        /// How much of a phase must be completed before they are scheduled.
        backup_permille: Int(0..=1000) = 650, Permille, live;
        /// Whether the master prefers workers whose disk holds the split (§3.4).
        locality: Switch() = true, Count, live;
        /// On how many workers' disks each split lies.
        replicas: Int(1..=3) = 2, Count, fixed;
        /// How much longer a task takes for each byte that comes over the network.
        remote_us_per_byte: Int(0..=100_000) = 200, Us, live;
        /// How often the master pings its workers.
        ping_us: Int(1_000..=10_000_000) = 50_000, Us, live;
        /// After how much silence it marks one as failed.
        worker_timeout_us: Int(1_000..=60_000_000) = 150_000, Us, live;
        /// How often the master writes a checkpoint; 0: never, and a job is lost with the master (§3.3).
        checkpoint_us: Int(0..=60_000_000) = 100_000, Us, live;
        /// How long a worker waits for an answer before it asks again.
        retry_us: Int(1_000..=10_000_000) = 60_000, Us, live;
        /// How long a client waits before it asks how its job stands.
        client_timeout_us: Int(1_000..=60_000_000) = 400_000, Us, live;
        /// What jobs come by themselves: one after the other (closed), or none unless somebody asks.
        arrivals: Choice["closed", "never"] = "closed", Count, fixed;
        /// How long a client pauses between two jobs.
        job_gap_us: Int(0..=600_000_000) = 3_000_000, Us, fixed;
    }
}

impl MapReduceConfig {
    /// The master.
    pub const MASTER: NodeId = NodeId(0);
    /// The global file system.
    pub const FILES: NodeId = NodeId(1);
    /// The first worker.
    const FIRST: u16 = 2;

    /// The ids of the workers.
    pub(crate) fn worker_ids(&self) -> Range<u16> {
        Self::FIRST..Self::FIRST + self.workers as u16
    }

    /// The number of a worker, from 0.
    pub(crate) fn worker_number(&self, node: NodeId) -> Option<u16> {
        self.worker_ids()
            .contains(&node.0)
            .then(|| node.0 - Self::FIRST)
    }

    /// Whether the disk of `worker` holds a replica of the split of this number: the file system puts them on neighbours.
    pub(crate) fn holds(&self, worker: NodeId, split: u16) -> bool {
        self.worker_number(worker).is_some_and(|number| {
            let (number, split) = (u64::from(number), u64::from(split));
            (number + self.workers - split % self.workers) % self.workers < self.replicas
        })
    }

    /// The job that is configured.
    pub(crate) fn kind(&self) -> JobKind {
        JobKind::of(self.job).unwrap_or(JobKind::WordCount)
    }

    /// How a job of this kind is divided.
    pub(crate) fn plan(&self, kind: JobKind) -> Plan {
        Plan::new(kind, &self.text, self.split_bytes, self.partitions)
    }

    /// Whether the values fit each other.
    pub(crate) fn validate(&self) -> Result<(), Phrase> {
        if self.worker_timeout_us < 2 * self.ping_us {
            return Err(Phrase::new("error.timeout")
                .us("timeout", self.worker_timeout_us)
                .us("every", self.ping_us));
        }
        if self.slow_worker > self.workers {
            return Err(Phrase::new("error.slow-worker")
                .int("number", self.slow_worker)
                .int("workers", self.workers));
        }
        let splits = self.plan(JobKind::WordCount).splits.len() as u64;
        if splits > SPLITS_MAX {
            return Err(Phrase::new("error.splits")
                .int("splits", splits)
                .int("max", SPLITS_MAX)
                .int("bytes", self.split_bytes));
        }
        let rows = joined_rows(&self.text);
        if rows > JOINED_MAX {
            return Err(Phrase::new("error.join")
                .int("rows", rows)
                .int("max", JOINED_MAX));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Config;

    #[test]
    fn the_defaults_suit_every_job() {
        let config = MapReduceConfig::default();
        assert_eq!(config.validate(), Ok(()));
        for kind in JobKind::ALL {
            assert!(config.plan(kind).splits.len() >= 5);
            assert!(crate::sequential(kind, &config.text).len() >= 5, "{kind:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let many = "left: k v\nright: k w\n".repeat(400);
        for (changes, key) in [
            (&[("worker_timeout_us", "60000")][..], "error.timeout"),
            (&[("slow_worker", "5")], "error.slow-worker"),
            (&[("split_bytes", "10")], "error.splits"),
            (
                &[("text", many.as_str()), ("split_bytes", "1000")],
                "error.join",
            ),
        ] {
            let mut config = MapReduceConfig::default();
            for (key, text) in changes {
                config.set(key, text).expect("within its own range");
            }
            assert_eq!(config.validate().expect_err("they disagree").key, key);
        }
    }

    #[test]
    fn every_split_has_its_replicas() {
        for workers in 1..=5 {
            for replicas in 1..=3 {
                let config = MapReduceConfig {
                    workers,
                    replicas,
                    ..MapReduceConfig::default()
                };
                for split in 0..7 {
                    let holders = config
                        .worker_ids()
                        .filter(|id| config.holds(NodeId(*id), split));
                    assert_eq!(holders.count() as u64, replicas.min(workers));
                }
            }
        }
    }
}
