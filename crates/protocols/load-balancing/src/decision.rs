//! A decision as it is shown: which servers were looked at, with what values, and which one was taken.

use crate::policy::Policy;
use crate::set::ServerSet;
use protocol::OperationId;
use serde::Serialize;

/// How a server that was looked at stood.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It could have been taken.
    Fits,
    /// Its probes fail.
    Down,
    /// It was ejected for its failures.
    Ejected,
    /// This request was tried there already.
    Tried,
    /// It came back a while ago and takes only a part of its share; this was not its turn.
    Warming,
    /// It has as much as the bound allows.
    Full,
}

/// A server that was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Looked {
    /// Its number, from 0.
    pub server: u16,
    /// What the policy compared: open requests, current weight, cost in µs; 0 where it compares nothing.
    pub value: i64,
    /// What is there as far as the balancer can know: what the policy should compare where it compares loads.
    pub known: u64,
    /// Its weight in thousandths, a slow start counted in.
    pub weight: u64,
    /// How it stood.
    pub standing: Standing,
}

/// Why a request went where it went.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Decision {
    /// Which request.
    pub job: OperationId,
    /// Its key.
    pub key: u64,
    /// The how-manieth try it was, from 1.
    pub attempt: u8,
    /// By which policy.
    pub policy: Policy,
    /// Who was looked at, in the order in which it happened.
    pub looked: Vec<Looked>,
    /// Who was in service and free to be taken.
    pub candidates: ServerSet,
    /// Who was taken.
    pub chosen: u16,
    /// Whether the balancer had so few servers in service that it used all.
    pub panic: bool,
    /// Where the policy found the key: a place on the ring, in a table, a bucket. 0 where it hashes nothing.
    pub place: u64,
    /// The most that the bound allows at a server, this request counted in; 0 where there is no bound.
    pub bound: u64,
    /// What all candidates had open, this request not counted in.
    pub open: u64,
    /// Whether the policy found nobody by its own rule, and fell back to chance (no idle server) or to the first clockwise
    /// (no bound).
    pub fallback: bool,
}

impl Decision {
    /// What was seen of the server that was taken.
    pub fn winner(&self) -> Option<&Looked> {
        self.looked
            .iter()
            .find(|looked| looked.server == self.chosen && looked.standing == Standing::Fits)
    }
}
