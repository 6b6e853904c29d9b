//! Predicates: tables with one key that says what is looked at, and others that say where and how often.

use super::Reader;
use super::table::{Fields, Val};
use crate::trouble::STATUSES;
use crate::{EventKind, Family, Happening, Mistake, Number, Predicate, What};
use protocol::Phrase;
use toml::de::DeValue;

/// What a predicate can look at, and the keys that may stand beside it.
pub(super) const PREDICATES: &[(&str, &[&str])] = &[
    ("fact", &["node", "with", "count"]),
    ("reason", &["node", "with", "count"]),
    ("answer", &["node", "with", "count"]),
    ("event", &["node", "timer", "message", "count"]),
    ("sent", &["node", "count"]),
    ("role", &["node", "count"]),
    ("status", &["node"]),
    ("epoch", &["node"]),
    ("log", &["node"]),
    ("entry", &["node"]),
    ("committed", &["node"]),
    ("row", &["node"]),
    ("in_flight", &["count"]),
    ("quiet", &[]),
    ("violated", &[]),
    ("met", &[]),
    ("all", &[]),
    ("any", &[]),
    ("not", &[]),
];

impl Reader<'_> {
    /// One predicate, or a list of which all must hold.
    pub(super) fn predicate(&mut self, value: Val<'_>) -> Option<Predicate> {
        if value.get_ref().is_array() {
            let mut all = self.predicates(value);
            return if all.len() == 1 {
                all.pop()
            } else {
                Some(Predicate::All(all))
            };
        }
        let (key, main, fields) = self.looked_at(value)?;
        self.predicate_of(key, main, &fields)
    }

    /// One or more predicates.
    pub(super) fn predicates(&mut self, value: Val<'_>) -> Vec<Predicate> {
        let list = self.one_or_more(value);
        list.into_iter()
            .filter_map(|one| self.predicate(one))
            .collect()
    }

    /// What a predicate looks at.
    fn looked_at<'a>(&mut self, value: Val<'a>) -> Option<(&'static str, Val<'a>, Fields<'a>)> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(value, "predicate");
            return None;
        };
        let mut found = PREDICATES
            .iter()
            .filter(|(key, _)| table.contains_key(*key));
        let mains: Vec<&str> = PREDICATES.iter().map(|(key, _)| *key).collect();
        match (found.next(), found.next()) {
            (Some((key, beside)), None) => {
                let known: Vec<&str> = [*key].into_iter().chain(beside.iter().copied()).collect();
                let fields = self.fields(value, &known)?;
                Some((key, fields.get(key)?, fields))
            }
            (Some((first, _)), Some((second, _))) => {
                let what = Phrase::new("scenario.mistake.two-predicates")
                    .text("first", *first)
                    .text("second", *second);
                let place = self.place(value.span().start);
                self.mistakes.push(Mistake::new(place, what));
                None
            }
            (None, _) => {
                // Says which key is unknown; a table without any says what could be there.
                if self.fields(value, &mains)?.is_empty() {
                    self.wrong(value, "predicate");
                }
                None
            }
        }
    }

    fn predicate_of(&mut self, key: &str, main: Val<'_>, fields: &Fields<'_>) -> Option<Predicate> {
        let count = fields.get("count").map(|value| self.comparison(value));
        let count = match count {
            Some(given) => Some(given?),
            None => None,
        };
        Some(match key {
            "all" => Predicate::All(self.predicates(main)),
            "any" => Predicate::Any(self.predicates(main)),
            "not" => Predicate::Not(Box::new(self.predicate(main)?)),
            "fact" | "reason" | "answer" | "event" | "sent" => Predicate::Happened(
                self.happening(key, main, fields)?,
                count.unwrap_or(Number::SOME),
            ),
            "role" => {
                let role = self.name(main, Family::Role)?;
                let nodes = self.anybody(fields)?;
                let all = Number(crate::Compare::Equal, nodes.len() as u64);
                let usual = if nodes.is_empty() { Number::SOME } else { all };
                Predicate::Role {
                    role,
                    nodes,
                    count: count.unwrap_or(usual),
                }
            }
            "status" => {
                let id = self.text(main)?;
                let known = STATUSES.iter().find(|(known, _)| *known == id);
                let Some((_, status)) = known else {
                    self.wrong(main, "status");
                    return None;
                };
                Predicate::Status {
                    nodes: self.whose(fields)?,
                    status: *status,
                }
            }
            "epoch" => {
                let epoch = self.comparison(main)?;
                let nodes = self.anybody(fields)?;
                Predicate::Epoch { nodes, epoch }
            }
            "log" => {
                let list = super::listed(main);
                let log = list
                    .into_iter()
                    .filter_map(|one| self.number(one))
                    .collect();
                Predicate::Log {
                    nodes: self.whose(fields)?,
                    log,
                }
            }
            "entry" => {
                let entry = self.fields(main, &["index", "epoch"])?;
                let index = self.needed(&entry, "index");
                let epoch = self.needed(&entry, "epoch");
                Predicate::Entry {
                    nodes: self.whose(fields)?,
                    index: self.number(index?)?,
                    epoch: self.comparison(epoch?)?,
                }
            }
            "committed" => Predicate::Committed {
                committed: self.comparison(main)?,
                nodes: self.whose(fields)?,
            },
            "row" => Predicate::Row {
                cells: self.scalars(main),
                nodes: self.anybody(fields)?,
            },
            "in_flight" => Predicate::InFlight(self.messages(main)?, count.unwrap_or(Number::SOME)),
            "quiet" => self.only_true(main).map(|()| Predicate::Quiet)?,
            "violated" => Predicate::Violated(self.name(main, Family::Property)?),
            "met" => Predicate::Met(self.name(main, Family::Property)?),
            _ => return None,
        })
    }

    /// The nodes that a predicate must name.
    fn whose(&mut self, fields: &Fields<'_>) -> Option<Vec<String>> {
        let node = self.needed(fields, "node")?;
        self.group(node)
    }

    /// The nodes that a predicate names, if it does.
    fn anybody(&mut self, fields: &Fields<'_>) -> Option<Vec<String>> {
        match fields.get("node") {
            Some(node) => self.group(node),
            None => Some(Vec::new()),
        }
    }

    fn happening(&mut self, key: &str, main: Val<'_>, fields: &Fields<'_>) -> Option<Happening> {
        let node = match fields.get("node") {
            Some(node) => Some(self.name(node, Family::Node)?),
            None => None,
        };
        let mut with = Vec::new();
        let what = match key {
            "answer" if main.get_ref().as_str() == Some("any") => What::Answer(None),
            "event" => self.event(main, fields)?,
            "sent" => What::Sent(self.messages(main)?),
            family => {
                let id = self.name(main, Family::Sentence(family.into()))?;
                if let Some(values) = fields.get("with") {
                    with = self.values(values, &format!("{family}.{id}"));
                }
                match family {
                    "fact" => What::Fact(id),
                    "reason" => What::Reason(id),
                    _ => What::Answer(Some(id)),
                }
            }
        };
        Some(Happening { what, node, with })
    }

    fn event(&mut self, main: Val<'_>, fields: &Fields<'_>) -> Option<What> {
        let id = self.text(main)?;
        let known = EventKind::ALL.iter().find(|(known, _)| *known == id);
        let Some((_, kind)) = known else {
            self.wrong(main, "event");
            return None;
        };
        let timer = match fields.get("timer") {
            Some(timer) => Some(self.name(timer, Family::Timer)?),
            None => None,
        };
        let message = match fields.get("message") {
            Some(message) => Some(self.messages(message)?),
            None => None,
        };
        Some(What::Event {
            kind: *kind,
            timer,
            message,
        })
    }

    /// `with`: the values that a sentence must have.
    pub(super) fn values(&mut self, value: Val<'_>, sentence: &str) -> Vec<(String, Vec<String>)> {
        let Some(fields) = self.any_fields(value) else {
            return Vec::new();
        };
        let mut values = Vec::new();
        for (key, value) in fields.all() {
            let place = self.place(value.span().start);
            self.mention(Family::Value(sentence.into()), key, place);
            values.push((key.to_owned(), self.scalars(value)));
        }
        values
    }
}
