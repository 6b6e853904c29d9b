//! The header: what runs, how its properties stand, and what is about the page rather than the run.

use crate::icon::{Icon, wordmark};
use crate::press::{Emit, Look, named, on, press, select};
use crate::words::Words;
use studio::show::{self, Button, Standing};
use studio::{Appearance, Menu, Msg};
use trace::Language;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub(crate) header: show::Header,
    pub(crate) stories: String,
    pub(crate) share: String,
    pub(crate) help: String,
    pub(crate) language: Language,
    pub(crate) appearance: Appearance,
    pub(crate) more_open: bool,
    /// Opens the menu of everything else.
    pub(crate) more: Callback<MouseEvent>,
    pub(crate) words: &'static Words,
    pub(crate) emit: Emit,
}

/// A button that is only of the page.
pub(crate) fn plain(label: &str, msg: Msg) -> Button {
    Button {
        label: label.to_owned(),
        help: String::new(),
        key: "",
        msg,
        enabled: true,
        pressed: None,
    }
}

/// The icon, the name and the message of the appearance switch: it goes round.
pub(crate) fn theme(appearance: Appearance, words: &Words) -> (Icon, &'static str, Msg) {
    match appearance {
        Appearance::System => (
            Icon::SYSTEM,
            words.theme_system,
            Msg::SetAppearance(Appearance::Light),
        ),
        Appearance::Light => (
            Icon::LIGHT,
            words.theme_light,
            Msg::SetAppearance(Appearance::Dark),
        ),
        Appearance::Dark => (
            Icon::DARK,
            words.theme_dark,
            Msg::SetAppearance(Appearance::System),
        ),
    }
}

/// The language that the switch leads to.
pub(crate) const fn other(language: Language) -> Language {
    match language {
        Language::English => Language::Chinese,
        Language::Chinese => Language::English,
    }
}

#[component]
pub(crate) fn Header(props: &Props) -> Html {
    let Props {
        header,
        stories,
        share,
        help,
        language,
        appearance,
        more_open,
        more,
        words,
        emit,
    } = props;
    let (theme_icon, theme_name, theme_msg) = theme(*appearance, words);
    let theme = plain(theme_name, theme_msg);
    let stories = plain(stories, Msg::Open(Menu::Stories));
    let share = plain(share, Msg::Open(Menu::Share));
    let help = plain(help, Msg::Open(Menu::Help));
    html! {
        <header class={classes!("header", header.room.is_some().then_some("in-room"))}>
            <h1 class="wordmark">{ wordmark() }<span>{ "Synod" }</span></h1>
            { select(&header.protocols, emit, words.protocol, "", Some("opener-protocols")) }
            if !header.server_counts.is_empty() {
                { select(&header.server_counts, emit, words.servers, "wide", None) }
            }
            if !header.variant.is_empty() {
                <button type="button" class="wide chip variant" onclick={on::<MouseEvent>(emit, &Msg::Open(header.variant_menu))}>
                    { &header.variant }
                </button>
            }
            if let Some(room) = &header.room {
                { press(room, emit, Look::Words("chip room")) }
            }
            <span class="wide">{ named(&stories, on(emit, &stories.msg), Look::Both(Icon::STORIES, ""), Some("opener-stories")) }</span>
            <span class="space"></span>
            { properties(header, emit) }
            <span class="wide">{ named(&share, on(emit, &share.msg), Look::Both(Icon::SHARE, ""), Some("opener-share")) }</span>
            <button type="button" lang={other(*language).tag()} onclick={on::<MouseEvent>(emit, &Msg::SetLanguage(other(*language)))}>
                { words.other_language }
            </button>
            <span class="wide">{ named(&theme, on(emit, &theme.msg), Look::Icon(theme_icon, ""), None) }</span>
            <span class="wide">{ named(&help, on(emit, &help.msg), Look::Icon(Icon::HELP, ""), Some("opener-help")) }</span>
            <button type="button" class="icon" id="opener-more" aria-label={words.more} title={words.more} aria-haspopup="dialog"
                aria-expanded={if *more_open { "true" } else { "false" }} onclick={more.clone()}>
                { Icon::MORE.draw() }
            </button>
        </header>
    }
}

/// The sign of a standing: colour is never the only carrier.
pub(crate) const fn sign(standing: Standing) -> &'static str {
    match standing {
        Standing::Holds | Standing::Met => "✓",
        Standing::Waits => "…",
        Standing::Violated => "✗",
    }
}

/// The class of a standing's sign.
pub(crate) fn verdict(standing: Standing) -> Classes {
    classes!(
        "verdict",
        (standing == Standing::Violated).then_some("broken")
    )
}

fn properties(header: &show::Header, emit: &Emit) -> Html {
    html! {
        <button type="button" id="opener-properties" class={classes!("properties", (header.standing == Standing::Violated).then_some("violated"))}
            aria-label={header.properties.clone()} title={header.properties.clone()} aria-haspopup="dialog"
            onclick={on::<MouseEvent>(emit, &Msg::Open(Menu::Properties))}>
            <span class={verdict(header.standing)} aria-hidden="true">{ sign(header.standing) }</span>
            <span class="wide">{ &header.properties }</span>
            if !header.chips.is_empty() { <span class="narrow">{ header.count }</span> }
        </button>
    }
}
