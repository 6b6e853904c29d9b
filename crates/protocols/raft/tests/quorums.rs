//! Majorities: the cases of `data/quorum.txt`, and that any two that could decide differently have a server in common.

use protocol::{NodeId, NodeSet};
use raft::{Change, Members, Quorum};

/// Servers are numbered from 1 in the cases.
fn server(text: &str) -> NodeId {
    let number: u16 = text.parse().expect("the number of a server");
    NodeId(number - 1)
}

fn field<'a>(line: &'a str, name: &str) -> &'a str {
    let mut fields = line.split(' ');
    fields
        .find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
        .unwrap_or("")
}

fn set(line: &str, name: &str) -> NodeSet {
    let servers = field(line, name).split(',');
    servers
        .filter(|text| !text.is_empty())
        .map(server)
        .collect()
}

fn quorum(line: &str) -> Quorum {
    Quorum {
        voters: set(line, "voters"),
        old: set(line, "old"),
    }
}

fn cases(kind: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("data/quorum.txt").lines();
    let lines = lines.filter(move |line| line.starts_with(kind));
    lines.map(|line| line.split_once(" is ").expect("what it comes to"))
}

#[test]
fn an_index_is_committed_once_each_majority_has_it() {
    let mut count = 0;
    for (case, expected) in cases("index") {
        let mut has = [0_u64; 9];
        for one in field(case, "has")
            .split(',')
            .filter(|text| !text.is_empty())
        {
            let (who, index) = one.split_once(':').expect("server:index");
            has[server(who).index()] = index.parse().expect("an index");
        }
        let index = quorum(case).index(false, |node| has[node.index()]);
        assert_eq!(index.to_string(), expected, "{case}");
        count += 1;
    }
    assert_eq!(count, 23, "all cases are read");
}

#[test]
fn an_election_takes_each_majority_and_is_lost_by_either() {
    let mut count = 0;
    for (case, expected) in cases("vote") {
        let quorum = quorum(case);
        let won = quorum.is_reached(set(case, "for"));
        let lost = quorum.is_refused(set(case, "against"));
        let stands = match (won, lost) {
            (true, _) => "won",
            (false, true) => "lost",
            (false, false) => "open",
        };
        assert_eq!(stands, expected, "{case}");
        count += 1;
    }
    assert_eq!(count, 22, "all cases are read");
}

/// All sets of the first `count` servers.
fn sets(count: u16) -> impl Iterator<Item = NodeSet> {
    let all = NodeSet::first(count);
    (0_u64..1 << count).map(move |bits| all.iter().filter(|node| bits >> node.0 & 1 == 1).collect())
}

/// Whether some set suffices for one and some other, without a server in common, for the other.
fn may_part(one: Quorum, other: Quorum, servers: u16) -> bool {
    let all = NodeSet::first(servers);
    sets(servers).any(|set| one.is_reached(set) && other.is_reached(all.minus(set)))
}

/// Ongaro 2014, §4.1: figure 4.3, and why the paper needs joint consensus for all else.
#[test]
fn majorities_of_neighbours_overlap_and_those_of_others_need_joint_consensus() {
    const SERVERS: u16 = 6;
    let mut apart = 0;
    for old in sets(SERVERS).filter(|set| !set.is_empty()) {
        for new in sets(SERVERS).filter(|set| !set.is_empty()) {
            let (from, to) = (Members::of(old), Members::of(new));
            let joint = Members { old, ..to };
            for settled in [from, to] {
                assert!(
                    !may_part(settled.quorum(), joint.quorum(), SERVERS),
                    "{old:?} to {new:?}"
                );
            }
            let step = old.minus(new).or(new.minus(old)).len();
            let parts = may_part(from.quorum(), to.quorum(), SERVERS);
            assert!(!parts || step > 1, "{old:?} to {new:?} in one step");
            apart += u32::from(parts);
        }
    }
    assert!(apart > 0, "otherwise there would be nothing to it");
}

/// What is committed is what the definition says, whatever the servers have.
#[test]
fn an_index_is_the_greatest_that_suffices() {
    const SERVERS: u16 = 4;
    for voters in sets(SERVERS).filter(|set| !set.is_empty()) {
        for old in sets(SERVERS) {
            let quorum = Quorum { voters, old };
            for number in 0..4_u64.pow(SERVERS.into()) {
                let has = |node: NodeId| number >> (2 * node.0) & 3;
                let holders = |index| -> NodeSet {
                    let all = NodeSet::first(SERVERS).iter();
                    all.filter(|node| has(*node) >= index).collect()
                };
                let expected = (1..=3).rfind(|index| quorum.is_reached(holders(*index)));
                assert_eq!(quorum.index(false, has), expected.unwrap_or(0));
            }
        }
    }
}

#[test]
fn a_configuration_is_told_in_a_few_characters() {
    let set = |servers: &[u16]| -> NodeSet { servers.iter().map(|n| NodeId(n - 1)).collect() };
    let members = |voters: &[u16], old: &[u16], learners: &[u16]| Members {
        voters: set(voters),
        old: set(old),
        learners: set(learners),
    };
    assert_eq!(members(&[1, 2, 3], &[], &[]).label(), "C123");
    assert_eq!(members(&[1, 2, 3], &[], &[4]).label(), "C123+4");
    assert_eq!(members(&[3, 4, 5], &[1, 2, 3], &[]).label(), "C123→345");
    let order = raft::Order::Change(Change::To(set(&[1, 2])));
    assert_eq!(replicated::Order::label(&order), "→C12");
}
