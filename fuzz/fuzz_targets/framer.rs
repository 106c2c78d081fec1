//! However the input is cut, the pieces are the same; every call makes progress; framer and tape cut segments alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use x12gate::wire::{FrameLimits, Framed, Framer, PieceKind, Tape};

fn pieces(input: &[u8], chunk: usize, part_bytes_max: usize) -> (Vec<(PieceKind, Vec<u8>)>, usize) {
    // The first byte after the size of the chunks decides whether fragments are framed.
    let fragments = input.first().is_some_and(|byte| byte % 2 == 1);
    let mut framer =
        Framer::new(FrameLimits { segment_bytes_max: 300, binary_bytes_max: 400, part_bytes_max, fragments });
    let (mut buffer, mut fed, mut found) = (Vec::new(), 0, Vec::new());
    let (mut tape, mut segments) = (Tape::default(), 0);
    loop {
        let end = fed == input.len();
        match framer.next(&buffer, end) {
            Framed::NeedMore { consumed } => {
                assert!(!end);
                buffer.drain(..consumed);
                let more = chunk.min(input.len() - fed);
                buffer.extend_from_slice(&input[fed..fed + more]);
                fed += more;
            }
            Framed::Piece(piece) => {
                assert!(piece.consumed > 0 || piece.span.is_empty());
                if matches!(piece.kind, PieceKind::Set { .. }) {
                    tape.fill(&buffer[piece.span.clone()], piece.delimiters);
                    segments += tape.len();
                }
                if piece.kind != PieceKind::Garbage {
                    found.push((piece.kind, buffer[piece.span.clone()].to_vec()));
                }
                buffer.drain(..piece.consumed);
            }
            Framed::End => return (found, segments),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((chunk, input)) = data.split_first() else { return };
    let whole = pieces(input, usize::MAX, 500);
    assert_eq!(pieces(input, usize::from(*chunk) + 1, 500), whole);
    // Wherever the framer ends a segment the tape does too: in parts of one segment each there are as many of them.
    assert_eq!(pieces(input, usize::MAX, 1).1, whole.1);
});
