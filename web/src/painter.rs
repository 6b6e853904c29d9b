//! The painter: a [`Scene`] to a canvas, as numbers in one buffer that `web/paint.js` executes in one call.
//!
//! A call from wasm for each circle, and a fresh string for each label, would cost more than the drawing: strings cross
//! once and are then known by number. It knows nothing of what a scene shows.

use scene::{Align, Dash, Face, Ink, Item, Paint, Scene, Shape, Theme};
use std::f64::consts::FRAC_PI_2;
use studio::FilmCaption;
use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = synodPaint)]
    fn synod_paint(
        canvas: &HtmlCanvasElement,
        width: f64,
        height: f64,
        ratio: f64,
        commands: &[f32],
        texts: &js_sys::Array,
        fonts: &js_sys::Array,
        colours: &js_sys::Array,
    );
    #[wasm_bindgen(js_name = synodPicture)]
    fn synod_picture(
        name: &str,
        width: f64,
        height: f64,
        ratio: f64,
        commands: &[f32],
        texts: &js_sys::Array,
        fonts: &js_sys::Array,
        colours: &js_sys::Array,
    );
    /// Only once the animation is begun.
    #[wasm_bindgen(js_namespace = synodFilm, js_name = draw)]
    fn synod_film_draw(
        width: f64,
        height: f64,
        ratio: f64,
        commands: &[f32],
        texts: &js_sys::Array,
        fonts: &js_sys::Array,
        colours: &js_sys::Array,
        sentence: &str,
        clock: &str,
        ms: u32,
    ) -> js_sys::Promise;
}

/// The commands, as `web/paint.js` knows them.
mod op {
    pub(super) const FILL: f32 = 0.0;
    pub(super) const STROKE: f32 = 1.0;
    pub(super) const WIDTH: f32 = 2.0;
    pub(super) const DASH: f32 = 3.0;
    pub(super) const OPACITY: f32 = 4.0;
    pub(super) const FONT: f32 = 5.0;
    pub(super) const ALIGN: f32 = 6.0;
    pub(super) const DISC: f32 = 7.0;
    pub(super) const BOX: f32 = 8.0;
    pub(super) const PATH: f32 = 9.0;
    pub(super) const LINES: f32 = 10.0;
    pub(super) const ARC: f32 = 11.0;
    pub(super) const TEXT: f32 = 12.0;
}

/// What the canvas is set to, so that only changes cross.
#[derive(Default)]
struct State {
    fill: Option<Ink>,
    stroke: Option<Ink>,
    width: Option<f64>,
    dash: Option<Option<[f64; 2]>>,
    opacity: Option<f64>,
    font: Option<usize>,
    align: Option<Align>,
    /// Where the last `LINES` command has its count, and the paint it was begun with: the next line may join it.
    lines: Option<(usize, Paint)>,
}

/// One canvas's painter. Keep it as long as its scene.
#[derive(Default)]
pub(crate) struct Painter {
    commands: Vec<f32>,
    texts: js_sys::Array,
    known: Vec<bool>,
    generation: u32,
    fonts: js_sys::Array,
    font_keys: Vec<(Face, u32)>,
    colours: js_sys::Array,
    theme: Option<&'static Theme>,
}

impl Painter {
    /// Paints `scene` over the whole of `canvas`, `ratio` device pixels to a CSS pixel.
    pub(crate) fn paint(
        &mut self,
        canvas: &HtmlCanvasElement,
        scene: &Scene,
        theme: &'static Theme,
        ratio: f64,
    ) {
        self.write(scene, theme);
        let size = scene.size();
        synod_paint(
            canvas,
            size.w,
            size.h,
            ratio,
            &self.commands,
            &self.texts,
            &self.fonts,
            &self.colours,
        );
    }

    /// Offers `scene` as a PNG file, `ratio` pixels to a CSS pixel.
    pub(crate) fn picture(&mut self, name: &str, scene: &Scene, theme: &'static Theme, ratio: f64) {
        self.write(scene, theme);
        let size = scene.size();
        synod_picture(
            name,
            size.w,
            size.h,
            ratio,
            &self.commands,
            &self.texts,
            &self.fonts,
            &self.colours,
        );
    }

    /// Draws `scene` for an animation, `ratio` pixels to a CSS pixel, and resolves once it is kept.
    #[inline(never)]
    pub(crate) fn film(
        &mut self,
        scene: &Scene,
        theme: &'static Theme,
        ratio: f64,
        caption: &FilmCaption,
    ) -> js_sys::Promise {
        self.write(scene, theme);
        let size = scene.size();
        synod_film_draw(
            size.w,
            size.h,
            ratio,
            &self.commands,
            &self.texts,
            &self.fonts,
            &self.colours,
            &caption.sentence,
            &caption.clock,
            caption.ms,
        )
    }

    /// Writes the commands of a scene.
    fn write(&mut self, scene: &Scene, theme: &'static Theme) {
        if self.theme != Some(theme) {
            self.theme = Some(theme);
            self.colours = theme
                .table()
                .iter()
                .map(|css| JsValue::from_str(css))
                .collect();
        }
        if self.generation != scene.text_generation() {
            self.generation = scene.text_generation();
            self.known.clear();
            self.texts = js_sys::Array::new();
        }
        self.commands.clear();
        let mut state = State::default();
        let size = scene.size();
        self.set(&mut state, &Paint::fill(Ink::Paper));
        self.push(&[op::BOX, 0.0, 0.0, size.w as f32, size.h as f32, 0.0, 1.0]);
        for item in scene.items() {
            self.item(&mut state, scene, item);
        }
    }

    fn item(&mut self, state: &mut State, scene: &Scene, item: &Item) {
        let paint = &item.paint;
        let how = f32::from(u8::from(paint.fill.is_some()) + 2 * u8::from(paint.stroke.is_some()));
        let joined = self.join(state, item);
        if how == 0.0 || joined {
            return;
        }
        state.lines = None;
        self.set(state, paint);
        match item.shape {
            Shape::Disc { at, r } => {
                self.push(&[op::DISC, at.x as f32, at.y as f32, r as f32, how])
            }
            Shape::Box { rect, radius } => {
                self.push(&[
                    op::BOX,
                    rect.x as f32,
                    rect.y as f32,
                    rect.w as f32,
                    rect.h as f32,
                    radius as f32,
                    how,
                ]);
            }
            Shape::Line { from, to } => {
                state.lines = Some((self.commands.len() + 1, *paint));
                self.push(&[
                    op::LINES,
                    4.0,
                    from.x as f32,
                    from.y as f32,
                    to.x as f32,
                    to.y as f32,
                ]);
            }
            Shape::Path { points, closed } => {
                let points = scene.points(points);
                if points.is_empty() {
                    return;
                }
                let closed = f32::from(u8::from(closed));
                self.push(&[op::PATH, how, closed, points.len() as f32]);
                self.commands
                    .extend(points.iter().flat_map(|p| [p.x as f32, p.y as f32]));
            }
            Shape::Lines { points } => {
                let points = scene.points(points);
                self.push(&[op::LINES, 2.0 * points.len() as f32]);
                self.commands
                    .extend(points.iter().flat_map(|p| [p.x as f32, p.y as f32]));
            }
            Shape::Arc {
                at,
                r,
                start,
                sweep,
            } => {
                // The canvas counts from three o'clock.
                let start = start - FRAC_PI_2;
                let end = start + sweep;
                self.push(&[
                    op::ARC,
                    at.x as f32,
                    at.y as f32,
                    r as f32,
                    start as f32,
                    end as f32,
                ]);
            }
            Shape::Text {
                at,
                text,
                size,
                align,
                face,
            } => {
                self.font(state, face, size);
                if state.align != Some(align) {
                    state.align = Some(align);
                    let number = match align {
                        Align::Start => 0.0,
                        Align::Middle => 1.0,
                        Align::End => 2.0,
                    };
                    self.push(&[op::ALIGN, number]);
                }
                let index = text.0 as usize;
                if self.known.len() <= index {
                    self.known.resize(index + 1, false);
                }
                if !self.known[index] {
                    self.known[index] = true;
                    self.texts.set(text.0, JsValue::from_str(scene.text(text)));
                }
                self.push(&[op::TEXT, at.x as f32, at.y as f32, text.0 as f32, how]);
            }
        }
    }

    /// Adds a line to the stroke before it, if both are opaque and painted alike. Says whether it did.
    fn join(&mut self, state: &State, item: &Item) -> bool {
        let (Some((count, paint)), Shape::Line { from, to }) = (state.lines, item.shape) else {
            return false;
        };
        if paint != item.paint || paint.opacity < 1.0 {
            return false;
        }
        self.commands[count] += 4.0;
        self.push(&[from.x as f32, from.y as f32, to.x as f32, to.y as f32]);
        true
    }

    /// Sets what differs from the paint before.
    fn set(&mut self, state: &mut State, paint: &Paint) {
        if state.opacity != Some(paint.opacity) {
            state.opacity = Some(paint.opacity);
            self.push(&[op::OPACITY, paint.opacity as f32]);
        }
        if paint.fill.is_some() && state.fill != paint.fill {
            state.fill = paint.fill;
            self.push(&[op::FILL, paint.fill.map_or(0.0, |ink| ink.index() as f32)]);
        }
        let Some(stroke) = paint.stroke else { return };
        if state.stroke != Some(stroke) {
            state.stroke = Some(stroke);
            self.push(&[op::STROKE, stroke.index() as f32]);
        }
        if state.width != Some(paint.width) {
            state.width = Some(paint.width);
            self.push(&[op::WIDTH, paint.width as f32]);
        }
        let dash = match paint.dash {
            Dash::Solid => None,
            dash => dash.pattern(paint.width),
        };
        if state.dash != Some(dash) {
            state.dash = Some(dash);
            let [ink, gap] = dash.unwrap_or_default();
            self.push(&[op::DASH, ink as f32, gap as f32]);
        }
    }

    fn font(&mut self, state: &mut State, face: Face, size: f64) {
        // Half pixels are as fine as type is set.
        let key = (face, (size * 2.0) as u32);
        let known = self.font_keys.iter().position(|known| *known == key);
        let index = known.unwrap_or_else(|| {
            let css = format!("{} {size}px {}", face.weight(), face.family());
            self.fonts.push(&JsValue::from_str(&css));
            self.font_keys.push(key);
            self.font_keys.len() - 1
        });
        if state.font != Some(index) {
            state.font = Some(index);
            self.push(&[op::FONT, index as f32]);
        }
    }

    fn push(&mut self, numbers: &[f32]) {
        self.commands.extend_from_slice(numbers);
    }
}
