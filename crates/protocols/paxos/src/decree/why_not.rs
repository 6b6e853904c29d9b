//! Why not: why a proposer has got no value chosen, why an acceptor has accepted nothing, why a learner does not know what is
//! chosen, why a client has not heard. Everything is read off the nodes as they stand, as an observer sees them; nothing here is
//! known to a node.

use crate::Ballot;
use crate::decree::{
    Acceptor, Cast, Client, DecreeConfig, Learner, Node, Phase, Proposer, Server, Vote,
};
use protocol::{NodeId, NodeSet, Phrase, WhyNot};

/// The nodes of a cluster, as an observer sees them.
struct Sight<'a> {
    config: &'a DecreeConfig,
    nodes: &'a [Option<Node>],
}

/// What may be asked of `node`.
pub(crate) fn why_not(config: &DecreeConfig, nodes: &[Option<Node>], node: NodeId) -> Vec<WhyNot> {
    let sight = Sight { config, nodes };
    let asked = match nodes.get(node.index()).and_then(Option::as_ref) {
        Some(Node::Server(server)) => sight.server(node, server),
        Some(Node::Client(client)) => [sight.no_answer(node, client), None, None],
        None if node.0 < config.servers_all() => {
            let question = if config.proposer_ids().contains(&node.0) {
                "question.not-chosen"
            } else if config.acceptor_ids().contains(&node.0) {
                "question.not-accepted"
            } else {
                "question.not-learned"
            };
            let down = Phrase::new("guard.down").node("node", node);
            let question = Phrase::new(question).node("node", node);
            [Some(WhyNot::new(question).guard(false, down)), None, None]
        }
        None => [None, None, None],
    };
    asked.into_iter().flatten().collect()
}

impl Sight<'_> {
    fn server(&self, me: NodeId, server: &Server) -> [Option<WhyNot>; 3] {
        let proposer = server.proposer.as_ref();
        let acceptor = server.acceptor.as_ref();
        let learner = server.learner.as_ref();
        [
            proposer.and_then(|proposer| self.not_chosen(me, proposer)),
            acceptor.and_then(|acceptor| self.not_accepted(me, acceptor)),
            learner.and_then(|learner| self.not_learned(me, learner)),
        ]
    }

    fn servers(&self) -> impl Iterator<Item = (NodeId, &Server)> {
        let numbered = (0..).map(NodeId).zip(self.nodes);
        numbered.filter_map(|(id, node)| Some((id, node.as_ref()?.server()?)))
    }

    fn server_of(&self, node: NodeId) -> Option<&Server> {
        self.nodes.get(node.index())?.as_ref()?.server()
    }

    fn acceptors(&self) -> impl Iterator<Item = (NodeId, &Acceptor)> {
        self.servers()
            .filter_map(|(id, server)| Some((id, server.acceptor()?)))
    }

    // ---- the proposer ----

    fn not_chosen(&self, me: NodeId, proposer: &Proposer) -> Option<WhyNot> {
        let of = |key| Phrase::new(key).node("node", me);
        let why = WhyNot::new(of("question.not-chosen"));
        let ballot = proposer.ballot();
        let why = match &proposer.value {
            _ if proposer.phase == Phase::Idle => return Some(why.guard(false, of("guard.idle"))),
            Some(value) => why.guard(true, of("guard.wants").text("value", value.as_str())),
            None => why.guard(true, of("guard.finds-out")),
        };
        let of = |key| of(key).with("ballot", ballot.arg());
        Some(match &proposer.phase {
            Phase::Idle | Phase::Done(_) => return None,
            Phase::BackingOff => {
                let waits = of("guard.backs-off").int("refused", proposer.refused);
                why.guard(false, waits.by("back-off"))
            }
            Phase::Preparing { promises, .. } => {
                let why = why.guard(true, of("guard.prepares").by("prepare"));
                let why = self.within_reach(why, of, ballot, *promises);
                let (have, need) = (promises.len(), self.config.majority());
                let says = of("guard.promises")
                    .nodes("counted", promises.iter())
                    .int("have", have)
                    .int("need", need);
                why.guard(have >= need, says.by("promise"))
            }
            Phase::Accepting { vote, accepted } => {
                let asks = of("guard.asks-accept").text("value", vote.value.as_str());
                let why = why.guard(true, asks);
                let why = self.within_reach(why, of, ballot, *accepted);
                let (have, need) = (accepted.len(), self.config.majority());
                let says = of("guard.accepted")
                    .nodes("counted", accepted.iter())
                    .int("have", have)
                    .int("need", need);
                why.guard(have >= need, says.by("chosen"))
            }
        })
    }

    /// Whether the acceptors that are up, and have promised nothing greater, make a majority with those counted already.
    fn within_reach(
        &self,
        why: WhyNot,
        of: impl Fn(&'static str) -> Phrase,
        ballot: Ballot,
        counted: NodeSet,
    ) -> WhyNot {
        let need = self.config.majority();
        let with = |more: NodeSet| counted.iter().chain(more.iter()).collect::<NodeSet>().len();
        let up: NodeSet = self.acceptors().map(|(id, _)| id).collect();
        let above: NodeSet = self
            .acceptors()
            .filter(|(_, acceptor)| acceptor.promised() > ballot)
            .map(|(id, _)| id)
            .collect();
        let willing: NodeSet = up.iter().filter(|id| !above.contains(*id)).collect();
        if with(up) < need {
            let ids = self.config.acceptor_ids().map(NodeId);
            let down = ids.filter(|id| !up.contains(*id) && !counted.contains(*id));
            let down = of("guard.acceptors-down")
                .nodes("down", down)
                .int("have", with(up))
                .int("need", need);
            return why.guard(false, down);
        }
        let holds = with(willing) >= need;
        let says = if holds {
            of("guard.within-reach").nodes("willing", willing.iter())
        } else {
            of("guard.overtaken")
                .nodes("above", above.iter())
                .by("refuse")
        };
        why.guard(holds, says.int("need", need))
    }

    // ---- the acceptor ----

    fn not_accepted(&self, me: NodeId, acceptor: &Acceptor) -> Option<WhyNot> {
        if acceptor.accepted().is_some() {
            return None;
        }
        let of = |key| Phrase::new(key).node("node", me);
        let why = WhyNot::new(of("question.not-accepted"));
        let asking = self
            .servers()
            .filter_map(|(id, server)| match server.proposer()?.phase() {
                Phase::Accepting { vote, .. } => Some((vote.ballot, id, vote)),
                _ => None,
            });
        let Some((ballot, proposer, vote)) = asking.max_by_key(|(ballot, ..)| *ballot) else {
            return Some(why.guard(false, of("guard.nobody-asks").by("highest-accepted")));
        };
        let of = |key| {
            of(key)
                .node("proposer", proposer)
                .with("ballot", ballot.arg())
        };
        let asks = of("guard.somebody-asks").text("value", vote.value.as_str());
        let why = why.guard(true, asks);
        let promised = acceptor.promised();
        Some(if ballot < promised {
            let forbids = of("guard.promise-forbids").with("promised", promised.arg());
            why.guard(false, forbids.by("accept"))
        } else {
            why.guard(true, of("guard.promise-allows").by("accept"))
                .guard(false, of("guard.accept-on-its-way"))
        })
    }

    // ---- the learner ----

    fn not_learned(&self, me: NodeId, learner: &Learner) -> Option<WhyNot> {
        if learner.learned().is_some() {
            return None;
        }
        let of = |key| Phrase::new(key).node("node", me);
        let why = WhyNot::new(of("question.not-learned"));
        let need = self.config.majority();
        let best = self.best_vote();
        let knowing = self.knowing();
        let (vote, says) = match (best, knowing) {
            (Some(cast), _) if cast.by.len() >= need => {
                let chosen = of("guard.chosen").nodes("by", cast.by.iter());
                (cast.vote, chosen.by("chosen"))
            }
            (_, Some((vote, by))) => (vote, of("guard.known").nodes("by", by.iter())),
            (Some(cast), None) => {
                let few = of("guard.too-few-votes")
                    .with("ballot", cast.vote.ballot.arg())
                    .text("value", cast.vote.value.as_str())
                    .nodes("counted", cast.by.iter())
                    .int("have", cast.by.len())
                    .int("need", need);
                return Some(why.guard(false, few.by("chosen")));
            }
            (None, None) => {
                return Some(why.guard(false, of("guard.nobody-accepted").by("chosen")));
            }
        };
        let chosen = says
            .with("ballot", vote.ballot.arg())
            .text("value", vote.value.as_str());
        let heard = learner.votes().iter().find(|cast| cast.vote == vote);
        let heard = heard.map_or(NodeSet::EMPTY, |cast| cast.by);
        let told_votes = match self.config.learning {
            "all" => true,
            "distinguished" => self.config.distinguished() == me,
            _ => false,
        };
        let lacks = of(if told_votes {
            "guard.heard-few"
        } else {
            "guard.not-told"
        });
        let lacks = lacks
            .with("ballot", vote.ballot.arg())
            .nodes("counted", heard.iter())
            .int("have", heard.len())
            .int("need", need);
        Some(why.guard(true, chosen).guard(false, lacks.by("learn")))
    }

    /// The vote that most of the acceptors that are up have cast last; among equals, that of the greatest ballot.
    fn best_vote(&self) -> Option<Cast> {
        let mut casts: Vec<Cast> = Vec::new();
        for (id, acceptor) in self.acceptors() {
            let Some(vote) = acceptor.accepted() else {
                continue;
            };
            match casts.iter_mut().find(|cast| cast.vote == *vote) {
                Some(cast) => {
                    cast.by.insert(id);
                }
                None => casts.push(Cast {
                    vote: vote.clone(),
                    by: [id].into_iter().collect(),
                }),
            }
        }
        let weight = |cast: &Cast| (cast.by.len(), cast.vote.ballot);
        casts.into_iter().max_by_key(weight)
    }

    /// Who knows what is chosen, and what that is.
    fn knowing(&self) -> Option<(Vote, NodeSet)> {
        let knows = |server: &Server| match server.proposer().map(Proposer::phase) {
            Some(Phase::Done(vote)) => Some(vote.clone()),
            _ => server.learner()?.learned().cloned(),
        };
        let mut all = self
            .servers()
            .filter_map(|(id, server)| Some((id, knows(server)?)));
        let (first, vote) = all.next()?;
        let by = std::iter::once(first)
            .chain(all.map(|(id, _)| id))
            .collect();
        Some((vote, by))
    }

    // ---- the client ----

    fn no_answer(&self, me: NodeId, client: &Client) -> Option<WhyNot> {
        let (value, target, _) = client.open()?;
        let asked = Phrase::new("question.no-answer").node("node", me);
        let why = WhyNot::new(asked.text("value", value.as_str()));
        let of = |key| Phrase::new(key).node("node", me).node("target", target);
        let Some(proposer) = self.server_of(target).and_then(Server::proposer) else {
            return Some(why.guard(false, of("guard.target-down")));
        };
        let why = why.guard(true, of("guard.target-up"));
        Some(match proposer.phase() {
            Phase::Done(vote) => {
                let knows = of("guard.target-knows").text("chosen", vote.value.as_str());
                why.guard(true, knows)
                    .guard(false, of("guard.answer-on-its-way"))
            }
            _ if proposer.clients.contains(me) => why
                .guard(true, of("guard.target-has"))
                .guard(false, of("guard.target-does-not-know")),
            _ => why.guard(false, of("guard.request-on-its-way")),
        })
    }
}
