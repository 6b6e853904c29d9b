//! Questions to the present: what can still come about does by an ordinary run, and what cannot is said to be so as far as was looked.

use protocol::{NodeId, Picture};
use scenario::{check_predicate, read_predicate};
use search::exhaustive::Ended;
use search::exhaustive::cluster::{Faults, Untimed};
use search::from_here::{Answer, Budget, Drawn, Looked, Question, Way, draw, look, take};
use sim::{Action, Playable, Run, SOUND};
use std::ops::ControlFlow;
use trace::Outcome;

fn open(protocol: &str, variant: &str, config: &[(&str, &str)]) -> Box<dyn Playable> {
    let config = config.iter();
    let run = Run {
        protocol: protocol.into(),
        variant: variant.into(),
        config: config
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect(),
        seed: 1,
        ..Run::default()
    };
    catalog::open(&run).expect("a run that opens")
}

/// `predicate`, asked of `world` at its cursor.
fn question(world: &dyn Playable, predicate: &str, budget: Budget) -> Question {
    let (goal, mentions) = read_predicate(predicate).expect(predicate);
    assert_eq!(check_predicate(&mentions, world), Ok(()), "{predicate}");
    Question {
        run: world.run(),
        from: world.step(),
        goal,
        budget,
    }
}

fn looked(question: &Question) -> Looked {
    let looked = look(question, &catalog::open, |_| ControlFlow::Continue(()));
    looked.expect("a run that opens")
}

fn answer(looked: &Looked) -> Answer {
    looked.answer(&Drawn::default())
}

/// So far and without faults or repairs.
fn calm(steps: u32) -> Budget {
    Budget {
        steps,
        states: 400_000,
        faults: Faults::default(),
        repairs: 0,
        ..Budget::default()
    }
}

/// Takes the way from the present of `question` in a run that is opened anew: an ordinary run, whose link comes to the same.
fn taken(question: &Question, way: &Way) -> Box<dyn Playable> {
    let mut world = catalog::open(&question.run).unwrap();
    while world.step() < question.from {
        world.advance().expect("a run of that many steps");
    }
    take(world.as_mut(), way).expect("a way that can be taken");
    assert_eq!(world.step(), question.from + way.deeds.len() as u64);
    let mut again = catalog::open(&world.run()).unwrap();
    while again.step() < world.step() {
        again.advance().expect("the same run");
    }
    assert_eq!(again.unmet_edits(), []);
    assert_eq!(again.digest(), world.digest());
    again
}

fn role(world: &dyn Playable, node: NodeId) -> String {
    world.frame().nodes[node.index()].view.role.to_string()
}

fn committed(world: &dyn Playable, node: NodeId) -> u64 {
    let frame = world.frame();
    let logs = frame.nodes[node.index()].view.pictures.iter();
    let committed = logs.filter_map(|picture| match picture {
        Picture::Log { committed, .. } => Some(*committed),
        _ => None,
    });
    committed.max().unwrap_or(0)
}

/// Plays on until it is so.
fn until(world: &mut dyn Playable, is_so: impl Fn(&dyn Playable) -> bool) {
    for _ in 0..20_000 {
        if is_so(world) {
            return;
        }
        world.advance().expect("it goes on");
    }
    panic!("it does not come about");
}

fn act(world: &mut dyn Playable, action: &Action) {
    let now_us = world.now_us();
    world.act(action, now_us).expect("it can be done");
}

fn crash(node: NodeId) -> Action {
    Action::Crash {
        node,
        keep: 0,
        torn: false,
    }
}

/// The first node that leads, of the first three.
fn leader(world: &dyn Playable) -> Option<NodeId> {
    let mut servers = (0..3).map(NodeId);
    servers.find(|node| role(world, *node) == "role.leader")
}

const SMALL: &[(&str, &str)] = &[("servers", "3"), ("clients", "0")];

#[test]
fn without_a_majority_nobody_can_win_and_with_one_more_somebody_can() {
    let mut world = open("raft", SOUND, SMALL);
    for node in [1, 2] {
        act(world.as_mut(), &crash(NodeId(node)));
    }
    let asked = question(world.as_ref(), r#"role = "leader""#, calm(8));
    let no = looked(&asked);
    assert_eq!((answer(&no), no.steps), (Answer::NotWithin, 8));
    assert!(no.states > 8 && no.way.is_none());
    // Nor by any schedule that is drawn.
    let drawn = draw(&asked, 0..50, &catalog::open).unwrap();
    assert_eq!((drawn.schedules, &drawn.way), (50, &None));
    assert!(drawn.taken > 500);

    let mended = Budget {
        repairs: 1,
        ..calm(14)
    };
    let asked = question(world.as_ref(), r#"role = "leader""#, mended);
    let yes = looked(&asked);
    let way = yes.way.as_ref().expect("a way");
    assert_eq!(
        (answer(&yes), way.repairs, way.faults),
        (Answer::Shortest, 1, 0)
    );
    let end = taken(&asked, way);
    assert!(leader(end.as_ref()).is_some());
    assert!(way.deeds.iter().all(|deed| deed.said.is_some()));
}

/// One server is behind, and the leader is down: only who has what is committed can be elected.
#[test]
fn who_is_behind_cannot_win_and_who_is_not_can() {
    let config = [("servers", "3"), ("clients", "1"), ("arrivals", "never")];
    let mut world = open("raft", SOUND, &config);
    until(world.as_mut(), |world| leader(world).is_some());
    let leads = leader(world.as_ref()).unwrap();
    let [behind, even] = [1, 2].map(|more| NodeId((leads.0 + more) % 3));
    act(world.as_mut(), &crash(behind));
    let ask = Action::Ask {
        client: NodeId(3),
        op: "put".into(),
        fields: vec!["x".into(), "1".into()],
    };
    let before = committed(world.as_ref(), leads);
    act(world.as_mut(), &ask);
    until(world.as_mut(), |world| committed(world, even) > before);
    act(world.as_mut(), &Action::Restart(behind));
    act(world.as_mut(), &crash(leads));

    let can_lead = |node: NodeId| {
        let label = &world.labels()[node.index()];
        let predicate = format!(r#"role = "leader", node = "{label}""#);
        question(world.as_ref(), &predicate, calm(8))
    };
    let no = looked(&can_lead(behind));
    assert_eq!((answer(&no), no.ended), (Answer::NotWithin, Ended::Depth));
    let asked = can_lead(even);
    let yes = looked(&asked);
    let way = yes.way.as_ref().expect("a way");
    assert_eq!(answer(&yes), Answer::Shortest);
    assert!(way.deeds.len() <= 8);
    assert_eq!(role(taken(&asked, way).as_ref(), even), "role.leader");

    // What is committed is not overwritten, and not lost either.
    let index = committed(world.as_ref(), even);
    let label = &world.labels()[even.index()];
    let gone = format!(
        r#"all = [{{ status = "up", node = "{label}" }}, {{ not = {{ entry = {{ index = {index}, epoch = ">= 1" }}, node = "{label}" }} }}]"#
    );
    let crashes = Budget {
        faults: Faults {
            crashes: 1,
            ..Faults::default()
        },
        repairs: 1,
        ..calm(5)
    };
    let no = looked(&question(world.as_ref(), &gone, crashes));
    assert_eq!(answer(&no), Answer::NotWithin);
}

/// The first event behind the cursor that tells this, with its transaction.
fn told(world: &mut dyn Playable, fact: &str) -> u64 {
    for _ in 0..20_000 {
        world.advance().expect("it goes on");
        let event = world.event(world.step()).expect("an event");
        for outcome in &event.outcomes {
            let Outcome::Told(phrase) = outcome else {
                continue;
            };
            let mut args = phrase.args.iter();
            if phrase.key == fact
                && let Some((_, protocol::Arg::Int(tx))) = args.find(|(name, _)| name == "tx")
            {
                return *tx;
            }
        }
    }
    panic!("{fact} is not told");
}

#[test]
fn what_is_begun_can_be_aborted_and_what_is_committed_cannot() {
    let mut world = open("two-phase-commit", SOUND, &[]);
    let tx = told(world.as_mut(), "fact.began");
    let aborted = format!(r#"fact = "decided-abort", with = {{ tx = {tx} }}"#);
    let asked = question(world.as_ref(), &aborted, calm(5));
    let yes = looked(&asked);
    let way = yes.way.as_ref().expect("a way");
    assert_eq!(answer(&yes), Answer::Shortest);
    assert_eq!(
        told(taken_to(&asked, way).as_mut(), "fact.decided-abort"),
        tx
    );

    let tx = told(world.as_mut(), "fact.decided-commit");
    let undone = format!(
        r#"any = [{{ fact = "decided-abort", with = {{ tx = {tx} }} }}, {{ fact = "presumed-abort", with = {{ tx = {tx} }} }}]"#
    );
    let crashes = Budget {
        faults: Faults {
            crashes: 1,
            ..Faults::default()
        },
        repairs: 1,
        ..calm(4)
    };
    let no = looked(&question(world.as_ref(), &undone, crashes));
    assert_eq!((answer(&no), no.steps), (Answer::NotWithin, 4));
}

/// The run of a way, at the present again.
fn taken_to(question: &Question, way: &Way) -> Box<dyn Playable> {
    let mut world = taken(question, way);
    world.seek(question.from).unwrap();
    world
}

/// What has happened is counted along each way: twice is more than once, and takes more steps.
#[test]
fn how_often_something_happens_is_part_of_the_question() {
    let world = open("raft", SOUND, SMALL);
    let fired = |count: u32| {
        let predicate = format!(r#"event = "fired", count = {count}"#);
        let yes = looked(&question(world.as_ref(), &predicate, calm(6)));
        yes.way.expect("a way").deeds.len()
    };
    assert_eq!((fired(1), fired(2), fired(3)), (1, 2, 3));
    let now = looked(&question(world.as_ref(), "epoch = 0", calm(3)));
    assert_eq!(answer(&now), Answer::Now);
    let never_more = r#"event = "fired", count = ">= 2""#;
    let few = looked(&question(world.as_ref(), never_more, calm(1)));
    assert_eq!(answer(&few), Answer::NotWithin);
}

/// Two generals with one battle before them, and no message lost, come to few states: then *no* needs no bound.
#[test]
fn where_everything_was_seen_the_answer_has_no_bound() {
    let config = [("acks", "1"), ("arrivals", "never")];
    let mut world = open("two-generals", SOUND, &config);
    let attack = Action::Ask {
        client: NodeId(0),
        op: "attack".into(),
        fields: Vec::new(),
    };
    act(world.as_mut(), &attack);
    let budget = Budget {
        steps: 1_000,
        ..calm(0)
    };
    let both = looked(&question(
        world.as_ref(),
        r#"role = "attacks", count = 2"#,
        budget,
    ));
    assert_eq!(answer(&both), Answer::Shortest);
    let three = looked(&question(
        world.as_ref(),
        r#"role = "attacks", count = 3"#,
        budget,
    ));
    assert_eq!(
        (answer(&three), three.ended),
        (Answer::Never, Ended::Complete)
    );
}

#[test]
fn a_budget_that_ran_out_claims_nothing_and_what_is_drawn_is_made_short() {
    let world = open("raft", SOUND, SMALL);
    let budget = Budget {
        states: 40,
        ..calm(20)
    };
    let asked = question(world.as_ref(), r#"role = "leader", node = "S2""#, budget);
    let nothing = looked(&asked);
    assert_eq!(
        (answer(&nothing), nothing.ended),
        (Answer::Unknown, Ended::States)
    );
    assert!(nothing.steps < 4 && nothing.states == 40);
    let drawn = draw(&asked, 0..400, &catalog::open).unwrap();
    let way = drawn.way.as_ref().expect("a way");
    assert_eq!(nothing.answer(&drawn), Answer::Yes);
    assert_eq!(role(taken(&asked, way).as_ref(), NodeId(1)), "role.leader");
    // Not shorter than the shortest, and not much longer.
    let all = Question {
        budget: calm(20),
        ..asked.clone()
    };
    let shortest = looked(&all).way.expect("a way").deeds.len();
    assert!(
        (shortest..shortest + 6).contains(&way.deeds.len()),
        "{shortest}: {way:?}"
    );
    // The same again, in parts.
    let mut parts = draw(&asked, 0..drawn.seed, &catalog::open).unwrap();
    parts.merge(draw(&asked, drawn.seed..400, &catalog::open).unwrap());
    assert_eq!(parts, drawn);
}

/// A promise is judged by what it is said to withstand alone.
#[test]
fn a_promise_is_asked_about_fairly() {
    let config = [
        ("servers", "3"),
        ("clients", "0"),
        ("pre_vote", "false"),
        ("check_quorum", "false"),
    ];
    let world = open("raft", "vote-not-saved", &config);
    let predicate = r#"violated = "election-safety""#;
    let asked = question(
        world.as_ref(),
        predicate,
        Budget {
            faults: Faults {
                crashes: 1,
                ..Faults::default()
            },
            repairs: 1,
            ..calm(8)
        },
    );
    assert_eq!(
        asked.budget.fair_to(&asked.goal, world.as_ref()),
        Ok(asked.budget)
    );
    let yes = looked(&asked);
    let way = yes.way.as_ref().expect("a way");
    assert_eq!((way.deeds.len(), way.faults, way.repairs), (8, 1, 1));
    let end = taken(&asked, way);
    assert!(
        end.properties()
            .iter()
            .any(|status| matches!(status.verdict, protocol::Verdict::Violated(_)))
    );

    for entry in catalog::entries() {
        let world = (entry.open)(&Run {
            protocol: entry.about.id.into(),
            variant: SOUND.into(),
            seed: 1,
            ..Run::default()
        })
        .unwrap();
        for property in entry.about.properties {
            let goal = scenario::Predicate::Violated(property.id.into());
            let fair = Budget::default().fair_to(&goal, world.as_ref());
            let assumes = property.assumes;
            let timed = !assumes.bad_network || assumes.delay_us_max.is_some();
            assert_eq!(fair.is_err(), timed, "{}: {fair:?}", property.id);
            assert!(fair.is_err() || assumes.crashes || fair.unwrap().faults.crashes == 0);
        }
    }
}

/// A search that keeps no state whole comes to the same, in everything.
#[test]
fn states_that_are_come_to_again_are_the_same_states() {
    let world = open("raft", SOUND, SMALL);
    let model = Untimed::from_here(
        world.as_ref(),
        Faults {
            crashes: 1,
            ..Faults::default()
        },
    );
    let search = || model.properties().depth_max(5);
    let whole = search().breadth_first();
    assert!(whole.distinct > 500);
    assert_eq!(search().by_ways().breadth_first(), whole);
}
