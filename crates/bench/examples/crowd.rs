//! Prints the crowd's stage as SVG, for the bench in the browser, which paints its shapes.

#![allow(clippy::print_stdout, reason = "an example: printing is what it does")]

use bench::crowd::Crowd;
use scene::{SvgText, Theme, svg};

fn main() {
    let mut crowd = Crowd::new(4_000);
    crowd.stage(0);
    let text = SvgText {
        title: "",
        description: "",
        language: "en",
    };
    println!("{}", svg(crowd.scene(), &Theme::LIGHT, text));
}
