//! Checks a file and says what is wrong with it. Needs the core alone (`--no-default-features`).
//!
//! `cargo run --example check_file -- fixtures/demo/requests/20-trace-without-company.x12`

use std::fmt::Write as _;

use x12gate::check::findings;
use x12gate::finding::Policy;
use x12gate::guide::Registry;

/// What is wrong with these bytes, a line for each finding; empty where nothing is.
pub(crate) fn report(input: &[u8]) -> String {
    let mut lines = String::new();
    for found in findings(input, Registry::embedded(), &Policy::default()) {
        let code = found.finding.code.entry().id;
        // Neither place nor message holds a value of the file, so that both can be logged.
        let _ = writeln!(lines, "{code} {}: {}", found.place(), found.message());
    }
    lines
}

fn main() -> std::io::Result<()> {
    let default = "fixtures/demo/requests/20-trace-without-company.x12".to_owned();
    let path = std::env::args().nth(1).unwrap_or(default);
    print!("{}", report(&std::fs::read(path)?));
    Ok(())
}
