//! What came of a test: the verdict, how operations ended and how long they took, and how much was said.

use crate::check::{MALFORMED, Validity, Verdict};
use crate::history::{Event, Phase, calls};
use crate::hub::Hub;
use crate::test::Settings;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// How the calls of one function ended.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Ends {
    /// They took effect.
    pub ok: u64,
    /// They did not.
    pub fail: u64,
    /// Nobody knows.
    pub info: u64,
    /// Half of those that succeeded took at most this long, in microseconds.
    pub median_us: u64,
    /// 99 of 100 did.
    pub p99_us: u64,
    /// The longest.
    pub max_us: u64,
}

/// How many messages were sent.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Messages {
    /// All of them.
    pub all: u64,
    /// Those with a client at either end.
    pub clients: u64,
    /// Those between nodes and services.
    pub servers: u64,
    /// Those between nodes and services for each operation.
    pub servers_per_op: f64,
}

/// What came of a test.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The workload.
    pub workload: String,
    /// The seed of all chance.
    pub seed: u64,
    /// The nodes.
    pub nodes: Vec<String>,
    /// How long it lasted, in microseconds.
    pub lasted_us: u64,
    /// What it came to.
    pub valid: Validity,
    /// How the calls ended, by function.
    pub operations: BTreeMap<String, Ends>,
    /// How many messages were sent.
    pub messages: Messages,
    /// What the checker says.
    pub verdict: Verdict,
}

impl Report {
    pub(crate) fn new(
        settings: &Settings,
        verdict: Verdict,
        events: &[Event],
        hub: &Hub,
        lasted_us: u64,
    ) -> Self {
        let mut operations: BTreeMap<String, Ends> = BTreeMap::new();
        let mut times: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        let calls = calls(events);
        for call in &calls {
            let ends = operations.entry(call.f.clone()).or_default();
            match call.outcome {
                Phase::Ok => ends.ok += 1,
                Phase::Fail => ends.fail += 1,
                Phase::Invoke | Phase::Info => ends.info += 1,
            }
            if let Some(end) = call.returned_us.filter(|_| call.ok()) {
                let all = times.entry(call.f.clone()).or_default();
                all.push(end.saturating_sub(call.invoked_us));
            }
        }
        for (f, mut times) in times {
            times.sort_unstable();
            let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
            if let Some(ends) = operations.get_mut(&f) {
                (ends.median_us, ends.p99_us, ends.max_us) = (at(50), at(99), at(100));
            }
        }
        // What broke a promise first, and before all what nobody could read: the rest may follow from it.
        let mut verdict = verdict;
        verdict
            .findings
            .sort_by_key(|it| (Reverse(it.valid), it.anomaly != MALFORMED));
        let (clients, servers) = hub.network.sent();
        let messages = Messages {
            all: clients + servers,
            clients,
            servers,
            servers_per_op: servers as f64 / calls.len().max(1) as f64,
        };
        Self {
            workload: settings.workload.name().to_owned(),
            seed: settings.seed,
            nodes: hub.names().to_vec(),
            lasted_us,
            valid: verdict.valid,
            operations,
            messages,
            verdict,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (nodes, seconds) = (self.nodes.len(), self.lasted_us as f64 / 1e6);
        let plural = if nodes == 1 { "" } else { "s" };
        writeln!(
            f,
            "{}: {nodes} node{plural}, {seconds:.1} s, seed {}",
            self.workload, self.seed
        )?;
        writeln!(f)?;
        for (name, ends) in &self.operations {
            writeln!(
                f,
                "  {name:<10} {:>6} ok {:>5} failed {:>5} unknown   median {}, 99 of 100 {}, longest {}",
                ends.ok,
                ends.fail,
                ends.info,
                Millis(ends.median_us),
                Millis(ends.p99_us),
                Millis(ends.max_us)
            )?;
        }
        let Messages {
            clients,
            servers,
            servers_per_op,
            ..
        } = self.messages;
        writeln!(
            f,
            "  messages   {clients:>6} with clients, {servers} between nodes and services ({servers_per_op:.2} for each operation)"
        )?;
        let mut figures = String::new();
        for (name, value) in &self.verdict.figures {
            let value = value.as_str().map_or(value.to_string(), str::to_owned);
            let _ = write!(
                figures,
                "{}{name} {value}",
                if figures.is_empty() { "" } else { ", " }
            );
        }
        if !figures.is_empty() {
            writeln!(f, "  {figures}")?;
        }
        let mut shown: BTreeMap<&str, u32> = BTreeMap::new();
        for finding in &self.verdict.findings {
            let shown = shown.entry(&finding.anomaly).or_default();
            *shown += 1;
            if *shown > SHOWN_MAX {
                continue;
            }
            let count = self
                .verdict
                .counts
                .get(&finding.anomaly)
                .copied()
                .unwrap_or(1);
            let all = if count > 1 {
                format!(" ({count} in all)")
            } else {
                String::new()
            };
            writeln!(f, "\n{}{all}: {}", finding.anomaly, finding.text)?;
            for operation in &finding.operations {
                writeln!(f, "    {operation}")?;
            }
        }
        let said = match self.valid {
            Validity::Valid => "valid: everything is as the workload promises",
            Validity::Invalid => "INVALID: a promise is broken",
            Validity::Unknown => "unknown: nothing is known to be wrong, and not enough was seen",
        };
        writeln!(f, "\n{said}")
    }
}

/// How many findings of one sort are shown to people.
const SHOWN_MAX: u32 = 3;

/// Microseconds as milliseconds.
struct Millis(u64);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} ms", self.0 as f64 / 1e3)
    }
}
