//! *Up next*: everything that can happen, earliest first; heartbeats fold.

use super::letter;
use crate::acts::{WENT, row_key};
use crate::show::{Button, UpNext, UpNextRow};
use crate::{JoinMsg, Lever, Model, Msg, WhyOf};
use protocol::Phrase;
use sim::{Action, Pending};

/// The key of the fold's row.
const FOLD: &str = "fold";
/// So many heartbeats are listed; from the next on they fold.
const FAINT_MIN: usize = 2;
/// While it plays, so many rows are listed: the list changes many times a second, and nobody reads further.
const PLAYING_ROWS_MAX: usize = 24;
/// The step by which it is told how long a message of real nodes is still under way, in microseconds.
const LEFT_STEP_US: u64 = 100_000;

impl Model {
    /// The list of everything that can happen.
    pub fn up_next(&self) -> UpNext {
        let there = self.bridge().is_some();
        if there && !self.follows() {
            return UpNext {
                empty: self.word("ui.up-next.look-back"),
                ..UpNext::default()
            };
        }
        if self.fixed().is_some() && !there {
            return UpNext {
                empty: self.word(if self.is_joined() {
                    "ui.up-next.joined"
                } else {
                    "ui.up-next.recorded"
                }),
                ..UpNext::default()
            };
        }
        let live = self.is_now();
        let warning = if live {
            String::new()
        } else {
            self.say(&self.instead())
        };
        let went = self.session.playable.went_next();
        let mut rows = Vec::new();
        rows.extend(self.went_as_act().map(|went| self.went_row(went)));
        let fold = self.folded();
        let waiting = self.session.pending.iter().enumerate();
        let waiting: Vec<_> = waiting
            .filter(|(place, row)| !fold.is_some_and(|fold| fold.hides(*place, row)))
            .collect();
        let most = if self.head.playing {
            PLAYING_ROWS_MAX
        } else {
            waiting.len()
        };
        let listed = waiting.iter().take(most);
        rows.extend(listed.map(|(place, row)| self.up_next_row(*place, row, went.as_ref())));
        let more = waiting.len().saturating_sub(most) as u64;
        rows.extend(fold.map(|fold| self.fold_row(fold)));
        UpNext {
            tools: self.bridge_tools(),
            heading: self.word(if there {
                "ui.up-next.bridge"
            } else if live {
                "ui.up-next.live"
            } else {
                "ui.up-next.past"
            }),
            warning,
            more: if more > 0 {
                self.say(&Phrase::new("ui.up-next.more").int("n", more))
            } else {
                String::new()
            },
            empty: if rows.is_empty() {
                self.word(if there {
                    "ui.up-next.bridge-empty"
                } else {
                    "ui.up-next.empty"
                })
            } else {
                String::new()
            },
            rows,
        }
    }

    /// What a bridge can do to all messages at once.
    fn bridge_tools(&self) -> Vec<Button> {
        let Some(bridge) = self.bridge() else {
            return Vec::new();
        };
        let key = if bridge.holding {
            "ui.join.release-all"
        } else {
            "ui.join.hold-all"
        };
        vec![Button {
            help: self.word("ui.join.hold-all.help"),
            ..self.button(key, Msg::Join(JoinMsg::HoldAll(!bridge.holding)))
        }]
    }

    /// "Deliver instead: starts branch B; A stays".
    fn instead(&self) -> Phrase {
        let playable = &self.session.playable;
        let next = playable.branches().len() as u32;
        Phrase::new("ui.up-next.instead")
            .text("new", letter(next))
            .text("old", letter(playable.branch()))
    }

    /// The keys of the rows that can be acted on, in the order in which they are shown.
    pub(crate) fn up_next_keys(&self) -> Vec<String> {
        let fold = self.folded();
        let rows = self.session.pending.iter().enumerate();
        let waiting = rows
            .filter(|(place, row)| !fold.is_some_and(|fold| fold.hides(*place, row)))
            .map(|(_, row)| row_key(row));
        let went = self.went_as_act().map(|_| WENT.to_owned());
        went.into_iter().chain(waiting).collect()
    }

    fn folded(&self) -> Option<Fold> {
        let rows = self.session.pending.iter().enumerate();
        let faint = rows
            .filter(|(place, row)| *place > 0 && foldable(row))
            .count();
        (faint >= FAINT_MIN).then_some(Fold {
            count: faint,
            open: self.look.unfolded,
        })
    }

    fn up_next_row(&self, place: usize, row: &Pending, went: Option<&Action>) -> UpNextRow {
        let key = row_key(row);
        let went_next = went == Some(&row.action);
        let first_key = self.look.row.as_ref();
        UpNextRow {
            sentence: self.say(&row.phrase),
            detail: self.carries(row),
            time: self.row_time(row),
            late: row.late,
            held: row.held,
            next: if went.is_some() {
                went_next
            } else {
                place == 0 && !row.held
            },
            went_next,
            faint: row.faint,
            selected: first_key == Some(&key),
            node: Some(row.node),
            epoch: row.epoch,
            fold: false,
            buttons: self.row_buttons(row, went),
            why: Some(self.keyed(
                "ui.page.why",
                "ui.why.waits",
                "w",
                Msg::WhyOf(WhyOf::Pending(key.clone())),
            )),
            unfold: None,
            key,
        }
    }

    /// What a row's message carries.
    fn carries(&self, row: &Pending) -> String {
        let mut flights = self.session.frame.flights.iter();
        let flight = row
            .message
            .and_then(|name| flights.find(|flight| flight.name == name));
        let label = flight.and_then(|flight| flight.view.label.as_ref());
        label.map_or(String::new(), |label| self.say(label))
    }

    fn row_time(&self, row: &Pending) -> String {
        let pinned = row.message.is_some_and(|message| self.is_pinned(message));
        if pinned {
            self.word("ui.up-next.held")
        } else if row.held {
            self.word("ui.up-next.stands")
        } else if row.late {
            self.word("ui.up-next.late")
        } else {
            // From the cursor, not from the moving head: a list that flickers cannot be read. Where time does not wait for the
            // next event, from the head, by steps.
            let left_us = match self.bridge() {
                Some(_) => {
                    let left_us = row.due_us.saturating_sub(self.head.at_us as u64);
                    left_us.next_multiple_of(LEFT_STEP_US)
                }
                None => row.due_us.saturating_sub(self.session.frame.now_us),
            };
            trace::duration(left_us)
        }
    }

    fn row_buttons(&self, row: &Pending, went: Option<&Action>) -> Vec<(Lever, Button)> {
        let key = |lever| match lever {
            Lever::Pick => match (&row.action, went) {
                (action, Some(went)) if action == went => "ui.up-next.again",
                (Action::Deliver(_), Some(_)) => "ui.up-next.deliver-instead",
                (_, Some(_)) => "ui.up-next.do-instead",
                (Action::Deliver(_), None) => "ui.up-next.deliver",
                (Action::Fire { .. }, None) => "ui.up-next.fire",
                (_, None) => "ui.up-next.do",
            },
            Lever::Hold if row.message.is_some_and(|message| self.is_pinned(message)) => {
                "ui.up-next.release"
            }
            Lever::Hold => "ui.up-next.hold",
            Lever::Drop => "ui.up-next.drop",
            Lever::Duplicate => "ui.up-next.duplicate",
            Lever::Delay => "ui.join.delay",
        };
        let keyboard = |lever| match lever {
            Lever::Pick => "Enter",
            Lever::Hold => "h",
            Lever::Drop => "x",
            Lever::Duplicate => "d",
            Lever::Delay => "",
        };
        let help = if went.is_some() && went != Some(&row.action) {
            self.say(&self.instead())
        } else {
            String::new()
        };
        let levers = [Lever::Pick, Lever::Hold, Lever::Drop, Lever::Duplicate];
        let button = |lever| {
            let action = self.lever_action(lever, row)?;
            let button = Button {
                help: help.clone(),
                key: keyboard(lever),
                ..self.button(key(lever), Msg::Act(action))
            };
            Some((lever, button))
        };
        let delay = row.message.filter(|_| self.bridge().is_some());
        let delay = delay.map(|message| {
            let msg = Msg::Join(JoinMsg::Delay(message));
            (Lever::Delay, self.button(key(Lever::Delay), msg))
        });
        levers.into_iter().filter_map(button).chain(delay).collect()
    }

    /// Somebody's act that went next: it waits in no queue, but Step will do it.
    fn went_row(&self, went: Action) -> UpNextRow {
        let pick = Button {
            key: "Enter",
            ..self.button("ui.up-next.again", Msg::Act(went.clone()))
        };
        UpNextRow {
            sentence: self.say(&self.did(&went)),
            next: true,
            went_next: true,
            selected: self.look.row.as_deref() == Some(WENT),
            buttons: vec![(Lever::Pick, pick)],
            ..bare_row(WENT)
        }
    }

    fn fold_row(&self, fold: Fold) -> UpNextRow {
        let key = if fold.open {
            "ui.up-next.unfolded"
        } else {
            "ui.up-next.folded"
        };
        let phrase = Phrase::new(key).int("n", fold.count as u64);
        let unfold = Button {
            pressed: Some(fold.open),
            ..self.button_of(&phrase, Msg::UpNextFold)
        };
        UpNextRow {
            sentence: unfold.label.clone(),
            faint: true,
            fold: true,
            unfold: Some(unfold),
            ..bare_row(FOLD)
        }
    }
}

/// A row of no event that waits.
fn bare_row(key: &str) -> UpNextRow {
    UpNextRow {
        key: key.into(),
        sentence: String::new(),
        detail: String::new(),
        time: String::new(),
        late: false,
        held: false,
        next: false,
        went_next: false,
        faint: false,
        selected: false,
        node: None,
        epoch: None,
        fold: false,
        buttons: Vec::new(),
        why: None,
        unfold: None,
    }
}

/// The folded heartbeats.
#[derive(Clone, Copy)]
struct Fold {
    count: usize,
    open: bool,
}

impl Fold {
    /// What Play does next is never hidden.
    const fn hides(self, place: usize, row: &Pending) -> bool {
        !self.open && place > 0 && foldable(row)
    }
}

const fn foldable(row: &Pending) -> bool {
    row.faint && !row.held && !row.late
}
