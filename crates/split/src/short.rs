//! Short names for what a script gives a module. What wasm-bindgen calls its imports is long, half of it is a hash, and it is
//! sent twice: in the module, and in the script that provides them.

use crate::SplitError;
use crate::module::Module;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{ImportSection, Module as Encoder};
use wasmparser::{ImportSectionReader, Parser};

const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A module and the script that provides its imports.
pub struct Shortened {
    /// The module.
    pub wasm: Vec<u8>,
    /// The script.
    pub script: String,
}

/// Gives the imports of `wasm` short names, in it and in the `script` that provides them.
///
/// # Errors
/// It is no module, has imports other than functions, or imports what no word of the script names.
pub fn shorten(wasm: &[u8], script: &str) -> Result<Shortened, SplitError> {
    let module = Module::read(wasm)?;
    let mut names = BTreeMap::new();
    for (import, _) in &module.imports {
        let next = names.len();
        names.entry(import.name).or_insert_with(|| short(next));
    }
    let mut seen = BTreeSet::new();
    let script: String = words(script)
        .map(|word| match names.get(word) {
            Some(name) => {
                seen.insert(word);
                name
            }
            None => word,
        })
        .collect();
    if let Some(name) = names.keys().find(|name| !seen.contains(*name)) {
        return Err(SplitError::NotProvided((*name).to_owned()));
    }
    let mut out = Encoder::new();
    Rename(&names).parse_core_module(&mut out, Parser::new(0), wasm)?;
    Ok(Shortened {
        wasm: out.finish(),
        script,
    })
}

/// The `n`-th short name.
fn short(n: usize) -> String {
    let (rest, letter) = (n / LETTERS.len(), char::from(LETTERS[n % LETTERS.len()]));
    if rest == 0 {
        letter.into()
    } else {
        format!("{}{letter}", short(rest - 1))
    }
}

/// A text, cut into its words and what stands between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$';
    let pieces = text
        .as_bytes()
        .chunk_by(move |one, next| is_of_word(*one) == is_of_word(*next));
    let mut at = 0;
    pieces.map(move |piece| {
        let begin = at;
        at += piece.len();
        &text[begin..at]
    })
}

/// Imports by their new names.
struct Rename<'n>(&'n BTreeMap<&'n str, String>);

impl Reencode for Rename<'_> {
    type Error = Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        for import in section.into_imports() {
            let import = import?;
            let name = self.0.get(import.name).map_or(import.name, String::as_str);
            imports.import(import.module, name, self.entity_type(import.ty)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_differ() {
        let names: BTreeSet<String> = (0..4_000).map(short).collect();
        assert_eq!(names.len(), 4_000);
        assert!(names.iter().all(|name| name.len() <= 3));
    }

    #[test]
    fn words_are_all_of_a_text() {
        let text = "a_1: function(b) { return “$c”; }";
        let all: Vec<_> = words(text).collect();
        assert_eq!(all.concat(), text);
        assert_eq!(all[..4], ["a_1", ": ", "function", "("]);
    }
}
