//! The way to other hubs: NATS. Carries what hubs say to each other; knows nothing of what it means.

use super::{Input, refused};
use crate::error::Error;
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event};
use futures_util::StreamExt;
use maelstrom::cluster::{Say, To};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How many frames wait for NATS before what is to pass counts as lost.
const FRAMES_MAX: usize = 16_384;
/// How long the server may take to answer at the start, and how often it is tried: it may be starting as well.
const PATIENCE: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(200);

/// What comes from there.
#[derive(Debug)]
pub(super) enum FromNats {
    /// Another hub said this.
    Said(Box<Say>),
    /// Somebody said what no hub says.
    Malformed(String),
    /// The server is there, or no longer.
    Connected(bool),
}

/// The subjects of a cluster.
#[derive(Clone)]
struct Subjects(String);

impl Subjects {
    fn of(&self, to: To) -> String {
        match to {
            To::All => format!("{}.hubs", self.0),
            To::Hub(hub) => format!("{}.hub.{hub}", self.0),
        }
    }
}

/// A connection to the server.
pub(super) struct Nats {
    client: Client,
    url: String,
    subjects: Subjects,
    inputs: mpsc::Sender<Input>,
    /// What is handed over for others.
    to: mpsc::Sender<(To, Say)>,
    publishes: JoinHandle<()>,
}

/// Connects to the server; what comes for all goes to `inputs`.
pub(super) async fn connect(
    url: &str,
    cluster: &str,
    inputs: &mpsc::Sender<Input>,
) -> Result<Nats, Error> {
    let until = Instant::now() + PATIENCE;
    let client = loop {
        let events = inputs.clone();
        let options = ConnectOptions::new()
            .no_echo()
            .name("synod")
            .ping_interval(Duration::from_secs(2))
            .connection_timeout(PATIENCE)
            .event_callback(move |event| tell(event, events.clone()));
        match options.connect(url).await {
            Ok(client) => break client,
            Err(error) if error.kind() == ConnectErrorKind::Io && Instant::now() < until => {
                sleep(AGAIN).await;
            }
            Err(error) => return Err(cannot(url, error)),
        }
    };
    let subjects = Subjects(cluster.to_owned());
    let (to, frames) = mpsc::channel(FRAMES_MAX);
    let publishes = tokio::spawn(publish(client.clone(), subjects.clone(), frames));
    let nats = Nats {
        client,
        url: url.to_owned(),
        subjects,
        inputs: inputs.clone(),
        to,
        publishes,
    };
    nats.listen(To::All).await?;
    Ok(nats)
}

impl Nats {
    /// What is said to these goes to the inputs; answers when that is in force.
    pub(super) async fn listen(&self, to: To) -> Result<(), Error> {
        let subscribed = self.client.subscribe(self.subjects.of(to)).await;
        let mut messages = subscribed.map_err(|error| cannot(&self.url, error))?;
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            while let Some(message) = messages.next().await {
                let from = match serde_json::from_slice(&message.payload) {
                    Ok(say) => FromNats::Said(Box::new(say)),
                    Err(error) => FromNats::Malformed(error.to_string()),
                };
                if inputs.send(Input::Nats(from)).await.is_err() {
                    return;
                }
            }
        });
        let flushed = self.client.flush().await;
        flushed.map_err(|error| cannot(&self.url, error))
    }

    /// Says something. Without room nothing is lost silently: what was passed is not confirmed, and what was noted is counted.
    pub(super) fn say(&self, frame: (To, Say)) {
        let _ = self.to.try_send(frame);
    }

    /// Whether it takes what is said as fast as it comes.
    pub(super) fn keeps_up(&self) -> bool {
        self.to.capacity() > self.to.max_capacity() / 2
    }

    /// Waits until everything that was said has left.
    pub(super) async fn finish(self) {
        drop(self.to);
        let _ = self.publishes.await;
    }
}

fn cannot(url: &str, why: impl ToString) -> Error {
    let why = why.to_string();
    let why = format!("{why}; start one with `nats-server`, or name the one that runs");
    refused(&format!("--nats {}", without_password(url)), why)
}

async fn publish(client: Client, subjects: Subjects, mut frames: mpsc::Receiver<(To, Say)>) {
    while let Some((to, say)) = frames.recv().await {
        // Texts, numbers and maps with texts as keys: nothing in it can fail to be written.
        let payload = serde_json::to_vec(&say).unwrap_or_default();
        if let Err(error) = client.publish(subjects.of(to), payload.into()).await {
            tracing::warn!("NATS does not take what is said to {to:?}: {error}");
        }
    }
    // The bridge ends: what was said last still leaves.
    let _ = tokio::time::timeout(Duration::from_secs(1), client.flush()).await;
}

async fn tell(event: Event, inputs: mpsc::Sender<Input>) {
    let connected = match event {
        Event::Connected => true,
        Event::Disconnected | Event::Closed => false,
        other => {
            tracing::warn!("NATS: {other}");
            return;
        }
    };
    let _ = inputs
        .send(Input::Nats(FromNats::Connected(connected)))
        .await;
}

/// An address as it may be shown.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(
            without_password("nats://me:secret@host:1"),
            "nats://…@host:1"
        );
        assert_eq!(without_password("nats://host:1"), "nats://host:1");
    }
}
