//! Time travel: seeking to random steps of long runs, and the memory that holds them.

use crate::figures::{Table, Target, part};
use crate::memory;
use crate::node::Node;
use bench::contender::recorded;
use protocol::{Chance, Name, Purpose};
use std::time::Instant;

const SEEKS: u64 = 400;
const MEGABYTE: f64 = 1e6;

/// Seeks natively and in wasm, in a short run and in a long one.
pub(crate) fn measure(table: &mut Table) -> Result<(), String> {
    for (steps, most_ms) in [(100_000, 16.0), (1_000_000, 50.0)] {
        let long = steps == 1_000_000;
        let (mut native, memory) = memory::high_water(|| natively(steps));
        let (mut wasm, wasm_memory) = in_wasm(steps)?;
        let target = |held: bool| {
            if held {
                Target::AtMost(most_ms)
            } else {
                Target::Told
            }
        };
        for (place, held, all) in [("native", long, &mut native), ("wasm", true, &mut wasm)] {
            let (middle, most) = (part(all, 0.5), part(all, 1.0));
            table.add(
                format!("seek in {steps} events, 99th percentile, {place}"),
                target(held),
                (part(all, 0.99), "ms"),
                format!("median {middle:.2} ms, worst {most:.2} ms"),
            );
        }
        let target = if long {
            Target::AtMost(200.0)
        } else {
            Target::Told
        };
        for (place, bytes, how) in [
            ("native", memory, "high water of the allocator"),
            ("wasm", wasm_memory, "size of the module's memory"),
        ] {
            table.add(
                format!("memory of a run of {steps} events, {place}"),
                target,
                (bytes as f64 / MEGABYTE, "MB"),
                how,
            );
        }
    }
    Ok(())
}

/// The `nth` step to go to.
fn step(nth: u64, steps: u64) -> u64 {
    Chance::new(steps, Name(nth)).below(Purpose::new("seek"), steps + 1)
}

fn natively(steps: u64) -> Vec<f64> {
    let mut cluster = recorded(steps);
    (0..SEEKS)
        .map(|nth| {
            let begin = Instant::now();
            cluster.seek(step(nth, steps)).expect("a step of the run");
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect()
}

fn in_wasm(steps: u64) -> Result<(Vec<f64>, u64), String> {
    let mut node = Node::start()?;
    let mut memory = node.call("record", &[steps as u32])?.memory;
    let mut all = Vec::new();
    for nth in 0..SEEKS {
        let reply = node.call("seek", &[step(nth, steps) as u32])?;
        memory = memory.max(reply.memory);
        all.push(reply.ms);
    }
    Ok((all, memory))
}
