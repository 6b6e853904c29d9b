//! The presenter's window, and the large type of a presentation. The other half of `web/speaker.js`; what is shown, studio knows.

use crate::app::App;
use studio::{Msg, PresentMsg};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag};
use yew::Callback;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = synodSpeakerOpen)]
    fn synod_speaker_open(heard: &JsValue) -> bool;
    #[wasm_bindgen(js_name = synodSpeakerTell)]
    fn synod_speaker_tell(text: &str);
    #[wasm_bindgen(js_name = synodPresent)]
    fn synod_present(on: bool);
    #[wasm_bindgen(js_name = synodShow)]
    fn synod_show(blob: &Blob) -> bool;
}

/// Enters or leaves the large type.
pub(crate) fn present(on: bool) {
    synod_present(on);
}

/// Opens the presenter's window; its keys go to `emit`.
pub(crate) fn open(emit: &Callback<Msg>) {
    let heard = {
        let emit = emit.clone();
        Closure::<dyn FnMut(String)>::new(move |key: String| {
            emit.emit(Msg::Present(if key.is_empty() {
                PresentMsg::SpeakerClosed
            } else {
                PresentMsg::SpeakerKey(key)
            }));
        })
    };
    if !synod_speaker_open(&heard.into_js_value()) {
        emit.emit(Msg::Present(PresentMsg::SpeakerBlocked));
    }
}

/// Shows a document in a tab of its own; where the browser does not open one, it is saved.
pub(crate) fn show(name: &str, html: &str) {
    let parts = js_sys::Array::of1(&JsValue::from_str(html));
    let options = BlobPropertyBag::new();
    options.set_type("text/html;charset=utf-8");
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options)
        && !synod_show(&blob)
    {
        crate::browser::save(name, "text/html;charset=utf-8", html);
    }
}

impl App {
    /// Tells the presenter's window what it shows, if that has changed.
    pub(crate) fn tell_speaker(&mut self) {
        let now = self.model.speaker();
        if self.speaker == now {
            return;
        }
        if let Some(speaker) = &now {
            synod_speaker_tell(&speaker.json());
        }
        self.speaker = now;
    }
}
