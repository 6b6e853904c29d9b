//! The *History* tab: what holds of all that clients called, why it fails where it does, and the calls as a picture whose parts
//! lead to their events.

use crate::figure::Drawing;
use crate::press::{Emit, Look, on, press};
use crate::words::Words;
use studio::show::{History, HistoryAnswer};
use yew::prelude::*;

/// The history.
#[inline(never)]
pub(crate) fn history(shown: &History, words: &Words, emit: &Emit) -> Html {
    let bar = [&shown.failure, &shown.earlier, &shown.later, &shown.follow];
    html! {
        <div class="history">
            <p class={classes!("holds", shown.broken.then_some("broken"))} id="holds">
                if shown.broken { <span class="verdict broken">{ "✗" }</span>{ " " } }
                { &shown.verdict }
            </p>
            if !shown.answers.is_empty() {
                <ol class="answers" aria-labelledby="holds">
                    { for shown.answers.iter().map(|one| answer(one, words, emit)) }
                </ol>
            }
            if let Some(figure) = &shown.figure {
                <div class="bar">
                    <span class="soft number">{ &shown.range }</span>
                    { for bar.into_iter().flatten().map(|button| press(button, emit, Look::Words("outlined small"))) }
                </div>
                <Drawing figure={figure.clone()} acts={shown.parts.clone()} emit={emit.clone()} cursor={Some(shown.cursor)} />
                <p class="soft">{ &shown.legend }</p>
            }
        </div>
    }
}

fn answer(answer: &HistoryAnswer, words: &Words, emit: &Emit) -> Html {
    html! {
        <li key={answer.call}>
            <button type="button" onclick={on::<MouseEvent>(emit, &answer.msg)} title={words.go_there}
                aria-current={answer.current.then_some("step")}>
                <span>{ &answer.sentence }</span>
                <span class="when">{ &answer.time }</span>
            </button>
        </li>
    }
}
