//! Whatever values a segment is given, it is refused or reads back as it was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use x12gate::wire::{Delimiters, Emitter, Tape};

fuzz_target!(|data: &str| {
    let values: Vec<&str> = data.split('\n').take(20).collect();
    let mut out = Emitter::new(Delimiters::STANDARD);
    let written = values.iter().fold(out.segment("REF"), |segment, value| segment.text(value)).end();
    let text = out.into_bytes();
    let mut tape = Tape::default();
    tape.fill(&text, Delimiters::STANDARD);
    if written.is_err() {
        assert!(tape.is_empty(), "nothing is left of a segment that was refused");
        return;
    }
    let given = values.iter().rposition(|value| !value.is_empty()).map_or(0, |last| last + 1);
    let read: Vec<&[u8]> = match tape.len() {
        0 => Vec::new(),
        _ => tape.segment(&text, 0).elements().map(|element| element.bytes).collect(),
    };
    let given: Vec<&[u8]> = values[..given].iter().map(|value| value.as_bytes()).collect();
    assert_eq!(read, given);
});
