//! Promises that no run breaks, broken by hand.

use super::*;
use crate::client::Ended;
use crate::config::LoadBalancingConfig;
use crate::message::Message;
use crate::reason::Reason;
use crate::variant::Variant;
use protocol::{Chance, Context, Effect, Input, Name, Protocol, Say, Surroundings, Verdict};

/// With the default parameters: C1 is node 0, B1 node 3, S1 node 4.
const C1: NodeId = NodeId(0);
const S1: NodeId = NodeId(4);

fn look_at(memory: &mut Memory, nodes: &[Option<Node>], changed: NodeId) -> Vec<(usize, Verdict)> {
    let config = LoadBalancingConfig::default();
    let mut verdicts = Verdicts::default();
    let look = Look {
        config: &config,
        nodes,
        changed: Some(changed),
        booted: false,
        facts: &[],
        now_us: 1,
        loss_permille: 0,
    };
    observe(memory, &look, &mut verdicts);
    verdicts.drain().collect()
}

/// An answer by a server that never took the request, and a second answer, are found out.
#[test]
fn answers_have_to_come_from_who_took_the_request() {
    let done = || Ended {
        number: 1,
        server: Some(S1),
        outcome: Some(Outcome::Done {
            waited_us: 0,
            worked_us: 5,
        }),
        took_us: 9,
    };
    let nodes = |asked, ended| {
        let mut nodes = vec![None; 8];
        nodes[0] = Some(Node::Client(Client::in_test(asked, ended)));
        nodes
    };
    let violated = |verdicts: Vec<(usize, Verdict)>| {
        verdicts
            .into_iter()
            .find_map(|(index, verdict)| match verdict {
                Verdict::Violated(how) if index == ANSWERED_ONCE => Some(how.key.to_string()),
                _ => None,
            })
    };
    let mut memory = Memory::default();
    assert_eq!(
        violated(look_at(&mut memory, &nodes(1, Vec::new()), C1)),
        None
    );
    assert_eq!(
        violated(look_at(&mut memory, &nodes(1, vec![done()]), C1)).as_deref(),
        Some("violation.answered-by-other")
    );
    assert_eq!(
        violated(look_at(&mut memory, &nodes(1, vec![done(), done()]), C1)).as_deref(),
        Some("violation.answered-twice")
    );
}

/// What was meant for another kind of node is noted, whoever gets it, and changes nothing.
#[test]
fn misdirected_messages_are_noted() {
    let config = LoadBalancingConfig::default();
    let roster = Node::roster(&config);
    for (me, message) in [
        (C1, Message::Idle),
        (NodeId(3), Message::Probe { round: 1 }),
        (S1, Message::Load { load: 1 }),
    ] {
        let around = Surroundings {
            me,
            roster: &roster,
            config: &config,
            variant: Variant::Sound,
            now_us: 0,
            wall_us: 0,
            chance: Chance::new(1, Name(1)),
            decisions: &[],
        };
        let mut effects: Vec<Effect<Node>> = Vec::new();
        let mut node = Node::boot(&mut Context::new(&around, &mut effects), &());
        let before = node.clone();
        effects.clear();
        let input = Input::Message { from: C1, message };
        node.on(&mut Context::new(&around, &mut effects), input);
        let reason = Reason::Misdirected { from: C1 };
        assert_eq!(effects, [Effect::Note(reason.clone())]);
        assert_eq!(node, before);
        assert_eq!(reason.phrase(me).key, "reason.misdirected");
    }
}
