//! Buttons and choices as studio describes them, as elements: every one has a name, a description and its message.

use crate::icon::Icon;
use studio::Msg;
use studio::show::{Button, Choice};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Where panels send what the reader did.
pub(crate) type Emit = Callback<Msg>;

/// A handler that sends `msg`.
pub(crate) fn on<E>(send: &Emit, msg: &Msg) -> Callback<E> {
    let (send, msg) = (send.clone(), msg.clone());
    Callback::from(move |_| send.emit(msg.clone()))
}

/// How a button looks.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Look {
    /// Its label alone.
    Words(&'static str),
    /// An icon and its label.
    Both(Icon, &'static str),
    /// An icon; the label is its name.
    Icon(Icon, &'static str),
}

/// A button. One that cannot be pressed keeps the focus, so that nobody is thrown out of where they are.
pub(crate) fn press(button: &Button, send: &Emit, look: Look) -> Html {
    let onclick: Callback<MouseEvent> = if button.enabled {
        on(send, &button.msg)
    } else {
        Callback::noop()
    };
    named(button, onclick, look, None)
}

/// A button with its own handler; `id` where it must be found again.
pub(crate) fn named(
    button: &Button,
    onclick: Callback<MouseEvent>,
    look: Look,
    id: Option<&'static str>,
) -> Html {
    let title = match (button.help.is_empty(), button.key) {
        (true, "") => String::new(),
        (true, key) => format!("{} ({key})", button.label),
        (false, "") => button.help.clone(),
        (false, key) => format!("{} ({key})", button.help),
    };
    let (icon, class, words) = match look {
        Look::Words(class) => (None, class, true),
        Look::Both(icon, class) => (Some(icon), class, true),
        Look::Icon(icon, class) => (Some(icon), class, false),
    };
    let label = (!words).then(|| button.label.clone());
    html! {
        <button type="button" {id} class={classes!(class, (!words).then_some("icon"))} {onclick}
            title={(!title.is_empty()).then_some(title)}
            aria-label={label}
            aria-disabled={(!button.enabled).then_some("true")}
            aria-pressed={button.pressed.map(|on| if on { "true" } else { "false" })}>
            { icon.map(Icon::draw).unwrap_or_default() }
            if words { <span>{ &button.label }</span> }
        </button>
    }
}

/// A drop-down list that sends the chosen one's message.
pub(crate) fn select(
    choices: &[Choice],
    send: &Emit,
    name: &str,
    class: &'static str,
    id: Option<&'static str>,
) -> Html {
    let messages: Vec<(String, Msg)> = choices
        .iter()
        .map(|choice| (choice.value.clone(), choice.msg.clone()))
        .collect();
    let send = send.clone();
    let onchange = Callback::from(move |event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        if let Some((_, msg)) = messages.iter().find(|(value, _)| *value == chosen) {
            send.emit(msg.clone());
        }
    });
    html! {
        <select {id} {class} aria-label={name.to_owned()} {onchange}>
            { for choices.iter().map(|choice| html! {
                <option value={choice.value.clone()} selected={choice.chosen}>{ &choice.label }</option>
            }) }
        </select>
    }
}

/// A group of which one is chosen, as radio buttons in a row: arrow keys move, as everywhere.
pub(crate) fn radios(choices: &[Choice], send: &Emit, name: &str, class: &'static str) -> Html {
    let onkeydown = Callback::from(|event: KeyboardEvent| roving(&event));
    let some = choices.iter().any(|choice| choice.chosen);
    html! {
        <div role="radiogroup" aria-label={name.to_owned()} {class} {onkeydown}>
            { for choices.iter().enumerate().map(|(place, choice)| {
                let reachable = choice.chosen || (!some && place == 0);
                html! {
                    <button type="button" role="radio" key={choice.value.clone()}
                        aria-checked={if choice.chosen { "true" } else { "false" }}
                        tabindex={if reachable { "0" } else { "-1" }}
                        title={(!choice.help.is_empty()).then(|| choice.help.clone())}
                        onclick={on(send, &choice.msg)}>{ &choice.label }</button>
                }
            }) }
        </div>
    }
}

/// Arrow keys in a row or column of buttons: the focus moves to the neighbour, which acts if it is a tab or a radio button.
pub(crate) fn roving(event: &KeyboardEvent) {
    let forward = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => Some(true),
        "ArrowLeft" | "ArrowUp" => Some(false),
        _ => None,
    };
    let (Some(forward), Some(focused)) = (forward, event.target_dyn_into::<web_sys::HtmlElement>())
    else {
        return;
    };
    event.prevent_default();
    event.stop_propagation();
    let Some(parent) = focused.parent_element() else {
        return;
    };
    let next = if forward {
        focused
            .next_element_sibling()
            .or_else(|| parent.first_element_child())
    } else {
        focused
            .previous_element_sibling()
            .or_else(|| parent.last_element_child())
    };
    if let Some(next) =
        next.and_then(|next| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(next).ok())
    {
        let _ = next.focus();
        next.click();
    }
}

/// A switch that sends one of two messages.
pub(crate) fn checkbox(
    on_now: bool,
    label: &str,
    send: &Emit,
    msg: impl Fn(bool) -> Msg + 'static,
) -> Html {
    let send = send.clone();
    let onchange = Callback::from(move |event: Event| {
        send.emit(msg(event
            .target_unchecked_into::<HtmlInputElement>()
            .checked()));
    });
    html! {
        <label class="row"><input type="checkbox" checked={on_now} {onchange} />{ " " }{ label.to_owned() }</label>
    }
}
