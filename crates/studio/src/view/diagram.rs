//! What the space-time diagram is drawn from, and what stands round it.

use crate::diagram::DiagramMsg;
use crate::show::{Button, Diagram, Filter};
use crate::{Menu, Model, Msg};
use protocol::{Hue, Phrase};
use scene::Size;
use scene::diagram::{Cone, DiagramInput, Lane, Light, Row, Side, Sign, gaps};
use std::collections::BTreeSet;
use trace::NodeStatus;

/// How wide a bar is where events are counted, in pixels.
const BAR: f64 = 5.0;

impl Model {
    /// The switch between the stage and the diagram.
    pub fn diagram_switch(&self) -> Button {
        Button {
            pressed: Some(self.diagram.on),
            ..self.keyed(
                "ui.diagram.name",
                "ui.diagram.help",
                "D",
                Msg::Diagram(DiagramMsg::Toggle),
            )
        }
    }

    /// Reads what the diagram shows at this size, and hands what it is drawn from to `draw`.
    #[inline(never)]
    pub fn draw_diagram<R>(
        &mut self,
        size: Size,
        focused: bool,
        draw: impl FnOnce(&DiagramInput<'_>) -> R,
    ) -> R {
        self.read_diagram(size);
        let span = self.diagram_span();
        let lanes = self.lanes();
        let crowded = self.is_crowded();
        let counts = if crowded { self.counts() } else { Vec::new() };
        let note = if crowded {
            let seen = self.steps_in_sight();
            self.say(&Phrase::new("ui.diagram.many").int("n", seen.end() - seen.start() + 1))
        } else {
            String::new()
        };
        let about = self.session.about();
        let legend = match about.hue {
            Hue::Epoch(word) => self.say(&Phrase::new("stage.legend").word("hue", word)),
            Hue::Neutral => String::new(),
        };
        let light = self.light();
        let gaps = gaps(self.session.marks());
        draw(&DiagramInput {
            size,
            lanes: &lanes,
            across: self.diagram_across(),
            span: &span,
            rows: if crowded {
                &[]
            } else {
                self.diagram.rows.all()
            },
            counts: &counts,
            note: &note,
            gaps: &gaps,
            head_us: self.head.at_us,
            end_us: self.diagram_end_us(),
            cursor: self.session.step(),
            light: light.as_ref(),
            found: self.found_in_diagram(),
            hidden: &self.diagram.hidden_kinds,
            timers: !self.diagram.no_timers,
            hue: about.hue,
            legend: &legend,
            moving: self.diagram.moving,
            focused,
        })
    }

    fn lanes(&self) -> Vec<Lane> {
        let nodes = self.session.frame.nodes.iter();
        let hidden = &self.diagram.hidden_nodes;
        let has_hue = self.session.about().hue != Hue::Neutral;
        nodes
            .filter(|node| !hidden.contains(&node.id))
            .map(|node| Lane {
                node: node.id,
                label: node.label.clone(),
                kind: node.kind,
                epoch: node.view.epoch.filter(|_| has_hue),
                ring: node.view.ring,
                down: matches!(node.status, NodeStatus::Crashed | NodeStatus::Removed),
                selected: self.look.node == Some(node.id),
            })
            .collect()
    }

    /// How many events there are in each part of the window.
    fn counts(&self) -> Vec<u32> {
        let span = self.diagram_span();
        let parts = (span.length() / BAR).ceil().max(1.0) as u32;
        let step_at = |part: u32| {
            let px = span.length() * f64::from(part) / f64::from(parts);
            self.session.playable.step_at(span.us(px).max(0.0) as u64)
        };
        (0..parts)
            .map(|part| (step_at(part + 1) - step_at(part)) as u32)
            .collect()
    }

    /// What keeps its strength: what led to what is asked about, else the past and the future of the event that was chosen.
    fn light(&self) -> Option<Light> {
        if let Some(why) = &self.session.why {
            let steps: BTreeSet<u64> = why.steps.iter().map(|(step, _)| *step).collect();
            let messages = why.cone.messages();
            return (!steps.is_empty()).then_some(Light::Led { steps, messages });
        }
        self.diagram.cone.clone().map(Light::Cone)
    }

    /// What stands round the diagram.
    pub fn diagram(&self) -> Diagram {
        let button = |key, help, keys, msg| self.keyed(key, help, keys, Msg::Diagram(msg));
        let follow = Button {
            pressed: Some(self.diagram.follows()),
            ..button(
                "ui.diagram.follow",
                "ui.diagram.follow-help",
                "f",
                DiagramMsg::Follow,
            )
        };
        let shift = |key, help, keys, msg| button(key, help, keys, msg);
        let here = self.session.step();
        let arrival = self.diagram.picked == Some(here) && self.arrival(here).is_some();
        Diagram {
            summary: self.diagram_summary(),
            keys: self.word("ui.diagram.keys"),
            note: self.diagram_note(),
            pages: vec![
                button(
                    "ui.diagram.back",
                    "ui.diagram.back-help",
                    "PageUp",
                    DiagramMsg::Page(false),
                ),
                button(
                    "ui.diagram.on",
                    "ui.diagram.on-help",
                    "PageDown",
                    DiagramMsg::Page(true),
                ),
            ],
            view: vec![
                button(
                    "ui.diagram.out",
                    "ui.diagram.out-help",
                    "-",
                    DiagramMsg::Out,
                ),
                button("ui.diagram.in", "ui.diagram.in-help", "+", DiagramMsg::In),
                button(
                    "ui.diagram.whole",
                    "ui.diagram.whole-help",
                    "0",
                    DiagramMsg::Whole,
                ),
                follow,
            ],
            collapse: Button {
                pressed: Some(self.diagram.collapse),
                ..button(
                    "ui.diagram.collapse",
                    "ui.diagram.collapse-help",
                    "q",
                    DiagramMsg::Collapse,
                )
            },
            filter: Button {
                pressed: Some(self.diagram.is_filtered() || self.found_in_diagram().is_some()),
                ..self.keyed(
                    "ui.menu.filter",
                    "ui.diagram.filter-help",
                    "",
                    Msg::Open(Menu::Filter),
                )
            },
            shift: if arrival {
                vec![
                    shift(
                        "ui.diagram.earlier",
                        "ui.diagram.earlier-help",
                        "<",
                        DiagramMsg::Earlier,
                    ),
                    shift(
                        "ui.diagram.later",
                        "ui.diagram.later-help",
                        ">",
                        DiagramMsg::Later,
                    ),
                ]
            } else {
                Vec::new()
            },
        }
    }

    fn rows_in_sight(&self) -> impl Iterator<Item = &Row> {
        let seen = self.steps_in_sight();
        let rows = self.diagram.rows.all().iter();
        rows.filter(move |row| seen.contains(&row.step))
    }

    fn diagram_summary(&self) -> String {
        let span = self.diagram_span();
        let count = |sign: fn(&Sign) -> bool| {
            self.rows_in_sight().filter(|row| sign(&row.sign)).count() as u64
        };
        let seen = self.steps_in_sight();
        let key = if self.is_crowded() {
            "ui.diagram.summary-many"
        } else {
            "ui.diagram.summary"
        };
        self.say(
            &Phrase::new(key)
                .us("from", span.from_us().max(0.0) as u64)
                .us("to", span.to_us().max(0.0) as u64)
                .int("nodes", self.lanes_shown() as u64)
                .int("events", (seen.end() + 1).saturating_sub(*seen.start()))
                .int("arrived", count(|sign| *sign == Sign::Arrived))
                .int("crashed", count(|sign| *sign == Sign::Down)),
        )
    }

    fn diagram_note(&self) -> String {
        if let Some((step, at_us)) = self.diagram.moving {
            let early = self
                .arrival(step)
                .filter(|message| at_us < message.sent_us as f64);
            return self.say(&match early {
                Some(message) => Phrase::new("ui.diagram.too-early")
                    .node("from", message.from)
                    .us("sent", message.sent_us),
                None => Phrase::new("ui.diagram.moving").us("at", at_us.max(0.0) as u64),
            });
        }
        self.diagram
            .cone
            .as_ref()
            .map_or_else(String::new, |cone| self.cone_note(cone))
    }

    fn cone_note(&self, cone: &Cone) -> String {
        let (mut before, mut after, mut beside) = (0u64, 0u64, 0u64);
        for row in self.rows_in_sight() {
            let Some(node) = row.line() else { continue };
            match cone.side(node, row.step) {
                Side::Before => before += 1,
                Side::After => after += 1,
                Side::Beside => beside += 1,
                Side::Itself => {}
            }
        }
        self.say(
            &Phrase::new("ui.diagram.cone")
                .int("before", before)
                .int("after", after)
                .int("beside", beside),
        )
    }

    /// What is left out, to be chosen.
    pub fn filter(&self) -> Filter {
        let switch = |label: String, shown: bool, msg: DiagramMsg| Button {
            pressed: Some(shown),
            ..self.button_of(
                &Phrase::new("ui.plain").text("text", label),
                Msg::Diagram(msg),
            )
        };
        let state = &self.diagram;
        let nodes = self.session.frame.nodes.iter();
        let nodes = nodes.filter(|node| node.status != NodeStatus::Removed);
        let messages = state.rows.all().iter().flat_map(|row| &row.sent);
        let mut kinds: BTreeSet<String> =
            messages.map(|sent| sent.message.kind.to_string()).collect();
        kinds.extend(state.hidden_kinds.iter().cloned());
        let kind = |kind: String| {
            let shown = !state.hidden_kinds.contains(&kind);
            switch(kind.clone(), shown, DiagramMsg::Kind(kind))
        };
        let found = self.found_in_diagram().map(|found| {
            let n = self.rows_in_sight().filter(|row| found.contains(&row.step));
            self.say(&Phrase::new("ui.diagram.found").int("n", n.count() as u64))
        });
        Filter {
            nodes: nodes
                .map(|node| {
                    let shown = !state.hidden_nodes.contains(&node.id);
                    switch(node.label.clone(), shown, DiagramMsg::Node(node.id))
                })
                .collect(),
            kinds: kinds.into_iter().map(kind).collect(),
            timers: switch(
                self.word("ui.diagram.timers"),
                !state.no_timers,
                DiagramMsg::Timers,
            ),
            headings: [
                self.word("ui.diagram.nodes"),
                self.word("ui.diagram.messages"),
            ],
            label: self.word("ui.diagram.text"),
            query: self.events.query.clone(),
            found: found.unwrap_or_default(),
            all: Button {
                enabled: state.is_filtered() || !self.events.query.is_empty(),
                ..self.button("ui.diagram.all", Msg::Diagram(DiagramMsg::All))
            },
        }
    }
}
