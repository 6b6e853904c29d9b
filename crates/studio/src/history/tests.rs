//! The history beside the run that it is of: as from scratch wherever the reader goes, and right.

use super::*;
use crate::{Msg, Setup};
use sim::{Action, Run};

fn run(variant: &str, config: &[(&str, &str)]) -> Run {
    let config = config.iter();
    Run {
        protocol: "raft".into(),
        behaviour: Setup::default().home.behaviour,
        variant: variant.into(),
        config: config
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect(),
        seed: 3,
        edits: Vec::new(),
    }
}

/// A cluster whose history is looked at.
fn watched(run: Run) -> Model {
    let setup = Setup {
        home: run,
        story: String::new(),
        ..Setup::default()
    };
    let (mut model, _) = Model::new(setup).expect("the run opens");
    model.update(Msg::Pause);
    model.update(Msg::Tab(Tab::History));
    model
}

fn history(model: &Model) -> &History {
    model.session.history.as_deref().expect("it is looked at")
}

/// Some steps, one after the other, as the reader sees them.
fn goes_on(model: &mut Model, steps: u32) {
    for _ in 0..steps {
        model.session.advance(None).expect("something waits");
        model.update(Msg::DismissToast);
    }
}

fn busy() -> Vec<(&'static str, &'static str)> {
    vec![
        ("clients", "4"),
        ("keys", "2"),
        ("request_gap_us", "20000"),
        ("loss_permille", "50"),
    ]
}

/// The same branch as it is found by somebody who has looked at nothing before.
fn from_scratch(model: &Model) -> History {
    let playable = &model.session.playable;
    let mut history = History::new(playable.branch());
    history.take(playable.calls(0));
    history
}

#[track_caller]
fn is_as_from_scratch(model: &Model) {
    let (one, other) = (history(model), from_scratch(model));
    assert_eq!(one.calls, other.calls);
    assert_eq!(one.events, other.events);
    assert_eq!(one.verdict, other.verdict);
    assert_eq!(one.points, other.points);
}

/// Each point lies between its call and its answer, and told in their order all answers are right.
fn points_explain(history: &History) {
    let mut order: Vec<(usize, Point)> = Vec::new();
    for (place, (call, point)) in history.calls.iter().zip(&history.points).enumerate() {
        assert!(point.is_some() || !call.is_known(), "{call:?}");
        let Some(point) = point else { continue };
        let of = |step: Step| history.events.partition_point(|at| *at < step) as f64;
        assert!(of(call.step) <= point.at, "{call:?} {point:?}");
        if let Some(end) = call.end.step().filter(|_| call.is_known()) {
            assert!(point.at <= of(end), "{call:?} {point:?}");
        }
        order.push((place, *point));
    }
    order.sort_by_key(|(_, point)| point.number);
    assert!(order.is_sorted_by(|(_, one), (_, other)| one.at <= other.at));
    let mut values: BTreeMap<SmolStr, Option<SmolStr>> = BTreeMap::new();
    for (place, _) in order {
        let access = &history.calls[place].access;
        let value = values.entry(access.key.clone()).or_default();
        let (after, truth) = access.act.on(value.as_ref());
        assert!(access.heard.as_ref().is_none_or(|heard| *heard == truth));
        *value = after;
    }
}

#[test]
fn a_sound_cluster_is_linearizable_through_faults() {
    let mut model = watched(run("sound", &busy()));
    let mut lost = 0;
    for round in 0..12u16 {
        goes_on(&mut model, 250);
        let node = NodeId(if round % 3 == 2 { 5 } else { round % 5 });
        let crash = Action::Crash {
            node,
            keep: 0,
            torn: false,
        };
        model.update(Msg::Act(crash));
        goes_on(&mut model, 40);
        model.update(Msg::Act(Action::Restart(node)));
        let history = history(&model);
        assert_eq!(history.verdict, Verdict::Linearizable);
        points_explain(history);
        let ends = history.calls.iter().map(|call| &call.end);
        lost = ends.filter(|end| matches!(end, End::Lost(_))).count();
    }
    is_as_from_scratch(&model);
    let history = history(&model);
    assert!(history.calls.len() > 60, "{}", history.calls.len());
    assert!(lost >= 2, "clients went down while they waited: {lost}");
    let keys: std::collections::BTreeSet<_> =
        history.calls.iter().map(|call| &call.access.key).collect();
    assert_eq!(keys.len(), 2);
}

/// Half of the servers commit on their side of a cut, and the others on theirs.
fn split(model: &mut Model) {
    model.update(Msg::RunUntil(crate::Until::Leader));
    for _ in 0..200 {
        model.update(Msg::Tick {
            elapsed_us_real: 16_000,
        });
    }
    let leader = model.session.leader().expect("a leader").id;
    let friend = NodeId(if leader.0 == 0 { 1 } else { 0 });
    let all = (0..9).map(NodeId);
    let here: Vec<NodeId> = vec![leader, friend, NodeId(5), NodeId(6)];
    let there = all.filter(|node| !here.contains(node)).collect();
    model.update(Msg::Act(Action::Cut {
        from: here,
        to: there,
        both: true,
    }));
}

#[test]
fn two_leaders_that_both_commit_break_it_and_few_answers_say_why() {
    let mut config = busy();
    config[1] = ("keys", "1");
    config[3] = ("loss_permille", "0");
    let mut model = watched(run("minority-commit", &config));
    split(&mut model);
    for _ in 0..400 {
        goes_on(&mut model, 20);
        if !history(&model).wrong().is_empty() {
            break;
        }
    }
    is_as_from_scratch(&model);
    let history = history(&model);
    let Verdict::Illegal(key, explanation) = &history.verdict else {
        panic!("both sides answered: {:?}", history.verdict);
    };
    assert_eq!(key, "x");
    assert!(explanation.minimal);
    let wrong = history.wrong();
    assert!((1..=4).contains(&wrong.len()), "{wrong:?}");
    assert!(
        wrong
            .iter()
            .all(|call| history.calls[*call as usize].is_known())
    );
    assert!(wrong.contains(&explanation.broken_by));
    assert!(history.points.iter().all(Option::is_none));
}

#[test]
fn wherever_the_cursor_goes_the_answer_is_that_of_the_whole_branch() {
    let mut config = busy();
    config[1] = ("keys", "1");
    config[3] = ("loss_permille", "0");
    let mut model = watched(run("minority-commit", &config));
    split(&mut model);
    goes_on(&mut model, 1_500);
    is_as_from_scratch(&model);
    let whole = history(&model).calls.len();
    assert!(whole > WINDOW, "{whole}");
    let end = model.session.step();
    for step in [end / 2, 1, 0, end - 3, end] {
        model.update(Msg::SeekStep(step));
        assert_eq!(history(&model).calls.len(), whole);
        let shown = history(&model).steps();
        let past = history(&model).calls[0].step > step;
        assert!(past || shown.contains(&step), "{shown:?} at {step}");
        is_as_from_scratch(&model);
    }
    // Undo leaves the cut and what came of it in another branch.
    model.update(Msg::Undo);
    is_as_from_scratch(&model);
    assert!(history(&model).calls.len() < whole);
    goes_on(&mut model, 300);
    is_as_from_scratch(&model);
    assert_eq!(history(&model).verdict, Verdict::Linearizable);
    points_explain(history(&model));
    model.update(Msg::SwitchBranch(0));
    is_as_from_scratch(&model);
    assert_eq!(history(&model).calls.len(), whole);
}

#[test]
fn a_pause_leaves_it_in_sight() {
    let mut model = watched(run("sound", &busy()));
    model.update(Msg::PlayPause);
    model.update(Msg::Pause);
    assert_eq!(model.tab(), Tab::History);
}

#[test]
fn while_nobody_looks_nothing_is_taken_over() {
    let mut model = watched(run("sound", &busy()));
    goes_on(&mut model, 400);
    let before = history(&model).taken;
    model.update(Msg::Tab(Tab::Events));
    goes_on(&mut model, 400);
    assert_eq!(history(&model).taken, before);
    model.update(Msg::Tab(Tab::History));
    assert!(history(&model).taken > before);
    is_as_from_scratch(&model);
}
