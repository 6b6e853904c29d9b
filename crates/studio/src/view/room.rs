//! The dialog of a room, and what tells that the reader is in one.

use crate::join::Link;
use crate::room::Inside;
use crate::show::{Button, JoinField, Room};
use crate::{Menu, Model, Msg, RoomMsg};
use protocol::Phrase;
use wire::room::Role;

impl Model {
    /// The dialog: where the hub is, which room, and how it stands.
    pub fn room(&self) -> Room {
        let state = &self.room;
        let field = |label, value: &str, help| JoinField {
            label: self.word(label),
            value: value.to_owned(),
            help: self.word(help),
        };
        let whole = !state.hub.trim().is_empty() && !state.name.trim().is_empty();
        let button = |key, help, msg| Button {
            help: self.word(help),
            ..self.button(key, Msg::Room(msg))
        };
        let enter = |key, help, msg| Button {
            enabled: whole,
            ..button(key, help, msg)
        };
        let inside = state.inside.as_deref();
        Room {
            about: self.word("ui.room.about"),
            hub: field("ui.room.hub", &state.hub, "ui.room.hub.help"),
            name: field("ui.room.name", &state.name, "ui.room.name.help"),
            token: field("ui.room.token", &state.token, "ui.room.token.help"),
            refusal: match &state.refusal {
                Some(why) => self.say(why),
                None => String::new(),
            },
            status: inside.map_or_else(String::new, |inside| self.say(&self.room_status(inside))),
            invitation: inside
                .and_then(|inside| self.invitation(inside))
                .unwrap_or_default(),
            present: enter("ui.room.present", "ui.room.present.help", RoomMsg::Present),
            follow: enter("ui.room.follow", "ui.room.follow.help", RoomMsg::Follow),
            leave: inside.map(|_| button("ui.room.leave", "ui.room.leave.help", RoomMsg::Leave)),
        }
    }

    fn room_status(&self, inside: &Inside) -> Phrase {
        let phrase = |key| {
            let phrase = Phrase::new(key).text("room", inside.name.clone());
            phrase.int("n", inside.followers)
        };
        match (&inside.stream.link, inside.role) {
            (Link::Dialling { .. } | Link::Probing, _) => inside.stream.phrase("ui.join.dialling"),
            (Link::Lost { why, again_us }, _) => {
                let left_us = again_us.saturating_sub(self.real_us);
                Phrase::new("ui.join.lost-again")
                    .with("why", protocol::Arg::Phrase(Box::new(why.clone())))
                    .int("seconds", left_us.div_ceil(1_000_000))
            }
            (Link::Ended(why), _) => why.clone(),
            (Link::Watching, Role::Presenter) => phrase("ui.room.status.presents"),
            (Link::Watching, Role::Follower) if !inside.presenter => phrase("ui.room.status.waits"),
            (Link::Watching, Role::Follower) if inside.alone => phrase("ui.room.status.alone"),
            (Link::Watching, Role::Follower) => phrase("ui.room.status.follows"),
        }
    }

    /// The address that leads followers here, if the page came from where the room is.
    fn invitation(&self, inside: &Inside) -> Option<String> {
        let token = inside.follow_token.as_deref()?;
        let hub = match inside.stream.address.url.strip_prefix(&self.own_hub()) {
            Some(path) if path.starts_with("/room/") => String::new(),
            _ => format!(
                "&hub={}",
                crate::join::address::escaped(self.room.hub.trim())
            ),
        };
        let token = crate::join::address::escaped(token);
        Some(format!(
            "{}#follow={}&token={token}{hub}",
            self.page, inside.name
        ))
    }

    /// What stands in the header while the reader is in a room.
    pub(crate) fn room_chip(&self) -> Option<Button> {
        let inside = self.room.inside.as_deref()?;
        let phrase = |key| Phrase::new(key).int("n", inside.followers);
        let phrase = match (&inside.stream.link, inside.role) {
            (Link::Watching, Role::Presenter) => phrase("ui.room.chip.presents"),
            (Link::Watching, Role::Follower) if !inside.presenter => phrase("ui.room.chip.waits"),
            (Link::Watching, Role::Follower) if inside.alone => phrase("ui.room.chip.alone"),
            (Link::Watching, Role::Follower) => phrase("ui.room.chip.follows"),
            _ => phrase("ui.room.chip.lost"),
        };
        Some(Button {
            label: self.say(&phrase),
            help: self.say(&self.room_status(inside)),
            ..self.button("ui.menu.room", Msg::Open(Menu::Room))
        })
    }

    /// Whoever looks around alone is shown the way back.
    pub(crate) fn room_invite(&self) -> Option<Button> {
        let inside = self.room.inside.as_deref()?;
        (inside.alone && inside.presenter).then(|| Button {
            help: self.word("ui.room.come-back.help"),
            ..self.button("ui.room.come-back", Msg::Room(RoomMsg::ComeBack))
        })
    }
}
