//! Why not: why a server does not lead, why an entry is not committed, why a client has no answer. Everything is read off the
//! nodes as they stand, as an observer sees them; nothing here is known to a node.

use crate::membership::Quorum;
use crate::order::Order;
use crate::server::{Role, Server};
use crate::{Node, RaftConfig};
use protocol::{NodeId, NodeSet, Phrase, WhyNot};
use replicated::{AtLeader, Client, StateMachine, Wish, is_awaited, no_answer};

/// The nodes of a cluster, as an observer sees them.
struct Sight<'a, S: StateMachine> {
    config: &'a RaftConfig,
    nodes: &'a [Option<Node<S>>],
}

/// What may be asked of `node`.
pub(crate) fn why_not<S: StateMachine>(
    config: &RaftConfig,
    nodes: &[Option<Node<S>>],
    node: NodeId,
) -> Vec<WhyNot> {
    let sight = Sight { config, nodes };
    match nodes.get(node.index()).and_then(Option::as_ref) {
        Some(Node::Server(server)) => [
            sight.not_leader(node, server),
            sight.not_committed(node, server),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Some(Node::Client(client)) => {
            [sight.no_answer(node, client), sight.no_change(node, client)]
                .into_iter()
                .flatten()
                .collect()
        }
        None if node.0 < config.servers_in_all() => {
            let down = Phrase::new("guard.down").node("node", node);
            vec![WhyNot::new(question("question.not-leader", node)).guard(false, down)]
        }
        None => Vec::new(),
    }
}

fn question(key: &'static str, node: NodeId) -> Phrase {
    Phrase::new(key).node("node", node)
}

/// That it takes two majorities, if it does.
fn both(why: WhyNot, quorum: Quorum, me: NodeId) -> WhyNot {
    if !quorum.is_joint() {
        return why;
    }
    let both = Phrase::new("guard.takes-both")
        .node("node", me)
        .nodes("old", quorum.old.iter())
        .nodes("voters", quorum.voters.iter());
    why.guard(true, both.by("joint-majorities"))
}

impl<S: StateMachine> Sight<'_, S> {
    fn servers(&self) -> impl Iterator<Item = (NodeId, &Server<S>)> {
        let numbered = (0..).map(NodeId).zip(self.nodes);
        numbered.filter_map(|(id, node)| Some((id, node.as_ref()?.server()?)))
    }

    /// Who leads the newest term that is led.
    fn leader(&self) -> Option<(NodeId, &Server<S>)> {
        let leaders = self.servers().filter(|(_, server)| server.leads());
        leaders.max_by_key(|(_, server)| server.term())
    }

    fn not_leader(&self, me: NodeId, server: &Server<S>) -> Option<WhyNot> {
        if server.leads() {
            return None;
        }
        let why = WhyNot::new(question("question.not-leader", me));
        let of = |key| Phrase::new(key).node("node", me);
        if !server.may_stand(self.config, me) {
            let members = server.members(self.config);
            let without = of(if members.learners.contains(me) {
                "guard.learns"
            } else {
                "guard.outside"
            });
            return Some(why.guard(false, without.by("learners-do-not-vote")));
        }
        let quorum = server.members(self.config).quorum();
        let why = match self.leader() {
            Some((leader, other)) if other.term() >= server.term() => why.guard(
                false,
                of("guard.another-leads")
                    .node("leader", leader)
                    .int("term", other.term()),
            ),
            _ => why.guard(true, of("guard.nobody-leads").int("term", server.term())),
        };
        let (stands, ballots) = match server.role() {
            Role::Candidate(ballots) => (of("guard.stands"), Some(ballots)),
            Role::PreCandidate(ballots) => (of("guard.asks-first"), Some(ballots)),
            Role::Follower | Role::Leader(_) => (of("guard.does-not-stand"), None),
        };
        let stands = stands.int("term", server.term());
        let why = why.guard(ballots.is_some(), stands);
        // Raft §5.4.1: nobody votes for an older log.
        let end = |server: &Server<S>| (server.log().last_term(), server.log().last_index());
        let willing: NodeSet = self
            .servers()
            .filter(|(_, other)| end(other) <= end(server))
            .map(|(id, _)| id)
            .collect();
        let mut why = both(why, quorum, me);
        for (voters, need) in quorum.sets() {
            let willing = voters.and(willing);
            let suffices = willing.len() >= need;
            let log = of(if suffices {
                "guard.log-suffices"
            } else {
                "guard.log-too-old"
            });
            let log = log
                .int("index", end(server).1)
                .int("last", end(server).0)
                .nodes("willing", willing.iter())
                .int("need", need);
            why = why.guard(suffices, log.by("vote-up-to-date"));
        }
        let Some(ballots) = ballots else {
            return Some(why);
        };
        for (voters, need) in quorum.sets() {
            let granted = voters.and(ballots.granted);
            let votes = of("guard.votes")
                .nodes("granted", granted.iter())
                .int("have", granted.len())
                .int("need", need);
            why = why.guard(granted.len() >= need, votes.by("candidate-wins"));
        }
        Some(why)
    }

    /// The first entry of the server's log that it does not know to be committed.
    fn not_committed(&self, me: NodeId, server: &Server<S>) -> Option<WhyNot> {
        let index = server.commit_index() + 1;
        let term = server
            .log()
            .term_at(index)
            .filter(|_| index <= server.log().last_index())?;
        let asked = question("question.not-committed", me).int("index", index);
        let why = WhyNot::new(asked);
        let of = |key| Phrase::new(key).node("node", me).int("index", index);
        let Some((leader, at)) = self.leader() else {
            return Some(why.guard(false, of("guard.nobody-commits")));
        };
        let of = |key| of(key).node("leader", leader);
        let why = why.guard(true, of("guard.leads").int("term", at.term()));
        if at.log().term_at(index) != Some(term) {
            return Some(why.guard(false, of("guard.not-in-leaders-log").int("last", term)));
        }
        if at.commit_index() >= index {
            let told = of("guard.not-told").int("committed", at.commit_index());
            return Some(why.guard(false, told.by("append-commit")));
        }
        let Role::Leader(state) = at.role() else {
            return Some(why);
        };
        let mut holders = NodeSet::default();
        for (id, _) in (0..)
            .map(NodeId)
            .zip(&state.progress)
            .filter(|(_, p)| p.match_index >= index)
        {
            holders.insert(id);
        }
        let quorum = at.members(self.config).quorum();
        let mut why = both(why, quorum, me);
        for (voters, need) in quorum.sets() {
            let holders = voters.and(holders);
            let stored = match holders.len() {
                0 => of("guard.stored-nowhere"),
                have if have >= need => of("guard.stored"),
                _ => of("guard.stored-by-few"),
            };
            let stored = stored
                .nodes("holders", holders.iter())
                .int("have", holders.len())
                .int("need", need);
            why = why.guard(holders.len() >= need, stored.by("leader-commits"));
        }
        let own = term == at.term();
        let counted = of(if own {
            "guard.own-term"
        } else {
            "guard.older-term"
        });
        let counted = counted.int("last", term).int("term", at.term());
        Some(why.guard(own, counted.by("leader-commits")))
    }

    fn no_answer(&self, me: NodeId, client: &Client<S, Order>) -> Option<WhyNot> {
        if self.config.reads_without_log()
            && let Some((_, command)) = client.asks()
            && S::only_reads(command)
        {
            return Some(self.not_read(me, client));
        }
        let sessions = self.config.sessions;
        let at_leader = self.leader().map(|(leader, server)| AtLeader {
            leader,
            index: self.request_in(server, me, client),
            committed: server.commit_index(),
        });
        no_answer(client, me, sessions, at_leader)
    }

    /// Why a change that a client ordered has not come about.
    fn no_change(&self, me: NodeId, client: &Client<S, Order>) -> Option<WhyNot> {
        let Some((Wish::Order(Order::Change(_)), _)) = client.outstanding() else {
            return None;
        };
        let why = WhyNot::new(question("question.not-changed", me));
        let Some((leader, at)) = self.leader() else {
            let nobody = Phrase::new("guard.nobody-changes").node("node", me);
            return Some(why.guard(false, nobody));
        };
        let of = |key| Phrase::new(key).node("leader", leader);
        let why = why.guard(true, of("guard.leads").int("term", at.term()));
        let begun = at.log().term_at(at.commit_index()) == Some(at.term());
        let begins = of(if begun {
            "guard.term-begun"
        } else {
            "guard.term-not-begun"
        });
        let why = why.guard(
            begun,
            begins.int("term", at.term()).by("noop-before-change"),
        );
        let undertaking = match at.role() {
            Role::Leader(state) => state.undertaking.get(),
            _ => None,
        };
        if let Some(catch_up) = undertaking.and_then(|one| one.catch_up) {
            let round = of("guard.catching-up")
                .nodes("servers", catch_up.servers.iter())
                .int("round", catch_up.round.into())
                .int("index", catch_up.until);
            return Some(why.guard(false, round.by("catch-up-first")));
        }
        let index = at.configured_at();
        let why = if index > at.commit_index() {
            let open = of("guard.configuration-open").int("index", index);
            why.guard(false, open.by("one-change-at-a-time"))
        } else {
            why.guard(true, of("guard.configuration-stands"))
        };
        let way = of("guard.order-on-its-way").node("node", me);
        let waits = undertaking.is_some_and(|one| one.client == me);
        Some(if waits { why } else { why.guard(false, way) })
    }

    /// Why a read that needs no log entry has no answer.
    fn not_read(&self, me: NodeId, client: &Client<S, Order>) -> WhyNot {
        let why = WhyNot::new(question("question.no-answer", me));
        let of = |key| Phrase::new(key).node("node", me);
        let Some((leader, server)) = self.leader() else {
            return why.guard(false, of("guard.nobody-answers"));
        };
        let of = |key| of(key).node("leader", leader);
        let why = why.guard(true, of("guard.somebody-leads"));
        let number = (me, client.sequence());
        let read = server.reads().and_then(|reads| {
            let mut waiting = reads.waiting.iter();
            waiting.find(|read| (read.client, read.sequence) == number)
        });
        let target = client.target();
        match read {
            Some(read) if read.index.is_some() => {
                let waits = of("guard.read-waits").int("round", read.round);
                why.guard(false, waits.by("read-index"))
            }
            Some(_) => why.guard(false, of("guard.read-waits-for-term").by("read-own-term")),
            None if target == leader => why.guard(false, of("guard.read-not-there")),
            None => why.guard(false, of("guard.asks-another").node("target", target)),
        }
    }

    /// Where what the client waits for stands in a server's log: among the newest entries.
    fn request_in(&self, server: &Server<S>, me: NodeId, client: &Client<S, Order>) -> Option<u64> {
        let log = server.log();
        let awaited = |index: &u64| {
            log.get(*index)
                .is_some_and(|entry| is_awaited(&entry.payload, client, me, self.config.sessions))
        };
        (log.first_index()..=log.last_index()).rev().find(awaited)
    }
}
