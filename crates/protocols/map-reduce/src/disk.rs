//! What the nodes keep on their disks: the master its checkpoints, a worker its map output, the file system its files.

use crate::files::{FileWrite, Files};
use crate::master::Tables;
use crate::worker::MapOutput;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One piece of writing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Write {
    /// A process of the master or of a worker starts. A worker's scratch space is empty from here on.
    Started,
    /// The master's tables as they are.
    Checkpoint(Arc<Tables>),
    /// The output of a map task, in its R regions.
    Output(Arc<MapOutput>),
    /// The job is over: its map output is removed.
    Cleared,
    /// A file changes.
    File(FileWrite),
}

/// The fold of the writes.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Disk {
    /// How often the node has started.
    pub starts: u64,
    /// The master's last checkpoint.
    pub checkpoint: Option<Arc<Tables>>,
    /// A worker's map output.
    pub outputs: Vec<Arc<MapOutput>>,
    /// The files of the global file system.
    pub files: Files,
}

impl Disk {
    /// Folds one write in.
    pub fn persist(&mut self, write: &Write) {
        match write {
            Write::Started => {
                self.starts += 1;
                self.outputs.clear();
            }
            Write::Checkpoint(checkpoint) => self.checkpoint = Some(checkpoint.clone()),
            Write::Output(output) => self.outputs.push(output.clone()),
            Write::Cleared => self.outputs.clear(),
            Write::File(write) => self.files.persist(write),
        }
    }
}
