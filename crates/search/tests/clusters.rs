//! Clusters, searched through every schedule within a bound: a broken variant is found out, and the sound one is not.

use search::exhaustive::cluster::{Faults, Untimed};
use search::exhaustive::{Ended, Kind};
use sim::{Playable, Run, SOUND, SimError};

type Open = fn(&Run) -> Result<Box<dyn Playable>, SimError>;

/// A protocol under search, within a bound that is just enough for its broken variant.
struct Case {
    open: Open,
    protocol: &'static str,
    variant: &'static str,
    breaks: &'static str,
    config: &'static [(&'static str, &'static str)],
    faults: Faults,
    depth: u32,
}

impl Case {
    fn run(&self, variant: &str) -> Run {
        let config = self.config.iter();
        Run {
            protocol: self.protocol.into(),
            variant: variant.into(),
            config: config
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect(),
            seed: 1,
            ..Run::default()
        }
    }

    fn play(&self, run: &Run) -> Box<dyn Playable> {
        (self.open)(run).expect("a run that opens")
    }

    fn check(&self) {
        let name = format!("{}, {}", self.protocol, self.variant);
        let run = self.run(self.variant);
        let model = Untimed::from_here(&*self.play(&run), self.faults);
        let broken = model.properties().depth_max(self.depth).breadth_first();
        let violation = broken.violation().expect(&name);
        assert_eq!(
            (broken.ended, violation.predicate),
            (Ended::Found, self.breaks),
            "{name}"
        );
        assert_eq!(
            violation.path.len(),
            self.depth as usize,
            "{name}: the way is a shortest one"
        );
        let reduced = model.properties().in_one_order().depth_max(self.depth);
        let reduced = reduced.breadth_first();
        let same = reduced.violation().expect(&name);
        assert_eq!(
            (same.predicate, same.path.len()),
            (self.breaks, violation.path.len()),
            "{name}, one order of steps"
        );
        // One step less is too few, in either order.
        let less = || model.properties().depth_max(self.depth - 1);
        let (near, deep) = (less().breadth_first(), less().depth_first());
        assert_eq!((near.violation(), deep.violation()), (None, None), "{name}");
        assert_eq!(near.distinct, deep.distinct, "{name}");

        // The way is an ordinary run, in which timed play breaks the same promise.
        let edits = model
            .edits(&violation.path)
            .expect("a way that is possible");
        let mut again = self.play(&Run { edits, ..run });
        let index = again
            .about()
            .properties
            .iter()
            .position(|property| property.id == self.breaks)
            .expect("a property of the protocol");
        for _ in &violation.path {
            assert!(again.advance().is_some(), "{name}");
        }
        assert_eq!(again.unmet_edits(), [], "{name}");
        let verdict = &again.properties()[index].verdict;
        assert!(
            matches!(verdict, protocol::Verdict::Violated(_)),
            "{name}: {verdict:?}"
        );

        let sound = self.play(&self.run(SOUND));
        let model = Untimed::from_here(&*sound, self.faults);
        let report = model.properties().depth_max(self.depth).breadth_first();
        assert_eq!(
            (report.ended, report.violation()),
            (Ended::Depth, None),
            "{name}, but sound"
        );
        assert!(
            report
                .found
                .iter()
                .any(|found| found.kind == Kind::Sometimes),
            "{name}: the search exercises something"
        );
    }
}

const RAFT: &[(&str, &str)] = &[
    ("servers", "3"),
    ("clients", "0"),
    ("pre_vote", "false"),
    ("check_quorum", "false"),
];

/// Two are elected in one term: who voted for the first forgets it in a crash.
#[test]
fn a_vote_that_is_not_saved_elects_two() {
    Case {
        open: sim::open::<raft::Raft>,
        protocol: "raft",
        variant: "vote-not-saved",
        breaks: "election-safety",
        config: RAFT,
        faults: Faults {
            crashes: 1,
            ..Faults::default()
        },
        depth: 8,
    }
    .check();
}

/// A message that comes a second time makes one of them attack a second time.
#[test]
fn a_copy_makes_a_general_attack_twice() {
    Case {
        open: sim::open::<two_generals::Node>,
        protocol: "two-generals",
        variant: "attacks-twice",
        breaks: "validity",
        config: &[("acks", "1")],
        faults: Faults {
            drops: 1,
            duplicates: 1,
            crashes: 0,
        },
        depth: 6,
    }
    .check();
}
