//! The one trait that every protocol implements, and the tables in which it describes itself.

use crate::{
    Arrival, Arrivals, Chance, Config, Context, Input, Look, MessageView, NodeId, NodeSet,
    NodeSpec, NodeView, Phrase, Picture, Property, ReadAccess, Say, Verdicts, WhyNot,
};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::hash::Hash;

/// A distributed protocol: one state machine per node, an input in, effects out.
///
/// `Self` is the volatile state of one node: a value, without clock, socket, thread or dice. Restart means [`Protocol::boot`]
/// from the disk and nothing else. Bad input is an event to ignore or to note, never a panic.
pub trait Protocol: Clone + Eq + Hash + Debug + Serialize + 'static {
    /// Its id: `raft`.
    const ID: &'static str;
    /// What it is called, in English and in 简体中文: lists name it without its other words.
    const TITLE: [&'static str; 2];
    /// Raised whenever the same run would take another course: links carry it.
    const BEHAVIOUR: u32;
    /// The question that hue answers.
    const HUE: Hue;
    /// Microseconds of virtual time shown in a second of real time, unless the viewer chooses.
    const PACE_US: u64;
    /// The kinds of message, in the order of [`Self::message_kind`].
    const MESSAGES: &'static [MessageKind];
    /// The promises, in the order in which [`Self::observe`] reports.
    const PROPERTIES: &'static [Property];
    /// How many of the last of them came after runs had been noted: as long as nothing is to be said of one of these, the digest of
    /// a run is what it was before.
    const PROPERTIES_LATER: usize = 0;
    /// The variants; the first is the sound one.
    const VARIANTS: &'static [Variant<Self::Variant>];
    /// The rules of the source that reasons cite.
    const RULES: &'static [Rule];
    /// What a client can be asked.
    const OPERATIONS: &'static [OperationSpec];
    /// What an operation does to the object that all clients share, where they share one: then their history can be checked.
    const ACCESS: Option<ReadAccess<Self::Op, Self::Answer>> = None;

    /// Its parameters.
    type Config: Config;
    /// Which variant runs: the sound protocol, or one that is broken on purpose.
    type Variant: Copy + Eq + Hash + Debug + Default + 'static;
    /// What travels. Cloned for every copy in flight: share what is large.
    type Message: Clone + Eq + Hash + Debug + Serialize + 'static;
    /// The names of its timers.
    type Timer: TimerName;
    /// What is saved in one piece.
    type Write: Clone + Eq + Hash + Debug + Serialize + 'static;
    /// What a crash leaves: the fold of the writes.
    type Disk: Clone + Eq + Hash + Debug + Default + Serialize + 'static;
    /// What a client is asked.
    type Op: Clone + Eq + Hash + Debug + Serialize + Say + 'static;
    /// What a client is answered.
    type Answer: Clone + Eq + Hash + Debug + Serialize + Say + 'static;
    /// A turning point worth telling.
    type Fact: Clone + Eq + Hash + Debug + Serialize + Say + 'static;
    /// Why something was done or refused: a plain enum with its values.
    type Reason: Clone + Eq + Hash + Debug + Serialize + Say + 'static;
    /// What its properties remember between steps.
    type Memory: Clone + Hash + Debug + Default + 'static;
    /// What its charts are made of, and no part of a state's identity; `()` where there is none. Cloned for every checkpoint:
    /// what grows is shared ([`crate::SharedVec`]).
    type Tally: Clone + Debug + Default + 'static;

    /// Who takes part under `config`.
    fn roster(config: &Self::Config) -> Vec<NodeSpec>;

    /// The shape in which the nodes of [`Self::roster`] stand.
    fn layout(config: &Self::Config) -> Layout;

    /// Whether `config` makes sense as a whole; each value is within its own range already.
    ///
    /// # Errors
    /// A sentence without a full stop that says which parameters disagree, and how to mend it.
    fn validate(config: &Self::Config) -> Result<(), Phrase>;

    /// A node starts, for the first time or again, from its disk.
    fn boot(cx: &mut Context<'_, Self>, disk: &Self::Disk) -> Self;

    /// Something happens to the node.
    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>);

    /// Folds one write into the disk.
    fn persist(disk: &mut Self::Disk, write: &Self::Write);

    /// What is left of a write that a crash tore: nothing, unless the protocol's disk format lets a part be read back.
    fn torn(_write: &Self::Write) -> Option<Self::Write> {
        None
    }

    /// The kind of a message: its place in [`Self::MESSAGES`].
    fn message_kind(message: &Self::Message) -> u8;

    /// What a message shows of itself.
    fn message_view(message: &Self::Message) -> MessageView;

    /// What the node shows of itself.
    fn view(&self, config: &Self::Config, me: NodeId) -> NodeView;

    /// The epoch of [`NodeView::epoch`] alone, for what needs no more: worth a line where a view is costly.
    fn epoch(&self, config: &Self::Config, me: NodeId) -> Option<u64> {
        self.view(config, me).epoch
    }

    /// Updates the properties' memory after a step, and reports what changed.
    fn observe(memory: &mut Self::Memory, look: &Look<'_, Self>, verdicts: &mut Verdicts);

    /// Updates what the charts are made of after a step. It sees what [`Self::observe`] sees, just before it.
    fn count(_tally: &mut Self::Tally, _look: &Look<'_, Self>) {}

    /// The sets of nodes that are alike under `config`: when those of a set exchange names, all goes on as before under the new
    /// names. So nobody tells them apart by order or number, and what serializes of nodes, disks, writes and messages names them
    /// by [`NodeId`], [`NodeSet`] and maps of nodes alone, and leaves nothing out that matters. A search may then take states that
    /// differ in their names alone for one.
    fn alike(_config: &Self::Config) -> Vec<NodeSet> {
        Vec::new()
    }

    /// `memory` when nodes that are alike have exchanged names: `name` is the new one of each.
    fn renamed(memory: &Self::Memory, _name: &dyn Fn(NodeId) -> NodeId) -> Self::Memory {
        memory.clone()
    }

    /// What the cluster as a whole shows of itself: charts, tables of figures.
    fn pictures(
        _config: &Self::Config,
        _memory: &Self::Memory,
        _tally: &Self::Tally,
    ) -> Vec<Picture> {
        Vec::new()
    }

    /// What a reader may ask of `node` as things stand: why what it is there for has not come about. Every node is seen, as an
    /// observer sees it; `None` while it is down.
    fn why_not(_config: &Self::Config, _nodes: &[Option<Self>], _node: NodeId) -> Vec<WhyNot> {
        Vec::new()
    }

    /// How this node's operations follow each other.
    fn arrivals(config: &Self::Config, node: NodeId) -> Arrivals;

    /// The `number`-th operation (from 1) of this client: a pure function of its arguments.
    fn arrival(
        config: &Self::Config,
        client: NodeId,
        number: u64,
        chance: Chance,
    ) -> Arrival<Self::Op>;

    /// The [`Arrival::op`] of [`Self::arrival`] alone: worth a line where drawing a gap is costly.
    fn asked(config: &Self::Config, client: NodeId, number: u64, chance: Chance) -> Self::Op {
        Self::arrival(config, client, number, chance).op
    }

    /// The [`Arrival::gap_us`] of [`Self::arrival`] alone: worth a line where drawing an operation is costly.
    fn gap_us(config: &Self::Config, client: NodeId, number: u64, chance: Chance) -> u64 {
        Self::arrival(config, client, number, chance).gap_us
    }

    /// Reads an operation that a person asks for: its id in [`Self::OPERATIONS`], and its fields.
    ///
    /// # Errors
    /// A sentence without a full stop that says what was expected.
    fn operation(id: &str, fields: &[String]) -> Result<Self::Op, Phrase>;

    /// Its words in a language (`en`, `zh`): lines `key = template`.
    fn words(language: &str) -> &'static str;
}

/// The names of a protocol's timers: at most one of each is set at a node.
pub trait TimerName: Copy + Ord + Hash + Debug + Serialize + 'static {
    /// All of them, in order of [`Self::index`].
    const ALL: &'static [Self];
    /// Its place in [`Self::ALL`].
    fn index(self) -> u8;
    /// Its id: `election`. Its words are `timer.<id>`.
    fn id(self) -> &'static str;
}

/// A kind of message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct MessageKind {
    /// Its name as the source spells it: `AppendEntries`.
    pub name: &'static str,
}

/// What hue answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hue {
    /// The epoch, or another number that views carry as one: a transaction, a call. The word is the key of what the protocol
    /// calls it (`hue.term`, `hue.call`).
    Epoch(&'static str),
    /// Nothing: neutral ink.
    Neutral,
}

/// How a protocol's nodes stand on the stage. Where clients are not said to have a tier of their own, they stand apart: beneath the
/// others, or at both sides of a wide stage.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// On a ring, by id.
    #[default]
    Ring,
    /// Tier 0 in the middle, the others on a ring round it.
    Star,
    /// In a line, by id.
    Chain,
    /// A column a tier, from left to right; clients stand in the tier of their roster.
    Tiers,
    /// A row a tier, the first at the top, each node near those that it belongs to: by id.
    Tree,
}

/// A variant of a protocol. Its words are `variant.<id>` and `variant.<id>.help`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Variant<V> {
    /// Its id: `vote-not-saved`; the sound one is `sound`.
    pub id: &'static str,
    /// The value that the code asks for.
    #[serde(skip)]
    pub value: V,
    /// The property that it breaks; `None` for the sound one.
    pub breaks: Option<&'static str>,
}

/// A rule of the source. Its sentence is `rule.<id>` in the words, and its place, where a language names it otherwise,
/// `source.rule.<id>`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Rule {
    /// Its id: `vote-up-to-date`.
    pub id: &'static str,
    /// Where it stands: `Raft §5.4.1`.
    pub source: &'static str,
}

/// An operation that a client can be asked. Its word is `op.<id>`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct OperationSpec {
    /// Its id: `put`.
    pub id: &'static str,
    /// Its fields, in order.
    pub fields: &'static [Field],
}

/// A field of an operation. Its word is `field.<id>`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Field {
    /// Its id: `key`.
    pub id: &'static str,
    /// What stands there unless somebody types.
    pub default: &'static str,
}
