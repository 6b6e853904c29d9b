//! The client node: finds the server that leads, times out, tries again with the same sequence number.
//!
//! A pure machine over whatever protocol carries it (see [`Carrier`]). One operation is outstanding, further ones wait in a
//! queue. It never makes up an outcome: it asks until it hears one, and what nobody can tell stays [`Answer::Unknown`].

use crate::{Answer, ClientReason, NoOrder, Order, StateMachine, Wish};
use protocol::{Context, Distribution, NodeId, OperationId, Protocol, Purpose};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

const NONCE: Purpose = Purpose::new("nonce");
/// Of two, in one restart among four thousand million, both are the same.
const NONCES: Distribution = Distribution::Uniform {
    min: 1,
    max: (1 << 32) - 1,
};

/// What a client sends to a server (Ongaro 2014, figure 6.1).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientRequest<C, O = NoOrder> {
    /// RegisterClient: open a session, so that operation `sequence` can be asked.
    Register {
        /// The operation that waits for it.
        sequence: u64,
        /// What tells it from what this client asked before it restarted.
        nonce: u64,
    },
    /// ClientRequest: carry out a command.
    Command {
        /// The session; 0: none, and the command may be applied twice.
        session: u64,
        /// Grows with every operation of this client; a retry has the same one.
        sequence: u64,
        /// What to do.
        command: Arc<C>,
    },
    /// Something that is ordered of the servers themselves. It needs no session: ordered again, it changes nothing more.
    Order {
        /// Which operation of this client.
        sequence: u64,
        /// What is ordered.
        order: O,
    },
    /// ClientQuery: a command that only reads, to be answered without a place in the log. It needs no session: read again, it
    /// changes nothing.
    Query {
        /// Which operation of this client.
        sequence: u64,
        /// What tells it from what this client asked before it restarted.
        nonce: u64,
        /// What to read.
        command: Arc<C>,
    },
}

impl<C, O> ClientRequest<C, O> {
    /// The operation it is about.
    pub const fn sequence(&self) -> u64 {
        match self {
            Self::Register { sequence, .. }
            | Self::Command { sequence, .. }
            | Self::Order { sequence, .. }
            | Self::Query { sequence, .. } => *sequence,
        }
    }
}

/// What a server tells a client.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientReply<O, R = NoOrder> {
    /// The session is open.
    Registered {
        /// For which operation it was asked.
        sequence: u64,
        /// The nonce with which it was asked.
        nonce: u64,
        /// Its name.
        session: u64,
    },
    /// The command was carried out.
    Done {
        /// Which operation.
        sequence: u64,
        /// The machine's answer.
        output: O,
    },
    /// This server does not lead.
    NotLeader {
        /// Which operation it was asked for.
        sequence: u64,
        /// Who leads, as far as it knows.
        hint: Option<NodeId>,
    },
    /// The session is not known, or no longer.
    SessionExpired {
        /// Which operation it was asked for.
        sequence: u64,
    },
    /// What came of an order.
    Ordered {
        /// Which operation.
        sequence: u64,
        /// The outcome.
        outcome: R,
    },
    /// What a query found.
    Queried {
        /// Which operation.
        sequence: u64,
        /// The nonce with which it was asked.
        nonce: u64,
        /// The machine's answer.
        output: O,
    },
}

impl<O, R> ClientReply<O, R> {
    /// The operation it is about.
    pub const fn sequence(&self) -> u64 {
        match self {
            Self::Registered { sequence, .. }
            | Self::Done { sequence, .. }
            | Self::NotLeader { sequence, .. }
            | Self::SessionExpired { sequence }
            | Self::Ordered { sequence, .. }
            | Self::Queried { sequence, .. } => *sequence,
        }
    }
}

/// What a client needs to know of the configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientSettings {
    /// The servers are the nodes 0 to this, exclusive.
    pub servers: u16,
    /// How long it waits for an answer before it tries another server, in microseconds.
    pub timeout_us: u64,
    /// Whether it opens a session.
    pub sessions: bool,
    /// Whether what only reads is asked without a place in the log, and without a session.
    pub queries: bool,
}

/// A protocol whose clients are [`Client`]s.
pub trait Carrier:
    Protocol<Answer = Answer<<Self::Machine as StateMachine>::Output, <Self::Order as Order>::Outcome>>
{
    /// What it replicates.
    type Machine: StateMachine;
    /// What its clients may order of the servers themselves.
    type Order: Order;
    /// The timer after which a client tries again.
    const RETRY: Self::Timer;

    /// What its clients need to know of the configuration.
    fn client_settings(config: &Self::Config) -> ClientSettings;
    /// The request as a message.
    fn client_request(
        request: ClientRequest<<Self::Machine as StateMachine>::Command, Self::Order>,
    ) -> Self::Message;
    /// The reason as one of its own.
    fn client_reason(reason: ClientReason) -> Self::Reason;
}

/// An operation and what is wanted.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
struct Asked<S: StateMachine, O: Order> {
    id: OperationId,
    command: Wish<S::Command, O>,
}

/// Whether a client pauses. A client that does not has the digest of one that never could.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
struct Pausing(bool);

impl Pausing {
    const fn is_over(&self) -> bool {
        !self.0
    }
}

impl Hash for Pausing {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if self.0 {
            self.0.hash(state);
        }
    }
}

/// A client: what it believes and waits for. It keeps nothing on disk; a restarted client opens a new session.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Client<S: StateMachine, O: Order = NoOrder> {
    /// The server that it asks.
    target: NodeId,
    /// Its session, once it has one.
    session: Option<u64>,
    /// What its requests for a session and its queries carry: an answer to what it asked before it restarted is none to these.
    /// 0 before the first.
    nonce: u64,
    /// The outstanding operation.
    outstanding: Option<Asked<S, O>>,
    /// Its sequence number; that of the last one, if none is outstanding.
    sequence: u64,
    /// How often it was sent.
    attempts: u64,
    /// Whether it has not been sent to the target yet: the one before knew nobody who leads, and a pause gives them time.
    #[serde(skip_serializing_if = "Pausing::is_over")]
    pausing: Pausing,
    /// What waits.
    queue: VecDeque<Asked<S, O>>,
}

impl<S: StateMachine, O: Order> Client<S, O> {
    /// A client that first asks `target`.
    pub const fn new(target: NodeId) -> Self {
        Self {
            target,
            session: None,
            nonce: 0,
            outstanding: None,
            sequence: 0,
            attempts: 0,
            pausing: Pausing(false),
            queue: VecDeque::new(),
        }
    }

    /// Whether an operation is open.
    pub const fn waits(&self) -> bool {
        self.outstanding.is_some()
    }

    /// What it waits for, and how often that was sent.
    pub fn outstanding(&self) -> Option<(&Wish<S::Command, O>, u64)> {
        let asked = self.outstanding.as_ref()?;
        Some((&asked.command, self.attempts))
    }

    /// The command that it waits for, if it is one.
    pub fn asks(&self) -> Option<(OperationId, &S::Command)> {
        let asked = self.outstanding.as_ref()?;
        match &asked.command {
            Wish::Command(command) => Some((asked.id, command)),
            Wish::Order(_) => None,
        }
    }

    /// The nonce of its queries; 0 before the first.
    pub const fn nonce(&self) -> u64 {
        self.nonce
    }

    /// Its session, once it has one.
    pub const fn session(&self) -> Option<u64> {
        self.session
    }

    /// The sequence number of the outstanding operation; that of the last one, if none is outstanding.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How many operations wait behind the outstanding one.
    pub fn queued(&self) -> u64 {
        self.queue.len() as u64
    }

    /// The server that it asks.
    pub const fn target(&self) -> NodeId {
        self.target
    }

    /// Somebody asks for an operation.
    pub fn on_ask<P>(&mut self, cx: &mut Context<'_, P>, id: OperationId, op: S::Command)
    where
        P: Carrier<Machine = S, Order = O>,
    {
        self.on_wish(cx, id, Wish::Command(Arc::new(op)));
    }

    /// Somebody orders something of the servers.
    pub fn on_order<P>(&mut self, cx: &mut Context<'_, P>, id: OperationId, order: O)
    where
        P: Carrier<Machine = S, Order = O>,
    {
        self.on_wish(cx, id, Wish::Order(order));
    }

    fn on_wish<P>(&mut self, cx: &mut Context<'_, P>, id: OperationId, command: Wish<S::Command, O>)
    where
        P: Carrier<Machine = S, Order = O>,
    {
        let asked = Asked { id, command };
        if self.waits() {
            let ahead = self.queued() + 1;
            cx.note(P::client_reason(ClientReason::Queued { ahead }));
            self.queue.push_back(asked);
        } else {
            self.start(cx, asked);
        }
    }

    /// A server answers.
    pub fn on_reply<P>(
        &mut self,
        cx: &mut Context<'_, P>,
        from: NodeId,
        reply: ClientReply<S::Output, O::Outcome>,
    ) where
        P: Carrier<Machine = S, Order = O>,
    {
        let sequence = reply.sequence();
        let Some(first) = self
            .outstanding
            .as_ref()
            .filter(|_| self.sequence == sequence)
        else {
            cx.note(P::client_reason(ClientReason::Late { by: from, sequence }));
            return;
        };
        match reply {
            ClientReply::Registered { session, nonce, .. } => {
                if self.session.is_some() || nonce != self.nonce {
                    cx.note(P::client_reason(ClientReason::Late { by: from, sequence }));
                    return;
                }
                self.session = Some(session);
                self.target = from;
                self.send(cx, ClientReason::Asks { to: from, sequence });
            }
            ClientReply::Done { output, .. } => {
                let id = first.id;
                self.target = from;
                self.finish(cx, id, Answer::Done(output));
            }
            ClientReply::Queried { nonce, output, .. } => {
                if nonce != self.nonce {
                    cx.note(P::client_reason(ClientReason::Late { by: from, sequence }));
                    return;
                }
                let id = first.id;
                self.target = from;
                self.finish(cx, id, Answer::Done(output));
            }
            ClientReply::NotLeader { hint, .. } => {
                if from != self.target || self.pausing.0 {
                    cx.note(P::client_reason(ClientReason::Late { by: from, sequence }));
                    return;
                }
                match hint.filter(|hint| *hint != from) {
                    Some(to) => {
                        self.target = to;
                        let by = from;
                        self.send(cx, ClientReason::Redirected { by, to, sequence });
                    }
                    None => {
                        let settings = P::client_settings(cx.config());
                        let next = after(from, settings.servers);
                        (self.target, self.pausing) = (next, Pausing(true));
                        let reason = ClientReason::NobodyLeads { by: from, next };
                        let pause = settings.timeout_us / 4;
                        cx.set_timer(P::RETRY, pause, pause, P::client_reason(reason));
                    }
                }
            }
            ClientReply::SessionExpired { .. } => {
                let id = first.id;
                cx.note(P::client_reason(ClientReason::Expired { sequence }));
                (self.session, self.nonce) = (None, 0);
                self.finish(cx, id, Answer::Unknown);
            }
            ClientReply::Ordered { outcome, .. } => {
                let id = first.id;
                self.finish(cx, id, Answer::Ordered(outcome));
            }
        }
    }

    /// The retry timer fires.
    pub fn on_retry<P>(&mut self, cx: &mut Context<'_, P>)
    where
        P: Carrier<Machine = S, Order = O>,
    {
        if !self.waits() {
            return;
        }
        let sequence = self.sequence;
        if let Some(to) = self.ordered_of() {
            self.send(cx, ClientReason::OrdersAgain { to, sequence });
            return;
        }
        if self.pausing.0 {
            let next = self.target;
            self.send(cx, ClientReason::AsksNext { next, sequence });
            return;
        }
        let silent = self.target;
        let settings = P::client_settings(cx.config());
        let next = after(silent, settings.servers);
        self.target = next;
        let reason = if self.queries(settings) {
            ClientReason::QueriesAgain {
                silent,
                next,
                sequence,
            }
        } else {
            ClientReason::TimedOut {
                silent,
                next,
                sequence,
            }
        };
        self.send(cx, reason);
    }

    /// Whether what is outstanding is asked as a query.
    fn queries(&self, settings: ClientSettings) -> bool {
        settings.queries
            && self.outstanding.as_ref().is_some_and(
                |asked| matches!(&asked.command, Wish::Command(command) if S::only_reads(command)),
            )
    }

    /// The one server that can carry out what is outstanding, if there is such a one.
    fn ordered_of(&self) -> Option<NodeId> {
        match &self.outstanding.as_ref()?.command {
            Wish::Command(_) => None,
            Wish::Order(order) => order.of(),
        }
    }

    fn start<P>(&mut self, cx: &mut Context<'_, P>, asked: Asked<S, O>)
    where
        P: Carrier<Machine = S, Order = O>,
    {
        let settings = P::client_settings(cx.config());
        // Within a session the numbers only need to grow; without one the operation's own number tells it from all others.
        self.sequence = if settings.sessions {
            self.sequence + 1
        } else {
            asked.id.number
        };
        let (to, sequence) = (self.target, self.sequence);
        let orders = matches!(asked.command, Wish::Order(_));
        self.outstanding = Some(asked);
        self.attempts = 0;
        if orders {
            let to = self.ordered_of().unwrap_or(to);
            self.send(cx, ClientReason::Orders { to, sequence });
        } else if settings.sessions && self.session.is_none() && !self.queries(settings) {
            self.send(cx, ClientReason::Registers { to });
        } else {
            self.send(cx, ClientReason::Asks { to, sequence });
        }
    }

    /// Sends what the outstanding operation needs next to the target, and waits.
    fn send<P>(&mut self, cx: &mut Context<'_, P>, reason: ClientReason)
    where
        P: Carrier<Machine = S, Order = O>,
    {
        let Some(first) = &self.outstanding else {
            return;
        };
        let settings = P::client_settings(cx.config());
        let sequence = self.sequence;
        let mut to = self.target;
        let queries = self.queries(settings);
        let request = match &first.command {
            Wish::Order(order) => {
                to = order.of().unwrap_or(to);
                let order = order.clone();
                ClientRequest::Order { sequence, order }
            }
            Wish::Command(command) if queries => {
                if self.nonce == 0 {
                    self.nonce = cx.sample(NONCE, &NONCES);
                }
                ClientRequest::Query {
                    sequence,
                    nonce: self.nonce,
                    command: command.clone(),
                }
            }
            Wish::Command(command) => match self.session {
                None if settings.sessions => {
                    if self.nonce == 0 {
                        self.nonce = cx.sample(NONCE, &NONCES);
                    }
                    ClientRequest::Register {
                        sequence,
                        nonce: self.nonce,
                    }
                }
                session => ClientRequest::Command {
                    session: session.unwrap_or(0),
                    sequence,
                    command: command.clone(),
                },
            },
        };
        self.attempts += 1;
        self.pausing = Pausing(false);
        cx.send(to, P::client_request(request), P::client_reason(reason));
        cx.set_timer(
            P::RETRY,
            settings.timeout_us,
            settings.timeout_us,
            P::client_reason(ClientReason::Waits { sequence }),
        );
    }

    fn finish<P>(&mut self, cx: &mut Context<'_, P>, id: OperationId, answer: P::Answer)
    where
        P: Carrier<Machine = S, Order = O>,
    {
        self.outstanding = None;
        self.attempts = 0;
        self.pausing = Pausing(false);
        cx.cancel_timer(P::RETRY);
        cx.answer(id, answer);
        if let Some(next) = self.queue.pop_front() {
            self.start(cx, next);
        }
    }
}

/// The server after this one, round the ring.
const fn after(server: NodeId, servers: u16) -> NodeId {
    NodeId((server.0 + 1) % servers)
}
