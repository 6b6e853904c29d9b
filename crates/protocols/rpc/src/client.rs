//! A client: it begins calls when it is asked, and says how they end.

use crate::caller::{Caller, End, Ended, Open};
use crate::disk::{Disk, Write};
use crate::node::Cx;
use crate::{Answer, Call, Fact, Message, Op, Reason, Variant};
use protocol::{NodeId, OperationId};
use serde::Serialize;
use std::collections::BTreeMap;

/// A client.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Client {
    pub(crate) caller: Caller,
    /// Calls that begin as soon as they are on the disk, by number.
    unsaved: BTreeMap<u64, (Call, u64, Op)>,
}

impl Client {
    /// It starts. Where calls have keys that outlive a crash, it takes up those that had not ended, with a fresh deadline.
    pub(crate) fn boot(cx: &mut Cx<'_>, disk: &Disk) -> Self {
        let burst = cx.config().retry_budget_burst;
        let mut client = Self {
            caller: Caller::new(false, burst),
            unsaved: BTreeMap::new(),
        };
        if !disk.open.is_empty() {
            let count = disk.open.len() as u64;
            cx.tell(Fact::Resumed { count });
        }
        for (call, (key, op)) in &disk.open {
            client.begin(cx, *call, *key, *op);
        }
        client
    }

    /// The calling side.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The calls that begin as soon as they are on the disk.
    pub(crate) fn unsaved(&self) -> impl Iterator<Item = Call> + '_ {
        self.unsaved.values().map(|(call, ..)| *call)
    }

    /// Somebody asks for an operation.
    pub(crate) fn on_request(&mut self, cx: &mut Cx<'_>, id: OperationId, op: Op) {
        let call = Call::new(id, cx.config());
        let key = match cx.variant() {
            Variant::KeyReused => u64::from(op.account()) + 1,
            _ => call.number,
        };
        if cx.config().resumes() {
            self.unsaved.insert(call.number, (call, key, op));
            cx.save(Write::Begun { call, key, op });
            cx.notify_saved(call.number);
        } else {
            self.begin(cx, call, key, op);
        }
    }

    /// A call is on the disk: it begins, and its time runs.
    pub(crate) fn on_saved(&mut self, cx: &mut Cx<'_>, number: u64) {
        if let Some((call, key, op)) = self.unsaved.remove(&number) {
            self.begin(cx, call, key, op);
        }
    }

    fn begin(&mut self, cx: &mut Cx<'_>, call: Call, key: u64, op: Op) {
        let config = cx.config();
        let first = NodeId((call.number.wrapping_sub(1) % config.frontends) as u16);
        let deadline_us = cx.now_us() + config.deadline_us;
        let servers = (NodeId(0), config.frontends);
        let open = Open::new(op, key, first, servers, deadline_us);
        let ended = self.caller.begin(cx, (call, 0), open);
        self.end(cx, ended);
    }

    pub(crate) fn on_timer(&mut self, cx: &mut Cx<'_>) {
        let ended = self.caller.on_timer(cx);
        self.end(cx, ended);
    }

    pub(crate) fn on_message(&mut self, cx: &mut Cx<'_>, from: NodeId, message: Message) {
        match message {
            Message::Reply { tag, outcome } => {
                let ended = self.caller.on_reply(cx, from, tag, outcome);
                self.end(cx, ended);
            }
            Message::Working { tag } => self.caller.on_working(cx, from, tag),
            _ => cx.note(Reason::Misdirected { from }),
        }
    }

    fn end(&mut self, cx: &mut Cx<'_>, ended: impl IntoIterator<Item = Ended>) {
        for Ended { ticket, open, end } in ended {
            let call = ticket.0;
            let answer = match end {
                End::Done(balance) => Answer::Balance(balance),
                End::Failed(failure) => Answer::Failed(failure),
            };
            if matches!(end, End::Failed(_)) || open.attempts > 1 {
                Caller::cancel(cx, ticket, &open, false);
            }
            if cx.config().resumes() {
                cx.save(Write::Ended { call });
            }
            cx.answer(call.operation(), answer);
            cx.tell(Fact::Ended {
                call,
                op: open.op,
                answer,
                attempts: open.attempts,
            });
        }
    }
}
