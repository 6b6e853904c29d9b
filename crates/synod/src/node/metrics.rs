//! What a node counts, in the form of Prometheus.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// Messages that left for a peer's queue.
    pub(crate) sent: Counter,
    /// Messages that were taken.
    pub(crate) received: Counter,
    /// Messages that a full queue, or the lack of a connection, lost.
    pub(crate) lost: Counter,
    /// Frames that made no sense, or were refused.
    pub(crate) refused: Counter,
    /// Connections to peers that were made.
    pub(crate) dialled: Counter,
    /// Records that are durable.
    pub(crate) records: Counter,
    /// How long a commit takes, in seconds.
    pub(crate) commit_seconds: Histogram,
    /// Operations that were asked, and those that were answered.
    pub(crate) asked: Counter,
    pub(crate) answered: Counter,
    /// Whoever watches now.
    pub(crate) watchers: Gauge,
    /// Events that slow watchers missed.
    pub(crate) missed: Counter,
    /// Connections that others have made and that are open.
    pub(crate) connections: Gauge,
    /// How often the node has started on its disk.
    pub(crate) incarnation: Gauge,
    /// The Lamport clock.
    pub(crate) clock: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("synod"),
            sent: Counter::default(),
            received: Counter::default(),
            lost: Counter::default(),
            refused: Counter::default(),
            dialled: Counter::default(),
            records: Counter::default(),
            // From a tenth of a millisecond to three seconds.
            commit_seconds: Histogram::new(exponential_buckets(0.000_1, 2.0, 16)),
            asked: Counter::default(),
            answered: Counter::default(),
            watchers: Gauge::default(),
            missed: Counter::default(),
            connections: Gauge::default(),
            incarnation: Gauge::default(),
            clock: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        let counters = [
            (
                "messages_sent",
                "Messages that left for a peer",
                &metrics.sent,
            ),
            (
                "messages_received",
                "Messages that were taken",
                &metrics.received,
            ),
            (
                "messages_lost",
                "Messages lost to a full queue or for want of a connection",
                &metrics.lost,
            ),
            (
                "frames_refused",
                "Frames that made no sense",
                &metrics.refused,
            ),
            (
                "connections_made",
                "Connections made to peers",
                &metrics.dialled,
            ),
            ("records", "Records made durable", &metrics.records),
            (
                "operations_asked",
                "Operations asked of this client",
                &metrics.asked,
            ),
            (
                "operations_answered",
                "Operations answered",
                &metrics.answered,
            ),
            (
                "events_missed",
                "Events that slow watchers missed",
                &metrics.missed,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        let gauges = [
            ("watchers", "Whoever watches", &metrics.watchers),
            (
                "connections",
                "Open connections made by others",
                &metrics.connections,
            ),
            (
                "incarnation",
                "How often the node has started",
                &metrics.incarnation,
            ),
            ("lamport_clock", "The Lamport clock", &metrics.clock),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        registry.register(
            "commit_seconds",
            "How long it takes until records are durable",
            metrics.commit_seconds.clone(),
        );
        metrics
    }
}

impl Metrics {
    /// All of it as text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
