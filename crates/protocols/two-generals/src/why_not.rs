//! Why not: why a general does not attack, why the commander does not go into the next battle. Everything is read off the generals
//! as they stand, as an observer sees them; neither knows how far the chain has come on the other side.

use crate::general::{A, B, Battle, General, other, sender};
use protocol::{NodeId, Phrase, WhyNot};

/// What may be asked of `node`.
pub(crate) fn why_not(nodes: &[Option<General>], node: NodeId) -> Vec<WhyNot> {
    if node > B {
        return Vec::new();
    }
    let sight = Sight { nodes };
    let asked = [sight.not_attacking(node), sight.not_proposed(node)];
    asked.into_iter().flatten().collect()
}

/// The generals, as an observer sees them.
#[derive(Clone, Copy)]
struct Sight<'a> {
    nodes: &'a [Option<General>],
}

impl<'a> Sight<'a> {
    fn general(self, id: NodeId) -> Option<&'a General> {
        self.nodes.get(id.index())?.as_ref()
    }

    /// The battle of this number, as general `id` knows it.
    fn battle(self, id: NodeId, number: u64) -> Option<&'a Battle> {
        let battle = self.general(id)?.battle.as_ref()?;
        (battle.number == number).then_some(battle)
    }

    fn not_attacking(self, me: NodeId) -> Option<WhyNot> {
        let of = |key| Phrase::new(key).node("node", me);
        let known = [A, B].into_iter().filter_map(|id| self.general(id));
        let latest = known
            .filter_map(|general| general.battle.as_ref())
            .max_by_key(|one| one.number);
        let question = match latest {
            Some(battle) => of("question.not-attacking").int("battle", battle.number),
            None => of("question.no-battle"),
        };
        let why = WhyNot::new(question);
        let Some(general) = self.general(me) else {
            return Some(why.guard(false, of("guard.down")));
        };
        let Some(latest) = latest else {
            return Some(why.guard(false, of("guard.nobody-asked").node("commander", A)));
        };
        let number = latest.number;
        let of = |key| of(key).int("battle", number).node("other", other(me));
        let Some(battle) = self.battle(me, number) else {
            return Some(why.guard(
                false,
                if general.last >= number {
                    of("guard.forgot").node("commander", A)
                } else {
                    of("guard.no-plan")
                        .int("copies", latest.copies)
                        .by("messengers")
                },
            ));
        };
        if battle.attacks == Some(true) {
            return None;
        }
        let why = match battle.wants(me) {
            None => why.guard(true, of("guard.nothing-to-come")),
            Some(wants) if battle.has_all(me) => {
                why.guard(true, of("guard.last-came").int("wants", wants))
            }
            Some(wants) => {
                let next = self.next(number);
                let missing = of("guard.last-missing")
                    .int("wants", wants)
                    .int("next", next)
                    .node("from", sender(next))
                    .int("copies", battle.copies);
                why.guard(false, missing.by("attack-on-last"))
            }
        };
        if battle.attacks.is_some() {
            return Some(why.guard(false, of("guard.stood-down")));
        }
        let why = if self.carries_on(other(me), number) || battle.has_all(me) {
            why
        } else {
            why.guard(false, of("guard.other-is-out"))
        };
        Some(why.guard(false, of("guard.deadline")))
    }

    /// Whether general `id` would still take a message of this battle and send the next one.
    fn carries_on(self, id: NodeId, number: u64) -> bool {
        self.general(id).is_some_and(|general| {
            general.last < number
                || general
                    .undecided()
                    .is_some_and(|battle| battle.number == number)
        })
    }

    /// The first message of a battle that has not come.
    fn next(self, number: u64) -> u64 {
        let known = [A, B].into_iter().filter_map(|id| self.battle(id, number));
        known
            .filter_map(|battle| battle.heard)
            .max()
            .map_or(0, |heard| heard + 1)
    }

    fn not_proposed(self, me: NodeId) -> Option<WhyNot> {
        let general = self.general(me).filter(|general| general.queued() > 0)?;
        let battle = general.undecided()?;
        let of = |key| {
            Phrase::new(key)
                .node("node", me)
                .int("battle", battle.number)
        };
        let question = of("question.not-proposed");
        Some(
            WhyNot::new(question)
                .guard(false, of("guard.undecided").int("queued", general.queued())),
        )
    }
}
