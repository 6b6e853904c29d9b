//! A bench to drive nodes by hand: every message, timer and disk write moves when the test says so, and the properties are
//! checked after every step. Time stands still unless the test moves it.

#![allow(dead_code, reason = "every test file uses another part of the bench")]

pub(crate) mod changes;
pub(crate) mod scenarios;

use protocol::{
    Chance, Context, Effect, Input, Look, Name, NodeId, NodeSpec, OperationId, Phrase, Protocol,
    Say, Surroundings, Verdict, Verdicts,
};
use raft::{
    AppendEntries, Disk, Entry, Fact, Mark, Message, Op, Order, Outcome, Payload, Raft, RaftConfig,
    Reason, Role, Server, Timer, Variant, VoteReply, VoteRequest,
};
use replicated::{Answer, KeyValue, KvAnswer, KvCommand, StateMachine};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

pub(crate) type KvDisk = Disk<KeyValue>;
pub(crate) type KvMessage = Message<KeyValue>;

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) message: KvMessage,
    pub(crate) reason: Reason,
}

#[derive(Clone, Debug)]
enum Speech {
    Save(<Raft as Protocol>::Write),
    Send(Packet),
    Answer(OperationId, Answer<KvAnswer, Outcome>),
    Tell(Fact<KeyValue>),
    Notify(u64),
}

#[derive(Clone)]
pub(crate) struct Lab {
    pub(crate) config: RaftConfig,
    pub(crate) variant: Variant,
    pub(crate) roster: Vec<NodeSpec>,
    pub(crate) nodes: Vec<Option<Raft>>,
    pub(crate) disks: Vec<KvDisk>,
    /// Nodes whose writes wait for [`Lab::flush`].
    pub(crate) slow_disks: BTreeSet<NodeId>,
    speech: Vec<VecDeque<Speech>>,
    pub(crate) timers: Vec<BTreeMap<Timer, (u64, u64)>>,
    /// In the order of sending.
    pub(crate) packets: Vec<Packet>,
    /// Links that carry nothing: (from, to).
    pub(crate) cuts: BTreeSet<(NodeId, NodeId)>,
    pub(crate) now_us: u64,
    pub(crate) facts: Vec<(NodeId, Fact<KeyValue>)>,
    pub(crate) reasons: Vec<(NodeId, Reason)>,
    pub(crate) answers: Vec<(OperationId, Answer<KvAnswer, Outcome>)>,
    pub(crate) memory: raft::Memory<KeyValue>,
    /// The first breach of each property, by id.
    pub(crate) violations: BTreeMap<&'static str, Phrase>,
    pub(crate) met: BTreeSet<&'static str>,
    pub(crate) sent: u64,
    events: u64,
    asked: u64,
}

/// Servers are numbered from 1 in the cases, as in the paper.
pub(crate) const fn s(number: u16) -> NodeId {
    NodeId(number - 1)
}

/// The parameters that most cases assume: no PreVote, no CheckQuorum, no clients.
pub(crate) fn plain(servers: u64) -> RaftConfig {
    RaftConfig {
        servers,
        clients: 0,
        pre_vote: false,
        check_quorum: false,
        ..RaftConfig::default()
    }
}

/// A disk with a term, a vote and a log of empty entries of these terms.
pub(crate) fn disk(term: u64, voted_for: Option<NodeId>, log: &[u64]) -> KvDisk {
    let mut disk = Disk {
        term,
        voted_for,
        ..Disk::default()
    };
    for term in log {
        disk.log.push(Entry::new(*term, Payload::Noop));
    }
    disk
}

impl Lab {
    pub(crate) fn new(config: RaftConfig, variant: Variant) -> Self {
        let count = Raft::roster(&config).len();
        Self::with_disks(config, variant, vec![KvDisk::default(); count])
    }

    /// Servers that start from these disks; clients start from nothing.
    pub(crate) fn with_disks(config: RaftConfig, variant: Variant, mut disks: Vec<KvDisk>) -> Self {
        Raft::validate(&config).expect("a sensible configuration");
        let roster = Raft::roster(&config);
        let count = roster.len();
        disks.resize(count, KvDisk::default());
        let mut lab = Self {
            config,
            variant,
            roster,
            nodes: vec![None; count],
            disks,
            slow_disks: BTreeSet::new(),
            speech: vec![VecDeque::new(); count],
            timers: vec![BTreeMap::new(); count],
            packets: Vec::new(),
            cuts: BTreeSet::new(),
            now_us: 1_000_000,
            facts: Vec::new(),
            reasons: Vec::new(),
            answers: Vec::new(),
            memory: raft::Memory::default(),
            violations: BTreeMap::new(),
            met: BTreeSet::new(),
            sent: 0,
            events: 0,
            asked: 0,
        };
        for node in 0..count as u16 {
            lab.restart(NodeId(node));
        }
        lab.facts.clear();
        lab
    }

    // ---- doing ----

    fn with_context(
        &mut self,
        node: NodeId,
        run: impl FnOnce(&mut Context<'_, Raft>, Option<Raft>, &KvDisk) -> Raft,
        booted: bool,
    ) {
        self.events += 1;
        let mut effects = Vec::new();
        let around = Surroundings {
            me: node,
            roster: &self.roster,
            config: &self.config,
            variant: self.variant,
            now_us: self.now_us,
            wall_us: self.now_us,
            chance: Chance::new(7, Name(self.events)),
            decisions: &[],
        };
        let before = self.nodes[node.index()].take();
        let mut cx = Context::new(&around, &mut effects);
        let after = run(&mut cx, before, &self.disks[node.index()]);
        self.nodes[node.index()] = Some(after);
        for effect in effects {
            self.take(node, effect);
        }
        let told = self.speak(node);
        self.observe(Some(node), booted, &told);
        for token in self.notified(node) {
            self.input(node, Input::Saved(token));
        }
    }

    fn take(&mut self, node: NodeId, effect: Effect<Raft>) {
        let waiting = &mut self.speech[node.index()];
        match effect {
            Effect::Send {
                to,
                message,
                reason,
                before_save,
            } => {
                let packet = Packet {
                    from: node,
                    to,
                    message,
                    reason,
                };
                self.reasons.push((node, reason));
                if before_save {
                    self.put_on_the_way(packet);
                } else {
                    waiting.push_back(Speech::Send(packet));
                }
            }
            Effect::Answer { id, answer } => waiting.push_back(Speech::Answer(id, answer)),
            Effect::Tell(fact) => waiting.push_back(Speech::Tell(fact)),
            Effect::Save(write) => waiting.push_back(Speech::Save(write)),
            Effect::NotifySaved(token) => waiting.push_back(Speech::Notify(token)),
            Effect::SetTimer {
                timer,
                min_us,
                max_us,
                reason,
            } => {
                assert!(min_us <= max_us);
                self.reasons.push((node, reason));
                self.timers[node.index()].insert(timer, (min_us, max_us));
            }
            Effect::CancelTimer(timer) => {
                self.timers[node.index()].remove(&timer);
            }
            Effect::Note(reason) => self.reasons.push((node, reason)),
            Effect::Chose { .. } => {}
        }
    }

    fn put_on_the_way(&mut self, packet: Packet) {
        self.sent += 1;
        if !self.cuts.contains(&(packet.from, packet.to)) {
            self.packets.push(packet);
        }
    }

    /// What is not behind a write leaves; with a fast disk the writes go first.
    fn speak(&mut self, node: NodeId) -> Vec<(NodeId, Fact<KeyValue>)> {
        let mut told = Vec::new();
        while let Some(next) = self.speech[node.index()].front() {
            if matches!(next, Speech::Save(_)) && self.slow_disks.contains(&node) {
                break;
            }
            if matches!(next, Speech::Notify(_)) {
                break;
            }
            match self.speech[node.index()].pop_front().expect("it was seen") {
                Speech::Save(write) => Raft::persist(&mut self.disks[node.index()], &write),
                Speech::Send(packet) => self.put_on_the_way(packet),
                Speech::Answer(id, answer) => self.answers.push((id, answer)),
                Speech::Tell(fact) => told.push((node, fact)),
                Speech::Notify(_) => unreachable!("it stops the loop"),
            }
        }
        self.facts.extend(told.iter().cloned());
        told
    }

    fn notified(&mut self, node: NodeId) -> Vec<u64> {
        let mut tokens = Vec::new();
        while let Some(Speech::Notify(token)) = self.speech[node.index()].front() {
            tokens.push(*token);
            self.speech[node.index()].pop_front();
            let told = self.speak(node);
            if !told.is_empty() {
                self.observe(None, false, &told);
            }
        }
        tokens
    }

    fn observe(
        &mut self,
        changed: Option<NodeId>,
        booted: bool,
        facts: &[(NodeId, Fact<KeyValue>)],
    ) {
        let mut verdicts = Verdicts::default();
        let look = Look {
            config: &self.config,
            nodes: &self.nodes,
            changed,
            booted,
            facts,
            now_us: 0,
            loss_permille: 0,
        };
        Raft::observe(&mut self.memory, &look, &mut verdicts);
        for (index, verdict) in verdicts.drain() {
            let id = Raft::PROPERTIES[index].id;
            match verdict {
                Verdict::Violated(how) => {
                    self.violations.entry(id).or_insert(how);
                }
                Verdict::Met => {
                    self.met.insert(id);
                }
                Verdict::Open => {
                    self.met.remove(id);
                }
            }
        }
    }

    /// Hands an input to a node that is up.
    pub(crate) fn input(&mut self, node: NodeId, input: Input<Raft>) {
        if self.nodes.get(node.index()).is_none_or(Option::is_none) {
            return;
        }
        self.with_context(
            node,
            |cx, before, _| {
                let mut state = before.expect("it is up");
                state.on(cx, input);
                state
            },
            false,
        );
    }

    /// Fires a timer that is set.
    pub(crate) fn fire(&mut self, node: NodeId, timer: Timer) {
        let set = self.timers[node.index()].remove(&timer);
        assert!(set.is_some(), "{node:?} has set {timer:?}");
        self.input(node, Input::Timer(timer));
    }

    /// The node's election timer fires.
    pub(crate) fn campaign(&mut self, node: NodeId) {
        self.fire(node, Timer::Election);
    }

    pub(crate) fn heartbeat(&mut self, node: NodeId) {
        self.fire(node, Timer::Heartbeat);
    }

    /// Hands over a message that nobody sent.
    pub(crate) fn message(&mut self, from: NodeId, to: NodeId, message: KvMessage) {
        self.input(to, Input::Message { from, message });
    }

    /// Delivers the packet at this place.
    pub(crate) fn deliver(&mut self, place: usize) {
        let packet = self.packets.remove(place);
        self.message(packet.from, packet.to, packet.message);
    }

    /// Delivers everything that fits, in order, with what follows from it, until nothing fits.
    pub(crate) fn settle_where(&mut self, fits: impl Fn(&Packet) -> bool) {
        for _ in 0..100_000 {
            let Some(place) = self.packets.iter().position(&fits) else {
                return;
            };
            self.deliver(place);
        }
        panic!("the cluster does not come to rest");
    }

    /// Delivers everything.
    pub(crate) fn settle(&mut self) {
        self.settle_where(|_| true);
    }

    /// Delivers what travels among these nodes; the rest waits.
    pub(crate) fn settle_among(&mut self, nodes: &[NodeId]) {
        self.settle_where(|packet| nodes.contains(&packet.from) && nodes.contains(&packet.to));
    }

    /// Loses what fits; returns how much that was.
    pub(crate) fn lose(&mut self, fits: impl Fn(&Packet) -> bool) -> usize {
        let before = self.packets.len();
        self.packets.retain(|packet| !fits(packet));
        before - self.packets.len()
    }

    pub(crate) fn lose_all(&mut self) -> usize {
        self.lose(|_| true)
    }

    /// Everything that a node wrote reaches its disk.
    pub(crate) fn flush(&mut self, node: NodeId) {
        let slow = self.slow_disks.remove(&node);
        let told = self.speak(node);
        if !told.is_empty() {
            self.observe(None, false, &told);
        }
        let tokens = self.notified(node);
        // What follows from being told is written later.
        if slow {
            self.slow_disks.insert(node);
        }
        for token in tokens {
            self.input(node, Input::Saved(token));
        }
    }

    /// The node loses its memory and what it had not saved; what is on its way to it is lost as well.
    pub(crate) fn crash(&mut self, node: NodeId) {
        self.nodes[node.index()] = None;
        self.speech[node.index()].clear();
        self.timers[node.index()].clear();
        self.packets.retain(|packet| packet.to != node);
        self.observe(Some(node), false, &[]);
    }

    pub(crate) fn restart(&mut self, node: NodeId) {
        self.with_context(node, |cx, _, disk| Raft::boot(cx, disk), true);
    }

    /// Nothing passes between these nodes and the others, and what is on its way there is lost.
    pub(crate) fn isolate(&mut self, nodes: &[NodeId]) {
        for a in (0..self.nodes.len() as u16).map(NodeId) {
            for b in nodes.iter().copied().filter(|_| !nodes.contains(&a)) {
                self.cuts.insert((a, b));
                self.cuts.insert((b, a));
            }
        }
        let cuts = self.cuts.clone();
        self.lose(|packet| cuts.contains(&(packet.from, packet.to)));
    }

    pub(crate) fn cut(&mut self, a: NodeId, b: NodeId) {
        self.cuts.insert((a, b));
        self.cuts.insert((b, a));
        self.lose(|packet| {
            (packet.from, packet.to) == (a, b) || (packet.from, packet.to) == (b, a)
        });
    }

    pub(crate) fn heal(&mut self) {
        self.cuts.clear();
    }

    /// Asks a client.
    pub(crate) fn ask(&mut self, client: NodeId, op: KvCommand) -> OperationId {
        self.wish(client, Op::Command(op))
    }

    pub(crate) fn wish(&mut self, client: NodeId, op: Op<KvCommand>) -> OperationId {
        self.asked += 1;
        let id = OperationId {
            client,
            number: self.asked,
        };
        self.input(client, Input::Request { id, op });
        id
    }

    /// Hands a server an order, as a client would; the answer is lost.
    pub(crate) fn order(&mut self, client: NodeId, server: NodeId, order: Order) {
        self.asked += 1;
        let sequence = self.asked;
        let request = replicated::ClientRequest::Order { sequence, order };
        self.message(client, server, Message::ClientRequest(request));
        self.lose(|packet| matches!(packet.message, Message::ClientReply(_)));
    }

    /// Hands a server a command as a client without a session would: the entry is appended if the server leads.
    pub(crate) fn propose(&mut self, node: NodeId, value: &str) {
        self.asked += 1;
        let request = replicated::ClientRequest::Command {
            session: 0,
            sequence: self.asked,
            command: Arc::new(put("x", value)),
        };
        let client = NodeId(self.config.servers_in_all());
        self.message(client, node, Message::ClientRequest(request));
        self.lose(|packet| matches!(packet.message, Message::ClientReply(_)));
    }

    /// The leader's heartbeats, answered, until everybody has everything and knows what is committed.
    pub(crate) fn converge(&mut self, leader: NodeId) {
        for _ in 0..4 {
            self.heartbeat(leader);
            self.settle();
        }
    }

    // ---- looking ----

    pub(crate) fn server(&self, node: NodeId) -> &Server<KeyValue> {
        self.nodes[node.index()]
            .as_ref()
            .and_then(Raft::server)
            .expect("a server that is up")
    }

    pub(crate) fn terms(&self, node: NodeId) -> Vec<u64> {
        let log = self.server(node).log();
        log.iter().map(|(_, entry)| entry.term).collect()
    }

    pub(crate) fn term(&self, node: NodeId) -> u64 {
        self.server(node).term()
    }

    pub(crate) fn commit(&self, node: NodeId) -> u64 {
        self.server(node).commit_index()
    }

    pub(crate) fn leads(&self, node: NodeId) -> bool {
        self.server(node).leads()
    }

    pub(crate) fn follows(&self, node: NodeId) -> bool {
        matches!(self.server(node).role(), Role::Follower)
    }

    pub(crate) fn contents(&self, node: NodeId) -> Vec<(String, String)> {
        self.server(node).machine().rows()
    }

    /// Nothing promised is broken.
    pub(crate) fn assert_sound(&self) {
        assert!(self.violations.is_empty(), "{:?}", self.violations);
    }

    /// The sentence of what was last said.
    pub(crate) fn last_reason(&self) -> &Reason {
        &self.reasons.last().expect("something was said").1
    }

    pub(crate) fn says(&self, fits: impl Fn(&Reason) -> bool) -> bool {
        self.reasons.iter().any(|(_, reason)| fits(reason))
    }

    pub(crate) fn told(&self, fits: impl Fn(&Fact<KeyValue>) -> bool) -> bool {
        self.facts.iter().any(|(_, fact)| fits(fact))
    }

    /// The keys of the reasons since the bench was set up, without repeats.
    pub(crate) fn reason_keys(&self) -> BTreeSet<String> {
        self.reasons
            .iter()
            .map(|(node, reason)| reason.phrase(*node).key.into_owned())
            .collect()
    }
}

pub(crate) fn put(key: &str, value: &str) -> KvCommand {
    KvCommand::Put {
        key: key.into(),
        value: value.into(),
    }
}

pub(crate) fn append_to(key: &str, value: &str) -> KvCommand {
    KvCommand::Append {
        key: key.into(),
        value: value.into(),
    }
}

pub(crate) const fn vote(term: u64, last_log_term: u64, last_log_index: u64) -> VoteRequest {
    VoteRequest {
        term,
        last_log_index,
        last_log_term,
        transfer: Mark(false),
    }
}

pub(crate) const fn vote_reply(term: u64, granted: bool) -> VoteReply {
    VoteReply {
        term,
        asked: term,
        granted,
    }
}

/// AppendEntries after `prev` (index, term), with empty entries of these terms.
pub(crate) fn append(
    term: u64,
    prev: (u64, u64),
    entries: &[u64],
    leader_commit: u64,
) -> KvMessage {
    let entries: Vec<_> = entries
        .iter()
        .map(|term| Entry::new(*term, Payload::Noop))
        .collect();
    Message::AppendEntries(AppendEntries {
        term,
        prev_log_index: prev.0,
        prev_log_term: prev.1,
        entries: (!entries.is_empty()).then(|| entries.into()),
        leader_commit,
    })
}
