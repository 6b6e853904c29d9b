//! An animation: its dialog, and the page's part in making it. `web/film.js` puts the pictures together.

use crate::app::App;
use crate::painter::Painter;
use crate::press::{Emit, Look, press, select};
use crate::transport::speed;
use scene::{Scene, Size};
use studio::show::{Choices, Film, Transport};
use studio::{FilmCommand, FilmMsg, Msg};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = synodFilmBegin)]
    fn synod_film_begin() -> js_sys::Promise;
    /// Only once it is begun; resolves with how many bytes it has.
    #[wasm_bindgen(js_namespace = synodFilm, js_name = finish)]
    fn synod_film_finish(name: &str) -> js_sys::Promise;
    #[wasm_bindgen(js_name = synodFilmDrop)]
    fn synod_film_drop();
}

/// The stage of a picture in CSS pixels; beneath it there is room for the sentence.
const STAGE: Size = Size { w: 960.0, h: 468.0 };
/// Pixels of a picture to a CSS pixel: 1280 of them across.
const RATIO: f64 = 4.0 / 3.0;

/// What the pictures of an animation are drawn with.
#[derive(Default)]
pub(crate) struct Reel {
    scene: Scene,
    painter: Painter,
}

impl App {
    /// Carries out what an animation asks for.
    #[inline(never)]
    pub(crate) fn film(&mut self, command: FilmCommand) {
        match command {
            FilmCommand::Begin => {
                self.film = Some(Box::default());
                self.answer(synod_film_begin(), |_| FilmMsg::Next);
            }
            FilmCommand::Draw => {
                let (Some(reel), colours) = (&mut self.film, self.colours) else {
                    return;
                };
                let scene = &mut reel.scene;
                let drawn = self.model.film_picture(STAGE, |input| scene.stage(input));
                if let Some((caption, ())) = drawn {
                    let kept = reel.painter.film(&reel.scene, colours, RATIO, &caption);
                    self.answer(kept, |_| FilmMsg::Next);
                }
            }
            FilmCommand::Finish(name) => {
                self.film = None;
                let bytes = |value: JsValue| value.as_f64().unwrap_or(0.0) as u64;
                self.answer(synod_film_finish(&name), move |value| {
                    FilmMsg::Kept(bytes(value))
                });
            }
            FilmCommand::Drop => {
                self.film = None;
                synod_film_drop();
            }
        }
    }

    /// Tells studio what came of a promise.
    fn answer(&self, promise: js_sys::Promise, done: impl FnOnce(JsValue) -> FilmMsg + 'static) {
        let emit = self.emit.clone();
        spawn_local(async move {
            emit.emit(Msg::Film(match JsFuture::from(promise).await {
                Ok(value) => done(value),
                Err(error) => {
                    let error = error.dyn_ref::<js_sys::Error>();
                    let why = error.map(|error| String::from(error.message()));
                    FilmMsg::Failed(why.unwrap_or_default())
                }
            }));
        });
    }
}

/// What stands inside its dialog.
pub(crate) fn film(film: &Film, transport: &Transport, emit: &Emit) -> Html {
    html! {
        <div class="film">
            <p class="soft">{ &film.about }</p>
            <fieldset class="fields" disabled={film.progress.is_some()}>
                { choice("film-from", &film.from, emit) }
                { choice("film-pictures", &film.pictures, emit) }
                <div class="speed">{ speed(transport, emit) }</div>
            </fieldset>
            <p role="status">{ &film.note }</p>
            <div class="row">
                if let Some(make) = &film.make { { press(make, emit, Look::Words("primary")) } }
                if let Some(cancel) = &film.cancel { { press(cancel, emit, Look::Words("outlined")) } }
                if let Some(mark) = &film.mark { { press(mark, emit, Look::Words("outlined")) } }
            </div>
            if let Some((drawn, all, sentence)) = &film.progress {
                <div class="row">
                    <progress max={all.to_string()} value={drawn.to_string()} aria-label={sentence.clone()}></progress>
                    <span class="number">{ sentence }</span>
                </div>
            }
            if !film.end.is_empty() { <p>{ &film.end }</p> }
        </div>
    }
}

fn choice(id: &'static str, choices: &Choices, emit: &Emit) -> Html {
    html! {
        <div class="control">
            <label for={id}>{ &choices.label }</label>
            <div class="field">{ select(&choices.choices, emit, &choices.label, "outlined", Some(id)) }</div>
        </div>
    }
}
