//! The page's three pictures: stage, timeline, log matrix; and the stage as a file.

use crate::app::{App, Picture};
use crate::browser;
use crate::settings;
use scene::{Scene, SvgText, Theme};
use studio::Appearance;

impl App {
    /// The colours of the theme that is shown.
    pub(crate) fn theme(&self) -> &'static Theme {
        let dark = match self.model.appearance() {
            Appearance::Dark => true,
            Appearance::Light => false,
            Appearance::System => settings::prefers("(prefers-color-scheme: dark)"),
        };
        if dark { &Theme::DARK } else { &Theme::LIGHT }
    }

    pub(crate) fn paint_stage(&mut self) {
        if self.stage.is_open() {
            self.draw_stage(false);
            self.stage.paint(self.colours);
        }
        if self.model.has_beside() {
            self.paint_beside();
        }
        if self.model.has_diagram() {
            self.paint_diagram();
        }
    }

    fn draw_stage(&mut self, alone: bool) {
        // While a cut is being chosen, the nodes on its other side are haloed.
        let cutting = self
            .model
            .is_cutting()
            .then(|| self.model.tools().cutting)
            .flatten();
        let sides = cutting.map_or_else(Vec::new, |cutting| cutting.nodes);
        let beyond = sides
            .into_iter()
            .filter(|(_, button)| button.pressed == Some(true));
        let beyond: Vec<_> = beyond.map(|(node, _)| node).collect();
        let mut input = self.model.stage_input(self.stage.size());
        if self.model.is_cutting() {
            input.actors = &beyond;
        }
        input.focused = self.focused;
        input.options.legend = alone;
        self.stage.scene.stage(&input);
    }

    pub(crate) fn paint_timeline(&mut self) {
        if self.timeline.is_open() {
            let (size, scene) = (self.timeline.size(), &mut self.timeline.scene);
            self.model.timeline(size, |input| scene.timeline(input));
            self.timeline.paint(self.colours);
        }
    }

    pub(crate) fn paint_matrix(&mut self) {
        let width = self.matrix.size().w;
        if width < 1.0 {
            return;
        }
        let input = self.model.log_input(width);
        self.matrix.scene.log_matrix(&input);
        // Its height follows from what it shows.
        let height = self.matrix.scene.size().h * self.matrix.zoom();
        if let Some(canvas) = self.matrix.element() {
            let _ = canvas.set_attribute("style", &format!("width:100%;height:{height}px"));
        }
        self.matrix.paint(self.colours);
    }

    /// Renews the stage's sentences.
    pub(crate) fn describe(&mut self) {
        self.description = self.sentences();
        self.beside_description = self.model.beside_description();
    }

    fn sentences(&self) -> Vec<String> {
        let all = self.model.description();
        all.into_iter().map(|(_, sentence)| sentence).collect()
    }

    pub(crate) fn save_picture(&mut self, kind: Picture) {
        if self.model.has_diagram() {
            self.save_diagram(kind);
            return;
        }
        self.draw_stage(true);
        if kind == Picture::Png {
            self.stage.save_png("synod.png", self.colours);
            return;
        }
        let description = self.sentences().join(" ");
        self.save_lines("synod", &self.stage.scene, kind, &description);
    }

    /// Offers a picture as a file of lines and text.
    pub(crate) fn save_lines(&self, stem: &str, scene: &Scene, kind: Picture, description: &str) {
        let text = SvgText {
            title: &self.model.caption().sentence,
            description,
            language: self.model.language().tag(),
        };
        match kind {
            Picture::Tikz => {
                let drawn = scene::tikz(scene, text);
                browser::save(&format!("{stem}.tex"), "application/x-tex", &drawn);
            }
            Picture::Svg | Picture::Png => {
                let drawn = scene::svg(scene, self.colours, text);
                browser::save(&format!("{stem}.svg"), "image/svg+xml", &drawn);
            }
        }
    }
}
