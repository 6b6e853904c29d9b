//! What a recording says of itself where its protocol is not known here: that it is one.

use protocol::Hue;
use sim::About;

/// The description of whatever is not in the catalogue.
pub(crate) static FOREIGN: About = About {
    id: "recording",
    title: ["Recording", "录制"],
    behaviour: 1,
    hue: Hue::Neutral,
    pace_us: 10_000,
    parameters: &[],
    properties: &[],
    variants: &[],
    rules: &[],
    operations: &[],
    shares: false,
    timer: |_| "",
    words: |language| match language {
        "zh" => include_str!("../words/zh.txt"),
        _ => include_str!("../words/en.txt"),
    },
};
