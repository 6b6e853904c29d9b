//! A second run beside the one that is shown, always at the same virtual time: the same seed, workload and faults under another
//! parameter, variant or protocol, or another branch of the same tree. Chance is keyed, so that both runs meet the same arrivals.
//! The reader acts on the first; here is how the second follows.

mod apart;
mod form;
mod mirror;

pub(crate) use apart::Apart;
pub(crate) use form::{BRANCH, PROTOCOL, VARIANT};
pub(crate) use mirror::{Passed, fitting};

use crate::Model;
use crate::session::Session;
use crate::share::why;
use catalog::Entry;
use protocol::{Hue, NodeId, Phrase, Verdict};
use sim::{Difference, Playable, Run, SimError};
use std::rc::Rc;
use trace::{Frame, Language, NodeFrame, Words};

/// How many events the second run takes at once: a few milliseconds.
const PORTION_EVENTS: u64 = 4_000;

/// The second run.
pub(crate) struct Beside {
    pub(crate) difference: Difference,
    pub(crate) playable: Box<dyn Playable>,
    pub(crate) frame: Rc<Frame>,
    /// The words of its protocol, where that is another.
    own_words: Option<Box<Words>>,
    /// Whether a node of the first run has the same number here; otherwise its label tells which it is.
    alike: bool,
    /// Whether it is still on its way to where the first run stands.
    pub(crate) waits: bool,
    /// The branch of the first run that it followed last.
    followed: u32,
    /// What of the first run is not done here.
    pub(crate) passed: Passed,
    /// In what the two are seen to differ.
    pub(crate) apart: Apart,
    /// The node that is selected although the first run has none that corresponds to it.
    pub(crate) node: Option<NodeId>,
}

/// What following the first run came to.
#[derive(Clone, Copy, Default)]
struct Followed {
    changed: bool,
    /// When a promise was broken here, if one just was.
    broke_us: Option<u64>,
}

impl Beside {
    /// Opens what differs so from `first`, at its beginning.
    pub(crate) fn open(
        entries: &'static [Entry],
        first: &dyn Playable,
        difference: Difference,
        language: Language,
    ) -> Result<Self, SimError> {
        let (playable, passed) = match difference.branch {
            Some(branch) if branch == first.branch() => return Err(SimError::NoBranch(branch)),
            Some(branch) => (first.alone(branch)?, Passed::default()),
            None => mirror::open(entries, first, &difference, Vec::new())?,
        };
        let about = playable.about();
        let own_words =
            (about.id != first.about().id).then(|| Box::new(crate::words::of(language, about)));
        let mut beside = Self {
            alike: first.labels().starts_with(playable.labels()),
            frame: Rc::new(playable.frame()),
            playable,
            own_words,
            difference,
            waits: true,
            followed: first.branch(),
            passed,
            apart: Apart::default(),
            node: None,
        };
        if beside.difference.branch.is_none() {
            let edits = beside.mirrored(first);
            if !edits.is_empty() {
                (beside.playable, _) = mirror::open(entries, first, &beside.difference, edits)?;
            }
        }
        Ok(beside)
    }

    /// The words in which it is told.
    pub(crate) fn words<'a>(&'a self, first: &'a Words) -> &'a Words {
        self.own_words.as_deref().unwrap_or(first)
    }

    /// What hue answers here.
    pub(crate) fn hue(&self) -> Hue {
        self.playable.about().hue
    }

    /// A sentence of this run.
    pub(crate) fn say(&self, first: &Words, phrase: &Phrase) -> String {
        self.words(first).say(phrase, self.playable.labels())
    }

    /// The page speaks another language now.
    pub(crate) fn speak(&mut self, language: Language) {
        if self.own_words.is_some() {
            let words = crate::words::of(language, self.playable.about());
            self.own_words = Some(Box::new(words));
        }
    }

    /// The node here that is `node` in the first run.
    pub(crate) fn node(&self, labels: &[String], node: NodeId) -> Option<NodeId> {
        if self.alike {
            return Some(node);
        }
        let label = labels.get(node.index())?;
        place_of(label, self.playable.labels())
    }

    /// The node of the first run that is `node` here.
    pub(crate) fn in_first(&self, labels: &[String], node: NodeId) -> Option<NodeId> {
        if self.alike {
            return Some(node);
        }
        let label = self.playable.labels().get(node.index())?;
        place_of(label, labels)
    }

    /// The node here that the reader looks at, where `first` is the one of the first run.
    pub(crate) fn looked_at(&self, labels: &[String], first: Option<NodeId>) -> Option<&NodeFrame> {
        let node = first.map_or(self.node, |node| self.node(labels, node))?;
        self.frame.nodes.iter().find(|frame| frame.id == node)
    }

    /// What is broken here: how, and when it was.
    pub(crate) fn broken(&self) -> Vec<(Phrase, u64)> {
        let broken = |status: trace::PropertyStatus| match status.verdict {
            Verdict::Violated(how) => {
                let since = status.since.unwrap_or_default();
                Some((how, self.playable.time_of(since)))
            }
            Verdict::Open | Verdict::Met => None,
        };
        let all = self.playable.properties().into_iter();
        all.filter_map(broken).collect()
    }

    /// Goes where the first run stands, a portion at a time: to the branch with the same acts, and to the same virtual time.
    fn follow(&mut self, first: &mut dyn Playable, frame: &Frame, at_us: u64) -> Followed {
        let moved = match self.difference.branch {
            Some(branch) => self.stay_beside(branch, first),
            None => self.take_branch(first),
        };
        if moved || self.followed != first.branch() {
            self.apart = Apart::default();
        }
        self.followed = first.branch();
        let before = (self.playable.step(), self.waits);
        let broke_us = self.go(if first.step() == 0 { None } else { Some(at_us) });
        let mut changed = moved || before != (self.playable.step(), self.waits);
        if changed {
            self.frame = Rc::new(self.playable.frame());
        }
        changed |= self.compare(first, frame);
        Followed { changed, broke_us }
    }

    /// Another branch stands beside the first; where the reader has gone into that very branch, the one that was left.
    fn stay_beside(&mut self, branch: u32, first: &dyn Playable) -> bool {
        if branch != first.branch() || self.followed == branch {
            return false;
        }
        let Ok(playable) = first.alone(self.followed) else {
            return false;
        };
        self.alike = first.labels().starts_with(playable.labels());
        self.difference.branch = Some(self.followed);
        self.playable = playable;
        true
    }

    /// Makes the branch with the mirrored acts the current one.
    fn take_branch(&mut self, first: &dyn Playable) -> bool {
        let edits = self.mirrored(first);
        let playable = &mut self.playable;
        if playable.run().edits == edits {
            return false;
        }
        let (here, others) = (u64::from(playable.branch()), playable.other_edits());
        let place = match others.iter().position(|other| *other == edits) {
            // The others are told without the current one.
            Some(place) => place as u64 + u64::from(place as u64 >= here),
            None => {
                playable.grow(vec![edits], 0);
                others.len() as u64 + 1
            }
        };
        let step = playable.step();
        playable.switch(place as u32, None).is_ok()
            && playable.seek(step.min(playable.len())).is_ok()
    }

    /// To the last event at or before `at_us`; `None` is before the first. Says when a promise was broken on the way.
    fn go(&mut self, at_us: Option<u64>) -> Option<u64> {
        self.waits = false;
        let playable = &mut self.playable;
        let recorded = at_us.map_or(0, |at_us| playable.step_at(at_us));
        let here = playable.step();
        if recorded < here || recorded > here + PORTION_EVENTS {
            // A step that is recorded can be gone to.
            let _ = playable.seek(recorded);
        }
        let due =
            |playable: &dyn Playable| playable.next_us().is_some_and(|due| Some(due) <= at_us);
        let mut broke_us = None;
        for _ in 0..PORTION_EVENTS {
            if !due(playable.as_ref()) {
                return broke_us;
            }
            match playable.advance() {
                None => return broke_us,
                Some(stepped) if stepped.violated => {
                    broke_us = broke_us.or(Some(playable.now_us()));
                }
                Some(_) => {}
            }
        }
        self.waits = due(playable.as_ref());
        broke_us
    }

    /// Whether nothing of the difference is left beside `first`, by its parameters now.
    fn is_same(&self, first: &dyn Playable) -> bool {
        let same =
            |(key, _): (&String, &String)| first.parameter(key) == self.playable.parameter(key);
        let run = first.run();
        let Difference {
            branch,
            protocol,
            variant,
            config,
        } = &self.difference;
        branch.is_none()
            && protocol.is_none()
            && config.iter().all(same)
            && variant
                .as_ref()
                .is_none_or(|variant| *variant == run.variant)
    }
}

/// The node of this label.
fn place_of(label: &String, labels: &[String]) -> Option<NodeId> {
    let place = labels.iter().position(|other| other == label);
    place.map(|place| NodeId(place as u16))
}

impl Session {
    /// Puts a run that differs so beside this one.
    fn compare(
        &mut self,
        entries: &'static [Entry],
        difference: Difference,
        language: Language,
    ) -> Result<(), SimError> {
        let beside = Beside::open(entries, self.playable.as_ref(), difference, language)?;
        self.beside = Some(beside);
        Ok(())
    }
}

impl Model {
    /// Whether a second run stands beside the first.
    pub const fn has_beside(&self) -> bool {
        self.session.beside.is_some()
    }

    /// Whether it is another branch of the same tree: a link must carry that.
    pub(crate) fn compares_branches(&self) -> bool {
        let beside = self.session.beside.as_ref();
        beside.is_some_and(|beside| beside.difference.branch.is_some())
    }

    /// The second run goes where the first stands. Apart, so that the opening need not wait for this code.
    #[inline(never)]
    pub(crate) fn follow_beside(&mut self) {
        let at_us = self.head.at_us as u64;
        let Session {
            playable,
            beside,
            frame,
            ..
        } = &mut self.session;
        let Some(beside) = beside else {
            return;
        };
        let followed = beside.follow(playable.as_mut(), frame, at_us);
        if followed.changed {
            self.touch();
        }
        if let Some(broke_us) = followed.broke_us {
            self.broke_beside(broke_us);
        }
    }

    /// A promise was just broken in the second run: what goes on by itself stops, as it would for the first.
    fn broke_beside(&mut self, at_us: u64) {
        let opening = |goal: &crate::travel::Goal| goal.opening.is_some();
        if self.goal.as_ref().is_some_and(opening) {
            return;
        }
        if self.goal.take().is_some() {
            self.seek_time(at_us);
            self.follow_beside();
        } else if self.head.playing {
            self.head.playing = false;
            self.head.skip = None;
            self.session.read();
        }
        self.address.dirty();
        let beside = self.session.beside.as_ref();
        let how = beside.and_then(|beside| {
            let (how, _) = beside
                .broken()
                .into_iter()
                .max_by_key(|(_, at_us)| *at_us)?;
            Some(beside.say(&self.words, &how))
        });
        if let Some(how) = how {
            let said = self.say(&Phrase::new("ui.beside.broke").text("how", how));
            self.announce(said);
        }
        self.touch();
    }

    /// Starts another run with the same second one beside it, as far as the two still differ.
    pub(crate) fn start_again(&mut self, run: &Run, did: Phrase) {
        let beside = self.session.beside.as_ref();
        let difference = beside.map(|beside| beside.difference.clone());
        self.start(run, did);
        if let Some(difference) = difference.filter(|_| self.session.beside.is_none()) {
            // Where it does not fit the new run, the comparison ends with the old one.
            let language = self.language();
            let _ = self.session.compare(self.entries, difference, language);
            let first = self.session.playable.as_ref();
            self.session.beside = self
                .session
                .beside
                .take()
                .filter(|beside| !beside.is_same(first));
        }
    }

    /// Puts what a link holds beside the run that was opened from it.
    pub(crate) fn open_beside(&mut self, difference: &Difference) {
        let language = self.language();
        let opened = self
            .session
            .compare(self.entries, difference.clone(), language);
        if let Err(error) = opened {
            let detail = Phrase::new("ui.notice.beside").with("why", why(&error));
            let cure = Phrase::new("ui.notice.differs-cure");
            self.warn(Phrase::new("ui.notice.differs"), detail, cure);
        }
    }
}
