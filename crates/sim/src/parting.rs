//! Where two runs part: the first step that is not the same event at the same time in both. Names are causal, so that equal
//! names mean equal histories of what brought an event about. Knows no protocol and reads nothing but times and names.

use crate::Source;

/// The first difference between two runs: of the one, and of the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parting {
    /// The step of each, from 1: those before it are the same in both.
    pub steps: [u64; 2],
    /// When it happens, in microseconds; `None` where a run has come to nothing else yet.
    pub times_us: [Option<u64>; 2],
}

impl Parting {
    /// When the two are first seen to differ, in microseconds of virtual time.
    pub fn at_us(&self) -> u64 {
        self.times_us
            .into_iter()
            .flatten()
            .min()
            .unwrap_or_default()
    }
}

/// Compares two runs as far as both are recorded: how many steps of each are the same, and the first ones that are not, if they
/// are known. The first `same` steps are not looked at: they are the same, or are not to be compared. A run that stands at its
/// end also counts as different once what it has next comes later than what the other has done.
pub fn parting(
    one: &dyn Source,
    other: &dyn Source,
    mut same: [u64; 2],
) -> ([u64; 2], Option<Parting>) {
    loop {
        let steps = same.map(|step| step + 1);
        let here = one.name_of(steps[0]);
        let there = other.name_of(steps[1]);
        let here_us = here.map(|_| one.time_of(steps[0]));
        let there_us = there.map(|_| other.time_of(steps[1]));
        match (here_us, there_us) {
            (Some(here_us), Some(there_us)) if here == there && here_us == there_us => {
                same = steps;
                continue;
            }
            (Some(_), Some(_)) => {}
            (Some(at_us), None) if lags(other, at_us) => {}
            (None, Some(at_us)) if lags(one, at_us) => {}
            _ => return (same, None),
        }
        let times_us = [here_us, there_us];
        return (same, Some(Parting { steps, times_us }));
    }
}

/// Whether a run that ends here has nothing more to do by `at_us`.
fn lags(source: &dyn Source, at_us: u64) -> bool {
    source.step() == source.len() && source.next_us().is_none_or(|next_us| next_us > at_us)
}
