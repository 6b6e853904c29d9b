//! *Why?*: something is asked about, what led to it is found ([`sim::why`]), and stays lit while the reader goes from one of its
//! moments to another and back, until the question is closed.

use crate::{Command, Model, Tab, Target, WhyOf};
use protocol::{Arg, Name, NodeId, Phrase, Picture};
use scene::Lit;
use sim::why::{self, Cone, Tie};
use sim::{Action, Pending};
use std::borrow::Cow;
use std::rc::Rc;
use trace::{Frame, Outcome};

/// A question and its answer.
pub(crate) struct WhyState {
    /// What is asked about.
    pub(crate) what: WhyOf,
    /// The question, or the sentence that it is about.
    pub(crate) question: Phrase,
    /// What led to it.
    pub(crate) cone: Cone,
    /// Where it has not happened yet: how the newest event led to it, and why.
    pub(crate) ahead: Option<(Tie, Option<Phrase>)>,
    /// Where there is no event: the key of what is said in place of one.
    pub(crate) instead: &'static str,
    /// Where it was asked: branch and step.
    pub(crate) from: (u32, u64),
    /// The steps of the cone with their times, newest first.
    pub(crate) steps: Vec<(u64, u64)>,
    /// Whether the events list is of these alone.
    pub(crate) only: bool,
    /// What of the stage keeps its strength at a step.
    lit: (u64, Rc<Lit>),
    /// The message that is asked about.
    message: Option<Name>,
    /// The tab that was open before.
    tab: Tab,
}

impl WhyState {
    /// The last step of what is asked about: from there on nothing more led to it.
    fn end(&self) -> u64 {
        let newest = self.cone.reasons.first().map_or(0, |one| one.event.step);
        if self.ahead.is_some() {
            self.from.1
        } else {
            newest.max(self.from.1)
        }
    }

    fn light(&self, step: u64) -> Lit {
        let mut messages = self.cone.messages();
        messages.extend(self.message);
        let nodes = self.cone.nodes(step);
        Lit { nodes, messages }
    }
}

/// What a question comes to.
struct Asked {
    question: Phrase,
    /// The event that is asked about, or that led to what is; 0 where there is none.
    step: u64,
    had: Option<u64>,
    ahead: Option<(Tie, Option<Phrase>)>,
    instead: &'static str,
    message: Option<Name>,
}

impl Asked {
    const fn of(question: Phrase, step: u64) -> Self {
        Self {
            question,
            step,
            had: None,
            ahead: None,
            instead: "",
            message: None,
        }
    }
}

impl Model {
    /// Whether a question is open.
    pub const fn asks_why(&self) -> bool {
        self.session.why.is_some()
    }

    /// Opens or closes the question about the event that the caption tells.
    #[inline(never)]
    pub(crate) fn why_told(&mut self) {
        if let Some(step) = self.telling.now.as_ref().map(|event| event.step) {
            self.ask_why(WhyOf::Event(step));
        } else {
            self.close_why();
        }
    }

    /// Whether the event that the caption tells is what is asked about.
    pub(crate) fn asks_about_told(&self) -> bool {
        let told = self.telling.now.as_ref();
        let asked = self.session.why.as_ref().map(|why| &why.what);
        told.is_some_and(|event| asked == Some(&WhyOf::Event(event.step)))
    }

    /// Opens a question, or closes it where it is open; opening pauses.
    #[inline(never)]
    pub(crate) fn ask_why(&mut self, what: WhyOf) {
        let what = self.subject(what);
        let open = self.session.why.as_ref();
        if open.is_some_and(|why| why.what == what) {
            self.close_why();
            return;
        }
        // The question is about what is being read, not about where the pause happens to fall.
        let told = self.telling.now.clone();
        if self.head.playing {
            self.pause(false);
            self.tell(told);
        }
        let Some(asked) = self.asked(&what) else {
            self.refuse(Phrase::new("ui.refused.no-why"));
            return;
        };
        let playable = &mut self.session.playable;
        let cone = why::cone(playable.as_mut(), asked.step, asked.had).unwrap_or_default();
        let here = (playable.branch(), playable.step());
        let steps = cone
            .reasons
            .iter()
            .map(|one| (one.event.step, one.event.at_us));
        let tab = match &self.session.why {
            Some(before) => before.tab,
            None => self.look.tab,
        };
        let mut state = WhyState {
            what,
            question: asked.question,
            steps: steps.collect(),
            cone,
            ahead: asked.ahead,
            instead: asked.instead,
            from: here,
            only: false,
            lit: (here.1, Rc::default()),
            message: asked.message,
            tab,
        };
        state.lit.1 = Rc::new(state.light(here.1));
        let n = state.cone.reasons.len() - usize::from(state.ahead.is_none() && asked.step > 0);
        let said = Phrase::new("ui.why.said")
            .with("question", Arg::Phrase(Box::new(state.question.clone())))
            .int("n", n as u64);
        let said = self.say(&said);
        self.session.why = Some(state);
        self.look.tab = Tab::Why;
        self.look.sheet = true;
        self.announce(said);
        self.out.push(Command::Focus(Target::Dock(Tab::Why)));
        self.touch();
    }

    /// Closes the question; says whether one was open.
    pub(crate) fn close_why(&mut self) -> bool {
        let Some(why) = self.session.why.take() else {
            return false;
        };
        if self.look.tab == Tab::Why {
            self.look.tab = why.tab;
        }
        self.touch();
        true
    }

    /// Back to where the question was asked.
    pub(crate) fn why_back(&mut self) {
        if let Some(step) = self.session.why.as_ref().map(|why| why.from.1) {
            self.seek(step);
        }
    }

    /// What stays lit follows the cursor; a question about another branch is closed.
    #[inline(never)]
    pub(crate) fn follow_why(&mut self) {
        let playable = &self.session.playable;
        let (branch, step) = (playable.branch(), playable.step());
        let Some(why) = &mut self.session.why else {
            return;
        };
        if why.from.0 != branch {
            self.close_why();
        } else if why.lit.0 != step {
            why.lit = (step, Rc::new(why.light(step)));
        }
    }

    /// What keeps its strength on the stage; `None` where nothing recedes.
    pub(crate) fn lit(&self) -> Option<&Rc<Lit>> {
        let why = self.session.why.as_ref()?;
        (self.session.step() <= why.end() && !why.steps.is_empty()).then_some(&why.lit.1)
    }

    /// What a question from the keyboard is about.
    fn subject(&self, what: WhyOf) -> WhyOf {
        let told = self.telling.now.as_ref();
        let told = || WhyOf::Event(told.map_or(0, |event| event.step));
        match what {
            WhyOf::Selected => self.look.message.map_or_else(told, WhyOf::Message),
            WhyOf::Row => match self.look.row.as_ref().and(self.row_with_cursor()) {
                Some(row) => WhyOf::Pending(crate::acts::row_key(row)),
                None => told(),
            },
            what => what,
        }
    }

    fn asked(&mut self, what: &WhyOf) -> Option<Asked> {
        match what {
            WhyOf::Event(step) => {
                let event = self.event_at(*step)?;
                Some(Asked::of(event.headline(), *step))
            }
            WhyOf::Message(name) => self.asked_message(*name),
            WhyOf::Pending(key) => {
                let mut rows = self.session.pending.iter();
                let row = rows.find(|row| crate::acts::row_key(row) == *key)?.clone();
                self.asked_pending(row)
            }
            WhyOf::Role(node) => self.asked_role(*node),
            WhyOf::Entry { node, index } => self.asked_entry(*node, *index),
            WhyOf::Selected | WhyOf::Row => None,
        }
    }

    fn asked_message(&mut self, name: Name) -> Option<Asked> {
        let mut flights = self.session.frame.flights.iter();
        let flight = flights.find(|flight| flight.name == name)?;
        let question = Phrase::new("pending.deliver")
            .node("from", flight.from)
            .node("to", flight.to)
            .text("kind", flight.view.kind.clone());
        let sent_us = flight.sent_us;
        let step = why::sender(self.session.playable.as_mut(), name, sent_us)?;
        let reason = self.reason_of(step, |outcome| match outcome {
            Outcome::Sent {
                message, reason, ..
            } if message.name == name => Some(reason.clone()),
            _ => None,
        });
        Some(Asked {
            ahead: Some((Tie::Sent, reason)),
            message: Some(name),
            ..Asked::of(question, step)
        })
    }

    fn asked_pending(&mut self, row: Pending) -> Option<Asked> {
        if let Some(message) = row.message {
            return self.asked_message(message);
        }
        let here = self.session.step();
        let playable = self.session.playable.as_mut();
        match row.action {
            Action::Fire { node, timer } => {
                let id = (playable.about().timer)(timer);
                let set = |outcome: &Outcome| match outcome {
                    Outcome::TimerSet { timer, reason, .. } if *timer == id => Some(reason.clone()),
                    _ => None,
                };
                let step = why::last_of(playable, node, here, |event| {
                    event.outcomes.iter().any(|outcome| set(outcome).is_some())
                })?;
                let reason = self.reason_of(step, set);
                Some(Asked {
                    ahead: Some((Tie::Set(0), reason)),
                    ..Asked::of(row.phrase, step)
                })
            }
            Action::Save(node) => {
                let step = why::last_of(playable, node, here, |event| {
                    let saved = |outcome: &Outcome| matches!(outcome, Outcome::Saved { .. });
                    event.outcomes.iter().any(saved)
                })?;
                Some(Asked {
                    ahead: Some((Tie::Saved, None)),
                    ..Asked::of(row.phrase, step)
                })
            }
            _ => Some(Asked {
                instead: "ui.why.workload",
                ..Asked::of(row.phrase, 0)
            }),
        }
    }

    /// What the event of `step` gave as its reason for what `pick` finds among what came of it.
    fn reason_of(
        &mut self,
        step: u64,
        pick: impl Fn(&Outcome) -> Option<Phrase>,
    ) -> Option<Phrase> {
        self.event_at(step)?.outcomes.iter().find_map(pick)
    }

    fn asked_role(&mut self, id: NodeId) -> Option<Asked> {
        let node = self.session.node(id)?;
        let (status, role, epoch) = (node.status, node.view.role.clone(), node.view.epoch);
        let question = Phrase::new("ui.why.role")
            .node("node", id)
            .with("role", Arg::Word(Cow::Owned(role.to_string())));
        let is = move |frame: &Frame| {
            frame.nodes.get(id.index()).is_some_and(|node| {
                (node.status, node.view.epoch) == (status, epoch) && node.view.role == role
            })
        };
        let step = why::came(self.session.playable.as_mut(), is).ok()?;
        Some(Asked {
            instead: "ui.why.always",
            ..Asked::of(question, step)
        })
    }

    fn asked_entry(&mut self, id: NodeId, index: u64) -> Option<Asked> {
        let (cell, committed) = entry(&self.session.frame, id, index)?;
        let there =
            move |frame: &Frame| entry(frame, id, index).is_some_and(|(now, _)| now == cell);
        let covered =
            move |frame: &Frame| entry(frame, id, index).is_some_and(|(_, committed)| committed);
        let playable = self.session.playable.as_mut();
        let had = why::came(playable, there).ok()?;
        let step = if committed {
            why::came(playable, covered).ok()?
        } else {
            had
        };
        let key = if committed {
            "ui.why.committed"
        } else {
            "ui.why.appended"
        };
        let question = Phrase::new(key).node("node", id).int("index", index);
        Some(Asked {
            had: committed.then_some(had),
            instead: "ui.why.always",
            ..Asked::of(question, step)
        })
    }
}

/// What a node's log has at `index`, and whether the node knows it to be committed.
fn entry(frame: &Frame, node: NodeId, index: u64) -> Option<(protocol::LogCell, bool)> {
    let pictures = &frame.nodes.get(node.index())?.view.pictures;
    pictures.iter().find_map(|picture| match picture {
        Picture::Log {
            first,
            cells,
            committed,
            ..
        } => {
            let place = index.checked_sub(*first)? as usize;
            let cell = cells.get(place).filter(|cell| !cell.is_gap())?;
            Some((cell.clone(), index <= *committed))
        }
        _ => None,
    })
}
