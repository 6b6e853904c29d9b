//! A protocol's own pictures, ready to be put into a page: tables as words, everything else as SVG.

use protocol::Tone;

/// A picture.
#[derive(Clone, PartialEq, Debug)]
pub enum Drawn {
    /// Rows and columns.
    Table(Table),
    /// Anything that is drawn.
    Figure(Figure),
}

/// A table.
#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    /// Its title.
    pub title: String,
    /// The heads of its columns; empty where they have none.
    pub head: Vec<String>,
    /// Its rows.
    pub rows: Vec<TableRow>,
    /// What is said where there are no rows.
    pub empty: String,
}

/// A row of a table.
#[derive(Clone, PartialEq, Debug)]
pub struct TableRow {
    /// Its cells.
    pub cells: Vec<Cell>,
    /// How much it stands out.
    pub tone: Tone,
}

/// A cell of a table.
#[derive(Clone, PartialEq, Debug)]
pub struct Cell {
    /// What stands there.
    pub text: String,
    /// Whether it is a number: it stands at the right.
    pub number: bool,
}

/// A drawn picture.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    /// Its title.
    pub title: String,
    /// What it shows, in a sentence.
    pub sentence: String,
    /// Whether it has parts that can be pointed at, each with its own sentence.
    pub parts: bool,
    /// It, as an SVG element for a page: see [`scene::svg_figure`].
    pub svg: String,
}
