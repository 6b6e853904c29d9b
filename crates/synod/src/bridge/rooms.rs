//! Rooms: who is in them, who presents, and where the presenter is. Decides; knows nothing of sockets or the clock.
//!
//! A member looks at what a room shows ([`Shown`]) whenever it has time: what it did not look at in between it never hears of, so that
//! nobody who is slow keeps anything waiting.

#![expect(
    clippy::disallowed_types,
    reason = "connections are served by several threads"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use wire::room::{Cursor, Refusal};

/// How many rooms there may be.
pub(super) const ROOMS_MAX: usize = 256;
/// How many members a room may have at one hub.
pub(super) const MEMBERS_MAX: u64 = 2_000;

/// What a room shows to its members.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Shown {
    /// Which cursor this is; 0: there has been none.
    pub(super) cursor_number: u64,
    /// Where the presenter is, or was; without its link.
    pub(super) cursor: Cursor,
    /// Which link this is.
    pub(super) link_number: u64,
    /// The link.
    pub(super) link: Arc<str>,
    /// Who presents, if anybody does.
    pub(super) presenter: Option<u64>,
    /// How many follow.
    pub(super) followers: u64,
}

/// All rooms of a hub.
#[derive(Clone, Default)]
pub(super) struct Rooms(Arc<Mutex<All>>);

#[derive(Default)]
struct All {
    rooms: BTreeMap<String, Room>,
    members: u64,
}

struct Room {
    shown: watch::Sender<Shown>,
    /// With what the present presenter takes over.
    secret: Arc<str>,
    members: u64,
}

/// A place in a room, until it is dropped.
pub(super) struct Member {
    rooms: Rooms,
    room: String,
    number: u64,
    follows: bool,
    /// What the room shows.
    pub(super) shown: watch::Receiver<Shown>,
}

impl Rooms {
    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody comes into a room, which is there from then on; it neither presents nor follows yet.
    ///
    /// # Errors
    /// Why there is no place.
    pub(super) fn enter(&self, name: &str) -> Result<Member, Refusal> {
        let mut all = self.lock();
        if !all.rooms.contains_key(name) && all.rooms.len() >= ROOMS_MAX {
            return Err(Refusal::Rooms);
        }
        all.members += 1;
        let number = all.members;
        let room = all.rooms.entry(name.to_owned()).or_insert_with(|| Room {
            shown: watch::Sender::default(),
            secret: "".into(),
            members: 0,
        });
        if room.members >= MEMBERS_MAX {
            return Err(Refusal::Full);
        }
        room.members += 1;
        Ok(Member {
            rooms: self.clone(),
            room: name.to_owned(),
            number,
            follows: false,
            shown: room.shown.subscribe(),
        })
    }

    /// Which rooms there are.
    #[cfg(test)]
    fn names(&self) -> Vec<String> {
        self.lock().rooms.keys().cloned().collect()
    }
}

impl Member {
    /// Who this is, among all that ever came.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// It follows.
    pub(super) fn follow(&mut self) {
        if !self.follows {
            self.follows = true;
            self.with(|room| room.shown.send_modify(|shown| shown.followers += 1));
        }
    }

    /// It presents, in the place of whoever has the same secret.
    ///
    /// # Errors
    /// Somebody presents whose secret is another.
    pub(super) fn present(&mut self, secret: &str) -> Result<(), Refusal> {
        let number = self.number;
        self.with(|room| {
            let presenter = room.shown.borrow().presenter;
            if presenter.is_some() && *room.secret != *secret {
                return Err(Refusal::Taken);
            }
            room.secret = secret.into();
            room.shown
                .send_modify(|shown| shown.presenter = Some(number));
            Ok(())
        })
        .unwrap_or(Err(Refusal::TakenOver))
    }

    /// The presenter is there now.
    ///
    /// # Errors
    /// It presents no longer.
    pub(super) fn point(&mut self, cursor: Cursor) -> Result<(), Refusal> {
        let number = self.number;
        self.with(|room| {
            if room.shown.borrow().presenter != Some(number) {
                return Err(Refusal::TakenOver);
            }
            room.shown.send_modify(|shown| {
                let Cursor { link, .. } = cursor;
                if let Some(link) = link.filter(|link| **link != *shown.link) {
                    shown.link = link.into();
                    shown.link_number += 1;
                }
                shown.cursor = Cursor {
                    link: None,
                    ..cursor
                };
                shown.cursor_number += 1;
            });
            Ok(())
        })
        .unwrap_or(Err(Refusal::TakenOver))
    }

    fn with<T>(&self, change: impl FnOnce(&mut Room) -> T) -> Option<T> {
        self.rooms.lock().rooms.get_mut(&self.room).map(change)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut all = self.rooms.lock();
        let Some(room) = all.rooms.get_mut(&self.room) else {
            return;
        };
        room.members -= 1;
        if room.members == 0 {
            all.rooms.remove(&self.room);
            return;
        }
        let (follows, number) = (self.follows, self.number);
        room.shown.send_if_modified(|shown| {
            let presents = shown.presenter == Some(number);
            shown.followers -= u64::from(follows);
            shown.presenter = shown.presenter.filter(|_| !presents);
            presents || follows
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: u64, link: Option<&str>) -> Cursor {
        Cursor {
            link: link.map(str::to_owned),
            step,
            ..Cursor::default()
        }
    }

    #[test]
    fn one_presents_at_a_time_and_its_secret_takes_over() {
        let rooms = Rooms::default();
        let mut one = rooms.enter("a").unwrap();
        let mut other = rooms.enter("a").unwrap();
        assert_eq!(one.present("the secret"), Ok(()));
        assert_eq!(other.present("another one"), Err(Refusal::Taken));
        let mut again = rooms.enter("a").unwrap();
        assert_eq!(again.present("the secret"), Ok(()));
        assert_eq!(one.point(at(1, Some("x"))), Err(Refusal::TakenOver));
        // Who was taken over from leaves, and that changes nothing.
        drop(one);
        assert_eq!(again.point(at(2, Some("x"))), Ok(()));
        // When nobody presents any more, anybody may.
        drop(again);
        assert_eq!(other.shown.borrow().presenter, None);
        assert_eq!(other.present("another one"), Ok(()));
    }

    #[test]
    fn a_newcomer_sees_the_whole_last_state_also_when_nobody_presents() {
        let rooms = Rooms::default();
        let mut presenter = rooms.enter("a").unwrap();
        presenter.present("the secret").unwrap();
        presenter.point(at(1, Some("x"))).unwrap();
        presenter.point(at(2, None)).unwrap();
        let mut follower = rooms.enter("a").unwrap();
        follower.follow();
        follower.follow();
        drop(presenter);
        let shown = follower.shown.borrow_and_update().clone();
        assert_eq!((&*shown.link, shown.link_number), ("x", 1));
        assert_eq!((shown.cursor.step, shown.cursor_number), (2, 2));
        assert_eq!((shown.presenter, shown.followers), (None, 1));
    }

    #[test]
    fn a_room_is_there_as_long_as_somebody_is_in_it_and_they_are_so_many() {
        let rooms = Rooms::default();
        let members: Vec<_> = (0..ROOMS_MAX)
            .map(|room| rooms.enter(&format!("r{room}")).unwrap())
            .collect();
        assert_eq!(rooms.enter("one-more").err(), Some(Refusal::Rooms));
        drop(members);
        assert!(rooms.names().is_empty());
        let many: Vec<_> = (0..MEMBERS_MAX)
            .map(|_| rooms.enter("a").unwrap())
            .collect();
        assert_eq!(rooms.enter("a").err(), Some(Refusal::Full));
        assert!(rooms.enter("b").is_ok());
        drop(many);
    }
}
