//! Paired rounds: in each one every contender runs once, natively and in wasm, one after the other; figures are medians of the
//! ratios within rounds, so that a slow moment of the machine hurts both sides alike.

use crate::figures::{Table, Target, median};
use crate::node::Node;
use bench::contender::Contender;
use bench::crowd::Crowd;
use bench::picture::Picture;
use std::hint::black_box;
use std::time::Instant;

/// Events a second, by contender and round.
struct Rates(Vec<[f64; Contender::ALL.len()]>);

impl Rates {
    fn median(&self, who: Contender) -> f64 {
        let mut all: Vec<f64> = self.0.iter().map(|round| round[who as usize]).collect();
        median(&mut all)
    }

    /// How fast `who` is, measured by the rate of `other` in `others`.
    fn ratio(&self, who: Contender, others: &Self, other: Contender) -> f64 {
        let pairs = self.0.iter().zip(&others.0);
        let mut ratios: Vec<f64> = pairs
            .map(|(mine, theirs)| mine[who as usize] / theirs[other as usize])
            .collect();
        median(&mut ratios)
    }
}

/// Events a second.
pub(crate) fn measure(
    rounds: usize,
    events: u32,
    node: &mut Node,
    table: &mut Table,
) -> Result<(), String> {
    let (mut native, mut wasm) = (Rates(Vec::new()), Rates(Vec::new()));
    // The first round warms up: caches, the engine's compiler.
    for round in 0..=rounds {
        let mut row = [[0.0; Contender::ALL.len()]; 2];
        for turn in 0..Contender::ALL.len() {
            // Everyone comes first at times.
            let place = (turn + round) % Contender::ALL.len();
            let seed = round as u32 + 1;
            row[0][place] = natively(Contender::ALL[place], seed, events);
            row[1][place] = in_wasm(node, place as u32, seed, events)?;
        }
        if round > 0 {
            native.0.push(row[0]);
            wasm.0.push(row[1]);
        }
    }
    tell(&native, &wasm, table);
    Ok(())
}

fn natively(who: Contender, seed: u32, events: u32) -> f64 {
    let mut runner = who.start(seed.into());
    runner.run(u64::from(events / 30));
    let begin = Instant::now();
    runner.run(events.into());
    let seconds = begin.elapsed().as_secs_f64();
    black_box(runner.digest());
    f64::from(events) / seconds
}

fn in_wasm(node: &mut Node, place: u32, seed: u32, events: u32) -> Result<f64, String> {
    node.call("start", &[place, seed])?;
    node.call("run", &[events / 30])?;
    let reply = node.call("run", &[events])?;
    Ok(f64::from(events) / reply.ms * 1e3)
}

fn tell(native: &Rates, wasm: &Rates, table: &mut Table) {
    use Contender::{Full, FullCheckpoints, Handwritten, Plain, PlainCheckpoints, Timeline};
    let millions = |rates: &Rates, who| format!("{:.2} M events/s", rates.median(who) / 1e6);
    table.add(
        "hand-written loop, native",
        Target::Told,
        (native.median(Handwritten) / 1e6, "M/s"),
        "",
    );
    table.add(
        "hand-written loop, wasm / native",
        Target::Told,
        (wasm.ratio(Handwritten, native, Handwritten), "x"),
        millions(wasm, Handwritten),
    );
    let against = |table: &mut Table, name: &str, target, who| {
        table.add(
            format!("{name} / hand-written, native"),
            target,
            (native.ratio(who, native, Handwritten), "x"),
            millions(native, who),
        );
    };
    against(table, "Raft, full causal trace", Target::AtLeast(0.5), Full);
    against(table, "Raft, nothing recorded", Target::Told, Plain);
    against(table, "Raft, as the page runs it", Target::Told, Timeline);
    let shrunk = |table: &mut Table, name: &str, target, who| {
        table.add(
            format!("{name}, wasm / native"),
            target,
            (wasm.ratio(who, native, who), "x"),
            millions(wasm, who),
        );
    };
    shrunk(
        table,
        "Raft, full causal trace",
        Target::AtLeast(0.55),
        Full,
    );
    shrunk(table, "Raft, nothing recorded", Target::Told, Plain);
    shrunk(table, "Raft, as the page runs it", Target::Told, Timeline);
    for (rates, place) in [(native, "native"), (wasm, "wasm")] {
        table.add(
            format!("checkpoints every 1,000, full trace, time, {place}"),
            Target::AtMost(1.3),
            (rates.ratio(Full, rates, FullCheckpoints), "x"),
            millions(rates, FullCheckpoints),
        );
        table.add(
            format!("checkpoints every 1,000, nothing recorded, time, {place}"),
            Target::AtMost(1.3),
            (rates.ratio(Plain, rates, PlainCheckpoints), "x"),
            millions(rates, PlainCheckpoints),
        );
    }
}

/// How many messages the picture has.
const MESSAGES: u32 = 100;
/// How many the crowd has.
const CROWD: u32 = 4_000;
/// How often a picture is made for one sample.
const PICTURES: u32 = 200;

/// The cost of a frame and of a scene.
pub(crate) fn frames(rounds: usize, node: &mut Node, table: &mut Table) -> Result<(), String> {
    let mut picture = Picture::new(MESSAGES as usize);
    node.call("picture", &[MESSAGES])?;
    let mut crowd = Crowd::new(CROWD);
    node.call("crowd", &[CROWD])?;
    let mut samples: [Vec<f64>; 6] = Default::default();
    let mut items = 0;
    let mut items_of_crowd = 0;
    for round in 0..=rounds {
        let begin = Instant::now();
        for _ in 0..PICTURES {
            black_box(picture.frame());
        }
        let frame = begin.elapsed().as_secs_f64() * 1e3;
        let begin = Instant::now();
        for nth in 0..PICTURES {
            items = black_box(picture.stage(nth));
        }
        let stage = begin.elapsed().as_secs_f64() * 1e3;
        let begin = Instant::now();
        for nth in 0..PICTURES {
            items_of_crowd = black_box(crowd.stage(nth));
        }
        let of_crowd = begin.elapsed().as_secs_f64() * 1e3;
        let times = [
            frame,
            node.call("frames", &[PICTURES])?.ms,
            stage,
            node.call("stages", &[PICTURES])?.ms,
            of_crowd,
            node.call("crowd_stages", &[PICTURES])?.ms,
        ];
        if round > 0 {
            for (all, ms) in samples.iter_mut().zip(times) {
                all.push(ms / f64::from(PICTURES));
            }
        }
    }
    let names = [
        "frame of a step, native",
        "frame of a step, wasm",
        "scene of a repaint, native",
        "scene of a repaint, wasm",
    ];
    let [one, other, three, four, crowds @ ..] = samples;
    for (name, mut all) in names.into_iter().zip([one, other, three, four]) {
        table.add(
            format!("{name}, {MESSAGES} messages"),
            Target::Told,
            (median(&mut all), "ms"),
            if name.starts_with("scene") {
                format!("{items} shapes")
            } else {
                String::new()
            },
        );
    }
    for (place, mut all) in ["native", "wasm"].into_iter().zip(crowds) {
        table.add(
            format!("scene of a repaint, {place}, 153 nodes and {CROWD} messages"),
            Target::AtMost(4.0),
            (median(&mut all), "ms"),
            format!("{items_of_crowd} shapes"),
        );
    }
    Ok(())
}
