//! Published models, written down as they are published: the search counts what TLC and Stateright count.

mod models {
    pub(crate) mod commit;
    pub(crate) mod puzzles;
    pub(crate) mod rings;
    pub(crate) mod sharing;
    pub(crate) mod wires;
}

use models::{commit, puzzles, rings, sharing, wires};
use search::exhaustive::{Ended, Exhaustive, Until};
use search::model::Model;

/// What a model checker reports of a model: different states, states generated (initial ones included), and TLC's depth, which
/// counts the states of the longest shortest way.
struct Counts {
    distinct: u64,
    total: u64,
    depth: u32,
}

/// Both orders see the published number of states; breadth first has the published number of steps and depth too.
fn check<M: Model>(name: &str, model: &M, counts: &Counts) {
    let search = || Exhaustive::new(model).until(Until::Seen);
    let breadth = search().breadth_first();
    assert_eq!(breadth.ended, Ended::Complete, "{name}");
    assert_eq!(
        (breadth.distinct, breadth.generated, breadth.depth + 1),
        (counts.distinct, counts.total, counts.depth),
        "{name}: different states, states generated, depth"
    );
    let depth = search().depth_first();
    assert_eq!(
        (depth.ended, depth.distinct, depth.generated),
        (Ended::Complete, counts.distinct, counts.total),
        "{name}, depth first"
    );
    // A bound that is just deep enough hides nothing, though ways of depth-first order are longer than they need be.
    let bounded = search().depth_max(breadth.depth).depth_first();
    assert_eq!(bounded.distinct, counts.distinct, "{name}, within a bound");
    if let Some(less) = breadth.depth.checked_sub(1) {
        let near = search().depth_max(less).breadth_first();
        let deep = search().depth_max(less).depth_first();
        assert!(near.distinct < counts.distinct, "{name}");
        assert_eq!(
            (near.ended, deep.ended),
            (Ended::Depth, Ended::Depth),
            "{name}"
        );
        assert_eq!(near.distinct, deep.distinct, "{name}, within less");
    }
}

/// Counts from the manifest of tlaplus/Examples.
const fn tlc(distinct: u64, total: u64, depth: u32) -> Counts {
    Counts {
        distinct,
        total,
        depth,
    }
}

#[test]
fn tlc_counts_the_same() {
    check(
        "TwoPhase",
        &commit::TwoPhase::sound(3),
        &tlc(288, 1_146, 11),
    );
    check("TCommit", &commit::Commit { rms: 3 }, &tlc(34, 94, 7));
    check("HourClock", &wires::HourClock, &tlc(12, 24, 1));
    check(
        "AsynchInterface",
        &wires::Handshake { data: 3 },
        &tlc(12, 30, 2),
    );
    check(
        "ABCorrectness",
        &wires::AlternatingBit { data: 2 },
        &tlc(20, 36, 3),
    );
    check(
        "CoffeeCan100Beans",
        &puzzles::CoffeeCan { beans: 100 },
        &tlc(5_150, 20_002, 1),
    );
    check(
        "CoffeeCan1000Beans",
        &puzzles::CoffeeCan { beans: 1_000 },
        &tlc(501_500, 2_000_002, 1),
    );
    check(
        "Simple",
        &puzzles::Simple { processes: 5 },
        &tlc(723, 1_842, 11),
    );
    check(
        "TokenRing",
        &rings::TokenRing {
            nodes: 6,
            values: 6,
        },
        &tlc(46_656, 248_832, 1),
    );
    check(
        "SimpleRegular",
        &puzzles::SimpleRegular { processes: 8 },
        &tlc(277_726, 1_454_776, 25),
    );
    check(
        "SyncTerminationDetection",
        &rings::SyncTermination { nodes: 7 },
        &tlc(129, 3_722, 1),
    );
}

#[test]
fn tlc_counts_the_same_of_what_is_shared() {
    check("CigaretteSmokers", &sharing::Smokers, &tlc(6, 15, 2));
    check(
        "Barrier",
        &sharing::Barrier { processes: 6 },
        &tlc(64, 194, 7),
    );
    check(
        "SimpleAllocator",
        &sharing::Allocator {
            clients: 3,
            resources: 2,
        },
        &tlc(400, 1_633, 6),
    );
    check(
        "MCMajority",
        &sharing::Majority {
            values: 3,
            length_max: 5,
        },
        &tlc(2_733, 3_459, 6),
    );
    check("CatOddBoxes", &sharing::Cat { boxes: 5 }, &tlc(30, 78, 1));
    check("CatEvenBoxes", &sharing::Cat { boxes: 6 }, &tlc(48, 128, 1));
    check(
        "GameOfLife",
        &sharing::Life { side: 4 },
        &tlc(65_536, 131_072, 1),
    );
    check("Channel", &wires::Handshake { data: 3 }, &tlc(12, 30, 2));
}

#[test]
fn stateright_counts_the_same() {
    for (rms, distinct) in [(3, 288), (5, 8_832)] {
        let model = commit::TwoPhase::sound(rms);
        let report = commit::asked(&model).until(Until::Seen).breadth_first();
        assert_eq!(report.distinct, distinct, "{rms} resource managers");
        assert_eq!(report.violation(), None);
        assert!(report.decided("abort agreement").is_some());
        // Each prepares and is heard, the manager commits, each hears it.
        let commit = report.decided("commit agreement").expect("a way to commit");
        assert_eq!(commit.path.len(), 3 * usize::from(rms) + 1);
    }
}

/// Stateright's example sorts the managers by their state alone, so that some that are alike stay apart, and how many depends on
/// the order of the walk: 665 in its own. Sorting by all that belongs to a manager leaves one of each set in any order.
#[test]
fn symmetry_leaves_one_of_each_set() {
    let half = commit::Symmetric(commit::TwoPhase::sound(5), commit::Sorted::ByState);
    assert_eq!(commit::walked_as_by_stateright(&half), 665);
    let whole = commit::Symmetric(commit::TwoPhase::sound(5), commit::Sorted::ByAll);
    let sets = commit::sets(&whole);
    assert!(sets < 665);
    for report in [
        commit::asked(&whole).until(Until::Seen).breadth_first(),
        commit::asked(&whole).until(Until::Seen).depth_first(),
    ] {
        assert_eq!(report.distinct, sets);
        assert_eq!(report.violation(), None);
        assert_eq!(report.found.len(), 2);
    }
}

/// A manager that commits before all have prepared.
#[test]
fn a_violation_is_found_by_a_shortest_way() {
    let hasty = commit::TwoPhase {
        rms: 3,
        hasty: true,
    };
    let shortest = commit::asked(&hasty).breadth_first();
    let violation = shortest.violation().expect("it is broken");
    assert_eq!(
        (shortest.ended, violation.predicate),
        (Ended::Found, "consistent")
    );
    // One prepares and is heard, the manager commits, it hears that, and another gives up meanwhile.
    assert_eq!(violation.path.len(), 5, "{:?}", violation.path);
    commit::replay(&hasty, violation);
    let within = commit::asked(&hasty).depth_max(5).depth_first();
    commit::replay(&hasty, within.violation().expect("it is within the bound"));
    for short in [
        commit::asked(&hasty).depth_max(4).depth_first(),
        commit::asked(&hasty).depth_max(4).breadth_first(),
    ] {
        assert_eq!((short.ended, short.violation()), (Ended::Depth, None));
    }
    let symmetric = commit::Symmetric(hasty, commit::Sorted::ByAll);
    let reduced = commit::asked(&symmetric).breadth_first();
    let violation = reduced.violation().expect("symmetry hides nothing");
    assert_eq!(violation.path.len(), 5);
    commit::replay(&symmetric.0, violation);
}

#[test]
fn bounds_and_whoever_watches_end_a_search() {
    use std::ops::ControlFlow;
    let model = commit::TwoPhase::sound(5);
    for (report, least) in [
        (
            Exhaustive::new(&model).states_max(1_000).breadth_first(),
            1_000,
        ),
        (
            Exhaustive::new(&model).states_max(1_000).depth_first(),
            1_000,
        ),
    ] {
        assert_eq!((report.ended, report.distinct), (Ended::States, least));
    }
    let mut told = Vec::new();
    let report = Exhaustive::new(&model).breadth_first_watched(|progress| {
        told.push(*progress);
        ControlFlow::Break(())
    });
    assert_eq!(report.ended, Ended::Cancelled);
    assert_eq!(told.len(), 1);
    assert!(told[0].distinct > 4_096 && told[0].waiting > 0 && told[0].depth > 0);
    // What is sought is found, and nothing more is counted.
    let decided = Exhaustive::new(&model)
        .sometimes("abort", |_, state| state.given_up())
        .until(Until::Decided)
        .breadth_first();
    assert_eq!(decided.ended, Ended::Found);
    assert!(decided.distinct < 20);
}
