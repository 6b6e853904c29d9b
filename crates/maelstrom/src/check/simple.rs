//! Echo: what was said comes back. Unique ids: nobody gets one twice.

use super::Verdict;
use crate::history::{Call, canonical, short};
use std::collections::BTreeMap;

/// Every answer is what was said.
pub(super) fn echo(calls: &[Call]) -> Verdict {
    let mut verdict = Verdict::default();
    for call in calls.iter().filter(|call| call.ok()) {
        if call.input != call.output {
            let text = || {
                format!(
                    "{} was said, and {} came back",
                    short(&call.input),
                    short(&call.output)
                )
            };
            verdict.wrong("other-echo", text, &[call]);
        }
    }
    verdict
}

/// No id was given out twice, by whichever node.
pub(super) fn unique_ids(calls: &[Call]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut given: BTreeMap<String, Vec<&Call>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.ok()) {
        given.entry(canonical(&call.output)).or_default().push(call);
    }
    verdict.figure("ids", given.len());
    for (id, calls) in given.iter().filter(|(_, calls)| calls.len() > 1) {
        let text = || format!("the id {id} was given out {} times", calls.len());
        verdict.wrong("duplicate-id", text, calls);
    }
    verdict
}

#[cfg(test)]
mod tests {
    use crate::check::Validity;
    use crate::check::tests::found;
    use crate::workload::Workload;
    use serde_json::json;

    #[test]
    fn another_echo_is_wrong() {
        let rows = json!([
            [1, "invoke", "echo", {"a": 1, "b": 2}],
            [2, "invoke", "echo", "y"],
            [1, "ok", "echo", {"b": 2, "a": 1}],
            [2, "ok", "echo", "z"]
        ]);
        let (valid, found) = found(Workload::Echo, rows);
        assert_eq!(
            (valid, &*found[0], found.len()),
            (Validity::Invalid, "other-echo", 1)
        );
    }

    #[test]
    fn an_id_given_out_twice_is_wrong_and_another_type_is_another_id() {
        let rows = |second| {
            json!([
                [1, "invoke", "generate", null],
                [1, "ok", "generate", "1"],
                [2, "invoke", "generate", null],
                [2, "ok", "generate", second]
            ])
        };
        assert_eq!(
            found(Workload::UniqueIds, rows(json!(1))).0,
            Validity::Valid
        );
        let expected = (Validity::Invalid, vec!["duplicate-id".into()]);
        assert_eq!(found(Workload::UniqueIds, rows(json!("1"))), expected);
    }
}
