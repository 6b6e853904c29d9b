//! Two-phase commit: Stateright's example after Gray and Lamport 2006, *Consensus on transaction commit*. Knows Stateright's
//! trait alone.

use stateright::{Model, Property};
use std::collections::BTreeSet;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct State {
    rm: Vec<Rm>,
    tm: Tm,
    tm_prepared: Vec<bool>,
    messages: BTreeSet<Message>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Message {
    Prepared(usize),
    Commit,
    Abort,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Rm {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Tm {
    Init,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    TmRcvPrepared(usize),
    TmCommit,
    TmAbort,
    RmPrepare(usize),
    RmChooseToAbort(usize),
    RmRcvCommitMsg(usize),
    RmRcvAbortMsg(usize),
}

pub(crate) struct TwoPhase {
    pub(crate) rms: usize,
}

fn all(state: &State, wanted: Rm) -> bool {
    state.rm.iter().all(|rm| *rm == wanted)
}

impl Model for TwoPhase {
    type State = State;
    type Action = Act;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            rm: vec![Rm::Working; self.rms],
            tm: Tm::Init,
            tm_prepared: vec![false; self.rms],
            messages: BTreeSet::new(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Act>) {
        let undecided = state.tm == Tm::Init;
        if undecided && state.tm_prepared.iter().all(|prepared| *prepared) {
            actions.push(Act::TmCommit);
        }
        if undecided {
            actions.push(Act::TmAbort);
        }
        for rm in 0..self.rms {
            if undecided && state.messages.contains(&Message::Prepared(rm)) {
                actions.push(Act::TmRcvPrepared(rm));
            }
            if state.rm[rm] == Rm::Working {
                actions.push(Act::RmPrepare(rm));
                actions.push(Act::RmChooseToAbort(rm));
            }
            if state.messages.contains(&Message::Commit) {
                actions.push(Act::RmRcvCommitMsg(rm));
            }
            if state.messages.contains(&Message::Abort) {
                actions.push(Act::RmRcvAbortMsg(rm));
            }
        }
    }

    fn next_state(&self, state: &State, action: Act) -> Option<State> {
        let mut next = state.clone();
        match action {
            Act::TmRcvPrepared(rm) => next.tm_prepared[rm] = true,
            Act::TmCommit => {
                next.tm = Tm::Committed;
                next.messages.insert(Message::Commit);
            }
            Act::TmAbort => {
                next.tm = Tm::Aborted;
                next.messages.insert(Message::Abort);
            }
            Act::RmPrepare(rm) => {
                next.rm[rm] = Rm::Prepared;
                next.messages.insert(Message::Prepared(rm));
            }
            Act::RmRcvCommitMsg(rm) => next.rm[rm] = Rm::Committed,
            Act::RmChooseToAbort(rm) | Act::RmRcvAbortMsg(rm) => next.rm[rm] = Rm::Aborted,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::sometimes("abort agreement", |_, state| all(state, Rm::Aborted)),
            Property::sometimes("commit agreement", |_, state| all(state, Rm::Committed)),
            Property::always("consistent", |_, state: &State| {
                !(state.rm.contains(&Rm::Aborted) && state.rm.contains(&Rm::Committed))
            }),
        ]
    }
}
