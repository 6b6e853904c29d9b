//! Who gets a request: the policies. Each looks at some servers, compares something, and takes one.
//!
//! A policy sees what its balancer knows and nothing more. `health` says who is in service and how large the share of a server
//! is that has just come back.

use crate::balancer::{Balancer, Work};
use crate::config::LoadBalancingConfig;
use crate::decision::{Decision, Looked, Standing};
use crate::hashing::{Maglev, Ring, jump, key_hash};
use crate::node::Node;
use crate::set::ServerSet;
use crate::variant::Variant;
use protocol::{Context, Purpose};
use serde::Serialize;

const DRAW: Purpose = Purpose::new("server");

/// Draws of one decision: no policy makes more.
const DRAWS: u64 = 64;

/// So often a bucket is hashed again before the first server will do.
const REHASHES: u32 = 64;

/// A way to choose a server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// One after the other.
    RoundRobin,
    /// One after the other in proportion to weights, as evenly as can be (nginx, 2012).
    WeightedRoundRobin,
    /// Any.
    Random,
    /// The one with the fewest open requests for its weight.
    LeastConnections,
    /// The better of a few that are drawn (Mitzenmacher 2001).
    PowerOfD,
    /// One that said it is idle (Lu 2011).
    JoinIdleQueue,
    /// The one of a few whose latency times open requests is least (Finagle, Linkerd).
    PeakEwma,
    /// The first clockwise from the key's hash that is not above the bound (Mirrokni 2018).
    ConsistentHash,
    /// The key's bucket (Lamping and Veach 2014).
    JumpHash,
    /// The key's entry in a table that all servers filled by turns (Eisenbud 2016).
    Maglev,
    /// Nobody, until a server has a worker free: the request waits at the balancer.
    CentralQueue,
}

impl Policy {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::RoundRobin,
        Self::WeightedRoundRobin,
        Self::Random,
        Self::LeastConnections,
        Self::PowerOfD,
        Self::JoinIdleQueue,
        Self::PeakEwma,
        Self::ConsistentHash,
        Self::JumpHash,
        Self::Maglev,
        Self::CentralQueue,
    ];

    /// Its id, a choice of the parameter `policy`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::WeightedRoundRobin => "weighted-round-robin",
            Self::Random => "random",
            Self::LeastConnections => "least-connections",
            Self::PowerOfD => "power-of-d",
            Self::JoinIdleQueue => "join-idle-queue",
            Self::PeakEwma => "peak-ewma",
            Self::ConsistentHash => "consistent-hash",
            Self::JumpHash => "jump-hash",
            Self::Maglev => "maglev",
            Self::CentralQueue => "central-queue",
        }
    }

    /// The policy of this id; the first for any other text.
    pub fn of(id: &str) -> Self {
        let found = Self::ALL.iter().find(|policy| policy.id() == id);
        *found.unwrap_or(&Self::RoundRobin)
    }

    /// Whether equal keys go to equal servers.
    pub const fn hashes(self) -> bool {
        matches!(self, Self::ConsistentHash | Self::JumpHash | Self::Maglev)
    }

    /// Whether the policy takes the server with the least load for its weight among those it looks at.
    pub const fn compares_loads(self) -> bool {
        matches!(self, Self::LeastConnections | Self::PowerOfD)
    }
}

/// What a server with so much load costs: a request more, for its weight (in thousandths).
pub(crate) const fn cost(load: u64, weight: u64) -> u64 {
    (load + 1) * 1_000_000_000 / if weight == 0 { 1 } else { weight }
}

/// Those of `pool` where a request was not tried yet, unless it was tried at all of them.
pub(crate) const fn untried(pool: ServerSet, tried: ServerSet) -> ServerSet {
    let rest = pool.without(tried);
    if rest.is_empty() { pool } else { rest }
}

/// Who can be taken, and who was looked at: a decision in the making.
struct Search {
    /// In service, tried or not.
    pool: ServerSet,
    /// In service and not tried, unless all were.
    candidates: ServerSet,
    looked: Vec<Looked>,
    place: u64,
    bound: u64,
    fallback: bool,
}

impl Balancer {
    /// Chooses a server for `work`; `None` if the policy lets it wait here.
    pub(crate) fn pick(&mut self, cx: &mut Context<'_, Node>, work: &Work) -> Option<Decision> {
        let (config, now_us) = (cx.config(), cx.now_us());
        self.warm_up(config, now_us);
        let (pool, panic) = self.in_service(cx);
        let candidates = untried(pool, work.tried);
        let mut search = Search {
            pool,
            candidates,
            looked: Vec::new(),
            place: 0,
            bound: 0,
            fallback: false,
        };
        let search_in = &mut search;
        let policy = config.policy();
        let chosen = match policy {
            Policy::RoundRobin => self.by_turn(cx, search_in),
            Policy::WeightedRoundRobin => self.by_weight(cx, search_in, work.attempt == 1),
            Policy::Random => self.by_chance(cx, search_in),
            Policy::LeastConnections => self.by_load(cx, search_in),
            Policy::PowerOfD => {
                let drawn = self.draw(cx, candidates, config.choices);
                self.cheapest(cx, search_in, &drawn)
            }
            Policy::JoinIdleQueue => self.by_idleness(cx, search_in),
            Policy::PeakEwma => self.by_latency(cx, search_in),
            Policy::ConsistentHash => self.by_ring(cx, search_in, work.job.key),
            Policy::JumpHash => self.by_jump(cx, search_in, work.job.key),
            Policy::Maglev => self.by_table(cx, search_in, work.job.key),
            Policy::CentralQueue => self.by_free_worker(cx, search_in)?,
        };
        Some(Decision {
            job: work.id,
            key: work.job.key,
            attempt: work.attempt,
            policy,
            open: self.open_at(candidates),
            candidates,
            looked: search.looked,
            chosen,
            panic,
            place: search.place,
            bound: search.bound,
            fallback: search.fallback,
        })
    }

    /// What is seen of a server, with what the policy compares.
    fn look(&self, cx: &Context<'_, Node>, server: u16, value: u64, standing: Standing) -> Looked {
        let config = cx.config();
        Looked {
            server,
            value: value as i64,
            known: self.known_load(config, server),
            weight: self.weight_permille(config, server, cx.now_us()),
            standing,
        }
    }

    /// How a server stands that is no candidate.
    fn standing(&self, server: u16) -> Standing {
        if self.down().contains(server) {
            Standing::Down
        } else if self.ejected().contains(server) {
            Standing::Ejected
        } else {
            Standing::Tried
        }
    }

    /// The load of a server as far as the balancer can know it.
    pub(crate) fn known_load(&self, config: &LoadBalancingConfig, server: u16) -> u64 {
        let peer = self.peer(server);
        if config.load_view == "reported" {
            u64::from(peer.reported) + u64::from(peer.since)
        } else {
            u64::from(peer.open)
        }
    }

    /// The load that is compared.
    fn compared_load(&self, cx: &Context<'_, Node>, server: u16) -> u64 {
        let config = cx.config();
        if config.load_view == "reported" && cx.variant() == Variant::HerdOnStaleLoad {
            return self.peer(server).reported.into();
        }
        self.known_load(config, server)
    }

    /// All requests that the balancer has open at these servers.
    fn open_at(&self, servers: ServerSet) -> u64 {
        servers
            .iter()
            .map(|server| u64::from(self.peer(server).open))
            .sum()
    }

    /// Draws `count` servers, different ones unless they may be drawn again.
    fn draw(&self, cx: &mut Context<'_, Node>, from: ServerSet, count: u64) -> Vec<u16> {
        let again = cx.config().redraws && from.len() > 1;
        let (mut rest, mut drawn) = (from, Vec::new());
        while drawn.len() < count as usize && !rest.is_empty() {
            let purpose = match self.decided_now() * DRAWS + drawn.len() as u64 {
                0 => DRAW,
                later => DRAW.nth(later),
            };
            let place = cx.choose(purpose, rest.len());
            let Some(server) = rest.nth(place) else { break };
            if !again {
                rest.remove(server);
            }
            drawn.push(server);
        }
        drawn
    }

    /// Walks `servers` and takes the first that is a candidate and whose turn it is while it warms up; otherwise the first
    /// candidate.
    fn first_admitted(
        &mut self,
        cx: &Context<'_, Node>,
        search: &mut Search,
        servers: impl Iterator<Item = u16>,
    ) -> u16 {
        let mut first = None;
        for server in servers {
            let standing = if !search.candidates.contains(server) {
                self.standing(server)
            } else if self.admits(cx.config(), server, cx.now_us()) {
                Standing::Fits
            } else {
                first = first.or(Some(server));
                Standing::Warming
            };
            let value = self.peer(server).open;
            search
                .looked
                .push(self.look(cx, server, value.into(), standing));
            if standing == Standing::Fits {
                return server;
            }
        }
        self.settle_for(search, first)
    }

    /// Nobody's turn it was: the first that was passed over takes it after all.
    fn settle_for(&self, search: &mut Search, first: Option<u16>) -> u16 {
        let server = first.or_else(|| search.candidates.nth(0)).unwrap_or(0);
        search.fallback = true;
        for looked in &mut search.looked {
            if looked.server == server {
                looked.standing = Standing::Fits;
            }
        }
        server
    }

    fn by_turn(&mut self, cx: &Context<'_, Node>, search: &mut Search) -> u16 {
        let turn = ServerSet::first(cx.config().servers).turn_from(self.cursor);
        let chosen = self.first_admitted(cx, search, turn);
        self.take_turn(cx.config(), chosen);
        chosen
    }

    fn take_turn(&mut self, config: &LoadBalancingConfig, chosen: u16) {
        self.cursor = (chosen + 1) % config.servers as u16;
    }

    /// Smooth weighted round robin (nginx, 2012): everyone gains its weight, the greatest wins and pays the sum. A retry
    /// takes the greatest of the others and pays nothing.
    fn by_weight(&mut self, cx: &Context<'_, Node>, search: &mut Search, pays: bool) -> u16 {
        let (config, now_us) = (cx.config(), cx.now_us());
        let candidates = search.candidates;
        if pays {
            self.start_turns_over_if_changed(candidates);
        }
        let (mut sum, mut best) = (0, None::<(i64, u16)>);
        for server in ServerSet::first(config.servers).iter() {
            if !candidates.contains(server) {
                let standing = self.standing(server);
                search.looked.push(self.look(cx, server, 0, standing));
                continue;
            }
            let weight = self.weight_permille(config, server, now_us) as i64;
            let peer = self.peer_mut(server);
            if pays {
                peer.turn += weight;
                sum += weight;
            }
            let turn = peer.turn;
            let mut looked = self.look(cx, server, 0, Standing::Fits);
            looked.value = turn;
            search.looked.push(looked);
            if best.is_none_or(|(most, _)| turn > most) {
                best = Some((turn, server));
            }
        }
        let chosen = best.map_or(0, |(_, server)| server);
        if cx.variant() != Variant::TurnsNotPaid {
            self.peer_mut(chosen).turn -= sum;
        }
        chosen
    }

    fn by_chance(&mut self, cx: &mut Context<'_, Node>, search: &mut Search) -> u16 {
        let count = if self.is_any_warming() { DRAWS } else { 1 };
        let drawn = self.draw(cx, search.candidates, count);
        self.first_admitted(cx, search, drawn.into_iter())
    }

    /// Everyone is compared, beginning where the last turn ended, so that equals take turns.
    fn by_load(&mut self, cx: &Context<'_, Node>, search: &mut Search) -> u16 {
        let turn: Vec<u16> = ServerSet::first(cx.config().servers)
            .turn_from(self.cursor)
            .collect();
        let chosen = self.cheapest(cx, search, &turn);
        self.take_turn(cx.config(), chosen);
        chosen
    }

    /// The one of `servers` with the least load for its weight, the first among equals.
    fn cheapest(&self, cx: &Context<'_, Node>, search: &mut Search, servers: &[u16]) -> u16 {
        let mut best = None::<(u64, u16)>;
        for &server in servers {
            let fits = search.candidates.contains(server);
            let standing = if fits {
                Standing::Fits
            } else {
                self.standing(server)
            };
            let load = self.compared_load(cx, server);
            let looked = self.look(cx, server, load, standing);
            search.looked.push(looked);
            let cost = cost(load, looked.weight);
            if fits && best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, server));
            }
        }
        best.map_or(0, |(_, server)| server)
    }

    fn by_idleness(&mut self, cx: &mut Context<'_, Node>, search: &mut Search) -> u16 {
        let waits = self
            .idle
            .iter()
            .position(|server| search.candidates.contains(*server));
        if let Some(place) = waits
            && let Some(server) = self.idle.remove(place)
        {
            let looked = self.look(cx, server, 0, Standing::Fits);
            search.looked.push(looked);
            return server;
        }
        let chosen = self.by_chance(cx, search);
        search.fallback = true;
        chosen
    }

    /// Peak EWMA: two or more are drawn, and what counts is the latency times the requests that would be open.
    fn by_latency(&mut self, cx: &mut Context<'_, Node>, search: &mut Search) -> u16 {
        let (config, now_us) = (cx.config(), cx.now_us());
        let drawn = self.draw(cx, search.candidates, config.choices);
        let mut best = None::<(u64, u16)>;
        for &server in &drawn {
            let peer = self.peer(server);
            let latency_us = peer.latency_us(now_us, config.ewma_decay_us);
            // Nothing is known of a server that never answered: it is tried once, and not a second time before it answers.
            let value = match (latency_us, peer.open) {
                (0, 0) => 0,
                (0, open) => UNMEASURED_US + u64::from(open),
                (latency_us, open) => latency_us.saturating_mul(u64::from(open) + 1),
            };
            let looked = self.look(cx, server, value, Standing::Fits);
            search.looked.push(looked);
            let cost = value.saturating_mul(1000) / looked.weight.max(1);
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, server));
            }
        }
        best.map_or(0, |(_, server)| server)
    }

    /// Consistent hashing with bounded loads: clockwise from the key's hash, past whoever is full.
    fn by_ring(&mut self, cx: &Context<'_, Node>, search: &mut Search, key: u64) -> u16 {
        let config = cx.config();
        let at = key_hash(key);
        search.place = at;
        let ring = self
            .ring
            .get_or_insert_with(|| Ring::new(config.servers as u16, config.virtual_nodes as u32))
            .clone();
        // The least integer that is not below the bound: ⌈c (m + 1) / n⌉.
        let open = self.open_at(search.candidates) + 1;
        let bound =
            (config.bound_percent * open).div_ceil(100 * u64::from(search.candidates.len().max(1)));
        search.bound = bound;
        let mut first = None;
        for server in ring.clockwise(at) {
            let open = u64::from(self.peer(server).open);
            let standing = if !search.candidates.contains(server) {
                self.standing(server)
            } else if open >= bound && cx.variant() != Variant::NoLoadBound {
                Standing::Full
            } else if self.admits(config, server, cx.now_us()) {
                Standing::Fits
            } else {
                first = first.or(Some(server));
                Standing::Warming
            };
            search.looked.push(self.look(cx, server, open, standing));
            if standing == Standing::Fits {
                return server;
            }
        }
        self.settle_for(search, first)
    }

    /// The key's bucket among those in service, in their order; hashed again while that server cannot be taken.
    fn by_jump(&mut self, cx: &Context<'_, Node>, search: &mut Search, key: u64) -> u16 {
        let pool = search.pool;
        let mut hash = key_hash(key);
        search.place = jump(hash, pool.len().max(1)).into();
        let mut buckets = Vec::new();
        for _ in 0..REHASHES {
            let server = pool.nth(jump(hash, pool.len().max(1))).unwrap_or(0);
            if !buckets.contains(&server) {
                buckets.push(server);
            }
            hash = key_hash(hash);
        }
        self.first_admitted(cx, search, buckets.into_iter())
    }

    /// The key's entry in Maglev's table, and the entries behind it while that server cannot be taken.
    fn by_table(&mut self, cx: &Context<'_, Node>, search: &mut Search, key: u64) -> u16 {
        let size = cx.config().maglev_size();
        if !self
            .maglev
            .as_ref()
            .is_some_and(|table| table.is_for(search.pool, size))
        {
            self.maglev = Some(Maglev::new(search.pool, size));
        }
        let Some(table) = self.maglev.clone() else {
            return 0;
        };
        let Some((place, server)) = table.get(key_hash(key)) else {
            return 0;
        };
        search.place = place;
        let behind = table.entries()[place as usize..]
            .iter()
            .chain(&table.entries()[..place as usize]);
        let mut seen = ServerSet::default();
        let mut order = vec![server];
        seen.insert(server);
        for &server in behind {
            if seen == search.pool {
                break;
            }
            if !seen.contains(server) {
                seen.insert(server);
                order.push(server);
            }
        }
        self.first_admitted(cx, search, order.into_iter())
    }

    /// A server with a worker free, in turn; `None`: everyone works, and the request waits here.
    fn by_free_worker(&mut self, cx: &Context<'_, Node>, search: &mut Search) -> Option<u16> {
        let config = cx.config();
        for server in ServerSet::first(config.servers).turn_from(self.cursor) {
            let open = u64::from(self.peer(server).open);
            let standing = if !search.candidates.contains(server) {
                self.standing(server)
            } else if open >= config.workers {
                Standing::Full
            } else {
                Standing::Fits
            };
            search.looked.push(self.look(cx, server, open, standing));
            if standing == Standing::Fits {
                self.take_turn(config, server);
                return Some(server);
            }
        }
        None
    }
}

/// What a server counts as that has a request open and never answered one: more than any latency (Finagle's penalty).
const UNMEASURED_US: u64 = 1 << 40;
