//! The header: protocol, servers, variant, properties with their verdicts.

use super::word_arg;
use crate::show::{Chip, Choice, Header, MenuButton, Standing, TabButton};
use crate::{Menu, Model, Msg, Tab};
use protocol::{Phrase, PropertyKind, Value, Verdict};

impl Model {
    /// The bar at the top.
    pub fn header(&self) -> Header {
        let chips = self.chips();
        let standing = chips.iter().map(|chip| chip.standing).max_by_key(severity);
        // Nothing holds where nothing is judged.
        let none = if chips.is_empty() {
            Standing::Waits
        } else {
            Standing::Holds
        };
        let run = self.session.playable.run();
        let (properties, count) = self.properties_text(&chips);
        Header {
            protocol: self.session.about().title(self.language()).to_owned(),
            protocols: self.protocols(),
            servers: self.say(&Phrase::new("ui.header.servers").int("n", self.session.servers())),
            server_counts: self.server_counts(),
            variant_menu: if self.is_joined() {
                Menu::Join
            } else {
                Menu::Parameters
            },
            variant: if self.is_joined() {
                self.word("ui.header.joined")
            } else if self.session.playable.fixed().is_some() {
                self.word("ui.header.recorded")
            } else if run.variant == sim::SOUND {
                String::new()
            } else {
                let variant = word_arg("variant", &run.variant);
                self.say(&Phrase::new("ui.header.variant").with("variant", variant))
            },
            room: self.room_chip(),
            properties,
            count,
            standing: standing.unwrap_or(none),
            chips,
        }
    }

    fn protocols(&self) -> Vec<Choice> {
        let here = self.session.about().id;
        let choice = |entry: &catalog::Entry| Choice {
            value: entry.about.id.into(),
            label: entry.about.title(self.language()).to_owned(),
            help: String::new(),
            chosen: entry.about.id == here,
            msg: Msg::SelectProtocol(entry.about.id.into()),
        };
        // What happened elsewhere is none of the protocols that can be chosen, even if it is of one.
        let recorded = self.session.playable.fixed().map(|_| Choice {
            value: "recording".into(),
            label: {
                let title = self.session.about().title(self.language());
                let known = self.entries.iter().any(|entry| entry.about.id == here);
                if known && self.is_joined() {
                    self.say(&Phrase::new("ui.header.joined-of").text("title", title))
                } else if known {
                    self.say(&Phrase::new("ui.header.recording-of").text("title", title))
                } else if self.is_joined() {
                    self.word("ui.header.joined-bridge")
                } else {
                    title.to_owned()
                }
            },
            help: String::new(),
            chosen: true,
            msg: Msg::Close,
        });
        let others = self.entries.iter().map(choice).map(|choice| Choice {
            chosen: choice.chosen && recorded.is_none(),
            ..choice
        });
        recorded.clone().into_iter().chain(others).collect()
    }

    fn server_counts(&self) -> Vec<Choice> {
        let Some((min, max)) = self.session.server_range() else {
            return Vec::new();
        };
        let now = match self.session.parameter("servers") {
            Some(Value::Int(now)) => now,
            _ => min,
        };
        let choice = |n: u64| Choice {
            value: n.to_string(),
            label: self.say(&Phrase::new("ui.header.servers").int("n", n)),
            help: String::new(),
            chosen: now == n,
            msg: Msg::SetParameter {
                key: "servers".into(),
                value: n.to_string(),
            },
        };
        // A list is for few: more are set among the parameters, and what is set is listed.
        let few = max.min(15);
        let more = Some(now).filter(|now| *now > few);
        (min..=few).chain(more).map(choice).collect()
    }

    fn chips(&self) -> Vec<Chip> {
        let properties = self.session.about().properties;
        let statuses = self.session.playable.properties();
        let run = self.session.playable.run();
        let met = run.met(self.session.frame.now_us);
        let chip = |(property, status): (&protocol::Property, trace::PropertyStatus)| {
            let (standing, sign, verdict) = match (&status.verdict, property.kind) {
                (Verdict::Violated(_), _) if !property.assumes.covers(&met) => {
                    (Standing::Violated, "✗", "ui.verdict.beyond")
                }
                (Verdict::Violated(_), _) => (Standing::Violated, "✗", "ui.verdict.violated"),
                (Verdict::Met, _) => (Standing::Met, "✓", "ui.verdict.met"),
                (Verdict::Open, PropertyKind::Always) => (Standing::Holds, "✓", "ui.verdict.holds"),
                (Verdict::Open, PropertyKind::Sometimes) => {
                    (Standing::Waits, "…", "ui.verdict.waits")
                }
                (Verdict::Open, PropertyKind::Eventually) => {
                    (Standing::Waits, "…", "ui.verdict.owed")
                }
            };
            Chip {
                id: property.id,
                sign,
                standing,
                verdict: self.word(verdict),
                sentence: self.word(&format!("property.{}", property.id)),
                how: match &status.verdict {
                    Verdict::Violated(how) => self.say(how),
                    Verdict::Open | Verdict::Met => String::new(),
                },
                source: self.words.property_source(property).to_owned(),
                since: status.since.map(Msg::SeekStep),
            }
        };
        properties.iter().zip(statuses).map(chip).collect()
    }

    /// How the properties stand, in a sentence, and its number.
    fn properties_text(&self, chips: &[Chip]) -> (String, u64) {
        if self.session.about().properties.is_empty() {
            let key = if self.is_joined() {
                "ui.header.not-judged-joined"
            } else {
                "ui.header.not-judged"
            };
            return (self.word(key), 0);
        }
        let count =
            |wanted: Standing| chips.iter().filter(|chip| chip.standing == wanted).count() as u64;
        let violated = count(Standing::Violated);
        if violated > 0 {
            let phrase = Phrase::new("ui.header.violated").int("n", violated);
            (self.say(&phrase), violated)
        } else {
            let good = count(Standing::Holds) + count(Standing::Met);
            let to_come = count(Standing::Waits);
            // What is only not yet due must not look like what failed.
            let key = if to_come > 0 {
                "ui.header.hold-to-come"
            } else {
                "ui.header.hold"
            };
            let phrase = Phrase::new(key).int("n", good).int("to_come", to_come);
            (self.say(&phrase), good)
        }
    }

    /// The tabs of the dock.
    pub fn tabs(&self) -> Vec<TabButton> {
        let tab = |tab| TabButton {
            tab,
            label: match tab {
                Tab::UpNext => self.word("ui.tab.up-next"),
                Tab::Node => match self.look.node {
                    Some(node) => self.say(&Phrase::new("ui.tab.node-of").node("node", node)),
                    None => self.word("ui.tab.node"),
                },
                Tab::Events => self.word("ui.tab.events"),
                Tab::History => self.word("ui.tab.history"),
                Tab::Charts => self.word("ui.tab.charts"),
                Tab::Why => self.word("ui.page.why"),
            },
            open: self.tab() == tab,
        };
        let there = |tab: &Tab| match tab {
            Tab::History => self.session.has_history,
            Tab::Charts => self.session.has_charts,
            Tab::Why => self.asks_why(),
            _ => true,
        };
        Tab::ALL.into_iter().filter(there).map(tab).collect()
    }

    /// The button that opens a menu.
    pub fn menu_button(&self, menu: Menu) -> MenuButton {
        let key = match menu {
            Menu::Protocols => "ui.menu.protocols",
            Menu::Stories => "ui.menu.stories",
            Menu::Parameters => "ui.menu.parameters",
            Menu::Compare => "ui.menu.compare",
            Menu::Find => "ui.menu.find",
            Menu::FromHere => "ui.menu.from-here",
            Menu::Properties => "ui.menu.properties",
            Menu::Share => "ui.menu.share",
            Menu::Film => "ui.menu.film",
            Menu::Branches => "ui.menu.branches",
            Menu::RunUntil => "ui.menu.run-until",
            Menu::Ask if self.bridge().is_some() => "ui.menu.ask-node",
            Menu::Ask => "ui.menu.ask",
            Menu::Filter => "ui.menu.filter",
            Menu::Join => "ui.menu.join",
            Menu::Room => "ui.menu.room",
            Menu::Help => "ui.menu.help",
        };
        MenuButton {
            menu,
            label: self.word(key),
            open: self.is_open(menu),
        }
    }
}

const fn severity(standing: &Standing) -> u8 {
    match standing {
        Standing::Met => 0,
        Standing::Holds => 1,
        Standing::Waits => 2,
        Standing::Violated => 3,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Model, Msg, Setup};
    use protocol::NodeId;

    fn delay_us(msgs: Vec<Msg>) -> Option<u64> {
        let (mut model, _) = Model::new(Setup::default()).expect("the home run opens");
        for msg in msgs {
            model.handle(msg);
        }
        let run = model.session.playable.run();
        run.met(model.session.frame.now_us).delay_us_max
    }

    #[test]
    fn the_number_of_servers_is_listed_even_if_it_is_large() {
        let (mut model, _) = Model::new(Setup::default()).expect("the home run opens");
        model.handle(Msg::SelectProtocol("load-balancing".into()));
        model.handle(Msg::SetParameter {
            key: "servers".into(),
            value: "50".into(),
        });
        let counts = model.header().server_counts;
        let chosen: Vec<_> = counts.iter().filter(|count| count.chosen).collect();
        assert_eq!(chosen.len(), 1);
        assert_eq!((&*chosen[0].value, counts.len()), ("50", 16));
    }

    #[test]
    fn only_what_a_bound_can_hold_counts_as_within_one() {
        let shape = |value: &str| Msg::SetParameter {
            key: "latency_shape".into(),
            value: value.into(),
        };
        let most = delay_us(Vec::new());
        assert!(
            most.is_some_and(|most| most < 1_000_000),
            "the home run's network is quick"
        );
        assert_eq!(delay_us(vec![shape("uniform")]), most);
        assert_eq!(delay_us(vec![shape("exponential")]), None);
        assert_eq!(delay_us(vec![Msg::PauseOrResume(NodeId(0))]), None);
    }
}
