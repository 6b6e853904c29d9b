//! A great many nodes at once: nothing is lost, nothing is doubled, every message is accounted for, and it ends when it is to.

use crate::common::{journal, records};
use crate::hubs::Nats;
use crate::served::{Bridge, Socket, hear, join, say};
use futures_util::StreamExt;
use maelstrom::journal::{Entry, Record};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;
use tokio::process::Child;

/// How many a node sends before it waits for an answer to each.
const AT_ONCE: u64 = 10;

/// How many nodes, and how many messages each sends to the next one.
#[derive(Clone, Copy)]
struct Crowd {
    nodes: usize,
    each: u64,
}

impl Crowd {
    const fn messages(self) -> u64 {
        2 * self.each * self.nodes as u64
    }

    /// Sends numbers to the next node, takes those of the one before and answers them; ends when it has all answers and all numbers.
    async fn be_one(self, mut node: Socket, place: usize) {
        let name = |place: usize| format!("n{}", place % self.nodes);
        let (me, next) = (name(place), name(place + 1));
        let (mut sent, mut answered, mut got) = (0, BTreeSet::new(), BTreeSet::new());
        while (answered.len() as u64) < self.each || (got.len() as u64) < self.each {
            while sent < self.each && sent < answered.len() as u64 + AT_ONCE {
                let body = json!({"type": "number", "msg_id": sent});
                say(&mut node, &json!({"src": me, "dest": next, "body": body})).await;
                sent += 1;
            }
            let message = hear(&mut node).await;
            match message["body"]["type"].as_str() {
                Some("number") => {
                    let number = message["body"]["msg_id"].as_u64().unwrap();
                    assert!(got.insert(number), "{me} got {number} twice");
                    let body = json!({"type": "number_ok", "in_reply_to": number});
                    say(
                        &mut node,
                        &json!({"src": me, "dest": message["src"], "body": body}),
                    )
                    .await;
                }
                _ => {
                    let number = message["body"]["in_reply_to"].as_u64().unwrap();
                    assert!(
                        answered.insert(number),
                        "{me} got an answer to {number} twice"
                    );
                }
            }
        }
        assert!((0..self.each).all(|number| got.contains(&number) && answered.contains(&number)));
        // Nothing more comes: not a copy, not a stranger's message.
        let more = tokio::time::timeout(Duration::from_millis(300), node.next()).await;
        assert!(more.is_err(), "{me} got {more:?}");
    }

    /// All of them, at these hubs in turn.
    async fn run(self, hubs: &[Bridge]) {
        let mut nodes = Vec::new();
        for place in 0..self.nodes {
            nodes.push(join(&hubs[place % hubs.len()], &format!("n{place}")).await);
        }
        // Each hub knows all of them before the first speaks.
        for hub in hubs {
            crate::hubs::Page::at(hub).await.ready(self.nodes).await;
        }
        let began = std::time::Instant::now();
        let all: Vec<_> = nodes
            .into_iter()
            .enumerate()
            .map(|(place, node)| tokio::spawn(self.be_one(node, place)))
            .collect();
        for node in all {
            node.await.unwrap();
        }
        let (seconds, messages) = (began.elapsed().as_secs_f64(), self.messages());
        eprintln!("{messages} messages in {seconds:.1} s");
    }

    /// In a journal each message was sent once and received once, in that order, and nothing else became of any.
    fn is_accounted_for(self, file: &Path) {
        let mut became: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        let mut numbers = BTreeSet::new();
        let is_number = |kind: Option<&str>| kind.is_some_and(|kind| kind.starts_with("number"));
        for Record { entry, .. } in records(file) {
            match entry {
                Entry::Send { message, .. } => {
                    let id = message.id.unwrap();
                    assert!(
                        became.insert(id, (1, 0)).is_none(),
                        "{id} was sent twice, or received before"
                    );
                    if is_number(message.kind()) {
                        numbers.insert(id);
                    }
                }
                Entry::Receive { id, .. } => became.entry(id).or_default().1 += 1,
                Entry::Node { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(numbers.len() as u64, self.messages());
        let odd: Vec<_> = became.iter().filter(|(_, it)| **it != (1, 1)).collect();
        assert!(odd.is_empty(), "{odd:?}");
    }
}

/// A bridge is interrupted.
pub(crate) fn interrupt(bridge: &Child) {
    let pid = rustix::process::Pid::from_raw(bridge.id().unwrap() as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}

/// It ends when it is interrupted, and well.
pub(crate) async fn ends(mut bridge: Bridge) {
    interrupt(&bridge.child);
    let status = tokio::time::timeout(Duration::from_secs(20), bridge.child.wait()).await;
    assert_eq!(status.unwrap().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_connections_lose_and_double_nothing_while_a_page_is_dead() {
    let crowd = Crowd {
        nodes: 200,
        each: 100,
    };
    let file = journal("crowd");
    let path = file.display().to_string();
    let bridge = Bridge::start(&["--journal", &path]).await;
    // One page that watches and reads nothing, and one that does and counts.
    let _dead = bridge.connect("/watch").await;
    let mut page = bridge.connect("/watch").await;
    hear(&mut page).await;
    let watches = tokio::spawn(async move {
        let is_number = |it: &&Value| {
            let kind = it["body"]["type"].as_str();
            it["type"] == "send" && kind.is_some_and(|kind| kind.starts_with("number"))
        };
        let (mut sends, mut missed) = (0, 0);
        while sends + missed < crowd.messages() {
            let frame = hear(&mut page).await;
            missed += frame["missed"].as_u64().unwrap_or(0);
            let records = frame["records"].as_array().into_iter().flatten();
            sends += records.filter(is_number).count() as u64;
        }
    });
    let hubs = [bridge];
    crowd.run(&hubs).await;
    tokio::time::timeout(Duration::from_secs(60), watches)
        .await
        .unwrap()
        .unwrap();
    for hub in hubs {
        ends(hub).await;
    }
    crowd.is_accounted_for(&file);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_over_three_hubs_loses_and_doubles_nothing_and_each_has_the_whole_journal() {
    let crowd = Crowd {
        nodes: 60,
        each: 100,
    };
    let nats = Nats::anywhere().await;
    let files = ["crowd-1", "crowd-2", "crowd-3"].map(journal);
    let paths = files.each_ref().map(|file| file.display().to_string());
    let hub = async |place: usize| nats.hub(&["--hubs", "3", "--journal", &paths[place]]).await;
    let (a, b, c) = tokio::join!(hub(0), hub(1), hub(2));
    let hubs = [a, b, c];
    crowd.run(&hubs).await;
    // What the last messages came to is told within a moment; how many are open a page can ask.
    for hub in &hubs {
        let mut page = crate::hubs::Page::at(hub).await;
        page.hello(|hello| hello["flights_all"] == 0).await;
    }
    for hub in hubs {
        ends(hub).await;
    }
    for file in &files {
        crowd.is_accounted_for(file);
    }
}
