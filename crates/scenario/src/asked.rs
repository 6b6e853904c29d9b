//! A predicate that is asked of the moments of a search: what happened is counted along each way, what is so is looked at.
//!
//! Counts go no further than they can tell anything, so that ways which differ in more alone come to equal counts.

use crate::sight::{Names, Sight};
use crate::watch::{Watch, collect};
use crate::{Happening, Number, Predicate};
use protocol::Phrase;
use sim::{About, Moment, Playable};
use trace::Event;

/// A predicate about what a cluster shows, from a moment on.
#[derive(Clone, Debug)]
pub struct Asked {
    predicate: Predicate,
    /// What of it happens, in the order in which it stands, with how often is asked for.
    happenings: Vec<(Happening, Number)>,
    about: &'static About,
    labels: Vec<String>,
    names: Names,
}

impl Asked {
    /// `predicate`, asked of what becomes of `world`.
    pub fn new(predicate: Predicate, world: &dyn Playable) -> Self {
        let mut happenings = Vec::new();
        collect(&predicate, &mut happenings);
        let happenings = happenings.into_iter();
        let happenings = happenings.map(|(what, count)| (what.clone(), count));
        Self {
            happenings: happenings.collect(),
            predicate,
            about: world.about(),
            labels: world.labels().to_vec(),
            names: Names::new(),
        }
    }

    /// How many counts it needs: none if it asks only what is so.
    pub fn counts(&self) -> usize {
        self.happenings.len()
    }

    /// Counts what `event`, which has led to `moment`, is of what is asked.
    pub fn count(&self, event: &Event, moment: &dyn Moment, counts: &mut [u64]) {
        let sight = self.sight(moment);
        for ((happening, number), count) in self.happenings.iter().zip(counts) {
            // Who is named by a role that nobody has did nothing.
            let more = sight.count(happening, event).unwrap_or(0);
            // One more than is asked about: beyond that, no comparison tells counts apart.
            *count = count.saturating_add(more).min(number.1.saturating_add(1));
        }
    }

    /// Whether it holds at `moment`, behind a way with these counts. Where somebody is named by a role that nobody has, it
    /// does not.
    pub fn holds(&self, moment: &dyn Moment, counts: &[u64]) -> bool {
        let sight = self.sight(moment);
        let mut counts = counts.iter().copied();
        sight.holds(&self.predicate, &mut counts).unwrap_or(false)
    }

    /// Whether it holds at the cursor of `world`, of what has happened since the step `since`.
    pub fn holds_in(&self, world: &mut dyn Playable, since: u64) -> bool {
        let mut watch = Watch::new(since);
        let holds = watch.holds(&self.predicate, world, &self.names);
        holds.unwrap_or(false)
    }

    fn sight<'a>(&'a self, moment: &'a dyn Moment) -> Sight<'a> {
        Sight::at(moment, self.about, &self.labels, &self.names)
    }
}

impl Predicate {
    /// Its sentence: what holds when it does.
    pub fn phrase(&self) -> Phrase {
        crate::trouble::of_predicate(self)
    }
}
