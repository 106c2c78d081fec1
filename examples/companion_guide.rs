//! Checks a file against a payer's companion guide, which is laid over the implementation guide. Needs the core alone
//! (`--no-default-features`).
//!
//! `cargo run --example companion_guide`

use x12gate::check::findings;
use x12gate::dict::TextError;
use x12gate::finding::Policy;
use x12gate::guide::Registry;

/// What this payer asks for beyond the guide: a member is named by an id, and the card number is not taken.
const COMPANION_GUIDE: &str = "\
overlay acme  on 005010X279A1  set 270  Acme Health Plan
2100C/NM109  require
2100C/NM109  length 11..15
";

/// How many findings there are by the implementation guide alone, and what the companion guide adds to them.
pub(crate) fn compare(input: &[u8]) -> Result<(usize, Vec<String>), TextError> {
    let mut registry = Registry::new();
    registry.add_text("acme.overlay", COMPANION_GUIDE)?;
    let policy = Policy::default();
    let plain = findings(input, &registry, &policy);
    let mut strict = Vec::new();
    if let Some(acme) = registry.overlaid("acme") {
        let found = findings(input, &acme, &policy);
        strict.extend(found.iter().map(|found| format!("{}: {}", found.place(), found.message())));
    }
    Ok((plain.len(), strict))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string("fixtures/valid/270_subscriber.edi")?;
    // An id of nine characters is fine by the guide.
    let text = text.replace("S12300000101", "123000001");
    let (plain, strict) = compare(text.as_bytes())?;
    println!("by the implementation guide: {plain} findings");
    println!("by the companion guide: {} findings", strict.len());
    for line in strict {
        println!("  {line}");
    }
    Ok(())
}
