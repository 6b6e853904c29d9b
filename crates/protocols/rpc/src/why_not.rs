//! Why not: why a call has not returned, and why a backend did not keep a call from running twice. Everything is read off the
//! nodes as they stand, as an observer sees them; nothing here is known to a node.

use crate::caller::{Caller, Open, Phase};
use crate::{Backend, Call, Client, Node, RpcConfig};
use protocol::{NodeId, Phrase, WhyNot};

/// So many of a client's open calls are asked about: the oldest.
const CALLS_MAX: usize = 3;

/// The nodes, as an observer sees them.
struct Sight<'a> {
    config: &'a RpcConfig,
    nodes: &'a [Option<Node>],
}

/// What may be asked of `node`.
pub(crate) fn why_not(config: &RpcConfig, nodes: &[Option<Node>], node: NodeId) -> Vec<WhyNot> {
    let sight = Sight { config, nodes };
    match nodes.get(node.index()).and_then(Option::as_ref) {
        Some(Node::Client(client)) => sight.not_returned(node, client),
        Some(Node::Backend(backend)) => sight.ran_twice(node, backend).into_iter().collect(),
        Some(Node::Frontend(_)) | None => Vec::new(),
    }
}

/// How far a call has come at a server.
enum At<'a> {
    /// The server is down.
    Down,
    /// Nobody there has anything to do with it.
    Nowhere,
    /// So many others come before it in the queue.
    Waiting(u64),
    /// A frontend has it at a backend.
    Relayed(&'a Caller, u32),
    /// A backend works on it: this is the number of the work among all that it has begun.
    Running(u64),
}

impl Sight<'_> {
    fn not_returned(&self, me: NodeId, client: &Client) -> Vec<WhyNot> {
        let open = client.caller().open().iter();
        let open = open.map(|((call, _), open)| self.call(me, *call, open));
        let unsaved = client.unsaved().map(|call| {
            let unsaved = Phrase::new("guard.unsaved").node("node", me);
            let says = unsaved.int("call", call.id).by("idempotency-key");
            question(me, call).guard(false, says)
        });
        open.chain(unsaved).take(CALLS_MAX).collect()
    }

    fn call(&self, me: NodeId, call: Call, open: &Open) -> WhyNot {
        let why = question(me, call);
        let mut caller = (me, open);
        // The client's attempt that the walk follows.
        let mut of_client = u64::from(open.attempts);
        let mut why = match own_side(why, call, caller, of_client) {
            Ok(why) => why,
            Err(why) => return why,
        };
        // From the client to a frontend, from there to a backend.
        loop {
            let (from, open) = caller;
            let to = open.target(open.attempts);
            let of = |key| {
                Phrase::new(key)
                    .node("from", from)
                    .node("to", to)
                    .int("call", call.id)
            };
            match self.at(to, call) {
                At::Down => return why.guard(false, of("guard.server-down")),
                At::Waiting(ahead) => {
                    return why.guard(false, of("guard.queued").int("ahead", ahead));
                }
                At::Running(started) => {
                    return why.guard(false, of("guard.at-work").int("started", started));
                }
                At::Nowhere => {
                    let executed = self.remembers(to, call, open.key);
                    if executed {
                        why = why.guard(true, of("guard.executed").by("duplicate"));
                    }
                    let says = of("guard.on-its-way").int("attempt", of_client);
                    return why.guard(false, says.by("retransmission"));
                }
                At::Relayed(relay, attempt) => {
                    why = why.guard(true, of("guard.relayed"));
                    let Some(open) = relay.open().get(&(call, attempt)) else {
                        return why;
                    };
                    of_client = u64::from(attempt);
                    caller = (to, open);
                    why = match own_side(why, call, caller, of_client) {
                        Ok(why) => why,
                        Err(why) => return why,
                    };
                }
            }
        }
    }

    fn at(&self, server: NodeId, call: Call) -> At<'_> {
        let (station, relay) = match self.nodes.get(server.index()).and_then(Option::as_ref) {
            Some(Node::Frontend(frontend)) => (frontend.station(), Some(frontend.caller())),
            Some(Node::Backend(backend)) => (backend.station(), None),
            Some(Node::Client(_)) | None => return At::Down,
        };
        // The newest of several attempts matters.
        let mut running = station.running.iter().rev();
        if let Some(job) = running.find(|job| job.tag.call == call) {
            return match relay {
                Some(relay) => At::Relayed(relay, job.tag.attempt),
                None => At::Running(job.started),
            };
        }
        let place = station.waiting.iter().position(|job| job.tag.call == call);
        place.map_or(At::Nowhere, |ahead| At::Waiting(ahead as u64))
    }

    /// Whether a backend has the answer in its table.
    fn remembers(&self, server: NodeId, call: Call, key: u64) -> bool {
        match self.nodes.get(server.index()).and_then(Option::as_ref) {
            Some(Node::Backend(backend)) => {
                self.config.recognises() && backend.disk().table.contains_key(&(call.client, key))
            }
            _ => false,
        }
    }

    /// The newest of the latest executions that was not the first of its call.
    fn ran_twice(&self, me: NodeId, backend: &Backend) -> Option<WhyNot> {
        let latest = &backend.disk().latest;
        let times = |call: Call| latest.iter().filter(|kept| kept.call == call).count() as u64;
        let kept = latest.iter().rev().find(|kept| times(kept.call) > 1)?;
        let of = |key| {
            Phrase::new(key)
                .node("node", me)
                .node("client", kept.call.client)
                .int("call", kept.call.id)
        };
        let asked = of("question.ran-twice").int("times", times(kept.call));
        let why = WhyNot::new(asked);
        Some(if self.config.recognises() {
            why.guard(true, of("guard.keeps-answers").by("duplicate"))
                .guard(false, of("guard.answer-lost").by("duplicate"))
        } else {
            why.guard(false, of("guard.keeps-no-answers").by("duplicate"))
        })
    }
}

fn question(me: NodeId, call: Call) -> WhyNot {
    let asked = Phrase::new("question.not-returned").node("node", me);
    WhyNot::new(asked.int("call", call.id))
}

/// The caller's own side: an attempt is under way, or a pause. A frontend calls for the client's attempt `of_client`.
fn own_side(
    why: WhyNot,
    call: Call,
    (from, open): (NodeId, &Open),
    of_client: u64,
) -> Result<WhyNot, WhyNot> {
    let of = |key| {
        Phrase::new(key)
            .node("from", from)
            .node("to", open.target(open.attempts))
            .int("call", call.id)
            .int("attempt", u64::from(open.attempts))
    };
    if open.phase == Phase::Pausing {
        let pause = of("guard.pauses").us("pause", open.pause_us);
        let pause = pause.int("client", of_client);
        return Err(why.guard(false, pause.by("backoff")));
    }
    Ok(why.guard(true, of("guard.asked")))
}
