//! `cargo xtask serve`: the page on this machine, rebuilt on every change.

use crate::shell::{Outcome, run, target_dir};
use crate::tools::{Need, Toolbox};

/// How to serve.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen on; 0.0.0.0 lets other machines in.
    #[arg(long, default_value = "127.0.0.1")]
    address: String,
    /// Open the page in a browser.
    #[arg(long)]
    open: bool,
    /// Serve the optimised page: slower to build, faster to run.
    #[arg(long)]
    release: bool,
}

/// Build the page and serve it until interrupted.
pub(crate) fn serve(options: &Options) -> Outcome {
    let needs: &[Need] = if options.release {
        &Need::SITE
    } else {
        &[Need::WasmTarget, Need::Trunk]
    };
    println!("Tools:");
    let tools = Toolbox::with(needs)?;
    if !target_dir().join("wasm32-unknown-unknown").exists() {
        println!(
            "\nThe first build compiles every library and takes 2 to 4 minutes on two cores; later ones take seconds."
        );
    }
    println!(
        "The page will be at http://{}:{}/ (Ctrl-C stops it).\n",
        options.address, options.port
    );
    let mut trunk = tools.trunk();
    trunk.arg("serve").args([
        "--address",
        &options.address,
        "--port",
        &options.port.to_string(),
    ]);
    // Beside the other things that are built: dist/ holds the optimised site and nothing else.
    trunk.arg("--dist").arg(target_dir().join("page"));
    if options.open {
        trunk.arg("--open");
    }
    if options.release {
        trunk.arg("--release");
        tools.lean(&mut trunk);
    }
    run(
        &mut trunk,
        "serving the page",
        "the lines above say why; if the port is taken, choose one with --port",
    )
}
