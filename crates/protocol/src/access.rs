//! Accesses: what a client's operation does to the object that all clients share, for those who check the clients' history.
//!
//! Knows no checker: it says what one operation does to one state, and which answer is the true one.

use smol_str::{SmolStr, format_smolstr};

/// Reads an operation, and the answer to it once there is one. `None` for an operation that does not concern the object.
pub type ReadAccess<O, A> = fn(&O, Option<&A>) -> Option<Access>;

/// An operation on one key of the shared object, and what its client heard.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Access {
    /// Which part of the object it concerns; operations of different keys do not matter to each other.
    pub key: SmolStr,
    /// What it does there.
    pub act: Act,
    /// The answer; `None` if there is none yet, or if it says nothing.
    pub heard: Option<Heard>,
}

/// What an operation does to the value of its key. A key that has none counts as empty where something is added or compared.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Act {
    /// Reads it.
    Read,
    /// Replaces it.
    Write(SmolStr),
    /// Adds to its end, and answers with the whole.
    Append(SmolStr),
    /// Replaces it if it is the expected one.
    CompareAndSet {
        /// What must stand there.
        expected: SmolStr,
        /// What stands there then.
        value: SmolStr,
    },
    /// Removes it.
    Delete,
    /// Writes it if there is none, and answers with what stands there.
    Decide(SmolStr),
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Heard {
    /// It was done.
    Done,
    /// This value stands there; of a comparison: it is another, and nothing was done.
    Value(SmolStr),
    /// There is no value.
    Missing,
}

impl Access {
    /// A few characters that stand for the operation, the same in every language: `x←3`.
    pub fn label(&self) -> SmolStr {
        let key = &self.key;
        match &self.act {
            Act::Read => format_smolstr!("{key}?"),
            Act::Write(value) | Act::Decide(value) => format_smolstr!("{key}←{value}"),
            Act::Append(value) => format_smolstr!("{key}+{value}"),
            Act::CompareAndSet { expected, value } => format_smolstr!("{key}:{expected}→{value}"),
            Act::Delete => format_smolstr!("{key}✕"),
        }
    }

    /// Whether its client heard that it changed nothing, though it was there to change something.
    pub const fn is_refused(&self) -> bool {
        matches!(
            (&self.act, &self.heard),
            (Act::CompareAndSet { .. }, Some(Heard::Value(_)))
                | (Act::Delete, Some(Heard::Missing))
        )
    }

    /// Whether it leaves the value as it is wherever its answer is the true one.
    pub const fn reads(&self) -> bool {
        matches!(self.act, Act::Read) || self.is_refused()
    }
}

impl Heard {
    /// A few characters that stand for the answer, the same in every language: `=3`.
    pub fn label(&self) -> SmolStr {
        match self {
            Self::Done => SmolStr::new_static("✓"),
            Self::Value(value) => format_smolstr!("={value}"),
            Self::Missing => SmolStr::new_static("∅"),
        }
    }
}

impl Act {
    /// The value afterwards, and the true answer.
    pub fn on(&self, value: Option<&SmolStr>) -> (Option<SmolStr>, Heard) {
        let told = |value: Option<&SmolStr>| match value {
            Some(value) => Heard::Value(value.clone()),
            None => Heard::Missing,
        };
        match self {
            Self::Read => (value.cloned(), told(value)),
            Self::Write(new) => (Some(new.clone()), Heard::Done),
            Self::Append(more) => {
                let old = value.map_or("", SmolStr::as_str);
                let longer = format_smolstr!("{old}{more}");
                (Some(longer.clone()), Heard::Value(longer))
            }
            Self::CompareAndSet {
                expected,
                value: new,
            } => {
                let old = value.cloned().unwrap_or_default();
                if old == *expected {
                    (Some(new.clone()), Heard::Done)
                } else {
                    (value.cloned(), Heard::Value(old))
                }
            }
            Self::Delete if value.is_some() => (None, Heard::Done),
            Self::Delete => (None, Heard::Missing),
            Self::Decide(wish) => {
                let stands = value.unwrap_or(wish);
                (Some(stands.clone()), Heard::Value(stands.clone()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> SmolStr {
        SmolStr::from(text)
    }

    fn access(act: Act, heard: Option<Heard>) -> Access {
        let key = text("x");
        Access { key, act, heard }
    }

    #[test]
    fn each_act_does_what_it_says_and_tells_the_truth() {
        let swap = |expected: &str| Act::CompareAndSet {
            expected: text(expected),
            value: text("9"),
        };
        let value = |v: &str| Heard::Value(text(v));
        let cases = [
            (Act::Read, None, None, Heard::Missing),
            (Act::Read, Some("1"), Some("1"), value("1")),
            (Act::Write(text("2")), Some("1"), Some("2"), Heard::Done),
            (Act::Append(text("2")), None, Some("2"), value("2")),
            (Act::Append(text("2")), Some("1"), Some("12"), value("12")),
            (swap("1"), Some("1"), Some("9"), Heard::Done),
            (swap("1"), Some("3"), Some("3"), value("3")),
            (swap(""), None, Some("9"), Heard::Done),
            (swap("1"), None, None, value("")),
            (Act::Delete, Some("1"), None, Heard::Done),
            (Act::Delete, None, None, Heard::Missing),
            (Act::Decide(text("a")), None, Some("a"), value("a")),
            (Act::Decide(text("b")), Some("a"), Some("a"), value("a")),
        ];
        for (act, before, after, heard) in cases {
            let before = before.map(text);
            let found = act.on(before.as_ref());
            assert_eq!(found, (after.map(text), heard), "{act:?} on {before:?}");
        }
    }

    #[test]
    fn what_only_reads_changes_nothing_where_its_answer_is_true() {
        let acts = [
            Act::Read,
            Act::Write(text("1")),
            Act::Append(text("1")),
            Act::CompareAndSet {
                expected: text("1"),
                value: text("2"),
            },
            Act::Delete,
            Act::Decide(text("1")),
        ];
        let mut read = 0;
        for act in acts {
            for before in [None, Some(text("1")), Some(text("3"))] {
                let (after, heard) = act.on(before.as_ref());
                if access(act.clone(), Some(heard)).reads() {
                    read += 1;
                    assert_eq!(after, before, "{act:?}");
                }
            }
        }
        assert!(read >= 5, "{read}");
    }
}
