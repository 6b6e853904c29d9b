//! The hub: lines of nodes go in, messages for nodes and clients come out; between them the network and the services.
//!
//! Tells each node its name (`init`) and waits for the answer. Knows nothing of processes and sockets: whoever has them carries out
//! what [`Effect`] says, and reports what became of them.

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
    /// Something is worth a line.
    Warn(String),
}

/// A node as the hub sees it.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// What it is doing.
    pub state: NodeState,
    /// The number of the `init` that it has not answered, and until when it may.
    waiting: Option<(u64, u64)>,
    /// What it last told of itself.
    view: Option<Value>,
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

    /// A node is at another hub, and does this; in which words, if it left.
    pub fn elsewhere(
        &mut self,
        now_us: u64,
        node: &str,
        hub: u64,
        now: NodeState,
        said: Option<String>,
    ) {
        if !self.names.iter().any(|name| name == node) {
            self.names.push(node.to_owned());
        }
        self.network.add(node, Role::Node);
        self.network.send_away(node, Some(hub));
        let member = Member {
            state: now,
            waiting: None,
            view: None,
        };
        let before = self.members.insert(node.to_owned(), member);
        if before.is_none_or(|before| before.state != now) {
            let node = node.to_owned();
            let entry = Entry::Node { node, now, said };
            self.network.journal.adopt(now_us, hub, entry);
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
            waiting: Some((msg_id, now_us.saturating_add(INIT_US_MAX))),
            view: None,
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

    /// A node's process ended or its connection closed, in these words.
    pub fn left(&mut self, now_us: u64, node: &str, said: &str) {
        if let Some(member) = self.members.get_mut(node) {
            member.state = NodeState::Down;
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
        if message.dest == STAGE {
            self.shows(now_us, node, line, message);
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
                if let Some(member) = self.members.get_mut(node) {
                    member.view = Some(view.clone());
                }
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
            let why = format!("it did not answer `init` within {limit} seconds");
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
mod tests {
    use super::*;
    use crate::view::VIEW_BYTES_MAX;
    use protocol::Distribution;

    fn hub() -> Hub {
        let weather = Weather {
            latency_us: Distribution::Constant(0),
            loss_permille: 0,
        };
        Hub::new(1, weather, vec!["n0".into(), "n1".into()], 1_000)
    }

    fn effects(hub: &mut Hub, now_us: u64) -> Vec<Effect> {
        hub.advance(now_us);
        std::iter::from_fn(|| hub.next_effect()).collect()
    }

    fn init_of(effects: &[Effect]) -> Arc<Envelope> {
        match effects {
            [Effect::Deliver { message, .. }] => message.clone(),
            other => panic!("one message was to come: {other:?}"),
        }
    }

    #[test]
    fn a_node_is_told_its_name_and_is_ready_when_it_answers() {
        let mut hub = hub();
        hub.joined(0, "n0");
        let init = init_of(&effects(&mut hub, 0));
        assert_eq!(init.kind(), Some("init"));
        assert_eq!(init.body["node_id"], "n0");
        assert_eq!(init.body["node_ids"], serde_json::json!(["n0", "n1"]));
        assert!(init.id.is_some());
        let reply = init.reply("init_ok");
        hub.line(1, "n0", reply.line().as_bytes()).unwrap();
        let ready = Effect::Ready { node: "n0".into() };
        assert_eq!(effects(&mut hub, 1)[0], ready);
        assert_eq!(hub.state("n0"), NodeState::Ready);
        assert!(!hub.all_ready());
    }

    #[test]
    fn who_does_not_answer_in_time_is_silent() {
        let mut hub = hub();
        hub.joined(0, "n0");
        effects(&mut hub, 0);
        assert_eq!(hub.wake_us(), Some(INIT_US_MAX));
        let late = effects(&mut hub, INIT_US_MAX);
        assert!(matches!(&late[..], [Effect::NotReady { why, .. }] if why.contains("10 seconds")));
        assert_eq!(hub.state("n0"), NodeState::Silent);
    }

    #[test]
    fn a_malformed_line_is_told_and_the_next_one_is_read() {
        let mut hub = hub();
        hub.joined(0, "n0");
        effects(&mut hub, 0);
        assert!(hub.line(0, "n0", b"hello").is_err());
        assert!(hub.line(0, "n0", &[0xff, 0xfe]).is_err());
        let told = effects(&mut hub, 0);
        assert!(matches!(&told[0], Effect::Warn(text) if text.contains("the line begins: hello")));
        let message = Envelope::new("n0", "n9", "x");
        hub.line(0, "n0", message.line().as_bytes()).unwrap();
        let told = effects(&mut hub, 0);
        assert!(matches!(&told[..], [Effect::Warn(text)] if text.contains("n9")));
    }

    #[test]
    fn a_view_is_noted_and_goes_to_nobody() {
        let mut hub = hub();
        hub.joined(0, "n0");
        effects(&mut hub, 0);
        let view = serde_json::json!({"role": "primary", "badges": [{"key": "3 keys"}],
            "words": {"zh": {"primary": "主节点"}}});
        let tells = |view: &Value| Envelope::new("n0", STAGE, "view").with("view", view.clone());
        hub.line(5, "n0", tells(&view).line().as_bytes()).unwrap();
        assert_eq!(effects(&mut hub, 5), []);
        let (_, records) = hub.network.journal.since(0);
        let last = records.last().unwrap().entry.clone();
        let noted = Entry::View {
            node: "n0".into(),
            view: view.clone(),
        };
        assert_eq!(last, noted);
        assert_eq!(hub.members["n0"].view, Some(view));
    }

    #[test]
    fn a_view_that_cannot_be_shown_is_answered_with_an_error() {
        let mut hub = hub();
        hub.joined(0, "n0");
        effects(&mut hub, 0);
        let tells = |view: Value| Envelope::new("n0", STAGE, "view").with("view", view);
        let long = "a".repeat(VIEW_BYTES_MAX);
        for (message, why) in [
            (
                tells(serde_json::json!({"rolle": "x"})),
                "no field \"rolle\"",
            ),
            (tells(serde_json::json!({"role": 3})), "cannot be read"),
            (
                tells(serde_json::json!({"words": {"zh": "主节点"}})),
                "the view's words cannot be read",
            ),
            (
                tells(serde_json::json!([])),
                "no \"view\" that is an object",
            ),
            (tells(serde_json::json!({"role": long})), "are the most"),
            (Envelope::new("n0", STAGE, "look"), "of type view alone"),
        ] {
            let message = message.with("msg_id", 7);
            hub.line(5, "n0", message.line().as_bytes()).unwrap();
            let done = effects(&mut hub, 5);
            let [Effect::Warn(told), Effect::Deliver { node, message }] = &done[..] else {
                panic!("{done:?}");
            };
            assert!(told.contains(why), "{told}");
            assert_eq!((&**node, message.in_reply_to()), ("n0", Some(7)));
            assert_eq!(message.body["code"], 12);
            let (_, records) = hub.network.journal.since(0);
            let last = &records.last().unwrap().entry;
            assert!(matches!(last, Entry::Malformed { .. }), "{last:?}");
        }
        assert_eq!(hub.members["n0"].view, None);
    }

    #[test]
    fn services_answer_nodes() {
        let mut hub = hub();
        hub.joined(0, "n0");
        effects(&mut hub, 0);
        let ask = Envelope::new("n0", "lin-tso", "ts").with("msg_id", 0);
        hub.line(0, "n0", ask.line().as_bytes()).unwrap();
        let answer = init_of(&effects(&mut hub, 0));
        assert_eq!(answer.body["ts"], 0);
        assert_eq!(answer.in_reply_to(), Some(0));
    }

    #[test]
    fn services_that_are_made_to_speak_with_each_other_do_not() {
        let mut hub = hub();
        for (src, dest) in [("lin-kv", "seq-kv"), ("lin-kv", "lin-kv")] {
            let forged = Envelope::new(src, dest, "x").line();
            hub.line(0, "n0", forged.as_bytes()).unwrap();
        }
        assert_eq!(effects(&mut hub, 0), []);
        assert_eq!(hub.network.sent(), (0, 2));
    }

    #[test]
    fn who_left_gets_nothing_and_is_told_its_name_again_when_it_comes_back() {
        let mut hub = hub();
        hub.joined(0, "n0");
        effects(&mut hub, 0);
        hub.left(1, "n0", "exit status: 1");
        hub.send(1, Envelope::new("lin-kv", "n0", "x"));
        assert_eq!(effects(&mut hub, 1), []);
        hub.joined(2, "n0");
        assert_eq!(init_of(&effects(&mut hub, 2)).kind(), Some("init"));
    }
}
