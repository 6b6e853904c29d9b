//! Where two runs part: the first step that is not the same event at the same time in both. Names are causal, so that equal
//! names mean equal histories of what brought an event about. Knows no protocol and reads nothing but times and names.

use crate::Source;

/// The first difference between two runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parting {
    /// The step, from 1: all before it are the same in both.
    pub step: u64,
    /// When it happens in the one, in microseconds; `None` while the one has come to nothing else yet.
    pub one_us: Option<u64>,
    /// When it happens in the other.
    pub other_us: Option<u64>,
}

impl Parting {
    /// When the two are first seen to differ, in microseconds of virtual time.
    pub fn at_us(&self) -> u64 {
        let all = self.one_us.into_iter().chain(self.other_us);
        all.min().unwrap_or_default()
    }
}

/// Compares two runs as far as both are recorded: how many steps are the same in both, and the first one that is not, if it is
/// known. The first `same` steps are not compared again. A run that stands at its end also counts as different once what it
/// has next comes later than what the other has done.
pub fn parting(one: &dyn Source, other: &dyn Source, mut same: u64) -> (u64, Option<Parting>) {
    loop {
        let step = same + 1;
        let (here, there) = (one.name_of(step), other.name_of(step));
        let time = |source: &dyn Source| source.time_of(step);
        let found = match (here, there) {
            (Some(name), Some(also)) if name == also && time(one) == time(other) => {
                same = step;
                continue;
            }
            (Some(_), Some(_)) => (Some(time(one)), Some(time(other))),
            (Some(_), None) if lags(other, time(one)) => (Some(time(one)), None),
            (None, Some(_)) if lags(one, time(other)) => (None, Some(time(other))),
            _ => return (same, None),
        };
        let (one_us, other_us) = found;
        let parting = Parting {
            step,
            one_us,
            other_us,
        };
        return (same, Some(parting));
    }
}

/// Whether a run that ends here has nothing more to do by `at_us`.
fn lags(source: &dyn Source, at_us: u64) -> bool {
    source.step() == source.len() && source.next_us().is_none_or(|next_us| next_us > at_us)
}
