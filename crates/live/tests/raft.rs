//! Three real Raft servers and a client in one thread, over a network and disks that the test plays: what holds of a simulated
//! cluster holds of them.

use live::{Kept, Live, Node, Output, Refusal, Setup};
use protocol::{Chance, Look, Name, NodeId, Protocol, Purpose, Verdict, Verdicts};
use raft::{Fact, Raft, RaftConfig};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use trace::{Event, Outcome, Stimulus};
use wire::Envelope;

type Machine = Live<Raft>;

const LABELS: [&str; 4] = ["S1", "S2", "S3", "C1"];
const CLIENT: usize = 3;
/// A second.
const SECOND: u64 = 1_000_000;

fn setup(label: &str, seed: u64) -> Setup {
    let parameters = [("servers", "3"), ("clients", "1"), ("arrivals", "never")];
    let text = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    Setup {
        label: label.into(),
        variant: "sound".into(),
        parameters: parameters.into_iter().map(text).collect(),
        seed,
    }
}

/// A save under way: the node, its number, its records, and when they are durable.
struct Save {
    node: usize,
    number: u64,
    records: Vec<Vec<u8>>,
    due_us: u64,
}

struct World {
    seed: u64,
    now_us: u64,
    /// How many messages in a thousand are lost.
    loss_permille: u64,
    nodes: Vec<Option<Machine>>,
    disks: Vec<Vec<Vec<u8>>>,
    flying: BTreeMap<(u64, u64), (NodeId, Envelope)>,
    saving: VecDeque<Save>,
    drawn: u64,
    memory: <Raft as Protocol>::Memory,
    config: RaftConfig,
    states: Vec<Option<Raft>>,
    answers: Vec<u64>,
    /// Everything told, with the Lamport clock.
    events: Vec<(u64, Event)>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            seed,
            now_us: 1_790_000_000 * SECOND,
            loss_permille: 0,
            nodes: (0..4).map(|_| None).collect(),
            disks: vec![Vec::new(); 4],
            flying: BTreeMap::new(),
            saving: VecDeque::new(),
            drawn: 0,
            memory: Default::default(),
            config: RaftConfig::default(),
            states: vec![None; 4],
            answers: Vec::new(),
            events: Vec::new(),
        };
        (0..4).for_each(|node| world.start(node));
        world
    }

    fn draw(&mut self, min: u64, max: u64) -> u64 {
        self.drawn += 1;
        Chance::new(self.seed, Name(self.drawn)).between(Purpose::new("world"), min, max)
    }

    fn start(&mut self, node: usize) {
        let kept = Kept::<Raft>::fold(&self.disks[node]).expect("records of this node");
        let mut live = Live::open(&setup(LABELS[node], self.seed), kept).expect("a sensible setup");
        live.watch(true);
        live.take_facts();
        self.config = live.config().clone();
        self.nodes[node] = Some(live);
        self.carry_out(node);
    }

    /// Of what is on its way to the disk a prefix is kept.
    fn crash(&mut self, node: usize) {
        self.nodes[node] = None;
        let keep = self.draw(0, 1);
        let (mut own, others): (Vec<_>, Vec<_>) =
            self.saving.drain(..).partition(|save| save.node == node);
        own.truncate(keep as usize);
        for save in own {
            self.disks[node].extend(save.records);
        }
        self.saving = others.into();
        self.look(node, false);
    }

    fn carry_out(&mut self, node: usize) {
        while let Some(output) = self.nodes[node].as_mut().and_then(Machine::next_output) {
            match output {
                Output::Send { to, envelope } => {
                    let (lost, delay_us) = (self.draw(0, 999), self.draw(200, 3_000));
                    if lost >= self.loss_permille {
                        // Over the wire it is a line.
                        let line = envelope.line();
                        let read = Envelope::read(line.as_bytes(), 1 << 20).expect("a line");
                        self.flying
                            .insert((self.now_us + delay_us, self.drawn), (to, read));
                    }
                }
                Output::Persist { number, records } => {
                    let due_us = self.now_us + self.draw(100, 5_000);
                    let last = self.saving.iter().rfind(|save| save.node == node);
                    let due_us = due_us.max(last.map_or(0, |save| save.due_us));
                    self.saving.push_back(Save {
                        node,
                        number,
                        records,
                        due_us,
                    });
                }
                Output::Answered { id, .. } => self.answers.push(id.number),
                Output::Happened(happened) => self.events.push((happened.clock, happened.event)),
            }
        }
    }

    /// The properties look at the cluster.
    fn look(&mut self, node: usize, booted: bool) {
        let live = self.nodes[node].as_mut();
        let facts: Vec<(NodeId, Fact<replicated::KeyValue>)> = live
            .map(Machine::take_facts)
            .unwrap_or_default()
            .into_iter()
            .map(|fact| (NodeId(node as u16), fact))
            .collect();
        self.states[node] = self.nodes[node]
            .as_ref()
            .and_then(|live| live.state().cloned());
        let mut verdicts = Verdicts::default();
        let look = Look {
            config: &self.config,
            nodes: &self.states,
            changed: Some(NodeId(node as u16)),
            booted,
            facts: &facts,
            now_us: self.now_us,
            loss_permille: 0,
        };
        Raft::observe(&mut self.memory, &look, &mut verdicts);
        for (index, verdict) in verdicts.drain() {
            let property = Raft::PROPERTIES[index].id;
            assert!(
                !matches!(verdict, Verdict::Violated(_)),
                "{property}: {verdict:?}"
            );
        }
    }

    /// What is due first happens: a message, a save or what a node waits for.
    fn step(&mut self) {
        let message = self.flying.keys().next().map(|(due_us, _)| *due_us);
        let save = self.saving.iter().map(|save| save.due_us).min();
        let waits = self.nodes.iter().enumerate().filter_map(|(node, live)| {
            let at_us = live.as_ref()?.wake_at_us()?;
            Some((at_us, node))
        });
        let wake = waits.min();
        let next = [message, save, wake.map(|(at_us, _)| at_us)];
        let due_us = next.into_iter().flatten().min().expect("something waits");
        self.now_us = self.now_us.max(due_us);
        let now_us = self.now_us;
        let (node, booted) = if save == Some(due_us) {
            let place = self.saving.iter().position(|save| save.due_us == due_us);
            let save = self
                .saving
                .remove(place.expect("it is there"))
                .expect("it is there");
            self.disks[save.node].extend(save.records);
            if let Some(live) = &mut self.nodes[save.node] {
                live.durable(now_us, save.number);
            }
            (save.node, save.number == 1)
        } else if message == Some(due_us) {
            let (_, (to, envelope)) = self.flying.pop_first().expect("it is there");
            if let Some(live) = &mut self.nodes[to.index()] {
                let taken = live.message(now_us, &envelope);
                assert!(matches!(taken, Ok(()) | Err(Refusal::NotUp)), "{taken:?}");
            }
            (to.index(), false)
        } else {
            let (_, node) = wake.expect("something waits");
            if let Some(live) = &mut self.nodes[node] {
                live.wake(now_us);
            }
            (node, false)
        };
        self.carry_out(node);
        self.look(node, booted);
    }

    fn until(&mut self, what: &str, mut is: impl FnMut(&Self) -> bool) {
        let end_us = self.now_us + 60 * SECOND;
        while !is(self) {
            assert!(self.now_us < end_us, "{what}: not within a minute");
            self.step();
        }
    }

    fn leader(&self) -> Option<usize> {
        (0..CLIENT).find(|node| {
            let server = self.nodes[*node]
                .as_ref()
                .and_then(|live| live.state()?.server());
            server.is_some_and(raft::Server::leads)
        })
    }

    fn ask(&mut self, op: &str, fields: &[&str]) -> u64 {
        let fields: Vec<String> = fields.iter().map(|field| (*field).into()).collect();
        self.until("the client is up", |world| {
            world.nodes[CLIENT]
                .as_ref()
                .is_some_and(|live| live.state().is_some())
        });
        let client = self.nodes[CLIENT].as_mut().expect("the client is up");
        let id = client.ask(self.now_us, op, &fields).expect("an operation");
        self.carry_out(CLIENT);
        id.number
    }

    fn put(&mut self, value: &str) {
        let number = self.ask("put", &["x", value]);
        self.until("an answer", |world| world.answers.contains(&number));
    }

    /// What a server's machine holds under `x`.
    fn value(&self, node: usize) -> Option<String> {
        let server = self.nodes[node].as_ref()?.state()?.server()?;
        let value = server.machine().get(&"x".into())?;
        Some(value.to_string())
    }
}

#[test]
fn they_elect_commit_and_go_on_after_the_leader_has_restarted() {
    for seed in 1..=5 {
        let mut world = World::new(seed);
        world.until("a leader", |world| world.leader().is_some());
        world.put("1");
        let first = world.leader().expect("it leads");
        world.crash(first);
        world.until("another leader", |world| {
            world.leader().is_some_and(|leader| leader != first)
        });
        world.put("2");
        world.start(first);
        world.until("the old leader follows", |world| {
            world.value(first).as_deref() == Some("2")
        });
        let restarted = world.nodes[first].as_ref().expect("it is up");
        assert_eq!(restarted.incarnation(), 2);
        world.put("3");
    }
}

#[test]
fn what_was_answered_stays_through_losses_and_crashes_of_all() {
    for seed in 1..=20 {
        let mut world = World::new(seed);
        world.loss_permille = 100;
        for round in 0..6 {
            world.put(&round.to_string());
            let node = world.draw(0, 2) as usize;
            world.crash(node);
            for _ in 0..200 {
                world.step();
            }
            world.start(node);
        }
        (0..CLIENT).for_each(|node| world.crash(node));
        (0..CLIENT).for_each(|node| world.start(node));
        let number = world.ask("get", &["x"]);
        world.until("an answer", |world| world.answers.contains(&number));
        let leader = world.leader().expect("it has answered");
        assert_eq!(world.value(leader).as_deref(), Some("5"), "seed {seed}");
    }
}

#[test]
fn names_are_never_used_again_and_lamports_clock_goes_on() {
    let mut world = World::new(9);
    for round in 0..3 {
        world.put(&round.to_string());
        (0..4).for_each(|node| world.crash(node));
        (0..4).for_each(|node| world.start(node));
    }
    world.put("last");
    let mut names = BTreeSet::new();
    let mut clocks: BTreeMap<NodeId, u64> = BTreeMap::new();
    let mut sent = BTreeMap::new();
    let mut received = 0;
    for (clock, event) in &world.events {
        assert!(names.insert(event.name), "{event:?}");
        let node = event.node.expect("at a node");
        let before = clocks.insert(node, *clock);
        assert!(before.is_none_or(|before| before < *clock), "{event:?}");
        for outcome in &event.outcomes {
            if let Outcome::Sent { message, .. } = outcome {
                assert!(sent.insert(message.name, *clock).is_none(), "{message:?}");
            }
        }
        if let Stimulus::Delivered(message) = &event.stimulus {
            received += 1;
            // What was told of the sending may have gone with its sender.
            if let Some(left) = sent.get(&message.name) {
                assert!(left < clock, "{message:?}");
            }
        }
    }
    assert!(received > 100, "{received}");
}

/// A server that has booted, without anything that its boot wanted.
fn booted(label: &str) -> Machine {
    let mut live = Live::<Raft>::open(&setup(label, 1), Kept::default()).expect("a setup");
    live.durable(SECOND, 1);
    while live.next_output().is_some() {}
    live
}

fn request_vote(from: &str, to: &str, term: u64) -> Envelope {
    let request =
        serde_json::json!({"RequestVote": {"term": term, "last_log_index": 0, "last_log_term": 0}});
    Envelope::new(from, to, "RequestVote").with("message", request)
}

#[test]
fn a_vote_leaves_when_it_is_durable_and_not_before() {
    let mut live = booted("S2");
    let ask = |live: &mut Machine| {
        live.message(2 * SECOND, &request_vote("S1", "S2", 7))
            .expect("a message");
    };
    ask(&mut live);
    let mut saves = Vec::new();
    while let Some(output) = live.next_output() {
        match output {
            Output::Persist { number, .. } => saves.push(number),
            other => panic!("{other:?} leaves before the vote is durable"),
        }
    }
    assert_eq!(saves, [2]);
    // Saying that too much is durable changes nothing more.
    live.durable(2 * SECOND, 99);
    let outputs: Vec<_> = std::iter::from_fn(|| live.next_output()).collect();
    let [Output::Send { to, envelope }] = &outputs[..] else {
        panic!("{outputs:?}");
    };
    assert_eq!((to.0, envelope.kind()), (0, Some("RequestVoteReply")));
    let granted = &envelope.body["message"]["RequestVoteReply"]["granted"];
    assert_eq!(granted, &serde_json::Value::Bool(true));
}

#[test]
fn a_node_boots_only_once_its_start_is_durable() {
    let mut live = Live::<Raft>::open(&setup("S1", 1), Kept::default()).expect("a setup");
    assert!(live.state().is_none() && live.wake_at_us().is_none());
    let early = live.message(SECOND, &request_vote("S2", "S1", 1));
    assert_eq!(early, Err(Refusal::NotUp));
    assert!(matches!(
        live.next_output(),
        Some(Output::Persist { number: 1, .. })
    ));
    assert_eq!(live.next_output(), None);
    live.durable(SECOND, 1);
    assert!(live.state().is_some() && live.wake_at_us().is_some());
    // Time that goes back is time that stands still.
    live.wake(0);
    assert!(live.wake_at_us().is_some_and(|at_us| at_us > SECOND));
}

#[test]
fn what_makes_no_sense_is_refused_with_a_sentence_and_changes_nothing() {
    let mut live = booted("S1");
    let before = live.state().cloned();
    let mut says = |envelope: Envelope, what: &str| {
        let refusal = live.message(2 * SECOND, &envelope).expect_err(what);
        assert!(refusal.to_string().contains(what), "{refusal}");
    };
    says(request_vote("S2", "S3", 1), "is for S3, and this is S1");
    says(request_vote("X1", "S1", 1), "no node X1");
    says(Envelope::new("S2", "S1", "Shout"), "no field \"message\"");
    let other = Envelope::new("S2", "S1", "Shout").with("message", "loud");
    says(other, "unknown variant `loud`");
    let stamp = |clock: u64| {
        request_vote("S2", "S1", 1)
            .with("name", "1")
            .with("cause", "2")
            .with("clock", clock)
            .with("sent_us", 3)
    };
    says(stamp(u64::MAX), "is beyond");
    let bare = request_vote("S2", "S1", 1).with("name", "1");
    says(bare, "missing field `cause`");
    assert_eq!(live.state(), before.as_ref());
    assert_eq!(live.next_output(), None);
    let asked = live
        .ask(2 * SECOND, "get", &["x".into()])
        .expect_err("no client");
    assert!(
        asked.to_string().ends_with("S1 is no client; ask C1"),
        "{asked}"
    );
    let mut client = booted("C1");
    let asked = client.ask(2 * SECOND, "push", &[]);
    assert!(matches!(asked, Err(Refusal::Operation(_))), "{asked:?}");
    assert_eq!(client.next_output(), None);
}

#[test]
fn a_disk_that_holds_something_else_is_refused_with_the_record() {
    let mut world = World::new(3);
    world.put("1");
    let mut records = world.disks[0].clone();
    assert!(records.len() > 2);
    records[1] = vec![250, 1, 2];
    let error = Kept::<Raft>::fold(&records)
        .expect_err("no record")
        .to_string();
    assert!(error.starts_with("record 2 of the disk"), "{error}");
    records[1] = world.disks[0][1].clone();
    records[1].push(0);
    let error = Kept::<Raft>::fold(&records)
        .expect_err("no record")
        .to_string();
    assert!(error.contains("trailing characters"), "{error}");
    let unknown = Live::<Raft>::open(&setup("S9", 1), Kept::default()).err();
    let said = unknown.map(|error| error.to_string());
    assert_eq!(
        said.as_deref(),
        Some("there is no node S9; with these parameters there are S1, S2, S3, C1")
    );
}
