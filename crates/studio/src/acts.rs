//! Acting on the cluster: picking, faults, parameters, questions to clients, and what is said of them.

use crate::model::{AskState, Cutting, ToastState};
use crate::{AskMsg, CutMsg, Lever, Model, Tab};
use protocol::{
    Arg, ConfigError, Name, NodeId, NodeKind, OperationSpec, Parameter, Phrase, Range, Unit, Value,
};
use sim::{Action, Pending, SimError};
use trace::NodeStatus;

/// The key of the row of *Up next* for an act that went next.
pub(crate) const WENT: &str = "went";

impl Model {
    /// Does something at the play head.
    pub(crate) fn act(&mut self, action: &Action) {
        if self.bridge().is_some() {
            return self.act_there(action);
        }
        if action.is_pick() {
            self.pause(true);
        }
        let did = self.did(action);
        let at_us = self.head.at_us as u64;
        let watched = self.watched();
        let old = self.session.playable.branch();
        let mut branches = self.session.playable.branches().into_iter();
        let acted_before = branches.any(|branch| branch.id == old && branch.acted);
        match self.session.act(action, at_us, watched) {
            Ok(stepped) => {
                let new = self.session.playable.branch();
                if stepped.branched || !acted_before {
                    self.session.deeds.insert(new, did.clone());
                }
                let did = if stepped.branched {
                    Phrase::new("ui.did.branched")
                        .with("did", Arg::Phrase(Box::new(did)))
                        .text("new", crate::view::letter(new))
                        .text("old", crate::view::letter(old))
                } else {
                    did
                };
                self.session.home = false;
                self.redo = None;
                let playing = self.head.playing;
                self.jumped();
                self.tell_here();
                self.announce_here();
                self.say_done(did, true);
                self.address.dirty();
                self.head.playing = playing && !stepped.violated;
            }
            Err(error) => self.refuse(refusal(&error)),
        }
    }

    pub(crate) fn say_done(&mut self, phrase: Phrase, undo: bool) {
        self.toast = Some(ToastState {
            phrase,
            refusal: false,
            undo,
            opens: None,
        });
        self.touch();
    }

    /// Says that something cannot be done.
    pub(crate) fn refuse(&mut self, phrase: Phrase) {
        let text = self.say(&phrase);
        self.toast = Some(ToastState {
            phrase,
            refusal: true,
            undo: false,
            opens: None,
        });
        self.announce(text);
        self.touch();
    }

    /// The row of *Up next* that has the cursor, or the first.
    pub(crate) fn row_with_cursor(&self) -> Option<&Pending> {
        let pending = &self.session.pending;
        let wanted = self.look.row.as_ref();
        wanted
            .and_then(|key| pending.iter().find(|row| row_key(row) == *key))
            .or_else(|| pending.first())
    }

    /// In the past: what went next, where that is somebody's act and none of the rows that wait.
    pub(crate) fn went_as_act(&self) -> Option<Action> {
        let went = self.session.playable.went_next()?;
        let waits = self.session.pending.iter().any(|row| row.action == went);
        (!waits).then_some(went)
    }

    /// Whether the cursor of *Up next* is on the act that went next: it stands first.
    fn is_on_went(&self) -> bool {
        match self.look.row.as_deref() {
            Some(WENT) => true,
            Some(key) => !self.session.pending.iter().any(|row| row_key(row) == key),
            None => true,
        }
    }

    pub(crate) fn lever(&mut self, lever: Lever) {
        if let Some(went) = self.went_as_act().filter(|_| self.is_on_went()) {
            match lever {
                Lever::Pick => self.act(&went),
                _ => self.refuse(Phrase::new("ui.refused.messages-only")),
            }
            return;
        }
        let Some(row) = self.row_with_cursor().cloned() else {
            self.refuse(Phrase::new("ui.refused.nothing-waits"));
            return;
        };
        match self.lever_action(lever, &row) {
            Some(action) => self.act(&action),
            None => self.refuse(Phrase::new("ui.refused.messages-only")),
        }
    }

    /// What a lever does with a row; nothing where it does not apply.
    pub(crate) fn lever_action(&self, lever: Lever, row: &Pending) -> Option<Action> {
        let message = row.message;
        match lever {
            Lever::Pick => Some(row.action.clone()),
            Lever::Hold if self.is_pinned(message?) => message.map(Action::Release),
            Lever::Hold => message.map(Action::Hold),
            Lever::Drop => message.map(Action::Drop),
            Lever::Duplicate => message.map(Action::Duplicate),
            Lever::Delay => None,
        }
    }

    /// Whether a message is held, and not merely its addressee paused.
    pub(crate) fn is_pinned(&self, message: Name) -> bool {
        let mut flights = self.session.frame.flights.iter();
        flights.any(|flight| flight.name == message && flight.held)
    }

    pub(crate) fn crash_or_restart(&mut self, node: NodeId) {
        let action = match self.session.node(node).map(|frame| frame.status) {
            Some(NodeStatus::Crashed) => Action::Restart(node),
            _ => Action::Crash {
                node,
                keep: 0,
                torn: false,
            },
        };
        self.act(&action);
    }

    pub(crate) fn pause_or_resume(&mut self, node: NodeId) {
        let action = match self.session.node(node).map(|frame| frame.status) {
            Some(NodeStatus::Paused) => Action::Resume(node),
            _ => Action::Pause(node),
        };
        self.act(&action);
    }

    /// The node that the buttons beside the stage act on: the selected one, else the leader.
    pub(crate) fn target(&self) -> Option<NodeId> {
        let leader = || self.session.leader().map(|leader| leader.id);
        self.look.node.or_else(leader)
    }

    pub(crate) fn with_target(&mut self, act: impl FnOnce(&mut Self, NodeId)) {
        match self.target() {
            Some(node) => act(self, node),
            None => self.refuse(Phrase::new("ui.refused.no-node")),
        }
    }

    pub(crate) fn crash_leader(&mut self) {
        match self.session.leader().map(|leader| leader.id) {
            Some(node) => self.crash_or_restart(node),
            None => self.refuse(Phrase::new("ui.refused.no-leader")),
        }
    }

    pub(crate) fn handle_cut(&mut self, msg: CutMsg) {
        match msg {
            CutMsg::Toggle => {
                if self.cutting.take().is_none() {
                    self.pause_to_choose(false);
                    self.cutting = Some(Cutting::default());
                }
            }
            CutMsg::Choose(node) => {
                let cutting = self.cutting.get_or_insert_default();
                if !cutting.other_side.remove(&node) {
                    cutting.other_side.insert(node);
                }
            }
            CutMsg::Drawn(nodes) => {
                self.cutting.get_or_insert_default().other_side = nodes.into_iter().collect();
            }
            CutMsg::OneWay(one_way) => self.cutting.get_or_insert_default().one_way = one_way,
            CutMsg::Apply => self.cut(),
            CutMsg::Heal => self.act(&Action::Heal),
        }
        self.touch();
    }

    /// The two sides that the cut mode would part: those that stay, and the other side.
    pub(crate) fn sides(&self) -> Option<(Vec<NodeId>, Vec<NodeId>)> {
        let cutting = self.cutting.as_ref()?;
        let present = |node: &&trace::NodeFrame| node.status != NodeStatus::Removed;
        let nodes = self.session.frame.nodes.iter().filter(present);
        let nodes = nodes.filter(|node| self.can_be_cut(node));
        let (to, from): (Vec<NodeId>, Vec<NodeId>) = nodes
            .map(|node| node.id)
            .partition(|node| cutting.other_side.contains(node));
        (!from.is_empty() && !to.is_empty()).then_some((from, to))
    }

    /// Whether a cut can part a node from others: the clients of a bridge are at the bridge itself.
    pub(crate) fn can_be_cut(&self, node: &trace::NodeFrame) -> bool {
        node.kind != NodeKind::Client || self.bridge().is_none()
    }

    fn cut(&mut self) {
        let Some((from, to)) = self.sides() else {
            let chosen = self.cutting.iter().flat_map(|cutting| &cutting.other_side);
            let mut chosen = chosen.filter_map(|node| self.session.node(*node));
            let key = if chosen.any(|node| !self.can_be_cut(node)) {
                "ui.refused.cut-clients"
            } else {
                "ui.refused.cut-sides"
            };
            self.refuse(Phrase::new(key));
            return;
        };
        let both = self.cutting.as_ref().is_none_or(|cutting| !cutting.one_way);
        self.cutting = None;
        self.act(&Action::Cut { from, to, both });
    }

    pub(crate) fn type_parameter(&mut self, key: &str, text: &str) {
        let unit = self.parameter(key).map(|parameter| parameter.unit);
        let value = unit.map_or(text.to_owned(), |unit| crate::view::typed(unit, text));
        self.set_parameter(key, &value);
    }

    pub(crate) fn set_parameter(&mut self, key: &str, value: &str) {
        let Some(parameter) = self.parameter(key) else {
            let error = SimError::from(ConfigError::Unknown {
                key: key.to_owned(),
                known: self.all_parameters().map(|known| known.key).collect(),
            });
            self.refuse(refusal(&error));
            return;
        };
        match parameter.parse(value) {
            Err(_) => self.refuse(self.misfit(parameter, value)),
            Ok(value) if self.session.parameter(key).as_ref() == Some(&value) => {}
            Ok(value) if parameter.live => self.act(&Action::Set {
                key: key.to_owned(),
                value: value.to_string(),
            }),
            Ok(value) => {
                let mut run = self.session.new_run();
                if value == parameter.default {
                    run.config.remove(key);
                } else {
                    run.config.insert(key.to_owned(), value.to_string());
                }
                let did = Phrase::new("ui.did.new-run-with")
                    .with("parameter", Arg::Word(format!("param.{key}").into()))
                    .text("value", self.value_text(parameter, &value));
                self.start_again(&run, did);
            }
        }
    }

    /// Why a text is no value of a parameter.
    pub(crate) fn misfit(&self, parameter: &Parameter, text: &str) -> Phrase {
        // A number in the unit in which it is shown, and anything else as it was typed.
        let number = text.parse().ok().map(Value::Int);
        let given = number.map_or(text.to_owned(), |n| self.value_text(parameter, &n));
        let parameter_word = format!("param.{}", parameter.key);
        Phrase::new("ui.refused.parameter")
            .with("parameter", Arg::Word(parameter_word.into()))
            .with("allowed", self.allowed(parameter))
            .text("given", given)
    }

    /// The parameter of this key, of the protocol or of the world.
    pub(crate) fn parameter(&self, key: &str) -> Option<&'static Parameter> {
        self.all_parameters().find(|parameter| parameter.key == key)
    }

    /// What a parameter takes, with its ends in the unit in which they are shown.
    fn allowed(&self, parameter: &Parameter) -> Arg {
        let phrase = match parameter.range {
            Range::Int { min, max } if parameter.unit != Unit::Count => {
                let text = |value| self.value_text(parameter, &Value::Int(value));
                Phrase::new("ui.range")
                    .text("min", text(min))
                    .text("max", text(max))
            }
            range => range.phrase(),
        };
        Arg::Phrase(Box::new(phrase))
    }

    fn all_parameters(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        let world = <sim::WorldConfig as protocol::Config>::PARAMETERS;
        self.session.about().parameters.iter().chain(world)
    }

    pub(crate) fn handle_ask(&mut self, msg: AskMsg) {
        self.ask.refusal = None;
        match msg {
            AskMsg::Client(client) => self.ask.client = Some(client),
            AskMsg::Field(_, text) if self.bridge().is_some() => {
                self.ask.fields.insert("body", text);
            }
            AskMsg::Send if self.bridge().is_some() => self.send_request(),
            AskMsg::Operation(id) => self.ask.operation = Some(id),
            AskMsg::Field(place, text) => {
                let field = self
                    .ask_operation()
                    .and_then(|op| op.fields.get(place as usize));
                if let Some(field) = field {
                    self.ask.fields.insert(field.id, text);
                }
            }
            AskMsg::Send => self.send_ask(),
        }
        self.touch();
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = &trace::NodeFrame> {
        let nodes = self.session.frame.nodes.iter();
        nodes.filter(|node| node.kind == NodeKind::Client && node.status != NodeStatus::Removed)
    }

    pub(crate) fn ask_client(&self) -> Option<NodeId> {
        let asked = |wanted: NodeId| self.clients().any(|client| client.id == wanted);
        let wanted = self
            .ask
            .client
            .or(self.look.node)
            .filter(|node| asked(*node));
        wanted.or_else(|| self.clients().next().map(|client| client.id))
    }

    pub(crate) fn ask_operation(&self) -> Option<&'static OperationSpec> {
        let operations = self.session.about().operations;
        let wanted = self.ask.operation.as_deref();
        let found = operations.iter().find(|op| Some(op.id) == wanted);
        found.or_else(|| operations.first())
    }

    fn send_ask(&mut self) {
        let (Some(client), Some(operation)) = (self.ask_client(), self.ask_operation()) else {
            return;
        };
        let fields = operation.fields.iter();
        let fields = fields.map(|field| AskState::text(&self.ask, field).to_owned());
        let action = Action::Ask {
            client,
            op: operation.id.to_owned(),
            fields: fields.collect(),
        };
        self.act(&action);
        match self.toast.as_ref().filter(|toast| toast.refusal) {
            Some(toast) => self.ask.refusal = Some(toast.phrase.clone()),
            None => self.look.menu = None,
        }
    }

    /// What was done, as it is said with its Undo: "You crashed S3".
    pub(crate) fn did(&self, action: &Action) -> Phrase {
        let at = |key, node: &NodeId| Phrase::new(key).node("node", *node);
        match action {
            Action::Deliver(_) | Action::Fire { .. } | Action::Save(_) | Action::Arrive(_) => {
                let row = self
                    .session
                    .pending
                    .iter()
                    .find(|row| row.action == *action);
                let what = row.map_or(Phrase::new("ui.did.something"), |row| row.phrase.clone());
                Phrase::new("ui.did.pick").with("what", Arg::Phrase(Box::new(what)))
            }
            Action::Drop(name) => self.did_message("ui.did.drop", *name),
            Action::Duplicate(name) => self.did_message("ui.did.duplicate", *name),
            Action::Hold(name) => self.did_message("ui.did.hold", *name),
            Action::Release(name) => self.did_message("ui.did.release", *name),
            Action::Crash { node, .. } => at("ui.did.crash", node),
            Action::Restart(node) => at("ui.did.restart", node),
            Action::Pause(node) => at("ui.did.pause", node),
            Action::Resume(node) => at("ui.did.resume", node),
            Action::Erase(node) => at("ui.did.erase", node),
            Action::Remove(node) => at("ui.did.remove", node),
            Action::Skew { node, .. } => at("ui.did.skew", node),
            Action::Cut { from, to, both } => crate::deeds::cut(from, to, *both),
            Action::Heal => Phrase::new("ui.did.heal"),
            Action::Set { key, value } => {
                let parameter = self.parameter(key);
                let value = parameter
                    .and_then(|parameter| Some((parameter, parameter.parse(value).ok()?)))
                    .map_or(value.clone(), |(parameter, v)| {
                        self.value_text(parameter, &v)
                    });
                Phrase::new("ui.did.set")
                    .with("parameter", Arg::Word(format!("param.{key}").into()))
                    .text("value", value)
            }
            Action::Ask { client, op, fields } => at("ui.did.ask", client)
                .with("op", Arg::Word(format!("op.{op}").into()))
                .text("fields", fields.join(" ")),
            Action::Choose { .. } => Phrase::new("ui.did.choose"),
            Action::Add(_) => Phrase::new("ui.did.add"),
        }
    }

    pub(crate) fn did_message(&self, key: &'static str, name: Name) -> Phrase {
        let mut flights = self.session.frame.flights.iter();
        match flights.find(|flight| flight.name == name) {
            Some(flight) => Phrase::new(key)
                .text("kind", flight.view.kind.clone())
                .node("from", flight.from)
                .node("to", flight.to),
            None => Phrase::new("ui.did.something"),
        }
    }

    /// Selects a node; none closes its tab.
    pub(crate) fn select_node(&mut self, node: Option<NodeId>) {
        self.look.node = node;
        if let Some(beside) = &mut self.session.beside {
            beside.node = None;
        }
        if node.is_some() {
            self.look.tab = Tab::Node;
            self.look.sheet = true;
            if !self.head.playing {
                self.look_back();
            }
        }
        self.touch();
    }
}

impl AskState {
    /// What stands in a field: what was typed, or its default.
    pub(crate) fn text<'a>(&'a self, field: &'a protocol::Field) -> &'a str {
        self.fields
            .get(field.id)
            .map_or(field.default, String::as_str)
    }
}

/// What tells a row of *Up next* from the others for as long as it waits.
pub(crate) fn row_key(row: &Pending) -> String {
    row.event.to_string()
}

/// Why something cannot be done, as a whole sentence. What speaks of names and numbers that a reader does not see is said anew.
pub(crate) fn refusal(error: &SimError) -> Phrase {
    match error {
        SimError::NoMessage(_) | SimError::NotHeld(_) => Phrase::new("ui.refused.message-gone"),
        SimError::NoTimer(node, _) => Phrase::new("ui.refused.timer-gone").node("node", *node),
        SimError::BeyondEnd(step, len) => Phrase::new("ui.refused.beyond-end")
            .int("step", *step)
            .int("len", *len),
        SimError::NoBranch(_) => Phrase::new("ui.refused.no-branch"),
        _ => Phrase::new("ui.refused.because").with("why", crate::share::why(error)),
    }
}
