//! The *Node* tab: who it is, why what it is there for has not come about, its state as a tree with what the last step changed, its
//! disk, its timers.

use crate::figure::picture;
use crate::press::{Emit, Look, on, press, radios};
use crate::words::Words;
use studio::Msg;
use studio::show::{self, TreeRow};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub(crate) tab: show::NodeTab,
    /// The canvas of the log matrix, painted by the page; absent where no node shows a log.
    pub(crate) matrix: Option<Html>,
    /// The node's own pictures.
    pub(crate) pictures: Vec<show::Drawn>,
    pub(crate) words: &'static Words,
    pub(crate) emit: Emit,
}

#[component]
pub(crate) fn NodeTab(props: &Props) -> Html {
    let Props {
        tab,
        matrix,
        pictures,
        words,
        emit,
    } = props;
    html! {
        <div class="node">
            { radios(&tab.nodes, emit, words.nodes, "who") }
            { matrix.clone().unwrap_or_default() }
            if let Some(panel) = &tab.panel {
                { one(panel, tab.there.as_ref(), pictures, words, emit) }
            } else {
                <p class="empty">{ &tab.empty }</p>
            }
            if let Some(there) = &tab.there { { in_second(there, words, emit) } }
        </div>
    }
}

fn one(
    panel: &show::NodePanel,
    there: Option<&show::NodeThere>,
    pictures: &[show::Drawn],
    words: &Words,
    emit: &Emit,
) -> Html {
    html! {
        <>
            <section>
                <p class="about">{ &panel.sentence }</p>
                if let Some(there) = there {
                    <p><span class="soft">{ &there.heading }{ " – " }</span>{ &there.sentence }</p>
                }
                if !panel.badges.is_empty() {
                    <p class="badges">{ for panel.badges.iter().map(|badge| html! { <span class="chip">{ badge }</span> }) }</p>
                }
                <div class="acts">
                    { for panel.buttons.iter().map(|button| press(button, emit, Look::Words("outlined"))) }
                </div>
            </section>
            if !panel.timers.is_empty() {
                <section>
                    <h2 class="part">{ words.timers }</h2>
                    { for panel.timers.iter().map(|timer| html! {
                        <p><b>{ &timer.name }</b>{ " " }<span class="soft">{ &timer.sentence }</span></p>
                    }) }
                </section>
            }
            if !panel.why_not.is_empty() {
                <section>
                    <h2 class="part">{ words.why_not }</h2>
                    { for panel.why_not.iter().map(question) }
                </section>
            }
            { for pictures.iter().map(picture) }
            if !panel.entries.is_empty() {
                <details class="question">
                    <summary>{ words.why_entry }</summary>
                    <div class="acts">{ for panel.entries.iter().map(|entry| press(entry, emit, Look::Words("outlined small"))) }</div>
                </details>
            }
            <section>
                <h2 class="part">{ words.state }</h2>
                if panel.state.is_empty() { <p class="soft">{ &panel.no_state }</p> } else { { tree(&panel.state, words, emit) } }
            </section>
            if !panel.disk.is_empty() {
                <section><h2 class="part">{ words.disk }</h2>{ tree(&panel.disk, words, emit) }</section>
            }
        </>
    }
}

/// The same node in the run that stands beside this one.
fn in_second(there: &show::NodeThere, words: &Words, emit: &Emit) -> Html {
    html! {
        <div class="second-run" role="group" aria-label={there.heading.clone()}>
            <h2 class="part">{ &there.heading }</h2>
            <p class="about">{ &there.sentence }</p>
            if !there.badges.is_empty() {
                <p class="badges">{ for there.badges.iter().map(|badge| html! { <span class="chip">{ badge }</span> }) }</p>
            }
            if !there.state.is_empty() { <h3 class="part">{ words.state }</h3>{ tree(&there.state, words, emit) } }
            if !there.disk.is_empty() { <h3 class="part">{ words.disk }</h3>{ tree(&there.disk, words, emit) } }
        </div>
    }
}

/// A question; its guards stand behind it, those that are missing in sight at a glance.
fn question(why: &show::WhyNot) -> Html {
    html! {
        <details class="question" key={why.question.clone()}>
            <summary>{ &why.question }</summary>
            <ol class="guards">
                { for why.guards.iter().map(|guard| html! {
                    <li class={if guard.holds { "holds" } else { "missing" }}>
                        <span class="verdict" role="img" aria-label={guard.verdict.clone()}>{ if guard.holds { "✓" } else { "✗" } }</span>
                        <span>{ &guard.sentence }
                            if !guard.source.is_empty() { { " " }<span class="soft">{ &guard.source }</span> }
                        </span>
                    </li>
                }) }
            </ol>
        </details>
    }
}

/// A tree as rows, each indented by its depth.
fn tree(rows: &[TreeRow], words: &Words, emit: &Emit) -> Html {
    html! {
        <ul class="tree">
            { for rows.iter().map(|row| {
                let value = html! {
                    <>
                        <span class="key">{ &row.key }</span>
                        <span class={classes!("value", row.changed.then_some("changed"))}>
                            if !row.before.is_empty() {
                                <del title={words.was}>{ &row.before }</del>{ " " }
                            }
                            { &row.value }
                        </span>
                    </>
                };
                html! {
                    <li key={row.path.clone()} style={format!("--depth:{}", row.depth)}>
                        if let Some(open) = row.open {
                            <button type="button" class="branch" aria-expanded={if open { "true" } else { "false" }}
                                onclick={on::<MouseEvent>(emit, &Msg::ToggleRow(row.path.clone()))}>
                                <span class="twist" aria-hidden="true">{ if open { "▾" } else { "▸" } }</span>{ value }
                            </button>
                        } else {
                            <span class="leaf">{ value }</span>
                        }
                    </li>
                }
            }) }
        </ul>
    }
}
