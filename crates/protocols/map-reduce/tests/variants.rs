//! Every broken variant is caught by the property that it breaks, in a schedule in which the sound protocol keeps it.

mod bench;

use bench::{Bench, open, w};
use map_reduce::Node;
use protocol::Protocol;

const SECOND: u64 = 1_000_000;

/// Plays `story` with the variant and with the sound protocol: the first breaks its property, the second nothing, and is done.
fn check(variant: &str, config: &[(&str, &str)], story: impl Fn(&mut Bench)) {
    let mut variants = Node::VARIANTS.iter();
    let spec = variants
        .find(|spec| spec.id == variant)
        .expect("there is one");
    let mut broken = open(variant, 1, config);
    story(&mut broken);
    broken.until(20 * SECOND, |bench| !bench.violated().is_empty());
    assert!(
        broken
            .violated()
            .contains(&spec.breaks.expect("it breaks one")),
        "{variant}: {:?}, {:?}",
        broken.violated(),
        broken.told
    );
    let mut sound = open(sim::SOUND, 1, config);
    story(&mut sound);
    assert!(sound.until(20 * SECOND, |bench| bench.count("job-completed") > 0));
    assert_eq!(sound.violated(), [""; 0]);
}

#[test]
fn a_re_executed_map_is_counted_twice() {
    // W4 holds the last map back, so that the reduce tasks have read W1's output, and still wait, when W1 dies.
    let config = [
        ("slow_worker", "4"),
        ("straggler_factor", "20"),
        ("backups", "false"),
    ];
    check("counts-twice", &config, |bench| {
        bench.submit("");
        bench.until_told("map-completed", 4);
        bench.until(100_000, |_| false);
        bench.crash(w(1));
        bench.until_told("worker-failed", 1);
    });
}

#[test]
fn the_output_of_a_dead_worker_is_missed() {
    let config = [
        ("slow_worker", "4"),
        ("straggler_factor", "20"),
        ("backups", "false"),
    ];
    check("trusts-dead-output", &config, |bench| {
        bench.submit("");
        // W1 dies at once when its map task is completed: nobody has read its output.
        bench.until_told("map-completed", 1);
        bench.until(SECOND, |b| {
            b.told
                .iter()
                .any(|(key, phrase)| key == "fact.map-completed" && phrase.actors().contains(&w(1)))
        });
        bench.crash(w(1));
        bench.until_told("worker-failed", 1);
        bench.restart(w(1));
    });
}

#[test]
fn two_executions_write_into_the_same_file() {
    let config = [("partitions", "1"), ("backups", "false")];
    check("no-atomic-rename", &config, |bench| {
        bench.submit("");
        // The reduce worker dies when it has written a part of its output.
        let wrote = |bench: &Bench| {
            let frame = bench.sim.frame();
            format!("{:?}", frame.nodes[1].view).contains("state.")
        };
        assert!(bench.until(20 * SECOND, wrote));
        bench.crash(w(1));
    });
}

#[test]
fn what_is_not_sorted_is_reduced_in_parts() {
    check("no-sort", &[], |bench| bench.submit("word-count"));
    let mut bench = open("no-sort", 1, &[]);
    bench.submit("word-count");
    bench.until(20 * SECOND, |bench| bench.count("job-completed") > 0);
    assert_eq!(bench.violated(), ["equals-sequential", "in-order"]);
}

#[test]
fn a_count_of_counts_is_not_a_sum() {
    check("counts-instead-of-adding", &[], |bench| {
        bench.submit("word-count")
    });
}

/// Without a combiner the wrong reduce function is right, and no test of the sequential program would find it.
#[test]
fn counting_is_right_as_long_as_nothing_is_combined() {
    let mut bench = open("counts-instead-of-adding", 1, &[("combiner", "false")]);
    bench.submit("word-count");
    assert!(bench.until(20 * SECOND, |bench| bench.count("job-completed") > 0));
    assert_eq!(bench.violated(), [""; 0]);
}
