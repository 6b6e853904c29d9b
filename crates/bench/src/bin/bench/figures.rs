//! Figures, what they should be, and how they are printed.

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// It is told for comparison.
    Told,
}

/// One line of the table.
#[derive(Debug)]
struct Figure {
    name: String,
    target: Target,
    value: f64,
    unit: &'static str,
    measured: String,
}

/// All figures, in the order of measuring.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Figure>);

impl Table {
    /// Adds a figure: `value` in `unit` is held against `target`; `measured` says what it was made of.
    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        target: Target,
        (value, unit): (f64, &'static str),
        measured: impl Into<String>,
    ) {
        let figure = Figure {
            name: name.into(),
            target,
            value,
            unit,
            measured: measured.into(),
        };
        println!("{}", figure.line());
        self.0.push(figure);
    }

    /// Prints all of them, and how many are missed.
    pub(crate) fn print(&self) {
        if self.0.is_empty() {
            return;
        }
        println!(
            "\n{:<58} {:>12} {:>12}  {:<7} measured",
            "figure", "target", "value", ""
        );
        for figure in &self.0 {
            println!("{}", figure.line());
        }
        let missed = self.0.iter().filter(|f| f.verdict() == "MISSED").count();
        let held = self.0.iter().filter(|f| !f.verdict().is_empty()).count();
        println!("\n{} of {held} targets met.", held - missed);
    }
}

impl Figure {
    fn verdict(&self) -> &'static str {
        let met = match self.target {
            Target::AtLeast(least) => self.value >= least,
            Target::AtMost(most) => self.value <= most,
            Target::Told => return "",
        };
        if met { "met" } else { "MISSED" }
    }

    fn line(&self) -> String {
        let target = match self.target {
            Target::AtLeast(least) => format!(">= {least}"),
            Target::AtMost(most) => format!("<= {most}"),
            Target::Told => String::new(),
        };
        let value = if self.value >= 1000.0 {
            format!("{:.0}", self.value)
        } else {
            format!("{:.3}", self.value)
        };
        format!(
            "{:<58} {target:>12} {value:>9} {:<3} {:<7} {}",
            self.name,
            self.unit,
            self.verdict(),
            self.measured
        )
    }
}

/// The middle of `values`, which are sorted on the way.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    part(values, 0.5)
}

/// The value below which `part` of `values` lie, which are sorted on the way.
pub(crate) fn part(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * part) as usize;
    values
        .get(place.min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}
