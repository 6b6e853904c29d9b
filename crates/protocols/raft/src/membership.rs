//! Who takes part: the configuration of a cluster, and how a majority is counted under it (Raft §6; Ongaro 2014, chapter 4).
//!
//! Every majority is counted here, and nowhere else. How one configuration follows another is the business of `change`.

use crate::config::RaftConfig;
use crate::server::{Cx, Role, Server};
use crate::{SERVERS_MAX, Variant};
use protocol::{NodeId, NodeSet, Phrase, Say};
use replicated::StateMachine;
use serde::{Deserialize, Serialize};
use std::hash::{Hash, Hasher};

/// A configuration: who votes, and who only learns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Members {
    /// Who votes, and counts for a majority.
    pub voters: NodeSet,
    /// In joint consensus, who voted before: a majority of them is needed as well. Otherwise nobody.
    #[serde(default, skip_serializing_if = "is_nobody")]
    pub old: NodeSet,
    /// Who is sent all entries and counts for nothing (Ongaro 2014, §4.2.1: non-voting members).
    #[serde(default, skip_serializing_if = "is_nobody")]
    pub learners: NodeSet,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
const fn is_nobody(nodes: &NodeSet) -> bool {
    nodes.is_empty()
}

/// A configuration with voters alone is hashed as those: what can be more leaves the digests of older runs alone.
impl Hash for Members {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.voters.hash(state);
        if !self.old.or(self.learners).is_empty() {
            (self.old, self.learners).hash(state);
        }
    }
}

/// A configuration where a log has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Configured {
    /// The index of its entry; that of a snapshot if the entry is compacted.
    pub index: u64,
    /// The configuration.
    pub members: Members,
}

impl Members {
    /// The configuration in which these vote, and nobody else takes part.
    pub const fn of(voters: NodeSet) -> Self {
        Self {
            voters,
            old: NodeSet::EMPTY,
            learners: NodeSet::EMPTY,
        }
    }

    /// The configuration that a cluster starts with.
    #[inline]
    pub const fn initial(config: &RaftConfig) -> Self {
        Self::of(NodeSet::first(config.servers as u16))
    }

    /// Whether it is that of joint consensus.
    #[inline]
    pub const fn is_joint(self) -> bool {
        !self.old.is_empty()
    }

    /// What it comes to once joint consensus is over.
    pub const fn settled(self) -> Self {
        Self {
            old: NodeSet::EMPTY,
            ..self
        }
    }

    /// Who is asked for votes: in joint consensus old and new.
    #[inline]
    pub const fn electors(self) -> NodeSet {
        self.voters.or(self.old)
    }

    /// Who is sent entries.
    #[inline]
    pub const fn all(self) -> NodeSet {
        self.electors().or(self.learners)
    }

    /// The majorities that decide.
    #[inline]
    pub const fn quorum(self) -> Quorum {
        Quorum {
            voters: self.voters,
            old: self.old,
        }
    }

    /// A few characters that stand for it, the same in every language: `C123`, `C123→345` in joint consensus, and `C123+4` where
    /// S4 learns.
    pub fn label(self) -> String {
        let mut text = String::from("C");
        if self.is_joint() {
            push_numbers(&mut text, self.old);
            text.push('→');
        }
        push_numbers(&mut text, self.voters);
        if !self.learners.is_empty() {
            text.push('+');
            push_numbers(&mut text, self.learners);
        }
        text
    }
}

fn push_numbers(text: &mut String, servers: NodeSet) {
    for server in servers.iter() {
        text.push_str(&(server.0 + 1).to_string());
    }
}

/// Who votes, in words.
impl Say for Members {
    fn phrase(&self, _: NodeId) -> Phrase {
        let phrase = match (self.is_joint(), self.learners.is_empty()) {
            (false, true) => Phrase::new("members.voters"),
            (false, false) => Phrase::new("members.learners"),
            (true, true) => Phrase::new("members.joint"),
            (true, false) => Phrase::new("members.joint-learners"),
        };
        let mut phrase = phrase.nodes("voters", self.voters.iter());
        if self.is_joint() {
            phrase = phrase.nodes("old", self.old.iter());
        }
        if !self.learners.is_empty() {
            phrase = phrase.nodes("learners", self.learners.iter());
        }
        phrase
    }
}

/// The majorities that decide: one of the voters, and in joint consensus one of the old voters as well (Raft §6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quorum {
    /// Who votes.
    pub voters: NodeSet,
    /// Who voted before; nobody outside joint consensus.
    pub old: NodeSet,
}

/// How a count stands in joint consensus.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Halves {
    /// How many of the old voters there are.
    pub old: u8,
    /// How many of them it takes.
    pub old_need: u8,
    /// How many of the new voters there are.
    pub new: u8,
    /// How many of them it takes.
    pub new_need: u8,
}

/// How many of so many are a majority; none of nobody.
const fn majority(of: u64) -> u64 {
    if of == 0 { 0 } else { of / 2 + 1 }
}

/// A majority; or, of a variant that is content with `few`, half of them, rounded down, and one at least.
const fn share(of: u64, few: bool) -> u64 {
    match of / 2 {
        0 => majority(of),
        half if few => half,
        half => half + 1,
    }
}

impl Quorum {
    /// Whether it takes two majorities.
    #[inline]
    pub const fn is_joint(self) -> bool {
        !self.old.is_empty()
    }

    /// Everybody who counts.
    #[inline]
    pub const fn all(self) -> NodeSet {
        self.voters.or(self.old)
    }

    /// The sets of which a majority each is needed, and how many that is: in joint consensus the old voters come first.
    pub fn sets(self) -> impl Iterator<Item = (NodeSet, u64)> {
        let sets = [self.old, self.voters].into_iter();
        let sets = sets.filter(|voters| !voters.is_empty());
        sets.map(|voters| (voters, majority(voters.len())))
    }

    /// How many of the voters it takes; in joint consensus of the new ones.
    #[inline]
    pub const fn need(self) -> u64 {
        majority(self.voters.len())
    }

    /// The same, if `few` are enough.
    #[inline]
    pub(crate) const fn need_with(self, few: bool) -> u64 {
        share(self.voters.len(), few)
    }

    /// Whether `those` suffice. Who does not vote does not count.
    #[inline]
    pub const fn is_reached(self, those: NodeSet) -> bool {
        self.voters.and(those).len() >= self.need()
            && self.old.and(those).len() >= majority(self.old.len())
    }

    /// Whether a majority refuses, if `those` do: of either set, for both are needed.
    #[inline]
    pub const fn is_refused(self, those: NodeSet) -> bool {
        self.voters.and(those).len() >= self.need()
            || self.is_joint() && self.old.and(those).len() >= majority(self.old.len())
    }

    /// How a count stands in joint consensus.
    pub const fn halves(self, those: NodeSet) -> Halves {
        Halves {
            old: self.old.and(those).len() as u8,
            old_need: majority(self.old.len()) as u8,
            new: self.voters.and(those).len() as u8,
            new_need: self.need() as u8,
        }
    }

    /// The greatest index that enough servers have, where each has its log up to `matched` durably. `few` is a variant that is
    /// content with half of them, rounded down.
    #[inline]
    pub fn index(self, few: bool, matched: impl Fn(NodeId) -> u64) -> u64 {
        let new = index_of(self.voters, few, &matched);
        if self.is_joint() {
            new.min(index_of(self.old, few, &matched))
        } else {
            new
        }
    }
}

#[inline]
fn index_of(voters: NodeSet, few: bool, matched: impl Fn(NodeId) -> u64) -> u64 {
    let mut indices = [0; SERVERS_MAX as usize];
    let mut count = 0;
    for (place, voter) in indices.iter_mut().zip(voters.iter()) {
        *place = matched(voter);
        count += 1;
    }
    let need = share(count as u64, few) as usize;
    let indices = &mut indices[..count];
    indices.sort_unstable();
    indices.get(count - need).copied().unwrap_or(0)
}

impl<S: StateMachine> Server<S> {
    /// The configuration that it goes by: the newest in its log, committed or not (Ongaro 2014, §4.1).
    #[inline]
    pub fn members(&self, config: &RaftConfig) -> Members {
        match self.log.configuration() {
            Some(configured) => configured.members,
            None => Members::initial(config),
        }
    }

    /// The majorities that it needs.
    #[inline]
    pub(crate) fn quorum(&self, cx: &Cx<'_, S>) -> Quorum {
        let mut quorum = self.members(cx.config()).quorum();
        if cx.variant() == Variant::JointOneMajority {
            quorum.old = NodeSet::EMPTY;
        }
        quorum
    }

    /// Whom it asks for votes: itself is not among them.
    #[inline]
    pub(crate) fn electors(&self, cx: &Cx<'_, S>) -> NodeSet {
        self.members(cx.config()).electors().without(cx.me())
    }

    /// To whom it sends entries as a leader: all members but itself, and who is to become one and catches up first.
    #[inline]
    pub(crate) fn peers(&self, cx: &Cx<'_, S>) -> NodeSet {
        let mut peers = self.members(cx.config()).all();
        if let Role::Leader(leader) = &self.role {
            peers = peers.or(leader.catching_up());
        }
        peers.without(cx.me())
    }

    /// Whether it sends entries to `node` as a leader.
    #[inline]
    pub(crate) fn sends_to(&self, cx: &Cx<'_, S>, node: NodeId) -> bool {
        self.peers(cx).contains(node)
    }

    /// The index of the newest configuration in its log; 0: none is there.
    #[inline]
    pub fn configured_at(&self) -> u64 {
        self.log.configuration().map_or(0, |there| there.index)
    }

    /// Whether server `me` stands for election when it hears from no leader: if it votes; and, left out by a configuration that it
    /// does not know to be committed, if it voted before that (Ongaro 2014, §4.2.2: it may be needed for just that).
    #[inline]
    pub(crate) fn may_stand(&self, config: &RaftConfig, me: NodeId) -> bool {
        self.members(config).electors().contains(me) || self.is_still_needed(config, me)
    }

    /// Whether server `me` was left out, and not for certain.
    pub(crate) fn is_still_needed(&self, config: &RaftConfig, me: NodeId) -> bool {
        let there = self.log.configuration();
        there.is_some_and(|there| {
            let before = self.log.configuration_before();
            let before = before.map_or_else(|| Members::initial(config), |before| before.members);
            let (left, voted) = (
                !there.members.electors().contains(me),
                before.electors().contains(me),
            );
            there.index > self.commit_index && left && voted
        })
    }
}
