//! The driver: one loop that hands inputs and the clock to the session, and carries out what it says.

use super::args::BridgeArgs;
use super::hubs::Hubs;
use super::process::{self, Order};
use super::{Input, commands, refused};
use crate::error::Error;
use maelstrom::hub::{Hub, STAGE};
use maelstrom::journal::NodeState;
use maelstrom::network::{Fault, Role};
use maelstrom::report::Report;
use maelstrom::services::SERVICES;
use maelstrom::session::{Do, Session};
use maelstrom::test::Settings;
use protocol::Arg;
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;
use wire::journal::{Frame, Head, Remark};
use wire::{Envelope, ErrorCode};

/// How many records of the journal stay in memory for pages.
const RECORDS_MAX: usize = 200_000;
/// How often pages are told what is new.
const TELL_EVERY: Duration = Duration::from_millis(40);
/// How many records a page is told at once.
const TOLD_MAX: usize = 2_000;
/// How many inputs are taken before the clock is read again.
const AT_ONCE_MAX: usize = 512;
/// How many nodes there may be.
const NODES_MAX: usize = 2_048;
/// The longest name of a node, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// A node that is there: a process or a connection.
pub(super) struct Node {
    /// Which of the lives of all nodes.
    number: u64,
    outbox: mpsc::Sender<Arc<Envelope>>,
    /// What can be done to it; `None`: it is a connection.
    pub(super) orders: Option<mpsc::UnboundedSender<Order>>,
    /// Messages for which its outbox had no room.
    stuck: VecDeque<Arc<Envelope>>,
    pub(super) paused: bool,
    /// Its end is no surprise.
    doomed: bool,
}

/// A page that watches.
struct Page {
    frames: mpsc::Sender<Arc<str>>,
    /// The first record that it has not been told.
    next: u64,
}

pub(super) struct Driver {
    pub(super) session: Session,
    /// The other hubs, if there may be any.
    pub(super) hubs: Option<Hubs>,
    began: Instant,
    inputs: mpsc::Sender<Input>,
    command: Vec<String>,
    shows: bool,
    /// The nodes that were started here, and may be again.
    pub(super) own: Vec<String>,
    pub(super) nodes: BTreeMap<String, Node>,
    lives: u64,
    pages: BTreeMap<u64, Page>,
    journal: Option<(PathBuf, BufWriter<File>)>,
    written: u64,
    /// Whether the end of a test is the end.
    tests: bool,
    report: Option<Report>,
}

impl Driver {
    pub(super) fn new(
        args: &BridgeArgs,
        seed: u64,
        hubs: Option<Hubs>,
        inputs: mpsc::Sender<Input>,
    ) -> Result<Self, Error> {
        let own: Vec<String> = (0..args.nodes()).map(|place| format!("n{place}")).collect();
        // Among several hubs names are found together with the others.
        let names = if hubs.is_some() {
            Vec::new()
        } else {
            own.clone()
        };
        let hub = Hub::new(seed, args.weather(), names, RECORDS_MAX);
        let journal = match &args.journal {
            None => None,
            Some(path) => {
                let name = || Arg::Text(path.display().to_string());
                let file = File::create(path).map_err(|error| Error::Write(name(), error))?;
                let mut file = BufWriter::new(file);
                let workload = args.workload.map(|workload| workload.to_string());
                let head = Remark::Journal(Head {
                    format: wire::journal::FORMAT,
                    nodes: own.clone(),
                    seed,
                    workload,
                });
                let head = serde_json::to_string(&head).unwrap_or_default();
                writeln!(file, "{head}").map_err(|error| Error::Write(name(), error))?;
                Some((path.clone(), file))
            }
        };
        Ok(Self {
            session: Session::new(hub),
            hubs,
            began: Instant::now(),
            inputs,
            command: args.command.clone(),
            shows: !args.quiet,
            own,
            nodes: BTreeMap::new(),
            lives: 0,
            pages: BTreeMap::new(),
            journal,
            written: 0,
            tests: args.workload.is_some(),
            report: None,
        })
    }

    pub(super) fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Begins a test. `false`: another goes on.
    pub(super) fn begin(&mut self, settings: Settings) -> bool {
        self.session.begin(settings)
    }

    /// Starts all processes.
    fn start_all(&mut self) -> Result<(), Error> {
        for node in self.own.clone() {
            self.start(&node)
                .map_err(|error| refused(&self.command[0], error))?;
        }
        Ok(())
    }

    /// Starts the process of a node that is not there.
    fn start(&mut self, node: &str) -> std::io::Result<()> {
        self.lives += 1;
        let number = self.lives;
        let process = process::start(node, number, &self.command, &self.inputs, self.shows)?;
        self.enter(node, process.outbox, Some(process.orders));
        Ok(())
    }

    fn enter(
        &mut self,
        node: &str,
        outbox: mpsc::Sender<Arc<Envelope>>,
        orders: Option<mpsc::UnboundedSender<Order>>,
    ) {
        let entered = Node {
            number: self.lives,
            outbox,
            orders,
            stuck: VecDeque::new(),
            paused: false,
            doomed: false,
        };
        self.nodes.insert(node.to_owned(), entered);
        let now_us = self.now_us();
        self.session.hub.joined(now_us, node);
    }

    /// Runs until the test is over or it is interrupted; then ends every process, and writes what is left of the journal.
    pub(super) async fn run(
        mut self,
        mut inputs: mpsc::Receiver<Input>,
    ) -> Result<Option<Report>, Error> {
        let interrupted = |kind| signal(kind).map_err(|error| refused("signals", error));
        let mut interrupt = interrupted(SignalKind::interrupt())?;
        let mut terminate = interrupted(SignalKind::terminate())?;
        let mut tell = tokio::time::interval(TELL_EVERY);
        tell.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let met = tokio::select! {
            _ = interrupt.recv() => return Ok(None),
            _ = terminate.recv() => return Ok(None),
            met = self.meet(&mut inputs) => met,
        };
        let ended = match met.and_then(|()| self.start_all()) {
            Ok(()) => {
                self.go(&mut inputs, &mut interrupt, &mut terminate, &mut tell)
                    .await
            }
            Err(error) => Err(error),
        };
        self.say_bye();
        self.stop(&mut inputs).await;
        ended?;
        self.write()?;
        if let Some((path, file)) = &mut self.journal {
            let name = || Arg::Text(path.display().to_string());
            file.flush().map_err(|error| Error::Write(name(), error))?;
        }
        Ok(self.report)
    }

    async fn go(
        &mut self,
        inputs: &mut mpsc::Receiver<Input>,
        interrupt: &mut Signal,
        terminate: &mut Signal,
        tell: &mut tokio::time::Interval,
    ) -> Result<(), Error> {
        loop {
            self.carry_out();
            self.share()?;
            self.write()?;
            if self.tests && self.report.is_some() {
                return Ok(());
            }
            let others = self.hubs.as_ref().map(Hubs::wake_us);
            let wake = [self.session.wake_us(), others].into_iter().flatten().min();
            let wake = wake.map(|us| self.began + Duration::from_micros(us));
            let asleep = async {
                match wake {
                    Some(wake) => tokio::time::sleep_until(wake).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = interrupt.recv() => return self.interrupted(),
                _ = terminate.recv() => return self.interrupted(),
                input = inputs.recv() => {
                    let mut next = input;
                    let mut taken = 0;
                    while let Some(input) = next {
                        self.take(input);
                        taken += 1;
                        next = if taken < AT_ONCE_MAX { inputs.try_recv().ok() } else { None };
                    }
                }
                _ = tell.tick(), if !self.pages.is_empty() || self.hubs.is_some() => {
                    self.tell_pages();
                    if let Some(hubs) = &mut self.hubs {
                        hubs.tell_rooms(false);
                    }
                }
                () = asleep => {}
            }
        }
    }

    /// Somebody wants it to end: a test says what it has seen so far.
    fn interrupted(&mut self) -> Result<(), Error> {
        crate::output::tell("interrupted: the processes are stopped");
        let now_us = self.now_us();
        self.session.stop(now_us);
        self.carry_out();
        self.write()
    }

    pub(super) fn take(&mut self, input: Input) {
        let now_us = self.now_us();
        match input {
            Input::Line { node, number, line } => {
                if !self.lives(&node, number) {
                    return;
                }
                let read = self.session.hub.line(now_us, &node, &line);
                // A process has no ear for this; whoever sits behind a connection may.
                if let Err(wrong) = read
                    && let Some(there) = self.nodes.get(&node).filter(|it| it.orders.is_none())
                {
                    let error = Envelope::new(self.session.hub.host(), &*node, "error")
                        .with("code", ErrorCode::MalformedRequest.number())
                        .with("text", wrong.to_string());
                    let _ = there.outbox.try_send(Arc::new(error));
                }
            }
            Input::Ended { node, number, said } => {
                if self.lives(&node, number)
                    && let Some(gone) = self.nodes.remove(&node)
                {
                    let process = gone.orders.is_some();
                    let what = if process { "ended" } else { "left" };
                    tracing::info!("{node} {what}: {said}");
                    self.session.left(now_us, &node, &said, gone.doomed);
                    if !process {
                        // Who comes back is another.
                        self.session.hub.forget(&node);
                    }
                }
            }
            Input::Writable { node, number } => {
                if self.lives(&node, number) {
                    self.writable(&node);
                }
            }
            Input::Join {
                name,
                outbox,
                answer,
            } => {
                let joined = self.join(name, outbox);
                let _ = answer.send(joined);
            }
            Input::Watch { frames, answer } => {
                self.lives += 1;
                let page = self.lives;
                let hello = commands::hello(self);
                let next = hello.next;
                let _ = frames.try_send(text(&Frame::Hello(hello)));
                self.pages.insert(page, Page { frames, next });
                let _ = answer.send(page);
            }
            Input::Unwatch { page } => {
                self.pages.remove(&page);
            }
            Input::Command { page, text } => {
                if let Some(said) = commands::carry_out(self, page, &text) {
                    self.tell(page, said);
                }
            }
            Input::Nats(from) => self.hear_nats(from),
        }
    }

    /// A page is told something, if it has room.
    pub(super) fn tell(&self, page: u64, said: serde_json::Value) {
        if let Some(page) = self.pages.get(&page) {
            let _ = page.frames.try_send(said.to_string().into());
        }
    }

    /// Whether this life of the node is the present one.
    fn lives(&self, node: &str, number: u64) -> bool {
        self.nodes.get(node).is_some_and(|it| it.number == number)
    }

    fn join(
        &mut self,
        name: Option<String>,
        outbox: mpsc::Sender<Arc<Envelope>>,
    ) -> Result<(String, u64), String> {
        if self.nodes.len() >= NODES_MAX {
            return Err(format!("there are {NODES_MAX} nodes already"));
        }
        let node = name.unwrap_or_else(|| self.free_name());
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if node.is_empty() || node.len() > NAME_BYTES_MAX || !node.chars().all(plain) {
            return Err(format!(
                "a node's name has 1 to {NAME_BYTES_MAX} letters, digits, -, _ and ."
            ));
        }
        let number = node.strip_prefix('c').map(str::parse::<u64>);
        let taken = SERVICES.contains(&&*node) || node == STAGE;
        if taken || number.is_some_and(|number| number.is_ok()) {
            return Err(format!(
                "{node} is the name of a service or of a client; take another"
            ));
        }
        let elsewhere = self.session.hub.network.away(&node).is_some();
        if elsewhere || self.nodes.contains_key(&node) || self.own.contains(&node) {
            return Err(format!("a node called {node} is there already"));
        }
        self.lives += 1;
        self.enter(&node, outbox, None);
        tracing::info!("{node} joined");
        Ok((node, self.lives))
    }

    /// A node has room: what was kept for it goes there.
    fn writable(&mut self, node: &str) {
        let Some(there) = self.nodes.get_mut(node) else {
            return;
        };
        while let Some(message) = there.stuck.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(message)) = there.outbox.try_send(message) {
                there.stuck.push_front(message);
                wait_for_room(node, there, &self.inputs);
                return;
            }
        }
        self.session.hub.network.unpark(node);
    }

    /// Does what is due.
    fn carry_out(&mut self) {
        for order in self.session.advance(self.now_us()) {
            match order {
                Do::Deliver { node, message } => self.deliver(&node, message),
                Do::Warn(text) => tracing::warn!("{text}"),
                Do::Fault(fault) => {
                    if let Err(why) = self.fault(&fault) {
                        tracing::warn!("{why}");
                    }
                }
                Do::Ended(report) => {
                    let told = serde_json::to_value(&*report).unwrap_or_default();
                    self.say_to_pages(&text(&Frame::Report { report: told }));
                    self.report = Some(*report);
                }
            }
        }
    }

    fn deliver(&mut self, node: &str, message: Arc<Envelope>) {
        let Some(there) = self.nodes.get_mut(node) else {
            return;
        };
        if !there.stuck.is_empty() {
            there.stuck.push_back(message);
        } else if let Err(mpsc::error::TrySendError::Full(message)) = there.outbox.try_send(message)
        {
            there.stuck.push_back(message);
            wait_for_room(node, there, &self.inputs);
            self.session.hub.network.park(node);
        }
    }

    /// Does to a process what a fault says. Only those that were started here can be reached.
    pub(super) fn fault(&mut self, fault: &Fault) -> Result<(), String> {
        let Some(node) = process(fault) else {
            return Ok(());
        };
        let seats = self.hubs.iter().flat_map(|it| it.cluster.seats());
        let own = { seats }
            .find(|seat| seat.node == *node)
            .map(|seat| seat.own);
        if let Some(own) = own {
            // The hub that started it hears of the fault, and does it.
            let why = || format!("{node} was not started by its hub: it can only be cut off");
            return own.then_some(()).ok_or_else(why);
        }
        let order = match fault {
            Fault::Kill { .. } => Order::Kill,
            Fault::Pause { .. } => Order::Pause,
            Fault::Resume { .. } => Order::Resume,
            _ => return self.restart(node),
        };
        let there = self.nodes.get_mut(node);
        let Some(there) = there else {
            return Err(format!("{node} does not run"));
        };
        let Some(orders) = &there.orders else {
            return Err(format!(
                "{node} was not started here: it can only be cut off"
            ));
        };
        let _ = orders.send(order);
        there.doomed |= order == Order::Kill;
        there.paused = order == Order::Pause;
        Ok(())
    }

    fn restart(&mut self, node: &str) -> Result<(), String> {
        if !self.own.iter().any(|own| own == node) {
            return Err(format!("{node} was not started here"));
        }
        if self.nodes.contains_key(node) {
            // It was killed, and has not been waited for yet, or it runs: its end is not that of the new one.
            let gone = self.nodes.remove(node);
            if let Some(orders) = gone.and_then(|gone| gone.orders) {
                let _ = orders.send(Order::Kill);
            }
            let now_us = self.now_us();
            self.session.left(now_us, node, "restarted", true);
        }
        let started = self.start(node);
        started.map_err(|error| format!("{node} cannot be started again: {error}"))
    }

    /// Whether a node was started here, and whether it stands still.
    pub(super) fn started(&self, node: &str) -> (bool, bool) {
        let mut away = self.hubs.iter().flat_map(|it| it.cluster.seats());
        if let Some(seat) = away.find(|seat| seat.node == node) {
            return (seat.own, seat.paused);
        }
        let paused = self.nodes.get(node).is_some_and(|it| it.paused);
        (self.own.iter().any(|own| own == node), paused)
    }

    /// What is new in the journal goes to its file.
    fn write(&mut self) -> Result<(), Error> {
        let Some((path, file)) = &mut self.journal else {
            return Ok(());
        };
        let (missed, records) = self.session.hub.network.journal.since(self.written);
        let name = || Arg::Text(path.display().to_string());
        if missed > 0 {
            let line = Remark::Missed { records: missed };
            let line = serde_json::to_string(&line).unwrap_or_default();
            writeln!(file, "{line}").map_err(|error| Error::Write(name(), error))?;
        }
        for record in records {
            serde_json::to_writer(&mut *file, &**record)
                .map_err(std::io::Error::from)
                .and_then(|()| file.write_all(b"\n"))
                .map_err(|error| Error::Write(name(), error))?;
        }
        self.written = self.session.hub.network.journal.next();
        Ok(())
    }

    /// Every page that has room is told what is new. One that has none is told later, and how much it missed.
    fn tell_pages(&mut self) {
        let journal = &self.session.hub.network.journal;
        // Most pages are equally far: what one is told serves all of them.
        let mut made: BTreeMap<u64, (u64, Arc<str>)> = BTreeMap::new();
        self.pages.retain(|_, page| {
            if page.next == journal.next() {
                return !page.frames.is_closed();
            }
            let Ok(room) = page.frames.try_reserve() else {
                return !page.frames.is_closed();
            };
            let (next, frame) = made.entry(page.next).or_insert_with(|| {
                let (missed, records) = journal.since(page.next);
                let records: Vec<_> = records.take(TOLD_MAX).cloned().collect();
                let next = page.next + missed + records.len() as u64;
                (next, text(&Frame::Records { missed, records }))
            });
            room.send(frame.clone());
            page.next = *next;
            true
        });
    }

    fn say_to_pages(&mut self, frame: &Arc<str>) {
        for page in self.pages.values() {
            let _ = page.frames.try_send(frame.clone());
        }
    }

    /// Ends every process, and waits until it has.
    async fn stop(&mut self, inputs: &mut mpsc::Receiver<Input>) {
        for node in self.nodes.values_mut() {
            node.doomed = true;
            if let Some(orders) = &node.orders {
                let _ = orders.send(Order::Stop);
            }
        }
        let runs = |driver: &Self| driver.nodes.values().any(|node| node.orders.is_some());
        let limit = Instant::now() + Duration::from_secs(8);
        while runs(self) {
            match tokio::time::timeout_at(limit, inputs.recv()).await {
                Ok(Some(Input::Ended { node, number, .. })) => {
                    if self.lives(&node, number) {
                        self.nodes.remove(&node);
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// The nodes with what each is doing.
    pub(super) fn states(&self) -> Vec<(String, NodeState)> {
        let hub = &self.session.hub;
        let nodes = hub.network.participants();
        let nodes = nodes.filter(|(_, role)| *role == Role::Node);
        nodes
            .map(|(name, _)| (name.to_owned(), hub.state(name)))
            .collect()
    }
}

/// The frame as it is sent.
fn text(frame: &Frame) -> Arc<str> {
    // Texts, numbers and maps with texts as keys: nothing in it can fail to be written.
    serde_json::to_string(frame).unwrap_or_default().into()
}

/// The node whose process a fault concerns.
pub(super) const fn process(fault: &Fault) -> Option<&String> {
    match fault {
        Fault::Kill { node }
        | Fault::Restart { node }
        | Fault::Pause { node }
        | Fault::Resume { node } => Some(node),
        _ => None,
    }
}

/// Tells the driver when a node's outbox has room again.
fn wait_for_room(node: &str, there: &Node, inputs: &mpsc::Sender<Input>) {
    let (outbox, inputs) = (there.outbox.clone(), inputs.clone());
    let (node, number) = (node.to_owned(), there.number);
    tokio::spawn(async move {
        // Half of it, so that one that reads slowly is not asked for each message.
        if outbox.reserve_many(process::OUTBOX_MAX / 2).await.is_ok() {
            let _ = inputs.send(Input::Writable { node, number }).await;
        }
    });
}
