//! A protocol's own pictures: those of the selected node, and those of the cluster as a whole.

use crate::Model;
use crate::show::{Cell, Drawn, Figure, Table, TableRow};
use protocol::{Arg, Picture, Row};
use scene::{PictureInput, Scene, Theme, picture_title, svg_figure, tell_picture};

/// The narrowest and the broadest that pictures are drawn, in CSS pixels.
const WIDTHS: (f64, f64) = (220.0, 640.0);

impl Model {
    /// The pictures of the selected node, in the protocol's order; logs and votes have places of their own. `width` is what there
    /// is room for, in CSS pixels.
    pub fn node_pictures(&self, width: f64, theme: &Theme) -> Vec<Drawn> {
        let node = self.look.node.and_then(|node| self.session.node(node));
        node.map_or_else(Vec::new, |node| {
            self.drawn(&node.view.pictures, width, theme)
        })
    }

    /// The protocol's pictures of the cluster as a whole.
    pub fn charts(&self, width: f64, theme: &Theme) -> Vec<Drawn> {
        self.drawn(&self.session.playable.pictures(), width, theme)
    }

    fn drawn(&self, pictures: &[Picture], width: f64, theme: &Theme) -> Vec<Drawn> {
        let mut scene = Scene::new();
        let draw = |picture| self.draw(&mut scene, picture, width, theme);
        pictures.iter().filter_map(draw).collect()
    }

    fn draw(
        &self,
        scene: &mut Scene,
        picture: &Picture,
        width: f64,
        theme: &Theme,
    ) -> Option<Drawn> {
        let input = PictureInput {
            picture,
            words: &self.words,
            labels: self.session.labels(),
            width: width.clamp(WIDTHS.0, WIDTHS.1),
            hue: self.session.about().hue,
            focused: None,
        };
        let title = picture_title(&input);
        if let Picture::Table { head, rows, .. } = picture {
            return Some(Drawn::Table(Table {
                title,
                head: head.iter().map(|key| self.word(key)).collect(),
                rows: rows.iter().map(|row| self.table_row(row)).collect(),
                empty: if rows.is_empty() {
                    self.word("ui.table.empty")
                } else {
                    String::new()
                },
            }));
        }
        let told = tell_picture(&input);
        let sentence = told
            .iter()
            .find(|(subject, _)| subject.is_none())?
            .1
            .clone();
        scene.picture(&input);
        Some(Drawn::Figure(Figure {
            parts: scene.subjects().next().is_some(),
            svg: svg_figure(scene, theme, &sentence, &told),
            title,
            sentence,
        }))
    }

    fn table_row(&self, row: &Row) -> TableRow {
        let labels = self.session.labels();
        let cell = |arg: &Arg| Cell {
            text: self.words.value(arg, labels),
            number: matches!(arg, Arg::Int(_) | Arg::Us(_)),
        };
        TableRow {
            cells: row.cells.iter().map(cell).collect(),
            tone: row.tone,
        }
    }
}
