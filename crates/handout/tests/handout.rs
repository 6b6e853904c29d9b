//! Handouts: every story of the catalogue comes out whole, with its pictures, its questions before and its answers behind.

use scenario::{Player, Scenario};
use sim::Playable;
use std::sync::Arc;
use trace::{Language, Words};

fn open(scenario: &Scenario) -> Box<dyn Playable> {
    let entry = catalog::find(&scenario.protocol).expect("its protocol is there");
    (entry.open)(&scenario.run(entry.about.behaviour)).expect("its configuration is allowed")
}

fn words(scenario: &Scenario, language: Language) -> Words {
    let about = catalog::find(&scenario.protocol)
        .expect("its protocol is there")
        .about;
    let mut words = Words::new(language);
    for text in [
        scenario::words(language),
        handout::words(language),
        (about.words)(language.code()),
    ] {
        words.add(text).expect("words");
    }
    words
}

fn made(scenario: &Arc<Scenario>, language: Language, notes: bool) -> String {
    let words = words(scenario, language);
    handout::handout(scenario, open(scenario).as_mut(), &words, notes).expect("it plays")
}

/// Text as it stands in a document.
fn escaped(text: &str) -> String {
    scene::Escaped(text).to_string()
}

#[test]
fn every_story_comes_out_whole() {
    let entries = catalog::entries().iter();
    for scenario in entries.flat_map(|entry| entry.scenarios()) {
        let html = made(scenario, Language::English, false);
        let id = &scenario.id;
        let stages = html.matches("alt=\"The stage at the end").count();
        assert_eq!(stages, scenario.beats.len(), "{id}");
        let drawn = html.matches("src=\"data:image/svg+xml,%3Csvg").count();
        assert_eq!(drawn, html.matches("<img ").count(), "{id}");
        let logs = html.matches("alt=\"The logs at the end").count();
        let keeps_logs = ["raft", "multi-paxos"].contains(&scenario.protocol.as_str());
        assert_eq!(logs > 0, keeps_logs, "{id}: {logs} pictures of logs");
        let answers = html.find("class=\"answers\"").expect("answers");
        for beat in &scenario.beats {
            let ask = beat.ask.iter();
            for choice in ask
                .flat_map(|ask| &ask.choices)
                .filter(|choice| !choice.why.en.contains('{'))
            {
                let why = html
                    .find(&escaped(&choice.why.en))
                    .unwrap_or_else(|| panic!("{id}: {}", choice.why.en));
                assert!(
                    why > answers,
                    "{id}: the answer stands before the page of answers"
                );
            }
            let notes = beat.note.iter().filter(|note| !note.en.contains('{'));
            for note in notes {
                assert!(
                    !html.contains(&escaped(&note.en)),
                    "{id}: notes are the presenter's"
                );
            }
        }
        assert!(
            !html.contains("handout.") && !html.contains("transcript."),
            "{id}: every word is there"
        );
    }
}

#[test]
fn pictures_show_the_stage_at_the_end_of_each_beat() {
    let raft = catalog::find("raft").expect("Raft is there");
    let scenario = raft.scenario("first-election").expect("a story");
    let html = made(scenario, Language::English, false);
    let stages = html.split("alt=\"The stage at the end").skip(1);
    let stages = stages.filter_map(|rest| rest.split("src=\"").nth(1));
    let pictures: Vec<&str> = stages.collect();
    assert_eq!(pictures.len(), scenario.beats.len());
    let mut world = open(scenario);
    let words = words(scenario, Language::English);
    let mut player = Player::new(Arc::clone(scenario));
    for picture in pictures {
        player.next(world.as_mut()).expect("a beat");
        player.finish(world.as_mut()).expect("it plays");
        let stage = handout::stage(world.as_mut(), &words);
        let shown = picture.split('"').next().expect("an address");
        let shown = shown
            .strip_prefix("data:image/svg+xml,")
            .expect("a picture");
        let back = ["%3C<", "%3E>", "%22\"", "%23#", "%26&", "%25%"];
        let shown = back.iter().fold(shown.to_owned(), |text, pair| {
            let (code, sign) = pair.split_at(3);
            text.replace(code, sign)
        });
        assert_eq!(shown, stage.svg().replace('\n', " "));
    }
}

#[test]
fn notes_and_the_language_are_those_asked_for() {
    let raft = catalog::find("raft").expect("Raft is there");
    let scenario = raft.scenario("split-vote").expect("a story");
    let html = made(scenario, Language::Chinese, true);
    assert!(html.starts_with("<!doctype html>\n<html lang=\"zh-Hans\">"));
    let note = scenario.beats[0].note.as_ref().expect("a note");
    assert!(html.contains(&escaped(&note.zh)) && !html.contains(&escaped(&note.en)));
    assert!(html.contains("第 1 幕") && html.contains("答案"));
}

#[test]
fn both_languages_have_the_same_words() {
    let keys = |language| -> Vec<&str> {
        let lines = handout::words(language)
            .lines()
            .filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key)
            .collect()
    };
    assert_eq!(keys(Language::English), keys(Language::Chinese));
}
