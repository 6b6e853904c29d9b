//! In what two runs differ: the first step that is not the same in both, and what is otherwise on their stages now.

use super::Beside;
use crate::Model;
use protocol::{NodeId, Phrase};
use scene::Subject;
use sim::{Parting, Playable, parting};
use trace::{Flight, Frame, NodeFrame, Stimulus};

/// What is known of it.
#[derive(Default)]
pub(crate) struct Apart {
    /// So many steps of each are the same; of the first, its live changes of what differs are counted among them.
    pub(crate) same: [u64; 2],
    /// The first that is not, once it is there.
    pub(crate) first: Option<First>,
    /// What is otherwise on the first stage, in order.
    pub(crate) here: Vec<Subject>,
    /// What is otherwise on the second.
    pub(crate) there: Vec<Subject>,
    /// Of which moment that is told: branch and steps.
    read: Option<(u32, u64, u64)>,
}

/// The first difference, with what happens there.
pub(crate) struct First {
    pub(crate) parting: Parting,
    /// What happens in the first run.
    pub(crate) here: Option<Phrase>,
    /// What happens in the second.
    pub(crate) there: Option<Phrase>,
}

impl First {
    /// Whether both runs have come to it: then it is not looked for any more.
    const fn is_whole(&self) -> bool {
        matches!(self.parting.times_us, [Some(_), Some(_)])
    }
}

impl Beside {
    /// Reads in what the two differ. Another protocol has other events from the beginning, and shows other things.
    pub(super) fn compare(&mut self, first: &mut dyn Playable, frame: &Frame) -> bool {
        if self.own_words.is_some() {
            return false;
        }
        let parted = self.look_for_parting(first);
        let now = (first.branch(), frame.step, self.frame.step);
        if self.apart.read == Some(now) {
            return parted;
        }
        self.apart.read = Some(now);
        let (labels, own) = (first.labels(), &*self.frame);
        let counterpart = |node: NodeId| self.node(labels, node);
        let (here, there) = differing(frame, own, counterpart);
        (self.apart.here, self.apart.there) = (here, there);
        true
    }

    /// Looks for the first difference as far as both are recorded. Says whether more is known now.
    fn look_for_parting(&mut self, first: &mut dyn Playable) -> bool {
        if self.apart.first.as_ref().is_some_and(First::is_whole) {
            return false;
        }
        let before = self.apart.first.as_ref().map(|first| first.parting);
        let found = loop {
            let (same, found) = parting(&*first, self.playable.as_ref(), self.apart.same);
            self.apart.same = same;
            match found {
                Some(found) if self.is_made_here(first, found) => self.apart.same[0] += 1,
                found => break found,
            }
        };
        let Some(found) = found.filter(|found| Some(*found) != before) else {
            return false;
        };
        let happens = |playable: &mut dyn Playable, place: usize| {
            let event = found.times_us[place].and_then(|_| playable.event(found.steps[place]));
            event.map(|event| event.stimulus_phrase())
        };
        self.apart.first = Some(First {
            parting: found,
            here: happens(first, 0),
            there: happens(self.playable.as_mut(), 1),
        });
        true
    }

    /// Whether what the first run does there is a live change of what differs: that is the difference, and nothing that comes of it.
    fn is_made_here(&self, first: &mut dyn Playable, found: Parting) -> bool {
        let config = &self.difference.config;
        if config.is_empty() || found.times_us[0].is_none() {
            return false;
        }
        let event = first.event(found.steps[0]);
        event.is_some_and(|event| match event.stimulus {
            Stimulus::Set { key, .. } => config.contains_key(&key),
            _ => false,
        })
    }
}

/// What of two moments is not the same: of the one, and of the other, each in order.
fn differing(
    one: &Frame,
    other: &Frame,
    counterpart: impl Fn(NodeId) -> Option<NodeId>,
) -> (Vec<Subject>, Vec<Subject>) {
    let (mut here, mut there) = (Vec::new(), Vec::new());
    let mut unseen: Vec<&NodeFrame> = other.nodes.iter().collect();
    for node in &one.nodes {
        let id = counterpart(node.id);
        let place = unseen.iter().position(|frame| Some(frame.id) == id);
        let twin = place.map(|place| unseen.swap_remove(place));
        if twin.is_none_or(|other| !looks_alike(node, other)) {
            here.push(Subject::Node(node.id));
            there.extend(twin.map(|other| Subject::Node(other.id)));
        }
    }
    there.extend(unseen.into_iter().map(|node| Subject::Node(node.id)));
    messages_apart(one, other, &mut here);
    messages_apart(other, one, &mut there);
    here.sort_unstable();
    there.sort_unstable();
    (here, there)
}

/// Whether two nodes show the same; their timers aside, which only tell when.
fn looks_alike(one: &NodeFrame, other: &NodeFrame) -> bool {
    one.status == other.status && one.view == other.view && one.unsaved == other.unsaved
}

/// The messages of `one` that are not in `other`, or carry something else there.
fn messages_apart(one: &Frame, other: &Frame, apart: &mut Vec<Subject>) {
    let key = |flight: &Flight| (flight.name, flight.copy);
    let mut others: Vec<&Flight> = other.flights.iter().collect();
    others.sort_unstable_by_key(|flight| key(flight));
    for flight in &one.flights {
        let place = others.binary_search_by_key(&key(flight), |other| key(other));
        let same = place.is_ok_and(|place| {
            let other = others[place];
            (&flight.view, flight.held) == (&other.view, other.held)
        });
        if !same {
            apart.push(Subject::Message {
                name: flight.name,
                copy: flight.copy,
            });
        }
    }
}

impl Model {
    /// What of the first stage is otherwise on the second.
    pub(crate) fn differs_here(&self) -> &[Subject] {
        let beside = self.session.beside.as_ref();
        beside.map_or(&[], |beside| &beside.apart.here)
    }

    /// Where the first run, and the second, part: step and time.
    pub(crate) fn partings(&self) -> [Option<(u64, u64)>; 2] {
        let beside = self.session.beside.as_ref();
        let Some(first) = beside.and_then(|beside| beside.apart.first.as_ref()) else {
            return [None; 2];
        };
        let Parting { steps, times_us } = first.parting;
        let at_us = first.parting.at_us();
        let place = |own: usize| Some((steps[own], times_us[own].unwrap_or(at_us)));
        [place(0), place(1)]
    }

    /// To where the two runs part: the first that differs has just happened.
    pub(crate) fn seek_parting(&mut self) {
        let beside = self.session.beside.as_ref();
        let first = beside.and_then(|beside| beside.apart.first.as_ref());
        let Some(parting) = first.map(|first| first.parting) else {
            self.refuse(Phrase::new(match beside {
                Some(_) => "ui.refused.no-parting",
                None => "ui.refused.no-beside",
            }));
            return;
        };
        let at_us = parting.at_us();
        if parting.times_us[0] == Some(at_us) {
            self.seek(parting.steps[0]);
        } else {
            self.seek_time(at_us);
        }
    }
}
