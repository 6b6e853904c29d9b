//! Schedules a second, in paired rounds: in each one every searcher tries as many, natively and in wasm.

use crate::figures::{Table, Target, median};
use crate::node::Node;
use bench::schedules::{Load, Searcher};
use std::hint::black_box;
use std::time::Instant;

/// Schedules that a searcher tries in a round.
const SCHEDULES: u32 = 200;

/// Where it is measured.
const PLACES: [&str; 2] = ["native", "wasm"];

/// Schedules a second.
pub(crate) fn measure(rounds: usize, node: &mut Node, table: &mut Table) -> Result<(), String> {
    // By place, then by searcher.
    let mut rates: [[Vec<f64>; Searcher::ALL.len()]; PLACES.len()] = Default::default();
    let mut events = [0; Searcher::ALL.len()];
    // The first round warms up.
    for round in 0..=rounds {
        for turn in 0..Searcher::ALL.len() {
            // Everyone comes first at times.
            let who = (turn + round) % Searcher::ALL.len();
            let first = round as u32 * SCHEDULES;
            let begin = Instant::now();
            let seeds = u64::from(first)..u64::from(first + SCHEDULES);
            let had = black_box(Searcher::ALL[who].search(seeds));
            let native = begin.elapsed().as_secs_f64();
            let reply = node.call("schedules", &[who as u32, first, SCHEDULES])?;
            if round > 0 {
                events[who] += had;
                let seconds = [native, reply.ms / 1e3];
                for (place, seconds) in seconds.into_iter().enumerate() {
                    rates[place][who].push(f64::from(SCHEDULES) / seconds);
                }
            }
        }
    }
    let schedules = f64::from(SCHEDULES) * rounds as f64;
    let nth = |who: Searcher| {
        let place = Searcher::ALL.iter().position(|other| *other == who);
        place.expect("one of all")
    };
    for (place, of_place) in PLACES.into_iter().zip(&rates) {
        let rate = |who: Searcher| median(&mut of_place[nth(who)].clone());
        let say = |who: Searcher| {
            let each = events[nth(who)] as f64 / schedules;
            format!("{:.0} schedules/s at {each:.0} events each", rate(who))
        };
        let contests = [
            (
                "Raft tried under the same",
                Target::AtLeast(0.5),
                Searcher::Trial(Load::Light),
                Load::Light,
            ),
            (
                "Raft tried under a heavy load",
                Target::AtLeast(0.5),
                Searcher::Trial(Load::Heavy),
                Load::Heavy,
            ),
            (
                "swarm search of Raft, liveness too",
                Target::Told,
                Searcher::Swarm,
                Load::Heavy,
            ),
        ];
        for load in [Load::Light, Load::Heavy] {
            let yardstick = Searcher::Handwritten(load);
            table.add(
                format!("hand-written loop under faults, {load:?} load, {place}"),
                Target::Told,
                (rate(yardstick), "/s"),
                say(yardstick),
            );
        }
        for (name, target, who, load) in contests {
            let pairs = of_place[nth(who)].iter();
            let mut ratios: Vec<f64> = pairs
                .zip(&of_place[nth(Searcher::Handwritten(load))])
                .map(|(mine, yardstick)| mine / yardstick)
                .collect();
            table.add(
                format!("{name} / hand-written, {place}"),
                target,
                (median(&mut ratios), "x"),
                say(who),
            );
        }
    }
    Ok(())
}
