//! What Raft promises (Raft, figure 3), looked at from outside.
//!
//! The memory is a small canonical history: who led which term, which entries were ever seen, what was claimed to be
//! committed, and a machine of its own that applies it. A step costs what it changed: a node whose term, role, log end and
//! commit index are as before is passed over, and two logs are compared by their running digests.

mod reads;
mod table;

pub(crate) use table::{LATER, PROPERTIES};

use crate::config::SERVERS_MAX;
use crate::log::Log;
use crate::membership::Members;
use crate::node::Node;
use crate::rare::Rare;
use crate::server::Server;
use protocol::{Look, NodeId, NodeSet, Phrase, SharedVec, Verdicts};
use replicated::Payload;
use replicated::{Sessions, StateMachine};
use std::collections::BTreeSet;
use std::sync::Arc;
use table::*;

/// What a server looked like after its last step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Glimpse {
    term: u64,
    leads: bool,
    last_index: u64,
    digest: u64,
    commit_index: u64,
    last_applied: u64,
}

impl Glimpse {
    fn of<S: StateMachine>(server: &Server<S>) -> Self {
        Self {
            term: server.term(),
            leads: server.leads(),
            last_index: server.log().last_index(),
            digest: server.log().digest(),
            commit_index: server.commit_index(),
            last_applied: server.last_applied(),
        }
    }

    /// Whether it is what `server` looks like now.
    #[inline(always)]
    fn is_of<S: StateMachine>(&self, server: &Server<S>) -> bool {
        self.digest == server.log().digest()
            && self.commit_index == server.commit_index()
            && self.last_applied == server.last_applied()
            && self.last_index == server.log().last_index()
            && self.term == server.term()
            && self.leads == server.leads()
    }
}

/// An entry that was seen at some index: its term and the digest of the log up to it. Others of the same index follow.
#[derive(Clone, Hash, Debug)]
struct Seen {
    term: u64,
    digest: u64,
    holder: NodeId,
    more: Option<Arc<Seen>>,
}

impl Seen {
    fn renamed(&self, name: &dyn Fn(NodeId) -> NodeId) -> Self {
        Self {
            holder: name(self.holder),
            more: self.more.as_ref().map(|more| Arc::new(more.renamed(name))),
            ..*self
        }
    }

    fn of_term(&self, term: u64) -> Option<&Self> {
        if self.term == term {
            Some(self)
        } else {
            self.more.as_ref()?.of_term(term)
        }
    }
}

/// An entry that some server claimed to be committed.
#[derive(Clone, Hash, Debug)]
struct Committed {
    /// The digest of the log up to it.
    digest: u64,
    /// The term of the server that claimed it first.
    in_term: u64,
    /// The newest index before it that was claimed in an older term; 0: none. Makes looking for one independent of history.
    older: u64,
    /// Who that was.
    by: NodeId,
    /// The digest of the machine once it is applied.
    machine: u64,
    /// Whether it is a retry of an operation that took effect before.
    retry: bool,
}

/// What the properties remember.
#[derive(Clone, Hash, Debug)]
pub struct Memory<S: StateMachine> {
    glimpses: [Option<Glimpse>; SERVERS_MAX as usize],
    /// Clients with an open operation, as bits by node.
    waiting: u64,
    answered: bool,
    has_leader: bool,
    /// Who led which term, by term.
    leaders: SharedVec<(u64, NodeId)>,
    /// By index (from 1): the entries seen there.
    seen: SharedVec<Seen>,
    /// By index (from 1): what is committed.
    committed: SharedVec<Committed>,
    machine: S,
    sessions: Sessions<S::Output>,
    /// The operations that took effect without a session.
    done: Arc<BTreeSet<(NodeId, u64)>>,
    /// There once, where the configuration was ever another than that of the beginning.
    reconfigured: Rare<bool>,
    /// What reads are held to, where they go without log entries.
    reads: Rare<reads::Followed<S>>,
}

impl<S: StateMachine> Default for Memory<S> {
    fn default() -> Self {
        Self {
            glimpses: [None; SERVERS_MAX as usize],
            waiting: 0,
            answered: false,
            has_leader: false,
            leaders: SharedVec::default(),
            seen: SharedVec::default(),
            committed: SharedVec::default(),
            machine: S::default(),
            sessions: Sessions::default(),
            done: Arc::default(),
            reconfigured: Rare::default(),
            reads: Rare::default(),
        }
    }
}

impl<S: StateMachine> Memory<S> {
    /// The same of servers with other names.
    pub(crate) fn renamed(&self, name: &dyn Fn(NodeId) -> NodeId) -> Self {
        let mut glimpses = [None; SERVERS_MAX as usize];
        for (server, glimpse) in (0..).map(NodeId).zip(&self.glimpses) {
            glimpses[name(server).index()] = *glimpse;
        }
        let leaders = self.leaders.iter().map(|(term, who)| (*term, name(*who)));
        let committed = self.committed.iter().map(|entry| Committed {
            by: name(entry.by),
            ..entry.clone()
        });
        Self {
            glimpses,
            leaders: leaders.collect(),
            seen: self.seen.iter().map(|seen| seen.renamed(name)).collect(),
            committed: committed.collect(),
            ..self.clone()
        }
    }
}

/// Updates the memory after a step, and reports what changed.
#[inline]
pub(crate) fn observe<S: StateMachine>(
    memory: &mut Memory<S>,
    look: &Look<'_, Node<S>>,
    verdicts: &mut Verdicts,
) {
    if let Some(changed) = look.changed {
        memory.changed(look, changed, verdicts);
    }
    if !memory.reads.is_none() && !look.facts.is_empty() {
        memory.read_answered(look.facts, verdicts);
    }
}

impl<S: StateMachine> Memory<S> {
    #[inline]
    fn changed(&mut self, look: &Look<'_, Node<S>>, changed: NodeId, verdicts: &mut Verdicts) {
        match &look.nodes[changed.index()] {
            Some(Node::Server(server)) => {
                let same = match &self.glimpses[changed.index()] {
                    Some(before) => before.is_of(server),
                    None => false,
                };
                if !same {
                    self.server_changed(look, changed, server, verdicts);
                }
            }
            Some(Node::Client(client)) => {
                self.client_waits(changed, client.waits(), verdicts);
                self.client_reads(look.config, changed, Some(client));
            }
            None if changed.0 < look.config.servers_in_all() => {
                self.glimpses[changed.index()] = None;
                self.look_for_leader(look, verdicts);
            }
            None => {
                self.client_waits(changed, false, verdicts);
                self.client_reads(look.config, changed, None);
            }
        }
    }

    #[inline(never)]
    fn server_changed(
        &mut self,
        look: &Look<'_, Node<S>>,
        me: NodeId,
        server: &Server<S>,
        verdicts: &mut Verdicts,
    ) {
        let before = self.glimpses[me.index()].replace(Glimpse::of(server));
        let before = before.filter(|_| !look.booted);
        let log = server.log();
        let old = before.unwrap_or_default();
        if (old.last_index, old.digest) != (log.last_index(), log.digest()) {
            if old.leads
                && server.leads()
                && old.term == server.term()
                && log.digest_at(old.last_index) != Some(old.digest)
            {
                let how = Phrase::new("violation.leader-append-only")
                    .node("leader", me)
                    .int("term", old.term)
                    .int("last", old.last_index);
                verdicts.violated(LEADER_APPEND_ONLY, how);
            }
            if log.configuration().is_some() && self.reconfigured.is_none() {
                let initial = Members::initial(look.config);
                if server.members(look.config) != initial {
                    self.reconfigured = Rare::from(true);
                }
            }
            self.see_entries(me, log, verdicts);
        }
        if server.leads() && (!old.leads || old.term != server.term()) {
            self.leader_elected(me, server, verdicts);
        }
        if server.commit_index() > self.committed.len() {
            self.commit_grows(look, me, server, verdicts);
        }
        if server.last_applied() != old.last_applied {
            self.applied(me, server, verdicts);
        }
        // Who is needed may be others once there are other configurations than that of the beginning.
        let reconfigured = self.reconfigured.get().is_some() && old.digest != log.digest();
        if (old.leads, old.term) != (server.leads(), server.term())
            || before.is_none()
            || reconfigured
        {
            self.look_for_leader(look, verdicts);
        }
    }

    /// Log Matching: walks back from the end until an entry that is known with everything before it.
    fn see_entries(&mut self, me: NodeId, log: &Log<S>, verdicts: &mut Verdicts) {
        let last = log.last_index();
        let mut first_new = last + 1;
        while first_new > log.first_index() {
            let index = first_new - 1;
            let (term, digest) = at(log, index);
            if let Some(seen) = self.seen.get(index - 1).and_then(|seen| seen.of_term(term)) {
                if seen.digest == digest {
                    break;
                }
                let how = Phrase::new("violation.log-matching")
                    .node("one", me)
                    .node("other", seen.holder)
                    .int("index", index)
                    .int("term", term);
                verdicts.violated(LOG_MATCHING, how);
                return;
            }
            first_new = index;
        }
        for index in first_new..=last {
            let (term, digest) = at(log, index);
            let more = self.seen.get(index - 1).cloned().map(Arc::new);
            let seen = Seen {
                term,
                digest,
                holder: me,
                more,
            };
            match self.seen.get_mut(index - 1) {
                Some(slot) => *slot = seen,
                None => self.seen.push(seen),
            }
        }
    }

    /// Election Safety and Leader Completeness, for a server that now leads.
    fn leader_elected(&mut self, me: NodeId, server: &Server<S>, verdicts: &mut Verdicts) {
        let term = server.term();
        let mut place = self.leaders.len();
        while place > 0 && self.leaders.get(place - 1).is_some_and(|(t, _)| *t > term) {
            place -= 1;
        }
        match place.checked_sub(1).and_then(|at| self.leaders.get(at)) {
            Some(&(there, other)) if there == term => {
                if other != me {
                    let how = Phrase::new("violation.election-safety")
                        .node("one", other)
                        .node("other", me)
                        .int("term", term);
                    verdicts.violated(ELECTION_SAFETY, how);
                }
            }
            _ => {
                let later: Vec<_> = self.leaders.iter_from(place).copied().collect();
                self.leaders.truncate(place);
                self.leaders.push((term, me));
                self.leaders.extend(later);
            }
        }
        if self.leaders.len() == 1 {
            verdicts.met(LEADER_ELECTED);
        }
        self.check_completeness(me, server, verdicts);
    }

    /// Leader Completeness: a leader has every entry that was committed in an older term.
    fn check_completeness(&self, me: NodeId, server: &Server<S>, verdicts: &mut Verdicts) {
        let Some(index) = self.claimed_before(server.term()) else {
            return;
        };
        if let Some(index) = self.first_difference(server.log(), index) {
            let entry = &self.committed.get(index - 1).expect("it was compared");
            let how = Phrase::new("violation.leader-completeness")
                .node("leader", me)
                .int("term", server.term())
                .int("index", index)
                .node("other", entry.by)
                .int("committed_in", entry.in_term);
            verdicts.violated(LEADER_COMPLETENESS, how);
        }
    }

    /// The newest index that was claimed to be committed in a term before `term`.
    fn claimed_before(&self, term: u64) -> Option<u64> {
        let mut index = self.committed.len();
        loop {
            let entry = self.committed.get(index.checked_sub(1)?)?;
            if entry.in_term < term {
                return Some(index);
            }
            index = entry.older;
        }
    }

    /// The first index up to `index` where a log is not what is committed.
    fn first_difference(&self, log: &Log<S>, index: u64) -> Option<u64> {
        let agrees = |index: u64| {
            // Of what is compacted only the end is known: it agrees exactly if all before it does.
            let index = index.max(log.compacted());
            let committed = self.committed.get(index - 1).map(|entry| entry.digest);
            log.digest_at(index) == committed
        };
        if index == 0 || agrees(index) {
            return None;
        }
        // Digests agree up to the first difference, and never after it.
        let (mut low, mut high) = (1, index);
        while low < high {
            let middle = low + (high - low) / 2;
            if agrees(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    /// A server claims more to be committed than anybody before.
    fn commit_grows(
        &mut self,
        look: &Look<'_, Node<S>>,
        me: NodeId,
        server: &Server<S>,
        verdicts: &mut Verdicts,
    ) {
        let known = self.committed.len();
        if let Some(index) = self.first_difference(server.log(), known) {
            // It claims another history: what comes after it cannot be told apart any more.
            self.contradicts(me, index, verdicts);
            return;
        }
        let log = server.log();
        for index in known + 1..=server.commit_index().min(log.last_index()) {
            let Some(entry) = log.get(index) else { return };
            let retry = self.apply(index, &entry.payload);
            self.reads_see_commit(look.config, index, &entry.payload, retry);
            self.committed.push(Committed {
                digest: at(log, index).1,
                in_term: server.term(),
                older: self.claimed_before(server.term()).unwrap_or(0),
                by: me,
                machine: self.machine.digest(),
                retry,
            });
            if index == 1 {
                verdicts.met(ENTRY_COMMITTED);
            }
        }
        for (node, leader) in (0..).map(NodeId).zip(look.nodes) {
            let leader = leader.as_ref().and_then(Node::server);
            if let Some(leader) = leader.filter(|leader| leader.leads()) {
                self.check_completeness(node, leader, verdicts);
            }
        }
    }

    /// Applies an entry to the memory's own machine; returns whether it was a retry.
    fn apply(&mut self, index: u64, payload: &Payload<S>) -> bool {
        match payload {
            Payload::Noop => false,
            Payload::Register { .. } => {
                self.sessions.register(index);
                false
            }
            Payload::Command {
                client,
                session: 0,
                sequence,
                command,
            } => {
                let first = Arc::make_mut(&mut self.done).insert((*client, *sequence));
                if first {
                    self.machine.apply(command);
                }
                !first
            }
            Payload::Command {
                session,
                sequence,
                command,
                ..
            } => {
                let run = || self.machine.apply(command);
                let execution = self.sessions.execute(index, *session, *sequence, run);
                !matches!(execution, replicated::Execution::Applied(_))
            }
        }
    }

    /// State Machine Safety and exactly once, for a server that applied something.
    fn applied(&mut self, me: NodeId, server: &Server<S>, verdicts: &mut Verdicts) {
        let index = server.last_applied().min(self.committed.len());
        if index == 0 {
            return;
        }
        if let Some(index) = self.first_difference(server.log(), index) {
            self.contradicts(me, index, verdicts);
            return;
        }
        let Some(entry) = self.committed.get(index - 1) else {
            return;
        };
        if index == server.last_applied() && server.machine().digest() != entry.machine {
            let retries = (1..=index).rev().find(|index| {
                self.committed
                    .get(index - 1)
                    .is_some_and(|entry| entry.retry)
            });
            match retries {
                Some(retry) => verdicts.violated(
                    EXACTLY_ONCE,
                    Phrase::new("violation.exactly-once")
                        .node("node", me)
                        .int("index", retry),
                ),
                None => verdicts.violated(
                    STATE_MACHINE_SAFETY,
                    Phrase::new("violation.state-machine-safety-contents")
                        .node("node", me)
                        .int("index", index),
                ),
            }
        }
    }

    fn contradicts(&self, me: NodeId, index: u64, verdicts: &mut Verdicts) {
        if let Some(entry) = self.committed.get(index - 1) {
            let how = Phrase::new("violation.state-machine-safety")
                .node("one", entry.by)
                .node("other", me)
                .int("index", index);
            verdicts.violated(STATE_MACHINE_SAFETY, how);
        }
    }

    /// Whether a leader is up, with the majorities of its configuration, and of those that vote there nobody is in a newer term.
    fn look_for_leader(&mut self, look: &Look<'_, Node<S>>, verdicts: &mut Verdicts) {
        let up = || {
            let numbered = (0..).map(NodeId).zip(&self.glimpses);
            numbered.filter_map(|(node, seen)| Some((node, (*seen)?)))
        };
        let all: NodeSet = up().map(|(node, _)| node).collect();
        let has = up().filter(|(_, seen)| seen.leads).any(|(node, leads)| {
            let leader = look.nodes[node.index()].as_ref().and_then(Node::server);
            let quorum = leader.map(|leader| leader.members(look.config).quorum());
            quorum.is_some_and(|quorum| {
                let voters = quorum.all();
                let newest = |(node, seen): (NodeId, Glimpse)| {
                    seen.term <= leads.term || !voters.contains(node)
                };
                quorum.is_reached(all) && up().all(newest)
            })
        });
        if has != self.has_leader {
            self.has_leader = has;
            if has {
                verdicts.met(HAS_LEADER);
            } else {
                verdicts.owed(HAS_LEADER);
            }
        }
    }

    fn client_waits(&mut self, client: NodeId, waits: bool, verdicts: &mut Verdicts) {
        let bit = 1 << (client.0 % 64);
        let before = self.waiting;
        if waits {
            self.waiting |= bit;
        } else {
            self.waiting &= !bit;
        }
        if before == self.waiting {
            return;
        }
        let answered = self.waiting == 0;
        if answered != self.answered {
            self.answered = answered;
            if answered {
                verdicts.met(REQUESTS_ANSWERED);
            } else {
                verdicts.owed(REQUESTS_ANSWERED);
            }
        }
    }
}

/// The term and the running digest at an index that the log has.
fn at<S: StateMachine>(log: &Log<S>, index: u64) -> (u64, u64) {
    log.mark_at(index).unwrap_or((0, 0))
}
