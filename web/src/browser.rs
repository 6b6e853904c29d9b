//! What studio asks of the browser: the address, the clipboard, files, the focus, the announcer. One function a command.

use crate::{crew, settings, sockets, speaker};
use studio::{Command, Deed, Menu, Msg, StoryMsg, Tab, Target};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Response};
use yew::Callback;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = synodSave)]
    fn synod_save(name: &str, blob: &Blob);
}

/// What the dock keeps free at either side of a picture, in pixels.
const DOCK_EDGE: f64 = 16.0;

/// Carries out `command`; what came of it goes to `emit`.
pub(crate) fn carry_out(command: Command, emit: &Callback<Msg>) {
    match command {
        Command::ReplaceAddress(fragment) => replace_address(&fragment),
        Command::NameStory(name) => name_story(&name),
        Command::Fetch(address) => fetch(address, emit.clone()),
        Command::Copy(text) => copy(text, emit.clone()),
        Command::Download { name, mime, text } => save(&name, mime, &text),
        Command::Announce(sentence) => announce(&sentence),
        Command::SetLanguage(language) => settings::set_language(language),
        Command::SetAppearance(appearance) => settings::set_appearance(appearance),
        Command::SetLetters(on) => settings::set_letters(on),
        Command::SetScores(scores) => settings::set_scores(&scores),
        Command::SetJoined(joined) => settings::set_joined(&joined),
        Command::Focus(target) => focus(&target),
        Command::Present(on) => speaker::present(on),
        Command::OpenSpeaker => speaker::open(emit),
        Command::Show { name, html } => speaker::show(&name, &html),
        Command::Crew(command) => crew::carry_out(command, emit),
        Command::Socket(command) => sockets::carry_out(command, emit),
        // The page itself has the pictures.
        Command::Film(_) => {}
    }
}

/// The key of the story's name in the address's query.
const STORY: &str = "scenario";
/// The key of the addresses of real nodes in the address's query.
const JOIN: &str = "join";
/// The key in the query of a page that stands within another one.
const EMBED: &str = "embed";

/// The address without its query and fragment.
pub(crate) fn address() -> String {
    let href = web_sys::window().and_then(|window| window.location().href().ok());
    let href = href.unwrap_or_default();
    href.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// The fragment, without `#`.
pub(crate) fn fragment() -> String {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok());
    hash.unwrap_or_default().trim_start_matches('#').to_owned()
}

/// What the address's query says of `key`, if it names it.
fn asked(key: &str) -> Option<String> {
    let search = web_sys::window().and_then(|window| window.location().search().ok())?;
    let mut pairs = search.trim_start_matches('?').split('&');
    pairs.find_map(|pair| {
        let (named, value) = pair.split_once('=').unwrap_or((pair, ""));
        (named == key).then(|| {
            js_sys::decode_uri_component(value)
                .map(String::from)
                .unwrap_or_default()
        })
    })
}

/// What the address's query names as the story to be told; empty for none, or where a run follows in the fragment.
pub(crate) fn story() -> String {
    asked(STORY).unwrap_or_default()
}

/// Which real nodes the address's query wants joined, or were joined before the page was loaded again; empty for none, or where the
/// address names something else.
pub(crate) fn join() -> String {
    let named = asked(STORY).is_some() || is_embedded() || !fragment().is_empty();
    let before = || (!named).then(settings::joined);
    asked(JOIN).or_else(before).unwrap_or_default()
}

/// Whether the page stands within another one (`?embed`): without what is round the stage, and paused.
pub(crate) fn is_embedded() -> bool {
    asked(EMBED).is_some()
}

fn replace_address(fragment: &str) {
    let query = if is_embedded() { "?embed" } else { "" };
    let hash = if fragment.is_empty() { "" } else { "#" };
    replace(&format!("{}{query}{hash}{fragment}", address()));
}

fn name_story(name: &str) {
    let name = String::from(js_sys::encode_uri_component(name));
    // A path reads better, and may stand in a query as it is.
    let name = name.replace("%2F", "/").replace("%3A", ":");
    let embed = if is_embedded() { "&embed" } else { "" };
    replace(&format!("{}?{STORY}={name}{embed}", address()));
}

/// Fetches a file of a story; it comes back as a message.
fn fetch(address: String, emit: Callback<Msg>) {
    wasm_bindgen_futures::spawn_local(async move {
        let text = text_at(&address).await;
        emit.emit(Msg::Story(StoryMsg::Fetched { address, text }));
    });
}

async fn text_at(address: &str) -> Result<String, String> {
    let said = |error: JsValue| {
        let message = error.dyn_ref::<js_sys::Error>().map(js_sys::Error::message);
        message.map_or_else(|| format!("{error:?}"), String::from)
    };
    let window = web_sys::window().ok_or_else(String::new)?;
    let response = JsFuture::from(window.fetch_with_str(address))
        .await
        .map_err(said)?;
    let response: Response = response.dyn_into().map_err(said)?;
    if !response.ok() {
        return Err(format!("{} {}", response.status(), response.status_text()));
    }
    let text = response.text().map_err(said)?;
    let text = JsFuture::from(text).await.map_err(said)?;
    Ok(text.as_string().unwrap_or_default())
}

/// Replaces, never pushes: the browser's Back leaves the page, and never means undo.
fn replace(address: &str) {
    let Some(window) = web_sys::window() else {
        return;
    };
    // A browser that is asked too often refuses: the next one will do.
    let _ = window
        .history()
        .map(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(address)));
}

fn copy(fragment_or_text: String, emit: Callback<Msg>) {
    let text = fragment_or_text;
    wasm_bindgen_futures::spawn_local(async move {
        let promise = web_sys::window().and_then(|window| {
            // Absent where the page is not served securely.
            let clipboard = js_sys::Reflect::get(&window.navigator(), &"clipboard".into()).ok()?;
            (!clipboard.is_undefined()).then(|| window.navigator().clipboard().write_text(&text))
        });
        let done = match promise {
            Some(promise) => wasm_bindgen_futures::JsFuture::from(promise).await.is_ok(),
            None => false,
        };
        emit.emit(Msg::Done(if done {
            Deed::Copied
        } else {
            Deed::CopyRefused
        }));
    });
}

/// Offers `text` as a file.
pub(crate) fn save(name: &str, mime: &str, text: &str) {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) {
        synod_save(name, &blob);
    }
}

/// Says it to screen readers. The same words again would be kept silent, so a mark that nobody hears makes them differ.
fn announce(sentence: &str) {
    let Some(place) = element("announcer") else {
        return;
    };
    let same = place.text_content().as_deref() == Some(sentence);
    let text = if same {
        format!("{sentence}\u{200b}")
    } else {
        sentence.to_owned()
    };
    place.set_text_content(Some(&text));
}

/// Puts the focus there, if it is in the page.
pub(crate) fn focus(target: &Target) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return;
    };
    if *target == Target::Turn && !focus_is_nowhere() {
        return;
    }
    let selector = match target {
        // Where the diagram stands in its place, it is that.
        Target::Stage | Target::Diagram if element("diagram").is_some() => "#diagram".into(),
        Target::Stage | Target::Diagram => "#stage".into(),
        Target::Search => "#search".into(),
        Target::Dock(Tab::UpNext) => "#up-next .row[tabindex='0']".into(),
        Target::Dock(Tab::Node) => ".who [tabindex='0']".into(),
        Target::Dock(Tab::History) => "#tab-history".into(),
        Target::Dock(Tab::Charts) => "#tab-charts".into(),
        Target::Dock(Tab::Why) => ".causes .cause, .why-answer.bare button".into(),
        Target::Dock(Tab::Events) => ".log [aria-current], .log button".into(),
        Target::Menu(Menu::Join) => "#join-addresses".into(),
        Target::Menu(Menu::Room) => "#room-name".into(),
        Target::Menu(_) => "dialog[open]".into(),
        Target::Opener(menu) => format!("#opener-{}", name(*menu)),
        Target::UpNextRow(key) => {
            // Keys are studio's own and hold no quotes.
            format!("[data-key=\"{key}\"]")
        }
        Target::Turn => ".turn .on".into(),
    };
    let found = document.query_selector(&selector).ok().flatten();
    if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        let _ = found.focus();
    }
}

/// How wide a picture in the dock may be, in the pixels of a laptop's page; before there is a dock, as on a phone.
pub(crate) fn dock_width() -> f64 {
    let panel = element("panel").map_or(0, |panel| panel.client_width());
    let width = f64::from(panel) / crate::surface::page_zoom() - 2.0 * DOCK_EDGE;
    if width > 0.0 { width } else { 320.0 }
}

/// Scrolls the dock: back to its top when its tab changed, and to the cursor, in a list of events and in a history.
pub(crate) fn scroll_dock(tab: Tab, tab_changed: bool) {
    let Some(panel) = element("panel") else {
        return;
    };
    if tab_changed {
        panel.set_scroll_top(0);
    }
    if tab == Tab::History {
        // Whoever opens it reads first what holds.
        if !tab_changed {
            scroll_to_cursor(&panel);
        }
        return;
    }
    let lists_events = tab == Tab::Events;
    let current = panel
        .query_selector(".log [aria-current]")
        .ok()
        .flatten()
        .filter(|_| lists_events);
    if let Some(current) = current.and_then(|current| current.dyn_into::<HtmlElement>().ok()) {
        let (top, high) = (panel.scroll_top(), panel.client_height());
        let at = current.offset_top();
        if at < top || at + current.offset_height() > top + high {
            panel.set_scroll_top(at - high / 2);
        }
    }
}

/// Scrolls to where the cursor stands in a drawing, unless that is in sight.
#[inline(never)]
fn scroll_to_cursor(panel: &web_sys::Element) {
    let drawing = panel.query_selector("[data-cursor]").ok().flatten();
    let Some(drawing) = drawing.and_then(|drawing| drawing.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    let part = drawing.get_attribute("data-cursor");
    let part: f64 = part.and_then(|part| part.parse().ok()).unwrap_or(0.0);
    let at = drawing.offset_top() + (part * f64::from(drawing.offset_height())) as i32;
    let (top, high) = (panel.scroll_top(), panel.client_height());
    // What has just happened stands above the cursor; beneath it lies the sentence of what is pointed at.
    if at < top + high / 3 || at > top + high * 3 / 4 {
        panel.set_scroll_top(at - high * 3 / 4);
    }
}

/// Whether the focus is in *Up next*.
pub(crate) fn focus_is_in_up_next() -> bool {
    let focused = web_sys::window().and_then(|window| window.document()?.active_element());
    focused.is_some_and(|focused| focused.closest("#up-next").ok().flatten().is_some())
}

/// Whether the element of this id has the focus.
pub(crate) fn has_focus(id: &str) -> bool {
    let focused = web_sys::window().and_then(|window| window.document()?.active_element());
    focused.is_some_and(|focused| focused.id() == id)
}

/// Whether nothing has the focus.
pub(crate) fn focus_is_nowhere() -> bool {
    let focused = web_sys::window().and_then(|window| window.document()?.active_element());
    focused.is_none_or(|focused| focused.tag_name() == "BODY")
}

/// The name of a menu in the ids of its openers.
const fn name(menu: Menu) -> &'static str {
    match menu {
        Menu::Protocols => "protocols",
        Menu::Stories => "stories",
        Menu::Parameters
        | Menu::Compare
        | Menu::Find
        | Menu::FromHere
        | Menu::Film
        | Menu::Join
        | Menu::Room => "more",
        Menu::Properties => "properties",
        Menu::Share => "share",
        Menu::Branches => "branches",
        Menu::RunUntil => "run-until",
        Menu::Ask => "ask",
        Menu::Filter => "filter",
        Menu::Help => "help",
    }
}

fn element(id: &str) -> Option<web_sys::Element> {
    web_sys::window()?.document()?.get_element_by_id(id)
}
