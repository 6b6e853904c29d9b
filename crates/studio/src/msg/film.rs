//! What the dialog *Save as animation* sends, and what the page does for it. Plain data.

/// A stretch of the run as an animated picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FilmMsg {
    /// It begins at the cursor; its end is where the cursor goes next.
    Mark,
    /// It begins after this step.
    From(u64),
    /// Whether there is a picture for each step, or many a second.
    ByStep(bool),
    /// Makes it.
    Make,
    /// Gives it up.
    Cancel,
    /// The page has what it was asked for: it is ready, or has drawn a picture.
    Next,
    /// It was offered as a file of so many bytes.
    Kept(u64),
    /// The browser cannot, and this is what it says.
    Failed(String),
}

/// What the page does for an animation; each is answered with a [`FilmMsg`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FilmCommand {
    /// Make ready.
    Begin,
    /// Draw [`crate::Model::film_picture`], and keep it.
    Draw,
    /// Put the pictures together and offer them as a file of this name.
    Finish(String),
    /// Forget what there is.
    Drop,
}
