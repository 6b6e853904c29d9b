//! Why a general does, refuses or ignores something: plain values, turned into a sentence only when shown.

use protocol::{NodeId, Phrase, Say};
use serde::Serialize;

/// A reason.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The commander sends the plan.
    Proposes {
        /// To whom.
        to: NodeId,
        /// With how many messengers.
        copies: u64,
    },
    /// It acknowledges what it has just heard.
    Acknowledges {
        /// To whom.
        to: NodeId,
        /// The message that it heard.
        heard: u64,
        /// The message that says so.
        number: u64,
        /// With how many messengers.
        copies: u64,
        /// Whether nothing will say that it came.
        is_last: bool,
    },
    /// The last message has come: nothing is sent any more.
    HearsLast {
        /// Which that is: k.
        number: u64,
    },
    /// It waits for the deadline.
    Waits {
        /// In which battle.
        battle: u64,
        /// The last message that it is to receive.
        wants: Option<u64>,
    },
    /// Another messenger brings what it knows.
    AnotherMessenger {
        /// Which message.
        number: u64,
        /// Which messenger.
        messenger: u64,
    },
    /// The same messenger comes twice: the network copied it.
    SameMessenger {
        /// Which message.
        number: u64,
        /// Which messenger.
        messenger: u64,
    },
    /// The message belongs to a battle that is over for this general.
    Over {
        /// Which battle.
        battle: u64,
        /// Which message.
        number: u64,
    },
    /// The commander is in a battle: the next one waits.
    Queued {
        /// The one that it is in.
        battle: u64,
    },
    /// The message makes no sense here.
    NotMine {
        /// From whom.
        from: NodeId,
    },
}

impl Say for Reason {
    fn phrase(&self, me: NodeId) -> Phrase {
        let said = |key| Phrase::new(key).node("me", me);
        match *self {
            Self::Proposes { to, copies } => said("reason.proposes")
                .node("to", to)
                .int("copies", copies)
                .by("messengers"),
            Self::Acknowledges {
                to,
                heard,
                number,
                copies,
                is_last,
            } => said(if is_last {
                "reason.sends-last"
            } else {
                "reason.acknowledges"
            })
            .node("to", to)
            .int("heard", heard)
            .int("number", number)
            .int("copies", copies)
            .by("acknowledge"),
            Self::HearsLast { number } => said("reason.hears-last")
                .int("number", number)
                .by("acknowledge"),
            Self::Waits {
                battle,
                wants: Some(wants),
            } => said("reason.waits")
                .int("battle", battle)
                .int("wants", wants)
                .by("attack-on-last"),
            Self::Waits {
                battle,
                wants: None,
            } => said("reason.waits-for-nothing")
                .int("battle", battle)
                .by("attack-on-last"),
            Self::AnotherMessenger { number, messenger } => said("reason.another-messenger")
                .int("number", number)
                .int("messenger", messenger)
                .by("messengers"),
            Self::SameMessenger { number, messenger } => said("reason.same-messenger")
                .int("number", number)
                .int("messenger", messenger),
            Self::Over { battle, number } => said("reason.over")
                .int("battle", battle)
                .int("number", number),
            Self::Queued { battle } => said("reason.queued").int("battle", battle),
            Self::NotMine { from } => said("reason.not-mine").node("from", from),
        }
    }
}
