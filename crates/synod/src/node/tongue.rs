//! What nodes and messages show of themselves, for those who do not have the protocol's words: it stands there in English, with the other
//! languages' words for it beside.

use crate::words::words_of;
use protocol::{Arg, MessageView, NodeId, NodeView, Phrase};
use serde::Serialize;
use serde_json::Value;
use sim::About;
use std::sync::Arc;
use trace::{Brought, Language, Words};

/// A protocol's words, and what its nodes are called where they are said.
pub(crate) struct Tongue {
    /// In every language, English first.
    words: [Words; 2],
    names: Arc<[String]>,
}

impl Tongue {
    pub(crate) fn new(about: &'static About, names: Arc<[String]>) -> Self {
        let words = Language::ALL.map(|language| words_of(about, language));
        Self { words, names }
    }

    /// What a node shows.
    pub(crate) fn node(&self, mut view: NodeView) -> Value {
        for badge in &mut view.badges {
            name_nodes(badge, &self.names);
        }
        self.said(&view)
    }

    /// What a message shows.
    pub(crate) fn message(&self, mut view: MessageView) -> Value {
        if let Some(label) = &mut view.label {
            name_nodes(label, &self.names);
        }
        self.said(&view)
    }

    fn said(&self, view: &impl Serialize) -> Value {
        let mut brought = Brought::new();
        let mut said = serde_json::to_value(view).unwrap_or_default();
        say_in_english(&mut said, &self.words, &mut brought);
        if !brought.is_empty() {
            said["words"] = serde_json::json!(brought);
        }
        said
    }
}

/// Whoever watches numbers nodes in another way: they stand here by their labels.
fn name_nodes(phrase: &mut Phrase, labels: &[String]) {
    let label = |node: &NodeId| labels.get(node.index()).map_or("?", String::as_str);
    phrase.rule = None;
    for (_, arg) in &mut phrase.args {
        match arg {
            Arg::Node(node) => *arg = Arg::Text(label(node).to_owned()),
            Arg::Nodes(nodes) => {
                let labels: Vec<_> = nodes.iter().map(label).collect();
                *arg = Arg::Text(labels.join(", "));
            }
            Arg::Phrase(inner) => name_nodes(inner, labels),
            _ => {}
        }
    }
}

/// Puts the template of the first words in the place of every key, and those of the others into `brought`. What is text already
/// stays as it is.
fn say_in_english(said: &mut Value, words: &[Words], brought: &mut Brought) {
    match said {
        Value::String(key) => {
            let Some((english, others)) = words.split_first() else {
                return;
            };
            // A text of somebody's own is no key.
            if !key.contains('.') || !english.has(key) {
                return;
            }
            let template = english.word(key).to_owned();
            for other in others {
                let known = brought.entry(other.language().code().to_owned());
                let theirs = other.word(key).to_owned();
                known.or_default().insert(template.clone(), theirs);
            }
            *key = template;
        }
        Value::Array(all) => {
            for one in all {
                say_in_english(one, words, brought);
            }
        }
        Value::Object(fields) => {
            for (_, field) in fields.iter_mut().filter(|(name, _)| *name != "text") {
                say_in_english(field, words, brought);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{MessageShape, Picture};
    use serde_json::json;

    #[test]
    fn a_view_is_said_in_english_with_the_chinese_beside() {
        let raft = crate::run::entry("raft").unwrap().about;
        let tongue = Tongue::new(raft, Arc::new(["S1".to_owned(), "S2".to_owned()]));
        let view = NodeView {
            role: "role.leader".into(),
            badges: vec![Phrase::new("badge.hands-over").node("to", NodeId(1))],
            pictures: vec![Picture::pairs("picture.machine", [("role.leader", "x")])],
            ..NodeView::default()
        };
        let said = tongue.node(view);
        assert_eq!(said["role"], "leader");
        let [english, chinese] = &tongue.words;
        let key = "badge.hands-over";
        let badge = json!({"key": english.word(key), "args": [["to", {"text": "S2"}]]});
        assert_eq!(said["badges"][0], badge, "{said:#}");
        let table = &said["pictures"][0]["table"];
        assert_eq!(table["title"], english.word("picture.machine"));
        assert_eq!(table["rows"][0]["cells"][0], json!({"text": "role.leader"}));
        let zh = &said["words"]["zh"];
        assert_eq!(zh["leader"], chinese.word("role.leader"));
        assert_eq!(zh[english.word(key)], chinese.word(key));
        assert_eq!(zh.as_object().unwrap().len(), 3, "{zh:#}");
        assert!(serde_json::from_value::<NodeView>(said).is_ok());
    }

    #[test]
    fn a_message_is_said_likewise() {
        let raft = crate::run::entry("raft").unwrap().about;
        let tongue = Tongue::new(raft, Arc::new(["n0".to_owned(), "n1".to_owned()]));
        let view = MessageView {
            kind: "TimeoutNow".into(),
            shape: MessageShape::Request,
            epoch: Some(3),
            label: Some(Phrase::new("badge.hands-over").node("to", NodeId(1))),
        };
        let said = tongue.message(view);
        let [english, chinese] = &tongue.words;
        let text = english.word("badge.hands-over");
        let label = json!({"key": text, "args": [["to", {"text": "n1"}]]});
        let words = json!({"zh": {text: chinese.word("badge.hands-over")}});
        assert_eq!(
            said,
            json!({"kind": "TimeoutNow", "shape": "request", "epoch": 3, "label": label, "words": words})
        );
    }
}
