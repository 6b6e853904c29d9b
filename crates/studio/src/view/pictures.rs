//! A protocol's own pictures: those of the selected node, and those of the cluster as a whole.

use crate::Model;
use crate::beside::Beside;
use crate::show::{Cell, Drawn, Figure, Table, TableRow};
use protocol::{Arg, Phrase, Picture, Row};
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

    /// The protocol's pictures of the cluster as a whole; those of two runs in pairs, each chart with the axes of the other.
    pub fn charts(&self, width: f64, theme: &Theme) -> Vec<Drawn> {
        let pictures = self.session.playable.pictures();
        match &self.session.beside {
            None => self.drawn(&pictures, width, theme),
            Some(beside) => self.pairs(beside, &pictures, width, theme),
        }
    }

    fn drawn(&self, pictures: &[Picture], width: f64, theme: &Theme) -> Vec<Drawn> {
        let mut scene = Scene::new();
        let draw = |picture| self.draw(&mut scene, &self.input(picture, width), "", theme);
        pictures.iter().filter_map(draw).collect()
    }

    /// Both runs' pictures. Apart, so that whoever looks at one run need not wait for this code.
    #[inline(never)]
    fn pairs(
        &self,
        beside: &Beside,
        pictures: &[Picture],
        width: f64,
        theme: &Theme,
    ) -> Vec<Drawn> {
        let others = beside.playable.pictures();
        let runs = [self.differs_first(beside), self.differs_second(beside)];
        // Another protocol's pictures are not of the same things.
        let alike = beside.difference.protocol.is_none();
        let mut scene = Scene::new();
        let mut drawn = Vec::new();
        for place in 0..pictures.len().max(others.len()) {
            let (one, other) = (pictures.get(place), others.get(place));
            let here = one.map(|picture| PictureInput {
                beside: other.filter(|_| alike),
                ..self.input(picture, width)
            });
            let there = other.map(|picture| PictureInput {
                beside: one.filter(|_| alike),
                labels: beside.playable.labels(),
                words: beside.words(&self.words),
                hue: beside.hue(),
                ..self.input(picture, width)
            });
            let mut of = |run: &str, input| self.draw(&mut scene, &input, run, theme);
            let here = here.and_then(|input| of(&runs[0], input));
            let there = there.and_then(|input| of(&runs[1], input));
            match (here, there) {
                (Some(Drawn::Table(one)), Some(Drawn::Table(other))) if one.fits(&other) => {
                    drawn.push(Drawn::Table(self.one_table(one, other)));
                }
                (here, there) => drawn.extend(here.into_iter().chain(there)),
            }
        }
        // What is seen at a glance comes before what is read.
        drawn.sort_by_key(|drawn| matches!(drawn, Drawn::Table(_)));
        drawn
    }

    /// The names and values of both runs as one table: the names once, a column a run.
    fn one_table(&self, mut table: Table, other: Table) -> Table {
        table.both = true;
        table.head = vec![
            self.word("ui.beside.figure"),
            std::mem::take(&mut table.of),
            other.of,
        ];
        for (row, beside) in table.rows.iter_mut().zip(other.rows) {
            row.cells.extend(beside.cells.into_iter().skip(1));
        }
        table
    }

    fn input<'a>(&'a self, picture: &'a Picture, width: f64) -> PictureInput<'a> {
        PictureInput {
            picture,
            beside: None,
            words: &self.words,
            labels: self.session.labels(),
            width: width.clamp(WIDTHS.0, WIDTHS.1),
            hue: self.session.about().hue,
            focused: None,
        }
    }

    /// A picture; `of` says of which of two runs, where there are two.
    fn draw(
        &self,
        scene: &mut Scene,
        input: &PictureInput<'_>,
        of: &str,
        theme: &Theme,
    ) -> Option<Drawn> {
        let title = picture_title(input);
        if let Picture::Table { head, rows, .. } = input.picture {
            return Some(Drawn::Table(Table {
                title,
                of: of.into(),
                both: false,
                head: head
                    .iter()
                    .map(|key| input.words.word(key).to_owned())
                    .collect(),
                rows: rows.iter().map(|row| table_row(row, input)).collect(),
                empty: if rows.is_empty() {
                    self.word("ui.table.empty")
                } else {
                    String::new()
                },
            }));
        }
        let told = tell_picture(input);
        let whole = told.iter().find(|(subject, _)| subject.is_none())?;
        let sentence = match of {
            "" => whole.1.clone(),
            run => self.say(
                &Phrase::new("ui.beside.told")
                    .text("run", run)
                    .text("sentence", whole.1.clone()),
            ),
        };
        scene.picture(input);
        Some(Drawn::Figure(Figure {
            parts: scene.subjects().next().is_some(),
            svg: svg_figure(scene, theme, &sentence, &told, false),
            title,
            of: of.into(),
            sentence,
        }))
    }
}

fn table_row(row: &Row, input: &PictureInput<'_>) -> TableRow {
    let cell = |arg: &Arg| Cell {
        text: input.words.value(arg, input.labels),
        number: matches!(arg, Arg::Int(_) | Arg::Us(_)),
    };
    TableRow {
        cells: row.cells.iter().map(cell).collect(),
        tone: row.tone,
    }
}
