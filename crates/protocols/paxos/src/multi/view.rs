//! What servers show of themselves.

use crate::multi::{Candidate, Leader, MultiConfig, Role, Server};
use protocol::{Ballot as Answered, LogCell, NodeId, NodeView, Picture, QueueItem, Ring};
use replicated::StateMachine;

/// So many of a log's newest slots are shown: a frame is read for every step, and more columns fit no page.
const SLOTS_MAX: u64 = 64;

/// A server: role, ballot, log, promises, contents.
pub(crate) fn server<S: StateMachine>(
    server: &Server<S>,
    config: &MultiConfig,
    me: NodeId,
) -> NodeView {
    let (role, ring) = match server.role() {
        Role::Follower => ("role.follower", Ring::Thin),
        Role::Candidate(_) => ("role.candidate", Ring::Dashed),
        Role::Leader(_) => ("role.leader", Ring::Double),
    };
    let mut pictures = vec![log(server, me)];
    match server.role() {
        Role::Candidate(candidate) => pictures.push(promises(candidate, config)),
        Role::Leader(leader) if !leader.queue.is_empty() => pictures.push(queue(leader)),
        Role::Follower | Role::Leader(_) => {}
    }
    pictures.push(Picture::pairs(
        "picture.machine",
        server.replica().machine.rows(),
    ));
    NodeView {
        role: role.into(),
        ring,
        epoch: server.promised().epoch(),
        pictures,
        ..NodeView::default()
    }
}

/// The log, with its gaps. What is chosen behind a gap carries a tick.
fn log<S: StateMachine>(server: &Server<S>, me: NodeId) -> Picture {
    let log = server.log();
    let first = (log.last() + 1).saturating_sub(SLOTS_MAX).max(log.first());
    let cells = (first..=log.last()).map(|slot| {
        log.get(slot).map_or(LogCell::GAP, |vote| {
            let mut label = vote.payload.label();
            if vote.chosen && slot > log.chosen() {
                label.push('✓');
            }
            LogCell {
                epoch: vote.ballot.number(),
                label,
            }
        })
    });
    let followers = match server.role() {
        Role::Leader(leader) => (0..)
            .map(NodeId)
            .zip(&leader.acknowledged)
            .filter(|(node, _)| *node != me)
            .map(|(node, acknowledged)| (node, *acknowledged, leader.next))
            .collect(),
        _ => Vec::new(),
    };
    Picture::Log {
        first,
        cells: cells.collect(),
        committed: log.chosen(),
        applied: server.replica().index,
        followers,
    }
}

fn promises<S: StateMachine>(candidate: &Candidate<S>, config: &MultiConfig) -> Picture {
    let answered = |node| {
        if candidate.promises.contains(node) {
            Answered::Got
        } else {
            Answered::Waiting
        }
    };
    let voters = (0..config.servers as u16).map(NodeId);
    Picture::Votes(voters.map(|node| (node, answered(node))).collect())
}

/// What waits for room in the window.
fn queue<S: StateMachine>(leader: &Leader<S>) -> Picture {
    let items = leader.queue.iter().map(|payload| QueueItem {
        label: payload.label(),
        epoch: None,
        done_permille: None,
    });
    Picture::Queue {
        title: "picture.queue".into(),
        items: items.collect(),
        room: None,
    }
}
