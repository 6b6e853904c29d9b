//! What is replicated: the entries of a log, and what they came to, up to an index.
//!
//! Knows nothing of how the entries got into their order.

use crate::{Execution, Sessions, StateMachine};
use protocol::NodeId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What an entry of a log is for.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
#[serde(rename_all = "kebab-case")]
pub enum Payload<S: StateMachine> {
    /// Nothing: what a new leader begins with, or fills a gap with.
    Noop,
    /// A client opens a session, whose name is the entry's index.
    Register {
        /// Who asked.
        client: NodeId,
        /// The operation that waits for it.
        sequence: u64,
        /// What tells it from what the client asked before it restarted.
        nonce: u64,
    },
    /// A command to the state machine.
    Command {
        /// Who asked.
        client: NodeId,
        /// Its session; 0: none.
        session: u64,
        /// Its operation.
        sequence: u64,
        /// What to do.
        command: Arc<S::Command>,
    },
}

impl<S: StateMachine> Payload<S> {
    /// A few characters that stand for it, the same in every language: `x←3`.
    pub fn label(&self) -> String {
        match self {
            Self::Noop => "∅".into(),
            Self::Register { .. } => "+".into(),
            Self::Command { command, .. } => S::label(command),
        }
    }

    /// The nonce of a request for a session; 0 of everything else.
    pub const fn nonce(&self) -> u64 {
        match self {
            Self::Register { nonce, .. } => *nonce,
            Self::Noop | Self::Command { .. } => 0,
        }
    }

    /// The client's operation that it is for, if it is for one.
    pub const fn operation(&self) -> Option<(NodeId, u64)> {
        match self {
            Self::Noop => None,
            Self::Register {
                client, sequence, ..
            }
            | Self::Command {
                client, sequence, ..
            } => Some((*client, *sequence)),
        }
    }
}

/// The replicated state after the entry at [`Self::index`]: the machine, and the sessions that belong to it.
///
/// A copy of it is a snapshot (Chandra 2007, §5.5; Ongaro 2014, chapter 5): it stands for the entries up to its index. A clone
/// is a few reference counts if the machine shares what is large.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
pub struct Replica<S: StateMachine> {
    /// The index of the last entry that was applied; 0: none.
    pub index: u64,
    /// The machine after that entry.
    pub machine: S,
    /// The sessions after that entry.
    pub sessions: Sessions<S::Output>,
}

/// What came of an entry.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Applied<O> {
    /// Nothing: it was empty.
    Nothing,
    /// A session is open: its name is the entry's index.
    Registered,
    /// A command was carried out, or found to have been.
    Executed(Execution<O>),
}

impl<S: StateMachine> Default for Replica<S> {
    fn default() -> Self {
        Self {
            index: 0,
            machine: S::default(),
            sessions: Sessions::default(),
        }
    }
}

impl<S: StateMachine> Replica<S> {
    /// Applies the entry after the last one.
    pub fn apply(&mut self, payload: &Payload<S>) -> Applied<S::Output> {
        self.index += 1;
        match payload {
            Payload::Noop => Applied::Nothing,
            Payload::Register { .. } => {
                self.sessions.register(self.index);
                Applied::Registered
            }
            Payload::Command {
                session: 0,
                command,
                ..
            } => Applied::Executed(Execution::Applied(self.machine.apply(command))),
            Payload::Command {
                session,
                sequence,
                command,
                ..
            } => {
                let machine = &mut self.machine;
                let run = || machine.apply(command);
                let execution = self.sessions.execute(self.index, *session, *sequence, run);
                Applied::Executed(execution)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyValue, KvCommand};

    #[test]
    fn a_snapshot_is_not_changed_by_what_comes_later_and_knows_retries() {
        let put = |sequence, value: &str| Payload::<KeyValue>::Command {
            client: NodeId(5),
            session: 1,
            sequence,
            command: Arc::new(KvCommand::Put {
                key: "x".into(),
                value: value.into(),
            }),
        };
        let client = NodeId(5);
        let mut live = Replica::default();
        let register = Payload::Register {
            client,
            sequence: 1,
            nonce: 7,
        };
        assert_eq!(live.apply(&register), Applied::Registered);
        live.apply(&put(1, "a"));
        let snapshot = live.clone();
        live.apply(&put(2, "b"));
        assert_eq!(live.apply(&Payload::Noop), Applied::Nothing);
        assert_eq!(live.index, 4);
        assert_eq!(snapshot.index, 2);
        assert_eq!(
            snapshot
                .machine
                .get(&"x".into())
                .map(|value| value.as_str()),
            Some("a")
        );
        let mut restored = snapshot;
        let again = restored.apply(&put(1, "c"));
        assert!(matches!(again, Applied::Executed(Execution::Repeated(_))));
        assert_eq!(
            restored
                .machine
                .get(&"x".into())
                .map(|value| value.as_str()),
            Some("a")
        );
    }
}
