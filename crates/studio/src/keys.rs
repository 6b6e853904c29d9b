//! The keyboard as a pure function. Letters and other characters act only while the stage or *Up next* has the focus, and can
//! be switched off: screen readers own them elsewhere (WCAG 2.1.4).

use crate::diagram::{DiagramMsg, Way};
use crate::{CompareMsg, CutMsg, Lever, Menu, Msg, PresentMsg, StoryMsg, Tab, WhyOf};

/// A key that was pressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Press<'a> {
    /// As `KeyboardEvent.key` spells it: `" "`, `ArrowRight`, `n`, `N`.
    pub key: &'a str,
    /// Whether Shift is down.
    pub shift: bool,
    /// Whether Control or Command is down.
    pub command: bool,
    /// Whether Alt is down.
    pub alt: bool,
}

/// What has the focus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Focus {
    /// The stage, or something on it.
    Stage,
    /// The space-time diagram.
    Diagram,
    /// The list of *Up next*.
    UpNext,
    /// Nothing in particular.
    Page,
    /// A button, a link or a switch: it owns Space and Enter.
    Button,
    /// A control that owns the arrows as well: tabs, sliders, lists, selects.
    Arrows,
    /// A field that owns every key.
    Text,
    /// An open menu or panel: it owns all but Escape.
    Menu,
}

/// What the page is at, as far as keys care.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Mode {
    /// Whether letters and other characters act at all.
    pub letters: bool,
    /// Whether a story is on: then the keys that clickers send turn its beats.
    pub story: bool,
    /// Whether it waits for an answer: then digits choose.
    pub asks: bool,
    /// Whether the page is presented: then every key that a clicker may send turns what is shown.
    pub presents: bool,
}

/// What a key does; `None` leaves it to the browser.
pub fn key(press: Press<'_>, focus: Focus, mode: Mode) -> Option<Msg> {
    let Mode { letters, story, .. } = mode;
    if press.alt {
        return None;
    }
    if press.key == "Escape" {
        return Some(Msg::Close);
    }
    if focus == Focus::Text {
        return None;
    }
    if press.command {
        return match (press.key, press.shift) {
            ("z" | "Z", false) => Some(Msg::Undo),
            ("z" | "Z", true) | ("y", false) => Some(Msg::Redo),
            _ => None,
        };
    }
    if focus == Focus::Menu {
        return None;
    }
    if mode.presents
        && let Some(msg) = presenting(press, focus, letters)
    {
        return Some(Msg::Present(msg));
    }
    match press.key {
        "PageDown" if story => return Some(Msg::Story(StoryMsg::Next)),
        "PageUp" if story => return Some(Msg::Story(StoryMsg::Previous)),
        _ => {}
    }
    if mode.asks
        && letters
        && focus != Focus::Arrows
        && let Some(choice) = digit(press.key)
    {
        return Some(Msg::Story(StoryMsg::Choose(choice)));
    }
    if focus == Focus::Diagram
        && let Some(msg) = diagram(press, letters)
    {
        return Some(Msg::Diagram(msg));
    }
    moves(press, focus).or_else(|| {
        let owns = letters && matches!(focus, Focus::Stage | Focus::Diagram | Focus::UpNext);
        let by_letter = owns.then(|| match (press.key, focus) {
            ("w", Focus::UpNext) => Some(Msg::WhyOf(WhyOf::Row)),
            (key, _) => character(key),
        });
        let by_letter = by_letter.flatten();
        by_letter.or_else(|| enter(press, focus))
    })
}

/// Clickers send page keys, arrows, F5 to begin, and a character that blanks the screen.
fn presenting(press: Press<'_>, focus: Focus, letters: bool) -> Option<PresentMsg> {
    let on_button = matches!(focus, Focus::Button | Focus::Arrows);
    Some(match press.key {
        "PageDown" | "ArrowRight" | "ArrowDown" => PresentMsg::Next,
        "PageUp" | "ArrowLeft" | "ArrowUp" => PresentMsg::Previous,
        " " if !on_button => PresentMsg::Next,
        "b" | "B" | "." if letters => PresentMsg::Blank,
        "F5" => PresentMsg::Stay,
        _ => return None,
    })
}

/// The place of the answer that a digit chooses.
fn digit(key: &str) -> Option<usize> {
    let number: usize = key.parse().ok()?;
    (1..=6).contains(&number).then(|| number - 1)
}

/// Space, arrows, Home and End.
fn moves(press: Press<'_>, focus: Focus) -> Option<Msg> {
    let owns_arrows = matches!(focus, Focus::Arrows);
    let owns_space = matches!(focus, Focus::Arrows | Focus::Button);
    Some(match (press.key, press.shift) {
        (" ", false) if !owns_space => Msg::PlayPause,
        _ if owns_arrows => return None,
        ("ArrowRight", false) => Msg::Step,
        ("ArrowLeft", false) => Msg::Back,
        ("ArrowRight", true) => Msg::NextMoment,
        ("ArrowLeft", true) => Msg::PreviousMoment,
        ("ArrowDown", false) if focus == Focus::UpNext => Msg::UpNextMove(1),
        ("ArrowUp", false) if focus == Focus::UpNext => Msg::UpNextMove(-1),
        ("Home", false) => Msg::ToStart,
        ("End", false) => Msg::GoLive,
        _ => return None,
    })
}

/// On the diagram arrows go from event to event, and signs move what is seen.
fn diagram(press: Press<'_>, letters: bool) -> Option<DiagramMsg> {
    Some(match (press.key, press.shift) {
        ("ArrowLeft", false) => DiagramMsg::Go(Way::Before),
        ("ArrowRight", false) => DiagramMsg::Go(Way::After),
        ("ArrowUp", false) => DiagramMsg::Go(Way::Cause),
        ("ArrowDown", false) => DiagramMsg::Go(Way::Effect),
        ("PageUp", false) => DiagramMsg::Page(false),
        ("PageDown", false) => DiagramMsg::Page(true),
        _ if !letters => return None,
        ("+" | "=", _) => DiagramMsg::In,
        ("-", _) => DiagramMsg::Out,
        ("0", _) => DiagramMsg::Whole,
        ("f", _) => DiagramMsg::Follow,
        ("q", _) => DiagramMsg::Collapse,
        ("<" | ",", _) => DiagramMsg::Earlier,
        (">" | ".", _) => DiagramMsg::Later,
        _ => return None,
    })
}

fn enter(press: Press<'_>, focus: Focus) -> Option<Msg> {
    (press.key == "Enter" && focus == Focus::UpNext).then_some(Msg::Lever(Lever::Pick))
}

fn character(key: &str) -> Option<Msg> {
    Some(match key {
        "n" => Msg::NextOfNode,
        "N" => Msg::PreviousOfNode,
        "-" | "[" => Msg::Slower,
        "+" | "=" | "]" => Msg::Faster,
        "j" => Msg::UpNextMove(1),
        "k" => Msg::UpNextMove(-1),
        "h" => Msg::Lever(Lever::Hold),
        "x" => Msg::Lever(Lever::Drop),
        "d" => Msg::Lever(Lever::Duplicate),
        "c" => Msg::CrashOrRestartSelected,
        "p" => Msg::Cut(CutMsg::Toggle),
        "D" => Msg::Diagram(DiagramMsg::Toggle),
        "b" => Msg::Open(Menu::Branches),
        "f" => Msg::Open(Menu::FromHere),
        "v" => Msg::Open(Menu::Compare),
        "g" => Msg::Compare(CompareMsg::Parting),
        "w" => Msg::WhyOf(WhyOf::Selected),
        "/" => Msg::FocusSearch,
        "1" => Msg::Tab(Tab::UpNext),
        "2" => Msg::Tab(Tab::Node),
        "3" => Msg::Tab(Tab::Events),
        "4" => Msg::Tab(Tab::History),
        "5" => Msg::Tab(Tab::Charts),
        "6" => Msg::Tab(Tab::Why),
        "?" => Msg::Open(Menu::Help),
        _ => return None,
    })
}

/// The keys and the words of what they do, for the help.
pub(crate) const TABLE: [(&str, &str); 25] = [
    ("Space", "ui.keys.play"),
    ("→  ←", "ui.keys.step"),
    ("Shift + →  ←", "ui.keys.moment"),
    ("n  N", "ui.keys.node"),
    ("Home  End", "ui.keys.ends"),
    ("-  +   [  ]", "ui.keys.speed"),
    ("j  k", "ui.keys.rows"),
    ("Enter", "ui.keys.pick"),
    ("h  x  d", "ui.keys.levers"),
    ("c", "ui.keys.crash"),
    ("p", "ui.keys.cut"),
    ("b", "ui.keys.branches"),
    ("f", "ui.keys.from-here"),
    ("v", "ui.keys.compare"),
    ("g", "ui.keys.parting"),
    ("D", "ui.keys.diagram"),
    ("→ ← ↑ ↓  +  -  0  <  >", "ui.keys.in-diagram"),
    ("w", "ui.keys.why"),
    ("/", "ui.keys.search"),
    ("1 … 6", "ui.keys.tabs"),
    ("PageDown  PageUp", "ui.keys.beats"),
    ("1 … 6", "ui.keys.answers"),
    ("→ ↓ ← ↑  B  .  Esc", "ui.keys.presenting"),
    ("Ctrl/⌘ + Z", "ui.keys.undo"),
    ("?  Esc", "ui.keys.help"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str, focus: Focus) -> Option<Msg> {
        let shift = key.chars().all(|c| c.is_ascii_uppercase()) && key.len() == 1;
        super::key(
            Press {
                key,
                shift,
                ..Press::default()
            },
            focus,
            Mode {
                letters: true,
                ..Mode::default()
            },
        )
    }

    const fn mode(letters: bool, story: bool, asks: bool) -> Mode {
        Mode {
            letters,
            story,
            asks,
            presents: false,
        }
    }

    #[test]
    fn letters_act_on_the_stage_and_in_up_next_alone() {
        for (key, msg) in [("n", Msg::NextOfNode), ("c", Msg::CrashOrRestartSelected)] {
            assert_eq!(press(key, Focus::Stage), Some(msg.clone()));
            assert_eq!(press(key, Focus::UpNext), Some(msg));
            for focus in [
                Focus::Page,
                Focus::Button,
                Focus::Arrows,
                Focus::Text,
                Focus::Menu,
            ] {
                assert_eq!(press(key, focus), None, "{key} with {focus:?}");
            }
        }
        let selected = Msg::WhyOf(WhyOf::Selected);
        assert_eq!(press("w", Focus::Stage), Some(selected));
        assert_eq!(press("w", Focus::UpNext), Some(Msg::WhyOf(WhyOf::Row)));
        let off = Press {
            key: "n",
            ..Press::default()
        };
        assert_eq!(
            super::key(off, Focus::Stage, mode(false, false, false)),
            None
        );
    }

    #[test]
    fn space_on_a_control_is_the_controls() {
        assert_eq!(press(" ", Focus::Stage), Some(Msg::PlayPause));
        assert_eq!(press(" ", Focus::Page), Some(Msg::PlayPause));
        for focus in [Focus::Button, Focus::Arrows, Focus::Text, Focus::Menu] {
            assert_eq!(press(" ", focus), None, "{focus:?}");
        }
    }

    #[test]
    fn arrows_step_unless_the_control_owns_them() {
        assert_eq!(press("ArrowRight", Focus::Button), Some(Msg::Step));
        assert_eq!(press("ArrowLeft", Focus::Page), Some(Msg::Back));
        assert_eq!(press("ArrowRight", Focus::Arrows), None);
        let shifted = Press {
            key: "ArrowRight",
            shift: true,
            ..Press::default()
        };
        assert_eq!(
            super::key(shifted, Focus::Stage, mode(true, false, false)),
            Some(Msg::NextMoment)
        );
    }

    #[test]
    fn undo_works_everywhere_but_in_text() {
        let undo = Press {
            key: "z",
            command: true,
            ..Press::default()
        };
        assert_eq!(
            super::key(undo, Focus::Menu, mode(false, false, false)),
            Some(Msg::Undo)
        );
        assert_eq!(super::key(undo, Focus::Text, mode(true, true, false)), None);
        let redo = Press {
            shift: true,
            ..undo
        };
        assert_eq!(
            super::key(redo, Focus::Stage, mode(true, false, false)),
            Some(Msg::Redo)
        );
    }

    #[test]
    fn escape_closes_from_everywhere() {
        for focus in [Focus::Stage, Focus::Text, Focus::Menu, Focus::Arrows] {
            assert_eq!(press("Escape", focus), Some(Msg::Close));
        }
    }

    #[test]
    fn digits_answer_while_a_question_waits_unless_switched_off() {
        let two = Press {
            key: "2",
            ..Press::default()
        };
        let chosen = Some(Msg::Story(StoryMsg::Choose(1)));
        for focus in [Focus::Stage, Focus::Page, Focus::Button, Focus::UpNext] {
            assert_eq!(
                super::key(two, focus, mode(true, true, true)),
                chosen,
                "{focus:?}"
            );
            assert_eq!(
                super::key(two, focus, mode(false, true, true)),
                None,
                "{focus:?}"
            );
        }
        for focus in [Focus::Text, Focus::Menu, Focus::Arrows] {
            assert_eq!(
                super::key(two, focus, mode(true, true, true)),
                None,
                "{focus:?}"
            );
        }
        let tab = super::key(two, Focus::Stage, mode(true, true, false));
        assert_eq!(tab, Some(Msg::Tab(Tab::Node)));
    }

    #[test]
    fn while_presenting_every_key_of_a_clicker_turns_or_blanks() {
        let presents = Mode {
            letters: true,
            presents: true,
            ..Mode::default()
        };
        let press = |key: &str, focus, mode| {
            let press = Press {
                key,
                ..Press::default()
            };
            super::key(press, focus, mode)
        };
        for (key, msg) in [
            ("PageDown", PresentMsg::Next),
            ("ArrowRight", PresentMsg::Next),
            ("ArrowDown", PresentMsg::Next),
            (" ", PresentMsg::Next),
            ("PageUp", PresentMsg::Previous),
            ("ArrowLeft", PresentMsg::Previous),
            ("b", PresentMsg::Blank),
            (".", PresentMsg::Blank),
            ("F5", PresentMsg::Stay),
        ] {
            let wanted = Some(Msg::Present(msg));
            for focus in [Focus::Page, Focus::Stage, Focus::Diagram] {
                assert_eq!(press(key, focus, presents), wanted, "{key} with {focus:?}");
            }
            assert_eq!(press(key, Focus::Text, presents), None, "{key}");
            assert_ne!(press(key, Focus::Stage, Mode::default()), wanted, "{key}");
        }
        assert_eq!(
            press(" ", Focus::Button, presents),
            None,
            "it is the button's"
        );
        let quiet = Mode {
            letters: false,
            ..presents
        };
        assert_eq!(press("b", Focus::Page, quiet), None);
        assert_eq!(press("Escape", Focus::Page, presents), Some(Msg::Close));
    }

    #[test]
    fn clickers_turn_the_beats_of_a_story_and_scroll_without_one() {
        let next = Press {
            key: "PageDown",
            ..Press::default()
        };
        for focus in [Focus::Stage, Focus::Page, Focus::Button, Focus::Arrows] {
            let on = super::key(next, focus, mode(false, true, false));
            assert_eq!(on, Some(Msg::Story(StoryMsg::Next)), "{focus:?}");
            assert_eq!(
                super::key(next, focus, mode(true, false, false)),
                None,
                "{focus:?}"
            );
        }
        for focus in [Focus::Text, Focus::Menu] {
            assert_eq!(
                super::key(next, focus, mode(true, true, true)),
                None,
                "{focus:?}"
            );
        }
    }
}
