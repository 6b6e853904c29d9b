//! Divides the page's wasm: what the opening runs comes first, the rest follows while the cluster already moves.
//!
//! A browser opens a copy of the site whose wasm notes which functions run; `split` divides the module by those notes. Without a
//! browser the module stays whole, and the page works as well.

use crate::browser::binary;
use crate::shell::{Failure, Outcome, capture, root, run, target_dir};
use crate::tools::Toolbox;
use std::collections::BTreeMap;
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

    let files = ["first", "later"].map(|part| work.join(format!("{part}.wasm")));
    let mut divide = tools.command(&split.to_string_lossy());
    divide
        .arg("divide")
        .arg(&whole)
        .arg(&notes)
        .arg("synodWhole")
        .args(&files);
    for (part, texts) in [
        ("zh", words("zh", |_| true)?),
        ("others", others()?),
        ("stories", stories(&whole)?),
    ] {
        let texts: Vec<_> = texts.iter().map(|file| file.to_string_lossy()).collect();
        divide.arg(format!(
            "{}={}",
            work.join(format!("{part}.wasm")).display(),
            texts.join(",")
        ));
    }
    run(
        &mut divide,
        "dividing the page's wasm",
        "`cargo nextest run -p split` says more",
    )?;
    run(
        tools
            .command(&split.to_string_lossy())
            .arg("shorten")
            .arg(&files[0])
            .arg(dist.join(&script)),
        "shortening what the page's wasm imports",
        "`cargo nextest run -p split` says more",
    )?;
    name(&dist, &work, &wasm, &script)
}

/// Moves the parts into the site, under names that change with what is in any of them, and names them in the page.
fn name(dist: &Path, work: &Path, wasm: &str, script: &str) -> Outcome {
    let mut parts = Vec::new();
    for part in ["first", "later", "zh", "others", "stories"] {
        let file = work.join(format!("{part}.wasm"));
        if file.exists() {
            let bytes = fs::read(&file).map_err(|error| cannot("read", &file, &error))?;
            parts.push((part, bytes));
        }
    }
    // Parts of two builds do not fit together: a cache that holds an old one must not serve it for a new one.
    let digest = digest(parts.iter().flat_map(|(_, bytes)| bytes));
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

/// The files of words in this language, of the crates of the page that are `wanted`.
fn words(language: &str, wanted: impl Fn(&Path) -> bool) -> Outcome<Vec<PathBuf>> {
    let crates = root().join("crates");
    let mut files = Vec::new();
    for folder in [crates.join("protocols"), crates] {
        for home in listing(&folder)? {
            let words = home.join("words");
            // The command line's words are not the page's.
            if words.is_dir() && !home.ends_with("synod") && wanted(&home) {
                let all = listing(&words)?.into_iter();
                files.extend(all.filter(|file| language_of(file) == Some(language)));
            }
        }
    }
    Ok(files)
}

/// `zh` for `zh.txt` and for `multi.zh.txt`.
fn language_of(file: &Path) -> Option<&str> {
    let stem = file.file_name()?.to_str()?.strip_suffix(".txt")?;
    stem.rsplit('.').next()
}

/// English words of the protocols that the home run does not show.
fn others() -> Outcome<Vec<PathBuf>> {
    words("en", |home| {
        home.parent()
            .is_some_and(|parent| parent.ends_with("protocols"))
            && !home.ends_with(HOME)
    })
}

/// The scenarios that `wasm` holds, as `catalog` packed them when it was built, now or earlier.
fn stories(wasm: &Path) -> Outcome<Vec<PathBuf>> {
    let whole = fs::read(wasm).map_err(|error| cannot("read", wasm, &error))?;
    let mut found = BTreeMap::new();
    for build in listing(&target_dir().join("wasm32-unknown-unknown/wasm/build"))? {
        let Ok(files) = listing(&build.join("out")) else {
            continue;
        };
        for file in files {
            let packed = file.extension().is_some_and(|end| end == "scenarios");
            let bytes = if packed {
                fs::read(&file).unwrap_or_default()
            } else {
                Vec::new()
            };
            if !bytes.is_empty() && whole.windows(bytes.len()).any(|window| window == bytes) {
                found.insert(file.file_name().map(ToOwned::to_owned), file);
            }
        }
    }
    if found.is_empty() {
        return Err(Failure::new(format!(
            "{} holds none of the scenarios that catalog's build script left in {}: build again",
            wasm.display(),
            target_dir().display()
        )));
    }
    Ok(found.into_values().collect())
}

/// What is in a folder, by name.
fn listing(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
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

/// A number that changes with the bytes (FNV-1a).
pub(crate) fn digest<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What could not be done with a file.
pub(crate) fn cannot(done: &str, file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be {done} ({error})", file.display()))
}
