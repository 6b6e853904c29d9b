//! The tools beside cargo: which ones, in which versions, where they are kept and how they get there.
//!
//! A tool that is on the search path in the right version is used as it is. Otherwise it is kept outside `target/`, in
//! `$SYNOD_TOOLS`, `$XDG_CACHE_HOME/synod-tools` or `~/.cache/synod-tools`, as `<tool>-<version>/bin/…`, so that
//! `cargo clean` does not cost it. What comes from the system's package manager is in `system`.

use crate::shell::{Failure, Outcome, capture, cargo, find_program, human, root, run};
use crate::{npm, system};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const TRUNK: &str = "0.21.14";
const NEXTEST: &str = "0.9.143";
/// Trunk.toml says the same, for those who call Trunk themselves.
const BINARYEN: &str = "132";

/// Something that a task cannot do without.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Compiling for wasm32.
    WasmTarget,
    /// Building the page: Trunk and wasm-bindgen.
    Trunk,
    /// node and npm.
    Node,
    /// Optimising the page's wasm.
    WasmOpt,
    /// Building the standard library as small as the page: its sources.
    StdSource,
    /// Seeing what the page's opening runs: a browser, if there is one.
    Marks,
    /// Running the native tests.
    Nextest,
    /// The NATS server, for tests of several hubs.
    Nats,
    /// Running the browser tests: Chromium and Firefox, fonts for both languages, the packages of web/tests.
    Browser,
}

impl Need {
    pub(crate) const ALL: [Self; 8] = [
        Self::WasmTarget,
        Self::Trunk,
        Self::Node,
        Self::WasmOpt,
        Self::StdSource,
        Self::Nextest,
        Self::Nats,
        Self::Browser,
    ];
    /// What `cargo xtask dist` uses.
    pub(crate) const SITE: [Self; 6] = [
        Self::WasmTarget,
        Self::Trunk,
        Self::Node,
        Self::WasmOpt,
        Self::StdSource,
        Self::Marks,
    ];
}

/// The tools a task asked for, ready to use.
pub(crate) struct Toolbox {
    folders: Vec<PathBuf>,
    /// The browser that was found to start.
    browser: Option<PathBuf>,
    /// The Firefox that was, where one is needed.
    firefox: Option<PathBuf>,
    /// Whether the sources of the standard library are there.
    std_source: bool,
}

impl Toolbox {
    /// Find or install everything in `needs`, in their order.
    pub(crate) fn with(needs: &[Need]) -> Outcome<Self> {
        let mut toolbox = Self {
            folders: Vec::new(),
            browser: None,
            firefox: None,
            std_source: false,
        };
        for need in needs {
            match need {
                Need::WasmTarget => system::wasm_target()?,
                Need::Trunk => {
                    toolbox.add(&trunk())?;
                    toolbox.add(&wasm_bindgen()?)?;
                }
                Need::Node => system::node()?,
                Need::WasmOpt => toolbox.add(&wasm_opt())?,
                Need::StdSource => toolbox.std_source = system::std_source(),
                Need::Marks => {
                    toolbox.browser =
                        system::browser_if_there().filter(|_| npm::install_tests().is_ok())
                }
                Need::Nextest => toolbox.add(&nextest())?,
                Need::Nats => system::nats()?,
                Need::Browser => {
                    toolbox.browser = Some(system::browser()?);
                    toolbox.firefox = Some(system::firefox()?);
                    npm::install_tests()?;
                }
            }
        }
        Ok(toolbox)
    }

    /// A command that finds these tools first.
    pub(crate) fn command(&self, program: &str) -> Command {
        self.equip(Command::new(program))
    }

    /// Trunk, whose own stack never explains what is wrong with the page.
    pub(crate) fn trunk(&self) -> Command {
        let mut trunk = self.command("trunk");
        trunk.env("RUST_LIB_BACKTRACE", "0");
        trunk
    }

    /// Whether there is a browser to open the page in.
    pub(crate) const fn has_browser(&self) -> bool {
        self.browser.is_some()
    }

    /// Has `command`, which builds for wasm32, build the standard library too: for size, and with panics that stop at once, as
    /// the page says what happened by itself. Without its sources the ready-made one serves; the page is a tenth larger then.
    pub(crate) fn lean(&self, command: &mut Command) {
        if self.std_source {
            command.envs([
                ("RUSTC_BOOTSTRAP", "1"),
                ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
                ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
                (
                    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                    "-Zunstable-options -Cpanic=immediate-abort",
                ),
            ]);
        }
    }

    /// Cargo, finding these tools first.
    pub(crate) fn cargo(&self) -> Command {
        self.equip(cargo())
    }

    fn equip(&self, mut command: Command) -> Command {
        let old = std::env::var_os("PATH").unwrap_or_default();
        let all = self
            .folders
            .iter()
            .cloned()
            .chain(std::env::split_paths(&old));
        // A folder whose name holds a colon cannot be in PATH: the old path is then all there is.
        let path = std::env::join_paths(all).unwrap_or(old);
        command.current_dir(root()).env("PATH", path);
        if let Some(browser) = &self.browser {
            command.env("CHROMIUM", browser);
        }
        if let Some(firefox) = &self.firefox {
            command.env("FIREFOX", firefox);
        }
        command
    }

    fn add(&mut self, tool: &Tool) -> Outcome {
        if let Some(folder) = tool.folder()? {
            self.folders.push(folder);
        }
        Ok(())
    }
}

/// One tool of one version.
struct Tool {
    /// The program, as it is called.
    program: &'static str,
    version: String,
    /// What `--version` prints when it is this version.
    says: String,
    how: How,
}

/// How a tool is had.
enum How {
    /// The makers' archive; failing that, the crate compiled here.
    Archive {
        url: Option<String>,
        krate: &'static str,
        flags: &'static [&'static str],
        minutes: u32,
    },
    /// A package of npm.
    Npm(&'static str),
}

fn trunk() -> Tool {
    let url = archive_target("gnu").map(|target| {
        format!(
            "https://github.com/trunk-rs/trunk/releases/download/v{TRUNK}/trunk-{target}.tar.gz"
        )
    });
    Tool {
        program: "trunk",
        version: TRUNK.into(),
        says: format!("trunk {TRUNK}"),
        how: How::Archive {
            url,
            krate: "trunk",
            flags: &["--locked", "--no-default-features", "--features", "rustls"],
            minutes: 4,
        },
    }
}

/// The version of wasm-bindgen's command line must be the one of the library that the page is linked with.
fn wasm_bindgen() -> Outcome<Tool> {
    let version = locked_version("wasm-bindgen")?;
    let url = archive_target("musl").map(|target| {
        format!(
            "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/{version}/wasm-bindgen-{version}-{target}.tar.gz"
        )
    });
    Ok(Tool {
        program: "wasm-bindgen",
        says: format!("wasm-bindgen {version}"),
        version,
        // Without --locked: the lock file that the crate ships names crates which no longer build.
        how: How::Archive {
            url,
            krate: "wasm-bindgen-cli",
            flags: &[],
            minutes: 3,
        },
    })
}

fn nextest() -> Tool {
    let url = archive_target("gnu").map(|target| {
        format!(
            "https://github.com/nextest-rs/nextest/releases/download/cargo-nextest-{NEXTEST}/cargo-nextest-{NEXTEST}-{target}.tar.gz"
        )
    });
    Tool {
        program: "cargo-nextest",
        version: NEXTEST.into(),
        // Any 0.9 runs these tests alike.
        says: "cargo-nextest 0.9.".into(),
        how: How::Archive {
            url,
            krate: "cargo-nextest",
            flags: &[
                "--locked",
                "--no-default-features",
                "--features",
                "default-no-update",
            ],
            minutes: 6,
        },
    }
}

fn wasm_opt() -> Tool {
    Tool {
        program: "wasm-opt",
        version: BINARYEN.into(),
        says: format!("version_{BINARYEN}"),
        how: How::Npm("binaryen@132.0.0"),
    }
}

/// The target in the names of archives, on the machines for which there are any.
fn archive_target(libc: &str) -> Option<String> {
    (cfg!(target_os = "linux") && cfg!(any(target_arch = "x86_64", target_arch = "aarch64")))
        .then(|| format!("{}-unknown-linux-{libc}", std::env::consts::ARCH))
}

/// The version of `package` in Cargo.lock.
fn locked_version(package: &str) -> Outcome<String> {
    let file = root().join("Cargo.lock");
    let text = fs::read_to_string(&file).map_err(|error| {
        Failure::new(format!(
            "{} cannot be read ({error}); restore it from git",
            file.display()
        ))
    })?;
    let mut lines = text.lines();
    lines
        .find(|line| *line == format!("name = \"{package}\""))
        .and_then(|_| {
            lines
                .next()?
                .strip_prefix("version = \"")?
                .strip_suffix('"')
        })
        .map(str::to_owned)
        .ok_or_else(|| {
            Failure::new(format!(
                "Cargo.lock names no {package}; run `cargo fetch` to complete it"
            ))
        })
}

/// The folder of all tools kept by this project.
fn cache() -> Outcome<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    from("SYNOD_TOOLS")
        .or_else(|| Some(from("XDG_CACHE_HOME")?.join("synod-tools")))
        .or_else(|| Some(from("HOME")?.join(".cache/synod-tools")))
        .ok_or_else(|| Failure::new("there is no place to keep tools: set SYNOD_TOOLS to a folder"))
}

impl Tool {
    /// The folder to search first for this tool, or nothing when the search path already finds it.
    fn folder(&self) -> Outcome<Option<PathBuf>> {
        if find_program(self.program).is_some_and(|program| self.is(&program)) {
            println!("   {} {}: on the search path", self.program, self.version);
            return Ok(None);
        }
        let name = format!("{}-{}", self.program, self.version);
        let home = cache()?.join(&name);
        let bin = home.join("bin");
        if self.is(&bin.join(self.program)) {
            println!("   {} {}: {}", self.program, self.version, bin.display());
            return Ok(Some(bin));
        }
        let begun = Instant::now();
        self.install(
            &home,
            &home.with_file_name(format!("{name}.partial-{}", std::process::id())),
        )?;
        println!(
            "   {} {}: installed in {}",
            self.program,
            self.version,
            human(begun.elapsed())
        );
        Ok(Some(bin))
    }

    /// Whether `program` runs and is this version.
    fn is(&self, program: &Path) -> bool {
        // cargo-nextest is a subcommand and wants its own name first.
        let mut command = Command::new(program);
        if self.program == "cargo-nextest" {
            command.arg("nextest");
        }
        capture(command.arg("--version")).is_some_and(|text| text.contains(&self.says))
    }

    /// Install into `partial`, then rename it to `home`: an interrupted installation leaves nothing that looks whole.
    fn install(&self, home: &Path, partial: &Path) -> Outcome {
        let cannot = |error: std::io::Error| {
            Failure::new(format!(
                "{} cannot be installed in {} ({error}); set SYNOD_TOOLS to a folder that can be written",
                self.program,
                home.display()
            ))
        };
        fs::create_dir_all(partial.join("bin")).map_err(cannot)?;
        let filled = self.fill(partial);
        if filled.is_ok() && self.is(&partial.join("bin").join(self.program)) {
            // Someone else may have been faster: theirs is as good.
            let _ = fs::remove_dir_all(home);
            if fs::rename(partial, home).is_ok() || home.join("bin").join(self.program).exists() {
                let _ = fs::remove_dir_all(partial);
                return Ok(());
            }
        }
        let _ = fs::remove_dir_all(partial);
        filled?;
        Err(Failure::new(format!(
            "{} {} was installed but does not run; put a working one on the search path",
            self.program, self.version
        )))
    }

    fn fill(&self, folder: &Path) -> Outcome {
        match &self.how {
            How::Npm(package) => npm::install_globally(package, folder),
            How::Archive {
                url,
                krate,
                flags,
                minutes,
            } => {
                if let Some(url) = url {
                    println!("   {} {}: downloading {url}", self.program, self.version);
                    if download(url, &folder.join("bin"))
                        && self.is(&folder.join("bin").join(self.program))
                    {
                        return Ok(());
                    }
                    println!(
                        "   {} {}: that download is not to be had here",
                        self.program, self.version
                    );
                }
                println!(
                    "   {} {}: compiling it, once; about {minutes} minutes on two cores",
                    self.program, self.version
                );
                self.compile(krate, flags, folder)
            }
        }
    }

    /// Compile the tool quickly rather than well: it spends its life starting other programs.
    fn compile(&self, krate: &str, flags: &[&str], folder: &Path) -> Outcome {
        let mut command = cargo();
        command
            .args([
                "install",
                "--quiet",
                "--force",
                krate,
                "--version",
                &self.version,
            ])
            .args(flags)
            .arg("--root")
            .arg(folder)
            .envs([
                ("CARGO_PROFILE_RELEASE_LTO", "off"),
                ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
                ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
                ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
                ("CARGO_PROFILE_RELEASE_STRIP", "true"),
            ]);
        run(
            &mut command,
            &format!("installing {}", self.program),
            &format!(
                "check that crates.io can be reached, or put {} {} on the search path",
                self.program, self.version
            ),
        )
    }
}

/// Fetch an archive and put its programs into `bin`, whatever folder they are packed in. False when anything is amiss.
fn download(url: &str, bin: &Path) -> bool {
    let archive = bin.join("archive.tar.gz");
    let fetched = Command::new("curl")
        .args([
            "--fail",
            "--silent",
            "--location",
            "--connect-timeout",
            "5",
            "--max-time",
            "120",
            "--output",
        ])
        .arg(&archive)
        .arg(url)
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let unpacked = fetched
        && Command::new("tar")
            .args(["--extract", "--gzip", "--transform", "s|.*/||", "--file"])
            .arg(&archive)
            .arg("--directory")
            .arg(bin)
            .status()
            .is_ok_and(|status| status.success());
    let _ = fs::remove_file(&archive);
    unpacked
}
