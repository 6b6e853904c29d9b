//! The journal that Maelstrom keeps of its network (`net-journal.fressian`): who sent what to whom and who received it, in Fressian.

use super::Unread;
use super::fressian::{Fressian, Wrong};
use super::journal::{RECORDS_MAX, many};
use crate::{Journal, Recording};
use protocol::Phrase;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use wire::Envelope;
use wire::journal::{Entry, FORMAT, Hello, Loss, Member, NodeState, Record, SERVICES};

/// How each such file begins: the first event declares the tag `ev` with three components.
const BEGINS: &[u8] = b"\xef\xdcev\x03";

/// An event of the network.
struct Passed {
    sent: bool,
    time_us: u64,
    message: Arc<Envelope>,
}

/// The recording, and what is to be said of it.
pub(super) fn read(bytes: &[u8]) -> Result<(Recording, Option<Phrase>), Unread> {
    if !bytes.starts_with(BEGINS) {
        return Err(Unread::new("error.no-binary"));
    }
    let (passed, remark) = passed(bytes)?;
    let (mut journal, mut recording) = Journal::join(&hello(&passed)).map_err(many)?;
    let received = passed.iter().filter(|event| !event.sent);
    let received: BTreeSet<u64> = received.filter_map(|event| event.message.id).collect();
    let mut seq = 0;
    for event in &passed {
        let mut take = |entry| {
            let record = Record {
                seq,
                time_us: event.time_us,
                hub: None,
                entry,
            };
            seq += 1;
            journal.push(&record, &mut recording).map_err(many)
        };
        let Envelope { id, src, dest, .. } = &*event.message;
        let (id, src, dest) = (id.unwrap_or_default(), src.clone(), dest.clone());
        let lamport = 0;
        if !event.sent {
            take(Entry::Receive {
                id,
                lamport,
                src,
                dest,
            })?;
            continue;
        }
        take(Entry::Send {
            lamport,
            due_us: None,
            message: event.message.clone(),
        })?;
        if !received.contains(&id) {
            // Whatever is not received is lost: the journal says no more of it.
            let why = Loss::Chance;
            take(Entry::Lost { id, src, dest, why })?;
        }
    }
    Ok((recording, remark))
}

/// The events as they stand, as far as they are whole.
fn passed(bytes: &[u8]) -> Result<(Vec<Passed>, Option<Phrase>), Unread> {
    let mut fressian = Fressian::new(bytes);
    let mut passed: Vec<Passed> = Vec::new();
    let mut remark = None;
    while let Some(value) = fressian.next() {
        let value = match value {
            Ok(value) => value,
            Err(Wrong::End) if !passed.is_empty() => {
                let number = passed.len() as u64 + 1;
                remark = Some(Phrase::new("remark.cut-short-event").int("number", number));
                break;
            }
            Err(wrong) => return Err(unread(wrong)),
        };
        if passed.len() == RECORDS_MAX {
            let phrase = Phrase::new("error.log-too-long").int("most", RECORDS_MAX as u64);
            return Err(Unread(phrase));
        }
        let event = event(value).ok_or_else(|| {
            Unread(
                Phrase::new("error.fressian-event")
                    .int("number", passed.len() as u64 + 1)
                    .int("at", fressian.at() as u64),
            )
        })?;
        passed.push(event);
    }
    Ok((passed, remark))
}

/// `{"ev": [type, time in nanoseconds, {"msg": [id, src, dest, body]}]}`.
fn event(mut value: Value) -> Option<Passed> {
    let [what, time, message] = value.get_mut("ev")?.as_array_mut()?.as_mut_slice() else {
        return None;
    };
    let sent = match what.as_str()? {
        "send" => true,
        "recv" => false,
        _ => return None,
    };
    let time_us = u64::try_from(time.as_i64()?).ok()? / 1_000;
    let [id, src, dest, body] = message.get_mut("msg")?.as_array_mut()?.as_mut_slice() else {
        return None;
    };
    let message = Envelope {
        id: Some(id.as_u64()?),
        src: src.as_str()?.to_owned(),
        dest: dest.as_str()?.to_owned(),
        body: std::mem::take(body.as_object_mut()?),
    };
    Some(Passed {
        sent,
        time_us,
        message: message.into(),
    })
}

/// The nodes as they stand from the beginning: the journal does not tell of their starts.
fn hello(passed: &[Passed]) -> Hello {
    let ends = passed.iter().map(|event| &event.message);
    let names: BTreeSet<&String> = ends.flat_map(|it| [&it.src, &it.dest]).collect();
    let number = |name: &str| name.strip_prefix('c').map(str::parse::<u64>);
    let nodes = names
        .into_iter()
        .filter(|name| !SERVICES.contains(&&***name) && !matches!(number(name), Some(Ok(_))));
    let mut nodes: Vec<Member> = nodes
        .map(|node| Member {
            node: node.clone(),
            now: NodeState::Ready,
            own: false,
            paused: false,
            view: None,
            hub: None,
        })
        .collect();
    // n10 after n9.
    nodes.sort_by_key(|member| member.node.len());
    Hello {
        format: FORMAT,
        now_us: 0,
        next: 0,
        nodes,
        services: Vec::new(),
        holding: false,
        cuts: Vec::new(),
        flights: Vec::new(),
        flights_all: 0,
        testing: false,
        hub: None,
        hubs: 1,
    }
}

fn unread(wrong: Wrong) -> Unread {
    let at = |key, at: usize| Phrase::new(key).int("at", at as u64);
    Unread(match wrong {
        Wrong::End => Phrase::new("error.fressian-end"),
        Wrong::Code { at: place, code } => {
            at("error.fressian-code", place).text("code", format!("{code:02x}"))
        }
        Wrong::Unknown { at: place } => at("error.fressian-unknown", place),
        Wrong::Large { at: place } => at("error.fressian-large", place),
    })
}
