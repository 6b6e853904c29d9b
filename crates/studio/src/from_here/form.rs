//! What can be asked of the present: which nodes, roles, entries, answers and promises there are, and the predicate that a choice of
//! them is. All of it follows from the words of the protocol and from what the cluster shows.

use crate::{HereKind, Model};
use protocol::{Arg, NodeId, NodeKind, Phrase, Picture, PropertyKind, Ring};
use scenario::{Compare, Happening, Number, Predicate, What, check_predicate, read_predicate};
use search::from_here::Question;
use trace::{NodeFrame, NodeStatus};

/// Of a log so many entries can be asked about, the last ones.
const ENTRIES_MAX: usize = 12;

impl Model {
    /// What makes sense here.
    pub(crate) fn here_kinds(&self) -> Vec<HereKind> {
        let makes_sense = |kind: &HereKind| match kind {
            HereKind::Role => !self.here_roles().is_empty(),
            HereKind::Answer => !self.here_answers().is_empty() && self.here_node(*kind).is_some(),
            HereKind::Entry => self.here_node(*kind).is_some(),
            HereKind::Property => !self.session.about().properties.is_empty(),
            HereKind::Predicate => true,
        };
        let kinds = [
            HereKind::Role,
            HereKind::Entry,
            HereKind::Answer,
            HereKind::Property,
            HereKind::Predicate,
        ];
        kinds.into_iter().filter(makes_sense).collect()
    }

    pub(crate) fn here_kind(&self) -> HereKind {
        let kinds = self.here_kinds();
        let chosen = kinds.iter().find(|kind| **kind == self.from_here.kind);
        *chosen.unwrap_or(&kinds[0])
    }

    /// The nodes of which it can be asked.
    pub(crate) fn here_nodes(&self, kind: HereKind) -> Vec<NodeId> {
        let fits = |node: &&NodeFrame| {
            node.status != NodeStatus::Removed
                && match kind {
                    HereKind::Role => true,
                    HereKind::Entry => !entries(node).is_empty(),
                    HereKind::Answer => node.kind == NodeKind::Client,
                    HereKind::Property | HereKind::Predicate => false,
                }
        };
        let nodes = self.session.frame.nodes.iter().filter(fits);
        nodes.map(|node| node.id).collect()
    }

    /// The node that was chosen, else the one that is selected, else the first.
    pub(crate) fn here_node(&self, kind: HereKind) -> Option<NodeId> {
        let nodes = self.here_nodes(kind);
        let wanted = [self.from_here.node, self.look.node].into_iter().flatten();
        let mut there = wanted.filter(|node| nodes.contains(node));
        there.next().or_else(|| nodes.first().copied())
    }

    /// The roles that the words of the protocol name, and that a node of this kind can be thought to have: none that only nodes
    /// of another kind have now.
    pub(crate) fn here_roles(&self) -> Vec<String> {
        let mut roles = self.here_words("role");
        roles.retain(|role| role != "down");
        let Some(node) = self.here_node(HereKind::Role) else {
            return Vec::new();
        };
        let kind = self.session.node(node).map(|node| node.kind);
        let nodes = &self.session.frame.nodes;
        let has = |node: &NodeFrame, role: &str| node.view.role.strip_prefix("role.") == Some(role);
        roles.retain(|role| {
            let mut who = nodes.iter().filter(|node| has(node, role)).peekable();
            who.peek().is_none() || who.any(|node| Some(node.kind) == kind)
        });
        roles
    }

    /// The role that was chosen, else that of whoever leads, else the last that the node does not have.
    pub(crate) fn here_role(&self) -> Option<String> {
        let roles = self.here_roles();
        let known = |role: &String| roles.contains(role);
        let node = self.here_node(HereKind::Role)?;
        let of = |node: &NodeFrame| node.view.role.strip_prefix("role.").map(str::to_owned);
        let own = self.session.node(node).and_then(of);
        let chosen = self.from_here.role.clone().filter(known);
        if chosen.is_some() {
            return chosen;
        }
        if self.from_here.ends {
            return own.filter(known).or_else(|| roles.last().cloned());
        }
        let mut leads = self.session.frame.nodes.iter();
        let leads = leads
            .find(|node| node.view.ring == Ring::Double)
            .and_then(of);
        let leads = leads.filter(|role| known(role) && own.as_ref() != Some(role));
        let mut others = roles.iter().rev();
        leads.or_else(|| {
            let other = others.find(|role| own.as_ref() != Some(*role));
            other.cloned()
        })
    }

    /// The kinds of answers that the words of the protocol name.
    pub(crate) fn here_answers(&self) -> Vec<String> {
        self.here_words("answer")
    }

    /// The ids of a family of the protocol's words, in the order in which they stand there.
    fn here_words(&self, family: &str) -> Vec<String> {
        let lines = (self.session.about().words)("en").lines();
        let ids = lines.filter_map(|line| {
            let (key, _) = line.split_once(" = ")?;
            key.strip_prefix(family)?.strip_prefix('.')
        });
        let plain = ids.filter(|id| !id.contains('.'));
        plain.map(str::to_owned).collect()
    }

    /// A kind of answer, with dots where its values go.
    pub(crate) fn here_answer_text(&self, id: &str) -> String {
        let template = self.word(&format!("answer.{id}"));
        let mut parts = template.split('{');
        let first = parts.next().unwrap_or("").to_owned();
        parts.fold(first, |text, part| {
            let rest = part.split_once('}').map_or("", |(_, rest)| rest);
            format!("{text}…{rest}")
        })
    }

    /// The last entries of the node's log: (index, epoch, label).
    pub(crate) fn here_entries(&self) -> Vec<(u64, u64, String)> {
        let node = self.here_node(HereKind::Entry);
        let node = node.and_then(|node| self.session.node(node));
        let mut entries = node.map_or_else(Vec::new, entries);
        entries.drain(..entries.len().saturating_sub(ENTRIES_MAX));
        entries
    }

    /// The entry that was chosen, else the last.
    pub(crate) fn here_entry(&self) -> Option<(u64, u64, String)> {
        let mut entries = self.here_entries();
        let wanted = self.from_here.entry;
        let place = entries
            .iter()
            .position(|(index, ..)| Some(*index) == wanted);
        match place {
            Some(place) => Some(entries.swap_remove(place)),
            None => entries.pop(),
        }
    }

    pub(crate) fn here_property(&self) -> Option<&'static protocol::Property> {
        let all = self.session.about().properties;
        let wanted = self.from_here.property.as_deref();
        let chosen = all.iter().find(|one| Some(one.id) == wanted);
        chosen.or_else(|| all.first())
    }

    /// The question that the form asks, and its sentence; or what is wrong with it.
    pub(crate) fn here_question(&self) -> Result<(Question, Phrase), Vec<Phrase>> {
        let (goal, said) = self.here_goal()?;
        let playable = self.session.playable.as_ref();
        let fair = self.from_here.budget.fair_to(&goal, playable);
        let question = Question {
            run: playable.run(),
            from: playable.step(),
            goal,
            budget: fair.map_err(|error| vec![error.phrase()])?,
        };
        Ok((question, said))
    }

    /// What is to come about, and the question for it.
    pub(crate) fn here_goal(&self) -> Result<(Predicate, Phrase), Vec<Phrase>> {
        let kind = self.here_kind();
        let nothing = || vec![Phrase::new("ui.from-here.nothing")];
        let label = |node: NodeId| self.session.labels()[node.index()].clone();
        Ok(match kind {
            HereKind::Role => {
                let node = self.here_node(kind).ok_or_else(nothing)?;
                let role = self.here_role().ok_or_else(nothing)?;
                let has = Predicate::Role {
                    role: role.clone(),
                    nodes: vec![label(node)],
                    count: Number(Compare::Equal, 1),
                };
                let (goal, key) = if self.from_here.ends {
                    (Predicate::Not(Box::new(has)), "ui.from-here.role-ends")
                } else {
                    (has, "ui.from-here.role")
                };
                let said = Phrase::new(key).node("node", node);
                (
                    goal,
                    said.with("role", crate::view::word_arg("role", &role)),
                )
            }
            HereKind::Entry => {
                let node = self.here_node(kind).ok_or_else(nothing)?;
                let (index, epoch, _) = self.here_entry().ok_or_else(nothing)?;
                let nodes = if self.from_here.committed {
                    self.here_nodes(kind)
                } else {
                    vec![node]
                };
                let gone = |node: NodeId| self.gone(label(node), index, epoch);
                let goal = Predicate::Any(nodes.into_iter().map(gone).collect());
                let key = if self.from_here.committed {
                    "ui.from-here.entry-replaced"
                } else {
                    "ui.from-here.entry"
                };
                let said = Phrase::new(key).node("node", node).int("index", index);
                (goal, said)
            }
            HereKind::Answer => {
                let node = self.here_node(kind).ok_or_else(nothing)?;
                let known = self.here_answers();
                let answer = self.from_here.answer.clone();
                let answer = answer.filter(|id| known.contains(id));
                let said = match &answer {
                    Some(id) => {
                        let text = self.here_answer_text(id);
                        Phrase::new("ui.from-here.answer").text("answer", text)
                    }
                    None => Phrase::new("ui.from-here.any-answer"),
                };
                let happening = Happening {
                    what: What::Answer(answer),
                    node: Some(label(node)),
                    with: Vec::new(),
                };
                let goal = Predicate::Happened(happening, Number::SOME);
                (goal, said.node("node", node))
            }
            HereKind::Property => {
                let property = self.here_property().ok_or_else(nothing)?;
                let (goal, key) = match property.kind {
                    PropertyKind::Always => (
                        Predicate::Violated(property.id.into()),
                        "ui.from-here.violated",
                    ),
                    PropertyKind::Sometimes | PropertyKind::Eventually => {
                        (Predicate::Met(property.id.into()), "ui.from-here.met")
                    }
                };
                let word = crate::view::word_arg("property", property.id);
                (goal, Phrase::new(key).with("property", word))
            }
            HereKind::Predicate => {
                let goal = self.here_predicate()?;
                let what = Arg::Phrase(Box::new(goal.phrase()));
                (
                    goal,
                    Phrase::new("ui.from-here.predicate").with("what", what),
                )
            }
        })
    }

    /// That the node is up and its log does not have this entry; where it is to give way to another, that it knows one committed there.
    fn gone(&self, node: String, index: u64, epoch: u64) -> Predicate {
        let nodes = vec![node];
        let entry = Predicate::Entry {
            nodes: nodes.clone(),
            index,
            epoch: Number(Compare::Equal, epoch),
        };
        let mut all = vec![
            Predicate::Status {
                nodes: nodes.clone(),
                status: NodeStatus::Up,
            },
            Predicate::Not(Box::new(entry)),
        ];
        if self.from_here.committed {
            all.push(Predicate::Committed {
                nodes,
                committed: Number(Compare::AtLeast, index),
            });
        }
        Predicate::All(all)
    }

    /// The predicate that was typed, or what is wrong with it.
    fn here_predicate(&self) -> Result<Predicate, Vec<Phrase>> {
        let playable = self.session.playable.as_ref();
        let read = read_predicate(&self.from_here.text);
        let read = read.and_then(|(predicate, mentions)| {
            check_predicate(&mentions, playable)?;
            Ok(predicate)
        });
        read.map_err(|mistakes| {
            let said = mistakes.into_iter().map(|mistake| {
                Phrase::new("ui.from-here.mistake")
                    .int("column", mistake.place.column.into())
                    .with("what", Arg::Phrase(Box::new(mistake.what)))
            });
            said.collect()
        })
    }
}

/// The entries of the log that a node shows: (index, epoch, label).
fn entries(node: &NodeFrame) -> Vec<(u64, u64, String)> {
    let logs = node
        .view
        .pictures
        .iter()
        .filter_map(|picture| match picture {
            Picture::Log { first, cells, .. } => Some((*first..).zip(cells)),
            _ => None,
        });
    let cells = logs.flatten().filter(|(_, cell)| !cell.is_gap());
    cells
        .map(|(index, cell)| (index, cell.epoch, cell.label.clone()))
        .collect()
}
