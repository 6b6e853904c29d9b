//! Reads that are answered without log entries, looked at from outside: what a client is told was so at some time after it asked.
//!
//! What is read is followed for each client from its asking on: what the state that is committed says of it, and how that changes
//! with each entry that is committed until the client has an answer.

use super::{LEASE_READS_CURRENT, Memory, READS_CURRENT};
use crate::order::Order;
use crate::rare::Rare;
use crate::{Fact, RaftConfig};
use protocol::{Arg, NodeId, OperationId, Phrase, Say, Verdicts};
use replicated::{Client, Payload, StateMachine};
use std::sync::Arc;

/// The clients' reads, and the state that they read.
#[derive(Clone, Hash, Debug)]
pub(super) struct Followed<S: StateMachine> {
    /// What the committed entries come to as servers apply them: a retry without a session twice. That it is one is not for reads
    /// to answer for.
    machine: S,
    /// The last read of each client.
    reads: Vec<Read<S>>,
}

impl<S: StateMachine> Default for Followed<S> {
    fn default() -> Self {
        Self {
            machine: S::default(),
            reads: Vec::new(),
        }
    }
}

/// The last read of a client.
#[derive(Clone, Hash, Debug)]
struct Read<S: StateMachine> {
    client: NodeId,
    id: OperationId,
    sequence: u64,
    nonce: u64,
    command: Arc<S::Command>,
    /// What was committed when it was asked.
    asked_at: u64,
    /// What was committed when its client last waited for it.
    until: u64,
    open: bool,
    /// What the answers may be: that of the state when it was asked, and of those since then, from which index on.
    answers: Vec<(u64, S::Output)>,
}

impl<S: StateMachine> Memory<S> {
    /// A client may have asked for a read, or may wait for it no longer.
    pub(super) fn client_reads(
        &mut self,
        config: &RaftConfig,
        me: NodeId,
        client: Option<&Client<S, Order>>,
    ) {
        if !config.reads_without_log() {
            return;
        }
        let asks = client.and_then(|client| {
            let (id, command) = client.asks()?;
            S::only_reads(command).then_some((id, client, command))
        });
        let followed = self.followed();
        let mut known = followed.reads.iter_mut();
        if let Some(read) = known.find(|read| read.client == me) {
            read.open = asks.as_ref().is_some_and(|(id, ..)| read.id == *id);
            if read.open {
                return;
            }
        }
        let Some((id, client, command)) = asks else {
            return;
        };
        let asked_at = self.committed.len();
        let followed = self.followed();
        let read = Read {
            client: me,
            id,
            sequence: client.sequence(),
            nonce: client.nonce(),
            command: Arc::new(command.clone()),
            asked_at,
            until: asked_at,
            open: true,
            answers: vec![(asked_at, followed.machine.apply(command))],
        };
        followed.reads.retain(|read| read.client != me);
        followed.reads.push(read);
    }

    fn followed(&mut self) -> &mut Followed<S> {
        if self.reads.is_none() {
            self.reads = Rare::from(Followed::default());
        }
        self.reads.get_mut().expect("it is there now")
    }

    /// An entry is committed: what would open reads be told now?
    pub(super) fn reads_see_commit(
        &mut self,
        config: &RaftConfig,
        index: u64,
        payload: &Payload<S>,
        retry: bool,
    ) {
        if !config.reads_without_log() {
            return;
        }
        let Followed { machine, reads } = self.followed();
        if let Payload::Command {
            session, command, ..
        } = payload
            && (*session == 0 || !retry)
        {
            machine.apply(command);
        }
        for read in reads.iter_mut().filter(|read| read.open) {
            read.until = index;
            let answer = machine.apply(&read.command);
            if read.answers.last().is_none_or(|(_, last)| *last != answer) {
                read.answers.push((index, answer));
            }
        }
    }

    /// A server has answered a read.
    #[inline(never)]
    pub(super) fn read_answered(&self, facts: &[(NodeId, Fact<S>)], verdicts: &mut Verdicts) {
        for (node, fact) in facts {
            let Fact::AnsweredRead {
                client,
                sequence,
                nonce,
                output,
                index,
                by_lease,
                ..
            } = fact
            else {
                continue;
            };
            let named = |read: &&Read<S>| {
                (read.client, read.sequence, read.nonce) == (*client, *sequence, *nonce)
            };
            let Some(followed) = self.reads.get() else {
                return;
            };
            let Some(read) = followed.reads.iter().find(named) else {
                continue;
            };
            // An answer that comes after another was heard tells its client nothing.
            let counts = read.open || *index <= read.until;
            if !counts || read.answers.iter().any(|(_, answer)| *answer == **output) {
                continue;
            }
            let property = if *by_lease {
                LEASE_READS_CURRENT
            } else {
                READS_CURRENT
            };
            let how = Phrase::new("violation.reads-current")
                .node("node", *node)
                .node("client", *client)
                .operation("sequence", *sequence)
                .with("output", Arg::Phrase(Box::new(output.phrase(*node))))
                .int("index", *index)
                .int("committed", read.asked_at);
            verdicts.violated(property, how);
        }
    }
}
