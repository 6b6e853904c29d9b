//! *Up next*: everything that can happen, earliest first; any of it can be done now, held, dropped or doubled.

use crate::icon::Icon;
use crate::press::{Emit, Look, on, press};
use studio::show::{self, UpNextRow};
use studio::{Lever, Msg};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub(crate) list: show::UpNext,
    /// The colours of the hues, for the swatches.
    pub(crate) colours: &'static scene::Theme,
    pub(crate) emit: Emit,
}

#[component]
pub(crate) fn UpNext(props: &Props) -> Html {
    let Props {
        list,
        colours,
        emit,
    } = props;
    html! {
        <>
            if !list.heading.is_empty() { <p class="lead">{ &list.heading }</p> }
            if !list.tools.is_empty() {
                <div class="row tools-row">{ for list.tools.iter().map(|tool| press(tool, emit, Look::Words("outlined small"))) }</div>
            }
            if !list.warning.is_empty() { <p class="lead warning">{ &list.warning }</p> }
            if list.rows.is_empty() {
                <p class="empty">{ &list.empty }</p>
            } else {
                <ul class="queue" id="up-next">
                    { for list.rows.iter().enumerate().map(|(place, row)| {
                        let reachable = row.selected || (place == 0 && !list.rows.iter().any(|row| row.selected));
                        show_row(row, reachable, colours, emit)
                    }) }
                </ul>
            }
            if !list.more.is_empty() { <p class="lead">{ &list.more }</p> }
        </>
    }
}

fn show_row(row: &UpNextRow, reachable: bool, colours: &'static scene::Theme, emit: &Emit) -> Html {
    let class = classes!(
        (row.next || row.went_next).then_some("first"),
        row.faint.then_some("faint"),
        row.selected.then_some("current"),
        row.held.then_some("held"),
    );
    let select = match &row.unfold {
        Some(unfold) => on::<MouseEvent>(emit, &unfold.msg),
        None => on::<MouseEvent>(emit, &Msg::UpNextSelect(row.key.clone())),
    };
    // A second click on the row in focus is the quick way to do it.
    let pick = row
        .buttons
        .iter()
        .find(|(lever, button)| *lever == Lever::Pick && button.enabled);
    let ondblclick = pick.map(|(_, button)| on::<MouseEvent>(emit, &button.msg));
    let mark = if row.held {
        Icon::PIN.draw()
    } else if row.next || row.went_next {
        "▸".into()
    } else {
        // A fold says its "+" itself.
        Html::default()
    };
    html! {
        <li key={row.key.clone()} {class}>
            <button type="button" class="row" data-key={row.key.clone()} tabindex={if reachable { "0" } else { "-1" }}
                aria-current={row.selected.then_some("true")}
                aria-expanded={row.unfold.as_ref().map(|unfold| if unfold.pressed == Some(true) { "true" } else { "false" })}
                onclick={select} {ondblclick}>
                <span class="mark" aria-hidden="true">{ mark }</span>
                <span class="words">
                    if let Some(epoch) = row.epoch {
                        <span class="swatch" aria-hidden="true" style={format!("background:{}", colours.css(hue(epoch)))}></span>
                    }
                    { &row.sentence }
                    if !row.detail.is_empty() { <span class="soft">{ " " }{ &row.detail }</span> }
                </span>
                <span class={if row.late { "due late" } else { "due" }}>{ &row.time }</span>
            </button>
            if row.selected && !row.fold {
                <div class="acts">
                    { for row.buttons.iter().map(|(lever, button)| {
                        press(button, emit, Look::Words(if *lever == Lever::Pick { "primary" } else { "" }))
                    }) }
                    { for row.why.iter().map(|why| press(why, emit, Look::Words(""))) }
                </div>
            }
        </li>
    }
}

/// The ink of an epoch's swatch.
pub(crate) const fn hue(epoch: u64) -> scene::Ink {
    scene::Ink::Hue((epoch % scene::Ink::HUES as u64) as u8)
}
