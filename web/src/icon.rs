//! Icons: a few thin lines each, drawn in the text's colour. They always stand beside or under a name, never for it.

use yew::prelude::*;

/// An icon: the path that draws it in a square of 24.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Icon(&'static str);

impl Icon {
    pub(crate) const PLAY: Self = Self("M8 5.5v13l10.5-6.5z");
    pub(crate) const PAUSE: Self = Self("M8.5 5.5v13M15.5 5.5v13");
    pub(crate) const BACK: Self = Self("M17.5 6v12L9 12zM6.5 6v12");
    pub(crate) const PREVIOUS_BEAT: Self = Self("M14.5 6.5 9 12l5.5 5.5");
    pub(crate) const LATER: Self = Self("M9.5 6.5 15 12l-5.5 5.5");
    pub(crate) const STEP: Self = Self("M6.5 6v12l8.5-6zM17.5 6v12");
    pub(crate) const MOMENT: Self = Self("M4.5 6.5v11l7-5.5zM12 6.5v11l7-5.5zM20.5 6.5v11");
    pub(crate) const PREVIOUS_MOMENT: Self =
        Self("M19.5 6.5v11l-7-5.5zM12 6.5v11L5 12zM3.5 6.5v11");
    pub(crate) const SLOWER: Self = Self("M6 12h12");
    pub(crate) const FASTER: Self = Self("M6 12h12M12 6v12");
    pub(crate) const UNTIL: Self = Self("M4 12h11M11 7.5l4.5 4.5-4.5 4.5M19.5 5.5v13");
    pub(crate) const SHARE: Self = Self("M12 14.5v-10M8 8l4-4 4 4M6 12v7h12v-7");
    pub(crate) const STORIES: Self = Self(
        "M12 6.5C10 5 7.5 4.5 4.5 4.5v13c3 0 5.5.5 7.5 2 2-1.5 4.5-2 7.5-2v-13c-3 0-5.5.5-7.5 2zM12 6.5v13",
    );
    pub(crate) const HELP: Self = Self("M9 9.2a3 3 0 1 1 4.6 2.6c-1 .7-1.6 1.2-1.6 2.4M12 17.6v.2");
    pub(crate) const MORE: Self = Self("M5.5 11.4v1.2M12 11.4v1.2M18.5 11.4v1.2");
    pub(crate) const CLOSE: Self = Self("M6.5 6.5l11 11M17.5 6.5l-11 11");
    pub(crate) const CUT: Self = Self("M4 5l16 14M4 12h4M16 12h4");
    pub(crate) const HEAL: Self = Self("M4 12h16M8.5 8.5 5 12l3.5 3.5M15.5 8.5 19 12l-3.5 3.5");
    pub(crate) const PIN: Self = Self("M9 4h6l-.8 6.5 3.3 3.5h-11l3.3-3.5zM12 14v6");
    pub(crate) const CRASH: Self = Self("M12 3.5v8M7.5 6.2a7 7 0 1 0 9 0");
    pub(crate) const ASK: Self = Self("M4.5 5.5h15v10h-9l-4 3.5v-3.5h-2z");
    pub(crate) const UNDO: Self = Self("M9 6 4.5 10.5 9 15M4.5 10.5h9a5 5 0 0 1 0 10H11");
    pub(crate) const REDO: Self = Self("M15 6l4.5 4.5L15 15M19.5 10.5h-9a5 5 0 0 0 0 10H13");
    pub(crate) const DIAGRAM: Self = Self("M3.5 6h17M3.5 18h17M6.5 6l7 12M13.5 14.4V18h-3.4");
    pub(crate) const FILTER: Self = Self("M4 6h16M7 12h10M10 18h4");
    pub(crate) const FOLD: Self = Self("M4 12h3M17 12h3M9 8l3 4-3 4M15 8l-3 4 3 4");
    pub(crate) const WHOLE: Self =
        Self("M4 6v12M20 6v12M7.5 12h9M10 9.5 7.5 12l2.5 2.5M14 9.5l2.5 2.5-2.5 2.5");
    pub(crate) const LIGHT: Self = Self(
        "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
    );
    pub(crate) const DARK: Self = Self("M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z");
    pub(crate) const SYSTEM: Self = Self(
        "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 3.5v17M12 7l6.5-1M12 12h8.5M12 17l6.5 1",
    );

    /// The drawing.
    pub(crate) fn draw(self) -> Html {
        html! {
            <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round"
                stroke-linejoin="round" aria-hidden="true">
                <path d={self.0} />
            </svg>
        }
    }
}

/// Two rings, as a leader wears them.
pub(crate) fn wordmark() -> Html {
    html! {
        <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" aria-hidden="true">
            <circle cx="8" cy="8" r="7" stroke-width="1.25" />
            <circle cx="8" cy="8" r="3.5" stroke-width="1.75" />
        </svg>
    }
}
