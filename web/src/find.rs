//! The dialog of *Find a violation*: what is sought, how far the search is, and what it has found.

use crate::press::{Emit, Look, press, select};
use studio::show::{Choices, Find, FindCard};
use yew::prelude::*;

/// What stands inside its dialog.
pub(crate) fn find(find: &Find, emit: &Emit) -> Html {
    html! {
        <div class="find-violation">
            <p class="soft">{ &find.about }</p>
            <div class="fields">
                { choice("find-property", &find.properties, "", emit) }
                { choice("find-strategy", &find.strategies, &find.strategy_note, emit) }
                { choice("find-origin", &find.origins, "", emit) }
            </div>
            if !find.note.is_empty() { <p class="refusal" role="alert">{ &find.note }</p> }
            <div class="row">
                if let Some(start) = &find.start { { press(start, emit, Look::Words("primary")) } }
                if let Some(cancel) = &find.cancel { { press(cancel, emit, Look::Words("outlined")) } }
            </div>
            if !find.progress.is_empty() {
                <div class="progress" aria-busy={find.cancel.is_some().to_string()}>
                    <p class="number">{ &find.progress }</p>
                    if !find.coverage.is_empty() { <p class="soft number">{ &find.coverage }</p> }
                </div>
            }
            if !find.copied.is_empty() { <p class="soft">{ &find.copied }</p> }
            if !find.cards.is_empty() {
                <ul class="found">{ for find.cards.iter().map(|found| card(found, emit)) }</ul>
            }
        </div>
    }
}

fn choice(id: &'static str, choices: &Choices, note: &str, emit: &Emit) -> Html {
    html! {
        <div class="control">
            <label for={id}>{ &choices.label }</label>
            <div class="field">{ select(&choices.choices, emit, &choices.label, "outlined", Some(id)) }</div>
            if !note.is_empty() { <p class="help">{ note }</p> }
        </div>
    }
}

fn card(found: &FindCard, emit: &Emit) -> Html {
    html! {
        <li key={found.place}>
            <p><span class="verdict broken" aria-hidden="true">{ "✗ " }</span><b>{ &found.property }</b></p>
            <p>{ &found.how }</p>
            <p class="soft number">{ &found.size }</p>
            <div class="row">
                if let Some(watch) = &found.watch { { press(watch, emit, Look::Words("primary")) } }
                { press(&found.as_found, emit, Look::Words("outlined")) }
                { for found.copies.iter().map(|copy| press(copy, emit, Look::Words("outlined"))) }
            </div>
        </li>
    }
}
