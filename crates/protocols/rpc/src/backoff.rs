//! Exponential backoff with jitter: how long a caller pauses before it tries again (AWS Architecture Blog, "Exponential Backoff
//! And Jitter", 2015). Pure functions of what chance says.

use protocol::Purpose;

/// How chance spreads the pauses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Jitter {
    /// Not at all: callers that failed together come again together.
    None,
    /// Anything from 0 to the exponential pause.
    Full,
    /// Half of the exponential pause, and anything up to the other half.
    Equal,
    /// Anything from the base to three times the pause before.
    Decorrelated,
}

const PAUSE: Purpose = Purpose::new("backoff");

/// The exponential pause before retry number `retry` (from 1), in microseconds: the base, doubled each time, up to the cap.
pub fn ceiling_us(base_us: u64, cap_us: u64, retry: u32) -> u64 {
    let doublings = retry.saturating_sub(1).min(40);
    base_us.saturating_mul(1 << doublings).min(cap_us)
}

/// The pause before retry number `retry` (from 1) of call `nth`, in microseconds; `before_us` was the pause before the last
/// retry, and `between` draws from a closed range.
pub fn delay_us(
    jitter: Jitter,
    (base_us, cap_us): (u64, u64),
    (nth, retry): (u64, u32),
    before_us: u64,
    between: impl Fn(Purpose, u64, u64) -> u64,
) -> u64 {
    let ceiling = ceiling_us(base_us, cap_us, retry);
    let purpose = PAUSE.nth(nth).nth(u64::from(retry));
    match jitter {
        Jitter::None => ceiling,
        Jitter::Full => between(purpose, 0, ceiling),
        Jitter::Equal => ceiling / 2 + between(purpose, 0, ceiling - ceiling / 2),
        Jitter::Decorrelated => {
            let most = before_us.max(base_us).saturating_mul(3);
            between(purpose, base_us, most).min(cap_us)
        }
    }
}
