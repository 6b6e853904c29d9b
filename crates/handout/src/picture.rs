//! The stage and the logs at the cursor as pictures that stand alone, drawn as the page draws them.

use protocol::{Phrase, Picture};
use scene::{LogInput, Options, Scene, Size, StageInput, SvgText, Theme, describe, svg, tikz};
use sim::Playable;
use trace::Words;

/// The picture's size in CSS pixels: half of a wide slide.
const SIZE: Size = Size { w: 960.0, h: 540.0 };
/// How wide the logs may be: their cells stay readable beside the stage.
const LOGS_WIDTH: f64 = 640.0;

/// A picture, and the words about it.
#[derive(Debug)]
pub struct Drawn {
    /// What is drawn.
    pub scene: Scene,
    /// What it is called.
    pub title: String,
    /// What it shows, for whoever does not see it.
    pub description: String,
    /// The language of both, as a tag.
    pub language: &'static str,
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
    pub fn svg(&self) -> String {
        svg(&self.scene, &Theme::LIGHT, self.text())
    }

    /// As a picture for LaTeX.
    pub fn tikz(&self) -> String {
        tikz(&self.scene, self.text())
    }
}

/// The stage of `world` at its cursor, with the actors of the last event haloed.
pub fn stage(world: &mut dyn Playable, words: &Words) -> Drawn {
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

/// The logs of `world` at its cursor, a row each; none where nobody has an entry, or the protocol keeps no logs.
pub(crate) fn logs(world: &mut dyn Playable, words: &Words) -> Option<String> {
    let frame = world.frame();
    let has_entries =
        |picture: &Picture| matches!(picture, Picture::Log { cells, .. } if !cells.is_empty());
    let mut pictures = frame.nodes.iter().flat_map(|node| &node.view.pictures);
    if !pictures.any(has_entries) {
        return None;
    }
    let mut scene = Scene::new();
    scene.log_matrix(&LogInput::new(&frame, words, LOGS_WIDTH));
    (scene.size().h > 0.0).then(|| {
        let text = SvgText {
            title: words.word("handout.logs"),
            description: words.word("handout.logs"),
            language: words.language().tag(),
        };
        svg(&scene, &Theme::LIGHT, text)
    })
}
