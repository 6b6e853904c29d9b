//! Nodes, right ones and wrong ones.

use crate::world::Node;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use wire::Envelope;

/// What is wrong with a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Now and then its answer is another one.
    Sometimes,
    /// Its answers have no form that the protocol knows.
    Malformed,
    /// It acknowledges what it does not keep.
    Loses,
    /// It keeps things twice.
    Twice,
    /// It says everything once, whether or not it arrives.
    Once,
    /// It says that it did not do what it did.
    Aborts,
    /// It answers from an old state.
    Stale,
    /// It gives things in another order.
    Reorders,
}

/// What every node knows of itself.
#[derive(Default)]
struct Base {
    id: String,
    others: Vec<String>,
    count: u64,
}

impl Base {
    /// Answers `init` and `topology`.
    fn greet(&mut self, message: &Envelope) -> Option<Vec<Envelope>> {
        match message.kind()? {
            "init" => {
                self.id = message.body["node_id"].as_str()?.to_owned();
                let all = message.body["node_ids"].as_array()?.iter();
                let others = all
                    .filter_map(Value::as_str)
                    .filter(|name| *name != self.id);
                self.others = others.map(str::to_owned).collect();
                Some(vec![message.reply("init_ok")])
            }
            "topology" => Some(vec![message.reply("topology_ok")]),
            _ => None,
        }
    }

    /// Every so often: the seventh time, the fourteenth, …
    fn seventh(&mut self) -> bool {
        self.count += 1;
        self.count.is_multiple_of(7)
    }
}

pub(crate) struct Mute;

impl Node for Mute {
    fn on(&mut self, _: &Envelope) -> Vec<Envelope> {
        Vec::new()
    }
}

pub(crate) struct Echo(pub(crate) Fault);

impl Node for Echo {
    fn on(&mut self, message: &Envelope) -> Vec<Envelope> {
        let mut base = Base::default();
        if let Some(greeting) = base.greet(message) {
            return greeting;
        }
        let Some(said) = message.body.get("echo") else {
            return vec![message.reply("error").with("code", 10)];
        };
        match self.0 {
            Fault::Malformed => vec![message.reply("ok")],
            Fault::Sometimes if message.msg_id().is_some_and(|id| id.is_multiple_of(7)) => {
                vec![message.reply("echo_ok").with("echo", "what?")]
            }
            _ => vec![message.reply("echo_ok").with("echo", said.clone())],
        }
    }
}

pub(crate) struct UniqueIds {
    base: Base,
    fault: Fault,
}

impl UniqueIds {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            base: Base::default(),
            fault,
        }
    }
}

impl Node for UniqueIds {
    fn on(&mut self, message: &Envelope) -> Vec<Envelope> {
        if let Some(greeting) = self.base.greet(message) {
            return greeting;
        }
        self.base.count += 1;
        let own = if self.fault == Fault::None {
            &*self.base.id
        } else {
            ""
        };
        let id = format!("{own}-{}", self.base.count);
        vec![message.reply("generate_ok").with("id", id)]
    }
}

/// Broadcast and g-set: every node tells all others what is new, and again what it has at each tick.
pub(crate) struct Gossip {
    base: Base,
    fault: Fault,
    seen: Vec<Value>,
}

impl Gossip {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            base: Base::default(),
            fault,
            seen: Vec::new(),
        }
    }

    fn learn(&mut self, value: &Value) {
        if !self.seen.contains(value) {
            self.seen.push(value.clone());
        }
    }

    fn to_all(&self, values: &Value) -> Vec<Envelope> {
        let messages = self.base.others.iter().map(|other| {
            Envelope::new(&*self.base.id, &**other, "gossip").with("values", values.clone())
        });
        messages.collect()
    }
}

impl Node for Gossip {
    fn on(&mut self, message: &Envelope) -> Vec<Envelope> {
        if let Some(greeting) = self.base.greet(message) {
            return greeting;
        }
        match message.kind() {
            Some("gossip") => {
                for value in message.body["values"].as_array().into_iter().flatten() {
                    self.learn(value);
                }
                Vec::new()
            }
            Some("read") => {
                let seen = self.seen.clone();
                let reply = message.reply("read_ok");
                vec![reply.with("messages", seen.clone()).with("value", seen)]
            }
            Some(kind) => {
                let reply = message.reply(&format!("{kind}_ok"));
                let body = &message.body;
                let value = body.get("message").or_else(|| body.get("element")).cloned();
                let value = value.unwrap_or_default();
                if self.fault == Fault::Loses && self.base.seventh() {
                    return vec![reply];
                }
                self.learn(&value);
                if self.fault == Fault::Twice && self.base.seventh() {
                    self.seen.push(value.clone());
                }
                let mut said = self.to_all(&json!([value]));
                said.push(reply);
                said
            }
            None => Vec::new(),
        }
    }

    fn tick(&mut self) -> Vec<Envelope> {
        if self.fault == Fault::Once {
            return Vec::new();
        }
        self.to_all(&json!(self.seen))
    }
}

/// Counters: each node's own sum, told to all at each tick.
pub(crate) struct Counter {
    base: Base,
    fault: Fault,
    sums: BTreeMap<String, i64>,
}

impl Counter {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            base: Base::default(),
            fault,
            sums: BTreeMap::new(),
        }
    }
}

impl Node for Counter {
    fn on(&mut self, message: &Envelope) -> Vec<Envelope> {
        if let Some(greeting) = self.base.greet(message) {
            return greeting;
        }
        match message.kind() {
            Some("add") => {
                if !(self.fault == Fault::Loses && self.base.seventh()) {
                    let delta = message.body["delta"].as_i64().unwrap_or(0);
                    *self.sums.entry(self.base.id.clone()).or_default() += delta;
                }
                vec![message.reply("add_ok")]
            }
            Some("read") => {
                let sum: i64 = self.sums.values().sum();
                vec![message.reply("read_ok").with("value", sum)]
            }
            Some("sum") => {
                // Later sums may come earlier: those of one sender carry how many there were.
                let sum = message.body["sum"].as_i64().unwrap_or(0);
                self.sums.insert(message.src.clone(), sum);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn tick(&mut self) -> Vec<Envelope> {
        let sum = self.sums.get(&self.base.id).copied().unwrap_or(0);
        let others = self.base.others.iter();
        let messages =
            others.map(|other| Envelope::new(&*self.base.id, &**other, "sum").with("sum", sum));
        messages.collect()
    }
}

/// Hands every request on to a service, and its answer back.
pub(crate) struct Proxy {
    base: Base,
    service: &'static str,
    asked: BTreeMap<u64, Envelope>,
}

impl Proxy {
    pub(crate) fn new(service: &'static str) -> Self {
        Self {
            base: Base::default(),
            service,
            asked: BTreeMap::new(),
        }
    }
}

impl Node for Proxy {
    fn on(&mut self, message: &Envelope) -> Vec<Envelope> {
        if let Some(greeting) = self.base.greet(message) {
            return greeting;
        }
        if let Some(asked) = message.in_reply_to().and_then(|id| self.asked.remove(&id)) {
            let mut reply = asked.reply("");
            for (key, value) in &message.body {
                if key != "in_reply_to" {
                    reply.body.insert(key.clone(), value.clone());
                }
            }
            return vec![reply];
        }
        // The first number is 0: it is one like any other.
        let id = self.base.count;
        self.base.count += 1;
        let mut ask = Envelope::new(&*self.base.id, self.service, "");
        ask.body = message.body.clone();
        self.asked.insert(id, message.clone());
        vec![ask.with("msg_id", id)]
    }
}

/// Its own map.
pub(crate) struct Store {
    base: Base,
    fault: Fault,
    map: BTreeMap<String, Value>,
}

impl Store {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            base: Base::default(),
            fault,
            map: BTreeMap::new(),
        }
    }
}

impl Node for Store {
    fn on(&mut self, message: &Envelope) -> Vec<Envelope> {
        if let Some(greeting) = self.base.greet(message) {
            return greeting;
        }
        let body = &message.body;
        let key = body["key"].to_string();
        let error = |code: u64| vec![message.reply("error").with("code", code)];
        let present = self.map.get(&key);
        match (message.kind(), present) {
            (Some("read"), Some(value)) => {
                vec![message.reply("read_ok").with("value", value.clone())]
            }
            (Some("write"), _) => {
                self.map.insert(key, body["value"].clone());
                if self.fault == Fault::Aborts && self.base.seventh() {
                    return error(11);
                }
                vec![message.reply("write_ok")]
            }
            (Some("cas"), Some(value)) if *value == body["from"] => {
                self.map.insert(key, body["to"].clone());
                vec![message.reply("cas_ok")]
            }
            (Some("cas"), Some(_)) => error(22),
            _ => error(20),
        }
    }
}

/// Transactions over its own lists.
pub(crate) struct Transactions {
    base: Base,
    fault: Fault,
    lists: BTreeMap<String, Vec<Value>>,
    before: BTreeMap<String, Vec<Value>>,
}

impl Transactions {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            base: Base::default(),
            fault,
            lists: BTreeMap::new(),
            before: BTreeMap::new(),
        }
    }
}

impl Node for Transactions {
    fn on(&mut self, message: &Envelope) -> Vec<Envelope> {
        if let Some(greeting) = self.base.greet(message) {
            return greeting;
        }
        let seventh = self.base.seventh();
        let mut own = BTreeSet::new();
        let mut steps = Vec::new();
        for step in message.body["txn"].as_array().into_iter().flatten() {
            let key = step[1].to_string();
            if step[0] == "append" {
                own.insert(key.clone());
                self.lists.entry(key).or_default().push(step[2].clone());
                steps.push(step.clone());
                continue;
            }
            let stale = self.fault == Fault::Stale && !own.contains(&key) && seventh;
            let lists = if stale { &self.before } else { &self.lists };
            let mut list = lists.get(&key).cloned();
            if self.fault == Fault::Reorders
                && seventh
                && let Some(list) = &mut list
            {
                list.reverse();
            }
            steps.push(json!(["r", step[1], list]));
        }
        if seventh {
            self.before = self.lists.clone();
            if self.fault == Fault::Aborts {
                return vec![message.reply("error").with("code", 30)];
            }
        }
        vec![message.reply("txn_ok").with("txn", steps)]
    }
}

/// Its own logs.
pub(crate) struct Kafka {
    base: Base,
    fault: Fault,
    logs: BTreeMap<String, Vec<(u64, Value)>>,
    committed: BTreeMap<String, u64>,
}

impl Kafka {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            base: Base::default(),
            fault,
            logs: BTreeMap::new(),
            committed: BTreeMap::new(),
        }
    }

    fn send(&mut self, body: &Map<String, Value>) -> u64 {
        let seventh = self.base.seventh();
        let log = self
            .logs
            .entry(body["key"].as_str().unwrap_or("").into())
            .or_default();
        let offset = log.last().map_or(0, |(last, _)| last + 2);
        match self.fault {
            Fault::Loses if seventh => {
                // Its place is given to nobody else.
                log.push((offset, Value::Null));
            }
            Fault::Stale if seventh && offset >= 2 => return offset - 2,
            Fault::Twice if seventh => {
                log.push((offset, body["msg"].clone()));
                log.push((offset + 1, body["msg"].clone()));
            }
            _ => log.push((offset, body["msg"].clone())),
        }
        offset
    }
}

impl Node for Kafka {
    fn on(&mut self, message: &Envelope) -> Vec<Envelope> {
        if let Some(greeting) = self.base.greet(message) {
            return greeting;
        }
        let body = &message.body;
        match message.kind() {
            Some("send") => {
                let offset = self.send(body);
                vec![message.reply("send_ok").with("offset", offset)]
            }
            Some("poll") => {
                let seventh = self.base.seventh();
                let mut found = Map::new();
                for (key, from) in body["offsets"].as_object().into_iter().flatten() {
                    let from = from.as_u64().unwrap_or(0);
                    let log = self.logs.get(key).into_iter().flatten();
                    let log = log.filter(|(offset, it)| *offset >= from && !it.is_null());
                    let mut part: Vec<Value> = log
                        .take(4)
                        .map(|(offset, it)| json!([offset, it]))
                        .collect();
                    if self.fault == Fault::Reorders && seventh {
                        part.reverse();
                    }
                    if !part.is_empty() {
                        found.insert(key.clone(), part.into());
                    }
                }
                vec![message.reply("poll_ok").with("msgs", found)]
            }
            Some("commit_offsets") => {
                for (key, offset) in body["offsets"].as_object().into_iter().flatten() {
                    let offset = offset.as_u64().unwrap_or(0);
                    let far = self.committed.entry(key.clone()).or_default();
                    *far = offset.max(*far);
                }
                vec![message.reply("commit_offsets_ok")]
            }
            _ => {
                let offsets = json!(self.committed);
                vec![
                    message
                        .reply("list_committed_offsets_ok")
                        .with("offsets", offsets),
                ]
            }
        }
    }
}
