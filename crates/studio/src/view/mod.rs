//! What the panels show, built from the model between updates. Nothing here changes anything.

mod beside;
mod bottom;
mod compare;
mod diagram;
mod events;
mod film;
mod find;
mod forms;
mod from_here;
mod head;
mod history;
mod join;
mod node;
mod panels;
mod pictures;
mod room;
mod stage;
mod story;
mod up_next;
mod why;

pub(crate) use forms::{shown, typed};

use crate::Model;
use crate::show::Button;
use crate::{Menu, Msg};
use protocol::{Arg, Parameter, Phrase, Value};
use std::borrow::Cow;

/// The most characters of a text parameter that a sentence repeats.
const TEXT_CHARS_MAX: usize = 40;

/// A branch's letter: A to Z, then A1, B1 and so on.
pub(crate) fn letter(branch: u32) -> String {
    let letter = char::from(b'A' + (branch % 26) as u8);
    match branch / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}

/// Milliseconds and seconds, for a moment: "12.3 ms", "1.24 s".
pub(crate) fn moment(us: u64) -> String {
    trace::duration(us)
}

/// Two sentences, one after the other.
pub(crate) fn join(first: Phrase, then: Phrase) -> Phrase {
    Phrase::new("ui.join")
        .with("first", Arg::Phrase(Box::new(first)))
        .with("then", Arg::Phrase(Box::new(then)))
}

/// A word by a key that is made of two parts: `param.servers`.
pub(crate) fn word_arg(family: &str, id: &str) -> Arg {
    Arg::Word(Cow::Owned(format!("{family}.{id}")))
}

impl Model {
    pub(crate) fn button(&self, key: &'static str, msg: Msg) -> Button {
        self.button_of(&Phrase::new(key), msg)
    }

    /// A button with a key, and what it does in more words.
    pub(crate) fn keyed(
        &self,
        key: &'static str,
        help: &'static str,
        keys: &'static str,
        msg: Msg,
    ) -> Button {
        Button {
            help: self.word(help),
            key: keys,
            ..self.button(key, msg)
        }
    }

    pub(crate) fn button_of(&self, phrase: &Phrase, msg: Msg) -> Button {
        Button {
            label: self.say(phrase),
            help: String::new(),
            key: "",
            msg,
            enabled: true,
            pressed: None,
        }
    }

    /// A word that may be missing: empty then.
    pub(crate) fn word_or_nothing(&self, key: &str) -> String {
        if self.words.has(key) {
            self.word(key)
        } else {
            String::new()
        }
    }

    /// A parameter's value, ready to be read.
    pub(crate) fn value_text(&self, parameter: &Parameter, value: &Value) -> String {
        match (value, parameter.unit) {
            (Value::Bool(true), _) => self.word("ui.value.on"),
            (Value::Bool(false), _) => self.word("ui.value.off"),
            (Value::Choice(choice), _) => {
                let key = format!("param.{}.{choice}", parameter.key);
                if self.words.has(&key) {
                    self.word(&key)
                } else {
                    (*choice).to_owned()
                }
            }
            (Value::Text(text), _) => protocol::beginning(text, TEXT_CHARS_MAX),
            (&Value::Int(n), unit) => self.words.amount(n, unit),
        }
    }

    pub(crate) fn is_open(&self, menu: Menu) -> bool {
        self.look.menu == Some(menu)
    }
}
