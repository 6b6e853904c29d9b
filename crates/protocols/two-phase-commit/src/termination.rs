//! What a participant in doubt does when the decision does not come: it asks the coordinator, and if they cooperate, the other
//! participants (Bernstein, Hadzilacos and Goodman 1987, §7.4). While nobody knows, it is blocked, and keeps its locks.

use crate::coordinator::Cx;
use crate::disk::Outcome;
use crate::message::Message;
use crate::participant::Participant;
use crate::{Fact, Reason, Variant};
use protocol::NodeId;

impl Participant {
    /// Time is over for something that it is in doubt of.
    pub(crate) fn on_silence(&mut self, cx: &mut Cx<'_>, tx: u64) {
        let Some(doubt) = self.doubts.get(&tx) else {
            return;
        };
        match cx.variant() {
            Variant::ChangesMind => return self.abort(cx, tx, cx.me()),
            Variant::CommitsOnTimeout
                if cx.config().three_phase() && !doubt.pre_committed && !doubt.recovered =>
            {
                return self.commit(cx, tx, cx.me());
            }
            _ => {}
        }
        if cx.config().three_phase() && !doubt.recovered {
            return self.terminate(cx, tx);
        }
        let coordinator = doubt.work.coordinator;
        if doubt.rounds > 0 && !doubt.blocked && !doubt.ignorant.contains_key(&coordinator) {
            let ignorant = doubt.ignorant.keys().copied().collect();
            if let Some(doubt) = self.doubts.get_mut(&tx) {
                doubt.blocked = true;
            }
            cx.tell(Fact::Blocked {
                tx,
                coordinator,
                ignorant,
            });
        }
        self.inquire(cx, tx);
    }

    /// Asks who may know, and asks again after a while.
    pub(crate) fn inquire(&mut self, cx: &mut Cx<'_>, tx: u64) {
        let cooperative = cx.config().cooperative || cx.config().three_phase();
        let wait_us = cx.config().answer_timeout_us;
        let Some(doubt) = self.doubts.get_mut(&tx) else {
            return;
        };
        doubt.rounds += 1;
        doubt.ignorant.clear();
        doubt.deadline_us = cx.now_us() + wait_us;
        let to = doubt.work.coordinator;
        cx.send(
            to,
            Message::Inquiry { tx },
            Reason::AsksCoordinator { tx, to },
        );
        if cooperative {
            for to in doubt.work.others(cx.me()) {
                cx.send(to, Message::Inquiry { tx }, Reason::AsksPeer { tx, to });
            }
        }
    }

    /// Somebody in doubt, or a coordinator that was down, asks what became of it.
    pub(crate) fn on_inquiry(&mut self, cx: &mut Cx<'_>, to: NodeId, tx: u64) {
        if let Some(doubt) = self.doubts.get(&tx) {
            let message = Message::Undecided {
                tx,
                recovered: doubt.recovered,
                pre_committed: doubt.pre_committed,
            };
            cx.send(to, message, Reason::InDoubtToo { tx, to });
        } else {
            self.tell_outcome(cx, to, tx);
        }
    }

    /// Tells what it knows of a transaction that it is not in doubt of. Where it knows nothing it has not voted, and refuses.
    pub(crate) fn tell_outcome(&mut self, cx: &mut Cx<'_>, to: NodeId, tx: u64) {
        let commit = match self.outcomes().get(&tx) {
            Some(Outcome::Committed) => true,
            // Whoever tells this durably knows that no commit can come: from the coordinator, or from its own promise.
            Some(Outcome::Aborted | Outcome::Refused) => false,
            None => return self.refuse(cx, tx, to),
        };
        let message = if commit {
            Message::Commit { tx }
        } else {
            Message::Abort { tx }
        };
        cx.send(to, message, Reason::TellsPeer { tx, to, commit });
    }

    /// Whom it asked does not know either.
    pub(crate) fn on_undecided(
        &mut self,
        cx: &mut Cx<'_>,
        from: NodeId,
        tx: u64,
        state: (bool, bool),
    ) {
        cx.note(Reason::HearsNothingNew { tx, from });
        let Some(doubt) = self.doubts.get_mut(&tx) else {
            return;
        };
        doubt.ignorant.insert(from, state);
        if from == doubt.work.coordinator && doubt.blocked {
            // Somebody who will decide is back.
            doubt.blocked = false;
            cx.tell(Fact::Unblocked { tx });
        }
        if cx.config().three_phase() {
            self.all_back(cx, tx);
        }
    }
}
