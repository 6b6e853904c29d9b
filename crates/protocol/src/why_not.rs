//! Why not: what a reader may expect of a node that has not come about, and how far it has come.

use crate::Phrase;

/// Something that must hold before what is asked about can come about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Guard {
    /// Whether it holds now.
    pub holds: bool,
    /// What holds, with its values; or what does not, and what would have to happen.
    pub says: Phrase,
}

/// A question, and its guards in the order in which they must come to hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WhyNot {
    /// "Why is S5 not leader?"
    pub question: Phrase,
    /// What must hold.
    pub guards: Vec<Guard>,
}

impl WhyNot {
    /// A question without guards yet.
    pub const fn new(question: Phrase) -> Self {
        Self {
            question,
            guards: Vec::new(),
        }
    }

    /// With a further guard: what is said where it holds, and where it does not.
    #[must_use]
    pub fn guard(mut self, holds: bool, says: Phrase) -> Self {
        self.guards.push(Guard { holds, says });
        self
    }
}
