//! The *Why?* tab: what led to what is asked about, newest first; each step is a button that goes there.

use crate::press::{Emit, Look, on, press};
use crate::words::Words;
use studio::show::{Why, WhyLink};
use yew::prelude::*;

/// The question and its answer.
#[inline(never)]
pub(crate) fn why(why: &Why, words: &Words, emit: &Emit) -> Html {
    html! {
        <div class={classes!("why-answer", why.links.is_empty().then_some("bare"))}>
            <h2 id="question">{ &why.question }</h2>
            <div class="bar">
                { for why.back.iter().chain(&why.only).chain([&why.close]).map(|button| press(button, emit, Look::Words("outlined small"))) }
            </div>
            if !why.links.is_empty() {
                <ol class="causes" aria-labelledby="question">
                    { for why.links.iter().map(|one| link(one, words, emit)) }
                </ol>
            }
            if !why.note.is_empty() { <p class="soft">{ &why.note }</p> }
        </div>
    }
}

fn link(link: &WhyLink, words: &Words, emit: &Emit) -> Html {
    html! {
        <li key={link.step}>
            if !link.tie.is_empty() { <p class="tie">{ &link.tie }</p> }
            <button type="button" class="cause" onclick={on::<MouseEvent>(emit, &link.msg)}
                title={words.go_there} aria-current={link.current.then_some("step")}>
                <span class="when">{ &link.time }<br />{ &link.place }</span>
                <span>{ &link.sentence }</span>
            </button>
            if !link.source.is_empty() {
                <p class="source">{ &link.source }if !link.rule.is_empty() { { " · " }{ &link.rule } }</p>
            }
            if !link.origin.is_empty() { <p class="source">{ &link.origin }</p> }
        </li>
    }
}
