//! One opened run and what was read from it at the cursor: read once a step, not once a repaint.

use crate::beside::Beside;
use crate::history::History;
use crate::story::Story;
use crate::why::WhyState;
use catalog::Entry;
use protocol::Value as Setting;
use protocol::{NodeId, NodeKind, Phrase, Range, Ring};
use scene::Band;
use serde_json::Value;
use sim::{About, Action, Pending, Playable, Run, SimError, Stepped};
use std::collections::BTreeMap;
use std::rc::Rc;
use trace::{Frame, Mark, NodeFrame, NodeStatus};

/// A node's state before the last step, to tell what the step changed.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    pub(crate) node: NodeId,
    /// The cursor that it belongs to: branch and step after the change.
    pub(crate) cursor: (u32, u64),
    pub(crate) state: Option<Value>,
    pub(crate) disk: Option<Value>,
}

/// An opened run.
pub(crate) struct Session {
    pub(crate) playable: Box<dyn Playable>,
    pub(crate) frame: Rc<Frame>,
    pub(crate) pending: Vec<Pending>,
    /// The stretches of the branch by their newest epoch.
    pub(crate) bands: Vec<Band>,
    /// The newest epoch at the beginning.
    first_epoch: Option<u64>,
    pub(crate) before: Option<Before>,
    /// What was done first in a branch, by its id, in the words of then.
    pub(crate) deeds: BTreeMap<u32, Phrase>,
    /// Whether it is the home run, untouched: then the opening invites.
    pub(crate) home: bool,
    /// Whether the protocol has charts of the cluster as a whole: it has them from the beginning, or never.
    pub(crate) has_charts: bool,
    /// Whether clients share an object, so that there is a history to look at.
    pub(crate) has_history: bool,
    /// The story that is told in it.
    pub(crate) story: Option<Story>,
    /// The second run that is shown beside it.
    pub(crate) beside: Option<Beside>,
    /// The question *Why?* that is open.
    pub(crate) why: Option<WhyState>,
    /// What clients called, since somebody looked at it.
    pub(crate) history: Option<Box<History>>,
    /// Whether a client has had an answer while the reader watched.
    pub(crate) answered: bool,
}

impl Session {
    /// Opens `run` at its beginning.
    pub(crate) fn open(entries: &'static [Entry], run: &Run, home: bool) -> Result<Self, SimError> {
        let entry = entries
            .iter()
            .find(|entry| entry.about.id == run.protocol)
            .ok_or_else(|| SimError::OtherProtocol(run.protocol.clone()))?;
        Ok(Self::of((entry.open)(run)?, home))
    }

    /// What was opened, at its beginning.
    pub(crate) fn of(playable: Box<dyn Playable>, home: bool) -> Self {
        let frame = playable.frame();
        let mut session = Self {
            first_epoch: frame.nodes.iter().filter_map(|n| n.view.epoch).max(),
            frame: Rc::new(frame),
            has_history: playable.about().shares,
            has_charts: !playable.pictures().is_empty(),
            playable,
            pending: Vec::new(),
            bands: Vec::new(),
            before: None,
            deeds: BTreeMap::new(),
            home,
            story: None,
            beside: None,
            why: None,
            history: None,
            answered: false,
        };
        session.read();
        session.read_marks();
        session
    }

    /// Whether it happened outside a simulation, in the time of a real clock.
    pub(crate) fn is_of_real_time(&self) -> bool {
        let origin = self.playable.recorded().map(|(_, origin)| origin);
        origin.is_some_and(|origin| {
            ["bridge", "joined"]
                .iter()
                .any(|key| origin.get(key).is_some())
        })
    }

    pub(crate) fn about(&self) -> &'static About {
        self.playable.about()
    }

    pub(crate) fn labels(&self) -> &[String] {
        self.playable.labels()
    }

    pub(crate) fn step(&self) -> u64 {
        self.playable.step()
    }

    pub(crate) fn is_live(&self) -> bool {
        self.playable.step() == self.playable.len()
    }

    /// Reads what the views show, after the cursor has moved.
    pub(crate) fn read(&mut self) {
        self.frame = Rc::new(self.playable.frame());
        self.pending = self.playable.pending();
    }

    /// Reads the marks, after the branch has grown or changed.
    pub(crate) fn read_marks(&mut self) {
        self.bands = bands(self.first_epoch, self.playable.marks());
    }

    pub(crate) fn marks(&self) -> &[Mark] {
        self.playable.marks()
    }

    /// One step of timed play. `watched` is the node whose change is to be told.
    pub(crate) fn advance(&mut self, watched: Option<NodeId>) -> Option<Stepped> {
        let before = watched.map(|node| self.snapshot(node));
        let live = self.is_live();
        let stepped = self.playable.advance()?;
        self.keep(before);
        if live && stepped.moment {
            self.read_marks();
        }
        Some(stepped)
    }

    /// Acts at the cursor.
    pub(crate) fn act(
        &mut self,
        action: &Action,
        at_us: u64,
        watched: Option<NodeId>,
    ) -> Result<Stepped, SimError> {
        let before = watched.map(|node| self.snapshot(node));
        let stepped = self.playable.act(action, at_us)?;
        self.keep(before);
        self.read_marks();
        Ok(stepped)
    }

    /// The value of a parameter at the cursor.
    pub(crate) fn parameter(&self, key: &str) -> Option<Setting> {
        self.playable.parameter(key)
    }

    /// The same run without what anybody did in it.
    pub(crate) fn new_run(&self) -> Run {
        Run {
            edits: Vec::new(),
            ..self.playable.run()
        }
    }

    fn snapshot(&self, node: NodeId) -> Before {
        Before {
            node,
            cursor: (0, 0),
            state: self.playable.node_state(node),
            disk: self.playable.disk_state(node),
        }
    }

    fn keep(&mut self, before: Option<Before>) {
        let cursor = (self.playable.branch(), self.playable.step());
        self.before = before.map(|before| Before { cursor, ..before });
    }

    /// Finds out what the last step changed at `node`, by going back one step and returning.
    pub(crate) fn look_back(&mut self, node: NodeId) {
        let cursor = (self.playable.branch(), self.playable.step());
        let known = self
            .before
            .as_ref()
            .is_some_and(|before| before.node == node && before.cursor == cursor);
        if known || cursor.1 == 0 {
            return;
        }
        if self.playable.seek(cursor.1 - 1).is_ok() {
            let before = self.snapshot(node);
            if self.playable.seek(cursor.1).is_ok() {
                self.keep(Some(before));
            }
        }
    }

    pub(crate) fn node(&self, node: NodeId) -> Option<&NodeFrame> {
        self.frame.nodes.iter().find(|frame| frame.id == node)
    }

    /// The node that leads, the one of the newest epoch if several do.
    pub(crate) fn leader(&self) -> Option<&NodeFrame> {
        let leads =
            |node: &&NodeFrame| node.view.ring == Ring::Double && node.status == NodeStatus::Up;
        let leaders = self.frame.nodes.iter().filter(leads);
        leaders.max_by_key(|node| node.view.epoch)
    }

    pub(crate) fn servers(&self) -> u64 {
        let is =
            |node: &&NodeFrame| node.kind == NodeKind::Server && node.status != NodeStatus::Removed;
        self.frame.nodes.iter().filter(is).count() as u64
    }

    pub(crate) fn nodes(&self) -> u64 {
        let nodes = self.frame.nodes.iter();
        nodes
            .filter(|node| node.status != NodeStatus::Removed)
            .count() as u64
    }

    /// Whether it is a cluster of like servers, with nothing but clients beside them.
    pub(crate) fn is_of_servers(&self) -> bool {
        let of = |node: &NodeFrame| matches!(node.kind, NodeKind::Server | NodeKind::Client);
        self.server_range().is_some() && self.frame.nodes.iter().all(of)
    }

    /// The least and the greatest number of servers that can be chosen.
    pub(crate) fn server_range(&self) -> Option<(u64, u64)> {
        let parameter = self
            .about()
            .parameters
            .iter()
            .find(|p| p.key == "servers")?;
        match parameter.range {
            Range::Int { min, max } => Some((min, max)),
            Range::Bool | Range::Choice(_) | Range::Text { .. } => None,
        }
    }
}

/// From mark to mark, the newest epoch so far; from the beginning on, where there is one already.
fn bands(first: Option<u64>, marks: &[Mark]) -> Vec<Band> {
    let beginning = first.map(|epoch| Band {
        from_step: 0,
        from_us: 0,
        to_step: 0,
        to_us: 0,
        epoch: Some(epoch),
    });
    let mut bands: Vec<Band> = beginning.into_iter().collect();
    for mark in marks {
        match bands.last_mut() {
            Some(last) if mark.epoch <= last.epoch => {
                (last.to_step, last.to_us) = (mark.step, mark.at_us);
            }
            _ if mark.epoch.is_none() => {}
            last => {
                if let Some(last) = last {
                    (last.to_step, last.to_us) = (mark.step, mark.at_us);
                }
                bands.push(Band {
                    from_step: mark.step,
                    from_us: mark.at_us,
                    to_step: mark.step,
                    to_us: mark.at_us,
                    epoch: mark.epoch,
                });
            }
        }
    }
    bands
}
