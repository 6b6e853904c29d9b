//! Keys: what has the focus, so that studio can say what a key does; and the few that only the stage knows.

use crate::app::AppMsg;
use studio::{Focus, Mode, Msg, Press, WhyOf};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// What a key does while the page is at `mode`. `None` leaves the key to the browser.
pub(crate) fn message(event: &KeyboardEvent, mode: Mode) -> Option<AppMsg> {
    let key = event.key();
    let press = Press {
        key: &key,
        shift: event.shift_key(),
        command: event.ctrl_key() || event.meta_key(),
        alt: event.alt_key(),
    };
    let (focus, on_lever) = focus(event);
    // A row's buttons know their own Enter and Space; letters act upon the row.
    if on_lever && matches!(press.key, "Enter" | " ") {
        return None;
    }
    if mode.letters && press.key == "w" && !press.command && !press.alt {
        // A row of the events list asks about itself.
        if let Some(step) = listed(event) {
            return Some(AppMsg::Studio(Msg::WhyOf(WhyOf::Event(step))));
        }
    }
    if focus == Focus::Stage && !press.command && !press.alt {
        match press.key {
            "Enter" | "ContextMenu" => return Some(AppMsg::MenuOfSelected),
            "ArrowDown" => return Some(AppMsg::NextSubject(true)),
            "ArrowUp" => return Some(AppMsg::NextSubject(false)),
            _ => {}
        }
    }
    studio::key(press, focus, mode).map(AppMsg::Studio)
}

/// The step of the row of the events list that has the focus.
fn listed(event: &KeyboardEvent) -> Option<u64> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    let row = element.closest(".log [data-step]").ok().flatten()?;
    row.get_attribute("data-step")?.parse().ok()
}

/// What has the focus, and whether it is a button of a row of *Up next*.
fn focus(event: &KeyboardEvent) -> (Focus, bool) {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let Some(element) = target else {
        return (Focus::Page, false);
    };
    let within = |selector| element.closest(selector).ok().flatten().is_some();
    let focus = if within("dialog") {
        Focus::Menu
    } else if within("input:not([type=checkbox]), textarea") {
        Focus::Text
    } else if within("#stage") {
        Focus::Stage
    } else if within("#diagram") {
        Focus::Diagram
    } else if within("#up-next") {
        Focus::UpNext
    } else if within("select, [role=tab], [role=radio], [role=slider]") {
        Focus::Arrows
    } else if within("button, summary, a, input") {
        Focus::Button
    } else {
        Focus::Page
    };
    (focus, within("#up-next .acts"))
}
