//! Tiny histories of every model: the checker says what trying every order says.

use crate::common::linearizable;
use linearizability::{
    CasRegister, CasRegisterOp, KeyValue, KeyValueAction, KeyValueOp, Lock, LockOp, Operation,
    Queue, QueueOp, Register, RegisterOp, Specification,
};
use proptest::prelude::*;
use std::fmt::Debug;

/// The most operations of a history.
const OPERATIONS_MAX: usize = 6;

/// Tries every order that respects real time, of all operations that returned and any others.
fn by_force<S: Specification>(
    spec: &S,
    history: &[Operation<S::Op>],
    state: &S::State,
    done: &mut Vec<usize>,
) -> bool {
    let missing = |done: &[usize]| {
        let places = 0..history.len();
        places
            .filter(|place| !done.contains(place))
            .collect::<Vec<_>>()
    };
    let left = missing(done);
    if left.iter().all(|&place| history[place].returned.is_none()) {
        return true;
    }
    left.iter().any(|&place| {
        let invoked = history[place].invoked;
        let waits = left.iter().any(|&other| {
            history[other]
                .returned
                .is_some_and(|returned| returned < invoked)
        });
        if waits {
            return false;
        }
        spec.step(state, &history[place].op).is_some_and(|after| {
            done.push(place);
            let found = by_force(spec, history, &after, done);
            done.pop();
            found
        })
    })
}

/// Histories of up to [`OPERATIONS_MAX`] operations that overlap in every way, some without a return.
fn histories<O: Clone + Debug + 'static>(
    op: impl Strategy<Value = O> + 'static,
) -> impl Strategy<Value = Vec<Operation<O>>> {
    let operation = (op, 0u32..40, 1u32..20, prop::bool::weighted(0.8));
    prop::collection::vec(operation, 0..=OPERATIONS_MAX).prop_map(|operations| {
        let mut history: Vec<Operation<O>> = (0u32..)
            .zip(operations)
            // Room for every call and every return within one unit of time: no two events share a place.
            .map(|(nth, (op, from, lasts, returns))| Operation {
                op,
                invoked: from * 16 + nth,
                returned: returns.then_some((from + lasts) * 16 + 8 + nth),
            })
            .collect();
        history.sort_by_key(|operation| operation.invoked);
        history
    })
}

fn agree<S: Specification>(spec: &S, history: &[Operation<S::Op>]) -> Result<(), TestCaseError> {
    let expected = by_force(spec, history, &spec.initial(), &mut Vec::new());
    prop_assert_eq!(linearizable(spec, history), expected);
    Ok(())
}

fn heard<T: Clone + Debug + 'static>(
    answer: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.9, answer)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn registers(history in histories(prop_oneof![
        heard(0u32..3).prop_map(RegisterOp::Read),
        (0u32..3).prop_map(RegisterOp::Write),
    ])) {
        agree(&Register { initial: 0 }, &history)?;
    }

    #[test]
    fn registers_with_compare_and_set(history in histories(prop_oneof![
        heard(0u32..3).prop_map(CasRegisterOp::Read),
        (0u32..3).prop_map(CasRegisterOp::Write),
        (0u32..3, 0u32..3, heard(any::<bool>()))
            .prop_map(|(from, to, swapped)| CasRegisterOp::Cas { from, to, swapped }),
    ])) {
        agree(&CasRegister { initial: 0 }, &history)?;
    }

    #[test]
    fn maps(history in histories(("[ab]", prop_oneof![
        heard("[xy]{0,2}").prop_map(KeyValueAction::Get),
        "[xy]?".prop_map(KeyValueAction::Put),
        "[xy]".prop_map(KeyValueAction::Append),
    ]).prop_map(|(key, action)| KeyValueOp { key, action }))) {
        agree(&KeyValue, &history)?;
    }

    #[test]
    fn queues(history in histories(prop_oneof![
        (0u32..3).prop_map(QueueOp::Enqueue),
        heard(prop::option::of(0u32..3)).prop_map(QueueOp::Dequeue),
    ])) {
        agree(&Queue::default(), &history)?;
    }

    #[test]
    fn locks(history in histories(prop_oneof![
        (0u32..2).prop_map(LockOp::Acquire),
        (0u32..2).prop_map(LockOp::Release),
    ])) {
        agree(&Lock, &history)?;
    }
}
