//! The law: for any text, any division and any schedule of faults, the output is that of a sequential run. The property
//! `equals-sequential` compares them when a job is done; here chance picks everything else.

mod bench;

use bench::open;
use map_reduce::JobKind;
use proptest::prelude::*;
use protocol::NodeId;
use sim::Action;

const SECOND: u64 = 1_000_000;

/// Something that goes wrong, some time after what came before.
#[derive(Clone, Debug)]
enum Fault {
    /// A node crashes with so many of its unsaved writes kept, and is back after a while.
    Crash { node: u16, keep: u32, down_us: u64 },
    /// A node is cut off from everyone for a while.
    Apart { node: u16, us: u64 },
    /// A node stands still for a while.
    Pause { node: u16, us: u64 },
}

fn fault(nodes: u16) -> impl Strategy<Value = Fault> {
    let while_us = 10_000..600_000u64;
    prop_oneof![
        4 => (0..nodes, 0..3u32, while_us.clone())
            .prop_map(|(node, keep, down_us)| Fault::Crash { node, keep, down_us }),
        1 => (0..nodes, while_us.clone()).prop_map(|(node, us)| Fault::Apart { node, us }),
        1 => (0..nodes, while_us).prop_map(|(node, us)| Fault::Pause { node, us }),
    ]
}

/// Lines of few words, so that words repeat; some are of the relations.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof!["[a-d]", "the", "[a-c]{2}", "[字词]{1,2}"];
    let words = prop::collection::vec(word, 0..8).prop_map(|words| words.join(" "));
    let label = prop_oneof![3 => Just(""), 1 => Just("left: "), 1 => Just("right: ")];
    let line = (label, words).prop_map(|(label, words)| format!("{label}{words}"));
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    #[test]
    fn the_output_is_that_of_a_sequential_run(
        seed in any::<u64>(),
        text in text(),
        kind in prop::sample::select(JobKind::ALL.to_vec()),
        workers in 1..6u16,
        partitions in 1..5u64,
        split_bytes in 12..80u64,
        switches in any::<[bool; 3]>(),
        loss in 0..120u64,
        save_us in prop_oneof![Just(0u64), Just(4_000)],
        faults in prop::collection::vec((1_000..200_000u64, fault(7)), 0..8),
    ) {
        let [combiner, backups, locality] = switches;
        let config = [
            ("text", text),
            ("workers", workers.to_string()),
            ("partitions", partitions.to_string()),
            ("split_bytes", split_bytes.to_string()),
            ("combiner", combiner.to_string()),
            ("backups", backups.to_string()),
            ("locality", locality.to_string()),
            ("loss_permille", loss.to_string()),
            ("duplicate_permille", loss.to_string()),
            ("save_us", save_us.to_string()),
            ("straggler_permille", "200".to_string()),
        ];
        let config: Vec<(&str, &str)> = config.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let mut bench = open(sim::SOUND, seed, &config);
        bench.submit(kind.id());
        // Master, file system and workers may fail; the client stays, for whom all is done.
        let nodes = 2 + workers;
        let id = |node: u16| NodeId(node % nodes);
        for (after_us, fault) in faults {
            bench.until(after_us, |_| false);
            match fault {
                Fault::Crash { node, keep, down_us } => {
                    let node = id(node);
                    bench.act(&Action::Crash { node, keep, torn: false });
                    bench.until(down_us, |_| false);
                    bench.restart(node);
                }
                Fault::Apart { node, us } => {
                    let node = id(node);
                    let others = (0..=nodes).map(NodeId).filter(|other| *other != node);
                    bench.act(&Action::Cut { from: vec![node], to: others.collect(), both: true });
                    bench.until(us, |_| false);
                    bench.act(&Action::Heal);
                }
                Fault::Pause { node, us } => {
                    bench.act(&Action::Pause(id(node)));
                    bench.until(us, |_| false);
                    bench.act(&Action::Resume(id(node)));
                }
            }
            prop_assert_eq!(bench.violated(), [""; 0]);
        }
        let over = |b: &bench::Bench| b.told.iter().any(|(key, _)| key.starts_with("answer."));
        prop_assert!(bench.until(60 * SECOND, over), "no answer: {:?}", bench.told);
        prop_assert_eq!(bench.violated(), [""; 0]);
        prop_assert!(bench.met().contains(&"job-completed"));
    }
}
