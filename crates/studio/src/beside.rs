//! A second run beside the one that is shown: the same seed, workload and faults under another parameter or variant, always at
//! the same virtual time. Chance is keyed, so that both runs meet the same arrivals. The reader acts on the first; here is how
//! the second follows.

use crate::model::CompareState;
use crate::session::Session;
use crate::share::why;
use crate::view::typed;
use crate::{Command, CompareMsg, Model, Target};
use catalog::Entry;
use protocol::{NodeId, Parameter, Phrase, Range, Value};
use sim::{Action, Difference, Edit, Playable, Run, SimError};
use std::rc::Rc;
use trace::Frame;

/// How many events the second run takes at once: a few milliseconds.
const PORTION_EVENTS: u64 = 4_000;

/// What stands for the variant among the parameters that can be compared.
pub(crate) const VARIANT: &str = "variant";

/// The second run.
pub(crate) struct Beside {
    pub(crate) difference: Difference,
    pub(crate) playable: Box<dyn Playable>,
    pub(crate) frame: Rc<Frame>,
    /// Whether a node of the first run has the same number here; otherwise its label tells which it is.
    alike: bool,
    /// Whether it is still on its way to where the first run stands.
    pub(crate) waits: bool,
}

impl Beside {
    /// Opens what differs so from `first`, at its beginning.
    pub(crate) fn open(
        entries: &'static [Entry],
        first: &dyn Playable,
        difference: Difference,
    ) -> Result<Self, SimError> {
        let run = difference.of(&first.run());
        let entry = entries.iter().find(|entry| entry.about.id == run.protocol);
        let entry = entry.ok_or_else(|| SimError::OtherProtocol(run.protocol.clone()))?;
        let open = |edits: Vec<Edit>| {
            (entry.open)(&Run {
                edits,
                ..run.clone()
            })
        };
        let playable = open(Vec::new())?;
        let mut beside = Self {
            alike: first.labels().starts_with(playable.labels()),
            frame: Rc::new(playable.frame()),
            playable,
            difference,
            waits: true,
        };
        let edits = beside.mirrored(first);
        if !edits.is_empty() {
            beside.playable = open(edits)?;
        }
        Ok(beside)
    }

    /// What was done in the first run, as far as it can be done here: what names a single message or event of the first is left out.
    fn mirrored(&self, first: &dyn Playable) -> Vec<Edit> {
        let mirrored = |edit: Edit| {
            let action = self.action(first.labels(), &edit.action)?;
            Some(Edit { action, ..edit })
        };
        let edits = self.difference.of(&first.run()).edits;
        edits.into_iter().filter_map(mirrored).collect()
    }

    fn action(&self, labels: &[String], action: &Action) -> Option<Action> {
        let node = |node: &NodeId| self.node(labels, *node);
        let nodes = |side: &[NodeId]| -> Vec<NodeId> { side.iter().filter_map(node).collect() };
        Some(match action {
            Action::Deliver(_)
            | Action::Drop(_)
            | Action::Duplicate(_)
            | Action::Hold(_)
            | Action::Release(_)
            | Action::Fire { .. }
            | Action::Save(_)
            | Action::Choose { .. } => return None,
            Action::Arrive(id) => Action::Arrive(node(id)?),
            Action::Crash {
                node: id,
                keep,
                torn,
            } => Action::Crash {
                node: node(id)?,
                keep: *keep,
                torn: *torn,
            },
            Action::Restart(id) => Action::Restart(node(id)?),
            Action::Pause(id) => Action::Pause(node(id)?),
            Action::Resume(id) => Action::Resume(node(id)?),
            Action::Erase(id) => Action::Erase(node(id)?),
            Action::Remove(id) => Action::Remove(node(id)?),
            Action::Cut { from, to, both } => Action::Cut {
                from: nodes(from),
                to: nodes(to),
                both: *both,
            },
            Action::Skew {
                node: id,
                drift_ppm,
                offset_us,
            } => Action::Skew {
                node: node(id)?,
                drift_ppm: *drift_ppm,
                offset_us: *offset_us,
            },
            Action::Ask { client, op, fields } => Action::Ask {
                client: node(client)?,
                op: op.clone(),
                fields: fields.clone(),
            },
            Action::Heal | Action::Set { .. } | Action::Add(_) => action.clone(),
        })
    }

    /// The node here that is `node` in the first run.
    fn node(&self, labels: &[String], node: NodeId) -> Option<NodeId> {
        if self.alike {
            return Some(node);
        }
        let label = labels.get(node.index())?;
        let place = self.playable.labels().iter().position(|own| own == label);
        place.map(|place| NodeId(place as u16))
    }

    /// Goes where the first run stands, a portion at a time: to the branch with the same acts, and to the same virtual time.
    /// Says whether anything has changed.
    fn follow(&mut self, first: &dyn Playable, at_us: u64) -> bool {
        let moved = self.take_branch(first);
        let before = (self.playable.step(), self.waits);
        self.go(if first.step() == 0 { None } else { Some(at_us) });
        let changed = moved || before != (self.playable.step(), self.waits);
        if changed {
            self.frame = Rc::new(self.playable.frame());
        }
        changed
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

    /// To the last event at or before `at_us`; `None` is before the first.
    fn go(&mut self, at_us: Option<u64>) {
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
        for _ in 0..PORTION_EVENTS {
            if !due(playable.as_ref()) || playable.advance().is_none() {
                return;
            }
        }
        self.waits = due(playable.as_ref());
    }

    /// Whether nothing of the difference is left beside `first`, by its parameters now.
    fn is_same(&self, first: &dyn Playable) -> bool {
        let same =
            |(key, _): (&String, &String)| first.parameter(key) == self.playable.parameter(key);
        let run = first.run();
        self.difference.config.iter().all(same)
            && self
                .difference
                .variant
                .as_ref()
                .is_none_or(|variant| *variant == run.variant)
    }
}

impl Session {
    /// Puts a run that differs so beside this one.
    fn compare(
        &mut self,
        entries: &'static [Entry],
        difference: Difference,
    ) -> Result<(), SimError> {
        let beside = Beside::open(entries, self.playable.as_ref(), difference)?;
        self.beside = Some(beside);
        Ok(())
    }
}

impl Model {
    /// Whether a second run stands beside the first.
    pub const fn has_beside(&self) -> bool {
        self.session.beside.is_some()
    }

    /// The second run goes where the first stands. Apart, so that the opening need not wait for this code.
    #[inline(never)]
    pub(crate) fn follow_beside(&mut self) {
        let at_us = self.head.at_us as u64;
        let Session {
            playable, beside, ..
        } = &mut self.session;
        if let Some(beside) = beside
            && beside.follow(playable.as_ref(), at_us)
        {
            self.touch();
        }
    }

    /// Starts another run with the same second one beside it, as far as the two still differ.
    pub(crate) fn start_again(&mut self, run: &Run, did: Phrase) {
        let beside = self.session.beside.as_ref();
        let difference = beside.map(|beside| beside.difference.clone());
        self.start(run, did);
        if let Some(difference) = difference.filter(|_| self.session.beside.is_none()) {
            // Where it does not fit the new run, the comparison ends with the old one.
            let _ = self.session.compare(self.entries, difference);
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
        if let Err(error) = self.session.compare(self.entries, difference.clone()) {
            let detail = Phrase::new("ui.notice.beside").with("why", why(&error));
            let cure = Phrase::new("ui.notice.differs-cure");
            self.warn(Phrase::new("ui.notice.differs"), detail, cure);
        }
    }

    pub(crate) fn handle_compare(&mut self, msg: CompareMsg) {
        match msg {
            CompareMsg::Parameter(key) => {
                self.compare = CompareState {
                    key: Some(key),
                    ..CompareState::default()
                };
            }
            CompareMsg::Value(value) => {
                (self.compare.value, self.compare.refusal) = (Some(value), None);
            }
            CompareMsg::Start => self.start_comparison(),
            CompareMsg::End => {
                self.session.beside = None;
                self.compared("ui.did.beside-end");
            }
        }
        self.touch();
    }

    fn start_comparison(&mut self) {
        let Ok((key, value)) = self.compared_value() else {
            return;
        };
        let beside = self.session.beside.as_ref();
        let mut difference =
            beside.map_or_else(Difference::default, |beside| beside.difference.clone());
        if key == VARIANT {
            difference.variant = Some(value);
        } else {
            difference.config.insert(key, value);
        }
        match self.session.compare(self.entries, difference) {
            Ok(()) => self.compared("ui.did.beside"),
            Err(error) => self.compare.refusal = Some(crate::acts::refusal(&error)),
        }
    }

    fn compared(&mut self, key: &'static str) {
        self.look.menu = None;
        self.compare = CompareState::default();
        self.session.home = false;
        // It is to be seen; for those who do not see it, it is said.
        self.toast = None;
        let said = self.word(key);
        self.announce(said);
        self.address.dirty();
        self.out.push(Command::Focus(Target::Stage));
    }

    /// The parameter that is chosen for the comparison: unless the reader chose, the first that names its values; without one
    /// the variant, where there are several.
    pub(crate) fn compared_key(&self) -> &str {
        if let Some(key) = &self.compare.key {
            return key;
        }
        let about = self.session.about();
        let names = |parameter: &&Parameter| matches!(parameter.range, Range::Choice(_));
        match about.parameters.iter().find(names) {
            Some(parameter) => parameter.key,
            None if about.variants.len() > 1 => VARIANT,
            None => about
                .parameters
                .first()
                .map_or(VARIANT, |parameter| parameter.key),
        }
    }

    /// What a parameter has in the second run unless the reader says otherwise: something else than here.
    pub(crate) fn another_value(&self, parameter: &Parameter) -> Value {
        let here = self.session.parameter(parameter.key);
        match (parameter.range, here) {
            (Range::Choice(choices), here) => {
                let other = |choice: &&&'static str| Some(Value::Choice(choice)) != here;
                let choice = choices.iter().find(other).copied();
                Value::Choice(choice.unwrap_or_default())
            }
            (Range::Bool, here) => Value::Bool(here != Some(Value::Bool(true))),
            (Range::Int { min, max }, Some(Value::Int(here))) => {
                let double = here.saturating_mul(2).clamp(min, max);
                Value::Int(if double == here { min } else { double })
            }
            (_, here) => here.unwrap_or_else(|| parameter.default.clone()),
        }
    }

    /// The parameter and the value of the second run as the form has them, as text; or why they do not do.
    pub(crate) fn compared_value(&self) -> Result<(String, String), Phrase> {
        let key = self.compared_key().to_owned();
        let typed_text = self.compare.value.as_deref();
        let same = || Phrase::new("ui.compare.same");
        let Some(parameter) = self.parameter(&key) else {
            let here = self.session.playable.run().variant;
            let mut others = self.session.about().variants.iter().map(|(id, _)| *id);
            let other = typed_text.or_else(|| others.find(|id| *id != here));
            let other = other.filter(|id| *id != here).ok_or_else(same)?;
            return Ok((key, other.to_owned()));
        };
        let value = match typed_text {
            None => self.another_value(parameter),
            Some(text) => {
                let text = typed(parameter.unit, text);
                let misfit = |_| self.misfit(parameter, &text);
                parameter.parse(&text).map_err(misfit)?
            }
        };
        if self.session.parameter(&key).as_ref() == Some(&value) {
            return Err(same());
        }
        Ok((key, value.to_string()))
    }
}
