//! The hub: lines of nodes go in, messages for nodes and clients come out; between them the network and the services.
//!
//! Tells each node its name (`init`) and waits for the answer. Knows nothing of processes and sockets: whoever has them carries out
//! what [`Effect`] says, and reports what became of them.

use crate::cluster::End;
use crate::journal::{Entry, Loss, NodeState};
use crate::network::{Network, Role, Weather};
use crate::services::{SERVICES, Services};
pub use crate::view::STAGE;
use crate::view::checked;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use wire::{Envelope, ErrorCode};

/// How long a node may take to answer `init`, in microseconds: those on a virtual machine need seconds to start.
pub const INIT_US_MAX: u64 = 10_000_000;
/// The longest line that is read, in bytes.
pub const LINE_BYTES_MAX: usize = 16 << 20;
/// How many letters of a malformed line are shown.
const SHOWN_MAX: usize = 200;

/// What whoever runs the hub has to do or may want to tell.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Hand this message to this node.
    Deliver {
        /// The node.
        node: String,
        /// The message.
        message: Arc<Envelope>,
    },
    /// A client got this message.
    Answer {
        /// The client.
        client: String,
        /// The message.
        message: Arc<Envelope>,
    },
    /// A node answered `init`.
    Ready {
        /// The node.
        node: String,
    },
    /// A node did not answer `init` in time, or refused.
    NotReady {
        /// The node.
        node: String,
        /// Why, as a sentence.
        why: String,
    },
    /// A node at another hub ended or left, or is gone with its hub.
    Left {
        /// The node.
        node: String,
        /// How.
        end: End,
    },
    /// Something is worth a line.
    Warn(String),
}

/// A node as the hub sees it.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// What it is doing.
    pub state: NodeState,
    /// How it came to that, if it is down or silent.
    pub end: Option<End>,
    /// The number of the `init` that it has not answered, and until when it may.
    waiting: Option<(u64, u64)>,
    /// What it last told of itself.
    view: Option<Value>,
    /// Whether a client has asked it anything since it started.
    asked: bool,
    /// What it said last, as long as it has not answered `init`.
    said: Option<String>,
}

/// The hub.
#[derive(Clone, Debug)]
pub struct Hub {
    /// The network.
    pub network: Network,
    services: Services,
    /// The names that `init` tells.
    names: Vec<String>,
    members: BTreeMap<String, Member>,
    effects: VecDeque<Effect>,
    next_msg: u64,
}

impl Hub {
    /// A hub that expects nodes of these names.
    pub fn new(seed: u64, weather: Weather, names: Vec<String>, records_max: usize) -> Self {
        let mut network = Network::new(seed, weather, records_max);
        for service in SERVICES {
            network.add(service, Role::Service);
        }
        network.add(&network.client(0), Role::Client);
        for name in &names {
            network.add(name, Role::Node);
        }
        Self {
            network,
            services: Services::new(seed),
            names,
            members: BTreeMap::new(),
            effects: VecDeque::new(),
            next_msg: 0,
        }
    }

    /// It is one of several hubs from now on, with this number.
    pub fn settle(&mut self, place: u64) {
        self.network.remove(&self.host());
        self.network.settle(place);
        self.network.add(&self.host(), Role::Client);
    }

    /// The client that tells nodes their names.
    pub fn host(&self) -> String {
        self.network.client(0)
    }

    /// A node of this name is expected.
    pub fn expect(&mut self, node: &str) {
        self.names.push(node.to_owned());
        self.network.add(node, Role::Node);
    }

    /// A node is at another hub, and does this; how it came to that, if it is down or silent.
    pub fn elsewhere(
        &mut self,
        now_us: u64,
        node: &str,
        hub: u64,
        now: NodeState,
        end: Option<End>,
    ) {
        if !self.names.iter().any(|name| name == node) {
            self.names.push(node.to_owned());
        }
        self.network.add(node, Role::Node);
        self.network.send_away(node, Some(hub));
        let before = self.members.remove(node);
        let state = before.as_ref().map(|before| before.state);
        let member = Member {
            state: now,
            end: end.clone(),
            waiting: None,
            asked: before.as_ref().is_some_and(|it| it.asked) && state != Some(NodeState::Down),
            view: before.and_then(|before| before.view),
            said: None,
        };
        self.members.insert(node.to_owned(), member);
        if state == Some(now) {
            return;
        }
        let node = node.to_owned();
        let entry = Entry::Node {
            node: node.clone(),
            now,
            said: end.as_ref().map(|end| end.said.clone()),
        };
        self.network.adopt(now_us, hub, entry);
        match (now, end) {
            // Who was never here has not left.
            (NodeState::Down, Some(end)) if state.is_some() => {
                self.effects.push_back(Effect::Left { node, end });
            }
            (NodeState::Silent, Some(End { said: why, .. })) => {
                self.effects.push_back(Effect::NotReady { node, why });
            }
            _ => {}
        }
    }

    /// A node at another hub is there no longer, for this reason, and will not come back.
    pub fn lost(&mut self, now_us: u64, node: &str, hub: u64, why: &str) {
        let end = End {
            said: why.to_owned(),
            expected: false,
        };
        self.elsewhere(now_us, node, hub, NodeState::Down, Some(end));
        self.forget(node);
    }

    /// A node has told what it shows of itself.
    pub fn show(&mut self, node: &str, view: Value) {
        if let Some(member) = self.members.get_mut(node) {
            member.view = Some(view);
        }
    }

    /// The names of all nodes, in the order in which `init` tells them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The nodes that have come so far.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.members.iter().map(|(name, member)| (&**name, member))
    }

    /// What a node is doing; `Down` if it never came.
    pub fn state(&self, node: &str) -> NodeState {
        self.members
            .get(node)
            .map_or(NodeState::Down, |member| member.state)
    }

    /// How a node came to be down or silent, if it is.
    pub fn end(&self, node: &str) -> Option<&End> {
        self.members.get(node)?.end.as_ref()
    }

    /// What a node last told of itself.
    pub fn view(&self, node: &str) -> Option<&Value> {
        self.members.get(node)?.view.as_ref()
    }

    /// Whether every expected node has answered.
    pub fn all_ready(&self) -> bool {
        self.names
            .iter()
            .all(|name| self.state(name) == NodeState::Ready)
    }

    /// A node is there, for the first time or again: it is told its name. One that nobody expected is expected from now on.
    pub fn joined(&mut self, now_us: u64, node: &str) {
        if !self.names.iter().any(|name| name == node) {
            self.names.push(node.to_owned());
        }
        self.network.add(node, Role::Node);
        self.network.unpark(node);
        let msg_id = self.msg_id();
        let member = Member {
            state: NodeState::Starting,
            end: None,
            waiting: Some((msg_id, now_us.saturating_add(INIT_US_MAX))),
            view: None,
            asked: false,
            said: None,
        };
        self.members.insert(node.to_owned(), member);
        self.note(now_us, node, NodeState::Starting, None);
        let names = self.names.clone();
        let init = Envelope::new(self.host(), node, "init")
            .with("msg_id", msg_id)
            .with("node_id", node)
            .with("node_ids", names);
        self.send(now_us, init);
    }

    /// A node's process ended or its connection closed, in these words; whether somebody wanted it so.
    pub fn left(&mut self, now_us: u64, node: &str, said: &str, expected: bool) {
        if let Some(member) = self.members.get_mut(node) {
            member.state = NodeState::Down;
            member.end = Some(End {
                said: said.to_owned(),
                expected,
            });
            member.waiting = None;
            self.network.unpark(node);
            self.note(now_us, node, NodeState::Down, Some(said.to_owned()));
        }
    }

    /// A node that will not come back is expected no longer.
    pub fn forget(&mut self, node: &str) {
        self.members.remove(node);
        self.names.retain(|name| name != node);
        self.network.remove(node);
    }

    /// A node said this line. One that is no message is told, noted and passed over.
    ///
    /// # Errors
    /// What is wrong with the line, for whoever wants to answer.
    pub fn line(&mut self, now_us: u64, node: &str, line: &[u8]) -> Result<(), wire::Malformed> {
        let message = Envelope::read(line, LINE_BYTES_MAX).inspect_err(|wrong| {
            self.malformed(now_us, node, line, &wrong.to_string());
        })?;
        if let Some(member) = self.members.get_mut(node)
            && member.waiting.is_some()
        {
            member.said = Some(crate::history::short(&Value::Object(message.body.clone())));
        }
        if message.dest == STAGE {
            self.shows(now_us, node, line, message);
        } else if self.network.role(&message.src).is_none() {
            let src = &message.src;
            self.warn(format!(
                "{node} wrote a message from {src:?}, and nobody is called so: dropped; its own name is {node:?}, as `init` told it"
            ));
            let _ = self.network.send(now_us, message);
        } else {
            self.send(now_us, message);
        }
        Ok(())
    }

    /// A node tells what it shows of itself. One that cannot be shown is answered with an error.
    fn shows(&mut self, now_us: u64, node: &str, line: &[u8], mut message: Envelope) {
        let view = message.body.remove("view").unwrap_or_default();
        match checked(message.kind(), &view) {
            Ok(()) => {
                self.show(node, view.clone());
                let node = node.to_owned();
                self.network
                    .journal
                    .note(now_us, Entry::View { node, view });
            }
            Err(why) => {
                self.malformed(now_us, node, line, &why);
                let mut error = message
                    .reply("error")
                    .with("code", ErrorCode::MalformedRequest.number())
                    .with("text", why);
                node.clone_into(&mut error.dest);
                self.effects.push_back(Effect::Deliver {
                    node: node.to_owned(),
                    message: Arc::new(error),
                });
            }
        }
    }

    fn malformed(&mut self, now_us: u64, node: &str, line: &[u8], why: &str) {
        let start = &line[..line.len().min(4 * SHOWN_MAX)];
        let line: String = String::from_utf8_lossy(start)
            .chars()
            .take(SHOWN_MAX)
            .collect();
        let told =
            format!("{node} wrote a line that is no message: {why}; the line begins: {line}");
        self.effects.push_back(Effect::Warn(told));
        let entry = Entry::Malformed {
            node: node.to_owned(),
            why: why.to_owned(),
            line,
        };
        self.network.journal.note(now_us, entry);
    }

    /// Takes a message into the network.
    pub fn send(&mut self, now_us: u64, message: Envelope) -> Option<u64> {
        let (src, dest) = (message.src.clone(), message.dest.clone());
        if message.msg_id().is_some()
            && self.network.role(&src) == Some(Role::Client)
            && src != self.host()
            && let Some(member) = self.members.get_mut(&dest)
        {
            member.asked = true;
        }
        match self.network.send(now_us, message) {
            Ok(id) => Some(id),
            Err(Loss::UnknownDestination) => {
                self.warn(format!(
                    "{src} sent a message to {dest}, and nobody is called so: dropped"
                ));
                None
            }
            Err(Loss::UnknownSource) => {
                self.warn(format!(
                    "a message to {dest} is from {src}, and nobody is called so: dropped"
                ));
                None
            }
            Err(Loss::Overflow) => {
                self.warn(format!(
                    "too much is under way: a message from {src} to {dest} is dropped"
                ));
                None
            }
            Err(_) => None,
        }
    }

    /// The nodes whom a client has asked something since they started: they may hold what a test knows nothing of.
    pub fn asked(&self) -> Vec<&str> {
        let asked = self.members.iter().filter(|(_, member)| member.asked);
        asked.map(|(name, _)| &**name).collect()
    }

    /// Lets everything happen that is due.
    pub fn advance(&mut self, now_us: u64) {
        let late: Vec<String> = self
            .members
            .iter()
            .filter(|(_, member)| member.waiting.is_some_and(|(_, until)| until <= now_us))
            .map(|(name, _)| name.clone())
            .collect();
        for node in late {
            let limit = INIT_US_MAX / 1_000_000;
            let said = self.members.get(&node).and_then(|it| it.said.as_deref());
            let hint = match said {
                None => "it has written nothing at all; does it flush what it writes (in Python `print(…, flush=True)`)?".to_owned(),
                Some(said) => format!(
                    "the last that it wrote is {said}; the answer is `init_ok` with the request's msg_id as in_reply_to"
                ),
            };
            let why = format!("it did not answer `init` within {limit} seconds: {hint}");
            self.not_ready(now_us, node, why);
        }
        while let Some(flight) = self.network.next_due(now_us) {
            self.arrived(now_us, flight.message);
        }
    }

    /// Hands over a message that is under way, now. `false`: there is none of this number.
    pub fn deliver(&mut self, now_us: u64, id: u64) -> bool {
        let flight = self.network.deliver(now_us, id);
        flight
            .map(|flight| self.arrived(now_us, flight.message))
            .is_some()
    }

    fn arrived(&mut self, now_us: u64, message: Arc<Envelope>) {
        match self.network.role(&message.dest) {
            // Services do not speak with each other: two that answered each other's errors would never end.
            Some(Role::Service) if self.network.role(&message.src) == Some(Role::Service) => {}
            Some(Role::Service) => {
                if let Some(reply) = self.services.handle(&message) {
                    self.send(now_us, reply);
                }
            }
            Some(Role::Client) => {
                if message.dest == self.host() {
                    self.greeted(now_us, &message);
                }
                self.effects.push_back(Effect::Answer {
                    client: message.dest.clone(),
                    message,
                });
            }
            Some(Role::Node) => match self.state(&message.dest) {
                NodeState::Down => self.network.lose(now_us, &message, Loss::Down),
                _ => self.effects.push_back(Effect::Deliver {
                    node: message.dest.clone(),
                    message,
                }),
            },
            None => {}
        }
    }

    /// The host got an answer: to `init`, or to something else.
    fn greeted(&mut self, now_us: u64, message: &Envelope) {
        let node = message.src.clone();
        let waits = self.members.get(&node).and_then(|member| member.waiting);
        let answered = waits.is_some_and(|(id, _)| Some(id) == message.in_reply_to());
        if !answered {
            return;
        }
        if message.kind() == Some("init_ok") {
            if let Some(member) = self.members.get_mut(&node) {
                member.state = NodeState::Ready;
                member.waiting = None;
            }
            self.note(now_us, &node, NodeState::Ready, None);
            self.effects.push_back(Effect::Ready { node });
        } else {
            let body = serde_json::Value::Object(message.body.clone());
            let why = format!(
                "it answered `init` with {}, not init_ok",
                crate::history::short(&body)
            );
            self.not_ready(now_us, node, why);
        }
    }

    fn not_ready(&mut self, now_us: u64, node: String, why: String) {
        if let Some(member) = self.members.get_mut(&node) {
            member.state = NodeState::Silent;
            member.end = Some(End {
                said: why.clone(),
                expected: false,
            });
            member.waiting = None;
        }
        self.note(now_us, &node, NodeState::Silent, Some(why.clone()));
        self.effects.push_back(Effect::NotReady { node, why });
    }

    /// When something is due without anybody's doing.
    pub fn wake_us(&self) -> Option<u64> {
        let waiting = self.members.values().filter_map(|member| member.waiting);
        let until = waiting.map(|(_, until)| until).min();
        [self.network.wake_us(), until].into_iter().flatten().min()
    }

    /// What there is to do, in order.
    pub fn next_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// A number for a message of a client, never used before.
    pub fn msg_id(&mut self) -> u64 {
        self.next_msg += 1;
        self.next_msg
    }

    fn warn(&mut self, text: String) {
        self.effects.push_back(Effect::Warn(text));
    }

    fn note(&mut self, now_us: u64, node: &str, state: NodeState, said: Option<String>) {
        let entry = Entry::Node {
            node: node.to_owned(),
            now: state,
            said,
        };
        self.network.journal.note(now_us, entry);
    }
}

#[cfg(test)]
mod tests;
