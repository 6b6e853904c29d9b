//! Tiny histories of every model: the checker says what trying every order says.

use crate::common::{PLENTY, linearizable};
use linearizability::{
    CasRegister, CasRegisterOp, KeyValue, KeyValueAction, KeyValueOp, Lock, LockOp, Operation,
    Queue, QueueOp, Register, RegisterOp, Specification, Verdict, check_whole,
};
use proptest::prelude::*;
use std::fmt::Debug;

/// The most operations of a history.
const OPERATIONS_MAX: usize = 6;

/// Tries every order that respects real time; the most operations that returned in one that can be.
fn by_force<S: Specification>(
    spec: &S,
    history: &[Operation<S::Op>],
    state: &S::State,
    done: &mut Vec<usize>,
) -> usize {
    let left: Vec<usize> = (0..history.len())
        .filter(|place| !done.contains(place))
        .collect();
    let returned = done
        .iter()
        .filter(|&&place| history[place].returned.is_some());
    let mut most = returned.count();
    for &place in &left {
        let invoked = history[place].invoked;
        let waits = left.iter().any(|&other| {
            history[other]
                .returned
                .is_some_and(|returned| returned < invoked)
        });
        if waits {
            continue;
        }
        if let Some(after) = spec.step(state, &history[place].op) {
            assert!(after == *state || !spec.reads(&history[place].op));
            done.push(place);
            most = most.max(by_force(spec, history, &after, done));
            done.pop();
        }
    }
    most
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
    let returned = |place: &usize| history[*place].returned.is_some();
    let all = (0..history.len()).filter(returned).count();
    let most = by_force(spec, history, &spec.initial(), &mut Vec::new());
    prop_assert_eq!(linearizable(spec, history), most == all);
    if let Verdict::Illegal { partials } = check_whole(spec, history, PLENTY) {
        for partial in partials {
            let explained = partial.order.iter().map(|&place| place as usize);
            prop_assert_eq!(explained.filter(returned).count(), most);
        }
    }
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
