//! Input: what the window hears, and what pointers on the stage and on the timeline come to.

use crate::app::{App, AppMsg, Float, PointerDid};
use crate::browser;
use crate::keys;
use crate::pointer::{Press, REACH_MOUSE, REACH_TOUCH, parted};
use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use protocol::NodeId;
use scene::{Point, Subject};
use std::cell::Cell;
use std::rc::Rc;
use studio::{CutMsg, Mode, Msg, Tab, WhyOf};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, Event, EventTarget, KeyboardEvent, MouseEvent, PointerEvent};
use yew::html::Scope;
use yew::{Context, TargetCast};

/// How long a finger rests until it asks for the menu, in milliseconds.
const LONG_PRESS_MS: u32 = 500;

/// Everything that the window is listened to for; it ends with this.
pub(crate) struct Listening {
    _listeners: Vec<EventListener>,
    /// What the page is at: the listener must know before it takes a key from the browser.
    pub(crate) mode: Rc<Cell<Mode>>,
    long_press: Option<Timeout>,
}

impl Listening {
    pub(crate) fn new(link: &Scope<App>) -> Self {
        let mode = Rc::new(Cell::new(Mode::default()));
        let mut listeners = Vec::new();
        if let Some(window) = web_sys::window() {
            listeners.push(on_key(&window, link, Rc::clone(&mode)));
            let told = link.clone();
            listeners.push(EventListener::new(&window, "hashchange", move |_| {
                told.send_message(AppMsg::Studio(Msg::Address(browser::fragment())));
            }));
            listeners.extend(on_drop(&window, link));
            listeners.push(crate::diagram::on_wheel(&window, link));
            for query in [
                "(prefers-color-scheme: dark)",
                "(prefers-reduced-motion: reduce)",
            ] {
                if let Ok(Some(list)) = window.match_media(query) {
                    let told = link.clone();
                    listeners.push(EventListener::new(&list, "change", move |_| {
                        told.send_message(AppMsg::Preferences);
                    }));
                }
            }
        }
        Self {
            _listeners: listeners,
            mode,
            long_press: None,
        }
    }
}

fn on_key(window: &EventTarget, link: &Scope<App>, mode: Rc<Cell<Mode>>) -> EventListener {
    let link = link.clone();
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(window, "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        if event.default_prevented() {
            return;
        }
        if let Some(msg) = keys::message(event, mode.get()) {
            event.prevent_default();
            link.send_message(msg);
        }
    })
}

/// Files of runs and stories may be dropped anywhere on the page. What is dragged and is no file is none of its business.
fn on_drop(window: &EventTarget, link: &Scope<App>) -> [EventListener; 3] {
    let options = EventListenerOptions::enable_prevent_default();
    let (over, leave, drop) = (link.clone(), link.clone(), link.clone());
    [
        EventListener::new_with_options(window, "dragover", options, move |event| {
            if carries_files(event) {
                event.prevent_default();
                over.send_message(AppMsg::DragOver(true));
            }
        }),
        EventListener::new(window, "dragleave", move |event| {
            let event = event.dyn_ref::<DragEvent>();
            if event.is_some_and(|event| event.related_target().is_none()) {
                leave.send_message(AppMsg::DragOver(false));
            }
        }),
        EventListener::new_with_options(window, "drop", options, move |event| {
            if !carries_files(event) {
                return;
            }
            event.prevent_default();
            let data = event
                .dyn_ref::<DragEvent>()
                .and_then(DragEvent::data_transfer);
            let files = data.and_then(|data| data.files());
            let count = files.as_ref().map_or(0, |files| files.length());
            match files.and_then(|files| files.get(0)) {
                Some(file) if count == 1 => drop.send_message(AppMsg::Open(file)),
                found => {
                    drop.send_message(AppMsg::DragOver(false));
                    if found.is_some() {
                        drop.send_message(AppMsg::Studio(Msg::SeveralFiles(count)));
                    }
                }
            }
        }),
    ]
}

fn carries_files(event: &Event) -> bool {
    let data = event
        .dyn_ref::<DragEvent>()
        .and_then(DragEvent::data_transfer);
    data.is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

impl App {
    /// A pointer on the stage. Says whether the panels must be drawn.
    pub(crate) fn pointer(
        &mut self,
        ctx: &Context<Self>,
        did: PointerDid,
        event: &PointerEvent,
    ) -> bool {
        let point = self.on_stage(event);
        match did {
            PointerDid::Down if event.button() == 0 => self.down(ctx, event, point),
            PointerDid::Move => return self.drag(event, point),
            PointerDid::Up => self.up(point),
            PointerDid::Down => return false,
            PointerDid::Cancel => {
                self.press = None;
                self.line.clear();
                self.listening.long_press = None;
            }
        }
        self.paint_stage();
        true
    }

    /// Where a pointer is on the stage, in the stage's own pixels.
    fn on_stage(&self, event: &MouseEvent) -> Point {
        let zoom = self.stage.zoom();
        let (x, y) = (event.offset_x(), event.offset_y());
        Point::new(f64::from(x) / zoom, f64::from(y) / zoom)
    }

    fn down(&mut self, ctx: &Context<Self>, event: &PointerEvent, point: Point) {
        let touch = event.pointer_type() == "touch";
        let reach = if touch { REACH_TOUCH } else { REACH_MOUSE };
        let subject = self.stage.scene.hit(point, reach);
        self.focused = None;
        if let Some(Subject::Message { name, .. }) = subject {
            // It would fly on under the finger.
            self.send(Msg::Pause);
            self.send(Msg::SelectMessage(Some(name)));
        }
        let held = subject.and_then(|subject| self.stage.scene.centre_of(subject));
        self.press = Some(Press {
            subject,
            from: point,
            grip: held.map_or(Point::default(), |centre| centre - point),
            dragging: false,
            touch,
        });
        if self.model.is_cutting() {
            self.line = vec![point];
        }
        if !touch || self.model.is_cutting() {
            if let Some(target) = event.target_dyn_into::<Element>() {
                let _ = target.set_pointer_capture(event.pointer_id());
            }
        } else {
            let link = ctx.link().clone();
            self.listening.long_press = Some(Timeout::new(LONG_PRESS_MS, move || {
                link.send_message(AppMsg::LongPress);
            }));
        }
    }

    fn drag(&mut self, event: &PointerEvent, point: Point) -> bool {
        let cutting = self.model.is_cutting();
        let Some(press) = &mut self.press else {
            self.show_hand(event, point);
            return false;
        };
        if !press.moved(point) {
            return false;
        }
        self.listening.long_press = None;
        if cutting {
            self.line.push(point);
            return true;
        }
        if let (Some(Subject::Node(node)), false) = (press.subject, press.touch) {
            let place = self.stage.scene.places().relative(point + press.grip);
            self.send(Msg::MoveNode {
                node,
                x: place.x,
                y: place.y,
            });
            self.paint_stage();
        }
        false
    }

    /// A hand over what can be pressed.
    fn show_hand(&self, event: &PointerEvent, point: Point) {
        let over = self.stage.scene.hit(point, REACH_MOUSE).is_some();
        if let Some(canvas) = event.target_dyn_into::<Element>() {
            let _ = canvas.class_list().toggle_with_force("over", over);
        }
    }

    fn up(&mut self, point: Point) {
        self.listening.long_press = None;
        let Some(press) = self.press.take() else {
            return;
        };
        let line = std::mem::take(&mut self.line);
        if self.model.is_cutting() {
            self.cut(&press, &line);
        } else if !press.dragging {
            self.tap(press.subject, point);
        }
    }

    fn cut(&mut self, press: &Press, line: &[Point]) {
        if press.dragging {
            let nodes = self.present();
            let other_side = parted(line, &nodes, self.stage.scene.places());
            if !other_side.is_empty() {
                self.send(Msg::Cut(CutMsg::Drawn(other_side)));
            }
        } else if let Some(Subject::Node(node)) = press.subject {
            self.send(Msg::Cut(CutMsg::Choose(node)));
        }
    }

    fn tap(&mut self, subject: Option<Subject>, _point: Point) {
        match subject {
            Some(Subject::Node(node)) => self.send(Msg::SelectNode(Some(node))),
            Some(Subject::Vote { voter, .. }) => self.send(Msg::SelectNode(Some(voter))),
            Some(Subject::Message { .. }) => self.send(Msg::Tab(Tab::UpNext)),
            Some(Subject::Flow { .. }) => {
                self.send(Msg::Pause);
                self.send(Msg::Tab(Tab::UpNext));
            }
            Some(Subject::Cut(_)) => self.send(Msg::Cut(CutMsg::Toggle)),
            _ => {
                self.send(Msg::SelectNode(None));
                self.send(Msg::SelectMessage(None));
            }
        }
    }

    /// A finger rested: the menu of what is under it.
    pub(crate) fn long_press(&mut self) {
        let Some(press) = self.press.take() else {
            return;
        };
        if let Some(subject) = press.subject {
            self.open_context(subject);
        }
    }

    /// The right button, or the key for menus.
    pub(crate) fn context_menu(&mut self, event: &MouseEvent) {
        self.press = None;
        let point = self.on_stage(event);
        if let Some(subject) = self.stage.scene.hit(point, REACH_MOUSE) {
            self.open_context(subject);
        }
    }

    pub(crate) fn menu_of_selected(&mut self) {
        let selected = self
            .focused
            .or_else(|| self.model.selected_node().map(Subject::Node));
        if let Some(subject) = selected {
            self.open_context(subject);
        }
    }

    fn open_context(&mut self, subject: Subject) {
        match subject {
            Subject::Node(node) => {
                self.send(Msg::Pause);
                self.send(Msg::SelectNode(Some(node)));
            }
            Subject::Message { name, .. } => {
                self.send(Msg::Pause);
                self.send(Msg::SelectMessage(Some(name)));
                self.send(Msg::Tab(Tab::UpNext));
            }
            _ => return,
        }
        let Some(at) = self.stage.scene.centre_of(subject) else {
            return;
        };
        let corner = self
            .stage
            .element()
            .map(|canvas| canvas.get_bounding_client_rect());
        let (left, top) = corner.map_or((0.0, 0.0), |rect| (rect.left(), rect.top()));
        let zoom = self.stage.zoom();
        let at = Point::new(at.x * zoom + left, at.y * zoom + top);
        self.float = Some(Float::Context(subject, at));
    }

    /// The arrow keys on the stage: from node to node, then from message to message.
    pub(crate) fn next_subject(&mut self, forward: bool) {
        let wanted =
            |subject: &Subject| matches!(subject, Subject::Node(_) | Subject::Message { .. });
        let mut all: Vec<Subject> = self.stage.scene.subjects().filter(wanted).collect();
        all.sort_by_key(|subject| (matches!(subject, Subject::Message { .. }), *subject));
        all.dedup();
        if all.is_empty() {
            return;
        }
        let selected = self
            .focused
            .or_else(|| self.model.selected_node().map(Subject::Node));
        let here = selected.and_then(|now| all.iter().position(|subject| *subject == now));
        let next = match here {
            None => 0,
            Some(here) if forward => (here + 1) % all.len(),
            Some(here) => (here + all.len() - 1) % all.len(),
        };
        self.focused = Some(all[next]);
        match all[next] {
            Subject::Node(node) => self.send(Msg::SelectNode(Some(node))),
            Subject::Message { name, .. } => self.send(Msg::SelectMessage(Some(name))),
            _ => {}
        }
    }

    /// A pointer on the timeline seeks; a drag scrubs.
    pub(crate) fn scrub(&mut self, event: &PointerEvent) {
        if event.buttons() & 1 == 0 {
            return;
        }
        // Messages are handled when the event's own dispatch, and its current target with it, is over.
        let place = self
            .timeline
            .element()
            .and_then(|canvas| canvas.parent_element());
        let Some(place) = place else {
            return;
        };
        if event.type_() == "pointerdown" {
            let _ = place.set_pointer_capture(event.pointer_id());
            let point = Point::new(f64::from(event.offset_x()), f64::from(event.offset_y()));
            let point = point * (1.0 / self.timeline.zoom());
            if let Some(Subject::Branch(track)) = self.timeline.scene.hit(point, REACH_MOUSE) {
                let tracks = self.model.branches().tracks;
                if let Some(track) = tracks.get(track as usize).filter(|track| !track.current) {
                    self.send(track.msg.clone());
                    return;
                }
            }
        }
        let x = f64::from(event.client_x()) - place.get_bounding_client_rect().left();
        let x = x / self.timeline.zoom();
        let size = self.timeline.size();
        let value = self.model.timeline(size, |input| input.value_at(x));
        self.send(Msg::SeekTime(value as u64));
    }

    /// A click on a cell of the matrix of logs asks why the entry is there.
    pub(crate) fn ask_entry(&mut self, event: &MouseEvent) {
        let point = Point::new(f64::from(event.offset_x()), f64::from(event.offset_y()));
        let point = point * (1.0 / self.matrix.zoom());
        if let Some(Subject::Cell { node, index }) = self.matrix.scene.hit(point, REACH_MOUSE) {
            self.send(Msg::WhyOf(WhyOf::Entry { node, index }));
        }
    }

    /// The nodes on the stage.
    fn present(&self) -> Vec<NodeId> {
        let nodes = self.model.frame().nodes.iter();
        nodes
            .filter(|node| node.status != trace::NodeStatus::Removed)
            .map(|node| node.id)
            .collect()
    }
}
