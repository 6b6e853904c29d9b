//! What holds of every answer.

use linearizability::{Operation, PARTIALS_MAX, Specification, Verdict, check, check_whole};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// More than any of the histories takes.
pub(crate) const PLENTY: u64 = 1_000_000;

/// Whether the history is linearizable. Its evidence must hold: a witness explains it, a partial linearization explains its
/// operations and leaves out the one that it is stuck at.
pub(crate) fn linearizable<S: Specification>(spec: &S, history: &[Operation<S::Op>]) -> bool {
    let verdict = check_whole(spec, history, PLENTY);
    let parts = check(spec, history, PLENTY);
    let legal = parts
        .iter()
        .all(|part| matches!(part.verdict, Verdict::Linearizable { .. }));
    match verdict {
        Verdict::Linearizable { order } => {
            assert!(legal, "the whole is linearizable, and a part is not");
            explains(spec, history, &order);
            let done: BTreeSet<u32> = order.into_iter().collect();
            for (place, operation) in (0..).zip(history) {
                assert!(operation.returned.is_none() || done.contains(&place));
            }
            true
        }
        Verdict::Illegal { partials } => {
            assert!(!legal, "every part is linearizable, and the whole is not");
            assert!((1..=PARTIALS_MAX).contains(&partials.len()));
            for partial in partials {
                explains(spec, history, &partial.order);
                assert!(!partial.order.contains(&partial.stuck));
                assert!(history[partial.stuck as usize].returned.is_some());
            }
            false
        }
        Verdict::GaveUp => panic!("gave up although there was plenty"),
    }
}

/// Each operation once, each possible in the state that the ones before it leave, none before one that returned before it was called.
pub(crate) fn explains<S: Specification>(spec: &S, history: &[Operation<S::Op>], order: &[u32]) {
    let distinct: BTreeSet<&u32> = order.iter().collect();
    assert_eq!(distinct.len(), order.len(), "one operation twice");
    let mut state = spec.initial();
    for (nth, &place) in order.iter().enumerate() {
        let operation = &history[place as usize];
        let after = spec.step(&state, &operation.op);
        state = after.expect("the operation is possible here");
        for &later in &order[nth + 1..] {
            let returned = history[later as usize].returned;
            assert!(returned.is_none_or(|returned| returned > operation.invoked));
        }
    }
}

/// The folder `shared/cases/linearizability` beside the repository, or beside one of the folders that hold it. `None`, and a
/// word on it, where there is none: these histories are no part of the repository.
pub(crate) fn shared_cases() -> Option<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = here
        .ancestors()
        .map(|folder| folder.join("shared/cases/linearizability"))
        .find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: no ../shared/cases/linearizability");
    }
    found
}
