//! `cargo xtask dist`: the static site, optimised, working under any path.

use crate::shell::{Failure, Outcome, root, run};
use crate::tools::{Need, Toolbox};
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
    // Lines that are read later, in a log, hold no colours.
    trunk.args(["build", "--release", "--color", "never"]);
    run(
        &mut trunk,
        "building the page",
        "the lines above name the file and the reason",
    )?;
    relative()
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
    let absolute = ["=\"/", "='/", "from '/", "from \"/", ": '/", ": \"/"];
    match absolute.iter().find(|sign| html.contains(*sign)) {
        None => Ok(()),
        Some(sign) => Err(Failure::new(format!(
            "dist/index.html names a file by an absolute path (after `{sign}`), which breaks under a sub-path; keep \
             public_url = \"./\" in Trunk.toml and every address in index.html relative"
        ))),
    }
}

/// Print what a visitor downloads, file by file.
pub(crate) fn sizes(tools: &Toolbox) -> Outcome {
    let mut node = tools.command("node");
    node.args(["crates/xtask/sizes.mjs", "dist"]);
    run(&mut node, "measuring dist/", "run `cargo xtask dist` again")
}
