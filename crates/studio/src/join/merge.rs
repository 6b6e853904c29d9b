//! Streams of several nodes become one: each node's events in their order, and no receipt before its sending. Knows no sockets.
//!
//! Lamport's clocks tell when to wait: a receipt follows everything with a smaller clock at its sender. Among what need not wait
//! the earliest comes first.

use protocol::Name;
use std::collections::{BTreeMap, VecDeque};
use trace::{Event, Stimulus};

/// How long a receipt waits for its sender's stream, in microseconds of real time.
pub(crate) const WAIT_US: u64 = 500_000;

/// An event that came and is not shown yet.
#[derive(Clone, Debug)]
struct Waiting {
    clock: u64,
    event: Event,
    /// The real time at which it came.
    came_us: u64,
}

/// The stream of one node.
#[derive(Clone, Debug, Default)]
struct Lane {
    waiting: VecDeque<Waiting>,
    /// That of the last event that was handed on.
    clock: u64,
    /// Whether more may come.
    open: bool,
}

/// What has come of all nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Merge {
    lanes: BTreeMap<u16, Lane>,
}

/// What comes next.
#[derive(Clone, Debug)]
pub(crate) struct Next {
    pub(crate) event: Event,
    /// The node whose stream was waited for in vain.
    pub(crate) slow: Option<u16>,
}

impl Merge {
    /// A node is watched from its clock on.
    pub(crate) fn open(&mut self, node: u16, clock: u64) {
        let lane = self.lanes.entry(node).or_default();
        lane.open = true;
        if lane.waiting.is_empty() {
            lane.clock = lane.clock.max(clock);
        }
    }

    /// It is no longer: nothing waits for it.
    pub(crate) fn close(&mut self, node: u16) {
        if let Some(lane) = self.lanes.get_mut(&node) {
            lane.open = false;
        }
    }

    /// Something happened at a node; `clock` is what it told, or `None` for what follows its last event without one of its own.
    pub(crate) fn push(&mut self, node: u16, clock: Option<u64>, event: Event, now_us: u64) {
        let lane = self.lanes.entry(node).or_default();
        let last = lane.waiting.back().map_or(lane.clock, |last| last.clock);
        lane.waiting.push_back(Waiting {
            clock: clock.unwrap_or(last),
            event,
            came_us: now_us,
        });
    }

    /// The next event of all, unless every one that has come must wait. `sent` knows the messages whose sending was handed on.
    pub(crate) fn next(&mut self, now_us: u64, sent: &dyn Fn(Name) -> bool) -> Option<Next> {
        let heads = self.lanes.iter().filter_map(|(node, lane)| {
            let head = lane.waiting.front()?;
            let waits_for = self.waits_for(head, sent);
            let in_vain = now_us.saturating_sub(head.came_us) >= WAIT_US;
            let ready = waits_for.is_none() || in_vain;
            ready.then_some((head.event.at_us, head.clock, *node, waits_for))
        });
        let (_, _, node, slow) =
            heads.min_by_key(|(at_us, clock, node, _)| (*at_us, *clock, *node))?;
        let lane = self.lanes.get_mut(&node)?;
        let Waiting { clock, event, .. } = lane.waiting.pop_front()?;
        lane.clock = lane.clock.max(clock);
        Some(Next { event, slow })
    }

    /// Whose stream must come further before this may follow.
    fn waits_for(&self, head: &Waiting, sent: &dyn Fn(Name) -> bool) -> Option<u16> {
        let Stimulus::Delivered(message) = &head.event.stimulus else {
            return None;
        };
        let lane = self.lanes.get(&message.from.0)?;
        let reached = match lane.waiting.front() {
            Some(first) => first.clock >= head.clock,
            None => !lane.open || lane.clock >= head.clock,
        };
        (!reached && !sent(message.name)).then_some(message.from.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{MessageShape, MessageView, NodeId};
    use trace::{Cause, Fate, MessageRef, Outcome};

    fn message(name: u64, from: u16, to: u16) -> MessageRef {
        MessageRef {
            name: Name(name),
            from: NodeId(from),
            to: NodeId(to),
            sent_us: 0,
            view: MessageView {
                kind: "Ping".into(),
                shape: MessageShape::Request,
                epoch: None,
                label: None,
            },
            body: None,
        }
    }

    fn event(name: u64, node: u16, at_us: u64, stimulus: Stimulus) -> Event {
        Event {
            step: 0,
            name: Name(name),
            at_us,
            node: Some(NodeId(node)),
            stimulus,
            cause: Cause::ProgramOrder,
            outcomes: Vec::new(),
            view: None,
        }
    }

    fn sends(name: u64, node: u16, at_us: u64, message: MessageRef) -> Event {
        let mut event = event(name, node, at_us, Stimulus::Internal);
        event.outcomes.push(Outcome::Sent {
            message,
            due_us: 0,
            fate: Fate::Flying,
            reason: protocol::Phrase::new("x"),
        });
        event
    }

    fn drain(merge: &mut Merge, now_us: u64) -> Vec<(u64, Option<u16>)> {
        let mut known = Vec::new();
        let mut out = Vec::new();
        while let Some(next) = merge.next(now_us, &|name| known.contains(&name)) {
            for outcome in &next.event.outcomes {
                if let Outcome::Sent { message, .. } = outcome {
                    known.push(message.name);
                }
            }
            out.push((next.event.name.0, next.slow));
        }
        out
    }

    fn two() -> Merge {
        let mut merge = Merge::default();
        merge.open(0, 0);
        merge.open(1, 0);
        merge
    }

    #[test]
    fn a_receipt_waits_for_its_sending_even_if_clocks_of_the_wall_differ() {
        let mut merge = two();
        let ping = message(9, 0, 1);
        // The receiver's wall clock is behind: it heard the message before it was sent.
        merge.push(
            1,
            Some(5),
            event(1, 1, 100, Stimulus::Delivered(ping.clone())),
            0,
        );
        assert_eq!(drain(&mut merge, 0), []);
        merge.push(0, Some(4), sends(2, 0, 200, ping), 10);
        assert_eq!(drain(&mut merge, 10), [(2, None), (1, None)]);
    }

    #[test]
    fn a_slow_stream_is_waited_for_so_long_and_no_longer() {
        let mut merge = two();
        merge.push(
            1,
            Some(5),
            event(1, 1, 100, Stimulus::Delivered(message(9, 0, 1))),
            0,
        );
        assert_eq!(drain(&mut merge, WAIT_US - 1), []);
        assert_eq!(drain(&mut merge, WAIT_US), [(1, Some(0))]);
    }

    #[test]
    fn who_is_not_watched_or_has_gone_further_is_not_waited_for() {
        let mut merge = two();
        merge.push(
            1,
            Some(5),
            event(1, 1, 1, Stimulus::Delivered(message(9, 7, 1))),
            0,
        );
        assert_eq!(drain(&mut merge, 0), [(1, None)]);
        // Sent before anybody watched: the sender's clock is past it.
        merge.push(0, Some(30), event(2, 0, 2, Stimulus::Internal), 0);
        merge.push(
            1,
            Some(8),
            event(3, 1, 1, Stimulus::Delivered(message(10, 0, 1))),
            0,
        );
        assert_eq!(drain(&mut merge, 0), [(3, None), (2, None)]);
        merge.push(
            1,
            Some(40),
            event(4, 1, 3, Stimulus::Delivered(message(11, 0, 1))),
            0,
        );
        assert_eq!(drain(&mut merge, 0), []);
        merge.close(0);
        assert_eq!(drain(&mut merge, 0), [(4, None)]);
    }

    #[test]
    fn each_stream_keeps_its_order_and_the_earliest_comes_first() {
        let mut merge = two();
        for (name, node, at_us) in [(1, 0, 10), (2, 0, 5), (3, 1, 7), (4, 1, 20)] {
            merge.push(
                node,
                Some(name),
                event(name, node, at_us, Stimulus::Internal),
                0,
            );
        }
        let names: Vec<_> = drain(&mut merge, 0)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, [3, 1, 2, 4]);
    }
}
