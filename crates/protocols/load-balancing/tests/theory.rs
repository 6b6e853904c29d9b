//! Ground truth: what queueing theory says of the simplest policies, and what an independent simulation found for the others.
//!
//! A mean is compared within four of its own standard errors, which come from the means of batches that are long beside the time
//! in which a queue forgets; beside that, only what the other side's own error adds. The data and their sources stand in
//! `data/expected.tsv` and `data/lb_policies.tsv`.

mod support;

use load_balancing::{Node, Tally};
use sim::measure::{Bare, Recording};
use support::run;

/// The mean demand. Response times are compared in units of it.
const DEMAND_US: f64 = 1_000_000.0;

const BATCHES: usize = 40;

/// A mean and its standard error.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    mean: f64,
    error: f64,
}

impl Estimate {
    fn of(batches: &[f64]) -> Self {
        let count = batches.len() as f64;
        let mean = batches.iter().sum::<f64>() / count;
        let square = |batch: &f64| (batch - mean) * (batch - mean);
        let variance = batches.iter().map(square).sum::<f64>() / (count - 1.0);
        Self {
            mean,
            error: (variance / count).sqrt(),
        }
    }

    /// Whether `theory` lies within four standard errors, with `more` for its own uncertainty.
    fn agrees(self, theory: f64, more: f64, what: &str) {
        assert!(
            self.error < 0.06 * theory,
            "{what}: too short a run to say anything: {self:?}"
        );
        assert!(
            (self.mean - theory).abs() < 4.0 * self.error + more,
            "{what}: {self:?}, theory {theory}"
        );
    }
}

/// A long run of `servers` servers at this load.
struct Long {
    bare: Bare<Node>,
    response: Estimate,
    in_system: Estimate,
}

/// Plays about `jobs` requests at utilisation `load`, without network delay, time limits, checks or retries: nothing but the
/// policy and the queues. Response times and numbers in the system by batches, the first of which is not counted.
fn long(policy: &str, servers: u64, load: f64, jobs: u64, more: &[(&str, &str)]) -> Long {
    let gap_us = (DEMAND_US / (load * servers as f64)).round();
    let (servers, gap_us) = (servers.to_string(), gap_us.to_string());
    let demand_us = DEMAND_US.to_string();
    let mut config = vec![
        ("latency_min_us", "0"),
        ("latency_max_us", "0"),
        ("clients", "1"),
        ("servers", &servers),
        ("policy", policy),
        ("gap_us", &gap_us),
        ("demand_us", &demand_us),
        ("queue_limit", "0"),
        ("client_timeout_us", "0"),
        ("attempt_timeout_us", "0"),
        ("probe_us", "0"),
        ("outlier_us", "0"),
    ];
    config.extend(more);
    let mut bare: Bare<Node> = Bare::open(&run(1, &config)).expect("a run");
    let (mut responses, mut numbers) = (Vec::new(), Vec::new());
    let batch = jobs / BATCHES as u64;
    for place in 0..=BATCHES {
        let sums = |tally: &Tally| {
            let answered = tally.answered() as f64;
            let now = tally.now_us() as f64;
            (
                answered,
                tally.took_us() as f64,
                now,
                tally.mean_in_system() * now,
            )
        };
        let before = sums(bare.tally());
        let end = bare.tally().answered() + batch;
        while bare.tally().answered() < end {
            bare.advance(256, Recording::Nothing, false);
        }
        let after = sums(bare.tally());
        if place > 0 {
            responses.push((after.1 - before.1) / (after.0 - before.0) / DEMAND_US);
            numbers.push((after.3 - before.3) / (after.2 - before.2));
        }
    }
    Long {
        bare,
        response: Estimate::of(&responses),
        in_system: Estimate::of(&numbers),
    }
}

/// The value of the table of theory in this row.
fn expected(case: &str, metric: &str) -> f64 {
    let table = include_str!("data/expected.tsv");
    let row = table
        .lines()
        .map(|line| line.split('\t'))
        .find_map(|mut row| {
            let (of, what, value) = (row.next()?, row.next()?, row.next()?);
            (of == case && what.starts_with(metric)).then(|| value.parse().ok())?
        });
    row.unwrap_or_else(|| panic!("no row {case}, {metric}"))
}

/// The row of the table of policies: the mean that another simulation found, its spread over three seeds, and theory if there
/// is any.
fn found_elsewhere(servers: &str, load: &str, policy: &str) -> (f64, f64, Option<f64>) {
    let table = include_str!("data/lb_policies.tsv");
    let row = table
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let row = row
        .clone()
        .find(|row| row[..3] == [servers, load, policy])
        .expect("a row of that policy");
    let number = |text: &str| text.parse().ok();
    (
        number(row[3]).expect("a mean"),
        number(row[4]).expect("a spread"),
        number(row[5]),
    )
}

#[test]
fn m_m_1() {
    for (load, name, jobs) in [
        (0.5, "0.5", 200_000),
        (0.7, "0.7", 200_000),
        (0.8, "0.8", 400_000),
        (0.9, "0.9", 1_000_000),
    ] {
        let case = format!("M/M/1 rho={name}");
        let long = long("round-robin", 1, load, jobs, &[]);
        let tally = long.bare.tally();
        long.response
            .agrees(expected(&case, "mean response"), 0.0, &case);
        long.in_system
            .agrees(expected(&case, "mean number"), 0.0, &case);
        assert!((tally.utilisation(1) - load).abs() < 0.02, "{case}");
        // The quantile of an exponential response: as uncertain as its mean, and one percent for the histogram.
        let p99 = tally.quantile_us(990) as f64 / DEMAND_US;
        let theory = expected(&case, "p99");
        let share = 4.0 * long.response.error / long.response.mean + 0.01;
        assert!(
            (p99 / theory - 1.0).abs() < 2.0 * share,
            "{case}: {p99} {theory}"
        );
    }
}

#[test]
fn m_d_1() {
    for (load, name, jobs) in [
        (0.5, "0.5", 100_000),
        (0.7, "0.7", 100_000),
        (0.8, "0.8", 100_000),
        (0.9, "0.9", 1_000_000),
    ] {
        let case = format!("M/D/1 rho={name}");
        let long = long("round-robin", 1, load, jobs, &[("demand", "constant")]);
        long.response
            .agrees(expected(&case, "mean response"), 0.0, &case);
    }
}

/// Pollaczek and Khinchine: T = 1 + ρ (1 + C²) / (2 (1 - ρ)), with C² = exp(1.5²) - 1 for heavy tails.
#[test]
fn m_g_1_with_heavy_tails() {
    let load = 0.5;
    let one_and_squared = libm::exp(1.5 * 1.5);
    let theory = 1.0 + load * one_and_squared / (2.0 * (1.0 - load));
    let long = long(
        "round-robin",
        1,
        load,
        400_000,
        &[("demand", "heavy-tailed")],
    );
    long.response.agrees(theory, 0.0, "M/G/1");
}

#[test]
fn m_m_c() {
    for (servers, load, name, jobs) in [
        (2, 0.7, "c=2 rho=0.7", 150_000),
        (4, 0.7, "c=4 rho=0.7", 150_000),
        (10, 0.7, "c=10 rho=0.7", 150_000),
        (4, 0.9, "c=4 rho=0.9", 1_000_000),
        (10, 0.9, "c=10 rho=0.9", 1_000_000),
    ] {
        let case = format!("M/M/c central queue {name}");
        let long = long("central-queue", servers, load, jobs, &[]);
        long.response
            .agrees(expected(&case, "mean response"), 0.0, &case);
    }
    // One server with four workers is the same queue.
    let case = "M/M/c central queue c=4 rho=0.7";
    let workers = [("workers", "4"), ("gap_us", "357143")];
    let long = long("round-robin", 1, 0.7, 150_000, &workers);
    long.response.agrees(
        expected(case, "mean response"),
        0.0,
        "one server, four workers",
    );
}

#[test]
fn chance_makes_every_server_an_m_m_1() {
    let (_, _, theory) = found_elsewhere("4", "0.7", "random");
    let long = long("random", 4, 0.7, 250_000, &[]);
    long.response
        .agrees(theory.expect("M/M/1"), 0.0, "random, 4 servers");
}

#[test]
fn round_robin_is_gi_m_1_with_erlang_arrivals() {
    for (servers, load, name, jobs) in [
        (4u64, 0.7, "0.7", 250_000),
        (10, 0.7, "0.7", 250_000),
        (4, 0.9, "0.9", 1_000_000),
        (10, 0.9, "0.9", 1_000_000),
    ] {
        let (_, _, theory) = found_elsewhere(&servers.to_string(), name, "rr");
        let long = long("round-robin", servers, load, jobs, &[]);
        long.response
            .agrees(theory.expect("GI/M/1"), 0.0, "round robin");
    }
}

#[test]
fn two_choices_and_shortest_queue_are_as_another_simulation_found_them() {
    for (load, name) in [(0.7, "0.7"), (0.9, "0.9")] {
        for servers in ["4", "10"] {
            for (policy, row) in [("power-of-d", "sq2"), ("least-connections", "jsq")] {
                let (mean, spread, _) = found_elsewhere(servers, name, row);
                // The model draws with replacement.
                let more = [("redraws", "true")];
                let long = long(policy, servers.parse().unwrap(), load, 400_000, &more);
                // The other mean has an error of its own: three seeds that lie so far apart.
                let what = format!("{policy}, {servers} servers, load {name}");
                long.response.agrees(mean, spread, &what);
            }
        }
    }
}

/// Mitzenmacher 2001: with many servers, two choices come near to the limit of the supermarket model, from above.
#[test]
fn two_choices_among_fifty_come_near_the_limit() {
    let theory = expected("SQ(d) supermarket n->inf lambda=0.7 d=2", "mean time");
    let long = long("power-of-d", 50, 0.7, 150_000, &[]);
    long.response.agrees(theory, 0.03 * theory, "fifty servers");
}

/// The order of the policies, at the same arrivals: nothing beats one queue for all.
#[test]
fn policies_rank_as_theory_ranks_them() {
    let response = |policy| long(policy, 10, 0.8, 60_000, &[]).response.mean;
    let [central, idle, least, two, turns, chance] = [
        "central-queue",
        "join-idle-queue",
        "least-connections",
        "power-of-d",
        "round-robin",
        "random",
    ]
    .map(response);
    assert!(central < least && least < two && two < turns && turns < chance);
    // Join-idle-queue is near the shortest queue at this load (Lu 2011, figure 5).
    assert!(idle < two && central < idle, "{central} {idle} {two}");
}
