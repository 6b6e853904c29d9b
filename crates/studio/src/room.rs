//! A room: a class that follows a presenter's cursor. Presenting, following, looking around alone, and coming back.
//!
//! Knows no sockets: they are asked for by commands, and tell of themselves by messages. No picture travels: every page plays the
//! run itself, and is told which one, and how far.

use crate::join::{Link, Stream, address};
use crate::{Command, Menu, Model, RoomMsg, SocketCommand, SocketMsg, Until};
use protocol::{Arg, Phrase};
use trace::Language;
use wire::room::{Cursor, FromHub, FromMember, LINK_BYTES_MAX, Refusal, Role, Said};
use wire::watch::NotAFrame;

/// The presenter's page tells where it is no more often than this, in microseconds of real time.
const TOLD_US: u64 = 100_000;
/// While the presenter's run plays, a follower's plays up to where that is; one that is further behind leaps there.
const BEHIND_MAX: u64 = 24;

/// How an address begins that leads into a room: `follow=class&token=…`.
const FOLLOW: &str = "follow=";
const PRESENT: &str = "present=";

/// Whether the fragment of an address leads into a room.
pub(crate) fn is_invitation(fragment: &str) -> bool {
    [FOLLOW, PRESENT]
        .iter()
        .any(|begins| fragment.starts_with(begins))
}

/// The form, and the room that was entered by it.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoomState {
    pub(crate) hub: String,
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) refusal: Option<Phrase>,
    pub(crate) inside: Option<Box<Inside>>,
}

/// A room that was entered, or is being.
#[derive(Clone, Debug)]
pub(crate) struct Inside {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) stream: Stream,
    /// Whether somebody presents, and how many follow.
    pub(crate) presenter: bool,
    pub(crate) followers: u64,
    /// The token that followers need, where the hub has told it.
    pub(crate) follow_token: Option<String>,
    /// With what the presenter takes over after the connection broke.
    secret: Option<String>,
    /// Of a presenter: where followers were told it is, and when. Of a follower: where it was told the presenter is.
    cursor: Option<Cursor>,
    told_us: u64,
    /// Of a follower: which run it was shown last.
    shown: Option<String>,
    /// Whether the hub has let the page in once.
    entered: bool,
    /// Of a follower: whether it looks around alone.
    pub(crate) alone: bool,
    /// Of a presenter: whether what it shows cannot be followed.
    pub(crate) unseen: bool,
}

/// What moves when a reader's hand moves the cursor.
type Place = (u64, u32, bool, usize);

impl Model {
    /// Whether the reader is in a room, or on the way into one.
    pub(crate) const fn is_in_room(&self) -> bool {
        self.room.inside.is_some()
    }

    /// Whether what is shown is where the presenter is.
    pub(crate) fn goes_along(&self) -> bool {
        let inside = self.room.inside.as_deref();
        inside.is_some_and(|inside| inside.role == Role::Follower && !inside.alone)
    }

    #[inline(never)]
    pub(crate) fn handle_room(&mut self, msg: RoomMsg) {
        match msg {
            RoomMsg::Hub(text) => self.room.hub = text,
            RoomMsg::Name(text) => self.room.name = text,
            RoomMsg::Token(text) => self.room.token = text,
            RoomMsg::Present => self.enter_room(Role::Presenter),
            RoomMsg::Follow => self.enter_room(Role::Follower),
            RoomMsg::ComeBack => {
                if let Some(inside) = self.room.inside.as_deref_mut() {
                    inside.alone = false;
                    inside.shown = None;
                }
                self.look.menu = None;
                self.go_along();
            }
            RoomMsg::Leave => {
                self.leave_room();
                self.say_done(Phrase::new("ui.room.left"), false);
            }
        }
        self.touch();
    }

    /// Enters the room that an address of the page names, at the page's own host unless it names a `hub`.
    pub(crate) fn enter_named(&mut self, named: &str) {
        let value = |key: &str| {
            let mut pairs = named.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| *known == key)
        };
        let text =
            |key| value(key).map_or_else(String::new, |(_, value)| address::unescaped(value));
        let (role, msg) = match named.starts_with(PRESENT) {
            true => (PRESENT, RoomMsg::Present),
            false => (FOLLOW, RoomMsg::Follow),
        };
        let role = role.trim_end_matches('=');
        (self.room.name, self.room.token) = (text(role), text("token"));
        self.room.hub = match text("hub") {
            hub if hub.is_empty() => self.own_hub(),
            hub => hub,
        };
        self.look.menu = Some(Menu::Room);
        self.out
            .push(Command::Focus(crate::Target::Menu(Menu::Room)));
        if role == "present" {
            // The token with which one presents is nobody else's business.
            self.out.push(Command::ReplaceAddress(String::new()));
            self.address.dirty();
        }
        self.handle_room(msg);
    }

    /// Where the page came from may be a hub.
    pub(crate) fn own_hub(&self) -> String {
        let rest = self.page.split_once("://");
        let host = rest.and_then(|(scheme, rest)| {
            let ws = match scheme {
                "http" => "ws",
                "https" => "wss",
                _ => return None,
            };
            let host = rest.split('/').next()?;
            Some(format!("{ws}://{host}"))
        });
        host.unwrap_or_default()
    }

    /// A page that came by plain HTTP came from a bridge, most likely.
    pub(crate) fn name_own_hub(&mut self) {
        if self.room.hub.is_empty() && self.page.starts_with("http:") {
            self.room.hub = self.own_hub();
        }
    }

    fn enter_room(&mut self, role: Role) {
        self.leave_room();
        let name = self.room.name.trim().to_owned();
        if !wire::room::is_name(&name) {
            return self.refuse_room(Phrase::new("ui.room.bad-name"));
        }
        let secure = self.page.starts_with("https:");
        let address = match address::of_room(&self.room.hub, &name, secure) {
            Ok(address) => address,
            Err(why) => return self.refuse_room(why),
        };
        let socket = self.dial(address.dialled(self.room.token.trim()));
        self.room.refusal = None;
        self.room.inside = Some(Box::new(Inside {
            name,
            role,
            stream: Stream::new(address, socket, self.real_us),
            presenter: false,
            followers: 0,
            follow_token: None,
            secret: None,
            cursor: None,
            told_us: 0,
            shown: None,
            entered: false,
            alone: false,
            unseen: false,
        }));
    }

    fn refuse_room(&mut self, why: Phrase) {
        let text = self.say(&why);
        self.room.refusal = Some(why);
        self.announce(text);
        self.touch();
    }

    fn leave_room(&mut self) {
        if let Some(inside) = self.room.inside.take() {
            let close = SocketCommand::Close(inside.stream.socket);
            self.out.push(Command::Socket(close));
            self.address.dirty();
        }
    }

    /// The room is over for this page, and why.
    fn end_room(&mut self, why: Phrase) {
        self.leave_room();
        self.refuse_room(why);
    }

    // ---- what the socket tells ----

    /// Whether it is the room's socket that tells of itself.
    pub(crate) fn is_for_room(&self, msg: &SocketMsg) -> bool {
        let inside = self.room.inside.as_deref();
        inside.is_some_and(|inside| inside.stream.socket == msg.socket())
    }

    #[inline(never)]
    pub(crate) fn hear_room(&mut self, msg: SocketMsg) {
        match msg {
            SocketMsg::Opened(_) => self.room_opened(),
            SocketMsg::Text { text, .. } => self.room_heard(&text),
            SocketMsg::Closed { code, .. } => self.room_closed(code),
            SocketMsg::Probed { .. } => {}
        }
    }

    fn room_opened(&mut self) {
        let Some(inside) = self.room.inside.as_deref_mut() else {
            return;
        };
        inside.stream.opened(self.real_us);
        let first = match inside.role {
            Role::Presenter => FromMember::Present {
                secret: inside.secret.clone(),
            },
            Role::Follower => FromMember::Follow,
        };
        self.say_to_hub(&first);
    }

    fn say_to_hub(&mut self, frame: &FromMember) {
        if let Some(inside) = self.room.inside.as_deref() {
            self.out.push(Command::Socket(SocketCommand::Say {
                socket: inside.stream.socket,
                text: frame.line(),
            }));
        }
    }

    fn room_heard(&mut self, text: &str) {
        let Some(inside) = self.room.inside.as_deref_mut() else {
            return;
        };
        match FromHub::read(text) {
            Ok(FromHub::Welcome {
                secret,
                follow_token,
                ..
            }) => {
                let first = !std::mem::replace(&mut inside.entered, true);
                inside.stream.greeted();
                (inside.secret, inside.follow_token) = (secret, follow_token);
                // Whoever came back may be told what has not changed: all of it again.
                if inside.role == Role::Presenter {
                    inside.cursor = None;
                }
                let key = match inside.role {
                    Role::Presenter => "ui.room.presents",
                    Role::Follower => "ui.room.follows",
                };
                let did = Phrase::new(key).text("room", inside.name.clone());
                if first {
                    if inside.role == Role::Follower {
                        self.look.menu = None;
                    }
                    let text = self.say(&did);
                    self.announce(text);
                    self.say_done(did, false);
                }
            }
            Ok(FromHub::Cursor(cursor)) => {
                let before = inside.cursor.take();
                let link = cursor
                    .link
                    .or_else(|| before.and_then(|before| before.link));
                inside.cursor = Some(Cursor { link, ..cursor });
                self.go_along();
            }
            Ok(FromHub::Room {
                presenter,
                followers,
            }) => (inside.presenter, inside.followers) = (presenter, followers),
            Ok(FromHub::Error { code, text }) => self.room_refused(code, text),
            Err(NotAFrame::Newer { format, known }) => {
                let why = inside.stream.phrase("ui.join.newer");
                let why = why.int("format", format.into());
                self.end_room(why.int("known", known.into()));
            }
            Err(NotAFrame::Malformed { .. }) => {
                let why = inside.stream.phrase("ui.join.no-synod");
                self.end_room(why);
            }
        }
        self.touch();
    }

    fn room_refused(&mut self, code: Refusal, text: String) {
        let key = match code {
            Refusal::Taken => "ui.room.taken",
            Refusal::FollowOnly => "ui.room.follow-only",
            Refusal::TakenOver => "ui.room.taken-over",
            Refusal::Rooms => "ui.room.no-room",
            Refusal::Full => "ui.room.full",
            Refusal::Malformed => {
                return self.refuse_room(Phrase::new("ui.room.malformed").text("why", text));
            }
        };
        self.end_room(Phrase::new(key));
    }

    fn room_closed(&mut self, code: u16) {
        let Some(inside) = self.room.inside.as_deref() else {
            return;
        };
        if let Some(why) = inside.stream.refusal(code) {
            return self.end_room(why);
        }
        let why = match &inside.stream.link {
            Link::Dialling { open: true, .. } if !inside.entered => "ui.join.no-synod",
            Link::Dialling { .. } | Link::Probing => "ui.join.refused",
            Link::Watching | Link::Lost { .. } | Link::Ended(_) => "ui.join.lost",
        };
        self.lose_room(why);
    }

    /// The connection is lost: whoever was inside dials again, with growing pauses.
    fn lose_room(&mut self, why: &'static str) {
        let now_us = self.real_us;
        let Some(inside) = self.room.inside.as_deref_mut() else {
            return;
        };
        let why = inside.stream.phrase(why);
        if !inside.entered {
            return self.end_room(why);
        }
        inside.stream.lose(why.clone(), now_us);
        inside.presenter = false;
        let text = self.say(&why);
        self.announce(text);
        self.touch();
    }

    // ---- what time brings ----

    /// Dials again what was lost; tells where the presenter is; goes along with it.
    #[inline(never)]
    pub(crate) fn tend_room(&mut self) {
        let now_us = self.real_us;
        let Some(inside) = self.room.inside.as_deref_mut() else {
            return;
        };
        if inside.stream.is_due(now_us) {
            let address = inside.stream.address.dialled(self.room.token.trim());
            let socket = self.dial(address);
            if let Some(inside) = self.room.inside.as_deref_mut() {
                inside.stream.dial(socket, now_us);
            }
            return self.touch();
        }
        if inside.stream.is_silent(now_us) {
            let socket = inside.stream.socket;
            self.out.push(Command::Socket(SocketCommand::Close(socket)));
            return self.lose_room("ui.join.silent");
        }
        match inside.role {
            Role::Presenter if inside.stream.link == Link::Watching => self.tell_where(),
            Role::Presenter => {}
            Role::Follower => self.go_along(),
        }
    }

    /// Tells the followers where the presenter is, if that is not what they were told.
    fn tell_where(&mut self) {
        let now_us = self.real_us;
        let due = |inside: &Inside| now_us - inside.told_us >= TOLD_US;
        if !self.room.inside.as_deref().is_some_and(due) {
            return;
        }
        let cursor = self.cursor();
        let Some(inside) = self.room.inside.as_deref_mut() else {
            return;
        };
        inside.told_us = now_us;
        let Some(cursor) = cursor else {
            if !std::mem::replace(&mut inside.unseen, true) {
                self.refuse(Phrase::new("ui.room.unseen"));
            }
            return;
        };
        inside.unseen = false;
        if inside.cursor.as_ref() == Some(&cursor) {
            return;
        }
        let before = inside.cursor.replace(cursor.clone());
        let link = cursor.link.filter(|link| {
            let before = before.as_ref().and_then(|before| before.link.as_ref());
            before != Some(link)
        });
        self.say_to_hub(&FromMember::Cursor(Cursor { link, ..cursor }));
    }

    /// Where the page is; `None` if nobody else can be shown it.
    fn cursor(&self) -> Option<Cursor> {
        if self.session.playable.fixed().is_some() {
            return None;
        }
        // The place stands beside it: with it the link would be another one at every step.
        let link = sim::encode_link(&sim::Link {
            step: 0,
            digest: None,
            branches: Vec::new(),
            place: 0,
            beside: None,
            ..self.link()
        });
        (link.len() <= LINK_BYTES_MAX).then(|| Cursor {
            link: Some(link),
            step: self.session.step(),
            playing: self.head.playing,
            speed: Some(self.head.pace_us()),
            said: self.said(),
        })
    }

    /// What a story says, in each language.
    fn said(&self) -> Option<Said> {
        let words = self.guide_words()?;
        Some(Said {
            en: words.get(Language::English).to_owned(),
            zh: words.get(Language::Chinese).to_owned(),
        })
    }

    /// What the presenter says in place of the event, for whoever is where the presenter is.
    pub(crate) fn presenter_says(&self) -> Option<&str> {
        let inside = self.room.inside.as_deref()?;
        let said = inside.cursor.as_ref()?.said.as_ref()?;
        self.goes_along().then(|| match self.language() {
            Language::English => said.en.as_str(),
            Language::Chinese => said.zh.as_str(),
        })
    }

    /// The step beyond which a follower's run does not play: the presenter's has not come further.
    pub(crate) fn no_further_than(&self) -> Option<u64> {
        let inside = self.room.inside.as_deref()?;
        let cursor = inside.cursor.as_ref().filter(|_| self.goes_along())?;
        Some(cursor.step)
    }

    /// Goes to where the presenter is, or plays on to there.
    fn go_along(&mut self) {
        if !self.goes_along() || self.goal.is_some() {
            return;
        }
        let Some(inside) = self.room.inside.as_deref_mut() else {
            return;
        };
        let Some(cursor) = inside.cursor.clone() else {
            return;
        };
        if inside.shown != cursor.link {
            inside.shown.clone_from(&cursor.link);
            return self.show_run(&cursor);
        }
        let place = self.place();
        self.set_pace(cursor.speed);
        let here = self.session.step();
        let near = here <= cursor.step && cursor.step - here <= BEHIND_MAX;
        if cursor.playing && near {
            self.head.playing = true;
        } else if here != cursor.step {
            self.run_until(Until::Step(cursor.step));
        } else if self.head.playing && !cursor.playing {
            self.pause(false);
        }
        if self.place() != place {
            self.touch();
        }
    }

    fn show_run(&mut self, cursor: &Cursor) {
        let Some(link) = &cursor.link else {
            return;
        };
        match sim::decode_link(link) {
            Ok(link) => {
                let (node, tab) = (self.look.node, self.look.tab);
                self.open_link(sim::Link {
                    step: cursor.step,
                    ..link
                });
                (self.look.node, self.look.tab) = (node, tab);
                self.set_pace(cursor.speed);
            }
            Err(error) => {
                let why = Arg::Phrase(Box::new(error.phrase()));
                self.end_room(Phrase::new("ui.room.unreadable").with("why", why));
            }
        }
    }

    fn set_pace(&mut self, speed: Option<u64>) {
        let Some(place) = speed.and_then(crate::play::place_of) else {
            return;
        };
        if place != self.head.speed {
            self.set_speed(place);
        }
    }

    /// Where the reader is: what their hand may have moved.
    pub(crate) fn place(&self) -> Place {
        let playable = &self.session.playable;
        (
            playable.step(),
            playable.branch(),
            self.head.playing,
            self.earlier.len(),
        )
    }

    /// A follower who moves looks around alone until they come back.
    pub(crate) fn looks_around(&mut self, before: Place) {
        if !self.goes_along() || self.place() == before {
            return;
        }
        if let Some(inside) = self.room.inside.as_deref_mut() {
            inside.alone = true;
        }
        let text = self.word("ui.room.alone");
        self.announce(text);
        self.touch();
    }
}
