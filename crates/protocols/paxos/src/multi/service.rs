//! The service that Multi-Paxos carries: chosen commands go into the state machine in the order of the slots, clients get their
//! answers.

use crate::multi::server::{Cx, Role, Server};
use crate::multi::{Fact, Message, Reason};
use protocol::NodeId;
use replicated::{Applied, ClientReply, ClientRequest, Execution, Payload, StateMachine};

impl<S: StateMachine> Server<S> {
    /// A client asks.
    pub(crate) fn on_client_request(
        &mut self,
        cx: &mut Cx<'_, S>,
        client: NodeId,
        request: ClientRequest<S::Command>,
    ) {
        let sequence = request.sequence();
        let Role::Leader(leader) = &self.role else {
            let hint = self.leader.filter(|leader| *leader != cx.me());
            let reply = ClientReply::NotLeader { sequence, hint };
            let reason = match hint {
                Some(leader) => Reason::NamesLeader { client, leader },
                None => Reason::KnowsNoLeader { client },
            };
            cx.send(client, Message::ClientReply(reply), reason);
            return;
        };
        let open = (self.log.chosen() + 1..leader.next).find(|slot| {
            let vote = self.log.get(*slot);
            vote.is_some_and(|vote| vote.payload.operation() == Some((client, sequence)))
        });
        if open.is_some() || leader.queues((client, sequence)) {
            cx.note(Reason::UnderWay { client, sequence });
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
                if let Some(output) = self.replica.sessions.cached(session, sequence) {
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
            ClientRequest::Query { .. } => {
                cx.note(Reason::Misdirected { from: client });
                return;
            }
        };
        cx.note(Reason::TakesRequest { client, sequence });
        self.take(cx, payload);
    }

    /// Applies what is chosen, slot after slot. A leader answers.
    pub(crate) fn apply(&mut self, cx: &mut Cx<'_, S>) {
        while self.replica.index < self.log.chosen() {
            let slot = self.replica.index + 1;
            let Some(vote) = self.log.get(slot) else {
                // What is chosen and not kept is in the snapshot that was installed.
                return;
            };
            let applied = self.replica.apply(&vote.payload);
            if matches!(self.role, Role::Leader(_)) {
                answer(cx, slot, &vote.payload, applied);
            }
        }
    }
}

/// Tells a client what came of the entry in `slot`.
fn answer<S: StateMachine>(
    cx: &mut Cx<'_, S>,
    slot: u64,
    payload: &Payload<S>,
    applied: Applied<S::Output>,
) {
    let Some((client, sequence)) = payload.operation() else {
        return;
    };
    let (reply, reason) = match applied {
        Applied::Nothing => return,
        Applied::Registered => (
            ClientReply::Registered {
                sequence,
                nonce: payload.nonce(),
                session: slot,
            },
            Reason::SessionOpen {
                client,
                session: slot,
            },
        ),
        Applied::Executed(Execution::Applied(output)) => {
            if let Payload::Command { command, .. } = payload {
                cx.tell(Fact::Applied {
                    slot,
                    client,
                    command: command.clone(),
                });
            }
            let reason = Reason::AnswersApplied {
                client,
                sequence,
                slot,
            };
            (ClientReply::Done { sequence, output }, reason)
        }
        Applied::Executed(Execution::Repeated(output)) => {
            cx.tell(Fact::RecognisedRetry {
                slot,
                client,
                sequence,
            });
            let reason = Reason::AnswersAgain { client, sequence };
            (ClientReply::Done { sequence, output }, reason)
        }
        Applied::Executed(Execution::Stale) => {
            cx.note(Reason::CommandOutdated { client, sequence });
            return;
        }
        Applied::Executed(Execution::Expired) => (
            ClientReply::SessionExpired { sequence },
            Reason::SessionUnknown { client },
        ),
    };
    cx.send(client, Message::ClientReply(reply), reason);
}
