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
    /// Of which of two runs it is; empty where there is one, or where it is of both.
    pub of: String,
    /// Whether it is of two runs: the names once, and a column each.
    pub both: bool,
    /// The heads of its columns; empty where they have none.
    pub head: Vec<String>,
    /// Its rows.
    pub rows: Vec<TableRow>,
    /// What is said where there are no rows.
    pub empty: String,
}

impl Table {
    /// Whether both are names with a value each, and the names are the same.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        let pairs = |table: &Self| {
            table.head.is_empty() && table.rows.iter().all(|row| row.cells.len() == 2)
        };
        let names = |table: &Self| -> Vec<String> {
            let rows = table.rows.iter();
            rows.map(|row| row.cells[0].text.clone()).collect()
        };
        pairs(self) && pairs(other) && names(self) == names(other)
    }
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
    /// Of which of two runs it is; empty where there is one.
    pub of: String,
    /// What it shows, in a sentence.
    pub sentence: String,
    /// Whether it has parts that can be pointed at, each with its own sentence.
    pub parts: bool,
    /// It, as an SVG element for a page: see [`scene::svg_figure`].
    pub svg: String,
}
