//! Whatever nodes say and histories hold: it is read, or refused in words; nothing panics, and nothing that was refused has passed.

use maelstrom::check::{check, txn};
use maelstrom::history::{Event, Phase};
use maelstrom::hub::{Effect, Hub};
use maelstrom::journal::{Entry, Record};
use maelstrom::network::Weather;
use maelstrom::workload::{Asked, Generator, Memory, Workload, begin, go_on};
use proptest::prelude::*;
use protocol::Distribution;
use serde_json::{Map, Value, json};
use wire::Envelope;

fn hub() -> Hub {
    let weather = Weather {
        latency_us: Distribution::Constant(0),
        loss_permille: 0,
    };
    let mut hub = Hub::new(1, weather, vec!["n0".into(), "n1".into()], 100);
    hub.joined(0, "n0");
    hub.joined(0, "n1");
    hub
}

/// Any JSON, with the numbers and names that mean something more often than others.
fn any_json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![0..4u64, Just(u64::MAX), Just(u64::MAX - 1)];
    let name = prop_oneof![
        Just("n0"),
        Just("c0"),
        Just("r"),
        Just("append"),
        Just("w"),
        Just("key"),
        Just("msg"),
        Just("0")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        name.clone().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..4).prop_map(|fields| {
                let fields = fields.into_iter().map(|(key, it)| (key.to_owned(), it));
                Value::Object(fields.collect::<Map<_, _>>())
            }),
        ]
    })
}

fn any_body() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        Just("read"),
        Just("write"),
        Just("cas"),
        Just("ts"),
        Just("init_ok"),
        Just("topology_ok"),
        Just("error"),
        Just("x"),
        Just("read_ok"),
        Just("poll_ok"),
        Just("commit_offsets_ok"),
        Just("list_committed_offsets_ok"),
        Just("txn_ok")
    ];
    let key = prop_oneof![
        Just("msg_id"),
        Just("in_reply_to"),
        Just("key"),
        Just("value"),
        Just("from"),
        Just("to"),
        Just("code"),
        Just("txn"),
        Just("msgs"),
        Just("offsets"),
        Just("messages"),
        Just("create_if_not_exists")
    ];
    let fields = prop::collection::vec((key, any_json()), 0..6);
    (kind, fields).prop_map(|(kind, fields)| {
        let mut body = json!({"type": kind});
        for (key, value) in fields {
            body[key] = value;
        }
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_message_or_are_refused(line: Vec<u8>) {
        let mut hub = hub();
        let before = hub.network.sent();
        if let Err(wrong) = hub.line(0, "n0", &line) {
            prop_assert!(!wrong.to_string().is_empty());
            prop_assert_eq!(hub.network.sent(), before);
        }
        hub.advance(0);
    }

    #[test]
    fn any_body_passes_and_services_answer_once(
        dest in prop_oneof![Just("n1"), Just("lin-kv"), Just("seq-kv"), Just("lww-kv"), Just("lin-tso"), Just("c0"), Just("?")],
        body in any_body(),
    ) {
        let mut hub = hub();
        hub.advance(0);
        while hub.next_effect().is_some() {}
        let line = json!({"src": "n0", "dest": dest, "body": body}).to_string();
        prop_assert!(hub.line(0, "n0", line.as_bytes()).is_ok());
        hub.advance(0);
        let mut answers = 0;
        while let Some(effect) = hub.next_effect() {
            answers += u32::from(matches!(effect, Effect::Deliver { node, .. } if node == "n0"));
        }
        let service = matches!(dest, "lin-kv" | "seq-kv" | "lww-kv" | "lin-tso");
        let asks = body["in_reply_to"].as_u64().is_none();
        prop_assert_eq!(answers, u32::from(service && asks));
    }

    #[test]
    fn any_answer_is_taken_or_is_said_to_be_none(body in any_body(), number in 0..40u64) {
        for workload in Workload::ALL {
            let mut generator = Generator::new(workload, number, 0);
            let mut memory = Memory::default();
            for _ in 0..4 {
                let asked: Asked = generator.next(&memory);
                if begin(workload, &asked, &mut memory).is_some() {
                    let mut answer = Envelope::new("n0", "c1", "");
                    answer.body = body.as_object().cloned().unwrap_or_default();
                    if let Err(why) = go_on(workload, &asked, &mut memory, &answer) {
                        prop_assert!(!why.is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn any_history_gets_a_verdict(
        rows in prop::collection::vec((0..4u64, 0..4u8, 0..8usize, any_json()), 0..24)
    ) {
        const FUNCTIONS: [&str; 8] = ["read", "write", "cas", "add", "txn", "send", "poll", "assign"];
        const PHASES: [Phase; 4] = [Phase::Invoke, Phase::Ok, Phase::Fail, Phase::Info];
        let events: Vec<Event> = rows
            .into_iter()
            .map(|(client, phase, f, value)| Event {
                client,
                phase: PHASES[usize::from(phase)],
                f: FUNCTIONS[f].into(),
                value,
                time_us: 0,
                node: "n0".into(),
                last: false,
                error: None,
            })
            .collect();
        for workload in Workload::ALL {
            let verdict = check(workload, &events, txn::Level::default());
            let found: u64 = verdict.counts.values().sum();
            prop_assert!(found >= verdict.findings.len() as u64);
        }
    }

    #[test]
    fn any_record_that_is_read_is_written_alike(body in any_body(), seq: u64, time_us: u64, lamport: u64, due_us: Option<u64>) {
        let mut message = Envelope::new("n0", "n1", "");
        message.body = body.as_object().cloned().unwrap_or_default();
        let record = Record { seq, time_us, hub: None, entry: Entry::Send { lamport, due_us, message: message.into() } };
        let line = serde_json::to_string(&record).unwrap();
        let again: Record = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), line);
    }

    #[test]
    fn any_text_is_a_record_or_is_refused(text: String) {
        let _ = serde_json::from_str::<Record>(&text);
    }
}
