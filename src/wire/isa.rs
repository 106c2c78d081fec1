//! Finds the ISA at the front of a text, also one whose blanks were collapsed on the way.

use super::delimiters::is_layout;
use super::{Delimiters, IsaFault};

/// The outcome of looking for an ISA.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum IsaRead {
    /// Too few bytes to decide.
    NeedMore,
    /// There is one.
    Header {
        delimiters: Delimiters,
        /// What is wrong with its widths.
        fault: Option<IsaFault>,
        /// Its length without the terminator.
        length: usize,
    },
    /// There is none.
    No,
}

/// An ISA has sixteen separators; with every element at its widest and some slack they lie within this many bytes.
const REACH: usize = 250;

/// The terminator that stands behind blanks, or at the end of the segment after them, lies within this many bytes.
const TERMINATOR_REACH: usize = 160;

impl IsaRead {
    /// Looks at the front of `text`; `end` says that no more will come.
    pub(super) fn of(text: &[u8], end: bool) -> IsaRead {
        let undecided = if end { IsaRead::No } else { IsaRead::NeedMore };
        if text.len() < 4 {
            return if b"ISA".starts_with(&text[..text.len().min(3)]) {
                undecided
            } else {
                IsaRead::No
            };
        }
        let element = text[3];
        if !text.starts_with(b"ISA") || element.is_ascii_alphanumeric() || element == b' ' {
            return IsaRead::No;
        }
        let reach = &text[..text.len().min(REACH)];
        let is_padded = Delimiters::ISA_SEPARATORS
            .iter()
            .all(|at| reach.get(*at).is_none_or(|b| *b == element));
        if is_padded && reach.len() < Delimiters::ISA_BYTES {
            return undecided;
        }
        // By its widths where it has them: an element may be the separator itself.
        let last = if is_padded {
            Delimiters::ISA_BYTES - 3
        } else {
            let mut separators = reach.iter().enumerate().filter(|(_, b)| **b == element);
            let Some((last, _)) = separators.nth(15) else {
                return if text.len() >= REACH { IsaRead::No } else { undecided };
            };
            last
        };
        let [_, component, terminator, ..] = reach[last..] else {
            return if text.len() >= REACH { IsaRead::No } else { undecided };
        };
        // Only what belongs to the header is read, so that the result does not depend on what has come after it.
        let mut fault = match Delimiters::from_isa(&reach[..last + 3]) {
            Ok(delimiters) => {
                let length = Delimiters::ISA_BYTES - 1;
                return IsaRead::Header { delimiters, fault: None, length };
            }
            Err(_) if terminator == element || terminator.is_ascii_alphanumeric() => {
                return IsaRead::No;
            }
            Err(IsaFault::TooShort) => IsaFault::Width(first_shift(&reach[..last + 3])),
            Err(fault) => fault,
        };
        let repetition = repetition_of(reach, element, is_padded)
            .filter(|byte| ![element, component, terminator].contains(byte));
        let mut delimiters = Delimiters { element, component, repetition, terminator };
        let mut length = last + 2;
        if terminator == b' ' {
            match terminator_after(&text[length..], element, end) {
                Found::At(blanks, byte) => {
                    delimiters.terminator = byte;
                    length += blanks;
                    fault = IsaFault::Terminator;
                }
                Found::NeedMore => return IsaRead::NeedMore,
                Found::No => {}
            }
        }
        IsaRead::Header { delimiters, fault: Some(fault), length }
    }
}

/// The outcome of looking for the terminator behind a blank.
enum Found {
    NeedMore,
    /// The terminator in use, and how many blanks belong to the header.
    At(usize, u8),
    No,
}

/// Looks for the terminator in use where there is a blank in its place: the byte after the blanks, or the one that ends the
/// GS or TA1 after them.
#[cold]
fn terminator_after(text: &[u8], element: u8, end: bool) -> Found {
    let reach = &text[..text.len().min(TERMINATOR_REACH)];
    let undecided = if end || text.len() >= TERMINATOR_REACH { Found::No } else { Found::NeedMore };
    let blanks = reach.iter().take_while(|b| **b == b' ').count();
    let layout = reach.iter().take_while(|b| is_layout(**b)).count();
    let rest = &reach[layout..];
    // The elements of the segment that comes next.
    let Some(tag) = [&b"GS"[..], b"TA1"].into_iter().find(|tag| rest.starts_with(tag)) else {
        return match rest {
            [byte, ..] if !byte.is_ascii_alphanumeric() && *byte != element && layout == blanks => {
                Found::At(blanks, *byte)
            }
            [] | [b'G'] | [b'T'] | [b'T', b'A'] => undecided,
            _ => Found::No,
        };
    };
    let elements = if tag == b"GS" { 8 } else { 5 };
    let mut separators = rest.iter().enumerate().filter(|(_, b)| **b == element);
    let Some((last, _)) = separators.nth(elements - 1) else { return undecided };
    match rest[last + 1..].iter().find(|b| !b.is_ascii_alphanumeric()) {
        Some(byte) if *byte != element && *byte != b' ' => Found::At(0, *byte),
        Some(_) => Found::No,
        None => undecided,
    }
}

/// The first element whose separator is not where its width puts it.
fn first_shift(isa: &[u8]) -> u8 {
    let stands = |at: &usize| isa.get(*at) == Some(&isa[3]);
    Delimiters::ISA_SEPARATORS.iter().take_while(|at| stands(at)).count() as u8
}

/// ISA11, where it can be a separator.
fn repetition_of(isa: &[u8], element: u8, is_padded: bool) -> Option<u8> {
    let text = if is_padded { isa.get(82..83) } else { isa.split(|b| *b == element).nth(11) };
    match text {
        Some([byte]) if !byte.is_ascii_alphanumeric() && *byte != b' ' => Some(*byte),
        _ => None,
    }
}
