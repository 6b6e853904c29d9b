//! Gray and Lamport 2006, *Consensus on transaction commit*: TCommit and TwoPhase, as in tlaplus/Examples.

use search::exhaustive::{Exhaustive, Found};
use search::model::Model;
use std::collections::BTreeSet;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Rm {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Tm {
    Init,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    TmRcvPrepared(u8),
    TmCommit,
    TmAbort,
    RmPrepare(u8),
    RmChooseToAbort(u8),
    RmRcvCommitMsg(u8),
    RmRcvAbortMsg(u8),
}

/// `TwoPhase.tla`: a transaction manager and `rms` resource managers; messages are a set that only grows.
#[derive(Clone, Copy)]
pub(crate) struct TwoPhase {
    pub(crate) rms: u8,
    /// Broken: the manager commits once a single one has prepared.
    pub(crate) hasty: bool,
}

impl TwoPhase {
    pub(crate) const fn sound(rms: u8) -> Self {
        Self { rms, hasty: false }
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct State {
    rm: Vec<Rm>,
    tm: Tm,
    tm_prepared: Vec<bool>,
    /// Which `Prepared` messages were sent.
    prepared_sent: Vec<bool>,
    commit_sent: bool,
    abort_sent: bool,
}

impl State {
    pub(crate) fn given_up(&self) -> bool {
        self.rm.contains(&Rm::Aborted)
    }
}

impl Model for TwoPhase {
    type State = State;
    type Action = Act;

    fn initial(&self) -> Vec<State> {
        let rms = usize::from(self.rms);
        vec![State {
            rm: vec![Rm::Working; rms],
            tm: Tm::Init,
            tm_prepared: vec![false; rms],
            prepared_sent: vec![false; rms],
            commit_sent: false,
            abort_sent: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Act>) {
        let mut prepared = state.tm_prepared.iter();
        let enough = if self.hasty {
            prepared.any(|p| *p)
        } else {
            prepared.all(|p| *p)
        };
        if state.tm == Tm::Init && enough {
            actions.push(Act::TmCommit);
        }
        if state.tm == Tm::Init {
            actions.push(Act::TmAbort);
        }
        for rm in 0..self.rms {
            let at = usize::from(rm);
            if state.tm == Tm::Init && state.prepared_sent[at] {
                actions.push(Act::TmRcvPrepared(rm));
            }
            if state.rm[at] == Rm::Working {
                actions.push(Act::RmPrepare(rm));
                actions.push(Act::RmChooseToAbort(rm));
            }
            if state.commit_sent {
                actions.push(Act::RmRcvCommitMsg(rm));
            }
            if state.abort_sent {
                actions.push(Act::RmRcvAbortMsg(rm));
            }
        }
    }

    fn next(&self, state: &State, action: Act) -> Option<State> {
        let mut next = state.clone();
        match action {
            Act::TmRcvPrepared(rm) => next.tm_prepared[usize::from(rm)] = true,
            Act::TmCommit => (next.tm, next.commit_sent) = (Tm::Committed, true),
            Act::TmAbort => (next.tm, next.abort_sent) = (Tm::Aborted, true),
            Act::RmPrepare(rm) => {
                next.rm[usize::from(rm)] = Rm::Prepared;
                next.prepared_sent[usize::from(rm)] = true;
            }
            Act::RmRcvCommitMsg(rm) => next.rm[usize::from(rm)] = Rm::Committed,
            Act::RmChooseToAbort(rm) | Act::RmRcvAbortMsg(rm) => {
                next.rm[usize::from(rm)] = Rm::Aborted;
            }
        }
        Some(next)
    }
}

/// By what the managers of a representative are sorted.
#[derive(Clone, Copy)]
pub(crate) enum Sorted {
    ByState,
    ByAll,
}

/// The same model, whose resource managers are all alike.
pub(crate) struct Symmetric(pub(crate) TwoPhase, pub(crate) Sorted);

impl Symmetric {
    fn representative(&self, state: &State) -> State {
        let mut order: Vec<usize> = (0..state.rm.len()).collect();
        match self.1 {
            Sorted::ByState => order.sort_by_key(|at| state.rm[*at]),
            Sorted::ByAll => order.sort_by_key(|at| {
                (
                    state.rm[*at],
                    state.tm_prepared[*at],
                    state.prepared_sent[*at],
                )
            }),
        }
        let flags = |of: &[bool]| order.iter().map(|at| of[*at]).collect();
        State {
            rm: order.iter().map(|at| state.rm[*at]).collect(),
            tm_prepared: flags(&state.tm_prepared),
            prepared_sent: flags(&state.prepared_sent),
            ..*state
        }
    }
}

impl Model for Symmetric {
    type State = State;
    type Action = Act;

    fn initial(&self) -> Vec<State> {
        self.0.initial()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Act>) {
        self.0.actions(state, actions);
    }

    fn next(&self, state: &State, action: Act) -> Option<State> {
        self.0.next(state, action)
    }

    fn identity(&self, state: &State) -> u64 {
        search::model::fingerprint(&self.representative(state))
    }
}

/// How many sets of symmetric states there are, counted without the search: of all states, the representatives.
pub(crate) fn sets(model: &Symmetric) -> u64 {
    let mut all: BTreeSet<State> = model.initial().into_iter().collect();
    let mut open: Vec<State> = model.initial();
    while let Some(state) = open.pop() {
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        let nexts = actions
            .into_iter()
            .filter_map(|action| model.next(&state, action));
        open.extend(nexts.filter(|next| all.insert(next.clone())));
    }
    let sets: BTreeSet<State> = all
        .iter()
        .map(|state| model.representative(state))
        .collect();
    sets.len() as u64
}

/// How many representatives Stateright's depth-first order comes to: the last state first, each marked when it is come to.
pub(crate) fn walked_as_by_stateright(model: &Symmetric) -> u64 {
    let mut open: Vec<State> = model.initial();
    let mut seen: BTreeSet<State> = open
        .iter()
        .map(|state| model.representative(state))
        .collect();
    while let Some(state) = open.pop() {
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        let nexts = actions
            .into_iter()
            .filter_map(|action| model.next(&state, action));
        open.extend(nexts.filter(|next| seen.insert(model.representative(next))));
    }
    seen.len() as u64
}

fn consistent(state: &State) -> bool {
    !(state.rm.contains(&Rm::Aborted) && state.rm.contains(&Rm::Committed))
}

/// A search with the questions that Stateright's example asks.
pub(crate) fn asked<M: Model<State = State>>(model: &M) -> Exhaustive<'_, M> {
    let all = |state: &State, wanted| state.rm.iter().all(|rm| *rm == wanted);
    Exhaustive::new(model)
        .sometimes("abort agreement", move |_, state| all(state, Rm::Aborted))
        .sometimes("commit agreement", move |_, state| {
            all(state, Rm::Committed)
        })
        .always("consistent", |_, state| consistent(state))
}

/// Walks the way to a violation: it must be possible, and end where nothing is consistent.
pub(crate) fn replay(model: &TwoPhase, found: &Found<Act>) {
    let mut state = model.initial().swap_remove(found.start);
    for action in &found.path {
        assert!(consistent(&state));
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        assert!(actions.contains(action), "{action:?} is not enabled");
        state = model
            .next(&state, *action)
            .expect("every action leads somewhere");
    }
    assert!(!consistent(&state));
}

/// `TCommit.tla`: what a transaction commit protocol is to do, without messages.
pub(crate) struct Commit {
    pub(crate) rms: u8,
}

impl Model for Commit {
    type State = Vec<Rm>;
    type Action = (u8, Rm);

    fn initial(&self) -> Vec<Vec<Rm>> {
        vec![vec![Rm::Working; usize::from(self.rms)]]
    }

    fn actions(&self, state: &Vec<Rm>, actions: &mut Vec<(u8, Rm)>) {
        let can_commit = state
            .iter()
            .all(|rm| matches!(rm, Rm::Prepared | Rm::Committed));
        let not_committed = !state.contains(&Rm::Committed);
        for (rm, stands) in (0..self.rms).zip(state) {
            if *stands == Rm::Working {
                actions.push((rm, Rm::Prepared));
            }
            if *stands == Rm::Prepared && can_commit {
                actions.push((rm, Rm::Committed));
            }
            if matches!(stands, Rm::Working | Rm::Prepared) && not_committed {
                actions.push((rm, Rm::Aborted));
            }
        }
    }

    fn next(&self, state: &Vec<Rm>, (rm, becomes): (u8, Rm)) -> Option<Vec<Rm>> {
        let mut next = state.clone();
        next[usize::from(rm)] = becomes;
        Some(next)
    }
}
