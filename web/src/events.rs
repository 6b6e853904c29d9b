//! The *Events* tab: one sentence each, searchable; a click goes there.

use crate::press::{Emit, Look, on, press};
use crate::words::Words;
use studio::show;
use studio::{EventsMsg, Msg};
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub(crate) events: show::Events,
    pub(crate) words: &'static Words,
    pub(crate) emit: Emit,
}

#[component]
pub(crate) fn Events(props: &Props) -> Html {
    let Props {
        events,
        words,
        emit,
    } = props;
    let oninput = {
        let emit = emit.clone();
        Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            emit.emit(Msg::Events(EventsMsg::Search(text)));
        })
    };
    let bar = [&events.only, &events.earlier, &events.later, &events.follow];
    html! {
        <>
            <div class="search">
                <input type="search" id="search" placeholder={words.search} aria-label={words.search}
                    value={events.query.clone()} {oninput} />
            </div>
            <div class="bar">
                <span class="soft number" role="status">{ if events.found.is_empty() { &events.range } else { &events.found } }</span>
                { for bar.into_iter().flatten().map(|button| press(button, emit, Look::Words("outlined small"))) }
            </div>
            <ul class="log">
                { for events.rows.iter().map(|row| {
                    let class = classes!(
                        row.moment.then_some("moment"),
                        row.fold.is_some().then_some("faint"),
                        row.violation.then_some("violation"),
                        (!row.led.is_empty()).then_some("led"),
                    );
                    html! {
                        <li key={row.step} {class} data-step={row.fold.is_none().then(|| row.step.to_string())}>
                            <button type="button" onclick={on::<MouseEvent>(emit, &row.msg)}
                                aria-current={row.current.then_some("step")}
                                aria-expanded={row.fold.map(|open| if open { "true" } else { "false" })}>
                                <span class="when">{ &row.time }</span>
                                <span class="what">
                                    if row.violation { <span class="verdict broken">{ "✗" }</span>{ " " } }
                                    { &row.sentence }
                                    if !row.led.is_empty() { { " " }<span class="led">{ &row.led }</span> }
                                </span>
                            </button>
                            if let Some(why) = &row.why { { press(why, emit, Look::Words("outlined small")) } }
                        </li>
                    }
                }) }
            </ul>
        </>
    }
}
