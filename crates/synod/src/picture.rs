//! `--format svg` and `--format tikz`: the stage at the cursor, or the diagram up to it ([`diagram()`]), drawn as the page draws it,
//! in a picture that stands alone or is input by a paper.

mod diagram;

pub(crate) use diagram::diagram;

use protocol::Phrase;
use scene::{Options, Scene, Size, StageInput, SvgText, Theme, describe, svg, tikz};
use sim::Playable;
use trace::Words;

/// The picture's size in CSS pixels: half of a wide slide.
const SIZE: Size = Size { w: 960.0, h: 540.0 };

/// A picture, and the words about it.
pub(crate) struct Drawn {
    scene: Scene,
    title: String,
    description: String,
    language: &'static str,
}

impl Drawn {
    fn text(&self) -> SvgText<'_> {
        SvgText {
            title: &self.title,
            description: &self.description,
            language: self.language,
        }
    }

    /// As a picture that stands alone.
    pub(crate) fn svg(&self) -> String {
        svg(&self.scene, &Theme::LIGHT, self.text())
    }

    /// As a picture for LaTeX.
    pub(crate) fn tikz(&self) -> String {
        tikz(&self.scene, self.text())
    }
}

/// The stage of `world` at its cursor, with the actors of the last event haloed.
pub(crate) fn stage(world: &mut dyn Playable, words: &Words) -> Drawn {
    let step = world.step();
    let labels = world.labels().to_vec();
    let headline = world.event(step).map(|event| event.headline());
    let actors = headline.as_ref().map(Phrase::actors).unwrap_or_default();
    let about = world.about();
    let frame = world.frame();
    let mut scene = Scene::new();
    scene.stage(&StageInput {
        hue: about.hue,
        labels: &labels,
        actors: &actors,
        options: Options {
            legend: true,
            ..Options::default()
        },
        ..StageInput::new(&frame, words, SIZE)
    });
    let title = Phrase::new("picture.title")
        .text("title", about.title(words.language()))
        .int("step", step)
        .us("at", world.now_us());
    let sentences = describe(&frame, about.hue, words, &labels);
    let sentences: Vec<String> = headline
        .iter()
        .map(|headline| words.say(headline, &labels))
        .chain(sentences.into_iter().map(|(_, sentence)| sentence))
        .collect();
    Drawn {
        scene,
        title: words.say(&title, &labels),
        description: sentences.join(" "),
        language: words.language().tag(),
    }
}
