//! Histories whose answer is plain to see, one model after the other.

use crate::common::{PLENTY, linearizable};
use linearizability::{
    CasRegister, CasRegisterOp, KeyValue, KeyValueAction, KeyValueOp, Lock, LockOp, Operation,
    Overall, Queue, QueueOp, Register, RegisterOp, Verdict, check, check_whole, overall,
};

fn at<O>(invoked: u32, returned: u32, op: O) -> Operation<O> {
    Operation {
        op,
        invoked,
        returned: Some(returned),
    }
}

fn open<O>(invoked: u32, op: O) -> Operation<O> {
    Operation {
        op,
        invoked,
        returned: None,
    }
}

#[test]
fn a_register() {
    use RegisterOp::{Read, Write};
    let check = |history: &[_], expected| {
        assert_eq!(linearizable(&Register { initial: 0 }, history), expected);
    };
    check(&[], true);
    check(&[at(0, 1, Read(Some(0)))], true);
    check(&[at(0, 1, Read(Some(1)))], false);
    // A read beside a write sees either; a read after a read that saw the new value sees no older one.
    check(&[at(0, 3, Write(1)), at(1, 2, Read(Some(0)))], true);
    check(&[at(0, 3, Write(1)), at(1, 2, Read(Some(1)))], true);
    let stale = [
        at(0, 5, Write(1)),
        at(1, 2, Read(Some(1))),
        at(3, 4, Read(Some(0))),
    ];
    check(&stale, false);
    // A write that nobody heard of may take effect late, or never; not before its call.
    check(&[open(0, Write(1)), at(1, 2, Read(Some(0)))], true);
    let late = [
        open(0, Write(1)),
        at(1, 2, Read(Some(0))),
        at(3, 4, Read(Some(1))),
    ];
    check(&late, true);
    check(&[at(0, 1, Read(Some(1))), open(2, Write(1))], false);
}

#[test]
fn a_register_with_compare_and_set() {
    use CasRegisterOp::{Cas, Read, Write};
    let cas = |from, to, swapped| Cas { from, to, swapped };
    let check = |history: &[_], expected| {
        assert_eq!(linearizable(&CasRegister { initial: 0 }, history), expected);
    };
    check(
        &[at(0, 1, cas(0, 1, Some(true))), at(2, 3, Read(Some(1)))],
        true,
    );
    check(&[at(0, 1, cas(1, 2, Some(true)))], false);
    check(&[at(0, 1, cas(0, 1, Some(false)))], false);
    check(
        &[at(0, 3, Write(1)), at(1, 2, cas(0, 2, Some(false)))],
        true,
    );
    check(&[open(0, cas(0, 1, None)), at(1, 2, Read(Some(1)))], true);
    check(&[open(0, cas(0, 1, None)), at(1, 2, Read(Some(0)))], true);
}

fn on(key: &str, action: KeyValueAction) -> KeyValueOp {
    KeyValueOp {
        key: key.into(),
        action,
    }
}

#[test]
fn a_map() {
    use KeyValueAction::{Append, Get, Put};
    let text = |text: &str| text.to_owned();
    let history = [
        at(0, 1, on("a", Put(text("x")))),
        at(2, 3, on("a", Append(text("y")))),
        at(4, 5, on("a", Get(Some(text("xy"))))),
        at(6, 7, on("b", Get(Some(text(""))))),
    ];
    assert!(linearizable(&KeyValue, &history));
    // The same answers with the order turned round.
    let turned = [
        at(0, 1, on("a", Append(text("y")))),
        at(2, 3, on("a", Put(text("x")))),
        at(4, 5, on("a", Get(Some(text("xy"))))),
        at(6, 7, on("b", Put(text("z")))),
    ];
    assert!(!linearizable(&KeyValue, &turned));
    let parts = check(&KeyValue, &turned, PLENTY);
    assert_eq!(overall(&parts), Overall::Illegal);
    let [a, b] = parts.as_slice() else {
        panic!("a part for each key: {parts:?}");
    };
    assert_eq!((a.key.as_str(), b.key.as_str()), ("a", "b"));
    assert_eq!(b.verdict, Verdict::Linearizable { order: vec![3] });
    let Verdict::Illegal { partials } = &a.verdict else {
        panic!("{a:?}");
    };
    assert_eq!(
        (partials[0].order.as_slice(), partials[0].stuck),
        (&[0, 1][..], 2)
    );
}

#[test]
fn a_queue() {
    use QueueOp::{Dequeue, Enqueue};
    let check = |history: &[_], expected| {
        assert_eq!(linearizable(&Queue::default(), history), expected);
    };
    let two = |first, second| {
        [
            at(0, 1, Enqueue(1)),
            at(2, 3, Enqueue(2)),
            at(4, 5, Dequeue(Some(Some(first)))),
            at(6, 7, Dequeue(Some(Some(second)))),
        ]
    };
    check(&two(1, 2), true);
    check(&two(2, 1), false);
    check(&two(1, 1), false);
    check(
        &[at(0, 1, Enqueue(1)), at(2, 3, Dequeue(Some(None)))],
        false,
    );
    check(&[at(0, 3, Enqueue(1)), at(1, 2, Dequeue(Some(None)))], true);
    let taken = [
        at(0, 1, Enqueue(1)),
        open(2, Dequeue(None)),
        at(3, 4, Dequeue(Some(None))),
    ];
    check(&taken, true);
}

#[test]
fn a_lock() {
    use LockOp::{Acquire, Release};
    let check = |history: &[_], expected| assert_eq!(linearizable(&Lock, history), expected);
    check(&[at(0, 1, Acquire(1)), at(2, 3, Acquire(2))], false);
    check(
        &[
            at(0, 1, Acquire(1)),
            at(2, 5, Acquire(2)),
            at(3, 4, Release(1)),
        ],
        true,
    );
    check(&[at(0, 1, Acquire(1)), at(2, 3, Release(2))], false);
    check(
        &[
            at(0, 1, Acquire(1)),
            open(2, Release(1)),
            at(3, 4, Acquire(2)),
        ],
        true,
    );
    check(&[at(0, 1, Release(1))], false);
}

#[test]
fn a_budget_ends_the_search_and_no_sooner() {
    let history: Vec<_> = (0..10)
        .map(|nth| at(2 * nth, 2 * nth + 1, RegisterOp::Write(nth)))
        .collect();
    let register = Register { initial: 0 };
    let with = |budget| check_whole(&register, &history, budget);
    assert_eq!(with(9), Verdict::GaveUp);
    assert_eq!(
        with(10),
        Verdict::Linearizable {
            order: (0..10).collect()
        }
    );
    assert_eq!(overall(&check(&register, &history, 9)), Overall::GaveUp);
}

/// As deep as the history is long: neither the stack nor the patience runs out.
#[test]
fn a_long_history() {
    let long = 20_000;
    let mut history: Vec<_> = (0..long)
        .map(|nth| at(2 * nth, 2 * nth + 1, RegisterOp::Write(nth)))
        .collect();
    assert!(matches!(
        check_whole(&Register { initial: 0 }, &history, PLENTY),
        Verdict::Linearizable { .. }
    ));
    history.push(at(2 * long, 2 * long + 1, RegisterOp::Read(Some(0))));
    let verdict = check_whole(&Register { initial: 0 }, &history, PLENTY);
    let Verdict::Illegal { partials } = verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(partials[0].stuck, long);
    assert_eq!(partials[0].order.len() as u32, long);
}
