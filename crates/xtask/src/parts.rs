//! Divides the page's wasm: what the opening runs comes first, the rest follows while the cluster already moves.
//!
//! A browser opens a copy of the site whose wasm notes which functions run; `split` divides the module by those notes. Without a
//! browser the module stays whole, and the page works as well.

use crate::browser::binary;
use crate::shell::{Failure, Outcome, capture, root, run, target_dir};
use crate::tools::Toolbox;
use std::fs;
use std::path::{Path, PathBuf};

/// What stands in `web/parts.js` where the parts are named.
const UNNAMED: &str = "const PARTS = {};";
/// The protocol of the home run: its words are needed at once.
const HOME: &str = "raft";

/// Divides the wasm of the site in `dist`, and names its parts in its page.
pub(crate) fn divide(tools: &Toolbox) -> Outcome {
    if !tools.has_browser() {
        println!(
            "   no browser was found to see what the opening runs: the page's wasm stays whole"
        );
        return Ok(());
    }
    let split = binary(tools, "split", "split")?;
    let dist = root().join("dist");
    let wasm = the_one(&dist, "_bg.wasm")?;
    let script = the_one(&dist, ".js")?;
    let work = target_dir().join("parts");
    let site = work.join("site");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&site).map_err(|error| cannot("created", &site, &error))?;
    let [whole, notes] = ["whole.wasm", "notes"].map(|name| work.join(name));
    copy(&dist.join(&wasm), &whole)?;
    for file in [&wasm, &script, "index.html"] {
        copy(&dist.join(file), &site.join(file))?;
    }

    let mut mark = tools.command(&split.to_string_lossy());
    mark.arg("mark").arg(&whole).arg(site.join(&wasm));
    let marked = capture(&mut mark).ok_or_else(|| {
        Failure::new(
            "`split mark` cannot read the page's wasm; `cargo nextest run -p split` says more",
        )
    })?;
    run(
        tools
            .command("node")
            .arg("web/tests/marks.mjs")
            .arg(&site)
            .args(marked.split_whitespace())
            .arg(&notes),
        "opening the page to see what runs",
        "the lines above say what the browser met",
    )?;

    let parts = ["first", "later", "zh"].map(|part| work.join(format!("{part}.wasm")));
    let [first, later, zh] = &parts;
    let mut divide = tools.command(&split.to_string_lossy());
    divide
        .arg("divide")
        .arg(&whole)
        .arg(&notes)
        .arg("synodWhole")
        .arg(first)
        .arg(later);
    divide.arg(format!("{}={}", zh.display(), words("zh")?.join(",")));
    let others = others()?;
    if !others.is_empty() {
        divide.arg(format!(
            "{}={}",
            work.join("others.wasm").display(),
            others.join(",")
        ));
    }
    run(
        &mut divide,
        "dividing the page's wasm",
        "`cargo nextest run -p split` says more",
    )?;
    name(&dist, &work, &wasm, &script)
}

/// Moves the parts into the site, under names that change with what is in any of them, and names them in the page.
fn name(dist: &Path, work: &Path, wasm: &str, script: &str) -> Outcome {
    let mut parts = Vec::new();
    for part in ["first", "later", "zh", "others"] {
        let file = work.join(format!("{part}.wasm"));
        if file.exists() {
            let bytes = fs::read(&file).map_err(|error| cannot("read", &file, &error))?;
            parts.push((part, bytes));
        }
    }
    // Parts of two builds do not fit together: a cache that holds an old one must not serve it for a new one.
    let digest = parts
        .iter()
        .flat_map(|(_, bytes)| bytes)
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let mut named = Vec::new();
    let mut first_named = String::new();
    for (part, bytes) in &parts {
        let file = format!("{part}-{digest:016x}.wasm");
        let place = dist.join(&file);
        fs::write(&place, bytes).map_err(|error| cannot("written", &place, &error))?;
        if *part == "first" {
            first_named = file;
        } else {
            named.push(format!("\"{part}\":\"./{file}\""));
        }
    }
    for file in ["index.html", script] {
        let place = dist.join(file);
        let text = fs::read_to_string(&place).map_err(|error| cannot("read", &place, &error))?;
        let text = text.replace(wasm, &first_named);
        let text = text.replace(UNNAMED, &format!("const PARTS = {{{}}};", named.join(",")));
        fs::write(&place, text).map_err(|error| cannot("written", &place, &error))?;
    }
    let whole = dist.join(wasm);
    fs::remove_file(&whole).map_err(|error| cannot("removed", &whole, &error))?;
    let page = fs::read_to_string(dist.join("index.html")).unwrap_or_default();
    if page.contains(UNNAMED) || !page.contains(&first_named) {
        return Err(Failure::new(format!(
            "dist/index.html does not name the parts of its wasm: `{UNNAMED}` is gone from web/parts.js, or Trunk names its files otherwise"
        )));
    }
    Ok(())
}

/// The files of words in this language, of the page and of every protocol.
fn words(language: &str) -> Outcome<Vec<String>> {
    let mut files: Vec<String> = ["crates/trace", "crates/studio"]
        .map(str::to_owned)
        .to_vec();
    files.extend(
        protocols()?
            .into_iter()
            .map(|id| format!("crates/protocols/{id}")),
    );
    Ok(files
        .iter()
        .map(|folder| format!("{folder}/words/{language}.txt"))
        .collect())
}

/// English words of the protocols that the home run does not show.
fn others() -> Outcome<Vec<String>> {
    let others = protocols()?.into_iter().filter(|id| id != HOME);
    Ok(others
        .map(|id| format!("crates/protocols/{id}/words/en.txt"))
        .collect())
}

/// The protocols, by their folders.
fn protocols() -> Outcome<Vec<String>> {
    let folder = root().join("crates/protocols");
    let entries = fs::read_dir(&folder).map_err(|error| cannot("read", &folder, &error))?;
    let mut all: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("words/en.txt").exists())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    all.sort();
    Ok(all)
}

/// The only file of a folder whose name ends like this.
pub(crate) fn the_one(folder: &Path, end: &str) -> Outcome<String> {
    let entries = fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))?;
    let mut names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(end));
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name),
        _ => Err(Failure::new(format!(
            "{} must hold one file that ends in {end}: look at what Trunk wrote there",
            folder.display()
        ))),
    }
}

fn copy(from: &Path, to: &PathBuf) -> Outcome {
    fs::copy(from, to)
        .map(|_| ())
        .map_err(|error| cannot("copied", from, &error))
}

fn cannot(done: &str, file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be {done} ({error})", file.display()))
}
