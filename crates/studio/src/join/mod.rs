//! Joining real nodes: the connections to them, what they tell as a recording that grows, and the cursor that goes along.
//!
//! Knows no sockets: they are asked for by commands, and tell of themselves by messages.

pub(crate) mod address;
mod bridge;
mod levers;
mod merge;
mod nodes;
mod stream;

use crate::session::Session;
use crate::{Command, JoinMsg, Menu, Model, SocketCommand, Tab};
use bridge::{Bridge, First};
pub(crate) use levers::{REQUEST, WORKLOADS};
use nodes::{Frame, Nodes};
use protocol::{Name, NodeId, Phrase};
use recording::Recording;
use std::collections::VecDeque;
pub(crate) use stream::{Link, Stream};
use trace::Stimulus;
use wire::watch::{Hello, NotAFrame};

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
    fn stream(&mut self, socket: u32) -> Option<&mut Stream> {
        self.streams
            .iter_mut()
            .find(|stream| stream.socket == socket)
    }

    /// What time it is in the recording: it stands still while nobody tells of it.
    fn now_us(&self, real_us: u64) -> u64 {
        let (end_us, came_us) = self.end_us;
        let mut links = self.streams.iter().map(|stream| &stream.link);
        let told = links.any(|link| *link == Link::Watching);
        end_us + if told { real_us - came_us } else { 0 }
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
            JoinMsg::Opened(socket) => {
                let now_us = self.real_us;
                let stream = self
                    .join
                    .joined
                    .as_deref_mut()
                    .and_then(|joined| joined.stream(socket));
                if let Some(stream) = stream {
                    stream.opened(now_us);
                }
            }
            JoinMsg::Text { socket, text } => return self.heard(socket, &text),
            JoinMsg::Closed { socket, code } => self.closed(socket, code),
            JoinMsg::Probed { socket, answers } => self.probed(socket, answers),
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
        if joined.shown && self.head.playing && joined.follows {
            self.head.playing = false;
        }
        self.touch();
    }

    /// To the end; of what goes on, along with it from there.
    pub(crate) fn go_live(&mut self) {
        self.seek(self.session.playable.len());
        if let Some(joined) = self
            .join
            .joined
            .as_deref_mut()
            .filter(|joined| joined.shown)
        {
            joined.follows = true;
            self.head.playing = true;
            self.read_under_way();
            self.touch();
        }
    }

    /// The end was reached; `false`: there is nothing to go along with.
    pub(crate) fn follow_from_here(&mut self) -> bool {
        match self.join.joined.as_deref_mut() {
            Some(joined) if joined.shown => {
                joined.follows = true;
                self.read_under_way();
                self.touch();
                true
            }
            _ => false,
        }
    }

    /// The cursor stays where it is from now on.
    pub(crate) fn stop_following(&mut self) {
        if let Some(joined) = self.join.joined.as_deref_mut() {
            joined.follows = false;
        }
    }

    // ---- what the sockets tell ----

    /// Takes what came over a socket. Not every message needs the panels.
    fn heard(&mut self, socket: u32, text: &str) {
        let Some(joined) = self.join.joined.as_deref_mut() else {
            return;
        };
        let now_us = self.real_us;
        let Some(place) = joined
            .streams
            .iter()
            .position(|stream| stream.socket == socket)
        else {
            return;
        };
        let node = match (&joined.streams[place].link, joined.streams[place].node) {
            (Link::Watching, None) => return self.heard_bridge(place, text),
            (Link::Watching, Some(node)) => node,
            (Link::Dialling { .. }, _) => return self.greeted(place, text),
            _ => return,
        };
        let fits = match Frame::read(text) {
            Ok(Frame::Happened { clock, event, view }) => {
                joined.weights.push_back(text.len() as u32);
                joined.chars += text.len();
                joined.nodes.happened(node, clock, event, view, now_us)
            }
            Ok(Frame::Missed { events }) => {
                joined.streams[place].missed += events;
                true
            }
            Ok(Frame::Closing) => {
                joined.streams[place].closing = true;
                true
            }
            Ok(Frame::Hello(_)) | Err(_) => false,
        };
        if !fits {
            let why = joined.streams[place].phrase("ui.join.broken");
            return self.end_stream(place, why);
        }
        self.take_in();
    }

    /// The first frame of a connection says who speaks there.
    fn greeted(&mut self, place: usize, text: &str) {
        let Some(joined) = self.join.joined.as_deref_mut() else {
            return;
        };
        let stream = &joined.streams[place];
        let newer = |format: u32, known: u32| {
            let why = stream.phrase("ui.join.newer");
            why.int("format", format.into()).int("known", known.into())
        };
        match bridge::first(text) {
            First::Bridge(hello) => return self.bridge_greeted(place, &hello),
            First::Newer(format) => {
                let why = newer(format, wire::journal::FORMAT);
                return self.end_stream(place, why);
            }
            First::Other => {}
        }
        let hello = match Frame::read(text) {
            Ok(Frame::Hello(hello)) => hello,
            Ok(_) | Err(NotAFrame::Malformed { .. }) => {
                let why = stream.phrase("ui.join.no-synod");
                return self.end_stream(place, why);
            }
            Err(NotAFrame::Newer { format, known }) => {
                let why = stream.phrase("ui.join.newer");
                let why = why.int("format", format.into()).int("known", known.into());
                return self.end_stream(place, why);
            }
        };
        let node = match joined.nodes.greet(&hello, stream) {
            Ok(node) => node,
            Err(why) => return self.end_stream(place, why),
        };
        let again = joined.streams.iter().enumerate();
        let twice = again.filter(|(other, _)| *other != place);
        if twice
            .clone()
            .any(|(_, other)| other.node == Some(node) && other.link == Link::Watching)
        {
            let why = joined.streams[place].phrase("ui.join.twice");
            let why = why.text("node", hello.nodes[node.index()].clone());
            return self.end_stream(place, why);
        }
        joined.greeted_us.get_or_insert(self.real_us);
        self.welcome(place, node, &hello);
        self.begin_if_gathered();
        self.touch();
    }

    fn welcome(&mut self, place: usize, node: NodeId, hello: &Hello<protocol::NodeView>) {
        let real_us = self.real_us;
        let Some(joined) = self.join.joined.as_deref_mut() else {
            return;
        };
        let at_us = joined.now_us(real_us);
        let stream = &mut joined.streams[place];
        let came = match stream.node {
            _ if !joined.shown => None,
            None => Some(Stimulus::Added),
            Some(_) if hello.incarnation != stream.incarnation => Some(Stimulus::Booted {
                incarnation: hello.incarnation,
            }),
            Some(_) if stream.down => Some(Stimulus::Resumed),
            Some(_) => None,
        };
        let back = stream.node.is_some();
        (stream.node, stream.incarnation, stream.down) = (Some(node), hello.incarnation, false);
        stream.greeted();
        if let Some(stimulus) = came {
            joined.weights.push_back(0);
            joined.nodes.turned(node, stimulus, at_us, real_us);
        }
        if back {
            let text = self.say(&Phrase::new("ui.join.back").node("node", node));
            self.announce(text);
        }
    }

    /// A connection has ended, or was never made.
    fn closed(&mut self, socket: u32, code: u16) {
        let now_us = self.real_us;
        let Some(joined) = self.join.joined.as_deref_mut() else {
            return;
        };
        let shown = joined.shown;
        let Some(place) = joined
            .streams
            .iter()
            .position(|stream| stream.socket == socket)
        else {
            return;
        };
        let stream = &mut joined.streams[place];
        if let Some(why) = stream.refusal(code) {
            return self.end_stream(place, why);
        }
        match stream.link {
            Link::Watching => {
                let node = stream.node;
                let closing = stream.closing;
                let why = if closing {
                    "ui.join.shut-down"
                } else {
                    "ui.join.lost"
                };
                let why = stream.phrase(why);
                stream.lose(why.clone(), now_us);
                if let Some(node) = node {
                    joined.nodes.merge.close(node.0);
                    if closing {
                        self.is_down(place);
                    }
                }
                let text = self.say(&why);
                self.announce(text);
            }
            Link::Dialling { open: true, .. } => {
                let why = stream.phrase("ui.join.no-synod");
                self.end_stream(place, why);
            }
            Link::Dialling { .. } if shown => {
                let why = stream.phrase("ui.join.refused");
                stream.lose(why, now_us);
                self.is_down(place);
            }
            Link::Dialling { .. } => {
                stream.link = Link::Probing;
                let address = stream.address.url.clone();
                let probe = SocketCommand::Probe { socket, address };
                self.out.push(Command::Socket(probe));
            }
            Link::Probing | Link::Lost { .. } | Link::Ended(_) => {}
        }
        self.begin_if_gathered();
    }

    /// Nobody answers where a node was: it does not run.
    fn is_down(&mut self, place: usize) {
        let real_us = self.real_us;
        let Some(joined) = self
            .join
            .joined
            .as_deref_mut()
            .filter(|joined| joined.shown)
        else {
            return;
        };
        let at_us = joined.now_us(real_us);
        let stream = &mut joined.streams[place];
        if let Some(node) = stream.node.filter(|_| !stream.down) {
            stream.down = true;
            joined.weights.push_back(0);
            let crashed = Stimulus::Crashed { kept: 0, lost: 0 };
            joined.nodes.turned(node, crashed, at_us, real_us);
            self.take_in();
        }
    }

    fn probed(&mut self, socket: u32, answers: bool) {
        let Some(joined) = self.join.joined.as_deref_mut() else {
            return;
        };
        let Some(place) = joined
            .streams
            .iter()
            .position(|stream| stream.socket == socket)
        else {
            return;
        };
        if joined.streams[place].link == Link::Probing {
            let key = if answers {
                "ui.join.not-let-in"
            } else {
                "ui.join.refused"
            };
            let why = joined.streams[place].phrase(key);
            self.end_stream(place, why);
        }
    }

    /// A connection is given up, and why. While others go on, whoever was there may come back.
    fn end_stream(&mut self, place: usize, why: Phrase) {
        let Some(joined) = self.join.joined.as_deref_mut() else {
            return;
        };
        let stream = &mut joined.streams[place];
        let socket = stream.socket;
        stream.link = Link::Ended(why.clone());
        if let Some(node) = stream.node {
            joined.nodes.merge.close(node.0);
        }
        self.out.push(Command::Socket(SocketCommand::Close(socket)));
        let text = self.say(&why);
        self.announce(text);
        self.begin_if_gathered();
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

    // ---- what time brings ----

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

    /// The other side has said nothing for too long.
    fn is_silent(&mut self, place: usize) {
        let now_us = self.real_us;
        let Some(joined) = self.join.joined.as_deref_mut() else {
            return;
        };
        let stream = &mut joined.streams[place];
        let why = stream.phrase("ui.join.silent");
        if !joined.shown {
            return self.end_stream(place, why);
        }
        let socket = stream.socket;
        stream.lose(why, now_us);
        self.out.push(Command::Socket(SocketCommand::Close(socket)));
        self.touch();
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
        self.join.joined = Some(joined);
        self.head.playing = true;
        if self.look.tab == Tab::UpNext && self.bridge().is_none() {
            // Nothing can be chosen of what comes next; what happened can be read.
            self.look.tab = Tab::Events;
        }
        self.out.push(Command::Focus(crate::Target::Stage));
        self.say_first_words();
    }

    /// Puts what has come in order, and behind what there is.
    fn take_in(&mut self) {
        let real_us = self.real_us;
        let Some(joined) = self
            .join
            .joined
            .as_deref_mut()
            .filter(|joined| joined.shown)
        else {
            return;
        };
        let growing = self.session.playable.growing();
        let Some(recording) = growing.and_then(|growing| growing.downcast_mut::<Recording>())
        else {
            return;
        };
        let len = sim::Source::len(recording);
        while let Some(next) = joined
            .nodes
            .merge
            .next(real_us, &|name| recording.has_sent(name))
        {
            if let Some(slow) = next.slow {
                joined.slow = Some((NodeId(slow), real_us));
            }
            recording.push(next.event);
        }
        self.grown(len);
    }

    /// The recording is longer than it was: its end is now, and of what is too long the oldest part goes.
    fn grown(&mut self, was: u64) {
        let real_us = self.real_us;
        let growing = self.session.playable.growing();
        let recording = growing.and_then(|growing| growing.downcast_mut::<Recording>());
        let (Some(joined), Some(recording)) = (self.join.joined.as_deref_mut(), recording) else {
            return;
        };
        let len = sim::Source::len(recording);
        if len == was {
            return;
        }
        joined.end_us = (sim::Source::time_of(recording, len), real_us);
        let kept = recording.events().len();
        if kept > KEPT_EVENTS_MAX || joined.chars > KEPT_CHARS_MAX {
            let gone = recording.forget(kept / 4);
            let weights = joined.weights.drain(..gone.min(joined.weights.len()));
            let chars: usize = weights.map(|weight| weight as usize).sum();
            joined.chars -= chars;
            joined.forgotten = recording.forgotten();
            self.session.read_marks();
            self.jumped();
        }
    }

    /// While the reader looks at something else, the panels tell now and then how far it has come.
    fn tell_what_came(&mut self) {
        let (len, real_us) = (self.session.playable.len(), self.real_us);
        let Some(joined) = self
            .join
            .joined
            .as_deref_mut()
            .filter(|joined| joined.shown)
        else {
            return;
        };
        if joined
            .slow
            .is_some_and(|(_, since_us)| real_us - since_us > SLOW_US)
        {
            joined.slow = None;
        }
        let (told, told_us) = joined.told;
        if len != told && real_us - told_us >= TOLD_US {
            joined.told = (len, real_us);
            self.session.read_marks();
            self.touch();
        }
    }

    /// The cursor goes along with what has happened.
    #[inline(never)]
    pub(crate) fn follow(&mut self) {
        let mut events = 0;
        while events < EVENTS_PER_TICK_MAX {
            let Some(stepped) = self.session.advance(None) else {
                break;
            };
            events += 1;
            self.played(stepped, events);
            self.tell_handled(stepped.step);
        }
        let len = self.session.playable.len();
        if self.session.step() < len {
            let left = len - self.session.step();
            self.speech.others += left;
            let _ = self.session.playable.seek(len);
        }
        let Some(joined) = self.join.joined.as_deref() else {
            return;
        };
        self.head.at_us = joined.now_us(self.real_us) as f64;
        if events > 0 {
            self.moved();
        }
    }

    /// What became of the message that somebody handled is told, and no turning point.
    fn tell_handled(&mut self, step: u64) {
        let joined = self.join.joined.as_deref();
        let Some(handled) = joined.and_then(|joined| joined.handled) else {
            return;
        };
        let event = self.event_at(step);
        let about = event.filter(|event| {
            let message = event.stimulus.message();
            message.is_some_and(|message| message.name == handled)
        });
        if let Some(event) = about {
            self.tell(Some(event));
            self.announce_here();
            if let Some(joined) = self.join.joined.as_deref_mut() {
                joined.handled = None;
            }
        }
    }

    /// What is wrong with the connections, or with what came over them, in a few words; `None` where all is well.
    pub(crate) fn join_trouble(&self) -> Option<Phrase> {
        let joined = self.join.joined.as_deref().filter(|joined| joined.shown)?;
        let real_us = self.real_us;
        let mut lost = joined
            .streams
            .iter()
            .filter_map(|stream| match &stream.link {
                Link::Lost { again_us, .. } => Some(stream.phrase("ui.join.note-lost").int(
                    "seconds",
                    again_us.saturating_sub(real_us).div_ceil(1_000_000),
                )),
                Link::Ended(why) => Some(why.clone()),
                _ => None,
            });
        let slow = joined
            .slow
            .map(|(node, _)| Phrase::new("ui.join.slow").node("node", node));
        lost.next().or(slow)
    }
}
