//! Forms and tools: parameters, variants, asking a client, cutting, the buttons beside the stage.

use super::word_arg;
use crate::join::REQUEST;
use crate::show::{
    Ask, AskField, Button, Choice, Control, ControlKind, CutMode, Parameters, Tools,
};
use crate::{AskMsg, CutMsg, Menu, Model, Msg};
use protocol::{Config, NodeId, Parameter, Phrase, Range, Unit, Value};

use sim::WorldConfig;
use trace::NodeStatus;

impl Model {
    /// The parameters panel.
    pub fn parameters(&self) -> Parameters {
        let about = self.session.about();
        let run = self.session.playable.run();
        let controls = |all: &'static [Parameter]| all.iter().map(|p| self.control(p)).collect();
        let variant = |(id, breaks): &(&'static str, Option<&'static str>)| {
            let help = self.word_or_nothing(&format!("variant.{id}.help"));
            Choice {
                value: (*id).into(),
                label: self.word(&format!("variant.{id}")),
                help: match breaks {
                    Some(_) if help.is_empty() => self.word("ui.parameters.broken"),
                    _ => help,
                },
                chosen: run.variant == *id,
                msg: Msg::SelectVariant((*id).into()),
            }
        };
        Parameters {
            variants: about.variants.iter().map(variant).collect(),
            protocol: controls(about.parameters),
            world: controls(WorldConfig::PARAMETERS),
            seed: self.say(&Phrase::new("ui.parameters.seed").int("seed", run.seed)),
            reseed: Some(self.button("ui.parameters.reseed", Msg::NewRun { seed: None })),
        }
    }

    pub(crate) fn control(&self, parameter: &'static Parameter) -> Control {
        let key = parameter.key;
        let value = self.session.parameter(key);
        let value = value.unwrap_or_else(|| parameter.default.clone());
        let kind = match (parameter.range, &value) {
            (Range::Int { min, max }, &Value::Int(value)) => {
                let shown = |value| shown(parameter.unit, value);
                ControlKind::Number {
                    min: shown(min),
                    max: shown(max),
                    value: shown(value),
                    step: shown(sensible_step(parameter.unit, value)),
                    unit: self.unit(parameter.unit),
                }
            }
            (Range::Choice(choices), _) => {
                let choice = |choice: &&'static str| Choice {
                    value: (*choice).into(),
                    label: self.value_text(parameter, &Value::Choice(choice)),
                    help: String::new(),
                    chosen: value == Value::Choice(choice),
                    msg: Msg::SetParameter {
                        key: key.into(),
                        value: (*choice).into(),
                    },
                };
                ControlKind::Choice(choices.iter().map(choice).collect())
            }
            (_, Value::Text(text)) => ControlKind::Text(text.to_string()),
            (_, value) => ControlKind::Switch(*value == Value::Bool(true)),
        };
        Control {
            key,
            label: self.word(&format!("param.{key}")),
            help: self.word_or_nothing(&format!("param.{key}.help")),
            value: self.value_text(parameter, &value),
            default: self.value_text(parameter, &parameter.default),
            changed: value != parameter.default,
            live: parameter.live,
            note: if parameter.live {
                String::new()
            } else {
                self.word("ui.parameters.new-run")
            },
            kind,
        }
    }

    fn unit(&self, unit: Unit) -> String {
        match unit {
            Unit::Count => String::new(),
            Unit::Us => self.word("ui.unit.us"),
            Unit::Permille => self.word("ui.unit.permille"),
            Unit::Ppm => self.word("ui.unit.ppm"),
            Unit::PerSecond => self.word("ui.unit.per-second"),
        }
    }

    /// The form in which a client is asked.
    pub fn ask(&self) -> Ask {
        if self.bridge().is_some() {
            return self.request();
        }
        let (client, operation) = (self.ask_client(), self.ask_operation());
        let clients = self.clients().map(|node| Choice {
            value: node.id.0.to_string(),
            label: node.label.clone(),
            help: String::new(),
            chosen: client == Some(node.id),
            msg: Msg::Ask(AskMsg::Client(node.id)),
        });
        let operations = self.session.about().operations.iter().map(|op| Choice {
            value: op.id.into(),
            label: self.word(&format!("op.{}", op.id)),
            help: self.word_or_nothing(&format!("op.{}.help", op.id)),
            chosen: operation.is_some_and(|chosen| chosen.id == op.id),
            msg: Msg::Ask(AskMsg::Operation(op.id.into())),
        });
        let fields = operation.map_or(&[] as &[_], |op| op.fields).iter();
        let fields = fields.map(|field| AskField {
            id: field.id,
            label: self.word(&format!("field.{}", field.id)),
            value: self.ask.text(field).to_owned(),
            long: false,
        });
        let down = client.and_then(|client| self.session.node(client));
        let down = down.is_some_and(|node| node.status == NodeStatus::Crashed);
        let send = client.map(|client| Button {
            enabled: !down,
            ..self.button_of(
                &Phrase::new("ui.ask.send").node("node", client),
                Msg::Ask(AskMsg::Send),
            )
        });
        let note = match (client, &self.ask.refusal) {
            (None, _) => self.word("ui.ask.no-client"),
            (Some(client), None) if down => {
                self.say(&Phrase::new("ui.ask.down").node("node", client))
            }
            (Some(_), Some(refusal)) => self.say(refusal),
            (Some(_), None) => String::new(),
        };
        Ask {
            clients: clients.collect(),
            operations: operations.collect(),
            fields: fields.collect(),
            send,
            note,
        }
    }

    /// The form in which a real node is sent a request.
    fn request(&self) -> Ask {
        let to = self.request_to();
        let nodes = self.addressees().map(|node| Choice {
            value: node.id.0.to_string(),
            label: node.label.clone(),
            help: String::new(),
            chosen: to == Some(node.id),
            msg: Msg::Ask(AskMsg::Client(node.id)),
        });
        let body = self.ask.fields.get("body");
        let send = to.map(|node| {
            let phrase = Phrase::new("ui.join.send").node("node", node);
            self.button_of(&phrase, Msg::Ask(AskMsg::Send))
        });
        let refusal = self.ask.refusal.as_ref();
        Ask {
            clients: nodes.collect(),
            operations: Vec::new(),
            fields: vec![AskField {
                id: "body",
                label: self.word("ui.join.body"),
                value: body.map_or(REQUEST, String::as_str).to_owned(),
                long: true,
            }],
            send,
            note: refusal.map_or_else(String::new, |refusal| self.say(refusal)),
        }
    }

    /// What can be done from beside the stage.
    pub fn tools(&self) -> Tools {
        let target = self.target();
        let status = target
            .and_then(|node| self.session.node(node))
            .map(|node| node.status);
        let crash = match status {
            Some(NodeStatus::Crashed) => "ui.node.restart",
            _ => "ui.node.crash",
        };
        let pause = match status {
            Some(NodeStatus::Paused) => "ui.node.resume",
            _ => "ui.node.pause",
        };
        let at = |key, bare, keys, msg| Button {
            enabled: target.is_some(),
            key: keys,
            ..match target {
                Some(node) => self.button_of(&Phrase::new(key).node("node", node), msg),
                None => self.button(bare, msg),
            }
        };
        let fixed = self.fixed().filter(|_| !self.has_levers()).map(|why| {
            let why = protocol::Arg::Phrase(Box::new(why));
            self.say(&Phrase::new("ui.refused.because").with("why", why))
        });
        // What happened elsewhere cannot be changed: the button says why.
        let unless_fixed = |button: Button| match &fixed {
            Some(why) => Button {
                enabled: false,
                help: why.clone(),
                ..button
            },
            None => button,
        };
        let foreign = target.and_then(|node| self.foreign(node));
        let unless_foreign = |button: Button| match &foreign {
            Some(why) => Button {
                enabled: false,
                help: self.say(why),
                ..button
            },
            None => unless_fixed(button),
        };
        let down = target.filter(|_| status == Some(NodeStatus::Crashed));
        // What does not run cannot stand still.
        let unless_down = |button: Button| match down {
            Some(node) => Button {
                enabled: false,
                help: self.say(&Phrase::new("ui.ask.down").node("node", node)),
                ..button
            },
            None => unless_foreign(button),
        };
        let can_undo = self.session.playable.last_edit().is_some() || !self.earlier.is_empty();
        Tools {
            cut: unless_fixed(Button {
                pressed: Some(self.cutting.is_some()),
                ..self.keyed(
                    "ui.tools.cut",
                    "ui.tools.cut.help",
                    "p",
                    Msg::Cut(CutMsg::Toggle),
                )
            }),
            heal: (!self.session.frame.cuts.is_empty())
                .then(|| unless_fixed(self.button("ui.tools.heal", Msg::Cut(CutMsg::Heal)))),
            crash: unless_foreign(at(
                crash,
                "ui.tools.crash",
                "c",
                Msg::CrashOrRestartSelected,
            )),
            pause: unless_down(at(pause, "ui.tools.pause", "", Msg::PauseOrResumeSelected)),
            resumes: status == Some(NodeStatus::Paused),
            ask: unless_fixed(Button {
                pressed: Some(self.is_open(Menu::Ask)),
                ..self.button("ui.tools.ask", Msg::Open(Menu::Ask))
            }),
            undo: Button {
                enabled: can_undo && self.bridge().is_none(),
                ..self.keyed("ui.tools.undo", "ui.tools.undo.help", "Ctrl Z", Msg::Undo)
            },
            redo: self.redo.map(|_| {
                self.keyed(
                    "ui.tools.redo",
                    "ui.tools.redo.help",
                    "Ctrl Shift Z",
                    Msg::Redo,
                )
            }),
            cutting: self.cut_mode(),
        }
    }

    fn cut_mode(&self) -> Option<CutMode> {
        let cutting = self.cutting.as_ref()?;
        let present = |node: &&trace::NodeFrame| node.status != NodeStatus::Removed;
        let nodes = self.session.frame.nodes.iter().filter(present);
        let nodes = nodes.filter(|node| self.can_be_cut(node));
        let node = |node: &trace::NodeFrame| {
            let msg = Msg::Cut(CutMsg::Choose(node.id));
            let button = Button {
                pressed: Some(cutting.other_side.contains(&node.id)),
                ..self.button_of(&Phrase::new("ui.cut.node").node("node", node.id), msg)
            };
            (node.id, button)
        };
        let sides = self.sides();
        let list = |nodes: &[NodeId]| nodes.to_vec();
        let sentence = match &sides {
            None => Phrase::new("ui.cut.choose"),
            Some((from, to)) => {
                let key = if cutting.one_way {
                    "ui.cut.one-way-sides"
                } else {
                    "ui.cut.sides"
                };
                Phrase::new(key)
                    .nodes("from", list(from))
                    .nodes("to", list(to))
            }
        };
        Some(CutMode {
            sentence: self.say(&sentence),
            nodes: nodes.map(node).collect(),
            one_way: Button {
                pressed: Some(cutting.one_way),
                ..self.button("ui.cut.one-way", Msg::Cut(CutMsg::OneWay(!cutting.one_way)))
            },
            apply: Button {
                enabled: sides.is_some(),
                ..self.button("ui.cut.apply", Msg::Cut(CutMsg::Apply))
            },
            cancel: self.button("ui.cut.cancel", Msg::Cut(CutMsg::Toggle)),
        })
    }

    /// The parameter of a control as a phrase's word, for labels beside it.
    pub fn parameter_word(&self, key: &str) -> String {
        self.say(&Phrase::new("ui.plain").with("text", word_arg("param", key)))
    }
}

/// How many of the parameter's own units make one of the unit that is shown: microseconds are shown and typed as milliseconds.
const fn shown_in(unit: Unit) -> u64 {
    match unit {
        Unit::Us => 1_000,
        Unit::Count | Unit::Permille | Unit::Ppm | Unit::PerSecond => 1,
    }
}

/// A number in the unit that is shown.
pub(crate) fn shown(unit: Unit, value: u64) -> f64 {
    value as f64 / shown_in(unit) as f64
}

/// What was typed in the unit that is shown, as text in the parameter's own; as it is where it is no number.
pub(crate) fn typed(unit: Unit, text: &str) -> String {
    let text = text.trim();
    match shown_in(unit) {
        1 => text.to_owned(),
        parts => in_parts(text, parts).map_or_else(|| text.to_owned(), |number| number.to_string()),
    }
}

/// A decimal number in parts of its unit, rounded: "1.5" in 1,000 parts is 1,500. Without floats, whose reading would bring ten
/// kilobytes of tables to every visitor.
fn in_parts(text: &str, parts: u64) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    // Digits beyond the ninth change nothing at any unit.
    let (mut rest, mut scale) = (0, 1);
    for byte in fraction.bytes().take(9) {
        rest = rest * 10 + u64::from(byte - b'0');
        scale *= 10;
    }
    let rest = (rest * parts * 2 + scale) / (scale * 2);
    whole.checked_mul(parts)?.checked_add(rest)
}

/// A step that a slider or an arrow takes: a round number near a hundredth of the value, at least one.
fn sensible_step(unit: Unit, value: u64) -> u64 {
    match unit {
        Unit::Us if value >= 10_000 => 1_000,
        Unit::Us => 100,
        Unit::Ppm => 100,
        Unit::Count | Unit::Permille | Unit::PerSecond => 1,
    }
}
