//! The dialog of *Find a violation*.

use super::word_arg;
use crate::find::{DEPTHS, End, Found, Hunt, SCHEDULES_MAX};
use crate::show::{Button, Choice, Choices, Find, FindCard};
use crate::{FindMsg, FoundForm, Model, Msg};
use protocol::{Arg, Phrase};
use search::random::Strategy;

/// How far a find is from being small.
fn shrinking(found: &Found) -> Phrase {
    let was = found.finding.run.edits.len() as u64;
    let Some(sofar) = &found.sofar else {
        return Phrase::new("ui.find.shrinks").int("n", was);
    };
    let edits = &sofar.finding.run.edits;
    let picks = edits.iter().filter(|edit| edit.action.is_pick()).count() as u64;
    let key = if picks > 0 {
        "ui.find.shrinks-picks"
    } else {
        "ui.find.shrinks-to"
    };
    Phrase::new(key)
        .int("n", edits.len() as u64)
        .int("picks", picks)
        .int("was", was)
        .int("tries", sofar.tries)
}

impl Model {
    /// The dialog: what is sought, how far the search is, and what it has found.
    pub fn find(&self) -> Find {
        let state = &self.find;
        let on = state.is_on();
        let hunt = state.hunt.as_ref();
        let start = || Button {
            enabled: self.sought().next().is_some(),
            ..self.button("ui.find.start", Msg::Find(FindMsg::Start))
        };
        Find {
            about: self.word("ui.find.about"),
            properties: self.find_properties(),
            strategies: self.find_strategies(),
            strategy_note: self.strategy_note(),
            origins: self.find_origins(),
            start: (!on).then(start),
            cancel: on.then(|| self.button("ui.find.cancel", Msg::Find(FindMsg::Cancel))),
            progress: hunt.map_or_else(String::new, |hunt| self.hunt_progress(hunt)),
            coverage: hunt.map_or_else(String::new, |hunt| self.hunt_coverage(hunt)),
            note: state
                .note
                .as_ref()
                .map_or_else(String::new, |note| self.say(note)),
            copied: if state.copied {
                self.word("ui.find.copied")
            } else {
                String::new()
            },
            cards: hunt.map_or_else(Vec::new, |hunt| {
                let cards = hunt.found.iter().enumerate();
                cards
                    .map(|(place, found)| self.find_card(place as u32, found, hunt))
                    .collect()
            }),
        }
    }

    fn find_choice(&self, value: String, label: String, chosen: bool, msg: FindMsg) -> Choice {
        Choice {
            value,
            label,
            help: String::new(),
            chosen,
            msg: Msg::Find(msg),
        }
    }

    fn find_properties(&self) -> Choices {
        let chosen = self.find.property.as_deref();
        let known = |id: &str| self.sought().any(|one| one.id == id);
        let chosen = chosen.filter(|id| known(id));
        let any = self.find_choice(
            "any".into(),
            self.word("ui.find.any"),
            chosen.is_none(),
            FindMsg::Property(None),
        );
        let named = self.sought().map(|property| {
            self.find_choice(
                property.id.into(),
                self.word(&format!("property.{}", property.id)),
                chosen == Some(property.id),
                FindMsg::Property(Some(property.id.into())),
            )
        });
        Choices {
            label: self.word("ui.find.property"),
            choices: std::iter::once(any).chain(named).collect(),
        }
    }

    fn find_strategies(&self) -> Choices {
        let swarm = self.find_choice(
            "swarm".into(),
            self.word("ui.find.swarm"),
            self.find.depth.is_none(),
            FindMsg::Depth(None),
        );
        let priorities = DEPTHS.into_iter().map(|depth| {
            self.find_choice(
                format!("priorities-{depth}"),
                self.say(&Phrase::new("ui.find.priorities").int("depth", depth.into())),
                self.find.depth == Some(depth),
                FindMsg::Depth(Some(depth)),
            )
        });
        Choices {
            label: self.word("ui.find.strategy"),
            choices: std::iter::once(swarm).chain(priorities).collect(),
        }
    }

    /// What the strategy is, and under priorities what it promises.
    fn strategy_note(&self) -> String {
        let Some(depth) = self.find.depth else {
            return self.word("ui.find.swarm.help");
        };
        let phrase = Phrase::new("ui.find.priorities.help").int("depth", depth.into());
        self.say(&phrase)
    }

    fn find_origins(&self) -> Choices {
        let origin = |value: &str, key: &str, here: bool| {
            self.find_choice(
                value.into(),
                self.word(key),
                self.find.from_here == here,
                FindMsg::FromHere(here),
            )
        };
        Choices {
            label: self.word("ui.find.origin"),
            choices: vec![
                origin("start", "ui.find.from-start", false),
                origin("here", "ui.find.from-here", true),
            ],
        }
    }

    /// "1,240 schedules, 310 a second."
    fn hunt_progress(&self, hunt: &Hunt) -> String {
        let schedules = hunt.report.schedules();
        // A run of the reader's own is made small without any search.
        if schedules == 0 && !hunt.found.is_empty() {
            return String::new();
        }
        let ended = match hunt.end {
            None if hunt.found.is_empty() => "ui.find.going",
            None => "ui.find.shrinking",
            Some(End::Found) => "ui.find.ended-found",
            Some(End::Cancelled) => "ui.find.cancelled",
            Some(End::Exhausted) => "ui.find.exhausted",
            Some(End::Failed) => return String::new(),
        };
        let took_us = hunt.took_us(self.real_us).max(1);
        let rate = schedules.saturating_mul(1_000_000) / took_us;
        let phrase = Phrase::new(ended)
            .int("n", schedules)
            .int("rate", rate)
            .int("most", SCHEDULES_MAX)
            .int("workers", hunt.workers() as u64);
        self.say(&phrase)
    }

    /// What was seen on the way.
    fn hunt_coverage(&self, hunt: &Hunt) -> String {
        let report = &hunt.report;
        if report.schedules() == 0 {
            return String::new();
        }
        let key = if report.states.is_exact() {
            "ui.find.coverage"
        } else {
            "ui.find.coverage-about"
        };
        let coverage = Phrase::new(key)
            .int("facts", report.facts.len() as u64)
            .int("states", report.states.count())
            .int("steps", report.steps);
        let coverage = self.say(&coverage);
        let bound = match hunt.spec.strategy {
            Strategy::Priorities { depth } => report.priority_bound(depth).map(|missed| {
                let one_in = (1.0 / (1.0 - missed)).min(9e15) as u64;
                Phrase::new("ui.find.bound")
                    .int("depth", depth.into())
                    .int("one_in", one_in)
                    .int("chains", report.chains)
                    .int("events", report.events)
            }),
            Strategy::Swarm => None,
        };
        match bound {
            Some(bound) => format!("{coverage} {}", self.say(&bound)),
            None => coverage,
        }
    }

    fn find_card(&self, place: u32, found: &Found, hunt: &Hunt) -> FindCard {
        let small = found.shrunk.as_ref();
        let shown = small.map_or(&found.finding, |small| &small.finding);
        let how = match &shown.how {
            Some(how) => self.say(how),
            None => self.word("ui.find.unmet"),
        };
        let open = |as_found: bool| Msg::Find(FindMsg::Open { place, as_found });
        let size = match small {
            Some(small) => Phrase::new(if small.minimal {
                "ui.find.small"
            } else {
                "ui.find.smaller"
            })
            .int("n", small.finding.run.edits.len() as u64)
            .int("was", small.was)
            .int("tries", small.tries),
            None if hunt.end.is_none() => shrinking(found),
            None => Phrase::new("ui.find.large").int("n", found.finding.run.edits.len() as u64),
        };
        let network = Self::network_of(shown);
        let size = if network.is_empty() {
            self.say(&size)
        } else {
            let network =
                self.say(&Phrase::new("ui.find.network").with("what", self.listed(&network)));
            format!("{} {network}", self.say(&size))
        };
        FindCard {
            place,
            property: self.word(&format!("property.{}", shown.property)),
            how,
            size,
            watch: small.map(|_| self.button("ui.find.watch", open(false))),
            as_found: self.button(
                if small.is_some() {
                    "ui.find.as-found"
                } else {
                    "ui.find.watch-large"
                },
                open(true),
            ),
            copies: [
                ("ui.find.copy-scenario", FoundForm::Scenario),
                ("ui.find.copy-test", FoundForm::Test),
            ]
            .map(|(key, form)| self.button(key, Msg::Find(FindMsg::Copy { place, form }))),
        }
    }

    /// The parameters of the world that a find needs.
    fn network_of(finding: &search::random::Finding) -> Vec<(String, String)> {
        use protocol::Config;
        let config = finding.run.config.iter();
        let world = config.filter(|(key, _)| sim::WorldConfig::place(key).is_some());
        world
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// "Loss: 5 %, Latency: 12 ms".
    fn listed(&self, values: &[(String, String)]) -> Arg {
        let all = values.iter().filter_map(|(key, text)| {
            let parameter = self.parameter(key)?;
            let value = parameter.parse(text).ok()?;
            let phrase = Phrase::new("ui.beside.differs")
                .with("parameter", word_arg("param", key))
                .text("value", self.value_text(parameter, &value));
            Some(self.say(&phrase))
        });
        Arg::Text(all.collect::<Vec<_>>().join(" · "))
    }
}
