//! A question to the present: what can be asked, what is asked of the workers, and what is known so far.
//!
//! First one worker looks at every schedule up to the bound; then all draw longer ones. The way that is found becomes an ordinary branch.

mod form;

use crate::find::End;
use crate::find::{JOB_SCHEDULES_MAX, JOB_US_REAL, WORKERS_MAX};
use crate::work::{Answer as Done, Job, Told};
use crate::{Command, CrewCommand, FindMsg, FromHereMsg, HereKind, HereLimit, Menu, Model};
use protocol::{Arg, NodeId, Phrase};
use search::exhaustive::{Ended, Progress};
use search::from_here::{Answer, Budget, Drawn, Looked, Question, take};
use std::collections::BTreeMap;
use std::ops::Range;

/// The form, and the search that was made of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FromHereState {
    pub(crate) kind: HereKind,
    pub(crate) node: Option<NodeId>,
    pub(crate) ends: bool,
    pub(crate) role: Option<String>,
    pub(crate) entry: Option<u64>,
    pub(crate) committed: bool,
    pub(crate) answer: Option<String>,
    pub(crate) property: Option<String>,
    pub(crate) text: String,
    pub(crate) budget: Budget,
    pub(crate) inquiry: Option<Inquiry>,
    /// What is wrong, one after the other.
    pub(crate) note: Vec<Phrase>,
}

impl FromHereState {
    /// Whether workers are at it.
    pub(crate) fn is_on(&self) -> bool {
        self.inquiry.as_ref().is_some_and(|one| one.end.is_none())
    }
}

/// The search for an answer.
#[derive(Clone, Debug)]
pub(crate) struct Inquiry {
    pub(crate) question: Question,
    /// The question, in a sentence.
    pub(crate) said: Phrase,
    /// The branch whose present it is.
    branch: u32,
    /// What each worker is at, since when, in real microseconds.
    given: BTreeMap<u32, u64>,
    /// Who waits until it is clear whether there is more to do.
    idle: Vec<u32>,
    pub(crate) progress: Progress,
    pub(crate) looked: Option<Looked>,
    pub(crate) drawn: Drawn,
    /// The first schedule that nobody was given to draw, and how many a job has.
    next: u64,
    size: u64,
    began_us: Option<u64>,
    ended_us: Option<u64>,
    pub(crate) end: Option<End>,
}

impl Inquiry {
    fn new(question: Question, said: Phrase, branch: u32) -> Self {
        Self {
            question,
            said,
            branch,
            given: BTreeMap::new(),
            idle: Vec::new(),
            progress: Progress::default(),
            looked: None,
            drawn: Drawn::default(),
            next: 0,
            size: 16,
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

    /// What is known: of a search that was stopped, what it had told of itself.
    pub(crate) fn known(&self) -> Looked {
        self.looked.clone().unwrap_or(Looked {
            ended: Ended::Cancelled,
            steps: self.progress.depth,
            states: self.progress.distinct,
            taken: self.progress.generated,
            way: None,
        })
    }

    pub(crate) fn answer(&self) -> Answer {
        self.known().answer(&self.drawn)
    }

    /// The way that was found.
    pub(crate) fn way(&self) -> Option<&search::from_here::Way> {
        let looked = self.looked.as_ref().and_then(|looked| looked.way.as_ref());
        looked.or(self.drawn.way.as_ref())
    }

    /// The next job, if there is one; `None` also while it is not clear.
    fn job(&mut self) -> Option<Job> {
        let Some(looked) = &self.looked else {
            let first = self.given.is_empty();
            return first.then(|| Job::Look(self.question.clone()));
        };
        let most = self.question.budget.schedules;
        if looked.is_settled() || self.drawn.way.is_some() || self.next >= most {
            return None;
        }
        let seeds: Range<u64> = self.next..(self.next + self.size).min(most);
        self.next = seeds.end;
        Some(Job::Draw {
            question: self.question.clone(),
            seeds,
        })
    }
}

impl Model {
    #[inline(never)]
    pub(crate) fn handle_from_here(&mut self, msg: FromHereMsg) {
        let state = &mut self.from_here;
        match msg {
            FromHereMsg::Kind(kind) => state.kind = kind,
            FromHereMsg::Node(node) => state.node = Some(node),
            FromHereMsg::Ends(ends) => state.ends = ends,
            FromHereMsg::Role(role) => state.role = Some(role),
            FromHereMsg::Entry(index) => state.entry = Some(index),
            FromHereMsg::Committed(committed) => state.committed = committed,
            FromHereMsg::Answer(answer) => state.answer = answer,
            FromHereMsg::Property(id) => state.property = Some(id),
            FromHereMsg::Predicate(text) => state.text = text,
            FromHereMsg::Limit(limit, value) => state.limit(limit, value),
            FromHereMsg::Start => self.start_asking(),
            FromHereMsg::Cancel => self.stop_asking(),
            FromHereMsg::Watch => self.watch_way(),
        }
        self.touch();
    }

    fn start_asking(&mut self) {
        self.from_here.note.clear();
        let asked = self.here_question();
        let (question, said) = match asked {
            Ok(asked) => asked,
            Err(note) => {
                self.from_here.note = note;
                return;
            }
        };
        // The crew does one thing at a time.
        self.end_hunt(End::Cancelled);
        let branch = self.session.playable.branch();
        self.from_here.inquiry = Some(Inquiry::new(question, said, branch));
        self.out
            .push(Command::Crew(CrewCommand::Hire { most: WORKERS_MAX }));
    }

    /// Ends the search for an answer; what is known stays.
    pub(crate) fn stop_asking(&mut self) {
        self.end_asking(End::Cancelled);
    }

    fn end_asking(&mut self, end: End) {
        let now_us = self.real_us;
        let inquiry = self.from_here.inquiry.as_mut();
        if let Some(inquiry) = inquiry.filter(|one| one.end.is_none()) {
            (inquiry.end, inquiry.ended_us) = (Some(end), Some(now_us));
            inquiry.given.clear();
            inquiry.idle.clear();
            self.out.push(Command::Crew(CrewCommand::Dismiss));
        }
    }

    /// What a worker says while there is a question.
    pub(crate) fn hear_of_here(&mut self, msg: FindMsg) {
        let Some(inquiry) = self.from_here.inquiry.as_mut() else {
            return;
        };
        match msg {
            FindMsg::Ready(worker) => {
                inquiry.began_us.get_or_insert(self.real_us);
                inquiry.idle.push(worker);
                self.employ_here();
            }
            FindMsg::Told { text, .. } => {
                if let Ok(Told::Looking(progress)) = serde_json::from_str(&text) {
                    inquiry.progress = progress;
                }
            }
            FindMsg::Answer { worker, text } => {
                if let Some(since_us) = inquiry.given.remove(&worker) {
                    inquiry.idle.push(worker);
                    self.answered_here(&text, self.real_us - since_us);
                }
            }
            FindMsg::Failed { why, .. } => self.fail_asking(why),
            _ => {}
        }
    }

    fn fail_asking(&mut self, why: String) {
        self.from_here.note = vec![Phrase::new("ui.find.failed").text("why", why)];
        self.end_asking(End::Failed);
    }

    fn answered_here(&mut self, text: &str, took_us: u64) {
        let Some(inquiry) = self.from_here.inquiry.as_mut() else {
            return;
        };
        match serde_json::from_str(text) {
            Ok(Done::Looked(looked)) => inquiry.looked = Some(looked),
            Ok(Done::Drawn(drawn)) => {
                inquiry.drawn.merge(drawn);
                if took_us < JOB_US_REAL / 2 {
                    inquiry.size = (inquiry.size * 2).min(JOB_SCHEDULES_MAX);
                } else if took_us > JOB_US_REAL * 2 {
                    inquiry.size = (inquiry.size / 2).max(1);
                }
            }
            Ok(Done::Refused(reason)) => {
                self.from_here.note = vec![reason];
                self.end_asking(End::Failed);
                return;
            }
            Ok(Done::Tried(_) | Done::Shrunk { .. }) => return,
            Err(error) => return self.fail_asking(error.to_string()),
        }
        self.employ_here();
    }

    /// Gives those who wait their next jobs; where there are none and nobody is at anything, it is over.
    fn employ_here(&mut self) {
        let now_us = self.real_us;
        let Some(inquiry) = self.from_here.inquiry.as_mut() else {
            return;
        };
        while let Some(worker) = inquiry.idle.last().copied() {
            let Some(job) = inquiry.job() else { break };
            inquiry.idle.pop();
            inquiry.given.insert(worker, now_us);
            let job = serde_json::to_string(&job).unwrap_or_default();
            self.out
                .push(Command::Crew(CrewCommand::Give { worker, job }));
        }
        if inquiry.given.is_empty() && inquiry.looked.is_some() {
            self.end_asking(End::Found);
            self.say_answer();
        }
    }

    /// Who does not have the dialog open hears of it as well.
    fn say_answer(&mut self) {
        let Some(inquiry) = &self.from_here.inquiry else {
            return;
        };
        let headline = self.here_headline(inquiry);
        if self.look.menu == Some(Menu::FromHere) {
            self.announce(headline);
        } else {
            let phrase = Phrase::new("ui.from-here.answered")
                .with("question", Arg::Phrase(Box::new(inquiry.said.clone())))
                .text("answer", headline);
            self.say_done(phrase, false);
        }
    }

    /// Goes back to where it was asked, puts the way behind it and plays it.
    fn watch_way(&mut self) {
        let Some(inquiry) = &self.from_here.inquiry else {
            return;
        };
        let Some(way) = inquiry.way().cloned() else {
            return;
        };
        let (question, branch) = (inquiry.question.clone(), inquiry.branch);
        let did = Phrase::new("ui.did.from-here")
            .with("question", Arg::Phrase(Box::new(inquiry.said.clone())));
        if !self.return_to(&question, branch) {
            self.start(&question.run, did.clone());
            while self.session.playable.step() < question.from
                && self.session.playable.advance().is_some()
            {}
        }
        let playable = self.session.playable.as_mut();
        let taken = take(playable, &way);
        // The step was there a moment ago.
        let back = playable.seek(question.from);
        if let Err(error) = taken.and(back) {
            self.refuse(crate::acts::refusal(&error));
            return;
        }
        let new = self.session.playable.branch();
        self.session.deeds.insert(new, did.clone());
        self.session.home = false;
        self.redo = None;
        self.look.menu = None;
        self.session.read_marks();
        self.stepped();
        self.say_done(did, false);
        self.head.playing = true;
    }

    /// Puts the cursor where the question was asked; `false` if the run is no longer the one that is shown.
    fn return_to(&mut self, question: &Question, branch: u32) -> bool {
        let playable = self.session.playable.as_mut();
        let is_here = {
            let (now, then) = (playable.run(), &question.run);
            (&now.protocol, &now.variant, &now.config, now.seed)
                == (&then.protocol, &then.variant, &then.config, then.seed)
        };
        let before = (playable.branch(), playable.step());
        if !is_here || playable.switch(branch, Some(question.from)).is_err() {
            return false;
        }
        let edits = playable.run().edits;
        let is_same = edits.starts_with(&question.run.edits);
        if !is_same {
            // Where it was is still there.
            let _ = playable.switch(before.0, Some(before.1));
        }
        is_same
    }
}

impl FromHereState {
    fn limit(&mut self, limit: HereLimit, value: u64) {
        let budget = &mut self.budget;
        let count = value as u32;
        match limit {
            HereLimit::Steps => budget.steps = count,
            HereLimit::States => budget.states = value,
            HereLimit::Crashes => budget.faults.crashes = count,
            HereLimit::Drops => budget.faults.drops = count,
            HereLimit::Duplicates => budget.faults.duplicates = count,
            HereLimit::Repairs => budget.repairs = count,
        }
    }

    /// What bounds it there now.
    pub(crate) const fn limited(&self, limit: HereLimit) -> u64 {
        let budget = &self.budget;
        match limit {
            HereLimit::Steps => budget.steps as u64,
            HereLimit::States => budget.states,
            HereLimit::Crashes => budget.faults.crashes as u64,
            HereLimit::Drops => budget.faults.drops as u64,
            HereLimit::Duplicates => budget.faults.duplicates as u64,
            HereLimit::Repairs => budget.repairs as u64,
        }
    }
}
