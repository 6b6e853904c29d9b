//! `synod check`: histories in each form, verdicts, exit codes, mistakes with their lines, the picture.

use crate::common::{file, folder, synod};
use std::path::PathBuf;

const FRESH: &str = r#"{"client": 1, "type": "invoke", "f": "write", "value": 1}
{"client": 1, "type": "ok", "f": "write", "value": 1}

{"client": "b", "type": "invoke", "f": "read", "value": null}
{"client": "b", "type": "ok", "f": "read", "value": 1}
"#;

const STALE: &str = r#"{"client": 1, "type": "invoke", "f": "write", "value": 1}
{"client": 1, "type": "ok", "f": "write", "value": 1}
{"client": 2, "type": "invoke", "f": "read", "value": null}
{"client": 2, "type": "ok", "f": "read", "value": null}
"#;

const JEPSEN: &str = "\
INFO  jepsen.core - Worker 0 starting
INFO  jepsen.util - 0\t:invoke\t:write\t3
INFO  jepsen.util - 1\t:invoke\t:cas\t[3 4]
INFO  jepsen.util - :nemesis\t:info\t:start\tnil
INFO  jepsen.util - 0\t:ok\t:write\t3
INFO  jepsen.util - 1\t:info\t:cas\t:timed-out
INFO  jepsen.util - 2\t:invoke\t:read\tnil
INFO  jepsen.util - 2\t:ok\t:read\t4
";

const PORCUPINE: &str = "\
{:process 0, :type :invoke, :f :append, :key \"x\", :value \"a\"}
{:process 1, :type :invoke, :f :get, :key \"x\", :value nil}
{:process 1, :type :ok, :f :get, :key \"x\", :value \"a\"}
{:process 0, :type :ok, :f :append, :key \"x\", :value \"a\"}
";

fn check(model: &str, content: &str, code: i32, verdict: &str) {
    let name = format!("check-{model}-{}", content.len());
    let path = file(&name, content);
    let said = synod(&["check", "--model", model, &path]);
    assert_eq!(said.code, code, "{said:?}");
    assert_eq!(said.out, format!("{path}\t{verdict}\n"));
}

#[test]
fn every_model_and_form_has_its_verdicts() {
    check("register", FRESH, 0, "ok");
    check("register", STALE, 1, "illegal");
    check("cas-register", JEPSEN, 0, "ok");
    check(
        "cas-register",
        &JEPSEN.replace(":read\t4", ":read\t5"),
        1,
        "illegal",
    );
    check("kv", PORCUPINE, 0, "ok");
    check(
        "kv",
        &PORCUPINE.replace(
            ":get, :key \"x\", :value \"a\"",
            ":get, :key \"x\", :value \"b\"",
        ),
        1,
        "illegal",
    );
    let queue = STALE.replace("write", "enqueue").replace("read", "dequeue");
    check("queue", &queue, 1, "illegal");
    check(
        "queue",
        &queue
            .replacen(
                "\"dequeue\", \"value\": null}\n{",
                "\"dequeue\", \"value\": null}\n {",
                1,
            )
            .replace(
                "\"ok\", \"f\": \"dequeue\", \"value\": null",
                "\"ok\", \"f\": \"dequeue\", \"value\": 1",
            ),
        0,
        "ok",
    );
    let lock = STALE.replace("write", "acquire").replace("read", "acquire");
    check("lock", &lock, 1, "illegal");
    check("lock", &lock.replacen("\"ok\"", "\"fail\"", 1), 0, "ok");
}

#[test]
fn of_several_files_the_worst_counts_and_each_has_its_line() {
    let fresh = file("check-several-fresh", FRESH);
    let stale = file("check-several-stale", STALE);
    let broken = file("check-several-broken", "{\"client\": 1}\n");
    let said = synod(&["check", "--model", "register", &fresh, &stale]);
    assert_eq!((said.code, said.err.as_str()), (1, ""));
    assert_eq!(said.out, format!("{fresh}\tok\n{stale}\tillegal\n"));
    let said = synod(&["check", "--model", "register", &broken, &fresh, &stale]);
    assert_eq!(said.code, 2);
    assert_eq!(
        said.out,
        format!("{broken}\tbad-input\n{fresh}\tok\n{stale}\tillegal\n"),
        "one that cannot be read keeps no other from its verdict"
    );
    // Nothing at all can be tried for nothing.
    let said = synod(&["check", "--model", "register", "--budget", "0", &stale]);
    assert_eq!((said.code, said.out), (3, format!("{stale}\tunknown\n")));
}

#[test]
fn a_mistake_is_said_with_its_line_and_its_cure() {
    let cases = [
        ("register", "nothing that is known\n", &["--format"][..]),
        (
            "register",
            "{\"client\": 1, \"type\": \"invoke\", \"value\": 1}\n",
            &[":1", "`f`"],
        ),
        (
            "register",
            "{\"client\": 1, \"type\": \"begin\", \"f\": \"read\"}\n",
            &[":1", "begin", "invoke, ok, fail or info"],
        ),
        ("register", "\n{\"client\": 1\n", &[":2", "JSON"]),
        (
            "register",
            &FRESH.replacen("invoke", "ok", 1),
            &[":1", "no call that is open"],
        ),
        (
            "register",
            &STALE.replacen("\"ok\"", "\"invoke\"", 1),
            &[":2", "is open", "line 1"],
        ),
        ("queue", FRESH, &[":1", "`write`", "enqueue, dequeue"]),
        ("kv", &FRESH.replace("write", "put"), &[":1", "put"]),
        (
            "cas-register",
            &FRESH.replace("write", "cas"),
            &[":1", "[from, to]"],
        ),
        (
            "cas-register",
            &JEPSEN.replace("[3 4]", "[3 4"),
            &[":3", "[3 4"],
        ),
        (
            "kv",
            &PORCUPINE.replacen("nil}", "nil", 1),
            &[":2", ":process 0"],
        ),
    ];
    for (place, (model, content, expected)) in cases.iter().enumerate() {
        let path = file(&format!("check-mistake-{place}"), *content);
        let said = synod(&["check", "--model", model, &path]);
        assert_eq!(
            (said.code, said.out),
            (2, format!("{path}\tbad-input\n")),
            "{content}"
        );
        for part in *expected {
            assert!(
                said.err.contains(part),
                "«{part}» is missing:\n{}",
                said.err
            );
        }
        let said = synod(&["check", "--lang", "zh", "--model", model, &path]);
        assert!(
            said.err.contains("docs/history-formats.md") && !said.err.contains("history."),
            "{}",
            said.err
        );
    }
    let said = synod(&["check", "--model", "register", "no-such-file"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("no-such-file"), "{}", said.err);
    let said = synod(&["check", "--model", "stack", "x"]);
    assert!(
        said.code == 2 && said.err.contains("cas-register"),
        "{}",
        said.err
    );
}

#[test]
fn the_picture_stays_small_for_thousands_of_operations() {
    let mut content = String::new();
    for n in 0..3_000 {
        for kind in ["invoke", "ok"] {
            content += &format!(
                "{{\"client\": {}, \"type\": \"{kind}\", \"f\": \"write\", \"value\": {n}}}\n",
                n % 7
            );
        }
    }
    content += "{\"client\": 9, \"type\": \"invoke\", \"f\": \"read\"}\n{\"client\": 9, \"type\": \"ok\", \"f\": \"read\", \"value\": \"<b>\"}\n";
    let path = file("check-large", content);
    let html = file("check-large.html", "");
    let said = synod(&["check", "--model", "register", "--html", &html, &path]);
    assert_eq!(said.code, 1, "{said:?}");
    let page = std::fs::read_to_string(folder().join(&html)).unwrap();
    assert!(
        page.len() < 600_000,
        "{} bytes for 3,001 operations",
        page.len()
    );
    assert!(page.contains("<svg") && page.contains("not linearizable"));
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("src="));
    assert!(!page.contains("<b>"), "what a file says is text");
    assert!(page.contains("prefers-color-scheme"), "light and dark");
}

/// Logs from elsewhere, whose verdicts are known.
#[test]
fn the_shared_cases() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut folders = here
        .ancestors()
        .map(|folder| folder.join("shared/cases/linearizability"));
    let Some(folder) = folders.find(|folder| folder.is_dir()) else {
        println!("skipped: no ../shared/cases/linearizability");
        return;
    };
    let verdicts = std::fs::read_to_string(folder.join("verdicts.tsv")).unwrap();
    let mut checked = 0;
    for line in verdicts.lines().skip(1) {
        let mut fields = line.split('\t');
        let (Some(name), Some(model), Some(verdict)) =
            (fields.next(), fields.next(), fields.next())
        else {
            panic!("{line}");
        };
        let (model, format) = if model.starts_with("kv") {
            ("kv", "porcupine-kv")
        } else {
            ("cas-register", "jepsen")
        };
        let path = folder.join(name);
        let path = path.to_str().unwrap();
        for args in [&["--format", format][..], &[]] {
            let mut all = vec!["check", "--model", model];
            all.extend(args);
            all.push(path);
            assert_eq!(synod(&all).out, format!("{path}\t{verdict}\n"));
        }
        checked += 1;
    }
    assert!(checked >= 60, "{checked} cases");
    let tiny = std::fs::read_to_string(folder.join("tiny-register.jsonl")).unwrap();
    for line in tiny.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let events = case["history"].as_array().unwrap().iter();
        let content: String = events.map(|event| format!("{event}\n")).collect();
        let path = file(
            &format!("check-tiny-{}", case["name"].as_str().unwrap()),
            content,
        );
        let said = synod(&["check", "--model", case["model"].as_str().unwrap(), &path]);
        assert_eq!(
            said.out,
            format!("{path}\t{}\n", case["verdict"].as_str().unwrap())
        );
    }
}
