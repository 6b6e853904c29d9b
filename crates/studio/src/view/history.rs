//! The history of what clients called: the verdict and its explanation, and a part of the calls as a picture with sentences.

use super::moment;
use crate::history::{Call, End, History, Step, Verdict};
use crate::show::{Figure, History as Shown, HistoryAnswer};
use crate::{HistoryMsg, Model, Msg};
use protocol::{NodeId, NodeKind, Phrase};
use scene::{
    BarEnd, HistoryBar, HistoryInput, HistoryItem, Scene, Subject, Theme, Wrong, svg_figure,
};
use std::collections::BTreeSet;
use trace::{Event, NodeStatus, Stimulus};

/// The narrowest and the broadest that it is drawn, in CSS pixels.
const WIDTHS: (f64, f64) = (220.0, 640.0);
/// So many rows lie between two times in the margin at least.
const TIME_ROWS: u32 = 3;
/// Clients that called nothing among what is shown have a column as well, where there are no more columns than this.
const COLUMNS: usize = 4;

/// The rows of the part that is shown.
struct Rows {
    /// Their steps.
    steps: Vec<Step>,
    /// The steps between which they lie.
    within: std::ops::Range<Step>,
}

impl Rows {
    fn of(&self, step: Step) -> Option<u32> {
        self.steps.binary_search(&step).ok().map(|row| row as u32)
    }

    /// How many are before `step` or at it.
    fn until(&self, step: Step) -> u32 {
        self.steps.partition_point(|row| *row <= step) as u32
    }

    /// Where a moment between two events stands; `None` above the first row and below the last.
    fn place(&self, history: &History, at: f64) -> Option<f64> {
        let before = at.floor() as usize;
        let one = *history.events.get(before)?;
        let other = history.events.get(before + 1).copied().unwrap_or(one);
        if !self.within.contains(&one) {
            return None;
        }
        let row = |step: Step| self.steps.partition_point(|row| *row < step) as f64;
        let end = (self.steps.len() as f64 - 0.5).max(0.0);
        let part = at - before as f64;
        Some((row(one) + (row(other) - row(one)) * part).min(end))
    }
}

/// Something of the picture: the row in which it begins, it, its sentence and what it sends.
type Entry = (u32, HistoryItem, String, Msg);

impl Model {
    /// The history of calls, drawn `width` CSS pixels wide.
    #[inline(never)]
    pub fn history(&self, width: f64, theme: &Theme) -> Option<Shown> {
        let history = self.session.history.as_deref()?;
        let verdict = self.history_verdict();
        let wrong = history.wrong();
        let answers = wrong
            .iter()
            .filter_map(|call| self.history_answer(history, *call));
        let mut shown = Shown {
            broken: !wrong.is_empty(),
            answers: answers.collect(),
            range: String::new(),
            earlier: None,
            later: None,
            follow: None,
            failure: None,
            figure: None,
            parts: Vec::new(),
            cursor: 0.0,
            legend: String::new(),
            verdict,
        };
        if history.calls.is_empty() {
            return Some(shown);
        }
        let (from, to, n) = (history.first, history.end_of_window(), history.calls.len());
        let range = Phrase::new("ui.history.range")
            .int("from", from as u64 + 1)
            .int("to", to as u64)
            .int("n", n as u64);
        shown.range = self.say(&range);
        let button = |key, msg| self.button(key, Msg::History(msg));
        shown.earlier = (from > 0).then(|| button("ui.history.earlier", HistoryMsg::Earlier));
        shown.later = (to < n).then(|| button("ui.history.later", HistoryMsg::Later));
        shown.follow = history
            .held
            .then(|| button("ui.history.follow", HistoryMsg::Follow));
        let seen = |call: &u32| (from..to).contains(&(*call as usize));
        let hidden = wrong.iter().filter(|call| !seen(call)).count();
        let unseen = hidden > 0 && (hidden == wrong.len() || !history.held);
        shown.failure = unseen.then(|| button("ui.history.show", HistoryMsg::Failure));
        shown.legend = self.word("ui.history.legend");
        self.draw_history(history, width, theme, &mut shown);
        Some(shown)
    }

    /// What holds of all calls, in a sentence.
    pub(crate) fn history_verdict(&self) -> String {
        let Some(history) = self.session.history.as_deref() else {
            return String::new();
        };
        let calls = history.calls.len() as u64;
        let phrase = match &history.verdict {
            Verdict::Linearizable if calls == 0 => Phrase::new("ui.history.none"),
            Verdict::Linearizable => Phrase::new("ui.history.linearizable"),
            Verdict::GaveUp => Phrase::new("ui.history.gave-up"),
            Verdict::Illegal(_, explanation) => {
                let phrase = match explanation.operations.len() {
                    1 => Phrase::new("ui.history.illegal-one"),
                    n => Phrase::new("ui.history.illegal").int("n", n as u64),
                };
                return self.say(&if explanation.minimal {
                    phrase
                } else {
                    super::join(phrase, Phrase::new("ui.history.perhaps"))
                });
            }
        };
        self.say(&phrase.int("n", calls))
    }

    fn history_answer(&self, history: &History, number: u32) -> Option<HistoryAnswer> {
        let call = history.calls.get(number as usize)?;
        let step = call.end.step()?;
        let time = |step| moment(self.session.playable.time_of(step));
        let span = Phrase::new("ui.history.span")
            .text("from", time(call.step))
            .text("to", time(step));
        Some(HistoryAnswer {
            call: number,
            time: self.say(&span),
            sentence: self.call_and_answer(call),
            current: self.session.step() == step,
            msg: Msg::SeekStep(step),
        })
    }

    /// "C1: get x – “3”".
    fn call_and_answer(&self, call: &Call) -> String {
        let phrase = match &call.end {
            End::Answered(_, says) => {
                Phrase::new("ui.history.answered").text("answer", self.say(says))
            }
            End::Open => Phrase::new("ui.history.open"),
            End::Lost(_) => Phrase::new("ui.history.lost"),
        };
        self.say(
            &phrase
                .node("client", call.client)
                .text("op", self.say(&call.says)),
        )
    }

    fn draw_history(&self, history: &History, width: f64, theme: &Theme, shown: &mut Shown) {
        let within = history.steps();
        let (from, to) = (history.first, history.end_of_window());
        // What was called before and is not over goes on.
        let goes_on = |call: &Call| match call.end {
            End::Open => true,
            End::Answered(step, _) | End::Lost(step) => step >= within.start,
        };
        let calls = history.calls[..to].iter().enumerate();
        let calls: Vec<(usize, &Call)> = calls
            .filter(|(place, call)| *place >= from || goes_on(call))
            .collect();
        let mut steps: BTreeSet<Step> = history.faults().map(|event| event.step).collect();
        for (_, call) in &calls {
            let ends = [Some(call.step), call.end.step()];
            steps.extend(
                ends.into_iter()
                    .flatten()
                    .filter(|step| within.contains(step)),
            );
        }
        let rows = Rows {
            steps: steps.into_iter().collect(),
            within,
        };
        let clients = self.columns(calls.iter().map(|(_, call)| call.client));
        let labels = self.session.labels();
        let columns: Vec<&str> = clients
            .iter()
            .map(|client| labels.get(client.index()).map_or("", String::as_str))
            .collect();
        let mut entries: Vec<Entry> = Vec::with_capacity(calls.len());
        for (place, call) in &calls {
            let column = clients.binary_search(&call.client).unwrap_or(0);
            let bar = bar(history, &rows, *place, call, column);
            entries.push((
                bar.from.unwrap_or(0),
                HistoryItem::Bar(bar),
                self.bar_sentence(history, *place),
                self.bar_msg(call),
            ));
        }
        for event in history.faults() {
            let row = rows.of(event.step).unwrap_or(0);
            let label = self.fault_label(event);
            let sentence = self.say(
                &Phrase::new("ui.history.fault")
                    .text("event", self.event_text(event))
                    .text("at", moment(event.at_us)),
            );
            let item = HistoryItem::Fault { row, label };
            entries.push((row, item, sentence, Msg::SeekStep(event.step)));
        }
        entries.sort_by_key(|(row, ..)| *row);
        let told = entries
            .iter()
            .enumerate()
            .map(|(place, (_, _, sentence, _))| {
                (Some(Subject::Part(place as u32)), sentence.clone())
            });
        let told: Vec<(Option<Subject>, String)> = told.collect();
        let items: Vec<HistoryItem> = entries.iter().map(|(_, item, ..)| item.clone()).collect();
        let times = self.row_times(&rows, &items);
        let input = HistoryInput {
            width: width.clamp(WIDTHS.0, WIDTHS.1),
            columns: &columns,
            rows: rows.steps.len() as u32,
            times: &times,
            items: &items,
            cursor: rows.until(self.session.step()),
        };
        let mut scene = Scene::new();
        scene.history(&input);
        let sentence = self.word("ui.tab.history");
        shown.cursor = input.cursor_part();
        shown.parts = entries.into_iter().map(|(_, _, _, msg)| msg).collect();
        shown.figure = Some(Figure {
            title: String::new(),
            of: String::new(),
            parts: true,
            svg: svg_figure(&scene, theme, &sentence, &told, true),
            sentence,
        });
    }

    /// Whose columns there are: those of `callers`, and while there are few, of clients that called nothing.
    fn columns(&self, callers: impl Iterator<Item = NodeId>) -> Vec<NodeId> {
        let callers: BTreeSet<NodeId> = callers.collect();
        let nodes = self.session.frame.nodes.iter();
        let clients = nodes
            .filter(|node| node.kind == NodeKind::Client && node.status != NodeStatus::Removed)
            .map(|node| node.id);
        let all: BTreeSet<NodeId> = clients.chain(callers.iter().copied()).collect();
        let few = if all.len() <= COLUMNS { all } else { callers };
        few.into_iter().collect()
    }

    /// The times in the margin: of calls, some rows apart, and none where a fault has its label.
    fn row_times(&self, rows: &Rows, items: &[HistoryItem]) -> Vec<(u32, String)> {
        let taken: BTreeSet<u32> = items
            .iter()
            .filter_map(|item| match item {
                HistoryItem::Fault { row, .. } => Some(*row),
                HistoryItem::Bar(_) => None,
            })
            .collect();
        let mut next = 0;
        let mut times = Vec::new();
        for (row, step) in (0..).zip(&rows.steps) {
            if row >= next && !taken.contains(&row) {
                times.push((row, moment(self.session.playable.time_of(*step))));
                next = row + TIME_ROWS;
            }
        }
        times
    }

    /// A bar leads to its call, and from there to its answer.
    fn bar_msg(&self, call: &Call) -> Msg {
        let here = self.session.step() == call.step;
        let end = call.end.step().filter(|_| here);
        Msg::SeekStep(end.unwrap_or(call.step))
    }

    fn bar_sentence(&self, history: &History, place: usize) -> String {
        let call = &history.calls[place];
        let time = |step| moment(self.session.playable.time_of(step));
        let span = match call.end.step() {
            Some(step) => Phrase::new("ui.history.span").text("to", time(step)),
            None => Phrase::new("ui.history.since"),
        };
        let span = self.say(&span.text("from", time(call.step)));
        let told = Phrase::new("ui.history.told")
            .text("call", self.call_and_answer(call))
            .text("span", span);
        let number = place as u32;
        let wrong = history.wrong();
        let then = if wrong.contains(&number) {
            let others = wrong.iter().filter(|other| **other != number);
            let others = others
                .filter_map(|other| history.calls.get(*other as usize))
                .map(|other| self.call_and_answer(other))
                .reduce(|one, other| {
                    let both = Phrase::new("ui.history.and").text("one", one);
                    self.say(&both.text("other", other))
                });
            Some(match others {
                Some(others) => Phrase::new("ui.history.wrong").text("others", others),
                None => Phrase::new("ui.history.wrong-alone"),
            })
        } else if let Some(point) = history.points.get(place).copied().flatten() {
            Some(Phrase::new("ui.history.point").int("n", point.number.into()))
        } else {
            let fine =
                !matches!(&history.verdict, Verdict::Illegal(key, _) if *key == call.access.key);
            (fine && !call.is_known()).then(|| Phrase::new("ui.history.no-point"))
        };
        match then {
            Some(then) => self.say(&super::join(told, then)),
            None => self.say(&told),
        }
    }

    /// A few characters that stand for a fault.
    fn fault_label(&self, event: &Event) -> String {
        let key = match &event.stimulus {
            Stimulus::Crashed { .. } => "ui.history.fault.crash",
            Stimulus::Booted { .. } => "ui.history.fault.restart",
            Stimulus::Paused => "ui.history.fault.pause",
            Stimulus::Resumed => "ui.history.fault.resume",
            Stimulus::Cut { .. } => "ui.history.fault.cut",
            Stimulus::Healed => "ui.history.fault.heal",
            Stimulus::Dropped(_) => "ui.history.fault.drop",
            Stimulus::Duplicated(_) => "ui.history.fault.copy",
            Stimulus::Skewed { .. } => "ui.history.fault.clock",
            Stimulus::Erased => "ui.history.fault.erase",
            Stimulus::Added => "ui.history.fault.join",
            Stimulus::Removed => "ui.history.fault.leave",
            _ => "ui.history.fault.set",
        };
        let label = event
            .node
            .and_then(|node| self.session.labels().get(node.index()));
        let template = self.word(key);
        match label {
            Some(label) => format!("{template} {label}"),
            None => template,
        }
    }
}

fn bar(history: &History, rows: &Rows, place: usize, call: &Call, column: usize) -> HistoryBar {
    let number = place as u32;
    let to = match &call.end {
        End::Open => BarEnd::Open,
        End::Answered(step, _) | End::Lost(step) => match rows.of(*step) {
            Some(row) if call.is_known() => BarEnd::Answered(row),
            Some(row) => BarEnd::Unknown(row),
            None => BarEnd::Open,
        },
    };
    let answer = match (&call.access.heard, to) {
        (Some(heard), BarEnd::Answered(_)) => heard.label().to_string(),
        (None, BarEnd::Unknown(_)) => "?".to_owned(),
        _ => String::new(),
    };
    let wrong = match &history.verdict {
        Verdict::Illegal(_, explanation) if explanation.operations.contains(&number) => {
            if explanation.broken_by == number {
                Wrong::Found
            } else {
                Wrong::Together
            }
        }
        _ => Wrong::No,
    };
    let point = history.points.get(place).copied().flatten();
    HistoryBar {
        column,
        from: rows.of(call.step).filter(|_| place >= history.first),
        to,
        label: call.access.label().to_string(),
        answer,
        refused: call.access.is_refused(),
        point: point.and_then(|point| Some((rows.place(history, point.at)?, point.number))),
        wrong,
    }
}
