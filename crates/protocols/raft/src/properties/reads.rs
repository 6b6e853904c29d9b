//! Reads that are answered without log entries, looked at from outside: what a client is told was so at some time after it asked.
//!
//! What is read is followed for each client from its asking on: what the state that is committed says of it, and how that changes
//! with each entry that is committed until the client has an answer.

use super::{LEASE_READS_CURRENT, Memory, READS_CURRENT};
use crate::order::Order;
use crate::rare::Rare;
use crate::{Fact, RaftConfig};
use protocol::{Arg, NodeId, OperationId, Phrase, Say, Verdicts};
use replicated::{Client, StateMachine};
use std::sync::Arc;

/// The last read of a client.
#[derive(Clone, Hash, Debug)]
pub(super) struct Read<S: StateMachine> {
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
    /// What the answer would have been, from which index on.
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
        if let Some(reads) = self.reads.get_mut()
            && let Some(read) = reads.iter_mut().find(|read| read.client == me)
        {
            read.open = asks.as_ref().is_some_and(|(id, ..)| read.id == *id);
            if read.open {
                return;
            }
        }
        let Some((id, client, command)) = asks else {
            return;
        };
        let asked_at = self.committed.len();
        let read = Read {
            client: me,
            id,
            sequence: client.sequence(),
            nonce: client.nonce(),
            command: Arc::new(command.clone()),
            asked_at,
            until: asked_at,
            open: true,
            answers: vec![(asked_at, self.machine.apply(command))],
        };
        if self.reads.is_none() {
            self.reads = Rare::from(Vec::new());
        }
        if let Some(reads) = self.reads.get_mut() {
            reads.retain(|read| read.client != me);
            reads.push(read);
        }
    }

    /// An entry is committed: what would open reads be told now?
    pub(super) fn reads_see_commit(&mut self, index: u64) {
        let Some(reads) = self.reads.get_mut() else {
            return;
        };
        for read in reads.iter_mut().filter(|read| read.open) {
            read.until = index;
            let answer = self.machine.apply(&read.command);
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
            let Some(read) = self.reads.get().and_then(|reads| {
                reads.iter().find(|read| {
                    (read.client, read.sequence, read.nonce) == (*client, *sequence, *nonce)
                })
            }) else {
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
