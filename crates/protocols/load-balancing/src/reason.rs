//! Why something was done, refused or ignored: plain values, of which `say` makes sentences.

mod say;

pub(crate) use say::{standing_word, units};

use crate::decision::Decision;
use crate::message::Refusal;
use protocol::{NodeId, OperationId};
use serde::Serialize;
use std::sync::Arc;

/// Why a request is tried again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Because {
    /// Where it failed.
    pub server: NodeId,
    /// How.
    pub why: Refusal,
    /// The how-manieth try comes now.
    pub attempt: u64,
}

/// A reason.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "the sentence of each is in the words, by the same name; its fields are the values in it"
)]
pub enum Reason {
    // Clients.
    Asks {
        id: OperationId,
        balancer: NodeId,
    },
    AwaitsAnswer {
        id: OperationId,
    },
    LateAnswer {
        id: OperationId,
    },
    GivesUp {
        id: OperationId,
        waited_us: u64,
    },
    // Balancers: requests.
    Chooses {
        /// Server number 0: the others follow it.
        first_server: NodeId,
        decision: Arc<Decision>,
        because: Option<Because>,
        retries_left: u64,
    },
    Holds {
        id: OperationId,
        waiting: u64,
    },
    NoRoom {
        id: OperationId,
        limit: u64,
    },
    HasAlready {
        id: OperationId,
    },
    PassesOn {
        id: OperationId,
        server: NodeId,
        took_us: u64,
    },
    LateReply {
        id: OperationId,
        server: NodeId,
    },
    AwaitsReply {
        id: OperationId,
    },
    TriesUsedUp {
        id: OperationId,
        server: NodeId,
        why: Refusal,
        tries: u64,
    },
    NoBudget {
        id: OperationId,
        server: NodeId,
        why: Refusal,
        share: u64,
    },
    HearsIdle {
        server: NodeId,
        waiting: u64,
    },
    HearsLoad {
        server: NodeId,
        load: u64,
    },
    // Balancers: checks.
    AwaitsProbe,
    Probes {
        to: NodeId,
        round: u64,
    },
    AwaitsWell {
        round: u64,
        within_us: u64,
    },
    StaysUp {
        server: NodeId,
    },
    StaysDown {
        server: NodeId,
    },
    WellAgain {
        server: NodeId,
        good: u64,
        need: u64,
    },
    ProbeFailed {
        server: NodeId,
        failed: u64,
        need: u64,
    },
    LateWell {
        server: NodeId,
        round: u64,
    },
    CountsFailure {
        server: NodeId,
        failures: u64,
        limit: u64,
    },
    MayNotEject {
        server: NodeId,
        ejected: u64,
        max: u64,
    },
    AwaitsReturn {
        server: NodeId,
    },
    AwaitsRates,
    TooFewRates {
        counted: u64,
        need: u64,
    },
    ComparesRates {
        mean: u64,
        least: u64,
    },
    // Servers.
    Begins {
        id: OperationId,
        waited_us: u64,
        takes_us: u64,
    },
    Queues {
        id: OperationId,
        waiting: u64,
    },
    Rejects {
        id: OperationId,
        waiting: u64,
        limit: u64,
    },
    Fails {
        id: OperationId,
        permille: u64,
    },
    AwaitsWork {
        id: OperationId,
    },
    Finishes {
        id: OperationId,
        worked_us: u64,
    },
    IsWell {
        load: u64,
    },
    IsIdle {
        balancer: NodeId,
    },
    AwaitsReport,
    Reports {
        load: u64,
    },
    Misdirected {
        from: NodeId,
    },
}
