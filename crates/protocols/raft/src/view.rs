//! What nodes show of themselves.

use crate::config::RaftConfig;
use crate::server::{Ballots, Role, Server};
use protocol::{Arg, Ballot, LogCell, NodeId, NodeView, Phrase, Picture, Ring, Row, Unit};
use replicated::StateMachine;

/// So many of a log's newest entries are shown: a frame is read for every step, and more columns fit no page.
const ENTRIES_MAX: u64 = 64;

/// A server: role, term, log, votes, contents.
pub(crate) fn server<S: StateMachine>(
    server: &Server<S>,
    config: &RaftConfig,
    me: NodeId,
) -> NodeView {
    let (role, ring) = match server.role() {
        Role::Follower => ("role.follower", Ring::Thin),
        Role::PreCandidate(_) => ("role.pre-candidate", Ring::Dashed),
        Role::Candidate(_) => ("role.candidate", Ring::Dashed),
        Role::Leader(_) => ("role.leader", Ring::Double),
    };
    let mut badges = Vec::new();
    if let Role::Leader(leader) = server.role()
        && let Some(handover) = leader.handover.get()
    {
        badges.push(Phrase::new("badge.hands-over").node("to", handover.to));
    }
    if let Some(reads) = server.reads() {
        if !reads.waiting.is_empty() {
            badges.push(Phrase::new("badge.reads-wait").int("count", reads.waiting.len() as u64));
        }
        if let Some(lease) = reads.lease {
            badges.push(Phrase::new("badge.lease").us("from", lease.at_us));
        }
    }
    if let Some(until_us) = server.votes_from_us(config) {
        badges.push(Phrase::new("badge.no-vote").us("until", until_us));
    }
    let mut pictures = vec![log(server, me)];
    if let Role::PreCandidate(ballots) | Role::Candidate(ballots) = server.role() {
        pictures.push(votes(*ballots, config.servers));
    }
    pictures.push(Picture::pairs("picture.machine", server.machine().rows()));
    pictures.extend(snapshot(server));
    pictures.extend(server.partial().map(|partial| Picture::Gauge {
        title: "picture.partial".into(),
        value: partial.stored,
        max: Some(partial.snapshot.rows),
        unit: Unit::Count,
    }));
    NodeView {
        role: role.into(),
        ring,
        epoch: Some(server.term()),
        badges,
        pictures,
        ..NodeView::default()
    }
}

fn log<S: StateMachine>(server: &Server<S>, me: NodeId) -> Picture {
    let log = server.log();
    let first = (log.last_index() + 1)
        .saturating_sub(ENTRIES_MAX)
        .max(log.first_index());
    let entries = (first..=log.last_index()).filter_map(|index| log.get(index));
    let cells = entries.map(|entry| LogCell {
        epoch: entry.term,
        label: entry.payload.label(),
    });
    let followers = match server.role() {
        Role::Leader(leader) => (0..)
            .map(NodeId)
            .zip(&leader.progress)
            .filter(|(node, _)| *node != me)
            .map(|(node, progress)| (node, progress.match_index, progress.next_index))
            .collect(),
        _ => Vec::new(),
    };
    Picture::Log {
        first,
        cells: cells.collect(),
        committed: server.commit_index(),
        applied: server.last_applied(),
        followers,
    }
}

/// What stands for the entries that are compacted.
fn snapshot<S: StateMachine>(server: &Server<S>) -> Option<Picture> {
    let snapshot = server.snapshot()?;
    let head = ["column.index", "column.term", "column.rows"];
    let cells = [snapshot.index(), snapshot.term, snapshot.rows];
    Some(Picture::Table {
        title: "picture.snapshot".into(),
        head: head.map(Into::into).into(),
        rows: vec![Row::plain(cells.map(Arg::Int).into())],
    })
}

fn votes(ballots: Ballots, servers: u64) -> Picture {
    let ballot = |node| {
        if ballots.granted.contains(node) {
            Ballot::Got
        } else if ballots.refused.contains(node) {
            Ballot::Refused
        } else {
            Ballot::Waiting
        }
    };
    let voters = (0..servers as u16).map(NodeId);
    Picture::Votes(voters.map(|node| (node, ballot(node))).collect())
}
