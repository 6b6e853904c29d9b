//! Rooms: who is in them, who presents, and where the presenter is. Decides; knows nothing of sockets or the clock.
//!
//! A member looks at what a room shows ([`Shown`]) whenever it has time: what it did not look at in between it never hears of, so that
//! nobody who is slow keeps anything waiting.

#![expect(
    clippy::disallowed_types,
    reason = "connections are served by several threads"
)]

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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
    pub(super) presenter: Option<Presenter>,
    /// How many follow.
    pub(super) followers: u64,
}

/// Who presents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Presenter {
    /// A member here.
    Here(u64),
    /// A member at another hub.
    At(u64),
}

/// What is new in a room, for other hubs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct News {
    /// Which room.
    room: String,
    /// How many follow at this hub.
    followers: u64,
    /// With what the presenter takes over, and how many presenters the room had up to it, if it is at this hub.
    presenter: Option<(u64, String)>,
    /// Which cursor it is, and where; absent: nothing new.
    cursor: Option<(u64, Cursor)>,
}

/// All rooms of a hub.
#[derive(Clone, Default)]
pub(super) struct Rooms(Arc<Mutex<All>>);

#[derive(Default)]
struct All {
    rooms: BTreeMap<String, Room>,
    members: u64,
    /// This hub's number among others.
    place: u64,
    /// Rooms in which something is new for other hubs, and those whose cursor is.
    new: BTreeSet<String>,
    moved: BTreeSet<String>,
}

struct Room {
    shown: watch::Sender<Shown>,
    /// With what the present presenter takes over.
    secret: Arc<str>,
    /// How many presenters there have been: the later one is right when two hubs had one.
    turn: u64,
    members: u64,
    /// How many follow at other hubs.
    elsewhere: BTreeMap<u64, u64>,
}

impl Room {
    fn new() -> Self {
        Self {
            shown: watch::Sender::default(),
            secret: "".into(),
            turn: 0,
            members: 0,
            elsewhere: BTreeMap::new(),
        }
    }
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
        let room = all.rooms.entry(name.to_owned());
        let room = room.or_insert_with(Room::new);
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

    /// It is one of several hubs from now on, with this number.
    pub(super) fn settle(&self, place: u64) {
        self.lock().place = place;
    }

    /// What is new since this was asked last; everything, if somebody comes who knows nothing.
    pub(super) fn news(&self, everything: bool) -> Vec<News> {
        let mut all = self.lock();
        let (mut new, mut moved) = (std::mem::take(&mut all.new), std::mem::take(&mut all.moved));
        if everything {
            new.extend(all.rooms.keys().cloned());
            moved.extend(all.rooms.keys().cloned());
        }
        let news = new.into_iter().map(|name| {
            let Some(room) = all.rooms.get(&name) else {
                return News {
                    room: name,
                    followers: 0,
                    presenter: None,
                    cursor: None,
                };
            };
            let shown = room.shown.borrow();
            let here = matches!(shown.presenter, Some(Presenter::Here(_)));
            let told = moved.contains(&name) && shown.cursor_number > 0;
            News {
                followers: shown.followers - room.elsewhere.values().sum::<u64>(),
                presenter: here.then(|| (room.turn, room.secret.to_string())),
                cursor: told.then(|| {
                    let link = Some(shown.link.to_string());
                    let cursor = Cursor {
                        link,
                        ..shown.cursor.clone()
                    };
                    (shown.cursor_number, cursor)
                }),
                room: name,
            }
        });
        news.collect()
    }

    /// Something is new at another hub.
    pub(super) fn hear(&self, hub: u64, news: News) {
        let mut all = self.lock();
        let known = all.rooms.contains_key(&news.room);
        if !known && (all.rooms.len() >= ROOMS_MAX || !wire::room::is_name(&news.room)) {
            return;
        }
        let place = all.place;
        let room = all.rooms.entry(news.room.clone());
        let room = room.or_insert_with(Room::new);
        let before = room.elsewhere.insert(hub, news.followers).unwrap_or(0);
        let Room {
            shown,
            turn,
            secret,
            ..
        } = room;
        shown.send_modify(|shown| {
            shown.followers = shown.followers + news.followers - before;
            match news.presenter {
                // Of two at once the later one is right, and of two as late the one at the lower hub: all come to the same.
                Some((theirs, its)) => {
                    let wins = match shown.presenter {
                        Some(Presenter::Here(_)) => (theirs, place) > (*turn, hub),
                        Some(Presenter::At(other)) => (theirs, other) >= (*turn, hub),
                        None => true,
                    };
                    if wins {
                        (*turn, *secret) = (theirs, its.into());
                        shown.presenter = Some(Presenter::At(hub));
                    }
                }
                None if shown.presenter == Some(Presenter::At(hub)) => shown.presenter = None,
                None => {}
            }
            if let Some((number, cursor)) = news.cursor
                && number > shown.cursor_number
            {
                shown.point(number, cursor);
            }
        });
        all.sweep(&news.room);
    }

    /// Another hub is gone, and its members with it.
    pub(super) fn gone(&self, hub: u64) {
        let mut all = self.lock();
        for room in all.rooms.values_mut() {
            let followers = room.elsewhere.remove(&hub);
            room.shown.send_modify(|shown| {
                shown.followers -= followers.unwrap_or(0);
                let presented = shown.presenter == Some(Presenter::At(hub));
                shown.presenter = shown.presenter.filter(|_| !presented);
            });
        }
        let names: Vec<String> = all.rooms.keys().cloned().collect();
        for name in names {
            all.sweep(&name);
        }
    }

    /// Which rooms there are.
    #[cfg(test)]
    fn names(&self) -> Vec<String> {
        self.lock().rooms.keys().cloned().collect()
    }
}

impl All {
    /// A room in which nobody is any more ends.
    fn sweep(&mut self, name: &str) {
        let empty = |room: &Room| {
            let presents = room.shown.borrow().presenter.is_some();
            room.members == 0
                && !presents
                && room.elsewhere.values().all(|followers| *followers == 0)
        };
        if self.rooms.get(name).is_some_and(empty) {
            self.rooms.remove(name);
        }
    }
}

impl Shown {
    /// The presenter is there now.
    fn point(&mut self, number: u64, cursor: Cursor) {
        if let Some(link) = cursor.link.filter(|link| **link != *self.link) {
            self.link = link.into();
            self.link_number += 1;
        }
        self.cursor = Cursor {
            link: None,
            ..cursor
        };
        self.cursor_number = number;
    }
}

impl Member {
    /// Whether it presents.
    pub(super) fn presents(&self, shown: &Shown) -> bool {
        shown.presenter == Some(Presenter::Here(self.number))
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
            room.turn += 1;
            room.shown
                .send_modify(|shown| shown.presenter = Some(Presenter::Here(number)));
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
        let pointed = self.with(|room| {
            if room.shown.borrow().presenter != Some(Presenter::Here(number)) {
                return Err(Refusal::TakenOver);
            }
            room.shown
                .send_modify(|shown| shown.point(shown.cursor_number + 1, cursor));
            Ok(())
        });
        self.rooms.lock().moved.insert(self.room.clone());
        pointed.unwrap_or(Err(Refusal::TakenOver))
    }

    fn with<T>(&self, change: impl FnOnce(&mut Room) -> T) -> Option<T> {
        let mut all = self.rooms.lock();
        all.new.insert(self.room.clone());
        all.rooms.get_mut(&self.room).map(change)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut all = self.rooms.lock();
        let Some(room) = all.rooms.get_mut(&self.room) else {
            return;
        };
        room.members -= 1;
        let (follows, own) = (self.follows, Presenter::Here(self.number));
        room.shown.send_if_modified(|shown| {
            let presents = shown.presenter == Some(own);
            shown.followers -= u64::from(follows);
            shown.presenter = shown.presenter.filter(|_| !presents);
            presents || follows
        });
        all.new.insert(self.room.clone());
        all.sweep(&self.room);
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

    /// What is new at `one` reaches `other`, of which `one` is hub 1.
    fn tell(one: &Rooms, hub: u64, other: &Rooms) {
        for news in one.news(false) {
            other.hear(hub, news);
        }
    }

    #[test]
    fn a_room_at_two_hubs_is_one() {
        let (a, b) = (Rooms::default(), Rooms::default());
        let mut presenter = a.enter("x").unwrap();
        presenter.present("the secret").unwrap();
        presenter.point(at(5, Some("run"))).unwrap();
        tell(&a, 1, &b);
        // Nobody was there, and whoever comes sees it all the same.
        let mut follower = b.enter("x").unwrap();
        follower.follow();
        let shown = follower.shown.borrow().clone();
        assert_eq!((&*shown.link, shown.cursor.step), ("run", 5));
        assert_eq!(shown.presenter, Some(Presenter::At(1)));
        tell(&b, 2, &a);
        assert_eq!(presenter.shown.borrow().followers, 1);
        // Another one is refused at the other hub as well; with the secret it takes over.
        let mut other = b.enter("x").unwrap();
        assert_eq!(other.present("another one"), Err(Refusal::Taken));
        assert_eq!(other.present("the secret"), Ok(()));
        tell(&b, 2, &a);
        let shown = presenter.shown.borrow().clone();
        assert!(!presenter.presents(&shown));
        other.point(at(6, Some("run"))).unwrap();
        tell(&b, 2, &a);
        assert_eq!(presenter.shown.borrow().cursor.step, 6);
        // A hub that is gone takes its members with it, and what was shown stays.
        a.gone(2);
        let shown = presenter.shown.borrow().clone();
        assert_eq!(
            (shown.presenter, shown.followers, shown.cursor.step),
            (None, 0, 6)
        );
    }

    #[test]
    fn two_that_presented_at_once_come_to_one() {
        let (a, b) = (Rooms::default(), Rooms::default());
        a.settle(1);
        b.settle(2);
        let (mut one, mut other) = (a.enter("x").unwrap(), b.enter("x").unwrap());
        one.present("the secret").unwrap();
        other.present("another one").unwrap();
        let (of_a, of_b) = (a.news(false), b.news(false));
        of_b.into_iter().for_each(|news| a.hear(2, news));
        of_a.into_iter().for_each(|news| b.hear(1, news));
        let (at_a, at_b) = (one.shown.borrow().clone(), other.shown.borrow().clone());
        assert!(one.presents(&at_a));
        assert_eq!(at_b.presenter, Some(Presenter::At(1)));
        assert_eq!(other.present("another one"), Err(Refusal::Taken));
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
