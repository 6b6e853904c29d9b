//! The way to a state, walked again from its beginning. Knows a model alone.

use crate::model::Model;

/// The actions of the way that takes, from the initial state of this place, the actions of these places one after the other.
#[cold]
pub(super) fn walked<M: Model>(
    model: &M,
    start: usize,
    places: impl Iterator<Item = u32>,
) -> (usize, Vec<M::Action>) {
    let mut state = model.initial().swap_remove(start);
    let mut path = Vec::new();
    let mut actions = Vec::new();
    for place in places {
        actions.clear();
        model.actions(&state, &mut actions);
        let action = actions.swap_remove(place as usize);
        state = model
            .next(&state, action.clone())
            .expect("a model answers the same question in the same way");
        path.push(action);
    }
    (start, path)
}
