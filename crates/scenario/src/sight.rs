//! A look at a cluster at one moment, with the names that the scenario has given. The frame is made only if somebody asks.

use protocol::{NodeId, Picture, Verdict};
use sim::{About, Moment, Pending, Playable};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use trace::Frame;

/// The names that `let` gave.
pub(crate) type Names = BTreeMap<String, NodeId>;

/// A look at a cluster.
pub(crate) struct Sight<'a> {
    shown: Shown<'a>,
    pub(crate) names: &'a Names,
    frame: OnceCell<Frame>,
}

/// What is looked at.
#[derive(Clone, Copy)]
enum Shown<'a> {
    /// A cluster with its record.
    World(&'a dyn Playable),
    /// One moment of a search, which knows neither its protocol nor its nodes by their labels.
    Moment(&'a dyn Moment, &'static About, &'a [String]),
}

impl<'a> Sight<'a> {
    pub(crate) fn new(world: &'a dyn Playable, names: &'a Names) -> Self {
        Self::of(Shown::World(world), names)
    }

    /// A look at one moment of a search.
    pub(crate) fn at(
        moment: &'a dyn Moment,
        about: &'static About,
        labels: &'a [String],
        names: &'a Names,
    ) -> Self {
        Self::of(Shown::Moment(moment, about, labels), names)
    }

    const fn of(shown: Shown<'a>, names: &'a Names) -> Self {
        Self {
            shown,
            names,
            frame: OnceCell::new(),
        }
    }

    pub(crate) fn about(&self) -> &'static About {
        match self.shown {
            Shown::World(world) => world.about(),
            Shown::Moment(_, about, _) => about,
        }
    }

    pub(crate) fn labels(&self) -> &[String] {
        match self.shown {
            Shown::World(world) => world.labels(),
            Shown::Moment(_, _, labels) => labels,
        }
    }

    pub(crate) fn frame(&self) -> &Frame {
        self.frame.get_or_init(|| match self.shown {
            Shown::World(world) => world.frame(),
            Shown::Moment(moment, ..) => moment.frame(),
        })
    }

    /// What the cluster as a whole shows.
    pub(crate) fn pictures(&self) -> Vec<Picture> {
        match self.shown {
            Shown::World(world) => world.pictures(),
            Shown::Moment(moment, ..) => moment.pictures(),
        }
    }

    /// Whether the property of this id stands so.
    pub(crate) fn verdict(&self, id: &str, is: fn(&Verdict) -> bool) -> bool {
        match self.shown {
            Shown::World(world) => world
                .properties()
                .iter()
                .any(|status| status.property == id && is(&status.verdict)),
            Shown::Moment(moment, about, _) => {
                let place = about.properties.iter().position(|one| one.id == id);
                place.is_some_and(|place| is(moment.verdicts()[place]))
            }
        }
    }

    /// The rows of what waits; a moment of a search has none.
    pub(crate) fn pending(&self) -> Vec<Pending> {
        match self.shown {
            Shown::World(world) => world.pending(),
            Shown::Moment(..) => Vec::new(),
        }
    }
}
