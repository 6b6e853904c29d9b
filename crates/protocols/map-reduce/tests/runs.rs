//! Runs of the sound protocol: every job, workers and the master that fail, stragglers, a bad network.

mod bench;

use bench::{Bench, FILES, MASTER, open, w};
use map_reduce::{JobKind, sequential};
use protocol::{NodeId, Protocol};
use sim::Action;

const SECOND: u64 = 1_000_000;

fn completes(bench: &mut Bench) {
    let done = bench.until(60 * SECOND, |bench| bench.count("job-completed") > 0);
    assert!(done, "not completed: {:?}", bench.told);
    assert_eq!(bench.violated(), [""; 0]);
}

/// Whether the last step gave this reason for something.
fn reasoned(bench: &mut Bench, reason: &str) -> bool {
    let step = bench.sim.step();
    let event = bench.sim.event(step).expect("it happened");
    let event = serde_json::to_string(&event).expect("plain data");
    event.contains(&format!("\"reason.{reason}\""))
}

#[test]
fn every_job_is_done_and_answered() {
    for kind in JobKind::ALL {
        let mut bench = open("sound", 3, &[("job", kind.id())]);
        bench.submit("");
        completes(&mut bench);
        assert!(bench.until(SECOND, |b| {
            b.told.iter().any(|(key, _)| key == "answer.done")
        }));
        let (_, answer) = bench.told.last().expect("an answer");
        let text = map_reduce::MapReduceConfig::default().text;
        let rows = sequential(kind, &text).len() as u64;
        assert!(
            answer
                .args
                .contains(&("rows".into(), protocol::Arg::Int(rows))),
            "{kind:?}: {answer:?}"
        );
    }
}

#[test]
fn the_output_is_on_the_charts() {
    let mut bench = open("sound", 1, &[]);
    assert_eq!(bench.sim.pictures().len(), 5, "from the first moment on");
    bench.submit("");
    completes(&mut bench);
    let table = bench.table("picture.output");
    // Counted by another program: the most frequent words, whichever file they are in.
    let counts: Vec<(&str, &str)> = table
        .iter()
        .take(3)
        .map(|row| (row[0].as_str(), row[1].as_str()))
        .collect();
    assert_eq!(
        counts,
        [("the", "39"), ("that", "28"), ("cat", "8")],
        "{table:?}"
    );
}

#[test]
fn a_hand_picked_job_runs_over_the_same_text() {
    let mut bench = open("sound", 1, &[]);
    bench.submit("sort");
    bench.submit("inverted-index");
    bench.until_told("job-completed", 2);
    assert_eq!(bench.violated(), [""; 0]);
    let ops = |fields: &[String]| map_reduce::Node::operation("submit", fields);
    assert!(ops(&["sort".into()]).is_ok());
    let refused = ops(&["grep".into()]).expect_err("there is no such job");
    assert_eq!(refused.key, "error.no-job");
}

#[test]
fn odd_texts_are_no_trouble() {
    for text in [
        "",
        "\n\n",
        "…",
        "one",
        "left: a",
        "分布式系统，分而治之。\n系统",
    ] {
        for kind in JobKind::ALL {
            for workers in ["1", "3"] {
                let config = [("text", text), ("workers", workers), ("split_bytes", "10")];
                let mut bench = open("sound", 1, &config);
                bench.submit(kind.id());
                completes(&mut bench);
            }
        }
    }
}

#[test]
fn a_dead_workers_finished_maps_are_done_again_and_its_reduces_are_not() {
    let mut bench = open("sound", 2, &[("backups", "false")]);
    bench.submit("");
    bench.until_told("map-completed", 3);
    bench.crash(w(1));
    bench.until_told("worker-failed", 1);
    let (_, failed) = bench
        .told
        .iter()
        .rfind(|(key, _)| key == "fact.worker-failed")
        .unwrap();
    let lost = failed.args.iter().find(|(name, _)| name == "lost").unwrap();
    assert_ne!(lost.1, protocol::Arg::Int(0), "W1 had completed a map task");
    completes(&mut bench);
    assert!(bench.count("redone") > 0);
    assert!(bench.met().contains(&"task-redone"));

    // A worker that dies after it has committed has its file in the file system: nothing of it is reduced again.
    let mut bench = open("sound", 2, &[("backups", "false"), ("partitions", "2")]);
    bench.submit("");
    bench.until_told("reduce-completed", 1);
    let before = bench.count("committed");
    bench.crash(w(1));
    completes(&mut bench);
    assert_eq!(bench.count("committed"), 2, "{before} before the crash");
    assert_eq!(bench.count("discarded"), 0);
}

#[test]
fn a_quick_restart_is_noticed() {
    let mut bench = open("sound", 2, &[("backups", "false")]);
    bench.submit("");
    bench.until_told("map-completed", 2);
    bench.crash(w(1));
    bench.restart(w(1));
    completes(&mut bench);
    assert_eq!(
        bench.count("worker-failed"),
        0,
        "it was back before it was missed"
    );
    assert_eq!(bench.count("worker-started-anew"), 1);
}

#[test]
fn a_worker_that_was_only_cut_off_does_no_harm() {
    let mut bench = open("sound", 5, &[]);
    bench.submit("");
    bench.until_told("map-completed", 2);
    bench.act(&Action::Cut {
        from: vec![w(2)],
        to: vec![MASTER],
        both: true,
    });
    bench.until_told("worker-failed", 1);
    bench.act(&Action::Heal);
    completes(&mut bench);
    assert!(bench.count("worker-back") <= 1);
}

#[test]
fn a_straggler_is_beaten_by_its_backup() {
    let config = [("slow_worker", "2"), ("straggler_factor", "40")];
    let finish = |backups: &str| {
        let mut bench = open("sound", 1, &[&config[..], &[("backups", backups)]].concat());
        bench.submit("");
        completes(&mut bench);
        (bench.sim.now_us(), bench.met().contains(&"backup-won"))
    };
    let (with, won) = finish("true");
    let (without, none) = finish("false");
    assert!(won && !none);
    assert!(
        with * 2 < without,
        "{with} µs with backups, {without} without"
    );
}

#[test]
fn locality_saves_reading_over_the_network() {
    let far = |locality: &str| {
        let config = [
            ("locality", locality),
            ("backups", "false"),
            ("replicas", "1"),
        ];
        let mut bench = open(
            "sound",
            1,
            &[&config[..], &[("split_bytes", "60")]].concat(),
        );
        bench.submit("");
        let mut far = 0;
        while bench.count("job-completed") == 0 && bench.step() {
            far += u64::from(reasoned(&mut bench, "reads-split"));
        }
        far
    };
    let (on, off) = (far("true"), far("false"));
    assert!(
        on < off,
        "{on} splits read over the network with locality, {off} without"
    );
}

#[test]
fn a_combiner_leaves_less_to_shuffle() {
    let size = |combiner: &str| {
        let mut bench = open("sound", 1, &[("combiner", combiner)]);
        bench.submit("");
        completes(&mut bench);
        let all = bench.sim.pictures().into_iter();
        let found = all.filter_map(|picture| match picture {
            protocol::Picture::Chart { title, series, .. } if title == "picture.sizes" => {
                Some(series[0].points.iter().map(|point| point.1).sum::<u64>())
            }
            _ => None,
        });
        found.sum::<u64>()
    };
    let (with, without) = (size("true"), size("false"));
    assert!(
        with * 3 < without * 2,
        "{with} bytes with it, {without} without"
    );
}

#[test]
fn the_master_goes_on_from_its_checkpoint() {
    for moment in [
        "job-started",
        "map-completed",
        "reduce-completed",
        "committed",
    ] {
        for save_us in ["0", "3000"] {
            let mut bench = open("sound", 4, &[("save_us", save_us)]);
            bench.submit("");
            bench.until_told(moment, 1);
            // What the client was told to be in hand is in hand whatever comes.
            bench.until(SECOND, |b| b.sim.now_us() > 60_000);
            bench.crash(MASTER);
            bench.until(200_000, |_| false);
            bench.restart(MASTER);
            completes(&mut bench);
            assert!(bench.until(5 * SECOND, |b| {
                b.told.iter().any(|(key, _)| key == "answer.done")
            }));
        }
    }
}

/// The checkpoint has an execution at a worker that has since got another one, of which the checkpoint knows nothing.
#[test]
fn an_old_checkpoint_and_a_new_process_agree_in_the_end() {
    let config = [("checkpoint_us", "60000000"), ("backups", "false")];
    let mut bench = open("sound", 4, &config);
    bench.submit("");
    bench.until_told("job-started", 1);
    bench.until(20_000, |_| false);
    bench.crash(w(1));
    bench.restart(w(1));
    bench.until_told("redone", 1);
    bench.until(15_000, |_| false);
    bench.crash(MASTER);
    bench.restart(MASTER);
    completes(&mut bench);
    assert_eq!(bench.count("recovered"), 1);
}

#[test]
fn without_checkpoints_the_job_is_aborted_and_the_client_learns_it() {
    let mut bench = open("sound", 4, &[("checkpoint_us", "0")]);
    bench.submit("");
    bench.until_told("map-completed", 2);
    bench.crash(MASTER);
    bench.restart(MASTER);
    let aborted = |b: &Bench| b.told.iter().any(|(key, _)| key == "answer.aborted");
    assert!(bench.until(5 * SECOND, aborted));
    assert_eq!(bench.count("restarted-empty"), 1);
    // It hands the job in again, as the paper says.
    bench.submit("");
    completes(&mut bench);
}

#[test]
fn the_file_system_may_pause_too() {
    let mut bench = open("sound", 6, &[("save_us", "2000")]);
    bench.submit("");
    bench.until_told("committed", 1);
    bench.crash(FILES);
    bench.until(300_000, |_| false);
    bench.restart(FILES);
    completes(&mut bench);
}

#[test]
fn job_after_job_over_a_bad_network() {
    for seed in 0..6 {
        let config = [
            ("arrivals", "closed"),
            ("job_gap_us", "50000"),
            ("loss_permille", "80"),
            ("duplicate_permille", "80"),
            ("straggler_permille", "150"),
        ];
        let mut bench = open("sound", seed, &config);
        assert!(
            bench.until(120 * SECOND, |bench| bench.count("job-completed") >= 4),
            "seed {seed}: {:?}",
            bench.told.last()
        );
        assert_eq!(bench.violated(), [""; 0], "seed {seed}");
    }
}

#[test]
fn an_idle_cluster_is_quiet() {
    let mut bench = open("sound", 1, &[]);
    bench.submit("");
    completes(&mut bench);
    while bench.step() {}
    assert_eq!(bench.sim.next_us(), None, "nothing waits");
    let frame = bench.sim.frame();
    let roles: Vec<_> = frame.nodes[2..6]
        .iter()
        .map(|node| node.view.role.clone())
        .collect();
    assert_eq!(roles, ["role.idle"; 4]);
}

#[test]
fn the_same_run_has_the_same_digest() {
    let run = || {
        let mut bench = open(
            "sound",
            11,
            &[("loss_permille", "50"), ("straggler_permille", "200")],
        );
        bench.submit("");
        bench.until_told("map-completed", 2);
        bench.crash(w(3));
        completes(&mut bench);
        bench.sim.digest()
    };
    assert_eq!(run(), run());
}

/// Where nothing is lost and nothing takes longer than from one ping to the next, no list of places is sent twice.
#[test]
fn what_has_arrived_is_not_told_again() {
    for seed in 0..20 {
        let mut bench = open("sound", seed, &[]);
        bench.submit("");
        while bench.count("job-completed") == 0 && bench.step() {
            assert!(!reasoned(&mut bench, "tells-outputs"), "seed {seed}");
        }
    }
}

/// The last worker standing does all the work.
#[test]
fn one_worker_is_enough() {
    let mut bench = open("sound", 1, &[]);
    bench.submit("");
    bench.until_told("map-completed", 2);
    for number in 1..=3 {
        bench.crash(w(number));
    }
    completes(&mut bench);
    assert!(bench.met().contains(&"job-completed"));
    assert!(!bench.is_up(NodeId(2)));
}
