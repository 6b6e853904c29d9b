//! What the sockets tell: who speaks there, what happened, and that a connection ended.

use super::bridge::{self, First};
use super::nodes::Frame;
use super::stream::Link;
use crate::{Command, Model, SocketCommand, SocketMsg};
use protocol::{NodeId, Phrase};
use trace::Stimulus;
use wire::watch::{Hello, NotAFrame};

impl Model {
    /// A socket of what is joined tells of itself.
    pub(crate) fn hear_joined(&mut self, msg: SocketMsg) {
        match msg {
            SocketMsg::Opened(socket) => self.taken(socket),
            SocketMsg::Text { socket, text } => return self.heard(socket, &text),
            SocketMsg::Closed { socket, code } => self.closed(socket, code),
            SocketMsg::Probed { socket, answers } => self.probed(socket, answers),
        }
        self.touch();
    }

    fn taken(&mut self, socket: u32) {
        let now_us = self.real_us;
        let joined = self.join.joined.as_deref_mut();
        let mut streams = joined.into_iter().flat_map(|joined| &mut joined.streams);
        if let Some(stream) = streams.find(|stream| stream.socket == socket) {
            stream.opened(now_us);
        }
    }

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
    pub(super) fn greeted(&mut self, place: usize, text: &str) {
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
                let why = newer(format, known);
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

    pub(super) fn welcome(
        &mut self,
        place: usize,
        node: NodeId,
        hello: &Hello<protocol::NodeView>,
    ) {
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
    pub(super) fn is_down(&mut self, place: usize) {
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
    pub(super) fn end_stream(&mut self, place: usize, why: Phrase) {
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

    /// The other side has said nothing for too long.
    pub(super) fn is_silent(&mut self, place: usize) {
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
}
