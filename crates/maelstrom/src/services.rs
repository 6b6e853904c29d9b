//! The services that nodes may build upon, addressed like nodes: `lin-kv`, `seq-kv`, `lww-kv`, `lin-tso` (Maelstrom, `doc/services.md`).
//!
//! Each is a state machine over requests; what is weak about `seq-kv` and `lww-kv` comes from keyed chance.

use crate::history::canonical;
use protocol::{Chance, Name, Purpose};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};
pub use wire::journal::SERVICES;
use wire::{Envelope, ErrorCode};

/// How many past states `seq-kv` answers from.
const PAST_MAX: usize = 32;
/// Among how many replicas `lww-kv` divides its requests.
const REPLICAS: usize = 5;

/// What is stored under a key, and when it was written by the replica's clock.
#[derive(Clone, PartialEq, Debug)]
struct Stored {
    stamp: u64,
    value: Value,
}

/// A map from keys, which may be any JSON, to values.
#[derive(Clone, PartialEq, Default, Debug)]
struct Store {
    clock: u64,
    map: BTreeMap<String, Stored>,
}

/// The body of an answer.
type Answer = Map<String, Value>;

impl Store {
    /// Carries out a request; `true`: the store is another one now.
    fn handle(&mut self, request: &Envelope) -> (Answer, bool) {
        let body = &request.body;
        let Some(key) = body.get("key").map(canonical) else {
            return (malformed("key"), false);
        };
        let present = self.map.get(&key).map(|stored| &stored.value);
        match request.kind() {
            Some("read") => match present {
                Some(value) => (answer("read_ok", [("value", value.clone())]), false),
                None => (missing(), false),
            },
            Some("write") => match body.get("value") {
                None => (malformed("value"), false),
                Some(value) => {
                    // Whoever writes what is there already changes nothing.
                    let changed = present.map(canonical) != Some(canonical(value));
                    self.put(key, value.clone());
                    (answer("write_ok", []), changed)
                }
            },
            Some("cas") => {
                let (Some(from), Some(to)) = (body.get("from"), body.get("to")) else {
                    return (malformed("from and to"), false);
                };
                let create = body.get("create_if_not_exists") == Some(&Value::Bool(true));
                match present {
                    None if !create => return (missing(), false),
                    Some(value) if canonical(value) != canonical(from) => {
                        let text = format!("the value is {value}, not {from}");
                        return (error(ErrorCode::PreconditionFailed, &text), false);
                    }
                    _ => {}
                }
                let changed = present.map(canonical) != Some(canonical(to));
                self.put(key, to.clone());
                (answer("cas_ok", []), changed)
            }
            kind => (unsupported(kind), false),
        }
    }

    fn put(&mut self, key: String, value: Value) {
        let stored = Stored {
            stamp: self.clock,
            value,
        };
        self.map.insert(key, stored);
        self.clock += 1;
    }

    /// Takes over what the other has later: by stamps, then by the values' order.
    fn merge(&mut self, other: &Self) {
        self.clock = self.clock.max(other.clock);
        for (key, theirs) in &other.map {
            let later = self.map.get(key).is_none_or(|ours| {
                (ours.stamp, canonical(&ours.value)) < (theirs.stamp, canonical(&theirs.value))
            });
            if later {
                self.map.insert(key.clone(), theirs.clone());
            }
        }
    }
}

/// States of a store one after the other, and how far each client has seen.
#[derive(Clone, Debug)]
struct Sequential {
    past: VecDeque<Store>,
    /// The place of the latest state, counted from the first ever.
    last: u64,
    seen: BTreeMap<String, u64>,
}

impl Sequential {
    /// A request that changes nothing may be answered from any state from that on which its client saw last: it may be stale,
    /// and never goes back. One that would change something takes place on the latest state, which its client then has seen.
    fn handle(&mut self, request: &Envelope, chance: Chance) -> Answer {
        let first = self.last + 1 - self.past.len() as u64;
        let seen = self.seen.get(&request.src).copied().unwrap_or(0).max(first);
        let back = self.last - chance.between(Purpose::new("state"), seen, self.last);
        let place = self.past.len() - 1 - back as usize;
        let (answer, changed) = self.past[place].clone().handle(request);
        if !changed {
            self.seen.insert(request.src.clone(), self.last - back);
            return answer;
        }
        let mut latest = self.past.back().cloned().unwrap_or_default();
        let (answer, changed) = latest.handle(request);
        if changed {
            self.past.push_back(latest);
            self.last += 1;
            if self.past.len() > PAST_MAX {
                self.past.pop_front();
            }
        }
        self.seen.insert(request.src.clone(), self.last);
        answer
    }
}

/// All services, and what they hold.
#[derive(Clone, Debug)]
pub struct Services {
    seed: u64,
    handled: u64,
    linearizable: Store,
    sequential: Sequential,
    replicas: Vec<Store>,
    stamp: u64,
}

impl Services {
    /// Empty services.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            handled: 0,
            linearizable: Store::default(),
            sequential: Sequential {
                past: VecDeque::from([Store::default()]),
                last: 0,
                seen: BTreeMap::new(),
            },
            replicas: vec![Store::default(); REPLICAS],
            stamp: 0,
        }
    }

    /// The answer to a request that was sent to a service. What is itself an answer gets none.
    pub fn handle(&mut self, request: &Envelope) -> Option<Envelope> {
        if request.in_reply_to().is_some() {
            return None;
        }
        let chance = Chance::new(self.seed, Name(self.handled).mix(1));
        self.handled += 1;
        let answer = match &*request.dest {
            "lin-kv" => self.linearizable.handle(request).0,
            "seq-kv" => self.sequential.handle(request, chance),
            "lww-kv" => self.last_write_wins(request, chance),
            "lin-tso" if request.kind() == Some("ts") => {
                let stamp = self.stamp;
                self.stamp += 1;
                answer("ts_ok", [("ts", stamp.into())])
            }
            "lin-tso" => unsupported(request.kind()),
            _ => return None,
        };
        let mut reply = request.reply("");
        for (key, value) in answer {
            reply.body.insert(key, value);
        }
        Some(reply)
    }

    /// One replica learns what another has; then any of them answers by itself.
    fn last_write_wins(&mut self, request: &Envelope, chance: Chance) -> Answer {
        let any = |what| chance.below(Purpose::new(what), REPLICAS as u64) as usize;
        let source = self.replicas[any("merge from")].clone();
        self.replicas[any("merge into")].merge(&source);
        self.replicas[any("replica")].handle(request).0
    }
}

fn answer<const N: usize>(kind: &str, fields: [(&str, Value); N]) -> Answer {
    let mut body = Map::new();
    body.insert("type".into(), kind.into());
    for (key, value) in fields {
        body.insert(key.into(), value);
    }
    body
}

fn error(code: ErrorCode, text: &str) -> Answer {
    let fields = [("code", code.number().into()), ("text", text.into())];
    answer("error", fields)
}

fn missing() -> Answer {
    error(ErrorCode::KeyDoesNotExist, "the key does not exist")
}

fn malformed(what: &str) -> Answer {
    let text = format!("the request has no {what}");
    error(ErrorCode::MalformedRequest, &text)
}

fn unsupported(kind: Option<&str>) -> Answer {
    let text = format!(
        "a request of type {} is not known here",
        kind.unwrap_or("?")
    );
    error(ErrorCode::NotSupported, &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct World {
        services: Services,
    }

    impl World {
        fn new(seed: u64) -> Self {
            Self {
                services: Services::new(seed),
            }
        }

        fn ask(&mut self, src: &str, service: &str, body: Value) -> Value {
            let Value::Object(body) = body else {
                panic!("a body is an object")
            };
            let mut request = Envelope::new(src, service, "");
            request.body.extend(body);
            let reply = self.services.handle(&request.with("msg_id", 0)).unwrap();
            assert_eq!((&*reply.src, &*reply.dest), (service, src));
            assert_eq!((reply.in_reply_to(), reply.msg_id()), (Some(0), None));
            Value::Object(reply.body)
        }

        fn write(&mut self, src: &str, service: &str, value: u64) {
            let body = json!({"type": "write", "key": "x", "value": value});
            assert_eq!(self.ask(src, service, body)["type"], "write_ok");
        }

        fn read(&mut self, src: &str, service: &str) -> Option<u64> {
            self.ask(src, service, json!({"type": "read", "key": "x"}))["value"].as_u64()
        }
    }

    #[test]
    fn compare_and_set_has_its_errors() {
        let mut world = World::new(1);
        for service in ["lin-kv", "lww-kv", "seq-kv"] {
            let mut code = |body| world.ask("n0", service, body)["code"].clone();
            assert_eq!(code(json!({"type": "read", "key": 7})), 20);
            assert_eq!(
                code(json!({"type": "cas", "key": 7, "from": 1, "to": 2})),
                20
            );
            assert_eq!(code(json!({"type": "read"})), 12);
            assert_eq!(code(json!({"type": "delete", "key": 7})), 10);
        }
        let mut ask = |body| world.ask("n0", "lin-kv", body);
        let create = json!({"type": "cas", "key": {"a": 1, "b": 2}, "from": 0, "to": 1, "create_if_not_exists": true});
        assert_eq!(ask(create.clone())["type"], "cas_ok");
        assert_eq!(ask(create)["code"], 22);
        // Keys may be any JSON, in any order of their own keys.
        let read = json!({"type": "read", "key": {"b": 2, "a": 1}});
        assert_eq!(ask(read)["value"], 1);
    }

    #[test]
    fn the_linearizable_store_is_never_stale() {
        let mut world = World::new(1);
        for value in 0..100 {
            world.write("n0", "lin-kv", value);
            assert_eq!(world.read("n1", "lin-kv"), Some(value));
        }
    }

    #[test]
    fn the_sequential_store_is_stale_and_never_goes_back() {
        let mut world = World::new(1);
        let (mut stale, mut last) = (0, None);
        for value in 0..200 {
            world.write("n0", "seq-kv", value);
            // Who wrote has seen its own write.
            assert_eq!(world.read("n0", "seq-kv"), Some(value));
            let seen = world.read("n1", "seq-kv");
            stale += u32::from(seen != Some(value));
            assert!(seen >= last, "{seen:?} after {last:?}");
            last = seen;
        }
        assert!(stale > 50, "{stale}");
    }

    #[test]
    fn replicas_of_the_last_write_wins_store_diverge_and_agree_again() {
        let mut world = World::new(1);
        let (mut stale, mut back, mut last) = (0, 0, None);
        for value in 0..200 {
            world.write("n0", "lww-kv", value);
            let seen = world.read("n0", "lww-kv");
            stale += u32::from(seen != Some(value));
            back += u32::from(seen < last);
            last = seen;
        }
        assert!(stale > 20 && back > 10, "{stale} {back}");
        // Reads gossip as well: in the end all replicas have the same.
        for _ in 0..500 {
            world.read("n0", "lww-kv");
        }
        let end = world.read("n0", "lww-kv");
        assert!(end.is_some() && (0..50).all(|_| world.read("n1", "lww-kv") == end));
    }

    #[test]
    fn time_stamps_are_unique_and_rise() {
        let mut world = World::new(1);
        let stamps: Vec<u64> = (0..10)
            .filter_map(|_| world.ask("n0", "lin-tso", json!({"type": "ts"}))["ts"].as_u64())
            .collect();
        assert_eq!(stamps, (0..10).collect::<Vec<_>>());
    }
}
