//! What is lit: the causal past and future of an event (Lamport 1978), or what led to what somebody asks about.

use super::{Row, Sign};
use protocol::{Name, NodeId};
use std::collections::{BTreeMap, BTreeSet};

/// What keeps its strength while all else recedes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Light {
    /// What happened before an event, and what it happened before.
    Cone(Cone),
    /// What led to what is asked about: these steps, and the messages whose arrival led there.
    Led {
        /// The steps.
        steps: BTreeSet<u64>,
        /// The messages.
        messages: BTreeSet<Name>,
    },
}

/// The causal past and future of an event, as a frontier at each node: its last event in the past, its first in the future.
///
/// The order is Lamport's: along each node, and from the sending of a message to its arrival.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cone {
    /// The event.
    pub step: u64,
    /// At each node, its last event that happened before, or the event itself: step and time.
    pub past: BTreeMap<NodeId, (u64, u64)>,
    /// At each node, its first event that happened after, or the event itself.
    pub future: BTreeMap<NodeId, (u64, u64)>,
}

impl Cone {
    /// The cone of the event of `step`, as far as `rows` go; they are in order, without gaps. `None` if it is not among them, or
    /// happened at no node.
    pub fn of(rows: &[Row], step: u64) -> Option<Self> {
        let first = rows.first()?.step;
        let place = usize::try_from(step.checked_sub(first)?).ok()?;
        let event = rows.get(place).filter(|row| row.line().is_some())?;
        let mut cone = Self {
            step,
            ..Self::default()
        };
        cone.look_back(&rows[..=place], event);
        cone.look_ahead(&rows[place..], event);
        Some(cone)
    }

    fn look_back(&mut self, rows: &[Row], event: &Row) {
        let mut wanted: BTreeSet<Name> = BTreeSet::new();
        for row in rows.iter().rev() {
            let Some(node) = row.line() else { continue };
            // In the past: the event itself, what sent a message that arrived in the past, and all before that at its node.
            let sends = row
                .sent
                .iter()
                .any(|sent| wanted.contains(&sent.message.name));
            if row.step != event.step && !sends && !self.past.contains_key(&node) {
                continue;
            }
            self.past.entry(node).or_insert((row.step, row.at_us));
            if let (Sign::Arrived, Some(message)) = (&row.sign, &row.message) {
                wanted.insert(message.name);
            }
        }
    }

    fn look_ahead(&mut self, rows: &[Row], event: &Row) {
        let mut under_way: BTreeSet<Name> = BTreeSet::new();
        for row in rows {
            let Some(node) = row.line() else { continue };
            let message = row.message.as_ref().filter(|_| row.sign == Sign::Arrived);
            let arrives = message.is_some_and(|message| under_way.contains(&message.name));
            if row.step != event.step && !arrives && !self.future.contains_key(&node) {
                continue;
            }
            self.future.entry(node).or_insert((row.step, row.at_us));
            under_way.extend(row.sent.iter().map(|sent| sent.message.name));
        }
    }

    /// How the event of `step` at `node` stands to that of the cone.
    pub fn side(&self, node: NodeId, step: u64) -> Side {
        let before = self.past.get(&node).is_some_and(|(last, _)| step <= *last);
        let after = self
            .future
            .get(&node)
            .is_some_and(|(first, _)| step >= *first);
        match (before, after) {
            (true, true) => Side::Itself,
            (true, false) => Side::Before,
            (false, true) => Side::After,
            (false, false) => Side::Beside,
        }
    }
}

/// How an event stands to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// It is that event.
    Itself,
    /// It happened before it.
    Before,
    /// It happened after it.
    After,
    /// Neither: the two are concurrent.
    Beside,
}

impl Row {
    /// The node on whose line the event stands. Acts upon the world and upon messages stand on none, nor does what reaches a node
    /// that is down.
    pub fn line(&self) -> Option<NodeId> {
        match self.sign {
            Sign::Bounced | Sign::Dropped | Sign::Duplicated | Sign::Cut(_) | Sign::Healed => None,
            Sign::Acted if self.message.is_some() => None,
            _ => self.node,
        }
    }
}

impl Light {
    /// Whether an event keeps its strength.
    pub(super) fn holds(&self, row: &Row) -> bool {
        match self {
            Self::Cone(cone) => match row.line() {
                Some(node) => cone.side(node, row.step) != Side::Beside,
                None => row.step == cone.step,
            },
            Self::Led { steps, .. } => steps.contains(&row.step),
        }
    }
}
