//! Schedules drawn by chance, each a pure function of what is sought and of its number: nothing depends on which machine tries
//! it, or in which order.
//!
//! A schedule is an ordinary run. Its faults are edits, its network is a configuration, and the run of a find, played again by
//! anybody, breaks the same promise at the same step. Knows a cluster by its [`Trial`], and no particular protocol.

pub(crate) mod dice;
pub(crate) mod priorities;
mod report;
mod swarm;

pub use report::{Finding, Report, States};

use dice::Dice;
use protocol::{Assumptions, NodeId, Phrase, Property, PropertyKind, Verdict};
use serde::{Deserialize, Serialize};
use sim::{About, Action, Opened, Run, SimError, Trial};
use std::collections::BTreeMap;
use std::ops::Range;

/// How schedules are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Timed play under faults, of which every schedule draws its own few kinds and how often each happens: swarm testing
    /// (Groce et al., ISSTA 2012).
    Swarm,
    /// What comes next has the highest priority among all that waits, and `depth` - 1 times a priority changes: PCT, in its form
    /// for messages (Ozkan et al., OOPSLA 2018, PCTCP). See [`Report::priority_bound`].
    Priorities {
        /// How many events must come in one order for the fault that is sought to show.
        depth: u32,
    },
}

/// What is sought, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The cluster: its protocol, variant and parameters, and, for a search from the present, how it came there.
    pub run: Run,
    /// How many steps of `run` come before every schedule; 0 lets every schedule have its own seed and its own network.
    #[serde(default)]
    pub from: u64,
    /// Which promise is to break, by its id; any of them without one.
    #[serde(default)]
    pub property: Option<String>,
    /// How schedules are drawn.
    pub strategy: Strategy,
    /// The kinds of faults that may happen; each property is judged by those only that it says it withstands.
    #[serde(default)]
    pub faults: Kinds,
    /// For how much virtual time faults happen, in microseconds.
    #[serde(default = "span")]
    pub span_us: u64,
    /// How much time the cluster then has without a fault until what is promised to come about *eventually* must have. 0: it is
    /// not asked.
    #[serde(default = "calm")]
    pub calm_us: u64,
    /// A schedule takes at most so many steps.
    #[serde(default = "steps")]
    pub steps_max: u64,
}

const fn span() -> u64 {
    10_000_000
}

const fn calm() -> u64 {
    120_000_000
}

const fn steps() -> u64 {
    60_000
}

impl Spec {
    /// Any promise of the cluster that `run` begins, under every fault that it is said to withstand.
    pub const fn new(run: Run, strategy: Strategy) -> Self {
        Self {
            run,
            from: 0,
            property: None,
            strategy,
            faults: Kinds::ALL,
            span_us: span(),
            calm_us: calm(),
            steps_max: steps(),
        }
    }
}

/// Kinds of faults.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Kinds {
    /// Messages are lost.
    pub loss: bool,
    /// Messages arrive twice.
    pub duplication: bool,
    /// Messages overtake each other, and some take very long.
    pub delay: bool,
    /// Links are cut, one way or both, and healed.
    pub cuts: bool,
    /// Nodes crash, with any part of what was not durable surviving, and restart.
    pub crashes: bool,
    /// Nodes stand still for a while, as in a long collection of garbage.
    pub pauses: bool,
    /// Saves take time.
    pub slow_disks: bool,
    /// Clocks drift and jump.
    pub clocks: bool,
}

impl Kinds {
    /// Every kind.
    pub const ALL: Self = Self {
        loss: true,
        duplication: true,
        delay: true,
        cuts: true,
        crashes: true,
        pauses: true,
        slow_disks: true,
        clocks: true,
    };

    /// Their names, in order: as the command line takes them.
    pub const NAMES: [&str; 8] = [
        "loss",
        "duplication",
        "delay",
        "cuts",
        "crashes",
        "pauses",
        "slow-disks",
        "clocks",
    ];

    /// No kind.
    pub const NONE: Self = Self {
        loss: false,
        duplication: false,
        delay: false,
        cuts: false,
        crashes: false,
        pauses: false,
        slow_disks: false,
        clocks: false,
    };

    /// Allows the kind of this name; `false` if there is none.
    pub fn allow(&mut self, name: &str) -> bool {
        let place = Self::NAMES.iter().position(|one| *one == name);
        let kinds = [
            &mut self.loss,
            &mut self.duplication,
            &mut self.delay,
            &mut self.cuts,
            &mut self.crashes,
            &mut self.pauses,
            &mut self.slow_disks,
            &mut self.clocks,
        ];
        place.is_some_and(|place| {
            for (at, kind) in kinds.into_iter().enumerate() {
                *kind |= at == place;
            }
            true
        })
    }

    /// Those among them that a property is said to withstand.
    fn within(self, assumes: Assumptions) -> Self {
        let asynchronous = assumes.delay_us_max.is_none();
        Self {
            loss: self.loss && assumes.bad_network,
            duplication: self.duplication && assumes.bad_network,
            delay: self.delay && assumes.bad_network && asynchronous,
            cuts: self.cuts && assumes.bad_network,
            crashes: self.crashes && assumes.crashes,
            pauses: self.pauses && asynchronous,
            slow_disks: self.slow_disks,
            clocks: self.clocks,
        }
    }
}

impl Default for Kinds {
    fn default() -> Self {
        Self::ALL
    }
}

/// Opens a run to be tried, behind so many steps of it: what the catalogue offers.
pub type Opener<'a> = &'a dyn Fn(&Run, u64) -> Opened;

/// Tries the schedules of these numbers.
///
/// # Errors
/// The run of `spec` cannot be opened, or has no property of that name.
pub fn explore(spec: &Spec, seeds: Range<u64>, open: Opener<'_>) -> Result<Report, SimError> {
    let mut report = Report::of(&seeds);
    // A search from the present starts every schedule from one and the same state.
    let mut present = open(&spec.run, spec.from)?;
    present.forget();
    let about = present.about();
    let sought = match &spec.property {
        Some(id) => {
            let place = place_of(id, about)?;
            can_break(&about.properties[place], spec)?;
            Some(place)
        }
        None => None,
    };
    for seed in seeds {
        let mut schedule = Schedule::new(spec, seed, sought, open, present.as_ref())?;
        match spec.strategy {
            Strategy::Swarm => swarm::play(&mut schedule),
            Strategy::Priorities { depth } => priorities::play(&mut schedule, depth),
        }
        report.add(schedule);
    }
    Ok(report)
}

/// Refuses what no schedule of `spec` can find: a search that cannot fail must not end well.
fn can_break(property: &Property, spec: &Spec) -> Result<(), SimError> {
    let untimed = matches!(spec.strategy, Strategy::Priorities { .. });
    let assumes = property.assumes;
    let key = match property.kind {
        PropertyKind::Sometimes => "error.property-sometimes",
        PropertyKind::Eventually if untimed || spec.calm_us == 0 => "error.property-eventually",
        _ if untimed && !(assumes.bad_network && assumes.delay_us_max.is_none()) => {
            "error.property-timed"
        }
        _ => return Ok(()),
    };
    Err(SimError::refused(Phrase::new(key).text("id", property.id)))
}

/// One schedule under way.
struct Schedule<'a> {
    spec: &'a Spec,
    seed: u64,
    dice: Dice,
    about: &'static About,
    trial: Box<dyn Trial>,
    /// The faults that may happen in it.
    kinds: Kinds,
    /// The parameters of the world that it drew.
    network: BTreeMap<String, String>,
    /// What the property that the faults keep to says it withstands.
    assumes: Assumptions,
    /// The properties that are judged, by their places. One is broken only where nothing has happened that it does not withstand.
    judged: Vec<usize>,
    began_steps: u64,
    began_us: u64,
    /// When the faults ended, and how many steps there were then; 0 until they have.
    calm_us: u64,
    calm_steps: u64,
    /// Set once a promise is broken: which.
    broken: Option<usize>,
    states: Vec<u64>,
    /// Under priorities: how many chains there were, and among how many events.
    chains: u64,
    events: u64,
}

/// The parameter by which messages arrive twice.
pub(crate) const DUPLICATION: &str = "duplicate_permille";
/// The parameters by which chance does something to messages.
pub(crate) const CHANCES: [&str; 2] = ["loss_permille", DUPLICATION];

/// Steps between two looks at who the state is.
const SAMPLED_STEPS: u64 = 256;

impl<'a> Schedule<'a> {
    fn new(
        spec: &'a Spec,
        seed: u64,
        sought: Option<usize>,
        open: Opener<'_>,
        present: &dyn Trial,
    ) -> Result<Self, SimError> {
        let about = present.about();
        let mut dice = Dice::new(seed);
        // The properties assume different things: each schedule keeps to what one of them assumes.
        let leader = sought.unwrap_or_else(|| dice.below(about.properties.len() as u64) as usize);
        let assumes = about.properties[leader].assumes;
        let kinds = spec.faults.within(assumes);
        let mut network = swarm::network(&mut dice, kinds, assumes, &spec.run);
        let trial = if spec.from > 0 {
            // The past has its network; from now on it is another, as far as it can change while the cluster runs.
            let mut trial = present.fork();
            network.retain(|key, value| {
                let (key, value) = (key.clone(), value.clone());
                let now_us = trial.now_us();
                trial.act(&Action::Set { key, value }, now_us).is_ok()
            });
            trial
        } else {
            let mut run = Run {
                seed,
                edits: Vec::new(),
                ..spec.run.clone()
            };
            run.config.extend(network.clone());
            open(&run, 0)?
        };
        Ok(Self {
            spec,
            seed,
            dice,
            about,
            began_steps: trial.steps(),
            began_us: trial.now_us(),
            trial,
            kinds,
            network,
            assumes,
            judged: sought.map_or_else(|| (0..about.properties.len()).collect(), |one| vec![one]),
            calm_us: 0,
            calm_steps: 0,
            broken: None,
            states: Vec::new(),
            chains: 0,
            events: 0,
        })
    }

    /// Steps that are left.
    fn left(&self) -> u64 {
        let taken = self.trial.steps() - self.began_steps;
        self.spec.steps_max.saturating_sub(taken)
    }

    /// Whether it is over: a promise is broken, or no step is left.
    fn is_over(&self) -> bool {
        self.broken.is_some() || self.left() == 0
    }

    /// Looks at what a step broke. A property may break that is not judged here: then the schedule goes on.
    fn judge(&mut self, violated: bool) {
        if violated && self.broken.is_none() {
            let verdicts = self.trial.verdicts();
            let broken = |place: &usize| matches!(verdicts[*place], Verdict::Violated(_));
            self.broken = self.first_within(broken);
        }
    }

    /// The first of the judged properties that is so, and withstands what has happened.
    fn first_within(&self, is_so: impl Fn(&usize) -> bool) -> Option<usize> {
        let mut met = None;
        self.judged.iter().copied().filter(is_so).find(|place| {
            let met = met.get_or_insert_with(|| self.trial.run().met(self.trial.now_us()));
            self.about.properties[*place].assumes.covers(met)
        })
    }

    /// Timed play until `until_us`, a promise breaks or no step is left, and if `to_turn` to the next turning point.
    /// Answers with the node of the last turning point.
    fn run_to(&mut self, until_us: u64, to_turn: bool) -> Option<NodeId> {
        let mut turned = None;
        while !self.is_over() {
            let look = SAMPLED_STEPS - self.trial.steps() % SAMPLED_STEPS;
            let stretch = self.trial.run_to(until_us, self.left().min(look), to_turn);
            turned = stretch.turned.or(turned);
            self.judge(stretch.violated);
            if stretch.steps == look {
                self.states.push(self.trial.identity());
            }
            let stopped = to_turn && stretch.turned.is_some();
            if stopped || (stretch.steps < look && !stretch.violated) {
                break;
            }
        }
        turned
    }

    /// Does `action` if it can be done.
    fn act(&mut self, action: &Action, at_us: u64) -> bool {
        match self.trial.act(action, at_us) {
            Ok(stretch) => {
                self.judge(stretch.violated);
                true
            }
            Err(_) => false,
        }
    }

    /// Whether something that must come about has not since the faults ended.
    fn owes(&self) -> bool {
        let owed = owed(self.trial.as_ref(), self.calm_steps);
        self.judged.iter().any(|place| owed[*place])
    }

    /// After the faults: all that must come about has to have.
    fn demand(&mut self) {
        if self.broken.is_none() {
            let owed = owed(self.trial.as_ref(), self.calm_steps);
            self.broken = self.first_within(|place| owed[*place]);
        }
    }

    /// The most that clocks may drift, in parts per million; `None` if anything goes.
    fn drift_ppm_max(&self) -> Option<u64> {
        self.assumes.drift_ppm_max.map(u64::from)
    }

    /// Whether what must come about is asked for: always where that is what is sought, otherwise in one of four schedules, since
    /// it takes the time of several.
    fn asks_for_liveness(&mut self) -> bool {
        let eventual =
            |place: &usize| self.about.properties[*place].kind == PropertyKind::Eventually;
        let asked = self.spec.calm_us > 0 && self.judged.iter().any(eventual);
        asked && (self.judged.len() == 1 || self.dice.one_in(4))
    }
}

/// Which properties must come about and have not once since the step `since`. One that is owed now may have come about meanwhile: work
/// that has just begun is owed as well.
pub(crate) fn owed(trial: &dyn Trial, since: u64) -> Vec<bool> {
    let properties = trial.about().properties.iter();
    let stands = trial.verdicts().into_iter().zip(trial.since());
    properties
        .zip(stands)
        .map(|(property, (verdict, changed))| {
            property.kind == PropertyKind::Eventually
                && *verdict == Verdict::Open
                && changed.is_none_or(|changed| changed <= since)
        })
        .collect()
}

/// The place of the property of this id.
pub(crate) fn place_of(id: &str, about: &About) -> Result<usize, SimError> {
    let place = about.properties.iter().position(|one| one.id == id);
    place.ok_or_else(|| {
        let known: Vec<&str> = about.properties.iter().map(|one| one.id).collect();
        SimError::refused(
            Phrase::new("error.no-property")
                .text("id", id.to_owned())
                .text("known", known.join(", ")),
        )
    })
}
