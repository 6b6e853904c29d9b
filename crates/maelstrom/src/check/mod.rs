//! Checkers: is what clients heard what the workload promises? Each verdict names the operations that it is about.
//!
//! Know nothing of nodes and networks: a history is all they see.

mod counter;
mod kafka;
mod lin_kv;
mod set;
mod simple;
pub mod txn;

use crate::history::{Call, Event, Phase, calls};
use crate::workload::Workload;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a check came to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// Everything is as promised.
    Valid,
    /// Nothing is known to be wrong, and not enough was seen to say that all is right.
    Unknown,
    /// A promise is broken.
    Invalid,
}

/// Something that is wrong, or that keeps a checker from saying that all is right.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// What sort: `lost`, `G1a`, …
    pub anomaly: String,
    /// What follows from it.
    pub valid: Validity,
    /// What is wrong, as a sentence.
    pub text: String,
    /// The operations that it is about, in a few words each.
    pub operations: Vec<String>,
    /// Where these operations begin in the history.
    pub events: Vec<u32>,
}

/// What a checker says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// What it came to.
    pub valid: Validity,
    /// What was found: of each sort the first ones.
    pub findings: Vec<Finding>,
    /// How often each sort was found in all.
    pub counts: BTreeMap<String, u64>,
    /// Figures that belong to the workload.
    pub figures: BTreeMap<String, Value>,
}

/// An answer that is not what the workload has.
pub(crate) const MALFORMED: &str = "malformed-answer";
/// How many findings of one sort are kept.
pub const FINDINGS_MAX: u64 = 8;
/// How many operations of a finding are named.
pub const OPERATIONS_MAX: usize = 12;

impl Default for Verdict {
    fn default() -> Self {
        Self {
            valid: Validity::Valid,
            findings: Vec::new(),
            counts: BTreeMap::new(),
            figures: BTreeMap::new(),
        }
    }
}

impl Verdict {
    /// Adds something that is wrong.
    pub(crate) fn wrong(&mut self, anomaly: &str, text: impl FnOnce() -> String, about: &[&Call]) {
        self.add(Validity::Invalid, anomaly, text, about);
    }

    /// Adds something that keeps the checker from saying that all is right.
    pub(crate) fn unknown(
        &mut self,
        anomaly: &str,
        text: impl FnOnce() -> String,
        about: &[&Call],
    ) {
        self.add(Validity::Unknown, anomaly, text, about);
    }

    fn add(
        &mut self,
        valid: Validity,
        anomaly: &str,
        text: impl FnOnce() -> String,
        about: &[&Call],
    ) {
        self.valid = self.valid.max(valid);
        let count = self.counts.entry(anomaly.to_owned()).or_default();
        *count += 1;
        if *count <= FINDINGS_MAX {
            let about = &about[..about.len().min(OPERATIONS_MAX)];
            self.findings.push(Finding {
                anomaly: anomaly.to_owned(),
                valid,
                text: text(),
                operations: about.iter().map(|call| call.told()).collect(),
                events: about.iter().map(|call| call.invoked).collect(),
            });
        }
    }

    /// The test ended before everything was asked: what would still have come is not missing.
    pub(crate) fn cut_short(&mut self) {
        for finding in &mut self.findings {
            if matches!(&*finding.anomaly, "lost" | "lost-write" | "unseen") {
                finding.valid = Validity::Unknown;
            }
        }
        let valid = self.findings.iter().map(|finding| finding.valid).max();
        self.valid = valid.unwrap_or(Validity::Valid);
        let text = || "the test was ended before everything was asked".to_owned();
        self.unknown("cut-short", text, &[]);
    }

    /// Notes a figure.
    pub(crate) fn figure(&mut self, name: &str, value: impl Into<Value>) {
        self.figures.insert(name.to_owned(), value.into());
    }
}

/// Judges a history by the promises of its workload. `level` matters to transactions alone.
pub fn check(workload: Workload, events: &[Event], level: txn::Level) -> Verdict {
    let calls = calls(events);
    let mut verdict = match workload {
        Workload::Echo => simple::echo(&calls),
        Workload::UniqueIds => simple::unique_ids(&calls),
        Workload::Broadcast => set::check(&calls, "broadcast"),
        Workload::GSet => set::check(&calls, "add"),
        Workload::GCounter | Workload::PnCounter => counter::check(&calls),
        Workload::LinKv => lin_kv::check(&calls),
        Workload::TxnListAppend => txn::check(&calls, level),
        Workload::Kafka => kafka::check(&calls),
    };
    for f in workload.must_succeed() {
        if !calls.iter().any(|call| call.f == *f && call.ok()) {
            let tries: Vec<&Call> = calls.iter().filter(|call| call.f == *f).collect();
            let text = || format!("no {f} of {} succeeded: that shows nothing", tries.len());
            verdict.unknown("never-succeeded", text, &tries[..tries.len().min(3)]);
        }
    }
    for call in calls.iter().filter(|call| malformed(call)) {
        let why = call.error.as_ref().map_or("", |problem| &problem.text);
        verdict.wrong(MALFORMED, || why.to_owned(), &[call]);
    }
    verdict
}

/// Whether the answer was none that the protocol knows.
fn malformed(call: &Call) -> bool {
    let problem = call.error.as_ref();
    call.outcome == Phase::Info && problem.is_some_and(|it| it.code.is_none())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// A history written as `[client, type, f, value]`, one event a row, a millisecond apart.
    pub(crate) fn history(rows: Value) -> Vec<Event> {
        let rows = rows.as_array().unwrap().iter();
        rows.zip(0..)
            .map(|(row, place)| Event {
                client: row[0].as_u64().unwrap(),
                phase: serde_json::from_value(row[1].clone()).unwrap(),
                f: row[2].as_str().unwrap().to_owned(),
                value: row[3].clone(),
                time_us: place * 1_000,
                node: format!("n{}", row[0]),
                last: row[4] == json!("final"),
                error: serde_json::from_value(row[4].clone()).ok(),
            })
            .collect()
    }

    /// The sorts of what is found in such a history, and what it came to.
    pub(crate) fn found(workload: Workload, rows: Value) -> (Validity, Vec<String>) {
        let verdict = check(workload, &history(rows), txn::Level::default());
        for finding in &verdict.findings {
            assert!(!finding.text.is_empty() && !finding.text.ends_with('.'));
        }
        (verdict.valid, verdict.counts.into_keys().collect())
    }

    #[test]
    fn what_never_succeeded_shows_nothing() {
        let rows = json!([
            [1, "invoke", "echo", "a"],
            [1, "info", "echo", null, {"code": 0, "text": "no answer"}]
        ]);
        let expected = (Validity::Unknown, vec!["never-succeeded".into()]);
        assert_eq!(found(Workload::Echo, rows), expected);
    }

    #[test]
    fn an_answer_that_is_none_is_wrong() {
        let rows = json!([
            [1, "invoke", "echo", "a"],
            [1, "ok", "echo", "a"],
            [1, "invoke", "echo", "b"],
            [1, "info", "echo", null, {"text": "the answer is of type ok, not echo_ok"}]
        ]);
        let expected = (Validity::Invalid, vec!["malformed-answer".into()]);
        assert_eq!(found(Workload::Echo, rows), expected);
    }
}
