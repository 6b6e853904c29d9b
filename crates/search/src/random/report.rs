//! What a search came to. Reports of parts of a range of numbers, merged in any order, are the report of the range.

use super::Schedule;
use protocol::{Phrase, Verdict};
use serde::{Deserialize, Serialize};
use sim::Run;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Findings of one property that a report keeps, those with the lowest numbers.
const KEPT: usize = 8;

/// A run that breaks a promise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The number of the schedule.
    pub seed: u64,
    /// The promise, by its id.
    pub property: String,
    /// How it is broken, in a sentence that names the nodes; none where something did not come about.
    #[serde(default)]
    pub how: Option<Phrase>,
    /// The run.
    pub run: Run,
    /// The step that breaks it, or the last of those in which it should have come about.
    pub step: u64,
    /// The virtual time there, in microseconds.
    pub at_us: u64,
    /// Where something did not come about: when the faults had ended, in microseconds of virtual time.
    #[serde(default)]
    pub calm_us: u64,
}

/// What a search came to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// The numbers of the schedules that were tried, as ranges that do not touch, by their beginnings: from here to before there.
    pub seeds: BTreeMap<u64, u64>,
    /// How many steps they took.
    pub steps: u64,
    /// How much virtual time passed, in microseconds.
    pub virtual_us: u64,
    /// The kinds of turning points that were seen, by the keys of their words.
    pub facts: BTreeSet<String>,
    /// The states that were seen, of those looked at.
    pub states: States,
    /// What was found, by property and number; of each property those with the lowest numbers.
    pub findings: BTreeMap<String, BTreeMap<u64, Finding>>,
    /// In how many schedules a promise was broken.
    pub broken: u64,
    /// Under priorities: the most chains that a schedule had, and the most events.
    #[serde(default)]
    pub chains: u64,
    /// The most events.
    #[serde(default)]
    pub events: u64,
}

impl Report {
    pub(super) fn of(seeds: &Range<u64>) -> Self {
        let mut report = Self::default();
        if !seeds.is_empty() {
            report.seeds.insert(seeds.start, seeds.end);
        }
        report
    }

    pub(super) fn add(&mut self, schedule: Schedule<'_>) {
        let trial = &schedule.trial;
        self.steps += trial.steps() - schedule.began_steps;
        self.virtual_us += trial.now_us() - schedule.began_us;
        for told in trial.told() {
            if !self.facts.contains(told.as_ref()) {
                self.facts.insert(told.to_string());
            }
        }
        schedule
            .states
            .iter()
            .for_each(|state| self.states.add(*state));
        self.chains = self.chains.max(schedule.chains);
        self.events = self.events.max(schedule.events);
        let Some(place) = schedule.broken else {
            return;
        };
        self.broken += 1;
        let how = match trial.verdicts()[place] {
            Verdict::Violated(how) => Some(how.clone()),
            Verdict::Open | Verdict::Met => None,
        };
        self.keep(Finding {
            seed: schedule.seed,
            property: schedule.about.properties[place].id.to_owned(),
            how,
            run: trial.run(),
            step: trial.steps(),
            at_us: trial.now_us(),
            calm_us: schedule.calm_us,
        });
    }

    fn keep(&mut self, finding: Finding) {
        let of_property = self.findings.entry(finding.property.clone()).or_default();
        of_property.insert(finding.seed, finding);
        while of_property.len() > KEPT {
            of_property.pop_last();
        }
    }

    /// Takes over what another part of the search came to.
    pub fn merge(&mut self, other: Self) {
        for (from, to) in other.seeds {
            self.cover(from, to);
        }
        self.steps += other.steps;
        self.virtual_us += other.virtual_us;
        self.facts.extend(other.facts);
        self.states.merge(&other.states);
        self.broken += other.broken;
        self.chains = self.chains.max(other.chains);
        self.events = self.events.max(other.events);
        let found = other.findings.into_values().flat_map(BTreeMap::into_values);
        found.for_each(|finding| self.keep(finding));
    }

    fn cover(&mut self, from: u64, to: u64) {
        let (mut from, mut to) = (from, to);
        let touches = |(begin, end): (&u64, &u64)| *begin <= to && *end >= from;
        let touching: Vec<u64> = self
            .seeds
            .iter()
            .filter(|range| touches(*range))
            .map(|(begin, _)| *begin)
            .collect();
        for begin in touching {
            let end = self.seeds.remove(&begin).unwrap_or(begin);
            (from, to) = (from.min(begin), to.max(end));
        }
        self.seeds.insert(from, to);
    }

    /// How many schedules were tried.
    pub fn schedules(&self) -> u64 {
        self.seeds.iter().map(|(from, to)| to - from).sum()
    }

    /// Everything that was found, by property and number.
    pub fn found(&self) -> impl Iterator<Item = &Finding> {
        self.findings.values().flat_map(BTreeMap::values)
    }

    /// With at most this probability a schedule under priorities misses a fault of this depth, if there is one within its
    /// events: 1 - 1 / (w² n^(d-1)), of w chains and n events (PCTCP: Ozkan et al. 2018). `None` before any.
    pub fn priority_bound(&self, depth: u32) -> Option<f64> {
        if self.chains == 0 {
            return None;
        }
        let (chains, events) = (self.chains as f64, self.events as f64);
        let orders = (1..depth).fold(chains * chains, |orders, _| orders * events);
        Some(1.0 - 1.0 / orders)
    }
}

/// How many different states were seen, counted up to [`States::EXACT`] and estimated beyond: the least fingerprints tell how
/// densely all of them lie (Bar-Yossef et al. 2002, algorithm 1).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct States {
    least: BTreeSet<u64>,
}

impl States {
    /// Up to so many states the count is exact; beyond, its standard error is about 4 %.
    pub const EXACT: usize = 512;

    fn add(&mut self, state: u64) {
        if self.least.len() < Self::EXACT {
            self.least.insert(state);
        } else if self.least.last().is_some_and(|last| state < *last) && self.least.insert(state) {
            self.least.pop_last();
        }
    }

    fn merge(&mut self, other: &Self) {
        other.least.iter().for_each(|state| self.add(*state));
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        match self.least.last() {
            Some(last) if self.least.len() == Self::EXACT => {
                let share = *last as f64 / u64::MAX as f64;
                ((Self::EXACT - 1) as f64 / share) as u64
            }
            _ => self.least.len() as u64,
        }
    }

    /// Whether the count is exact.
    pub fn is_exact(&self) -> bool {
        self.least.len() < Self::EXACT
    }
}

#[cfg(test)]
mod tests {
    use super::States;

    #[test]
    fn few_states_are_counted_and_many_are_estimated() {
        let mut states = States::default();
        let spread = |n: u64| protocol::digest_of(&n);
        (0..500).chain(100..500).for_each(|n| states.add(spread(n)));
        assert_eq!((states.count(), states.is_exact()), (500, true));
        let mut others = States::default();
        (250..100_000).for_each(|n| others.add(spread(n)));
        states.merge(&others);
        let off = states.count().abs_diff(100_000);
        assert!(!states.is_exact() && off < 12_000, "{}", states.count());
    }
}
