//! `--html`: each history as a picture in one page that needs nothing else. A row for each client, a bar for each call, a dot where it
//! takes effect, and where no order goes on, that place marked. Bars far from such a place share a path, so that thousands stay small.

use super::calls::Call;
use super::model::Judged;
use linearizability::{Overall, Part, Partial, Verdict};
use protocol::Phrase;
use scene::Escaped;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use trace::Words;

/// Of so many calls each has its own bar and words; of more, only those near a marked place.
const ALL_TOLD_MAX: usize = 300;

/// How many events before and after a marked place count as near.
const NEAR_EVENTS: u32 = 60;

/// How many places are marked in a history, and told under it.
const MARKED_MAX: usize = 12;

/// How many operations before a marked place are named.
const NAMED_BEFORE: usize = 4;

/// The width of an event, at most and at least, and of all events together, in CSS pixels.
const EVENT_PX: std::ops::RangeInclusive<u32> = 2..=12;
const ALL_PX: u32 = 60_000;

const ROW_PX: u32 = 22;
const BAR_PX: u32 = 14;
const MARGIN_PX: u32 = 8;

/// The most characters of a call's words in the picture.
const LABEL_CHARS_MAX: usize = 40;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em}\
h2{font-size:1.1em;overflow-wrap:anywhere}\
figure{margin:0;display:flex}\
figure ul{list-style:none;margin:0;padding:8px 8px 0 0;text-align:right}\
figure li{height:22px;line-height:22px;white-space:nowrap}\
figure div{overflow-x:auto}\
svg{display:block;font:10px system-ui,sans-serif}\
.done{fill:#7aa7d9}.open{fill:#b9b9b9}.stuck{fill:#e0684b}\
.point{fill:none;stroke:#123;stroke-width:5;stroke-linecap:round}\
.mark{stroke:#c0391b;stroke-width:2;stroke-dasharray:4 3}\
text{fill:#111;pointer-events:none}\
.illegal{color:#c0391b}\
@media(prefers-color-scheme:dark){.point{stroke:#fff}.illegal{color:#ff8a6b}.mark{stroke:#ff8a6b}}";

/// A page with the pictures of these files.
pub(crate) fn page(histories: &[(&str, Judged)], words: &Words) -> String {
    let title = words.say(&Phrase::new("history.page"), &[]);
    let legend = words.say(&Phrase::new("history.legend"), &[]);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n<p>{legend}</p>\n",
        words.language().tag(),
        title = escaped(&title),
        legend = escaped(&legend),
    );
    for (file, judged) in histories {
        let picture = Picture::new(judged, words);
        picture.write(&mut out, file);
    }
    out.push_str("</body></html>\n");
    out
}

/// A place where an order cannot go on.
struct Marked<'a> {
    part: &'a Part<Option<String>>,
    partial: &'a Partial,
    /// When the operation that could not take effect was answered: which event.
    at: u32,
}

struct Picture<'a> {
    judged: &'a Judged,
    words: &'a Words,
    marked: Vec<Marked<'a>>,
    event_px: u32,
}

impl<'a> Picture<'a> {
    fn new(judged: &'a Judged, words: &'a Words) -> Self {
        let mut marked = Vec::new();
        let mut known = BTreeSet::new();
        for part in &judged.parts {
            let Verdict::Illegal { partials } = &part.verdict else {
                continue;
            };
            for partial in partials {
                let end = judged.calls[partial.stuck as usize].end.as_ref();
                // Several orders may be stuck at one operation: the first one is told.
                if marked.len() < MARKED_MAX && known.insert(partial.stuck) {
                    marked.push(Marked {
                        part,
                        partial,
                        at: end.map_or(judged.events, |end| end.at),
                    });
                }
            }
        }
        let event_px = ALL_PX / judged.events.max(1);
        Self {
            judged,
            words,
            marked,
            event_px: event_px.clamp(*EVENT_PX.start(), *EVENT_PX.end()),
        }
    }

    fn write(&self, out: &mut String, file: &str) {
        let Judged {
            overall, clients, ..
        } = self.judged;
        let (verdict, class) = match overall {
            Overall::Linearizable => ("history.ok", "ok"),
            Overall::Illegal => ("history.illegal", "illegal"),
            Overall::GaveUp => ("history.unknown", "unknown"),
        };
        let verdict = self.say(&Phrase::new(verdict));
        let file = escaped(file);
        let _ = write!(
            out,
            "<section><h2>{file}: <span class=\"{class}\">{verdict}</span></h2>\n<figure><ul>"
        );
        for client in clients {
            let name = Phrase::new("history.client").text("client", client.clone());
            let _ = write!(out, "<li>{}</li>", self.say(&name));
        }
        let width = self.judged.events * self.event_px + 2 * MARGIN_PX;
        let height = clients.len() as u32 * ROW_PX + 2 * MARGIN_PX;
        let _ = writeln!(
            out,
            "</ul><div tabindex=\"0\"><svg width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{file}: {verdict}\">"
        );
        self.bars(out);
        self.points(out);
        for Marked { at, .. } in &self.marked {
            let x = MARGIN_PX + at * self.event_px + self.event_px / 2;
            let _ = writeln!(out, "<path class=\"mark\" d=\"M{x} 0v{height}\"/>");
        }
        out.push_str("</svg></div></figure>\n");
        if !self.marked.is_empty() {
            out.push_str("<ul>\n");
            for marked in &self.marked {
                let _ = writeln!(out, "<li>{}</li>", self.say(&self.reason(marked)));
            }
            out.push_str("</ul>\n");
        }
        out.push_str("</section>\n");
    }

    /// What a phrase says, as HTML.
    fn say(&self, phrase: &Phrase) -> String {
        escaped(&self.words.say(phrase, &[]))
    }

    fn bars(&self, out: &mut String) {
        let stuck: BTreeSet<u32> = self.marked.iter().map(|m| m.partial.stuck).collect();
        let few = self.judged.calls.len() <= ALL_TOLD_MAX;
        // The bars without words: a path for each class.
        let mut paths: BTreeMap<&str, String> = BTreeMap::new();
        let mut told = String::new();
        for (place, call) in (0..).zip(&self.judged.calls) {
            let end = call.end.as_ref().map_or(self.judged.events, |end| end.at);
            let x = MARGIN_PX + call.invoked * self.event_px;
            let y = MARGIN_PX + call.client * ROW_PX;
            let width = (end - call.invoked) * self.event_px;
            let class = match (&call.end, stuck.contains(&place)) {
                (_, true) => "stuck",
                (Some(_), false) => "done",
                (None, false) => "open",
            };
            let from = |at: u32| at.saturating_sub(NEAR_EVENTS)..=at.saturating_add(NEAR_EVENTS);
            let near = |marked: &Marked| {
                let near = from(marked.at);
                near.contains(&call.invoked) || near.contains(&end)
            };
            if !(few || self.marked.iter().any(near)) {
                let path = paths.entry(class).or_default();
                let _ = write!(path, "M{x} {y}h{width}v{BAR_PX}h-{width}z");
                continue;
            }
            let whole = escaped(&told_of(call));
            let _ = write!(
                told,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BAR_PX}\" rx=\"2\"><title>{whole}</title></rect>"
            );
            let label = protocol::beginning(&told_of(call), LABEL_CHARS_MAX);
            // A letter is about six pixels wide.
            let room = width as usize / 6;
            if label.chars().count() <= room {
                let _ = write!(
                    told,
                    "<text x=\"{}\" y=\"{}\">{}</text>",
                    x + 3,
                    y + BAR_PX - 3,
                    escaped(&label)
                );
            }
            told.push('\n');
        }
        for (class, path) in paths {
            let _ = writeln!(out, "<path class=\"{class}\" d=\"{path}\"/>");
        }
        out.push_str(&told);
    }

    /// Where operations take effect: in the order found, each as early as its call and those before it allow.
    fn points(&self, out: &mut String) {
        let mut path = String::new();
        for part in &self.judged.parts {
            let order = match &part.verdict {
                Verdict::Linearizable { order } => order,
                Verdict::Illegal { partials } => match partials.first() {
                    Some(partial) => &partial.order,
                    None => continue,
                },
                Verdict::GaveUp => continue,
            };
            let (mut event, mut within) = (0, 0u32);
            for &place in order {
                let call = &self.judged.calls[place as usize];
                if call.invoked >= event {
                    (event, within) = (call.invoked, 0);
                }
                within += 1;
                // Between this event and the next one, a little later each time.
                let part = f64::from(within) / f64::from(within + 1);
                let x = (f64::from(event) + part) * f64::from(self.event_px);
                let y = MARGIN_PX + call.client * ROW_PX + BAR_PX / 2;
                let _ = write!(path, "M{:.1} {y}h0", x + f64::from(MARGIN_PX));
            }
        }
        if !path.is_empty() {
            let _ = writeln!(out, "<path class=\"point\" d=\"{path}\"/>");
        }
    }

    /// Why a marked place is one.
    fn reason(&self, marked: &Marked) -> Phrase {
        let Marked { part, partial, .. } = marked;
        let told = |place: u32| {
            let call = &self.judged.calls[place as usize];
            let client = &self.judged.clients[call.client as usize];
            format!("{client}: {}", told_of(call))
        };
        let stuck = &self.judged.calls[partial.stuck as usize];
        let before = partial.order.len().saturating_sub(NAMED_BEFORE);
        let last: Vec<String> = partial.order[before..]
            .iter()
            .map(|&place| told(place))
            .collect();
        let key = if last.is_empty() {
            "history.stuck-at-once"
        } else {
            "history.stuck"
        };
        let phrase = Phrase::new(key)
            .text("operation", told(partial.stuck))
            .text("line", stuck.begun.line.to_string())
            .text("all", part.operations.len().to_string());
        if last.is_empty() {
            return phrase;
        }
        phrase
            .text("explained", partial.order.len().to_string())
            .text("last", last.join(" → "))
    }
}

/// A call with what came of it, in the notation of programs: `cas [1,2] → fail`.
fn told_of(call: &Call) -> String {
    let mut told = call.begun.function.clone();
    if let Some(key) = &call.begun.key {
        let _ = write!(told, " {key}");
    }
    if let Some(value) = call.begun.value.as_ref().filter(|value| !value.is_null()) {
        let _ = write!(told, " {value}");
    }
    match &call.end {
        None => told.push_str(" → ?"),
        Some(end) if !end.done => told.push_str(" → fail"),
        Some(end) => {
            let answer = end.value.as_ref();
            if let Some(answer) = answer.filter(|_| end.value != call.begun.value) {
                let _ = write!(told, " → {answer}");
            }
        }
    }
    told
}

/// The text as HTML.
fn escaped(text: &str) -> String {
    Escaped(text).to_string()
}
