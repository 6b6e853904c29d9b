//! What can be done from beside the stage: cut, crash, pause, ask, undo; and the cut mode while it is on.

use crate::icon::Icon;
use crate::press::{Emit, Look, named, on, press};
use crate::words::Words;
use studio::show;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub(crate) tools: show::Tools,
    /// What was just done, or could not be; Undo stands beside it.
    pub(crate) toast: Option<show::Toast>,
    /// The nodes' labels, by id.
    pub(crate) labels: Vec<String>,
    pub(crate) words: &'static Words,
    pub(crate) emit: Emit,
}

#[component]
pub(crate) fn Tools(props: &Props) -> Html {
    let Props {
        tools,
        toast,
        labels,
        words,
        emit,
    } = props;
    if let Some(cutting) = &tools.cutting {
        return cut_mode(cutting, labels, words, emit);
    }
    let outlined = |icon| Look::Both(icon, "outlined");
    let ask = named(
        &tools.ask,
        if tools.ask.enabled {
            on(emit, &tools.ask.msg)
        } else {
            Callback::noop()
        },
        outlined(Icon::ASK),
        Some("opener-ask"),
    );
    html! {
        <div class="tools" role="toolbar" aria-label={words.faults}>
            { press(&tools.cut, emit, outlined(Icon::CUT)) }
            if let Some(heal) = &tools.heal { { press(heal, emit, outlined(Icon::HEAL)) } }
            { press(&tools.crash, emit, outlined(Icon::CRASH)) }
            { press(&tools.pause, emit, Look::Both(if tools.resumes { Icon::PLAY } else { Icon::PAUSE }, "outlined wide")) }
            { ask }
            <span class="space">
                if let Some(opens) = toast.as_ref().and_then(|toast| toast.opens.as_ref()) {
                    { press(opens, emit, Look::Words("did")) }
                } else if let Some(toast) = toast {
                    <span class="did" title={toast.sentence.clone()}>{ &toast.sentence }</span>
                }
            </span>
            { press(&tools.undo, emit, Look::Both(Icon::UNDO, "outlined")) }
            if let Some(redo) = &tools.redo { { press(redo, emit, Look::Both(Icon::REDO, "outlined wide")) } }
        </div>
    }
}

/// Every drag has its buttons: the nodes on the other side can be chosen one by one.
fn cut_mode(cutting: &show::CutMode, labels: &[String], words: &Words, emit: &Emit) -> Html {
    html! {
        <div class="tools cutting" role="group" aria-label={words.cut}>
            <p class="how">{ &cutting.sentence }</p>
            <div class="sides">
                { for cutting.nodes.iter().map(|(node, button)| html! {
                    <button type="button" class="outlined" aria-label={button.label.clone()}
                        aria-pressed={if button.pressed == Some(true) { "true" } else { "false" }}
                        onclick={on::<MouseEvent>(emit, &button.msg)}>
                        { labels.get(node.index()).unwrap_or(&button.label) }
                    </button>
                }) }
                <span class="gap"></span>
                { press(&cutting.one_way, emit, Look::Words("outlined")) }
                <span class="space"></span>
                { press(&cutting.cancel, emit, Look::Words("outlined")) }
                { press(&cutting.apply, emit, Look::Words("primary")) }
            </div>
        </div>
    }
}
