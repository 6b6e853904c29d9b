//! What remote procedure calls promise, looked at from outside: how often each call ran, what it was answered, what left when.
//!
//! The memory holds a record for each call, found by client and number; a step costs what it changed.

use crate::call::series;
use crate::{Answer, Breaker, Call, Counters, Fact, Kept, Node, Op, RpcConfig, State};
use protocol::{
    Arg, Assumptions, Look, NodeId, Phrase, Picture, Property, PropertyKind, Row, SharedVec, Tone,
    Verdicts,
};
use std::collections::BTreeMap;

/// So long a message may travel for "no late start" to hold: what is left of a deadline travels, and does not shrink on the way.
const FLIGHT_US_MAX: u64 = 20_000;
/// How far a node's clock may drift for it to hold, in millionths.
const DRIFT_PPM: u64 = 1_000;
/// So many calls are shown: a picture is read at a glance.
const ROWS_MAX: u64 = 12;

pub(crate) const PROPERTIES: &[Property] = &[
    always("at-most-once", "Birrell and Nelson 1984, §3.1"),
    always("answered-ran", "Birrell and Nelson 1984, §3.1"),
    always("answers-agree", "Birrell and Nelson 1984, §3.2"),
    Property {
        id: "no-late-start",
        kind: PropertyKind::Always,
        assumes: Assumptions {
            drift_ppm_max: Some(DRIFT_PPM as u32),
            delay_us_max: Some(FLIGHT_US_MAX),
            ..Assumptions::ASYNCHRONOUS
        },
        source: "Google SRE 2016, chapter 22",
    },
    always("budget-kept", "Google SRE 2016, chapter 21"),
    always("breaker-holds", "Nygard, Release It!, Circuit Breaker"),
    property(
        "call-answered",
        PropertyKind::Sometimes,
        "Birrell and Nelson 1984, §3.1",
    ),
    property(
        "ran-twice",
        PropertyKind::Sometimes,
        "Birrell and Nelson 1984, §3.1",
    ),
    property(
        "breaker-opened",
        PropertyKind::Sometimes,
        "Nygard, Release It!, Circuit Breaker",
    ),
    property(
        "calls-end",
        PropertyKind::Eventually,
        "Google SRE 2016, chapter 22",
    ),
];

const AT_MOST_ONCE: usize = 0;
const ANSWERED_RAN: usize = 1;
const ANSWERS_AGREE: usize = 2;
const NO_LATE_START: usize = 3;
const BUDGET_KEPT: usize = 4;
const BREAKER_HOLDS: usize = 5;
const CALL_ANSWERED: usize = 6;
const RAN_TWICE: usize = 7;
const BREAKER_OPENED: usize = 8;
const CALLS_END: usize = 9;

const fn always(id: &'static str, source: &'static str) -> Property {
    property(id, PropertyKind::Always, source)
}

const fn property(id: &'static str, kind: PropertyKind, source: &'static str) -> Property {
    Property {
        id,
        kind,
        assumes: Assumptions::ASYNCHRONOUS,
        source,
    }
}

/// What is known of a call.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Record {
    call: Call,
    op: Op,
    /// When its time is up; `None` if it was never seen open.
    deadline_us: Option<u64>,
    attempts: u32,
    /// What each execution gave.
    results: Vec<u64>,
    answer: Option<Answer>,
}

/// What a caller looked like after its last step.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Glimpse {
    counters: Counters,
    /// What the budget allows in all, in thousandths, since it was switched on; and the retries before that.
    allowed_permille: u64,
    retries_before: u64,
    breakers: BTreeMap<NodeId, Breaker>,
    sent_to: BTreeMap<NodeId, u64>,
    /// How many jobs a backend has started.
    started: u64,
    /// How many calls are open at a client.
    open: u64,
}

/// What the properties remember.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Memory {
    /// By client and series, then by rank from 1.
    calls: BTreeMap<(NodeId, u64), SharedVec<Option<Record>>>,
    /// The calls in the order in which they began.
    order: SharedVec<Call>,
    glimpses: BTreeMap<NodeId, Glimpse>,
    /// How many saved executions of each backend are counted.
    executed: BTreeMap<NodeId, u64>,
    /// How many calls are open; those that end with a crash are not, those that a client will take up again are.
    open: u64,
}

pub(crate) fn observe(memory: &mut Memory, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
    // What a client will take up again stays open while it is down.
    let waits = |changed: NodeId| look.config.resumes() && look.nodes[changed.index()].is_none();
    if let Some(changed) = look.changed.filter(|changed| !waits(*changed)) {
        let was_open = memory.open;
        let mut before = memory.glimpses.remove(&changed).unwrap_or_default();
        memory.open -= before.open;
        if look.booted {
            before = Glimpse {
                allowed_permille: look.config.retry_budget_burst * 1000,
                ..Glimpse::default()
            };
        }
        if let Some(node) = &look.nodes[changed.index()] {
            memory.changed(look, changed, node, &mut before, verdicts);
            memory.glimpses.insert(changed, before);
        }
        match (was_open, memory.open) {
            (0, 1..) => verdicts.owed(CALLS_END),
            (1.., 0) => verdicts.met(CALLS_END),
            _ => {}
        }
    }
    for (node, fact) in look.facts {
        memory.told(look.config, *node, fact, verdicts);
    }
}

impl Memory {
    fn changed(
        &mut self,
        look: &Look<'_, Node>,
        me: NodeId,
        node: &Node,
        before: &mut Glimpse,
        verdicts: &mut Verdicts,
    ) {
        match node {
            Node::Client(client) => {
                let open = client.caller().open();
                let deadline_us = look.now_us + look.config.deadline_us;
                for ((call, _), state) in open {
                    let record = self.record(*call, state.op);
                    // It begins, or is taken up again, with a fresh deadline.
                    if look.booted || record.deadline_us.is_none() {
                        record.deadline_us = Some(deadline_us);
                    }
                    record.attempts = record.attempts.max(state.attempts);
                }
                before.open = open.len() as u64;
                self.open += before.open;
            }
            Node::Frontend(_) => {}
            Node::Backend(backend) => {
                if look.booted {
                    // What reached the disk before a crash was executed, even if nobody was told.
                    let disk = backend.disk();
                    let counted = self.executed.insert(me, disk.executed).unwrap_or(0);
                    let untold = disk.executed.saturating_sub(counted);
                    for kept in (0..untold)
                        .zip(disk.latest.iter().rev())
                        .map(|(_, kept)| kept)
                    {
                        self.ran(look.config, me, kept, verdicts);
                    }
                }
                let station = backend.station();
                let new = station.running.iter().rev();
                for job in new.take_while(|job| job.started > before.started) {
                    let slack_us = slack_us(look.config.deadline_us);
                    if let Some(record) = self.find(job.tag.call)
                        && let Some(deadline_us) = record.deadline_us
                        && look.now_us > deadline_us + slack_us
                    {
                        let how = Phrase::new("violation.no-late-start")
                            .node("me", me)
                            .int("call", record.call.id)
                            .us("late", look.now_us - deadline_us);
                        verdicts.violated(NO_LATE_START, how);
                    }
                }
                before.started = station.started;
            }
        }
        if let Some(caller) = node.caller() {
            budget(look.config, me, caller.counters(), before, verdicts);
            for (to, sent) in caller.sent_to() {
                let sent = sent - before.sent_to.get(to).copied().unwrap_or(0);
                let was = before.breakers.get(to).copied().unwrap_or_default();
                let is = caller.breakers().get(to).copied().unwrap_or_default();
                if look.config.breaker && passes_by(was, is, sent) {
                    let how = Phrase::new("violation.breaker-holds")
                        .node("me", me)
                        .node("to", *to);
                    verdicts.violated(BREAKER_HOLDS, how);
                }
            }
            before.breakers.clone_from(caller.breakers());
            before.sent_to.clone_from(caller.sent_to());
            before.counters = caller.counters();
        }
    }

    fn told(&mut self, config: &RpcConfig, me: NodeId, fact: &Fact, verdicts: &mut Verdicts) {
        match fact {
            Fact::Executed { call, op, balance } => {
                if op.changes() || config.recognises() {
                    *self.executed.entry(me).or_default() += 1;
                }
                let (call, op, balance) = (*call, *op, *balance);
                self.ran(config, me, &Kept { op, balance, call }, verdicts);
            }
            Fact::Ended {
                call,
                op,
                answer,
                attempts,
            } => {
                let record = self.record(*call, *op);
                record.answer = Some(*answer);
                record.attempts = record.attempts.max(*attempts);
                if let Answer::Balance(balance) = answer {
                    verdicts.met(CALL_ANSWERED);
                    if record.results.is_empty() {
                        let how = Phrase::new("violation.answered-ran")
                            .node("me", me)
                            .int("call", call.id);
                        verdicts.violated(ANSWERED_RAN, how);
                    } else if !record.results.contains(balance) {
                        let how = Phrase::new("violation.answers-agree")
                            .node("me", me)
                            .int("call", call.id)
                            .int("answered", *balance)
                            .int("result", record.results[0]);
                        verdicts.violated(ANSWERS_AGREE, how);
                    }
                }
            }
            Fact::BreakerOpened { .. } => verdicts.met(BREAKER_OPENED),
            _ => {}
        }
    }

    /// A call was executed.
    fn ran(&mut self, config: &RpcConfig, me: NodeId, kept: &Kept, verdicts: &mut Verdicts) {
        let record = self.record(kept.call, kept.op);
        record.results.push(kept.balance);
        let times = record.results.len() as u64;
        if times > 1 {
            verdicts.met(RAN_TWICE);
            if config.recognises() {
                let how = Phrase::new("violation.at-most-once")
                    .node("me", me)
                    .int("call", kept.call.id)
                    .int("times", times);
                verdicts.violated(AT_MOST_ONCE, how);
            }
        }
    }

    fn find(&mut self, call: Call) -> Option<&mut Record> {
        let (series, rank) = series(call.number);
        let calls = self.calls.get_mut(&(call.client, series))?;
        calls.get_mut(rank.checked_sub(1)?)?.as_mut()
    }

    /// The record of a call; a new one if it is not known yet.
    fn record(&mut self, call: Call, op: Op) -> &mut Record {
        let (series, rank) = series(call.number);
        let calls = self.calls.entry((call.client, series)).or_default();
        let place = rank.saturating_sub(1);
        while calls.len() <= place {
            calls.push(None);
        }
        let slot = calls.get_mut(place).expect("there is room for it");
        if slot.is_none() {
            self.order.push(call);
        }
        slot.get_or_insert(Record {
            call,
            op,
            deadline_us: None,
            attempts: 0,
            results: Vec::new(),
            answer: None,
        })
    }

    /// The newest calls: how often each was sent, how often it ran, how it ended.
    pub(crate) fn picture(&self) -> Picture {
        let from = self.order.len().saturating_sub(ROWS_MAX);
        let rows = self.order.iter_from(from).filter_map(|call| {
            let (series, rank) = series(call.number);
            let calls = self.calls.get(&(call.client, series))?;
            let record = calls.get(rank.checked_sub(1)?)?.as_ref()?;
            let outcome = match record.answer {
                Some(answer) => Arg::Phrase(Box::new(answer.say())),
                None => Arg::Word("outcome.open".into()),
            };
            let tone = match (record.results.len(), record.answer) {
                (2.., _) => Tone::Strong,
                (_, Some(_)) => Tone::Faint,
                _ => Tone::Plain,
            };
            Some(Row {
                cells: vec![
                    Arg::Int(call.id),
                    record.op.arg(),
                    Arg::Int(u64::from(record.attempts)),
                    Arg::Int(record.results.len() as u64),
                    outcome,
                ],
                tone,
            })
        });
        let head = ["call", "operation", "attempts", "executions", "outcome"];
        Picture::Table {
            title: "picture.calls".into(),
            head: head.map(|name| format!("column.{name}").into()).into(),
            rows: rows.collect(),
        }
    }
}

/// How much later than its deadline a call may begin: what is left of its time does not shrink on its two flights, and a slow
/// clock takes longer for the rest.
const fn slack_us(deadline_us: u64) -> u64 {
    2 * FLIGHT_US_MAX + deadline_us * DRIFT_PPM / (1_000_000 - DRIFT_PPM) + 1
}

/// Whether some of the `sent` attempts of a step left past a breaker that was not closed. In the step that opens it, what left
/// may have left before: that proves nothing.
fn passes_by(was: Breaker, is: Breaker, sent: u64) -> bool {
    let stayed_open = matches!(is.state, State::Open { .. }) && was.state == is.state;
    let closed = was.state == State::Closed || is.state == State::Closed;
    sent > 0 && !closed && (stayed_open || sent > is.passed - was.passed)
}

/// Retries are no more than what the calls paid for.
fn budget(
    config: &RpcConfig,
    me: NodeId,
    counters: Counters,
    before: &mut Glimpse,
    verdicts: &mut Verdicts,
) {
    if !config.retry_budget {
        before.allowed_permille = config.retry_budget_burst * 1000;
        before.retries_before = counters.retries;
        return;
    }
    let new = counters.calls - before.counters.calls;
    before.allowed_permille += new * config.retry_budget_permille;
    let retries = counters.retries - before.retries_before;
    if retries * 1000 > before.allowed_permille {
        let how = Phrase::new("violation.budget-kept")
            .node("me", me)
            .int("retries", retries)
            .int("allowed", before.allowed_permille / 1000);
        verdicts.violated(BUDGET_KEPT, how);
    }
}
