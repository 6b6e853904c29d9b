//! What clients ask next. Every draw is keyed by the operation's number: the same seed asks the same.

use super::{Asked, Memory, Workload};
use protocol::{Chance, Name, Purpose};
use serde_json::{Value, json};

/// How many keys of `lin-kv` are in use at a time, and how often each is used: the checker works key by key.
const KEYS: u64 = 4;
const USES_MAX: u64 = 100;
/// How many lists transactions use at a time, and how many elements each gets before another takes its place.
const LISTS: usize = 8;
const ELEMENTS_MAX: u64 = 16;
/// The keys of two tests of the same nodes are so far apart.
const KEYS_APART: u64 = 1_000_000;
/// How many logs there are.
const LOGS: u64 = 4;
/// How often a client asks for what is left before it gives up, at the end.
const LAST_POLLS_MAX: u32 = 400;

/// What clients ask, one operation after the other.
#[derive(Clone, Debug)]
pub struct Generator {
    workload: Workload,
    seed: u64,
    asked: u64,
    /// A value that nobody used yet.
    fresh: u64,
    /// The lists in use, each with the next element.
    lists: Vec<(u64, u64)>,
    next_list: u64,
    /// The first key of `lin-kv`.
    first: u64,
}

impl Generator {
    /// The operations of this workload. `nth` counts the tests before that used the same nodes: each has keys and lists of its own.
    pub fn new(workload: Workload, seed: u64, nth: u64) -> Self {
        let first = nth * KEYS_APART;
        let lists = (first..first + LISTS as u64).map(|key| (key, 1)).collect();
        Self {
            workload,
            seed,
            asked: 0,
            fresh: 0,
            lists,
            next_list: first + LISTS as u64,
            first,
        }
    }

    /// The next operation, for a client that remembers this.
    pub fn next(&mut self, memory: &Memory) -> Asked {
        let number = self.asked;
        self.asked += 1;
        let chance = Chance::new(self.seed, Name(number).mix(2));
        let below = |what, n| chance.below(Purpose::new(what), n);
        match self.workload {
            Workload::Echo => Asked::new("echo", echo(chance, number)),
            Workload::UniqueIds => Asked::new("generate", Value::Null),
            Workload::Broadcast if below("read", 2) == 0 => Asked::new("broadcast", self.fresh()),
            Workload::GSet if below("read", 2) == 0 => Asked::new("add", self.fresh()),
            Workload::GCounter if below("read", 2) == 0 => {
                Asked::new("add", below("delta", 5).into())
            }
            Workload::PnCounter if below("read", 2) == 0 => {
                let delta = below("delta", 10) as i64 - 5;
                Asked::new("add", delta.into())
            }
            Workload::Broadcast | Workload::GSet | Workload::GCounter | Workload::PnCounter => {
                Asked::new("read", Value::Null)
            }
            Workload::LinKv => {
                let key = self.first + number / (KEYS * USES_MAX) * KEYS + below("key", KEYS);
                match below("act", 4) {
                    0 => Asked::new("write", json!([key, below("value", 5)])),
                    1 => Asked::new("cas", json!([key, [below("from", 5), below("value", 5)]])),
                    _ => Asked::new("read", json!([key, null])),
                }
            }
            Workload::TxnListAppend => self.transaction(chance),
            Workload::Kafka => self.kafka(chance, memory),
        }
    }

    fn fresh(&mut self) -> Value {
        let value = self.fresh;
        self.fresh += 1;
        value.into()
    }

    /// One to four steps over the lists in use.
    fn transaction(&mut self, chance: Chance) -> Asked {
        let steps = chance.between(Purpose::new("steps"), 1, 4);
        let steps: Vec<Value> = (0..steps)
            .map(|nth| {
                let below = |what, n| chance.below(Purpose::new(what).nth(nth), n);
                let place = below("list", LISTS as u64) as usize;
                let (key, element) = self.lists[place];
                if below("read", 2) == 0 {
                    return json!(["r", key, null]);
                }
                self.lists[place].1 += 1;
                if element == ELEMENTS_MAX {
                    self.lists[place] = (self.next_list, 1);
                    self.next_list += 1;
                }
                json!(["append", key, element])
            })
            .collect();
        Asked::new("txn", steps.into())
    }

    fn kafka(&mut self, chance: Chance, memory: &Memory) -> Asked {
        let below = |what, n| chance.below(Purpose::new(what), n);
        let log = |nth| {
            let place = chance.below(Purpose::new("log").nth(nth), LOGS);
            place.to_string()
        };
        match below("act", 16) {
            // A consumer that goes away: another takes its place and goes on where that one committed.
            0 if below("crash", 4) == 0 => Asked::new("crash", Value::Null),
            0 => {
                let mut keys: Vec<String> = (0..2).map(log).collect();
                keys.dedup();
                Asked::new("assign", json!({"keys": keys}))
            }
            _ if memory.offsets.is_empty() => Asked::new("assign", json!({"keys": [log(0)]})),
            1..8 => Asked::new("poll", Value::Null),
            _ => Asked::new("send", json!({"key": log(0), "msg": self.fresh()})),
        }
    }

    /// What a client asks at the end; `round` counts what it asked before. `None`: nothing more.
    pub fn last(&self, memory: &Memory, round: u32) -> Option<Asked> {
        match (self.workload, round) {
            (Workload::Kafka, 0) => {
                let keys: Vec<String> = (0..LOGS).map(|key| key.to_string()).collect();
                let value = json!({"keys": keys, "from_beginning": true});
                Some(Asked::new("assign", value))
            }
            (Workload::Kafka, 1..LAST_POLLS_MAX) if memory.empty_polls < 2 => {
                Some(Asked::new("poll", Value::Null))
            }
            (Workload::Kafka, _) => None,
            (workload, 0) if workload.reads_at_the_end() => Some(Asked::new("read", Value::Null)),
            _ => None,
        }
    }
}

/// Any JSON may come back: mostly a sentence, now and then something with structure.
fn echo(chance: Chance, number: u64) -> Value {
    let sentence = format!("Please echo {}", chance.below(Purpose::new("echo"), 128));
    match number % 8 {
        5 => json!({"text": sentence, "list": [1, 2.5, null, true], "汉字": {"empty": {}}}),
        6 => json!([sentence, "line\nbreak", "\u{1f600}"]),
        7 => json!(number),
        _ => json!(sentence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn asked(workload: Workload, n: usize) -> Vec<Asked> {
        let mut generator = Generator::new(workload, 7, 0);
        let mut memory = Memory::default();
        memory.offsets.insert("0".into(), 0);
        (0..n).map(|_| generator.next(&memory)).collect()
    }

    #[test]
    fn the_same_seed_asks_the_same_and_every_function_comes() {
        for workload in Workload::ALL {
            let one = asked(workload, 500);
            assert_eq!(one, asked(workload, 500), "{workload}");
            let functions: BTreeSet<&str> = one.iter().map(|asked| asked.f).collect();
            for f in workload.must_succeed() {
                assert!(functions.contains(f), "{workload} {f}");
            }
        }
    }

    #[test]
    fn elements_of_a_list_are_unique_and_few() {
        let mut seen = BTreeSet::new();
        for asked in asked(Workload::TxnListAppend, 2_000) {
            for step in asked.value.as_array().unwrap() {
                if step[0] == "append" {
                    assert!(seen.insert((step[1].as_u64(), step[2].as_u64())), "{step}");
                    assert!(step[2].as_u64() <= Some(ELEMENTS_MAX));
                }
            }
        }
        assert!(seen.len() > 1_000);
    }

    #[test]
    fn another_test_has_other_keys_and_lists() {
        for workload in [Workload::LinKv, Workload::TxnListAppend] {
            let keys = |nth| {
                let mut generator = Generator::new(workload, 7, nth);
                let mut keys = BTreeSet::new();
                for _ in 0..500 {
                    let asked = generator.next(&Memory::default()).value;
                    match asked[0].as_array() {
                        Some(_) => {
                            let steps = asked.as_array().unwrap().iter();
                            keys.extend(steps.map(|step| step[1].as_u64().unwrap()));
                        }
                        None => drop(keys.insert(asked[0].as_u64().unwrap())),
                    }
                }
                keys
            };
            assert!(keys(0).len() >= 4);
            assert!(keys(0).is_disjoint(&keys(1)), "{workload}");
        }
    }

    #[test]
    fn keys_change_after_some_uses() {
        let keys: BTreeSet<u64> = asked(Workload::LinKv, 2_000)
            .iter()
            .filter_map(|asked| asked.value[0].as_u64())
            .collect();
        assert_eq!(keys.len() as u64, 2_000 / USES_MAX);
    }
}
