//! What nodes show of themselves.

use crate::config::RaftConfig;
use crate::membership::Members;
use crate::server::{Ballots, Role, Server};
use protocol::{Arg, Ballot, LogCell, NodeId, NodeSet, NodeView, Phrase, Picture, Ring, Row, Unit};
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
    let mut badges: Vec<Phrase> = standing(server, config, me).into_iter().collect();
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
    let mut pictures = vec![log(server, config, me)];
    if let Role::PreCandidate(ballots) | Role::Candidate(ballots) = server.role() {
        pictures.push(votes(*ballots, server.members(config).electors()));
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

/// What it is in the configuration that it goes by, where that is not simply that all servers vote.
fn standing<S: StateMachine>(
    server: &Server<S>,
    config: &RaftConfig,
    me: NodeId,
) -> Option<Phrase> {
    let members = server.members(config);
    if members == Members::of(config.everybody()) {
        return None;
    }
    let (old, new) = (members.old.contains(me), members.voters.contains(me));
    Some(Phrase::new(match (old, new) {
        (true, true) => "badge.votes-in-both",
        (true, false) => "badge.votes-in-old",
        (false, true) if members.is_joint() => "badge.votes-in-new",
        (false, true) => "badge.votes",
        (false, false) if members.learners.contains(me) => "badge.learns",
        (false, false) => "badge.outside",
    }))
}

fn log<S: StateMachine>(server: &Server<S>, config: &RaftConfig, me: NodeId) -> Picture {
    let log = server.log();
    let first = (log.last_index() + 1)
        .saturating_sub(ENTRIES_MAX)
        .max(log.first_index());
    let entries = (first..=log.last_index()).filter_map(|index| log.get(index));
    let cells = entries.map(|entry| LogCell {
        epoch: entry.term,
        label: entry.label(),
    });
    let mut receivers = server.members(config).all();
    if let Role::Leader(leader) = server.role() {
        receivers = receivers.or(leader.catching_up());
    }
    let followers = match server.role() {
        Role::Leader(leader) => (0..)
            .map(NodeId)
            .zip(&leader.progress)
            .filter(|(node, _)| *node != me && receivers.contains(*node))
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

fn votes(ballots: Ballots, voters: NodeSet) -> Picture {
    let ballot = |node| {
        if ballots.granted.contains(node) {
            Ballot::Got
        } else if ballots.refused.contains(node) {
            Ballot::Refused
        } else {
            Ballot::Waiting
        }
    };
    Picture::Votes(voters.iter().map(|node| (node, ballot(node))).collect())
}
