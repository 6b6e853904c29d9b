//! What a text is made of: words, lines, and the splits that map tasks work on. Knows nothing of jobs that run.

use serde::{Deserialize, Serialize};

/// A part of the text: the input of one map task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Split {
    /// Where it begins, in bytes.
    pub start: u32,
    /// Where it ends: the first byte after it.
    pub end: u32,
    /// The number of the line that it begins in, from 1.
    pub line: u32,
}

impl Split {
    /// How many bytes it has.
    pub const fn bytes(&self) -> u64 {
        (self.end - self.start) as u64
    }

    /// Its part of `text`; nothing where it lies outside.
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or("")
    }
}

/// Cuts `text` into splits of about `size` bytes: each ends at the first boundary at or after its size, so that no record lies in
/// two of them. A boundary is the end of a line, or, unless `by_lines`, the end of a word.
pub fn cut(text: &str, size: u64, by_lines: bool) -> Vec<Split> {
    let mut splits = Vec::new();
    let (mut start, mut line) = (0, 1);
    while start < text.len() {
        let mut end = text.len().min(start + size.max(1) as usize);
        while !text.is_char_boundary(end) {
            end += 1;
        }
        while end < text.len() && !is_boundary(text, end, by_lines) {
            end += text[end..].chars().next().map_or(1, char::len_utf8);
        }
        splits.push(Split {
            start: start as u32,
            end: end as u32,
            line,
        });
        line += text[start..end].matches('\n').count() as u32;
        start = end;
    }
    splits
}

fn is_boundary(text: &str, at: usize, by_lines: bool) -> bool {
    let before = text[..at].chars().next_back();
    if by_lines {
        return before == Some('\n');
    }
    let after = text[at..].chars().next();
    let joins = |c: Option<char>| c.is_some_and(|c| in_word(c) && !stands_alone(c));
    !(joins(before) && joins(after))
}

/// The words of a text, in lower case: runs of letters, digits and apostrophes; a Chinese or Japanese character is a word by
/// itself.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|c| !in_word(c));
            let first = rest.chars().next()?;
            let end = if stands_alone(first) {
                first.len_utf8()
            } else {
                let over = |c: char| !in_word(c) || stands_alone(c);
                rest.find(over).unwrap_or(rest.len())
            };
            let (word, behind) = rest.split_at(end);
            rest = behind;
            let word = word.trim_matches(['\'', '’']);
            if !word.is_empty() {
                return Some(word.to_lowercase());
            }
        }
    })
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\'' | '’')
}

/// Whether a character is written without spaces round it, and counts as a word.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_script() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(words(text).collect::<Vec<_>>(), expected, "{text}");
        };
        check("", &[]);
        check(
            "The dog's tail, the 'cat'!",
            &["the", "dog's", "tail", "the", "cat"],
        );
        check("'' – \n", &[]);
        check("Ärger 42x", &["ärger", "42x"]);
        check("分布式sys系统", &["分", "布", "式", "sys", "系", "统"]);
    }

    #[test]
    fn splits_cover_the_text_and_cut_no_word() {
        for text in [
            "",
            "one",
            "one two three four\nfive six\n\nseven",
            "分布式系统，一个字一个字",
            "a-very-long'word'without-end",
        ] {
            for size in 1..=text.len().max(1) as u64 {
                for by_lines in [false, true] {
                    let splits = cut(text, size, by_lines);
                    let joined: String = splits.iter().map(|split| split.of(text)).collect();
                    assert_eq!(joined, text);
                    let pieces = splits.iter().flat_map(|split| words(split.of(text)));
                    assert!(pieces.eq(words(text)), "{text} cut at {size}");
                    for split in &splits {
                        let before = text[..split.start as usize].matches('\n').count();
                        assert_eq!(split.line, 1 + before as u32);
                        if by_lines && (split.end as usize) < text.len() {
                            assert!(split.of(text).ends_with('\n'));
                        }
                    }
                }
            }
        }
        let ends = |text, size| -> Vec<u32> {
            let splits = cut(text, size, false);
            splits.iter().map(|split| split.end).collect()
        };
        assert_eq!(ends("ab cd ef", 2), [2, 5, 8], "at the end of a word");
        assert_eq!(ends("abcdef gh", 2), [6, 9], "and never within");
    }
}
