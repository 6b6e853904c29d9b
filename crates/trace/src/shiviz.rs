//! A run as a log that [ShiViz](https://bestchai.bitbucket.io/shiviz/) loads: each event with its vector clock (Fidge 1988, Mattern 1989).
//!
//! ShiViz takes a file whose first line is the regular expression by which the rest is read, whose second line parts several
//! executions (here there is one, so it is empty), and whose remaining lines are the log. It wants of each host's own clock that it
//! begins at 1 and grows by one. Knows events and words, nothing of files or pages.

use crate::{Cause, Event, Outcome, Stimulus, Words};
use protocol::{Name, NodeId};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How ShiViz reads an event: a line with the step, the time in microseconds, the host and its clock, and a line with the sentence.
pub const SHIVIZ_PARSER: &str =
    r"(?<step>\d+) (?<at_us>\d+) (?<host>\S+) (?<clock>{.*})\n(?<event>.*)";

/// The log of `events`: see [`Shiviz`].
pub fn shiviz<'a>(
    events: impl IntoIterator<Item = &'a Event>,
    words: &Words,
    labels: &[String],
) -> String {
    let mut log = Shiviz::new(words, labels);
    let mut out = log.take();
    for event in events {
        log.event(event);
        out.push_str(&log.take());
    }
    out
}

/// A log in the making: events are given one at a time, in order and from the first on.
///
/// What happens between nodes (a cut, a message that is dropped or reaches a node that is down) happens at a host of its own, the
/// network: it knows of what was sent, and no node knows of it.
#[derive(Debug)]
pub struct Shiviz<'a> {
    words: &'a Words,
    labels: &'a [String],
    /// The hosts as they are named: the nodes by their place, the network last.
    hosts: Vec<String>,
    clocks: Vec<Clock>,
    /// The clock of each event that somebody may learn of: those at which something was sent.
    sent: BTreeMap<Name, Clock>,
    /// Which of those events sent a message.
    senders: BTreeMap<Name, Name>,
    out: String,
}

/// How many events of each host an event knows of, itself included; hosts of which it knows none may be missing at the end.
type Clock = Vec<u64>;

/// For each host the greater of two.
fn merge(clock: &mut Clock, other: &[u64]) {
    if clock.len() < other.len() {
        clock.resize(other.len(), 0);
    }
    for (mine, theirs) in clock.iter_mut().zip(other) {
        *mine = (*mine).max(*theirs);
    }
}

impl<'a> Shiviz<'a> {
    /// A log without events, in the language of `words`; the hosts are named by the `labels` of the nodes, of all that ever join.
    pub fn new(words: &'a Words, labels: &'a [String]) -> Self {
        let network = words.word("shiviz.network").to_owned();
        let mut hosts: Vec<String> = Vec::new();
        for label in labels.iter().chain([&network]) {
            // The expression reads a host up to the next space.
            let mut host: String = label.split_whitespace().collect::<Vec<_>>().join("-");
            while host.is_empty() || hosts.contains(&host) {
                host.push('\'');
            }
            hosts.push(host);
        }
        Self {
            words,
            labels,
            clocks: vec![Clock::new(); hosts.len()],
            hosts,
            sent: BTreeMap::new(),
            senders: BTreeMap::new(),
            out: format!("{SHIVIZ_PARSER}\n\n"),
        }
    }

    /// Adds the next event.
    pub fn event(&mut self, event: &Event) {
        let host = self.host(event);
        let mut clock = std::mem::take(&mut self.clocks[host]);
        if let Some(known) = self.learnt(event) {
            merge(&mut clock, known);
        }
        if clock.len() <= host {
            clock.resize(host + 1, 0);
        }
        clock[host] += 1;
        self.line(event, host, &clock);
        let mut sends = false;
        for outcome in &event.outcomes {
            if let Outcome::Sent { message, .. } = outcome {
                self.senders.insert(message.name, event.name);
                sends = true;
            }
        }
        if sends {
            self.sent.insert(event.name, clock.clone());
        }
        self.clocks[host] = clock;
    }

    /// The text since this was called last.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    /// The place of the host at which an event happens.
    fn host(&self, event: &Event) -> usize {
        let network = self.hosts.len() - 1;
        let at = |node: NodeId| usize::from(node.0).min(network);
        match event.stimulus {
            Stimulus::Bounced(_)
            | Stimulus::Dropped(_)
            | Stimulus::Duplicated(_)
            | Stimulus::Held(_)
            | Stimulus::Released(_)
            | Stimulus::Cut { .. }
            | Stimulus::Healed => network,
            _ => event.node.map_or(network, at),
        }
    }

    /// What was known where the message was sent that an event is about, or at the event that caused it.
    fn learnt(&self, event: &Event) -> Option<&Clock> {
        let message = match &event.stimulus {
            Stimulus::Delivered(message)
            | Stimulus::Bounced(message)
            | Stimulus::Dropped(message)
            | Stimulus::Duplicated(message)
            | Stimulus::Held(message)
            | Stimulus::Released(message) => self.senders.get(&message.name),
            _ => None,
        };
        let cause = match &event.cause {
            Cause::Event(name) => Some(name),
            _ => None,
        };
        self.sent.get(cause.or(message)?)
    }

    fn line(&mut self, event: &Event, host: usize, clock: &[u64]) {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let known = clock.iter().enumerate().filter(|(_, time)| **time > 0);
        // Its own first: that is the one that a reader looks for.
        let others = known.filter(|(place, _)| *place != host);
        let all = std::iter::once((host, &clock[host])).chain(others);
        let clock: Vec<String> = all
            .map(|(place, time)| format!("{}:{time}", quoted(&self.hosts[place])))
            .collect();
        let [happened, told] = [event.stimulus_phrase(), event.headline()]
            .map(|phrase| self.words.say(&phrase, self.labels));
        let sentence = if told == happened {
            happened
        } else {
            format!("{happened} {told}")
        };
        let sentence = sentence.split(is_break).collect::<Vec<_>>().join(" ");
        let written = writeln!(
            self.out,
            "{} {} {} {{{}}}\n{sentence}",
            event.step,
            event.at_us,
            self.hosts[host],
            clock.join(", ")
        );
        written.expect("writing to a string cannot fail");
    }
}

/// What `.` does not match in ShiViz's expressions.
const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests;
