//! A scenario as a document to print: each beat with its words, its question and a picture of the stage at its end, and the answers
//! on a page of their own. One HTML file that needs nothing else.
//!
//! Knows no particular protocol, nothing of the page and nothing of the command line.

mod page;
mod picture;

pub use picture::{Drawn, stage};

use protocol::{Arg, Phrase};
use scenario::{Ask, Failure, Player, Scenario, Text};
use sim::{About, Playable, Run};
use std::fmt::{self, Write};
use std::sync::Arc;
use trace::{Language, Words};

/// The words of handouts and of their pictures.
pub const fn words(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../words/en.txt"),
        Language::Chinese => include_str!("../words/zh.txt"),
    }
}

/// A beat as it is printed.
struct Beat {
    place: String,
    ask: Option<Ask>,
    said: Option<Text>,
    note: Option<Text>,
    /// The stage, and the logs where there are any.
    stage: String,
    logs: Option<String>,
}

/// The document of `scenario`, which is played for it from the beginning of `world`. `words` are the shared ones, those of scenarios,
/// of handouts and of the protocol; with `notes`, those of whoever presents it stand in it too.
///
/// # Errors
/// The scenario cannot be played to its end.
pub fn handout(
    scenario: &Arc<Scenario>,
    world: &mut dyn Playable,
    words: &Words,
    notes: bool,
) -> Result<String, Failure> {
    let run = world.run();
    let mut player = Player::new(Arc::clone(scenario));
    let mut beats = Vec::new();
    while player.next(world)? {
        let place = Phrase::new("handout.beat").int("beat", player.beat() as u64);
        let (ask, said) = (player.ask(world), player.words(world));
        let note = player.note(world).filter(|_| notes);
        player.finish(world)?;
        beats.push(Beat {
            place: words.say(&place, &[]),
            ask,
            said,
            note,
            stage: stage(world, words).svg(),
            logs: picture::logs(world, words),
        });
    }
    let mut out = String::new();
    let document = page::Document {
        scenario,
        about: world.about(),
        run: &run,
        beats: &beats,
        words,
    };
    document
        .write(&mut out)
        .expect("writing to a string cannot fail");
    Ok(out)
}

/// Which run it is: the protocol, its variant unless it is the sound one, the seed, and the parameters that were set.
fn run_line(about: &About, run: &Run, words: &Words) -> String {
    let word = |family: &str, id: &str| Arg::Word(format!("{family}.{id}").into());
    let mut parts = vec![
        Phrase::new("transcript.title")
            .text("title", about.title(words.language()))
            .text("seed", run.seed.to_string()),
    ];
    if run.variant != sim::SOUND {
        parts
            .push(Phrase::new("transcript.variant").with("variant", word("variant", &run.variant)));
    }
    // Whole texts are parameters too, and would fill the page.
    let short = |(_, value): &(&String, &String)| value.chars().count() <= 24;
    parts.extend(run.config.iter().filter(short).map(|(key, value)| {
        Phrase::new("transcript.parameter")
            .with("parameter", word("param", key))
            .text("value", value.clone())
    }));
    let parts: Vec<String> = parts.iter().map(|part| words.say(part, &[])).collect();
    parts.join(" · ")
}

/// The letter of an answer: A, B, …
const fn letter(place: usize) -> char {
    (b'A' + place as u8) as char
}

/// A picture as an address that holds it: ids within it stay its own.
struct Inline<'a>(&'a str);

impl fmt::Display for Inline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("data:image/svg+xml,")?;
        for c in self.0.chars() {
            match c {
                '%' => f.write_str("%25")?,
                '#' => f.write_str("%23")?,
                '"' => f.write_str("%22")?,
                '<' => f.write_str("%3C")?,
                '>' => f.write_str("%3E")?,
                '&' => f.write_str("%26")?,
                '\n' => f.write_char(' ')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
