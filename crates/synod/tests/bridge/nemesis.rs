//! Tests with a nemesis over several hubs: the faults hold at all of them and are cured, and the verdict is right.

use crate::common::{SYNOD, at, journal, records, rust_node, there, wrong_node};
use crate::crowd::ends;
use crate::hubs::{Nats, Page};
use crate::served::Bridge;
use maelstrom::journal::{Entry, Fault, Loss, NodeState, Record};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// A hub that tests the nodes of three, two of which serve.
struct Tested {
    code: i32,
    report: Value,
    errors: String,
    /// What each noted; the first is the one that tests.
    journals: [Vec<Record>; 3],
}

fn tester(nats: &Nats, args: &str, file: &str, node: &[&str]) -> Child {
    let mut command = Command::new(SYNOD);
    command
        .args(["bridge", "--nats", &nats.url(), "--cluster", "class-7"])
        .args(["--hubs", "3", "--nodes", "2", "--json", "--seed", "7"])
        .args(["--journal", file])
        .args(args.split_whitespace())
        .arg("--")
        .args(node)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command.spawn().unwrap()
}

async fn hub(nats: &Nats, file: &str, node: &[&str]) -> Bridge {
    let own = ["--hubs", "3", "--nodes", "2", "--journal", file, "--"];
    nats.hub(&[&own, node].concat()).await
}

/// Tests two nodes at each of three hubs; those at the second are `second`. So many of the four that stay are ready in the end.
async fn test(name: &str, args: &str, node: &[&str], second: &[&str], ready: usize) -> Tested {
    let nats = Nats::anywhere().await;
    let files: [PathBuf; 3] = [1, 2, 3].map(|hub| journal(&format!("{name}-{hub}")));
    let paths = files.each_ref().map(|file| file.display().to_string());
    let tester = tester(&nats, args, &paths[0], node);
    let others = tokio::join!(hub(&nats, &paths[1], second), hub(&nats, &paths[2], node));
    let output = tester.wait_with_output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    // The network is whole again at the others, which hear that the one that tested has ended.
    let others = <[Bridge; 2]>::from(others);
    for bridge in &others {
        let mut page = Page::at(bridge).await;
        page.hello(|hello| {
            let nodes = || hello["nodes"].as_array().unwrap().iter();
            hello["hubs"] == 2
                && hello["cuts"] == json!([])
                && nodes().all(|node| node["paused"] == false)
                && nodes().filter(|node| node["now"] == "ready").count() == ready
        })
        .await;
    }
    for bridge in others {
        ends(bridge).await;
    }
    Tested {
        code: output.status.code().unwrap_or(-1),
        report,
        errors,
        journals: files.each_ref().map(|file| records(file)),
    }
}

impl Tested {
    /// The faults, as each hub noted them.
    fn faults(&self) -> [Vec<&Fault>; 3] {
        self.journals.each_ref().map(|journal| {
            let faults = journal.iter().filter_map(|record| match &record.entry {
                Entry::Fault(fault) => Some(fault),
                _ => None,
            });
            faults.collect()
        })
    }
}

/// What lasts when all of these have happened: links that are cut, and processes that are dead or stand still.
fn lasting(faults: &[&Fault]) -> BTreeSet<String> {
    let mut lasting = BTreeSet::new();
    for fault in faults {
        match fault {
            Fault::Partition { .. } => lasting.insert("a partition".to_owned()),
            Fault::Heal => lasting.remove("a partition"),
            Fault::Kill { node } | Fault::Pause { node } => lasting.insert(node.clone()),
            Fault::Restart { node } | Fault::Resume { node } => lasting.remove(node),
            other => panic!("no nemesis does this: {other:?}"),
        };
    }
    lasting
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_hold_at_all_hubs_and_are_cured_and_a_right_node_passes() {
    let node = rust_node();
    let args = "--workload lin-kv --time-limit 8 --rate 60 --nemesis partition,kill,pause --nemesis-interval 0.35";
    let tested = test("nemesis", args, &[&node], &[&node], 4).await;
    let Tested {
        code,
        report,
        errors,
        journals,
    } = &tested;
    assert_eq!(*code, 0, "{report:#}\n{errors}");
    assert_eq!(report["nodes"].as_array().unwrap().len(), 6, "{report:#}");
    // One client asks each node, wherever it is.
    let asked = journals[0].iter().filter_map(|record| match &record.entry {
        Entry::Op { op } => Some(&*op.node),
        _ => None,
    });
    let asked: BTreeSet<&str> = asked.collect();
    assert_eq!(asked.len(), 6, "{asked:?}");
    let all = tested.faults();
    let [faults, ..] = &all;
    assert!(all.iter().all(|it| it == faults), "{all:#?}");
    assert_eq!(lasting(faults), BTreeSet::new(), "{faults:#?}");
    let sorts = [
        |fault: &Fault| matches!(fault, Fault::Partition { .. }),
        |fault: &Fault| matches!(fault, Fault::Kill { .. }),
        |fault: &Fault| matches!(fault, Fault::Pause { .. }),
    ];
    for sort in sorts {
        assert!(faults.iter().any(|fault| sort(fault)), "{faults:#?}");
    }
    // Who was killed, at whatever hub, was down by that and came back, and the one that tests knows of both.
    let mut states: BTreeMap<&str, Vec<(NodeState, bool)>> = BTreeMap::new();
    for record in &journals[0] {
        if let Entry::Node { node, now, .. } = &record.entry {
            let states = states.entry(node).or_default();
            states.push((*now, record.hub.is_some()));
        }
    }
    let killed: BTreeSet<&str> = faults
        .iter()
        .filter_map(|fault| match fault {
            Fault::Kill { node } => Some(&**node),
            _ => None,
        })
        .collect();
    for node in &killed {
        let states = &states[node];
        assert!(
            states.iter().any(|(now, _)| *now == NodeState::Down),
            "{node}: {states:?}"
        );
        assert_eq!(
            states.last().unwrap().0,
            NodeState::Ready,
            "{node}: {states:?}"
        );
    }
    assert!(
        killed
            .iter()
            .any(|node| states[node].iter().all(|(_, elsewhere)| *elsewhere)),
        "{killed:?}: {states:?}"
    );
    // All messages were counted, wherever they were judged.
    let sent = journals[0]
        .iter()
        .filter(|it| matches!(it.entry, Entry::Send { .. }));
    assert_eq!(report["messages"]["all"], sent.count(), "{report:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_between_hubs_are_cut_and_whole_again_and_a_broadcast_arrives() {
    if !there("python3") {
        return;
    }
    let node = at("examples/python/node.py");
    let node = ["python3", &*node];
    let args = "--workload broadcast --time-limit 4 --recovery 3 --rate 30 --nemesis partition --nemesis-interval 0.5";
    let tested = test("broadcast", args, &node, &node, 4).await;
    assert_eq!(tested.code, 0, "{:#}\n{}", tested.report, tested.errors);
    let [faults, ..] = &tested.faults();
    assert_eq!(lasting(faults), BTreeSet::new(), "{faults:#?}");
    // A cut holds where the receiver lives: at each hub something was lost by it, and all know.
    for journal in &tested.journals {
        let by_cut = |record: &&Record| matches!(record.entry, Entry::Lost { why: Loss::Cut, .. });
        let hubs: BTreeSet<_> = journal.iter().filter(by_cut).map(|it| it.hub).collect();
        assert_eq!(hubs.len(), 3, "{hubs:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_nodes_at_another_hub_are_found_out() {
    if !there("python3") {
        return;
    }
    let (right, wrong) = (rust_node(), wrong_node());
    let wrong = |fault| ["python3", &*wrong, fault];
    // One that answers from its own store beside those that ask the bridge's, among all faults.
    let args = "--workload lin-kv --time-limit 3 --rate 100 --nemesis partition,kill,pause --nemesis-interval 0.5";
    let tested = test("stale", args, &[&right], &wrong("stale"), 4).await;
    assert_eq!(tested.code, 1, "{:#}\n{}", tested.report, tested.errors);
    let counts = &tested.report["verdict"]["counts"];
    assert!(counts["not-linearizable"].is_u64(), "{counts}");
    assert!(counts["node-ended"].is_null(), "{counts}");
    // One that ends by itself: the hub that tests hears how.
    let args = "--workload echo --time-limit 2 --rate 60";
    let tested = test("dies", args, &[&right], &wrong("dies"), 2).await;
    assert_eq!(tested.code, 1, "{:#}\n{}", tested.report, tested.errors);
    let text = tested.report.to_string();
    assert!(text.contains("ended by itself: exit status: 3"), "{text}");
    // One that never begins, at another hub: the test does not wait for it.
    let args = "--workload echo --time-limit 2";
    let tested = test("dead", args, &[&right], &wrong("dies-at-once"), 2).await;
    assert_eq!(tested.code, 3, "{:#}\n{}", tested.report, tested.errors);
    let text = tested.report.to_string();
    assert!(
        text.contains("ended before the test began: exit status: 7"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_that_is_interrupted_leaves_every_hub_whole() {
    let nats = Nats::anywhere().await;
    let (file, node) = (journal("interrupted"), rust_node());
    let args = "--workload lin-kv --time-limit 600 --nemesis partition --nemesis-interval 1";
    let mut tester = tester(&nats, args, &file.display().to_string(), &[&node]);
    let own = ["--hubs", "3", "--nodes", "2", "--", &node];
    let (b, _c) = tokio::join!(nats.hub(&own), nats.hub(&own));
    let mut page = Page::at(&b).await;
    page.record(|it| it["fault"] == "partition").await;
    crate::crowd::interrupt(&tester);
    page.record(|it| it["fault"] == "heal").await;
    let hello = page.hello(|hello| hello["hubs"] == 2).await;
    assert_eq!(hello["cuts"], json!([]), "{hello:#}");
    assert_eq!(tester.wait().await.unwrap().code(), Some(3));
    std::fs::remove_file(file).unwrap();
}
