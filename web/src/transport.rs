//! The transport: back, play, step, next moment, speed, the painted timeline, and where one is.

use crate::icon::Icon;
use crate::press::{Emit, Look, named, on, press};
use crate::words::Words;
use studio::show::{self, Button};
use studio::{Menu, Msg};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub(crate) transport: show::Transport,
    /// "Run until…".
    pub(crate) until: String,
    /// The letter of the branch and how many there are, as the button that lists them.
    pub(crate) branches: String,
    /// The canvas that the page paints the timeline on.
    pub(crate) timeline: NodeRef,
    /// A place on the timeline was chosen: its part of the width, from 0 to 1.
    pub(crate) scrub: Callback<PointerEvent>,
    pub(crate) words: &'static Words,
    pub(crate) emit: Emit,
}

#[component]
pub(crate) fn Transport(props: &Props) -> Html {
    let Props {
        transport,
        until,
        branches,
        words,
        emit,
        ..
    } = props;
    let opener = |menu: Menu, label: &str, look: Look, id: &'static str| {
        let button = Button {
            label: label.to_owned(),
            help: String::new(),
            key: "",
            msg: Msg::Open(menu),
            enabled: true,
            pressed: None,
        };
        named(&button, on(emit, &button.msg), look, Some(id))
    };
    let play = if transport.playing {
        Icon::PAUSE
    } else {
        Icon::PLAY
    };
    html! {
        <section class="transport" aria-label={words.transport}>
            <div class="buttons">
                { press(&transport.previous_moment, emit, Look::Icon(Icon::PREVIOUS_MOMENT, "wide")) }
                { press(&transport.back, emit, Look::Icon(Icon::BACK, "")) }
                { press(&transport.play, emit, Look::Icon(play, "round primary")) }
                { press(&transport.step, emit, Look::Both(Icon::STEP, "")) }
                { press(&transport.next_moment, emit, Look::Both(Icon::MOMENT, "")) }
                { opener(Menu::RunUntil, until, Look::Icon(Icon::UNTIL, "wide"), "opener-run-until") }
                <span class="wide speed">{ speed(transport, emit) }</span>
            </div>
            { line(props) }
            <div class={classes!("where", transport.live.then_some("now"))}>
                <span class={if transport.live { "live" } else { "past" }}>{ place(&transport.place) }</span>
                <span class="buttons">
                    if let Some(live) = &transport.go_live { { press(live, emit, Look::Words("outlined small")) } }
                    { opener(Menu::Branches, branches, Look::Words("outlined small"), "opener-branches") }
                </span>
            </div>
        </section>
    }
}

/// Slower, the speed, faster.
pub(crate) fn speed(transport: &show::Transport, emit: &Emit) -> Html {
    html! {
        <>
            { press(&transport.slower, emit, Look::Icon(Icon::SLOWER, "")) }
            <span class="number ratio" role="img" aria-label={transport.speed.clone()} title={transport.speed.clone()}>
                { &transport.ratio }
            </span>
            { press(&transport.faster, emit, Look::Icon(Icon::FASTER, "")) }
        </>
    }
}

/// Where one is, in words: its sign is drawn by the style sheet, as few fonts have it.
fn place(text: &str) -> String {
    text.trim_start_matches(|c: char| !c.is_alphanumeric())
        .to_owned()
}

/// The timeline: a slider to the keyboard and to a screen reader, a picture to the eye.
fn line(props: &Props) -> Html {
    let Props {
        transport,
        timeline,
        scrub,
        words,
        emit,
        ..
    } = props;
    let onkeydown = {
        let emit = emit.clone();
        let now = transport.step_now;
        let page = (transport.steps / 20).max(1);
        Callback::from(move |event: KeyboardEvent| {
            let msg = match event.key().as_str() {
                "ArrowLeft" | "ArrowDown" if !event.shift_key() => Msg::Back,
                "ArrowRight" | "ArrowUp" if !event.shift_key() => Msg::Step,
                "PageUp" => Msg::SeekStep(now + page),
                "PageDown" => Msg::SeekStep(now.saturating_sub(page)),
                "Home" => Msg::ToStart,
                "End" => Msg::GoLive,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            emit.emit(msg);
        })
    };
    html! {
        <div class="timeline" role="slider" tabindex="0" aria-label={words.timeline} {onkeydown}
            aria-valuemin="0" aria-valuemax={transport.steps.to_string()} aria-valuenow={transport.step_now.to_string()}
            aria-valuetext={transport.value_text.clone()}
            onpointerdown={scrub.clone()} onpointermove={scrub.clone()}>
            <canvas ref={timeline.clone()} aria-hidden="true"></canvas>
        </div>
    }
}
