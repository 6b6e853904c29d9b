//! What is asked and answered, and the turning points of a battle.

use protocol::{Arg, NodeId, OperationSpec, Phrase, Say};
use serde::Serialize;

/// What the commander can be asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Attack;

/// The operations.
pub(crate) const OPERATIONS: &[OperationSpec] = &[OperationSpec {
    id: "attack",
    fields: &[],
}];

/// Reads an operation.
pub(crate) fn parse(id: &str, fields: &[String]) -> Result<Attack, Phrase> {
    if id != OPERATIONS[0].id {
        return Err(Phrase::new("error.no-operation")
            .text("id", id)
            .text("known", OPERATIONS[0].id));
    }
    if !fields.is_empty() {
        return Err(Phrase::new("error.no-fields").int("given", fields.len() as u64));
    }
    Ok(Attack)
}

impl Say for Attack {
    fn phrase(&self, _me: NodeId) -> Phrase {
        Phrase::new("op.attack.say")
    }
}

/// What the commander did in a battle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It attacked.
    Attacks(u64),
    /// It stood down.
    StandsDown(u64),
    /// The one who was asked is no commander.
    NoCommander,
}

impl Say for Answer {
    fn phrase(&self, me: NodeId) -> Phrase {
        match *self {
            Self::Attacks(battle) => Phrase::new("answer.attacks").int("battle", battle),
            Self::StandsDown(battle) => Phrase::new("answer.stands-down").int("battle", battle),
            Self::NoCommander => Phrase::new("answer.no-commander"),
        }
        .node("me", me)
    }
}

/// Why a general attacks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grounds {
    /// It has this message, the last that it is to receive.
    Heard(u64),
    /// It is to receive none.
    NothingToCome,
    /// Broken: it does not wait for this message.
    NotWaiting(u64),
    /// Broken: this message has not come, and it takes that for a good sign.
    BelievesSilence(u64),
}

/// A turning point.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The commander goes into a battle.
    Proposes {
        /// Which.
        battle: u64,
        /// k.
        acks: u64,
        /// n.
        copies: u64,
    },
    /// It attacks in this battle.
    Attacks(u64, Grounds),
    /// It stands down in this battle: this message has not come.
    StandsDown(u64, u64),
}

impl Say for Fact {
    fn phrase(&self, me: NodeId) -> Phrase {
        match *self {
            Self::Proposes {
                battle,
                acks,
                copies,
            } => Phrase::new("fact.proposes")
                .node("me", me)
                .int("battle", battle)
                .int("acks", acks)
                .int("copies", copies),
            Self::Attacks(battle, grounds) => {
                let why = match grounds {
                    Grounds::Heard(number) => Phrase::new("grounds.heard").int("number", number),
                    Grounds::NothingToCome => Phrase::new("grounds.nothing-to-come"),
                    Grounds::NotWaiting(number) => {
                        Phrase::new("grounds.not-waiting").int("number", number)
                    }
                    Grounds::BelievesSilence(number) => {
                        Phrase::new("grounds.believes-silence").int("number", number)
                    }
                };
                Phrase::new("fact.attacks")
                    .node("me", me)
                    .int("battle", battle)
                    .with("why", Arg::Phrase(Box::new(why)))
                    .by("attack-on-last")
            }
            Self::StandsDown(battle, missing) => Phrase::new("fact.stands-down")
                .node("me", me)
                .int("battle", battle)
                .int("missing", missing)
                .by("attack-on-last"),
        }
    }
}
