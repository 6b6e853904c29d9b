//! The cut of an animation: which moments of a stretch of a run become pictures, and for how long each is seen.
//!
//! Time passes as it does in the page, quiet time is passed over as there; or each step is a picture of its own. A pure function of
//! what was read of the stretch.

use crate::play::{QUIET_US_REAL, RUN_UP_US_REAL, SKIP_US_REAL};

/// Real microseconds from picture to picture: 20 a second.
const APART_US: f64 = 50_000.0;
/// How long the first picture is seen, in milliseconds, and the last one: an animation that begins again at once cannot be followed.
const FIRST_MS: u32 = 800;
const LAST_MS: u32 = 2_500;
/// With a picture a step: how long it is seen where something was decided, where something happened, and where heartbeats came.
const MOMENT_MS: u32 = 1_800;
const STEP_MS: u32 = 500;
const FAINT_MS: u32 = 120;
/// An animation is at most so long, in milliseconds.
pub(crate) const LENGTH_MS_MAX: u64 = 60_000;

/// What was read of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beat {
    /// When it happened, in microseconds of virtual time.
    pub(crate) at_us: u64,
    /// Whether something flies after it; otherwise the time until the next is quiet.
    pub(crate) flies: bool,
    /// Whether it is a turning point.
    pub(crate) moment: bool,
    /// Whether it is of those that the eye passes over: a heartbeat, a timer.
    pub(crate) faint: bool,
}

/// A picture to be drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Picture {
    /// After which step of the stretch, from 0.
    pub(crate) beat: usize,
    /// The play head, in microseconds of virtual time.
    pub(crate) at_us: f64,
    /// How long it is seen, in milliseconds.
    pub(crate) ms: u32,
}

/// A picture for each step, the first of them being where the stretch begins.
pub(crate) fn by_step(beats: &[Beat]) -> Vec<Picture> {
    let last = beats.len().saturating_sub(1);
    let picture = |(place, beat): (usize, &Beat)| Picture {
        beat: place,
        at_us: beat.at_us as f64,
        ms: match (place, beat.moment, beat.faint) {
            (place, ..) if place == last => LAST_MS,
            (0, ..) => FIRST_MS,
            (_, true, _) => MOMENT_MS,
            (_, _, true) => FAINT_MS,
            _ => STEP_MS,
        },
    };
    beats.iter().enumerate().map(picture).collect()
}

/// Pictures at even distances of real time, `pace_us` of virtual time a second.
pub(crate) fn evenly(beats: &[Beat], pace_us: u64) -> Vec<Picture> {
    let real = |us: u64| us as f64 * 1e6 / pace_us as f64;
    let mut pictures = Vec::new();
    let mut picture = |beat, at_us, us: f64| {
        pictures.push(Picture {
            beat,
            at_us,
            ms: (us / 1e3).round() as u32,
        });
    };
    // How far behind the last picture the stretch of time that is looked at begins, in real time.
    let mut since_us = APART_US;
    for (place, pair) in beats.windows(2).enumerate() {
        let (from_us, to_us) = (pair[0].at_us, pair[1].at_us);
        let (start_us, long_us) = (from_us as f64, real(to_us - from_us));
        let quiet = !pair[0].flies && long_us - RUN_UP_US_REAL > QUIET_US_REAL;
        // What is passed over goes by faster, but is seen to go by.
        let passes_us = if quiet { long_us - RUN_UP_US_REAL } else { 0.0 };
        let takes_us = if quiet {
            SKIP_US_REAL + RUN_UP_US_REAL
        } else {
            long_us
        };
        loop {
            let into_us = APART_US - since_us;
            if into_us >= takes_us {
                break;
            }
            let run_us = if quiet && into_us < SKIP_US_REAL {
                passes_us * into_us / SKIP_US_REAL
            } else if quiet {
                passes_us + into_us - SKIP_US_REAL
            } else {
                into_us
            };
            picture(place, start_us + run_us * pace_us as f64 / 1e6, APART_US);
            since_us -= APART_US;
        }
        since_us += takes_us;
    }
    if let Some(last) = beats.last() {
        picture(beats.len() - 1, last.at_us as f64, 0.0);
    }
    if let Some(first) = pictures.first_mut() {
        first.ms = FIRST_MS;
    }
    if let Some(last) = pictures.last_mut() {
        last.ms = LAST_MS;
    }
    pictures
}

/// How long an animation is, in milliseconds.
pub(crate) fn length_ms(pictures: &[Picture]) -> u64 {
    pictures.iter().map(|picture| u64::from(picture.ms)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(at_us: u64, flies: bool) -> Beat {
        Beat {
            at_us,
            flies,
            moment: false,
            faint: false,
        }
    }

    #[test]
    fn pictures_stand_at_even_distances_of_real_time() {
        // 100 ms of virtual time, at 100 ms a second: a second.
        let beats = [
            beat(0, true),
            beat(33_000, true),
            beat(33_000, true),
            beat(100_000, true),
        ];
        let pictures = evenly(&beats, 100_000);
        assert_eq!(pictures.len(), 21);
        for (place, picture) in pictures[..20].iter().enumerate() {
            assert!(
                (picture.at_us - 5_000.0 * place as f64).abs() < 1.0,
                "{picture:?}"
            );
            assert_eq!(picture.beat, if place <= 6 { 0 } else { 2 }, "{picture:?}");
            assert_eq!(picture.ms, if place == 0 { FIRST_MS } else { 50 });
        }
        let last = Picture {
            beat: 3,
            at_us: 100_000.0,
            ms: LAST_MS,
        };
        assert_eq!(pictures[20], last);
        assert_eq!(
            length_ms(&pictures),
            19 * 50 + u64::from(FIRST_MS + LAST_MS)
        );
    }

    #[test]
    fn quiet_time_is_passed_over_and_seen_to_be() {
        let at_rest = evenly(
            &[
                beat(0, false),
                beat(10_000_000, true),
                beat(10_001_000, true),
            ],
            100_000,
        );
        // 100 s of real time in 0.55 s, and a hundredth for the last step.
        assert_eq!(at_rest.len(), 13);
        assert!(at_rest.windows(2).all(|pair| pair[0].at_us < pair[1].at_us));
        assert!(at_rest[4].at_us > 4_000_000.0 && at_rest[9].at_us > 9_980_000.0);
        let flying = evenly(&[beat(0, true), beat(10_000_000, true)], 100_000);
        assert_eq!(flying.len(), 2_001);
    }

    #[test]
    fn each_step_is_a_picture_and_what_decides_is_seen_longest() {
        let beats = [
            beat(0, true),
            Beat {
                moment: true,
                ..beat(5, true)
            },
            Beat {
                faint: true,
                ..beat(7, true)
            },
            beat(7, true),
            beat(9, true),
        ];
        let seen: Vec<_> = by_step(&beats)
            .iter()
            .map(|one| (one.beat, one.ms))
            .collect();
        let expected = [
            (0, FIRST_MS),
            (1, MOMENT_MS),
            (2, FAINT_MS),
            (3, STEP_MS),
            (4, LAST_MS),
        ];
        assert_eq!(seen, expected);
        assert!(by_step(&[]).is_empty() && evenly(&[], 1).is_empty());
        assert_eq!(evenly(&beats[..1], 1).len(), 1);
    }
}
