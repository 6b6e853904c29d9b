//! The `do` of a beat: one table for each thing that is done, with one key that says what.

use super::Reader;
use super::table::{Fields, Val};
use crate::select::KINDS;
use crate::{Act, Family, Messages, Mistake, Move};
use protocol::{Name, Phrase};

/// What a table of `do` can be.
pub(super) const ACTS: &[&str] = &[
    "deliver",
    "drop",
    "duplicate",
    "hold",
    "release",
    "fire",
    "save",
    "arrive",
    "crash",
    "restart",
    "pause",
    "resume",
    "erase",
    "remove",
    "cut",
    "heal",
    "skew",
    "set",
    "ask",
    "choose",
    "add",
    "let",
    "until",
    "at",
];
/// The keys that say which messages.
pub(super) const MESSAGES: &[&str] = &[
    "name", "kind", "from", "to", "epoch", "content", "with", "every",
];

impl Reader<'_> {
    /// One table of `do`.
    pub(super) fn moves(&mut self, value: Val<'_>) -> Option<Move> {
        let (key, value) = self.only(value)?;
        match key {
            "let" => Some(Move::Let(self.names(value))),
            "until" => self.predicate(value).map(Move::Until),
            "at" => self.place_of_run(value),
            _ => self.act(key, value).map(Move::Do),
        }
    }

    /// The only field of a table of `do`.
    fn only<'a>(&mut self, value: Val<'a>) -> Option<(&'a str, Val<'a>)> {
        let fields = self.fields(value, ACTS)?;
        let mut all = fields.all();
        match (all.next(), all.next()) {
            (Some(only), None) => Some(only),
            (None, _) => {
                self.wrong(value, "act");
                None
            }
            (Some(_), Some((second, _))) => {
                let what = Phrase::new("scenario.mistake.two-acts").text("second", second);
                self.mistakes.push(Mistake::new(fields.place, what));
                None
            }
        }
    }

    /// A place in the run.
    fn place_of_run(&mut self, value: Val<'_>) -> Option<Move> {
        let fields = self.fields(value, &["step", "us"])?;
        let step = self.needed(&fields, "step");
        let step = step.and_then(|step| self.number(step));
        let us = self.needed(&fields, "us").and_then(|us| self.number(us));
        Some(Move::At {
            step: step?,
            us: us?,
        })
    }

    fn act(&mut self, key: &str, value: Val<'_>) -> Option<Act> {
        Some(match key {
            "deliver" => Act::Deliver(self.messages(value)?),
            "drop" => Act::Drop(self.messages(value)?),
            "duplicate" => Act::Duplicate(self.messages(value)?),
            "hold" => Act::Hold(self.messages(value)?),
            "release" => Act::Release(self.messages(value)?),
            "fire" => {
                let fields = self.fields(value, &["timer", "node"])?;
                let timer = self.needed(&fields, "timer");
                let timer = timer.and_then(|timer| self.name(timer, Family::Timer));
                let node = self.needed(&fields, "node");
                let node = node.and_then(|node| self.name(node, Family::Node));
                Act::Fire {
                    timer: timer?,
                    node: node?,
                }
            }
            "save" => Act::Save(self.group(value)?),
            "arrive" => Act::Arrive(self.group(value)?),
            "crash" => self.crash(value)?,
            "restart" => Act::Restart(self.group(value)?),
            "pause" => Act::Pause(self.group(value)?),
            "resume" => Act::Resume(self.group(value)?),
            "erase" => Act::Erase(self.group(value)?),
            "remove" => Act::Remove(self.group(value)?),
            "cut" => self.cut(value)?,
            "heal" => self.only_true(value).map(|()| Act::Heal)?,
            "skew" => self.skew(value)?,
            "set" => Act::Set(self.pairs(value, Family::Live)),
            "ask" => self.ask(value)?,
            "choose" => self.choose(value)?,
            "add" => {
                let kind = self.text(value)?;
                let known = KINDS.iter().find(|(id, _)| *id == kind);
                let Some((_, kind)) = known else {
                    self.wrong(value, "kind");
                    return None;
                };
                Act::Add(*kind)
            }
            // An unknown field was said where it stands.
            _ => return None,
        })
    }

    /// Nodes alone, or a table with what survives.
    fn crash(&mut self, value: Val<'_>) -> Option<Act> {
        if !value.get_ref().is_table() {
            return Some(Act::Crash {
                nodes: self.group(value)?,
                keep: 0,
                torn: false,
            });
        }
        let fields = self.fields(value, &["node", "keep", "torn"])?;
        let nodes = self
            .needed(&fields, "node")
            .and_then(|node| self.group(node));
        let keep = fields.get("keep").and_then(|keep| self.number(keep));
        let torn = fields.get("torn").and_then(|torn| self.switch(torn));
        Some(Act::Crash {
            nodes: nodes?,
            keep: keep.unwrap_or(0) as u32,
            torn: torn.unwrap_or(false),
        })
    }

    /// Two groups, or a table that says from whom to whom: one way.
    fn cut(&mut self, value: Val<'_>) -> Option<Act> {
        if value.get_ref().is_table() {
            let fields = self.fields(value, &["from", "to"])?;
            let from = self
                .needed(&fields, "from")
                .and_then(|from| self.group(from));
            let to = self.needed(&fields, "to").and_then(|to| self.group(to));
            return Some(Act::Cut {
                from: from?,
                to: to?,
                both: false,
            });
        }
        let sides = value.get_ref().as_array();
        let sides: Vec<_> = sides.into_iter().flatten().collect();
        let &[from, to] = sides.as_slice() else {
            self.wrong(value, "sides");
            return None;
        };
        let (from, to) = (self.group(from), self.group(to));
        Some(Act::Cut {
            from: from?,
            to: to?,
            both: true,
        })
    }

    fn skew(&mut self, value: Val<'_>) -> Option<Act> {
        let fields = self.fields(value, &["node", "drift_ppm", "offset_us"])?;
        let node = self.needed(&fields, "node");
        let node = node.and_then(|node| self.name(node, Family::Node));
        let drift = fields.get("drift_ppm").and_then(|drift| self.signed(drift));
        let offset = fields
            .get("offset_us")
            .and_then(|offset| self.signed(offset));
        Some(Act::Skew {
            node: node?,
            drift_ppm: drift.unwrap_or(0).clamp(i32::MIN.into(), i32::MAX.into()) as i32,
            offset_us: offset.unwrap_or(0),
        })
    }

    fn ask(&mut self, value: Val<'_>) -> Option<Act> {
        let fields = self.fields(value, &["client", "op", "fields"])?;
        let client = self.needed(&fields, "client");
        let client = client.and_then(|client| self.name(client, Family::Node));
        let given = fields.get("fields").map(|given| self.scalars(given));
        let given = given.unwrap_or_default();
        let op = self.needed(&fields, "op");
        let op = op.and_then(|op| self.name(op, Family::Operation(given.len())));
        Some(Act::Ask {
            client: client?,
            op: op?,
            fields: given,
        })
    }

    fn choose(&mut self, value: Val<'_>) -> Option<Act> {
        let fields = self.fields(value, &["of", "purpose", "outcome"])?;
        let of = self.needed(&fields, "of").and_then(|of| {
            let (key, inner) = self.only(of)?;
            let is_pick = ["deliver", "fire", "save", "arrive"].contains(&key);
            if !is_pick {
                self.wrong(of, "pick");
                return None;
            }
            self.act(key, inner)
        });
        let purpose = self
            .needed(&fields, "purpose")
            .and_then(|text| self.text(text));
        let outcome = self
            .needed(&fields, "outcome")
            .and_then(|value| self.number(value));
        Some(Act::Choose {
            of: Box::new(of?),
            purpose: purpose?,
            outcome: outcome? as u32,
        })
    }

    /// Messages: a kind alone, or a table.
    pub(super) fn messages(&mut self, value: Val<'_>) -> Option<Messages> {
        if value.get_ref().is_str() {
            return Some(Messages {
                kind: Some(self.name(value, Family::Kind)?),
                ..Messages::default()
            });
        }
        let fields = self.fields(value, MESSAGES)?;
        Some(self.messages_of(&fields))
    }

    pub(super) fn messages_of(&mut self, fields: &Fields<'_>) -> Messages {
        let own = fields.get("name").and_then(|value| self.own_name(value));
        let mut name = |key: &str, family: Family| {
            let value = fields.get(key);
            value.and_then(|value| self.name(value, family))
        };
        let kind = name("kind", Family::Kind);
        let from = name("from", Family::Node);
        let to = name("to", Family::Node);
        let content = name("content", Family::Sentence("message".into()));
        let epoch = fields.get("epoch").and_then(|value| self.comparison(value));
        let with = match (&content, fields.get("with")) {
            (Some(content), Some(with)) => self.values(with, &format!("message.{content}.label")),
            (None, Some(with)) => {
                self.wrong(with, "content");
                Vec::new()
            }
            _ => Vec::new(),
        };
        let every = fields.get("every").and_then(|value| self.switch(value));
        Messages {
            name: own,
            kind,
            from,
            to,
            epoch,
            content,
            with,
            every: every.unwrap_or(false),
        }
    }

    /// The name of one message, as a transcript shows it: sixteen hexadecimal digits.
    fn own_name(&mut self, value: Val<'_>) -> Option<Name> {
        let text = value.get_ref().as_str().unwrap_or("");
        let number = u64::from_str_radix(text, 16);
        let name = number
            .ok()
            .map(Name)
            .filter(|name| name.to_string() == text);
        if name.is_none() {
            self.wrong(value, "name");
        }
        name
    }
}
