//! The notice that stands before all else: a bad link and its like.

use crate::press::{Emit, Look, press};
use studio::show;
use yew::prelude::*;

/// A bad link and its like: what, where, and ways on.
pub(crate) fn notice(notice: Option<&show::Notice>, emit: &Emit) -> Html {
    let Some(notice) = notice else {
        return Html::default();
    };
    html! {
        <div class="float banner" role="alert">
            <h2>{ &notice.title }</h2>
            <p>{ &notice.detail }</p>
            if !notice.list.is_empty() {
                <ul>{ for notice.list.iter().map(|what| html! { <li>{ what }</li> }) }</ul>
            }
            <p>{ &notice.cure }</p>
            <div class="acts">
                { for notice.buttons.iter().rev().map(|button| press(button, emit, Look::Words("outlined"))) }
            </div>
        </div>
    }
}
