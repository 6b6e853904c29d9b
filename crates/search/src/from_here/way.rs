//! A way that was found, as what somebody does from the present on: an ordinary branch. Each step is done at the time at which it would
//! have come by itself, as far as the order allows, so that it can be watched. Knows no particular protocol.

use protocol::Phrase;
use scenario::Asked;
use serde::{Deserialize, Serialize};
use sim::{Action, Playable, SimError};

/// A step of a way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Deed {
    /// At which virtual time it is done, in microseconds, unless something is due before.
    pub at_us: u64,
    /// What is done.
    pub action: Action,
    /// What happens then, in a sentence.
    pub said: Option<Phrase>,
}

/// The way from the present to what was sought.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Way {
    /// Its steps.
    pub deeds: Vec<Deed>,
    /// How many of them are faults: what is lost, comes twice or crashes.
    pub faults: u32,
    /// How many are repairs.
    pub repairs: u32,
}

/// Does the steps of `way` at the cursor of `world`, as a branch of their own. The cursor ends behind them.
///
/// # Errors
/// A step that cannot be done there: it is another present.
pub fn take(world: &mut dyn Playable, way: &Way) -> Result<(), SimError> {
    world.fork();
    for deed in &way.deeds {
        world.act(&deed.action, deed.at_us)?;
    }
    Ok(())
}

/// The way of `path` from the cursor of `world`, which comes to what is `asked`. The cursor ends where it was.
pub(super) fn timed(world: &mut dyn Playable, asked: &Asked, path: &[Action]) -> Way {
    let (branch, step) = (world.branch(), world.step());
    let mut way = Way {
        deeds: Vec::new(),
        faults: 0,
        repairs: 0,
    };
    for action in path {
        match action {
            Action::Drop(_) | Action::Duplicate(_) | Action::Crash { .. } => way.faults += 1,
            Action::Restart(_) | Action::Resume(_) | Action::Heal => way.repairs += 1,
            _ => {}
        }
    }
    // What reads its clock may come to something else where time passes: then nothing waits for its time.
    for in_time in [true, false] {
        way.deeds = deeds(world, path, in_time);
        let comes = way.deeds.len() == path.len() && asked.holds_in(world, step);
        // The cursor was there a moment ago.
        let _ = world.switch(branch, Some(step));
        if comes {
            break;
        }
    }
    way
}

/// Does `path` at the cursor of `world`, as far as it can be done.
fn deeds(world: &mut dyn Playable, path: &[Action], in_time: bool) -> Vec<Deed> {
    world.fork();
    let mut deeds = Vec::new();
    for action in path {
        let rows = world.pending().into_iter();
        let mut due = rows.filter(|row| row.action == *action && !row.held);
        let due_us = due.next().filter(|_| in_time).map(|row| row.due_us);
        let at_us = due_us.unwrap_or(0).max(world.now_us());
        if world.act(action, at_us).is_err() {
            break;
        }
        let event = world.event(world.step());
        deeds.push(Deed {
            at_us,
            action: action.clone(),
            said: event.map(|event| event.stimulus_phrase()),
        });
    }
    deeds
}
