//! What is said of a beat besides its words: its question, the notes of whoever presents it, and what comes next. And whether
//! the run answers the question as the file does.

use super::Player;
use crate::sight::Sight;
use crate::trouble::of_predicate;
use crate::watch::Watch;
use crate::{Ask, Beat, Choice, Predicate, Text, Trouble};
use sim::Playable;

impl Player {
    /// The question of the present beat, with the names of nodes in place.
    pub fn ask(&self, world: &dyn Playable) -> Option<Ask> {
        let ask = self.beat_now()?.ask.as_ref()?;
        let choices = ask.choices.iter().map(|choice| Choice {
            say: self.placed(&choice.say, world),
            why: self.placed(&choice.why, world),
            ..choice.clone()
        });
        Some(Ask {
            say: self.placed(&ask.say, world),
            choices: choices.collect(),
        })
    }

    /// What whoever presents the present beat reads beside it.
    pub fn note(&self, world: &dyn Playable) -> Option<Text> {
        let note = self.beat_now()?.note.as_ref()?;
        Some(self.placed(note, world))
    }

    /// The words of the beat that comes next, or its question if it has no words. Whoever has no name yet stays in braces.
    pub fn coming(&self, world: &dyn Playable) -> Option<Text> {
        let next = self.scenario.beats.get(self.beat())?;
        let ask = next.ask.as_ref().map(|ask| &ask.say);
        let said = next.say.as_ref().or(ask)?;
        Some(self.placed(said, world))
    }

    pub(super) fn placed(&self, text: &Text, world: &dyn Playable) -> Text {
        let sight = Sight::new(world, &self.here.names);
        Text {
            en: sight.place_names(&text.en),
            zh: sight.place_names(&text.zh),
        }
    }

    /// What the choices say must be as they are marked, by what has come about since step `begun`.
    pub(super) fn check_choices(
        &self,
        world: &mut dyn Playable,
        beat: &Beat,
        begun: u64,
    ) -> Result<(), Trouble> {
        let choices = beat.ask.iter().flat_map(|ask| &ask.choices);
        for (at, choice) in choices.enumerate() {
            let Some(said) = all_of(&choice.holds) else {
                continue;
            };
            let mut watch = Watch::new(begun);
            let holds = watch.holds(&said, world, &self.here.names)?;
            if holds != choice.right {
                let sight = Sight::new(world, &self.here.names);
                return Err(if holds {
                    Trouble::NotWrong(at + 1, Box::new(of_predicate(&said)))
                } else {
                    let unmet = of_predicate(watch.unmet(&said, &sight));
                    Trouble::NotRight(at + 1, Box::new(unmet))
                });
            }
        }
        Ok(())
    }
}

/// One predicate for all of a list; none of an empty one.
fn all_of(list: &[Predicate]) -> Option<Predicate> {
    match list {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(Predicate::All(several.to_vec())),
    }
}
