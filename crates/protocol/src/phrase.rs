//! A sentence as data: a key into the word catalogue and its values. The words themselves live in the catalogues, one per language.

use crate::{NodeId, OperationId};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A value inside a sentence.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arg {
    /// A node, shown by its label.
    Node(NodeId),
    /// Several nodes: "S1, S3 and S5".
    Nodes(Vec<NodeId>),
    /// A number.
    Int(u64),
    /// A duration in microseconds: "12 ms".
    Us(u64),
    /// Text as it stands: a key, a value.
    Text(String),
    /// A word of the catalogue, by its key: a role, a message kind.
    Word(Cow<'static, str>),
    /// A part of a sentence that has values of its own: an operation, an answer.
    Phrase(Box<Phrase>),
}

/// A sentence: which one, with what values, by which rule of the source.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Phrase {
    /// The key in the word catalogue.
    pub key: Cow<'static, str>,
    /// The values, by the names that the catalogue's template uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<(Cow<'static, str>, Arg)>,
    /// The id of the rule it follows from, if the source states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Cow<'static, str>>,
}

impl Phrase {
    /// The sentence of this key, without values.
    pub const fn new(key: &'static str) -> Self {
        Self {
            key: Cow::Borrowed(key),
            args: Vec::new(),
            rule: None,
        }
    }

    /// With one more value.
    #[must_use]
    pub fn with(mut self, name: &'static str, arg: Arg) -> Self {
        self.args.push((Cow::Borrowed(name), arg));
        self
    }

    /// With a node.
    #[must_use]
    pub fn node(self, name: &'static str, node: NodeId) -> Self {
        self.with(name, Arg::Node(node))
    }

    /// With several nodes.
    #[must_use]
    pub fn nodes(self, name: &'static str, nodes: impl IntoIterator<Item = NodeId>) -> Self {
        self.with(name, Arg::Nodes(nodes.into_iter().collect()))
    }

    /// With a number.
    #[must_use]
    pub fn int(self, name: &'static str, value: u64) -> Self {
        self.with(name, Arg::Int(value))
    }

    /// With the number of a client's operation: those asked by hand are `+1`, `+2`, ….
    #[must_use]
    pub fn operation(self, name: &'static str, number: u64) -> Self {
        self.with(name, OperationId::shown(number))
    }

    /// With a duration in microseconds.
    #[must_use]
    pub fn us(self, name: &'static str, value: u64) -> Self {
        self.with(name, Arg::Us(value))
    }

    /// With text as it stands.
    #[must_use]
    pub fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Arg::Text(text.into()))
    }

    /// With a word of the catalogue.
    #[must_use]
    pub fn word(self, name: &'static str, key: &'static str) -> Self {
        self.with(name, Arg::Word(Cow::Borrowed(key)))
    }

    /// By this rule.
    #[must_use]
    pub fn by(mut self, rule: &'static str) -> Self {
        self.rule = Some(Cow::Borrowed(rule));
        self
    }

    /// The nodes that the sentence names, each once, in order: its actors.
    pub fn actors(&self) -> Vec<NodeId> {
        let mut actors = Vec::new();
        self.collect_actors(&mut actors);
        actors
    }

    fn collect_actors(&self, actors: &mut Vec<NodeId>) {
        let add = |actors: &mut Vec<NodeId>, node: NodeId| {
            if !actors.contains(&node) {
                actors.push(node);
            }
        };
        for (_, arg) in &self.args {
            match arg {
                Arg::Node(node) => add(actors, *node),
                Arg::Nodes(nodes) => nodes.iter().for_each(|node| add(actors, *node)),
                Arg::Phrase(inner) => inner.collect_actors(actors),
                Arg::Int(_) | Arg::Us(_) | Arg::Text(_) | Arg::Word(_) => {}
            }
        }
    }
}

/// What can be said as one sentence: reasons and facts.
pub trait Say {
    /// The sentence. `me` is the node whose reason or fact it is.
    fn phrase(&self, me: NodeId) -> Phrase;
}
