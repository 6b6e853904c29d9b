//! A look at a cluster at one moment, with the names that the scenario has given. The frame is made only if somebody asks.

use protocol::NodeId;
use sim::Playable;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use trace::Frame;

/// The names that `let` gave.
pub(crate) type Names = BTreeMap<String, NodeId>;

/// A look at a cluster.
pub(crate) struct Sight<'a> {
    pub(crate) world: &'a dyn Playable,
    pub(crate) names: &'a Names,
    frame: OnceCell<Frame>,
}

impl<'a> Sight<'a> {
    pub(crate) fn new(world: &'a dyn Playable, names: &'a Names) -> Self {
        Self {
            world,
            names,
            frame: OnceCell::new(),
        }
    }

    pub(crate) fn labels(&self) -> &[String] {
        self.world.labels()
    }

    pub(crate) fn frame(&self) -> &Frame {
        self.frame.get_or_init(|| self.world.frame())
    }
}
