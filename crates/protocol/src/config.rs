//! Parameters: documented, with defaults and ranges, so that controls, flags and links come from one declaration.

use crate::{Arg, Phrase};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt;

/// The most characters of a bad value that an error repeats.
const GIVEN_CHARS_MAX: usize = 60;

/// The value of a parameter.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A number in the parameter's unit.
    Int(u64),
    /// A switch.
    Bool(bool),
    /// One of the parameter's choices.
    Choice(&'static str),
    /// A text of the reader's own.
    Text(SmolStr),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => value.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Choice(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

/// What values a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Range {
    /// An integer, both ends included.
    Int {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// True or false.
    Bool,
    /// One of these.
    Choice(&'static [&'static str]),
    /// A text of the reader's own, which may have several lines.
    Text {
        /// The most bytes that it may have in UTF-8.
        bytes_max: u32,
    },
}

impl Range {
    /// What is allowed, as a part of a sentence.
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Int { min, max } => Phrase::new("range.int").int("min", *min).int("max", *max),
            Self::Bool => Phrase::new("range.bool"),
            Self::Choice(choices) => {
                Phrase::new("range.choice").text("choices", choices.join(", "))
            }
            Self::Text { bytes_max } => Phrase::new("range.text").int("max", u64::from(*bytes_max)),
        }
    }
}

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Things: nodes, entries.
    Count,
    /// Microseconds.
    Us,
    /// Thousandths.
    Permille,
    /// Millionths.
    Ppm,
    /// Events a second.
    PerSecond,
}

/// One documented parameter. Its words are `param.<key>` and `param.<key>.help`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Parameter {
    /// Its key: `election_timeout_min_us`.
    pub key: &'static str,
    /// What it takes.
    pub range: Range,
    /// What it is unless set.
    pub default: Value,
    /// What its number counts.
    pub unit: Unit,
    /// Whether it can change while the cluster runs; otherwise a change starts a new run.
    pub live: bool,
}

impl Parameter {
    /// Reads `text` as a value of this parameter.
    ///
    /// # Errors
    /// [`ConfigError::Bad`], which says what is allowed.
    pub fn parse(&self, text: &str) -> Result<Value, ConfigError> {
        let bad = || ConfigError::Bad {
            key: self.key,
            given: beginning(text, GIVEN_CHARS_MAX),
            allowed: self.range,
        };
        match self.range {
            Range::Int { min, max } => text
                .parse()
                .ok()
                .filter(|value| (min..=max).contains(value))
                .map(Value::Int)
                .ok_or_else(bad),
            Range::Bool => text.parse().map(Value::Bool).map_err(|_| bad()),
            Range::Choice(choices) => choices
                .iter()
                .find(|choice| **choice == text)
                .map(|choice| Value::Choice(choice))
                .ok_or_else(bad),
            Range::Text { bytes_max } => (text.len() <= bytes_max as usize)
                .then(|| Value::Text(text.into()))
                .ok_or_else(bad),
        }
    }
}

/// The first `chars_max` characters of `text`, with a mark where more follows.
pub fn beginning(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Why a parameter could not be set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConfigError {
    /// There is no such parameter.
    Unknown {
        /// What was asked for.
        key: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// The value is not one that it takes.
    Bad {
        /// Which parameter.
        key: &'static str,
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: Range,
    },
}

impl ConfigError {
    /// The sentence, for the shared words.
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Unknown { key, known } => Phrase::new("error.no-parameter")
                .text("key", key.clone())
                .text("known", known.join(", ")),
            Self::Bad {
                key,
                given,
                allowed,
            } => Phrase::new("error.bad-value")
                .text("key", *key)
                .text("given", given.clone())
                .with("allowed", Arg::Phrase(Box::new(allowed.phrase()))),
        }
    }
}

/// The parameters of a protocol or of the network, declared with [`crate::config!`].
pub trait Config: Clone + Eq + std::hash::Hash + fmt::Debug + Default + 'static {
    /// All of them, in the order in which they are shown.
    const PARAMETERS: &'static [Parameter];

    /// The value of the parameter at place `index` of [`Self::PARAMETERS`].
    fn value(&self, index: usize) -> Value;

    /// Puts a value that [`Parameter::parse`] made into place `index`.
    fn put(&mut self, index: usize, value: Value);

    /// The place of the parameter `key`.
    fn place(key: &str) -> Option<usize> {
        Self::PARAMETERS
            .iter()
            .position(|parameter| parameter.key == key)
    }

    /// Sets `key` to what `text` says.
    ///
    /// # Errors
    /// An unknown key, or a value outside the range.
    fn set(&mut self, key: &str, text: &str) -> Result<(), ConfigError> {
        let index = Self::place(key).ok_or_else(|| ConfigError::Unknown {
            key: key.into(),
            known: Self::PARAMETERS
                .iter()
                .map(|parameter| parameter.key)
                .collect(),
        })?;
        self.put(index, Self::PARAMETERS[index].parse(text)?);
        Ok(())
    }
}

/// Declares a configuration: a struct whose fields are documented parameters.
///
/// ```
/// protocol::config! {
///     /// The parameters of an example.
///     pub struct ExampleConfig {
///         /// How many servers there are.
///         servers: Int(1..=9) = 5, Count, fixed;
///         /// Whether servers ask before they raise the epoch.
///         pre_vote: Switch() = true, Count, live;
///         /// How clients send.
///         arrivals: Choice["open", "closed"] = "open", Count, fixed;
///         /// What is counted: at most so many bytes.
///         text: Text(10_000) = "to be or not to be", Count, fixed;
///     }
/// }
/// use protocol::Config;
/// let mut config = ExampleConfig::default();
/// config.set("servers", "3").unwrap();
/// assert_eq!(config.servers, 3);
/// ```
#[macro_export]
macro_rules! config {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $(
        $(#[doc = $doc:literal])+
        $field:ident : $kind:ident $args:tt = $default:literal, $unit:ident, $live:ident;
    )+ }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        $vis struct $name { $(
            $(#[doc = $doc])+
            pub $field: $crate::config!(@type $kind),
        )+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $crate::config!(@default $kind, $default), )+ }
            }
        }

        impl $crate::Config for $name {
            const PARAMETERS: &'static [$crate::Parameter] = &[ $(
                $crate::Parameter {
                    key: stringify!($field),
                    range: $crate::config!(@range $kind $args),
                    default: $crate::config!(@constant $kind, $default),
                    unit: $crate::Unit::$unit,
                    live: $crate::config!(@live $live),
                },
            )+ ];

            fn value(&self, index: usize) -> $crate::Value {
                let mut place = 0;
                $(
                    if place == index {
                        return $crate::config!(@value $kind, self.$field.clone());
                    }
                    place += 1;
                )+
                unreachable!("parameter {index} of {place}")
            }

            fn put(&mut self, index: usize, value: $crate::Value) {
                let mut place = 0;
                $(
                    if place == index {
                        if let $crate::config!(@value $kind, value) = value {
                            self.$field = value;
                            return;
                        }
                    }
                    place += 1;
                )+
                unreachable!("parameter {index} of {place} takes no {value:?}")
            }
        }
    };
    (@type Int) => { u64 };
    (@type Switch) => { bool };
    (@type Choice) => { &'static str };
    (@type Text) => { $crate::SmolStr };
    (@default Text, $default:literal) => { $crate::SmolStr::new_static($default) };
    (@default $kind:ident, $default:literal) => { $default };
    (@constant Text, $default:literal) => { $crate::Value::Text($crate::SmolStr::new_static($default)) };
    (@constant $kind:ident, $default:literal) => { $crate::config!(@value $kind, $default) };
    (@range Int ($min:literal ..= $max:literal)) => { $crate::Range::Int { min: $min, max: $max } };
    (@range Switch ()) => { $crate::Range::Bool };
    (@range Choice [$($choice:literal),+]) => { $crate::Range::Choice(&[$($choice),+]) };
    (@range Text ($bytes_max:literal)) => { $crate::Range::Text { bytes_max: $bytes_max } };
    (@value Int, $($value:tt)+) => { $crate::Value::Int($($value)+) };
    (@value Switch, $($value:tt)+) => { $crate::Value::Bool($($value)+) };
    (@value Choice, $($value:tt)+) => { $crate::Value::Choice($($value)+) };
    (@value Text, $($value:tt)+) => { $crate::Value::Text($($value)+) };
    (@live live) => { true };
    (@live fixed) => { false };
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::config! {
        /// For the tests.
        pub(super) struct Example {
            /// How many.
            servers: Int(1..=9) = 5, Count, fixed;
            /// Whether.
            pre_vote: Switch() = true, Count, live;
            /// Which.
            arrivals: Choice["open", "closed"] = "open", Count, fixed;
            /// What.
            text: Text(12) = "a b", Count, fixed;
        }
    }

    #[test]
    fn every_parameter_reads_back() {
        let mut config = Example::default();
        for (key, text) in [
            ("servers", "3"),
            ("pre_vote", "false"),
            ("arrivals", "closed"),
            ("text", "b\nc"),
        ] {
            config.set(key, text).unwrap();
            assert_eq!(config.value(Example::place(key).unwrap()).to_string(), text);
        }
    }

    #[test]
    fn a_bad_value_says_what_is_allowed() {
        let mut config = Example::default();
        let unknown = config.set("serverz", "1").unwrap_err();
        assert_eq!(
            unknown.phrase(),
            Phrase::new("error.no-parameter")
                .text("key", "serverz")
                .text("known", "servers, pre_vote, arrivals, text")
        );
        for (key, given, allowed) in [
            (
                "servers",
                "12",
                Phrase::new("range.int").int("min", 1).int("max", 9),
            ),
            ("pre_vote", "maybe", Phrase::new("range.bool")),
            (
                "arrivals",
                "x",
                Phrase::new("range.choice").text("choices", "open, closed"),
            ),
            (
                "text",
                "thirteen byte",
                Phrase::new("range.text").int("max", 12),
            ),
        ] {
            assert_eq!(
                config.set(key, given).unwrap_err().phrase(),
                Phrase::new("error.bad-value")
                    .text("key", key)
                    .text("given", given)
                    .with("allowed", Arg::Phrase(Box::new(allowed)))
            );
        }
        assert_eq!(config, Example::default());
    }

    #[test]
    fn an_error_repeats_no_more_than_the_beginning() {
        let long = "字".repeat(61);
        let ConfigError::Bad { given, .. } = Example::default().set("text", &long).unwrap_err()
        else {
            panic!("the text is too long for the parameter");
        };
        assert_eq!(given, format!("{}…", "字".repeat(60)));
    }
}
