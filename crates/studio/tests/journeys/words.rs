//! Both languages, everywhere.

use crate::reader::Reader;
use studio::{Menu, Model, Msg, Setup, Tab, Until};
use trace::Language;

/// Everything that the panels say now.
fn everything(model: &Model) -> String {
    let menus = [
        Menu::Protocols,
        Menu::Parameters,
        Menu::Properties,
        Menu::Share,
        Menu::Branches,
        Menu::RunUntil,
        Menu::Ask,
        Menu::Help,
    ];
    format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}",
        model.header(),
        model.caption(),
        model.up_next(),
        model.node_tab(),
        model.events(),
        model.transport(),
        model.parameters(),
        model.ask(),
        model.branches(),
        model.share(),
        model.tools(),
        model.help(),
        model.toast(),
        model.run_until_menu(),
        (
            model.legend(),
            model.tabs(),
            model.why(),
            menus.map(|menu| model.menu_button(menu))
        ),
    )
}

fn busy(language: Language) -> Reader {
    let mut reader = Reader::with(Setup {
        language,
        ..Setup::default()
    });
    reader.does(Msg::Pause).runs_until(Until::Leader);
    let (leader, _) = reader.leader().unwrap();
    reader
        .does(Msg::CrashOrRestart(leader))
        .runs_until(Until::Leader)
        .does(Msg::Tab(Tab::Events))
        .does(Msg::SelectNode(Some(leader)))
        .does(Msg::Cut(studio::CutMsg::Toggle))
        .does(Msg::Why);
    reader
}

#[test]
fn no_key_shows_through_and_no_value_is_missing() {
    for language in Language::ALL {
        let reader = busy(language);
        let said = everything(&reader.model);
        let quoted = said.split('"').skip(1).step_by(2);
        for text in quoted {
            let bare = ["ui.", "event.", "stage.", "pending.", "param.", "role."]
                .iter()
                .any(|family| text.starts_with(family));
            assert!(!bare, "{language:?}: `{text}` is a key, not words");
            let slot = text.contains('{') && !text.contains("{}") && !text.contains(": ");
            assert!(!slot, "{language:?}: `{text}` lacks a value");
        }
    }
}

#[test]
fn the_language_can_be_switched_and_back() {
    let mut reader = busy(Language::English);
    let english = everything(&reader.model);
    reader.does(Msg::SetLanguage(Language::Chinese));
    assert_eq!(reader.model.language(), Language::Chinese);
    let chinese = everything(&reader.model);
    assert_eq!(reader.model.transport().step.label, "单步");
    assert!(!chinese.contains("Next moment") && !chinese.contains("Crash the"));
    reader.does(Msg::SetLanguage(Language::English));
    assert_eq!(everything(&reader.model), english);
}
