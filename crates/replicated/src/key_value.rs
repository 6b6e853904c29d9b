//! The key-value machine: get, put, append, compare-and-set, delete over short texts.

use crate::{StateMachine, Workload};
use protocol::{
    Access, Act, Chance, Field, Heard, NodeId, OperationSpec, Phrase, Purpose, Say, digest_of,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::{SmolStr, SmolStrBuilder, ToSmolStr};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A command to the key-value machine.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KvCommand {
    /// Reads a key.
    Get {
        /// Which.
        key: SmolStr,
    },
    /// Writes a key.
    Put {
        /// Which.
        key: SmolStr,
        /// Its new value.
        value: SmolStr,
    },
    /// Appends to a key's value; a missing key counts as empty.
    Append {
        /// Which.
        key: SmolStr,
        /// What comes at the end.
        value: SmolStr,
    },
    /// Writes a key if it has the expected value. A missing key has the value "".
    CompareAndSet {
        /// Which.
        key: SmolStr,
        /// What must stand there.
        expected: SmolStr,
        /// Its new value.
        value: SmolStr,
    },
    /// Removes a key.
    Delete {
        /// Which.
        key: SmolStr,
    },
}

/// What the key-value machine answers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KvAnswer {
    /// Written.
    Done,
    /// What the key holds; after an append, what it holds now.
    Value(SmolStr),
    /// There is no such key.
    Missing,
    /// The value was the expected one, and is the new one now.
    Swapped,
    /// The value was another, and stays.
    Differs(SmolStr),
    /// The key was there, and is gone.
    Deleted,
}

/// So many keys are looked through before they are searched.
const FEW: usize = 8;

/// A key with its value.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Pair {
    key: SmolStr,
    value: SmolStr,
    /// The digest of both.
    digest: u64,
}

/// A map from keys to values. A clone is one reference count.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KeyValue {
    /// In order of the keys: they are few.
    contents: Arc<Vec<Pair>>,
    /// The sum of the pairs' digests: the digest of the whole, kept as it changes.
    digest: u64,
}

impl KeyValue {
    /// The value of `key`.
    pub fn get(&self, key: &SmolStr) -> Option<&SmolStr> {
        self.place(key)
            .ok()
            .map(|place| &self.contents[place].value)
    }

    /// Where `key` stands, or would. Keys are few and short: those that a workload draws are found at the
    /// price of a few words.
    fn place(&self, key: &SmolStr) -> Result<usize, usize> {
        let few = &self.contents[..self.contents.len().min(FEW)];
        match few.iter().position(|pair| pair.key == *key) {
            Some(place) => Ok(place),
            None => self.contents.binary_search_by(|pair| pair.key.cmp(key)),
        }
    }

    fn put(&mut self, key: &SmolStr, value: SmolStr) {
        let digest = digest_of(&(key, &value));
        self.digest = self.digest.wrapping_add(digest);
        let place = self.place(key);
        let contents = Arc::make_mut(&mut self.contents);
        match place {
            Ok(place) => {
                let pair = &mut contents[place];
                self.digest = self.digest.wrapping_sub(pair.digest);
                (pair.value, pair.digest) = (value, digest);
            }
            Err(place) => {
                let key = key.clone();
                contents.insert(place, Pair { key, value, digest });
            }
        }
    }

    fn remove(&mut self, key: &SmolStr) -> bool {
        let Ok(place) = self.place(key) else {
            return false;
        };
        let pair = Arc::make_mut(&mut self.contents).remove(place);
        self.digest = self.digest.wrapping_sub(pair.digest);
        true
    }
}

/// Values by their keys.
impl Serialize for KeyValue {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        #[derive(Serialize)]
        struct Contents<M> {
            contents: M,
        }
        struct Pairs<'a>(&'a [Pair]);
        impl Serialize for Pairs<'_> {
            fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
                serializer.collect_map(self.0.iter().map(|pair| (&pair.key, &pair.value)))
            }
        }
        let contents = Pairs(&self.contents);
        Contents { contents }.serialize(serializer)
    }
}

/// As it is written; keys may come in any order.
impl<'de> Deserialize<'de> for KeyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Contents {
            contents: BTreeMap<SmolStr, SmolStr>,
        }
        let Contents { contents } = Contents::deserialize(deserializer)?;
        let mut machine = Self::default();
        contents
            .into_iter()
            .for_each(|(key, value)| machine.put(&key, value));
        Ok(machine)
    }
}

/// Equal maps hash alike, by the digest that follows every change.
impl Hash for KeyValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.contents.len() as u64);
        state.write_u64(self.digest);
    }
}

const KEY: Field = Field {
    id: "key",
    default: "x",
};
/// The most characters in a field that a person types.
const FIELD_CHARS_MAX: usize = 32;
const VALUE: Field = Field {
    id: "value",
    default: "1",
};

impl StateMachine for KeyValue {
    type Command = KvCommand;
    type Output = KvAnswer;

    const OPERATIONS: &'static [OperationSpec] = &[
        OperationSpec {
            id: "put",
            fields: &[KEY, VALUE],
        },
        OperationSpec {
            id: "get",
            fields: &[KEY],
        },
        OperationSpec {
            id: "append",
            fields: &[KEY, VALUE],
        },
        OperationSpec {
            id: "cas",
            fields: &[
                KEY,
                Field {
                    id: "expected",
                    default: "1",
                },
                Field {
                    id: "value",
                    default: "2",
                },
            ],
        },
        OperationSpec {
            id: "delete",
            fields: &[KEY],
        },
    ];

    fn apply(&mut self, command: &KvCommand) -> KvAnswer {
        match command {
            KvCommand::Get { key } => match self.get(key) {
                Some(value) => KvAnswer::Value(value.clone()),
                None => KvAnswer::Missing,
            },
            KvCommand::Put { key, value } => {
                self.put(key, value.clone());
                KvAnswer::Done
            }
            KvCommand::Append { key, value } => {
                let longer = match self.get(key) {
                    Some(old) => joined(old, value),
                    None => value.clone(),
                };
                self.put(key, longer.clone());
                KvAnswer::Value(longer)
            }
            KvCommand::CompareAndSet {
                key,
                expected,
                value,
            } => {
                let actual = self.get(key).cloned().unwrap_or_default();
                if actual == *expected {
                    self.put(key, value.clone());
                    KvAnswer::Swapped
                } else {
                    KvAnswer::Differs(actual)
                }
            }
            KvCommand::Delete { key } => {
                if self.remove(key) {
                    KvAnswer::Deleted
                } else {
                    KvAnswer::Missing
                }
            }
        }
    }

    fn label(command: &KvCommand) -> String {
        Self::access(command, None).label().into()
    }

    fn rows(&self) -> Vec<(String, String)> {
        self.contents
            .iter()
            .map(|pair| (pair.key.to_string(), pair.value.to_string()))
            .collect()
    }

    fn parse(id: &str, fields: &[String]) -> Result<KvCommand, Phrase> {
        let spec = Self::OPERATIONS
            .iter()
            .find(|spec| spec.id == id)
            .ok_or_else(|| {
                let known: Vec<_> = Self::OPERATIONS.iter().map(|spec| spec.id).collect();
                Phrase::new("error.no-operation")
                    .text("id", id)
                    .text("known", known.join(", "))
            })?;
        if fields.len() != spec.fields.len() {
            let names: Vec<_> = spec.fields.iter().map(|field| field.id).collect();
            return Err(Phrase::new("error.fields")
                .text("id", id)
                .text("fields", names.join(", ")));
        }
        let is_long = |field: &&String| field.chars().count() > FIELD_CHARS_MAX;
        if let Some(long) = fields.iter().find(is_long) {
            return Err(Phrase::new("error.long-field")
                .text("field", long.clone())
                .int("most", FIELD_CHARS_MAX as u64));
        }
        if fields[0].is_empty() {
            return Err(Phrase::new("error.empty-key"));
        }
        let text = |index: usize| fields[index].to_smolstr();
        let key = text(0);
        Ok(match id {
            "get" => KvCommand::Get { key },
            "put" => KvCommand::Put {
                key,
                value: text(1),
            },
            "append" => KvCommand::Append {
                key,
                value: text(1),
            },
            "cas" => KvCommand::CompareAndSet {
                key,
                expected: text(1),
                value: text(2),
            },
            _ => KvCommand::Delete { key },
        })
    }

    fn access(command: &KvCommand, output: Option<&KvAnswer>) -> Access {
        let (key, act) = match command.clone() {
            KvCommand::Get { key } => (key, Act::Read),
            KvCommand::Put { key, value } => (key, Act::Write(value)),
            KvCommand::Append { key, value } => (key, Act::Append(value)),
            KvCommand::CompareAndSet {
                key,
                expected,
                value,
            } => (key, Act::CompareAndSet { expected, value }),
            KvCommand::Delete { key } => (key, Act::Delete),
        };
        let heard = output.map(|output| match output {
            KvAnswer::Done | KvAnswer::Swapped | KvAnswer::Deleted => Heard::Done,
            KvAnswer::Value(value) | KvAnswer::Differs(value) => Heard::Value(value.clone()),
            KvAnswer::Missing => Heard::Missing,
        });
        Access { key, act, heard }
    }

    #[inline]
    fn draw(workload: Workload, tag: &str, chance: Chance) -> KvCommand {
        // Texts that stand in place compare as words do.
        const fn name(text: &str) -> SmolStr {
            SmolStr::new_inline(text)
        }
        const NAMES: [SmolStr; 8] = [
            name("x"),
            name("y"),
            name("z"),
            name("u"),
            name("v"),
            name("w"),
            name("p"),
            name("q"),
        ];
        let key = NAMES[chance.below(KIND_KEY, workload.keys.clamp(1, 8)) as usize].clone();
        let value = tag.into();
        // Values are put more often than appended to, so that they stay short.
        match kind(workload.reads_permille, chance) {
            0..8 => KvCommand::Put { key, value },
            8..14 => KvCommand::Get { key },
            14..17 => KvCommand::Append { key, value },
            17..19 => KvCommand::CompareAndSet {
                key,
                expected: SmolStr::default(),
                value,
            },
            _ => KvCommand::Delete { key },
        }
    }

    fn digest(&self) -> u64 {
        self.digest
    }
}

/// Which kind of operation, of twenty. Six of them read: as many as a workload asks for, unless it asks for more or fewer.
fn kind(reads_permille: u64, chance: Chance) -> u64 {
    let kind = chance.below(KIND_OP, 20);
    if reads_permille == Workload::READS_PERMILLE {
        return kind;
    }
    match (chance.permille(KIND_READ, reads_permille), kind) {
        (true, _) => 8,
        // What would have read writes.
        (false, 8..14) => kind - 8,
        (false, _) => kind,
    }
}

/// One text behind the other. Appending is a workload's daily work, and a formatter's slow one.
fn joined(one: &str, other: &str) -> SmolStr {
    let mut both = SmolStrBuilder::new();
    both.push_str(one);
    both.push_str(other);
    both.finish()
}

const KIND_KEY: Purpose = Purpose::new("workload key");
const KIND_OP: Purpose = Purpose::new("workload operation");
const KIND_READ: Purpose = Purpose::new("workload read");

impl Say for KvCommand {
    fn phrase(&self, _me: NodeId) -> Phrase {
        match self {
            Self::Get { key } => Phrase::new("op.get.say").text("key", &**key),
            Self::Put { key, value } => Phrase::new("op.put.say")
                .text("key", &**key)
                .text("value", &**value),
            Self::Append { key, value } => Phrase::new("op.append.say")
                .text("key", &**key)
                .text("value", &**value),
            Self::CompareAndSet {
                key,
                expected,
                value,
            } => Phrase::new("op.cas.say")
                .text("key", &**key)
                .text("expected", &**expected)
                .text("value", &**value),
            Self::Delete { key } => Phrase::new("op.delete.say").text("key", &**key),
        }
    }
}

impl Say for KvAnswer {
    fn phrase(&self, _me: NodeId) -> Phrase {
        match self {
            Self::Done => Phrase::new("answer.done"),
            Self::Value(value) => Phrase::new("answer.value").text("value", &**value),
            Self::Missing => Phrase::new("answer.missing"),
            Self::Swapped => Phrase::new("answer.swapped"),
            Self::Differs(value) => Phrase::new("answer.differs").text("value", &**value),
            Self::Deleted => Phrase::new("answer.deleted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = SmolStr> {
        prop_oneof![Just("a"), Just("b"), Just("")].prop_map(SmolStr::new_static)
    }

    fn command() -> impl Strategy<Value = KvCommand> {
        (0..5, text(), text(), text()).prop_map(|(kind, key, value, expected)| match kind {
            0 => KvCommand::Get { key },
            1 => KvCommand::Put { key, value },
            2 => KvCommand::Append { key, value },
            3 => KvCommand::CompareAndSet {
                key,
                expected,
                value,
            },
            _ => KvCommand::Delete { key },
        })
    }

    proptest! {
        /// The digest is a function of the contents alone, however they came about.
        #[test]
        fn equal_contents_have_equal_digests(commands in prop::collection::vec(command(), 0..40)) {
            let mut machine = KeyValue::default();
            for command in &commands {
                machine.apply(command);
            }
            let mut rebuilt = KeyValue::default();
            for (key, value) in machine.rows() {
                rebuilt.apply(&KvCommand::Put { key: key.into(), value: value.into() });
            }
            prop_assert_eq!(&rebuilt, &machine);
            prop_assert_eq!(StateMachine::digest(&rebuilt), StateMachine::digest(&machine));
        }
    }

    #[test]
    fn each_command_does_what_it_says() {
        let mut machine = KeyValue::default();
        let mut ask = |id: &str, fields: &[&str]| {
            let fields: Vec<String> = fields.iter().map(|field| (*field).into()).collect();
            machine.apply(&KeyValue::parse(id, &fields).unwrap())
        };
        assert_eq!(ask("get", &["x"]), KvAnswer::Missing);
        assert_eq!(ask("put", &["x", "1"]), KvAnswer::Done);
        assert_eq!(ask("append", &["x", "2"]), KvAnswer::Value("12".into()));
        assert_eq!(ask("cas", &["x", "1", "3"]), KvAnswer::Differs("12".into()));
        assert_eq!(ask("cas", &["x", "12", "3"]), KvAnswer::Swapped);
        assert_eq!(ask("get", &["x"]), KvAnswer::Value("3".into()));
        assert_eq!(ask("delete", &["x"]), KvAnswer::Deleted);
        assert_eq!(ask("delete", &["x"]), KvAnswer::Missing);
        assert_eq!(ask("cas", &["x", "", "9"]), KvAnswer::Swapped);
    }

    #[test]
    fn a_bad_command_says_what_was_expected() {
        let error = |id: &str, fields: &[&str]| {
            let fields: Vec<String> = fields.iter().map(|field| (*field).into()).collect();
            KeyValue::parse(id, &fields).unwrap_err()
        };
        assert_eq!(
            error("push", &[]),
            Phrase::new("error.no-operation")
                .text("id", "push")
                .text("known", "put, get, append, cas, delete")
        );
        assert_eq!(
            error("cas", &["x"]),
            Phrase::new("error.fields")
                .text("id", "cas")
                .text("fields", "key, expected, value")
        );
        let long = "x".repeat(33);
        assert_eq!(
            error("get", &[&long]),
            Phrase::new("error.long-field")
                .text("field", long.clone())
                .int("most", 32)
        );
        assert_eq!(error("get", &[""]), Phrase::new("error.empty-key"));
    }
}
