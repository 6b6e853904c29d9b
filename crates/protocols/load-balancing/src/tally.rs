//! What the charts and figures are made of: sums, a histogram of latencies, and a row of windows of time.
//!
//! It sees what the properties see. The histogram and the rows are shared between checkpoints.

use crate::balancer::Balancer;
use crate::client::{Client, Ended};
use crate::message::{Outcome, Refusal};
use crate::node::Node;
use crate::server::Server;
use hdrhistogram::Histogram;
use protocol::{Look, NodeId, SharedVec};
use std::sync::Arc;

/// How long a window is.
pub(crate) const WINDOW_US: u64 = 500_000;

/// So many windows are shown, and made up for at most after a long silence.
pub(crate) const WINDOWS_SHOWN: u64 = 120;

/// The load of so many servers is kept one by one.
pub(crate) const CURVES_MAX: usize = 8;

/// The significant digits of latencies: 1 % at worst, and a histogram of 13 KB, copied once a checkpoint at most.
const DIGITS: u8 = 2;

/// What took longer counts as an hour.
const LATENCY_US_MAX: u64 = 3_600_000_000;

/// Nobody has had this key yet.
const NOBODY: u16 = u16::MAX;

/// What happened in one window of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Window {
    /// When it ended.
    pub end_us: u64,
    /// How many requests were answered.
    pub answered: u32,
    /// How many came to nothing.
    pub failed: u32,
    /// The median and the 99th percentile of the time that clients waited for an answer; 0: there was none.
    pub p50_us: u64,
    /// See above.
    pub p99_us: u64,
    /// How many requests were at the first servers when it ended.
    pub loads: [u16; CURVES_MAX],
    /// How many were at the servers with the most, at those with the fewest, and on average in thousandths.
    pub most: u16,
    /// See above.
    pub fewest: u16,
    /// See above.
    pub mean_permille: u32,
    /// The greatest difference between the most and the fewest that a request met in it.
    pub spread: u16,
}

/// What is counted of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Seen {
    /// As in the memory of the properties: what it had done.
    done: u64,
    /// A client: how many requests wait. A server: how many are worked on.
    now: u64,
}

/// The sums.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    now_us: u64,
    in_system: u64,
    in_system_us: u128,
    at_work: u64,
    at_work_us: u128,
    requests: u64,
    answered: u64,
    refused: u64,
    rejected: u64,
    gave_up: u64,
    retries: u64,
    waited_us: u128,
    worked_us: u128,
    took_us: u128,
    latencies: Option<Arc<Histogram<u32>>>,
    seen: Vec<Seen>,
    /// By server: how many requests it was sent, and how many are there.
    given: Vec<u64>,
    loads: Vec<u16>,
    /// The greatest difference between loads that requests met: its sum, and over how many.
    spread: (u64, u64),
    /// By key: the server that had it last. And how often a key came back, and how often to another server.
    keys: SharedVec<u16>,
    returned: u64,
    moved: u64,
    window: Window,
    window_took_us: Vec<u64>,
    windows: SharedVec<Window>,
}

impl Tally {
    /// Counts what a step changed.
    pub(crate) fn count(&mut self, look: &Look<'_, Node>) {
        self.pass_time(look.now_us);
        let Some(changed) = look.changed else { return };
        if self.seen.len() <= changed.index() {
            let servers = look.config.servers as usize;
            self.seen.resize(look.nodes.len(), Seen::default());
            self.given.resize(servers, 0);
            self.loads.resize(servers, 0);
        }
        let node = &look.nodes[changed.index()];
        if look.booted || node.is_none() {
            self.seen[changed.index()].done = 0;
        }
        match node {
            Some(Node::Client(client)) => self.client(changed, client),
            Some(Node::Balancer(balancer)) => self.balancer(look, changed, balancer),
            Some(Node::Server(server)) => self.server(look, changed, server),
            None => {
                if let Some(number) = look.config.server_number(changed) {
                    self.works(changed, 0);
                    self.loads[usize::from(number)] = 0;
                } else if look.config.is_client(changed) {
                    self.waits(changed, 0);
                }
            }
        }
    }

    fn pass_time(&mut self, now_us: u64) {
        let passed_us = now_us - self.now_us.min(now_us);
        self.in_system_us += u128::from(passed_us) * u128::from(self.in_system);
        self.at_work_us += u128::from(passed_us) * u128::from(self.at_work);
        if now_us / WINDOW_US > self.now_us / WINDOW_US {
            self.close_windows(now_us);
        }
        self.now_us = now_us;
    }

    /// Closes the windows that ended before `now_us`; of a long silence only what is shown.
    fn close_windows(&mut self, now_us: u64) {
        let last = now_us / WINDOW_US;
        let first = (self.now_us / WINDOW_US + 1).max(last.saturating_sub(WINDOWS_SHOWN));
        for end in first..=last {
            let mut window = std::mem::take(&mut self.window);
            self.window_took_us.sort_unstable();
            let took_us = &self.window_took_us;
            let quantile = |percent: usize| {
                let place = (took_us.len() * percent).div_ceil(100).saturating_sub(1);
                took_us.get(place).copied().unwrap_or(0)
            };
            window.end_us = end * WINDOW_US;
            (window.p50_us, window.p99_us) = (quantile(50), quantile(99));
            for (slot, load) in window.loads.iter_mut().zip(&self.loads) {
                *slot = *load;
            }
            window.most = self.loads.iter().copied().max().unwrap_or(0);
            window.fewest = self.loads.iter().copied().min().unwrap_or(0);
            let all: u64 = self.loads.iter().copied().map(u64::from).sum();
            window.mean_permille = (all * 1000 / (self.loads.len() as u64).max(1)) as u32;
            self.window_took_us.clear();
            self.windows.push(window);
        }
    }

    fn waits(&mut self, client: NodeId, waits: u64) {
        let seen = &mut self.seen[client.index()];
        self.in_system = self.in_system + waits - seen.now;
        seen.now = waits;
    }

    fn works(&mut self, server: NodeId, works: u64) {
        let seen = &mut self.seen[server.index()];
        self.at_work = self.at_work + works - seen.now;
        seen.now = works;
    }

    fn client(&mut self, me: NodeId, client: &Client) {
        let seen = self.seen[me.index()].done;
        self.seen[me.index()].done = client.ended();
        let ended = client.ended_since(seen);
        let before = self.seen[me.index()].now;
        self.waits(me, client.waits());
        // What waits now, less what waited, and what has ended since: so many were asked.
        self.requests += (client.waits() + ended.len() as u64).saturating_sub(before);
        for end in ended {
            self.ended(end);
        }
    }

    fn ended(&mut self, end: &Ended) {
        match end.outcome {
            Some(Outcome::Done {
                waited_us,
                worked_us,
            }) => {
                self.answered += 1;
                self.window.answered += 1;
                self.waited_us += u128::from(waited_us);
                self.worked_us += u128::from(worked_us);
                self.took_us += u128::from(end.took_us);
                self.window_took_us.push(end.took_us);
                let latencies = self.latencies.get_or_insert_with(|| {
                    let histogram = Histogram::new_with_bounds(1, LATENCY_US_MAX, DIGITS);
                    Arc::new(histogram.expect("bounds that a histogram can have"))
                });
                Arc::make_mut(latencies).saturating_record(end.took_us.max(1));
            }
            Some(Outcome::Refused(why)) => {
                self.rejected += u64::from(why == Refusal::QueueFull);
                self.refused += 1;
                self.window.failed += 1;
            }
            None => {
                self.gave_up += 1;
                self.window.failed += 1;
            }
        }
    }

    fn balancer(&mut self, look: &Look<'_, Node>, me: NodeId, balancer: &Balancer) {
        let seen = std::mem::replace(&mut self.seen[me.index()].done, balancer.decisions());
        for decision in balancer.decided_since(seen) {
            self.given[usize::from(decision.chosen)] += 1;
            self.retries += u64::from(decision.attempt > 1);
            if decision.policy.hashes() && decision.key < look.config.keys {
                self.keyed(decision.key, decision.chosen);
            }
        }
    }

    fn keyed(&mut self, key: u64, server: u16) {
        while self.keys.len() <= key {
            self.keys.push(NOBODY);
        }
        if let Some(last) = self.keys.get_mut(key) {
            self.returned += u64::from(*last != NOBODY);
            self.moved += u64::from(*last != NOBODY && *last != server);
            *last = server;
        }
    }

    fn server(&mut self, look: &Look<'_, Node>, me: NodeId, server: &Server) {
        let Some(number) = look.config.server_number(me) else {
            return;
        };
        self.works(me, server.working().into());
        let accepted = std::mem::replace(&mut self.seen[me.index()].done, server.accepted());
        if server.accepted() > accepted {
            // As the request found them.
            let most = self.loads.iter().copied().max().unwrap_or(0);
            let fewest = self.loads.iter().copied().min().unwrap_or(0);
            let spread = most - fewest;
            self.spread.0 += u64::from(spread);
            self.spread.1 += 1;
            self.window.spread = self.window.spread.max(spread);
        }
        self.loads[usize::from(number)] = server.load() as u16;
    }

    // ---- figures ----

    /// How long the run lasts so far.
    pub const fn now_us(&self) -> u64 {
        self.now_us
    }

    /// How many requests clients asked.
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// How many were answered.
    pub const fn answered(&self) -> u64 {
        self.answered
    }

    /// How many balancers gave up on.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// How many of those because a queue had no room.
    pub const fn rejected(&self) -> u64 {
        self.rejected
    }

    /// How many clients gave up on.
    pub const fn gave_up(&self) -> u64 {
        self.gave_up
    }

    /// How many tries were not the first.
    pub const fn retries(&self) -> u64 {
        self.retries
    }

    /// The sum of the times that clients waited for answers.
    pub const fn took_us(&self) -> u128 {
        self.took_us
    }

    /// The mean time that a client waited for an answer.
    pub fn mean_took_us(&self) -> u64 {
        mean(self.took_us, self.answered)
    }

    /// The mean time that an answered request waited at its server.
    pub fn mean_waited_us(&self) -> u64 {
        mean(self.waited_us, self.answered)
    }

    /// The mean time that a server worked on an answered request.
    pub fn mean_worked_us(&self) -> u64 {
        mean(self.worked_us, self.answered)
    }

    /// The time within which so many thousandths of all answers came, to within one percent.
    pub fn quantile_us(&self, permille: u64) -> u64 {
        self.latencies.as_ref().map_or(0, |latencies| {
            latencies.value_at_quantile(permille as f64 / 1000.0)
        })
    }

    /// The mean number of requests that waited for an answer.
    pub fn mean_in_system(&self) -> f64 {
        self.in_system_us as f64 / (self.now_us as f64).max(1.0)
    }

    /// The part of all workers' time that was work.
    pub fn utilisation(&self, workers: u64) -> f64 {
        let all = self.now_us as f64 * (self.given.len() as u64 * workers) as f64;
        self.at_work_us as f64 / all.max(1.0)
    }

    /// How many more requests the server with the most was sent than the mean: 1 is even.
    pub fn imbalance(&self) -> f64 {
        let all: u64 = self.given.iter().sum();
        let most = self.given.iter().copied().max().unwrap_or(0);
        if all == 0 {
            return 1.0;
        }
        most as f64 * self.given.len() as f64 / all as f64
    }

    /// The mean difference between the most and the fewest requests at a server, as requests met it.
    pub fn mean_spread(&self) -> f64 {
        self.spread.0 as f64 / (self.spread.1 as f64).max(1.0)
    }

    /// How many requests each server was sent, by number.
    pub fn given(&self) -> &[u64] {
        &self.given
    }

    /// How often a key came back, and how often it then went to another server than before.
    pub const fn keys(&self) -> (u64, u64) {
        (self.returned, self.moved)
    }

    /// The windows that have ended.
    pub const fn windows(&self) -> &SharedVec<Window> {
        &self.windows
    }
}

fn mean(sum: u128, count: u64) -> u64 {
    sum.checked_div(count.into()).unwrap_or(0) as u64
}
