//! Nodes that are alike are not told apart: the search finds the same violations in as few steps, in fewer states, and what it takes
//! for one state goes on as one.

use search::exhaustive::cluster::{Alike, Faults, State, Untimed};
use search::exhaustive::{Exhaustive, Found, Until};
use search::model::Model;
use sim::{Action, Run};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

struct Case {
    protocol: &'static str,
    variant: &'static str,
    config: &'static [(&'static str, &'static str)],
    faults: Faults,
    /// So many steps of timed play come first.
    from: usize,
    depth: u32,
    /// At least so many states, in tenths, are one on average.
    tenths: u64,
}

const NO_FAULTS: Faults = Faults {
    drops: 0,
    duplicates: 0,
    crashes: 0,
};

const CRASH: Faults = Faults {
    crashes: 1,
    ..NO_FAULTS
};

const RAFT: &[(&str, &str)] = &[
    ("servers", "3"),
    ("clients", "0"),
    ("pre_vote", "false"),
    ("check_quorum", "false"),
];

const RAFT_WITH_PRE_VOTE: &[(&str, &str)] = &[("servers", "3"), ("clients", "0")];

const RAFT_OF_FOUR: &[(&str, &str)] = &[
    ("servers", "4"),
    ("clients", "0"),
    ("pre_vote", "false"),
    ("check_quorum", "false"),
];

const PAXOS: &[(&str, &str)] = &[
    ("proposers", "2"),
    ("acceptors", "3"),
    ("learners", "1"),
    ("clients", "2"),
];

const fn case(
    protocol: &'static str,
    variant: &'static str,
    config: &'static [(&'static str, &'static str)],
    faults: Faults,
    from: usize,
    depth: u32,
    tenths: u64,
) -> Case {
    Case {
        protocol,
        variant,
        config,
        faults,
        from,
        depth,
        tenths,
    }
}

const CASES: &[Case] = &[
    case("raft", "sound", RAFT, NO_FAULTS, 0, 6, 50),
    case("raft", "sound", RAFT, CRASH, 0, 4, 50),
    case("raft", "sound", RAFT_WITH_PRE_VOTE, NO_FAULTS, 0, 5, 50),
    case("raft", "sound", RAFT_OF_FOUR, NO_FAULTS, 0, 4, 100),
    case("raft", "minority-commit", RAFT, NO_FAULTS, 0, 6, 40),
    case("raft", "vote-not-saved", RAFT, CRASH, 1, 6, 30),
    case("paxos", "sound", PAXOS, NO_FAULTS, 2, 6, 30),
    case("paxos", "learns-first", PAXOS, NO_FAULTS, 8, 5, 10),
    case("paxos", "promise-ignored", PAXOS, NO_FAULTS, 2, 6, 30),
];

impl Case {
    fn name(&self) -> String {
        format!("{}, {}, {} deep", self.protocol, self.variant, self.depth)
    }

    fn model(&self) -> Untimed {
        let config = self.config.iter();
        let mut cluster = catalog::open(&Run {
            protocol: self.protocol.into(),
            variant: self.variant.into(),
            config: config
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect(),
            seed: 1,
            ..Run::default()
        })
        .expect("a run that opens");
        for _ in 0..self.from {
            assert!(cluster.advance().is_some(), "{}", self.name());
        }
        Untimed::from_here(&*cluster, self.faults)
    }
}

/// What a find decides, and after how many steps.
fn decided(found: &[Found<Action>]) -> BTreeSet<(&'static str, usize)> {
    let each = |found: &Found<Action>| (found.predicate, found.path.len());
    found.iter().map(each).collect()
}

#[test]
fn what_is_found_is_found_among_nodes_that_are_not_told_apart() {
    let mut broken = BTreeSet::new();
    for case in CASES {
        let name = case.name();
        let model = case.model();
        let likes = RefCell::new(BTreeSet::new());
        let every = model
            .properties()
            .always("noted", |_, state| {
                likes.borrow_mut().insert(Alike(&model).identity(state));
                true
            })
            .depth_max(case.depth)
            .until(Until::Seen)
            .breadth_first();
        let alike = Alike(&model);
        let search = alike.properties().depth_max(case.depth);
        let one = search.until(Until::Seen).breadth_first();
        let sets = likes.borrow().len() as u64;
        println!(
            "{name}: {} of {} states, {sets} sets, {:?}",
            one.distinct,
            every.distinct,
            decided(&one.found)
        );
        assert_eq!(decided(&one.found), decided(&every.found), "{name}");
        assert_eq!(one.distinct, sets, "{name}: one state of each set");
        assert!(
            one.distinct * case.tenths <= every.distinct * 10,
            "{name}: {} of {} states",
            one.distinct,
            every.distinct
        );
        for found in &one.found {
            assert!(model.edits(&found.path).is_ok(), "{name}: a way to go");
        }
        if let Some(violation) = one.violation() {
            assert_ne!(case.variant, "sound", "{name}");
            broken.insert((case.variant, violation.predicate));
        }
    }
    assert!(
        broken.contains(&("minority-commit", "leader-completeness"))
            && broken.contains(&("learns-first", "learned-chosen")),
        "{broken:?}"
    );
}

/// What is one goes on as one: the states that follow are the same, as far as names go, and so is what can be done.
#[test]
fn states_that_are_one_go_on_alike() {
    for case in CASES {
        let name = case.name();
        let model = case.model();
        let alike = Alike(&model);
        let states = RefCell::new(BTreeMap::<u64, Vec<State>>::new());
        Exhaustive::new(&model)
            .always("noted", |_, state: &State| {
                let mut states = states.borrow_mut();
                let same = states.entry(alike.identity(state)).or_default();
                same.push(state.clone());
                true
            })
            .depth_max(case.depth.min(4))
            .until(Until::Seen)
            .breadth_first();
        let mut more = 0;
        for same in states.borrow().values() {
            let follow = |state: &State| {
                let mut actions = Vec::new();
                model.actions(state, &mut actions);
                let next = actions
                    .into_iter()
                    .filter_map(|action| model.next(state, action));
                let mut next: Vec<u64> = next.map(|state| alike.identity(&state)).collect();
                next.sort_unstable();
                next
            };
            let Some((first, others)) = same.split_first() else {
                continue;
            };
            let expected = follow(first);
            for other in others {
                more += 1;
                assert_eq!(follow(other), expected, "{name}");
                assert_ne!(model.identity(first), model.identity(other), "{name}");
            }
        }
        assert!(more > 0, "{name}: some are alike");
    }
}
