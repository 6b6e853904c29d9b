//! The parameters of the world: network, disks and clocks. They stand beside the protocol's own, in one space of keys.

protocol::config! {
    /// How messages travel, disks save and clocks run.
    pub struct WorldConfig {
        /// The least that a message takes.
        latency_min_us: Int(0..=10_000_000) = 8_000, Us, live;
        /// The most that a message takes, but for the long tails of `latency_shape`.
        latency_max_us: Int(0..=10_000_000) = 12_000, Us, live;
        /// How latencies are spread between the two; the last two have tails beyond.
        latency_shape: Choice["uniform", "exponential", "log-normal"] = "uniform", Count, live;
        /// How many messages in a thousand are lost.
        loss_permille: Int(0..=1000) = 0, Permille, live;
        /// How many messages in a thousand arrive twice.
        duplicate_permille: Int(0..=1000) = 0, Permille, live;
        /// Whether messages of one link arrive in the order in which they were sent.
        fifo: Switch() = false, Count, live;
        /// How long a save takes until it is durable; 0 makes it one step with what saved.
        save_us: Int(0..=10_000_000) = 0, Us, live;
        /// How far each node's clock may drift, either way.
        drift_ppm_max: Int(0..=200_000) = 0, Ppm, fixed;
        /// How far each node's wall clock may be off at the start, either way.
        wall_offset_us_max: Int(0..=60_000_000) = 0, Us, fixed;
    }
}
