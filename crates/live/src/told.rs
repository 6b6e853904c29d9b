//! From the protocol's own types to the plain data of a trace, as the simulator tells it. Only for whoever watches.

use crate::letter::Stamp;
use crate::machine::Setting;
use crate::node::Wired;
use protocol::{NodeId, Say};
use trace::{Fate, MessageRef, Outcome};

/// A message as an event refers to it.
pub(crate) fn message<P: Wired>(
    setting: &Setting<P>,
    stamp: &Stamp,
    (from, to): (NodeId, NodeId),
    body: &P::Message,
) -> MessageRef {
    MessageRef {
        name: stamp.name,
        from,
        to,
        sent_us: stamp.sent_us,
        view: P::message_view(body),
        body: Some(trace::tree(body, &setting.labels)),
    }
}

/// A message leaves. When it will arrive nobody knows: `due_us` is when it left.
pub(crate) fn sent<P: Wired>(
    setting: &Setting<P>,
    stamp: &Stamp,
    to: NodeId,
    body: &P::Message,
    reason: &P::Reason,
) -> Outcome {
    Outcome::Sent {
        message: message(setting, stamp, (setting.me, to), body),
        due_us: stamp.sent_us,
        fate: Fate::Flying,
        reason: reason.phrase(setting.me),
    }
}
