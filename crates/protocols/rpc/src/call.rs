//! Calls: their identifiers, what they ask for and what comes of them. Knows nothing of how they travel.

use crate::RpcConfig;
use protocol::{Arg, Chance, Field, NodeId, OperationId, OperationSpec, Phrase, Purpose, Say};
use serde::{Deserialize, Serialize};

/// The most accounts.
pub(crate) const ACCOUNTS_MAX: u8 = 8;

/// Where the numbers of calls begin that somebody asks for beside a workload.
const ASKED: u64 = 500_000;
/// Where the numbers of the calls of the first client begin that joined later; the next one's begin as much higher. Odd, so that
/// calls of one rank have different hues.
const JOINED: u64 = 1_000_001;

/// The bits of a number within its series.
const SERIES_BITS: u32 = 32;

/// The series of a client's number, and its rank there: the workload counts from 1, and what somebody asks for counts by itself,
/// far above it. Within a series numbers grow with time.
pub(crate) const fn series(number: u64) -> (u64, u64) {
    (number >> SERIES_BITS, number & ((1 << SERIES_BITS) - 1))
}

/// A call's identifier, the same for all its attempts (Birrell and Nelson 1984, §3.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Who calls.
    pub client: NodeId,
    /// Which of its calls, from 1; never reused, not even after a crash.
    pub number: u64,
    /// The number that people see, another one for each call.
    pub id: u64,
}

impl Call {
    /// The call that serves this operation.
    pub fn new(operation: OperationId, config: &RpcConfig) -> Self {
        let place = u64::from(operation.client.0).saturating_sub(config.servers());
        let (series, rank) = series(operation.number);
        // The workload of the first clients has the small numbers, and where there is no workload, what people ask for.
        let apart = if config.arrivals == "never" {
            0
        } else {
            series
        };
        let joined = (place + 1).saturating_sub(config.clients);
        let id = if joined == 0 {
            (rank.saturating_sub(1) * config.clients + place + 1).saturating_add(apart * ASKED)
        } else {
            (joined * JOINED + rank).saturating_add(apart * ASKED)
        };
        Self {
            client: operation.client,
            number: operation.number,
            id,
        }
    }

    /// The operation that it serves.
    pub const fn operation(self) -> OperationId {
        OperationId {
            client: self.client,
            number: self.number,
        }
    }
}

/// What a call asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// Add to an account: done twice, it counts twice.
    Deposit {
        /// Which account, from 0.
        account: u8,
        /// How much.
        amount: u64,
    },
    /// Set an account: done twice, it is as done once.
    Set {
        /// Which account, from 0.
        account: u8,
        /// To what.
        amount: u64,
    },
    /// Read an account.
    Read {
        /// Which account, from 0.
        account: u8,
    },
}

const PICK: Purpose = Purpose::new("operation");
const ACCOUNT: Purpose = Purpose::new("account");
const AMOUNT: Purpose = Purpose::new("amount");
const AMOUNT_MAX: u64 = 1_000_000_000;

pub(crate) const OPERATIONS: &[OperationSpec] = &[
    OperationSpec {
        id: "deposit",
        fields: &[ACCOUNT_FIELD, AMOUNT_FIELD],
    },
    OperationSpec {
        id: "set",
        fields: &[ACCOUNT_FIELD, AMOUNT_FIELD],
    },
    OperationSpec {
        id: "read",
        fields: &[ACCOUNT_FIELD],
    },
];

const ACCOUNT_FIELD: Field = Field {
    id: "account",
    default: "a",
};
const AMOUNT_FIELD: Field = Field {
    id: "amount",
    default: "5",
};

impl Op {
    /// The account that it is about, from 0.
    pub const fn account(self) -> u8 {
        match self {
            Self::Deposit { account, .. } | Self::Set { account, .. } | Self::Read { account } => {
                account
            }
        }
    }

    /// Whether it changes the account.
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Read { .. })
    }

    /// Carries it out on a balance, which it returns.
    pub fn apply(self, balance: &mut u64) -> u64 {
        match self {
            Self::Deposit { amount, .. } => *balance = balance.saturating_add(amount),
            Self::Set { amount, .. } => *balance = amount,
            Self::Read { .. } => {}
        }
        *balance
    }

    /// What the workload asks: deposits mostly.
    pub(crate) fn draw(accounts: u64, chance: Chance) -> Self {
        let account = chance.below(ACCOUNT, accounts) as u8;
        let amount = chance.between(AMOUNT, 1, 5);
        match chance.below(PICK, 4) {
            0 => Self::Read { account },
            1 => Self::Set { account, amount },
            _ => Self::Deposit { account, amount },
        }
    }

    /// Reads what a person asks for.
    pub(crate) fn parse(id: &str, fields: &[String]) -> Result<Self, Phrase> {
        let Some(spec) = OPERATIONS.iter().find(|spec| spec.id == id) else {
            let known: Vec<_> = OPERATIONS.iter().map(|spec| spec.id).collect();
            return Err(Phrase::new("error.no-operation")
                .text("id", id)
                .text("known", known.join(", ")));
        };
        if fields.len() != spec.fields.len() {
            return Err(Phrase::new("error.fields")
                .text("id", id)
                .int("need", spec.fields.len() as u64)
                .int("given", fields.len() as u64));
        }
        let bad = |text: &String| {
            Phrase::new("error.account").text("given", protocol::beginning(text, 20))
        };
        let account = match fields[0].as_bytes() {
            [letter @ b'a'..=b'h'] => letter - b'a',
            _ => return Err(bad(&fields[0])),
        };
        let amount = || {
            let amount: Option<u64> = fields[1].parse().ok();
            amount
                .filter(|amount| *amount <= AMOUNT_MAX)
                .ok_or_else(|| {
                    Phrase::new("error.amount")
                        .text("given", protocol::beginning(&fields[1], 20))
                        .int("max", AMOUNT_MAX)
                })
        };
        Ok(match id {
            "deposit" => Self::Deposit {
                account,
                amount: amount()?,
            },
            "set" => Self::Set {
                account,
                amount: amount()?,
            },
            _ => Self::Read { account },
        })
    }

    /// As a part of a sentence.
    pub(crate) fn arg(self) -> Arg {
        Arg::Phrase(Box::new(self.say()))
    }

    fn say(self) -> Phrase {
        let of = |key, account| Phrase::new(key).text("account", account_name(account));
        match self {
            Self::Deposit { account, amount } => {
                of("op.deposit.say", account).int("amount", amount)
            }
            Self::Set { account, amount } => of("op.set.say", account).int("amount", amount),
            Self::Read { account } => of("op.read.say", account),
        }
    }
}

impl Say for Op {
    fn phrase(&self, _me: NodeId) -> Phrase {
        self.say()
    }
}

/// The name of an account: a letter.
pub(crate) fn account_name(account: u8) -> String {
    char::from(b'a' + account % 26).to_string()
}

/// Why a call failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// Its only attempt was not answered.
    NoAnswer,
    /// Its last attempt failed.
    Attempts,
    /// Its time was up.
    Deadline,
    /// There was no token for another retry.
    Budget,
    /// The breaker was open.
    Breaker,
    /// Its key stands for another operation.
    KeyReused,
    /// It is too old to be recognised.
    Forgotten,
}

impl Failure {
    /// The key of its words.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::NoAnswer => "answer.no-answer",
            Self::Attempts => "answer.attempts",
            Self::Deadline => "answer.deadline",
            Self::Budget => "answer.budget",
            Self::Breaker => "answer.breaker",
            Self::KeyReused => "answer.key-reused",
            Self::Forgotten => "answer.forgotten",
        }
    }
}

/// What a client is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It was executed, and the balance was this afterwards.
    Balance(u64),
    /// It failed; whether it was executed, nobody knows.
    Failed(Failure),
}

impl Answer {
    pub(crate) fn say(self) -> Phrase {
        match self {
            Self::Balance(balance) => Phrase::new("answer.balance").int("balance", balance),
            Self::Failed(failure) => Phrase::new(failure.key()),
        }
    }
}

impl Say for Answer {
    fn phrase(&self, _me: NodeId) -> Phrase {
        self.say()
    }
}
