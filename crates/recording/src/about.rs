//! What a recording says of itself where its protocol is not known here: that it is one.

use protocol::Hue;
use sim::About;

/// The description of whatever is not in the catalogue.
pub(crate) static FOREIGN: About = about(Hue::Neutral);
/// The same where nodes or messages tell an epoch: it is what colours mean.
pub(crate) static FOREIGN_EPOCHS: About = about(Hue::Epoch("hue.epoch"));

const fn about(hue: Hue) -> About {
    About {
        id: "recording",
        title: ["Recording", "录制"],
        behaviour: 1,
        hue,
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
    }
}
