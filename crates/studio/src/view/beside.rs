//! The second run of two: its stage, what tells the two apart, and the form in which it is chosen.

use super::word_arg;
use crate::beside::{Beside, VARIANT};
use crate::show::{self, Button, Choice, Compare};
use crate::{CompareMsg, Model, Msg};
use protocol::{Config, Parameter, Phrase, Value, Verdict};
use scene::{Options, Size, StageInput, Subject};
use sim::{Playable, WorldConfig};

impl Model {
    /// What tells the two runs apart; nothing while there is one.
    pub fn beside(&self) -> Option<show::Beside> {
        let beside = self.session.beside.as_ref()?;
        let properties = beside.playable.properties();
        let violated = |verdict: &Verdict| matches!(verdict, Verdict::Violated(_));
        let violated = properties
            .iter()
            .filter(|one| violated(&one.verdict))
            .count() as u64;
        Some(show::Beside {
            here: self.differs(beside, self.session.playable.as_ref()),
            there: self.differs(beside, beside.playable.as_ref()),
            violated: if violated == 0 {
                String::new()
            } else {
                self.say(&Phrase::new("ui.header.violated").int("n", violated))
            },
            note: if beside.waits {
                self.word("ui.beside.waits")
            } else {
                String::new()
            },
            end: self.button("ui.beside.end", Msg::Compare(CompareMsg::End)),
        })
    }

    /// What `run`, the first or the second, has where the two differ.
    pub(crate) fn differs(&self, beside: &Beside, run: &dyn Playable) -> String {
        let difference = &beside.difference;
        let variant = difference.variant.as_ref().map(|_| {
            let variant = word_arg("variant", &run.run().variant);
            self.say(&Phrase::new("ui.header.variant").with("variant", variant))
        });
        let values = difference.config.keys().filter_map(|key| {
            let (parameter, value) = (self.parameter(key)?, run.parameter(key)?);
            let phrase = Phrase::new("ui.beside.differs")
                .with("parameter", word_arg("param", key))
                .text("value", self.value_text(parameter, &value));
            Some(self.say(&phrase))
        });
        let all: Vec<String> = variant.into_iter().chain(values).collect();
        all.join(" · ")
    }

    /// What the second run's stage is drawn from. What is selected in the first is marked there too.
    pub fn beside_input(&self, size: Size) -> Option<StageInput<'_>> {
        let beside = self.session.beside.as_ref()?;
        Some(StageInput {
            play_us: self.head.at_us,
            hue: self.session.about().hue,
            labels: beside.playable.labels(),
            moved: &self.moved,
            selected: self.look.node.map(Subject::Node),
            in_past: !self.session.is_live(),
            options: Options {
                reduced_motion: self.reduced_motion,
                ..Options::default()
            },
            ..StageInput::new(&beside.frame, &self.words, size)
        })
    }

    /// What stands on the second run's stage, in sentences.
    pub fn beside_description(&self) -> Vec<String> {
        let Some(beside) = &self.session.beside else {
            return Vec::new();
        };
        let (hue, labels) = (self.session.about().hue, beside.playable.labels());
        let told = scene::describe(&beside.frame, hue, &self.words, labels);
        told.into_iter().map(|(_, sentence)| sentence).collect()
    }

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
        let variant = (about.variants.len() > 1).then_some(VARIANT).into_iter();
        let parameters = about.parameters.iter().chain(WorldConfig::PARAMETERS);
        let keys = variant.chain(parameters.map(|parameter| parameter.key));
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
            about: self.word("ui.compare.about"),
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
                let there = self.differs(beside, beside.playable.as_ref());
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

    fn compared_name(&self, key: &str) -> String {
        if key == VARIANT {
            self.word("ui.compare.variant")
        } else {
            self.word(&format!("param.{key}"))
        }
    }
}
