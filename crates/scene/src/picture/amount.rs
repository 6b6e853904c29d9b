//! Axes: which steps read well, in which unit, and how the numbers are written.

use protocol::Unit;
use trace::Words;

/// An axis's scale: from `low` to `high` in the data's own unit, with ticks every `step`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) step: f64,
    /// How many of the data's own units the written unit has.
    per: f64,
    unit: Unit,
}

impl Scale {
    /// The scale of values from `low` to `high` with about `ticks` steps. `whole`: it ends at a tick.
    pub(super) fn new(low: u64, high: u64, unit: Unit, ticks: f64, whole: bool) -> Self {
        let high = high.max(low + 1) as f64;
        let low = low as f64;
        let per = match unit {
            Unit::Us if high >= 2e6 => 1e6,
            Unit::Us if high >= 2e3 => 1e3,
            Unit::Permille => 10.0,
            Unit::Us | Unit::Count | Unit::Ppm | Unit::PerSecond => 1.0,
        };
        // What lies far from 0 begins near its first value.
        let low = if low < 0.4 * high { 0.0 } else { low };
        let wanted = (high - low) / per / ticks.max(1.0);
        let power = libm::pow(10.0, libm::floor(libm::log10(wanted.max(1e-9))));
        let nice = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
        let step = nice.into_iter().find(|step| *step >= wanted * 0.999);
        let mut step = step.unwrap_or(10.0 * power) * per;
        if matches!(unit, Unit::Count | Unit::Ppm | Unit::PerSecond) {
            step = step.max(1.0);
        }
        let high = if whole {
            libm::ceil(high / step - 1e-9) * step
        } else {
            high
        };
        Self {
            low: libm::floor(low / step) * step,
            high,
            step,
            per,
            unit,
        }
    }

    /// Where a value is between the ends: 0 at `low`, 1 at `high`.
    pub(super) fn part(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The ticks, each with what is written at it.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (f64, String)> + '_ {
        let first = libm::ceil(self.low / self.step - 1e-9);
        (0..64)
            .map(move |nth| (first + f64::from(nth)) * self.step)
            .take_while(|value| *value <= self.high * (1.0 + 1e-9))
            .map(|value| (value, self.number(value)))
    }

    fn number(&self, value: f64) -> String {
        let value = value / self.per;
        let thousands = matches!(self.unit, Unit::Count | Unit::PerSecond | Unit::Ppm);
        match value {
            _ if thousands && value >= 1e6 => format!("{}M", trimmed(value / 1e6)),
            _ if thousands && value >= 1e4 => format!("{}k", trimmed(value / 1e3)),
            _ => trimmed(value),
        }
    }

    /// The name of the unit; empty for things.
    pub(super) fn unit<'a>(&self, words: &'a Words) -> &'a str {
        match self.unit {
            Unit::Count => "",
            Unit::Us if self.per >= 1e6 => "s",
            Unit::Us if self.per >= 1e3 => "ms",
            Unit::Us => "µs",
            Unit::Permille => "%",
            Unit::Ppm => "ppm",
            Unit::PerSecond => words.word("unit.per-second"),
        }
    }
}

/// Up to three decimals, no more than it needs.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_units_fit() {
        let words = Words::new(trace::Language::English);
        let written = |low, high, unit| {
            let scale = Scale::new(low, high, unit, 5.0, true);
            let ticks: Vec<String> = scale.ticks().map(|(_, text)| text).collect();
            (ticks.join(" "), scale.unit(&words).to_owned())
        };
        let cases = [
            ((0, 9, Unit::Count), "0 2 4 6 8 10", ""),
            ((0, 1, Unit::Count), "0 1", ""),
            ((3, 48_000, Unit::Us), "0 10 20 30 40 50", "ms"),
            ((0, 900, Unit::Us), "0 200 400 600 800 1000", "µs"),
            ((0, 7_000_000, Unit::Us), "0 2 4 6 8", "s"),
            ((0, 1000, Unit::Permille), "0 20 40 60 80 100", "%"),
            (
                (0, 43_000, Unit::PerSecond),
                "0 10k 20k 30k 40k 50k",
                "per second",
            ),
            ((900, 1000, Unit::Count), "900 920 940 960 980 1000", ""),
        ];
        for ((low, high, unit), ticks, name) in cases {
            assert_eq!(
                written(low, high, unit),
                (ticks.to_owned(), name.to_owned())
            );
        }
    }
}
