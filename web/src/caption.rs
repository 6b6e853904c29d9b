//! The caption: the sentence of this moment, its source, *Why?*, what the reader is invited to do, and the place in a story.

use crate::icon::Icon;
use crate::press::{Emit, Look, on, press};
use crate::words::Words;
use studio::Msg;
use studio::show;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub(crate) caption: show::Caption,
    /// While it runs until something: how far it came, and the way to stop it.
    pub(crate) running: Option<(String, show::Button)>,
    pub(crate) why: String,
    /// The buttons of a presentation; the one that begins it, while none is on.
    pub(crate) presenting: Vec<show::Button>,
    pub(crate) words: &'static Words,
    pub(crate) emit: Emit,
}

#[component]
pub(crate) fn Caption(props: &Props) -> Html {
    let Props {
        caption,
        running,
        why,
        presenting,
        words,
        emit,
    } = props;
    let title = format!(
        "{}{}",
        caption.rule,
        if caption.rule.is_empty() { "" } else { " " }
    );
    let guided = caption.guide.as_ref();
    let asks = guided.is_some_and(|guide| !guide.choices.is_empty());
    let reveals = guided.is_some_and(|guide| guide.reveal.is_some());
    let class = classes!(
        "caption",
        caption.violation.then_some("violation"),
        guided.is_some().then_some("story"),
        asks.then_some("asks"),
        reveals.then_some("reveals"),
    );
    html! {
        <section {class} aria-label={words.caption}>
            <p class="sentence" tabindex="0">
                { &caption.sentence }
                if !caption.note.is_empty() {
                    <span class="note">{ &caption.note }</span>
                }
            </p>
            if let Some((_, stop)) = running {
                { press(stop, emit, Look::Words("outlined")) }
            }
            if let Some(invite) = &caption.invite {
                { press(invite, emit, Look::Words("outlined invite")) }
            }
            if !caption.source.is_empty() {
                <p class="source" title={title}>{ &caption.source }</p>
            }
            if caption.can_why || caption.why_open {
                <button type="button" class="outlined why" aria-expanded={if caption.why_open { "true" } else { "false" }} aria-controls="panel"
                    onclick={on::<MouseEvent>(emit, &Msg::Why)}>{ why }</button>
            }
            { for caption.guide.iter().map(|one| guide(one, presenting, emit)) }
            { for caption.guide.iter().map(|one| asked(one, words, emit)) }
            if presenting.len() > 1 {
                <div class="presenting">{ for presenting.iter().map(|button| press(button, emit, Look::Words("small"))) }</div>
            }
        </section>
    }
}

/// The answers to choose from, or what came of the one that was chosen.
#[inline(never)]
fn asked(guide: &show::Guide, words: &Words, emit: &Emit) -> Html {
    if !guide.choices.is_empty() {
        return html! {
            <div class="choices" role="group" aria-label={words.answers}>
                { for guide.choices.iter().map(|choice| html! {
                    <button type="button" class="outlined choice" key={choice.label.clone()} onclick={on::<MouseEvent>(emit, &choice.msg)}
                        aria-keyshortcuts={(!choice.key.is_empty()).then_some(choice.key)}>
                        if !choice.key.is_empty() { <kbd aria-hidden="true">{ choice.key }</kbd> }
                        <span>{ &choice.label }</span>
                    </button>
                }) }
            </div>
        };
    }
    let Some(reveal) = &guide.reveal else {
        return Html::default();
    };
    let class = match reveal.right {
        Some(true) => "right",
        Some(false) => "wrong",
        None => "",
    };
    html! { <div class={classes!("reveal", class)} tabindex="0">{ for reveal.lines.iter().map(|line| html! { <p>{ line }</p> }) }</div> }
}

/// The story's place and the ways on. The way on keeps its place, whatever it is called, and the keyboard's focus with it.
#[inline(never)]
fn guide(guide: &show::Guide, presenting: &[show::Button], emit: &Emit) -> Html {
    let begin = presenting.first().filter(|_| presenting.len() == 1);
    let on = guide.then.first().unwrap_or(&guide.next);
    html! {
        <div class={classes!("guide", guide.left.then_some("left"))} role="group" aria-label={guide.title.clone()}>
            <p class="which"><b>{ &guide.title }</b>{ " " }<span class="number">{ &guide.place }</span></p>
            { for begin.map(|button| press(button, emit, Look::Words("small begin"))) }
            <div class="turn">
                { press(&guide.back, emit, Look::Icon(Icon::PREVIOUS_BEAT, "outlined")) }
                { press(on, emit, Look::Words("primary on")) }
                // A list of their own: the buttons before them stay what they are.
                <>{ for guide.then.iter().skip(1).map(|way| press(way, emit, Look::Words("outlined"))) }</>
            </div>
        </div>
    }
}
