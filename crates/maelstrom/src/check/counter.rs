//! Counters: what is read at the end is the sum of what was added, with or without each addition of which nothing is known; and no
//! read in between lies outside of what could have been added by then.

use super::Verdict;
use crate::history::Call;
use std::collections::BTreeSet;

/// How many sums are listed before only their bounds are asked.
const SUMS_MAX: usize = 200_000;

/// Judges a history of additions and reads.
pub(super) fn check(calls: &[Call]) -> Verdict {
    let mut verdict = Verdict::default();
    let adds: Vec<(&Call, i128)> = calls
        .iter()
        .filter(|call| call.f == "add" && call.possible())
        .filter_map(|call| Some((call, i128::from(call.input.as_i64()?))))
        .collect();
    let certain: i128 = adds.iter().filter(|(add, _)| add.ok()).map(|it| it.1).sum();
    let open: Vec<i128> = adds
        .iter()
        .filter(|(add, _)| !add.ok())
        .map(|it| it.1)
        .collect();
    let sums = sums(certain, &open);
    let low = certain + open.iter().filter(|delta| **delta < 0).sum::<i128>();
    let high = certain + open.iter().filter(|delta| **delta > 0).sum::<i128>();
    let mut last = 0u64;
    for read in calls.iter().filter(|call| call.f == "read" && call.ok()) {
        let Some(value) = integer(read) else {
            continue;
        };
        if read.last {
            last += 1;
            let fits = match &sums {
                Some(sums) => sums.contains(&value),
                None => (low..=high).contains(&value),
            };
            if !fits {
                let text = || {
                    if low == high {
                        format!(
                            "the sum of all additions is {low}, and {value} was read at the end"
                        )
                    } else {
                        format!(
                            "the sum of all additions lies between {low} and {high}, and {value}, \
                             which none of its values is, was read at the end"
                        )
                    }
                };
                verdict.wrong("wrong-sum", text, &[read]);
            }
        } else {
            // Each addition that began before the read ended may have been seen; which were is open.
            let begun = adds
                .iter()
                .filter(|(add, _)| Some(add.invoked) < read.returned);
            let (mut least, mut most) = (0, 0);
            for (_, delta) in begun {
                if *delta < 0 {
                    least += delta;
                } else {
                    most += delta;
                }
            }
            if !(least..=most).contains(&value) {
                let text =
                    || format!("{value} was read when no sum outside {least} to {most} could be");
                verdict.wrong("out-of-bounds", text, &[read]);
            }
        }
    }
    verdict.figure("sum-min", low.to_string());
    verdict.figure("sum-max", high.to_string());
    verdict.figure("final-reads", last);
    if last == 0 {
        let text = || "no read at the end succeeded: that shows nothing".to_owned();
        verdict.unknown("never-read", text, &[]);
    }
    verdict
}

fn integer(read: &Call) -> Option<i128> {
    let value = &read.output;
    value
        .as_i64()
        .map(i128::from)
        .or_else(|| value.as_u64().map(i128::from))
}

/// Every sum that can be; `None`: too many to list.
fn sums(certain: i128, open: &[i128]) -> Option<BTreeSet<i128>> {
    let mut sums = BTreeSet::from([certain]);
    for delta in open {
        let with: Vec<i128> = sums.iter().map(|sum| sum + delta).collect();
        sums.extend(with);
        if sums.len() > SUMS_MAX {
            return None;
        }
    }
    Some(sums)
}

#[cfg(test)]
mod tests {
    use crate::check::Validity;
    use crate::check::tests::found;
    use crate::workload::Workload;
    use serde_json::{Value, json};

    fn counter(read: i64, last: Value) -> (Validity, Vec<String>) {
        let rows = json!([
            [1, "invoke", "add", 3],
            [1, "ok", "add", 3],
            [1, "invoke", "add", 10],
            [1, "fail", "add", null],
            [1, "invoke", "add", -5],
            [1, "info", "add", null],
            [2, "invoke", "read", null, last],
            [2, "ok", "read", read, last],
            [3, "invoke", "read", null, "final"],
            [3, "ok", "read", 3, "final"]
        ]);
        found(Workload::PnCounter, rows)
    }

    #[test]
    fn the_last_read_is_a_sum_with_or_without_what_nobody_knows() {
        for right in [3, -2] {
            assert_eq!(counter(right, json!("final")).0, Validity::Valid);
        }
        for wrong in [0, 13, -1, 8, 2] {
            let expected = (Validity::Invalid, vec!["wrong-sum".into()]);
            assert_eq!(counter(wrong, json!("final")), expected);
        }
    }

    #[test]
    fn a_read_in_between_lies_within_what_was_added() {
        for right in [0, 3, -2, -5] {
            assert_eq!(counter(right, Value::Null).0, Validity::Valid);
        }
        for wrong in [4, -6] {
            let expected = (Validity::Invalid, vec!["out-of-bounds".into()]);
            assert_eq!(counter(wrong, Value::Null), expected);
        }
    }

    #[test]
    fn without_a_last_read_nothing_is_known() {
        let rows = json!([
            [1, "invoke", "add", 3],
            [1, "ok", "add", 3],
            [2, "invoke", "read", null],
            [2, "ok", "read", 3]
        ]);
        let expected = (Validity::Unknown, vec!["never-read".into()]);
        assert_eq!(found(Workload::GCounter, rows), expected);
    }
}
