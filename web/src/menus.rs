//! What stands inside the dialogs: parameters, properties, share, branches, run until, ask, help.

use crate::header::{sign, verdict};
use crate::press::{Emit, Look, checkbox, on, press, radios, select};
use crate::words::Words;
use studio::show::{self, Control, ControlKind};
use studio::{AskMsg, Msg};
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

/// The properties and how they stand.
pub(crate) fn properties(header: &show::Header, words: &Words, emit: &Emit) -> Html {
    html! {
        <ul class="promises">
            { for header.chips.iter().map(|chip| html! {
                <li key={chip.id}>
                    <span class={verdict(chip.standing)} aria-hidden="true">{ sign(chip.standing) }</span>
                    <div>
                        <p>{ &chip.sentence }</p>
                        if !chip.how.is_empty() { <p class="how">{ &chip.how }</p> }
                        <p class="soft">
                            { &chip.verdict }{ " · " }{ &chip.source }
                            if let Some(since) = &chip.since {
                                { " · " }<button type="button" class="link" onclick={on::<MouseEvent>(emit, since)}>{ words.go_there }</button>
                            }
                        </p>
                    </div>
                </li>
            }) }
        </ul>
    }
}

/// The parameters, generated from what the protocol documents.
pub(crate) fn parameters(parameters: &show::Parameters, words: &Words, emit: &Emit) -> Html {
    html! {
        <>
            if !parameters.variants.is_empty() {
                <div class="control">
                    <label for="variant">{ words.variant }</label>
                    <div class="field">{ select(&parameters.variants, emit, words.variant, "outlined", Some("variant")) }</div>
                    { for parameters.variants.iter().filter(|variant| variant.chosen && !variant.help.is_empty()).map(|variant| html! {
                        <p class="help">{ &variant.help }</p>
                    }) }
                </div>
            }
            <div class="row">
                <span class="number">{ &parameters.seed }</span>
                if let Some(reseed) = &parameters.reseed { { press(reseed, emit, Look::Words("outlined")) } }
            </div>
            <h3>{ words.protocol }</h3>
            <div class="fields">{ for parameters.protocol.iter().map(|one| control(one, emit)) }</div>
            <h3>{ words.world }</h3>
            <div class="fields">{ for parameters.world.iter().map(|one| control(one, emit)) }</div>
        </>
    }
}

fn control(control: &Control, emit: &Emit) -> Html {
    let id = format!("set-{}", control.key);
    let help_id = format!("about-{}", control.key);
    let key = control.key;
    let sends = Sends {
        typed: emit.reform(move |text: String| Msg::TypeParameter {
            key: key.to_owned(),
            text,
        }),
        set: emit.reform(move |value: String| Msg::SetParameter {
            key: key.to_owned(),
            value,
        }),
    };
    let field = field(&control.kind, &id, &help_id, &control.label, emit, &sends);
    let label = html! {
        <>
            { &control.label }
            if control.changed { <span class="soft">{ " · " }{ &control.default }</span> }
        </>
    };
    html! {
        <div class="control" key={control.key}>
            <label for={id}>{ label }</label>
            <div class="field">{ field }</div>
            <p class="help" id={help_id}>{ &control.help }{ " " }<em>{ &control.note }</em></p>
        </div>
    }
}

/// What a control sends: a number in the unit that stands beside it, or a value.
pub(crate) struct Sends {
    pub(crate) typed: Callback<String>,
    pub(crate) set: Callback<String>,
}

/// The control itself, without its label; `name` is for those that are found by it.
pub(crate) fn field(
    kind: &ControlKind,
    id: &str,
    help_id: &str,
    name: &str,
    emit: &Emit,
    sends: &Sends,
) -> Html {
    let (id, help_id) = (id.to_owned(), help_id.to_owned());
    match kind {
        ControlKind::Number {
            min,
            max,
            value,
            step,
            unit,
        } => {
            let onchange = sends
                .typed
                .reform(|event: Event| event.target_unchecked_into::<HtmlInputElement>().value());
            html! {
                <>
                    <input type="number" {id} min={min.to_string()} max={max.to_string()} step={step.to_string()}
                        value={value.to_string()} aria-describedby={help_id} {onchange} />
                    if !unit.is_empty() { <span class="unit number">{ unit }</span> }
                </>
            }
        }
        ControlKind::Switch(on_now) => {
            let onchange = sends.set.reform(|event: Event| {
                event
                    .target_unchecked_into::<HtmlInputElement>()
                    .checked()
                    .to_string()
            });
            html! { <input type="checkbox" {id} checked={*on_now} aria-describedby={help_id} {onchange} /> }
        }
        ControlKind::Choice(choices) => select(choices, emit, name, "outlined", None),
        ControlKind::Text(text) => {
            let onchange = sends.set.reform(|event: Event| {
                event.target_unchecked_into::<HtmlTextAreaElement>().value()
            });
            html! { <textarea {id} rows="4" value={text.clone()} aria-describedby={help_id} {onchange} /> }
        }
    }
}

/// The link and the files.
pub(crate) fn share(share: &show::Share, words: &Words, emit: &Emit) -> Html {
    let onfocus = Callback::from(|event: FocusEvent| {
        event
            .target_unchecked_into::<HtmlTextAreaElement>()
            .select();
    });
    html! {
        <>
            <p>{ &share.note }</p>
            if !share.link.is_empty() {
                <textarea class="address" readonly=true aria-label={words.link} {onfocus} value={share.link.clone()} rows="3" />
            }
            <div class="row">
                { for share.copies.iter().enumerate().map(|(place, copy)| {
                    press(copy, emit, Look::Words(if place == 0 { "primary" } else { "outlined" }))
                }) }
                { checkbox(share.all, &share.all_label, emit, Msg::ShareAll) }
            </div>
            <div class="row">{ for share.files.iter().map(|file| press(file, emit, Look::Words("outlined"))) }</div>
            <p class="soft mono">{ &share.digest }</p>
        </>
    }
}

/// The branches: a choice of one.
pub(crate) fn branches(branches: &show::Branches, emit: &Emit) -> Html {
    html! {
        <>
            <ul class="items">
                { for branches.tracks.iter().map(|track| html! {
                    <li key={track.id} class="pair">
                        <button type="button" class="track" aria-current={track.current.then_some("true")}
                            onclick={on::<MouseEvent>(emit, &track.msg)}>
                            <b>{ &track.letter }</b>
                            <span><span>{ &track.sentence }</span><span class="soft">{ &track.detail }</span></span>
                        </button>
                        if let Some(compare) = &track.compare { { press(compare, emit, Look::Words("outlined small")) } }
                    </li>
                }) }
            </ul>
            if let Some(fold) = &branches.fold { <div class="row">{ press(fold, emit, Look::Words("outlined")) }</div> }
        </>
    }
}

/// The goals of *Run until…*.
pub(crate) fn run_until(until: &show::RunUntil, emit: &Emit) -> Html {
    html! {
        <>
            if let Some((how_far, stop)) = &until.running {
                <p role="status">{ how_far }</p>
                <div class="row">{ press(stop, emit, Look::Words("outlined")) }</div>
            }
            <ul class="items">
                { for until.goals.iter().map(|goal| html! { <li>{ press(goal, emit, Look::Words("")) }</li> }) }
            </ul>
        </>
    }
}

/// The form in which a client is asked.
pub(crate) fn ask(ask: &show::Ask, words: &Words, emit: &Emit) -> Html {
    let onsubmit = {
        let (emit, ready) = (
            emit.clone(),
            ask.send.as_ref().is_some_and(|send| send.enabled),
        );
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if ready {
                emit.emit(Msg::Ask(AskMsg::Send));
            }
        })
    };
    html! {
        <form {onsubmit}>
            if ask.operations.is_empty() {
                { radios(&ask.clients, emit, words.nodes, "who") }
            } else {
                <h3>{ words.client }</h3>
                { radios(&ask.clients, emit, words.client, "who") }
                <h3>{ words.operation }</h3>
                { radios(&ask.operations, emit, words.operation, "who") }
            }
            <div class="fields">
                { for ask.fields.iter().enumerate().map(|(place, field)| {
                    if field.long {
                        return long(place as u32, field, ask, emit);
                    }
                    let emit = emit.clone();
                    let oninput = Callback::from(move |event: InputEvent| {
                        let text = event.target_unchecked_into::<HtmlInputElement>().value();
                        emit.emit(show::Ask::field(place as u32, text));
                    });
                    html! {
                        <div class="control" key={field.id}>
                            <label for={format!("ask-{}", field.id)}>{ &field.label }</label>
                            <div class="field">
                                <input type="text" id={format!("ask-{}", field.id)} value={field.value.clone()} {oninput}
                                    autocomplete="off" spellcheck="false" />
                            </div>
                        </div>
                    }
                }) }
            </div>
            if !ask.note.is_empty() { <p role="status">{ &ask.note }</p> }
            if let Some(send) = &ask.send {
                <div class="row">
                    <button type="submit" class="primary" aria-disabled={(!send.enabled).then_some("true")}>{ &send.label }</button>
                </div>
            }
        </form>
    }
}

/// A field of several lines, as wide as the form. Enter sends, Shift and Enter begin a line.
fn long(place: u32, field: &show::AskField, ask: &show::Ask, emit: &Emit) -> Html {
    let oninput = {
        let emit = emit.clone();
        Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlTextAreaElement>().value();
            emit.emit(show::Ask::field(place, text));
        })
    };
    let send = ask.send.as_ref().filter(|send| send.enabled);
    let onkeydown = {
        let (emit, send) = (emit.clone(), send.map(|send| send.msg.clone()));
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
                event.prevent_default();
                send.iter().cloned().for_each(|msg| emit.emit(msg));
            }
        })
    };
    let id = format!("ask-{}", field.id);
    html! {
        <div class="stacked" key={field.id}>
            <label for={id.clone()}>{ &field.label }</label>
            <textarea {id} rows="5" value={field.value.clone()} {oninput} {onkeydown} spellcheck="false"
                autocapitalize="off" />
        </div>
    }
}

/// Keys as keys; the plus between Shift or Ctrl and its key is none.
fn chord(keys: &str) -> impl Iterator<Item = Html> + '_ {
    let mut after_modifier = false;
    keys.split_whitespace().map(move |key| {
        let joins = key == "+" && after_modifier;
        after_modifier = key == "Shift" || key.starts_with("Ctrl");
        if joins {
            html! { { "+ " } }
        } else {
            html! { <><kbd>{ key }</kbd>{ " " }</> }
        }
    })
}

/// The keys and the signs.
pub(crate) fn help(help: &show::Help, words: &Words, emit: &Emit) -> Html {
    let list = |rows: &[show::HelpRow], keys: bool| {
        html! {
            <dl class="keys">
                { for rows.iter().map(|row| html! {
                    <>
                        <dt>
                            if keys {
                                { for chord(&row.keys) }
                            } else { { &row.keys } }
                        </dt>
                        <dd>{ &row.sentence }</dd>
                    </>
                }) }
            </dl>
        }
    };
    html! {
        <>
            <h3>{ words.keys }</h3>
            { list(&help.keys, true) }
            if let Some(letters) = &help.letters { <div class="row">{ press(letters, emit, Look::Words("outlined")) }</div> }
            <h3>{ words.signs }</h3>
            { list(&help.signs, false) }
        </>
    }
}
