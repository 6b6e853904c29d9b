//! Who takes part: the configuration of a cluster.

use crate::config::RaftConfig;
use protocol::{NodeId, NodeSet};
use serde::{Deserialize, Serialize};

/// A configuration: who votes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Members {
    /// Who votes, and counts for a majority.
    pub voters: NodeSet,
}

impl Members {
    /// The configuration that a cluster starts with.
    pub(crate) fn initial(config: &RaftConfig) -> Self {
        Self {
            voters: (0..config.servers as u16).map(NodeId).collect(),
        }
    }
}
