//! The space-time diagram: its canvas with the buttons round it, its painting, and what pointers and wheels on it come to. Apart
//! from the stage, so that the opening need not wait for this code.

use crate::app::{App, AppMsg, Picture, PointerDid};
use crate::browser;
use crate::icon::Icon;
use crate::pointer::{REACH_MOUSE, REACH_TOUCH};
use crate::press::{Emit, Look, named, on, press};
use gloo::events::{EventListener, EventListenerOptions};
use scene::{Point, Subject};
use studio::show::{Button, Filter};
use studio::{DiagramMsg, EventsMsg, Msg};
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlInputElement, PointerEvent, WheelEvent};
use yew::html::Scope;
use yew::prelude::*;

/// A pointer that moved less than this since its press was no drag, in CSS pixels.
const DRAG_MIN: f64 = 5.0;
/// A notch of a wheel zooms by this factor.
const NOTCH: f64 = 1.2;
/// How much a wheel turns for a notch, in pixels.
const NOTCH_PX: f64 = 100.0;

/// What somebody does on the diagram's canvas.
pub(crate) enum DiagramDid {
    /// A pointer did this.
    Pointer(PointerDid, PointerEvent),
    /// A wheel turned.
    Wheel(WheelEvent),
    /// The keyboard's focus came or went: only the looks change.
    Focus,
}

/// The pointers that are down on the diagram.
#[derive(Default)]
pub(crate) struct Grab {
    /// Each with where it is, the first one first.
    fingers: Vec<(i32, Point)>,
    from: Point,
    subject: Option<Subject>,
    dragging: bool,
}

/// Wheels over the diagram move it, and not the page.
pub(crate) fn on_wheel(window: &EventTarget, link: &Scope<App>) -> EventListener {
    let link = link.clone();
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(window, "wheel", options, move |event| {
        let target = event.target();
        let over = target.and_then(|target| target.dyn_into::<Element>().ok());
        if over.is_some_and(|element| element.id() == "diagram")
            && let Some(event) = event.dyn_ref::<WheelEvent>()
        {
            event.prevent_default();
            link.send_message(AppMsg::Diagram(DiagramDid::Wheel(event.clone())));
        }
    })
}

impl App {
    /// Paints the diagram.
    #[inline(never)]
    pub(crate) fn paint_diagram(&mut self) {
        if !self.diagram.is_open() {
            return;
        }
        let focused = browser::has_focus("diagram");
        let (size, scene) = (self.diagram.size(), &mut self.diagram.scene);
        self.model
            .draw_diagram(size, focused, |input| scene.diagram(input));
        self.diagram.paint(self.colours);
    }

    /// Offers what is in sight as a file.
    #[inline(never)]
    pub(crate) fn save_diagram(&mut self, kind: Picture) {
        self.paint_diagram();
        if kind == Picture::Png {
            self.diagram.save_png("synod-diagram.png", self.colours);
            return;
        }
        let summary = self.model.diagram().summary;
        self.save_lines("synod-diagram", &self.diagram.scene, kind, &summary);
    }

    /// What stands in the stage's place, or beneath it.
    #[inline(never)]
    pub(crate) fn diagram_view(&self, ctx: &Context<Self>) -> Html {
        let (model, link) = (&self.model, ctx.link());
        let shown = model.diagram();
        let pointer = |did: PointerDid| {
            link.callback(move |event: PointerEvent| {
                AppMsg::Diagram(DiagramDid::Pointer(did, event))
            })
        };
        let focus = link.callback(|_: FocusEvent| AppMsg::Diagram(DiagramDid::Focus));
        let icons = |buttons: &[Button], icons: &[Icon]| -> Html {
            let both = buttons.iter().zip(icons);
            both.map(|(button, icon)| press(button, &self.emit, Look::Icon(*icon, "small")))
                .collect()
        };
        let filter_look = Look::Both(Icon::FILTER, "outlined small");
        html! {
            <section class="diagram" aria-label={model.diagram_switch().label}>
                <div class="bar">
                    { named(&shown.filter, on(&self.emit, &shown.filter.msg), filter_look, Some("opener-filter")) }
                    { press(&shown.collapse, &self.emit, Look::Both(Icon::FOLD, "outlined small")) }
                    <span class="zoom wide">
                        { icons(&shown.pages, &[Icon::PREVIOUS_BEAT, Icon::LATER]) }
                    </span>
                    <span class="zoom">
                        { icons(&shown.view, &[Icon::SLOWER, Icon::FASTER, Icon::WHOLE, Icon::UNTIL]) }
                    </span>
                    { for shown.shift.iter().map(|button| press(button, &self.emit, Look::Words("outlined small"))) }
                </div>
                <div class="chart">
                    <canvas ref={self.diagram.canvas.clone()} id="diagram" tabindex="0" role="application"
                        aria-label={shown.keys.clone()} aria-describedby="description-diagram"
                        onpointerdown={pointer(PointerDid::Down)} onpointermove={pointer(PointerDid::Move)}
                        onpointerup={pointer(PointerDid::Up)} onpointercancel={pointer(PointerDid::Cancel)}
                        onfocus={focus.clone()} onblur={focus}></canvas>
                    <p class="note" role="status">{ &shown.note }</p>
                    <p class="hidden" id="description-diagram">{ &shown.summary }</p>
                </div>
            </section>
        }
    }

    /// Something happened on the diagram. Says whether the panels must be drawn.
    #[inline(never)]
    pub(crate) fn diagram_did(&mut self, did: &DiagramDid) -> bool {
        let draw = match did {
            DiagramDid::Wheel(event) => self.wheel(event),
            DiagramDid::Focus => false,
            DiagramDid::Pointer(did, event) => {
                let point = Point::new(f64::from(event.offset_x()), f64::from(event.offset_y()));
                let point = point * (1.0 / self.diagram.zoom());
                match did {
                    PointerDid::Down if event.button() == 0 => self.grab(event, point),
                    PointerDid::Move => self.drag_diagram(event, point),
                    PointerDid::Up => self.let_go(event, point),
                    PointerDid::Down => false,
                    PointerDid::Cancel => {
                        self.grab = Grab::default();
                        self.send(Msg::Diagram(DiagramMsg::Clear));
                        true
                    }
                }
            }
        };
        self.paint_diagram();
        draw
    }

    fn wheel(&mut self, event: &WheelEvent) -> bool {
        let point = Point::new(f64::from(event.offset_x()), f64::from(event.offset_y()));
        let point = point * (1.0 / self.diagram.zoom());
        let plane = self.model.diagram_plane();
        let turned = |delta: f64| match event.delta_mode() {
            WheelEvent::DOM_DELTA_PIXEL => delta,
            _ => delta * 0.33 * NOTCH_PX,
        };
        let (dx, dy) = (turned(event.delta_x()), turned(event.delta_y()));
        // Sideways, or with Shift, along the time; else nearer and further.
        let along = if event.shift_key() && dx == 0.0 {
            dy
        } else {
            dx
        };
        let msg = if along.abs() > dy.abs() || event.shift_key() {
            DiagramMsg::Pan { along, across: 0.0 }
        } else {
            DiagramMsg::Zoom {
                factor: js_sys::Math::pow(NOTCH, -dy / NOTCH_PX),
                at: plane.along(point),
            }
        };
        self.send(Msg::Diagram(msg));
        false
    }

    fn grab(&mut self, event: &PointerEvent, point: Point) -> bool {
        if let Some(target) = event.target_dyn_into::<Element>() {
            let _ = target.set_pointer_capture(event.pointer_id());
        }
        let reach = if event.pointer_type() == "touch" {
            REACH_TOUCH
        } else {
            REACH_MOUSE
        };
        let first = self.grab.fingers.is_empty();
        self.grab.fingers.push((event.pointer_id(), point));
        if first {
            self.grab.from = point;
            self.grab.subject = self.diagram.scene.hit(point, reach);
            self.grab.dragging = false;
        } else {
            // Two fingers zoom: they hold nothing.
            (self.grab.subject, self.grab.dragging) = (None, true);
        }
        false
    }

    fn drag_diagram(&mut self, event: &PointerEvent, point: Point) -> bool {
        let place = |(id, _): &(i32, Point)| *id == event.pointer_id();
        let Some(place) = self.grab.fingers.iter().position(place) else {
            let over = self.diagram.scene.hit(point, REACH_MOUSE).is_some();
            if let Some(canvas) = event.target_dyn_into::<Element>() {
                let _ = canvas.class_list().toggle_with_force("over", over);
            }
            return false;
        };
        self.grab.dragging |= self.grab.from.distance(point) >= DRAG_MIN;
        if !self.grab.dragging {
            return false;
        }
        let before = std::mem::replace(&mut self.grab.fingers[place].1, point);
        let plane = self.model.diagram_plane();
        let other = self
            .grab
            .fingers
            .iter()
            .find(|(id, _)| *id != event.pointer_id());
        if let Some((_, other)) = other {
            let (wide, narrow) = (other.distance(point), other.distance(before));
            let factor = (wide / narrow.max(1.0)).clamp(0.5, 2.0);
            let at = plane.along(other.part_way(point, 0.5));
            self.send(Msg::Diagram(DiagramMsg::Zoom { factor, at }));
            return false;
        }
        if let Some(Subject::Event(step)) = self.grab.subject
            && self.model.is_arrival(step)
        {
            let at_us = self.model.diagram_us(plane.along(point));
            self.send(Msg::Diagram(DiagramMsg::Drag { step, at_us }));
            return true;
        }
        let way = before - point;
        let (along, across) = if plane.is_down() {
            (way.y, way.x)
        } else {
            (way.x, way.y)
        };
        self.send(Msg::Diagram(DiagramMsg::Pan { along, across }));
        false
    }

    fn let_go(&mut self, event: &PointerEvent, point: Point) -> bool {
        self.grab
            .fingers
            .retain(|(id, _)| *id != event.pointer_id());
        if !self.grab.fingers.is_empty() {
            return false;
        }
        let grab = std::mem::take(&mut self.grab);
        if grab.dragging {
            // It goes where it was let go, however far the last move was before that.
            if let Some(Subject::Event(step)) = grab.subject
                && self.model.is_arrival(step)
            {
                let at_us = self
                    .model
                    .diagram_us(self.model.diagram_plane().along(point));
                self.send(Msg::Diagram(DiagramMsg::Drag { step, at_us }));
            }
            self.send(Msg::Diagram(DiagramMsg::Drop));
            return true;
        }
        self.send(match grab.subject {
            Some(Subject::Event(step)) => Msg::Diagram(DiagramMsg::Select(step)),
            Some(Subject::Message { name, .. }) => Msg::Diagram(DiagramMsg::Message(name)),
            Some(Subject::Fold(from_us)) => Msg::Diagram(DiagramMsg::Fold(from_us)),
            Some(Subject::Node(node)) => Msg::SelectNode(Some(node)),
            _ => Msg::Diagram(DiagramMsg::Clear),
        });
        true
    }
}

/// What is left out of the diagram, to be chosen.
pub(crate) fn filter(filter: &Filter, emit: &Emit) -> Html {
    let oninput = {
        let emit = emit.clone();
        Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            emit.emit(Msg::Events(EventsMsg::Search(text)));
        })
    };
    let [nodes, messages] = &filter.headings;
    let switches = |buttons: &[Button]| -> Html {
        buttons
            .iter()
            .map(|button| press(button, emit, Look::Words("outlined")))
            .collect()
    };
    html! {
        <>
            <div class="control">
                <label for="diagram-text">{ &filter.label }</label>
                <div class="field">
                    <input type="search" id="diagram-text" value={filter.query.clone()} {oninput} />
                </div>
                <p class="help" role="status">{ &filter.found }</p>
            </div>
            <h3>{ nodes }</h3>
            <div class="row">{ switches(&filter.nodes) }</div>
            <h3>{ messages }</h3>
            <div class="row">{ switches(&filter.kinds) }{ press(&filter.timers, emit, Look::Words("outlined")) }</div>
            <div class="row">{ press(&filter.all, emit, Look::Words("outlined")) }</div>
        </>
    }
}
