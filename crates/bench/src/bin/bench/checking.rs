//! The checker beside a short exact search that knows one object only, in paired rounds, on histories of a real store.
//! Natively that search takes a fifth of the time of Porcupine, which is what people use.

use crate::figures::{Table, Target, median};
use crate::node::Node;
use bench::histories::{Judge, histories};
use std::hint::black_box;
use std::time::Instant;

/// How long the histories take, natively and in wasm.
pub(crate) fn measure(rounds: usize, node: &mut Node, table: &mut Table) -> Result<(), String> {
    let histories = histories();
    node.call("unpack", &[])?;
    // Milliseconds of the checker and how many times as long the yardstick took; natively, in wasm.
    let mut samples: [[Vec<f64>; 2]; 2] = Default::default();
    for round in 0..=rounds {
        let mut ms = [[0.0; Judge::ALL.len()]; 2];
        for turn in 0..Judge::ALL.len() {
            let place = (turn + round) % Judge::ALL.len();
            let judge = Judge::ALL[place];
            let begin = Instant::now();
            for (_, history) in &histories {
                black_box(judge.judges(history));
            }
            ms[0][place] = begin.elapsed().as_secs_f64() * 1e3;
            ms[1][place] = node.call("judge", &[place as u32])?.ms;
        }
        if round > 0 {
            for (samples, [checker, bits]) in samples.iter_mut().zip(ms) {
                samples[0].push(checker);
                samples[1].push(bits / checker);
            }
        }
    }
    for (place, [mut ms, mut ratio]) in ["native", "wasm"].into_iter().zip(samples) {
        table.add(
            format!("yardstick of bits / checker, time, {place}"),
            Target::AtLeast(1.0),
            (median(&mut ratio), "x"),
            format!(
                "{:.2} ms for {} histories of etcd",
                median(&mut ms),
                histories.len()
            ),
        );
    }
    Ok(())
}
