//! Whole runs in the simulator: every message lost in turn, many battles beside the formula, a bad world, and the broken variants.

use protocol::{Arg, NodeId, Picture, Stroke, Verdict};
use sim::{Action, Playable, Run};
use trace::FlightEnd;
use two_generals::{A, ACKS_MAX, B, Node, divided, lost};

fn run(variant: &str, seed: u64, config: &[(&str, &str)]) -> Run {
    let config = config.iter().map(|(k, v)| ((*k).into(), (*v).into()));
    Run {
        protocol: "two-generals".into(),
        behaviour: 1,
        variant: variant.into(),
        config: config.collect(),
        seed,
        ..Run::default()
    }
}

fn open(variant: &str, seed: u64, config: &[(&str, &str)]) -> Box<dyn Playable> {
    sim::open::<Node>(&run(variant, seed, config)).expect("a sensible run")
}

fn broken(run: &dyn Playable) -> Vec<&str> {
    let all = run.properties().into_iter();
    let bad = all.filter(|status| matches!(status.verdict, Verdict::Violated(_)));
    let names: Vec<String> = bad.map(|status| status.property.to_string()).collect();
    let known = run.about().properties.iter().map(|property| property.id);
    known
        .filter(|id| names.iter().any(|name| name == id))
        .collect()
}

fn met(run: &dyn Playable, id: &str) -> bool {
    let all = run.properties();
    all.iter()
        .any(|status| status.property == id && status.verdict == Verdict::Met)
}

/// Plays so many steps, or until nothing waits.
fn play(run: &mut dyn Playable, steps: u64) {
    for _ in 0..steps {
        if run.advance().is_none() {
            return;
        }
    }
}

fn ask(run: &mut dyn Playable) {
    let action = Action::Ask {
        client: A,
        op: "attack".into(),
        fields: Vec::new(),
    };
    let now_us = run.now_us();
    run.act(&action, now_us).expect("it can be asked");
}

fn role(run: &dyn Playable, node: NodeId) -> String {
    run.frame().nodes[node.index()].view.role.to_string()
}

/// One battle in which all messengers of one message are dropped while they fly.
fn battle_without(acks: u64, copies: u64, dropped: Option<u64>) -> Box<dyn Playable> {
    let (k, n) = (acks.to_string(), copies.to_string());
    let config = [("arrivals", "never"), ("acks", &k), ("copies", &n)];
    let mut run = open("sound", 1, &config);
    play(&mut *run, 100);
    ask(&mut *run);
    loop {
        let flying = run.frame().flights;
        for flight in flying.iter().filter(|f| f.end == FlightEnd::Arrives) {
            let label = flight
                .view
                .label
                .as_ref()
                .expect("messages say what they are");
            let number = label.args.iter().find(|(name, _)| name == "number");
            if dropped.is_some_and(|n| number.is_some_and(|(_, arg)| *arg == Arg::Int(n))) {
                let now_us = run.now_us();
                run.act(&Action::Drop(flight.name), now_us)
                    .expect("it flies");
            }
        }
        if run.advance().is_none() {
            return run;
        }
    }
}

#[test]
fn dropping_each_message_in_turn_divides_only_by_the_last() {
    for acks in 0..=ACKS_MAX {
        for copies in [1, 2] {
            let end = |dropped| {
                let run = battle_without(acks, copies, dropped);
                let roles = [A, B].map(|node| role(&*run, node) == "role.attacks");
                let divided = broken(&*run) == ["agreement"];
                assert!(divided || broken(&*run).is_empty());
                assert_eq!(divided, roles[0] != roles[1], "k = {acks}, {dropped:?}");
                assert!(met(&*run, "decided"));
                roles
            };
            assert_eq!(end(None), [true, true], "k = {acks}");
            for dropped in 0..acks {
                assert_eq!(end(Some(dropped)), [false, false], "k = {acks}, {dropped}");
            }
            let sender_is_a = acks % 2 == 0;
            assert_eq!(end(Some(acks)), [sender_is_a, !sender_is_a], "k = {acks}");
        }
    }
}

/// For each k: how many battles ended with both attacking, with nobody, divided.
fn ends(run: &dyn Playable) -> Vec<(u64, [u64; 3])> {
    let rows = run
        .pictures()
        .into_iter()
        .find_map(|picture| match picture {
            Picture::Table { title, rows, .. } if title == "picture.ends" => Some(rows),
            _ => None,
        });
    let number = |arg: &Arg| match arg {
        Arg::Int(n) => *n,
        other => panic!("a number, not {other:?}"),
    };
    let rows = rows.expect("the table is always there");
    let row = |row: &protocol::Row| {
        let cells: Vec<u64> = row.cells[..4].iter().map(number).collect();
        (cells[0], [cells[1], cells[2], cells[3]])
    };
    rows.iter().map(row).collect()
}

/// The points of a chart's series of this stroke.
fn points(run: &dyn Playable, wanted: &str, stroke: Stroke) -> Vec<(u64, u64)> {
    let series = run
        .pictures()
        .into_iter()
        .find_map(|picture| match picture {
            Picture::Chart { title, series, .. } if title == wanted => Some(series),
            _ => None,
        });
    let mut series = series.expect("a chart").into_iter();
    series.find(|s| s.stroke == stroke).expect("a curve").points
}

/// Whether `part` of `whole` lies within four standard errors of `expected`.
fn near(part: u64, whole: u64, expected: f64) -> bool {
    let error = (expected * (1.0 - expected) / whole as f64).sqrt();
    (part as f64 / whole as f64 - expected).abs() <= 4.0 * error
}

/// A sweep over every k, until each has been fought often.
fn sweep(loss: &str, copies: &str, seed: u64, times: u64) -> Box<dyn Playable> {
    let config = [
        ("sweep", "true"),
        ("loss_permille", loss),
        ("copies", copies),
    ];
    let mut run = open("sound", seed, &config);
    let enough = |run: &dyn Playable| {
        let ends = ends(run);
        ends.len() as u64 > ACKS_MAX && ends.iter().all(|(_, e)| e.iter().sum::<u64>() >= times)
    };
    while !enough(&*run) {
        play(&mut *run, 2_000);
    }
    run
}

#[test]
fn the_measured_frequency_is_what_the_formula_says() {
    for (loss, copies, seed) in [
        ("50", "1", 1),
        ("200", "1", 2),
        ("500", "2", 3),
        ("500", "1", 4),
    ] {
        let run = sweep(loss, copies, seed, 500);
        let p = loss.parse::<f64>().expect("a number") / 1000.0;
        let n: u64 = copies.parse().expect("a number");
        let (mut divided_all, mut attacks_all) = (0, 0);
        for (acks, [both, nobody, divides]) in ends(&*run) {
            let place = format!("p = {p}, n = {n}, k = {acks}: {both}, {nobody}, {divides}");
            let battles = both + nobody + divides;
            assert!(near(divides, battles, divided(p, n, acks)), "{place}");
            let none_lost = (0..=acks).fold(1.0, |all, _| all * (1.0 - lost(p, n)));
            assert!(near(both, battles, none_lost), "{place}");
            if both + divides > 0 {
                assert!(near(divides, both + divides, lost(p, n)), "{place}");
            }
            divided_all += divides;
            attacks_all += both + divides;
        }
        // Whatever k is, the same part of the attacks is divided: it does not vanish.
        assert!(
            near(divided_all, attacks_all, lost(p, n)),
            "p = {p}, n = {n}"
        );
        assert!(divided_all > 0);
        assert_eq!(broken(&*run), ["agreement"], "p = {p}, n = {n}");
        // The chart draws the same, with the loss as it was counted.
        let theory = points(&*run, "picture.divided", Stroke::Theory);
        assert_eq!(theory.len() as u64, ACKS_MAX + 1);
        for (acks, permille) in theory {
            let exact = divided(p, n, acks) * 1000.0;
            assert!(
                (permille as f64 - exact).abs() <= 12.0,
                "p = {p}, n = {n}, k = {acks}"
            );
        }
        for (dot, (acks, [both, nobody, divides])) in points(&*run, "picture.divided", Stroke::Dots)
            .into_iter()
            .zip(ends(&*run))
        {
            let battles = both + nobody + divides;
            assert_eq!(dot, (acks, (divides * 1000 + battles / 2) / battles));
        }
    }
}

#[test]
fn however_long_the_chain_some_attack_is_divided() {
    let run = sweep("100", "1", 11, 700);
    for (acks, [_, _, divides]) in ends(&*run) {
        assert!(divides > 0, "k = {acks}");
    }
}

#[test]
fn without_loss_both_attack_in_every_battle() {
    for shape in ["uniform", "exponential"] {
        // The exponential has a tail: it stays below the bound with a mean this short.
        let config = [
            ("sweep", "true"),
            ("copies", "3"),
            ("latency_shape", shape),
            ("latency_min_us", "500"),
            (
                "latency_max_us",
                if shape == "uniform" { "20000" } else { "1500" },
            ),
            ("drift_ppm_max", "5000"),
        ];
        let mut run = open("sound", 5, &config);
        play(&mut *run, 20_000);
        assert!(broken(&*run).is_empty(), "{shape}");
        assert!(met(&*run, "attack-together"), "{shape}");
        for (acks, [both, nobody, divides]) in ends(&*run) {
            assert!(both > 10, "k = {acks}");
            assert_eq!((nobody, divides), (0, 0), "k = {acks}");
        }
    }
}

fn set(run: &mut dyn Playable, key: &str, value: &str) {
    let now_us = run.now_us();
    let set = Action::Set {
        key: key.into(),
        value: value.into(),
    };
    run.act(&set, now_us).expect("it is live");
}

#[test]
fn each_setting_has_its_own_counts() {
    let fought = |run: &dyn Playable| ends(run)[0].1.iter().sum::<u64>();
    let mut run = open("sound", 3, &[("loss_permille", "300")]);
    play(&mut *run, 2_000);
    let before = fought(&*run);
    for (key, other, back) in [("copies", "4", "1"), ("loss_permille", "100", "300")] {
        set(&mut *run, key, other);
        play(&mut *run, 200);
        let after = fought(&*run);
        assert!(0 < after && after < before, "{key}: {before}, then {after}");
        set(&mut *run, key, back);
        play(&mut *run, 200);
        assert!(fought(&*run) > before, "{key}: it goes on where it was");
    }
}

#[test]
fn each_loss_is_a_dot_beside_the_curve() {
    let mut run = open("sound", 4, &[("acks", "1")]);
    let losses = [50, 200, 350, 500, 700, 900];
    for loss in losses {
        set(&mut *run, "loss_permille", &loss.to_string());
        play(&mut *run, 12_000);
    }
    let dots = points(&*run, "picture.divided-by-loss", Stroke::Dots);
    assert_eq!(dots.len(), losses.len());
    for ((captured, part), loss) in dots.into_iter().zip(losses) {
        assert!(captured.abs_diff(loss) <= 20, "{captured} for {loss}");
        let formula = divided(loss as f64 / 1000.0, 1, 1) * 1000.0;
        assert!(
            (part as f64 - formula).abs() <= 40.0,
            "{part} for {formula}"
        );
    }
    let curve = points(&*run, "picture.divided-by-loss", Stroke::Theory);
    assert_eq!(curve[0], (0, 0));
    assert_eq!(curve[20], (500, 250), "one acknowledgement: q·(1 − q)");
    assert_eq!(curve.last(), Some(&(1000, 0)), "nobody attacks");
}

/// Loss, copies, slow messages, crashes and restarts: what is promised for such a world holds, and battles go on.
#[test]
fn in_a_bad_world_what_is_promised_for_it_holds() {
    for seed in 0..20 {
        let config = [
            ("sweep", "true"),
            ("copies", "2"),
            ("loss_permille", "150"),
            ("duplicate_permille", "200"),
            ("latency_max_us", "60000"),
            ("save_us", "3000"),
            ("gap_us", "5000"),
        ];
        let mut run = open("sound", seed, &config);
        for round in 0..30u64 {
            play(&mut *run, 60);
            let node = NodeId((round % 2) as u16);
            let crash = Action::Crash {
                node,
                keep: (round % 3 == 0).into(),
                torn: false,
            };
            let now_us = run.now_us();
            run.act(&crash, now_us).expect("it is up");
            play(&mut *run, 10);
            let now_us = run.now_us();
            run.act(&Action::Restart(node), now_us).expect("it is down");
        }
        let bad = broken(&*run);
        let promised = ["validity", "whole-chain"];
        assert!(
            !promised.iter().any(|id| bad.contains(id)),
            "seed {seed}: {bad:?}"
        );
        // Nothing is proposed any more: what is open is decided within the time of the longest chain.
        set(&mut *run, "loss_permille", "0");
        let (fought, mut decided) = (ends(&*run).len(), false);
        for _ in 0..200 {
            run.advance();
            decided |= met(&*run, "decided");
        }
        assert!(fought > 0 && decided, "seed {seed}");
    }
}

#[test]
fn with_loss_only_the_last_message_divides() {
    for seed in 0..10 {
        let config = [
            ("sweep", "true"),
            ("loss_permille", "250"),
            ("duplicate_permille", "100"),
            ("latency_min_us", "0"),
            ("latency_max_us", "20000"),
            ("drift_ppm_max", "5000"),
        ];
        let mut run = open("sound", seed, &config);
        play(&mut *run, 5_000);
        assert_eq!(broken(&*run), ["agreement"], "seed {seed}");
    }
}

/// A variant, the property that catches it, and the parameters under which it does.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

#[test]
fn every_broken_variant_is_caught_where_the_sound_one_keeps_its_promise() {
    let cases: [Case; 5] = [
        ("attacks-at-once", "agreement", &[]),
        ("attacks-at-once", "whole-chain", &[]),
        (
            "believes-silence",
            "last-alone-divides",
            &[("loss_permille", "200")],
        ),
        (
            "believes-silence",
            "whole-chain",
            &[("loss_permille", "200")],
        ),
        (
            "attacks-twice",
            "validity",
            &[("acks", "0"), ("copies", "2")],
        ),
    ];
    for (variant, property, config) in cases {
        let breaks = |variant: &str| {
            let mut run = open(variant, 1, config);
            play(&mut *run, 1_000);
            broken(&*run).contains(&property)
        };
        assert!(breaks(variant), "{variant} is caught by {property}");
        assert!(!breaks("sound"), "{property} holds");
    }
}

/// A general who falls before it decides does not attack, and whoever attacked has attacked: nobody's fall hides a division.
#[test]
fn a_fall_divides_and_is_seen() {
    // A falls after its last message, B attacks on it; B falls after the plan, A attacks on having sent it.
    for (falls, acks, alone) in [(A, "2", B), (B, "0", A)] {
        let mut run = open("sound", 1, &[("arrivals", "never"), ("acks", acks)]);
        ask(&mut *run);
        let lasts = |run: &dyn Playable| {
            let battle = &run.frame().nodes[falls.index()].view.badges;
            battle.iter().any(|badge| badge.key == "badge.heard") || (falls, acks) == (B, "0")
        };
        while !lasts(&*run) {
            play(&mut *run, 1);
        }
        let now_us = run.now_us();
        let crash = Action::Crash {
            node: falls,
            keep: 0,
            torn: false,
        };
        run.act(&crash, now_us).expect("it is up");
        play(&mut *run, 100);
        assert_eq!(role(&*run, alone), "role.attacks");
        assert!(broken(&*run).contains(&"agreement"), "{falls:?} falls");
        let [_, _, divides] = ends(&*run)[0].1;
        assert_eq!(divides, 1, "{falls:?} falls");
    }
}

#[test]
fn the_same_run_has_the_same_digest() {
    let digest = || {
        let mut run = open("sound", 9, &[("sweep", "true"), ("loss_permille", "200")]);
        play(&mut *run, 3_000);
        run.digest()
    };
    assert_eq!(digest(), digest());
}

#[test]
fn only_the_commander_commands() {
    let mut run = open("sound", 1, &[("arrivals", "never")]);
    play(&mut *run, 10);
    let now_us = run.now_us();
    run.act(&Action::Add(protocol::NodeKind::Client), now_us)
        .expect("there is room");
    let added = NodeId(2);
    assert_eq!(role(&*run, added), "role.bystander");
    let now_us = run.now_us();
    let ask = Action::Ask {
        client: added,
        op: "attack".into(),
        fields: Vec::new(),
    };
    run.act(&ask, now_us).expect("it can be asked");
    play(&mut *run, 100);
    assert_eq!(role(&*run, A), "role.waits");
    assert_eq!(role(&*run, B), "role.waits");
}
