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

/// A reason. Its sentence is in the words, by the same name.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    // Clients.
    /// A client sends a request.
    Asks {
        /// Which request.
        id: OperationId,
        /// Which balancer.
        balancer: NodeId,
    },
    /// A client's timer: then it gives up.
    AwaitsAnswer {
        /// Which request.
        id: OperationId,
    },
    /// An answer to a request that is no longer open.
    LateAnswer {
        /// Which request.
        id: OperationId,
    },
    /// A client's patience is at its end.
    GivesUp {
        /// Which request.
        id: OperationId,
        /// How long it waited.
        waited_us: u64,
    },
    // Balancers: requests.
    /// A balancer chooses a server.
    Chooses {
        /// Server number 0: the others follow it.
        first_server: NodeId,
        /// Who was looked at, and who was taken.
        decision: Arc<Decision>,
        /// Why it is tried again; `None`: it is the first try.
        because: Option<Because>,
        /// How many retries the budget has left.
        retries_left: u64,
    },
    /// A request waits at the balancer for a free worker.
    Holds {
        /// Which request.
        id: OperationId,
        /// How many wait.
        waiting: u64,
    },
    /// Too many wait at the balancer already.
    NoRoom {
        /// Which request.
        id: OperationId,
        /// How many may; 0: without bound.
        limit: u64,
    },
    /// A copy of a request that is there.
    HasAlready {
        /// Which request.
        id: OperationId,
    },
    /// A server's answer goes on to the client.
    PassesOn {
        /// Which request.
        id: OperationId,
        /// Which server.
        server: NodeId,
        /// How long it took.
        took_us: u64,
    },
    /// A reply to a try that is no longer open.
    LateReply {
        /// Which request.
        id: OperationId,
        /// Which server.
        server: NodeId,
    },
    /// A balancer's timer: then the try has failed.
    AwaitsReply {
        /// Which request.
        id: OperationId,
    },
    /// A request failed, and may not be tried again.
    TriesUsedUp {
        /// Which request.
        id: OperationId,
        /// Which server.
        server: NodeId,
        /// How it failed there.
        why: Refusal,
        /// How often it was tried.
        tries: u64,
    },
    /// A request failed, and the budget of retries is spent.
    NoBudget {
        /// Which request.
        id: OperationId,
        /// Which server.
        server: NodeId,
        /// How it failed there.
        why: Refusal,
        /// How many retries each thousand of requests pay for.
        share: u64,
    },
    /// A server said that it is idle.
    HearsIdle {
        /// Which server.
        server: NodeId,
        /// How many wait.
        waiting: u64,
    },
    /// A server reported its load.
    HearsLoad {
        /// Which server.
        server: NodeId,
        /// How many requests are there.
        load: u64,
    },
    // Balancers: checks.
    /// A balancer's timer: then it probes.
    AwaitsProbe,
    /// A balancer asks whether a server is well.
    Probes {
        /// Whom.
        to: NodeId,
        /// In which round.
        round: u64,
    },
    /// A balancer's timer: then probes without an answer have failed.
    AwaitsWell {
        /// In which round.
        round: u64,
        /// How long they have.
        within_us: u64,
    },
    /// A good probe of a server in service.
    StaysUp {
        /// Which server.
        server: NodeId,
    },
    /// A failed probe of a server that is down.
    StaysDown {
        /// Which server.
        server: NodeId,
    },
    /// A good probe of a server that is down.
    WellAgain {
        /// Which server.
        server: NodeId,
        /// How many were good in a row.
        good: u64,
        /// How many it takes.
        need: u64,
    },
    /// A failed probe of a server in service.
    ProbeFailed {
        /// Which server.
        server: NodeId,
        /// How many failed in a row.
        failed: u64,
        /// How many it takes.
        need: u64,
    },
    /// An answer to a probe that does not count any more.
    LateWell {
        /// Which server.
        server: NodeId,
        /// In which round.
        round: u64,
    },
    /// A request failed at a server.
    CountsFailure {
        /// Which server.
        server: NodeId,
        /// How many failed in a row.
        failures: u64,
        /// How many may; 0: without bound.
        limit: u64,
    },
    /// A server should be ejected, but too many are.
    MayNotEject {
        /// Which server.
        server: NodeId,
        /// How many are ejected.
        ejected: u64,
        /// How many may be.
        max: u64,
    },
    /// A balancer's timer: then an ejection ends.
    AwaitsReturn {
        /// Which server.
        server: NodeId,
    },
    /// An ejection ends, and the server is down.
    EndsWhileDown {
        /// Which server.
        server: NodeId,
    },
    /// A balancer's timer: then it compares success rates.
    AwaitsRates,
    /// Too few servers have a success rate.
    TooFewRates {
        /// How many have one.
        counted: u64,
        /// How many it takes.
        need: u64,
    },
    /// Success rates are compared.
    ComparesRates {
        /// The mean, in thousandths.
        mean: u64,
        /// The least that will do, in thousandths.
        least: u64,
    },
    // Servers.
    /// A server begins a request.
    Begins {
        /// Which request.
        id: OperationId,
        /// How long it waited.
        waited_us: u64,
        /// How long it will take.
        takes_us: u64,
    },
    /// All workers are busy.
    Queues {
        /// Which request.
        id: OperationId,
        /// How many wait.
        waiting: u64,
    },
    /// The queue has no room.
    Rejects {
        /// Which request.
        id: OperationId,
        /// How many wait.
        waiting: u64,
        /// How many may; 0: without bound.
        limit: u64,
    },
    /// The server is the failing one, and this request met it.
    Fails {
        /// Which request.
        id: OperationId,
        /// How many in a thousand fail.
        permille: u64,
    },
    /// A server's timer: then a request is done.
    AwaitsWork {
        /// Which request.
        id: OperationId,
    },
    /// A request is done.
    Finishes {
        /// Which request.
        id: OperationId,
        /// How long it took.
        worked_us: u64,
    },
    /// A server answers a probe.
    IsWell {
        /// How many requests are there.
        load: u64,
    },
    /// A server has nothing to do.
    IsIdle {
        /// Which balancer.
        balancer: NodeId,
    },
    /// A server's timer: then it reports its load.
    AwaitsReport,
    /// A server reports its load.
    Reports {
        /// How many requests are there.
        load: u64,
    },
    /// A message that was not meant for this kind of node.
    Misdirected {
        /// Who sent it.
        from: NodeId,
    },
}
