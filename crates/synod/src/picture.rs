//! `--format svg` and `--format tikz`: the stage at the cursor ([`handout::stage`]), or the diagram up to it ([`diagram()`]), drawn as the
//! page draws it, in a picture that stands alone or is input by a paper.

mod diagram;

pub(crate) use diagram::diagram;
pub(crate) use handout::{Drawn, stage};
