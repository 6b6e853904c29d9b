//! The gallery: every protocol with its stories and its sandbox, by topic, with a search.

use crate::press::{Emit, Look, on, press, radios};
use studio::show::{self, Shelf, StoryCard};
use studio::{Msg, StoryMsg};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What stands inside its dialog. `open_file` takes a file that was chosen.
pub(crate) fn gallery(gallery: &show::Gallery, emit: &Emit, open_file: Callback<Event>) -> Html {
    let oninput = {
        let emit = emit.clone();
        Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            emit.emit(Msg::Story(StoryMsg::Search(text)));
        })
    };
    html! {
        <div class="gallery">
            <div class="find">
                <input type="search" aria-label={gallery.search.clone()} placeholder={gallery.search.clone()}
                    value={gallery.query.clone()} {oninput} autocomplete="off" spellcheck="false" />
                <p class="soft number" role="status">{ &gallery.found }</p>
            </div>
            { radios(&gallery.topics, emit, &gallery.topics_label, "topics") }
            if let Some(clear) = &gallery.clear {
                <p class="row soft number score">{ &gallery.score }{ " " }{ press(clear, emit, Look::Words("small")) }</p>
            }
            { for gallery.shelves.iter().map(|one| shelf(one, emit)) }
            <footer>
                <p class="soft">{ &gallery.own }</p>
                { picker(&gallery.open_file, ".toml", "outlined", open_file) }
            </footer>
        </div>
    }
}

/// A choice of a file that looks like a button; `accept` is what the browser's window offers first.
pub(crate) fn picker(
    label: &str,
    accept: &'static str,
    class: &'static str,
    onchange: Callback<Event>,
) -> Html {
    html! {
        <label class={classes!("button", class)}>
            { label.to_owned() }
            <input type="file" class="hidden" {accept} {onchange} />
        </label>
    }
}

fn shelf(shelf: &Shelf, emit: &Emit) -> Html {
    html! {
        <section key={shelf.id} aria-labelledby={format!("shelf-{}", shelf.id)}>
            <div class="shelf">
                <h3 id={format!("shelf-{}", shelf.id)}>{ &shelf.title }</h3>
                { press(&shelf.sandbox, emit, Look::Words("outlined")) }
            </div>
            <p class="soft about">{ &shelf.about }</p>
            { for shelf.topics.iter().map(|topic| html! {
                <div class="topic" key={topic.title.clone()}>
                    <h4>{ &topic.title }</h4>
                    <ul>{ for topic.stories.iter().map(|story| card(story, emit)) }</ul>
                </div>
            }) }
        </section>
    }
}

fn card(story: &StoryCard, emit: &Emit) -> Html {
    html! {
        <li key={story.id.clone()}>
            <button type="button" class="card" aria-current={story.current.then_some("true")} onclick={on::<MouseEvent>(emit, &story.msg)}>
                <b>{ &story.title }</b>
                <span>
                    <span>{ &story.summary }</span>{ " " }<span class="soft number">{ &story.beats }</span>
                    if !story.score.is_empty() { <span class="soft number">{ " · " }{ &story.score }</span> }
                </span>
            </button>
        </li>
    }
}
