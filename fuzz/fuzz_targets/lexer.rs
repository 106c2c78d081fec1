//! The index gives what splitting gives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use x12gate::wire::{Delimiters, Tape};

fuzz_target!(|data: &[u8]| {
    let delimiters = Delimiters::STANDARD;
    let mut tape = Tape::default();
    tape.fill(data, delimiters);
    let layout = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    let plain = data
        .split(|b| *b == delimiters.terminator)
        .map(|s| &s[s.iter().take_while(|b| layout(b)).count()..])
        .filter(|s| !s.is_empty());
    let mut count = 0;
    for (segment, text) in tape.segments(data).zip(plain.clone()) {
        count += 1;
        if segment.tag().is_binary() {
            // Its length decides; that framer and tape agree on it is what the framer's target asks.
            return;
        }
        assert_eq!(segment.bytes(), text);
        let elements: Vec<_> = segment.elements().map(|e| e.bytes).collect();
        let split: Vec<_> = text.split(|b| *b == delimiters.element).skip(1).collect();
        assert_eq!(elements, split);
        for element in segment.elements() {
            let simple = !element.bytes.contains(&b':') && !element.bytes.contains(&b'^');
            assert_eq!(element.simple, simple);
            assert_eq!(&segment.bytes()[element.offset as usize..][..element.bytes.len()], element.bytes);
        }
    }
    assert_eq!(count, plain.count());
});
