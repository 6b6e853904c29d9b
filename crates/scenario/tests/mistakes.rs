//! What is wrong in a file is said with its place and its cure, in both languages.

use trace::{Language, Words};

/// The head of a file, on lines 1 to 5; a beat follows on line 6.
const HEAD: &str = r#"protocol = "raft"
topic = "elections"
title = { en = "T", zh = "题" }
summary = { en = "S", zh = "摘要" }
seed = 25
"#;

fn words(language: Language) -> Words {
    let raft = catalog::find("raft").expect("Raft is there");
    let mut words = Words::new(language);
    words.add(scenario::words(language)).expect("words");
    words
        .add((raft.about.words)(language.code()))
        .expect("words");
    words
}

/// Every mistake of `text`: "line:column: sentence".
fn mistakes(text: &str, language: Language) -> Vec<String> {
    let found = match scenario::read("mine", text) {
        Ok(draft) => scenario::check(&draft, &catalog::SHELF)
            .err()
            .unwrap_or_default(),
        Err(found) => found,
    };
    let words = words(language);
    let say = |mistake: scenario::Mistake| {
        let (place, what) = (mistake.place, words.say(&mistake.what, &[]));
        format!("{}:{}: {what}", place.line, place.column)
    };
    found.into_iter().map(say).collect()
}

/// `text` has these mistakes and no others: each begins so in English, and stands in Chinese at the same place.
fn check(text: &str, expected: &[&str]) {
    let english = mistakes(text, Language::English);
    let chinese = mistakes(text, Language::Chinese);
    assert_eq!(english.len(), expected.len(), "in\n{text}\n{english:#?}");
    for ((said, chinese_said), expected) in english.iter().zip(&chinese).zip(expected) {
        assert!(
            said.starts_with(expected),
            "{said}\nshould begin with\n{expected}"
        );
        let place = |said: &str| said.split(' ').next().map(str::to_owned);
        assert_eq!(place(said), place(chinese_said));
        let han = |c: char| ('\u{4e00}'..'\u{9fff}').contains(&c);
        assert!(chinese_said.chars().any(han), "{chinese_said}");
        for said in [said, chinese_said] {
            let gap = ["{given}", "{known}", "{key}", "{wanted}", "scenario."];
            assert!(!gap.iter().any(|gap| said.contains(gap)), "{said}");
        }
    }
}

fn head(from: &str, to: &str, expected: &[&str]) {
    assert!(HEAD.contains(from));
    let text = HEAD.replace(from, to);
    check(
        &format!("{text}[[beat]]\nuntil = {{ quiet = true }}\n"),
        expected,
    );
}

/// What stands in a beat, on line 7 and after.
fn beat(text: &str, expected: &[&str]) {
    check(&format!("{HEAD}[[beat]]\n{text}\n"), expected);
}

#[test]
fn a_file_without_mistakes_has_none() {
    beat("until = { role = \"leader\" }", &[]);
    beat("do = { set = { loss_permille = 20 } }", &[]);
    beat(
        "let = { old = \"a follower\" }\ndo = { crash = \"old\" }",
        &[],
    );
}

#[test]
fn heads() {
    check("protocol = \n", &["1:12: this is not TOML"]);
    head(
        "raft",
        "rafd",
        &["1:12: there is no protocol `rafd`; did you mean `raft`?"],
    );
    head(
        "topic =",
        "topik =",
        &[
            "1:1: `topic` is missing here",
            "2:1: there is no `topik` here; did you mean `topic`?",
        ],
    );
    head(
        "elections",
        "election",
        &["2:9: there is no topic `election`; did you mean `elections`?"],
    );
    head(
        ", zh = \"题\"",
        "",
        &["3:9: the words are missing in 简体中文"],
    );
    head("25", "-1", &["5:8: here belongs a whole number from 0"]);
    head(
        "seed = 25",
        "seed = 25\nvariant = \"vote-notsaved\"",
        &["6:11: there is no variant `vote-notsaved`; did you mean `vote-not-saved`?"],
    );
    check(HEAD, &["1:1: `beat` is missing here"]);
}

#[test]
fn parameters() {
    let config = |line: &str, expected: &[&str]| {
        check(
            &format!("{HEAD}[config]\n{line}\n[[beat]]\nuntil = {{ quiet = true }}\n"),
            expected,
        );
    };
    config(
        "server = 3",
        &["7:10: there is no parameter `server`; did you mean `servers`?"],
    );
    config(
        "servers = 30",
        &["7:11: `30` does not fit `servers`, which takes a whole number from 1 to 9"],
    );
    config(
        "heartbeat_us = 200000",
        &["1:12: heartbeats every 200 ms cannot prevent elections"],
    );
    beat(
        "do = { set = { servers = 3 } }",
        &["7:26: `servers` is fixed while a cluster runs: set it under `[config]`"],
    );
}

#[test]
fn acts() {
    beat(
        "do = { crsh = \"S1\" }",
        &["7:8: there is no `crsh` here; did you mean `crash`?"],
    );
    beat(
        "do = { crash = \"S9\" }",
        &[
            "7:16: there is no node, name or role `S9`; there is S1, S2, S3, S4, S5, C1, C2, candidate",
        ],
    );
    beat(
        "do = { crash = \"S1\", heal = true }",
        &["7:6: one table does one thing: give `heal` a table of its own"],
    );
    beat(
        "do = { heal = false }",
        &["7:15: here belongs true, and nothing else"],
    );
    beat(
        "do = { cut = [\"S1\"] }",
        &["7:14: here belongs two groups"],
    );
    beat(
        "do = { fire = { timer = \"elect\", node = \"S1\" } }",
        &["7:25: there is no timer `elect`; did you mean `election`?"],
    );
    beat(
        "do = { fire = { timer = \"election\" } }",
        &["7:15: `node` is missing here"],
    );
    beat(
        "do = { drop = \"AppendEntrys\" }",
        &["7:15: there is no kind of message `AppendEntrys`; did you mean `AppendEntries`?"],
    );
    beat(
        "do = { ask = { client = \"C1\", op = \"putt\" } }",
        &["7:36: there is no operation `putt`; did you mean `put`?"],
    );
    beat(
        "do = { ask = { client = \"C1\", op = \"get\", fields = [\"x\", \"y\"] } }",
        &["7:36: `get` takes 1 field (key), and is given 2"],
    );
    beat(
        "say = { en = \"{S1}\", zh = \"好\" }",
        &["7:7: both languages must name the same nodes in braces"],
    );
    beat(
        "say = { en = \"{S9}\", zh = \"{S9}\" }",
        &["7:7: there is no node, name or role `S9`"],
    );
}

#[test]
fn predicates() {
    let until = |what: &str, expected: &[&str]| beat(&format!("until = {what}"), expected);
    until(
        "{ fact = \"becomes-leader\" }",
        &["7:18: there is no fact `becomes-leader`; did you mean `became-leader`?"],
    );
    until(
        "{ fact = \"became-leader\", with = { trm = 4 } }",
        &[
            "7:50: there is no value in that sentence `trm`; did you mean `term`? There is me, term, votes",
        ],
    );
    until(
        "{ fct = \"became-leader\" }",
        &["7:11: there is no `fct` here; did you mean `fact`?"],
    );
    until("{ role = \"boss\" }", &["7:18: there is no role `boss`"]);
    until(
        "{ role = \"leader\", quiet = true }",
        &["7:9: one table says one thing: put `role` and `quiet` in a list"],
    );
    until(
        "{ role = \"leader\", count = \"many\" }",
        &["7:36: here belongs a whole number, or a comparison"],
    );
    until(
        "{ event = \"crash\" }",
        &["7:19: here belongs a kind of event"],
    );
    until("{ log = [1] }", &["7:9: `node` is missing here"]);
    until(
        "{ violated = \"log-maching\" }",
        &["7:22: there is no property `log-maching`; did you mean `log-matching`?"],
    );
    until("[]", &["7:9: here belongs one thing at least"]);
    until("12", &["7:9: here belongs a predicate"]);
}

#[test]
fn questions() {
    const TEXT: &str = "say = { en = \"A\", zh = \"甲\" }, why = { en = \"B\", zh = \"乙\" }";
    let ask = |choices: &str, expected: &[&str]| {
        let say = "say = { en = \"Q\", zh = \"问\" }";
        beat(&format!("ask = {{ {say}, choice = {choices} }}"), expected);
    };
    let choice = |more: &str| format!("{{ {TEXT}{more} }}");
    let (right, wrong) = (choice(", right = true"), choice(""));
    ask(&format!("[{right}, {wrong}]"), &[]);
    ask(
        &format!("[{wrong}, {wrong}]"),
        &["7:7: one choice of a question is right, and here are 0: put `right = true`"],
    );
    ask(
        &format!("[{right}, {right}, {wrong}]"),
        &["7:7: one choice of a question is right, and here are 2: put `right = true`"],
    );
    ask(
        &format!("[{right}]"),
        &["7:48: here belongs two to six choices: `[[beat.ask.choice]]`"],
    );
    let unsure = choice(", right = \"yes\"");
    let found = format!("[{right}, {unsure}]");
    ask(&found, &["7:197: here belongs true or false"]);
    let odd = choice(", holds = { role = \"boss\" }");
    ask(
        &format!("[{right}, {odd}]"),
        &["7:206: there is no role `boss`"],
    );
    beat(
        "ask = { say = { en = \"Q\" }, choice = [] }",
        &[
            "7:15: the words are missing in 简体中文",
            "7:38: here belongs two to six choices",
        ],
    );
    beat(
        "note = { en = \"{S9}\", zh = \"{S9}\" }",
        &["7:8: there is no node, name or role `S9`"],
    );
}

#[test]
fn exercises() {
    let grade = |text: &str, expected: &[&str]| {
        let until = "until = { quiet = true }";
        check(
            &format!("{HEAD}[[beat]]\n{until}\n[[grade]]\n{text}\n"),
            expected,
        );
    };
    let say = "say = { en = \"W\", zh = \"要\" }";
    grade(&format!("{say}\nexpect = {{ role = \"leader\" }}"), &[]);
    grade(say, &["8:1: `expect` is missing here"]);
    // Whom the scenario gives a name has none in the run of a solution.
    let named = "let = { old = \"S1\" }\nuntil = { status = \"up\", node = \"old\" }";
    check(
        &format!(
            "{HEAD}[[beat]]\n{named}\n[[grade]]\n{say}\nexpect = {{ status = \"up\", node = \"old\" }}\n"
        ),
        &["11:34: there is no node, name or role `old`"],
    );
    grade(
        &format!("{say}\nexpect = {{ fact = \"became-laeder\" }}"),
        &["10:19: there is no fact `became-laeder`; did you mean `became-leader`?"],
    );
}

#[test]
fn both_languages_say_the_same_things() {
    let of = |language| {
        let mut words = Words::default();
        words.add(scenario::words(language)).expect("words");
        words
    };
    let (english, chinese) = (of(Language::English), of(Language::Chinese));
    assert!(english.keys().eq(chinese.keys()), "the same keys");
    let slots = |template: &str| {
        let slots = template.split('{').skip(1);
        let mut slots: Vec<String> = slots
            .map(|rest| rest.split(['}', ':']).next().unwrap_or(rest).to_owned())
            .collect();
        slots.sort();
        slots.dedup();
        slots
    };
    for key in english.keys() {
        assert_eq!(slots(english.word(key)), slots(chinese.word(key)), "{key}");
    }
}
