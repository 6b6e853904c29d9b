//! The dialog *Join real nodes…*: where, with which token, and how each connection stands.

use crate::press::{Emit, Look, press, select};
use studio::show::{Join, JoinField};
use studio::{JoinMsg, Msg};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What stands inside its dialog.
pub(crate) fn join(join: &Join, emit: &Emit) -> Html {
    let onsubmit = {
        let (emit, start) = (emit.clone(), join.start.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if start.enabled {
                emit.emit(start.msg.clone());
            }
        })
    };
    let addresses = emit.reform(|text| Msg::Join(JoinMsg::Addresses(text)));
    let token = emit.reform(|text| Msg::Join(JoinMsg::Token(text)));
    html! {
        <form class="join" {onsubmit}>
            <p class="soft">{ &join.about }</p>
            { field("join-addresses", &join.addresses, "text", addresses, true) }
            { field("join-token", &join.token, "password", token, false) }
            if !join.refusal.is_empty() { <p class="refusal" role="alert">{ &join.refusal }</p> }
            <div class="row">
                <button type="submit" class="primary" aria-disabled={(!join.start.enabled).then_some("true")}>{ &join.start.label }</button>
                { for join.again.iter().chain(&join.leave).map(|button| press(button, emit, Look::Words("outlined"))) }
            </div>
            if !join.rows.is_empty() {
                <div role="status"><ul class="connections">
                    { for join.rows.iter().map(|row| html! {
                        <li>
                            <span aria-hidden="true">{ row.sign }</span>
                            <span>if !row.name.is_empty() { <b>{ &row.name }</b>{ " " } }<span class="soft">{ &row.sentence }</span></span>
                        </li>
                    }) }
                </ul></div>
            }
            if let Some((label, choices)) = &join.workloads {
                <div class="row">
                    <label for="join-workload">{ label }</label>
                    { select(choices, emit, label, "outlined", Some("join-workload")) }
                    { for join.test.iter().map(|test| press(test, emit, Look::Words("outlined"))) }
                </div>
                if !join.progress.is_empty() { <p>{ &join.progress }</p> }
                if !join.report.is_empty() { <p role="status">{ &join.report }</p> }
                if !join.findings.is_empty() { { findings(join) } }
            }
            { for join.notes.iter().map(|note| html! { <p class="soft">{ note }</p> }) }
        </form>
    }
}

/// What a test found, each with the operations that show it. The bridge says them in English.
fn findings(join: &Join) -> Html {
    html! {
        <ul class="findings" aria-label={join.found.clone()}>
            { for join.findings.iter().map(|finding| html! {
                <li>
                    <b>{ &finding.name }</b>
                    <p lang="en">{ &finding.sentence }</p>
                    <ul lang="en">{ for finding.operations.iter().map(|operation| html! { <li>{ operation }</li> }) }</ul>
                </li>
            }) }
        </ul>
    }
}

/// A field with its label and help. The `first` to be filled in has the focus when the dialog opens.
pub(crate) fn field(
    id: &'static str,
    field: &JoinField,
    kind: &'static str,
    typed: Callback<String>,
    first: bool,
) -> Html {
    let oninput =
        typed.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value());
    let about = format!("{id}-about");
    html! {
        <div class="stacked">
            <label for={id}>{ &field.label }</label>
            <input type={kind} {id} value={field.value.clone()} {oninput} aria-describedby={about.clone()}
                autofocus={first} autocomplete="off" autocapitalize="off" spellcheck="false" />
            <p class="help" id={about}>{ &field.help }</p>
        </div>
    }
}
