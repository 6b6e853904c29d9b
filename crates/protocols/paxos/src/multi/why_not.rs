//! Why not: why a server does not lead, why a slot is not known to be chosen, why a client has no answer. Everything is read off
//! the nodes as they stand, as an observer sees them; nothing here is known to a node.

use crate::multi::{MultiConfig, Node, Role, Server};
use protocol::{NodeId, Phrase, WhyNot};
use replicated::{AtLeader, Client, StateMachine, is_awaited, no_answer};

/// The nodes of a cluster, as an observer sees them.
struct Sight<'a, S: StateMachine> {
    config: &'a MultiConfig,
    nodes: &'a [Option<Node<S>>],
}

/// What may be asked of `node`.
pub(crate) fn why_not<S: StateMachine>(
    config: &MultiConfig,
    nodes: &[Option<Node<S>>],
    node: NodeId,
) -> Vec<WhyNot> {
    let sight = Sight { config, nodes };
    let asked = match nodes.get(node.index()).and_then(Option::as_ref) {
        Some(Node::Server(server)) => [
            sight.not_leader(node, server),
            sight.not_chosen(node, server),
        ],
        Some(Node::Client(client)) => [sight.no_answer(node, client), None],
        None if u64::from(node.0) < config.servers => {
            let question = Phrase::new("question.not-leader").node("node", node);
            let down = Phrase::new("guard.down").node("node", node);
            [Some(WhyNot::new(question).guard(false, down)), None]
        }
        None => [None, None],
    };
    asked.into_iter().flatten().collect()
}

impl<S: StateMachine> Sight<'_, S> {
    /// Who leads with the greatest ballot.
    fn leader(&self) -> Option<(NodeId, &Server<S>)> {
        let numbered = (0..).map(NodeId).zip(self.nodes);
        let servers = numbered.filter_map(|(id, node)| Some((id, node.as_ref()?.server()?)));
        let leaders = servers.filter(|(_, server)| server.leads());
        leaders.max_by_key(|(_, server)| server.promised())
    }

    fn not_leader(&self, me: NodeId, server: &Server<S>) -> Option<WhyNot> {
        if server.leads() {
            return None;
        }
        let of = |key| Phrase::new(key).node("node", me);
        let why = WhyNot::new(of("question.not-leader"));
        let why = match self.leader() {
            Some((leader, other)) if other.promised() >= server.promised() => {
                let leads = of("guard.another-leads").node("leader", leader);
                why.guard(false, leads.with("ballot", other.promised().arg()))
            }
            _ => {
                let nobody = of("guard.nobody-leads");
                why.guard(true, nobody.with("ballot", server.promised().arg()))
            }
        };
        Some(match server.role() {
            Role::Candidate(candidate) => {
                let stands = of("guard.stands").with("ballot", server.promised().arg());
                let need = self.config.majority();
                let have = candidate.promises.len();
                let promises = of("guard.promises")
                    .nodes("promises", candidate.promises.iter())
                    .int("have", have)
                    .int("need", need);
                why.guard(true, stands)
                    .guard(have >= need, promises.by("phase-one-once"))
            }
            Role::Follower | Role::Leader(_) => why.guard(false, of("guard.does-not-stand")),
        })
    }

    /// The first slot with a vote that the server does not know to be chosen, along with all before it.
    fn not_chosen(&self, me: NodeId, server: &Server<S>) -> Option<WhyNot> {
        let slot = server.log().chosen() + 1;
        if slot > server.log().last() {
            return None;
        }
        let of = |key| Phrase::new(key).node("node", me).int("slot", slot);
        let why = WhyNot::new(of("question.not-chosen"));
        let Some((leader, at)) = self.leader() else {
            return Some(why.guard(false, of("guard.nobody-chooses")));
        };
        let of = |key| of(key).node("leader", leader);
        let why = why.guard(true, of("guard.leads").with("ballot", at.promised().arg()));
        if at.log().chosen() >= slot {
            let told = of("guard.not-told").int("chosen", at.log().chosen());
            return Some(why.guard(false, told));
        }
        let Role::Leader(state) = at.role() else {
            return Some(why);
        };
        let Some(votes) = state.votes.get(&slot) else {
            return Some(why.guard(false, of("guard.not-proposed")));
        };
        let (have, need) = (votes.len(), self.config.majority());
        let accepted = of("guard.accepted")
            .nodes("accepted", votes.iter())
            .int("have", have)
            .int("need", need);
        Some(why.guard(have >= need, accepted.by("chosen")))
    }

    fn no_answer(&self, me: NodeId, client: &Client<S>) -> Option<WhyNot> {
        let sessions = self.config.sessions;
        let at_leader = self.leader().map(|(leader, server)| {
            let log = server.log();
            let awaited = |slot: &u64| {
                log.get(*slot)
                    .is_some_and(|slot| is_awaited(&slot.payload, client, me, sessions))
            };
            AtLeader {
                leader,
                // It is among the newest.
                index: (log.first()..=log.last()).rev().find(awaited),
                committed: log.chosen(),
            }
        });
        no_answer(client, me, sessions, at_leader)
    }
}
