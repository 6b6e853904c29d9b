//! Paxos for one value between three servers, with clients that put and get: Stateright's example (`examples/paxos.rs`, by
//! Jonathan Nadal and contributors, MIT), its actors and its network. Knows Stateright alone.

use stateright::Expectation;
use stateright::actor::register::RegisterMsg::{Get, GetOk, Internal, Put, PutOk};
use stateright::actor::register::{RegisterActor, RegisterMsg};
use stateright::actor::{Actor, ActorModel, Id, Network, Out, majority, model_peers};
use stateright::semantics::LinearizabilityTester;
use stateright::semantics::register::Register;
use stateright::util::{HashableHashMap, HashableHashSet};
use std::borrow::Cow;

const SERVERS: usize = 3;

type Ballot = (u32, Id);
type Proposal = (u64, Id, char);
type Accepted = Option<(Ballot, Proposal)>;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Message {
    Prepare { ballot: Ballot },
    Prepared { ballot: Ballot, accepted: Accepted },
    Accept { ballot: Ballot, proposal: Proposal },
    Accepted { ballot: Ballot },
    Decided { ballot: Ballot, proposal: Proposal },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Server {
    ballot: Ballot,
    // As a leader.
    proposal: Option<Proposal>,
    prepares: HashableHashMap<Id, Accepted>,
    accepts: HashableHashSet<Id>,
    // As an acceptor.
    accepted: Accepted,
    is_decided: bool,
}

#[derive(Clone)]
pub(crate) struct Paxos {
    peers: Vec<Id>,
}

impl Actor for Paxos {
    type Msg = RegisterMsg<u64, char, Message>;
    type State = Server;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, _: &mut Out<Self>) -> Server {
        Server {
            ballot: (0, Id::from(0)),
            proposal: None,
            prepares: HashableHashMap::default(),
            accepts: HashableHashSet::default(),
            accepted: None,
            is_decided: false,
        }
    }

    fn on_msg(
        &self,
        id: Id,
        state: &mut Cow<'_, Server>,
        src: Id,
        msg: Self::Msg,
        out: &mut Out<Self>,
    ) {
        if state.is_decided {
            if let (Get(request), Some((_, (_, _, value)))) = (msg, state.accepted) {
                out.send(src, GetOk(request, value));
            }
            return;
        }
        let quorum = majority(SERVERS);
        match msg {
            Put(request, value) if state.proposal.is_none() => {
                let state = state.to_mut();
                state.proposal = Some((request, src, value));
                state.prepares = HashableHashMap::default();
                state.accepts = HashableHashSet::default();
                let ballot = (state.ballot.0 + 1, id);
                state.ballot = ballot;
                state.prepares.insert(id, state.accepted);
                out.broadcast(&self.peers, &Internal(Message::Prepare { ballot }));
            }
            Internal(Message::Prepare { ballot }) if state.ballot < ballot => {
                state.to_mut().ballot = ballot;
                let accepted = state.accepted;
                out.send(src, Internal(Message::Prepared { ballot, accepted }));
            }
            Internal(Message::Prepared { ballot, accepted }) if ballot == state.ballot => {
                let state = state.to_mut();
                state.prepares.insert(src, accepted);
                if state.prepares.len() == quorum {
                    let highest = state.prepares.values().max().copied().flatten();
                    let proposal = highest.map(|(_, proposal)| proposal).or(state.proposal);
                    let proposal = proposal.expect("who prepares has a proposal");
                    state.proposal = Some(proposal);
                    state.accepted = Some((ballot, proposal));
                    state.accepts.insert(id);
                    out.broadcast(&self.peers, &Internal(Message::Accept { ballot, proposal }));
                }
            }
            Internal(Message::Accept { ballot, proposal }) if state.ballot <= ballot => {
                let state = state.to_mut();
                state.ballot = ballot;
                state.accepted = Some((ballot, proposal));
                out.send(src, Internal(Message::Accepted { ballot }));
            }
            Internal(Message::Accepted { ballot }) if ballot == state.ballot => {
                let state = state.to_mut();
                state.accepts.insert(src);
                if state.accepts.len() == quorum {
                    state.is_decided = true;
                    let proposal = state.proposal.expect("who is accepted has a proposal");
                    out.broadcast(
                        &self.peers,
                        &Internal(Message::Decided { ballot, proposal }),
                    );
                    out.send(proposal.1, PutOk(proposal.0));
                }
            }
            Internal(Message::Decided { ballot, proposal }) => {
                let state = state.to_mut();
                state.ballot = ballot;
                state.accepted = Some((ballot, proposal));
                state.is_decided = true;
            }
            _ => {}
        }
    }
}

/// The model with so many clients.
pub(crate) fn model(
    clients: usize,
) -> ActorModel<RegisterActor<Paxos>, (), LinearizabilityTester<Id, Register<char>>> {
    ActorModel::new((), LinearizabilityTester::new(Register(char::default())))
        .actors((0..SERVERS).map(|server| {
            RegisterActor::Server(Paxos {
                peers: model_peers(server, SERVERS),
            })
        }))
        .actors((0..clients).map(|_| RegisterActor::Client {
            put_count: 1,
            server_count: SERVERS,
        }))
        .init_network(Network::new_unordered_nonduplicating([]))
        .property(Expectation::Always, "linearizable", |_, state| {
            state.history.serialized_history().is_some()
        })
        .property(Expectation::Sometimes, "value chosen", |_, state| {
            state.network.iter_deliverable().any(
                |envelope| matches!(envelope.msg, GetOk(_, value) if *value != char::default()),
            )
        })
        .record_msg_in(RegisterMsg::record_returns)
        .record_msg_out(RegisterMsg::record_invocations)
}
