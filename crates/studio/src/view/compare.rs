//! The form in which a second run is chosen.

use super::letter;
use crate::beside::{BRANCH, PROTOCOL, VARIANT, fitting};
use crate::show::{self, Button, Choice, Compare};
use crate::{CompareMsg, Model, Msg};
use protocol::{Config, Parameter, Phrase, Value};
use sim::WorldConfig;

impl Model {
    /// The form in which a second run is chosen.
    pub fn compare(&self) -> Compare {
        let key = self.compared_key();
        let choice = |value: &str, label, chosen, msg| Choice {
            value: value.into(),
            label,
            help: String::new(),
            chosen,
            msg: Msg::Compare(msg),
        };
        let about = self.session.about();
        let fitting = fitting(self.entries, self.session.playable.as_ref());
        let branches: Vec<_> = self.other_branches().collect();
        let branch = (!branches.is_empty()).then_some(BRANCH).into_iter();
        let protocol = (!fitting.is_empty()).then_some(PROTOCOL).into_iter();
        let variant = (about.variants.len() > 1).then_some(VARIANT).into_iter();
        let parameters = about.parameters.iter().chain(WorldConfig::PARAMETERS);
        let keys = branch.chain(protocol).chain(variant);
        let keys = keys.chain(parameters.map(|parameter| parameter.key));
        let parameters = keys.map(|one| {
            let msg = CompareMsg::Parameter(one.into());
            choice(one, self.compared_name(one), one == key, msg)
        });
        let wanted = self.compared_value();
        let note = self.compare.refusal.as_ref().or(wanted.as_ref().err());
        let chosen = |value: &str| wanted.as_ref().is_ok_and(|(_, wanted)| wanted == value);
        let value = |value: &str, label| {
            let msg = CompareMsg::Value(value.into());
            choice(value, label, chosen(value), msg)
        };
        let (here, kind) = match self.parameter(key) {
            None if key == BRANCH => {
                let all = branches.iter();
                let all = all.map(|one| value(&one.id.to_string(), self.branch_text(one.id)));
                let here = letter(self.session.playable.branch());
                (here, show::ControlKind::Choice(all.collect()))
            }
            None if key == PROTOCOL => {
                let title = |about: &sim::About| about.title(self.language()).to_owned();
                let all = fitting.iter();
                let all = all.map(|other| value(other.id, title(other))).collect();
                (title(about), show::ControlKind::Choice(all))
            }
            None => {
                let here = self.session.playable.run().variant;
                let word = |id: &str| self.word(&format!("variant.{id}"));
                let others = about.variants.iter().filter(|(id, _)| *id != here);
                let others = others.map(|(id, _)| value(id, word(id))).collect();
                (word(&here), show::ControlKind::Choice(others))
            }
            Some(parameter) => self.compared_control(parameter, &value),
        };
        let beside = self.session.beside.as_ref();
        let name = self.compared_name(key);
        Compare {
            about: self.word(match key {
                BRANCH => "ui.compare.about-branch",
                PROTOCOL => "ui.compare.about-protocol",
                _ => "ui.compare.about",
            }),
            parameters: parameters.collect(),
            parameter: self.word("ui.compare.parameter"),
            label: self.say(&Phrase::new("ui.compare.value").text("parameter", name)),
            here: self.say(&Phrase::new("ui.compare.here").text("value", here)),
            kind: Some(kind),
            note: note.map_or_else(String::new, |note| self.say(note)),
            start: Some(Button {
                enabled: wanted.is_ok(),
                ..self.button("ui.compare.start", Msg::Compare(CompareMsg::Start))
            }),
            now: beside.map_or_else(String::new, |beside| {
                let there = self.differs_second(beside);
                self.say(&Phrase::new("ui.compare.now").text("difference", there))
            }),
            end: beside.map(|_| self.button("ui.beside.end", Msg::Compare(CompareMsg::End))),
        }
    }

    /// What this run has of a parameter, and the control of what the second has: of named values, those that differ.
    fn compared_control(
        &self,
        parameter: &'static Parameter,
        value: &dyn Fn(&str, String) -> Choice,
    ) -> (String, show::ControlKind) {
        let control = self.control(parameter);
        let typed = self.compare.value.clone();
        let kind = match control.kind {
            show::ControlKind::Number {
                min,
                max,
                step,
                unit,
                ..
            } => {
                let text = typed.map(|text| super::typed(parameter.unit, &text));
                let read = text.and_then(|text| parameter.parse(&text).ok());
                let Value::Int(number) = read.unwrap_or_else(|| self.another_value(parameter))
                else {
                    return (control.value, show::ControlKind::Text(String::new()));
                };
                show::ControlKind::Number {
                    min,
                    max,
                    step,
                    unit,
                    value: super::shown(parameter.unit, number),
                }
            }
            show::ControlKind::Choice(choices) => {
                let others = choices.into_iter().filter(|choice| !choice.chosen);
                let others = others.map(|choice| value(&choice.value, choice.label));
                show::ControlKind::Choice(others.collect())
            }
            show::ControlKind::Switch(here) => {
                let text = (!here).to_string();
                let other = self.value_text(parameter, &Value::Bool(!here));
                show::ControlKind::Choice(vec![value(&text, other)])
            }
            show::ControlKind::Text(here) => show::ControlKind::Text(typed.unwrap_or(here)),
        };
        (control.value, kind)
    }

    pub(super) fn compared_name(&self, key: &str) -> String {
        match key {
            VARIANT => self.word("ui.compare.variant"),
            BRANCH => self.word("ui.compare.branch"),
            PROTOCOL => self.word("ui.compare.protocol"),
            key => self.word(&format!("param.{key}")),
        }
    }
}
