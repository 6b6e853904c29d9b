//! The search for a run that breaks a promise: what is asked of the workers, what they have answered, and what was found.
//!
//! Schedules are numbered: every worker gets the next ones, and nothing depends on which worker that is.

use crate::work::{Answer, Job, Told};
use crate::{Command, CrewCommand, Deed, FindMsg, FoundForm, Menu, Model, Until};
use protocol::{Phrase, PropertyKind, Verdict};
use scenario::Broken;
use search::found::{as_test, link_to};
use search::random::{Finding, Report, Spec, Strategy};
use search::shrink::Shrunk;
use sim::Run;
use std::collections::BTreeMap;
use trace::Language;

/// The most workers that one search has.
pub(crate) const WORKERS_MAX: u32 = 16;
/// A search without a find ends after so many schedules.
pub(crate) const SCHEDULES_MAX: u64 = 100_000;
/// A worker is given as many schedules as take it about this long, in microseconds of real time.
pub(crate) const JOB_US_REAL: u64 = 150_000;
/// The most schedules of one job.
pub(crate) const JOB_SCHEDULES_MAX: u64 = 512;
/// The depths that priorities can have.
pub(crate) const DEPTHS: [u32; 3] = [2, 3, 4];
/// How long before what breaks the promise a run that was found is shown from, in microseconds of virtual time.
const RUN_UP_US: u64 = 150_000;

/// The form, and the search that was made of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FindState {
    pub(crate) property: Option<String>,
    pub(crate) depth: Option<u32>,
    pub(crate) from_here: bool,
    pub(crate) hunt: Option<Hunt>,
    pub(crate) note: Option<Phrase>,
    /// What was copied is on the clipboard.
    pub(crate) copied: bool,
}

impl FindState {
    /// Whether workers are at it.
    pub(crate) fn is_on(&self) -> bool {
        self.hunt.as_ref().is_some_and(|hunt| hunt.end.is_none())
    }
}

/// How a search ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Found,
    Cancelled,
    Exhausted,
    Failed,
}

/// A search.
#[derive(Clone, Debug)]
pub(crate) struct Hunt {
    pub(crate) spec: Spec,
    /// The first schedule that nobody was given.
    next: u64,
    /// How many a job has.
    size: u64,
    /// What each worker is at, and since when, in real microseconds.
    given: BTreeMap<u32, (Job, u64)>,
    /// What waits for a worker.
    waits: Vec<Job>,
    pub(crate) report: Report,
    pub(crate) found: Vec<Found>,
    /// When the first worker was ready.
    began_us: Option<u64>,
    ended_us: Option<u64>,
    pub(crate) end: Option<End>,
}

/// A run that breaks a promise.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) finding: Finding,
    pub(crate) shrunk: Option<Shrunk>,
    /// How far it is from being small, while somebody is at it.
    pub(crate) sofar: Option<Shrunk>,
}

impl Found {
    const fn new(finding: Finding) -> Self {
        Self {
            finding,
            shrunk: None,
            sofar: None,
        }
    }

    /// Shrinking has come so far.
    fn shrinks(&mut self, tries: u64, best: Option<Finding>) {
        let was = self.finding.run.edits.len() as u64;
        let sofar = self.sofar.get_or_insert_with(|| Shrunk {
            finding: self.finding.clone(),
            was,
            tries,
            minimal: false,
        });
        sofar.tries = tries;
        if let Some(best) = best
            && best.run.edits.len() <= sofar.finding.run.edits.len()
        {
            sofar.finding = best;
        }
    }
}

impl Hunt {
    fn new(spec: Spec) -> Self {
        Self {
            spec,
            next: 0,
            size: 4,
            given: BTreeMap::new(),
            waits: Vec::new(),
            report: Report::default(),
            found: Vec::new(),
            began_us: None,
            ended_us: None,
            end: None,
        }
    }

    /// Real time that it has taken, in microseconds.
    pub(crate) fn took_us(&self, now_us: u64) -> u64 {
        let until_us = self.ended_us.unwrap_or(now_us);
        until_us - self.began_us.unwrap_or(until_us)
    }

    /// How many workers are at it.
    pub(crate) fn workers(&self) -> usize {
        self.given.len()
    }

    /// Whether something that was found is still being made small.
    fn is_shrinking(&self) -> bool {
        let shrinks = |job: &Job| matches!(job, Job::Shrink { .. });
        self.waits.iter().any(shrinks) || self.given.values().any(|(job, _)| shrinks(job))
    }

    /// The next job, if there is one.
    fn job(&mut self) -> Option<Job> {
        if let Some(job) = self.waits.pop() {
            return Some(job);
        }
        if self.is_settled() || self.next >= SCHEDULES_MAX {
            return None;
        }
        let seeds = self.next..(self.next + self.size).min(SCHEDULES_MAX);
        self.next = seeds.end;
        Some(Job::Try {
            spec: self.spec.clone(),
            seeds,
        })
    }

    /// Whether what was sought is found: one run for the promise that was named, or one at all.
    fn is_settled(&self) -> bool {
        !self.found.is_empty()
    }

    /// Takes over what a worker tried, and gives orders for what it found.
    fn tried(&mut self, report: Report, took_us: u64) {
        let known = |hunt: &Self, property: &str| {
            let mut found = hunt.found.iter();
            found.any(|found| found.finding.property == property)
        };
        for finding in report.found() {
            if !known(self, &finding.property) {
                self.waits.push(Job::Shrink {
                    place: self.found.len() as u32,
                    finding: finding.clone(),
                });
                self.found.push(Found::new(finding.clone()));
            }
        }
        self.report.merge(report);
        if took_us < JOB_US_REAL / 2 {
            self.size = (self.size * 2).min(JOB_SCHEDULES_MAX);
        } else if took_us > JOB_US_REAL * 2 {
            self.size = (self.size / 2).max(1);
        }
    }
}

impl Model {
    #[inline(never)]
    pub(crate) fn handle_find(&mut self, msg: FindMsg) {
        self.find.copied = false;
        match msg {
            FindMsg::Property(id) => self.find.property = id,
            FindMsg::Depth(depth) => self.find.depth = depth,
            FindMsg::FromHere(from_here) => self.find.from_here = from_here,
            FindMsg::Start => self.start_hunt(),
            FindMsg::Shrink => self.shrink_this(),
            FindMsg::Cancel => self.end_hunt(End::Cancelled),
            FindMsg::Open { place, as_found } => self.open_found(place, as_found),
            FindMsg::Copy { place, form } => self.copy_found(place, form),
            FindMsg::Ready(_)
            | FindMsg::Answer { .. }
            | FindMsg::Told { .. }
            | FindMsg::Failed { .. }
                if self.from_here.is_on() =>
            {
                self.hear_of_here(msg);
            }
            FindMsg::Ready(worker) => self.employ(worker),
            FindMsg::Answer { worker, text } => self.answered(worker, &text),
            FindMsg::Told { worker, text } => self.told_of_find(worker, &text),
            FindMsg::Failed { why, .. } => {
                self.find.note = Some(Phrase::new("ui.find.failed").text("why", why));
                self.end_hunt(End::Failed);
            }
        }
        self.touch();
    }

    /// The properties that can be sought: those that can break.
    pub(crate) fn sought(&self) -> impl Iterator<Item = &'static protocol::Property> {
        let all = self.session.about().properties.iter();
        all.filter(|property| property.kind != PropertyKind::Sometimes)
    }

    fn start_hunt(&mut self) {
        let playable = self.session.playable.as_ref();
        let (run, from) = if self.find.from_here {
            (playable.run(), playable.step())
        } else {
            (self.session.new_run(), 0)
        };
        let strategy = match self.find.depth {
            Some(depth) => Strategy::Priorities { depth },
            None => Strategy::Swarm,
        };
        let property = self.find.property.clone();
        let property = property.filter(|id| self.sought().any(|one| one.id == *id));
        let spec = Spec {
            from,
            property,
            ..Spec::new(run, strategy)
        };
        self.find.note = None;
        self.hire(Hunt::new(spec));
    }

    fn hire(&mut self, hunt: Hunt) {
        // The crew does one thing at a time.
        self.stop_asking();
        self.find.hunt = Some(hunt);
        self.out
            .push(Command::Crew(CrewCommand::Hire { most: WORKERS_MAX }));
    }

    /// Makes the run that is shown as small as it can be, up to what it has broken.
    fn shrink_this(&mut self) {
        let playable = self.session.playable.as_ref();
        let status = playable.properties().into_iter();
        let mut broken = status.filter(|status| matches!(status.verdict, Verdict::Violated(_)));
        let Some((status, step)) = broken.find_map(|status| {
            let step = status.since?;
            Some((status, step))
        }) else {
            self.refuse(Phrase::new("ui.refused.nothing-broken"));
            return;
        };
        let at_us = playable.time_of(step);
        let mut run = playable.run();
        run.edits.retain(|edit| edit.at_us <= at_us);
        let how = match status.verdict {
            Verdict::Violated(how) => Some(how),
            Verdict::Open | Verdict::Met => None,
        };
        let finding = Finding {
            seed: run.seed,
            property: status.property.to_string(),
            how,
            run: run.clone(),
            step,
            at_us,
            calm_us: 0,
        };
        let mut hunt = Hunt::new(Spec::new(run, Strategy::Swarm));
        hunt.waits.push(Job::Shrink {
            place: 0,
            finding: finding.clone(),
        });
        hunt.found.push(Found::new(finding));
        self.find.note = None;
        self.hire(hunt);
        self.open_menu(Menu::Find);
    }

    /// Whether less may do than what somebody did in the run that is shown.
    pub(crate) fn can_shrink(&self) -> bool {
        let run = self.session.playable.run();
        let found = self.find.hunt.iter().flat_map(|hunt| &hunt.found);
        let mut shrunk = found.filter_map(|found| found.shrunk.as_ref());
        !run.edits.is_empty() && !shrunk.any(|shrunk| shrunk.minimal && shrunk.finding.run == run)
    }

    /// Gives a worker its next job.
    fn employ(&mut self, worker: u32) {
        let now_us = self.real_us;
        let Some(hunt) = self.find.hunt.as_mut().filter(|hunt| hunt.end.is_none()) else {
            return;
        };
        hunt.began_us.get_or_insert(now_us);
        let Some(job) = hunt.job() else {
            self.end_if_done();
            return;
        };
        let text = serde_json::to_string(&job).unwrap_or_default();
        hunt.given.insert(worker, (job, now_us));
        self.out
            .push(Command::Crew(CrewCommand::Give { worker, job: text }));
    }

    /// A worker says how far it is.
    fn told_of_find(&mut self, worker: u32, text: &str) {
        let hunt = self.find.hunt.as_mut().filter(|hunt| hunt.end.is_none());
        let Some(hunt) = hunt.filter(|hunt| hunt.given.contains_key(&worker)) else {
            return;
        };
        if let Ok(Told::Shrinking { place, tries, best }) = serde_json::from_str(text)
            && let Some(found) = hunt.found.get_mut(place as usize)
        {
            found.shrinks(tries, best.map(|best| *best));
        }
    }

    /// A worker has done its job.
    fn answered(&mut self, worker: u32, text: &str) {
        let now_us = self.real_us;
        let Some(hunt) = self.find.hunt.as_mut().filter(|hunt| hunt.end.is_none()) else {
            return;
        };
        let Some((_, since_us)) = hunt.given.remove(&worker) else {
            return;
        };
        match serde_json::from_str(text) {
            Ok(Answer::Tried(report)) => {
                let before = hunt.found.len();
                hunt.tried(report, now_us - since_us);
                if hunt.found.len() > before {
                    self.say_found();
                }
            }
            Ok(Answer::Shrunk { place, shrunk }) => {
                if let Some(found) = hunt.found.get_mut(place as usize) {
                    found.shrunk = Some(shrunk);
                }
            }
            // Nobody was asked for that here.
            Ok(Answer::Looked(_) | Answer::Drawn(_)) => return,
            Ok(Answer::Refused(reason)) => {
                self.find.note = Some(reason);
                self.end_hunt(End::Failed);
                return;
            }
            Err(error) => {
                let reason = Phrase::new("ui.find.failed").text("why", error.to_string());
                self.find.note = Some(reason);
                self.end_hunt(End::Failed);
                return;
            }
        }
        self.employ(worker);
    }

    /// Who does not have the dialog open hears of it as well.
    fn say_found(&mut self) {
        let found = self.find.hunt.as_ref().and_then(|hunt| hunt.found.last());
        let Some(found) = found else { return };
        let name = self.word(&format!("property.{}", found.finding.property));
        let phrase = Phrase::new("ui.find.found").text("property", name);
        if self.look.menu == Some(Menu::Find) {
            let text = self.say(&phrase);
            self.announce(text);
        } else {
            self.say_done(phrase, false);
        }
    }

    /// Ends the search once nobody is at anything.
    fn end_if_done(&mut self) {
        let Some(hunt) = &self.find.hunt else { return };
        if hunt.given.is_empty() && !hunt.is_shrinking() {
            let end = if hunt.is_settled() {
                End::Found
            } else {
                End::Exhausted
            };
            self.end_hunt(end);
        }
    }

    pub(crate) fn end_hunt(&mut self, end: End) {
        let now_us = self.real_us;
        if let Some(hunt) = self.find.hunt.as_mut().filter(|hunt| hunt.end.is_none()) {
            (hunt.end, hunt.ended_us) = (Some(end), Some(now_us));
            hunt.given.clear();
            hunt.waits.clear();
            // What shrinking has come to is kept, small enough or not.
            for found in &mut hunt.found {
                let sofar = found.sofar.take();
                found.shrunk = found.shrunk.take().or(sofar);
            }
            self.out.push(Command::Crew(CrewCommand::Dismiss));
        }
    }

    /// What was found of another protocol says nothing here.
    pub(crate) fn forget_hunt(&mut self) {
        self.end_hunt(End::Cancelled);
        self.stop_asking();
        self.find = FindState::default();
        self.from_here = crate::from_here::FromHereState::default();
    }

    /// What was found, small where it is.
    fn small(&self, place: u32) -> Option<&Finding> {
        let found = self.find.hunt.as_ref()?.found.get(place as usize)?;
        let small = found.shrunk.as_ref();
        Some(small.map_or(&found.finding, |small| &small.finding))
    }

    /// Puts what was found on the clipboard, as a text that others keep.
    fn copy_found(&mut self, place: u32, form: FoundForm) {
        let Some(Finding {
            run,
            property,
            step,
            ..
        }) = self.small(place).cloned()
        else {
            return;
        };
        let text = catalog::open(&run).and_then(|mut world| match form {
            FoundForm::Scenario => {
                let about = world.about();
                let [english, chinese] = Language::ALL.map(|one| crate::words::of(one, about));
                let property = &property;
                let broken = Broken { property, step };
                scenario::write(world.as_mut(), broken, [&english, &chinese])
            }
            FoundForm::Test => Ok(as_test(&property, &link_to(world.as_mut(), step))),
        });
        match text {
            Ok(text) => {
                self.find.note = None;
                self.out.push(Command::Copy(text));
            }
            Err(error) => self.find.note = Some(error.phrase()),
        }
    }

    /// What came of copying it.
    pub(crate) fn found_copied(&mut self, deed: Deed) {
        match deed {
            Deed::Copied => {
                self.find.copied = true;
                let text = self.word("ui.find.copied");
                self.announce(text);
            }
            Deed::CopyRefused => self.find.note = Some(Phrase::new("ui.find.copy-refused")),
        }
        self.touch();
    }

    /// Opens what was found shortly before it begins to go wrong, and plays it.
    fn open_found(&mut self, place: u32, as_found: bool) {
        let found = self.find.hunt.as_ref();
        let Some(found) = found.and_then(|hunt| hunt.found.get(place as usize)) else {
            return;
        };
        let small = found.shrunk.as_ref().filter(|_| !as_found);
        let finding = small
            .map_or(&found.finding, |shrunk| &shrunk.finding)
            .clone();
        let name = self.word(&format!("property.{}", finding.property));
        let did = Phrase::new("ui.did.found").text("property", name);
        let run: Run = finding.run;
        self.start(&run, did);
        let first_us = run.edits.first().map_or(finding.at_us, |edit| edit.at_us);
        let from_us = first_us.min(finding.at_us).saturating_sub(RUN_UP_US);
        if from_us > 0 {
            self.run_until(Until::Time(from_us));
            self.head.playing = self.goal.is_none();
        }
    }
}
