//! The one task that owns the node: whatever happens to it comes here, one thing after the other, and nothing here waits for a
//! peer, a watcher or the disk.

use crate::node::disk::{Disk, Durable};
use crate::node::lin_kv::Problem;
use crate::node::links::Links;
use crate::node::metrics::Metrics;
use crate::node::serve::ASKED_MAX;
use crate::node::tongue::Tongue;
use live::store::StoreError;
use live::{Frame, Node, Output, Refusal};
use protocol::{NodeView, Phrase};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, broadcast, mpsc, oneshot};
use trace::Words;
use wire::{Envelope, ErrorCode};

/// So many frames wait for a watcher; one that is slower misses the oldest.
const FRAMES_MAX: usize = 1_024;
/// So long an answer that is due may still take to leave when the node shuts down.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What somebody wants of the node.
#[derive(Debug)]
pub(crate) enum Order {
    /// A message arrived; why it was not taken goes back there.
    Message(Envelope, mpsc::Sender<String>),
    /// A client's operation; the answer is a sentence.
    Ask {
        op: String,
        fields: Vec<String>,
        answer: oneshot::Sender<Result<Answered, Problem>>,
    },
    /// How it stands now; nothing as long as it has not booted.
    View(oneshot::Sender<Option<NodeView>>),
    /// Somebody watches from now on: the first frame, and all that follow.
    Watch(oneshot::Sender<(Arc<str>, broadcast::Receiver<Arc<str>>)>),
    /// The node shuts down.
    Stop,
}

/// What an operation came to.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// Its number.
    pub(crate) number: u64,
    /// The answer, as a sentence.
    pub(crate) sentence: String,
    /// The same as data.
    pub(crate) phrase: Phrase,
}

/// The clock: microseconds since 1970 as the process started, and steady from there on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    began: Instant,
    began_us: u64,
}

#[expect(
    clippy::disallowed_methods,
    reason = "a real node runs in real time: here is the one place that reads it"
)]
impl Clock {
    pub(crate) fn start() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            began: Instant::now(),
            began_us: since.map_or(0, |since| since.as_micros() as u64),
        }
    }

    pub(crate) fn now_us(self) -> u64 {
        self.began_us + self.began.elapsed().as_micros() as u64
    }

    /// How long it is until then.
    pub(crate) fn until(self, at_us: u64) -> Duration {
        Duration::from_micros(at_us.saturating_sub(self.now_us()))
    }
}

/// The node and all that it speaks to.
pub(crate) struct Driver {
    node: Box<dyn Node>,
    clock: Clock,
    links: Links,
    disk: Disk,
    frames: broadcast::Sender<Arc<str>>,
    words: Words,
    labels: Vec<String>,
    metrics: Arc<Metrics>,
    /// Who waits until the node has booted.
    up: Option<oneshot::Sender<()>>,
    /// Operations that wait for their answer, by number.
    asked: BTreeMap<u64, oneshot::Sender<Result<Answered, Problem>>>,
    /// Where messages pass a bridge: how they are shown to those who do not know the protocol.
    tongue: Option<Arc<Tongue>>,
    /// Told whenever it may show something new.
    stirred: Arc<Notify>,
}

impl Driver {
    pub(crate) fn new(
        node: Box<dyn Node>,
        links: Links,
        disk: Disk,
        words: Words,
        metrics: Arc<Metrics>,
        up: oneshot::Sender<()>,
    ) -> Self {
        let labels = node.roster().iter().map(|spec| spec.label.clone());
        Self {
            labels: labels.collect(),
            node,
            clock: Clock::start(),
            links,
            disk,
            frames: broadcast::channel(FRAMES_MAX).0,
            words,
            metrics,
            up: Some(up),
            asked: BTreeMap::new(),
            tongue: None,
            stirred: Arc::new(Notify::new()),
        }
    }

    /// From now on its messages tell how they are shown.
    pub(crate) fn speaks(&mut self, tongue: Tongue) -> Arc<Tongue> {
        self.tongue.insert(Arc::new(tongue)).clone()
    }

    /// Told whenever the node may show something new of itself.
    pub(crate) fn stirred(&self) -> Arc<Notify> {
        self.stirred.clone()
    }

    /// Runs the node until it is told to stop.
    ///
    /// # Errors
    /// The disk has failed: nobody can say what is durable, and the node must not go on.
    pub(crate) async fn run(
        mut self,
        mut orders: mpsc::Receiver<Order>,
        mut durable: mpsc::UnboundedReceiver<Durable>,
    ) -> Result<(), StoreError> {
        loop {
            self.carry_out();
            self.stirred.notify_one();
            let wake_at_us = self.node.wake_at_us();
            let wake = async {
                match wake_at_us {
                    Some(at_us) => tokio::time::sleep(self.clock.until(at_us)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                report = durable.recv() => match report {
                    Some(report) => self.durable(report?),
                    None => return Ok(()),
                },
                () = wake => self.node.wake(self.clock.now_us()),
                order = orders.recv() => match order {
                    None | Some(Order::Stop) => break,
                    Some(order) => self.obey(order),
                },
            }
        }
        self.stop(durable).await
    }

    fn durable(&mut self, number: u64) {
        self.node.durable(self.clock.now_us(), number);
        let hello = self.node.hello();
        self.metrics.incarnation.set(hello.incarnation as i64);
        self.metrics.clock.set(hello.clock as i64);
        if let Some(up) = self.up.take_if(|_| hello.incarnation > 0) {
            let _ = up.send(());
        }
    }

    /// Everything saved becomes durable, what waited for that leaves, and watchers hear that this is the end.
    async fn stop(self, mut durable: mpsc::UnboundedReceiver<Durable>) -> Result<(), StoreError> {
        let Self {
            mut node,
            clock,
            links,
            disk,
            frames,
            ..
        } = self;
        disk.finish();
        while let Some(report) = durable.recv().await {
            node.durable(clock.now_us(), report?);
        }
        while let Some(output) = node.next_output() {
            if let Output::Send { to, envelope } = output {
                links.send(node.me(), to, envelope);
            }
        }
        links.close();
        if let Ok(line) = Frame::Closing.line() {
            let _ = frames.send(line.into());
        }
        drop(frames);
        tokio::time::sleep(LAST_WORDS).await;
        Ok(())
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Message(envelope, back) => {
                match self.node.message(self.clock.now_us(), &envelope) {
                    Ok(()) => {
                        self.metrics.received.inc();
                    }
                    // A peer that hears nothing tries again.
                    Err(Refusal::NotUp) => {
                        self.metrics.lost.inc();
                    }
                    Err(refusal) => {
                        self.metrics.refused.inc();
                        tracing::warn!(src = %envelope.src, "{refusal}");
                        let _ = back.try_send(refusal.to_string());
                    }
                }
            }
            Order::Ask { op, fields, answer } => self.ask(&op, &fields, answer),
            Order::View(reply) => drop(reply.send(self.node.hello().view)),
            Order::Watch(reply) => {
                self.node.watch(true);
                let frames = self.frames.subscribe();
                if let Ok(line) = Frame::Hello(self.node.hello()).line() {
                    let _ = reply.send((line.into(), frames));
                }
            }
            Order::Stop => {}
        }
    }

    fn ask(
        &mut self,
        op: &str,
        fields: &[String],
        answer: oneshot::Sender<Result<Answered, Problem>>,
    ) {
        // Whoever has given up waits no longer.
        self.asked.retain(|_, answer| !answer.is_closed());
        if self.asked.len() >= ASKED_MAX {
            let why = format!(
                "{ASKED_MAX} operations are open, and no more are taken; wait for an answer"
            );
            let _ = answer.send(Err((ErrorCode::TemporarilyUnavailable, why)));
            return;
        }
        match self.node.ask(self.clock.now_us(), op, fields) {
            Ok(id) => {
                self.metrics.asked.inc();
                self.asked.insert(id.number, answer);
            }
            Err(refusal) => {
                let said = match &refusal {
                    Refusal::Operation(why) => self.words.say(why, &self.labels),
                    refusal => refusal.to_string(),
                };
                let code = match refusal {
                    Refusal::NotUp => ErrorCode::TemporarilyUnavailable,
                    _ => ErrorCode::NotSupported,
                };
                let _ = answer.send(Err((code, said)));
            }
        }
    }

    /// Carries out what the node wants.
    fn carry_out(&mut self) {
        while let Some(output) = self.node.next_output() {
            match output {
                Output::Send { to, mut envelope } => {
                    if let Some(tongue) = &self.tongue
                        && let Ok(view) = self.node.message_view(&envelope)
                    {
                        envelope.body.insert("view".into(), tongue.message(view));
                    }
                    if self.links.send(self.node.me(), to, envelope) {
                        self.metrics.sent.inc();
                    } else {
                        self.metrics.lost.inc();
                    }
                }
                Output::Persist { number, records } => self.disk.save(number, records),
                Output::Answered { id, answer: phrase } => {
                    self.metrics.answered.inc();
                    let sentence = self.words.say(&phrase, &self.labels);
                    tracing::debug!(number = id.number, "answered: {sentence}");
                    if let Some(answer) = self.asked.remove(&id.number) {
                        let _ = answer.send(Ok(Answered {
                            number: id.number,
                            sentence,
                            phrase,
                        }));
                    }
                }
                Output::Happened(happened) => {
                    self.metrics.clock.set(happened.clock as i64);
                    let frame = Frame::Happened {
                        clock: happened.clock,
                        event: happened.event,
                        view: happened.view,
                    };
                    let line = frame.line().map(Arc::from);
                    // An error says that nobody watches any more.
                    if line.is_ok_and(|line| self.frames.send(line).is_err()) {
                        self.node.watch(false);
                    }
                }
            }
        }
    }
}
