//! Client sessions (Ongaro 2014, §6.3): a retried command is recognised by its sequence number and not applied again.
//!
//! Part of the replicated state: every server makes the same changes at the same index, so that expiry is deterministic.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many sessions are kept: one more, and the session that was idle for longest expires.
pub const SESSIONS_MAX: usize = 32;

/// One client's session.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
struct Session<O> {
    /// Its name: the index of the entry that registered it.
    id: u64,
    /// The newest sequence number that was applied; 0: none yet.
    sequence: u64,
    /// The answer to that one.
    output: Option<O>,
    /// The index of the entry that last used it.
    used: u64,
}

/// The sessions, by name. A clone is one reference count.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Sessions<O>(Arc<Vec<Session<O>>>);

impl<O> Default for Sessions<O> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

/// What came of a command under a session.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Execution<O> {
    /// It was applied now.
    Applied(O),
    /// It had been applied before: this is the answer of then.
    Repeated(O),
    /// A later command of the session was applied already: nobody waits for this one.
    Stale,
    /// The session is not known, or no longer.
    Expired,
}

impl<O: Clone> Sessions<O> {
    /// How many there are.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Opens the session named by `index`, the place of its registration in the log. Indices come in increasing order.
    pub fn register(&mut self, index: u64) {
        let sessions = Arc::make_mut(&mut self.0);
        if sessions.len() == SESSIONS_MAX {
            let idle = (0..sessions.len())
                .min_by_key(|place| sessions[*place].used)
                .expect("there are sessions");
            sessions.remove(idle);
        }
        sessions.push(Session {
            id: index,
            sequence: 0,
            output: None,
            used: index,
        });
    }

    /// The same sessions, as if none had asked anything yet.
    #[must_use]
    pub fn begun_anew(&self) -> Self {
        let anew = |session: &Session<O>| Session {
            id: session.id,
            sequence: 0,
            output: None,
            used: session.used,
        };
        Self(Arc::new(self.0.iter().map(anew).collect()))
    }

    /// The answer to command `sequence` of `session`, if that is the newest one applied.
    pub fn cached(&self, session: u64, sequence: u64) -> Option<&O> {
        let place = self.place(session)?;
        let session = &self.0[place];
        (session.sequence == sequence)
            .then_some(session.output.as_ref())
            .flatten()
    }

    /// Carries out command `sequence` of `session`, which stands at `index`, by `apply`, unless it was carried out before.
    pub fn execute(
        &mut self,
        index: u64,
        session: u64,
        sequence: u64,
        apply: impl FnOnce() -> O,
    ) -> Execution<O> {
        let Some(place) = self.place(session) else {
            return Execution::Expired;
        };
        let session = &mut Arc::make_mut(&mut self.0)[place];
        session.used = index;
        if sequence < session.sequence {
            return Execution::Stale;
        }
        match &session.output {
            Some(output) if sequence == session.sequence => Execution::Repeated(output.clone()),
            _ => {
                let output = apply();
                session.sequence = sequence;
                session.output = Some(output.clone());
                Execution::Applied(output)
            }
        }
    }

    fn place(&self, session: u64) -> Option<usize> {
        self.0.binary_search_by_key(&session, |known| known.id).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_applied_once() {
        let mut sessions = Sessions::default();
        sessions.register(3);
        let mut count = 0u64;
        let mut run = |sessions: &mut Sessions<u64>, index, sequence| {
            sessions.execute(index, 3, sequence, || {
                count += 1;
                count
            })
        };
        assert_eq!(run(&mut sessions, 4, 1), Execution::Applied(1));
        assert_eq!(run(&mut sessions, 5, 1), Execution::Repeated(1));
        assert_eq!(run(&mut sessions, 6, 2), Execution::Applied(2));
        assert_eq!(run(&mut sessions, 7, 1), Execution::Stale);
        assert_eq!(sessions.cached(3, 2), Some(&2));
        assert_eq!(sessions.cached(3, 1), None);
    }

    #[test]
    fn the_longest_idle_session_expires() {
        let mut sessions = Sessions::default();
        for index in 1..=SESSIONS_MAX as u64 {
            sessions.register(index);
        }
        assert_eq!(
            sessions.execute(100, 1, 1, || 7),
            Execution::Applied(7),
            "session 1 is in use"
        );
        sessions.register(101);
        assert_eq!(sessions.execute(102, 2, 1, || 7), Execution::Expired);
        assert_eq!(sessions.execute(103, 1, 2, || 8), Execution::Applied(8));
        assert_eq!(sessions.len(), SESSIONS_MAX as u64);
    }
}
