//! One event in words: its own sentence, and a line for each thing that came of it. Knows nothing of the events around it.

use crate::transcript::Detail;
use crate::words::duration;
use crate::{Cause, Event, Fate, Outcome, Words};
use protocol::{Arg, NodeId, Phrase, Rule, Verdict};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write;

/// What it takes to say something.
#[derive(Debug)]
pub(crate) struct Telling<'a> {
    pub(crate) words: &'a Words,
    /// The nodes' labels, by id.
    pub(crate) labels: Vec<String>,
    pub(crate) rules: &'a [Rule],
    pub(crate) detail: Detail,
}

impl Telling<'_> {
    /// The sentence of `phrase`.
    pub(crate) fn say(&self, phrase: &Phrase) -> String {
        self.words.say(phrase, &self.labels)
    }

    /// What the event is.
    pub(crate) fn stimulus(&self, event: &Event) -> String {
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
        sentence
    }

    /// What came of it, each sentence once.
    pub(crate) fn outcomes(&self, event: &Event) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut rest = event.outcomes.as_slice();
        while let Some((outcome, after)) = rest.split_first() {
            rest = after;
            let added = match outcome {
                Outcome::Sent { .. } if self.detail == Detail::Lecture => {
                    let alike = after.iter().take_while(|other| are_alike(outcome, other));
                    let (alike, others) = after.split_at(alike.count());
                    rest = others;
                    self.sent(outcome, alike)
                }
                _ => self.outcome(event.at_us, outcome),
            };
            for line in added {
                if self.detail == Detail::Full || !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        lines
    }

    /// Everything that is said of an event, with two nodes left open: equal for events that differ in these alone.
    pub(crate) fn with_open(&mut self, from: NodeId, to: NodeId, event: &Event) -> String {
        let mut swap = |node: NodeId, label: String| {
            let known = self.labels.get_mut(node.index());
            known.map(|known| std::mem::replace(known, label))
        };
        let kept = (swap(from, "\u{1}".into()), swap(to, "\u{2}".into()));
        let mut said = self.stimulus(event);
        for line in self.outcomes(event) {
            said.push('\n');
            said.push_str(&line);
        }
        for (node, label) in [(to, kept.1), (from, kept.0)] {
            if let (Some(known), Some(label)) = (self.labels.get_mut(node.index()), label) {
                *known = label;
            }
        }
        said
    }

    /// Messages alike, told once: "S3 → S1 and S2: RequestVote (term 2)", and beneath it why.
    fn sent(&self, outcome: &Outcome, alike: &[Outcome]) -> Vec<String> {
        let Outcome::Sent {
            message,
            due_us,
            reason,
            ..
        } = outcome
        else {
            return Vec::new();
        };
        let mut to = Vec::new();
        let mut fates: Vec<(&'static str, Vec<NodeId>)> = Vec::new();
        for outcome in std::iter::once(outcome).chain(alike) {
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
        let arrow = Phrase::new("transcript.sent")
            .node("from", message.from)
            .nodes("to", to.iter().copied())
            .text("kind", message.view.kind.clone());
        let mut line = self.say(&arrow);
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
        if self.detail == Detail::Full {
            let flight = duration(due_us.saturating_sub(message.sent_us));
            let _ = write!(line, "  #{} +{flight}", message.name);
        }
        let why = to_all(reason, message.to, &to);
        let mut lines = vec![line, format!("  {}", self.cited(&why))];
        for (key, nodes) in fates {
            let fate = self.say(&Phrase::new(key).nodes("to", nodes));
            lines.push(format!("  {fate}"));
        }
        lines
    }

    fn outcome(&self, at_us: u64, outcome: &Outcome) -> Vec<String> {
        let word = |family: &str, id: &str| Arg::Word(Cow::Owned(format!("{family}.{id}")));
        let line = match outcome {
            Outcome::Sent { .. } => return self.sent(outcome, &[]),
            Outcome::Answered { .. } => {
                return outcome
                    .answer()
                    .iter()
                    .map(|answer| self.say(answer))
                    .collect();
            }
            Outcome::Told(fact) => format!("★ {}", self.cited(fact)),
            Outcome::Noted(reason) => self.cited(reason),
            Outcome::Judged { property, verdict } => {
                let phrase = |key| Phrase::new(key).with("property", word("property", property));
                match verdict {
                    Verdict::Open => self.say(&phrase("outcome.owed")),
                    Verdict::Met => format!("✓ {}", self.say(&phrase("outcome.met"))),
                    Verdict::Violated(how) => {
                        let violated = self.say(&phrase("outcome.violated"));
                        format!("✗ {violated} {}", self.cited(how))
                    }
                }
            }
            // A save that takes no time is one step with what follows it.
            Outcome::Saved { due_us, .. } if self.detail == Detail::Lecture && *due_us <= at_us => {
                return Vec::new();
            }
            Outcome::Saved { write, due_us } => {
                let mut text = match self.detail {
                    Detail::Lecture => plain(write),
                    Detail::Full => write.to_string(),
                };
                if self.detail == Detail::Lecture && text.chars().count() > WRITE_CHARS_MAX {
                    text = text.chars().take(WRITE_CHARS_MAX).collect();
                    text.push('…');
                }
                let key = if *due_us > at_us {
                    "transcript.saved"
                } else {
                    "outcome.saved"
                };
                self.say(
                    &Phrase::new(key)
                        .text("write", text)
                        .us("delay", due_us.saturating_sub(at_us)),
                )
            }
            // Bookkeeping.
            Outcome::TimerSet { .. } | Outcome::TimerCancelled { .. } | Outcome::Chose { .. }
                if self.detail == Detail::Lecture =>
            {
                return Vec::new();
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
                return vec![self.say(&set), format!("  {}", self.cited(reason))];
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
        };
        vec![line]
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
            .map_or(id.as_ref(), |rule| self.words.rule_source(rule));
        format!("{sentence} [{source}]")
    }
}

/// Of what is saved, this much is told in a lecture.
const WRITE_CHARS_MAX: usize = 60;

const fn fate_key(fate: Fate) -> Option<&'static str> {
    match fate {
        Fate::Lost => Some("transcript.lost"),
        Fate::Cut => Some("transcript.cut"),
        Fate::Flying | Fate::Delivered(_) | Fate::Bounced(_) | Fate::Dropped(_) => None,
    }
}

/// Whether two messages differ only in their receivers, for the same reason.
fn are_alike(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (
            Outcome::Sent {
                message, reason, ..
            },
            Outcome::Sent {
                message: message2,
                reason: reason2,
                ..
            },
        ) => {
            message.view == message2.view
                && to_all(reason, message.to, &[]) == to_all(reason2, message2.to, &[])
        }
        _ => false,
    }
}

/// `reason` with all of `receivers` where it names the one.
fn to_all(reason: &Phrase, receiver: NodeId, receivers: &[NodeId]) -> Phrase {
    if let [_] = receivers {
        return reason.clone();
    }
    let mut reason = reason.clone();
    for (_, arg) in &mut reason.args {
        if *arg == Arg::Node(receiver) {
            *arg = Arg::Nodes(receivers.to_vec());
        }
    }
    reason
}

/// A value as a person would note it: no quotes, no braces round the whole.
pub(crate) fn plain(value: &Value) -> String {
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
