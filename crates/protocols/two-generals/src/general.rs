//! A general: the chain of acknowledgements, and the decision at the deadline.
//!
//! One machine for both camps: the commander A differs from B in that it is asked, and in which messages it is to receive.

use crate::fact::{Answer, Fact, Grounds};
use crate::message::Message;
use crate::node::{Node, Timer, Variant};
use crate::reason::Reason;
use protocol::{Context, Input, NodeId, OperationId};
use serde::Serialize;
use std::collections::VecDeque;

/// The commander.
pub const A: NodeId = NodeId(0);

/// The other general.
pub const B: NodeId = NodeId(1);

/// Who sends this message of the chain: they take turns, and the plan is A's.
pub const fn sender(number: u64) -> NodeId {
    if number.is_multiple_of(2) { A } else { B }
}

/// The general across the valley.
pub const fn other(general: NodeId) -> NodeId {
    if general.0 == A.0 { B } else { A }
}

/// Messengers that a general can tell apart in a battle: eight for each message that it is to receive.
const COPIES_BITS: u64 = 8;

type Cx<'a> = Context<'a, Node>;

/// A battle as one general knows it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Battle {
    /// Which, from 1.
    pub number: u64,
    /// The number of the last message: k.
    pub acks: u64,
    /// How many messengers carry each message: n.
    pub copies: u64,
    /// The last message that it has received.
    pub heard: Option<u64>,
    /// How many messengers it has sent.
    pub sent: u64,
    /// At the deadline: whether it attacks.
    pub attacks: Option<bool>,
    /// Who asked for it.
    asked: Option<OperationId>,
    /// Which messengers have come: a bit each.
    came: u64,
}

impl Battle {
    const fn new(number: u64, acks: u64, copies: u64, asked: Option<OperationId>) -> Self {
        Self {
            number,
            acks,
            copies,
            heard: None,
            sent: 0,
            attacks: None,
            asked,
            came: 0,
        }
    }

    /// The last message that this general is to receive; `None`: it is to receive none.
    pub const fn wants(&self, me: NodeId) -> Option<u64> {
        if sender(self.acks).0 == me.0 {
            self.acks.checked_sub(1)
        } else {
            Some(self.acks)
        }
    }

    /// Whether it has received that message.
    pub fn has_all(&self, me: NodeId) -> bool {
        self.wants(me)
            .is_none_or(|wanted| self.heard.is_some_and(|heard| heard >= wanted))
    }

    /// How many messengers have come, each counted once.
    pub const fn came(&self) -> u64 {
        self.came.count_ones() as u64
    }

    /// Counts a messenger; false if it came before.
    const fn comes(&mut self, message: &Message) -> bool {
        let bit = 1u64 << (message.number / 2 * COPIES_BITS + message.messenger - 1);
        let is_new = self.came & bit == 0;
        self.came |= bit;
        is_new
    }
}

/// A general, or somebody who has no part in this: a node that was added.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct General {
    /// The last battle that it has been in, over all its lives.
    pub last: u64,
    /// That battle, unless it forgot it in a crash.
    pub battle: Option<Battle>,
    queue: VecDeque<OperationId>,
}

impl General {
    /// It wakes up and remembers the number of its last battle.
    pub(crate) const fn boot(last: u64) -> Self {
        Self {
            last,
            battle: None,
            queue: VecDeque::new(),
        }
    }

    /// The battle that it has not decided yet.
    pub fn undecided(&self) -> Option<&Battle> {
        self.battle
            .as_ref()
            .filter(|battle| battle.attacks.is_none())
    }

    /// How many proposals wait for the end of this battle.
    pub fn queued(&self) -> u64 {
        self.queue.len() as u64
    }

    pub(crate) fn on(&mut self, cx: &mut Cx<'_>, input: Input<Node>) {
        match input {
            Input::Request { id, .. } if cx.me() == A => {
                if let Some(battle) = self.undecided() {
                    cx.note(Reason::Queued {
                        battle: battle.number,
                    });
                }
                self.queue.push_back(id);
                self.next(cx);
            }
            Input::Request { id, .. } => cx.answer(id, Answer::NoCommander),
            Input::Message { from, message } => self.hear(cx, from, message),
            Input::Saved(battle) => self.wait(cx, battle),
            Input::Timer(Timer::Deadline) => self.decide(cx),
        }
    }

    /// The commander goes into the next battle that it was asked for.
    fn next(&mut self, cx: &mut Cx<'_>) {
        if self.undecided().is_some() {
            return;
        }
        let Some(id) = self.queue.pop_front() else {
            return;
        };
        let number = self.last + 1;
        let (acks, copies) = (cx.config().acks_of(number), cx.config().copies);
        self.last = number;
        self.battle = Some(Battle::new(number, acks, copies, Some(id)));
        // No battle may have the number of one before a crash.
        cx.save(number);
        cx.tell(Fact::Proposes {
            battle: number,
            acks,
            copies,
        });
        self.send(cx, 0);
        if cx.variant() == Variant::AttacksAtOnce {
            self.decide(cx);
        } else {
            cx.notify_saved(number);
        }
    }

    /// The plan has left: the commander's time runs from here.
    fn wait(&self, cx: &mut Cx<'_>, number: u64) {
        if let Some(battle) = self.undecided().filter(|battle| battle.number == number) {
            Self::set_deadline(cx, battle, battle.acks + 1);
        }
    }

    fn set_deadline(cx: &mut Cx<'_>, battle: &Battle, legs: u64) {
        let wait_us = legs * cx.config().leg_us;
        let reason = Reason::Waits {
            battle: battle.number,
            wants: battle.wants(cx.me()),
        };
        cx.set_timer(Timer::Deadline, wait_us, wait_us, reason);
    }

    fn send(&mut self, cx: &mut Cx<'_>, number: u64) {
        let Some(battle) = &mut self.battle else {
            return;
        };
        let to = other(cx.me());
        let copies = battle.copies;
        let reason = match number.checked_sub(1) {
            None => Reason::Proposes { to, copies },
            Some(heard) => Reason::Acknowledges {
                to,
                heard,
                number,
                copies,
                is_last: number == battle.acks,
            },
        };
        battle.sent += copies;
        for messenger in 1..=copies {
            let message = Message {
                battle: battle.number,
                number,
                acks: battle.acks,
                messenger,
                copies,
            };
            if number == 0 {
                cx.send(to, message, reason);
            } else {
                // An acknowledgement says what was heard, not what will be remembered: it need not wait for the disk.
                cx.send_before_save(to, message, reason);
            }
        }
    }

    fn hear(&mut self, cx: &mut Cx<'_>, from: NodeId, message: Message) {
        let me = cx.me();
        let (battle, number) = (message.battle, message.number);
        let is_mine = me.0 <= B.0 && from == other(me) && from == sender(number);
        let makes_sense = number <= message.acks
            && (1..=message.copies.min(COPIES_BITS)).contains(&message.messenger);
        if !is_mine || !makes_sense || number / 2 >= COPIES_BITS {
            cx.note(Reason::NotMine { from });
            return;
        }
        let over = match cx.variant() {
            Variant::AttacksTwice => self.undecided().is_some_and(|open| open.number > battle),
            _ => battle < self.last || (battle == self.last && self.undecided().is_none()),
        };
        if over {
            cx.note(Reason::Over { battle, number });
            return;
        }
        let knows = self.undecided().is_some_and(|open| open.number == battle);
        if !knows {
            if me == A || number > 0 {
                cx.note(Reason::Over { battle, number });
                return;
            }
            // Whoever is commanded to the next battle has waited long enough in this one.
            self.decide(cx);
            self.last = battle;
            cx.save(battle);
            self.battle = Some(Battle::new(battle, message.acks, message.copies, None));
        }
        let Some(open) = &mut self.battle else {
            return;
        };
        let is_new = open.comes(&message);
        if open.heard.is_some_and(|heard| heard >= number) {
            let messenger = message.messenger;
            cx.note(if is_new {
                Reason::AnotherMessenger { number, messenger }
            } else {
                Reason::SameMessenger { number, messenger }
            });
            return;
        }
        open.heard = Some(number);
        let acks = open.acks;
        if number < acks {
            self.send(cx, number + 1);
        } else {
            cx.note(Reason::HearsLast { number });
        }
        if !knows {
            if acks == 0 {
                self.decide(cx);
            } else if let Some(open) = &self.battle {
                Self::set_deadline(cx, open, acks);
            }
        }
    }

    /// The deadline: attack, or stand down.
    fn decide(&mut self, cx: &mut Cx<'_>) {
        let me = cx.me();
        let Some(open) = &mut self.battle else {
            return;
        };
        if open.attacks.is_some() {
            return;
        }
        let battle = open.number;
        let fact = match (open.has_all(me), open.wants(me)) {
            (true, None) => Fact::Attacks(battle, Grounds::NothingToCome),
            (true, Some(number)) => Fact::Attacks(battle, Grounds::Heard(number)),
            (false, wants) => {
                let missing = wants.unwrap_or(0);
                match cx.variant() {
                    Variant::AttacksAtOnce if me == A => {
                        Fact::Attacks(battle, Grounds::NotWaiting(missing))
                    }
                    Variant::BelievesSilence => {
                        Fact::Attacks(battle, Grounds::BelievesSilence(missing))
                    }
                    _ => Fact::StandsDown(battle, missing),
                }
            }
        };
        let attacks = matches!(fact, Fact::Attacks(..));
        open.attacks = Some(attacks);
        cx.cancel_timer(Timer::Deadline);
        cx.tell(fact);
        if let Some(id) = open.asked {
            let answer = if attacks {
                Answer::Attacks(battle)
            } else {
                Answer::StandsDown(battle)
            };
            cx.answer(id, answer);
        }
        self.next(cx);
    }
}
