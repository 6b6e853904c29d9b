//! What nodes show of themselves.

use crate::call::{account_name, series};
use crate::{Backend, Caller, Client, Frontend, Job, RpcConfig, State, Station};
use protocol::{Arg, Load, NodeView, Phrase, Picture, QueueItem, Ring, Row, Unit};

/// So many rows of a table are shown.
const ROWS_MAX: usize = 10;

/// A client: its open calls.
pub(crate) fn client(client: &Client, config: &RpcConfig) -> NodeView {
    let caller = client.caller();
    let mut badges = badges(caller);
    if !caller.open().is_empty() {
        badges.push(Phrase::new("badge.open").int("count", caller.open().len() as u64));
    }
    NodeView {
        role: "role.client".into(),
        epoch: caller.open().keys().next().map(|(call, _)| call.id),
        badges,
        pictures: calling(caller, config),
        ..NodeView::default()
    }
}

/// A frontend: its queue, and the calls that it has at the backends.
pub(crate) fn frontend(frontend: &Frontend, config: &RpcConfig) -> NodeView {
    let station = frontend.station();
    let mut pictures = vec![queue(station, config, |_| 0)];
    pictures.extend(calling(frontend.caller(), config));
    NodeView {
        role: "role.frontend".into(),
        epoch: station.running.first().map(|job| job.tag.call.id),
        load: Some(load(station, config)),
        badges: badges(frontend.caller()),
        pictures,
        ..NodeView::default()
    }
}

/// A backend: its queue, its accounts, the answers that it remembers.
pub(crate) fn backend(backend: &Backend, config: &RpcConfig) -> NodeView {
    let station = backend.station();
    let done = |job: &Job| {
        let all = job.done_us.saturating_sub(job.began_us).max(1);
        let past = backend.seen_us.saturating_sub(job.began_us).min(all);
        (past * 1000 / all) as u16
    };
    let disk = backend.disk();
    let accounts = (0u8..).zip(disk.accounts);
    let accounts = accounts.take(config.accounts as usize);
    let mut pictures = vec![
        queue(station, config, done),
        Picture::pairs(
            "picture.accounts",
            accounts.map(|(account, balance)| (account_name(account), balance.to_string())),
        ),
    ];
    if config.recognises() {
        let mut newest: Vec<_> = disk.table.iter().collect();
        newest.sort_by_key(|(_, kept)| std::cmp::Reverse(kept.call.id));
        let rows = newest
            .into_iter()
            .take(ROWS_MAX)
            .map(|((client, key), kept)| {
                Row::plain(vec![
                    Arg::Node(*client),
                    Arg::Int(series(*key).1),
                    kept.op.arg(),
                    Arg::Int(kept.balance),
                ])
            });
        pictures.push(Picture::Table {
            title: "picture.answers".into(),
            head: ["client", "key", "operation", "balance"]
                .map(|name| format!("column.{name}").into())
                .into(),
            rows: rows.collect(),
        });
    }
    NodeView {
        role: "role.backend".into(),
        ring: Ring::Thin,
        epoch: station.running.first().map(|job| job.tag.call.id),
        load: Some(load(station, config)),
        badges: Vec::new(),
        pictures,
    }
}

fn load(station: &Station, config: &RpcConfig) -> Load {
    Load {
        value: station.waiting.len() as u64,
        max: config.queue_max,
    }
}

fn badges(caller: &Caller) -> Vec<Phrase> {
    let breakers = caller.breakers().iter();
    let breakers = breakers.filter_map(|(to, breaker)| {
        let key = match breaker.state {
            State::Closed => return None,
            State::Open { .. } => "badge.breaker-open",
            State::HalfOpen { .. } => "badge.breaker-half-open",
        };
        Some(Phrase::new(key).node("to", *to))
    });
    breakers.collect()
}

fn calling(caller: &Caller, config: &RpcConfig) -> Vec<Picture> {
    let rows = caller.open().iter().take(ROWS_MAX);
    let rows = rows.map(|((call, _), open)| {
        Row::plain(vec![
            Arg::Int(call.id),
            open.op.arg(),
            Arg::Int(u64::from(open.attempts)),
            Arg::Word(open.phase.key().into()),
        ])
    });
    let mut pictures = vec![Picture::Table {
        title: "picture.open".into(),
        head: ["call", "operation", "attempts", "phase"]
            .map(|name| format!("column.{name}").into())
            .into(),
        rows: rows.collect(),
    }];
    if config.retry_budget {
        pictures.push(Picture::Gauge {
            title: "picture.budget".into(),
            value: caller.budget().tokens_permille,
            max: Some((config.retry_budget_burst * 1000).max(1)),
            unit: Unit::Permille,
        });
    }
    pictures
}

fn queue(station: &Station, config: &RpcConfig, done: impl Fn(&Job) -> u16) -> Picture {
    let item = |job: &Job, done_permille| QueueItem {
        label: job.tag.call.id.to_string(),
        epoch: Some(job.tag.call.id),
        done_permille,
    };
    let running = station.running.iter();
    let running = running.map(|job| item(job, Some(done(job))));
    let waiting = station.waiting.iter().map(|job| item(job, None));
    Picture::Queue {
        title: "picture.queue".into(),
        items: running.chain(waiting).collect(),
        room: Some(config.queue_max),
    }
}
