//! Which epochs are to be seen, and how each looks: its hue, and whether it is hatched because a newer one has the same.

use crate::Ink;
use trace::Frame;

/// One visible epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LegendEntry {
    /// The epoch.
    pub epoch: u64,
    /// Its hue, from 0 to 7.
    pub hue: u8,
    /// Whether it is hatched: a newer visible epoch has the same hue.
    pub hatched: bool,
}

/// The epochs that a picture shows, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Epochs {
    entries: Vec<LegendEntry>,
}

impl Epochs {
    /// The epochs of a frame's nodes and messages.
    pub fn of(frame: &Frame) -> Self {
        let mut epochs = Self::default();
        epochs.collect(stage_epochs(frame));
        epochs
    }

    /// Starts again with these.
    pub(crate) fn collect(&mut self, epochs: impl IntoIterator<Item = u64>) {
        self.entries.clear();
        for epoch in epochs {
            // In order, so that a crowd in which every message has its own is no trouble.
            let place = self
                .entries
                .binary_search_by_key(&epoch, |entry| entry.epoch);
            if let Err(place) = place {
                let (hue, hatched) = (hue_of(epoch), false);
                self.entries.insert(
                    place,
                    LegendEntry {
                        epoch,
                        hue,
                        hatched,
                    },
                );
            }
        }
        let mut seen = [false; Ink::HUES as usize];
        for entry in self.entries.iter_mut().rev() {
            let hue = &mut seen[entry.hue as usize];
            entry.hatched = std::mem::replace(hue, true);
        }
    }

    /// The visible epochs, oldest first.
    pub fn entries(&self) -> &[LegendEntry] {
        &self.entries
    }

    /// Whether `epoch` is hatched here.
    pub fn hatched(&self, epoch: Option<u64>) -> bool {
        epoch.is_some_and(|epoch| {
            let place = self
                .entries
                .binary_search_by_key(&epoch, |entry| entry.epoch);
            place.is_ok_and(|place| self.entries[place].hatched)
        })
    }
}

/// The epochs of a frame's nodes and messages, with repetitions.
pub(crate) fn stage_epochs(frame: &Frame) -> impl Iterator<Item = u64> + '_ {
    let nodes = frame.nodes.iter().filter_map(|node| node.view.epoch);
    nodes.chain(frame.flights.iter().filter_map(|flight| flight.view.epoch))
}

/// The hue of an epoch, from 0 to 7.
pub(crate) const fn hue_of(epoch: u64) -> u8 {
    (epoch % Ink::HUES as u64) as u8
}

/// The fill of an epoch; neutral where there is none.
pub(crate) const fn fill_of(epoch: Option<u64>) -> Ink {
    match epoch {
        Some(epoch) => Ink::Hue(hue_of(epoch)),
        None => Ink::Neutral,
    }
}

/// The pale fill of an epoch; neutral where there is none.
pub(crate) const fn pale_of(epoch: Option<u64>) -> Ink {
    match epoch {
        Some(epoch) => Ink::Pale(hue_of(epoch)),
        None => Ink::PaleNeutral,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_of_two_with_one_hue_is_hatched() {
        let mut epochs = Epochs::default();
        epochs.collect([11, 3, 4, 3, 11]);
        let seen: Vec<_> = epochs
            .entries()
            .iter()
            .map(|entry| (entry.epoch, entry.hue, entry.hatched))
            .collect();
        assert_eq!(seen, [(3, 3, true), (4, 4, false), (11, 3, false)]);
        assert!(epochs.hatched(Some(3)) && !epochs.hatched(Some(11)) && !epochs.hatched(None));
        epochs.collect([3, 4]);
        assert!(!epochs.hatched(Some(3)), "alone it is plain");
    }
}
