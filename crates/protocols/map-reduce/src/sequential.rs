//! The same jobs as one plain program that reads the text from front to back: what every run is compared with. It shares with the
//! distributed one what a word is, and nothing else.

use crate::job::{JobKind, LEFT, OutputRow, RIGHT};
use crate::text::words;
use std::collections::{BTreeMap, BTreeSet};

/// The rows that `kind` over `text` has, in order.
pub fn sequential(kind: JobKind, text: &str) -> Vec<OutputRow> {
    match kind {
        JobKind::WordCount => {
            let mut counts = BTreeMap::new();
            for word in words(text) {
                *counts.entry(word).or_insert(0u64) += 1;
            }
            let rows = counts.iter();
            rows.map(|(word, count)| row(word, &count.to_string()))
                .collect()
        }
        JobKind::InvertedIndex => {
            let mut index: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
            for (number, line) in text.lines().enumerate() {
                for word in words(line) {
                    index.entry(word).or_default().insert(number + 1);
                }
            }
            let list = |lines: &BTreeSet<usize>| {
                let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
                lines.join(", ")
            };
            let rows = index.iter();
            rows.map(|(word, lines)| row(word, &list(lines))).collect()
        }
        JobKind::Join => {
            let side = |label: &'static str| {
                let rows = text
                    .lines()
                    .filter_map(move |line| line.trim().strip_prefix(label));
                rows.map(str::trim)
                    .filter(|row| !row.is_empty())
                    .map(|row| {
                        let key = row.split_whitespace().next().unwrap_or("");
                        (key, row[key.len()..].trim_start())
                    })
            };
            let mut rows = Vec::new();
            for (key, left) in side(LEFT) {
                let same = side(RIGHT).filter(|(other, _)| *other == key);
                rows.extend(same.map(|(_, right)| row(key, &format!("{left} | {right}"))));
            }
            rows.sort();
            rows
        }
        JobKind::Sort => {
            let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
            lines.retain(|line| !line.is_empty());
            lines.sort_unstable();
            let beginning = |line: &str| line.chars().take(10).collect::<String>();
            let rows = lines.into_iter();
            rows.map(|line| row(&beginning(line), line)).collect()
        }
    }
}

fn row(key: &str, value: &str) -> OutputRow {
    OutputRow {
        key: key.into(),
        value: value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers worked out by hand.
    #[test]
    fn small_texts_have_known_answers() {
        let check = |kind, text: &str, expected: &[(&str, &str)]| {
            let rows = sequential(kind, text);
            let rows: Vec<(&str, &str)> = rows
                .iter()
                .map(|row| (row.key.as_str(), row.value.as_str()))
                .collect();
            assert_eq!(rows, expected, "{kind:?}");
        };
        let text = "To be, or not\nto be.";
        check(
            JobKind::WordCount,
            text,
            &[("be", "2"), ("not", "1"), ("or", "1"), ("to", "2")],
        );
        check(
            JobKind::InvertedIndex,
            text,
            &[("be", "1, 2"), ("not", "1"), ("or", "1"), ("to", "1, 2")],
        );
        check(
            JobKind::Sort,
            text,
            &[("To be, or ", "To be, or not"), ("to be.", "to be.")],
        );
        check(
            JobKind::Join,
            "left: a 1\nleft: b 2\nprose\nright: a x\nright: a y\nright: c z",
            &[("a", "1 | x"), ("a", "1 | y")],
        );
    }
}
