//! The parameters.

/// The most acknowledgements of a chain.
pub const ACKS_MAX: u64 = 12;

/// The most messengers of a message.
pub const COPIES_MAX: u64 = 8;

/// The longest that a message may take for the promises to hold, in microseconds. The least leg is a quarter more: room for clocks
/// that drift while a chain of [`ACKS_MAX`] runs.
pub const DELAY_US: u64 = 20_000;

protocol::config! {
    /// The parameters of the two generals.
    pub struct GeneralsConfig {
        /// How many acknowledgements follow the plan: k.
        acks: Int(0..=12) = 2, Count, live;
        /// How many messengers carry each message: n.
        copies: Int(1..=8) = 1, Count, live;
        /// Whether each battle takes the next k, from 0 to 12 and round again, so that one run fills the whole curve.
        sweep: Switch() = false, Count, live;
        /// How long a message is allowed to take; each general waits as many legs as there may be messages.
        leg_us: Int(25_000..=10_000_000) = 25_000, Us, fixed;
        /// How long after a battle the next one begins.
        gap_us: Int(0..=60_000_000) = 50_000, Us, fixed;
        /// Whether battles follow each other (closed), or the commander is asked by hand alone.
        arrivals: Choice["closed", "never"] = "closed", Count, fixed;
    }
}

impl GeneralsConfig {
    /// The acknowledgements of this battle, counted from 1.
    pub const fn acks_of(&self, battle: u64) -> u64 {
        if self.sweep {
            (battle + ACKS_MAX) % (ACKS_MAX + 1)
        } else {
            self.acks
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Config, Range};

    #[test]
    fn a_sweep_takes_every_k_in_turn() {
        let mut config = GeneralsConfig::default();
        assert_eq!(config.acks_of(7), 2);
        config.sweep = true;
        let taken: Vec<u64> = (1..=14).map(|battle| config.acks_of(battle)).collect();
        assert_eq!(taken, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0]);
    }

    #[test]
    fn the_ranges_end_where_the_constants_say() {
        let range = |key| {
            let place = GeneralsConfig::place(key).expect("a parameter");
            GeneralsConfig::PARAMETERS[place].range
        };
        let to = |min, max| Range::Int { min, max };
        assert_eq!(range("acks"), to(0, ACKS_MAX));
        assert_eq!(range("copies"), to(1, COPIES_MAX));
        assert_eq!(range("leg_us"), to(DELAY_US * 5 / 4, 10_000_000));
    }
}
