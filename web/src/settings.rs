//! What the page remembers on this machine: language, theme, letters as keys, how questions were answered. A browser may deny it; then nothing is kept.

use studio::Appearance;
use trace::Language;
use web_sys::Storage;

/// Also known to `web/boot.js`.
const LANGUAGE: &str = "synod.language";
/// Also known to `web/boot.js`.
const THEME: &str = "synod.theme";
const LETTERS: &str = "synod.letters";
const SCORES: &str = "synod.scores";
const JOINED: &str = "synod.joined";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

fn write(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // A full or forbidden storage costs the reader a setting, not the page.
        let _ = storage.set_item(key, value);
    }
}

/// The language of the last visit, or the browser's.
pub(crate) fn language() -> Language {
    let wanted = read(LANGUAGE)
        .or_else(|| web_sys::window()?.navigator().language())
        .unwrap_or_default();
    if wanted.to_ascii_lowercase().starts_with("zh") {
        Language::Chinese
    } else {
        Language::English
    }
}

/// Remembers the language and says it on the root, where fonts and screen readers look.
pub(crate) fn set_language(language: Language) {
    write(LANGUAGE, language.code());
    if let Some(root) = root() {
        let _ = root.set_attribute("lang", language.tag());
    }
}

/// The theme of the last visit.
pub(crate) fn appearance() -> Appearance {
    match read(THEME).as_deref() {
        Some("light") => Appearance::Light,
        Some("dark") => Appearance::Dark,
        _ => Appearance::System,
    }
}

/// Remembers the theme and sets it on the root.
pub(crate) fn set_appearance(appearance: Appearance) {
    let name = match appearance {
        Appearance::System => "system",
        Appearance::Light => "light",
        Appearance::Dark => "dark",
    };
    write(THEME, name);
    if let Some(root) = root() {
        let _ = match appearance {
            Appearance::System => root.remove_attribute("data-theme"),
            _ => root.set_attribute("data-theme", name),
        };
    }
}

/// Whether letters act as keys: yes, unless switched off.
pub(crate) fn letters() -> bool {
    read(LETTERS).as_deref() != Some("off")
}

/// Remembers whether letters act as keys.
pub(crate) fn set_letters(on: bool) {
    write(LETTERS, if on { "on" } else { "off" });
}

/// How the questions of stories were answered.
pub(crate) fn scores() -> String {
    read(SCORES).unwrap_or_default()
}

/// Remembers how they were answered; nothing is left of an empty score.
pub(crate) fn set_scores(scores: &str) {
    if !scores.is_empty() {
        write(SCORES, scores);
    } else if let Some(storage) = storage() {
        let _ = storage.remove_item(SCORES);
    }
}

/// What lasts as long as the tab.
fn of_tab() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

/// Which real nodes this tab has joined.
pub(crate) fn joined() -> String {
    let known = of_tab().and_then(|storage| storage.get_item(JOINED).ok()?);
    known.unwrap_or_default()
}

/// Remembers them for as long as the tab is there.
pub(crate) fn set_joined(joined: &str) {
    if let Some(storage) = of_tab() {
        let _ = match joined {
            "" => storage.remove_item(JOINED),
            joined => storage.set_item(JOINED, joined),
        };
    }
}

/// Whether a media query holds.
pub(crate) fn prefers(query: &str) -> bool {
    let list = web_sys::window().and_then(|window| window.match_media(query).ok()?);
    list.is_some_and(|list| list.matches())
}

fn root() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}
