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
    #[wasm_bindgen(js_name = synodComes)]
    fn synod_comes() -> bool;
}

/// What the first part holds is what so much of the home run needs, in milliseconds: `web/tests/marks.mjs` watches somewhat more.
const OPENING_MS: f64 = 2_000.0;
/// A frame that took longer was not watched.
const FRAME_MS_MAX: f64 = 100.0;

/// How far the opening is, and whether the rest has come.
#[derive(Default)]
pub(crate) struct Opening {
    played_ms: f64,
    over: bool,
}

impl Opening {
    /// A frame of so many milliseconds is to be played: whether the page had better stand still, because what comes next may need
    /// what is still on its way. Whoever calls for it sooner waits for it, and nothing can be drawn meanwhile.
    pub(crate) fn waits(&mut self, elapsed_ms: f64) -> bool {
        if self.over {
            return false;
        }
        if self.played_ms >= OPENING_MS {
            // What failed to come is called for, and then it is said.
            self.over = !synod_comes();
            return !self.over;
        }
        self.played_ms += elapsed_ms.clamp(0.0, FRAME_MS_MAX);
        false
    }
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
