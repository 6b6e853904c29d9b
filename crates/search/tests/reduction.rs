//! One order of steps for all that differ in it alone: the search sees the same states as without, at the same depths, and comes
//! to the same verdicts, in fewer steps. The promise that this stands on is tried at every state of every protocol on the way.

mod models {
    #![allow(dead_code, reason = "each test file uses its part")]
    pub(crate) mod commit;
}

use models::commit::{self, Act, TwoPhase};
use search::exhaustive::cluster::{Faults, State, Untimed};
use search::exhaustive::{Exhaustive, Found, Report, Until};
use search::model::{Model, Step, Swaps};
use sim::{Action, Playable, Run};
use std::collections::{BTreeMap, BTreeSet};

/// A small cluster, and how far from its beginning it is searched.
struct Case {
    protocol: &'static str,
    variant: &'static str,
    config: &'static [(&'static str, &'static str)],
    /// So many steps of timed play come first.
    from: usize,
    faults: Faults,
    depth: u32,
}

const NO_FAULTS: Faults = Faults {
    drops: 0,
    duplicates: 0,
    crashes: 0,
};

const ONE_OF_EACH: Faults = Faults {
    drops: 1,
    duplicates: 1,
    crashes: 1,
};

const CASES: &[Case] = &[
    Case {
        protocol: "raft",
        variant: "sound",
        config: &[
            ("servers", "3"),
            ("clients", "0"),
            ("pre_vote", "false"),
            ("check_quorum", "false"),
        ],
        from: 0,
        faults: ONE_OF_EACH,
        depth: 4,
    },
    Case {
        protocol: "raft",
        variant: "vote-not-saved",
        config: &[
            ("servers", "3"),
            ("clients", "0"),
            ("pre_vote", "false"),
            ("check_quorum", "false"),
        ],
        from: 1,
        faults: Faults {
            crashes: 1,
            ..NO_FAULTS
        },
        depth: 6,
    },
    Case {
        protocol: "raft",
        variant: "sound",
        config: &[("servers", "3"), ("clients", "1")],
        from: 12,
        faults: NO_FAULTS,
        depth: 5,
    },
    Case {
        protocol: "paxos",
        variant: "sound",
        config: &[
            ("proposers", "2"),
            ("acceptors", "3"),
            ("learners", "1"),
            ("clients", "2"),
        ],
        from: 2,
        faults: NO_FAULTS,
        depth: 6,
    },
    Case {
        protocol: "paxos",
        variant: "ignores-accepted",
        config: &[("roles", "combined"), ("servers", "3"), ("clients", "2")],
        from: 2,
        faults: Faults {
            drops: 1,
            ..NO_FAULTS
        },
        depth: 5,
    },
    Case {
        protocol: "multi-paxos",
        variant: "sound",
        config: &[("servers", "3"), ("clients", "1")],
        from: 3,
        faults: ONE_OF_EACH,
        depth: 3,
    },
    Case {
        protocol: "two-phase-commit",
        variant: "sound",
        config: &[("participants", "2"), ("clients", "2")],
        from: 2,
        faults: ONE_OF_EACH,
        depth: 4,
    },
    Case {
        protocol: "two-phase-commit",
        variant: "locks-released-early",
        config: &[("participants", "2"), ("clients", "2")],
        from: 2,
        faults: NO_FAULTS,
        depth: 6,
    },
    Case {
        protocol: "two-generals",
        variant: "attacks-twice",
        config: &[("acks", "1")],
        from: 0,
        faults: ONE_OF_EACH,
        depth: 7,
    },
    Case {
        protocol: "rpc",
        variant: "sound",
        config: &[("clients", "2")],
        from: 2,
        faults: ONE_OF_EACH,
        depth: 4,
    },
    Case {
        protocol: "load-balancing",
        variant: "sound",
        config: &[],
        from: 4,
        faults: NO_FAULTS,
        depth: 3,
    },
    Case {
        protocol: "map-reduce",
        variant: "sound",
        config: &[],
        from: 4,
        faults: NO_FAULTS,
        depth: 4,
    },
];

impl Case {
    fn name(&self) -> String {
        format!("{}, {}, from {}", self.protocol, self.variant, self.from)
    }

    fn cluster(&self) -> Box<dyn Playable> {
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
        cluster
    }
}

/// What a find decides, and after how many steps.
fn decided(found: &[Found<Action>]) -> BTreeSet<(&'static str, usize)> {
    let each = |found: &Found<Action>| (found.predicate, found.path.len());
    found.iter().map(each).collect()
}

/// Every order of steps, each state's taken as the reduced search takes them. Of the states of one identity a search goes on
/// from the one that it meets first, and how late it is there, which is no part of identity, may decide which of its timers
/// runs out first after that.
struct EveryOrder<'a>(&'a Untimed);

impl Model for EveryOrder<'_> {
    type State = State;
    type Action = Action;

    fn initial(&self) -> Vec<State> {
        self.0.initial()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.0.actions(state, actions);
        actions.sort_by_cached_key(|action| self.0.step(state, action));
    }

    fn next(&self, state: &State, action: Action) -> Option<State> {
        self.0.next(state, action)
    }
}

fn all<M: Model<State = State>>(search: Exhaustive<'_, M>, depth: u32) -> Report<M::Action> {
    search.depth_max(depth).until(Until::Seen).breadth_first()
}

#[test]
fn one_order_of_steps_shows_all_that_every_order_does() {
    let (mut walked, mut all_steps, mut violations) = (0, 0, 0);
    for case in CASES {
        let name = case.name();
        let model = Untimed::from_here(&*case.cluster(), case.faults);
        let every = EveryOrder(&model);
        let every = all(model.properties_in(&every), case.depth);
        let one = all(model.properties().in_one_order(), case.depth);
        assert_eq!(
            (one.distinct, one.depth, one.ended),
            (every.distinct, every.depth, every.ended),
            "{name}"
        );
        assert_eq!(decided(&one.found), decided(&every.found), "{name}");
        assert!(one.generated < every.generated, "{name}");
        println!(
            "{name}, {} deep: {} states, {} of {} steps",
            case.depth, one.distinct, one.generated, every.generated
        );
        walked += one.generated;
        all_steps += every.generated;
        violations += u32::from(one.violation().is_some());
        for found in &one.found {
            assert!(
                model.edits(&found.path).is_ok(),
                "{name}: a way that can be gone"
            );
        }
    }
    assert!(walked < all_steps, "{walked} of {all_steps} steps");
    assert!(violations > 0, "a broken variant is found out");
}

/// Two steps that are apart and quiet come to one identity in either order, and stay quiet.
#[test]
fn quiet_steps_that_are_apart_may_change_places() {
    for case in CASES {
        let name = case.name();
        let model = Untimed::from_here(&*case.cluster(), case.faults);
        let mut seen = BTreeSet::new();
        let mut layer = model.initial();
        let mut tried = 0u32;
        for _ in 0..case.depth.min(5) {
            let mut next_layer = Vec::new();
            for state in layer {
                let mut actions = Vec::new();
                model.actions(&state, &mut actions);
                let mut quiet = BTreeMap::new();
                for action in actions {
                    let step = model.step(&state, &action);
                    let Some(next) = model.next(&state, action.clone()) else {
                        continue;
                    };
                    if step.may_swap && model.is_quiet(&state, &next) {
                        quiet.insert(step, (action, next.clone()));
                    }
                    if seen.insert(model.identity(&next)) && seen.len() < 600 {
                        next_layer.push(next);
                    }
                }
                for (one, (first, after_first)) in &quiet {
                    for (other, (second, after_second)) in quiet.range(..one) {
                        if !one.is_apart(other) {
                            continue;
                        }
                        let there = model.next(after_first, second.clone());
                        let back = model.next(after_second, first.clone());
                        let (there, back) = there.zip(back).expect(&name);
                        assert!(
                            model.is_quiet(after_first, &there)
                                && model.identity(&there) == model.identity(&back),
                            "{name}: {first:?} and {second:?}"
                        );
                        tried += 1;
                    }
                }
            }
            layer = next_layer;
        }
        println!("{name}: {tried} pairs");
    }
}

/// Lamps that are switched on once each, in any order.
struct Lamps(u8);

impl Model for Lamps {
    type State = u32;
    type Action = u8;

    fn initial(&self) -> Vec<u32> {
        vec![0]
    }

    fn actions(&self, lit: &u32, actions: &mut Vec<u8>) {
        actions.extend((0..self.0).filter(|lamp| lit >> lamp & 1 == 0));
    }

    fn next(&self, lit: &u32, lamp: u8) -> Option<u32> {
        Some(lit | 1 << lamp)
    }
}

impl Swaps for Lamps {
    fn step(&self, _: &u32, lamp: &u8) -> Step {
        let id = u64::from(*lamp) + 1;
        Step {
            id,
            may_swap: true,
            touches: [id, 0, 0],
        }
    }

    fn is_quiet(&self, _: &u32, _: &u32) -> bool {
        true
    }
}

/// Of the orders in which any number of lamps can be lit one is walked: each state is come to once.
#[test]
fn what_is_wholly_apart_is_walked_in_one_order() {
    for lamps in 1..=10 {
        let model = Lamps(lamps);
        let search = || Exhaustive::new(&model).until(Until::Seen);
        let (every, one) = (
            search().breadth_first(),
            search().in_one_order().breadth_first(),
        );
        let states = 1 << lamps;
        assert_eq!((every.distinct, one.distinct), (states, states));
        assert_eq!(every.generated, 1 + u64::from(lamps) * states / 2);
        assert_eq!(one.generated, states);
        assert_eq!(one.depth, u32::from(lamps));
    }
}

/// The manager's steps have the manager in common, each resource manager's that one.
impl Swaps for TwoPhase {
    fn step(&self, _: &commit::State, act: &Act) -> Step {
        let (kind, at, who) = match *act {
            Act::TmRcvPrepared(rm) => (1, rm, 0),
            Act::TmCommit => (2, 0, 0),
            Act::TmAbort => (3, 0, 0),
            Act::RmPrepare(rm) => (4, rm, rm + 1),
            Act::RmChooseToAbort(rm) => (5, rm, rm + 1),
            Act::RmRcvCommitMsg(rm) => (6, rm, rm + 1),
            Act::RmRcvAbortMsg(rm) => (7, rm, rm + 1),
        };
        Step {
            id: kind << 8 | u64::from(at),
            may_swap: true,
            touches: [u64::from(who) + 1, 0, 0],
        }
    }

    fn is_quiet(&self, _: &commit::State, _: &commit::State) -> bool {
        true
    }
}

#[test]
fn a_published_model_keeps_its_states_and_its_violations_in_one_order() {
    for rms in 1..=5 {
        for hasty in [false, true] {
            let model = TwoPhase { rms, hasty };
            let search = || commit::asked(&model).until(Until::Seen);
            let (every, one) = (
                search().breadth_first(),
                search().in_one_order().breadth_first(),
            );
            assert_eq!(
                (one.distinct, one.depth, one.ended),
                (every.distinct, every.depth, every.ended)
            );
            let decided = |report: &Report<Act>| -> BTreeSet<_> {
                let each = report.found.iter();
                each.map(|found| (found.predicate, found.path.len()))
                    .collect()
            };
            assert_eq!(decided(&one), decided(&every));
            assert_eq!(one.violation().is_some(), hasty && rms > 1);
            if let Some(violation) = one.violation() {
                commit::replay(&model, violation);
            }
            // The more managers, the more of their steps are apart.
            let share = [100, 90, 75, 65, 55][usize::from(rms) - 1];
            assert!(
                one.generated * 100 <= every.generated * share,
                "{rms} managers: {} of {} steps",
                one.generated,
                every.generated
            );
        }
    }
}
