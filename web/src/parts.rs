//! The parts of the page's wasm: what of it may not be here yet, and having it brought.
//!
//! Code that comes later is brought by itself when it is called. Texts are not: a message that may lead to words or runs which the
//! opening does not show has them brought first.

use studio::Msg;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = synodWhole)]
    fn synod_whole();
}

/// Has everything brought that `msg` may need. Does nothing once all parts are here.
pub(crate) fn prepare(msg: &Msg) {
    if !keeps_to_the_opening(msg) {
        synod_whole();
    }
}

/// Whether `msg` leads to no protocol, language or scenario but those that are shown.
const fn keeps_to_the_opening(msg: &Msg) -> bool {
    matches!(
        msg,
        Msg::Tick { .. }
            | Msg::PlayPause
            | Msg::Pause
            | Msg::Step
            | Msg::Back
            | Msg::NextMoment
            | Msg::PreviousMoment
            | Msg::Slower
            | Msg::Faster
            | Msg::SetSpeed(_)
            | Msg::SelectNode(_)
            | Msg::SelectMessage(_)
            | Msg::MoveNode { .. }
            | Msg::Tab(_)
            | Msg::Sheet(_)
            | Msg::Close
            | Msg::Why
            | Msg::ReducedMotion(_)
            | Msg::DismissToast
            | Msg::Done(_)
    )
}
