//! Every broken variant is caught by the property that it breaks, where the sound protocol keeps all of them.

mod support;

use load_balancing::{Node, Variant};
use protocol::{NodeId, Protocol};
use sim::{Edit, Run};
use support::{at, crash, play, run, violations};

/// With three clients and one balancer, the servers are nodes 4 to 7.
const S1: NodeId = NodeId(4);

struct Case {
    variant: &'static str,
    config: &'static [(&'static str, &'static str)],
    edits: Vec<Edit>,
    until_us: u64,
}

fn cases() -> Vec<Case> {
    let case = |variant, config, until_us| Case {
        variant,
        config,
        edits: Vec::new(),
        until_us,
    };
    vec![
        Case {
            edits: vec![at(1_000_000, crash(S1))],
            ..case("health-check-off", &[], 5_000_000)
        },
        case(
            "herd-on-stale-load",
            &[
                ("policy", "least-connections"),
                ("load_view", "reported"),
                ("report_us", "500000"),
            ],
            5_000_000,
        ),
        case(
            "no-load-bound",
            &[("policy", "consistent-hash"), ("hot_permille", "600")],
            5_000_000,
        ),
        case(
            "no-retry-budget",
            &[
                ("failing_server", "1"),
                ("failing_permille", "1000"),
                ("passive_failures", "0"),
                ("outlier_us", "0"),
                ("retry_burst", "2"),
                ("retry_budget_permille", "50"),
            ],
            10_000_000,
        ),
        case(
            "turns-not-paid",
            &[("policy", "weighted-round-robin"), ("weights", "5 1 1 3")],
            10_000_000,
        ),
        case(
            "no-queue-limit",
            &[("queue_limit", "2"), ("gap_us", "40000")],
            5_000_000,
        ),
        case("no-worker-limit", &[("gap_us", "40000")], 5_000_000),
        case("answers-twice", &[("duplicate_permille", "200")], 5_000_000),
        Case {
            edits: vec![at(500_000, crash(S1))],
            ..case(
                "ejects-all",
                &[
                    ("failing_server", "2"),
                    ("failing_permille", "1000"),
                    ("passive_failures", "2"),
                    ("attempt_timeout_us", "300000"),
                    ("eject_percent_max", "0"),
                    ("probe_us", "0"),
                ],
                10_000_000,
            )
        },
    ]
}

#[test]
fn each_breaks_what_it_says() {
    let cases = cases();
    for variant in Node::VARIANTS {
        let Some(breaks) = variant.breaks else {
            continue;
        };
        let case = cases.iter().find(|case| case.variant == variant.id);
        let case = case.unwrap_or_else(|| panic!("no case for {}", variant.id));
        let caught = (1..=5).any(|seed| {
            let broken = Run {
                variant: variant.id.into(),
                edits: case.edits.clone(),
                ..run(seed, case.config)
            };
            let found = violations(&play(&broken, case.until_us));
            // Who pays no heed to checks sends requests to servers that it knows to be down, too.
            let heedless = breaks == "no-dead-server";
            let all = [breaks, if heedless { "respects-health" } else { breaks }];
            all.iter()
                .all(|wanted| found.iter().any(|(id, _)| id == wanted))
        });
        assert!(caught, "{} is not caught by {breaks}", variant.id);
    }
}

#[test]
fn the_sound_protocol_keeps_its_promises_there() {
    for case in cases() {
        for seed in 1..=5 {
            let sound = Run {
                edits: case.edits.clone(),
                ..run(seed, case.config)
            };
            let found = violations(&play(&sound, case.until_us));
            assert_eq!(found, [], "{} seed {seed}", case.variant);
        }
    }
}

/// What the broken variants do to the whole, and not only to the rule.
#[test]
fn the_harm_is_to_be_seen() {
    let broken = |variant: &str, config: &[(&str, &str)], until_us| {
        let run = Run {
            variant: variant.into(),
            ..run(3, config)
        };
        play(&run, until_us)
    };
    let herd = [
        ("clients", "8"),
        ("balancers", "3"),
        ("servers", "10"),
        ("policy", "least-connections"),
        ("load_view", "reported"),
        ("report_us", "500000"),
    ];
    let spread = |variant| broken(variant, &herd, 30_000_000).tally().mean_spread();
    let (stale, sound) = (spread("herd-on-stale-load"), spread("sound"));
    assert!(stale > 1.3 * sound, "{stale} against {sound}");

    let storm = [
        ("failing_server", "1"),
        ("failing_permille", "1000"),
        ("passive_failures", "0"),
        ("outlier_us", "0"),
        ("policy", "least-connections"),
        ("retry_budget_permille", "100"),
        ("retry_burst", "5"),
    ];
    let retries = |variant| broken(variant, &storm, 30_000_000).tally().retries();
    let (without, with) = (retries("no-retry-budget"), retries("sound"));
    assert!(without > 3 * with, "{without} against {with}");
    assert_eq!(Variant::default(), Variant::Sound);
}
