//! `cargo xtask dist`: the static site, optimised, working under any path.

use crate::shell::{Failure, Outcome, root, run};
use crate::tools::{Need, Toolbox};
use crate::{offline, parts};
use std::fs;

/// Build the site and print its sizes.
pub(crate) fn dist() -> Outcome {
    println!("Tools:");
    let tools = Toolbox::with(&Need::SITE)?;
    println!("\nBuilding the site; the first time takes 3 to 5 minutes on two cores.");
    build(&tools)?;
    sizes(&tools)
}

/// Build dist/.
pub(crate) fn build(tools: &Toolbox) -> Outcome {
    let mut trunk = tools.trunk();
    tools.lean(&mut trunk);
    // Lines that are read later, in a log, hold no colours.
    trunk.args(["build", "--release", "--color", "never"]);
    run(
        &mut trunk,
        "building the page",
        "the lines above name the file and the reason",
    )?;
    parts::divide(tools)?;
    strip()?;
    relative()?;
    offline::keep(&root().join("dist"))
}

/// Comments and indentation are for those who read the sources.
fn strip() -> Outcome {
    let dist = root().join("dist");
    for name in ["index.html".to_owned(), parts::the_one(&dist, ".js")?] {
        let file = dist.join(name);
        let cannot =
            |error| Failure::new(format!("{} cannot be stripped ({error})", file.display()));
        let text = fs::read_to_string(&file).map_err(cannot)?;
        fs::write(&file, stripped(&text)).map_err(cannot)?;
    }
    Ok(())
}

/// A page with its styles and scripts, or a script, without comments that have a line to themselves and without indentation.
fn stripped(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut until = None;
    for line in html.lines().map(str::trim) {
        if let Some(end) = until {
            if line.ends_with(end) {
                until = None;
            }
            continue;
        }
        let opens = [("/*", "*/"), ("<!--", "-->")];
        if let Some((_, end)) = opens.iter().find(|(begin, _)| line.starts_with(begin)) {
            match line.split_once(end) {
                // What follows on the same line is kept with it.
                Some((_, rest)) if !rest.is_empty() => {}
                Some(_) => continue,
                None => {
                    until = Some(*end);
                    continue;
                }
            }
        }
        if !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[test]
fn comments_are_stripped_and_nothing_else() {
    let html = "<p>\n  // one\n  a = \"//b\"; // two\n  /* three\n  four */\n  <!-- five -->\n\n  /* six */ c { }\n</p>";
    assert_eq!(
        stripped(html),
        "<p>\na = \"//b\"; // two\n/* six */ c { }\n</p>\n"
    );
}

/// The page must load its files from wherever it lies.
fn relative() -> Outcome {
    let file = root().join("dist/index.html");
    let html = fs::read_to_string(&file).map_err(|error| {
        Failure::new(format!(
            "{} cannot be read ({error}); look at Trunk.toml",
            file.display()
        ))
    })?;
    match absolute(&html) {
        None => Ok(()),
        Some(line) => Err(Failure::new(format!(
            "dist/index.html names a file by an absolute path, which breaks under a sub-path; keep public_url = \"./\" \
             in Trunk.toml and every address in index.html relative: {line}"
        ))),
    }
}

/// The first line of a page that names a file by an absolute path.
fn absolute(html: &str) -> Option<&str> {
    let signs = [
        "href=\"/",
        "src=\"/",
        "href='/",
        "src='/",
        "from '/",
        "from \"/",
        "module_or_path: '/",
        "module_or_path: \"/",
    ];
    html.lines()
        .find(|line| signs.iter().any(|sign| line.contains(sign)))
        .map(str::trim)
}

#[test]
fn absolute_addresses_are_seen() {
    assert_eq!(
        absolute("<p>\n <link href=\"/style.css\">"),
        Some("<link href=\"/style.css\">")
    );
    let import = "import init from '/web.js';";
    assert_eq!(absolute(import), Some(import));
    assert_eq!(
        absolute("<link href=\"./style.css\"><p>and/or a = \"/\"</p>"),
        None
    );
}

/// Print what a visitor downloads, file by file.
pub(crate) fn sizes(tools: &Toolbox) -> Outcome {
    let mut node = tools.command("node");
    node.args(["crates/xtask/sizes.mjs", "dist"]);
    run(&mut node, "measuring dist/", "run `cargo xtask dist` again")
}
