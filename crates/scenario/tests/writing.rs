//! Runs that were recorded, written as scenarios: what is written is read again, and plays to the same end.

use scenario::{Broken, Player, Scenario};
use sim::{Playable, Run};
use std::collections::BTreeSet;
use std::sync::Arc;
use trace::{Language, Words};

fn words(language: Language, world: &dyn Playable) -> Words {
    let mut words = Words::new(language);
    words.add(scenario::words(language)).expect("words");
    words
        .add((world.about().words)(language.code()))
        .expect("words");
    words
}

/// The run that a story of the catalogue comes to, how far it goes, and its digest there.
fn recorded(story: &Arc<Scenario>) -> (Run, u64, protocol::Name) {
    let entry = catalog::find(&story.protocol).expect("its protocol is there");
    let run = story.run(entry.about.behaviour);
    let mut world = (entry.open)(&run).expect("its configuration is allowed");
    Player::new(Arc::clone(story))
        .play_out(world.as_mut())
        .expect("it plays");
    (world.run(), world.step(), world.digest())
}

fn written(run: &Run, step: u64, property: &str) -> Result<String, sim::SimError> {
    let mut world = catalog::open(run).expect("a run");
    let [english, chinese] = Language::ALL.map(|language| words(language, world.as_ref()));
    scenario::write(
        world.as_mut(),
        Broken { property, step },
        [&english, &chinese],
    )
}

/// Plays the text of a file, and answers with the run, its step and its digest.
fn played(text: &str) -> (Run, u64, protocol::Name) {
    let draft = scenario::read("found", text).unwrap_or_else(|why| panic!("{why:?}\n{text}"));
    assert_eq!(scenario::check(&draft, &catalog::SHELF), Ok(()), "{text}");
    recorded(&Arc::new(draft.scenario))
}

#[test]
fn every_story_is_written_as_it_was_recorded() {
    let mut deeds = BTreeSet::new();
    for story in catalog::entries()
        .iter()
        .flat_map(|entry| entry.scenarios())
    {
        let (run, step, digest) = recorded(story);
        let about = catalog::find(&story.protocol).expect("a protocol").about;
        let chooses = run
            .edits
            .iter()
            .any(|edit| matches!(edit.action, sim::Action::Choose { .. }));
        let text = written(&run, step, about.properties[0].id);
        if chooses {
            assert!(
                text.is_err(),
                "{}: what is decided cannot be said",
                story.id
            );
            continue;
        }
        let text = text.unwrap_or_else(|why| panic!("{}: {why}", story.id));
        let lines = text.lines().filter_map(|line| line.strip_prefix("  { "));
        deeds.extend(lines.filter_map(|line| Some(line.split_once(' ')?.0.to_owned())));
        let (again, to, seen) = played(&text);
        assert_eq!((to, seen), (step, digest), "{}:\n{text}", story.id);
        assert_eq!(again.edits.len(), run.edits.len(), "{}", story.id);
    }
    for deed in [
        "at", "deliver", "drop", "fire", "crash", "restart", "cut", "heal", "ask", "set",
    ] {
        assert!(deeds.contains(deed), "{deed} is among {deeds:?}");
    }
}

#[test]
fn what_has_not_come_about_is_expected_not_to() {
    let run = Run {
        protocol: "raft".into(),
        seed: 1,
        ..Run::default()
    };
    let text = written(&run, 20, "entry-committed").expect("it is told");
    assert!(
        text.contains("expect = [{ not = { met = \"entry-committed\" } }]"),
        "{text}"
    );
    assert_eq!(played(&text).1, 20);
}
