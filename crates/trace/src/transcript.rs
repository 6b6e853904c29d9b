//! A run as a transcript that reads like a lecture: what happened, what followed and by which rule, paragraph by paragraph.
//!
//! Takes events one at a time, so that a long run is told while it is played. Knows events and words, nothing of files or pages.

mod telling;

use crate::{Cause, Event, Outcome, PropertyStatus, Stimulus, Words};
use protocol::{MessageShape, Name, NodeId, Phrase, Property, PropertyKind, Rule, Verdict};
use std::fmt::Write;
use telling::Telling;

/// How much a transcript tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Detail {
    /// What a lecture would tell: heartbeats are counted, what happens alike at several nodes is told once, timers, draws and
    /// saves that take no time are left out.
    #[default]
    Lecture,
    /// Every event and every outcome, with the names that links and files use, and what caused what.
    Full,
}

/// The width of the columns before the sentences: step and time.
const MARGIN: usize = 22;

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
///
/// A paragraph begins where something comes from outside (somebody acts, a client is asked, a timer fires) and ends with a
/// turning point.
#[derive(Debug)]
pub struct Transcript<'a> {
    telling: Telling<'a>,
    out: String,
    /// Whether the last line belongs to a paragraph that goes on.
    open: bool,
    /// Whether the last line is empty, or there is none.
    blank: bool,
    folded: Folded,
    alike: Option<Alike>,
}

/// What the paragraph counts and does not tell.
#[derive(Debug, Default)]
struct Folded {
    heartbeats: u64,
    /// How many of the heartbeats reached a node that is down.
    bounced: u64,
    /// Steps of which there is nothing to tell.
    others: u64,
}

/// The event that was told last, and those after it that say the same of other nodes.
#[derive(Debug)]
struct Alike {
    /// What it says, with the two nodes left open.
    said: String,
    from: NodeId,
    to: NodeId,
    /// The other senders, or the other receivers.
    others: Vec<NodeId>,
    senders: bool,
}

impl<'a> Transcript<'a> {
    /// An empty transcript in the language of `words`, with nodes by their `labels`, citing `rules`.
    pub fn new(words: &'a Words, labels: &[String], rules: &'a [Rule], detail: Detail) -> Self {
        Self {
            telling: Telling {
                words,
                labels: labels.to_vec(),
                rules,
                detail,
            },
            out: String::new(),
            open: false,
            blank: true,
            folded: Folded::default(),
            alike: None,
        }
    }

    /// Tells the next event.
    pub fn event(&mut self, event: &Event) {
        if self.telling.detail == Detail::Full {
            let lines = self.telling.outcomes(event);
            return self.tell(event, &lines);
        }
        if is_routine(event) {
            let bounced = matches!(event.stimulus, Stimulus::Bounced(_));
            let arrived = matches!(event.stimulus, Stimulus::Delivered(_));
            self.folded.bounced += u64::from(bounced);
            self.folded.heartbeats += u64::from(bounced || arrived);
            return;
        }
        let lines = self.telling.outcomes(event);
        if lines.is_empty() && is_passive(event) {
            self.folded.others += 1;
            return;
        }
        if self.is_alike(event) {
            return;
        }
        self.tell_alike();
        let outside = matches!(
            event.stimulus,
            Stimulus::Asked { .. } | Stimulus::Fired { .. }
        );
        if outside || event.cause == Cause::Choice {
            self.close();
        }
        self.tell(event, &lines);
        self.alike = self.opens_alike(event);
        if event.is_moment() && event.cause != Cause::Choice {
            self.close();
        }
    }

    /// A heading, and what is said under it: a scenario's beat.
    pub fn heading(&mut self, heading: &str, words: Option<&str>) {
        self.close();
        if !std::mem::replace(&mut self.blank, true) {
            self.out.push('\n');
        }
        let _ = writeln!(self.out, "── {heading} ──");
        if let Some(words) = words {
            let _ = writeln!(self.out, "{words}");
        }
        self.out.push('\n');
    }

    /// Lines of their own between events: what is said about them rather than by them.
    pub fn aside(&mut self, lines: &str) {
        self.close();
        if !std::mem::replace(&mut self.blank, false) {
            self.out.push('\n');
        }
        let _ = writeln!(self.out, "{lines}");
    }

    /// What is ready to be read; more may follow.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    /// How the properties stand at the end.
    pub fn properties(&mut self, properties: &[Property], statuses: &[PropertyStatus]) {
        self.close();
        if !std::mem::replace(&mut self.blank, false) {
            self.out.push('\n');
        }
        for status in statuses {
            let kind = properties
                .iter()
                .find(|property| property.id == status.property)
                .map(|property| property.kind);
            let line = self.property(status, kind);
            let _ = writeln!(self.out, "{}", line.trim_end());
        }
    }

    /// The last line: the digest, by which two tellings of a run are compared.
    pub fn digest(&mut self, digest: Name) {
        self.close();
        let line = Phrase::new("transcript.digest").text("digest", digest.to_string());
        let _ = writeln!(self.out, "{}", self.telling.say(&line));
    }

    /// The rest.
    pub fn finish(mut self) -> String {
        self.tell_folded();
        self.out
    }

    fn property(&self, status: &PropertyStatus, kind: Option<PropertyKind>) -> String {
        let words = self.telling.words;
        let key = format!("property.{}", status.property);
        let sentence = words.word(&key);
        let at = |key| match status.since {
            Some(step) => self.telling.say(&Phrase::new(key).int("step", step)),
            None => String::new(),
        };
        match (&status.verdict, kind) {
            (Verdict::Violated(how), _) => {
                let how = self.telling.say(how);
                format!("✗ {sentence} {} {how}", at("transcript.violated"))
            }
            (Verdict::Met, _) => format!("✓ {sentence} {}", at("transcript.met")),
            (Verdict::Open, Some(PropertyKind::Always)) => {
                format!("✓ {sentence} {}", words.word("transcript.held"))
            }
            (Verdict::Open, _) => format!("· {sentence} {}", words.word("transcript.not-yet")),
        }
    }

    fn tell(&mut self, event: &Event, lines: &[String]) {
        let sentence = self.telling.stimulus(event);
        let (whole, rest) = (event.at_us / 1_000, event.at_us % 1_000);
        let step = event.step;
        let _ = writeln!(self.out, "{step:>5}  {whole:>6}.{rest:03} ms  {sentence}");
        self.open = true;
        self.blank = false;
        self.indented(lines);
    }

    fn indented(&mut self, lines: &[String]) {
        for line in lines {
            let _ = writeln!(self.out, "{:MARGIN$}{line}", "");
            self.open = true;
            self.blank = false;
        }
    }

    /// Whether `event` says of other nodes what the last one said; it is then remembered, and need not be told.
    fn is_alike(&mut self, event: &Event) -> bool {
        let Some(next) = self.opens_alike(event) else {
            return false;
        };
        let Some(last) = &mut self.alike else {
            return false;
        };
        let first = last.others.is_empty();
        let other_receiver = next.from == last.from && (first || !last.senders);
        let other_sender = next.to == last.to && (first || last.senders);
        if next.said != last.said || !(other_receiver || other_sender) {
            return false;
        }
        last.senders = !other_receiver;
        last.others
            .push(if other_receiver { next.to } else { next.from });
        true
    }

    /// What others can be compared with: an arrival that is no turning point.
    fn opens_alike(&mut self, event: &Event) -> Option<Alike> {
        let (Stimulus::Delivered(message) | Stimulus::Bounced(message)) = &event.stimulus else {
            return None;
        };
        if event.is_moment() {
            return None;
        }
        Some(Alike {
            said: self.telling.with_open(message.from, message.to, event),
            from: message.from,
            to: message.to,
            others: Vec::new(),
            senders: false,
        })
    }

    fn tell_alike(&mut self) {
        let Some(alike) = self.alike.take() else {
            return;
        };
        if alike.others.is_empty() {
            return;
        }
        let key = if alike.senders {
            "transcript.likewise-from"
        } else {
            "transcript.likewise"
        };
        let line = Phrase::new(key).nodes("nodes", alike.others);
        self.indented(&[format!("… {}", self.telling.say(&line))]);
    }

    fn tell_folded(&mut self) {
        self.tell_alike();
        let Folded {
            heartbeats,
            bounced,
            others,
        } = std::mem::take(&mut self.folded);
        let mut counts: Vec<String> = Vec::new();
        let mut count = |line: Phrase| counts.push(self.telling.say(&line));
        if bounced > 0 {
            let phrase = Phrase::new("transcript.heartbeats-bounced");
            count(phrase.int("n", heartbeats).int("bounced", bounced));
        } else if heartbeats > 0 {
            count(Phrase::new("transcript.heartbeats").int("n", heartbeats));
        }
        if others > 0 {
            count(Phrase::new("transcript.others").int("n", others));
        }
        let separator = self.telling.words.word("list.next").replace('_', " ");
        let counts = counts.join(&separator);
        let told = self.open;
        if !counts.is_empty() {
            self.indented(&[format!("… {counts}")]);
        }
        // Counts that follow no sentence lead over to the next paragraph instead of making one of their own.
        self.open = told;
    }

    /// Ends the paragraph.
    fn close(&mut self) {
        self.tell_folded();
        if std::mem::take(&mut self.open) {
            self.out.push('\n');
            self.blank = true;
        }
    }
}

/// Whether nothing but keeping alive happens: a heartbeat arrives, or a timer fires and sends heartbeats alone.
fn is_routine(event: &Event) -> bool {
    let beats = |outcome: &Outcome| match outcome {
        Outcome::Sent { message, .. } => message.view.shape == MessageShape::Heartbeat,
        _ => false,
    };
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

/// Whether the event alone, without anything that came of it, is not worth a line.
fn is_passive(event: &Event) -> bool {
    let passes = matches!(
        event.stimulus,
        Stimulus::Delivered(_) | Stimulus::Fired { .. } | Stimulus::Saved
    );
    passes && event.cause != Cause::Choice
}

#[cfg(test)]
mod tests;
