//! Workers that run this page's own wasm: jobs go out as text, answers come back as text.
//!
//! `web/crew.js` starts them and passes the texts on. What a job is, studio knows.

use studio::{CrewCommand, FindMsg, Msg};
use wasm_bindgen::prelude::*;
use yew::Callback;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = synodCrew)]
    fn synod_crew(most: u32, heard: &JsValue);
    #[wasm_bindgen(js_name = synodGive)]
    fn synod_give(worker: u32, job: &str);
    #[wasm_bindgen(js_name = synodDismiss)]
    fn synod_dismiss();
    /// Only where a worker runs.
    #[wasm_bindgen(js_name = synodTell)]
    fn synod_tell(told: &str);
}

/// Does a job: what a worker calls.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn work(job: &str) -> String {
    studio::work(job, &mut |told| synod_tell(&told))
}

/// Carries out `command`; what the workers say goes to `emit`.
pub(crate) fn carry_out(command: CrewCommand, emit: &Callback<Msg>) {
    match command {
        CrewCommand::Hire { most } => {
            let emit = emit.clone();
            let heard = move |worker: u32, kind: String, text: String| {
                let msg = match kind.as_str() {
                    "ready" => FindMsg::Ready(worker),
                    "answer" => FindMsg::Answer { worker, text },
                    "told" => FindMsg::Told { worker, text },
                    _ => FindMsg::Failed { worker, why: text },
                };
                emit.emit(Msg::Find(msg));
            };
            let heard = Closure::<dyn FnMut(u32, String, String)>::new(heard);
            synod_crew(most, &heard.into_js_value());
        }
        CrewCommand::Give { worker, job } => synod_give(worker, &job),
        CrewCommand::Dismiss => synod_dismiss(),
    }
}
