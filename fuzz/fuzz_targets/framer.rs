//! However the input is cut, the pieces are the same; and every call makes progress.
#![no_main]

use libfuzzer_sys::fuzz_target;
use x12gate::wire::{FrameLimits, Framed, Framer, PieceKind};

fn pieces(input: &[u8], chunk: usize) -> Vec<(PieceKind, Vec<u8>)> {
    let mut framer = Framer::new(FrameLimits { segment_bytes_max: 300, part_bytes_max: 500 });
    let (mut buffer, mut fed, mut found) = (Vec::new(), 0, Vec::new());
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
                if piece.kind != PieceKind::Garbage {
                    found.push((piece.kind, buffer[piece.span.clone()].to_vec()));
                }
                buffer.drain(..piece.consumed);
            }
            Framed::End => return found,
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((chunk, input)) = data.split_first() else { return };
    assert_eq!(pieces(input, usize::from(*chunk) + 1), pieces(input, usize::MAX));
});
