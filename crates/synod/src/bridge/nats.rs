//! The way to other hubs: NATS. Carries what hubs say to each other; knows nothing of what it means.

use super::{Input, refused};
use crate::error::Error;
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event};
use futures_util::StreamExt;
use maelstrom::cluster::{Say, To};
use std::time::Duration;
use tokio::sync::mpsc;
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

/// Connects to the server; what comes goes to `inputs`, and what is handed over goes there.
pub(super) async fn connect(
    url: &str,
    cluster: &str,
    place: u64,
    inputs: &mpsc::Sender<Input>,
) -> Result<mpsc::Sender<(To, Say)>, Error> {
    let cannot = |why: String| {
        let why = format!("{why}; start one with `nats-server`, or name the one that runs");
        refused(&format!("--nats {}", without_password(url)), why)
    };
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
            Err(error) => return Err(cannot(error.to_string())),
        }
    };
    let subjects = Subjects(cluster.to_owned());
    for to in [To::All, To::Hub(place)] {
        let subscribed = client.subscribe(subjects.of(to)).await;
        let mut messages = subscribed.map_err(|error| cannot(error.to_string()))?;
        let inputs = inputs.clone();
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
    }
    // What was asked for is in force before anything is said.
    let flushed = client.flush().await;
    flushed.map_err(|error| cannot(error.to_string()))?;
    let (to, frames) = mpsc::channel(FRAMES_MAX);
    tokio::spawn(publish(client, subjects, frames));
    Ok(to)
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
