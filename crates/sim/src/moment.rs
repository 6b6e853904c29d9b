//! A cluster at one moment, as a value to search from: what can be done, and the moment after it. It keeps no record.

use crate::cluster::Cluster;
use crate::record::{Full, Nothing, Recorder};
use crate::trial::{Waiting, waiting};
use crate::{Action, Edit, SimError, tell};
use protocol::{NodeId, NodeView, Picture, Protocol, Verdict, digest_of};
use std::cell::OnceCell;
use std::rc::Rc;
use trace::{Event, Frame};

/// A cluster at one moment, without its types. Time is untimed here: what is picked happens at `now`, which moves only for a
/// timer or an arrival that would be early. Edits of the run that are still to come are not taken.
pub trait Moment {
    /// Everything that can be done, as [`crate::Playable::enabled`] lists it.
    fn enabled(&self) -> Vec<Action>;
    /// The moment after `action`.
    ///
    /// # Errors
    /// Why it cannot be done.
    fn after(&self, action: &Action) -> Result<Rc<dyn Moment>, SimError>;
    /// The same, and the event that leads there. In its bodies nodes are numbers.
    ///
    /// # Errors
    /// Why it cannot be done.
    fn told_after(&self, action: &Action) -> Result<(Rc<dyn Moment>, Event), SimError>;
    /// Everything that can be picked, in a stable order.
    fn waiting(&self) -> Vec<Waiting>;
    /// The edit that `action` is at this moment: a run whose edits end with those of the way since it was left, in their order,
    /// comes to the same moments.
    fn edit(&self, action: &Action) -> Edit;
    /// Who the state is: nodes, disks, unsaved writes, messages, timers, workload, cuts, parameters and what the properties
    /// remember; without names, `now`, due times and the past.
    fn identity(&self) -> u64;
    /// The same, but for which of the nodes that are alike is which: see [`Protocol::alike`].
    fn likeness(&self) -> u64;
    /// The digest of what the properties remember and of how they stand: a part of [`Moment::identity`].
    fn remembered(&self) -> u64;
    /// Whether the step that led here told something, or changed how a property stands.
    fn has_told(&self) -> bool;
    /// What `action` has to do with: the node at which it happens, and who the message is that it takes. Messages that are
    /// equal, between the same nodes, are one and the same here.
    fn touches(&self, action: &Action) -> Touches;
    /// How the properties stand, in the order of [`crate::About::properties`].
    fn verdicts(&self) -> Vec<&Verdict>;
    /// What a node shows of itself; `None` while it is down, or if there is none.
    fn view(&self, node: NodeId) -> Option<NodeView>;
    /// Everything that the views show of it, but for what comes next.
    fn frame(&self) -> Frame;
    /// What the cluster as a whole shows of itself.
    fn pictures(&self) -> Vec<Picture>;
}

/// What an action has to do with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Touches {
    /// The node at which it happens; `None`: at none, or at more than one.
    pub node: Option<NodeId>,
    /// The digest of a message and of its way, if it takes one.
    pub message: Option<u64>,
}

/// The one implementation.
pub(crate) struct At<P: Protocol> {
    cluster: Cluster<P>,
    /// What was done at the present time and rank: of two equal edits the second has a name of its own.
    acted: Vec<Action>,
    has_told: bool,
    /// What [`Moment::remembered`] has answered.
    remembered: OnceCell<u64>,
}

impl<P: Protocol> At<P> {
    /// `acted` is what somebody did before at the same time and rank.
    pub(crate) const fn new(cluster: Cluster<P>, acted: Vec<Action>) -> Self {
        Self {
            cluster,
            acted,
            has_told: false,
            remembered: OnceCell::new(),
        }
    }

    /// The moment after `action`, of which `recorder` takes note.
    fn then<R: Recorder<P>>(&self, action: &Action, recorder: &mut R) -> Result<Self, SimError> {
        let mut cluster = self.cluster.clone();
        let edit = self.edit(action);
        let nth = self.acted.iter().filter(|other| *other == action).count() as u64;
        let outcome = cluster.act(&edit, nth, recorder)?;
        let mut acted = Vec::new();
        if cluster.kernel().now_us == edit.at_us {
            acted.clone_from(&self.acted);
            if !action.is_pick() {
                acted.push(action.clone());
            }
        }
        Ok(Self {
            has_told: outcome.moment,
            ..Self::new(cluster, acted)
        })
    }
}

impl<P: Protocol> Moment for At<P> {
    fn enabled(&self) -> Vec<Action> {
        self.cluster.enabled()
    }

    fn after(&self, action: &Action) -> Result<Rc<dyn Moment>, SimError> {
        Ok(Rc::new(self.then(action, &mut Nothing)?))
    }

    fn told_after(&self, action: &Action) -> Result<(Rc<dyn Moment>, Event), SimError> {
        let mut record = Full::default();
        let after = self.then(action, &mut record)?;
        Ok((Rc::new(after), tell::event(&record, 0, &[])))
    }

    fn waiting(&self) -> Vec<Waiting> {
        waiting(&self.cluster)
    }

    fn edit(&self, action: &Action) -> Edit {
        let kernel = self.cluster.kernel();
        Edit {
            at_us: kernel.now_us,
            rank: kernel.rank,
            after: Vec::new(),
            action: action.clone(),
        }
    }

    fn identity(&self) -> u64 {
        self.cluster.identity_with(self.remembered())
    }

    fn likeness(&self) -> u64 {
        self.cluster.likeness()
    }

    fn remembered(&self) -> u64 {
        *self.remembered.get_or_init(|| self.cluster.remembered())
    }

    fn has_told(&self) -> bool {
        self.has_told
    }

    fn touches(&self, action: &Action) -> Touches {
        let kernel = self.cluster.kernel();
        let flight = |name| {
            let slot = kernel.find_flight(name).ok()?;
            Some((slot, kernel.flights[slot as usize]))
        };
        match action {
            Action::Deliver(name)
            | Action::Drop(name)
            | Action::Duplicate(name)
            | Action::Hold(name)
            | Action::Release(name) => flight(*name).map_or_else(Touches::default, |(slot, to)| {
                let whole = (to.from, to.to, to.held, self.cluster.body(slot));
                Touches {
                    node: matches!(action, Action::Deliver(_)).then_some(to.to),
                    message: Some(digest_of(&whole)),
                }
            }),
            Action::Fire { node, .. }
            | Action::Save(node)
            | Action::Arrive(node)
            | Action::Crash { node, .. }
            | Action::Restart(node)
            | Action::Pause(node)
            | Action::Resume(node)
            | Action::Erase(node)
            | Action::Skew { node, .. }
            | Action::Ask { client: node, .. }
            | Action::Remove(node) => Touches {
                node: Some(*node),
                message: None,
            },
            Action::Cut { .. }
            | Action::Heal
            | Action::Set { .. }
            | Action::Choose { .. }
            | Action::Add(_) => Touches::default(),
        }
    }

    fn verdicts(&self) -> Vec<&Verdict> {
        let verdicts = self.cluster.verdicts().iter();
        verdicts.map(|(verdict, _)| verdict).collect()
    }

    fn view(&self, node: NodeId) -> Option<NodeView> {
        let state = self.cluster.node(node)?;
        Some(state.view(self.cluster.config(), node))
    }

    fn frame(&self) -> Frame {
        self.cluster.frame(None, None)
    }

    fn pictures(&self) -> Vec<Picture> {
        self.cluster.pictures()
    }
}
