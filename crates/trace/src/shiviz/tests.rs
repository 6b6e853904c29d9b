//! A log of events made by hand: every clock is counted here on paper.

use super::*;
use crate::{Fate, Language, MessageRef};
use protocol::{MessageShape, MessageView, Phrase};

const WORDS: &str =
    "timer.election = election\nfact.leads = {node} leads.\nop.put = put\nreason.sent = It asks.";

fn message(name: u64, from: u16, to: u16) -> MessageRef {
    MessageRef {
        name: Name(name),
        from: NodeId(from),
        to: NodeId(to),
        sent_us: 0,
        view: MessageView {
            kind: "Vote".into(),
            shape: MessageShape::Request,
            epoch: None,
            label: None,
        },
        body: None,
    }
}

fn sent(name: u64, from: u16, to: u16) -> Outcome {
    Outcome::Sent {
        message: message(name, from, to),
        due_us: 0,
        fate: Fate::Flying,
        reason: Phrase::new("reason.sent"),
    }
}

fn event(
    step: u64,
    node: Option<u16>,
    stimulus: Stimulus,
    cause: Cause,
    outcomes: Vec<Outcome>,
) -> Event {
    Event {
        step,
        name: Name(100 + step),
        at_us: 10 * step,
        node: node.map(NodeId),
        stimulus,
        cause,
        outcomes,
        view: None,
    }
}

#[test]
fn each_event_knows_what_it_could_have_heard_of() {
    let election = || Stimulus::Fired {
        timer: "election".into(),
    };
    let because = |step: u64| Cause::Event(Name(100 + step));
    let leads = Outcome::Told(Phrase::new("fact.leads").node("node", NodeId(1)));
    let events = [
        // S1 asks both others; S 2 hears of it, and what it answers is lost on the way; somebody drops what S3 would have heard.
        event(
            1,
            Some(0),
            election(),
            Cause::Start,
            vec![sent(1, 0, 1), sent(2, 0, 2)],
        ),
        event(
            2,
            Some(1),
            Stimulus::Delivered(message(1, 0, 1)),
            because(1),
            vec![sent(3, 1, 0), leads],
        ),
        event(
            3,
            Some(2),
            Stimulus::Dropped(message(2, 0, 2)),
            Cause::Choice,
            vec![],
        ),
        event(
            4,
            Some(0),
            Stimulus::Bounced(message(3, 1, 0)),
            because(2),
            vec![],
        ),
        event(5, Some(2), election(), Cause::Start, vec![]),
        // What caused an event at the same node adds nothing.
        event(6, Some(0), election(), because(1), vec![sent(4, 0, 2)]),
        event(
            7,
            Some(2),
            Stimulus::Delivered(message(4, 0, 2)),
            because(6),
            vec![],
        ),
        event(8, None, Stimulus::Healed, Cause::Choice, vec![]),
    ];
    let mut words = Words::new(Language::English);
    words.add(WORDS).expect("good words");
    let labels = ["S1", "S 2", "\"S3\""].map(String::from);
    let log = shiviz(&events, &words, &labels);
    let expected = r#"(?<step>\d+) (?<at_us>\d+) (?<host>\S+) (?<clock>{.*})\n(?<event>.*)

1 10 S1 {"S1":1}
At S1 the election timer fires. It asks.
2 20 S-2 {"S-2":1, "S1":1}
S 2 receives Vote from S1. S 2 leads.
3 30 network {"network":1, "S1":1}
Vote from S1 to "S3" is dropped.
4 40 network {"network":2, "S1":1, "S-2":1}
Vote from S 2 reaches S1, which is down: nobody reads it.
5 50 "S3" {"\"S3\"":1}
At "S3" the election timer fires.
6 60 S1 {"S1":2}
At S1 the election timer fires. It asks.
7 70 "S3" {"\"S3\"":2, "S1":2}
"S3" receives Vote from S1.
8 80 network {"network":3, "S1":1, "S-2":1}
The network is whole again.
"#;
    assert_eq!(log, expected);
}

#[test]
fn hosts_of_one_name_are_told_apart_and_sentences_keep_to_their_line() {
    let mut words = Words::new(Language::English);
    words
        .add("timer.line = one\u{2028}two")
        .expect("good words");
    let labels = ["network", "network", ""].map(String::from);
    let fired = |step, node| {
        let timer = Stimulus::Fired {
            timer: "line".into(),
        };
        event(step, Some(node), timer, Cause::Start, vec![])
    };
    let healed = event(4, None, Stimulus::Healed, Cause::Choice, vec![]);
    let log = shiviz(
        &[fired(1, 0), fired(2, 1), fired(3, 2), healed],
        &words,
        &labels,
    );
    let hosts: Vec<&str> = log.lines().skip(2).step_by(2).collect();
    assert_eq!(
        hosts,
        [
            r#"1 10 network {"network":1}"#,
            r#"2 20 network' {"network'":1}"#,
            r#"3 30 ' {"'":1}"#,
            r#"4 40 network'' {"network''":1}"#,
        ]
    );
    assert!(log.contains("the one two timer fires"));
}
