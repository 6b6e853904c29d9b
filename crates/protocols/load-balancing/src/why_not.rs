//! Why not: why a request has no answer or came to nothing, why a balancer keeps what waits with it, why a server gets no
//! requests. Everything is read off the nodes as they stand, as an observer sees them; nothing here is known to a node.

use crate::balancer::Balancer;
use crate::client::Client;
use crate::config::LoadBalancingConfig;
use crate::fact::percent;
use crate::message::Outcome;
use crate::node::Node;
use crate::policy::{Policy, cost, untried};
use crate::reason::units;
use crate::server::Server;
use crate::set::ServerSet;
use protocol::{NodeId, OperationId, Phrase, WhyNot};
use std::cmp::Reverse;

/// What may be asked of `node`.
pub(crate) fn why_not(
    config: &LoadBalancingConfig,
    nodes: &[Option<Node>],
    node: NodeId,
) -> Vec<WhyNot> {
    let sight = Sight { config, nodes };
    let asked = match (config.server_number(node), config.balancer_number(node)) {
        (Some(number), _) => [sight.no_requests(node, number), None],
        (_, Some(_)) => [sight.hands_out_nothing(node), None],
        _ => match sight.node(node).and_then(Node::client) {
            Some(client) => [
                sight.no_answer(node, client),
                sight.came_to_nothing(node, client),
            ],
            None => [None, None],
        },
    };
    asked.into_iter().flatten().collect()
}

/// The nodes, as an observer sees them.
#[derive(Clone, Copy)]
struct Sight<'a> {
    config: &'a LoadBalancingConfig,
    nodes: &'a [Option<Node>],
}

impl<'a> Sight<'a> {
    fn node(self, id: NodeId) -> Option<&'a Node> {
        self.nodes.get(id.index())?.as_ref()
    }

    fn server(self, id: NodeId) -> Option<&'a Server> {
        self.node(id)?.server()
    }

    /// The balancers, and what they are if they are up.
    fn balancers(self) -> impl Iterator<Item = (NodeId, Option<&'a Balancer>)> {
        (0..self.config.balancers as u16).map(move |number| {
            let id = self.config.balancer(number);
            (id, self.node(id).and_then(Node::balancer))
        })
    }

    // ---- a client's requests ----

    /// The oldest request that waits.
    fn no_answer(self, me: NodeId, client: &Client) -> Option<WhyNot> {
        let number = client.oldest()?;
        let id = OperationId { client: me, number };
        let of = |key| {
            Phrase::new(key)
                .node("node", me)
                .operation("number", number)
        };
        let why = WhyNot::new(of("question.no-answer"));
        let up = || {
            let all = self.balancers();
            all.filter_map(|(node, balancer)| Some((node, balancer?)))
        };
        for (node, balancer) in up() {
            let at = |key| of(key).node("balancer", node);
            if let Some((server, attempt)) = balancer.trying(id) {
                let server = self.config.server(server);
                let sent = at("guard.sent-on").node("server", server);
                let why = why.guard(true, sent.int("attempt", attempt.into()));
                return Some(self.at_server(why, node, server, id));
            }
            if let Some(place) = balancer.held().position(|held| held == id) {
                let held = at("guard.held").int("place", place as u64 + 1);
                return Some(self.held(why.guard(true, held), node, balancer));
            }
        }
        let nodes: Vec<NodeId> = up().map(|(node, _)| node).collect();
        let says = if nodes.is_empty() {
            of("guard.no-balancer")
        } else {
            of("guard.at-no-balancer").nodes("balancers", nodes)
        };
        Some(why.guard(false, says))
    }

    /// How far the request is at the server to which the balancer sent it.
    fn at_server(self, why: WhyNot, balancer: NodeId, at: NodeId, id: OperationId) -> WhyNot {
        let of = |key| {
            Phrase::new(key)
                .node("server", at)
                .node("balancer", balancer)
        };
        let Some(server) = self.server(at) else {
            let why = why.guard(false, of("guard.server-down"));
            return self.until_timeout(why, balancer);
        };
        let works = server.running().iter().find(|work| work.task.id == id);
        if let Some(work) = works {
            let works = of("guard.works").us("takes", work.ends_us - work.began_us);
            return why.guard(false, works);
        }
        if let Some(place) = server.queue().iter().position(|task| task.id == id) {
            let queued = of("guard.queued")
                .int("place", place as u64 + 1)
                .int("working", server.working().into());
            return why.guard(false, queued);
        }
        self.until_timeout(why.guard(false, of("guard.not-at-server")), balancer)
    }

    /// What helps a request that no server has.
    fn until_timeout(self, why: WhyNot, balancer: NodeId) -> WhyNot {
        let of = |key| Phrase::new(key).node("balancer", balancer);
        let says = match self.config.attempt_timeout_us {
            0 => of("guard.waits-for-ever"),
            timeout_us => of("guard.try-goes-on").us("timeout", timeout_us),
        };
        why.guard(false, says)
    }

    /// The request that ended last.
    fn came_to_nothing(self, me: NodeId, client: &Client) -> Option<WhyNot> {
        let ended = client.ended_since(0).last()?;
        let of = |key| {
            Phrase::new(key)
                .node("node", me)
                .operation("number", ended.number)
        };
        let says = match (ended.outcome, ended.server) {
            (Some(Outcome::Done { .. }), _) => return None,
            (None, _) => of("guard.gave-up").us("waited", ended.took_us),
            (Some(Outcome::Refused(why)), Some(server)) => of("guard.refused")
                .node("server", server)
                .word("why", why.word())
                .int("retries", self.config.retries_max)
                .text("share", percent(self.config.retry_budget_permille))
                .by("retry-budget"),
            (Some(Outcome::Refused(_)), None) => of("guard.no-room")
                .int("limit", self.config.queue_limit * self.config.servers)
                .by("reject"),
        };
        Some(WhyNot::new(of("question.came-to-nothing")).guard(false, says))
    }

    // ---- what waits at a balancer ----

    fn hands_out_nothing(self, me: NodeId) -> Option<WhyNot> {
        let of = |key| Phrase::new(key).node("node", me);
        let why = WhyNot::new(of("question.hands-out-nothing"));
        let Some(balancer) = self.node(me).and_then(Node::balancer) else {
            return Some(why.guard(false, of("guard.down")));
        };
        (balancer.held().len() > 0).then(|| self.held(why, me, balancer))
    }

    /// Why what waits at a balancer stays there.
    fn held(self, why: WhyNot, node: NodeId, balancer: &Balancer) -> WhyNot {
        let of = |key| Phrase::new(key).node("balancer", node);
        let tried = balancer.first_held_tried();
        let candidates = untried(balancer.usable(self.config).0, tried);
        let says = if self.config.policy() != Policy::CentralQueue {
            of("guard.lets-nothing-wait")
        } else if let Some(free) = self.free(balancer, candidates) {
            of("guard.free-worker").node("server", self.config.server(free))
        } else {
            let busy = of("guard.no-free-worker")
                .nodes("servers", candidates.iter().map(|n| self.config.server(n)))
                .int("workers", self.config.workers);
            return why.guard(false, busy.by("central-queue"));
        };
        why.guard(true, says)
            .guard(false, of("guard.hands-out-next"))
    }

    /// The next of these in turn that has a worker free, as far as the balancer knows.
    fn free(self, balancer: &Balancer, among: ServerSet) -> Option<u16> {
        among
            .turn_from(balancer.cursor)
            .find(|server| u64::from(balancer.peer(*server).open) < self.config.workers)
    }

    // ---- a server that has nothing to do ----

    fn no_requests(self, me: NodeId, number: u16) -> Option<WhyNot> {
        let of = |key| Phrase::new(key).node("server", me);
        let mut why = WhyNot::new(of("question.no-requests"));
        match self.server(me) {
            None => why = why.guard(false, of("guard.server-is-down")),
            Some(server) if server.load() > 0 => return None,
            Some(_) => {}
        }
        for (node, balancer) in self.balancers() {
            why = match balancer {
                None => why.guard(false, of("guard.balancer-down").node("balancer", node)),
                Some(balancer) => self.gets_nothing_of(why, node, balancer, number),
            };
        }
        Some(why)
    }

    /// Why server number `number` gets nothing of this balancer.
    fn gets_nothing_of(
        self,
        why: WhyNot,
        node: NodeId,
        balancer: &Balancer,
        number: u16,
    ) -> WhyNot {
        let config = self.config;
        let of = |key| {
            Phrase::new(key)
                .node("server", config.server(number))
                .node("balancer", node)
        };
        let peer = balancer.peer(number);
        if peer.open > 0 {
            let open = of("guard.on-its-way").int("open", peer.open.into());
            return why.guard(false, open);
        }
        let (pool, panic) = balancer.usable(config);
        let mut why = why;
        if panic {
            let says = of("guard.panic").int("percent", config.panic_percent);
            why = why.guard(true, says.by("panic"));
        } else {
            if balancer.down().contains(number) {
                let down = of("guard.counts-as-down")
                    .int("good", peer.health.contrary)
                    .int("need", config.probe_up);
                why = why.guard(false, down.by("probe"));
            }
            if balancer.ejected().contains(number) {
                let for_us = config.eject_us * u64::from(peer.health.ejections);
                why = why.guard(false, of("guard.ejected").us("for", for_us).by("eject"));
            }
            if !pool.contains(number) {
                return why;
            }
            why = why.guard(true, of("guard.in-service"));
        }
        if balancer.warming().contains(number) {
            let warming = of("guard.warming").us("within", config.slow_start_us);
            why = why.guard(false, warming.by("slow-start"));
        }
        let (comes_next, says) = self.choice(balancer, pool, number, &of);
        why.guard(comes_next, says).guard(
            false,
            of(if balancer.held().len() > 0 {
                "guard.hands-out-next"
            } else {
                "guard.no-request"
            }),
        )
    }

    /// Whether the policy would choose server number `number` for the next request, and why or why not.
    fn choice(
        self,
        balancer: &Balancer,
        pool: ServerSet,
        number: u16,
        of: &impl Fn(&'static str) -> Phrase,
    ) -> (bool, Phrase) {
        let policy = self.config.policy();
        let next = if pool.len() == 1 {
            pool.nth(0)
        } else {
            self.next(balancer, pool)
        };
        let says = match next {
            Some(next) if next == number => return (true, of("guard.comes-next")),
            Some(next) => {
                let before = |key| of(key).node("next", self.config.server(next));
                match policy {
                    Policy::WeightedRoundRobin => before("guard.is-owed-less")
                        .text("owed", units(balancer.owed(number, pool)))
                        .text("most", units(balancer.owed(next, pool)))
                        .by("smooth-weights"),
                    Policy::LeastConnections => before("guard.is-not-least")
                        .int("load", balancer.known_load(self.config, number))
                        .int("least", balancer.known_load(self.config, next))
                        .by("least"),
                    Policy::JoinIdleQueue => before("guard.another-is-idle").by("idle-queue"),
                    _ => before("guard.another-turn").by("turn"),
                }
            }
            None if policy.hashes() => of("guard.no-key").by(match policy {
                Policy::JumpHash => "jump",
                Policy::Maglev => "maglev",
                _ => "ring",
            }),
            None => {
                let count = u64::from(pool.len());
                let drawn = match policy {
                    Policy::PowerOfD | Policy::PeakEwma => self.config.choices.min(count),
                    _ => 1,
                };
                let drawn = of("guard.not-drawn").int("drawn", drawn);
                drawn.int("count", count).by("chance")
            }
        };
        (false, says)
    }

    /// Whom the policy would choose of these, as long as nobody warms up; `None`: that is up to chance, or to the request's key.
    fn next(self, balancer: &Balancer, pool: ServerSet) -> Option<u16> {
        let config = self.config;
        let mut turn = pool.turn_from(balancer.cursor);
        match config.policy() {
            Policy::RoundRobin => turn.next(),
            Policy::CentralQueue => self.free(balancer, pool),
            // The first of those who would have most.
            Policy::WeightedRoundRobin => pool.iter().min_by_key(|server| {
                let gains = config.weight(*server) as i64 * 1000;
                Reverse(balancer.owed(*server, pool) + gains)
            }),
            Policy::LeastConnections => turn.min_by_key(|server| {
                let load = balancer.known_load(config, *server);
                cost(load, config.weight(*server) * 1000)
            }),
            Policy::JoinIdleQueue => {
                let mut idle = balancer.idle.iter().copied();
                idle.find(|server| pool.contains(*server))
            }
            _ => None,
        }
    }
}
