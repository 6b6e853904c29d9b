//! Whether a client pauses before it asks. While it does not, there is no trace of it in a digest.

use serde::Serialize;
use std::hash::{Hash, Hasher};

/// A pause, or none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Pause(bool);

impl Pause {
    /// No pause.
    pub(crate) const OVER: Self = Self(false);

    /// A pause, if it is to be.
    pub(crate) const fn begun_if(begins: bool) -> Self {
        Self(begins)
    }

    /// Whether there is one.
    pub(crate) const fn lasts(self) -> bool {
        self.0
    }

    /// Whether there is none.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
    pub(crate) const fn is_over(&self) -> bool {
        !self.0
    }
}

impl Hash for Pause {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if self.0 {
            state.write_u8(1);
        }
    }
}
