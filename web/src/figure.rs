//! A protocol's own pictures in the page: tables as tables, everything else as SVG in which every part tells its sentence, to a
//! pointer and to the keyboard.

use crate::press::Emit;
use studio::Msg;
use studio::show::{Drawn, Figure, Table};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// A picture with its title.
pub(crate) fn picture(drawn: &Drawn) -> Html {
    match drawn {
        Drawn::Table(of) => table(of),
        Drawn::Figure(figure) => html! { <Drawing figure={figure.clone()} acts={Vec::new()} /> },
    }
}

/// Of which of two runs a picture is, behind its title.
fn of(run: &str) -> Html {
    if run.is_empty() {
        return Html::default();
    }
    html! { <span class="of">{ run }</span> }
}

fn table(table: &Table) -> Html {
    let pairs = table.head.is_empty();
    html! {
        <section>
            <h2 class="part">{ &table.title }{ of(&table.of) }</h2>
            if !table.empty.is_empty() {
                <p class="soft">{ &table.empty }</p>
            } else {
                <div class="across" tabindex="0" role="group" aria-label={table.title.clone()}>
                    <table class={classes!("pairs", (!pairs).then_some("headed"), table.both.then_some("both"))}>
                        if !pairs {
                            <thead><tr>{ for table.head.iter().map(|head| html! { <th scope="col">{ head }</th> }) }</tr></thead>
                        }
                        <tbody>
                            { for table.rows.iter().map(|row| {
                                let tone = match row.tone {
                                    protocol::Tone::Plain => None,
                                    protocol::Tone::Faint => Some("faint"),
                                    protocol::Tone::Strong => Some("strong"),
                                };
                                html! {
                                    <tr class={classes!(tone)}>
                                        { for row.cells.iter().enumerate().map(|(place, cell)| {
                                            let class = cell.number.then_some("number");
                                            if place == 0 {
                                                html! { <th scope="row" class={classes!(class)}>{ &cell.text }</th> }
                                            } else {
                                                html! { <td class={classes!(class)}>{ &cell.text }</td> }
                                            }
                                        }) }
                                    </tr>
                                }
                            }) }
                        </tbody>
                    </table>
                </div>
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub(crate) figure: Figure,
    /// What each part sends when it is pressed, in their order; empty where they are only looked at.
    pub(crate) acts: Vec<Msg>,
    #[prop_or_default]
    pub(crate) emit: Emit,
    /// How far down the cursor stands, from 0 to 1, if it is to be seen.
    #[prop_or_default]
    pub(crate) cursor: Option<f64>,
}

/// A drawn picture; beneath it stands what the part says that has the pointer or the focus.
#[component]
pub(crate) fn Drawing(props: &Props) -> Html {
    let said = use_state(String::new);
    let figure = &props.figure;
    let place = use_node_ref();
    // A picture that is drawn anew has new parts: the focus stays with the one that stands in the same place.
    let focused = place.cast::<Element>().and_then(|place| {
        let active = web_sys::window()?.document()?.active_element()?;
        parts_of(&place).iter().position(|part| *part == active)
    });
    {
        let place = place.clone();
        use_effect_with(figure.svg.clone(), move |_| {
            let parts = place.cast::<Element>().map(|place| parts_of(&place));
            let part = focused
                .zip(parts)
                .and_then(|(nth, parts)| parts.into_iter().nth(nth));
            if let Some(part) = part {
                focus(&part);
            }
        });
    }
    let tell = |said: &UseStateHandle<String>| {
        let said = said.clone();
        move |target: Option<web_sys::EventTarget>| {
            let part = target.and_then(|target| target.dyn_into::<Element>().ok());
            let part = part.and_then(|part| part.closest("g[tabindex]").ok().flatten());
            let sentence = part.and_then(|part| part.get_attribute("aria-label"));
            let sentence = sentence.unwrap_or_default();
            if *said != sentence {
                said.set(sentence);
            }
        }
    };
    let over = tell(&said);
    let onpointerover = Callback::from(move |event: PointerEvent| over(event.target()));
    let focused = tell(&said);
    let onfocusin = Callback::from(move |event: FocusEvent| focused(event.target()));
    let press = {
        let (place, acts, emit) = (place.clone(), props.acts.clone(), props.emit.clone());
        move |target: Option<web_sys::EventTarget>| -> bool {
            let part = target.and_then(|target| target.dyn_into::<Element>().ok());
            let part = part.and_then(|part| part.closest("g[tabindex]").ok().flatten());
            let nth = part
                .zip(place.cast::<Element>())
                .and_then(|(part, place)| parts_of(&place).iter().position(|other| *other == part));
            let act = nth.and_then(|nth| acts.get(nth));
            if let Some(act) = act {
                emit.emit(act.clone());
            }
            act.is_some()
        }
    };
    let pressed = press.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        pressed(event.target());
    });
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") && press(event.target()) {
            event.prevent_default();
            event.stop_propagation();
        } else {
            rove(&event);
        }
    });
    html! {
        <section class={classes!((!figure.of.is_empty()).then_some("of-two"))}>
            if !figure.title.is_empty() { <h2 class="part">{ &figure.title }{ of(&figure.of) }</h2> }
            <div ref={place} class={classes!("drawing", (!props.acts.is_empty()).then_some("acts"))} {onpointerover} {onfocusin} {onkeydown} {onclick}
                data-cursor={props.cursor.map(|part| format!("{part:.4}"))}>
                { Html::from_html_unchecked(AttrValue::from(figure.svg.clone())) }
            </div>
            if figure.parts { <p class="said" aria-hidden="true">{ &*said }</p> }
        </section>
    }
}

/// Arrow keys go from part to part; the first and the last are reached with Home and End.
fn rove(event: &KeyboardEvent) {
    let focused = event.target_dyn_into::<Element>();
    let root = focused
        .as_ref()
        .and_then(|part| part.closest("svg").ok().flatten());
    let (Some(focused), Some(root)) = (focused, root) else {
        return;
    };
    let parts = parts_of(&root);
    let Some(here) = parts.iter().position(|part| *part == focused) else {
        return;
    };
    let last = parts.len() - 1;
    let next = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => (here + 1).min(last),
        "ArrowLeft" | "ArrowUp" => here.saturating_sub(1),
        "Home" => 0,
        "End" => last,
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    focus(&parts[next]);
}

/// The parts of a drawing that can be pointed at, in order.
fn parts_of(root: &Element) -> Vec<Element> {
    let Ok(parts) = root.query_selector_all("g[tabindex]") else {
        return Vec::new();
    };
    let parts = (0..parts.length()).filter_map(|place| parts.get(place)?.dyn_into().ok());
    parts.collect()
}

/// Puts the focus on a part, which is the drawing's stop for the keyboard from then on.
fn focus(part: &Element) {
    let root = part.closest("svg").ok().flatten();
    let before = root.and_then(|root| root.query_selector("g[tabindex='0']").ok().flatten());
    if let Some(before) = before {
        let _ = before.set_attribute("tabindex", "-1");
    }
    let _ = part.set_attribute("tabindex", "0");
    // An SVG element takes the focus as an HTML element does.
    let _ = part.unchecked_ref::<HtmlElement>().focus();
}
