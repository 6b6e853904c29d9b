//! Why a client has no answer: how far its request has come, from its own side to the leader's.

use crate::{Client, Order, Payload, StateMachine, Wish};
use protocol::{NodeId, Phrase, WhyNot};

/// What an observer sees of a client's outstanding request at the server that leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AtLeader {
    /// Who leads.
    pub leader: NodeId,
    /// Where the request stands in its log.
    pub index: Option<u64>,
    /// Up to where it has committed.
    pub committed: u64,
}

/// Why the outstanding request of client `me` has no answer; `None` if it waits for none. `sessions` is whether clients open
/// sessions.
pub fn no_answer<S: StateMachine, O: Order>(
    client: &Client<S, O>,
    me: NodeId,
    sessions: bool,
    at_leader: Option<AtLeader>,
) -> Option<WhyNot> {
    if let Wish::Order(_) = client.outstanding()?.0 {
        // How far an order has come is for its protocol to say.
        return None;
    }
    let asked = Phrase::new("question.no-answer").node("node", me);
    let Some(at) = at_leader else {
        let nobody = Phrase::new("guard.nobody-answers").node("node", me);
        return Some(WhyNot::new(asked).guard(false, nobody));
    };
    let (leader, target) = (at.leader, client.target());
    let of_both = |key| Phrase::new(key).node("node", me).node("leader", leader);
    let mut why = WhyNot::new(asked).guard(true, of_both("guard.somebody-leads"));
    // Whoever was asked first matters no more once the request stands in the log.
    why = if let Some(index) = at.index {
        why.guard(true, of_both("guard.request-in-log").int("index", index))
    } else if target == leader {
        why.guard(false, of_both("guard.request-not-in-log"))
    } else {
        let other = of_both("guard.asks-another").node("target", target);
        why.guard(false, other)
    };
    if let Some(index) = at.index {
        let committed = at.committed >= index;
        let key = if committed {
            "guard.request-committed"
        } else {
            "guard.request-uncommitted"
        };
        let says = of_both(key)
            .int("index", index)
            .int("committed", at.committed);
        why = why.guard(committed, says);
        if committed {
            let opens = sessions && client.session().is_none();
            why = why.guard(
                false,
                of_both(if opens {
                    "guard.registration-on-its-way"
                } else {
                    "guard.answer-on-its-way"
                }),
            );
        }
    }
    Some(why)
}

/// Whether `payload` is what client `me` waits for: its outstanding request, or the registration that it needs first.
pub fn is_awaited<S: StateMachine, O: Order>(
    payload: &Payload<S>,
    client: &Client<S, O>,
    me: NodeId,
    sessions: bool,
) -> bool {
    let opens = sessions && client.session().is_none();
    let (registers, of, number) = match payload {
        Payload::Noop => return false,
        Payload::Register {
            client: of,
            sequence,
            ..
        } => (true, of, sequence),
        Payload::Command {
            client: of,
            sequence,
            ..
        } => (false, of, sequence),
    };
    registers == opens && *of == me && *number == client.sequence()
}
