//! A run as a transcript that reads like a lecture: what happened, what followed and by which rule, a paragraph a turning point.
//!
//! Takes events one at a time, so that a long run is told while it is played. Knows events and words, nothing of files or pages.

use crate::words::duration;
use crate::{Cause, Event, Fate, Outcome, PropertyStatus, Stimulus, Words};
use protocol::{Arg, MessageShape, Name, NodeId, Phrase, Property, PropertyKind, Rule, Verdict};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write;

/// How much a transcript tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Detail {
    /// What a lecture would tell: heartbeats are counted, equal messages are told once, timers and draws are left out.
    #[default]
    Lecture,
    /// Every event and every outcome, each on a line of its own, with the names that links and files use.
    Full,
}

/// The width of the columns before the sentences: step and time.
const MARGIN: usize = 24;

/// The transcript of `events`: see [`Transcript`].
pub fn transcript<'a>(
    events: impl IntoIterator<Item = &'a Event>,
    words: &Words,
    labels: &[String],
    rules: &[Rule],
    detail: Detail,
) -> String {
    let mut transcript = Transcript::new(words, labels, rules, detail);
    for event in events {
        transcript.event(event);
    }
    transcript.finish()
}

/// A transcript in the making. `▸` marks what somebody did, `★` a turning point, `✓` and `✗` what a property came to.
#[derive(Debug)]
pub struct Transcript<'a> {
    words: &'a Words,
    labels: &'a [String],
    rules: &'a [Rule],
    detail: Detail,
    out: String,
    heartbeats: Heartbeats,
    /// Whether the last line belongs to a paragraph that goes on.
    open: bool,
}

/// Heartbeats that are counted and not told.
#[derive(Debug, Default)]
struct Heartbeats {
    count: u64,
    bounced: u64,
}

impl<'a> Transcript<'a> {
    /// An empty transcript in the language of `words`, with nodes by their `labels`, citing `rules`.
    pub const fn new(
        words: &'a Words,
        labels: &'a [String],
        rules: &'a [Rule],
        detail: Detail,
    ) -> Self {
        Self {
            words,
            labels,
            rules,
            detail,
            out: String::new(),
            heartbeats: Heartbeats {
                count: 0,
                bounced: 0,
            },
            open: false,
        }
    }

    /// Tells the next event.
    pub fn event(&mut self, event: &Event) {
        if self.detail == Detail::Full {
            return self.paragraph(event);
        }
        if is_routine(event) {
            let bounced = matches!(event.stimulus, Stimulus::Bounced(_));
            let arrived = matches!(event.stimulus, Stimulus::Delivered(_));
            self.heartbeats.bounced += u64::from(bounced);
            self.heartbeats.count += u64::from(bounced || arrived);
            return;
        }
        if event.cause == Cause::Choice {
            // Somebody acted: what follows is another paragraph.
            self.close();
        }
        self.paragraph(event);
        if event.is_moment() && event.cause != Cause::Choice {
            self.close();
        }
    }

    /// What is ready to be read; more may follow.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    /// The end: whatever was still kept back, and how the properties stand.
    pub fn properties(&mut self, properties: &[Property], statuses: &[PropertyStatus]) {
        self.close();
        for status in statuses {
            let kind = properties
                .iter()
                .find(|property| property.id == status.property)
                .map(|property| property.kind);
            let key = format!("property.{}", status.property);
            let sentence = self.words.word(&key);
            let at = |key| match status.since {
                Some(step) => self.say(&Phrase::new(key).int("step", step)),
                None => String::new(),
            };
            let (mark, stands) = match (&status.verdict, kind) {
                (Verdict::Violated(how), _) => (
                    '✗',
                    format!("{} {}", at("transcript.violated"), self.say(how)),
                ),
                (Verdict::Met, _) => ('✓', at("transcript.met")),
                (Verdict::Open, Some(PropertyKind::Always)) => {
                    ('✓', self.words.word("transcript.held").to_owned())
                }
                (Verdict::Open, _) => ('·', self.words.word("transcript.not-yet").to_owned()),
            };
            let line = format!("{mark} {sentence} {stands}");
            let _ = writeln!(self.out, "{}", line.trim_end());
        }
    }

    /// The last line: the digest, by which two tellings of a run are compared.
    pub fn digest(&mut self, digest: Name) {
        self.close();
        let line = self.say(&Phrase::new("transcript.digest").text("digest", digest.to_string()));
        let _ = writeln!(self.out, "{line}");
    }

    /// The rest.
    pub fn finish(mut self) -> String {
        self.tell_heartbeats();
        self.out
    }

    fn tell_heartbeats(&mut self) {
        let Heartbeats { count, bounced } = std::mem::take(&mut self.heartbeats);
        if count == 0 {
            return;
        }
        let key = if bounced == 0 {
            "transcript.heartbeats"
        } else {
            "transcript.heartbeats-bounced"
        };
        let line = self.say(&Phrase::new(key).int("n", count).int("bounced", bounced));
        self.indented(&[line]);
    }

    /// Ends the paragraph.
    fn close(&mut self) {
        self.tell_heartbeats();
        if std::mem::take(&mut self.open) {
            self.out.push('\n');
        }
    }

    fn paragraph(&mut self, event: &Event) {
        let mut sentence = self.say(&event.stimulus_phrase());
        if event.cause == Cause::Choice {
            sentence.insert_str(0, "▸ ");
        }
        if self.detail == Detail::Full {
            let _ = write!(sentence, "  #{}", event.name);
            if let Cause::Event(cause) = event.cause {
                let _ = write!(sentence, " ← #{cause}");
            }
        }
        let lines = self.outcomes(event);
        self.line(event.step, event.at_us, &sentence);
        self.indented(&lines);
    }

    fn line(&mut self, step: u64, at_us: u64, sentence: &str) {
        let (whole, rest) = (at_us / 1_000, at_us % 1_000);
        let _ = writeln!(self.out, "{step:>6}  {whole:>7}.{rest:03} ms  {sentence}");
        self.open = true;
    }

    fn indented(&mut self, lines: &[String]) {
        for line in lines {
            let _ = writeln!(self.out, "{:MARGIN$}{line}", "");
            self.open = true;
        }
    }

    /// The lines of what came of an event, each sentence once.
    fn outcomes(&self, event: &Event) -> Vec<String> {
        if self.detail == Detail::Full {
            return event
                .outcomes
                .iter()
                .map(|outcome| self.outcome(event.at_us, outcome))
                .collect();
        }
        let mut lines: Vec<String> = Vec::new();
        let mut said: Vec<&Phrase> = Vec::new();
        let mut rest = event.outcomes.as_slice();
        while let Some((outcome, after)) = rest.split_first() {
            rest = after;
            match outcome {
                Outcome::Sent {
                    message, reason, ..
                } => {
                    let alike = |other: &Outcome| {
                        matches!(other, Outcome::Sent { message: m, reason: r, .. }
                        if r == reason && m.from == message.from && m.view == message.view)
                    };
                    let run = after.iter().take_while(|other| alike(other)).count();
                    rest = &after[run..];
                    let sent: Vec<&Outcome> =
                        std::iter::once(outcome).chain(&after[..run]).collect();
                    lines.push(self.sent(&sent, !said.contains(&reason)));
                    said.push(reason);
                }
                Outcome::Told(phrase) | Outcome::Noted(phrase) => {
                    if !said.contains(&phrase) {
                        lines.push(self.outcome(event.at_us, outcome));
                        said.push(phrase);
                    }
                }
                // Bookkeeping: the full form has it.
                Outcome::TimerSet { .. }
                | Outcome::TimerCancelled { .. }
                | Outcome::Chose { .. } => {}
                Outcome::Answered { .. } | Outcome::Saved { .. } | Outcome::Judged { .. } => {
                    lines.push(self.outcome(event.at_us, outcome));
                }
            }
        }
        lines
    }

    /// Messages alike, in one line: "S3 → S1, S2: RequestVote (term 2)", and why unless that was just said.
    fn sent(&self, sent: &[&Outcome], why: bool) -> String {
        let mut line = String::new();
        let mut fates: Vec<(&'static str, Vec<NodeId>)> = Vec::new();
        let mut to = Vec::new();
        for outcome in sent {
            let Outcome::Sent { message, fate, .. } = outcome else {
                continue;
            };
            to.push(message.to);
            if let Some(key) = fate_key(*fate) {
                match fates.iter_mut().find(|(other, _)| *other == key) {
                    Some((_, nodes)) => nodes.push(message.to),
                    None => fates.push((key, vec![message.to])),
                }
            }
        }
        if let Some(Outcome::Sent {
            message, reason, ..
        }) = sent.first()
        {
            let arrow = Phrase::new("transcript.sent")
                .node("from", message.from)
                .nodes("to", to)
                .text("kind", message.view.kind.clone());
            line.push_str(&self.say(&arrow));
            if let Some(content) = &message.view.label {
                let content = Arg::Phrase(Box::new(content.clone()));
                let content = self.say(&Phrase::new("transcript.content").with("content", content));
                // Templates are trimmed, so a space at the front is written as `_`.
                match content.strip_prefix('_') {
                    Some(spaced) => {
                        let _ = write!(line, " {spaced}");
                    }
                    None => line.push_str(&content),
                }
            }
            if why {
                let _ = write!(line, "  {}", self.cited(reason));
            }
        }
        for (key, nodes) in fates {
            let _ = write!(line, "  {}", self.say(&Phrase::new(key).nodes("to", nodes)));
        }
        line
    }

    /// One outcome by itself.
    fn outcome(&self, at_us: u64, outcome: &Outcome) -> String {
        let word = |family: &str, id: &str| Arg::Word(Cow::Owned(format!("{family}.{id}")));
        match outcome {
            Outcome::Sent {
                message, due_us, ..
            } => {
                let mut line = self.sent(&[outcome], true);
                if self.detail == Detail::Full {
                    let flight = duration(due_us.saturating_sub(message.sent_us));
                    let _ = write!(line, "  #{} +{flight}", message.name);
                }
                line
            }
            Outcome::Answered { id, answer } => self.say(
                &Phrase::new("outcome.answered")
                    .node("node", id.client)
                    .with("answer", Arg::Phrase(Box::new(answer.clone()))),
            ),
            Outcome::Told(fact) => format!("★ {}", self.cited(fact)),
            Outcome::Noted(reason) => self.cited(reason),
            Outcome::Saved { write, .. } => {
                let write = match self.detail {
                    Detail::Lecture => plain(write),
                    Detail::Full => write.to_string(),
                };
                self.say(&Phrase::new("outcome.saved").text("write", write))
            }
            Outcome::TimerSet {
                timer,
                min_us,
                max_us,
                due_us,
                reason,
            } => {
                let set = Phrase::new("outcome.timer-set")
                    .with("timer", word("timer", timer))
                    .us("delay", due_us.saturating_sub(at_us))
                    .us("min", *min_us)
                    .us("max", *max_us);
                format!("{}  {}", self.say(&set), self.cited(reason))
            }
            Outcome::TimerCancelled { timer } => self
                .say(&Phrase::new("outcome.timer-cancelled").with("timer", word("timer", timer))),
            Outcome::Chose {
                outcomes, chosen, ..
            } => self.say(
                &Phrase::new("transcript.chose")
                    .int("chosen", u64::from(*chosen) + 1)
                    .int("outcomes", (*outcomes).into()),
            ),
            Outcome::Judged { property, verdict } => {
                let phrase = |key| Phrase::new(key).with("property", word("property", property));
                match verdict {
                    Verdict::Open => self.say(&phrase("outcome.owed")),
                    Verdict::Met => format!("✓ {}", self.say(&phrase("outcome.met"))),
                    Verdict::Violated(how) => format!(
                        "✗ {} {}",
                        self.say(&phrase("outcome.violated")),
                        self.cited(how)
                    ),
                }
            }
        }
    }

    fn say(&self, phrase: &Phrase) -> String {
        self.words.say(phrase, self.labels)
    }

    /// The sentence with the place in the source that it follows from.
    fn cited(&self, phrase: &Phrase) -> String {
        let sentence = self.say(phrase);
        let Some(id) = &phrase.rule else {
            return sentence;
        };
        let source = self
            .rules
            .iter()
            .find(|rule| rule.id == id)
            .map_or(id.as_ref(), |rule| rule.source);
        format!("{sentence} [{source}]")
    }
}

const fn fate_key(fate: Fate) -> Option<&'static str> {
    match fate {
        Fate::Lost => Some("transcript.lost"),
        Fate::Cut => Some("transcript.cut"),
        Fate::Flying | Fate::Delivered(_) | Fate::Bounced(_) | Fate::Dropped(_) => None,
    }
}

/// Whether nothing but keeping alive happens: a heartbeat arrives, or a timer fires and sends heartbeats alone.
fn is_routine(event: &Event) -> bool {
    let beats = |outcome: &Outcome| matches!(outcome, Outcome::Sent { message, .. } if message.view.shape == MessageShape::Heartbeat);
    let keeps_alive = match &event.stimulus {
        Stimulus::Delivered(message) | Stimulus::Bounced(message) => {
            message.view.shape == MessageShape::Heartbeat
        }
        Stimulus::Fired { .. } => event.outcomes.iter().any(beats),
        _ => false,
    };
    let quiet = event.outcomes.iter().all(|outcome| match outcome {
        Outcome::Sent { .. } => beats(outcome),
        Outcome::Noted(_)
        | Outcome::TimerSet { .. }
        | Outcome::TimerCancelled { .. }
        | Outcome::Chose { .. } => true,
        Outcome::Answered { .. }
        | Outcome::Told(_)
        | Outcome::Saved { .. }
        | Outcome::Judged { .. } => false,
    });
    keeps_alive && quiet && event.cause != Cause::Choice
}

/// A value as a person would note it: no quotes, no braces round the whole.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{} {}", key.replace('_', " "), nested(value)))
                .collect();
            fields.join(", ")
        }
        other => nested(other),
    }
}

fn nested(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(nested).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(_) => format!("({})", plain(value)),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
