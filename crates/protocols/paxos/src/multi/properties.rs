//! What Multi-Paxos promises, looked at from outside.
//!
//! The memory is a small canonical history: what clients asked for, what was claimed to be chosen in which slot, and a replica of
//! its own that applies it; and what each server has promised, once that was told. A step costs what it changed.

use crate::Ballot;
use crate::PROPOSERS_MAX;
use crate::multi::{Fact, Log, Node, Server};
use protocol::{
    Assumptions, Look, NodeId, NodeSet, OperationId, Phrase, Property, PropertyKind, SharedVec,
    Verdicts, digest_of,
};
use replicated::{Applied, Execution, Payload, Replica, StateMachine};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The promises, in the order of the indices below.
pub(crate) const PROPERTIES: &[Property] = &[
    property("agreement", PropertyKind::Always, "Lamport 2001, §3"),
    property("validity", PropertyKind::Always, "Lamport 2001, §2.1"),
    property(
        "promise-kept",
        PropertyKind::Always,
        "Lamport 2001, §2.2, P1a",
    ),
    property(
        "state-machine-safety",
        PropertyKind::Always,
        "Lamport 2001, §3",
    ),
    property("exactly-once", PropertyKind::Always, "Ongaro 2014, §6.3"),
    property(
        "leader-elected",
        PropertyKind::Sometimes,
        "Lamport 2001, §3",
    ),
    property("slot-chosen", PropertyKind::Sometimes, "Lamport 2001, §3"),
    property("has-leader", PropertyKind::Eventually, "Lamport 2001, §2.4"),
    property("all-learn", PropertyKind::Eventually, "Lamport 2001, §2.3"),
    property(
        "requests-answered",
        PropertyKind::Eventually,
        "Lamport 2001, §3",
    ),
];

const AGREEMENT: usize = 0;
const VALIDITY: usize = 1;
const PROMISE_KEPT: usize = 2;
const STATE_MACHINE_SAFETY: usize = 3;
const EXACTLY_ONCE: usize = 4;
const LEADER_ELECTED: usize = 5;
const SLOT_CHOSEN: usize = 6;
const HAS_LEADER: usize = 7;
const ALL_LEARN: usize = 8;
const REQUESTS_ANSWERED: usize = 9;

const fn property(id: &'static str, kind: PropertyKind, source: &'static str) -> Property {
    Property {
        id,
        kind,
        assumes: Assumptions::ASYNCHRONOUS,
        source,
    }
}

/// What a server looked like after its last step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Glimpse {
    promised: Ballot,
    leads: bool,
    voted: Ballot,
    chosen: u64,
    applied: u64,
}

/// What somebody claimed to be chosen in a slot.
#[derive(Clone, Hash, Debug)]
struct Chosen {
    /// The digest of the payload.
    identity: u64,
    /// Who claimed it first.
    by: NodeId,
    /// The digest of the machine once it is applied.
    machine: u64,
    /// Whether it is a retry of an operation that took effect before.
    retry: bool,
}

/// What a client has asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Asked {
    client: NodeId,
    /// The operation's own number: what it goes by without a session.
    number: u64,
    /// Its number in the session, which begins anew with every restart of the client.
    sequence: u64,
    /// The digest of the command.
    command: u64,
}

/// What the properties remember.
#[derive(Clone, Hash, Debug)]
pub struct Memory<S: StateMachine> {
    glimpses: [Option<Glimpse>; PROPOSERS_MAX as usize],
    /// By server: the greatest ballot that it was heard to promise.
    promised: [Ballot; PROPOSERS_MAX as usize],
    /// By slot, from 1: what is chosen.
    chosen: SharedVec<Chosen>,
    /// Everything that clients have asked for, in order.
    asked: SharedVec<Asked>,
    replica: Replica<S>,
    /// The operations that took effect without a session.
    done: Arc<BTreeSet<(NodeId, u64)>>,
    /// Whether two histories were claimed: what follows from which cannot be told any more.
    split: bool,
    waiting: NodeSet,
    answered: bool,
    has_leader: bool,
    /// Up to where every server that is up has to learn once one of them lagged.
    goal: u64,
    learned: bool,
}

impl<S: StateMachine> Default for Memory<S> {
    fn default() -> Self {
        Self {
            glimpses: [None; PROPOSERS_MAX as usize],
            promised: [Ballot::NONE; PROPOSERS_MAX as usize],
            chosen: SharedVec::default(),
            asked: SharedVec::default(),
            replica: Replica::default(),
            done: Arc::default(),
            split: false,
            waiting: NodeSet::EMPTY,
            answered: false,
            has_leader: false,
            goal: 1,
            learned: false,
        }
    }
}

/// Updates the memory after a step, and reports what changed.
pub(crate) fn observe<S: StateMachine>(
    memory: &mut Memory<S>,
    look: &Look<'_, Node<S>>,
    verdicts: &mut Verdicts,
) {
    for (node, fact) in look.facts {
        if let (Fact::Promised { ballot, .. } | Fact::Campaigns { ballot, .. }, Some(promised)) =
            (fact, memory.promised.get_mut(node.index()))
        {
            *promised = (*promised).max(*ballot);
        }
    }
    let Some(changed) = look.changed else { return };
    match &look.nodes[changed.index()] {
        Some(Node::Server(server)) => {
            let glimpse = Glimpse {
                promised: server.promised(),
                leads: server.leads(),
                voted: server.voted(),
                chosen: server.log().chosen(),
                applied: server.replica().index,
            };
            let before = memory.glimpses[changed.index()].replace(glimpse);
            if before != Some(glimpse) {
                let before = before.filter(|_| !look.booted);
                memory.server_changed(look, changed, server, before, verdicts);
            }
        }
        Some(Node::Client(client)) => {
            if let Some((id, command)) = client.asks() {
                memory.see_asked(id, client.sequence(), command);
            }
            memory.client_waits(changed, client.waits(), verdicts);
        }
        None if u64::from(changed.0) < look.config.servers => {
            memory.glimpses[changed.index()] = None;
            memory.look_for_leader(look, verdicts);
            memory.look_at_learners(look, verdicts);
        }
        None => memory.client_waits(changed, false, verdicts),
    }
}

impl<S: StateMachine> Memory<S> {
    fn server_changed(
        &mut self,
        look: &Look<'_, Node<S>>,
        me: NodeId,
        server: &Server<S>,
        before: Option<Glimpse>,
        verdicts: &mut Verdicts,
    ) {
        let old = before.unwrap_or_default();
        let promised = self.promised[me.index()];
        if server.voted() != old.voted && !server.voted().is_none() && server.voted() < promised {
            let how = Phrase::new("violation.promise-kept")
                .node("acceptor", me)
                .with("ballot", server.voted().arg())
                .with("promised", promised.arg());
            verdicts.violated(PROMISE_KEPT, how);
        }
        if server.leads() && !old.leads {
            verdicts.met(LEADER_ELECTED);
        }
        if server.log().chosen() != old.chosen {
            self.claims(me, server.log(), old.chosen, verdicts);
        }
        if server.replica().index != old.applied {
            self.applied(me, server, verdicts);
        }
        if (old.leads, old.promised) != (server.leads(), server.promised()) || before.is_none() {
            self.look_for_leader(look, verdicts);
        }
        self.look_at_learners(look, verdicts);
    }

    /// A server knows more to be chosen than before.
    fn claims(&mut self, me: NodeId, log: &Log<S>, before: u64, verdicts: &mut Verdicts) {
        for slot in log.first().max(before + 1)..=log.chosen() {
            let Some(vote) = log.get(slot) else { return };
            match self.chosen.get(slot - 1) {
                Some(known) if known.identity == vote.identity() => {}
                Some(known) => {
                    let how = Phrase::new("violation.agreement")
                        .node("one", known.by)
                        .node("other", me)
                        .int("slot", slot);
                    verdicts.violated(AGREEMENT, how);
                    self.split = true;
                    return;
                }
                None if slot == self.chosen.len() + 1 => {
                    let identity = vote.identity();
                    if !self.is_asked(&vote.payload) {
                        let how = Phrase::new("violation.validity")
                            .node("node", me)
                            .int("slot", slot)
                            .text("entry", vote.payload.label());
                        verdicts.violated(VALIDITY, how);
                    }
                    let retry = self.apply(&vote.payload);
                    self.chosen.push(Chosen {
                        identity,
                        by: me,
                        machine: self.replica.machine.digest(),
                        retry,
                    });
                    verdicts.met(SLOT_CHOSEN);
                }
                None => return,
            }
        }
    }

    /// A client waits for an operation.
    fn see_asked(&mut self, id: OperationId, sequence: u64, command: &S::Command) {
        let asked = Asked {
            client: id.client,
            number: id.number,
            sequence,
            command: digest_of(command),
        };
        if !self.knows(|known| *known == asked) {
            self.asked.push(asked);
        }
    }

    /// Whether a payload is empty, or a client has asked for it.
    fn is_asked(&self, payload: &Payload<S>) -> bool {
        let Some((client, sequence)) = payload.operation() else {
            return true;
        };
        let (wanted, alone) = match payload {
            Payload::Command {
                command, session, ..
            } => (Some(digest_of(&**command)), *session == 0),
            Payload::Noop | Payload::Register { .. } => (None, false),
        };
        self.knows(|known| {
            let number = if alone { known.number } else { known.sequence };
            (known.client, number) == (client, sequence)
                && wanted.is_none_or(|wanted| wanted == known.command)
        })
    }

    /// Whether something was asked that is so. Mostly it was asked lately.
    fn knows(&self, is: impl Fn(&Asked) -> bool) -> bool {
        (0..self.asked.len())
            .rev()
            .any(|place| self.asked.get(place).is_some_and(&is))
    }

    /// Applies a payload to the memory's own replica; returns whether it was a retry.
    fn apply(&mut self, payload: &Payload<S>) -> bool {
        if let Payload::Command {
            client,
            session: 0,
            sequence,
            ..
        } = payload
            && !Arc::make_mut(&mut self.done).insert((*client, *sequence))
        {
            self.replica.apply(&Payload::Noop);
            return true;
        }
        let applied = self.replica.apply(payload);
        matches!(applied, Applied::Executed(execution) if !matches!(execution, Execution::Applied(_)))
    }

    /// The machine of a server that has applied something is what the chosen commands come to.
    fn applied(&self, me: NodeId, server: &Server<S>, verdicts: &mut Verdicts) {
        let slot = server.replica().index;
        let Some(known) = slot.checked_sub(1).and_then(|at| self.chosen.get(at)) else {
            return;
        };
        if self.split || server.replica().machine.digest() == known.machine {
            return;
        }
        let retry = (1..=slot).rev().find(|slot| {
            let chosen = self.chosen.get(slot - 1);
            chosen.is_some_and(|chosen| chosen.retry)
        });
        match retry {
            Some(slot) => verdicts.violated(
                EXACTLY_ONCE,
                Phrase::new("violation.exactly-once")
                    .node("node", me)
                    .int("slot", slot),
            ),
            None => verdicts.violated(
                STATE_MACHINE_SAFETY,
                Phrase::new("violation.state-machine-safety")
                    .node("node", me)
                    .int("slot", slot),
            ),
        }
    }

    /// Whether a majority is up, and whoever has the greatest ballot among it leads.
    fn look_for_leader(&mut self, look: &Look<'_, Node<S>>, verdicts: &mut Verdicts) {
        let up = self.glimpses.iter().flatten();
        let greatest = up.clone().map(|seen| seen.promised).max();
        let leads = up
            .clone()
            .any(|seen| seen.leads && Some(seen.promised) == greatest);
        let has = leads && up.count() as u64 >= look.config.majority();
        turn(&mut self.has_leader, has, HAS_LEADER, verdicts);
    }

    /// Whether every server that is up knows what is chosen. A server may lag by the window; one that lags by more has to learn
    /// everything that was chosen by then.
    fn look_at_learners(&mut self, look: &Look<'_, Node<S>>, verdicts: &mut Verdicts) {
        let known = self.chosen.len();
        let up = self.glimpses.iter().flatten();
        let least = up.map(|seen| seen.chosen).min().unwrap_or(known);
        let learned = if self.learned {
            self.goal = known;
            least + look.config.window >= known
        } else {
            least >= self.goal
        };
        turn(&mut self.learned, learned, ALL_LEARN, verdicts);
    }

    fn client_waits(&mut self, client: NodeId, waits: bool, verdicts: &mut Verdicts) {
        let before = self.waiting;
        if waits {
            self.waiting.insert(client);
        } else {
            self.waiting = before.without(client);
        }
        if before != self.waiting {
            let answered = self.waiting.is_empty();
            turn(&mut self.answered, answered, REQUESTS_ANSWERED, verdicts);
        }
    }
}

/// Something that has to come true again and again is true now, or is not.
fn turn(before: &mut bool, now: bool, property: usize, verdicts: &mut Verdicts) {
    if *before != now {
        *before = now;
        if now {
            verdicts.met(property);
        } else {
            verdicts.owed(property);
        }
    }
}
