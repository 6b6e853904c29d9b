//! The parameters of the balancers, of the servers behind them, and of the clients in front.

use crate::policy::Policy;
use protocol::{NodeId, Phrase};

/// The most servers that there can be: a set of them is one word.
pub const SERVERS_MAX: u64 = 50;

/// The sizes of Maglev's table: primes (Eisenbud 2016, §3.4).
pub const MAGLEV_SIZES: [u64; 4] = [251, 1021, 5003, 65_537];

protocol::config! {
    /// The parameters of load balancing.
    pub struct LoadBalancingConfig {
        /// How many clients there are at the beginning.
        clients: Int(0..=100) = 3, Count, fixed;
        /// How many balancers there are; each knows only what it sees itself. Clients take turns among them.
        balancers: Int(1..=5) = 1, Count, fixed;
        /// How many servers there are.
        servers: Int(1..=50) = 4, Count, fixed;
        /// Who gets a request.
        policy: Choice["round-robin", "weighted-round-robin", "random", "least-connections", "power-of-d", "join-idle-queue",
            "peak-ewma", "consistent-hash", "jump-hash", "maglev", "central-queue"] = "round-robin", Count, live;
        /// How many servers `power-of-d` and `peak-ewma` draw and compare (Mitzenmacher 2001).
        choices: Int(1..=10) = 2, Count, live;
        /// Whether a server may be drawn twice for one request, as in Mitzenmacher's model; balancers of today draw different ones.
        redraws: Switch() = false, Count, live;
        /// What `least-connections` and `power-of-d` compare: the balancer's own open requests, or the load that servers
        /// reported last, with what the balancer sent since.
        load_view: Choice["own", "reported"] = "own", Count, live;
        /// How often a server reports its load to every balancer; 0: only with its answers.
        report_us: Int(0..=60_000_000) = 0, Us, live;
        /// How much of the work each server is given by policies that weigh, as numbers from 1 to 100 for S1, S2 and so on,
        /// over again when there are more servers.
        weights: Text(200) = "1", Count, fixed;
        /// How fast the servers are, in percent from 1 to 1000 for S1, S2 and so on, over again when there are more servers.
        speeds: Text(250) = "100", Count, fixed;
        /// How many requests a server works on at a time.
        workers: Int(1..=64) = 1, Count, fixed;
        /// How many requests may wait at a server before it rejects; 0: without bound.
        queue_limit: Int(0..=10_000) = 20, Count, live;
        /// The number of a server that is slow for now; 0: none.
        slow_server: Int(0..=50) = 0, Count, live;
        /// How fast the slow server is, in thousandths of its speed. It counts for requests whose work begins from now on.
        slow_permille: Int(10..=1000) = 200, Permille, live;
        /// The number of a server that fails; 0: none.
        failing_server: Int(0..=50) = 0, Count, live;
        /// How many in a thousand of its requests the failing server answers with an error, at once.
        failing_permille: Int(0..=1000) = 700, Permille, live;
        /// What the pause between a client's requests counts from: the last request (open) or the last answer (closed); or
        /// nothing is asked unless somebody asks.
        arrivals: Choice["open", "closed", "never"] = "open", Count, fixed;
        /// How pauses are spread round their mean.
        gap: Choice["exponential", "constant"] = "exponential", Count, fixed;
        /// The mean pause between a client's requests.
        gap_us: Int(100..=3_600_000_000) = 100_000, Us, live;
        /// How demands are spread round their mean; `heavy-tailed` is log-normal with a standard deviation of the logarithm of 1.5.
        demand: Choice["exponential", "constant", "heavy-tailed"] = "exponential", Count, fixed;
        /// The mean demand: how long a server of speed 100 works on a request.
        demand_us: Int(100..=60_000_000) = 80_000, Us, live;
        /// Over how many keys the requests spread; hashing policies send equal keys to the same server.
        keys: Int(1..=10_000) = 100, Count, fixed;
        /// How many requests in a thousand are for the same one key.
        hot_permille: Int(0..=1000) = 0, Permille, live;
        /// How long a client waits for an answer before it gives up; 0: for ever.
        client_timeout_us: Int(0..=600_000_000) = 4_000_000, Us, live;
        /// How long a balancer waits for a server before it counts a failure and may try another; 0: for ever.
        attempt_timeout_us: Int(0..=600_000_000) = 1_500_000, Us, live;
        /// How often a request may be tried again at another server.
        retries_max: Int(0..=10) = 2, Count, live;
        /// How many retries each thousand of requests pay for (Google SRE 2016, chapter 21; Finagle's retry budget).
        retry_budget_permille: Int(0..=1000) = 200, Permille, live;
        /// How many retries can be saved up; a balancer starts with so many.
        retry_burst: Int(0..=1000) = 10, Count, live;
        /// How often each balancer asks each server whether it is well; 0: never.
        probe_us: Int(0..=60_000_000) = 500_000, Us, fixed;
        /// How long a probe may take; below `probe_us`.
        probe_timeout_us: Int(1_000..=30_000_000) = 200_000, Us, fixed;
        /// After how many failed probes in a row a server counts as down.
        probe_down: Int(1..=10) = 3, Count, fixed;
        /// After how many good probes in a row it counts as up again.
        probe_up: Int(1..=10) = 2, Count, fixed;
        /// After how many failures in a row a server is ejected: passive health checking; 0: never.
        passive_failures: Int(0..=100) = 5, Count, live;
        /// How often success rates are compared, to eject outliers; 0: never.
        outlier_us: Int(0..=600_000_000) = 2_000_000, Us, live;
        /// How many requests a server must have had in between for its success rate to count.
        outlier_volume: Int(1..=1000) = 5, Count, live;
        /// How many standard deviations, in thousandths, a success rate may lie below the mean. Among n servers, none can lie
        /// more than (n - 1) / √n below.
        outlier_deviations_permille: Int(100..=5000) = 1200, Permille, live;
        /// How long a first ejection lasts; the n-th lasts n times as long, up to ten times.
        eject_us: Int(1_000..=600_000_000) = 3_000_000, Us, live;
        /// How many of the servers may be ejected at a time, in percent; one always may.
        eject_percent_max: Int(0..=100) = 50, Count, live;
        /// Below how many percent of servers in service a balancer trusts its health checks no more and uses all: the panic
        /// threshold; 0: never.
        panic_percent: Int(0..=100) = 50, Count, live;
        /// Over how long the share of a server that comes back grows from a tenth to the whole; 0: at once.
        slow_start_us: Int(0..=600_000_000) = 2_000_000, Us, live;
        /// How fast a latency is forgotten by `peak-ewma`: it fades to 1/e in so long.
        ewma_decay_us: Int(1_000..=600_000_000) = 2_000_000, Us, live;
        /// How far above the average `consistent-hash` may load a server, in percent of the average (Mirrokni 2018).
        bound_percent: Int(101..=1000) = 125, Count, live;
        /// How many points each server has on the ring of `consistent-hash`.
        virtual_nodes: Int(1..=1000) = 16, Count, fixed;
        /// How many entries `maglev`'s table has: a prime.
        maglev_size: Choice["251", "1021", "5003", "65537"] = "251", Count, fixed;
    }
}

impl LoadBalancingConfig {
    /// The policy.
    pub fn policy(&self) -> Policy {
        Policy::of(self.policy)
    }

    /// How many entries Maglev's table has.
    pub fn maglev_size(&self) -> u64 {
        self.maglev_size.parse().unwrap_or(MAGLEV_SIZES[0])
    }

    /// The node that is server number `number`, from 0.
    #[inline]
    pub const fn server(&self, number: u16) -> NodeId {
        NodeId((self.clients + self.balancers) as u16 + number)
    }

    /// The number of a server, from 0.
    #[inline]
    pub const fn server_number(&self, node: NodeId) -> Option<u16> {
        let first = (self.clients + self.balancers) as u16;
        if node.0 >= first && (node.0 as u64) < self.nodes() {
            Some(node.0 - first)
        } else {
            None
        }
    }

    /// The node that is balancer number `number`, from 0.
    #[inline]
    pub const fn balancer(&self, number: u16) -> NodeId {
        NodeId(self.clients as u16 + number)
    }

    /// The number of a balancer, from 0.
    #[inline]
    pub const fn balancer_number(&self, node: NodeId) -> Option<u16> {
        let first = self.clients as u16;
        if node.0 >= first && (node.0 as u64) < self.clients + self.balancers {
            Some(node.0 - first)
        } else {
            None
        }
    }

    /// Whether a node is a client: one of the first, or one that joined later.
    #[inline]
    pub const fn is_client(&self, node: NodeId) -> bool {
        (node.0 as u64) < self.clients || node.0 as u64 >= self.nodes()
    }

    /// How many nodes there are at the beginning.
    #[inline]
    pub const fn nodes(&self) -> u64 {
        self.clients + self.balancers + self.servers
    }

    /// The weight of server number `number`.
    pub fn weight(&self, number: u16) -> u64 {
        nth(&self.weights, number)
    }

    /// The speed of server number `number` in thousandths of the usual one, slowed down if it is the slow server.
    pub fn speed_permille(&self, number: u16) -> u64 {
        let speed = nth(&self.speeds, number) * 10;
        if self.slow_server == u64::from(number) + 1 {
            (speed * self.slow_permille / 1000).max(1)
        } else {
            speed
        }
    }

    /// How many servers may be ejected at a time.
    pub const fn ejected_max(&self) -> u32 {
        let share = self.servers * self.eject_percent_max / 100;
        if share == 0 { 1 } else { share as u32 }
    }

    /// The longest that a server can be down before a balancer that is up knows: as many probes as it takes, the longest pause
    /// between them, and the last one's time to fail.
    pub const fn detection_us(&self) -> u64 {
        self.probe_us * 11 / 10 * self.probe_down + self.probe_timeout_us
    }

    /// Whether the values fit each other.
    pub(crate) fn validate(&self) -> Result<(), Phrase> {
        numbers("weights", &self.weights, 100)?;
        numbers("speeds", &self.speeds, 1000)?;
        if self.probe_us > 0 && self.probe_timeout_us >= self.probe_us {
            return Err(Phrase::new("error.probe-timeout")
                .us("timeout", self.probe_timeout_us)
                .us("every", self.probe_us));
        }
        for (key, number) in [
            ("slow_server", self.slow_server),
            ("failing_server", self.failing_server),
        ] {
            if number > self.servers {
                return Err(Phrase::new("error.no-server")
                    .text("key", key)
                    .int("number", number)
                    .int("servers", self.servers));
            }
        }
        Ok(())
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', '\n', '\t'])
        .filter(|part| !part.is_empty())
}

/// The number for the `number`-th server (from 0) in a list that starts over.
fn nth(text: &str, number: u16) -> u64 {
    let count = parts(text).count().max(1);
    parts(text)
        .nth(usize::from(number) % count)
        .and_then(|part| part.parse().ok())
        .unwrap_or(1)
}

/// Whether every part of a list is a number from 1 to `max`.
fn numbers(key: &'static str, text: &str, max: u64) -> Result<(), Phrase> {
    let bad = |part: &str| {
        Phrase::new("error.numbers")
            .text("key", key)
            .text("given", protocol::beginning(part, 20))
            .int("max", max)
    };
    if parts(text).next().is_none() {
        return Err(bad(text));
    }
    match parts(text).find(|part| !part.parse().is_ok_and(|n: u64| (1..=max).contains(&n))) {
        Some(part) => Err(bad(part)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Config;

    #[test]
    fn the_defaults_fit_each_other() {
        let config = LoadBalancingConfig::default();
        assert_eq!(config.validate(), Ok(()));
        // The load that the page opens with: neither idle nor drowning.
        let load = config.clients as f64 * config.demand_us as f64
            / (config.gap_us as f64 * config.servers as f64);
        assert!((0.5..0.75).contains(&load), "{load}");
    }

    #[test]
    fn lists_start_over() {
        let config = LoadBalancingConfig {
            weights: "5 1,1".into(),
            speeds: "100, 50".into(),
            slow_server: 2,
            ..LoadBalancingConfig::default()
        };
        let weights: Vec<u64> = (0..4).map(|number| config.weight(number)).collect();
        assert_eq!(weights, [5, 1, 1, 5]);
        let speeds: Vec<u64> = (0..4).map(|number| config.speed_permille(number)).collect();
        assert_eq!(speeds, [1000, 100, 1000, 500]);
    }

    #[test]
    fn nodes_are_numbered_clients_first() {
        let config = LoadBalancingConfig::default();
        assert!(config.is_client(NodeId(2)) && !config.is_client(NodeId(3)));
        assert_eq!(config.balancer_number(NodeId(3)), Some(0));
        assert_eq!(config.server_number(NodeId(4)), Some(0));
        assert_eq!(config.server(3), NodeId(7));
        assert_eq!(config.server_number(NodeId(8)), None);
        assert!(config.is_client(NodeId(8)), "who joins is a client");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let with = |changes: &[(&str, &str)]| {
            let mut config = LoadBalancingConfig::default();
            for (key, text) in changes {
                config.set(key, text).unwrap();
            }
            config.validate().unwrap_err()
        };
        assert_eq!(
            with(&[("weights", "1 zero")]),
            Phrase::new("error.numbers")
                .text("key", "weights")
                .text("given", "zero")
                .int("max", 100)
        );
        assert_eq!(with(&[("speeds", " ")]).key, "error.numbers");
        assert_eq!(with(&[("speeds", "1001")]).key, "error.numbers");
        assert_eq!(with(&[("probe_us", "100000")]).key, "error.probe-timeout");
        assert_eq!(with(&[("slow_server", "5")]).key, "error.no-server");
        assert_eq!(with(&[("failing_server", "9")]).key, "error.no-server");
    }
}
