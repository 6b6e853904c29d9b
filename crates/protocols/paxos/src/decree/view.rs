//! What nodes show of themselves, and the table of all votes.

use crate::decree::config::DecreeConfig;
use crate::decree::{Acceptor, Client, Memory, Phase, Proposer, Server, Value};
use protocol::{
    Arg, Ballot as Answered, NodeId, NodeSet, NodeView, Phrase, Picture, Ring, Row, Tone,
};

/// A server, by its roles.
pub(crate) fn server(server: &Server, config: &DecreeConfig) -> NodeView {
    let mut view = NodeView::default();
    let mut pictures = Vec::new();
    let mut badges = Vec::new();
    if let Some(learner) = &server.learner {
        view.role = "role.learner".into();
        if let Some(vote) = &learner.learned {
            view.role = "role.learned".into();
            view.epoch = vote.ballot.epoch();
            badges.push(Phrase::new("badge.learned").text("value", vote.value.as_str()));
        } else if !learner.votes.is_empty() {
            pictures.push(heard(learner.votes.iter().map(|cast| {
                vec![
                    cast.vote.ballot.arg(),
                    Arg::Text(cast.vote.value.to_string()),
                    Arg::Nodes(cast.by.iter().collect()),
                ]
            })));
        }
    }
    if let Some(acceptor) = &server.acceptor {
        view.role = "role.acceptor".into();
        view.epoch = acceptor.promised.epoch();
        pictures.push(ledger(acceptor));
        if server.proposer.is_none()
            && let Some(vote) = &acceptor.accepted
        {
            badges.push(vote.phrase("badge.accepted"));
        }
    }
    if let Some(proposer) = &server.proposer {
        let (role, ring) = match &proposer.phase {
            Phase::Preparing { .. } => ("role.preparing", Ring::Dashed),
            Phase::Accepting { .. } => ("role.accepting", Ring::Double),
            Phase::BackingOff => ("role.backing-off", Ring::Thin),
            Phase::Idle | Phase::Done(_) if server.acceptor.is_some() => {
                ("role.server", Ring::Thin)
            }
            Phase::Idle | Phase::Done(_) => ("role.proposer", Ring::Thin),
        };
        view.role = role.into();
        view.ring = ring;
        if server.acceptor.is_none() {
            view.epoch = proposer.ballot.epoch();
        }
        if let Some(votes) = answers(proposer, config) {
            pictures.insert(0, votes);
        }
        badges.extend(wish(proposer));
    }
    view.badges = badges;
    view.pictures = pictures;
    view
}

/// What a proposer is about.
fn wish(proposer: &Proposer) -> Option<Phrase> {
    match (&proposer.phase, &proposer.value) {
        (Phase::Accepting { vote, .. }, _) => Some(vote.phrase("badge.proposes")),
        (Phase::Done(_), _) | (_, None) => None,
        (_, Some(value)) => Some(Phrase::new("badge.wants").text("value", value.as_str())),
    }
}

/// The answers of the phase that a proposer is in.
fn answers(proposer: &Proposer, config: &DecreeConfig) -> Option<Picture> {
    let got: NodeSet = match &proposer.phase {
        Phase::Preparing { promises, .. } => *promises,
        Phase::Accepting { accepted, .. } => *accepted,
        _ => return None,
    };
    let answered = |node| {
        if got.contains(node) {
            Answered::Got
        } else {
            Answered::Waiting
        }
    };
    let acceptors = config.acceptor_ids().map(NodeId);
    Some(Picture::Votes(
        acceptors.map(|node| (node, answered(node))).collect(),
    ))
}

/// An acceptor's two notes.
fn ledger(acceptor: &Acceptor) -> Picture {
    let (ballot, value) = match &acceptor.accepted {
        Some(vote) => (vote.ballot.arg(), Arg::Text(vote.value.to_string())),
        None => (crate::Ballot::NONE.arg(), Arg::Text(String::new())),
    };
    Picture::Table {
        title: "picture.acceptor".into(),
        head: vec![
            "picture.promised".into(),
            "picture.accepted".into(),
            "picture.value".into(),
        ],
        rows: vec![Row::plain(vec![acceptor.promised.arg(), ballot, value])],
    }
}

/// The votes that a learner has heard of.
fn heard(rows: impl Iterator<Item = Vec<Arg>>) -> Picture {
    Picture::Table {
        title: "picture.heard".into(),
        head: vec![
            "picture.accepted".into(),
            "picture.value".into(),
            "picture.by".into(),
        ],
        rows: rows.map(Row::plain).collect(),
    }
}

/// All acceptors: what each has promised and accepted, durably. The votes for what is chosen stand out.
pub(crate) fn votes(config: &DecreeConfig, memory: &Memory) -> Picture {
    let row = |acceptor: NodeId| {
        let told = memory.told.get(&acceptor).cloned().unwrap_or_default();
        let vote = told.accepted.as_ref();
        let chosen = |value: &Value| memory.chosen.as_ref().is_some_and(|it| it.value == *value);
        Row {
            tone: if vote.is_some_and(|vote| chosen(&vote.value)) {
                Tone::Strong
            } else {
                Tone::Plain
            },
            cells: vec![
                Arg::Node(acceptor),
                told.promised.arg(),
                vote.map_or(crate::Ballot::NONE, |vote| vote.ballot).arg(),
                Arg::Text(vote.map_or_else(String::new, |vote| vote.value.to_string())),
            ],
        }
    };
    Picture::Table {
        title: "picture.acceptors".into(),
        head: vec![
            "picture.node".into(),
            "picture.promised".into(),
            "picture.accepted".into(),
            "picture.value".into(),
        ],
        rows: config.acceptor_ids().map(NodeId).map(row).collect(),
    }
}

/// A client: what it waits for.
pub(crate) fn client(client: &Client) -> NodeView {
    let mut badges = Vec::new();
    if let Some((value, proposer, attempts)) = client.open() {
        badges.push(
            Phrase::new("badge.waits")
                .text("value", value.as_str())
                .node("proposer", proposer),
        );
        if attempts > 1 {
            badges.push(Phrase::new("badge.retries").int("count", attempts));
        }
    }
    if client.queued() > 0 {
        badges.push(Phrase::new("badge.queued").int("count", client.queued()));
    }
    NodeView {
        role: "role.client".into(),
        badges,
        ..NodeView::default()
    }
}
