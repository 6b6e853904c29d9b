//! The disk of a node, on a thread of its own: what comes while a commit is under way is committed together after it.

use crate::node::metrics::Metrics;
use live::store::{FileStore, Store, StoreError};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A save: its number and its records.
type Save = (u64, Vec<Vec<u8>>);
/// What becomes of saves: all up to this one are durable, or the disk has failed.
pub(crate) type Durable = Result<u64, StoreError>;

/// The way to the disk.
#[derive(Debug)]
pub(crate) enum Disk {
    /// A file, and the thread that writes it.
    File {
        saves: Sender<Save>,
        thread: JoinHandle<()>,
    },
    /// This process's memory: it is gone when that is.
    Memory(UnboundedSender<Durable>),
}

impl Disk {
    /// The thread that serves `store`, and what it reports.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(
        store: FileStore,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<(Self, UnboundedReceiver<Durable>)> {
        let (saves, next) = channel();
        let (report, reports) = unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("disk".into())
            .spawn(move || serve(store, &next, &report, &metrics))?;
        Ok((Self::File { saves, thread }, reports))
    }

    /// A disk that keeps nothing, and what it reports.
    pub(crate) fn in_memory() -> (Self, UnboundedReceiver<Durable>) {
        let (report, reports) = unbounded_channel();
        (Self::Memory(report), reports)
    }

    /// Makes records durable, behind all before them.
    pub(crate) fn save(&self, number: u64, records: Vec<Vec<u8>>) {
        // When nobody hears it any more, the node is over or has heard why.
        match self {
            Self::File { saves, .. } => drop(saves.send((number, records))),
            Self::Memory(report) => drop(report.send(Ok(number))),
        }
    }

    /// Waits until everything is durable, or the disk has failed.
    pub(crate) fn finish(self) {
        if let Self::File { saves, thread } = self {
            drop(saves);
            if thread.join().is_err() {
                tracing::error!("the thread of the disk panicked");
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a commit took is measured, and nothing depends on it"
)]
fn serve(
    mut store: FileStore,
    next: &Receiver<Save>,
    report: &UnboundedSender<Durable>,
    metrics: &Metrics,
) {
    while let Ok((mut last, mut records)) = next.recv() {
        while let Ok((number, more)) = next.try_recv() {
            last = number;
            records.extend(more);
        }
        let began = Instant::now();
        let done = store.append(&records);
        metrics
            .commit_seconds
            .observe(began.elapsed().as_secs_f64());
        let failed = done.is_err();
        if !failed {
            metrics.records.inc_by(records.len() as u64);
        }
        if report.send(done.map(|()| last)).is_err() || failed {
            return;
        }
    }
}
