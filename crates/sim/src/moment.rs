//! A cluster at one moment, as a value to search from: what can be done, and the moment after it. It keeps no record.

use crate::cluster::Cluster;
use crate::record::Nothing;
use crate::{Action, Edit, SimError};
use protocol::{NodeId, NodeView, Protocol, Verdict};
use std::rc::Rc;

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
    /// The edit that `action` is at this moment: a run whose edits end with those of the way since it was left, in their order,
    /// comes to the same moments.
    fn edit(&self, action: &Action) -> Edit;
    /// Who the state is: nodes, disks, unsaved writes, messages, timers, workload, cuts, parameters and what the properties
    /// remember; without names, `now`, due times and the past.
    fn identity(&self) -> u64;
    /// How the properties stand, in the order of [`crate::About::properties`].
    fn verdicts(&self) -> Vec<&Verdict>;
    /// What a node shows of itself; `None` while it is down, or if there is none.
    fn view(&self, node: NodeId) -> Option<NodeView>;
}

/// The one implementation.
pub(crate) struct At<P: Protocol> {
    cluster: Cluster<P>,
    /// What was done at the present time and rank: of two equal edits the second has a name of its own.
    acted: Vec<Action>,
}

impl<P: Protocol> At<P> {
    /// `acted` is what somebody did before at the same time and rank.
    pub(crate) const fn new(cluster: Cluster<P>, acted: Vec<Action>) -> Self {
        Self { cluster, acted }
    }
}

impl<P: Protocol> Moment for At<P> {
    fn enabled(&self) -> Vec<Action> {
        self.cluster.enabled()
    }

    fn after(&self, action: &Action) -> Result<Rc<dyn Moment>, SimError> {
        let mut cluster = self.cluster.clone();
        let edit = self.edit(action);
        let nth = self.acted.iter().filter(|other| *other == action).count() as u64;
        cluster.act(&edit, nth, &mut Nothing)?;
        let mut acted = Vec::new();
        if cluster.kernel().now_us == edit.at_us {
            acted.clone_from(&self.acted);
            if !action.is_pick() {
                acted.push(action.clone());
            }
        }
        Ok(Rc::new(Self { cluster, acted }))
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
        self.cluster.identity()
    }

    fn verdicts(&self) -> Vec<&Verdict> {
        let verdicts = self.cluster.verdicts().iter();
        verdicts.map(|(verdict, _)| verdict).collect()
    }

    fn view(&self, node: NodeId) -> Option<NodeView> {
        let state = self.cluster.node(node)?;
        Some(state.view(self.cluster.config(), node))
    }
}
