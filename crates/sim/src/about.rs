//! What a protocol says of itself, as one constant made of its tables.

use crate::About;
use protocol::{Config, Protocol, TimerName};
use std::marker::PhantomData;

/// No protocol has more variants.
const VARIANTS_MAX: usize = 64;

type Variants = [(&'static str, Option<&'static str>); VARIANTS_MAX];

struct Of<P>(PhantomData<P>);

impl<P: Protocol> Of<P> {
    const VARIANTS: Variants = {
        let mut all: Variants = [("", None); VARIANTS_MAX];
        let mut place = 0;
        while place < P::VARIANTS.len() {
            all[place] = (P::VARIANTS[place].id, P::VARIANTS[place].breaks);
            place += 1;
        }
        all
    };

    const ABOUT: About = About {
        id: P::ID,
        title: P::TITLE,
        behaviour: P::BEHAVIOUR,
        hue: P::HUE,
        pace_us: P::PACE_US,
        parameters: P::Config::PARAMETERS,
        properties: P::PROPERTIES,
        variants: Self::VARIANTS.split_at(P::VARIANTS.len()).0,
        rules: P::RULES,
        operations: P::OPERATIONS,
        shares: P::ACCESS.is_some(),
        timer: |index| P::Timer::ALL[index as usize].id(),
        words: P::words,
    };
}

/// The [`About`] of `P`.
pub(crate) const fn of<P: Protocol>() -> &'static About {
    &Of::<P>::ABOUT
}
