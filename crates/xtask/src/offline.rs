//! Names the files of the site to its service worker, which keeps them for a visit without network.
//!
//! What the worker does with them is `web/offline.js`'s business.

use crate::parts::{cannot, digest};
use crate::shell::{Failure, Outcome, root};
use std::fs;
use std::path::Path;

/// The service worker, in the site.
pub(crate) const WORKER: &str = "offline.js";
/// What stands in `web/boot.js` where the worker is named.
const UNNAMED: &str = "var OFFLINE = \"\";";

/// Writes the service worker of the site in `dist`, and names it in its page. Nothing of the site may change afterwards.
pub(crate) fn keep(dist: &Path) -> Outcome {
    let page = dist.join("index.html");
    let text = read(&page)?;
    let named = text.replace(UNNAMED, &format!("var OFFLINE = \"{WORKER}\";"));
    if named == text {
        return Err(Failure::new(format!(
            "dist/index.html does not name its service worker: `{UNNAMED}` is gone from web/boot.js"
        )));
    }
    write(&page, &named)?;

    let mut files = Vec::new();
    list(dist, "", &mut files)?;
    files.sort();
    let mut bytes = Vec::new();
    for file in &files {
        let place = dist.join(file);
        bytes.extend(fs::read(&place).map_err(|error| cannot("read", &place, &error))?);
    }
    // A host may lead from the page's file to its folder, and a browser takes no page that came by a detour.
    let names = files.iter().map(|file| match file.as_str() {
        "index.html" => "\"./\"".to_owned(),
        file => format!("\"{file}\""),
    });
    let names: Vec<String> = names.collect();
    let worker = read(&root().join("web").join(WORKER))?;
    bytes.extend(worker.as_bytes());
    let kept = worker
        .replace(
            "const FILES = [];",
            &format!("const FILES = [{}];", names.join(", ")),
        )
        .replace(
            "const VERSION = \"\";",
            &format!("const VERSION = \"{:016x}\";", digest(&bytes)),
        );
    if kept.contains("const FILES = [];") || kept.contains("const VERSION = \"\";") {
        return Err(Failure::new(
            "web/offline.js has no place for the names of the files and their version: `const FILES = [];`, `const VERSION = \"\";`",
        ));
    }
    write(&dist.join(WORKER), &kept)
}

/// The files in `folder` of `dist`, by their addresses in the site.
fn list(dist: &Path, folder: &str, files: &mut Vec<String>) -> Outcome {
    let place = dist.join(folder);
    let entries = fs::read_dir(&place).map_err(|error| cannot("read", &place, &error))?;
    for entry in entries.flatten() {
        let name = format!("{folder}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            list(dist, &format!("{name}/"), files)?;
        } else if name != WORKER {
            files.push(name);
        }
    }
    Ok(())
}

fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|error| cannot("read", file, &error))
}

fn write(file: &Path, text: &str) -> Outcome {
    fs::write(file, text).map_err(|error| cannot("written", file, &error))
}
