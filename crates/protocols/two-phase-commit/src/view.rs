//! What nodes show of themselves.

use crate::bank::{Account, letter};
use crate::client::Client;
use crate::config::CommitConfig;
use crate::coordinator::{Coordinator, Phase};
use crate::disk::{Outcome, Record};
use crate::participant::Participant;
use protocol::{Arg, NodeId, NodeView, Phrase, Picture, Ring, Row, Say, SharedVec, Tone};

/// So many of a log's newest records are shown, and of the transactions that are over.
const ROWS_MAX: u64 = 12;

/// A coordinator: what it has not forgotten, and its log.
pub(crate) fn coordinator(coordinator: &Coordinator) -> NodeView {
    let rows = coordinator.open().iter().map(|(tx, open)| {
        let state = match open.phase {
            Phase::Voting(_) => "state.voting",
            Phase::PreCommitting(_) => "state.pre-committing",
            Phase::Committing(_) => "state.committing",
            Phase::Recovering => "state.recovering",
        };
        transaction(*tx, state, Tone::Plain)
    });
    NodeView {
        role: "role.coordinator".into(),
        ring: Ring::Double,
        epoch: coordinator.open().keys().next().copied(),
        pictures: vec![transactions(rows.collect()), log(coordinator.log())],
        ..NodeView::default()
    }
}

/// A participant: accounts with their locks, transactions, log.
pub(crate) fn participant(
    participant: &Participant,
    config: &CommitConfig,
    me: NodeId,
) -> NodeView {
    let doubts = participant.doubts();
    let mut badges = Vec::new();
    for (tx, doubt) in doubts {
        let key = if doubt.lead.is_some() {
            "badge.leads"
        } else if doubt.blocked {
            "badge.blocked"
        } else {
            "badge.in-doubt"
        };
        badges.push(Phrase::new(key).int("tx", *tx));
    }
    let leads = doubts.values().any(|doubt| doubt.lead.is_some());
    let blocked = doubts.values().any(|doubt| doubt.blocked);
    let (role, ring) = if leads {
        ("role.leads", Ring::Double)
    } else if blocked {
        ("role.blocked", Ring::Dashed)
    } else if doubts.is_empty() {
        ("role.participant", Ring::Thin)
    } else {
        ("role.in-doubt", Ring::Dashed)
    };
    let waiting = participant.waiting().keys();
    let mut rows: Vec<Row> = waiting
        .map(|tx| transaction(*tx, "state.waiting", Tone::Plain))
        .collect();
    rows.extend(doubts.iter().map(|(tx, doubt)| {
        let state = match (doubt.blocked, doubt.pre_committed) {
            (true, _) => "state.blocked",
            (false, true) => "state.sure",
            (false, false) => "state.unsure",
        };
        transaction(*tx, state, Tone::Strong)
    }));
    let over = participant.outcomes().iter().rev().take(ROWS_MAX as usize);
    rows.extend(over.map(|(tx, outcome)| {
        let state = match outcome {
            Outcome::Committed => "state.committed",
            Outcome::Aborted | Outcome::Refused => "state.aborted",
        };
        transaction(*tx, state, Tone::Faint)
    }));
    NodeView {
        role: role.into(),
        ring,
        epoch: participant.shown(),
        badges,
        pictures: vec![
            accounts(participant, config, me),
            transactions(rows),
            log(participant.log()),
        ],
        ..NodeView::default()
    }
}

/// A client: what it waits for.
pub(crate) fn client(client: &Client, config: &CommitConfig, me: NodeId) -> NodeView {
    let mut badges = Vec::new();
    if let Some((op, attempts)) = client.outstanding() {
        badges.push(
            Phrase::new("badge.waits")
                .node("coordinator", config.coordinator_of(me))
                .with("op", Arg::Phrase(Box::new(op.phrase(me)))),
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

fn accounts(participant: &Participant, config: &CommitConfig, me: NodeId) -> Picture {
    let place = config.place(me).unwrap_or(0) as u8;
    let rows = participant
        .balances()
        .iter()
        .zip(participant.locks().iter())
        .zip(0u8..);
    let rows = rows.map(|((balance, owner), slot)| {
        let waits = participant.waiting().iter().filter(|(_, waiting)| {
            waiting
                .work
                .at(me)
                .iter()
                .any(|(wanted, _)| *wanted == slot)
        });
        let waits: Vec<String> = waits.map(|(tx, _)| format!("T{tx}")).collect();
        Row {
            cells: vec![
                Arg::Text(Account { place, slot }.to_string()),
                Arg::Text(balance.to_string()),
                Arg::Text(owner.map_or_else(String::new, |tx| format!("T{tx}"))),
                Arg::Text(waits.join(" ")),
            ],
            tone: if owner.is_some() {
                Tone::Strong
            } else {
                Tone::Plain
            },
        }
    });
    Picture::Table {
        title: "picture.accounts".into(),
        head: vec![
            "head.account".into(),
            "head.balance".into(),
            "head.lock".into(),
            "head.waiting".into(),
        ],
        rows: rows.collect(),
    }
}

fn transaction(tx: u64, state: &'static str, tone: Tone) -> Row {
    Row {
        cells: vec![Arg::Text(format!("T{tx}")), Arg::Word(state.into())],
        tone,
    }
}

fn transactions(rows: Vec<Row>) -> Picture {
    Picture::Table {
        title: "picture.transactions".into(),
        head: vec!["head.transaction".into(), "head.state".into()],
        rows,
    }
}

fn log(log: &SharedVec<Record>) -> Picture {
    let row = |record: &Record| {
        let about = match record {
            Record::Reserved { last } => format!("–{last}"),
            Record::Committed { tx, changes } => {
                let change = |(slot, by): &(u8, i64)| format!(" {}{by:+}", letter(*slot));
                format!("T{tx}{}", changes.iter().map(change).collect::<String>())
            }
            _ => record.tx().map_or_else(String::new, |tx| format!("T{tx}")),
        };
        let written = if record.forced() {
            "written.forced"
        } else {
            "written.lazy"
        };
        Row::plain(vec![
            Arg::Word(record.word().into()),
            Arg::Text(about),
            Arg::Word(written.into()),
        ])
    };
    Picture::Table {
        title: "picture.log".into(),
        head: vec![
            "head.record".into(),
            "head.transaction".into(),
            "head.written".into(),
        ],
        rows: log
            .iter_from(log.len().saturating_sub(ROWS_MAX))
            .map(row)
            .collect(),
    }
}
