//! The node tab: what a node is, its state and disk as trees with what the last step changed, its timers, its levers.

use super::join;
use crate::show::{Button, Choice, Guard, NodePanel, NodeTab, TimerRow, TreeRow, WhyNot};
use crate::{Model, Msg, WhyOf};
use protocol::{Arg, Hue, LogCell, NodeId, Phrase, Picture};
use serde_json::Value;
use sim::Action;
use std::borrow::Cow;
use trace::{NodeFrame, NodeStatus};

/// Branches of the tree with more children than this start closed.
const OPEN_MAX: usize = 8;
/// At most so many children of a branch are listed, the last ones: of a log the newest entries.
const CHILDREN_MAX: usize = 64;
const _: () = assert!(
    CHILDREN_MAX < sim::LISTED_MAX,
    "what is listed must be there"
);

/// So many entries of a log can be asked about one by one, the newest.
const ENTRIES_MAX: usize = 12;

static NO_CELLS: Vec<LogCell> = Vec::new();

/// How far the buttons skew a clock, in parts per million: enough to be seen.
const CLOCK_PPM: i32 = 200_000;

/// Of the crashes in the middle of saving so many are offered, those that keep least first.
const CRASHES_MAX: usize = 6;

impl Model {
    /// The node tab.
    pub fn node_tab(&self) -> NodeTab {
        let present = |node: &&NodeFrame| node.status != NodeStatus::Removed;
        let nodes = self.session.frame.nodes.iter().filter(present);
        let choice = |node: &NodeFrame| Choice {
            value: node.id.0.to_string(),
            label: node.label.clone(),
            help: self.node_sentence(node),
            chosen: self.look.node == Some(node.id),
            msg: Msg::SelectNode(Some(node.id)),
        };
        let panel = self.look.node.and_then(|node| self.node_panel(node));
        NodeTab {
            nodes: nodes.map(choice).collect(),
            empty: if panel.is_none() {
                self.word("ui.node.empty")
            } else {
                String::new()
            },
            panel,
            there: self.node_there(),
        }
    }

    fn node_panel(&self, id: NodeId) -> Option<NodePanel> {
        let node = self.session.node(id)?;
        let playable = &self.session.playable;
        let cursor = (playable.branch(), playable.step());
        let before = self.session.before.as_ref();
        let before = before.filter(|before| before.node == id && before.cursor == cursor);
        let state = playable.node_state(id);
        let disk = playable.disk_state(id);
        // What happened elsewhere is known as far as it was told.
        let told = self.session.playable.fixed().is_some();
        let no_state = match node.status {
            NodeStatus::Crashed if told => "ui.node.no-state-told",
            NodeStatus::Crashed => "ui.node.no-state",
            _ if told => "ui.node.untold",
            _ => "ui.node.nothing",
        };
        Some(NodePanel {
            node: id,
            label: node.label.clone(),
            sentence: self.node_sentence(node),
            badges: node
                .view
                .badges
                .iter()
                .map(|badge| self.say(badge))
                .collect(),
            no_state: match state {
                Some(_) => String::new(),
                None => self.word(no_state),
            },
            state: self.tree(
                "state",
                state.as_ref(),
                before.map(|before| before.state.as_ref()),
            ),
            disk: self.tree(
                "disk",
                disk.as_ref(),
                before.map(|before| before.disk.as_ref()),
            ),
            timers: self.timers(node),
            buttons: self.node_buttons(node),
            why_not: self.why_not(id),
            entries: self.entries(node),
        })
    }

    /// What can be asked of a node, with its answers.
    fn why_not(&self, id: NodeId) -> Vec<WhyNot> {
        let guard = |guard: &protocol::Guard| Guard {
            holds: guard.holds,
            verdict: self.word(if guard.holds {
                "ui.why-not.holds"
            } else {
                "ui.why-not.missing"
            }),
            sentence: self.say(&guard.says),
            source: self.source(&guard.says),
        };
        let all = self.session.playable.why_not(id).into_iter();
        all.map(|why| WhyNot {
            question: self.say(&why.question),
            guards: why.guards.iter().map(guard).collect(),
        })
        .collect()
    }

    /// The newest entries of a node's log, each asking why it is there.
    fn entries(&self, node: &NodeFrame) -> Vec<Button> {
        let ask = |index: u64, label: &str| {
            let phrase = Phrase::new("ui.node.entry")
                .int("index", index)
                .text("what", label.to_owned());
            let what = WhyOf::Entry {
                node: node.id,
                index,
            };
            self.button_of(&phrase, Msg::WhyOf(what))
        };
        let log = node.view.pictures.iter().find_map(|picture| match picture {
            Picture::Log { first, cells, .. } => Some((*first, cells)),
            _ => None,
        });
        let (first, cells) = log.unwrap_or((0, &NO_CELLS));
        let newest = cells.iter().enumerate().rev().take(ENTRIES_MAX);
        newest
            .filter(|(_, cell)| !cell.is_gap())
            .map(|(place, cell)| ask(first + place as u64, &cell.label))
            .collect()
    }

    pub(crate) fn node_sentence(&self, node: &NodeFrame) -> String {
        self.say(&node_phrase(node, self.session.about().hue))
    }

    fn timers(&self, node: &NodeFrame) -> Vec<TimerRow> {
        let now_us = self.session.frame.now_us;
        let left = |at_us: u64| at_us.saturating_sub(now_us);
        // A range whose ends read alike says nothing.
        let sure = |timer: &trace::TimerFrame| {
            let ends = [timer.earliest_us, timer.latest_us].map(|us| trace::duration(left(us)));
            ends[0] == ends[1]
        };
        let row = |timer: &trace::TimerFrame| TimerRow {
            name: self.word(&format!("timer.{}", timer.timer)),
            sentence: if sure(timer) {
                self.say(&Phrase::new("ui.node.timer-sure").us("left", left(timer.due_us)))
            } else {
                self.say(
                    &Phrase::new("ui.node.timer")
                        .us("left", left(timer.due_us))
                        .us("min", left(timer.earliest_us))
                        .us("max", left(timer.latest_us)),
                )
            },
        };
        node.timers.iter().map(row).collect()
    }

    fn node_buttons(&self, node: &NodeFrame) -> Vec<Button> {
        let buttons = self.all_node_buttons(node);
        match self.fixed() {
            Some(why) => self.as_far_as_real(node.id, buttons, &why),
            None => buttons,
        }
    }

    /// Of what can be done with a simulated node, what can be done with a real one; nothing in what is over.
    fn as_far_as_real(&self, node: NodeId, buttons: Vec<Button>, why: &Phrase) -> Vec<Button> {
        let real = |button: &Button| {
            !matches!(
                button.msg,
                Msg::Act(Action::Skew { .. } | Action::Erase(_) | Action::Crash { .. })
            )
        };
        let bridged = self.bridge().is_some();
        let parted = self.session.node(node);
        let parted = parted.is_some_and(|node| self.can_be_cut(node));
        let real = |button: &Button| {
            real(button) && (parted || !matches!(button.msg, Msg::Act(Action::Cut { .. })))
        };
        let foreign = self.foreign(node);
        let why = || {
            let why = protocol::Arg::Phrase(Box::new(why.clone()));
            self.say(&Phrase::new("ui.refused.because").with("why", why))
        };
        let so_far = |button: Button| {
            let reason = match &button.msg {
                Msg::WhyOf(_) => None,
                Msg::CrashOrRestart(_) | Msg::PauseOrResume(_) if bridged => {
                    foreign.as_ref().map(|foreign| self.say(foreign))
                }
                _ if bridged => None,
                _ => Some(why()),
            };
            match reason {
                Some(help) => Button {
                    enabled: false,
                    help,
                    ..button
                },
                None => button,
            }
        };
        buttons.into_iter().filter(real).map(so_far).collect()
    }

    fn all_node_buttons(&self, node: &NodeFrame) -> Vec<Button> {
        let id = node.id;
        let button = |key, keys, msg| Button {
            key: keys,
            ..self.button_of(&Phrase::new(key).node("node", id), msg)
        };
        let skew = |key, drift_ppm| {
            let action = Action::Skew {
                node: id,
                drift_ppm,
                offset_us: node.offset_us,
            };
            button(key, "", Msg::Act(action))
        };
        let why = button("ui.node.why", "", Msg::WhyOf(WhyOf::Role(id)));
        match node.status {
            NodeStatus::Up => {
                let mut buttons = vec![
                    why,
                    button("ui.node.crash", "c", Msg::CrashOrRestart(id)),
                    button("ui.node.pause", "", Msg::PauseOrResume(id)),
                    button("ui.node.isolate", "", Msg::Act(self.isolation(id))),
                ];
                if node.drift_ppm == 0 {
                    buttons.push(skew("ui.node.clock-fast", CLOCK_PPM));
                    buttons.push(skew("ui.node.clock-slow", -CLOCK_PPM));
                } else {
                    buttons.push(skew("ui.node.clock-right", 0));
                }
                buttons.extend(self.crashes_in_saving(node));
                buttons
            }
            NodeStatus::Paused => {
                let mut buttons = vec![
                    why,
                    button("ui.node.crash", "c", Msg::CrashOrRestart(id)),
                    button("ui.node.resume", "", Msg::PauseOrResume(id)),
                ];
                buttons.extend(self.crashes_in_saving(node));
                buttons
            }
            NodeStatus::Crashed => vec![
                why,
                button("ui.node.restart", "c", Msg::CrashOrRestart(id)),
                button("ui.node.erase", "", Msg::Act(Action::Erase(id))),
            ],
            NodeStatus::Removed => Vec::new(),
        }
    }

    /// Crashes in the middle of saving: of what is not on the disk yet, the first writes reach it, the next one perhaps in part.
    fn crashes_in_saving(&self, node: &NodeFrame) -> Vec<Button> {
        if node.unsaved == 0 {
            return Vec::new();
        }
        let all = self.session.playable.enabled().into_iter();
        let crash = |action: Action| match action {
            Action::Crash {
                node: at,
                keep,
                torn,
            } if at == node.id && (keep > 0 || torn) => {
                let (key, help) = if torn {
                    ("ui.node.crash-torn", "ui.node.crash-torn-help")
                } else {
                    ("ui.node.crash-keep", "ui.node.crash-keep-help")
                };
                let label = Phrase::new(key)
                    .node("node", at)
                    .int("keep", keep.into())
                    .int("n", node.unsaved.into());
                Some(Button {
                    help: self.word(help),
                    ..self.button_of(&label, Msg::Act(action))
                })
            }
            _ => None,
        };
        all.filter_map(crash).take(CRASHES_MAX).collect()
    }

    /// Cuts a node from all others.
    fn isolation(&self, id: NodeId) -> Action {
        let nodes = self.session.frame.nodes.iter();
        let others = nodes.filter(|node| node.id != id && node.status != NodeStatus::Removed);
        let others = others.filter(|node| self.can_be_cut(node));
        Action::Cut {
            from: others.map(|node| node.id).collect(),
            to: vec![id],
            both: true,
        }
    }

    /// The rows of a tree. `before` is the tree before the last step, if that is known.
    pub(super) fn tree(
        &self,
        root: &str,
        now: Option<&Value>,
        before: Option<Option<&Value>>,
    ) -> Vec<TreeRow> {
        let mut rows = Vec::new();
        if let Some(mut now) = now {
            let mut before = match before {
                Some(before) => Before::Known(before),
                None => Before::Unknown,
            };
            // A node that is one of several kinds is wrapped in the name of its kind, which its label tells already.
            while let Some((kind, inner)) = only_branch(now) {
                (now, before) = (inner, before.get(|value| value.get(kind)));
            }
            self.children(root, 0, now, before, &mut rows);
        }
        rows
    }

    fn children(
        &self,
        path: &str,
        depth: u32,
        value: &Value,
        before: Before<'_>,
        rows: &mut Vec<TreeRow>,
    ) {
        match value {
            Value::Object(fields) => {
                let hidden = self.hidden_row(path, depth, fields.len(), rows);
                for (key, child) in fields.iter().skip(hidden) {
                    let was = before.get(|value| value.get(key));
                    self.row(path, depth, key.clone(), child, was, rows);
                }
            }
            Value::Array(items) => {
                let hidden = self.hidden_row(path, depth, items.len(), rows);
                for (place, child) in items.iter().enumerate().skip(hidden) {
                    let was = before.get(|value| value.get(place));
                    self.row(path, depth, place.to_string(), child, was, rows);
                }
            }
            leaf => self.row(path, depth, String::new(), leaf, before, rows),
        }
    }

    /// How many of so many children are left out; a row says so.
    fn hidden_row(
        &self,
        path: &str,
        depth: u32,
        children: usize,
        rows: &mut Vec<TreeRow>,
    ) -> usize {
        let hidden = children.saturating_sub(CHILDREN_MAX);
        if hidden > 0 {
            rows.push(TreeRow {
                path: format!("{path}/…"),
                depth,
                key: String::new(),
                value: self.say(&Phrase::new("ui.node.more").int("n", hidden as u64)),
                changed: false,
                before: String::new(),
                open: None,
            });
        }
        hidden
    }

    fn row(
        &self,
        parent: &str,
        depth: u32,
        key: String,
        value: &Value,
        before: Before<'_>,
        rows: &mut Vec<TreeRow>,
    ) {
        let path = format!("{parent}/{key}");
        let changed = before.differs(value);
        let children = match value {
            Value::Object(fields) => fields.len(),
            Value::Array(items) => items.len(),
            _ => 0,
        };
        let branch = children > 0 && !is_short(value);
        // What changed opens itself, or the change would not be seen.
        let open_by_itself = children <= OPEN_MAX || changed;
        // What is new as a whole is marked once, at its top.
        let new = changed && before.is_nothing();
        let open = branch.then(|| open_by_itself != self.look.toggled.contains(&path));
        let text = if branch {
            self.say(&Phrase::new("ui.node.entries").int("n", children as u64))
        } else {
            short(value)
        };
        rows.push(TreeRow {
            depth,
            key,
            value: text,
            // An open branch shows within what changed; marked itself, it would drown it.
            changed: changed && (new || open != Some(true)),
            before: if changed && !branch {
                before.text()
            } else {
                String::new()
            },
            open,
            path: path.clone(),
        });
        if open == Some(true) {
            let before = if new { Before::Unknown } else { before };
            self.children(&path, depth + 1, value, before, rows);
        }
    }
}

/// What there is to say of a node at a glance; `hue` is the protocol's.
pub(super) fn node_phrase(node: &NodeFrame, hue: Hue) -> Phrase {
    let phrase = match (node.status, hue, node.view.epoch) {
        (NodeStatus::Crashed, ..) => Phrase::new("stage.node-down"),
        (_, Hue::Epoch(hue), Some(epoch)) => Phrase::new("stage.node-epoch")
            .word("hue", hue)
            .int("epoch", epoch),
        _ => Phrase::new("stage.node"),
    };
    let role = Arg::Word(Cow::Owned(node.view.role.to_string()));
    let mut text = phrase.node("node", node.id).with("role", role);
    if node.status == NodeStatus::Paused {
        text = join(text, Phrase::new("stage.node-paused"));
    }
    if node.unsaved > 0 {
        text = join(
            text,
            Phrase::new("stage.unsaved").int("n", node.unsaved.into()),
        );
    }
    if node.drift_ppm != 0 || node.offset_us != 0 {
        let clock = Phrase::new("ui.node.clock")
            .text("drift", node.drift_ppm.to_string())
            .text("offset", format!("{} ms", node.offset_us / 1_000));
        text = join(text, clock);
    }
    text
}

/// What stood at a place before the last step.
#[derive(Clone, Copy)]
enum Before<'a> {
    /// Nobody knows: nothing counts as changed.
    Unknown,
    /// This, or nothing.
    Known(Option<&'a Value>),
}

impl<'a> Before<'a> {
    fn get(self, child: impl FnOnce(&'a Value) -> Option<&'a Value>) -> Self {
        match self {
            Self::Unknown => Self::Unknown,
            Self::Known(value) => Self::Known(value.and_then(child)),
        }
    }

    fn differs(self, now: &Value) -> bool {
        match self {
            Self::Unknown => false,
            Self::Known(before) => before != Some(now),
        }
    }

    /// Whether nothing stood there.
    const fn is_nothing(self) -> bool {
        matches!(self, Self::Known(None))
    }

    fn text(self) -> String {
        match self {
            Self::Known(Some(value)) => short(value),
            Self::Unknown | Self::Known(None) => String::new(),
        }
    }
}

/// The one field of an object that has no other, if it is an object itself.
fn only_branch(value: &Value) -> Option<(&String, &Value)> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    fields.iter().next().filter(|(_, inner)| inner.is_object())
}

/// Whether a value reads well on one line: a leaf, or a flat one of few leaves.
fn is_short(value: &Value) -> bool {
    let leaf = |value: &Value| !matches!(value, Value::Object(_) | Value::Array(_));
    match value {
        Value::Array(items) => items.len() <= 5 && items.iter().all(leaf),
        Value::Object(fields) => fields.len() <= 3 && fields.values().all(leaf),
        _ => true,
    }
}

fn short(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "[]".into(),
        Value::Array(items) => items.iter().map(short).collect::<Vec<_>>().join(", "),
        Value::Object(fields) if fields.is_empty() => "{}".into(),
        Value::Object(fields) => {
            let pairs = fields
                .iter()
                .map(|(key, value)| format!("{key}: {}", short(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
