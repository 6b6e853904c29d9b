//! The bank: accounts, what clients ask for, and the work that a transaction has to do at each participant.
//!
//! Knows nothing of how a transaction is committed.

use crate::config::CommitConfig;
use protocol::{Chance, NodeId, OperationSpec, Phrase, Purpose, Say};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// An account: at which participant, and which of its accounts, both from 0. It reads `P1a`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Account {
    /// The place of the participant.
    pub place: u8,
    /// Which of its accounts.
    pub slot: u8,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{}{}", u32::from(self.place) + 1, letter(self.slot))
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is no account: one reads `P1a`"))
        })
    }
}

/// The letter of an account at its participant.
pub(crate) fn letter(slot: u8) -> char {
    char::from(b'a' + slot % 26)
}

impl Account {
    /// Reads `P1a`.
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(['P', 'p'])?;
        let slot = rest.chars().last().filter(char::is_ascii_lowercase)?;
        let number: u8 = rest[..rest.len() - 1].parse().ok()?;
        Some(Self {
            place: number.checked_sub(1)?,
            slot: slot as u8 - b'a',
        })
    }

    /// Whether there is such an account.
    pub const fn exists(self, config: &CommitConfig) -> bool {
        (self.place as u64) < config.participants && (self.slot as u64) < config.accounts
    }
}

/// What a client is asked.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// Move money.
    Transfer {
        /// Who pays.
        from: Account,
        /// Who receives.
        to: Arc<[Account]>,
        /// How much each of them receives.
        amount: u64,
    },
    /// Read what is in an account.
    Balance {
        /// Which.
        account: Account,
    },
}

impl Op {
    /// The accounts it touches.
    pub fn accounts(&self) -> impl Iterator<Item = Account> + '_ {
        let (first, rest) = match self {
            Self::Transfer { from, to, .. } => (*from, &to[..]),
            Self::Balance { account } => (*account, &[][..]),
        };
        std::iter::once(first).chain(rest.iter().copied())
    }

    /// The work at each participant.
    pub(crate) fn work(&self, config: &CommitConfig, coordinator: NodeId) -> Work {
        let mut parties: Vec<Party> = Vec::new();
        let mut add = |account: Account, change: i64| {
            let node = config.participant(account.place.into());
            let found = parties.iter_mut().find(|party| party.node == node);
            let party = match found {
                Some(party) => party,
                None => {
                    parties.push(Party {
                        node,
                        changes: Vec::new(),
                    });
                    parties.last_mut().expect("it was pushed")
                }
            };
            match party
                .changes
                .iter_mut()
                .find(|(slot, _)| *slot == account.slot)
            {
                Some((_, sum)) => *sum += change,
                None => party.changes.push((account.slot, change)),
            }
        };
        let read = match self {
            Self::Transfer { from, to, amount } => {
                let amount = (*amount).min(AMOUNT_MAX) as i64;
                add(*from, -amount * to.len() as i64);
                to.iter().for_each(|account| add(*account, amount));
                false
            }
            Self::Balance { account } => {
                add(*account, 0);
                true
            }
        };
        parties.sort_by_key(|party| party.node);
        Work {
            coordinator,
            parties,
            read,
        }
    }
}

impl Say for Op {
    fn phrase(&self, _me: NodeId) -> Phrase {
        match self {
            Self::Transfer { from, to, amount } => {
                let to: Vec<String> = to.iter().map(Account::to_string).collect();
                Phrase::new("op.transfer.say")
                    .int("amount", *amount)
                    .text("from", from.to_string())
                    .text("to", to.join(", "))
            }
            Self::Balance { account } => {
                Phrase::new("op.balance.say").text("account", account.to_string())
            }
        }
    }
}

/// The most that one account receives at once: sums stay far from the end of 64 bits.
const AMOUNT_MAX: u64 = 1_000_000_000;

/// What a transaction does at one participant.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Party {
    /// The participant.
    pub node: NodeId,
    /// By account: what is added to it, negative where it pays.
    pub changes: Vec<(u8, i64)>,
}

/// What a transaction does, and who takes part.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Work {
    /// Who coordinates it.
    pub coordinator: NodeId,
    /// The participants, by id, with what each has to do.
    pub parties: Vec<Party>,
    /// Whether it only reads.
    pub read: bool,
}

impl Work {
    /// The participants.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.parties.iter().map(|party| party.node)
    }

    /// The participants but `me`.
    pub fn others(&self, me: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.nodes().filter(move |node| *node != me)
    }

    /// What is to be done at `node`.
    pub fn at(&self, node: NodeId) -> &[(u8, i64)] {
        let party = self.parties.iter().find(|party| party.node == node);
        party.map_or(&[], |party| &party.changes)
    }
}

/// Why a transaction was aborted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// A participant's account has too little.
    Funds,
    /// Another transaction has the lock.
    Locked,
    /// A participant refused for reasons of its own.
    Will,
    /// It was aborted there before.
    Over,
    /// A vote did not come in time.
    Silence,
    /// The others decided without the coordinator.
    Termination,
}

impl Refusal {
    /// Its key in the words.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Funds => "refusal.funds",
            Self::Locked => "refusal.locked",
            Self::Will => "refusal.will",
            Self::Over => "refusal.over",
            Self::Silence => "refusal.silence",
            Self::Termination => "refusal.termination",
        }
    }
}

/// What a client is answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The transaction is committed.
    Committed {
        /// Its number.
        tx: u64,
    },
    /// The transaction is aborted: nothing has changed.
    Aborted {
        /// Its number.
        tx: u64,
        /// Why.
        why: Refusal,
    },
    /// What is in the account.
    Balance {
        /// So much.
        value: u64,
    },
    /// There is no such account.
    NoAccount {
        /// Which was asked for.
        account: Account,
    },
}

impl Say for Answer {
    fn phrase(&self, _me: NodeId) -> Phrase {
        match self {
            Self::Committed { tx } => Phrase::new("answer.committed").int("tx", *tx),
            Self::Aborted { tx, why } => Phrase::new("answer.aborted")
                .int("tx", *tx)
                .word("why", why.word()),
            Self::Balance { value } => Phrase::new("answer.balance").int("value", *value),
            Self::NoAccount { account } => {
                Phrase::new("answer.no-account").text("account", account.to_string())
            }
        }
    }
}

/// What clients can be asked.
pub(crate) const OPERATIONS: &[OperationSpec] = &[
    OperationSpec {
        id: "transfer",
        fields: &[
            protocol::Field {
                id: "from",
                default: "P1a",
            },
            protocol::Field {
                id: "to",
                default: "P2a",
            },
            protocol::Field {
                id: "amount",
                default: "10",
            },
        ],
    },
    OperationSpec {
        id: "balance",
        fields: &[protocol::Field {
            id: "account",
            default: "P1a",
        }],
    },
];

/// Reads an operation that a person asks for.
pub(crate) fn parse(id: &str, fields: &[String]) -> Result<Op, Phrase> {
    let account = |text: &str| {
        Account::parse(text.trim()).ok_or_else(|| {
            Phrase::new("error.account").text("given", protocol::beginning(text, 60))
        })
    };
    match (id, fields) {
        ("transfer", [from, to, amount]) => {
            let receivers: Result<Vec<Account>, Phrase> = to
                .split([' ', ','])
                .filter(|text| !text.is_empty())
                .map(account)
                .collect();
            let receivers = receivers?;
            if receivers.is_empty() || receivers.len() > 8 {
                return Err(Phrase::new("error.receivers").int("count", receivers.len() as u64));
            }
            let amount = amount
                .trim()
                .parse()
                .ok()
                .filter(|amount| (1..=AMOUNT_MAX).contains(amount))
                .ok_or_else(|| {
                    Phrase::new("error.amount")
                        .text("given", protocol::beginning(amount, 60))
                        .int("max", AMOUNT_MAX)
                })?;
            Ok(Op::Transfer {
                from: account(from)?,
                to: receivers.into(),
                amount,
            })
        }
        ("balance", [text]) => Ok(Op::Balance {
            account: account(text)?,
        }),
        ("transfer" | "balance", _) => {
            let spec = OPERATIONS.iter().find(|spec| spec.id == id);
            let fields_wanted = spec.map_or(0, |spec| spec.fields.len());
            Err(Phrase::new("error.fields")
                .text("id", id)
                .int("wanted", fields_wanted as u64)
                .int("given", fields.len() as u64))
        }
        _ => Err(Phrase::new("error.no-operation")
            .text("id", protocol::beginning(id, 60))
            .text("known", "transfer, balance")),
    }
}

const WHO: Purpose = Purpose::new("workload participant");
const SLOT: Purpose = Purpose::new("workload account");
const AMOUNT: Purpose = Purpose::new("workload amount");

/// A transfer of the workload: from one participant to others, each drawn once.
pub(crate) fn draw(config: &CommitConfig, chance: Chance) -> Op {
    let mut places: Vec<u64> = (0..config.participants).collect();
    let mut accounts = (0..config.parties.min(config.participants)).map(|party| {
        let chosen = chance.below(WHO.nth(party), places.len() as u64);
        Account {
            place: places.remove(chosen as usize) as u8,
            slot: chance.below(SLOT.nth(party), config.accounts) as u8,
        }
    });
    let from = accounts.next().unwrap_or(Account { place: 0, slot: 0 });
    Op::Transfer {
        from,
        to: accounts.collect(),
        amount: chance.between(AMOUNT, 1, config.amount_max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Name;

    #[test]
    fn work_moves_money_and_makes_none() {
        let config = CommitConfig {
            parties: 3,
            ..CommitConfig::default()
        };
        for draw_number in 0..200 {
            let op = draw(&config, Chance::new(3, Name(draw_number)));
            let work = op.work(&config, NodeId(0));
            assert_eq!(work.parties.len(), 3);
            let sum: i64 = work
                .parties
                .iter()
                .flat_map(|p| &p.changes)
                .map(|(_, c)| c)
                .sum();
            assert_eq!(sum, 0);
            assert!(op.accounts().all(|account| account.exists(&config)));
        }
    }

    #[test]
    fn accounts_read_back_and_nonsense_is_refused() {
        let fields =
            |texts: &[&str]| -> Vec<String> { texts.iter().map(|t| (*t).into()).collect() };
        let op = parse("transfer", &fields(&["P1b", "P2a, P3a", "7"])).unwrap();
        let texts: Vec<String> = op.accounts().map(|account| account.to_string()).collect();
        assert_eq!(texts, ["P1b", "P2a", "P3a"]);
        for (id, given, key) in [
            ("transfer", &["P1", "P2a", "7"][..], "error.account"),
            ("transfer", &["P1a", "P0a", "7"], "error.account"),
            ("transfer", &["P1a", "字", "7"], "error.account"),
            ("transfer", &["P1a", "", "7"], "error.receivers"),
            ("transfer", &["P1a", "P2a", "-7"], "error.amount"),
            ("transfer", &["P1a", "P2a"], "error.fields"),
            ("balance", &["x"], "error.account"),
            ("steal", &[], "error.no-operation"),
        ] {
            assert_eq!(parse(id, &fields(given)).unwrap_err().key, key, "{given:?}");
        }
    }
}
