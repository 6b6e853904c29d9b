//! `synod search`: finds, exit codes, shards that merge to the whole, and what cannot be asked.

use crate::common::{file, folder, synod, well};

const BROKEN: [&str; 4] = ["search", "raft", "--variant", "no-election-restriction"];

#[test]
fn a_find_is_written_told_and_plays_again() {
    let said = synod(&BROKEN);
    assert_eq!(said.code, 1, "{said:?}");
    let mut lines = said.out.lines();
    let first = lines.next().unwrap();
    assert!(
        first.starts_with("leader-completeness: ") && first.contains(" actions of "),
        "{first}"
    );
    assert!(
        lines.next().unwrap().contains(" leads term "),
        "{}",
        said.out
    );
    let run = lines.next().unwrap().trim();
    let link = lines.next().unwrap().trim();
    assert!(link.starts_with("1.") && link.len() < 500, "{link}");
    for source in [run, link] {
        let again = synod(&["replay", source]);
        assert_eq!(again.code, 1, "it breaks the promise again: {}", again.err);
        assert!(again.out.contains(" leads term "), "{}", again.out);
    }
    assert!(
        said.err.contains("a second"),
        "progress is told beside: {}",
        said.err
    );

    let large = synod(&[&BROKEN[..], &["--no-shrink", "--jobs", "1"]].concat());
    assert!(
        !large.out.starts_with(first) && large.code == 1,
        "{}",
        large.out
    );
    let chinese = synod(&[&BROKEN[..], &["--lang", "zh"]].concat());
    assert!(chinese.out.contains("个动作") && chinese.err.contains("个调度"));
}

/// Beside the run lies a scenario, which plays to the same violation at the same step, and the text of a test.
#[test]
fn a_find_is_a_scenario_and_a_test_as_well() {
    for (protocol, variant, strategy) in [
        ("raft", "no-election-restriction", "swarm"),
        ("raft", "minority-commit", "swarm"),
        ("raft", "no-election-restriction", "priorities:3"),
        ("multi-paxos", "promise-forgotten", "swarm"),
        ("two-phase-commit", "changes-mind", "priorities:3"),
        ("rpc", "volatile-table", "swarm"),
        ("map-reduce", "trusts-dead-output", "swarm"),
        ("load-balancing", "ejects-all", "swarm"),
    ] {
        let said = synod(&[
            "search",
            protocol,
            "--variant",
            variant,
            "--strategy",
            strategy,
            "--no-shrink",
            "--seeds",
            "0..2000",
            "--jobs",
            "1",
        ]);
        assert_eq!(said.code, 1, "{variant}: {said:?}");
        let files: Vec<&str> = said.out.lines().map(str::trim).collect();
        let file = |extension: &str| {
            let found = files.iter().find(|line| line.ends_with(extension));
            *found.unwrap_or_else(|| panic!("{extension}: {}", said.out))
        };
        let digest = |source: [&str; 2]| {
            let again = synod(&source);
            assert_eq!(again.code, 1, "{variant}: {again:?}");
            let digest = again.out.lines().rfind(|line| !line.trim().is_empty());
            digest.unwrap_or_default().to_owned()
        };
        let of_run = digest(["replay", file(".json")]);
        assert_eq!(digest(["run", file(".toml")]), of_run, "{variant}");
        let scenario = std::fs::read_to_string(folder().join(file(".toml"))).unwrap();
        assert!(scenario.contains("violated = ") && scenario.contains("say.zh = "));
        let test = std::fs::read_to_string(folder().join(file(".rs"))).unwrap();
        let link = files.iter().find(|line| line.starts_with("1.")).unwrap();
        let plain: String = test.split("\\\n").map(str::trim_start).collect();
        assert!(plain.contains(&format!("\"{link}\"")), "{test}");
        assert!(test.contains("stays_broken("), "{test}");
    }
}

#[test]
fn what_keeps_its_promises_ends_well() {
    let said = synod(&["search", "raft", "--seeds", "0..60", "--calm-us", "0"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.out, "no promise was broken in 60 schedules\n");
    let said = synod(&[
        "search",
        "paxos",
        "--seeds",
        "0..5",
        "--strategy",
        "priorities:2",
    ]);
    assert!(
        said.out.contains("at depth 2, one schedule in at most "),
        "{}",
        said.out
    );
}

#[test]
fn shards_in_any_order_on_any_threads_are_the_whole_search() {
    let all = [
        "search",
        "raft",
        "--variant",
        "minority-commit",
        "--seeds",
        "100..300",
        "--keep-going",
        "--json",
    ];
    let part = |name: &str, shard: &str| {
        let said = synod(&[&all[..], &["--shard", shard, "--jobs", "2"]].concat());
        file(name, said.out)
    };
    let [one, two, three] =
        [("s1", "1/3"), ("s2", "2/3"), ("s3", "3/3")].map(|(name, shard)| part(name, shard));
    let whole = synod(&[&all[..], &["--jobs", "1"]].concat());
    let merged = synod(&["search", "--merge", &three, &one, &two, "--json"]);
    assert_eq!((merged.code, whole.code), (1, 1), "{}", merged.err);
    assert_eq!(merged.out, whole.out);
    let report: serde_json::Value = serde_json::from_str(&whole.out).unwrap();
    assert_eq!(report["report"]["seeds"]["100"], 300);
    let told = synod(&["search", "--merge", &one, &two, &three]);
    assert!(told.out.contains("leader-completeness: "), "{}", told.out);
}

#[test]
fn bad_input_is_told() {
    let refused = |args: &[&str], expected: &[&str]| {
        let said = synod(args);
        assert_eq!(
            (said.code, said.out.as_str()),
            (2, ""),
            "{args:?}: {}",
            said.err
        );
        for part in expected {
            assert!(
                said.err.contains(part),
                "«{part}» is missing:\n{}",
                said.err
            );
        }
    };
    refused(&["search"], &["PROTOCOL"]);
    refused(&["search", "rfat"], &["did you mean `raft`?"]);
    refused(
        &["search", "raft", "--variant", "x"],
        &["--variant x", "vote-not-saved"],
    );
    refused(
        &["search", "raft", "--property", "electionsafety"],
        &["did you mean `election-safety`?"],
    );
    refused(
        &["search", "raft", "--faults", "crashs"],
        &["did you mean `crashes`?", "known: loss"],
    );
    refused(
        &["search", "raft", "--seeds", "9..3"],
        &["9..3", "0..20000"],
    );
    refused(&["search", "raft", "--shard", "0/3"], &["0/3", "from 1"]);
    refused(
        &["search", "raft", "--strategy", "pct"],
        &["priorities:DEPTH"],
    );
    refused(&["search", "raft", "--set", "servers=many"], &["servers"]);
    refused(&["search", "raft", "--jobs", "0"], &["--jobs"]);
    refused(
        &["search", "raft", "--merge", "x.json"],
        &["cannot be used with"],
    );
    refused(&["search", "--merge", "no-such.json"], &["no-such.json"]);
    refused(
        &["search", "--merge", &file("no-report.json", "{}")],
        &["no-report.json:1:", "--json"],
    );
    let report = |protocol: &str| {
        let seeds = [
            "search",
            protocol,
            "--seeds",
            "0..1",
            "--calm-us",
            "0",
            "--json",
        ];
        file(&format!("{protocol}.report"), well(&seeds))
    };
    refused(
        &["search", "--merge", &report("raft"), &report("paxos")],
        &["paxos.report", "another search"],
    );
    let nowhere = folder().join("no/such/folder");
    let nowhere = nowhere.to_str().unwrap();
    refused(
        &[&BROKEN[..], &["--out", nowhere]].concat(),
        &[nowhere, "cannot be written"],
    );
}

#[test]
fn every_schedule_up_to_a_bound_is_tried() {
    let broken = ["search", "two-phase-commit", "--variant", "changes-mind"];
    let said = synod(&[&broken[..], &["--exhaustive", "12"]].concat());
    assert_eq!(said.code, 1, "{said:?}");
    let first = said.out.lines().next().unwrap();
    assert!(
        first.contains("and by no schedule of fewer"),
        "{}",
        said.out
    );
    let run = said.out.lines().nth(2).unwrap().trim();
    assert!(run.ends_with("-shortest.json"), "{run}");
    assert_eq!(
        synod(&["replay", run]).code,
        1,
        "it breaks the promise again"
    );
    let steps: u32 = first
        .split(" broken in ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next()?.parse().ok())
        .unwrap();

    // One step less is too few, whatever is left out; and the sound one keeps its promises for as long.
    let less = (steps - 1).to_string();
    for reduce in ["orders", "names", "nothing"] {
        let near = synod(&[&broken[..], &["--exhaustive", &less, "--reduce", reduce]].concat());
        assert_eq!(near.code, 0, "{near:?}");
        let bound = format!("any schedule of up to {less} steps");
        assert!(near.out.contains(&bound), "{}", near.out);
    }
    let sound = [
        "search",
        "two-phase-commit",
        "--exhaustive",
        &steps.to_string(),
        "--json",
    ];
    let answer: serde_json::Value = serde_json::from_str(&well(&sound)).unwrap();
    assert_eq!(answer["ended"], "depth");
    assert!(answer["finding"].is_null() && answer["states"].as_u64() > Some(100));

    let short = synod(&[
        "search",
        "two-phase-commit",
        "--exhaustive",
        "12",
        "--states",
        "50",
    ]);
    assert_eq!(short.code, 3, "{short:?}");
    assert!(short.out.contains("did not suffice"), "{}", short.out);
    for (arguments, why) in [
        (&["--seeds", "0..5"][..], "cannot be used with"),
        (&["--property", "nothing-such"], "nothing-such"),
    ] {
        let refused = synod(&[&broken[..], &["--exhaustive", "5"], arguments].concat());
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains(why), "{}", refused.err);
    }
}
