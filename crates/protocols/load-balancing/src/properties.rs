//! What is promised of balancers and servers, looked at from outside.
//!
//! The memory holds the requests that are open, what each node had done when it was last seen, and since when servers are down.
//! A step costs what it changed.

mod decisions;
#[cfg(test)]
mod tests;

use crate::balancer::Balancer;
use crate::client::Client;
use crate::decision::Decision;
use crate::fact::Fact;
use crate::message::{Outcome, Refusal};
use crate::node::Node;
use crate::policy::Policy;
use crate::server::Server;
use crate::set::ServerSet;
use decisions::{BalancerMemory, check_bound, check_least};
use protocol::{Assumptions, Look, NodeId, OperationId, Phrase, Property, PropertyKind, Verdicts};
use std::collections::BTreeMap;

/// Probing is a matter of time: clocks that run far off, or events that somebody holds back, are beyond what it claims.
const TIMED: Assumptions = Assumptions {
    drift_ppm_max: Some(10_000),
    // A balancer that stands still checks nothing.
    delay_us_max: Some(10_000_000),
    ..Assumptions::ASYNCHRONOUS
};

/// The promises, in the order of the indices below.
pub(crate) const PROPERTIES: &[Property] = &[
    always("answered-once", "Birrell and Nelson 1984, §3"),
    always("within-workers", "Kleinrock 1975, §3.5"),
    always("queue-limit", "Google SRE 2016, chapter 22"),
    always("respects-health", "Envoy, health checking"),
    Property {
        id: "no-dead-server",
        kind: PropertyKind::Always,
        assumes: TIMED,
        source: "Envoy, health checking",
    },
    always("bounded-loads", "Mirrokni 2018, §1"),
    always("smooth-weights", "nginx 1.3.1, smooth weighted round robin"),
    always(
        "least-of-those-known",
        "Mitzenmacher 2001, §1; Dahlin 2000, §3",
    ),
    always("retry-budget", "Google SRE 2016, chapter 21"),
    always("ejection-limit", "Envoy, outlier detection"),
    property(
        "request-answered",
        PropertyKind::Sometimes,
        "Birrell and Nelson 1984, §3",
    ),
    property(
        "request-rejected",
        PropertyKind::Sometimes,
        "Google SRE 2016, chapter 22",
    ),
    property(
        "accepted-answered",
        PropertyKind::Eventually,
        "Google SRE 2016, chapter 21",
    ),
    property(
        "back-in-service",
        PropertyKind::Eventually,
        "Envoy, outlier detection",
    ),
];

const ANSWERED_ONCE: usize = 0;
const WITHIN_WORKERS: usize = 1;
const QUEUE_LIMIT: usize = 2;
const RESPECTS_HEALTH: usize = 3;
const NO_DEAD_SERVER: usize = 4;
const BOUNDED_LOADS: usize = 5;
const SMOOTH_WEIGHTS: usize = 6;
const LEAST_OF_THOSE_KNOWN: usize = 7;
const RETRY_BUDGET: usize = 8;
const EJECTION_LIMIT: usize = 9;
const REQUEST_ANSWERED: usize = 10;
const REQUEST_REJECTED: usize = 11;
const ACCEPTED_ANSWERED: usize = 12;
const BACK_IN_SERVICE: usize = 13;

const fn always(id: &'static str, source: &'static str) -> Property {
    property(id, PropertyKind::Always, source)
}

const fn property(id: &'static str, kind: PropertyKind, source: &'static str) -> Property {
    Property {
        id,
        kind,
        assumes: Assumptions::ASYNCHRONOUS,
        source,
    }
}

/// An open request: who took it, and whether one of those crashed since.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Open {
    got: ServerSet,
    lost: bool,
}

/// What the properties remember.
#[derive(Clone, Hash, Debug, Default)]
pub struct Memory {
    open: BTreeMap<OperationId, Open>,
    /// How many of them were at a server that crashed.
    lost: u64,
    /// By node: what it had done when it was last seen (asked and ended, decided, or accepted and waiting).
    seen: Vec<(u64, u64)>,
    /// By number: since when a server is down.
    down_us: Vec<Option<u64>>,
    balancers: Vec<BalancerMemory>,
    answered: bool,
    rejected: bool,
    /// Whether the two promises that come true again stand as owed.
    owes_answers: bool,
    owes_service: bool,
}

/// Updates the memory after a step, and reports what changed.
#[inline]
pub(crate) fn observe(memory: &mut Memory, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
    let Some(changed) = look.changed else { return };
    if memory.seen.len() <= changed.index() {
        memory.make_room(look);
    }
    let node = &look.nodes[changed.index()];
    if look.booted || node.is_none() {
        memory.seen[changed.index()] = (0, 0);
    }
    match node {
        Some(Node::Client(client)) => memory.client_changed(look, changed, client, verdicts),
        Some(Node::Balancer(balancer)) => {
            memory.balancer_changed(look, changed, balancer, verdicts)
        }
        Some(Node::Server(server)) => memory.server_changed(look, changed, server, verdicts),
        None => memory.node_is_down(look, changed, verdicts),
    }
}

impl Memory {
    fn make_room(&mut self, look: &Look<'_, Node>) {
        let config = look.config;
        self.seen.resize(look.nodes.len(), (0, 0));
        self.down_us.resize(config.servers as usize, None);
        self.balancers
            .resize(config.balancers as usize, BalancerMemory::default());
    }

    // ---- clients ----

    fn client_changed(
        &mut self,
        look: &Look<'_, Node>,
        me: NodeId,
        client: &Client,
        verdicts: &mut Verdicts,
    ) {
        let (asked, ended) = self.seen[me.index()];
        self.seen[me.index()] = (client.asked(), client.ended());
        let id = |number| OperationId { client: me, number };
        if client.asked() > asked {
            self.open.insert(id(client.last_asked()), Open::default());
        }
        for end in client.ended_since(ended) {
            let id = id(end.number);
            let Some(open) = self.open.remove(&id) else {
                let how = Phrase::new("violation.answered-twice")
                    .node("client", me)
                    .operation("number", end.number);
                verdicts.violated(ANSWERED_ONCE, how);
                continue;
            };
            self.lost -= u64::from(open.lost);
            if end.outcome == Some(Outcome::Refused(Refusal::QueueFull)) {
                self.is_rejected(verdicts);
            }
            if let (Some(Outcome::Done { .. }), Some(server)) = (end.outcome, end.server) {
                let number = look.config.server_number(server);
                if !number.is_some_and(|number| open.got.contains(number)) {
                    let how = Phrase::new("violation.answered-by-other")
                        .node("client", me)
                        .operation("number", end.number)
                        .node("server", server);
                    verdicts.violated(ANSWERED_ONCE, how);
                }
                if !self.answered {
                    self.answered = true;
                    verdicts.met(REQUEST_ANSWERED);
                    if self.lost == 0 {
                        verdicts.met(ACCEPTED_ANSWERED);
                    }
                }
            }
        }
        self.settle_answers(verdicts);
    }

    fn is_rejected(&mut self, verdicts: &mut Verdicts) {
        if !self.rejected {
            self.rejected = true;
            verdicts.met(REQUEST_REJECTED);
        }
    }

    /// Whether answers are owed to requests that a crash took.
    fn settle_answers(&mut self, verdicts: &mut Verdicts) {
        let owes = self.lost > 0;
        if owes != self.owes_answers {
            self.owes_answers = owes;
            if owes {
                verdicts.owed(ACCEPTED_ANSWERED);
            } else {
                verdicts.met(ACCEPTED_ANSWERED);
            }
        }
    }

    // ---- servers ----

    fn server_changed(
        &mut self,
        look: &Look<'_, Node>,
        me: NodeId,
        server: &Server,
        verdicts: &mut Verdicts,
    ) {
        let config = look.config;
        let Some(number) = config.server_number(me) else {
            return;
        };
        self.down_us[usize::from(number)] = None;
        let (accepted, waited) = self.seen[me.index()];
        let waiting = u64::from(server.waiting());
        self.seen[me.index()] = (server.accepted(), waiting);
        if server.accepted() > accepted
            && let Some(open) = server.took().and_then(|id| self.open.get_mut(&id))
        {
            open.got.insert(number);
        }
        if u64::from(server.working()) > config.workers {
            let how = Phrase::new("violation.within-workers")
                .node("server", me)
                .int("working", server.working().into())
                .int("workers", config.workers);
            verdicts.violated(WITHIN_WORKERS, how);
        }
        // A limit that somebody lowers turns nobody out who waits already.
        if config.queue_limit > 0 && waiting > waited && waiting > config.queue_limit {
            let how = Phrase::new("violation.queue-limit")
                .node("server", me)
                .int("waiting", waiting)
                .int("limit", config.queue_limit);
            verdicts.violated(QUEUE_LIMIT, how);
        }
        let is_full = |(_, fact): &(NodeId, Fact)| matches!(fact, Fact::QueueFull { .. });
        if look.facts.iter().any(is_full) {
            self.is_rejected(verdicts);
        }
    }

    fn node_is_down(&mut self, look: &Look<'_, Node>, me: NodeId, verdicts: &mut Verdicts) {
        let config = look.config;
        if let Some(number) = config.server_number(me) {
            let since = &mut self.down_us[usize::from(number)];
            if since.is_some() {
                return;
            }
            *since = Some(look.now_us);
            for open in self.open.values_mut() {
                if open.got.contains(number) && !open.lost {
                    open.lost = true;
                    self.lost += 1;
                }
            }
            self.settle_answers(verdicts);
        } else if let Some(number) = config.balancer_number(me) {
            self.balancers[usize::from(number)] = BalancerMemory::default();
            self.settle_service(verdicts);
        } else {
            // Nobody is left to be answered.
            let lost = &mut self.lost;
            self.open.retain(|id, open| {
                let stays = id.client != me;
                *lost -= u64::from(open.lost && !stays);
                stays
            });
            self.settle_answers(verdicts);
        }
    }

    // ---- balancers ----

    fn balancer_changed(
        &mut self,
        look: &Look<'_, Node>,
        me: NodeId,
        balancer: &Balancer,
        verdicts: &mut Verdicts,
    ) {
        let config = look.config;
        let Some(number) = config.balancer_number(me) else {
            return;
        };
        let memory = &mut self.balancers[usize::from(number)];
        let is_new = look.booted || !memory.known;
        if is_new {
            *memory = BalancerMemory {
                known: true,
                paid: config.retry_burst * 1000,
                ..BalancerMemory::default()
            };
        }
        // Whoever was silent for longer than a round of probes was paused: it knows nothing of what happened meanwhile.
        if is_new || look.now_us - memory.last_us > 2 * config.probe_us {
            memory.awake_us = look.now_us;
        }
        memory.last_us = look.now_us;
        let decided = balancer.decided_since(self.seen[me.index()].0);
        self.seen[me.index()].0 = balancer.decisions();
        for decision in decided {
            self.check(look, me, number, balancer, decision, verdicts);
        }
        let is_ejection =
            |(node, fact): &(NodeId, Fact)| *node == me && matches!(fact, Fact::Ejected { .. });
        if look.facts.iter().any(is_ejection) && balancer.ejected().len() > config.ejected_max() {
            let how = Phrase::new("violation.ejection-limit")
                .node("balancer", me)
                .int("ejected", balancer.ejected().len().into())
                .int("max", config.ejected_max().into());
            verdicts.violated(EJECTION_LIMIT, how);
        }
        let out: ServerSet = balancer
            .down()
            .iter()
            .chain(balancer.ejected().iter())
            .collect();
        let memory = &mut self.balancers[usize::from(number)];
        if out != memory.out || is_new {
            memory.out = out;
            if is_new {
                verdicts.met(BACK_IN_SERVICE);
            }
            self.settle_service(verdicts);
        }
    }

    fn settle_service(&mut self, verdicts: &mut Verdicts) {
        let owes = self.balancers.iter().any(|memory| !memory.out.is_empty());
        if owes != self.owes_service {
            self.owes_service = owes;
            if owes {
                verdicts.owed(BACK_IN_SERVICE);
            } else {
                verdicts.met(BACK_IN_SERVICE);
            }
        }
    }

    fn check(
        &mut self,
        look: &Look<'_, Node>,
        me: NodeId,
        number: u16,
        balancer: &Balancer,
        decision: &Decision,
        verdicts: &mut Verdicts,
    ) {
        let config = look.config;
        let server = config.server(decision.chosen);
        let said = |key| Phrase::new(key).node("balancer", me).node("server", server);
        let memory = &self.balancers[usize::from(number)];
        let out = balancer.down().contains(decision.chosen)
            || balancer.ejected().contains(decision.chosen);
        if !decision.panic && out && memory.out.contains(decision.chosen) {
            verdicts.violated(RESPECTS_HEALTH, said("violation.respects-health"));
        }
        if let Some(down_us) = self.down_us[usize::from(decision.chosen)]
            && config.probe_us > 0
            && !decision.panic
        {
            // Two percent more, for clocks that drift as far as is assumed.
            let bound_us = config.detection_us() + config.detection_us() / 50;
            let for_us = look.now_us - down_us.max(memory.awake_us).min(look.now_us);
            if for_us > bound_us {
                let how = said("violation.no-dead-server")
                    .us("for", look.now_us - down_us)
                    .us("bound", bound_us);
                verdicts.violated(NO_DEAD_SERVER, how);
            }
        }
        if decision.policy == Policy::ConsistentHash {
            check_bound(config, decision, &said, verdicts);
        }
        if decision.policy.compares_loads() {
            check_least(config, me, decision, verdicts);
        }
        let memory = &mut self.balancers[usize::from(number)];
        if decision.policy == Policy::WeightedRoundRobin && decision.attempt == 1 {
            memory.check_turns(config, balancer, decision, &said, verdicts);
        }
        memory.check_budget(config, me, decision, verdicts);
    }
}
