//! States that are come to again by their ways, for a search that keeps none of them whole. Of the last way it keeps what the
//! next one shares with it: states that wait one behind the other mostly came of one state. Knows a model alone.

use super::breadth::{Link, NONE};
use super::visited::Visited;
use crate::model::Model;

/// The last way, with the number of each of its states.
pub(super) struct Again<M: Model> {
    way: Vec<(u32, M::State)>,
    /// Room for the numbers of a way, and which actions were taken on it, the last one first.
    back: Vec<(u32, u32)>,
    /// Room for the actions of one state.
    actions: Vec<M::Action>,
}

impl<M: Model> Default for Again<M> {
    fn default() -> Self {
        Self {
            way: Vec::new(),
            back: Vec::new(),
            actions: Vec::new(),
        }
    }
}

impl<M: Model> Again<M> {
    /// The state of number `id`.
    pub(super) fn state(&mut self, model: &M, visited: &Visited<Link>, id: u32) -> M::State {
        self.back.clear();
        let mut at = id;
        while at != NONE {
            let link = visited.note(at);
            self.back.push((at, link.nth));
            at = link.parent;
        }
        let ids = self.back.iter().rev().map(|(id, _)| *id);
        let shared = self.way.iter().zip(ids);
        let shared = shared.take_while(|((known, _), id)| known == id).count();
        self.way.truncate(shared);
        for (id, nth) in self.back.iter().rev().skip(shared) {
            let state = match self.way.last() {
                None => model.initial().swap_remove(*nth as usize),
                Some((_, before)) => {
                    self.actions.clear();
                    model.actions(before, &mut self.actions);
                    let action = self.actions.swap_remove(*nth as usize);
                    model
                        .next(before, action)
                        .expect("a model answers the same question in the same way")
                }
            };
            self.way.push((*id, state));
        }
        let (_, state) = self.way.last().expect("a way has a beginning");
        state.clone()
    }
}
