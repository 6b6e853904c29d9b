//! One list: the order of its versions, as reads show it, and the dependencies that follow.

use super::Found;
use super::graph::{Edge, Graph};
use super::steps::{Seen, Txn, told};
use std::collections::{BTreeMap, BTreeSet};

/// Everything about one key.
pub(super) fn study(key: &str, txns: &[Txn<'_>], graph: &mut Graph, found: &mut Vec<Found>) {
    let list = List::new(key, txns);
    list.reads(found);
    list.depend(graph);
    list.lost_updates(found);
}

struct List<'a> {
    key: &'a str,
    txns: &'a [Txn<'a>],
    /// Who added an element.
    writers: BTreeMap<&'a str, usize>,
    /// The longest list that was read: the order of the versions.
    longest: &'a [String],
    longest_by: usize,
    /// Lists that were read, each with its reader.
    seen: Vec<(usize, &'a Seen)>,
}

const EMPTY: &[String] = &[];

fn elements(seen: &Seen) -> &[String] {
    match seen {
        Seen::List(list) => list,
        Seen::Nothing | Seen::Value(_) => EMPTY,
    }
}

impl<'a> List<'a> {
    fn new(key: &'a str, txns: &'a [Txn<'a>]) -> Self {
        let mut list = Self {
            key,
            txns,
            writers: BTreeMap::new(),
            longest: EMPTY,
            longest_by: 0,
            seen: Vec::new(),
        };
        for (place, txn) in txns.iter().enumerate() {
            for element in txn.appends(key) {
                list.writers.insert(element, place);
            }
            for seen in txn.reads(key) {
                list.seen.push((place, seen));
                if elements(seen).len() > list.longest.len() {
                    list.longest = elements(seen);
                    list.longest_by = place;
                }
            }
        }
        list
    }

    /// What is wrong with what was read.
    fn reads(&self, found: &mut Vec<Found>) {
        let key = self.key;
        for (reader, seen) in &self.seen {
            let list = elements(seen);
            let mut mine = |anomaly, text, other: Option<usize>| {
                let mut about = vec![*reader];
                about.extend(other);
                found.push(Found {
                    anomaly,
                    text,
                    about,
                });
            };
            if let Seen::Value(value) = seen {
                let text = format!("a read of key {key} saw {value}, which is no list");
                mine("garbage-read", text, None);
                continue;
            }
            let different: BTreeSet<&String> = list.iter().collect();
            if different.len() < list.len() {
                let text = format!("a read of key {key} saw an element twice: {}", told(seen));
                mine("duplicate-elements", text, None);
            }
            for element in list {
                match self.writers.get(&**element) {
                    None => {
                        let text = format!("a read of key {key} saw {element}, which nobody added");
                        mine("garbage-read", text, None);
                    }
                    Some(writer) if !self.txns[*writer].call.possible() => {
                        let text = format!(
                            "a read of key {key} saw {element}, which an aborted transaction added"
                        );
                        mine("G1a", text, Some(*writer));
                    }
                    Some(_) => {}
                }
            }
            if let Some(last) = list.last()
                && let Some(writer) = self.writers.get(&**last)
                && writer != reader
                && self.txns[*writer].appends(key).last() != Some(last)
            {
                let text = format!(
                    "a read of key {key} saw {last} at the end, in the midst of a transaction that added more"
                );
                mine("G1b", text, Some(*writer));
            }
            if !self.longest.starts_with(list) {
                let text = format!(
                    "reads of key {key} do not agree on its order: {} and [{}]",
                    told(seen),
                    self.longest.join(", ")
                );
                mine("incompatible-order", text, Some(self.longest_by));
            }
        }
    }

    fn writer(&self, element: &str) -> Option<usize> {
        let writer = self.writers.get(element).copied()?;
        self.txns[writer].call.possible().then_some(writer)
    }

    /// What was added and that no read shows, by transactions that certainly took effect: it comes after all that reads show.
    fn unseen(&self) -> Vec<usize> {
        let shown: BTreeSet<&String> = self.longest.iter().collect();
        let writers = self.writers.iter();
        let unseen = writers.filter(|(element, writer)| {
            self.txns[**writer].call.ok() && !shown.contains(&element.to_string())
        });
        unseen.map(|(_, writer)| *writer).collect()
    }

    /// What a transaction saw of others before it added anything itself.
    fn foreign(&self, reader: usize, seen: &'a Seen) -> &'a [String] {
        let list = elements(seen);
        let own = |element: &String| self.writers.get(&**element) == Some(&reader);
        &list[..list.iter().position(own).unwrap_or(list.len())]
    }

    fn depend(&self, graph: &mut Graph) {
        let unseen = self.unseen();
        for pair in self.longest.windows(2) {
            if let (Some(one), Some(other)) = (self.writer(&pair[0]), self.writer(&pair[1])) {
                graph.add(one, other, Edge::WriteWrite, self.key);
            }
        }
        if let Some(last) = self.longest.last().and_then(|last| self.writer(last)) {
            for later in &unseen {
                graph.add(last, *later, Edge::WriteWrite, self.key);
            }
        }
        for (reader, seen) in &self.seen {
            let list = self.foreign(*reader, seen);
            if let Some(writer) = list.last().and_then(|last| self.writer(last)) {
                graph.add(writer, *reader, Edge::WriteRead, self.key);
            }
            if !self.longest.starts_with(list) {
                continue;
            }
            match self.longest.get(list.len()) {
                Some(next) => {
                    if let Some(writer) = self.writer(next) {
                        graph.add(*reader, writer, Edge::ReadWrite, self.key);
                    }
                }
                None => {
                    for later in &unseen {
                        graph.add(*reader, *later, Edge::ReadWrite, self.key);
                    }
                }
            }
        }
    }

    /// Two that read one version and added to it: one did not see what the other did.
    fn lost_updates(&self, found: &mut Vec<Found>) {
        let mut updates: BTreeMap<&[String], BTreeSet<usize>> = BTreeMap::new();
        for (reader, seen) in &self.seen {
            let txn = &self.txns[*reader];
            // The first read of the transaction tells from which version it went out.
            let first = txn.reads(self.key).next() == Some(*seen);
            if first && txn.appends(self.key).next().is_some() {
                let version = self.foreign(*reader, seen);
                updates.entry(version).or_default().insert(*reader);
            }
        }
        for (version, txns) in updates.into_iter().filter(|(_, txns)| txns.len() > 1) {
            found.push(Found {
                anomaly: "lost-update",
                text: format!(
                    "{} transactions read key {} as [{}] and added to it",
                    txns.len(),
                    self.key,
                    version.join(", ")
                ),
                about: txns.into_iter().collect(),
            });
        }
    }
}
