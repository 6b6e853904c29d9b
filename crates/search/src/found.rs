//! A find as the text of a Rust test: what a run broke once is to stay whole, and what is broken on purpose is to stay found.
//!
//! `tests/found.rs` has the two functions that such a test calls, and tests that were written so.

use sim::{Link, Playable, SOUND, encode_link};
use std::fmt::Write;

/// How much of a link stands on a line.
const LINE_CHARS: usize = 110;

/// The link to `step` of the run of `world`, which is played up to there.
pub fn link_to(world: &mut dyn Playable, step: u64) -> Link {
    while world.step() < step && world.advance().is_some() {}
    Link {
        run: world.run(),
        step,
        digest: (world.step() == step).then(|| world.digest()),
        ..Link::default()
    }
}

/// The test for the run of `link`, which breaks the promise `property` at its step: to go into `tests/found.rs`.
pub fn as_test(property: &str, link: &Link) -> String {
    let run = &link.run;
    let (claim, variant) = if run.variant == SOUND {
        ("stays_whole", "")
    } else {
        ("stays_broken", run.variant.as_str())
    };
    let seed = run.seed.to_string();
    let parts = [run.protocol.as_str(), variant, property, &seed];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let name = parts.join("_").replace('-', "_");
    let text = encode_link(link);
    let mut out =
        format!("#[test]\nfn {name}() {{\n    {claim}(\n        \"{property}\",\n        \"");
    // Base64: every character is one byte.
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at.is_multiple_of(LINE_CHARS) {
            out.push_str("\\\n         ");
        }
        out.push(character);
    }
    // It is written to a string.
    let _ = write!(out, "\",\n    );\n}}\n");
    out
}
