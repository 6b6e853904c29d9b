//! The page: Yew over studio. Paints the stage, shows the panels, translates input into messages and commands into deeds.
//!
//! It decides nothing about a run: what is shown and what a message means is studio's.

mod app;
mod app_view;
mod beside;
mod browser;
mod caption;
mod crew;
mod diagram;
mod dialog;
mod dock;
mod events;
mod figure;
mod film;
mod find;
mod frames;
mod from_here;
mod gallery;
mod header;
mod history;
mod icon;
mod input;
mod join;
mod keys;
mod menus;
mod node;
mod notes;
mod painter;
mod parts;
mod pictures;
mod pointer;
mod press;
mod room;
mod settings;
mod sockets;
mod speaker;
mod surface;
mod tools;
mod transport;
mod up_next;
mod why;
mod words;

use wasm_bindgen::prelude::*;
use web_sys::CustomEventInit;

fn main() {
    yew::set_custom_panic_hook(Box::new(|panic| tell("synod-broken", &panic.to_string())));
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"));
    if let Some(root) = root {
        yew::Renderer::<app::App>::with_root(root).render();
        tell("synod-started", "");
    }
}

/// Tells `web/boot.js`, which stands outside the wasm and outlives it.
fn tell(event: &str, detail: &str) {
    let options = CustomEventInit::new();
    options.set_detail(&JsValue::from_str(detail));
    if let (Some(window), Ok(event)) = (
        web_sys::window(),
        web_sys::CustomEvent::new_with_event_init_dict(event, &options),
    ) {
        let _ = window.dispatch_event(&event);
    }
}
