//! Playing: the same again, forward and back, and what is said when it cannot go on.

use scenario::{Player, Scenario, Tick};
use sim::Playable;
use std::sync::Arc;
use trace::{Language, Words};

fn open(scenario: &Scenario) -> Box<dyn Playable> {
    let entry = catalog::find(&scenario.protocol).expect("its protocol is there");
    (entry.open)(&scenario.run(entry.about.behaviour)).expect("its configuration is allowed")
}

fn all() -> impl Iterator<Item = &'static Arc<Scenario>> {
    catalog::entries()
        .iter()
        .flat_map(|entry| entry.scenarios())
}

fn mine(text: &str) -> Arc<Scenario> {
    const HEAD: &str = r#"protocol = "raft"
topic = "elections"
title = { en = "T", zh = "题" }
summary = { en = "S", zh = "摘要" }
seed = 25
"#;
    let draft = scenario::read("mine", &format!("{HEAD}{text}")).expect("a file in order");
    assert_eq!(scenario::check(&draft, &catalog::SHELF), Ok(()));
    Arc::new(draft.scenario)
}

/// Playing `text` fails with this sentence.
fn fails(text: &str, expected: &str) {
    let scenario = mine(text);
    let mut world = open(&scenario);
    let failure = Player::new(scenario)
        .play_out(world.as_mut())
        .expect_err(expected);
    for language in Language::ALL {
        let mut words = Words::new(language);
        words.add(scenario::words(language)).expect("words");
        words
            .add((world.about().words)(language.code()))
            .expect("words");
        let said = words.say(&failure.phrase(), world.labels());
        if language == Language::English {
            assert!(
                said.starts_with(expected),
                "{said}\nshould begin with\n{expected}"
            );
        }
        assert!(!said.contains("scenario."), "{said} has words");
    }
}

#[test]
fn every_scenario_plays_twice_alike_and_holds_what_it_says() {
    let mut played = 0;
    for scenario in all() {
        let digest = || {
            let mut world = open(scenario);
            let mut player = Player::new(Arc::clone(scenario));
            let ended = player.play_out(world.as_mut());
            assert_eq!(ended, Ok(()), "{}", scenario.id);
            assert!(player.is_done() && world.unmet_edits().is_empty());
            (world.step(), world.digest())
        };
        assert_eq!(digest(), digest(), "{}", scenario.id);
        played += 1;
    }
    assert!(played >= 9, "{played} scenarios");
}

#[test]
fn every_beat_but_the_silent_has_words_whose_names_are_known() {
    for scenario in all() {
        let mut world = open(scenario);
        let mut player = Player::new(Arc::clone(scenario));
        while player.next(world.as_mut()) == Ok(true) {
            let words = player.words(world.as_ref()).expect("a beat has words");
            for text in [&words.en, &words.zh] {
                assert!(!text.contains('{'), "{}: {text}", scenario.id);
            }
            let wide = |c: char| "，。：；！？“”（）".contains(c);
            assert!(words.zh.chars().any(wide), "{}: {}", scenario.id, words.zh);
            assert!(
                !words.zh.contains([',', ';', '!', '?']),
                "{}: {}",
                scenario.id,
                words.zh
            );
            assert!(
                words.en.split_whitespace().count() <= 45,
                "{}: {}",
                scenario.id,
                words.en
            );
        }
    }
}

/// Predict before it is shown, and something to say for whoever presents it: a story of the catalogue has both.
#[test]
fn every_story_asks_and_has_notes_in_both_languages() {
    let mut proven = 0;
    for scenario in all() {
        let id = format!("{}/{}", scenario.protocol, scenario.id);
        assert!(
            scenario.asks() > 0,
            "{id} asks nothing: give a beat an `ask`"
        );
        let noted = scenario.beats.iter().filter(|beat| beat.note.is_some());
        assert!(
            noted.count() * 2 >= scenario.beats.len(),
            "{id}: half of its beats at least need a `note` for whoever presents them"
        );
        let mut world = open(scenario);
        let mut player = Player::new(Arc::clone(scenario));
        while player.next(world.as_mut()) == Ok(true) {
            let ask = player.ask(world.as_ref());
            let asked = ask.iter().flat_map(|ask| {
                let choices = ask.choices.iter();
                let said = choices.flat_map(|choice| [&choice.say, &choice.why]);
                [&ask.say].into_iter().chain(said)
            });
            let note = player.note(world.as_ref());
            for text in asked.chain(&note) {
                for text in [&text.en, &text.zh] {
                    assert!(!text.contains('{'), "{id}: {text}");
                }
                let narrow = [',', ';', '!', '?'];
                assert!(
                    !text.zh.contains(narrow) || text.zh.contains('“'),
                    "{id}: {}",
                    text.zh
                );
                assert!(
                    text.en.split_whitespace().count() <= 45,
                    "{id}: {}",
                    text.en
                );
            }
            let choices = ask.iter().flat_map(|ask| &ask.choices);
            proven += choices.filter(|choice| !choice.holds.is_empty()).count();
        }
    }
    assert!(proven >= 100, "the runs speak to {proven} answers");
}

/// No answer is right because the file says so.
#[test]
fn a_question_is_answered_by_the_run() {
    let text = |first: &str, second: &str| {
        let say = "say = { en = \"A\", zh = \"甲\" }\nwhy = { en = \"B\", zh = \"乙\" }";
        format!(
            "[[beat]]\nuntil = {{ fact = \"became-leader\" }}\n[beat.ask]\nsay = {{ en = \"Q\", zh = \"问\" }}\n\
             [[beat.ask.choice]]\nright = true\n{say}\nholds = {first}\n[[beat.ask.choice]]\n{say}\nholds = {second}\n"
        )
    };
    let (one, none) = ("{ role = \"leader\" }", "{ role = \"leader\", count = 0 }");
    let scenario = mine(&text(one, none));
    let mut world = open(&scenario);
    assert_eq!(Player::new(scenario).play_out(world.as_mut()), Ok(()));
    fails(
        &text(none, none),
        "beat 1 of 1: choice 1 of its question is marked as right, and this is not so: the number of nodes that are leader is 0",
    );
    fails(
        &text(one, "[{ met = \"leader-elected\" }, { role = \"leader\" }]"),
        "beat 1 of 1: choice 2 of its question is marked as wrong, and yet it is so: `leader-elected` has come true, and ",
    );
}

#[test]
fn back_and_forward_again_stays_on_one_branch_and_comes_to_the_same() {
    for scenario in all() {
        let mut world = open(scenario);
        let world = world.as_mut();
        let mut player = Player::new(Arc::clone(scenario));
        let mut begins = Vec::new();
        while player.next(world) == Ok(true) {
            begins.push(player.place());
            assert_eq!(player.finish(world), Ok(()));
        }
        let (end, digest) = (world.step(), world.digest());
        if scenario
            .beats
            .last()
            .is_some_and(|last| last.moves.is_empty())
        {
            // A last beat of words alone stands at its beginning already: the first way back leads to the beat before.
            begins.pop();
        }
        for begin in begins.iter().rev() {
            player.back(world).expect("the way back");
            // Names may be given at once, but nothing is done before somebody goes on.
            let place = (player.place(), world.step());
            assert_eq!(place, (*begin, begin.0), "{}", scenario.id);
        }
        assert_eq!(player.beat(), 1);
        assert_eq!(player.play_out(world), Ok(()));
        assert_eq!(
            (world.step(), world.digest()),
            (end, digest),
            "{}",
            scenario.id
        );
        assert_eq!(world.branches().len(), 1, "{}", scenario.id);
    }
}

#[test]
fn whoever_acts_in_a_story_finds_the_way_back() {
    let scenario = catalog::find("raft")
        .and_then(|raft| raft.scenario("leader-crash"))
        .expect("it is there");
    let mut world = open(scenario);
    let world = world.as_mut();
    let mut player = Player::new(Arc::clone(scenario));
    for _ in 0..2 {
        assert_eq!(player.next(world), Ok(true));
        assert_eq!(player.finish(world), Ok(()));
    }
    let (left, digest) = (player.place(), world.digest());
    // Your try: another server crashes, and the story is left.
    world.seek(world.step() - 1).expect("a step before");
    let follower = protocol::NodeId(3);
    let crash = sim::Action::Crash {
        node: follower,
        keep: 0,
        torn: false,
    };
    world.act(&crash, world.now_us()).expect("it can crash");
    for _ in 0..20 {
        world.advance();
    }
    assert!(!player.is_here(world) && world.branches().len() == 2);
    player.come_back(world).expect("the way back");
    assert_eq!((player.place(), world.digest()), (left, digest));
    assert_eq!(player.play_out(world), Ok(()));
    assert_eq!(world.branches().len(), 2, "the try is kept");
}

#[test]
fn what_the_reader_does_behind_a_beat_is_not_part_of_the_story() {
    let scenario = catalog::find("raft")
        .and_then(|raft| raft.scenario("leader-crash"))
        .expect("it is there");
    let mut told = open(scenario);
    let mut player = Player::new(Arc::clone(scenario));
    assert_eq!(player.play_out(told.as_mut()), Ok(()));

    let mut world = open(scenario);
    let world = world.as_mut();
    let mut player = Player::new(Arc::clone(scenario));
    assert_eq!(player.next(world), Ok(true));
    assert_eq!(player.finish(world), Ok(()));
    // At the end of what is recorded no branch begins by itself.
    let crash = sim::Action::Crash {
        node: protocol::NodeId(3),
        keep: 0,
        torn: false,
    };
    world.act(&crash, world.now_us()).expect("it can crash");
    world.advance();
    assert_eq!(world.branches().len(), 1);
    assert!(!player.waits(world), "the story is elsewhere");
    assert_eq!(player.play_out(world), Ok(()));
    assert_eq!(world.digest(), told.digest(), "as if nobody had acted");
    assert_eq!(world.branches().len(), 2, "the try is kept");
    while player.beat() > 1 {
        player.back(world).expect("the way back");
    }
    assert_eq!(player.play_out(world), Ok(()));
    assert_eq!(world.digest(), told.digest());
    assert_eq!(world.branches().len(), 2);
}

#[test]
fn a_tick_does_one_thing() {
    let scenario = mine(
        "[[beat]]\ndo = [{ crash = \"S1\" }, { crash = \"S2\" }]\nuntil = { event = \"fired\" }\n",
    );
    let mut world = open(&scenario);
    let mut player = Player::new(scenario);
    assert_eq!(
        player.tick(world.as_mut()),
        Ok(Tick::Over),
        "no beat has begun"
    );
    assert_eq!(player.next(world.as_mut()), Ok(true));
    assert_eq!(world.step(), 0);
    assert_eq!(player.tick(world.as_mut()), Ok(Tick::Moved));
    assert_eq!(world.step(), 1);
    assert_eq!(player.tick(world.as_mut()), Ok(Tick::Moved));
    assert_eq!(world.step(), 2);
    while player.tick(world.as_mut()) == Ok(Tick::Played) {}
    assert_eq!(player.tick(world.as_mut()), Ok(Tick::Over));
    assert!(player.is_done());
}

#[test]
fn what_cannot_go_on_says_why() {
    fails(
        "[[beat]]\ndo = { crash = \"leader\" }\n",
        "beat 1 of 1: nobody is “leader” at this moment",
    );
    fails(
        "[[beat]]\ndo = { restart = \"S1\" }\n",
        "beat 1 of 1: S1 is not down",
    );
    fails(
        "[[beat]]\ndo = { heal = true }\n",
        "beat 1 of 1: there is no cut to heal",
    );
    fails(
        "[[beat]]\ndo = { deliver = \"RequestVote\" }\n",
        "beat 1 of 1: no message fits RequestVote: nothing is in flight",
    );
    fails(
        "[[beat]]\nuntil = { in_flight = \"PreVote\" }\n[[beat]]\ndo = { drop = \"RequestVote\" }\n",
        "beat 2 of 2: no message fits RequestVote; in flight: PreVote S1 → S2",
    );
    fails(
        "[[beat]]\ndo = { fire = { timer = \"heartbeat\", node = \"S1\" } }\n",
        "beat 1 of 1: S1 has not set its heartbeat timer",
    );
    fails(
        "[[beat]]\nsteps = 10\nuntil = [{ role = \"follower\" }, { role = \"leader\" }]\n",
        "beat 1 of 1: after 10 steps this is still not so: the number of nodes that are leader is >= 1",
    );
    fails(
        "[[beat]]\ndo = { crash = [\"every server\", \"every client\"] }\nuntil = { role = \"leader\" }\n",
        "beat 1 of 1: nothing waits to happen any more",
    );
    fails(
        "[[beat]]\nuntil = { fact = \"became-leader\" }\nexpect = { epoch = 2, node = \"leader\" }\n",
        "beat 1 of 1: this should be so, and is not: the epoch of leader is 2",
    );
    fails(
        "variant = \"minority-commit\"\n[[beat]]\nlet = { one = \"S1\" }\ndo = [{ until = { fact = \"became-leader\" } }, \
         { cut = [[\"leader\", \"a follower\", \"C1\", \"C2\"], \"others\"] }]\nuntil = { fact = \"became-leader\", count = 9 }\n",
        "beat 1 of 1: `",
    );
}

#[test]
fn a_recorded_place_is_met_to_the_step_and_the_microsecond_or_said_to_be_gone() {
    let mut world = open(&mine("[[beat]]\nsay = { en = \"T\", zh = \"题\" }"));
    while world.step() < 20 {
        world.advance().expect("it goes on");
    }
    // Between two events.
    let us = world.now_us() + 1;
    assert!(world.next_us() > Some(us));
    let deeds = "{ crash = \"S1\" }, { restart = \"S1\" }";
    let text = format!("[[beat]]\ndo = [{{ at = {{ step = 20, us = {us} }} }}, {deeds}]");
    let mut world = open(&mine(&text));
    Player::new(mine(&text))
        .play_out(world.as_mut())
        .expect("it plays");
    let edits = world.run().edits;
    assert_eq!((world.step(), edits.len()), (22, 2));
    assert!(edits.iter().all(|edit| edit.at_us == us), "{edits:?}");
    fails(
        "[[beat]]\ndo = { at = { step = 20, us = 1 } }",
        "beat 1 of 1: the run does not come to step 20 at 1 µs",
    );
    fails(
        "[[beat]]\ndo = [{ at = { step = 20, us = 9000000 } }, { drop = { name = \"00000000000000ab\" } }]",
        "beat 1 of 1: no message fits * #00000000000000ab",
    );
}
