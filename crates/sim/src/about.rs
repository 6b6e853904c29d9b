//! What a protocol says of itself, gathered once from its tables.

use crate::About;
use protocol::{Config, Protocol, TimerName};
use std::sync::Mutex;

/// Every [`About`] that was asked for: they live as long as the program, one a protocol.
static KNOWN: Mutex<Vec<&'static About>> = Mutex::new(Vec::new());

/// The [`About`] of `P`.
pub(crate) fn of<P: Protocol>() -> &'static About {
    // A panic elsewhere leaves the list as good as it was.
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(about) = known.iter().find(|about| about.id == P::ID) {
        return about;
    }
    let variants = P::VARIANTS.iter().map(|variant| (variant.id, variant.breaks));
    let about: &'static About = Box::leak(Box::new(About {
        id: P::ID,
        behaviour: P::BEHAVIOUR,
        hue: P::HUE,
        layout: P::LAYOUT,
        pace_us: P::PACE_US,
        parameters: P::Config::PARAMETERS,
        properties: P::PROPERTIES,
        variants: variants.collect::<Vec<_>>().leak(),
        rules: P::RULES,
        operations: P::OPERATIONS,
        timers: P::Timer::ALL.iter().map(|timer| timer.id()).collect::<Vec<_>>().leak(),
        words: P::words,
    }));
    known.push(about);
    about
}
