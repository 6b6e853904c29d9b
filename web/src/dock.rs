//! The dock: tabs over one panel; on a phone a half sheet that opens and closes.

use crate::press::{Emit, roving};
use crate::words::Words;
use studio::show::TabButton;
use studio::{Msg, Tab};
use yew::prelude::*;

/// The name of a tab in ids.
pub(crate) const fn name(tab: Tab) -> &'static str {
    match tab {
        Tab::UpNext => "up-next",
        Tab::Node => "node",
        Tab::Events => "events",
        Tab::History => "history",
        Tab::Charts => "charts",
        Tab::Why => "why",
    }
}

/// The tabs and the open panel.
pub(crate) fn dock(
    tabs: &[TabButton],
    sheet: bool,
    panel: Html,
    words: &Words,
    emit: &Emit,
) -> Html {
    let onkeydown = Callback::from(|event: KeyboardEvent| roving(&event));
    let open = tabs
        .iter()
        .find(|tab| tab.open)
        .map_or(Tab::UpNext, |tab| tab.tab);
    html! {
        <section class={classes!("dock", (!sheet).then_some("closed"))} aria-label={words.dock}>
            <div class="tabs" role="tablist" aria-label={words.dock} {onkeydown}>
                { for tabs.iter().map(|tab| {
                    let (emit, which, is_open) = (emit.clone(), tab.tab, tab.open);
                    let onclick = Callback::from(move |_: MouseEvent| {
                        // On a phone the open tab closes its sheet; elsewhere the sheet's state is not to be seen.
                        emit.emit(if sheet && is_open { Msg::Sheet(false) } else { Msg::Tab(which) });
                    });
                    html! {
                        <button type="button" role="tab" key={name(which)} id={format!("tab-{}", name(which))}
                            aria-selected={if is_open { "true" } else { "false" }} aria-controls="panel"
                            tabindex={if is_open { "0" } else { "-1" }} {onclick}>{ &tab.label }</button>
                    }
                }) }
            </div>
            <div class="panel" role="tabpanel" id="panel" tabindex="-1" aria-labelledby={format!("tab-{}", name(open))}>
                { panel }
            </div>
        </section>
    }
}
