//! Bad input: each error names the place and the cure, and the exit code is 2.

use crate::common::{file, synod, synod_with};

/// `args` fail with code 2, say all of `expected` on the standard error, and write nothing else.
fn check(args: &[&str], expected: &[&str]) {
    let said = synod(args);
    assert_eq!(said.code, 2, "{args:?}: {said:?}");
    assert_eq!(said.out, "", "{args:?} writes although it fails");
    for part in expected {
        assert!(
            said.err.contains(part),
            "{args:?} does not say «{part}»:\n{}",
            said.err
        );
    }
    let panicked = said.err.contains("panicked") || said.err.contains("RUST_BACKTRACE");
    assert!(!panicked, "{args:?} panics:\n{}", said.err);
}

/// A run file of Raft with this after its `"protocol": "raft"`.
fn run_file(name: &str, rest: &str) -> String {
    file(
        name,
        format!(r#"{{"run": {{"protocol": "raft", {rest}}}, "step": 0}}"#),
    )
}

#[test]
fn the_command_line() {
    check(&[], &["Usage: synod", "Exit codes:"]);
    check(&["plya"], &["plya", "replay"]);
    check(&["run"], &["<PROTOCOL|SCENARIO|FILE.toml>", "--help"]);
    check(
        &["run", "rfat"],
        &[
            "rfat: there is no such protocol",
            "did you mean `raft`?",
            "known: raft",
        ],
    );
    check(&["run", "raft", "--seed", "x"], &["--seed", "x"]);
    check(&["run", "raft", "--seed", "-1"], &["-1"]);
    check(&["run", "raft", "--steps", "many"], &["--steps", "many"]);
    check(
        &["run", "raft", "--steps", "5", "--until-us", "5"],
        &["--steps", "--until-us", "cannot be used with"],
    );
    check(
        &["run", "raft", "--format", "yaml"],
        &["yaml", "transcript", "json", "svg"],
    );
    check(&["run", "raft", "--lang", "fr"], &["fr", "en", "zh"]);
    check(
        &["run", "raft", "--frmat", "json"],
        &["--frmat", "--format"],
    );
    check(&["completions", "cmd"], &["cmd", "bash"]);
    check(&["list", "rfat"], &["did you mean `raft`?"]);
}

#[test]
fn settings() {
    let set = |setting, expected: &[&str]| check(&["run", "raft", "--set", setting], expected);
    set("servers", &["servers=3"]);
    set("=3", &["servers=3"]);
    set("servers=", &["servers=3"]);
    set(
        "server=3",
        &[
            "--set server=3",
            "no such parameter",
            "did you mean `servers`?",
            "loss_permille",
        ],
    );
    set("loss=3", &["did you mean `loss_permille`?"]);
    set(
        "servers=0",
        &["--set servers=0", "a whole number from 1 to 9"],
    );
    set("servers=three", &["`three`", "a whole number from 1 to 9"]);
    set("pre_vote=maybe", &["true or false"]);
    set(
        "latency_shape=round",
        &["one of uniform, exponential, log-normal"],
    );
    // Each fits its own range; together they do not.
    set(
        "heartbeat_us=200000",
        &["synod run raft", "lower `heartbeat_us`"],
    );
}

/// What is said about a long text is not that text.
#[test]
fn long_texts() {
    let setting = format!("text={}", "word ".repeat(4000));
    let args = ["run", "map-reduce", "--set", &setting];
    check(&args, &["--set text=word word", "at most 10000 bytes"]);
    assert!(synod(&args).err.len() < 400);
}

#[test]
fn variants() {
    let args = ["run", "raft", "--variant", "vote-notsaved"];
    check(
        &args,
        &[
            "--variant vote-notsaved",
            "did you mean `vote-not-saved`?",
            "known: sound",
        ],
    );
}

#[test]
fn scenarios() {
    check(
        &["run", "first-elction"],
        &[
            "first-elction",
            "did you mean `first-election`?",
            "raft/first-election",
        ],
    );
    for flag in [["--seed", "2"], ["--set", "servers=3"], ["--steps", "9"]] {
        check(
            &["run", "first-election", flag[0], flag[1]],
            &[
                flag[0],
                "a scenario brings its own",
                "docs/writing-a-scenario.md",
            ],
        );
    }
    check(
        &["run", "first-election", "--variant", "vote-not-savd"],
        &["did you mean `vote-not-saved`?"],
    );
}

#[test]
fn outputs() {
    let args = ["run", "raft", "--out", "no/such/folder/x.txt"];
    check(&args, &["no/such/folder/x.txt cannot be written"]);
}

#[test]
fn links() {
    let replay = |link, expected: &[&str]| check(&["replay", link], expected);
    replay(
        "run.jsn",
        &["`run.jsn`: there is no file of that name", "in quotes"],
    );
    replay("https://example.org/", &["https://example.org/"]);
    replay(
        "https://example.org/#",
        &["not a link of Synod", "copy it again"],
    );
    replay("https://example.org/#1.q1ZKzs8p", &["the link", "damaged"]);
    replay("1.%%%", &["damaged"]);
    replay("9.q1ZKzs8p", &["format 9", "newer version"]);

    let link = crate::common::well(&[
        "url",
        &run_file("whole.json", r#""behaviour": 1, "seed": 1"#),
    ]);
    let link = link.trim();
    replay(
        &link[..link.len() - 7],
        &["damaged", "copy it again, whole"],
    );
}

#[test]
fn files() {
    let replay = |path: &str, expected: &[&str]| {
        check(&["replay", path], expected);
        check(&["url", path], expected);
    };
    std::fs::create_dir_all(crate::common::folder().join("a-folder")).unwrap();
    replay("a-folder", &["a-folder cannot be read"]);
    replay(
        &file("empty.json", ""),
        &["empty.json:1:0", "docs/run-format.md"],
    );
    replay(
        &file("bytes.json", [0xff, 0xfe, 0x00]),
        &["bytes.json cannot be read", "UTF-8"],
    );
    replay(
        &file("words.txt", "hello there"),
        &["words.txt", "not a link of Synod"],
    );
    replay(
        &file("comma.json", "{\n  \"run\": {},,\n}"),
        &["comma.json:2:13"],
    );
    replay(
        &file("half.json", "{\"run\": {\"protocol\": \"ra"),
        &["half.json:1:24", "EOF"],
    );
    replay(&file("list.json", "[1, 2]"), &["list.json:1:"]);
    replay(
        &file("nothing.json", "{}"),
        &["nothing.json:1:2", "missing field `run`"],
    );
    check(&["url", "run.jsn"], &["run.jsn cannot be read"]);
}

#[test]
fn runs_in_files() {
    let replay = |path: &str, expected: &[&str]| check(&["replay", path], expected);
    replay(
        &run_file("seedless.json", r#""behaviour": 1"#),
        &["seedless.json:1:", "missing field `seed`"],
    );
    replay(
        &run_file("seed.json", r#""behaviour": 1, "seed": "7""#),
        &["seed.json:1:", "invalid type: string"],
    );
    replay(
        &run_file(
            "variant.json",
            r#""behaviour": 1, "seed": 1, "variant": "loud""#,
        ),
        &["variant.json", "no such variant", "known: sound"],
    );
    replay(
        &run_file(
            "key.json",
            r#""behaviour": 1, "seed": 1, "config": {"server": "3"}"#,
        ),
        &["key.json: config `server`", "did you mean `servers`?"],
    );
    replay(
        &run_file(
            "value.json",
            r#""behaviour": 1, "seed": 1, "config": {"servers": "99"}"#,
        ),
        &["value.json: config `servers`", "a whole number from 1 to 9"],
    );
    replay(
        &run_file(
            "action.json",
            r#""behaviour": 1, "seed": 1, "edits": [{"t": 1, "do": {"explode": 1}}]"#,
        ),
        &["action.json:1:", "unknown variant `explode`", "`crash`"],
    );
    let other = r#"{"run": {"protocol": "zab", "behaviour": 1, "seed": 1}, "step": 0}"#;
    replay(
        &file("other.json", other),
        &["other.json: protocol `zab`", "known: raft"],
    );
    let newer = r#"{"format": 99, "run": {}, "events": []}"#;
    replay(
        &file("newer.json", newer),
        &["newer.json has format 99", "up to format 1", "newer synod"],
    );
}

#[test]
fn the_standard_input() {
    let said = synod_with(&["replay", "-"], b"{\n]");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("the standard input:2:1"), "{}", said.err);
}

/// Whether a text is in Chinese, but for names and what the system says.
fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn what_is_wrong_is_said_in_the_language_asked_for() {
    let not_json = file("zh-torn.json", "{\"run\": ");
    let unknown = run_file(
        "zh-unknown.json",
        r#""behaviour": 1, "seed": 1, "variant": "x""#,
    );
    let refused = run_file(
        "zh-refused.json",
        r#""behaviour": 1, "seed": 1, "config": {"servers": "many"}"#,
    );
    let cases: [&[&str]; 9] = [
        &["run", "rfat"],
        &["list", "rfat"],
        &["run", "raft", "--variant", "x"],
        &["run", "raft", "--set", "servers=many"],
        &["run", "raft", "--set", "latency_min_us=9000000"],
        &["replay", &not_json],
        &["replay", &unknown],
        &["replay", &refused],
        &["replay", "1.nonsense"],
    ];
    for args in cases {
        let said = synod(&[args, &["--lang", "zh"]].concat());
        assert_eq!(said.code, 2, "{args:?}: {said:?}");
        assert!(said.err.starts_with("错误："), "{args:?}: {}", said.err);
        for line in said.err.lines() {
            assert!(is_chinese(line), "{args:?} says «{line}»");
        }
        let english = synod(args).err;
        assert!(!is_chinese(&english), "{args:?}: {english}");
    }
    // What is said beside a run that is played.
    let other = file(
        "zh-other.json",
        r#"{"run": {"protocol": "raft", "behaviour": 0, "seed": 1, "edits": [{"t": 10, "do": {"restart": 0}}]}, "step": 9, "digest": "0000000000000000"}"#,
    );
    let said = synod(&["replay", &other, "--lang", "zh"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(said.err.lines().count(), 2, "{}", said.err);
    assert!(said.err.lines().all(is_chinese), "{}", said.err);
}
