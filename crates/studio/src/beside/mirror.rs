//! What of the first run is done in the second: acts under the same names of nodes, parameters under the same keys. What names
//! something that is only the first's (a message, a timer, an operation or a parameter that the other does not have) is passed
//! over, and counted.

use super::Beside;
use catalog::Entry;
use protocol::{Config, NodeId, Parameter};
use sim::{About, Action, Difference, Edit, Playable, Run, SimError, WorldConfig};
use std::collections::{BTreeMap, BTreeSet};

/// What of the first run is not done in the second.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Passed {
    /// So many acts.
    pub(crate) acts: u64,
    /// These parameters, by key, although the first run sets them.
    pub(crate) parameters: Vec<String>,
}

/// Opens what differs so from `first`, with these edits to come.
pub(super) fn open(
    entries: &'static [Entry],
    first: &dyn Playable,
    difference: &Difference,
    edits: Vec<Edit>,
) -> Result<(Box<dyn Playable>, Passed), SimError> {
    let run = difference.of(&first.run());
    let entry = entries.iter().find(|entry| entry.about.id == run.protocol);
    let entry = entry.ok_or_else(|| SimError::OtherProtocol(run.protocol.clone()))?;
    let run = Run { edits, ..run };
    if difference.protocol.is_none() {
        return Ok(((entry.open)(&run)?, Passed::default()));
    }
    let (run, parameters) = carried(first.about(), entry.about, run);
    let passed = Passed {
        acts: 0,
        parameters,
    };
    Ok(((entry.open)(&run)?, passed))
}

/// The run of another protocol with what both have a word for as the first has it, and the keys of what the other does not have.
fn carried(first: &About, other: &About, run: Run) -> (Run, Vec<String>) {
    let mut config = BTreeMap::new();
    let mut passed = Vec::new();
    for (key, value) in &run.config {
        let own = other.parameters.iter().find(|own| own.key == key);
        let takes = |own: &Parameter| own.parse(value).is_ok();
        if own.is_some_and(takes) || WorldConfig::place(key).is_some() {
            config.insert(key.clone(), value.clone());
        } else {
            passed.push(key.clone());
        }
    }
    // What the first leaves at its default is the same in the other, whatever that has by default.
    for own in other.parameters {
        let of_first = first.parameters.iter().find(|one| one.key == own.key);
        let Some(of_first) = of_first.filter(|one| !run.config.contains_key(one.key)) else {
            continue;
        };
        let value = of_first.default.to_string();
        if own.default != of_first.default && own.parse(&value).is_ok() {
            config.insert(own.key.to_owned(), value);
        }
    }
    let run = Run {
        behaviour: other.behaviour,
        config,
        ..run
    };
    (run, passed)
}

/// The protocols that can stand beside `first`: all that clients of one can be asked, those of the other can be asked as well, and the
/// same nodes are there at the beginning.
pub(crate) fn fitting(entries: &'static [Entry], first: &dyn Playable) -> Vec<&'static About> {
    let about = first.about();
    let asked = operations(about);
    let others = entries.iter().map(|entry| entry.about);
    let others = others.filter(|other| {
        let others = operations(other);
        let same = others.is_subset(&asked) || others.is_superset(&asked);
        other.id != about.id && !others.is_empty() && same
    });
    let mut others: Vec<_> = others.collect();
    if others.is_empty() || asked.is_empty() {
        return Vec::new();
    }
    let beginning = |protocol: Option<&str>| {
        let difference = Difference {
            protocol: protocol.map(str::to_owned),
            ..Difference::default()
        };
        let (playable, _) = open(entries, first, &difference, Vec::new()).ok()?;
        let nodes = playable.frame().nodes.into_iter();
        Some(
            nodes
                .map(|node| (node.label, node.kind, node.tier))
                .collect::<Vec<_>>(),
        )
    };
    let own = beginning(None);
    others.retain(|other| own.is_some() && beginning(Some(other.id)) == own);
    others
}

/// What the clients of a protocol can be asked: operations, each with the fields that it takes.
fn operations(about: &About) -> BTreeSet<(&'static str, Vec<&'static str>)> {
    let fields = |operation: &protocol::OperationSpec| {
        let fields = operation.fields.iter().map(|field| field.id);
        (operation.id, fields.collect())
    };
    about.operations.iter().map(fields).collect()
}

impl Beside {
    /// What was done in the first run, as far as it can be done here; counts what cannot.
    pub(super) fn mirrored(&mut self, first: &dyn Playable) -> Vec<Edit> {
        let edits = self.difference.of(&first.run()).edits;
        let all = edits.len();
        let labels = first.labels();
        let mirrored = |edit: Edit| {
            let action = self.action(labels, &edit.action)?;
            Some(Edit { action, ..edit })
        };
        let mirrored: Vec<Edit> = edits.into_iter().filter_map(mirrored).collect();
        self.passed.acts = (all - mirrored.len()) as u64;
        mirrored
    }

    fn action(&self, labels: &[String], action: &Action) -> Option<Action> {
        let node = |node: &NodeId| self.node(labels, *node);
        let nodes = |side: &[NodeId]| -> Vec<NodeId> { side.iter().filter_map(node).collect() };
        Some(match action {
            Action::Deliver(_)
            | Action::Drop(_)
            | Action::Duplicate(_)
            | Action::Hold(_)
            | Action::Release(_)
            | Action::Fire { .. }
            | Action::Save(_)
            | Action::Choose { .. } => return None,
            Action::Arrive(id) => Action::Arrive(node(id)?),
            Action::Crash {
                node: id,
                keep,
                torn,
            } => Action::Crash {
                node: node(id)?,
                keep: *keep,
                torn: *torn,
            },
            Action::Restart(id) => Action::Restart(node(id)?),
            Action::Pause(id) => Action::Pause(node(id)?),
            Action::Resume(id) => Action::Resume(node(id)?),
            Action::Erase(id) => Action::Erase(node(id)?),
            Action::Remove(id) => Action::Remove(node(id)?),
            Action::Cut { from, to, both } => Action::Cut {
                from: nodes(from),
                to: nodes(to),
                both: *both,
            },
            Action::Skew {
                node: id,
                drift_ppm,
                offset_us,
            } => Action::Skew {
                node: node(id)?,
                drift_ppm: *drift_ppm,
                offset_us: *offset_us,
            },
            Action::Ask { client, op, fields } => {
                let mut known = self.playable.about().operations.iter();
                known.find(|known| known.id == op && known.fields.len() == fields.len())?;
                Action::Ask {
                    client: node(client)?,
                    op: op.clone(),
                    fields: fields.clone(),
                }
            }
            Action::Set { key, value } => {
                let known = self.playable.about().parameters.iter();
                let mut known = known.chain(WorldConfig::PARAMETERS);
                let known = known.find(|known| known.key == key)?;
                known.parse(value).ok().filter(|_| known.live)?;
                action.clone()
            }
            Action::Heal | Action::Add(_) => action.clone(),
        })
    }
}
