//! What the tests of membership changes share: a led cluster with servers to be added, orders, and what came of them.

use super::{Lab, plain, s};
use protocol::{NodeId, NodeSet, OperationId};
use raft::{
    Change, ChangeFact, ChangeOutcome, ChangeReason, Fact, Members, Message, Op, Order, Outcome,
    RaftConfig, Reason, Variant,
};
use replicated::Answer;

pub(crate) fn set(servers: &[u16]) -> NodeSet {
    servers.iter().map(|server| s(*server)).collect()
}

pub(crate) fn voters(servers: &[u16]) -> Members {
    Members::of(set(servers))
}

pub(crate) fn joint(old: &[u16], new: &[u16]) -> Members {
    Members {
        old: set(old),
        ..voters(new)
    }
}

pub(crate) const fn config(servers: u64, standby: u64, plain: RaftConfig) -> RaftConfig {
    RaftConfig {
        servers,
        standby,
        clients: 1,
        ..plain
    }
}

/// So many servers, further ones to be added, and a client; S1 leads term 1, and its first entry is committed everywhere.
pub(crate) fn led(servers: u64, standby: u64, variant: Variant) -> Lab {
    let mut lab = Lab::new(config(servers, standby, plain(servers)), variant);
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    assert!(lab.leads(s(1)));
    lab
}

pub(crate) fn client(lab: &Lab) -> NodeId {
    NodeId(lab.config.servers_in_all())
}

/// The client orders a change; nothing is delivered but that order, and to the server that it asks.
pub(crate) fn orders(lab: &mut Lab, change: Change) -> OperationId {
    let client = client(lab);
    let id = lab.wish(client, Op::Order(Order::Change(change)));
    lab.settle_where(|packet| packet.from == client);
    id
}

/// The client orders a change, and all goes as it should.
pub(crate) fn changes(lab: &mut Lab, leader: u16, change: Change) -> ChangeOutcome {
    let id = orders(lab, change);
    lab.settle();
    lab.converge(s(leader));
    outcome(lab, id).expect("it is answered")
}

pub(crate) fn outcome(lab: &Lab, id: OperationId) -> Option<ChangeOutcome> {
    let mut answers = lab.answers.iter();
    answers.find_map(|(of, answer)| match answer {
        Answer::Ordered(Outcome::Change(outcome)) if *of == id => Some(*outcome),
        _ => None,
    })
}

/// Another client orders a change of a server; what it hears at once.
pub(crate) fn answered(
    lab: &mut Lab,
    server: u16,
    sequence: u64,
    change: Change,
) -> Option<ChangeOutcome> {
    let other = NodeId(77);
    let order = Order::Change(change);
    let request = replicated::ClientRequest::Order { sequence, order };
    lab.message(other, s(server), Message::ClientRequest(request));
    let reply = lab.packets.iter().rposition(|packet| packet.to == other)?;
    match lab.packets.remove(reply).message {
        Message::ClientReply(replicated::ClientReply::Ordered { outcome, .. }) => match outcome {
            Outcome::Change(outcome) => Some(outcome),
            outcome => panic!("{outcome:?}"),
        },
        message => panic!("{message:?}"),
    }
}

pub(crate) fn members(lab: &Lab, server: u16) -> Members {
    lab.server(s(server)).members(&lab.config)
}

pub(crate) fn change_told(lab: &Lab, server: u16, fits: impl Fn(&ChangeFact) -> bool) -> bool {
    let mut facts = lab.facts.iter();
    facts.any(|(node, fact)| *node == s(server) && matches!(fact, Fact::Change(fact) if fits(fact)))
}

pub(crate) fn noted(lab: &Lab, server: u16, fits: impl Fn(&ChangeReason) -> bool) -> bool {
    let mut reasons = lab.reasons.iter();
    reasons.any(|(node, reason)| {
        *node == s(server) && matches!(reason, Reason::Change(reason) if fits(reason))
    })
}
