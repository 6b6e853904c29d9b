//! A run as a transcript that reads like a lecture: one paragraph an event, with what followed and why.

use crate::{Event, Fate, Outcome, Words};
use protocol::{Arg, Phrase, Verdict};
use std::borrow::Cow;
use std::fmt::Write;

/// The transcript of `events` in the language of `words`, with nodes by their `labels`.
pub fn transcript<'a>(
    events: impl IntoIterator<Item = &'a Event>,
    words: &Words,
    labels: &[String],
) -> String {
    let mut out = String::new();
    for event in events {
        paragraph(&mut out, event, words, labels);
    }
    out
}

fn paragraph(out: &mut String, event: &Event, words: &Words, labels: &[String]) {
    let at_ms = event.at_us as f64 / 1e3;
    let step = event.step;
    let stimulus = words.say(&event.stimulus_phrase(), labels);
    let _ = writeln!(out, "{step:>6}  {at_ms:>11.3} ms  {stimulus}");
    for outcome in &event.outcomes {
        let Some(line) = outcome_line(outcome, words, labels) else {
            continue;
        };
        let _ = writeln!(out, "{:24}{line}", "");
    }
}

fn outcome_line(outcome: &Outcome, words: &Words, labels: &[String]) -> Option<String> {
    let say = |phrase: &Phrase| words.say(phrase, labels);
    let property = |id: &str| Arg::Word(Cow::Owned(format!("property.{id}")));
    Some(match outcome {
        Outcome::Sent {
            message,
            fate,
            reason,
            ..
        } => {
            let mut line = format!(
                "{} → {}  {}",
                label(labels, message.from),
                label(labels, message.to),
                message.view.kind
            );
            if let Some(content) = &message.view.label {
                let _ = write!(line, " ({})", say(content));
            }
            let _ = write!(line, "  {}", cited(reason, words, labels));
            match fate {
                Fate::Lost => line.push_str(&format!(" {}", words.word("outcome.fate.lost"))),
                Fate::Cut => line.push_str(&format!(" {}", words.word("outcome.fate.cut"))),
                Fate::Flying | Fate::Delivered(_) | Fate::Bounced(_) | Fate::Dropped(_) => {}
            }
            line
        }
        Outcome::Answered { id, answer } => say(&Phrase::new("outcome.answered")
            .node("node", id.client)
            .with("answer", Arg::Phrase(Box::new(answer.clone())))),
        Outcome::Told(fact) => format!("★ {}", cited(fact, words, labels)),
        Outcome::Noted(reason) => cited(reason, words, labels),
        Outcome::Saved { write, .. } => {
            say(&Phrase::new("outcome.saved").text("write", write.to_string()))
        }
        Outcome::Judged {
            property: id,
            verdict,
        } => match verdict {
            Verdict::Open => say(&Phrase::new("outcome.owed").with("property", property(id))),
            Verdict::Met => format!(
                "✓ {}",
                say(&Phrase::new("outcome.met").with("property", property(id)))
            ),
            Verdict::Violated(how) => format!(
                "✗ {} {}",
                say(&Phrase::new("outcome.violated").with("property", property(id))),
                say(how)
            ),
        },
        // Timers and draws are bookkeeping: the JSON form has them.
        Outcome::TimerSet { .. } | Outcome::TimerCancelled { .. } | Outcome::Chose { .. } => {
            return None;
        }
    })
}

fn cited(phrase: &Phrase, words: &Words, labels: &[String]) -> String {
    let sentence = words.say(phrase, labels);
    match &phrase.rule {
        Some(rule) => format!("{sentence} [{rule}]"),
        None => sentence,
    }
}

fn label(labels: &[String], node: protocol::NodeId) -> &str {
    labels.get(node.index()).map_or("?", String::as_str)
}
