//! Runs that go on: at each moment the answer is that of the checker that sees the history so far for the first time.

use crate::common::{PLENTY, explains};
use linearizability::{
    CasRegister, CasRegisterOp, Incremental, KeyValue, KeyValueAction, KeyValueOp, Lock, LockOp,
    NotOpen, Now, Operation, Overall, Queue, QueueOp, Register, RegisterOp, Specification, check,
    overall,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// The most clients at a time.
const CLIENTS: u8 = 4;

/// The most steps of a run; of a queue, of which every order leaves another state.
const STEPS_MAX: usize = 50;
const STEPS_OF_A_QUEUE_MAX: usize = 24;

/// More than one event of these runs takes.
const BUDGET: u64 = 50_000;

/// What happens next at a client: a call if it waits for nothing, otherwise something with its call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Deed {
    /// It takes effect.
    Effect,
    /// It is answered, having taken effect at the latest now.
    Answer,
    /// It is answered as if the object were new.
    Stale,
    /// Nobody will hear of it.
    Lost,
}

/// An operation that was called: its place and, once it has taken effect, itself with its answer.
type Waiting<O> = (u32, O, Option<O>);

/// Runs of clients of an object, with now and then an answer that is not its.
fn runs<O: Clone + Debug + 'static>(
    ops: impl Strategy<Value = O> + 'static,
    steps_max: usize,
) -> impl Strategy<Value = Vec<(u8, Deed, O)>> {
    let deed = prop_oneof![
        8 => Just(Deed::Effect),
        16 => Just(Deed::Answer),
        1 => Just(Deed::Stale),
        3 => Just(Deed::Lost),
    ];
    proptest::collection::vec((0..CLIENTS, deed, ops), 1..steps_max)
}

/// Plays a run; `heard` is an operation with the answer that an object in this state gives.
fn play<S>(
    spec: S,
    run: Vec<(u8, Deed, S::Op)>,
    heard: impl Fn(&S::State, &S::Op) -> S::Op,
) -> Result<(), TestCaseError>
where
    S: Specification + Clone,
    S::Op: Clone + Debug,
    S::Key: Clone,
{
    let mut live = Incremental::new(spec.clone(), BUDGET);
    let mut called: Vec<S::Op> = Vec::new();
    let mut waiting: BTreeMap<u8, Waiting<S::Op>> = BTreeMap::new();
    let mut state = spec.initial();
    for (client, deed, op) in run {
        let Some((place, asked, answer)) = waiting.get_mut(&client) else {
            called.push(op.clone());
            waiting.insert(client, (live.call(op.clone()), op, None));
            agree(&spec, &live, &called)?;
            continue;
        };
        if answer.is_none() && matches!(deed, Deed::Effect | Deed::Answer) {
            let told = heard(&state, asked);
            if let Some(after) = spec.step(&state, &told) {
                state = after;
                *answer = Some(told);
            }
        }
        let place = *place;
        match (deed, answer.clone()) {
            (Deed::Effect, _) | (Deed::Answer, None) => continue,
            (Deed::Answer, Some(answer)) => prop_assert_eq!(live.answer(place, answer), Ok(())),
            (Deed::Stale, _) => {
                let stale = heard(&spec.initial(), asked);
                prop_assert_eq!(live.answer(place, stale), Ok(()));
            }
            (Deed::Lost, _) => prop_assert_eq!(live.lose(place), Ok(())),
        }
        waiting.remove(&client);
        agree(&spec, &live, &called)?;
    }
    Ok(())
}

/// The answer is that of the whole checker, and its evidence holds.
fn agree<S: Specification>(
    spec: &S,
    live: &Incremental<S>,
    called: &[S::Op],
) -> Result<(), TestCaseError>
where
    S::Op: Clone,
    S::Key: Clone,
{
    let history = live.history();
    prop_assert_eq!(live.overall(), verdict(spec, history));
    for key in live.keys() {
        match live.now(key).expect("the key was met") {
            Now::Linearizable { order } => {
                explains(spec, history, &order);
                for (place, operation) in (0..).zip(history) {
                    let mine = spec.key(&operation.op) == *key;
                    prop_assert!(mine || !order.contains(&place));
                    let answered = mine && operation.returned.is_some();
                    prop_assert!(!answered || order.contains(&place));
                }
            }
            Now::Illegal(explanation) => {
                prop_assert!(explanation.minimal);
                let heard = |kept: &dyn Fn(u32) -> bool| {
                    let mut history = history.to_vec();
                    for (place, operation) in (0..).zip(&mut history) {
                        if !kept(place) {
                            operation.op = called[place as usize].clone();
                            operation.returned = None;
                        }
                    }
                    verdict(spec, &history)
                };
                let core = &explanation.operations;
                prop_assert!(core.contains(&explanation.broken_by));
                prop_assert_eq!(heard(&|place| core.contains(&place)), Overall::Illegal);
                for without in core {
                    let kept = |place| core.contains(&place) && place != *without;
                    prop_assert_eq!(heard(&kept), Overall::Linearizable);
                }
            }
            Now::GaveUp => prop_assert!(false, "gave up although there was plenty"),
        }
    }
    Ok(())
}

fn verdict<S: Specification>(spec: &S, history: &[Operation<S::Op>]) -> Overall {
    overall(&check(spec, history, PLENTY))
}

proptest! {
    #[test]
    fn registers(run in runs(prop_oneof![Just(RegisterOp::Read(None)), (0..3u8).prop_map(RegisterOp::Write)], STEPS_MAX)) {
        play(Register { initial: 0u8 }, run, |state, op| match op {
            RegisterOp::Read(_) => RegisterOp::Read(Some(*state)),
            RegisterOp::Write(value) => RegisterOp::Write(*value),
        })?;
    }

    #[test]
    fn registers_with_compare_and_set(run in runs(prop_oneof![
        Just(CasRegisterOp::Read(None)),
        (0..3u8).prop_map(CasRegisterOp::Write),
        (0..3u8, 0..3u8).prop_map(|(from, to)| CasRegisterOp::Cas { from, to, swapped: None }),
    ], STEPS_MAX)) {
        play(CasRegister { initial: 0u8 }, run, |state, op| match op {
            CasRegisterOp::Read(_) => CasRegisterOp::Read(Some(*state)),
            CasRegisterOp::Write(value) => CasRegisterOp::Write(*value),
            CasRegisterOp::Cas { from, to, .. } => {
                CasRegisterOp::Cas { from: *from, to: *to, swapped: Some(from == state) }
            }
        })?;
    }

    #[test]
    fn maps(run in runs(("[ab]", prop_oneof![
        Just(KeyValueAction::Get(None)),
        "[xy]?".prop_map(KeyValueAction::Put),
        "[xy]".prop_map(KeyValueAction::Append),
    ]).prop_map(|(key, action)| KeyValueOp { key, action }), STEPS_MAX)) {
        play(KeyValue, run, |state, op| match &op.action {
            KeyValueAction::Get(_) => {
                let seen = state.get(&op.key).cloned().unwrap_or_default();
                KeyValueOp { key: op.key.clone(), action: KeyValueAction::Get(Some(seen)) }
            }
            _ => op.clone(),
        })?;
    }

    #[test]
    fn queues(run in runs(prop_oneof![(0..3u8).prop_map(QueueOp::Enqueue), Just(QueueOp::Dequeue(None))], STEPS_OF_A_QUEUE_MAX)) {
        play(Queue::default(), run, |state, op| match op {
            QueueOp::Enqueue(value) => QueueOp::Enqueue(*value),
            QueueOp::Dequeue(_) => QueueOp::Dequeue(Some(state.front().copied())),
        })?;
    }

    #[test]
    fn locks(run in runs(prop_oneof![(0..3u32).prop_map(LockOp::Acquire), (0..3u32).prop_map(LockOp::Release)], STEPS_MAX)) {
        play(Lock, run, |_, op| *op)?;
    }
}

#[test]
fn what_is_settled_is_not_searched_again() {
    let spec = Register { initial: 0u32 };
    let mut live = Incremental::new(spec.clone(), 20);
    for round in 1..2_000 {
        let write = live.call(RegisterOp::Write(round));
        let other = live.call(RegisterOp::Write(0));
        let read = live.call(RegisterOp::Read(None));
        live.answer(write, RegisterOp::Write(round)).expect("open");
        live.answer(other, RegisterOp::Write(0)).expect("open");
        // After the last write, or between the two.
        live.answer(read, RegisterOp::Read(Some(round * (round % 2))))
            .expect("open");
        assert_eq!(live.overall(), Overall::Linearizable, "round {round}");
    }
    let whole = overall(&check(&spec, live.history(), 20));
    assert_eq!(
        whole,
        Overall::GaveUp,
        "the budget is too small for the whole"
    );
    let Some(Now::Linearizable { order }) = live.now(&()) else {
        panic!("linearizable");
    };
    assert_eq!(order.len(), live.history().len());
}

#[test]
fn a_stale_read_is_explained_by_the_two_writes_and_itself() {
    let mut live = Incremental::new(Register { initial: 0 }, 10_000);
    let mut done = |op: RegisterOp<u32>, heard: RegisterOp<u32>| {
        let place = live.call(op);
        live.answer(place, heard).expect("open");
        place
    };
    let mut writes: Vec<u32> = Vec::new();
    for value in 1..=200 {
        writes.push(done(RegisterOp::Write(value), RegisterOp::Write(value)));
        done(RegisterOp::Read(None), RegisterOp::Read(Some(value)));
    }
    let stale = done(RegisterOp::Read(None), RegisterOp::Read(Some(199)));
    let Some(Now::Illegal(explanation)) = live.now(&()) else {
        panic!("not linearizable");
    };
    assert_eq!(explanation.broken_by, stale);
    assert!(explanation.minimal);
    // That 199 was over is known from the end of its write and from an answer of 200 after it, by the write or by a read.
    assert_eq!(explanation.operations.len(), 3, "{explanation:?}");
    assert!(explanation.operations.contains(&stale));
}

#[test]
fn what_is_lost_may_take_effect_later() {
    let mut live = Incremental::new(Register { initial: 0 }, 1_000);
    let lost = live.call(RegisterOp::Write(7));
    live.lose(lost).expect("open");
    for seen in [0, 0, 7, 7, 0] {
        assert_eq!(live.overall(), Overall::Linearizable);
        let read = live.call(RegisterOp::Read(None));
        live.answer(read, RegisterOp::Read(Some(seen)))
            .expect("open");
    }
    let Some(Now::Illegal(explanation)) = live.now(&()) else {
        panic!("not linearizable: nobody wrote 0 again");
    };
    assert_eq!(explanation.operations.len(), 2);
}

#[test]
fn a_budget_that_is_spent_is_said() {
    let mut live = Incremental::new(Queue::default(), 3);
    let places: Vec<u32> = (0..6u8).map(|n| live.call(QueueOp::Enqueue(n))).collect();
    for (&place, n) in places.iter().zip(0..) {
        live.answer(place, QueueOp::Enqueue(n)).expect("open");
    }
    let first = live.call(QueueOp::Dequeue(None));
    live.answer(first, QueueOp::Dequeue(Some(Some(5))))
        .expect("open");
    assert_eq!(live.overall(), Overall::GaveUp);
    assert_eq!(live.now(&()), Some(Now::GaveUp));
}

#[test]
fn what_is_not_open_is_refused() {
    let mut live = Incremental::new(Lock, 100);
    let place = live.call(LockOp::Acquire(1));
    assert_eq!(live.answer(place, LockOp::Acquire(1)), Ok(()));
    assert_eq!(live.answer(place, LockOp::Acquire(1)), Err(NotOpen(place)));
    assert_eq!(live.lose(9), Err(NotOpen(9)));
    assert_eq!(NotOpen(9).to_string(), "operation 9 is not open");
}
