//! How the scenarios of other implementations begin: a cluster with the options that their cases name, and with a leader. Knows
//! no scenario.

use super::{Lab, plain, s};
use raft::{RaftConfig, Role, Variant};

/// So many servers, no clients, and the two options that the cases differ in.
pub(crate) fn config(servers: u64, pre_vote: bool, check_quorum: bool) -> RaftConfig {
    RaftConfig {
        pre_vote,
        check_quorum,
        ..plain(servers)
    }
}

/// The bench with them, before anything happens.
pub(crate) fn lab(servers: u64, pre_vote: bool, check_quorum: bool) -> Lab {
    Lab::new(config(servers, pre_vote, check_quorum), Variant::Sound)
}

/// S1 leads term 1, everybody has and knows its first entry.
pub(crate) fn led(servers: u64, pre_vote: bool, check_quorum: bool) -> Lab {
    let mut lab = lab(servers, pre_vote, check_quorum);
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    assert!(lab.leads(s(1)));
    lab
}

/// What a leader knows of a follower.
pub(crate) fn progress(lab: &Lab, leader: u16, follower: u16) -> &raft::Progress {
    match lab.server(s(leader)).role() {
        Role::Leader(leader) => &leader.progress[s(follower).index()],
        role => panic!("S{leader} is {role:?}"),
    }
}
