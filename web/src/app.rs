//! The page's one component with state: studio's model, three surfaces, and what only the browser knows.
//!
//! Animation frames are asked for only while something moves. Between events a frame paints the stage and nothing else;
//! panels are drawn when studio says that they may differ, and while playing at most ten times a second.

use crate::browser;
use crate::diagram::{DiagramDid, Grab};
use crate::film::Reel;
use crate::frames::{Frames, Sizes};
use crate::input::Listening;
use crate::parts;
use crate::pointer::Press;
use crate::settings;
use crate::surface::{Surface, page_zoom};
use scene::{Point, Subject, Theme};
use studio::{Command, Menu, Model, Msg, Setup, Tab, Target};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, MouseEvent, PointerEvent};
use yew::prelude::*;

/// While playing, panels are drawn at most this often, in milliseconds.
const PANELS_MS: f64 = 100.0;

/// This many frames show the stage before the panels are drawn round it: the cluster moves in the second.
const FRAMES_ALONE: u32 = 3;

/// What happens to the page.
pub(crate) enum AppMsg {
    /// Something for studio.
    Studio(Msg),
    /// An animation frame, at this time in milliseconds.
    Frame(f64),
    /// A surface got another size.
    Resized,
    /// The system's theme or its wish for less motion changed.
    Preferences,
    /// A pointer did this on the stage.
    Pointer(PointerDid, PointerEvent),
    /// A press on the stage has lasted so long that it asks for the menu.
    LongPress,
    /// A menu is asked for at this place of the stage.
    ContextMenu(MouseEvent),
    /// The menu of what is selected on the stage.
    MenuOfSelected,
    /// The next, or the previous, thing on the stage gets the keyboard's focus.
    NextSubject(bool),
    /// A pointer on the timeline.
    Scrub(PointerEvent),
    /// The menu of everything else opens.
    More,
    /// The menu that is open closes.
    CloseFloat,
    /// The stage is saved as a picture.
    SavePicture(Picture),
    /// A file was chosen or dropped.
    Open(File),
    /// Something is being dragged over the page, or no longer.
    DragOver(bool),
    /// A pointer on the second stage.
    Second(MouseEvent),
    /// A click on the matrix of logs.
    Matrix(MouseEvent),
    /// A pointer or a wheel on the diagram.
    Diagram(DiagramDid),
    /// The stage is described now.
    Describe,
    /// The stage lost the keyboard's focus.
    Blur,
}

/// What a pointer did.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PointerDid {
    /// It was pressed.
    Down,
    /// It moved.
    Move,
    /// It was released.
    Up,
    /// The browser took it away.
    Cancel,
}

/// The kinds of picture.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picture {
    /// Lines and text.
    Svg,
    /// Pixels.
    Png,
    /// Lines and text, for a paper.
    Tikz,
}

/// A menu that belongs to the page, not to the run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Float {
    /// Everything else.
    More,
    /// What can be done with a thing on the stage, at a point of the window.
    Context(Subject, Point),
}

/// The page.
pub(crate) struct App {
    pub(crate) model: Model,
    pub(crate) emit: Callback<Msg>,
    pub(crate) stage: Surface,
    /// The stage of the second run, where two stand side by side.
    pub(crate) beside: Surface,
    /// The space-time diagram.
    pub(crate) diagram: Surface,
    pub(crate) grab: Grab,
    pub(crate) timeline: Surface,
    pub(crate) matrix: Surface,
    /// The animation that is being made.
    pub(crate) film: Option<Box<Reel>>,
    /// The colours of the theme that is shown.
    pub(crate) colours: &'static Theme,
    pub(crate) press: Option<Press>,
    /// The line that is being drawn in the cut mode.
    pub(crate) line: Vec<Point>,
    /// What has the keyboard's focus on the stage.
    pub(crate) focused: Option<Subject>,
    pub(crate) float: Option<Float>,
    pub(crate) drag_over: bool,
    /// The stage in sentences; renewed on a pause, a step or a request, never while it plays.
    pub(crate) description: Vec<String>,
    /// The second stage likewise.
    pub(crate) beside_description: Vec<String>,
    pub(crate) listening: Listening,
    /// What opening the run asks for: some of it needs the panels, and waits for their first drawing.
    opening: Option<Vec<Command>>,
    /// How far what the first part of the wasm was made for is played.
    opened: parts::Opening,
    /// What the presenter's window shows.
    pub(crate) speaker: Option<studio::show::Speaker>,
    /// Frames until the panels are drawn. The cluster moves first.
    alone: u32,
    frames: Frames,
    sizes: Sizes,
    /// The time of the last frame, in milliseconds.
    last_ms: Option<f64>,
    /// Whether the focus was in *Up next* when something happened: a row that is done is gone, and the focus with it.
    was_in_up_next: bool,
    /// The tab and the step that the dock was scrolled for.
    scrolled: (Tab, u64),
    /// When the panels were drawn last.
    drawn_ms: f64,
    /// The revision of the model that the panels show.
    drawn: u64,
    /// What the stage was painted from: a play head that has not moved paints nothing.
    painted: (u64, f64),
}

impl Component for App {
    type Message = AppMsg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let link = ctx.link();
        let setup = Setup {
            language: settings::language(),
            appearance: settings::appearance(),
            letters: settings::letters(),
            scores: settings::scores(),
            reduced_motion: settings::prefers("(prefers-reduced-motion: reduce)"),
            address: browser::fragment(),
            story: browser::story(),
            join: browser::join(),
            page: browser::address(),
            paused: browser::is_embedded(),
            ..Setup::default()
        };
        let emit = link.callback(AppMsg::Studio);
        let (model, commands) = match Model::new(setup) {
            Ok(opened) => opened,
            Err(error) => panic!("the home run cannot be opened: {error}"),
        };
        settings::set_language(model.language());
        let listening = Listening::new(link);
        listening.mode.set(model.mode());
        let mut page = Self {
            model,
            emit,
            opening: Some(commands),
            opened: parts::Opening::default(),
            speaker: None,
            alone: FRAMES_ALONE,
            stage: Surface::default(),
            beside: Surface::default(),
            diagram: Surface::default(),
            grab: Grab::default(),
            timeline: Surface::default(),
            matrix: Surface::default(),
            film: None,
            colours: &Theme::LIGHT,
            press: None,
            line: Vec::new(),
            focused: None,
            float: None,
            drag_over: false,
            description: Vec::new(),
            beside_description: Vec::new(),
            listening,
            frames: Frames::new(link.callback(AppMsg::Frame)),
            sizes: Sizes::new(link.callback(|()| AppMsg::Resized)),
            last_ms: None,
            was_in_up_next: false,
            scrolled: (Tab::UpNext, 0),
            drawn_ms: 0.0,
            drawn: u64::MAX,
            painted: (u64::MAX, 0.0),
        };
        page.colours = page.theme();
        page
    }

    fn update(&mut self, ctx: &Context<Self>, msg: AppMsg) -> bool {
        match msg {
            AppMsg::Frame(time) => self.frame(time),
            AppMsg::Resized => {
                if self.measure() {
                    self.paint_all();
                }
                false
            }
            msg => self.hand(ctx, msg),
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        self.page(ctx)
    }

    fn rendered(&mut self, _ctx: &Context<Self>, _first: bool) {
        let surfaces = [
            &self.stage,
            &self.beside,
            &self.diagram,
            &self.timeline,
            &self.matrix,
        ];
        let around = surfaces
            .into_iter()
            .filter_map(|surface| surface.element()?.parent_element())
            .collect();
        if self.sizes.watch(around) {
            self.measure();
        }
        if self.has_panels()
            && let Some(opening) = self.opening.take()
        {
            self.describe();
            self.carry_out(opening);
        }
        self.paint_all();
        if self.speaker.is_some() || self.model.is_presenting() {
            self.tell_speaker();
        }
        self.go_on();
        let here = (self.model.tab(), self.model.frame().step);
        if self.scrolled != here {
            browser::scroll_dock(here.0, self.scrolled.0 != here.0);
            self.scrolled = here;
        }
        if std::mem::take(&mut self.was_in_up_next) && browser::focus_is_nowhere() {
            browser::focus(&Target::Dock(Tab::UpNext));
        }
    }
}

impl App {
    /// Whether the panels are drawn round the stage.
    pub(crate) const fn has_panels(&self) -> bool {
        self.alone == 0
    }

    /// What somebody's hand did. Apart from what every frame does, so that the opening need not wait for this code.
    #[inline(never)]
    fn hand(&mut self, ctx: &Context<Self>, msg: AppMsg) -> bool {
        match msg {
            AppMsg::Frame(_) | AppMsg::Resized => return false,
            AppMsg::Studio(msg) if msg.is_machines() => {
                let before = self.model.revision();
                self.send(msg);
                self.go_on();
                if self.model.revision() == before {
                    return false;
                }
            }
            AppMsg::Studio(msg) => {
                self.was_in_up_next = browser::focus_is_in_up_next();
                self.send(msg);
            }
            AppMsg::Preferences => {
                let less = settings::prefers("(prefers-reduced-motion: reduce)");
                self.send(Msg::ReducedMotion(less));
            }
            AppMsg::Pointer(did, event) => return self.pointer(ctx, did, &event),
            AppMsg::LongPress => self.long_press(),
            AppMsg::ContextMenu(event) => self.context_menu(&event),
            AppMsg::MenuOfSelected => self.menu_of_selected(),
            AppMsg::NextSubject(forward) => self.next_subject(forward),
            AppMsg::Scrub(event) => self.scrub(&event),
            AppMsg::More => {
                self.send(Msg::Pause);
                self.float = Some(Float::More);
            }
            AppMsg::CloseFloat => self.float = None,
            AppMsg::SavePicture(kind) => {
                self.float = None;
                self.save_picture(kind);
            }
            AppMsg::Open(file) => {
                self.float = None;
                self.drag_over = false;
                read(file, self.emit.clone());
            }
            AppMsg::DragOver(over) => {
                let changed = self.drag_over != over;
                self.drag_over = over;
                return changed;
            }
            AppMsg::Second(event) if !self.point_beside(&event) => return false,
            AppMsg::Second(_) => {}
            AppMsg::Matrix(event) => self.ask_entry(&event),
            AppMsg::Diagram(did) => {
                if !self.diagram_did(&did) {
                    self.go_on();
                    return false;
                }
            }
            AppMsg::Describe => {
                self.describe();
                self.float = None;
            }
            AppMsg::Blur => {
                self.focused = None;
                self.paint_stage();
                return false;
            }
        }
        self.drawn = self.model.revision();
        self.painted.0 = u64::MAX;
        self.colours = self.theme();
        true
    }

    /// Hands `msg` to studio and carries out what it answers.
    pub(crate) fn send(&mut self, msg: Msg) {
        parts::prepare(&msg);
        let stays = matches!(
            msg,
            Msg::Tick { .. }
                | Msg::Join(_)
                | Msg::Socket(_)
                | Msg::Room(_)
                | Msg::SelectNode(_)
                | Msg::SelectMessage(_)
                | Msg::Slower
                | Msg::Faster
        );
        if self.float.is_some() && !stays {
            // A menu's button has done its work, but for the speed, which is pressed again and again; Escape closes the menu alone.
            self.float = None;
            if msg == Msg::Close {
                return;
            }
        }
        if !self.model.is_cutting() {
            self.line.clear();
        }
        let ticks = msg.is_machines();
        let (played, before) = (self.model.is_playing(), self.model.revision());
        let commands = self.model.update(msg);
        self.listening.mode.set(self.model.mode());
        self.carry_out(commands);
        // What stands still is described anew when it has changed, by whomever.
        let changed = self.model.revision() != before;
        if !self.model.is_playing() && (played || changed || !ticks) {
            self.describe();
        }
    }

    fn carry_out(&mut self, commands: Vec<Command>) {
        if let Some(opening) = &mut self.opening {
            // What was asked for first is done first.
            return opening.extend(commands);
        }
        for command in commands {
            if let Command::Film(command) = command {
                self.film(command);
            } else if let Command::Focus(_) = command {
                // What is to be focused may come with the next drawing.
                let emit = self.emit.clone();
                spawn_local(async move {
                    let _ = JsFuture::from(js_sys::Promise::resolve(&wasm_bindgen::JsValue::NULL))
                        .await;
                    browser::carry_out(command, &emit);
                });
            } else {
                browser::carry_out(command, &self.emit);
            }
        }
    }

    /// An animation frame: time goes on, the stage is painted. Says whether the panels must be drawn.
    fn frame(&mut self, time_ms: f64) -> bool {
        self.frames.came();
        let elapsed_ms = self.last_ms.map_or(0.0, |last| time_ms - last);
        self.last_ms = Some(time_ms);
        let elapsed_ms = if self.opened.waits(elapsed_ms) {
            0.0
        } else {
            elapsed_ms
        };
        self.send(Msg::Tick {
            elapsed_us_real: (elapsed_ms.max(0.0) * 1e3) as u64,
        });
        self.paint_stage_if_moved();
        self.go_on();
        if !self.has_panels() {
            self.alone -= 1;
            return self.has_panels();
        }
        let due = !self.model.is_playing() || time_ms - self.drawn_ms >= PANELS_MS;
        let draw = due && self.drawn != self.model.revision();
        if draw {
            self.drawn_ms = time_ms;
            self.drawn = self.model.revision();
        }
        draw
    }

    /// Asks for the next frame, if there is anything to do in it.
    fn go_on(&mut self) {
        if self.model.wants_ticks() || !self.has_panels() {
            self.frames.ask();
        } else {
            self.last_ms = None;
        }
    }

    /// Measures the surfaces; says whether any has changed.
    fn measure(&mut self) -> bool {
        // The stage chooses its own sizes of type; the others are drawn as on a laptop, and grow with the page.
        let zoom = page_zoom();
        let stage = if self.model.is_presenting() {
            zoom
        } else {
            1.0
        };
        let all = [
            self.stage.measure(stage),
            self.beside.measure(stage),
            self.diagram.measure(zoom),
            self.timeline.measure(zoom),
            self.matrix.measure(zoom),
        ];
        all.contains(&true)
    }

    /// Paints the stage, unless it would look as it does.
    fn paint_stage_if_moved(&mut self) {
        let play_us = if self.model.reduced_motion() {
            0.0
        } else {
            self.model.play_us()
        };
        let now = (self.model.revision(), play_us);
        if self.painted != now || self.model.diagram_waits() {
            self.painted = now;
            self.paint_stage();
        }
    }

    fn paint_all(&mut self) {
        self.painted = (self.model.revision(), self.model.play_us());
        self.paint_stage();
        self.paint_timeline();
        self.paint_matrix();
    }

    /// The title of a menu, as its button says it.
    pub(crate) fn menu_name(&self, menu: Menu) -> String {
        self.model.menu_button(menu).label
    }
}

/// Reads a file and hands it to studio: as its text, where it is one.
fn read(file: File, emit: Callback<Msg>) {
    spawn_local(async move {
        let name = file.name();
        let buffer = JsFuture::from(file.array_buffer()).await;
        let bytes = buffer.map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec());
        emit.emit(match String::from_utf8(bytes.unwrap_or_default()) {
            Ok(text) => Msg::OpenFile { name, text },
            Err(not_text) => Msg::OpenBytes {
                name,
                bytes: not_text.into_bytes(),
            },
        });
    });
}
