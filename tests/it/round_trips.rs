//! What is generated is read into its type, written again, and read as the same.

use x12gate::check::{InputPart, read_parts};
use x12gate::generate::{GenerateKind, GenerateOptions, generate};
use x12gate::guide::Registry;
use x12gate::txn::remittance::RemittanceAdvice;
use x12gate::wire::{Delimiters, EmitError, Emitter};

/// The envelope of what was generated, and its sets as they are read.
fn read(text: &[u8]) -> Vec<RemittanceAdvice> {
    let mut sets = Vec::new();
    read_parts(text, Registry::embedded(), |part| match part {
        InputPart::Set { root, report, .. } => {
            assert!(report.findings.is_empty(), "{:?}", report.findings);
            sets.push(RemittanceAdvice::read(root));
        }
        InputPart::Envelope(_) => {}
        _ => panic!("not a set of a known guide"),
    });
    sets
}

fn generated(seed: u64) -> Vec<u8> {
    let at = time::macros::datetime!(2026-01-05 09:30);
    let options = GenerateOptions::new(GenerateKind::Payment, at);
    let options = GenerateOptions { seed, count: 60, per_set: 20, members: 1000, ..options };
    let mut text = Vec::new();
    generate::<EmitError>(&options, &mut |bytes, _| {
        text.extend_from_slice(bytes);
        Ok(())
    })
    .unwrap();
    text
}

#[test]
fn generated_835s_are_read_written_and_read_as_the_same() {
    for seed in 1..=40 {
        let text = generated(seed);
        let sets = read(&text);
        assert!(sets.len() >= 3, "seed {seed}");
        let whole = String::from_utf8(text).unwrap();
        let (head, rest) = whole.split_once("ST*").unwrap();
        let tail = &rest[rest.find("~GE*").unwrap() + 1..];
        let mut out = Emitter::new(Delimiters::STANDARD);
        for advice in &sets {
            assert_eq!(advice.balance(), Ok(()), "seed {seed}");
            advice.write(&mut out).unwrap();
        }
        let again = [head.as_bytes(), out.bytes(), tail.as_bytes()].concat();
        assert!(read(&again) == sets, "seed {seed}");
    }
}
