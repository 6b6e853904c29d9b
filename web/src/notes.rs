//! What the page says about itself: the toast with its Undo, and the notice that stands before all else.

use crate::icon::Icon;
use crate::press::{Emit, Look, press};
use studio::show;
use yew::prelude::*;

/// What was just done, or could not be.
pub(crate) fn toast(toast: Option<&show::Toast>, emit: &Emit) -> Html {
    let Some(toast) = toast else {
        return Html::default();
    };
    html! {
        <div class="toasts">
            <div class="toast">
                <span>{ &toast.sentence }</span>
                if let Some(undo) = &toast.undo { { press(undo, emit, Look::Words("")) } }
                { press(&toast.dismiss, emit, Look::Icon(Icon::CLOSE, "")) }
            </div>
        </div>
    }
}

/// A bad link and its like: what, where, and ways on.
pub(crate) fn notice(notice: Option<&show::Notice>, emit: &Emit) -> Html {
    let Some(notice) = notice else {
        return Html::default();
    };
    html! {
        <div class="float banner" role="alert">
            <h2>{ &notice.title }</h2>
            <p>{ &notice.detail }</p>
            <p>{ &notice.cure }</p>
            <div class="acts">
                { for notice.buttons.iter().rev().map(|button| press(button, emit, Look::Words("outlined"))) }
            </div>
        </div>
    }
}
