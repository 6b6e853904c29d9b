//! What the dialog of an animation shows.

use super::Button;
use crate::show::Choices;

/// The form, and how far the making is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Film {
    /// What it is for.
    pub about: String,
    /// Where it begins.
    pub from: Choices,
    /// A picture a step, or many a second.
    pub pictures: Choices,
    /// From where to where, how many pictures and how long; or why it cannot be made.
    pub note: String,
    /// Makes it.
    pub make: Option<Button>,
    /// Gives it up.
    pub cancel: Option<Button>,
    /// The beginning is at the cursor.
    pub mark: Option<Button>,
    /// How far the making is: how many pictures of how many, and the sentence.
    pub progress: Option<(u64, u64, String)>,
    /// What came of it.
    pub end: String,
}
