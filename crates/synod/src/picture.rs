//! `--format svg`: the stage at the cursor ([`handout::stage`]), or the diagram up to it ([`diagram()`]), drawn as the page draws it, in a
//! picture that stands alone.

mod diagram;

pub(crate) use diagram::diagram;
pub(crate) use handout::stage;
