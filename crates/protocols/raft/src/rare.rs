//! Something that most runs never have. As long as it is not there it weighs a word, and a digest is what it would be if it
//! could not be there at all: what is new leaves the digests of older runs alone.

use serde::{Deserialize, Serialize};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A value or none; a clone is one reference count.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rare<T>(Option<Arc<T>>);

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> From<Arc<T>> for Rare<T> {
    fn from(value: Arc<T>) -> Self {
        Self(Some(value))
    }
}

impl<T> From<T> for Rare<T> {
    fn from(value: T) -> Self {
        Arc::new(value).into()
    }
}

impl<T> Rare<T> {
    /// The value, if there is one.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }

    /// The value to be shared, if there is one.
    pub const fn shared(&self) -> Option<&Arc<T>> {
        self.0.as_ref()
    }

    /// Whether there is none.
    #[inline]
    pub const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Leaves none, and returns what there was.
    pub const fn take(&mut self) -> Option<Arc<T>> {
        self.0.take()
    }
}

impl<T: Clone> Rare<T> {
    /// The value to be changed, if there is one.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_mut().map(Arc::make_mut)
    }
}

impl<T: Hash> Hash for Rare<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Some(value) = &self.0 {
            value.hash(state);
        }
    }
}

/// A switch that is off in most runs: as long as it is, a digest does not know of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(pub bool);

impl Mark {
    /// Whether it is off.
    pub(crate) const fn is_off(&self) -> bool {
        !self.0
    }
}

impl Hash for Mark {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if self.0 {
            true.hash(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::digest_of;

    #[test]
    fn a_mark_that_is_off_leaves_no_trace_in_a_digest() {
        assert_eq!(digest_of(&(1, Mark(false))), digest_of(&(1,)));
        assert_ne!(digest_of(&(1, Mark(true))), digest_of(&(1,)));
    }

    #[test]
    fn what_is_not_there_leaves_no_trace_in_a_digest() {
        assert_eq!(digest_of(&(1, Rare::<u64>::default())), digest_of(&(1,)));
        assert_ne!(digest_of(&(1, Rare::from(2u64))), digest_of(&(1,)));
        assert_ne!(
            digest_of(&(1, Rare::from(2u64))),
            digest_of(&(1, Rare::from(3u64)))
        );
    }
}
