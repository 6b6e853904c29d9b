//! Whole runs: the sound protocol keeps its promises whatever befalls it, calls come to an end, and a retry storm does or does
//! not.

mod support;

use protocol::NodeId;
use rpc::{Node, Tally};
use sim::measure::Bare;
use sim::{Action, Edit};
use support::{B1, C1, at, met, outage, play, run, set, violated};

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
fn share(tally: &Tally, (from_us, to_us): (u64, u64)) -> (u64, u64) {
    let (calls, retries, answered) = tally.between(from_us, to_us);
    (answered * 1000 / calls, retries * 1000 / calls)
}

#[test]
fn a_retry_storm_outlives_its_cause_unless_something_stops_it() {
    for seed in 1..=3 {
        let (before_us, after_us) = ((1_000_000, 5_000_000), (30_000_000, 40_000_000));
        let bare = storm(seed, &[]);
        let (answered, _) = share(bare.tally(), before_us);
        assert!(answered > 950, "{seed}: {answered} before");
        let (answered, retries) = share(bare.tally(), after_us);
        assert!(
            answered < 400 && retries > 2_000,
            "{seed}: {answered}, {retries} retries"
        );
        for cure in [
            ("retry_budget", "true"),
            ("breaker", "true"),
            ("semantics", "at-most-once"),
            ("cancellation", "true"),
        ] {
            let bare = storm(seed, &[cure]);
            let (answered, retries) = share(bare.tally(), after_us);
            assert!(
                answered > 950 && retries < 100,
                "{cure:?} {seed}: {answered}, {retries}"
            );
        }
    }
}

/// What people ask for beside a workload has numbers of its own: one series does not make the other look old.
#[test]
fn a_call_that_somebody_asks_for_is_no_old_one() {
    let config = [
        ("clients", "1"),
        ("deadline_us", "500000"),
        ("timeout_us", "150000"),
        ("dedup_retention_us", "1000000"),
        ("request_gap_us", "200000"),
    ];
    let mut run = run("sound", 1, &config);
    for at_us in [1_000_000, 5_000_000] {
        let ask = Action::Ask {
            client: C1,
            op: "read".into(),
            fields: vec!["a".into()],
        };
        run.edits.push(at(at_us, ask));
    }
    let bare = play(&run, 10_000_000);
    let Some(Node::Backend(backend)) = bare.node(B1) else {
        panic!("B1 is up");
    };
    assert_eq!(
        backend.disk().forgotten.len(),
        2,
        "two series were forgotten"
    );
    let (calls, _, answered) = bare.tally().between(0, 9_000_000);
    assert!(answered + 1 >= calls, "{answered} of {calls}");
}

/// An execution that reaches the disk counts, even if the crash leaves nobody to tell it.
#[test]
fn what_a_crash_hides_is_counted() {
    let config = [
        ("clients", "1"),
        ("arrivals", "never"),
        ("semantics", "at-least-once"),
        ("save_us", "30000"),
        ("deadline_us", "3000000"),
    ];
    let mut run = run("sound", 1, &config);
    let ask = Action::Ask {
        client: C1,
        op: "deposit".into(),
        fields: vec!["a".into(), "5".into()],
    };
    run.edits.push(at(0, ask));
    // The work is done after some forty milliseconds, and saved thirty later.
    run.edits.extend(outage(55_000, B1, 1));
    let bare = play(&run, 3_000_000);
    let Some(Node::Backend(backend)) = bare.node(B1) else {
        panic!("B1 is up");
    };
    assert_eq!(
        (backend.disk().accounts[0], backend.disk().executed),
        (10, 2)
    );
    assert!(met(&bare).contains(&"ran-twice"));
}

/// A frontend says that it works on a call only as long as it knows it: it asks the backend, and a backend that has crashed does
/// not cost the call its whole time.
#[test]
fn a_frontend_does_not_promise_for_a_backend_that_crashed() {
    let config = [
        ("clients", "1"),
        ("arrivals", "never"),
        ("deadline_us", "3000000"),
        ("attempts_max", "8"),
    ];
    for seed in 1..=10 {
        let mut run = run("sound", seed, &config);
        let ask = Action::Ask {
            client: C1,
            op: "deposit".into(),
            fields: vec!["a".into(), "5".into()],
        };
        run.edits.push(at(0, ask));
        run.edits.extend(outage(30_000, B1, 0));
        let bare = play(&run, 1_500_000);
        let (_, _, answered) = bare.tally().between(0, 1_500_000);
        assert_eq!(answered, 1, "{seed}");
    }
}

/// A client that is down has not given up what it will take up again.
#[test]
fn what_will_be_taken_up_again_is_owed() {
    for (semantics, owed) in [("idempotency-key", true), ("at-most-once", false)] {
        let config = [
            ("clients", "1"),
            ("arrivals", "never"),
            ("semantics", semantics),
        ];
        let mut run = run("sound", 1, &config);
        let ask = Action::Ask {
            client: C1,
            op: "read".into(),
            fields: vec!["a".into()],
        };
        run.edits.push(at(0, ask));
        let [crash, restart] = outage(30_000, C1, 0);
        run.edits.push(crash);
        let ended = |run: &sim::Run| met(&play(run, 1_500_000)).contains(&"calls-end");
        assert_eq!(ended(&run), !owed, "{semantics}: it stays down");
        run.edits.push(restart);
        assert!(ended(&run), "{semantics}: it is back");
    }
}

/// Whose answer is forgotten is not executed again, however late it is asked for: it is refused.
#[test]
fn what_is_forgotten_does_not_run_again() {
    let config = [
        ("clients", "1"),
        ("arrivals", "never"),
        ("semantics", "idempotency-key"),
        ("deadline_us", "500000"),
        ("dedup_retention_us", "1000000"),
    ];
    let mut run = run("sound", 1, &config);
    let ask = Action::Ask {
        client: C1,
        op: "deposit".into(),
        fields: vec!["a".into(), "5".into()],
    };
    run.edits.push(at(0, ask));
    // The call has run by then, and its answer is on the way.
    let [crash, mut restart] = outage(50_000, C1, 0);
    restart.at_us = 3_000_000;
    run.edits.extend([crash, restart]);
    let bare = play(&run, 5_000_000);
    let Some(Node::Backend(backend)) = bare.node(B1) else {
        panic!("B1 is up");
    };
    assert_eq!(
        (backend.disk().accounts[0], backend.disk().executed),
        (5, 1)
    );
    assert!(backend.disk().table.is_empty(), "the answer is forgotten");
    assert!(met(&bare).contains(&"calls-end"));
    assert_eq!(violated(&bare), Vec::<&str>::new());
}
