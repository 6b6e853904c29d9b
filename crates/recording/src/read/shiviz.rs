//! Logs with vector clocks, as ShiViz reads them: an expression finds the events, each with its host and clock.
//!
//! A message is what a clock tells: an event that knows more of another host than its own last event did has heard from it.

use super::Unread;
use crate::{Names, Recording, Told};
use protocol::{MessageShape, MessageView, NodeId, NodeKind, NodeSpec, Phrase};
use regex_lite::{Captures, Regex, RegexBuilder};
use serde_json::Value;
use std::collections::BTreeMap;
use trace::{Cause, Event, Fate, MessageRef, NodeStatus, Outcome, Stimulus};

/// The expressions that are tried where the log brings none: those of ShiViz's own examples, and of GoVector.
const USUAL: &[&str] = &[
    r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})",
    r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)",
];

/// More events than this are refused: nobody looks at them one by one.
const EVENTS_MAX: usize = 200_000;
/// More hosts than this are refused.
const HOSTS_MAX: usize = 256;

/// An event as the log has it.
struct Logged {
    host: usize,
    /// How many events of each host it knows of, itself included.
    clock: Vec<u64>,
    text: String,
    at_us: Option<u64>,
    line: usize,
}

pub(super) fn read(text: &str) -> Result<Recording, Unread> {
    let text = text.replace("\r\n", "\n");
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let own = first.contains("(?<host>") && first.contains("(?<clock>");
    if own {
        // The second line parts several executions; the log follows.
        let (parts, log) = rest.split_once('\n').unwrap_or((rest, ""));
        if !parts.trim().is_empty() {
            return Err(Unread::new("error.log-executions"));
        }
        let (hosts, events) = events(first, log, 3)?;
        if events.is_empty() {
            return Err(Unread::new("error.log-empty"));
        }
        return Ok(recording(hosts, ordered(events)?));
    }
    // Of the usual expressions the one that finds the most: where the other fits at all, it pairs lines that belong to two events.
    let found = USUAL.iter().map(|usual| events(usual, &text, 1));
    let most = found.max_by_key(|found| match found {
        Ok((_, events)) => events.len(),
        Err(_) => 0,
    });
    match most {
        Some(Ok((hosts, events))) if !events.is_empty() => Ok(recording(hosts, ordered(events)?)),
        Some(Err(why)) => Err(why),
        _ => Err(Unread(
            Phrase::new("error.no-recording").text("clock", r#"{"A": 2, "B": 1}"#),
        )),
    }
}

/// The hosts in the order in which they come up, and the events as they stand.
fn events(
    expression: &str,
    log: &str,
    first_line: usize,
) -> Result<(Vec<String>, Vec<Logged>), Unread> {
    let regex = regex(expression)?;
    let mut hosts: Vec<String> = Vec::new();
    let mut events = Vec::new();
    let (mut counted, mut line) = (0, first_line);
    for found in regex.captures_iter(log) {
        let start = found.get(0).map_or(0, |all| all.start());
        line += log[counted..start].matches('\n').count();
        counted = start;
        let Some(host) = found.name("host").map(|host| host.as_str()) else {
            continue;
        };
        let at = place_of(&mut hosts, host, line)?;
        let clock = clock(&found, &mut hosts, line)?;
        if clock.get(at).is_none_or(|own| *own == 0) {
            return Err(Unread(
                Phrase::new("error.log-own-clock")
                    .int("line", line as u64)
                    .text("host", host),
            ));
        }
        if events.len() == EVENTS_MAX {
            return Err(too_many(EVENTS_MAX));
        }
        events.push(Logged {
            host: at,
            clock,
            text: text_of(&regex, &found),
            at_us: named(&found, "at_us").and_then(|at| at.parse().ok()),
            line,
        });
    }
    Ok((hosts, events))
}

fn too_many(most: usize) -> Unread {
    Unread(Phrase::new("error.log-too-long").int("most", most as u64))
}

/// The expression as this engine reads it: a brace that counts nothing stands for itself, as it does in a browser.
fn regex(expression: &str) -> Result<Regex, Unread> {
    let mut out = String::new();
    let mut rest = expression.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => {
                out.push(next);
                out.extend(rest.next());
            }
            '{' => match rest.as_str().split_once('}') {
                Some((count, after)) if counts(count) => {
                    out.push('{');
                    out.push_str(count);
                    out.push('}');
                    rest = after.chars();
                }
                _ => out.push_str(r"\{"),
            },
            '}' => out.push_str(r"\}"),
            _ => out.push(next),
        }
    }
    let built = RegexBuilder::new(&out).multi_line(true).build();
    built
        .map_err(|error| Unread(Phrase::new("error.log-expression").text("why", error.to_string())))
}

/// `3`, `3,`, `3,5`: how often what stands before is repeated.
fn counts(text: &str) -> bool {
    let mut parts = text.splitn(2, ',');
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let least = parts
        .next()
        .is_some_and(|part| !part.is_empty() && digits(part));
    least && parts.next().is_none_or(digits)
}

fn named<'t>(found: &Captures<'t>, name: &str) -> Option<&'t str> {
    found.name(name).map(|text| text.as_str())
}

/// What the event says: its own words, and what else the expression has names for.
fn text_of(regex: &Regex, found: &Captures<'_>) -> String {
    let event = named(found, "event").unwrap_or_default().trim();
    let others = regex
        .capture_names()
        .flatten()
        .filter(|name| !["event", "host", "clock", "at_us", "step"].contains(name))
        .filter_map(|name| Some(format!("{name}: {}", named(found, name)?)));
    let mut text = event.to_owned();
    for other in others {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&other);
    }
    text
}

fn place_of(hosts: &mut Vec<String>, host: &str, line: usize) -> Result<usize, Unread> {
    if let Some(place) = hosts.iter().position(|known| known == host) {
        return Ok(place);
    }
    if host.is_empty() {
        return Err(Unread::line("error.log-no-host", line));
    }
    if hosts.len() == HOSTS_MAX {
        return Err(Unread(
            Phrase::new("error.log-hosts").int("most", HOSTS_MAX as u64),
        ));
    }
    hosts.push(host.to_owned());
    Ok(hosts.len() - 1)
}

fn clock(found: &Captures<'_>, hosts: &mut Vec<String>, line: usize) -> Result<Vec<u64>, Unread> {
    let text = named(found, "clock").unwrap_or_default();
    let entries: BTreeMap<String, Value> =
        serde_json::from_str(text).map_err(|_| Unread::line("error.log-clock", line))?;
    let mut clock = Vec::new();
    for (host, count) in entries {
        let count = count
            .as_u64()
            .ok_or_else(|| Unread::line("error.log-clock", line))?;
        let place = place_of(hosts, &host, line)?;
        if clock.len() <= place {
            clock.resize(place + 1, 0);
        }
        clock[place] = count;
    }
    Ok(clock)
}

/// In an order in which everything comes after what it knows of: that of the log, if it is one. What knows of more events knows
/// of more than what it knows of, so that their number is such an order.
fn ordered(mut events: Vec<Logged>) -> Result<Vec<Logged>, Unread> {
    let mut seen: BTreeMap<(usize, u64), usize> = BTreeMap::new();
    for event in &events {
        let number = event.clock[event.host];
        if let Some(before) = seen.insert((event.host, number), event.line) {
            return Err(Unread(
                Phrase::new("error.log-twice")
                    .int("line", event.line as u64)
                    .int("before", before as u64)
                    .int("number", number),
            ));
        }
    }
    if !in_order(&events) {
        events.sort_by_key(|event| event.clock.iter().sum::<u64>());
        if !in_order(&events) {
            return Err(Unread::new("error.log-gap"));
        }
    }
    Ok(events)
}

/// Whether each event is the next one of its host, and everything that it knows of stands before it.
fn in_order(events: &[Logged]) -> bool {
    let mut past: Vec<u64> = Vec::new();
    events.iter().all(|event| {
        let hosts = event.clock.len().max(event.host + 1);
        if past.len() < hosts {
            past.resize(hosts, 0);
        }
        let knows = event.clock.iter().enumerate().all(|(host, count)| {
            let own = u64::from(host == event.host);
            past[host] >= count - own.min(*count)
        });
        let next = past[event.host] + 1 == event.clock[event.host];
        past[event.host] += 1;
        knows && next
    })
}

fn recording(hosts: Vec<String>, logged: Vec<Logged>) -> Recording {
    let nodes = hosts.len();
    let (event_names, message_names) = (Names::of("logged"), Names::of("heard"));
    // Times of the log, where it has them throughout and they do not run backwards.
    let timed = logged.windows(2).all(|pair| pair[0].at_us <= pair[1].at_us)
        && logged.iter().all(|event| event.at_us.is_some());
    let clocks: BTreeMap<(usize, u64), Vec<u64>> = logged
        .iter()
        .map(|event| ((event.host, event.clock[event.host]), event.clock.clone()))
        .collect();
    let mut last: Vec<Vec<u64>> = vec![Vec::new(); nodes];
    // In the order of the log: what each event heard, from whom; and what each told, to whom.
    let mut told: BTreeMap<(usize, u64), Vec<(usize, u64)>> = BTreeMap::new();
    let mut heard = Vec::new();
    for event in &logged {
        let from = sources(event, &last[event.host], &clocks);
        let me = (event.host, event.clock[event.host]);
        for source in &from {
            told.entry(*source).or_default().push(me);
        }
        last[event.host].clone_from(&event.clock);
        heard.push(from);
    }
    let roster = hosts.into_iter().map(|host| {
        let spec = NodeSpec::new(host, NodeKind::Server);
        (spec, NodeStatus::Up)
    });
    let mut recording = Recording::new(Told::of(roster));
    let mut times: BTreeMap<(usize, u64), u64> = BTreeMap::new();
    for (place, (event, heard)) in logged.iter().zip(heard).enumerate() {
        let me = (event.host, event.clock[event.host]);
        let at_us = match event.at_us {
            Some(at_us) if timed => at_us,
            _ => (place as u64 + 1) * 1_000,
        };
        times.insert(me, at_us);
        let message = |from: (usize, u64), to: (usize, u64)| MessageRef {
            name: message_names.name((from, to)),
            from: NodeId(from.0 as u16),
            to: NodeId(to.0 as u16),
            sent_us: times.get(&from).copied().unwrap_or(at_us),
            view: MessageView {
                kind: "message".into(),
                shape: MessageShape::Request,
                epoch: None,
                label: None,
            },
            body: None,
        };
        let what = |nth: usize| event_names.name((me, nth));
        // Whoever hears from several at once hears from one after the other.
        let (last, others) = match heard.split_last() {
            Some((last, others)) => (Some(*last), others),
            None => (None, &[][..]),
        };
        let blank = Event {
            step: 0,
            name: what(0),
            at_us,
            node: Some(NodeId(event.host as u16)),
            stimulus: Stimulus::Internal,
            cause: Cause::ProgramOrder,
            outcomes: Vec::new(),
            view: None,
        };
        let hears = |from: (usize, u64)| Stimulus::Delivered(message(from, me));
        for (nth, from) in others.iter().enumerate() {
            recording.push(Event {
                name: what(nth + 1),
                stimulus: hears(*from),
                cause: Cause::Event(event_names.name((*from, 0_usize))),
                ..blank.clone()
            });
        }
        let mut outcomes = vec![Outcome::Noted(
            Phrase::new("recorded.text").text("text", &*event.text),
        )];
        for to in told.remove(&me).unwrap_or_default() {
            outcomes.push(Outcome::Sent {
                message: message(me, to),
                due_us: at_us,
                fate: Fate::Flying,
                reason: Phrase::new("recorded.sent")
                    .node("from", NodeId(me.0 as u16))
                    .node("to", NodeId(to.0 as u16)),
            });
        }
        recording.push(Event {
            stimulus: last.map_or(Stimulus::Internal, hears),
            cause: last.map_or(Cause::ProgramOrder, |from| {
                Cause::Event(event_names.name((from, 0_usize)))
            }),
            outcomes,
            ..blank
        });
    }
    recording
}

/// From whom an event heard: those events of other hosts of which its host did not know before, but for what it learnt by way
/// of one of them.
fn sources(
    event: &Logged,
    before: &[u64],
    clocks: &BTreeMap<(usize, u64), Vec<u64>>,
) -> Vec<(usize, u64)> {
    let fresh: Vec<(usize, u64)> = event
        .clock
        .iter()
        .enumerate()
        .filter(|(host, count)| {
            *host != event.host && **count > before.get(*host).copied().unwrap_or(0)
        })
        .map(|(host, count)| (host, *count))
        .collect();
    let knows = |one: &(usize, u64), other: &(usize, u64)| {
        let clock = clocks.get(one).map_or(&[][..], Vec::as_slice);
        clock.get(other.0).is_some_and(|count| *count >= other.1)
    };
    fresh
        .iter()
        .filter(|one| !fresh.iter().any(|other| other != *one && knows(other, one)))
        .copied()
        .collect()
}
