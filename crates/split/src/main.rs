//! `split`: the command line of the crate, as `cargo xtask dist` calls it.
//!
//! `split mark IN OUT` prints the name of the memory that holds the marks, and how many there are.
//! `split divide IN NOTES LOADER FIRST LATER [MODULE=TEXT,TEXT…]…` reads notes of one `0` or `1` a function.
//! The texts of each MODULE go to a module of their own.
//! `split shorten WASM SCRIPT` gives the imports of a module short names, in both files.
#![allow(
    clippy::disallowed_methods,
    reason = "a program reads its command line"
)]

use split::{Apart, divide, mark, shorten};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["mark", input, output] => marked(input, output),
        ["divide", input, notes, loader, first, later, apart @ ..] => {
            divided(input, notes, loader, first, later, apart)
        }
        ["shorten", wasm, script] => shortened(wasm, script),
        _ => Err("what to do: `split mark IN OUT`, `split divide IN NOTES LOADER FIRST LATER [MODULE=TEXT,TEXT…]…`, or `split shorten WASM SCRIPT`".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("split: {error}");
            ExitCode::FAILURE
        }
    }
}

fn marked(input: &str, output: &str) -> Result<(), Box<dyn Error>> {
    let marked = mark(&read(input)?)?;
    fs::write(output, &marked.wasm)?;
    println!("{} {}", split::MARKS, marked.functions);
    Ok(())
}

fn divided(
    input: &str,
    notes: &str,
    loader: &str,
    first: &str,
    later: &str,
    apart: &[&str],
) -> Result<(), Box<dyn Error>> {
    let ran: Vec<bool> = read(notes)?
        .into_iter()
        .filter(|byte| matches!(byte, b'0' | b'1'))
        .map(|byte| byte == b'1')
        .collect();
    let mut texts = Vec::new();
    let mut files = Vec::new();
    for word in apart {
        let (file, names) = word
            .split_once('=')
            .ok_or_else(|| format!("`{word}` is not MODULE=TEXT,TEXT…"))?;
        files.push(file);
        let mut all = Vec::new();
        for name in names.split(',') {
            all.push((name.to_owned(), read(name)?));
        }
        texts.push(Apart { texts: all });
    }
    let divided = divide(&read(input)?, &ran, loader, &texts)?;
    fs::write(first, &divided.first)?;
    fs::write(later, &divided.later)?;
    for (file, wasm) in files.iter().zip(&divided.apart) {
        fs::write(file, wasm)?;
    }
    Ok(())
}

fn shortened(wasm: &str, script: &str) -> Result<(), Box<dyn Error>> {
    let text = String::from_utf8(read(script)?)?;
    let short = shorten(&read(wasm)?, &text)?;
    fs::write(wasm, short.wasm)?;
    fs::write(script, short.script)?;
    Ok(())
}

fn read(file: impl AsRef<Path>) -> Result<Vec<u8>, String> {
    let file = file.as_ref();
    fs::read(file).map_err(|error| format!("{} cannot be read ({error})", file.display()))
}
