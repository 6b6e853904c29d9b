//! What the charts are made of: how the battles of each k ended, and how many messengers came through; beside it, the formula.

use crate::config::{ACKS_MAX, GeneralsConfig};
use crate::formula::{divided, divided_of_attacks};
use crate::general::{A, sender};
use crate::losing::{End, dividing};
use crate::node::Node;
use crate::properties::{Judge, Judged};
use protocol::{Arg, Axis, Look, Phrase, Picture, Row, Series, Stroke, Tone, Unit};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// How the battles of one k ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Count {
    both: u64,
    nobody: u64,
    divided: u64,
}

impl Count {
    const fn of(&mut self, end: End) -> &mut u64 {
        match (end.a, end.b) {
            (true, true) => &mut self.both,
            (false, false) => &mut self.nobody,
            _ => &mut self.divided,
        }
    }

    const fn battles(self) -> u64 {
        self.both + self.nobody + self.divided
    }

    const fn attacks(self) -> u64 {
        self.both + self.divided
    }
}

/// Messengers: how many left, and how many came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Messengers {
    sent: u64,
    came: u64,
}

impl AddAssign for Messengers {
    fn add_assign(&mut self, more: Self) {
        self.sent += more.sent;
        self.came += more.came;
    }
}

/// What was counted under one number of messengers and one loss of the network.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    counts: [Count; ACKS_MAX as usize + 1],
    /// Without those of the last battle of all.
    messengers: Messengers,
}

/// (messengers a message, the loss that the network is set to in thousandths): what the charts keep apart.
type Setting = (u64, u64);

/// The counts of all battles.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    judge: Judge,
    stretches: BTreeMap<Setting, Stretch>,
    /// Where the last battle was counted.
    now: Option<Setting>,
    /// Of the last battle, which is numbered here: stragglers may still come.
    last: (u64, Messengers),
}

impl Tally {
    /// Looks after a step.
    pub(crate) fn count(&mut self, look: &Look<'_, Node>) {
        if let Some(judged) = self.judge.judge(look) {
            self.judged(&judged, look.loss_permille);
        }
        let (number, seen) = &mut self.last;
        let (mut sent, mut came) = (0, 0);
        for node in look.nodes.iter().take(2).flatten() {
            if let Some(battle) = node.battle.as_ref().filter(|b| b.number == *number) {
                sent += battle.sent;
                came += battle.came();
            }
        }
        // A general who forgets does not undo what was seen.
        (seen.sent, seen.came) = (seen.sent.max(sent), seen.came.max(came));
    }

    fn judged(&mut self, judged: &Judged<'_>, loss_permille: u64) {
        let battle = judged.battle;
        if battle.number != self.last.0 {
            let (_, seen) = std::mem::take(&mut self.last);
            if let Some(setting) = self.now {
                self.stretches.entry(setting).or_default().messengers += seen;
            }
            self.last.0 = battle.number;
            self.now = Some((battle.copies, loss_permille));
        }
        let Some(setting) = self.now else { return };
        let stretch = self.stretches.entry(setting).or_default();
        let count = &mut stretch.counts[battle.acks as usize];
        if let Some(before) = judged.before {
            let was = count.of(before);
            *was = was.saturating_sub(1);
        }
        *count.of(judged.end) += 1;
    }

    /// What was counted under this setting, with the battle that may still go on.
    fn stretch(&self, setting: Setting) -> Stretch {
        let mut stretch = self.stretches.get(&setting).copied().unwrap_or_default();
        if self.now == Some(setting) {
            stretch.messengers += self.last.1;
        }
        stretch
    }
}

impl Stretch {
    /// The part of all messengers that did not come; `None` where none has left.
    fn captured(&self) -> Option<f64> {
        let Messengers { sent, came } = self.messengers;
        (sent > 0).then(|| (sent - came.min(sent)) as f64 / sent as f64)
    }

    /// (k, count), for each k that was fought with.
    fn fought(&self) -> impl Iterator<Item = (u64, Count)> + '_ {
        let all = (0..).zip(self.counts);
        all.filter(|(_, count)| count.battles() > 0)
    }
}

/// The curves, how the battles ended, the schedules that divide, and the messengers.
pub(crate) fn pictures(config: &GeneralsConfig, tally: &Tally) -> Vec<Picture> {
    let setting = tally.now.unwrap_or((config.copies, 0));
    let (copies, stretch) = (setting.0, tally.stretch(setting));
    let captured = stretch.captured();
    let dots = |measured: &dyn Fn(Count) -> (u64, u64)| {
        let dots = stretch.fought().filter_map(|(acks, count)| {
            let (part, whole) = measured(count);
            Some((acks, permille(part, whole)?))
        });
        dots.collect()
    };
    let theory = |formula: &dyn Fn(f64, u64) -> f64| {
        let all = (0..=ACKS_MAX).filter_map(|acks| Some((acks, round(formula(captured?, acks)))));
        all.collect()
    };
    let all = chart(
        ("picture.divided", ("axis.acks", Unit::Count), "axis.part"),
        (
            Arg::Word("series.measured".into()),
            dots(&|count| (count.divided, count.battles())),
        ),
        (
            Arg::Word("series.formula".into()),
            theory(&|captured, acks| divided(captured, copies, acks)),
        ),
    );
    let of_attacks = chart(
        (
            "picture.divided-of-attacks",
            ("axis.acks", Unit::Count),
            "axis.part-of-attacks",
        ),
        (
            Arg::Word("series.measured".into()),
            dots(&|count| (count.divided, count.attacks())),
        ),
        (
            Arg::Word("series.formula-of-attacks".into()),
            theory(&|captured, _| divided_of_attacks(captured, copies)),
        ),
    );
    let losing = losing(if config.sweep {
        None
    } else {
        Some(config.acks)
    });
    vec![
        all,
        of_attacks,
        by_loss(tally, copies, config.acks),
        ends(&stretch, copies),
        losing,
        figures(&stretch, copies),
    ]
}

/// For one k: divided, against the part of the messengers that is captured. Each loss that the network was set to is a dot.
fn by_loss(tally: &Tally, copies: u64, acks: u64) -> Picture {
    let named = |key| Arg::Phrase(Box::new(Phrase::new(key).int("acks", acks)));
    let settings = tally.stretches.keys().filter(|setting| setting.0 == copies);
    let mut dots: Vec<(u64, u64)> = settings
        .filter_map(|setting| {
            let stretch = tally.stretch(*setting);
            let count = stretch.counts[acks as usize];
            let part = permille(count.divided, count.battles())?;
            Some((round(stretch.captured()?), part))
        })
        .collect();
    dots.sort_unstable();
    let curve = (0..=1000).step_by(25).map(|captured| {
        let part = captured as f64 / 1000.0;
        (captured, round(divided(part, copies, acks)))
    });
    chart(
        (
            "picture.divided-by-loss",
            ("axis.captured", Unit::Permille),
            "axis.part",
        ),
        (named("series.measured-of"), dots),
        (named("series.formula-of"), curve.collect()),
    )
}

/// A probability in thousandths.
fn round(part: f64) -> u64 {
    (part * 1000.0 + 0.5) as u64
}

fn permille(part: u64, whole: u64) -> Option<u64> {
    (part * 1000 + whole / 2).checked_div(whole)
}

type Points = Vec<(u64, u64)>;

/// What was measured, beside what the formula says.
fn chart(
    (title, x, y): (&'static str, (&'static str, Unit), &'static str),
    measured: (Arg, Points),
    formula: (Arg, Points),
) -> Picture {
    let axis = |name: &'static str, unit| Axis {
        name: name.into(),
        unit,
    };
    let series = |(name, points), stroke| Series {
        name,
        stroke,
        points,
    };
    Picture::Chart {
        title: title.into(),
        x: axis(x.0, x.1),
        y: axis(y, Unit::Permille),
        series: vec![
            series(measured, Stroke::Dots),
            series(formula, Stroke::Theory),
        ],
    }
}

fn ends(stretch: &Stretch, copies: u64) -> Picture {
    let captured = stretch.captured().unwrap_or(0.0);
    let row = |(acks, count): (u64, Count)| {
        Row::plain(vec![
            Arg::Int(acks),
            Arg::Int(count.both),
            Arg::Int(count.nobody),
            Arg::Int(count.divided),
            one_in(divided(captured, copies, acks)),
        ])
    };
    Picture::Table {
        title: "picture.ends".into(),
        head: vec![
            "head.acks".into(),
            "head.both".into(),
            "head.nobody".into(),
            "head.divided".into(),
            "head.formula".into(),
        ],
        rows: stretch.fought().map(row).collect(),
    }
}

/// A probability as "one in …", which tells small ones from none.
fn one_in(part: f64) -> Arg {
    if part <= 0.0 {
        return Arg::Word("figure.none-captured".into());
    }
    let n = (1.0 / part + 0.5) as u64;
    Arg::Phrase(Box::new(Phrase::new("figure.one-in").int("n", n)))
}

fn losing(now: Option<u64>) -> Picture {
    let mut rows = Vec::new();
    for (acks, found) in (0..).zip(dividing()) {
        for (lost, end) in found {
            let alone = end.alone().unwrap_or(A);
            rows.push(Row {
                cells: vec![
                    Arg::Int(acks),
                    Arg::Int(*lost),
                    Arg::Node(sender(*lost)),
                    Arg::Node(alone),
                ],
                tone: if now == Some(acks) {
                    Tone::Strong
                } else {
                    Tone::Plain
                },
            });
        }
    }
    Picture::Table {
        title: "picture.losing".into(),
        head: vec![
            "head.acks".into(),
            "head.lost".into(),
            "head.from".into(),
            "head.alone".into(),
        ],
        rows,
    }
}

fn figures(stretch: &Stretch, copies: u64) -> Picture {
    let Messengers { sent, came } = stretch.messengers;
    let row = |key: &'static str, value| Row::plain(vec![Arg::Word(key.into()), Arg::Int(value)]);
    Picture::Table {
        title: "picture.messengers".into(),
        head: Vec::new(),
        rows: vec![
            row("figure.copies", copies),
            row("figure.sent", sent),
            row("figure.captured", sent - came.min(sent)),
        ],
    }
}
