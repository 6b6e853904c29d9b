//! Paxos: Lamport, *The Part-Time Parliament*, 1998, and *Paxos Made Simple*, 2001.
//!
//! Two protocols: [`Decree`] chooses one value; [`Multi`] chooses a value for every slot of a log, with a leader that runs the
//! first phase once for all of them (Chandra et al., *Paxos Made Live*, 2007; van Renesse and Altinbuken, *Paxos Made
//! Moderately Complex*, 2015). Knows nothing of how they are driven, nor of other protocols.

mod ballot;
pub mod decree;
pub mod multi;

pub use ballot::{Ballot, PROPOSERS_MAX};

/// Paxos for one value.
pub type Decree = decree::Node;

/// Multi-Paxos that replicates the key-value machine.
pub type Multi = multi::Node<replicated::KeyValue>;
