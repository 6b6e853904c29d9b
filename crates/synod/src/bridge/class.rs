//! A member's connection to a room: what it says is done, what the room shows is told, as fast as it takes it.

use super::rooms::{Member, Rooms, Shown};
use crate::socket::{Ear, Mouth};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use wire::room::{Cursor, FORMAT, FromHub, FromMember, Refusal, Role};

/// How long a member may take to say what it wants to be.
const PATIENCE: Duration = Duration::from_secs(10);
/// A member is told where the presenter is no more often than this.
const CURSOR_EVERY: Duration = Duration::from_millis(40);
/// And who is there, no more often than this.
const PRESENCE_EVERY: Duration = Duration::from_millis(250);
/// How often a member is asked whether it is still there, and after how long without a sign it is not.
const ALIVE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(30));

/// Serves a member until one side ends; answers why.
pub(super) async fn serve(
    rooms: &Rooms,
    name: &str,
    may_present: bool,
    mouth: &mut Mouth,
    ear: &mut Ear,
) -> Result<(), String> {
    let mut member = match rooms.enter(name) {
        Ok(member) => member,
        Err(refusal) => {
            mouth.say(refused(refusal).line()).await?;
            return Err("there is no place".into());
        }
    };
    let role = timeout(PATIENCE, introduced(&mut member, may_present, mouth, ear)).await;
    let role = role.map_err(|_| "it did not say what it wants to be".to_owned())??;
    let mut told = Told::default();
    let mut alive = tokio::time::interval(ALIVE.0);
    loop {
        let shown = member.shown.borrow_and_update().clone();
        if role == Role::Presenter && !member.presents(&shown) {
            mouth.say(refused(Refusal::TakenOver).line()).await?;
            return Err("another connection presents".into());
        }
        for frame in told.frames(role, &shown, Instant::now()) {
            mouth.say(frame.line()).await?;
        }
        let due = told.due(role, &shown);
        let later = async {
            match due {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = member.shown.changed() => if changed.is_err() {
                return Err("the room is closed".into());
            },
            () = later => {}
            _ = alive.tick() => {
                if ear.silent_for() > ALIVE.1 {
                    return Err("it gives no sign".into());
                }
                mouth.ping().await?;
            }
            said = ear.next() => {
                if let Some(error) = heard(&mut member, role, &mut told, &said?) {
                    mouth.say(error.line()).await?;
                }
            }
        }
    }
}

/// Waits until a member has said what it wants to be, and may be that.
async fn introduced(
    member: &mut Member,
    may_present: bool,
    mouth: &mut Mouth,
    ear: &mut Ear,
) -> Result<Role, String> {
    loop {
        let text = ear.next().await?;
        let (role, secret) = match read(&text) {
            Ok(FromMember::Follow) => {
                member.follow();
                (Role::Follower, None)
            }
            Ok(FromMember::Present { .. }) if !may_present => {
                mouth.say(refused(Refusal::FollowOnly).line()).await?;
                continue;
            }
            Ok(FromMember::Present { secret }) => {
                let secret = match secret {
                    Some(secret) => secret,
                    None => super::new_token().map_err(|_| "no secret could be made")?,
                };
                if let Err(refusal) = member.present(&secret) {
                    mouth.say(refused(refusal).line()).await?;
                    continue;
                }
                (Role::Presenter, Some(secret))
            }
            Ok(FromMember::Cursor(_)) => {
                let why = "say first what you want to be: {\"type\": \"present\"} or {\"type\": \"follow\"}";
                mouth.say(malformed(why).line()).await?;
                continue;
            }
            Err(error) => {
                mouth.say(error.line()).await?;
                continue;
            }
        };
        let welcome = FromHub::Welcome {
            format: FORMAT,
            role,
            secret,
        };
        mouth.say(welcome.line()).await?;
        return Ok(role);
    }
}

fn read(text: &[u8]) -> Result<FromMember, FromHub> {
    let text = std::str::from_utf8(text).map_err(|_| malformed("it is no text in UTF-8"))?;
    FromMember::read(text).map_err(|why| malformed(&why.to_string()))
}

/// Does what a member says; answers with what was wrong with it.
fn heard(member: &mut Member, role: Role, told: &mut Told, text: &[u8]) -> Option<FromHub> {
    match read(text) {
        Ok(FromMember::Cursor(cursor)) if role == Role::Presenter => {
            if cursor.link.is_none() && !told.linked {
                return Some(malformed("the first cursor of a connection says its link"));
            }
            told.linked = true;
            member.point(cursor).err().map(refused)
        }
        Ok(FromMember::Cursor(_)) => Some(malformed("a follower has no cursor of its own")),
        Ok(_) => Some(malformed(
            "what you are is settled; connect anew to change it",
        )),
        Err(error) => Some(error),
    }
}

/// What a member has been told, and when.
#[derive(Default)]
struct Told {
    cursor: u64,
    link: u64,
    presence: Option<(bool, u64)>,
    cursor_at: Option<Instant>,
    presence_at: Option<Instant>,
    /// As a presenter: whether it has said its link.
    linked: bool,
}

impl Told {
    /// When there is something to tell, if there is.
    fn due(&self, role: Role, shown: &Shown) -> Option<Instant> {
        let after = |at: Option<Instant>, every| at.map_or_else(Instant::now, |at| at + every);
        let moved = role == Role::Follower && shown.cursor_number != self.cursor;
        let cursor = moved.then(|| after(self.cursor_at, CURSOR_EVERY));
        let came = self.presence != Some(presence(shown));
        let presence = came.then(|| after(self.presence_at, PRESENCE_EVERY));
        [cursor, presence].into_iter().flatten().min()
    }

    /// What is to be told now.
    fn frames(&mut self, role: Role, shown: &Shown, now: Instant) -> Vec<FromHub> {
        let mut frames = Vec::new();
        let may = |at: Option<Instant>, every| at.is_none_or(|at| at + every <= now);
        let moved = role == Role::Follower && shown.cursor_number != self.cursor;
        if moved && may(self.cursor_at, CURSOR_EVERY) {
            let link = (shown.link_number != self.link).then(|| shown.link.to_string());
            frames.push(FromHub::Cursor(Cursor {
                link,
                ..shown.cursor.clone()
            }));
            (self.cursor, self.link) = (shown.cursor_number, shown.link_number);
            self.cursor_at = Some(now);
        }
        if self.presence != Some(presence(shown)) && may(self.presence_at, PRESENCE_EVERY) {
            let (presenter, followers) = presence(shown);
            frames.push(FromHub::Room {
                presenter,
                followers,
            });
            self.presence = Some((presenter, followers));
            self.presence_at = Some(now);
        }
        frames
    }
}

const fn presence(shown: &Shown) -> (bool, u64) {
    (shown.presenter.is_some(), shown.followers)
}

fn malformed(text: &str) -> FromHub {
    FromHub::Error {
        code: Refusal::Malformed,
        text: text.into(),
    }
}

fn refused(code: Refusal) -> FromHub {
    let text = match code {
        Refusal::Taken => "somebody else presents in this room; follow, or take another room",
        Refusal::FollowOnly => {
            "this token is for followers; to present take the one that the bridge told at its start"
        }
        Refusal::TakenOver => "another connection with the same secret presents now",
        Refusal::Rooms => "there are as many rooms as there may be; take one that is there",
        Refusal::Full => "the room is full; try again when somebody has left",
        Refusal::Malformed => "the frame is none",
    };
    FromHub::Error {
        code,
        text: text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rooms::Presenter;
    use super::*;

    fn shown(cursor_number: u64, link_number: u64, followers: u64) -> Shown {
        Shown {
            cursor_number,
            cursor: Cursor {
                step: cursor_number * 10,
                ..Cursor::default()
            },
            link_number,
            link: format!("link {link_number}").into(),
            presenter: Some(Presenter::Here(1)),
            followers,
        }
    }

    /// The cursors among the frames: step and link.
    fn cursors(frames: &[FromHub]) -> Vec<(u64, Option<&str>)> {
        let cursors = frames.iter().filter_map(|frame| match frame {
            FromHub::Cursor(cursor) => Some((cursor.step, cursor.link.as_deref())),
            _ => None,
        });
        cursors.collect()
    }

    #[test]
    fn a_follower_is_told_the_latest_and_its_link_once() {
        let (mut told, start) = (Told::default(), Instant::now());
        let follows = Role::Follower;
        let first = told.frames(follows, &shown(3, 1, 1), start);
        assert_eq!(cursors(&first), [(30, Some("link 1"))]);
        // Too early: it is due later, and then it is the latest that is told.
        let early = shown(4, 1, 1);
        assert!(told.frames(follows, &early, start).is_empty());
        assert_eq!(told.due(follows, &early), Some(start + CURSOR_EVERY));
        let later = told.frames(follows, &shown(9, 1, 1), start + CURSOR_EVERY);
        assert_eq!(cursors(&later), [(90, None)]);
        // A link that came and went again in between is told all the same: what it was told last is another.
        let last = told.frames(follows, &shown(12, 3, 1), start + 2 * CURSOR_EVERY);
        assert_eq!(cursors(&last), [(120, Some("link 3"))]);
        assert_eq!(told.due(follows, &shown(12, 3, 1)), None);
    }

    #[test]
    fn who_is_there_is_told_to_all_but_not_too_often() {
        let (mut told, start) = (Told::default(), Instant::now());
        let presents = Role::Presenter;
        let room = |followers| FromHub::Room {
            presenter: true,
            followers,
        };
        assert_eq!(told.frames(presents, &shown(3, 1, 1), start), [room(1)]);
        let soon = start + PRESENCE_EVERY / 2;
        assert_eq!(told.frames(presents, &shown(3, 1, 40), soon), []);
        let then = told.due(presents, &shown(3, 1, 90));
        assert_eq!(then, Some(start + PRESENCE_EVERY));
        let later = start + PRESENCE_EVERY;
        assert_eq!(told.frames(presents, &shown(3, 1, 90), later), [room(90)]);
    }
}
