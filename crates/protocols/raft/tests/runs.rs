//! Seeded runs in the simulator, with faults: what MIT's 6.5840 labs demand of Raft (2A elections, 2B agreement, 2C
//! persistence), with the promises checked after every step.
//!
//! Safety under faults first; then the faults cease, and the cluster has to agree again within a bound.

use protocol::{Arg, Chance, Name, NodeId, Picture, Purpose, Verdict};
use raft::Raft;
use sim::{Action, Playable, Run};
use std::collections::BTreeSet;
use trace::{NodeStatus, Outcome};

const SECOND: u64 = 1_000_000;

struct Cluster {
    sim: Box<dyn Playable>,
    servers: u16,
    /// Servers that no other server reaches.
    apart: BTreeSet<u16>,
    chance: Chance,
    draws: u64,
    /// Up to when time has passed; the last event may lie before it.
    clock_us: u64,
}

/// What a server shows.
struct Shown {
    leads: bool,
    term: u64,
    committed: u64,
    /// The index of the last entry.
    last: u64,
    /// The newest entries.
    log: Vec<(u64, String)>,
}

impl Cluster {
    fn new(seed: u64, servers: u16, config: &[(&str, &str)]) -> Self {
        let mut all = vec![("servers".to_owned(), servers.to_string())];
        all.extend(
            config
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
        );
        let run = Run {
            protocol: "raft".into(),
            behaviour: 1,
            variant: sim::SOUND.into(),
            config: all.into_iter().collect(),
            seed,
            ..Run::default()
        };
        Self {
            sim: sim::open::<Raft>(&run).expect("a sensible run"),
            servers,
            apart: BTreeSet::new(),
            chance: Chance::new(seed, Name(1)),
            draws: 0,
            clock_us: 0,
        }
    }

    /// Lets `us` pass.
    fn pass(&mut self, us: u64) {
        self.clock_us += us;
        let end = self.clock_us;
        while self.sim.next_us().is_some_and(|next| next <= end) {
            let Some(stepped) = self.sim.advance() else {
                break;
            };
            assert!(!stepped.violated, "{:?}", self.broken());
        }
    }

    fn broken(&self) -> Vec<String> {
        let all = self.sim.properties().into_iter();
        all.filter(|status| matches!(status.verdict, Verdict::Violated(_)))
            .map(|status| format!("{} at {:?}", status.property, status.since))
            .collect()
    }

    fn act(&mut self, action: &Action) {
        let stepped = self.sim.act(action, self.clock_us);
        let stepped = stepped.expect("it can be done");
        assert!(!stepped.violated, "{:?}", self.broken());
    }

    fn below(&mut self, n: u64) -> u64 {
        self.draws += 1;
        self.chance.below(Purpose::new("test").nth(self.draws), n)
    }

    fn crash(&mut self, server: u16) {
        let (node, keep) = (NodeId(server), self.below(3) as u32);
        let torn = self.below(2) == 0;
        self.act(&Action::Crash { node, keep, torn });
    }

    fn restart(&mut self, server: u16) {
        self.act(&Action::Restart(NodeId(server)));
    }

    fn up(&self, server: u16) -> bool {
        self.sim.frame().nodes[server as usize].status == NodeStatus::Up
    }

    /// No other server reaches these; clients do.
    fn set_apart(&mut self, apart: &[u16]) {
        if !self.apart.is_empty() {
            self.act(&Action::Heal);
        }
        self.apart = apart.iter().copied().collect();
        for server in self.apart.clone() {
            let others = (0..self.servers).filter(|other| *other != server);
            let to = others.map(NodeId).collect();
            self.act(&Action::Cut {
                from: vec![NodeId(server)],
                to,
                both: true,
            });
        }
    }

    fn ask(&mut self, client: u16, op: &str, fields: &[&str]) {
        self.act(&Action::Ask {
            client: NodeId(self.servers + client),
            op: op.into(),
            fields: fields.iter().map(|field| (*field).into()).collect(),
        });
    }

    fn shown(&self, server: u16) -> Shown {
        let view = &self.sim.frame().nodes[server as usize].view;
        let mut shown = Shown {
            leads: view.role == "role.leader",
            term: view.epoch.expect("a server has a term"),
            committed: 0,
            last: 0,
            log: Vec::new(),
        };
        for picture in &view.pictures {
            if let Picture::Log {
                first,
                cells,
                committed,
                ..
            } = picture
            {
                assert!(cells.len() <= 64, "a page has no more columns");
                shown.committed = *committed;
                shown.last = first + cells.len() as u64 - 1;
                shown.log = cells.iter().map(|c| (c.epoch, c.label.clone())).collect();
            }
        }
        shown
    }

    fn shown_up(&self) -> Vec<(u16, Shown)> {
        let up = (0..self.servers).filter(|server| self.up(*server));
        up.map(|server| (server, self.shown(server))).collect()
    }

    /// The leader of the newest term among the servers that are up and not apart.
    fn leader(&self) -> Option<u16> {
        let shown = self.shown_up();
        let leaders = shown
            .iter()
            .filter(|(server, shown)| shown.leads && !self.apart.contains(server));
        leaders
            .max_by_key(|(_, shown)| shown.term)
            .map(|(server, _)| *server)
    }

    /// Lets time pass until there is a leader among those that are together.
    fn await_leader(&mut self) -> u16 {
        for _ in 0..100 {
            if let Some(leader) = self.leader() {
                return leader;
            }
            self.pass(SECOND / 20);
        }
        panic!("no leader within five seconds");
    }

    /// Everybody is up, together and undisturbed: soon all logs are the same and committed to the end.
    fn agree_in_the_end(&mut self) {
        self.set_apart(&[]);
        for server in 0..self.servers {
            if !self.up(server) {
                self.restart(server);
            }
        }
        for key in ["loss_permille", "duplicate_permille"] {
            self.act(&Action::Set {
                key: key.into(),
                value: "0".into(),
            });
        }
        // Everything that any server has by now is settled, one way or the other; every client has its answer.
        let shown = self.shown_up();
        let longest = shown.iter().map(|(_, s)| s.last).max().unwrap_or(0);
        let clients = self.sim.labels().len() as u16 - self.servers;
        self.ask(0, "put", &["x", "peace"]);
        let mut idle = BTreeSet::new();
        self.wait("go on", |cluster| {
            let frame = cluster.sim.frame();
            let all = cluster.servers..cluster.servers + clients;
            idle.extend(all.filter(|c| frame.nodes[*c as usize].view.badges.is_empty()));
            let shown = cluster.shown_up();
            idle.len() as u16 == clients && shown.iter().all(|(_, s)| s.committed > longest)
        });
        // With no more requests, all logs are the same and committed to the end.
        for client in 0..clients {
            self.crash(self.servers + client);
        }
        self.wait("agree", |cluster| {
            let shown = cluster.shown_up();
            let first = &shown[0].1;
            let same = |s: &Shown| {
                (s.last, &s.log) == (first.last, &first.log) && s.committed == first.last
            };
            shown.iter().all(|(_, s)| same(s))
        });
        let has_leader = self.sim.properties().into_iter();
        let has_leader = has_leader
            .filter(|status| status.property == "has-leader")
            .all(|status| status.verdict == Verdict::Met);
        assert!(has_leader);
    }

    fn wait(&mut self, what: &str, mut until: impl FnMut(&Self) -> bool) {
        for _ in 0..200 {
            self.pass(SECOND / 10);
            if until(self) {
                return;
            }
        }
        let shown = self.shown_up().into_iter();
        let shown: Vec<_> = shown
            .map(|(_, s)| (s.leads, s.term, s.committed, s.last))
            .collect();
        panic!("the servers do not {what} within twenty seconds of peace: {shown:?}");
    }

    /// How many messages of these kinds were sent after step `from`, and how many entries they carried.
    fn sent(&mut self, from: u64, kinds: &[&str]) -> (u64, u64) {
        let (mut messages, mut entries) = (0, 0);
        for step in from + 1..=self.sim.step() {
            let Some(event) = self.sim.event(step) else {
                continue;
            };
            for outcome in event.outcomes {
                let Outcome::Sent { message, .. } = outcome else {
                    continue;
                };
                if !kinds.contains(&&*message.view.kind) {
                    continue;
                }
                messages += 1;
                let label = message.view.label.expect("a label");
                for (name, arg) in label.args {
                    if let (true, Arg::Int(count)) = (name == "count", arg) {
                        entries += count;
                    }
                }
            }
        }
        (messages, entries)
    }
}

const REQUESTS: &[&str] = &["PreVote", "RequestVote", "AppendEntries"];
const QUIET: &[(&str, &str)] = &[("clients", "1"), ("arrivals", "never")];
const UNRELIABLE: &[(&str, &str)] = &[
    ("loss_permille", "100"),
    ("duplicate_permille", "50"),
    ("latency_min_us", "1000"),
    ("latency_max_us", "27000"),
    ("save_us", "3000"),
];

fn with<'a>(one: &[(&'a str, &'a str)], other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [one, other].concat()
}

/// MIT 6.5840 2A, initial election: one leader, and without failures its term stays. 2B, count: the election takes few RPCs,
/// and so does an idle second.
#[test]
fn mit_initial_election_and_idle_count() {
    let mut cluster = Cluster::new(1, 3, QUIET);
    let leader = cluster.await_leader();
    let (rpcs, _) = cluster.sent(0, REQUESTS);
    assert!((1..=30).contains(&rpcs), "{rpcs} RPCs for an election");
    let term = cluster.shown(leader).term;
    let step = cluster.sim.step();
    cluster.pass(SECOND);
    let (rpcs, _) = cluster.sent(step, REQUESTS);
    assert!(rpcs <= 3 * 20, "{rpcs} RPCs in an idle second");
    cluster.pass(2 * SECOND);
    assert_eq!(cluster.leader(), Some(leader));
    assert_eq!(cluster.shown(leader).term, term);
}

/// MIT 6.5840 2A, re-election: a new leader after a disconnect, the old one rejoins without disturbing, none without a quorum.
#[test]
fn mit_re_election() {
    for seed in 0..5 {
        let mut cluster = Cluster::new(seed, 3, QUIET);
        let first = cluster.await_leader();
        cluster.set_apart(&[first]);
        let second = cluster.await_leader();
        assert_ne!(first, second);
        cluster.set_apart(&[]);
        cluster.pass(SECOND);
        assert_eq!(
            cluster.leader(),
            Some(second),
            "the old leader does not disturb"
        );
        assert!(!cluster.shown(first).leads);
        // Without a quorum there is none: the remaining leader steps down, nobody else wins.
        cluster.set_apart(&[second, (second + 1) % 3]);
        cluster.pass(2 * SECOND);
        assert!(cluster.shown_up().iter().all(|(_, shown)| !shown.leads));
        cluster.set_apart(&[second]);
        cluster.await_leader();
        cluster.agree_in_the_end();
    }
}

/// MIT 6.5840 2A, many elections: ten times, three of seven are disconnected; there is always a leader among the rest.
#[test]
fn mit_many_elections() {
    let mut cluster = Cluster::new(3, 7, QUIET);
    cluster.await_leader();
    for _ in 0..10 {
        let first = cluster.below(7) as u16;
        cluster.set_apart(&[first, (first + 2) % 7, (first + 5) % 7]);
        cluster.await_leader();
        cluster.set_apart(&[]);
        cluster.await_leader();
    }
    cluster.agree_in_the_end();
}

/// MIT 6.5840 2B, basic agreement, RPC bytes and count: each command goes to each peer once, in a bounded number of RPCs.
#[test]
fn mit_basic_agree_sends_each_entry_once() {
    let mut cluster = Cluster::new(5, 3, QUIET);
    cluster.await_leader();
    cluster.ask(0, "put", &["x", "first"]);
    cluster.pass(SECOND);
    let step = cluster.sim.step();
    for number in 0..10 {
        cluster.ask(0, "put", &["x", &number.to_string()]);
    }
    cluster.pass(SECOND / 2);
    let (rpcs, entries) = cluster.sent(step, REQUESTS);
    assert_eq!(entries, 10 * 2, "ten entries to two followers");
    // Ten appends to each follower, and twenty heartbeats a second.
    assert!(rpcs <= (10 + 1 + 3) * 3, "{rpcs} RPCs");
    let log = cluster.shown(0).log;
    let last = log.iter().rev().take(2);
    let last: Vec<_> = last.map(|(_, label)| label.as_str()).collect();
    assert_eq!(last, ["x←9", "x←8"]);
    cluster.agree_in_the_end();
}

/// MIT 6.5840 2B, follower failure and leader failure: agreement among the rest, none without a quorum.
#[test]
fn mit_progressive_failure() {
    let mut cluster = Cluster::new(7, 3, QUIET);
    let leader = cluster.await_leader();
    cluster.ask(0, "put", &["x", "1"]);
    cluster.pass(SECOND);
    cluster.crash((leader + 1) % 3);
    cluster.ask(0, "put", &["x", "2"]);
    cluster.pass(SECOND);
    let before = cluster.shown(leader).committed;
    assert!(
        cluster
            .shown(leader)
            .log
            .iter()
            .any(|(_, label)| label == "x←2")
    );
    cluster.crash((leader + 2) % 3);
    cluster.ask(0, "put", &["x", "3"]);
    cluster.pass(2 * SECOND);
    assert_eq!(
        cluster.shown(leader).committed,
        before,
        "no commit without a majority"
    );
    cluster.agree_in_the_end();
}

/// MIT 6.5840 2C, persist 1 to 3: crashes and restarts, also of all; what was committed stays.
#[test]
fn mit_persist() {
    for seed in 0..8 {
        let config = with(
            &[
                ("clients", "2"),
                ("request_gap_us", "50000"),
                ("save_us", "4000"),
            ],
            &[],
        );
        let mut cluster = Cluster::new(seed, 5, &config);
        for _ in 0..8 {
            cluster.await_leader();
            cluster.pass(SECOND / 4);
            let down: Vec<u16> = (0..5).filter(|_| cluster.below(3) == 0).collect();
            let down = if cluster.below(4) == 0 {
                (0..5).collect()
            } else {
                down
            };
            for server in &down {
                cluster.crash(*server);
            }
            let pause = cluster.below(400_000);
            cluster.pass(pause);
            for server in down {
                cluster.restart(server);
            }
        }
        cluster.agree_in_the_end();
    }
}

/// MIT 6.5840 2C, figure 8: again and again the leader crashes just after it took a command; with too few left, one returns.
fn figure_8(seed: u64, rounds: u64, config: &[(&str, &str)]) {
    let busy = [("clients", "2"), ("request_gap_us", "20000")];
    let mut cluster = Cluster::new(seed, 5, &with(&busy, config));
    for _ in 0..rounds {
        let pause = match cluster.below(10) {
            0 => cluster.below(300_000),
            _ => cluster.below(20_000),
        };
        cluster.pass(pause);
        if let Some(leader) = cluster.leader()
            && cluster.below(2) == 0
        {
            cluster.crash(leader);
        }
        let down: Vec<u16> = (0..5).filter(|server| !cluster.up(*server)).collect();
        if down.len() > 2 {
            let place = cluster.below(down.len() as u64) as usize;
            cluster.restart(down[place]);
        }
    }
    cluster.agree_in_the_end();
}

#[test]
fn mit_figure_8() {
    for seed in 0..4 {
        figure_8(seed, 300, &[("save_us", "2000")]);
    }
}

#[test]
fn mit_figure_8_unreliable() {
    for seed in 0..4 {
        // Two thirds of all messages are late, some by seconds.
        let late = [
            ("latency_shape", "exponential"),
            ("latency_max_us", "60000"),
        ];
        figure_8(seed + 10, 300, &with(&late, &UNRELIABLE[..2]));
    }
}

/// MIT 6.5840 2C, unreliable agreement.
#[test]
fn mit_unreliable_agree() {
    for seed in 0..4 {
        let busy = [("clients", "5"), ("request_gap_us", "10000")];
        let mut cluster = Cluster::new(seed, 5, &with(&busy, UNRELIABLE));
        cluster.pass(8 * SECOND);
        let committed = (0..5).map(|server| cluster.shown(server).committed).max();
        assert!(
            committed > Some(30),
            "progress in spite of the network: {committed:?}"
        );
        cluster.agree_in_the_end();
    }
}

/// MIT 6.5840 2C, churn: clients work while servers crash, return, are cut off and rejoin.
fn churn(seed: u64, config: &[(&str, &str)]) {
    let busy = [("clients", "3"), ("request_gap_us", "30000")];
    let mut cluster = Cluster::new(seed, 5, &with(&busy, config));
    for _ in 0..60 {
        let pause = cluster.below(300_000);
        cluster.pass(pause);
        let server = cluster.below(5) as u16;
        match cluster.below(5) {
            0 | 1 if cluster.up(server) => cluster.crash(server),
            0..3 if !cluster.up(server) => cluster.restart(server),
            3 => cluster.set_apart(&[server]),
            4 => cluster.set_apart(&[]),
            _ => {}
        }
    }
    cluster.agree_in_the_end();
}

#[test]
fn mit_reliable_churn() {
    for seed in 0..6 {
        churn(seed, &[("save_us", "1000")]);
    }
}

#[test]
fn mit_unreliable_churn() {
    for seed in 0..6 {
        churn(seed + 20, UNRELIABLE);
    }
}

/// The same without PreVote and CheckQuorum: safety does not rest on them.
#[test]
fn churn_without_pre_vote_and_check_quorum() {
    for seed in 0..6 {
        let plain = [("pre_vote", "false"), ("check_quorum", "false")];
        churn(seed + 40, &with(&plain, UNRELIABLE));
    }
}

/// Clocks that run apart by a fifth, tiny windows and batches: slower, never wrong.
#[test]
fn churn_with_drifting_clocks_and_a_narrow_window() {
    for seed in 0..4 {
        let odd = [
            ("drift_ppm_max", "200000"),
            ("window", "1"),
            ("entries_per_append_max", "1"),
            ("fifo", "true"),
        ];
        churn(seed + 60, &odd);
    }
}

/// Even and tiny clusters.
#[test]
fn churn_in_clusters_of_other_sizes() {
    for servers in [1, 2, 4] {
        let config = [
            ("clients", "2"),
            ("request_gap_us", "30000"),
            ("save_us", "2000"),
        ];
        let mut cluster = Cluster::new(80, servers, &config);
        for _ in 0..20 {
            let pause = cluster.below(300_000);
            cluster.pass(pause);
            let server = cluster.below(servers.into()) as u16;
            if cluster.up(server) {
                cluster.crash(server);
            } else {
                cluster.restart(server);
            }
        }
        cluster.agree_in_the_end();
    }
}
