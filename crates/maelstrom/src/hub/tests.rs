//! The hub, line by line.

use super::*;
use crate::view::VIEW_BYTES_MAX;
use protocol::Distribution;

fn hub() -> Hub {
    let weather = Weather {
        latency_us: Distribution::Constant(0),
        loss_permille: 0,
    };
    Hub::new(1, weather, vec!["n0".into(), "n1".into()], 1_000)
}

fn effects(hub: &mut Hub, now_us: u64) -> Vec<Effect> {
    hub.advance(now_us);
    std::iter::from_fn(|| hub.next_effect()).collect()
}

fn init_of(effects: &[Effect]) -> Arc<Envelope> {
    match effects {
        [Effect::Deliver { message, .. }] => message.clone(),
        other => panic!("one message was to come: {other:?}"),
    }
}

#[test]
fn a_node_is_told_its_name_and_is_ready_when_it_answers() {
    let mut hub = hub();
    hub.joined(0, "n0");
    let init = init_of(&effects(&mut hub, 0));
    assert_eq!(init.kind(), Some("init"));
    assert_eq!(init.body["node_id"], "n0");
    assert_eq!(init.body["node_ids"], serde_json::json!(["n0", "n1"]));
    assert!(init.id.is_some());
    let reply = init.reply("init_ok");
    hub.line(1, "n0", reply.line().as_bytes()).unwrap();
    let ready = Effect::Ready { node: "n0".into() };
    assert_eq!(effects(&mut hub, 1)[0], ready);
    assert_eq!(hub.state("n0"), NodeState::Ready);
    assert!(!hub.all_ready());
}

#[test]
fn who_does_not_answer_in_time_is_silent() {
    let mut hub = hub();
    hub.joined(0, "n0");
    effects(&mut hub, 0);
    assert_eq!(hub.wake_us(), Some(INIT_US_MAX));
    let late = effects(&mut hub, INIT_US_MAX);
    let [Effect::NotReady { why, .. }] = &late[..] else {
        panic!("{late:?}");
    };
    assert!(
        why.contains("10 seconds") && why.contains("does it flush"),
        "{why}"
    );
    assert_eq!(hub.state("n0"), NodeState::Silent);
}

#[test]
fn who_answers_something_else_is_told_what_it_was() {
    let mut hub = hub();
    hub.joined(0, "n0");
    effects(&mut hub, 0);
    let bare = Envelope::new("n0", "c0", "init_ok");
    hub.line(0, "n0", bare.line().as_bytes()).unwrap();
    effects(&mut hub, 0);
    let late = effects(&mut hub, INIT_US_MAX);
    let [Effect::NotReady { why, .. }] = &late[..] else {
        panic!("{late:?}");
    };
    assert!(
        why.contains("\"init_ok\"") && why.contains("as in_reply_to"),
        "{why}"
    );
    let strange = Envelope::new("node1", "c0", "init_ok");
    hub.line(0, "n0", strange.line().as_bytes()).unwrap();
    let told = effects(&mut hub, INIT_US_MAX);
    assert!(
        matches!(&told[..], [Effect::Warn(text)] if text.starts_with("n0 wrote a message from \"node1\"")),
        "{told:?}"
    );
}

#[test]
fn whom_a_client_has_asked_since_it_started_is_known() {
    let mut hub = hub();
    hub.joined(0, "n0");
    effects(&mut hub, 0);
    assert!(hub.asked().is_empty(), "`init` asks nothing");
    hub.network.add("c7", Role::Client);
    hub.send(1, Envelope::new("c7", "n0", "read").with("msg_id", 1));
    assert_eq!(hub.asked(), ["n0"]);
    hub.joined(2, "n0");
    assert!(hub.asked().is_empty());
}

#[test]
fn a_malformed_line_is_told_and_the_next_one_is_read() {
    let mut hub = hub();
    hub.joined(0, "n0");
    effects(&mut hub, 0);
    assert!(hub.line(0, "n0", b"hello").is_err());
    assert!(hub.line(0, "n0", &[0xff, 0xfe]).is_err());
    let told = effects(&mut hub, 0);
    assert!(matches!(&told[0], Effect::Warn(text) if text.contains("the line begins: hello")));
    let message = Envelope::new("n0", "n9", "x");
    hub.line(0, "n0", message.line().as_bytes()).unwrap();
    let told = effects(&mut hub, 0);
    assert!(matches!(&told[..], [Effect::Warn(text)] if text.contains("n9")));
}

#[test]
fn a_view_is_noted_and_goes_to_nobody() {
    let mut hub = hub();
    hub.joined(0, "n0");
    effects(&mut hub, 0);
    let view = serde_json::json!({"role": "primary", "badges": [{"key": "3 keys"}],
        "words": {"zh": {"primary": "主节点"}}});
    let tells = |view: &Value| Envelope::new("n0", STAGE, "view").with("view", view.clone());
    hub.line(5, "n0", tells(&view).line().as_bytes()).unwrap();
    assert_eq!(effects(&mut hub, 5), []);
    let (_, records) = hub.network.journal.since(0);
    let last = records.last().unwrap().entry.clone();
    let noted = Entry::View {
        node: "n0".into(),
        view: view.clone(),
    };
    assert_eq!(last, noted);
    assert_eq!(hub.members["n0"].view, Some(view));
}

#[test]
fn a_view_that_cannot_be_shown_is_answered_with_an_error() {
    let mut hub = hub();
    hub.joined(0, "n0");
    effects(&mut hub, 0);
    let tells = |view: Value| Envelope::new("n0", STAGE, "view").with("view", view);
    let long = "a".repeat(VIEW_BYTES_MAX);
    for (message, why) in [
        (
            tells(serde_json::json!({"rolle": "x"})),
            "no field \"rolle\"",
        ),
        (tells(serde_json::json!({"role": 3})), "cannot be read"),
        (
            tells(serde_json::json!({"words": {"zh": "主节点"}})),
            "the view's words cannot be read",
        ),
        (
            tells(serde_json::json!([])),
            "no \"view\" that is an object",
        ),
        (tells(serde_json::json!({"role": long})), "are the most"),
        (Envelope::new("n0", STAGE, "look"), "of type view alone"),
    ] {
        let message = message.with("msg_id", 7);
        hub.line(5, "n0", message.line().as_bytes()).unwrap();
        let done = effects(&mut hub, 5);
        let [Effect::Warn(told), Effect::Deliver { node, message }] = &done[..] else {
            panic!("{done:?}");
        };
        assert!(told.contains(why), "{told}");
        assert_eq!((&**node, message.in_reply_to()), ("n0", Some(7)));
        assert_eq!(message.body["code"], 12);
        let (_, records) = hub.network.journal.since(0);
        let last = &records.last().unwrap().entry;
        assert!(matches!(last, Entry::Malformed { .. }), "{last:?}");
    }
    assert_eq!(hub.members["n0"].view, None);
}

#[test]
fn services_answer_nodes() {
    let mut hub = hub();
    hub.joined(0, "n0");
    effects(&mut hub, 0);
    let ask = Envelope::new("n0", "lin-tso", "ts").with("msg_id", 0);
    hub.line(0, "n0", ask.line().as_bytes()).unwrap();
    let answer = init_of(&effects(&mut hub, 0));
    assert_eq!(answer.body["ts"], 0);
    assert_eq!(answer.in_reply_to(), Some(0));
}

#[test]
fn services_that_are_made_to_speak_with_each_other_do_not() {
    let mut hub = hub();
    for (src, dest) in [("lin-kv", "seq-kv"), ("lin-kv", "lin-kv")] {
        let forged = Envelope::new(src, dest, "x").line();
        hub.line(0, "n0", forged.as_bytes()).unwrap();
    }
    assert_eq!(effects(&mut hub, 0), []);
    assert_eq!(hub.network.sent(), (0, 2));
}

#[test]
fn who_left_gets_nothing_and_is_told_its_name_again_when_it_comes_back() {
    let mut hub = hub();
    hub.joined(0, "n0");
    effects(&mut hub, 0);
    hub.left(1, "n0", "exit status: 1", false);
    hub.send(1, Envelope::new("lin-kv", "n0", "x"));
    assert_eq!(effects(&mut hub, 1), []);
    hub.joined(2, "n0");
    assert_eq!(init_of(&effects(&mut hub, 2)).kind(), Some("init"));
}
