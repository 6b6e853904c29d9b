//! Sets that only grow, after Jepsen's set-full: an element is stable when every later read has it, lost when it was known and
//! later reads have it not, stale when a read misses it after it was known and a later one has it again.

use super::Verdict;
use crate::history::{Call, canonical};
use std::collections::{BTreeMap, BTreeSet};

/// A read that succeeded, and what it saw.
struct Read<'a> {
    call: &'a Call,
    seen: BTreeMap<String, u32>,
}

/// Judges a history of additions (`add_f`) and reads.
pub(super) fn check(calls: &[Call], add_f: &str) -> Verdict {
    let mut verdict = Verdict::default();
    let mut added: BTreeMap<String, &Call> = BTreeMap::new();
    let mut failed = BTreeSet::new();
    for call in calls.iter().filter(|call| call.f == add_f) {
        let element = canonical(&call.input);
        if !call.possible() {
            failed.insert(element.clone());
        }
        added.insert(element, call);
    }
    let reads: Vec<Read<'_>> = calls
        .iter()
        .filter(|call| call.f == "read" && call.ok())
        .map(|call| {
            let mut seen = BTreeMap::new();
            for element in call.output.as_array().into_iter().flatten() {
                *seen.entry(canonical(element)).or_default() += 1;
            }
            Read { call, seen }
        })
        .collect();
    for read in &reads {
        for (element, times) in &read.seen {
            if *times > 1 {
                let text = || format!("{element} stands {times} times in what was read");
                verdict.wrong("duplicated", text, &[read.call]);
            }
            match added.get(element) {
                None => {
                    let text = || format!("{element} was read, and nobody added it");
                    verdict.wrong("unexpected", text, &[read.call]);
                }
                Some(add) if failed.contains(element) => {
                    let text = || format!("{element} was read, though adding it failed");
                    verdict.wrong("failed-and-seen", text, &[add, read.call]);
                }
                Some(add) if read.call.before(add) => {
                    let text = || format!("{element} was read before somebody added it");
                    verdict.wrong("unexpected", text, &[add, read.call]);
                }
                Some(_) => {}
            }
        }
    }
    let mut stale_us: Vec<u64> = Vec::new();
    let mut stable = 0u64;
    for (element, add) in &added {
        if add.possible() {
            match fate(element, add, &reads) {
                Fate::Stable(lag_us) => {
                    stable += 1;
                    stale_us.push(lag_us);
                }
                Fate::Lost { known, missed } => {
                    let text = || {
                        let last = missed.len();
                        format!("{element} was known, and the last {last} reads do not have it")
                    };
                    let mut about = vec![*add];
                    about.extend(known);
                    about.extend(&missed);
                    verdict.wrong("lost", text, &about);
                }
                Fate::NeverRead if add.ok() => {
                    let text =
                        || format!("{element} was acknowledged, and no read began after that");
                    verdict.unknown("never-read", text, &[add]);
                }
                Fate::NeverRead => {}
            }
        }
    }
    stale_us.sort_unstable();
    verdict.figure("elements", added.len());
    verdict.figure("stable", stable);
    verdict.figure("stale", stale_us.iter().filter(|us| **us > 0).count());
    verdict.figure(
        "stable-latency-ms-max",
        stale_us.last().unwrap_or(&0) / 1_000,
    );
    if !stale_us.is_empty() {
        verdict.figure(
            "stable-latency-ms-median",
            stale_us[stale_us.len() / 2] / 1_000,
        );
    }
    verdict
}

/// What became of an element.
enum Fate<'a> {
    /// Every read from some time on has it: so long after it was known, in microseconds.
    Stable(u64),
    /// It was known, and then no longer.
    Lost {
        /// The read that had it last, if one did.
        known: Option<&'a Call>,
        /// The reads after that.
        missed: Vec<&'a Call>,
    },
    /// No read could tell.
    NeverRead,
}

fn fate<'a>(element: &str, add: &Call, reads: &[Read<'a>]) -> Fate<'a> {
    // It is known as soon as its addition was acknowledged, or a read has returned it.
    let acknowledged = add.returned.map(|at| (at, add.returned_us.unwrap_or(0)));
    let first_seen = reads
        .iter()
        .filter(|read| read.seen.contains_key(element))
        .filter_map(|read| Some((read.call.returned?, read.call.returned_us?)))
        .min();
    let Some((known, known_us)) = [acknowledged, first_seen].into_iter().flatten().min() else {
        return Fate::NeverRead;
    };
    let present = reads
        .iter()
        .filter(|read| read.seen.contains_key(element))
        .max_by_key(|read| read.call.invoked);
    let last_present = present.map(|read| read.call.invoked);
    // Reads that had to see it: they began when it was known.
    let absent = reads
        .iter()
        .filter(|read| read.call.invoked > known && !read.seen.contains_key(element));
    let missed: Vec<&Call> = absent
        .clone()
        .filter(|read| Some(read.call.invoked) > last_present)
        .map(|read| read.call)
        .collect();
    if !missed.is_empty() {
        let known = present.map(|read| read.call);
        return Fate::Lost { known, missed };
    }
    if present.is_none() {
        return Fate::NeverRead;
    }
    let last_absent_us = absent.map(|read| read.call.invoked_us).max();
    Fate::Stable(last_absent_us.map_or(0, |us| us.saturating_sub(known_us)))
}

#[cfg(test)]
mod tests {
    use crate::check::tests::{found, history};
    use crate::check::{Validity, check, txn};
    use crate::workload::Workload;
    use serde_json::{Value, json};

    fn set(rows: Value) -> (Validity, Vec<String>) {
        found(Workload::GSet, rows)
    }

    const ADD: fn() -> [Value; 2] = || [json!([1, "invoke", "add", 7]), json!([1, "ok", "add", 7])];

    fn after_add(reads: &[Value]) -> Value {
        let mut rows = ADD().to_vec();
        for read in reads {
            rows.push(json!([2, "invoke", "read", null]));
            rows.push(json!([2, "ok", "read", read]));
        }
        rows.into()
    }

    #[test]
    fn an_element_that_every_read_has_is_stable() {
        assert_eq!(set(after_add(&[json!([7])])), (Validity::Valid, vec![]));
    }

    #[test]
    fn a_stale_read_is_a_figure_and_a_lost_element_is_wrong() {
        let stale = after_add(&[json!([]), json!([7])]);
        let verdict = check(Workload::GSet, &history(stale), txn::Level::default());
        assert_eq!(verdict.valid, Validity::Valid);
        assert_eq!(
            (&verdict.figures["stale"], &verdict.figures["stable"]),
            (&json!(1), &json!(1))
        );
        for lost in [&[json!([7]), json!([])][..], &[json!([])][..]] {
            let expected = (Validity::Invalid, vec!["lost".into()]);
            assert_eq!(set(after_add(lost)), expected);
        }
    }

    #[test]
    fn an_element_twice_or_from_nowhere_is_wrong() {
        let expected = (Validity::Invalid, vec!["duplicated".into()]);
        assert_eq!(set(after_add(&[json!([7, 7])])), expected);
        let expected = (Validity::Invalid, vec!["unexpected".into()]);
        assert_eq!(set(after_add(&[json!([7, 8])])), expected);
        let early = json!([
            [2, "invoke", "read", null],
            [2, "ok", "read", [7]],
            [1, "invoke", "add", 7],
            [1, "ok", "add", 7],
            [2, "invoke", "read", null],
            [2, "ok", "read", [7]]
        ]);
        assert_eq!(set(early), expected);
    }

    #[test]
    fn an_addition_that_failed_and_is_seen_is_wrong() {
        let rows = json!([
            [1, "invoke", "add", 1],
            [1, "ok", "add", 1],
            [1, "invoke", "add", 7],
            [1, "fail", "add", null],
            [2, "invoke", "read", null],
            [2, "ok", "read", [1, 7]]
        ]);
        assert_eq!(
            set(rows),
            (Validity::Invalid, vec!["failed-and-seen".into()])
        );
    }

    #[test]
    fn without_a_later_read_nothing_is_known() {
        let rows = json!([
            [2, "invoke", "read", null],
            [1, "invoke", "add", 7],
            [1, "ok", "add", 7],
            [2, "ok", "read", []]
        ]);
        assert_eq!(set(rows), (Validity::Unknown, vec!["never-read".into()]));
        // What nobody knows may come or not.
        let rows = json!([
            [1, "invoke", "add", 1],
            [1, "ok", "add", 1],
            [1, "invoke", "add", 7],
            [1, "info", "add", null],
            [2, "invoke", "read", null],
            [2, "ok", "read", [1]]
        ]);
        assert_eq!(set(rows), (Validity::Valid, vec![]));
    }
}
