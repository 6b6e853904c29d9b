//! Whole runs: the sound protocol keeps its promises whatever befalls it, calls come to an end, and a retry storm does or does
//! not.

mod support;

use protocol::NodeId;
use rpc::{Node, Tally};
use sim::measure::Bare;
use sim::{Action, Edit};
use support::{at, met, outage, play, run, set, violated};

const SEMANTICS: [&str; 4] = ["maybe", "at-least-once", "at-most-once", "idempotency-key"];

/// Two frontends and two backends, a network that loses, repeats and reorders, disks that take their time, everything switched
/// on that callers have, and crashes of every kind of node; some of them let a write reach the disk of which nobody hears.
fn troubles(seed: u64) -> Vec<Edit> {
    let victims = (0..6).map(|turn| NodeId(((seed + turn) % 7) as u16));
    let mut edits: Vec<Edit> = (0..)
        .zip(victims)
        .flat_map(|(turn, node)| {
            outage(
                700_000 + turn * 900_000 + seed * 7_919,
                node,
                turn as u32 % 2,
            )
        })
        .collect();
    let cut = Action::Cut {
        from: vec![NodeId(0)],
        to: vec![NodeId(2), NodeId(3)],
        both: true,
    };
    edits.push(at(2_000_000, cut));
    edits.push(at(2_400_000, Action::Heal));
    edits.push(set(8_000_000, "loss_permille", "0"));
    edits
}

const TROUBLED: support::Params<'_> = &[
    ("clients", "3"),
    ("frontends", "2"),
    ("backends", "2"),
    ("accounts", "4"),
    ("request_gap_us", "120000"),
    ("loss_permille", "120"),
    ("duplicate_permille", "80"),
    ("save_us", "4000"),
    ("retry_budget", "true"),
    ("retry_budget_permille", "300"),
    ("breaker", "true"),
    ("breaker_threshold", "3"),
    ("drift_ppm_max", "500"),
    ("dedup_retention_us", "2000000"),
];

#[test]
fn the_sound_protocol_keeps_its_promises() {
    for semantics in SEMANTICS {
        let mut came_true: Vec<&str> = Vec::new();
        for seed in 1..=25 {
            let retry_at = if seed % 2 == 0 {
                "client"
            } else {
                "every-tier"
            };
            let jitter = ["none", "full", "equal", "decorrelated"][seed as usize % 4];
            let more = [
                ("semantics", semantics),
                ("retry_at", retry_at),
                ("jitter", jitter),
                ("cancellation", if seed % 3 == 0 { "false" } else { "true" }),
            ];
            let mut run = run("sound", seed, &[TROUBLED, &more].concat());
            run.edits = troubles(seed);
            let bare = play(&run, 12_000_000);
            assert!(bare.now_us() >= 12_000_000, "{semantics} {seed} stops");
            assert_eq!(violated(&bare), Vec::<&str>::new(), "{semantics} {seed}");
            came_true.extend(met(&bare));
            // No message has been lost since the eighth second.
            let (calls, _, answered) = bare.tally().between(10_000_000, 12_000_000);
            assert!(
                answered * 10 > calls * 9,
                "{semantics} {seed}: {answered} of {calls}"
            );
        }
        assert!(came_true.contains(&"call-answered"), "{semantics}");
        assert!(came_true.contains(&"breaker-opened"), "{semantics}");
        let recognises = semantics == "at-most-once" || semantics == "idempotency-key";
        assert_eq!(came_true.contains(&"ran-twice"), !recognises, "{semantics}");
    }
}

/// Everybody asks for five seconds, while servers and a client crash; a second later, no call is open any more.
#[test]
fn every_call_ends_within_its_deadline() {
    for semantics in SEMANTICS {
        for seed in 1..=8 {
            let more = [("semantics", semantics), ("arrivals", "never")];
            let mut run = run("sound", seed, &[TROUBLED, &more].concat());
            let clients = [4, 5, 6].map(NodeId);
            for (turn, client) in (0..40).flat_map(|turn| clients.map(|client| (turn, client))) {
                let at_us = 125_000 * turn + 3_000 * u64::from(client.0);
                // The first client is down from three seconds on, for half a second.
                if client == clients[0] && (2_990_000..3_510_000).contains(&at_us) {
                    continue;
                }
                let ask = Action::Ask {
                    client,
                    op: "deposit".into(),
                    fields: vec!["abcd"[turn as usize % 4..][..1].into(), "1".into()],
                };
                run.edits.push(at(at_us, ask));
            }
            run.edits.extend(outage(1_000_000, NodeId(0), 0));
            run.edits.extend(outage(2_000_000, NodeId(2), 1));
            run.edits.extend(outage(3_000_000, clients[0], 0));
            let bare = play(&run, 6_100_000);
            assert!(met(&bare).contains(&"calls-end"), "{semantics} {seed}");
            assert!(met(&bare).contains(&"call-answered"), "{semantics} {seed}");
            assert_eq!(violated(&bare), Vec::<&str>::new(), "{semantics} {seed}");
        }
    }
}

#[test]
fn the_same_run_twice_is_the_same() {
    for semantics in SEMANTICS {
        let more = [("semantics", semantics)];
        let digest = |seed| {
            let mut run = run("sound", seed, &[TROUBLED, &more].concat());
            run.edits = troubles(seed);
            play(&run, 6_000_000).digest()
        };
        assert_eq!(digest(3), digest(3), "{semantics}");
        assert_ne!(digest(3), digest(4), "{semantics}");
    }
}

/// Four clients ask for three fifths of what the backend can do; for three seconds it is five times slower.
fn storm(seed: u64, more: support::Params<'_>) -> Bare<Node> {
    let config = [
        ("clients", "4"),
        ("semantics", "at-least-once"),
        ("request_gap_us", "130000"),
        ("queue_max", "100"),
        ("cancellation", "false"),
    ];
    let mut run = run("sound", seed, &[&config, more].concat());
    run.edits = vec![
        set(5_000_000, "service_us", "100000"),
        set(8_000_000, "service_us", "20000"),
    ];
    play(&run, 40_000_000)
}

/// How many in a thousand calls were answered between two times, and how many retries there were for each thousand.
fn share(tally: &Tally, from_us: u64, to_us: u64) -> (u64, u64) {
    let (calls, retries, answered) = tally.between(from_us, to_us);
    (answered * 1000 / calls, retries * 1000 / calls)
}

#[test]
fn a_retry_storm_outlives_its_cause_unless_something_stops_it() {
    for seed in 1..=3 {
        let bare = storm(seed, &[]);
        let before = share(bare.tally(), 1_000_000, 5_000_000);
        let after = share(bare.tally(), 30_000_000, 40_000_000);
        eprintln!("{seed}: {before:?} then {after:?}");
        let budget = storm(seed, &[("retry_budget", "true")]);
        eprintln!("budget {:?}", share(budget.tally(), 30_000_000, 40_000_000));
        let breaker = storm(seed, &[("breaker", "true")]);
        eprintln!(
            "breaker {:?}",
            share(breaker.tally(), 30_000_000, 40_000_000)
        );
        let dedup = storm(seed, &[("semantics", "at-most-once")]);
        eprintln!("dedup {:?}", share(dedup.tally(), 30_000_000, 40_000_000));
        let cancel = storm(seed, &[("cancellation", "true")]);
        eprintln!("cancel {:?}", share(cancel.tally(), 30_000_000, 40_000_000));
    }
}
