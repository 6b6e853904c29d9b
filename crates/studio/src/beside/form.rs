//! The form in which the second run is chosen: a parameter, the variant, another branch or another protocol.

use super::fitting;
use crate::model::CompareState;
use crate::view::typed;
use crate::{Command, CompareMsg, Model, Target};
use protocol::{NodeId, Parameter, Phrase, Range, Value};
use sim::{Difference, SimError};

/// What stands for the variant among the parameters that can be compared.
pub(crate) const VARIANT: &str = "variant";
/// What stands for another branch.
pub(crate) const BRANCH: &str = "branch";
/// What stands for another protocol.
pub(crate) const PROTOCOL: &str = "protocol";

impl Model {
    pub(crate) fn handle_compare(&mut self, msg: CompareMsg) {
        match msg {
            CompareMsg::Parameter(key) => {
                self.compare = CompareState {
                    key: Some(key),
                    ..CompareState::default()
                };
            }
            CompareMsg::Value(value) => {
                (self.compare.value, self.compare.refusal) = (Some(value), None);
            }
            CompareMsg::Start => self.start_comparison(),
            CompareMsg::Branch(branch) => {
                let difference = Difference {
                    branch: Some(branch),
                    ..Difference::default()
                };
                if let Err(error) = self.put_beside(difference) {
                    self.refuse(crate::acts::refusal(&error));
                }
            }
            CompareMsg::Parting => self.seek_parting(),
            CompareMsg::Node(node) => self.select_beside(node),
            CompareMsg::End => {
                self.session.beside = None;
                self.compared("ui.did.beside-end");
            }
        }
        self.touch();
    }

    fn start_comparison(&mut self) {
        let Ok((key, value)) = self.compared_value() else {
            return;
        };
        let difference = self.difference_of(&key, value);
        if let Err(error) = self.put_beside(difference) {
            self.compare.refusal = Some(crate::acts::refusal(&error));
        }
    }

    /// That the second run has `value` for `key`, and what else differs already. Another branch or protocol differs in nothing else.
    fn difference_of(&self, key: &str, value: String) -> Difference {
        let beside = self.session.beside.as_ref();
        let before = beside.map_or_else(Difference::default, |beside| beside.difference.clone());
        let before = Difference {
            branch: None,
            protocol: None,
            ..before
        };
        match key {
            BRANCH => Difference {
                branch: value.parse().ok(),
                ..Difference::default()
            },
            PROTOCOL => Difference {
                protocol: Some(value),
                ..Difference::default()
            },
            VARIANT => Difference {
                variant: Some(value),
                ..before
            },
            key => {
                let mut config = before.config;
                config.insert(key.to_owned(), value);
                Difference { config, ..before }
            }
        }
    }

    fn put_beside(&mut self, difference: Difference) -> Result<(), SimError> {
        let language = self.language();
        self.session.compare(self.entries, difference, language)?;
        self.compared("ui.did.beside");
        Ok(())
    }

    fn compared(&mut self, key: &'static str) {
        self.look.menu = None;
        self.compare = CompareState::default();
        self.session.home = false;
        // It is to be seen; for those who do not see it, it is said.
        self.toast = None;
        let said = self.word(key);
        self.announce(said);
        self.address.dirty();
        self.out.push(Command::Focus(Target::Stage));
    }

    /// A node of the second stage: with it the one of the first that it corresponds to, if there is one.
    fn select_beside(&mut self, node: NodeId) {
        let Some(beside) = &self.session.beside else {
            return;
        };
        let first = beside.in_first(self.session.labels(), node);
        let first = first.filter(|first| self.session.node(*first).is_some());
        self.select_node(first);
        if first.is_none()
            && let Some(beside) = &mut self.session.beside
        {
            beside.node = Some(node);
            self.look.tab = crate::Tab::Node;
            self.look.sheet = true;
        }
    }

    /// The parameter that is chosen for the comparison: unless the reader chose, another branch where there is one; else the
    /// first parameter that names its values; without one the variant, where there are several.
    pub(crate) fn compared_key(&self) -> &str {
        if let Some(key) = &self.compare.key {
            return key;
        }
        if self.other_branches().next().is_some() {
            return BRANCH;
        }
        let about = self.session.about();
        let names = |parameter: &&Parameter| matches!(parameter.range, Range::Choice(_));
        match about.parameters.iter().find(names) {
            Some(parameter) => parameter.key,
            None if about.variants.len() > 1 => VARIANT,
            None => about
                .parameters
                .first()
                .map_or(VARIANT, |parameter| parameter.key),
        }
    }

    /// The branches that can stand beside the current one: those that are listed.
    pub(crate) fn other_branches(&self) -> impl Iterator<Item = sim::Branch> {
        let here = self.session.playable.branch();
        let all = self.branches_shown().into_iter();
        all.filter(move |branch| branch.id != here)
    }

    /// The branch that stands beside the current one unless the reader says otherwise: the one that it left, else the newest.
    fn another_branch(&self) -> Option<u32> {
        let here = self.session.playable.branch();
        let all = self.session.playable.branches();
        let own = all.iter().find(|branch| branch.id == here);
        let parent = own.and_then(|own| own.parent).map(|(parent, _)| parent);
        parent.or_else(|| self.other_branches().last().map(|branch| branch.id))
    }

    /// What a parameter has in the second run unless the reader says otherwise: something else than here.
    pub(crate) fn another_value(&self, parameter: &Parameter) -> Value {
        let here = self.session.parameter(parameter.key);
        match (parameter.range, here) {
            (Range::Choice(choices), here) => {
                let other = |choice: &&&'static str| Some(Value::Choice(choice)) != here;
                let choice = choices.iter().find(other).copied();
                Value::Choice(choice.unwrap_or_default())
            }
            (Range::Bool, here) => Value::Bool(here != Some(Value::Bool(true))),
            (Range::Int { min, max }, Some(Value::Int(here))) => {
                let double = here.saturating_mul(2).clamp(min, max);
                Value::Int(if double == here { min } else { double })
            }
            (_, here) => here.unwrap_or_else(|| parameter.default.clone()),
        }
    }

    /// The parameter and the value of the second run as the form has them, as text; or why they do not do.
    pub(crate) fn compared_value(&self) -> Result<(String, String), Phrase> {
        let key = self.compared_key().to_owned();
        let given = self.compare.value.as_deref();
        let same = || Phrase::new("ui.compare.same");
        let value = match key.as_str() {
            BRANCH => {
                let other = given.and_then(|text| text.parse().ok());
                let other = other.or_else(|| self.another_branch());
                let other = other.filter(|id| *id != self.session.playable.branch());
                other
                    .ok_or_else(|| Phrase::new("ui.compare.no-branch"))?
                    .to_string()
            }
            PROTOCOL => {
                let fitting = fitting(self.entries, self.session.playable.as_ref());
                let mut fitting = fitting.iter().map(|about| about.id);
                let other = match given {
                    None => fitting.next(),
                    Some(id) => fitting.find(|known| *known == id),
                };
                other
                    .ok_or_else(|| Phrase::new("ui.compare.no-protocol"))?
                    .to_owned()
            }
            _ => match self.parameter(&key) {
                None => {
                    let here = self.session.playable.run().variant;
                    let mut others = self.session.about().variants.iter().map(|(id, _)| *id);
                    let other = given.or_else(|| others.find(|id| *id != here));
                    other.filter(|id| *id != here).ok_or_else(same)?.to_owned()
                }
                Some(parameter) => {
                    let value = match given {
                        None => self.another_value(parameter),
                        Some(text) => {
                            let text = typed(parameter.unit, text);
                            let misfit = |_| self.misfit(parameter, &text);
                            parameter.parse(&text).map_err(misfit)?
                        }
                    };
                    if self.session.parameter(&key).as_ref() == Some(&value) {
                        return Err(same());
                    }
                    value.to_string()
                }
            },
        };
        Ok((key, value))
    }
}
