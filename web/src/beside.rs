//! The second run of two: its stage, its painting, and the form in which it is chosen. Apart from the first, so that whoever
//! looks at one run alone need not wait for this code.

use crate::app::App;
use crate::icon::Icon;
use crate::menus::{Sends, field};
use crate::press::{Emit, Look, press, select};
use studio::show::{Beside, Compare};
use studio::{CompareMsg, Msg};
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
    pub(crate) fn beside_view(&self, beside: &Beside) -> Html {
        html! {
            <>
                <p class="run here">{ &beside.here }</p>
                <div class="run there">
                    <p>
                        { &beside.there }
                        if !beside.violated.is_empty() { <span class="verdict broken">{ "✗ " }{ &beside.violated }</span> }
                        if !beside.note.is_empty() { <span class="soft">{ &beside.note }</span> }
                    </p>
                    { press(&beside.end, &self.emit, Look::Words("small outlined wide")) }
                    { press(&beside.end, &self.emit, Look::Icon(Icon::CLOSE, "narrow")) }
                </div>
                <div class="view second">
                    <canvas ref={self.beside.canvas.clone()} id="beside" role="img" aria-label={beside.there.clone()}
                        aria-describedby="description-beside"></canvas>
                    <section class="hidden" aria-label={beside.there.clone()}>
                        <ul id="description-beside">
                            { for self.beside_description.iter().map(|sentence| html! { <li>{ sentence }</li> }) }
                        </ul>
                    </section>
                </div>
            </>
        }
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
