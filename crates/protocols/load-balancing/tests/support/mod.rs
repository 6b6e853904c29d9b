//! What the tests of load balancing share: runs, faults, and how they end.

#![allow(dead_code, reason = "each test binary uses a part")]

use load_balancing::Node;
use protocol::{NodeId, Phrase, Protocol, Verdict};
use sim::measure::{Bare, Recording};
use sim::{Action, Edit, Run};

/// A run of the sound protocol with these parameters.
pub(crate) fn run(seed: u64, config: &[(&str, &str)]) -> Run {
    Run {
        protocol: Node::ID.into(),
        behaviour: Node::BEHAVIOUR,
        variant: sim::SOUND.into(),
        config: config
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        seed,
        edits: Vec::new(),
    }
}

/// Plays `run` up to `until_us` of virtual time.
pub(crate) fn play(run: &Run, until_us: u64) -> Bare<Node> {
    let mut bare = Bare::open(run).expect("a run of load balancing");
    while bare.now_us() < until_us && bare.advance(64, Recording::Nothing, false) > 0 {}
    bare
}

/// The properties that are violated, with how.
pub(crate) fn violations(bare: &Bare<Node>) -> Vec<(&'static str, Phrase)> {
    let standing = Node::PROPERTIES.iter().zip(bare.verdicts());
    standing
        .filter_map(|(property, verdict)| match verdict {
            Verdict::Violated(how) => Some((property.id, how.clone())),
            _ => None,
        })
        .collect()
}

/// How the property of this id stands.
pub(crate) fn verdict<'a>(bare: &'a Bare<Node>, id: &str) -> &'a Verdict {
    let place = Node::PROPERTIES
        .iter()
        .position(|property| property.id == id);
    bare.verdicts()
        .nth(place.expect("a property"))
        .expect("its verdict")
}

/// An edit at a time.
pub(crate) fn at(at_us: u64, action: Action) -> Edit {
    Edit {
        at_us,
        rank: 0,
        after: Vec::new(),
        action,
    }
}

pub(crate) const fn crash(node: NodeId) -> Action {
    Action::Crash {
        node,
        keep: 0,
        torn: false,
    }
}

pub(crate) fn set(key: &str, value: &str) -> Action {
    Action::Set {
        key: key.into(),
        value: value.into(),
    }
}
