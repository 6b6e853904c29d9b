//! A room: a class that follows a presenter's cursor. What its members and the hub say to each other, one JSON object a frame.
//!
//! A member says first what it wants to be: [`FromMember::Present`] or [`FromMember::Follow`]. Then the presenter says where it is, and
//! everybody is told. Knows neither sockets nor what a link means: it is the part of the page's address after `#`, and passes as it came.

use crate::watch::NotAFrame;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version of these frames, which [`FromHub::Welcome`] tells: a reader refuses what is newer. Fields may be added without a new one.
pub const FORMAT: u32 = 1;
/// The longest link, in bytes.
pub const LINK_BYTES_MAX: usize = 64 << 10;
/// The longest frame of a member, in bytes: a link, and what stands round it.
pub const FRAME_BYTES_MAX: usize = LINK_BYTES_MAX + (4 << 10);
/// How long a secret is, in bytes: at least, and at most.
pub const SECRET_BYTES: (usize, usize) = (8, 128);
/// The longest name of a room, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// Whether a room may be called so: letters, digits, `-` and `_` of ASCII, 1 to [`NAME_BYTES_MAX`] of them.
pub fn is_name(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.chars().all(plain)
}

/// Where the presenter is. From the presenter to the hub, and from there to every follower.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Cursor {
    /// The part of the page's address after `#`; absent when it is what this connection was told last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// At which step of the run, from 0.
    pub step: u64,
    /// Whether it plays by itself from there.
    pub playing: bool,
    /// How fast, in virtual microseconds a second; absent when that is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<u64>,
    /// What the presenter's page says in place of what happened last, as while it tells a story; absent where it says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
}

/// A sentence in each language.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Said {
    /// In English.
    pub en: String,
    /// In Simplified Chinese.
    pub zh: String,
}

/// What a member of a room says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FromMember {
    /// First: it wants to present. Needs the hub's own token, not the room's.
    Present {
        /// What it was told when it was the presenter before, or a text of its own: whoever says the same takes over from a connection that
        /// still counts as open. Without one, the hub makes one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
    },
    /// First: it wants to follow.
    Follow,
    /// The presenter is there now.
    Cursor(Cursor),
}

/// What the hub says to a member of a room.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FromHub {
    /// First: the member is what it wanted to be.
    Welcome {
        /// [`FORMAT`].
        format: u32,
        /// What it is.
        role: Role,
        /// With what a presenter takes over after its connection broke; followers have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
        /// The token that followers need: told to a presenter, who gives it away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follow_token: Option<String>,
    },
    /// The presenter is there now. A follower is told the latest alone: what lies between is left out when it is slow.
    Cursor(Cursor),
    /// Who is in the room now.
    Room {
        /// Whether somebody presents. Without, the last cursor stays.
        presenter: bool,
        /// How many follow.
        followers: u64,
    },
    /// What the member said was not done.
    Error {
        /// Why, for programs.
        code: Refusal,
        /// Why and what to do, in English.
        text: String,
    },
}

/// What a member of a room is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Its cursor is followed.
    Presenter,
    /// It follows.
    Follower,
}

/// Why what a member said was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Another one presents, with another secret. The member may follow instead.
    Taken,
    /// The room's token is for followers. The member may follow instead.
    FollowOnly,
    /// Whoever has the same secret presents now; this connection ends.
    TakenOver,
    /// There are as many rooms as there may be; this connection ends.
    Rooms,
    /// There are as many members in the room as there may be; this connection ends.
    Full,
    /// The frame is none, is too long, or comes at the wrong time; it is passed over.
    Malformed,
}

/// Why a member's frame is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// It is longer than [`FRAME_BYTES_MAX`], or its link than [`LINK_BYTES_MAX`].
    TooLong {
        /// How long, in bytes.
        bytes: usize,
        /// The most that is read, in bytes.
        bytes_max: usize,
    },
    /// A secret's length is not within [`SECRET_BYTES`].
    Secret,
    /// It is no frame.
    NotAFrame(NotAFrame),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes, bytes_max } => write!(
                f,
                "it has {bytes} bytes, and {bytes_max} are the most; share a run with fewer edits"
            ),
            Self::Secret => {
                let (min, max) = SECRET_BYTES;
                write!(f, "a secret has {min} to {max} bytes")
            }
            Self::NotAFrame(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for Wrong {}

impl FromMember {
    /// Reads one frame.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let short = |bytes, bytes_max| {
            if bytes > bytes_max {
                return Err(Wrong::TooLong { bytes, bytes_max });
            }
            Ok(())
        };
        short(text.len(), FRAME_BYTES_MAX)?;
        let frame = read(text).map_err(Wrong::NotAFrame)?;
        let (min, max) = SECRET_BYTES;
        match &frame {
            Self::Cursor(Cursor {
                link: Some(link), ..
            }) => short(link.len(), LINK_BYTES_MAX)?,
            Self::Present {
                secret: Some(secret),
            } if !(min..=max).contains(&secret.len()) => return Err(Wrong::Secret),
            _ => {}
        }
        Ok(frame)
    }

    /// The frame's text, on one line.
    pub fn line(&self) -> String {
        line(self)
    }
}

impl FromHub {
    /// Reads one frame.
    ///
    /// # Errors
    /// What is wrong with it, or that the hub is newer than this reader.
    pub fn read(text: &str) -> Result<Self, NotAFrame> {
        crate::watch::not_newer(text, FORMAT)?;
        read(text)
    }

    /// The frame's text, on one line.
    pub fn line(&self) -> String {
        line(self)
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, NotAFrame> {
    serde_json::from_str(text).map_err(NotAFrame::malformed)
}

fn line<T: Serialize>(frame: &T) -> String {
    // Texts and numbers: nothing in it can fail to be written.
    serde_json::to_string(frame).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_documented_form_and_are_read_again() {
        let cursor = Cursor {
            link: Some("raft/s=1".into()),
            step: 7,
            playing: true,
            speed: Some(1_000_000),
            said: Some(Said {
                en: "a".into(),
                zh: "甲".into(),
            }),
        };
        let bare = Cursor {
            step: 8,
            ..Cursor::default()
        };
        let secret = Some("a secret".to_owned());
        for (frame, text) in [
            (
                FromMember::Present { secret: None },
                r#"{"type":"present"}"#,
            ),
            (
                FromMember::Present {
                    secret: secret.clone(),
                },
                r#"{"type":"present","secret":"a secret"}"#,
            ),
            (FromMember::Follow, r#"{"type":"follow"}"#),
            (
                FromMember::Cursor(cursor.clone()),
                r#"{"type":"cursor","link":"raft/s=1","step":7,"playing":true,"speed":1000000,"said":{"en":"a","zh":"甲"}}"#,
            ),
        ] {
            assert_eq!(frame.line(), text);
            assert_eq!(FromMember::read(text), Ok(frame));
        }
        for (frame, text) in [
            (
                FromHub::Welcome {
                    format: 1,
                    role: Role::Presenter,
                    secret,
                    follow_token: Some("a token".into()),
                },
                r#"{"type":"welcome","format":1,"role":"presenter","secret":"a secret","follow_token":"a token"}"#,
            ),
            (
                FromHub::Cursor(bare),
                r#"{"type":"cursor","step":8,"playing":false}"#,
            ),
            (
                FromHub::Room {
                    presenter: true,
                    followers: 300,
                },
                r#"{"type":"room","presenter":true,"followers":300}"#,
            ),
            (
                FromHub::Error {
                    code: Refusal::FollowOnly,
                    text: "no".into(),
                },
                r#"{"type":"error","code":"follow-only","text":"no"}"#,
            ),
        ] {
            assert_eq!(frame.line(), text);
            assert_eq!(FromHub::read(text), Ok(frame));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text: &str| FromMember::read(text).unwrap_err().to_string();
        assert!(wrong("").starts_with("column 0: EOF"), "{}", wrong(""));
        assert!(wrong(r#"{"type":"shout"}"#).contains("unknown variant `shout`"));
        assert!(wrong(r#"{"type":"cursor","step":-1,"playing":true}"#).contains("invalid value"));
        assert!(wrong(r#"{"type":"cursor","step":1}"#).contains("missing field `playing`"));
        assert!(wrong(r#"{"type":"present","secret":"short"}"#).contains("8 to 128"));
        let cursor = |bytes| {
            let link = Some("a".repeat(bytes));
            FromMember::Cursor(Cursor {
                link,
                ..Cursor::default()
            })
        };
        assert!(FromMember::read(&cursor(LINK_BYTES_MAX).line()).is_ok());
        for bytes in [LINK_BYTES_MAX + 1, FRAME_BYTES_MAX] {
            assert!(wrong(&cursor(bytes).line()).contains("are the most"));
        }
    }

    #[test]
    fn a_newer_hub_is_told_to_be_newer() {
        let newer = FromHub::read(r#"{"type":"welcome","format":2,"seat":"a7"}"#);
        let said = newer.unwrap_err().to_string();
        assert!(
            said.contains("version 2") && said.contains("newer Synod"),
            "{said}"
        );
    }

    #[test]
    fn names_are_plain() {
        assert!(is_name("class-7_b") && is_name(&"a".repeat(NAME_BYTES_MAX)));
        for name in ["", "a b", "a.b", "a/b", "课", ">", &"a".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
