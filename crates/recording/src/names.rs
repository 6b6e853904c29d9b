//! Names for events and messages that came without: numbers of a log, turned into the names that the views know.

use protocol::Name;

/// Names made of words: the same words, the same name.
#[derive(Clone, Copy, Debug)]
pub struct Names(u64);

impl Names {
    /// Names of one sort of thing: of events, of messages.
    pub fn of(sort: &str) -> Self {
        Self(protocol::digest_of(&sort))
    }

    /// The name of what `words` say.
    pub fn name(self, words: impl std::hash::Hash) -> Name {
        Name(protocol::digest_of(&(self.0, words)))
    }
}
