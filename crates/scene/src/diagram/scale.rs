//! Time along the diagram: from microseconds to pixels and back, through folds that take little room, and the ticks of the ruler.

/// How long a fold is, in pixels.
pub const FOLD: f64 = 34.0;
/// Ticks stand at least so far apart, in pixels.
const TICK_MIN: f64 = 84.0;

/// A stretch of time that takes the room of a fold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fold {
    /// When it begins, in microseconds.
    pub from_us: u64,
    /// When it ends.
    pub to_us: u64,
    /// How many events are in it.
    pub events: u32,
}

/// The time that a diagram shows, along its length.
#[derive(Clone, PartialEq, Debug)]
pub struct Span {
    from_us: f64,
    us_per_px: f64,
    length: f64,
    /// The folds that are in sight, each with where it begins in pixels.
    folds: Vec<(Fold, f64)>,
}

impl Span {
    /// `length` pixels from `from_us` on, with these folds, which follow each other.
    pub fn new(from_us: f64, us_per_px: f64, length: f64, folds: &[Fold]) -> Self {
        let mut span = Self {
            from_us,
            us_per_px,
            length,
            folds: Vec::new(),
        };
        for fold in folds {
            let (from, to) = (fold.from_us as f64, fold.to_us as f64);
            if to <= from_us {
                continue;
            }
            // Of a fold in which the window begins, what is left is in sight.
            let passed = FOLD * (from_us - from) / (to - from).max(1.0);
            let at = if from < from_us {
                -passed
            } else {
                span.px(from)
            };
            if at > length {
                break;
            }
            span.folds.push((*fold, at));
        }
        span
    }

    /// Its first moment, in microseconds.
    pub const fn from_us(&self) -> f64 {
        self.from_us
    }

    /// Its last moment.
    pub fn to_us(&self) -> f64 {
        self.us(self.length)
    }

    /// How long it is, in pixels.
    pub const fn length(&self) -> f64 {
        self.length
    }

    /// The folds in sight.
    pub fn folds(&self) -> impl Iterator<Item = &Fold> {
        self.folds.iter().map(|(fold, _)| fold)
    }

    /// Whether one fold holds all of this time.
    pub(super) fn is_folded(&self, from_us: u64, to_us: u64) -> bool {
        self.folds()
            .any(|fold| fold.from_us <= from_us && to_us <= fold.to_us)
    }

    /// Where a moment is, in pixels from the beginning; outside of the window too.
    pub fn px(&self, us: f64) -> f64 {
        let before = self
            .folds
            .partition_point(|(fold, _)| fold.from_us as f64 <= us);
        match before.checked_sub(1).map(|place| &self.folds[place]) {
            None => (us - self.from_us) / self.us_per_px,
            Some((fold, at)) if us < fold.to_us as f64 => {
                let whole = (fold.to_us - fold.from_us).max(1) as f64;
                at + FOLD * (us - fold.from_us as f64) / whole
            }
            Some((fold, at)) => at + FOLD + (us - fold.to_us as f64) / self.us_per_px,
        }
    }

    /// The moment at so many pixels from the beginning.
    pub fn us(&self, px: f64) -> f64 {
        let before = self.folds.partition_point(|(_, at)| *at <= px);
        match before.checked_sub(1).map(|place| &self.folds[place]) {
            None => self.from_us + px * self.us_per_px,
            Some((fold, at)) if px < at + FOLD => {
                let whole = (fold.to_us - fold.from_us) as f64;
                fold.from_us as f64 + whole * (px - at) / FOLD
            }
            Some((fold, at)) => fold.to_us as f64 + (px - at - FOLD) * self.us_per_px,
        }
    }

    /// The moments of the ruler: round, and outside of folds.
    pub(super) fn ticks(&self) -> Vec<u64> {
        let step = round_up(TICK_MIN * self.us_per_px);
        let mut ticks = Vec::new();
        let mut at = (self.from_us.max(0.0) as u64).div_ceil(step) * step;
        let end = self.to_us();
        while at as f64 <= end {
            let over = self
                .folds()
                .find(|fold| (fold.from_us..fold.to_us).contains(&at));
            match over {
                // Over a fold in one stride, however long it is.
                Some(fold) => at = fold.to_us.div_ceil(step).max(at / step + 1) * step,
                None => {
                    ticks.push(at);
                    at += step;
                }
            }
        }
        ticks
    }
}

/// The moment `px` pixels before `us`, where a pixel is `us_per_px` long outside of these folds.
pub fn before(us: f64, px: f64, us_per_px: f64, folds: &[Fold]) -> f64 {
    let (mut us, mut left) = (us, px);
    for fold in folds.iter().rev() {
        let (from, to) = (fold.from_us as f64, fold.to_us as f64);
        if from >= us {
            continue;
        }
        let end = to.min(us);
        let free = (us - end) / us_per_px;
        if free >= left {
            break;
        }
        (us, left) = (end, left - free);
        let whole = (to - from).max(1.0);
        let folded = FOLD * (us - from) / whole;
        if folded >= left {
            return us - left * whole / FOLD;
        }
        (us, left) = (from, left - folded);
    }
    us - left * us_per_px
}

/// The least 1, 2 or 5 times a power of ten that is at least `us`.
fn round_up(us: f64) -> u64 {
    let mut power = 1u64;
    loop {
        for times in [1, 2, 5] {
            if (times * power) as f64 >= us {
                return times * power;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDS: [Fold; 2] = [
        Fold {
            from_us: 2_000,
            to_us: 9_000,
            events: 5,
        },
        Fold {
            from_us: 10_000,
            to_us: 70_000,
            events: 9,
        },
    ];

    #[test]
    fn pixels_and_moments_lead_to_each_other_through_folds() {
        let span = Span::new(1_000.0, 10.0, 800.0, &FOLDS);
        for us in [
            0.0, 1_000.0, 1_999.0, 2_000.0, 5_500.0, 9_000.0, 9_500.0, 40_000.0, 70_001.0,
        ] {
            assert!((span.us(span.px(us)) - us).abs() < 1e-6, "{us}");
        }
        assert!((span.px(2_000.0) - 100.0).abs() < 1e-9);
        assert!((span.px(9_000.0) - 100.0 - FOLD).abs() < 1e-9);
        assert!((span.px(10_000.0) - 200.0 - FOLD).abs() < 1e-9);
        assert_eq!(span.folds().count(), 2);
        for px in [0.0, 50.0, 110.0, 150.0, 300.0] {
            let back = before(span.us(400.0), px, 10.0, &FOLDS);
            assert!((span.px(back) - (400.0 - px)).abs() < 1e-6, "{px}");
        }
        let within = Span::new(40_000.0, 10.0, 800.0, &FOLDS);
        assert!((within.px(40_000.0)).abs() < 1e-9);
        assert!((within.px(70_000.0) - 0.5 * FOLD).abs() < 1e-9);
        let far = Span::new(9_000.0, 10.0, 800.0, &FOLDS);
        assert_eq!(far.folds().count(), 1, "what is over takes no room");
    }

    #[test]
    fn ticks_are_round_and_never_within_a_fold() {
        let span = Span::new(1_000.0, 10.0, 800.0, &FOLDS);
        let ticks = span.ticks();
        assert!(ticks.iter().all(|at| at.is_multiple_of(1_000)), "{ticks:?}");
        assert!(!ticks.iter().any(|at| (2_000..9_000).contains(at)));
        assert!(
            ticks.contains(&9_000) && ticks.contains(&70_000),
            "{ticks:?}"
        );
        assert_eq!([1.0, 3.0, 84.0, 101.0].map(round_up), [1, 5, 100, 200]);
    }
}
