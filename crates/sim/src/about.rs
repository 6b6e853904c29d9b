//! What a protocol says of itself, gathered once from its tables.

use crate::About;
use protocol::{Config, Protocol, TimerName};

/// The [`About`] of `P`: evaluated at compile time but for its lists of ids, which are leaked once a protocol.
pub(crate) fn of<P: Protocol>() -> &'static About {
    Box::leak(Box::new(About {
        id: P::ID,
        behaviour: P::BEHAVIOUR,
        hue: P::HUE,
        layout: P::LAYOUT,
        pace_us: P::PACE_US,
        parameters: P::Config::PARAMETERS,
        properties: P::PROPERTIES,
        variants: P::VARIANTS
            .iter()
            .map(|variant| (variant.id, variant.breaks))
            .collect::<Vec<_>>()
            .leak(),
        rules: P::RULES,
        operations: P::OPERATIONS,
        timers: P::Timer::ALL
            .iter()
            .map(|timer| timer.id())
            .collect::<Vec<_>>()
            .leak(),
        words: P::words,
    }))
}
