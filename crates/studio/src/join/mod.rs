//! Joining real nodes: the connections to them, what they tell as a recording that grows, and the cursor that goes along.
//!
//! Knows no sockets: they are asked for by commands, and tell of themselves by messages.

pub(crate) mod address;
mod bridge;
mod follow;
mod heard;
mod levers;
mod merge;
mod nodes;
mod stream;

use crate::session::Session;
use crate::{Command, JoinMsg, Menu, Model, SocketCommand, Tab};
use bridge::Bridge;
pub(crate) use levers::{REQUEST, WORKLOADS};
use nodes::Nodes;
use protocol::{Name, NodeId, Phrase};
use recording::Recording;
use std::collections::VecDeque;
pub(crate) use stream::{Link, Stream};

/// So long the first who say hello wait for the others, in microseconds of real time.
const GATHER_US: u64 = 1_500_000;
/// The most events that are kept, and the most characters that they came in: older ones are forgotten, a quarter at a time.
const KEPT_EVENTS_MAX: usize = 60_000;
const KEPT_CHARS_MAX: usize = 48 << 20;
/// While nothing moves, the panels tell of what has come this often, in microseconds of real time.
const TOLD_US: u64 = 250_000;
/// The cursor goes along with so many events a tick, one by one; with more it leaps.
const EVENTS_PER_TICK_MAX: u32 = 256;
/// A stream that was waited for in vain counts as slow for so long, in microseconds of real time.
const SLOW_US: u64 = 5_000_000;

/// The form, and what was joined by it.
#[derive(Clone, Debug, Default)]
pub(crate) struct JoinState {
    pub(crate) addresses: String,
    pub(crate) token: String,
    pub(crate) refusal: Option<Phrase>,
    pub(crate) joined: Option<Box<Joined>>,
    /// The workload that was chosen for a test of a bridge's nodes.
    pub(crate) workload: Option<&'static str>,
    next_socket: u32,
}

/// What is joined.
#[derive(Clone, Debug)]
pub(crate) struct Joined {
    pub(crate) streams: Vec<Stream>,
    nodes: Nodes,
    /// The bridge, where it is one.
    pub(crate) bridge: Option<Bridge>,
    /// When the first said hello, in real time.
    greeted_us: Option<u64>,
    /// Whether it is what the page shows.
    pub(crate) shown: bool,
    /// Whether the cursor goes along with what happens, as long as it plays.
    follows: bool,
    /// The time of the recording's end, and the real time at which it came.
    end_us: (u64, u64),
    /// How many characters each kept event came in.
    weights: VecDeque<u32>,
    chars: usize,
    /// How many events are kept no longer.
    pub(crate) forgotten: u64,
    /// Whose stream was slow last, and when, in real time.
    pub(crate) slow: Option<(NodeId, u64)>,
    /// The message that somebody has just handled by hand: what becomes of it is told.
    pub(crate) handled: Option<Name>,
    /// The message that somebody has just delivered or dropped: when its row goes, the next has the keyboard's focus.
    taken: Option<Name>,
    /// The messages that *Up next* listed last, in order.
    rows: Vec<Name>,
    /// How long the recording was when the panels last told of it, and when that was.
    told: (u64, u64),
}

impl JoinState {
    /// Whether time has anything to do: connections are waited for, or events.
    pub(crate) fn waits(&self) -> bool {
        let ended = |stream: &Stream| matches!(stream.link, Link::Ended(_));
        let waits = |joined: &Joined| joined.shown || !joined.streams.iter().all(ended);
        self.joined.as_deref().is_some_and(waits)
    }
}

impl Joined {
    /// Whether anybody tells what happens.
    fn is_told(&self) -> bool {
        let mut links = self.streams.iter().map(|stream| &stream.link);
        links.any(|link| *link == Link::Watching)
    }

    /// What time it is in the recording: it stands still while nobody tells of it.
    fn now_us(&self, real_us: u64) -> u64 {
        let (end_us, came_us) = self.end_us;
        let since_us = real_us - came_us;
        end_us + if self.is_told() { since_us } else { 0 }
    }
}

impl Model {
    /// Whether what is shown is joined, and goes on.
    pub(crate) fn is_joined(&self) -> bool {
        self.join
            .joined
            .as_deref()
            .is_some_and(|joined| joined.shown)
    }

    /// Whether the cursor goes along with what happens now.
    pub fn follows(&self) -> bool {
        let joined = self.join.joined.as_deref();
        self.head.playing && joined.is_some_and(|joined| joined.shown && joined.follows)
    }

    /// Whether anybody tells what happens at what is joined.
    pub(crate) fn is_told(&self) -> bool {
        let joined = self.join.joined.as_deref();
        joined.is_some_and(Joined::is_told)
    }

    /// Whether what is shown is the present: the end of what can be known.
    pub(crate) fn is_now(&self) -> bool {
        if self.is_joined() {
            return self.follows();
        }
        self.session.is_live()
    }

    /// Why nobody can act upon what is shown.
    pub(crate) fn fixed(&self) -> Option<Phrase> {
        let why = self.session.playable.fixed()?;
        Some(if self.is_joined() {
            Phrase::new("ui.join.fixed")
        } else {
            why
        })
    }

    pub(crate) fn handle_join(&mut self, msg: JoinMsg) {
        match msg {
            JoinMsg::Addresses(text) => self.join.addresses = text,
            JoinMsg::Token(text) => self.join.token = text,
            JoinMsg::Start => self.start_join(),
            JoinMsg::Leave => {
                self.leave();
                self.say_done(Phrase::new("ui.join.left"), false);
            }
            JoinMsg::Again => self.dial_again(),
            JoinMsg::HoldAll(hold) => self.hold_all(hold),
            JoinMsg::Delay(message) => self.delay(message),
            JoinMsg::Workload(id) => self.join.workload = Some(id),
            JoinMsg::Test(begins) => self.test(begins),
        }
        self.touch();
    }

    /// Joins what an address of the page names.
    pub(crate) fn join_named(&mut self, addresses: &str) {
        self.join.addresses = addresses.to_owned();
        self.look.menu = Some(Menu::Join);
        self.out
            .push(Command::Focus(crate::Target::Menu(Menu::Join)));
        // A token in it is nobody else's business.
        self.out.push(Command::ReplaceAddress(String::new()));
        self.start_join();
    }

    fn start_join(&mut self) {
        let secure = self.page.starts_with("https:");
        let addresses = match address::read(&self.join.addresses, secure) {
            Ok(addresses) => addresses,
            Err(why) => return self.refuse_join(why),
        };
        self.leave();
        self.join.refusal = None;
        let mut streams = Vec::new();
        for address in addresses {
            let socket = self.open_socket(&address);
            streams.push(Stream::new(address, socket, self.real_us));
        }
        self.join.joined = Some(Box::new(Joined {
            streams,
            nodes: Nodes::default(),
            bridge: None,
            greeted_us: None,
            shown: false,
            follows: true,
            end_us: (0, self.real_us),
            weights: VecDeque::new(),
            chars: 0,
            forgotten: 0,
            slow: None,
            handled: None,
            taken: None,
            rows: Vec::new(),
            told: (0, self.real_us),
        }));
    }

    fn refuse_join(&mut self, why: Phrase) {
        let text = self.say(&why);
        self.join.refusal = Some(why);
        self.announce(text);
    }

    fn open_socket(&mut self, address: &address::Address) -> u32 {
        self.dial(address.dialled(&self.join.token))
    }

    /// Opens a socket; its number.
    pub(crate) fn dial(&mut self, address: String) -> u32 {
        let socket = self.join.next_socket;
        self.join.next_socket += 1;
        let open = SocketCommand::Open { socket, address };
        self.out.push(Command::Socket(open));
        socket
    }

    /// Ends all connections. What was seen of the nodes stays as it is.
    pub(crate) fn leave(&mut self) {
        let Some(joined) = self.join.joined.take() else {
            return;
        };
        for stream in &joined.streams {
            self.out
                .push(Command::Socket(SocketCommand::Close(stream.socket)));
        }
        self.out.push(Command::SetJoined(String::new()));
        if joined.shown && self.head.playing && joined.follows {
            self.head.playing = false;
        }
        self.touch();
    }

    fn dial_again(&mut self) {
        let now_us = self.real_us;
        let Some(mut joined) = self.join.joined.take() else {
            return;
        };
        for stream in &mut joined.streams {
            if matches!(stream.link, Link::Lost { .. } | Link::Ended(_)) {
                let socket = self.open_socket(&stream.address);
                stream.dial(socket, now_us);
            }
        }
        self.join.joined = Some(joined);
    }

    /// Looks after the connections, and takes in what has waited long enough.
    #[inline(never)]
    pub(crate) fn tend(&mut self) {
        let now_us = self.real_us;
        let Some(mut joined) = self.join.joined.take() else {
            return;
        };
        let mut silent = Vec::new();
        let mut dialled = false;
        for (place, stream) in joined.streams.iter_mut().enumerate() {
            if stream.is_due(now_us) {
                dialled = true;
                let socket = self.open_socket(&stream.address);
                stream.dial(socket, now_us);
            } else if stream.is_silent(now_us) {
                silent.push(place);
            }
        }
        self.join.joined = Some(joined);
        for place in silent {
            self.is_silent(place);
        }
        if dialled {
            self.touch();
        }
        self.begin_if_gathered();
        self.take_in();
        self.tell_what_came();
    }

    /// Shows the cluster, once everybody has said hello, or has had the time to.
    fn begin_if_gathered(&mut self) {
        let Some(joined) = self.join.joined.as_deref() else {
            return;
        };
        let Some(greeted_us) = joined.greeted_us.filter(|_| !joined.shown) else {
            return;
        };
        let open = |stream: &Stream| matches!(stream.link, Link::Dialling { .. } | Link::Probing);
        if joined.streams.iter().any(open) && self.real_us - greeted_us < GATHER_US {
            return;
        }
        let urls = joined
            .streams
            .iter()
            .map(|stream| stream.address.url.clone());
        let Some(recording) = joined.nodes.begin(self.entries, urls.collect()) else {
            return;
        };
        self.show_joined(recording);
    }

    fn show_joined(&mut self, recording: Recording) {
        let Some(mut joined) = self.join.joined.take() else {
            return;
        };
        let nodes = joined.streams.iter().filter(|stream| stream.node.is_some());
        let did = match &joined.bridge {
            None => Phrase::new("ui.join.did").int("n", nodes.count() as u64),
            Some(_) => Phrase::new("ui.join.did-bridge"),
        };
        let start_us = sim::Source::now_us(&recording);
        self.show_new(Session::of(Box::new(recording), false), did);
        joined.shown = true;
        joined.follows = true;
        joined.end_us = (start_us, self.real_us);
        // Whoever did not answer may yet.
        for stream in &mut joined.streams {
            if let Link::Ended(why) = &stream.link
                && why.key == "ui.join.refused"
            {
                stream.lose(why.clone(), self.real_us);
            }
        }
        let token = self.join.token.as_str();
        let joins = joined.streams.iter();
        let joins: Vec<String> = joins.map(|it| it.address.dialled(token)).collect();
        self.out.push(Command::SetJoined(joins.join(",")));
        self.join.joined = Some(joined);
        self.head.playing = true;
        if self.look.tab == Tab::UpNext && self.bridge().is_none() {
            // Nothing can be chosen of what comes next; what happened can be read.
            self.look.tab = Tab::Events;
        }
        self.out.push(Command::Focus(crate::Target::Stage));
        self.say_first_words();
    }
}
