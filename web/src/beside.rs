//! The second run of two: its stage, its painting, and the form in which it is chosen. Apart from the first, so that whoever
//! looks at one run alone need not wait for this code.

use crate::app::{App, AppMsg};
use crate::icon::Icon;
use crate::menus::{Sends, field};
use crate::pointer::{REACH_MOUSE, REACH_TOUCH};
use crate::press::{Emit, Look, press, select};
use scene::{Point, Subject};
use studio::show::{Beside, Compare};
use studio::{CompareMsg, Msg};
use wasm_bindgen::JsCast;
use web_sys::{MouseEvent, PointerEvent};
use yew::prelude::*;

impl App {
    /// Paints the second stage.
    #[inline(never)]
    pub(crate) fn paint_beside(&mut self) {
        if self.beside.is_open()
            && let Some(input) = self.model.beside_input(self.beside.size())
        {
            self.beside.scene.stage(&input);
            self.beside.paint(self.colours);
        }
    }

    /// The second stage, under what tells it from the first. It is looked at: acts go to the first, and come to both.
    #[inline(never)]
    pub(crate) fn beside_view(&self, ctx: &Context<Self>, beside: &Beside) -> Html {
        let onclick = ctx.link().callback(AppMsg::Second);
        let onpointermove = ctx
            .link()
            .callback(|event: PointerEvent| AppMsg::Second(event.into()));
        html! {
            <>
                <p class="run here" title={beside.here.clone()}>{ &beside.here }</p>
                <div class="run there">
                    <p title={beside.there.clone()}>
                        { &beside.there }
                        if !beside.note.is_empty() { <span class="soft">{ &beside.note }</span> }
                    </p>
                    if let Some(violated) = &beside.violated {
                        { press(violated, &self.emit, Look::Words("small outlined broken")) }
                    }
                    { press(&beside.end, &self.emit, Look::Words("small outlined wide")) }
                    { press(&beside.end, &self.emit, Look::Icon(Icon::CLOSE, "narrow")) }
                </div>
                { apart(beside, &self.emit) }
                <div class="view second">
                    <canvas ref={self.beside.canvas.clone()} id="beside" role="img" aria-label={beside.there.clone()}
                        aria-describedby="description-beside" {onclick} {onpointermove}></canvas>
                    <section class="hidden" aria-label={beside.there.clone()}>
                        <ul id="description-beside">
                            { for self.beside_description.iter().map(|sentence| html! { <li>{ sentence }</li> }) }
                        </ul>
                    </section>
                </div>
            </>
        }
    }

    /// A pointer on the second stage: it tells what is under it, and a click selects that. Says whether the panels must be drawn.
    #[inline(never)]
    pub(crate) fn point_beside(&mut self, event: &MouseEvent) -> bool {
        let point = Point::new(f64::from(event.offset_x()), f64::from(event.offset_y()));
        let touches = event
            .dyn_ref::<PointerEvent>()
            .is_some_and(|event| event.pointer_type() == "touch");
        let reach = if touches { REACH_TOUCH } else { REACH_MOUSE };
        let node = match self.beside.scene.hit(point, reach) {
            Some(Subject::Node(node) | Subject::Vote { voter: node, .. }) => Some(node),
            _ => None,
        };
        if event.type_() == "click" {
            self.send(match node {
                Some(node) => Msg::Compare(CompareMsg::Node(node)),
                None => Msg::SelectNode(None),
            });
            return true;
        }
        if let Some(canvas) = self.beside.element() {
            let hint = node.and_then(|node| self.model.beside_hint(node));
            let _ = canvas
                .class_list()
                .toggle_with_force("over", node.is_some());
            canvas.set_title(&hint.unwrap_or_default());
        }
        false
    }
}

/// Where the two part, and what differs now.
fn apart(beside: &Beside, emit: &Emit) -> Html {
    let now = [&beside.differing, &beside.passed];
    let now = now.map(String::as_str).join(" ");
    if beside.parting.is_empty() && now.trim().is_empty() {
        return Html::default();
    }
    html! {
        <div class="apart">
            <p title={format!("{} {now}", beside.parting)}>
                <b aria-hidden="true">{ "≠ " }</b>
                { &beside.parting }{ " " }<span class="soft">{ now.trim() }</span>
            </p>
            if let Some(to) = &beside.to_parting { { press(to, emit, Look::Words("small outlined")) } }
        </div>
    }
}

/// The form in which a second run is chosen.
pub(crate) fn compare(form: &Compare, emit: &Emit) -> Html {
    let send = emit.reform(|value: String| Msg::Compare(CompareMsg::Value(value)));
    let sends = Sends {
        typed: send.clone(),
        set: send,
    };
    html! {
        <>
            <p class="soft">{ &form.about }</p>
            if !form.now.is_empty() {
                <div class="row">
                    <span>{ &form.now }</span>
                    if let Some(end) = &form.end { { press(end, emit, Look::Words("outlined")) } }
                </div>
            }
            <div class="fields">
                <div class="control">
                    <label for="compare-what">{ &form.parameter }</label>
                    <div class="field">{ select(&form.parameters, emit, &form.parameter, "outlined", Some("compare-what")) }</div>
                </div>
                if let Some(kind) = &form.kind {
                    <div class="control">
                        <label for="compare-value">{ &form.label }</label>
                        <div class="field">{ field(kind, "compare-value", "compare-here", &form.label, emit, &sends) }</div>
                        <p class="help" id="compare-here">{ &form.here }</p>
                    </div>
                }
            </div>
            if !form.note.is_empty() { <p role="status">{ &form.note }</p> }
            if let Some(start) = &form.start { <div class="row">{ press(start, emit, Look::Words("primary")) }</div> }
        </>
    }
}
