//! A test: clients that ask at a rate, a nemesis beside them, reads at the end, a report.
//!
//! Time and answers are its inputs; requests go into the hub. Knows nothing of processes.

mod settings;

pub use settings::Settings;

use crate::check::{Verdict, check};
use crate::history::{Event, Phase, Problem};
use crate::hub::Hub;
use crate::journal::Entry;
use crate::nemesis::Plan;
use crate::network::{Fault, Role};
use crate::report::Report;
use crate::workload::{Asked, Generator, Memory, Next, Workload, begin, go_on};
use protocol::{Chance, Name, Purpose};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use wire::{Envelope, ErrorCode};

/// How far a test is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Nodes start.
    Starting,
    /// They are told their neighbours.
    Topology,
    /// Clients ask.
    Running,
    /// What was asked may still be answered.
    Ending,
    /// The network is whole again, and the nodes have time.
    Recovery,
    /// Everything is read once more.
    Reading,
    /// It is over.
    Done,
}

/// A client that asks one thing after the other.
#[derive(Clone, Debug)]
struct Worker {
    node: String,
    name: String,
    number: u64,
    memory: Memory,
    busy: Option<Busy>,
    /// Whether it reads a node at the end, how far it is with it, and how often in a row that failed.
    reading: bool,
    round: u32,
    failures: u32,
}

/// What a client waits for.
#[derive(Clone, Debug)]
struct Busy {
    asked: Asked,
    msg_id: u64,
    until_us: u64,
}

/// How often a read at the end is tried.
const LAST_TRIES: u32 = 3;
/// How long reading at the end may take in all, in microseconds.
const READING_US_MAX: u64 = 30_000_000;

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    settings: Settings,
    stage: Stage,
    generator: Generator,
    plan: Plan,
    workers: Vec<Worker>,
    by_name: BTreeMap<String, usize>,
    topology: BTreeMap<u64, String>,
    /// Until when the present stage may last, in microseconds.
    until_us: u64,
    next_us: u64,
    planned: u64,
    to_read: VecDeque<String>,
    history: Vec<Event>,
    faults: Vec<Fault>,
    failed: Option<String>,
    /// Whether everything was asked that there was to ask.
    finished: bool,
    ended: Vec<String>,
    began_us: u64,
    ended_us: u64,
}

impl Test {
    /// A test that waits for the nodes to be ready. `nth` counts those before that used the same nodes.
    pub fn new(settings: Settings, nth: u64) -> Self {
        Self {
            stage: Stage::Starting,
            generator: Generator::new(settings.workload, settings.seed, nth),
            plan: Plan::new(Vec::new(), 1, 0, 0),
            workers: Vec::new(),
            by_name: BTreeMap::new(),
            topology: BTreeMap::new(),
            until_us: 0,
            next_us: 0,
            planned: 0,
            to_read: VecDeque::new(),
            history: Vec::new(),
            faults: Vec::new(),
            failed: None,
            finished: false,
            ended: Vec::new(),
            began_us: 0,
            ended_us: 0,
            settings,
        }
    }

    /// How far it is.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// What was asked and answered so far.
    pub fn history(&self) -> &[Event] {
        &self.history
    }

    /// It cannot be carried out, because of this.
    pub fn fail(&mut self, now_us: u64, hub: &mut Hub, why: String) {
        self.failed.get_or_insert(why);
        self.stop(now_us, hub);
    }

    /// A node ended by itself, in these words.
    pub fn ended(&mut self, node: &str, said: &str) {
        self.ended.push(format!("{node} ended by itself: {said}"));
    }

    /// It ends now, whatever is open; what it disturbed is put right.
    pub fn stop(&mut self, now_us: u64, hub: &mut Hub) {
        if self.stage != Stage::Done {
            self.ended_us = now_us;
            self.stage = Stage::Done;
            self.put_right(now_us, hub);
        }
    }

    fn put_right(&mut self, now_us: u64, hub: &mut Hub) {
        for fault in self.plan.finish() {
            self.disturb(now_us, hub, fault);
        }
    }

    /// The faults that whoever runs processes must carry out; the network knows already.
    pub fn take_faults(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }

    /// When something is due without anybody's doing.
    pub fn wake_us(&self) -> Option<u64> {
        let busy = self
            .workers
            .iter()
            .filter_map(|worker| worker.busy.as_ref());
        let busy = busy.map(|busy| busy.until_us).min();
        let free = self.workers.iter().any(|worker| worker.busy.is_none());
        let own = match self.stage {
            Stage::Starting | Stage::Ending | Stage::Done => None,
            Stage::Running => {
                let next = free.then_some(self.next_us);
                let nemesis = self.plan.wake_us();
                [next, nemesis, Some(self.until_us)]
                    .into_iter()
                    .flatten()
                    .min()
            }
            Stage::Topology | Stage::Recovery | Stage::Reading => Some(self.until_us),
        };
        [busy, own].into_iter().flatten().min()
    }

    /// Lets everything happen that is due.
    pub fn advance(&mut self, now_us: u64, hub: &mut Hub) {
        self.time_out(now_us, hub);
        loop {
            let before = self.stage;
            match self.stage {
                Stage::Starting if hub.all_ready() => self.start(now_us, hub),
                Stage::Topology if self.topology.is_empty() => self.run(now_us, hub),
                Stage::Topology if now_us >= self.until_us => {
                    let silent: Vec<&str> = self.topology.values().map(|node| &**node).collect();
                    let why = format!("no topology_ok came from {}", silent.join(", "));
                    self.fail(now_us, hub, why);
                }
                Stage::Running if now_us >= self.until_us => self.stage = Stage::Ending,
                Stage::Running => self.keep_asking(now_us, hub),
                Stage::Ending if self.idle() => self.recover(now_us, hub),
                Stage::Recovery if now_us >= self.until_us => {
                    self.stage = Stage::Reading;
                    self.until_us = now_us.saturating_add(READING_US_MAX);
                    self.read(now_us, hub);
                }
                Stage::Reading => self.finish_reading(now_us, hub),
                _ => {}
            }
            if before == self.stage {
                return;
            }
        }
    }

    fn idle(&self) -> bool {
        self.workers.iter().all(|worker| worker.busy.is_none())
    }

    fn start(&mut self, now_us: u64, hub: &mut Hub) {
        let nodes = hub.names().to_vec();
        for place in 0..self.settings.concurrency.max(1) as usize {
            let node = nodes[place % nodes.len()].clone();
            self.employ(hub, node, place as u64);
        }
        self.stage = Stage::Topology;
        self.until_us = now_us.saturating_add(crate::hub::INIT_US_MAX);
        if self.settings.workload == Workload::Broadcast {
            let neighbours = json!(self.settings.topology.neighbours(&nodes));
            for node in nodes {
                let msg_id = hub.msg_id();
                self.topology.insert(msg_id, node.clone());
                let message = Envelope::new(hub.host(), node, "topology")
                    .with("msg_id", msg_id)
                    .with("topology", neighbours.clone());
                hub.send(now_us, message);
            }
        }
    }

    fn employ(&mut self, hub: &mut Hub, node: String, number: u64) {
        let name = hub.network.client(number + 1);
        hub.network.add(&name, Role::Client);
        self.by_name.insert(name.clone(), self.workers.len());
        self.workers.push(Worker {
            node,
            name,
            number,
            memory: Memory::default(),
            busy: None,
            reading: false,
            round: 0,
            failures: 0,
        });
    }

    /// Another client takes this one's place: nobody knows what that one's last operation did or will do.
    fn replace(&mut self, hub: &mut Hub, place: usize) {
        let step = self.workers.len() as u64;
        let worker = &mut self.workers[place];
        self.by_name.remove(&worker.name);
        worker.number += step;
        worker.name = hub.network.client(worker.number + 1);
        worker.memory = Memory::default();
        hub.network.add(&worker.name, Role::Client);
        self.by_name.insert(worker.name.clone(), place);
    }

    fn run(&mut self, now_us: u64, hub: &mut Hub) {
        self.stage = Stage::Running;
        self.began_us = now_us;
        self.next_us = now_us;
        self.until_us = now_us.saturating_add(self.settings.time_limit_us);
        let kinds = self.settings.nemesis.clone();
        let interval_us = self.settings.nemesis_interval_us;
        self.plan = Plan::new(kinds, interval_us, self.settings.seed, now_us);
        self.keep_asking(now_us, hub);
    }

    fn keep_asking(&mut self, now_us: u64, hub: &mut Hub) {
        for fault in self.plan.advance(now_us, hub.names()) {
            self.disturb(now_us, hub, fault);
        }
        while self.next_us <= now_us {
            let free: Vec<usize> = (0..self.workers.len())
                .filter(|place| self.workers[*place].busy.is_none())
                .collect();
            if free.is_empty() {
                return;
            }
            let chance = Chance::new(self.settings.seed, Name(self.planned).mix(4));
            self.planned += 1;
            let place = free[chance.below(Purpose::new("worker"), free.len() as u64) as usize];
            let asked = self.generator.next(&self.workers[place].memory);
            self.ask(now_us, hub, place, asked, false);
            // On the average the distance that the rate asks for; what was missed is not made up for beyond a second.
            let mean_us = 1_000_000.0 / self.settings.rate.max(0.001);
            let gap_us = (2.0 * mean_us * chance.unit(Purpose::new("gap"))) as u64;
            let from_us = self.next_us.max(now_us.saturating_sub(1_000_000));
            self.next_us = from_us.saturating_add(gap_us);
        }
    }

    fn disturb(&mut self, now_us: u64, hub: &mut Hub, fault: Fault) {
        hub.network.disturb(now_us, fault.clone());
        self.faults.push(fault);
    }

    fn ask(&mut self, now_us: u64, hub: &mut Hub, place: usize, asked: Asked, last: bool) {
        let worker = &mut self.workers[place];
        let body = begin(self.settings.workload, &asked, &mut worker.memory);
        let event = Event {
            client: worker.number,
            phase: Phase::Invoke,
            f: asked.f.to_owned(),
            value: asked.value.clone(),
            time_us: now_us,
            node: worker.node.clone(),
            last,
            error: None,
        };
        self.note(now_us, hub, event);
        let Some(body) = body else {
            self.end(now_us, hub, place, &asked, Phase::Info, Value::Null, None);
            self.replace(hub, place);
            return;
        };
        self.request(now_us, hub, place, asked, body);
    }

    fn request(
        &mut self,
        now_us: u64,
        hub: &mut Hub,
        place: usize,
        asked: Asked,
        body: serde_json::Map<String, Value>,
    ) {
        let msg_id = hub.msg_id();
        let patience_us = self.settings.workload.patience_us(self.settings.latency_us);
        let worker = &mut self.workers[place];
        let mut message = Envelope::new(&*worker.name, &*worker.node, "").with("msg_id", msg_id);
        message.body.extend(body);
        worker.busy = Some(Busy {
            asked,
            msg_id,
            until_us: now_us.saturating_add(patience_us),
        });
        hub.send(now_us, message);
    }

    /// A client, or the host, got a message. What nobody waits for is passed over.
    pub fn answered(&mut self, now_us: u64, hub: &mut Hub, client: &str, message: &Envelope) {
        let Some(reply) = message.in_reply_to() else {
            return;
        };
        if client == hub.host() {
            self.told(now_us, hub, reply, message);
            return;
        }
        let Some(&place) = self.by_name.get(client) else {
            return;
        };
        let worker = &mut self.workers[place];
        let Some(busy) = worker.busy.take_if(|busy| busy.msg_id == reply) else {
            return;
        };
        let asked = busy.asked;
        if message.kind() == Some("error") {
            let problem = problem(message);
            self.failed(now_us, hub, place, &asked, problem);
            return;
        }
        match go_on(self.settings.workload, &asked, &mut worker.memory, message) {
            Ok(Next::Ask(body)) => self.request(now_us, hub, place, asked, body),
            Ok(Next::Done(value)) => {
                self.end(now_us, hub, place, &asked, Phase::Ok, value, None);
            }
            Err(text) => {
                let problem = Problem { code: None, text };
                self.end(
                    now_us,
                    hub,
                    place,
                    &asked,
                    Phase::Info,
                    Value::Null,
                    Some(problem),
                );
                self.replace(hub, place);
            }
        }
    }

    /// A node answered its `topology`.
    fn told(&mut self, now_us: u64, hub: &mut Hub, reply: u64, message: &Envelope) {
        if let Some(node) = self.topology.remove(&reply)
            && message.kind() != Some("topology_ok")
        {
            let body = Value::Object(message.body.clone());
            self.fail(
                now_us,
                hub,
                format!("{node} answered `topology` with {body}, not topology_ok"),
            );
        }
    }

    fn time_out(&mut self, now_us: u64, hub: &mut Hub) {
        for place in 0..self.workers.len() {
            let late = self.workers[place]
                .busy
                .take_if(|busy| busy.until_us <= now_us);
            if let Some(busy) = late {
                let problem = Problem {
                    code: Some(ErrorCode::Timeout.number()),
                    text: "no answer came in time".into(),
                };
                self.failed(now_us, hub, place, &busy.asked, problem);
            }
        }
    }

    /// An operation did not end well: by the error's number, and by whether it could have changed anything.
    fn failed(
        &mut self,
        now_us: u64,
        hub: &mut Hub,
        place: usize,
        asked: &Asked,
        problem: Problem,
    ) {
        // What was polled was read, though it could not be committed.
        if let Some(polled) = self.workers[place].memory.uncommitted() {
            self.end(now_us, hub, place, asked, Phase::Ok, polled, None);
            return;
        }
        let definite = problem
            .code
            .is_some_and(|code| ErrorCode::of(code).definite());
        let phase = if definite || asked.reads() {
            Phase::Fail
        } else {
            Phase::Info
        };
        self.end(now_us, hub, place, asked, phase, Value::Null, Some(problem));
        if phase == Phase::Info {
            self.replace(hub, place);
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "an end has all of these, and is made in one place"
    )]
    fn end(
        &mut self,
        now_us: u64,
        hub: &mut Hub,
        place: usize,
        asked: &Asked,
        phase: Phase,
        value: Value,
        error: Option<Problem>,
    ) {
        let worker = &mut self.workers[place];
        worker.failures = match phase {
            Phase::Ok => 0,
            _ => worker.failures + 1,
        };
        let event = Event {
            client: worker.number,
            phase,
            f: asked.f.to_owned(),
            value,
            time_us: now_us,
            node: worker.node.clone(),
            last: self.stage == Stage::Reading,
            error,
        };
        self.note(now_us, hub, event);
    }

    fn note(&mut self, now_us: u64, hub: &mut Hub, event: Event) {
        let entry = Entry::Op { op: event.clone() };
        hub.network.journal.note(now_us, entry);
        self.history.push(event);
    }

    /// The last fault ends; then there is time for the nodes to agree, or nothing more to ask.
    fn recover(&mut self, now_us: u64, hub: &mut Hub) {
        self.put_right(now_us, hub);
        if !self.settings.workload.reads_at_the_end() {
            self.finished = true;
            self.stop(now_us, hub);
            return;
        }
        self.to_read = hub.names().iter().cloned().collect();
        self.stage = Stage::Recovery;
        self.until_us = now_us.saturating_add(self.settings.recovery_us);
    }

    fn finish_reading(&mut self, now_us: u64, hub: &mut Hub) {
        self.finished = self.read(now_us, hub);
        if self.finished || now_us >= self.until_us {
            self.stop(now_us, hub);
        }
    }

    /// Every node is read by somebody; `true`: all have been.
    fn read(&mut self, now_us: u64, hub: &mut Hub) -> bool {
        for place in 0..self.workers.len() {
            while self.workers[place].busy.is_none() {
                let worker = &mut self.workers[place];
                if !worker.reading {
                    let Some(node) = self.to_read.pop_front() else {
                        break;
                    };
                    worker.node = node;
                    worker.reading = true;
                    (worker.round, worker.failures) = (0, 0);
                }
                // A read that failed is tried again, a few times.
                if worker.failures > 0 {
                    worker.round = worker.round.saturating_sub(1);
                }
                let gives_up = worker.failures >= LAST_TRIES;
                let asked = self.generator.last(&worker.memory, worker.round);
                match asked.filter(|_| !gives_up) {
                    Some(asked) => {
                        worker.round += 1;
                        self.ask(now_us, hub, place, asked, true);
                    }
                    None => worker.reading = false,
                }
            }
        }
        self.idle()
    }

    /// What came of it.
    pub fn report(&self, hub: &Hub) -> Report {
        let settings = &self.settings;
        let mut verdict: Verdict = check(settings.workload, &self.history, settings.level);
        if let Some(why) = &self.failed {
            verdict.unknown("not-carried-out", || why.clone(), &[]);
        } else if !self.finished {
            verdict.cut_short();
        }
        for said in &self.ended {
            verdict.wrong("node-ended", || said.clone(), &[]);
        }
        let ended_us = if self.stage == Stage::Done {
            self.ended_us
        } else {
            self.until_us
        };
        let lasted_us = ended_us.saturating_sub(self.began_us);
        Report::new(settings, verdict, &self.history, hub, lasted_us)
    }
}

/// What an error says.
fn problem(message: &Envelope) -> Problem {
    let code = message.body.get("code").and_then(Value::as_u64);
    let text = message.body.get("text").and_then(Value::as_str);
    Problem {
        // An error without a number says nothing certain: as if the node had crashed.
        code: Some(code.unwrap_or(ErrorCode::Crash.number())),
        text: text.unwrap_or_default().to_owned(),
    }
}
