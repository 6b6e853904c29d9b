//! Fewer nodes: those that nobody needs leave the roster, and what named the others names them at their new places.

use super::Shrinking;
use protocol::{Config, NodeId, NodeKind, Parameter, Range};
use sim::{Action, Edit, Run, WorldConfig};

impl Shrinking<'_> {
    /// Leaves out nodes, one at a time, as far as the protocol's own parameters go.
    pub(super) fn fewer_nodes(&mut self) {
        let Some(parameters) = self.about().map(|about| about.parameters) else {
            return;
        };
        for parameter in parameters {
            let Range::Int { min, .. } = parameter.range else {
                continue;
            };
            // Two at a time as well: a majority of six is one of seven.
            while [1, 2]
                .into_iter()
                .any(|count| self.fewer(parameter, min, count))
            {}
        }
    }

    /// Tries with `count` nodes fewer of those that the parameter counts.
    fn fewer(&mut self, parameter: &Parameter, min: u64, count: u16) -> bool {
        let given = self.best.run.config.get(parameter.key);
        let value = given.map_or_else(|| parameter.default.to_string(), Clone::clone);
        let fewer = value.parse::<u64>().ok();
        let fewer = fewer.and_then(|value| value.checked_sub(count.into()));
        let Some(fewer) = fewer.filter(|fewer| *fewer >= min && !self.is_spent()) else {
            return false;
        };
        let mut run = self.best.run.clone();
        run.config
            .insert(parameter.key.to_owned(), fewer.to_string());
        let Some(gone) = self.gone(&run, count) else {
            return false;
        };
        for _ in 0..count {
            let edits = run.edits.iter();
            run.edits = edits.filter_map(|edit| without(edit, gone)).collect();
        }
        self.take(run)
    }

    /// Moves the protocol's own parameters to their defaults, where that brings no more nodes.
    pub(super) fn default_parameters(&mut self) {
        let keys: Vec<String> = self.best.run.config.keys().cloned().collect();
        for key in keys.iter().filter(|key| WorldConfig::place(key).is_none()) {
            let mut run = self.best.run.clone();
            run.config.remove(key);
            let more = self.roster(&run).map(|roster| roster.len());
            let now = self.roster(&self.best.run).map(|roster| roster.len());
            if more.is_some() && more <= now {
                self.take(run);
            }
        }
    }

    /// The first of the `count` nodes of the best run that are not there in `run`: side by side, and the others are the same.
    fn gone(&self, run: &Run, count: u16) -> Option<NodeId> {
        let (before, after) = (self.roster(&self.best.run)?, self.roster(run)?);
        let differs = before
            .iter()
            .zip(&after)
            .position(|(one, other)| one != other);
        let place = differs.unwrap_or(after.len());
        let rest = before.get(place + usize::from(count)..)?;
        (after.get(place..)? == rest).then_some(NodeId(place as u16))
    }

    fn roster(&self, run: &Run) -> Option<Vec<NodeKind>> {
        let run = Run {
            edits: Vec::new(),
            ..run.clone()
        };
        let trial = (self.open)(&run, 0).ok()?;
        Some(trial.targets().iter().map(|target| target.kind).collect())
    }

    fn about(&self) -> Option<&'static sim::About> {
        (self.open)(&self.best.run, 0)
            .ok()
            .map(|trial| trial.about())
    }
}

/// The edit where `gone` is not there; `None` if it is of nobody else.
fn without(edit: &Edit, gone: NodeId) -> Option<Edit> {
    let moved = |node: NodeId| (node != gone).then(|| NodeId(node.0 - u16::from(node > gone)));
    let group = |nodes: &[NodeId]| {
        let nodes: Vec<NodeId> = nodes.iter().filter_map(|node| moved(*node)).collect();
        (!nodes.is_empty()).then_some(nodes)
    };
    let action = match &edit.action {
        Action::Fire { node, timer } => Action::Fire {
            node: moved(*node)?,
            timer: *timer,
        },
        Action::Save(node) => Action::Save(moved(*node)?),
        Action::Arrive(node) => Action::Arrive(moved(*node)?),
        Action::Crash { node, keep, torn } => Action::Crash {
            node: moved(*node)?,
            keep: *keep,
            torn: *torn,
        },
        Action::Restart(node) => Action::Restart(moved(*node)?),
        Action::Pause(node) => Action::Pause(moved(*node)?),
        Action::Resume(node) => Action::Resume(moved(*node)?),
        Action::Erase(node) => Action::Erase(moved(*node)?),
        Action::Remove(node) => Action::Remove(moved(*node)?),
        Action::Cut { from, to, both } => Action::Cut {
            from: group(from)?,
            to: group(to)?,
            both: *both,
        },
        Action::Skew {
            node,
            drift_ppm,
            offset_us,
        } => Action::Skew {
            node: moved(*node)?,
            drift_ppm: *drift_ppm,
            offset_us: *offset_us,
        },
        Action::Ask { client, op, fields } => Action::Ask {
            client: moved(*client)?,
            op: op.clone(),
            fields: fields.clone(),
        },
        Action::Deliver(_)
        | Action::Drop(_)
        | Action::Duplicate(_)
        | Action::Hold(_)
        | Action::Release(_)
        | Action::Heal
        | Action::Set { .. }
        | Action::Choose { .. }
        | Action::Add(_) => edit.action.clone(),
    };
    Some(Edit {
        action,
        ..edit.clone()
    })
}
