//! What the system's package manager and rustup bring: node, the browser and its fonts, the wasm32 target.
//!
//! Installs only what is missing, and only where there is apt; elsewhere it says what to install.

use crate::shell::{Failure, Outcome, capture, cargo, find_program, root, run};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest node that knows everything the tests use.
const NODE_MAJOR_MIN: u32 = 18;
const NATS: &str = "nats-server";
const WASM: &str = "wasm32-unknown-unknown";

/// The standard library for wasm32.
pub(crate) fn wasm_target() -> Outcome {
    if has_wasm_target() {
        println!("   {WASM}: installed");
        return Ok(());
    }
    println!("   {WASM}: adding it with rustup");
    let added = Command::new("rustup")
        .args(["target", "add", WASM])
        .current_dir(root())
        .status();
    if added.is_ok_and(|status| status.success()) && has_wasm_target() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the Rust target {WASM} is missing and `rustup target add {WASM}` could not add it; run that where \
         static.rust-lang.org can be reached, or on Debian use rustc-web, cargo-web and rust-web-src with \
         RUSTC_BOOTSTRAP=1 and -Zbuild-std=std,panic_abort"
    )))
}

fn has_wasm_target() -> bool {
    let mut rustc = Command::new("rustc");
    rustc
        .current_dir(root())
        .args(["--print", "target-libdir", "--target", WASM]);
    capture(&mut rustc).is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

/// Whether the sources of the standard library are there, with what they stand on. Adds them with rustup if it can.
pub(crate) fn std_source() -> bool {
    const SOURCE: &str = "rust-src";
    let mut rustc = Command::new("rustc");
    rustc.current_dir(root()).args(["--print", "sysroot"]);
    let Some(sysroot) = capture(&mut rustc) else {
        return false;
    };
    let library = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.toml");
    if !library.exists() {
        println!("   {SOURCE}: adding it with rustup");
        let mut add = Command::new("rustup");
        add.args(["component", "add", SOURCE]).current_dir(root());
        let _ = add.status();
    }
    // What the standard library stands on comes from crates.io: without it, its sources are of no use.
    let mut fetch = cargo();
    fetch
        .args(["fetch", "--quiet", "--locked", "--manifest-path"])
        .arg(&library);
    let there = library.exists()
        && fetch
            .env("RUSTC_BOOTSTRAP", "1")
            .status()
            .is_ok_and(|status| status.success());
    if there {
        println!("   {SOURCE}: installed");
    } else {
        println!(
            "   {SOURCE}: not to be had here; the page is built with the standard library as it comes, and a tenth larger"
        );
    }
    there
}

/// node and npm.
pub(crate) fn node() -> Outcome {
    if let Some(version) = node_version().filter(|_| find_program("npm").is_some()) {
        println!("   node {}: on the search path", version.trim());
        return Ok(());
    }
    // npm is a package of its own in the distributions, and part of node elsewhere.
    let packages: &[&str] = if node_version().is_some() {
        &["npm"]
    } else {
        &["nodejs", "npm"]
    };
    apt(packages)?;
    node_version().map(|_| ()).ok_or_else(|| {
        Failure::new(format!(
            "the node of this system is missing or older than {NODE_MAJOR_MIN}; install a newer one from https://nodejs.org"
        ))
    })
}

/// The version of a node that is new enough.
fn node_version() -> Option<String> {
    let version = capture(Command::new("node").arg("--version"))?;
    let major: u32 = version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()?;
    (major >= NODE_MAJOR_MIN).then_some(version)
}

/// A browser to test in, one that starts; and fonts that hold Chinese.
pub(crate) fn browser() -> Outcome<PathBuf> {
    if !has_cjk_font() {
        // fontconfig brings `fc-list`, which tells next time.
        apt(&["fontconfig", "fonts-noto-cjk"])?;
    }
    if let Some(browser) = find_browser() {
        println!("   browser: {}", browser.display());
        return Ok(browser);
    }
    apt(&["chromium"])?;
    find_browser().ok_or_else(|| {
        Failure::new(
            "apt installed no Chromium that starts (Ubuntu's is a snap, which containers cannot run); install Google \
             Chrome or Chromium yourself and name it in the variable CHROMIUM",
        )
    })
}

/// NATS, over which hubs of `synod bridge` are one cluster.
pub(crate) fn nats() -> Outcome {
    if find_program(NATS).is_some() {
        println!("   {NATS}: on the search path");
        return Ok(());
    }
    apt(&[NATS])
}

/// Firefox, for the main journey in a browser of another make.
pub(crate) fn firefox() -> Outcome<PathBuf> {
    if let Some(firefox) = find_firefox() {
        println!("   Firefox: {}", firefox.display());
        return Ok(firefox);
    }
    let cure = "install Firefox yourself, from https://www.mozilla.org/firefox if your system has none that is no snap, and \
                name its program in the variable FIREFOX";
    // What Debian calls firefox-esr, Ubuntu has only as a snap.
    apt(&["firefox-esr"]).map_err(|_| {
        Failure::new(format!(
            "the browser tests need a Firefox, and apt-get has no firefox-esr here; {cure}"
        ))
    })?;
    find_firefox()
        .ok_or_else(|| Failure::new(format!("apt installed no Firefox that starts; {cure}")))
}

/// The first Firefox that starts: the one named in `FIREFOX`, or one in the usual places.
fn find_firefox() -> Option<PathBuf> {
    let named = std::env::var_os("FIREFOX").map(PathBuf::from);
    let usual = [
        "/usr/bin/firefox-esr",
        "/usr/bin/firefox",
        "/Applications/Firefox.app/Contents/MacOS/firefox",
    ];
    let starts = |path: &PathBuf| {
        let version = capture(Command::new(path).arg("--version"));
        version.is_some_and(|version| version.contains("Firefox"))
    };
    named
        .into_iter()
        .chain(usual.map(PathBuf::from))
        .find(starts)
}

/// A browser, if one starts; none is installed for it.
pub(crate) fn browser_if_there() -> Option<PathBuf> {
    let browser = find_browser();
    match &browser {
        Some(browser) => println!("   browser: {}", browser.display()),
        None => println!("   browser: none; the page's wasm will not be divided"),
    }
    browser
}

/// The first browser that starts: the one named in `CHROMIUM`, or one in the usual places.
fn find_browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["chromium", "chromium-browser", "google-chrome"]
        .map(|name| Path::new("/usr/bin").join(name));
    named
        .into_iter()
        .chain(usual)
        .find(|path| capture(Command::new(path).arg("--version")).is_some())
}

fn has_cjk_font() -> bool {
    capture(Command::new("fc-list").args([":lang=zh-cn", "family"]))
        .is_some_and(|list| !list.trim().is_empty())
}

/// Install packages with apt, as root or through sudo.
fn apt(packages: &[&str]) -> Outcome {
    let list = packages.join(" ");
    if find_program("apt-get").is_none() {
        return Err(Failure::new(format!(
            "this system has no apt-get to install {list} with; install them yourself and run this again"
        )));
    }
    println!("   {list}: installing with apt-get");
    let cure = format!("install {list} yourself and run this again");
    // apt tells every package that it unpacks; only what goes wrong matters here.
    run(
        as_root(&["apt-get", "update", "--quiet=2"]).stdout(Stdio::null()),
        "updating the package lists",
        &cure,
    )?;
    let mut install = as_root(&[
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "install",
    ]);
    install
        .args(["--yes", "--quiet=2", "--no-install-recommends"])
        .args(packages);
    install.stdout(Stdio::null());
    run(&mut install, &format!("installing {list}"), &cure)
}

fn as_root(words: &[&str]) -> Command {
    let is_root = capture(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    let words: Vec<&str> = if is_root {
        words.to_vec()
    } else {
        [&["sudo"], words].concat()
    };
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}
