//! The words: both languages say the same things with the same values; everything that the tables name and that runs say has
//! its sentence, and every sentence is said by some run.

mod lab;
mod storm;

use lab::Lab;
use paxos::{Decree, Multi, decree, multi};
use protocol::{Config as _, NodeId, Phrase, Protocol, Say, TimerName, Verdict};
use replicated::{ClientReason, Payload, Replica};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use storm::{Config, Storm, UNRELIABLE};
use trace::{Language, Outcome, Words};

fn catalogue<P: Protocol>(language: &str) -> BTreeMap<&'static str, &'static str> {
    let lines = P::words(language).lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(" = ").expect("`key = template`"))
        .collect()
}

/// The values that a template names; `{n:one|many}` alone is the English plural's business.
fn values(template: &str) -> BTreeSet<&str> {
    let parts = template.split('{').skip(1);
    let slots = parts.map(|part| part.split_once('}').expect("a closed brace").0);
    slots.filter(|slot| !slot.contains(':')).collect()
}

fn plurals(template: &str) -> BTreeSet<&str> {
    let parts = template.split('{').skip(1);
    let slots = parts.filter_map(|part| part.split_once('}')?.0.split_once(':'));
    slots.map(|(name, _)| name).collect()
}

fn same_in_both_languages<P: Protocol>() {
    let (en, zh) = (catalogue::<P>("en"), catalogue::<P>("zh"));
    // English names the sources as the tables do.
    let keys = |words: &BTreeMap<&'static str, _>| -> BTreeSet<&'static str> {
        let keys = words.keys().copied();
        keys.filter(|key| !key.starts_with("source.")).collect()
    };
    let (one, other) = (keys(&en), keys(&zh));
    let single: Vec<_> = one.symmetric_difference(&other).collect();
    assert!(single.is_empty(), "keys of one language only: {single:?}");
    for (key, template) in &en {
        // A count may serve only to choose the English plural.
        let chosen = plurals(template);
        let shown = |template: &'static str| -> BTreeSet<&str> {
            let all = values(template).into_iter();
            all.filter(|value| !chosen.contains(value)).collect()
        };
        assert_eq!(shown(template), shown(zh[key]), "{key}");
    }
}

fn tables_have_words<P: Protocol>(roles: &[&str]) {
    let words = catalogue::<P>("en");
    let mut wanted: Vec<String> = ["about", "invite", "hue.ballot"].map(String::from).into();
    wanted.extend(roles.iter().map(|role| format!("role.{role}")));
    let timers = P::Timer::ALL.iter();
    wanted.extend(timers.map(|timer| format!("timer.{}", timer.id())));
    wanted.extend(P::RULES.iter().map(|rule| format!("rule.{}", rule.id)));
    wanted.extend(P::PROPERTIES.iter().map(|it| format!("property.{}", it.id)));
    wanted.extend(P::MESSAGES.iter().map(|it| format!("message.{}", it.name)));
    for variant in P::VARIANTS {
        let id = variant.id;
        wanted.extend([format!("variant.{id}"), format!("variant.{id}.help")]);
    }
    for parameter in P::Config::PARAMETERS {
        let key = parameter.key;
        wanted.extend([format!("param.{key}"), format!("param.{key}.help")]);
    }
    for operation in P::OPERATIONS {
        let id = operation.id;
        wanted.extend([format!("op.{id}"), format!("op.{id}.say")]);
        let fields = operation.fields.iter();
        wanted.extend(fields.map(|field| format!("field.{}", field.id)));
    }
    let missing: Vec<_> = wanted
        .iter()
        .filter(|key| !words.contains_key(key.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    // Chinese names every source, with its numbers.
    let zh = catalogue::<P>("zh");
    let rules = P::RULES.iter().map(|rule| ("rule", rule.id, rule.source));
    let properties = P::PROPERTIES
        .iter()
        .map(|it| ("property", it.id, it.source));
    let numbers = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_ascii_digit());
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    for (family, id, source) in rules.chain(properties) {
        let chinese = zh.get(format!("source.{family}.{id}").as_str());
        let chinese = chinese.unwrap_or_else(|| panic!("source.{family}.{id}"));
        assert_eq!(
            numbers(chinese),
            numbers(source),
            "{family} {id}: {chinese}"
        );
    }
}

/// What a storm says, by key; of each key, one phrase.
fn listen<P: Protocol>(
    said: &mut BTreeMap<String, Phrase>,
    variant: &str,
    configs: &[Config<'_>],
    seeds: u64,
) {
    for seed in 0..seeds {
        let mut storm = Storm::new::<P>(seed, variant, configs);
        storm.rage(60, 100_000);
        storm.heal();
        storm.pass(2 * storm::SECOND);
        let mut hear = |phrase: Phrase| {
            said.entry(phrase.key.to_string()).or_insert(phrase);
        };
        for step in 1..=storm.sim.step() {
            for outcome in storm
                .sim
                .event(step)
                .into_iter()
                .flat_map(|event| event.outcomes)
            {
                match outcome {
                    Outcome::Sent {
                        message, reason, ..
                    } => {
                        hear(reason);
                        message.view.label.into_iter().for_each(&mut hear);
                    }
                    Outcome::Answered { answer, .. } => hear(answer),
                    Outcome::Told(phrase)
                    | Outcome::Noted(phrase)
                    | Outcome::TimerSet { reason: phrase, .. } => hear(phrase),
                    Outcome::Judged {
                        verdict: Verdict::Violated(how),
                        ..
                    } => hear(how),
                    _ => {}
                }
            }
        }
        let frame = storm.sim.frame();
        frame
            .nodes
            .into_iter()
            .flat_map(|node| node.view.badges)
            .for_each(&mut hear);
    }
}

/// What is heard has its sentence in both languages, with all its values; and of the words, nothing is never heard.
fn heard<P: Protocol>(said: &BTreeMap<String, Phrase>) {
    let config = P::Config::default();
    let labels: Vec<String> = P::roster(&config)
        .into_iter()
        .map(|node| node.label)
        .collect();
    for language in Language::ALL {
        let mut words = Words::new(language);
        words.add(P::words(language.code())).expect("good words");
        for phrase in said.values() {
            assert!(words.has(&phrase.key), "{}", phrase.key);
            let sentence = words.say(phrase, &labels);
            assert!(!sentence.contains(['{', '}']), "{}: {sentence}", phrase.key);
        }
    }
    let families = [
        "reason.",
        "fact.",
        "answer.",
        "badge.",
        "violation.",
        "error.",
    ];
    let never: Vec<_> = catalogue::<P>("en")
        .into_keys()
        .filter(|key| {
            families.iter().any(|family| key.starts_with(family))
                || (key.starts_with("message.") && key.ends_with(".label"))
        })
        .filter(|key| !said.contains_key(*key))
        .collect();
    assert!(never.is_empty(), "never said: {never:?}");
    let cited: BTreeSet<_> = said
        .values()
        .filter_map(|phrase| phrase.rule.as_deref())
        .collect();
    for rule in P::RULES {
        assert!(cited.contains(rule.id), "rule {} is never cited", rule.id);
    }
}

fn misfit<P: Protocol>(said: &mut BTreeMap<String, Phrase>, changes: Config<'_>) {
    let mut config = P::Config::default();
    for (key, text) in changes {
        config.set(key, text).expect("within its own range");
    }
    let phrase = P::validate(&config).expect_err("they disagree");
    said.insert(phrase.key.to_string(), phrase);
}

#[test]
fn both_languages_have_the_same_keys_and_values() {
    same_in_both_languages::<Decree>();
    same_in_both_languages::<Multi>();
}

#[test]
fn everything_that_the_tables_name_has_its_words() {
    tables_have_words::<Decree>(&[
        "client",
        "proposer",
        "preparing",
        "accepting",
        "backing-off",
        "acceptor",
        "learner",
        "learned",
        "server",
    ]);
    tables_have_words::<Multi>(&["follower", "candidate", "leader", "client"]);
}

/// What storms seldom or never come to: a proposer looked at in phase 2, and votes for a second value or one from nowhere.
fn by_hand() -> Vec<Phrase> {
    let config = decree::DecreeConfig {
        arrivals: "never",
        ..decree::DecreeConfig::default()
    };
    let mut lab: Lab<Decree> = Lab::new(config, "sound");
    lab.ask(
        "C1",
        decree::Proposal {
            value: "tea".into(),
        },
    );
    lab.deliver("Propose", &["P1"]);
    lab.deliver("Prepare", &["A1", "A2"]);
    lab.deliver("Promise", &["P1"]);
    let view = lab.node("P1").view(&lab.config, lab.id("P1"));
    let cast = |label: &str, value: &str| {
        let vote = decree::Vote {
            ballot: paxos::Ballot::new(1, NodeId(0)),
            value: value.into(),
        };
        (lab.id(label), decree::Fact::Accepted(vote))
    };
    let mut verdicts = protocol::Verdicts::default();
    let look = protocol::Look {
        config: &lab.config,
        nodes: &lab.nodes,
        changed: None,
        booted: false,
        facts: &[cast("A1", "tea"), cast("A2", "milk")],
        now_us: 0,
        loss_permille: 0,
    };
    Decree::observe(&mut lab.memory, &look, &mut verdicts);
    let broken = verdicts.drain().filter_map(|(_, verdict)| match verdict {
        Verdict::Violated(how) => Some(how),
        _ => None,
    });
    view.badges.into_iter().chain(broken).collect()
}

#[test]
fn every_sentence_of_the_decree_is_said_and_none_is_missing() {
    let mut said = BTreeMap::new();
    let busy: Config<'_> = &[
        ("clients", "4"),
        ("proposers", "3"),
        ("arrivals", "open"),
        ("request_gap_us", "60000"),
        ("client_timeout_us", "60000"),
    ];
    let slow: Config<'_> = &[("timeout_us", "20000"), ("learn_us", "30000")];
    for config in [
        &[][..],
        slow,
        &[("learning", "distinguished")],
        &[("learning", "proposer")],
    ] {
        listen::<Decree>(&mut said, "sound", &[UNRELIABLE, busy, config], 6);
    }
    for variant in Decree::VARIANTS {
        listen::<Decree>(&mut said, variant.id, &[UNRELIABLE, busy], 15);
    }
    misfit::<Decree>(&mut said, &[("backoff_max_us", "1000")]);
    misfit::<Decree>(&mut said, &[("arrivals", "open"), ("request_gap_us", "0")]);
    let error = Decree::operation("propose", &[String::new()]).expect_err("no value");
    let stray = decree::Reason::Misdirected { from: NodeId(0) }.phrase(NodeId(1));
    let ballot = paxos::Ballot::new(1, NodeId(0));
    let idle = decree::Reason::NothingToPropose { ballot }.phrase(NodeId(1));
    for phrase in [error, stray, idle].into_iter().chain(by_hand()) {
        said.insert(phrase.key.to_string(), phrase);
    }
    heard::<Decree>(&said);
}

/// A server whose disk holds contents that nobody chose, and that hears of an entry that nobody asked for.
fn other_contents() -> impl Iterator<Item = Phrase> {
    let config = multi::MultiConfig {
        servers: 1,
        clients: 1,
        sessions: false,
        ..multi::MultiConfig::default()
    };
    let mut lab: Lab<Multi> = Lab::new(config, "sound");
    lab.fire("S1", multi::Timer::Election);
    let op = Multi::operation("put", &["x".into(), "1".into()]).expect("an operation");
    lab.ask("C1", op);
    lab.settle();
    lab.crash("S1");
    let mut other = Replica::default();
    other.apply(&Payload::Noop);
    lab.disks[0].snapshot = Arc::new(other);
    lab.disks[0].log.compact(1);
    lab.restart_label("S1");
    // And what nobody asked for.
    let payload = Payload::Register {
        client: lab.id("C1"),
        sequence: 9,
        nonce: 9,
    };
    let entries = [(paxos::Ballot::new(1, NodeId(0)), payload)].into();
    let message = multi::Message::Learn { first: 2, entries };
    let s1 = lab.id("S1");
    lab.input(s1, protocol::Input::Message { from: s1, message });
    lab.violations.into_values()
}

#[test]
fn every_sentence_of_the_log_is_said_and_none_is_missing() {
    let mut said = BTreeMap::new();
    let busy: Config<'_> = &[
        ("clients", "5"),
        ("arrivals", "open"),
        ("request_gap_us", "30000"),
        ("client_timeout_us", "100000"),
    ];
    let small: Config<'_> = &[("window", "2"), ("compaction", "10"), ("retained", "2")];
    listen::<Multi>(&mut said, "sound", &[UNRELIABLE, busy, small], 24);
    // A copy that comes when its client has asked for more since.
    let straggling: Config<'_> = &[
        ("latency_shape", "exponential"),
        ("duplicate_permille", "300"),
        ("loss_permille", "0"),
    ];
    listen::<Multi>(&mut said, "sound", &[UNRELIABLE, busy, straggling], 8);
    let without: Config<'_> = &[("sessions", "false")];
    listen::<Multi>(&mut said, "sound", &[UNRELIABLE, busy, without], 4);
    for variant in Multi::VARIANTS {
        listen::<Multi>(&mut said, variant.id, &[UNRELIABLE, busy], 6);
    }
    for changes in [
        &[("election_timeout_max_us", "100000")][..],
        &[("heartbeat_us", "200000")],
        &[("arrivals", "open"), ("request_gap_us", "0")],
    ] {
        misfit::<Multi>(&mut said, changes);
    }
    let (from, client) = (NodeId(0), NodeId(5));
    for reason in [
        multi::Reason::Misdirected { from },
        // Sessions expire only after more clients than a run has.
        multi::Reason::SessionUnknown { client },
        multi::Reason::Client(ClientReason::Expired { sequence: 1 }),
    ] {
        let phrase = reason.phrase(NodeId(1));
        said.insert(phrase.key.to_string(), phrase);
    }
    said.extend(other_contents().map(|phrase| (phrase.key.to_string(), phrase)));
    heard::<Multi>(&said);
}

/// The sentences of a ballot, word for word.
#[test]
fn sentences_read_as_designed() {
    let config = decree::DecreeConfig {
        arrivals: "never",
        ..decree::DecreeConfig::default()
    };
    let mut lab: Lab<Decree> = Lab::new(config, "sound");
    lab.ask(
        "C1",
        decree::Proposal {
            value: "tea".into(),
        },
    );
    lab.settle();
    let labels: Vec<String> = lab.roster.iter().map(|node| node.label.clone()).collect();
    let mut words = Words::new(Language::English);
    words.add(Decree::words("en")).unwrap();
    let told: Vec<String> = lab
        .facts
        .iter()
        .map(|(node, fact)| words.say(&fact.phrase(*node), &labels))
        .collect();
    for sentence in [
        "P1 begins ballot 1.P1: no other proposer can have this number.",
        "P1 is free to propose “tea” in ballot 1.P1: A1 and A2 promised and had accepted nothing, so nothing can be chosen below.",
        "A3 accepts “tea” in ballot 1.P1.",
        "L1 learns that “tea” is chosen: A1 and A2 accepted it in ballot 1.P1.",
    ] {
        assert!(
            told.iter().any(|said| said == sentence),
            "{sentence}: {told:#?}"
        );
    }
}
