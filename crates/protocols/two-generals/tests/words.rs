//! The words: everything that is said has its sentence in both languages, and every sentence is said.

use protocol::{NodeId, Protocol};
use sim::{Action, Run};
use testing::Heard;
use two_generals::{A, GeneralsConfig, Node};

/// Every kind of trouble, with the sound general and the broken ones.
#[test]
fn what_is_said_has_its_words_and_what_has_words_is_said() {
    let mut heard = Heard::<Node>::default();
    for (seed, variant) in (0..).zip(Node::VARIANTS) {
        for copies in ["1", "2"] {
            let config = [
                ("sweep", "true"),
                ("copies", copies),
                ("loss_permille", "150"),
                ("duplicate_permille", "200"),
                ("latency_max_us", "40000"),
                ("save_us", "2000"),
                ("gap_us", "5000"),
            ];
            let run = Run {
                protocol: Node::ID.into(),
                behaviour: Node::BEHAVIOUR,
                variant: variant.id.into(),
                config: config.map(|(key, value)| (key.into(), value.into())).into(),
                seed,
                ..Run::default()
            };
            let mut run = sim::open::<Node>(&run).expect("a sensible run");
            heard.listen(&mut *run);
            let ask = |client| Action::Ask {
                client,
                op: "attack".into(),
                fields: Vec::new(),
            };
            let crash = |node| Action::Crash {
                node,
                keep: 0,
                torn: false,
            };
            let add = Action::Add(protocol::NodeKind::Client);
            let acts = [
                add,
                ask(A),
                ask(A),
                ask(NodeId(2)),
                crash(A),
                Action::Restart(A),
            ];
            for action in acts {
                let now_us = run.now_us();
                run.act(&action, now_us).expect("it can be done");
                heard.listen(&mut *run);
                heard.play(&mut *run, 500);
            }
        }
    }
    for wrong in [("defend", 0), ("attack", 1)] {
        let fields = vec![String::new(); wrong.1];
        heard.hear(&Node::operation(wrong.0, &fields).expect_err("it is refused"));
    }
    let labels: Vec<String> = Node::roster(&GeneralsConfig::default())
        .into_iter()
        .map(|node| node.label)
        .collect();
    // No network brings a message astray, and no variant goes to war without a plan: `rules.rs` tests both. `why_not.rs` asks the
    // questions.
    let elsewhere = [
        "reason.not-mine",
        "violation.no-plan",
        "question.*",
        "guard.*",
    ];
    heard.check(&labels, &elsewhere);
}
