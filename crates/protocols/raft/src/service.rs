//! The service that Raft carries: committed commands go into the state machine, clients get their answers (Raft §8; Ongaro
//! 2014, chapter 6).

use crate::message::Message;
use crate::order::{Order, Outcome};
use crate::server::{Cx, Server};
use crate::{Fact, Reason};
use protocol::NodeId;
use replicated::Payload;
use replicated::{ClientReply, ClientRequest, Execution, Order as _, StateMachine};

impl<S: StateMachine> Server<S> {
    /// A client asks.
    pub(crate) fn on_client_request(
        &mut self,
        cx: &mut Cx<'_, S>,
        client: NodeId,
        request: ClientRequest<S::Command, Order>,
    ) {
        if let ClientRequest::Order { sequence, order } = request
            && (order.of().is_some() || self.leads())
        {
            self.on_order(cx, client, sequence, order);
            return;
        }
        let sequence = request.sequence();
        if !self.leads() {
            self.point_to_leader(cx, client, sequence);
            return;
        }
        if self.takes_nothing_new(cx, client, sequence) {
            return;
        }
        let payload = match request {
            ClientRequest::Register { sequence, nonce } => Payload::Register {
                client,
                sequence,
                nonce,
            },
            ClientRequest::Command {
                session,
                sequence,
                command,
            } => {
                if let Some(output) = self.sessions.cached(session, sequence) {
                    let output = output.clone();
                    let reply = ClientReply::Done { sequence, output };
                    let reason = Reason::AnswersAgain { client, sequence };
                    cx.send(client, Message::ClientReply(reply), reason);
                    return;
                }
                Payload::Command {
                    client,
                    session,
                    sequence,
                    command,
                }
            }
            ClientRequest::Query {
                sequence,
                nonce,
                command,
            } => {
                self.on_query(cx, client, (sequence, nonce), command);
                return;
            }
            ClientRequest::Order { .. } => return,
        };
        let index = self.log.last_index() + 1;
        cx.note(match payload {
            Payload::Register { .. } => Reason::TakesRegistration { client, index },
            _ => Reason::TakesRequest {
                client,
                sequence,
                index,
            },
        });
        self.append(cx, payload);
    }

    /// Only a leader can do what a client wants.
    pub(crate) fn point_to_leader(&self, cx: &mut Cx<'_, S>, client: NodeId, sequence: u64) {
        let reply = ClientReply::NotLeader {
            sequence,
            hint: self.leader,
        };
        let reason = match self.leader {
            Some(leader) => Reason::NamesLeader { client, leader },
            None => Reason::KnowsNoLeader { client },
        };
        cx.send(client, Message::ClientReply(reply), reason);
    }

    /// A client orders something of the servers.
    #[inline(never)]
    fn on_order(&mut self, cx: &mut Cx<'_, S>, client: NodeId, sequence: u64, order: Order) {
        let outcome = match order {
            Order::Snapshot(_) => match self.take_snapshot(cx) {
                Some(index) => Outcome::Snapshot(index),
                None => Outcome::NothingToCompact,
            },
            Order::Change(change) => {
                if self.takes_nothing_new(cx, client, sequence) {
                    return;
                }
                self.on_change(cx, client, sequence, change);
                return;
            }
            Order::Transfer(to) => match self.begin_transfer(cx, client, sequence, to) {
                Some(outcome) => outcome,
                None => return,
            },
        };
        self.answer_order(cx, client, sequence, outcome);
    }

    /// Tells a client what came of its order.
    pub(crate) fn answer_order(
        &self,
        cx: &mut Cx<'_, S>,
        client: NodeId,
        sequence: u64,
        outcome: Outcome,
    ) {
        let reply = ClientReply::Ordered { sequence, outcome };
        let reason = Reason::AnswersOrder { client, sequence };
        cx.send(client, Message::ClientReply(reply), reason);
    }

    /// All servers, rule 1: applies what is committed, in order. The leader that took a request answers it.
    pub(crate) fn apply(&mut self, cx: &mut Cx<'_, S>) {
        while self.last_applied < self.commit_index {
            let index = self.last_applied + 1;
            let Some(entry) = self.log.get(index) else {
                // Only a broken variant commits what it does not have.
                return;
            };
            self.last_applied = index;
            let answers = entry.term == self.term && matches!(self.role, crate::Role::Leader(_));
            match &entry.payload {
                Payload::Noop => {}
                &Payload::Register {
                    client,
                    sequence,
                    nonce,
                } => {
                    self.sessions.register(index);
                    if answers {
                        let session = index;
                        let reply = ClientReply::Registered {
                            sequence,
                            nonce,
                            session,
                        };
                        let reason = Reason::SessionOpen { client, session };
                        cx.send(client, Message::ClientReply(reply), reason);
                    }
                }
                Payload::Command {
                    client,
                    session,
                    sequence,
                    command,
                } => {
                    let (client, session, sequence) = (*client, *session, *sequence);
                    let machine = &mut self.machine;
                    let execution = if session == 0 {
                        Execution::Applied(machine.apply(command))
                    } else {
                        let run = || machine.apply(command);
                        self.sessions.execute(index, session, sequence, run)
                    };
                    if answers {
                        if let Execution::Applied(_) = execution {
                            cx.tell(Fact::Applied {
                                index,
                                client,
                                command: command.clone(),
                            });
                        }
                        answer(cx, index, client, session, sequence, execution);
                    }
                }
            }
        }
        if self
            .reads
            .get()
            .is_some_and(|reads| !reads.waiting.is_empty())
        {
            self.serve_reads(cx);
        }
    }
}

/// Tells a client what came of its command at `index`.
fn answer<S: StateMachine>(
    cx: &mut Cx<'_, S>,
    index: u64,
    client: NodeId,
    session: u64,
    sequence: u64,
    execution: Execution<S::Output>,
) {
    let (reply, reason) = match execution {
        Execution::Applied(output) => (
            ClientReply::Done { sequence, output },
            Reason::AnswersApplied {
                client,
                sequence,
                index,
            },
        ),
        Execution::Repeated(output) => {
            cx.tell(Fact::RecognisedRetry {
                index,
                client,
                sequence,
            });
            (
                ClientReply::Done { sequence, output },
                Reason::AnswersAgain { client, sequence },
            )
        }
        Execution::Stale => {
            cx.note(Reason::CommandOutdated { client, sequence });
            return;
        }
        Execution::Expired => (
            ClientReply::SessionExpired { sequence },
            Reason::SessionUnknown { client, session },
        ),
    };
    cx.send(client, Message::ClientReply(reply), reason);
}
