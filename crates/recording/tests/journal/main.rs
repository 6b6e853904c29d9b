//! The journal of a real hub becomes a recording that shows what passed in it.

mod world;

use maelstrom::hub::STAGE;
use maelstrom::network::{Fault, Role, Weather};
use protocol::{Distribution, Hue, MessageShape, NodeKind, Phrase};
use recording::{Journal, Read, Recording, read};
use serde_json::json;
use sim::Source;
use std::collections::BTreeSet;
use trace::{Cause, FlightEnd, NodeStatus, Outcome, Stimulus};
use wire::Envelope;
use wire::journal::{Flight, Head, Hello, Member, Remark, SERVICES};
use world::{NOBODY, World, last, sentences};

#[test]
fn a_request_and_its_answer_are_events_that_lead_to_each_other() {
    let mut world = World::new(&["n0", "n1"]);
    world.hub.network.add("c1", Role::Client);
    let ask = Envelope::new("c1", "n0", "write")
        .with("msg_id", 0)
        .with("key", 7)
        .with("value", "x");
    world.hub.send(world.now_us, ask.clone());
    world.pass(10);
    world.says(ask.reply("write_ok"));
    world.pass(10);
    let mut recording = world.recording();
    let told = sentences(&recording);
    assert!(
        told.contains(&"c1 sends write to n0: key: 7, value: x".to_owned()),
        "{told:#?}"
    );
    assert!(told.contains(&"n0 is ready.".to_owned()), "{told:#?}");
    let events = recording.events();
    let [.., sent, heard, answered, back] = events else {
        panic!("too few events");
    };
    assert_eq!(heard.cause, Cause::Event(sent.name));
    assert_eq!(answered.cause, Cause::Event(heard.name));
    assert_eq!(back.cause, Cause::Event(answered.name));
    let Stimulus::Delivered(message) = &back.stimulus else {
        panic!("{back:?}");
    };
    assert_eq!(message.view.shape, MessageShape::Granted);
    assert_eq!(message.view.kind, "write_ok");
    // Who joins is on the stage from then on.
    let labels = ["n0", "n1", "c0", "c1"];
    assert_eq!(recording.labels(), labels);
    let kind = |recording: &Recording, node: usize| recording.frame().nodes[node].kind;
    assert_eq!(
        (kind(&recording, 1), kind(&recording, 3)),
        (NodeKind::Server, NodeKind::Client)
    );
    assert_eq!(recording.frame().nodes[3].status, NodeStatus::Removed);
    let (_, frame) = last(&mut recording);
    assert!(frame.nodes.iter().all(|node| node.status == NodeStatus::Up));
    assert_eq!(frame.nodes[3].view.role, "role.client");
}

#[test]
fn a_message_flies_as_long_as_it_did_and_ends_as_it_ended() {
    let sends = |world: &mut World| {
        world.says(Envelope::new("n0", "n1", "gossip").with("messages", json!([1])));
        world.hub.advance(world.now_us);
    };
    let flight = |recording: &mut Recording| {
        let (_, frame) = last(recording);
        frame.flights.last().cloned().expect("a flight")
    };
    // On its way.
    let mut world = World::new(&["n0", "n1"]);
    sends(&mut world);
    let flies = flight(&mut world.recording());
    assert_eq!(
        (flies.due_us - flies.sent_us, flies.end),
        (5_000, FlightEnd::Arrives)
    );
    // Dropped by hand.
    let id = world.flying();
    assert!(world.hub.network.drop_message(world.now_us, id));
    assert_eq!(flight(&mut world.recording()).end, FlightEnd::Dropped);
    // Held, and let go on.
    let mut world = World::new(&["n0", "n1"]);
    sends(&mut world);
    let id = world.flying();
    world.hub.network.hold(world.now_us, id);
    assert!(flight(&mut world.recording()).held);
    world.hub.network.release(world.now_us, id);
    assert!(!flight(&mut world.recording()).held);
    // Doubled.
    world.hub.network.duplicate(world.now_us, id);
    let (_, frame) = last(&mut world.recording());
    assert_eq!(frame.flights.len(), 2);
    world.pass(10_000);
    let (_, frame) = last(&mut world.recording());
    assert_eq!(frame.flights.len(), 0, "both have arrived");
    // Lost by the network: it never arrives, and its sender's event says so.
    let mut world = World::new(&["n0", "n1"]);
    let weather = Weather {
        latency_us: Distribution::Constant(5_000),
        loss_permille: 1_000,
    };
    world.hub.network.set_weather(weather);
    sends(&mut world);
    let lost = flight(&mut world.recording());
    assert_eq!(
        (lost.end, lost.due_us - lost.sent_us),
        (FlightEnd::Lost, 5_000)
    );
    // Stopped by a cut that is there when it is due.
    let mut world = World::new(&["n0", "n1"]);
    world.disturb(Fault::Cut {
        src: "n0".into(),
        dest: "n1".into(),
    });
    sends(&mut world);
    world.pass(6_000);
    assert_eq!(flight(&mut world.recording()).end, FlightEnd::Cut);
    // To a node that is down.
    let mut world = World::new(&["n0", "n1"]);
    world.hub.left(world.now_us, "n1", "exit status: 3", false);
    sends(&mut world);
    world.pass(5_000);
    let mut recording = world.recording();
    assert_eq!(flight(&mut recording).end, FlightEnd::Bounced);
    assert!(sentences(&recording).contains(&"n1 ends: exit status: 3".to_owned()));
}

#[test]
fn faults_are_what_the_stage_knows() {
    let mut world = World::new(&["n0", "n1", "n2"]);
    let links = [("n0", "n1"), ("n1", "n0"), ("n0", "n2"), ("n2", "n0")];
    let links = links.map(|(src, dest)| (src.to_owned(), dest.to_owned()));
    world.disturb(Fault::Partition {
        how: "one".into(),
        links: links.into(),
    });
    let (_, frame) = last(&mut world.recording());
    assert_eq!(frame.cuts.len(), 1);
    assert!(frame.cuts[0].both);
    world.disturb(Fault::Mend {
        src: "n1".into(),
        dest: "n0".into(),
    });
    let (_, frame) = last(&mut world.recording());
    let parted = |cut: &trace::Cut| {
        let both = usize::from(cut.both) + 1;
        cut.from.len() * cut.to.len() * both
    };
    assert_eq!(frame.cuts.iter().map(parted).sum::<usize>(), 3);
    world.disturb(Fault::Heal);
    assert!(last(&mut world.recording()).1.cuts.is_empty());
    let status = |world: &World, node: usize| last(&mut world.recording()).1.nodes[node].status;
    world.disturb(Fault::Pause { node: "n1".into() });
    assert_eq!(status(&world, 1), NodeStatus::Paused);
    world.disturb(Fault::Resume { node: "n1".into() });
    assert_eq!(status(&world, 1), NodeStatus::Up);
    world.disturb(Fault::Kill { node: "n2".into() });
    assert_eq!(status(&world, 2), NodeStatus::Up, "until it is down");
    world.hub.left(world.now_us, "n2", "signal: 9", false);
    let (event, _) = last(&mut world.recording());
    assert_eq!(event.cause, Cause::Choice);
    assert_eq!(status(&world, 2), NodeStatus::Crashed);
    world.disturb(Fault::Restart { node: "n2".into() });
    world.hub.joined(world.now_us, "n2");
    assert_eq!(status(&world, 2), NodeStatus::Up);
    let booted = |event: &trace::Event| event.stimulus == Stimulus::Booted { incarnation: 2 };
    assert!(world.recording().events().iter().any(booted));
    world.disturb(Fault::HoldAll);
    let told = sentences(&world.recording());
    assert_eq!(
        told.last().expect("an event"),
        "Holding all messages back is now on."
    );
}

#[test]
fn a_node_shows_what_it_tells_of_itself() {
    let mut world = World::new(&["n0"]);
    let view =
        json!({"role": "primary", "ring": "double", "epoch": 3, "badges": [{"key": "2 keys"}]});
    world.says(Envelope::new("n0", STAGE, "view").with("view", view));
    let mut recording = world.recording();
    let (_, frame) = last(&mut recording);
    let shown = &frame.nodes[0].view;
    assert_eq!((&*shown.role, shown.epoch), ("primary", Some(3)));
    assert_eq!(shown.badges, [Phrase::new("2 keys")]);
    assert_eq!(
        sentences(&recording).last().expect("an event"),
        "n0 tells how it stands."
    );
}

#[test]
fn a_message_shows_what_it_tells_of_itself_as_far_as_it_can_be_shown() {
    let mut world = World::new(&["n0", "n1"]);
    let mut shown = |view: serde_json::Value| {
        let message = Envelope::new("n0", "n1", "vote").with("granted", true);
        world.says(message.with("view", view));
        let mut recording = world.recording();
        world.pass(10_000);
        let (event, _) = last(&mut recording);
        let [Outcome::Sent { message, .. }] = &event.outcomes[..] else {
            panic!("{event:?}")
        };
        assert_eq!(message.body, Some(json!({"type": "vote", "granted": true})));
        let words = recording.brought().cloned().unwrap_or_default();
        (message.view.clone(), words, recording.about().hue)
    };
    let (_, _, hue) = shown(json!({"shape": "granted"}));
    assert_eq!(hue, Hue::Neutral);
    let label = json!({"key": "for {name}", "args": [["name", {"text": "n1"}]]});
    let (view, words, hue) = shown(json!({"shape": "granted", "epoch": 3, "label": label,
        "words": {"zh": {"for {name}": "投给 {name}"}}}));
    assert_eq!((view.shape, view.epoch), (MessageShape::Granted, Some(3)));
    assert_eq!(
        view.label,
        Some(Phrase::new("for {name}").text("name", "n1"))
    );
    assert_eq!(view.kind, "vote");
    assert_eq!(hue, Hue::Epoch("hue.epoch"));
    assert_eq!(words["zh"]["for {name}"], "投给 {name}");
    // A view that makes no sense is none, and a label without end is left out.
    let (view, ..) = shown(json!({"shape": "a banana", "epoch": 3}));
    assert_eq!((view.shape, view.epoch), (MessageShape::Request, None));
    let said = Phrase::new("recorded.text").text("text", "granted: true");
    assert_eq!(view.label, Some(said));
    let long = "a".repeat(10_000);
    let (view, ..) = shown(json!({"shape": "refused", "label": {"key": long}}));
    assert_eq!((view.shape, view.label), (MessageShape::Refused, None));
}

#[test]
fn services_and_nodes_that_join_later_are_on_the_stage() {
    let mut world = World::new(&["n0"]);
    world.hub.joined(world.now_us, "n9");
    world.pass(10);
    world.says(
        Envelope::new("n9", "lin-kv", "read")
            .with("msg_id", 1)
            .with("key", 1),
    );
    world.pass(20_000);
    let mut recording = world.recording();
    let (_, frame) = last(&mut recording);
    let at = |label: &str| {
        frame
            .nodes
            .iter()
            .find(|node| node.label == label)
            .expect("a node")
    };
    assert_eq!(at("lin-kv").kind, NodeKind::Store);
    assert_eq!(at("n9").status, NodeStatus::Up);
    // What the service answers is an error: there is no such key.
    let refused = recording.events().iter().any(|event| {
        let message = event.stimulus.message();
        message.is_some_and(|message| message.view.shape == MessageShape::Refused)
    });
    assert!(refused);
    world.says(Envelope::new("n9", "n7", "x"));
    let told = sentences(&world.recording());
    assert_eq!(
        told.last().expect("an event"),
        "n9 sends x to n7, and nobody is called so."
    );
}

#[test]
fn who_watches_later_sees_the_same_stage() {
    let mut world = World::new(&["n0", "n1"]);
    world.disturb(Fault::Cut {
        src: "n1".into(),
        dest: "n0".into(),
    });
    world.says(Envelope::new("n0", "n1", "gossip"));
    let view = json!({"role": "primary"});
    world.says(Envelope::new("n1", STAGE, "view").with("view", view));
    let network = &world.hub.network;
    let hello = Hello {
        format: 1,
        now_us: world.now_us,
        next: network.journal.next(),
        nodes: ["n0", "n1"]
            .map(|node| Member {
                node: node.into(),
                now: world.hub.state(node),
                own: true,
                paused: false,
                view: world.hub.view(node).cloned(),
                hub: None,
            })
            .into(),
        services: SERVICES.map(str::to_owned).into(),
        holding: false,
        cuts: network
            .cuts()
            .map(|(src, dest)| (src.into(), dest.into()))
            .collect(),
        flights: network
            .flights()
            .map(|(_, flight)| Flight {
                message: flight.message.clone(),
                sent_us: flight.sent_us,
                due_us: flight.due_us,
                lamport: flight.lamport,
            })
            .collect(),
        flights_all: 1,
        testing: false,
        hub: None,
        hubs: 1,
    };
    let (mut journal, mut later) = Journal::join(&hello).expect("few nodes");
    let flight = later.frame().flights[0].clone();
    assert_eq!(journal.number(flight.name), Some(world.flying()));
    let stage = |recording: &Recording| {
        let frame = recording.frame();
        let nodes = frame.nodes.into_iter().filter(|node| node.label != "c0");
        let nodes: Vec<_> = nodes
            .map(|node| (node.label, node.status, node.view))
            .collect();
        (nodes, frame.flights, frame.cuts)
    };
    let mut whole = world.recording();
    whole.seek(whole.len()).expect("the end");
    assert_eq!(stage(&later), stage(&whole));
    let known = world.records().len();
    world.pass(6_000);
    for record in &world.records()[known..] {
        journal.push(record, &mut later).expect("few nodes");
    }
    later.seek(later.len()).expect("the end");
    let mut whole = world.recording();
    whole.seek(whole.len()).expect("the end");
    assert_eq!(stage(&later), stage(&whole));
    assert!(later.frame().flights.is_empty(), "it has arrived");
    assert_eq!(journal.number(flight.name), None);
}

#[test]
fn a_journal_grows_record_by_record_as_it_is_read_at_once() {
    let mut world = World::new(&["n0", "n1"]);
    for round in 0..400_u64 {
        let [src, dest] = if round % 3 == 0 {
            ["n0", "n1"]
        } else {
            ["n1", "n0"]
        };
        world.says(Envelope::new(src, dest, "gossip").with("round", round));
        if round % 50 == 7 {
            world.disturb(Fault::Cut {
                src: "n0".into(),
                dest: "n1".into(),
            });
        }
        if round % 50 == 20 {
            world.disturb(Fault::Heal);
        }
        world.pass(3_000);
    }
    let whole = world.recording();
    let head = Head {
        format: 1,
        nodes: world.hub.names().to_vec(),
        seed: 1,
        workload: None,
    };
    let (mut journal, mut grown) = Journal::begin(&head).expect("few nodes");
    for record in world.records() {
        journal.push(&record, &mut grown).expect("few nodes");
        // Whoever watches stands at the end.
        grown.seek(grown.len()).expect("the end");
    }
    assert_eq!(grown.events(), whole.events());
    let mut whole = whole;
    for step in [whole.len(), 700, 256, 257, 3, 512] {
        whole.seek(step).expect("a step");
        grown.seek(step).expect("a step");
        assert_eq!(grown.frame(), whole.frame(), "step {step}");
    }
    let names: BTreeSet<_> = whole.events().iter().map(|event| event.name).collect();
    assert_eq!(
        names.len() as u64,
        whole.len(),
        "every event has its own name"
    );
}

#[test]
fn what_is_saved_is_opened_again() {
    let mut world = World::new(&["n0"]);
    world.hub.joined(world.now_us, "n9");
    world.pass(10);
    let mut recording = world.recording();
    let (start, origin) = recording.recorded().expect("a recording");
    let document = trace::Document {
        format: trace::FORMAT,
        run: origin,
        nodes: recording.labels().to_vec(),
        start: Some(start),
        digest: protocol::Name(1),
        properties: Vec::new(),
        events: recording.events().to_vec(),
    };
    let text = serde_json::to_string(&document).expect("plain data");
    let mut again = read(&text, NOBODY).expect("a trace").recording;
    assert_eq!(again.events(), recording.events());
    assert_eq!(last(&mut again), last(&mut recording));
}

#[test]
fn what_is_missing_or_wrong_is_said_with_its_line() {
    let world = World::new(&["n0"]);
    let text = world.text();
    let whole = world.recording().len();
    // The process that wrote it was killed in the midst of a line.
    let cut = text.trim_end().len() - 9;
    let Read {
        recording, remark, ..
    } = read(&text[..cut], NOBODY).expect("a journal");
    assert_eq!(recording.len(), whole - 1);
    let line = text.lines().count() as u64;
    assert_eq!(
        remark,
        Some(Phrase::new("remark.cut-short").int("line", line))
    );
    // Only the line's end is missing: it is whole.
    let Read {
        recording, remark, ..
    } = read(text.trim_end(), NOBODY).expect("a journal");
    assert_eq!((recording.len(), remark), (whole, None));
    // So many records came too fast for the file.
    let missed = text.clone() + "{\"type\":\"missed\",\"records\":3}\n";
    let recording = read(&missed, NOBODY).expect("a journal").recording;
    let told = sentences(&recording);
    assert!(
        told[whole as usize].starts_with("3 records are missing here"),
        "{told:#?}"
    );
    let wrong = |text: &str| read(text, NOBODY).expect_err(text).to_string();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(3, "{\"type\":\"sned\",\"seq\":1,\"time_us\":1}");
    let said = wrong(&(lines.join("\n") + "\n"));
    assert!(
        said.starts_with("line 4 is no record of a journal (unknown variant `sned`"),
        "{said}"
    );
    let newer = text.replacen("\"format\":1", "\"format\":9,\"more\":[]", 1);
    assert!(wrong(&newer).contains("journal of format 9"));
    let head = text.lines().next().expect("a line");
    assert!(wrong(head).contains("nothing has happened"));
    let nodes = (0..5_000).map(|node| format!("n{node}")).collect();
    let many = Remark::Journal(Head {
        format: 1,
        nodes,
        seed: 0,
        workload: None,
    });
    let many = serde_json::to_string(&many).expect("JSON");
    assert!(wrong(&many).contains("more than 4096"));
}

#[test]
fn every_sort_of_record_is_read() {
    let mut world = World::new(&["n0"]);
    let _ = world.hub.line(world.now_us, "n0", b"hello");
    let recording = world.recording();
    let told = sentences(&recording);
    assert!(
        told.last()
            .expect("an event")
            .starts_with("n0 writes what cannot be taken:"),
        "{told:?}"
    );
    let op = |phase: &str, more: &str| {
        format!(
            r#"{{"seq":9,"time_us":9000,"type":"op","op":{{"client":4,"type":"{phase}","f":"read","value":{more}}}}}"#
        )
    };
    let text = world.text()
        + &[
            op("invoke", "[1,null]"),
            op("ok", "[1,7]"),
            op("invoke", "null"),
        ]
        .join("\n");
    let text = text + "\n" + &op("info", "null") + "\n";
    let mut recording = read(&text, NOBODY).expect("a journal").recording;
    let told = sentences(&recording);
    let [.., asked, answer, again, unknown, leaves] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(asked, "c5 is asked to read [1,null].");
    assert_eq!(answer, "c5 has its answer: read [1,7]");
    assert_eq!(again, "c5 is asked to read.");
    assert!(unknown.starts_with("c5 has its answer: nobody knows what became of read"));
    assert_eq!(leaves, "c5 leaves for good.");
    let (event, frame) = last(&mut recording);
    assert_eq!(
        frame.nodes[event.node.expect("a node").index()].status,
        NodeStatus::Removed
    );
    assert!(!recording.events().iter().any(|event| {
        event
            .outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::Judged { .. }))
    }));
    // And a record whose message nobody saw being sent.
    let heard =
        r#"{"seq":9,"time_us":9000,"type":"receive","id":77,"lamport":3,"src":"n0","dest":"c7"}"#;
    let recording = read(&format!("{}{heard}\n", world.text()), NOBODY)
        .expect("a journal")
        .recording;
    assert_eq!(
        sentences(&recording).last().expect("an event"),
        "c7 receives message from n0."
    );
}
