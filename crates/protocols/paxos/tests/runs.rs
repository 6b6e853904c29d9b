//! Seeded runs in the simulator, with faults: the promises hold after every step, and once the faults cease, everything that
//! eventually comes true does so within a bound.

mod storm;

use paxos::{Decree, Multi};
use protocol::{Name, NodeId, Picture, Protocol, Verdict};
use sim::Action;
use storm::{Config, SECOND, Storm, UNRELIABLE};

fn check<P: Protocol>(seed: u64, configs: &[Config<'_>]) {
    let mut storm = Storm::new::<P>(seed, sim::SOUND, configs);
    let broken = storm.rage(60, 200_000);
    assert!(!broken, "seed {seed}: {:?}", storm.broken());
    storm.calm::<P>(20 * SECOND);
}

#[test]
fn one_value_is_chosen_whatever_happens() {
    for seed in 0..100 {
        let busy: Config<'_> = &[
            ("clients", "3"),
            ("proposers", "3"),
            ("request_gap_us", "20000"),
        ];
        check::<Decree>(seed, &[busy, UNRELIABLE]);
    }
}

#[test]
fn one_value_is_chosen_in_every_arrangement() {
    let arrangements: [Config<'_>; 6] = [
        &[("roles", "combined"), ("servers", "5")],
        &[
            ("roles", "combined"),
            ("servers", "2"),
            ("learning", "proposer"),
        ],
        &[
            ("roles", "combined"),
            ("servers", "4"),
            ("learning", "distinguished"),
        ],
        &[("learning", "distinguished"), ("acceptors", "4")],
        &[("learning", "proposer"), ("acceptors", "5")],
        &[("roles", "combined"), ("servers", "1")],
    ];
    for (number, arrangement) in arrangements.into_iter().enumerate() {
        for seed in 0..8 {
            let seed = seed + 100 * number as u64;
            check::<Decree>(
                seed,
                &[arrangement, &[("request_gap_us", "20000")], UNRELIABLE],
            );
        }
    }
}

#[test]
fn the_log_survives_an_unreliable_network_and_crashes() {
    for seed in 0..50 {
        let busy: Config<'_> = &[
            ("clients", "3"),
            ("request_gap_us", "30000"),
            ("compaction", "20"),
            ("retained", "5"),
        ];
        check::<Multi>(seed, &[busy, UNRELIABLE]);
    }
}

#[test]
fn the_log_survives_in_clusters_of_other_sizes_with_odd_settings() {
    let odd: [Config<'_>; 4] = [
        &[("servers", "1"), ("save_us", "2000")],
        &[("servers", "2"), ("compaction", "0")],
        &[
            ("servers", "4"),
            ("window", "1"),
            ("entries_per_accept_max", "1"),
        ],
        &[
            ("servers", "7"),
            ("compaction", "1"),
            ("retained", "0"),
            ("drift_ppm_max", "200000"),
        ],
    ];
    for (number, config) in odd.into_iter().enumerate() {
        for seed in 0..4 {
            let seed = 1_000 + seed + 100 * number as u64;
            check::<Multi>(seed, &[&[("request_gap_us", "20000")], UNRELIABLE, config]);
        }
    }
}

/// Logs end up the same, and there is progress in spite of the network.
#[test]
fn servers_agree_in_the_end() {
    let busy: Config<'_> = &[
        ("clients", "4"),
        ("request_gap_us", "10000"),
        ("compaction", "0"),
    ];
    for seed in 0..4 {
        let mut storm = Storm::new::<Multi>(seed, sim::SOUND, &[busy, UNRELIABLE]);
        assert!(!storm.pass(8 * SECOND));
        storm.heal();
        for client in storm.servers..storm.servers + 4 {
            let node = NodeId(client);
            storm.act(&Action::Crash {
                node,
                keep: 0,
                torn: false,
            });
        }
        assert!(!storm.pass(2 * SECOND));
        let frame = storm.sim.frame();
        let logs: Vec<_> = (0..usize::from(storm.servers))
            .map(|server| {
                let pictures = &frame.nodes[server].view.pictures;
                let log = pictures.iter().find_map(|picture| match picture {
                    Picture::Log {
                        cells,
                        committed,
                        first,
                        ..
                    } => Some((
                        *first,
                        *committed,
                        cells
                            .iter()
                            .map(|cell| cell.label.clone())
                            .collect::<Vec<_>>(),
                    )),
                    _ => None,
                });
                log.expect("a server shows its log")
            })
            .collect();
        assert!(logs[0].1 > 30, "progress: {}", logs[0].1);
        assert!(logs.iter().all(|log| *log == logs[0]), "{logs:?}");
    }
}

/// The broken variants are caught by chance as well, each within so many seeds, and by the property that they claim to break.
#[test]
fn storms_catch_broken_variants() {
    fn caught<P: Protocol>(variant: &str, seeds: u64, configs: &[Config<'_>]) {
        let known = P::VARIANTS.iter().find(|known| known.id == variant);
        let breaks = known.and_then(|known| known.breaks).expect("a breach");
        let found = (0..seeds).any(|seed| {
            let mut storm = Storm::new::<P>(seed, variant, configs);
            storm.rage(60, 100_000);
            let statuses = storm.sim.properties();
            statuses.iter().any(|status| {
                status.property == breaks && matches!(status.verdict, Verdict::Violated(_))
            })
        });
        assert!(found, "{variant} breaks {breaks} within {seeds} seeds");
    }
    let duel: Config<'_> = &[
        ("clients", "3"),
        ("proposers", "3"),
        ("request_gap_us", "5000"),
    ];
    for variant in [
        "promise-forgotten",
        "promise-ignored",
        "ignores-accepted",
        "half-quorum",
        "learns-first",
    ] {
        caught::<Decree>(variant, 200, &[duel, UNRELIABLE]);
    }
    let busy: Config<'_> = &[("clients", "4"), ("request_gap_us", "5000")];
    for variant in ["vote-forgotten", "ignores-accepted", "half-quorum"] {
        caught::<Multi>(variant, 100, &[busy, UNRELIABLE]);
    }
}

#[test]
fn the_same_run_twice_is_the_same() {
    fn digest<P: Protocol>(seed: u64) -> (Name, u64) {
        let mut storm = Storm::new::<P>(seed, sim::SOUND, &[UNRELIABLE]);
        storm.rage(30, 100_000);
        (storm.sim.digest(), storm.sim.step())
    }
    for seed in 0..3 {
        assert_eq!(digest::<Decree>(seed), digest::<Decree>(seed));
        assert_eq!(digest::<Multi>(seed), digest::<Multi>(seed));
        assert_ne!(digest::<Multi>(seed), digest::<Multi>(seed + 1));
    }
}
