//! Prints the reports of all runs that must be the same natively and in wasm, for the comparison in `web/tests/wasm`.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for case in bench::cases::cases() {
        out.write_all(case.report().as_bytes())?;
    }
    Ok(())
}
