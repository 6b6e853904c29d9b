//! The dialog *What can still happen?*: the question, how far the search for an answer is, and the answer.

use crate::press::{Emit, Look, press, select};
use studio::show::{Choices, FromHere, HereAnswer, HerePredicate};
use studio::{FromHereMsg, Msg};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// What stands inside its dialog.
pub(crate) fn from_here(here: &FromHere, way: &str, emit: &Emit) -> Html {
    html! {
        <div class="find-violation from-here">
            <p class="soft">{ &here.about }</p>
            <div class="fields">
                { for here.parts.iter().enumerate().map(|(place, part)| choice("part", place, part, emit)) }
                if let Some(field) = &here.predicate { { predicate(field, emit) } }
            </div>
            if !here.sentence.is_empty() { <p class="asked">{ &here.sentence }</p> }
            <details class="question">
                <summary>{ &here.limits_title }{ ": " }<span class="soft number">{ &here.limits_summary }</span></summary>
                <div class="limits">
                    { for here.limits.iter().enumerate().map(|(place, limit)| html! {
                        <div>
                            <label for={format!("limit-{place}")}>{ &limit.label }</label>
                            { select(&limit.choices, emit, &limit.label, "outlined", LIMITS.get(place).copied()) }
                        </div>
                    }) }
                </div>
                <p class="soft">{ &here.limits_note }</p>
            </details>
            if !here.note.is_empty() { <p class="refusal" role="alert">{ &here.note }</p> }
            <div class="row">
                if let Some(start) = &here.start { { press(start, emit, Look::Words("primary")) } }
                if let Some(cancel) = &here.cancel { { press(cancel, emit, Look::Words("outlined")) } }
            </div>
            if !here.progress.is_empty() {
                <div class="progress" aria-busy="true"><p class="number">{ &here.progress }</p></div>
            }
            if let Some(answer) = &here.answer {
                <Answer answer={answer.clone()} way={AttrValue::from(way.to_owned())} emit={emit.clone()} />
            }
        </div>
    }
}

/// The ids of the selects, by their places.
const PARTS: [&str; 4] = ["part-0", "part-1", "part-2", "part-3"];
const LIMITS: [&str; 6] = [
    "limit-0", "limit-1", "limit-2", "limit-3", "limit-4", "limit-5",
];

fn choice(id: &str, place: usize, choices: &Choices, emit: &Emit) -> Html {
    html! {
        <div class="control" key={choices.label.clone()}>
            <label for={format!("{id}-{place}")}>{ &choices.label }</label>
            <div class="field">{ select(&choices.choices, emit, &choices.label, "outlined", PARTS.get(place).copied()) }</div>
        </div>
    }
}

fn predicate(field: &HerePredicate, emit: &Emit) -> Html {
    let oninput = emit.reform(|event: InputEvent| {
        let text = event.target_unchecked_into::<HtmlTextAreaElement>().value();
        Msg::FromHere(FromHereMsg::Predicate(text))
    });
    html! {
        <div class="predicate" key="predicate">
            <label for="predicate">{ &field.label }</label>
            <textarea id="predicate" rows="3" value={field.text.clone()} {oninput} aria-describedby="predicate-help"
                autocomplete="off" spellcheck="false" autocapitalize="off" />
            <p class="soft" id="predicate-help">{ &field.help }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct AnswerProps {
    answer: HereAnswer,
    way: AttrValue,
    emit: Emit,
}

/// The answer. On a small screen it comes below what was asked: it is brought into sight.
#[component]
fn Answer(AnswerProps { answer, way, emit }: &AnswerProps) -> Html {
    let here = use_node_ref();
    let its = here.clone();
    use_effect_with(answer.clone(), move |_| {
        if let Some(element) = its.cast::<web_sys::Element>() {
            element.scroll_into_view_with_bool(true);
        }
    });
    html! {
        <section class="answer" aria-label={answer.question.clone()} ref={here}>
            <p>{ &answer.question }</p>
            <p class="headline"><span aria-hidden="true">{ answer.sign }{ " " }</span><b>{ &answer.headline }</b></p>
            if !answer.detail.is_empty() { <p class="soft">{ &answer.detail }</p> }
            if let Some(watch) = &answer.watch { <div class="row">{ press(watch, emit, Look::Words("primary")) }</div> }
            if !answer.steps.is_empty() {
                <ol aria-label={way.clone()}>{ for answer.steps.iter().map(|step| html! { <li>{ step }</li> }) }</ol>
            }
        </section>
    }
}
