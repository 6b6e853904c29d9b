//! Single steps that no network and no variant brings about.

use protocol::{
    Chance, Context, Effect, Input, Look, Name, NodeId, Protocol, Surroundings, Verdict, Verdicts,
};
use two_generals::{A, B, Fact, GeneralsConfig, Grounds, Memory, Message, Node, Reason, Variant};

/// What a general who knows nothing does with an input.
fn step(me: NodeId, input: Input<Node>) -> (Node, Vec<Effect<Node>>) {
    let config = GeneralsConfig::default();
    let around = Surroundings {
        me,
        roster: &Node::roster(&config),
        config: &config,
        variant: Variant::Sound,
        now_us: 0,
        wall_us: 0,
        chance: Chance::new(0, Name(0)),
        decisions: &[],
    };
    let mut node = Node::default();
    let mut effects = Vec::new();
    node.on(&mut Context::new(&around, &mut effects), input);
    (node, effects)
}

#[test]
fn what_makes_no_sense_is_noted_and_changes_nothing() {
    let plan = Message {
        battle: 1,
        number: 0,
        acks: 2,
        messenger: 1,
        copies: 1,
    };
    let (_, effects) = step(B, message(A, plan));
    assert!(effects.len() > 1, "the plan itself is acknowledged");
    let senseless = [
        ("a plan to its own sender", A, B, plan),
        ("a plan from oneself", B, B, plan),
        ("a plan to a bystander", NodeId(2), A, plan),
        (
            "an acknowledgement from the wrong side",
            B,
            A,
            Message { number: 1, ..plan },
        ),
        (
            "a message behind the last",
            B,
            A,
            Message { number: 4, ..plan },
        ),
        (
            "a messenger without a number",
            B,
            A,
            Message {
                messenger: 0,
                ..plan
            },
        ),
        (
            "a messenger too many",
            B,
            A,
            Message {
                messenger: 2,
                ..plan
            },
        ),
        (
            "more messengers than there may be",
            B,
            A,
            Message {
                messenger: 9,
                copies: u64::MAX,
                ..plan
            },
        ),
        (
            "a chain longer than there may be",
            B,
            A,
            Message {
                number: u64::MAX - 1,
                acks: u64::MAX,
                ..plan
            },
        ),
    ];
    for (what, me, from, wrong) in senseless {
        let (node, effects) = step(me, message(from, wrong));
        assert_eq!(node, Node::default(), "{what}");
        assert!(
            matches!(effects[..], [Effect::Note(Reason::NotMine { from: said })] if said == from),
            "{what}: {effects:?}"
        );
    }
}

const fn message(from: NodeId, message: Message) -> Input<Node> {
    Input::Message { from, message }
}

#[test]
fn an_attack_that_nobody_was_asked_for_is_a_breach() {
    let mut memory = Memory::default();
    let mut breaches = |facts: &[(NodeId, Fact)]| {
        let mut verdicts = Verdicts::default();
        let look = Look {
            config: &GeneralsConfig::default(),
            nodes: &[],
            changed: None,
            booted: false,
            facts,
            now_us: 0,
            loss_permille: 0,
        };
        Node::observe(&mut memory, &look, &mut verdicts);
        let all = verdicts.drain();
        all.filter_map(|(index, verdict)| match verdict {
            Verdict::Violated(how) => Some((Node::PROPERTIES[index].id, how.key)),
            _ => None,
        })
        .collect::<Vec<_>>()
    };
    let stands_down = Fact::StandsDown(1, 0);
    assert_eq!(breaches(&[(B, stands_down)]), []);
    let attacks = Fact::Attacks(1, Grounds::Heard(0));
    let (property, how) = breaches(&[(B, attacks)]).remove(0);
    assert_eq!((property, &*how), ("validity", "violation.no-plan"));
}
