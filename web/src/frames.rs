//! Animation frames and sizes: the browser's callbacks, each made once and kept.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver};
use yew::Callback;

/// Asks for animation frames, one at a time and only when told to.
pub(crate) struct Frames {
    callback: Closure<dyn FnMut(f64)>,
    waiting: bool,
}

impl Frames {
    /// Each frame calls `on_frame` with its time in milliseconds.
    pub(crate) fn new(on_frame: Callback<f64>) -> Self {
        Self {
            callback: Closure::new(move |time| on_frame.emit(time)),
            waiting: false,
        }
    }

    /// Asks for the next frame, unless one is on its way.
    pub(crate) fn ask(&mut self) {
        if self.waiting {
            return;
        }
        let asked = web_sys::window()
            .map(|window| window.request_animation_frame(self.callback.as_ref().unchecked_ref()));
        self.waiting = matches!(asked, Some(Ok(_)));
    }

    /// A frame has come.
    pub(crate) const fn came(&mut self) {
        self.waiting = false;
    }
}

/// Tells when an element gets another size.
pub(crate) struct Sizes {
    observer: Option<ResizeObserver>,
    seen: Vec<Element>,
    _callback: Closure<dyn FnMut()>,
}

impl Sizes {
    /// Each change calls `on_change`.
    pub(crate) fn new(on_change: Callback<()>) -> Self {
        let callback = Closure::<dyn FnMut()>::new(move || on_change.emit(()));
        Self {
            observer: ResizeObserver::new(callback.as_ref().unchecked_ref()).ok(),
            seen: Vec::new(),
            _callback: callback,
        }
    }

    /// Watches exactly these elements. Says whether one is new.
    pub(crate) fn watch(&mut self, elements: Vec<Element>) -> bool {
        if self.seen == elements {
            return false;
        }
        let Some(observer) = &self.observer else {
            return false;
        };
        for gone in self.seen.iter().filter(|seen| !elements.contains(seen)) {
            observer.unobserve(gone);
        }
        for new in elements.iter().filter(|new| !self.seen.contains(new)) {
            observer.observe(new);
        }
        self.seen = elements;
        true
    }
}

impl Drop for Sizes {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}
