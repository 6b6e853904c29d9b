//! A snapshot: what the commands up to an index came to, in place of the commands themselves (Chandra 2007, §5.5; Ongaro 2014,
//! chapter 5).

use crate::{Sessions, StateMachine};
use serde::Serialize;

/// The replicated state after the entry at [`Self::index`]: the machine, and the sessions that belong to it. A clone is a few
/// reference counts if the machine shares what is large.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Snapshot<S: StateMachine> {
    /// The index of the last entry that it stands for; 0: none, the beginning.
    pub index: u64,
    /// The machine after that entry.
    pub machine: S,
    /// The sessions after that entry.
    pub sessions: Sessions<S::Output>,
}

impl<S: StateMachine> Default for Snapshot<S> {
    fn default() -> Self {
        Self {
            index: 0,
            machine: S::default(),
            sessions: Sessions::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Execution, KeyValue, KvCommand};

    #[test]
    fn what_comes_later_does_not_change_a_snapshot() {
        let mut live = Snapshot::<KeyValue>::default();
        let put = |value: &str| KvCommand::Put {
            key: "x".into(),
            value: value.into(),
        };
        live.sessions.register(1);
        let machine = &mut live.machine;
        live.sessions.execute(2, 1, 1, || machine.apply(&put("a")));
        live.index = 2;
        let taken = live.clone();
        let machine = &mut live.machine;
        live.sessions.execute(3, 1, 2, || machine.apply(&put("b")));
        assert_eq!(
            taken.machine.get("x").map(|value| value.as_str()),
            Some("a")
        );
        // A retry is still recognised by what the snapshot knows.
        let mut restored = taken;
        let machine = &mut restored.machine;
        let again = restored
            .sessions
            .execute(3, 1, 1, || machine.apply(&put("c")));
        assert!(matches!(again, Execution::Repeated(_)));
    }
}
