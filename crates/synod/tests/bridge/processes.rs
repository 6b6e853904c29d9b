//! Processes: how they begin and end, what they say beside messages, what a journal keeps, what a wrong command line says.

use crate::common::{SYNOD, bridge, journal, records, rust_node, test, there, wrong_node};
use maelstrom::journal::{Entry, NodeState, Record};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const SHORT: &str = "--time-limit 1 --recovery 0 --rate 50";

fn python(fault: &str, workload: &str) -> Option<(i32, serde_json::Value, String)> {
    there("python3").then(|| {
        let node = wrong_node();
        test(
            &format!("--workload {workload} {SHORT} --nodes 2"),
            &["python3", &node, fault],
        )
    })
}

#[test]
fn a_command_that_is_not_there_is_refused() {
    let output = bridge("--workload echo", &["./no-such-node"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("./no-such-node: "), "{errors}");
}

#[test]
fn what_cannot_be_is_refused_before_anything_starts() {
    for (args, said) in [
        (&["--workload", "ecko"][..], "there are echo, unique-ids"),
        (&["--workload", "echo"], "a test needs nodes"),
        (&["--nodes", "3"], "write the command of a node behind --"),
        (&["--nemesis", "flood"], "there are partition, kill, pause"),
        (&["--topology", "star"], "there are grid, line"),
        (&["--page", "/no/such/folder"], "there is no index.html"),
        (&["--token", "x"], "at least 8"),
        (&["--rate", "0"], "nothing is ever asked"),
        (&["--loss", "2"], "from 0 to 1"),
        (&["--concurrency", "0n"], "from 1 to 10000"),
    ] {
        let output = Command::new(SYNOD)
            .arg("bridge")
            .args(args)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {errors}");
        assert!(errors.contains(said), "{args:?}: {errors}");
    }
}

#[test]
fn a_node_that_dies_at_once_is_told_with_its_status() {
    if let Some((code, report, errors)) = python("dies-at-once", "echo") {
        assert_eq!(code, 3, "{report:#}");
        assert!(errors.contains("exit status: 7"), "{errors}");
        assert!(
            report.to_string().contains("ended before the test began"),
            "{report}"
        );
    }
}

#[test]
fn a_node_that_dies_during_the_test_breaks_it() {
    if let Some((code, report, errors)) = python("dies", "echo") {
        assert_eq!(code, 1, "{report:#}");
        assert!(
            report["verdict"]["counts"]["node-ended"].is_u64(),
            "{report}"
        );
        assert!(errors.contains("exit status: 3"), "{errors}");
    }
}

#[test]
fn a_node_that_does_not_answer_init_is_told_after_ten_seconds() {
    if let Some((code, report, errors)) = python("silent", "echo") {
        assert_eq!(code, 3, "{report:#}");
        assert!(
            errors.contains("did not answer `init` within 10 seconds"),
            "{errors}"
        );
    }
}

#[test]
fn what_is_no_message_is_shown_and_the_test_goes_on() {
    if let Some((code, report, errors)) = python("noisy", "echo") {
        assert_eq!(code, 0, "{report:#}");
        assert!(
            errors.contains("n0 wrote a line that is no message"),
            "{errors}"
        );
        assert!(errors.contains("n1 | this is free text"), "{errors}");
    }
}

#[test]
fn a_message_to_nobody_is_dropped_with_a_warning() {
    if let Some((code, report, errors)) = python("unknown-destination", "echo") {
        assert_eq!(code, 0, "{report:#}");
        assert!(
            errors.contains("to n99, and nobody is called so"),
            "{errors}"
        );
    }
}

#[test]
fn a_node_is_killed_and_comes_back() {
    let file = journal("kill");
    let args = format!(
        "--workload lin-kv --time-limit 3 --rate 100 --nodes 3 --nemesis kill --nemesis-interval 0.3 --journal {}",
        file.display()
    );
    let (code, report, errors) = test(&args, &[&rust_node()]);
    assert_eq!(code, 0, "{report:#}\n{errors}");
    assert!(
        report["verdict"]["counts"]["node-ended"].is_null(),
        "{report:#}"
    );
    assert!(errors.contains("signal: 9"), "{errors}");
    // Three were ready at first; whoever came back was told its name again.
    let ready = |record: &&Record| {
        matches!(
            &record.entry,
            Entry::Node {
                now: NodeState::Ready,
                ..
            }
        )
    };
    assert!(records(&file).iter().filter(ready).count() > 3);
}

#[test]
fn a_journal_keeps_everything_and_is_read_again() {
    let file = journal("echo");
    let args = format!(
        "--workload echo {SHORT} --nodes 2 --journal {}",
        file.display()
    );
    let (code, report, _) = test(&args, &[&rust_node()]);
    assert_eq!(code, 0, "{report:#}");
    let records = records(&file);
    assert!(
        records
            .iter()
            .zip(0..)
            .all(|(record, seq)| record.seq == seq)
    );
    let sent = |record: &&Record| matches!(record.entry, Entry::Send { .. });
    let received = |record: &&Record| matches!(record.entry, Entry::Receive { .. });
    let sends = records.iter().filter(sent).count();
    assert_eq!(sends, records.iter().filter(received).count());
    assert_eq!(Some(sends as u64), report["messages"]["all"].as_u64());
    assert!(
        records
            .iter()
            .any(|record| matches!(record.entry, Entry::Op { .. }))
    );
}

#[test]
fn a_node_tells_how_it_stands_and_the_journal_is_a_recording() {
    if !there("python3") {
        return;
    }
    let file = journal("views");
    let args = format!(
        "--workload lin-kv {SHORT} --nodes 2 --latency 5 --nemesis partition,kill --nemesis-interval 1 --journal {}",
        file.display()
    );
    let node = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/python/lin_kv.py"
    );
    let (code, report, errors) = test(&args, &["python3", node]);
    assert_eq!(code, 0, "{report:#} {errors}");
    let text = std::fs::read_to_string(&file).unwrap();
    let read = recording::read(&text, &|_| None).unwrap();
    assert_eq!(
        (read.format, read.remark),
        (recording::Format::Journal, None)
    );
    let events = read.recording.events();
    assert!(events.len() >= records(&file).len() / 2);
    let shown = events.iter().filter_map(|event| event.view.as_ref());
    let roles: Vec<&str> = shown.map(|view| &*view.role).collect();
    assert!(
        !roles.is_empty() && roles.iter().all(|role| *role == "proxy"),
        "{roles:?}"
    );
}

#[test]
fn the_report_is_for_people_unless_something_else_is_said() {
    let output = bridge(
        &format!("--workload echo {SHORT} --seed 3"),
        &[&rust_node()],
    );
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text.starts_with("echo: 5 nodes, 1."), "{text}");
    assert!(
        text.ends_with("valid: everything is as the workload promises\n"),
        "{text}"
    );
}

/// A node that stops for nobody but SIGKILL, and starts a process of its own.
const STUBBORN: &str = "trap '' TERM; sleep 60 & echo $! >&2; while :; do sleep 1; done";

#[test]
fn an_interrupt_stops_every_process_and_what_they_started() {
    let mut synod = Command::new(SYNOD)
        .args(["bridge", "--nodes", "1", "--listen", "127.0.0.1:0", "--"])
        .args(["sh", "-c", STUBBORN])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(synod.stderr.take().unwrap()).lines();
    let grandchild = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("n0 | ")?.trim().parse::<i32>().ok())
        .unwrap();
    let pid = |number: u32| rustix::process::Pid::from_raw(number as i32).unwrap();
    rustix::process::kill_process(pid(synod.id()), rustix::process::Signal::INT).unwrap();
    let status = synod.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    // It may be a zombie for a moment, until whoever takes care of orphans has waited for it.
    let gone = (0..50).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let state = std::fs::read_to_string(format!("/proc/{grandchild}/stat"));
        state.map_or(true, |state| state.contains(") Z "))
    });
    assert!(gone, "process {grandchild} is still there");
}

#[test]
fn an_interrupted_test_says_what_it_has_seen() {
    let mut synod = Command::new(SYNOD)
        .args([
            "bridge",
            "--workload",
            "echo",
            "--time-limit",
            "600",
            "--json",
        ])
        .args(["--journal", "/dev/null", "--", &rust_node()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let pid = rustix::process::Pid::from_raw(synod.id() as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let report: serde_json::Value = serde_json::from_reader(synod.stdout.take().unwrap()).unwrap();
    // What it has seen is right, and not everything.
    assert_eq!(synod.wait().unwrap().code(), Some(3), "{report}");
    assert!(report["verdict"]["counts"]["cut-short"].is_u64());
    assert!(
        report["operations"]["echo"]["ok"].as_u64() > Some(10),
        "{report}"
    );
}
