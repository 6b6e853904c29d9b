//! The native dialog: it traps the focus, closes with Escape or a click beside it, and gives the focus back.

use crate::icon::Icon;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Its title, and its accessible name.
    pub(crate) title: String,
    /// What closes it is called.
    pub(crate) close: &'static str,
    /// How it looks: in the middle, or a menu at a corner or a point.
    #[prop_or_default]
    pub(crate) class: &'static str,
    /// Where a menu opens, as CSS.
    #[prop_or_default]
    pub(crate) style: Option<String>,
    /// It was closed by the reader.
    pub(crate) onclose: Callback<()>,
    pub(crate) children: Html,
}

#[component]
pub(crate) fn Dialog(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        let is_menu = !props.class.is_empty();
        use_effect_with((), move |()| {
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                let _ = dialog.show_modal();
                if is_menu {
                    focus_first(dialog);
                }
            }
            // Closing it before it leaves the page gives the focus back to where it was.
            move || {
                if let Some(dialog) = dialog {
                    dialog.close();
                }
            }
        });
    }
    let oncancel = {
        let onclose = props.onclose.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            onclose.emit(());
        })
    };
    let onclick = {
        let (onclose, node) = (props.onclose.clone(), node.clone());
        Callback::from(move |event: MouseEvent| {
            // Only the backdrop's clicks have the dialog itself as their target.
            let beside = event.target().is_some_and(|target| {
                target.dyn_ref::<HtmlDialogElement>() == node.cast().as_ref()
            });
            if beside {
                onclose.emit(());
            }
        })
    };
    let close = {
        let onclose = props.onclose.clone();
        Callback::from(move |_: MouseEvent| onclose.emit(()))
    };
    html! {
        <dialog ref={node} class={props.class} style={props.style.clone()} aria-label={props.title.clone()} {oncancel} {onclick}>
            <header>
                <h2>{ &props.title }</h2>
                <button type="button" class="icon" aria-label={props.close} onclick={close}>{ Icon::CLOSE.draw() }</button>
            </header>
            <div class="body">{ props.children.clone() }</div>
        </dialog>
    }
}

/// In a menu the first entry has the focus, not the button that closes it.
fn focus_first(dialog: &HtmlDialogElement) {
    let first = dialog.query_selector(".items button").ok().flatten();
    if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        let _ = first.focus();
    }
}
