//! What a story asks before a beat plays: the question, the reader's answer, and the scores, which stay on this machine.
//!
//! The run reveals the answer: choosing plays the beat, and why the choice was right or wrong is said when it is over.

use crate::story::Story;
use crate::{Command, Model, Target};
use scenario::{Ask, Scenario};
use std::collections::BTreeMap;

/// What the reader made of a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// They chose this one, from 0.
    Chose(usize),
    /// They had it revealed.
    Passed,
}

/// The questions of the story that is on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asking {
    /// That of the present beat, with the names of nodes in place.
    pub(crate) ask: Option<Ask>,
    /// What was answered, by beat, from 1. The first answer counts: whoever goes back has seen what came of it.
    answers: BTreeMap<usize, Answer>,
}

impl Story {
    /// Whether the present beat waits for an answer.
    pub(crate) fn asks(&self) -> bool {
        self.asking.ask.is_some() && self.answer().is_none() && !self.ended
    }

    /// What was answered in the present beat.
    pub(crate) fn answer(&self) -> Option<Answer> {
        self.asking.answers.get(&self.player.beat()).copied()
    }
}

impl Model {
    /// Whether a question waits for its answer: then digits choose, and the way on reveals.
    pub fn has_question(&self) -> bool {
        self.session.story.as_ref().is_some_and(Story::asks) && self.session.follows()
    }

    /// The reader's choice: it is noted, and the beat plays. One that is not there is none.
    pub(crate) fn choose_answer(&mut self, choice: usize) {
        if !self.has_question() {
            return;
        }
        let Some(story) = &mut self.session.story else {
            return;
        };
        let choices = story
            .asking
            .ask
            .as_ref()
            .map_or(&[][..], |ask| &ask.choices);
        let Some(chosen) = choices.get(choice) else {
            return;
        };
        let right = chosen.right;
        let beat = story.player.beat();
        story.asking.answers.insert(beat, Answer::Chose(choice));
        let scenario = story.scenario();
        let before = scenario.beats.iter().take(beat - 1);
        let place = before.filter(|beat| beat.ask.is_some()).count();
        if let Some(address) = story.address.clone() {
            self.scores.note(&address, place, right);
            self.out.push(Command::SetScores(self.scores.to_string()));
        }
        // The button that was pressed is gone.
        self.out.push(Command::Focus(Target::Turn));
        self.show_answer();
    }

    /// The question stays unanswered, and the beat plays.
    pub(crate) fn pass_question(&mut self) {
        if let Some(story) = &mut self.session.story {
            let beat = story.player.beat();
            story.asking.answers.insert(beat, Answer::Passed);
        }
        self.show_answer();
    }

    /// The beat plays; its words, which the question stood in place of, are said first.
    fn show_answer(&mut self) {
        self.announce_beat();
        self.play_story();
    }

    /// No score is kept any more.
    pub(crate) fn clear_scores(&mut self) {
        self.scores = Scores::default();
        self.out.push(Command::SetScores(String::new()));
        self.touch();
    }

    /// How many questions of a story were answered right, of how many answered; none if it was never answered.
    pub(crate) fn score(&self, scenario: &Scenario) -> Option<(u64, u64)> {
        let name = format!("{}/{}", scenario.protocol, scenario.id);
        self.scores.of(&name, scenario.asks())
    }
}

/// How questions were answered, by story: `raft/first-election`. Each question keeps its latest mark.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Scores(BTreeMap<String, String>);

/// The marks of a score: right, wrong, not answered.
const RIGHT: char = '+';
const WRONG: char = 'x';
const OPEN: char = '.';

impl Scores {
    /// Reads what [`Scores::to_string`] wrote; whatever else it finds, it leaves out.
    pub(crate) fn read(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        let known = |marks: &str| {
            marks
                .chars()
                .all(|mark| [RIGHT, WRONG, OPEN].contains(&mark))
        };
        let lines = lines.filter(|(name, marks)| !name.is_empty() && known(marks));
        Self(
            lines
                .map(|(name, marks)| (name.into(), marks.into()))
                .collect(),
        )
    }

    fn note(&mut self, name: &str, place: usize, right: bool) {
        let marks = self.0.entry(name.to_owned()).or_default();
        let mut all: Vec<char> = marks.chars().collect();
        all.resize(all.len().max(place + 1), OPEN);
        all[place] = if right { RIGHT } else { WRONG };
        *marks = all.into_iter().collect();
    }

    /// Right and answered; a story may have fewer questions than it had when they were answered.
    fn of(&self, name: &str, asks: usize) -> Option<(u64, u64)> {
        let marks = || {
            self.0
                .get(name)
                .into_iter()
                .flat_map(|marks| marks.chars().take(asks))
        };
        let right = marks().filter(|mark| *mark == RIGHT).count() as u64;
        let answered = marks().filter(|mark| *mark != OPEN).count() as u64;
        (answered > 0).then_some((right, answered))
    }
}

impl std::fmt::Display for Scores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, marks) in &self.0 {
            writeln!(f, "{name} {marks}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_as_they_were_written() {
        let mut scores = Scores::default();
        scores.note("raft/figure-8", 2, true);
        scores.note("raft/figure-8", 0, false);
        scores.note("rpc/maybe", 0, true);
        assert_eq!(scores.to_string(), "raft/figure-8 x.+\nrpc/maybe +\n");
        let read = Scores::read(&format!("{scores}nonsense\nrpc/breaker ???\n"));
        assert_eq!(read, scores);
        assert_eq!(read.of("raft/figure-8", 3), Some((1, 2)));
        assert_eq!(read.of("raft/figure-8", 1), Some((0, 1)), "it has one left");
        assert_eq!(read.of("raft/first-election", 3), None);
    }

    #[test]
    fn the_latest_answer_counts() {
        let mut scores = Scores::default();
        scores.note("rpc/maybe", 0, false);
        scores.note("rpc/maybe", 0, true);
        assert_eq!(scores.of("rpc/maybe", 1), Some((1, 1)));
    }
}
