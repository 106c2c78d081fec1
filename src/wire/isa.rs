//! Finds the ISA at the front of a text, also one whose blanks were collapsed on the way.

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
        let Some(last) =
            reach.iter().enumerate().filter(|(_, b)| **b == element).nth(15).map(|(at, _)| at)
        else {
            return if text.len() >= REACH { IsaRead::No } else { undecided };
        };
        let [_, component, terminator, ..] = reach[last..] else {
            return if text.len() >= REACH { IsaRead::No } else { undecided };
        };
        // Only what belongs to the header is read, so that the result does not depend on what has come after it.
        match Delimiters::from_isa(&reach[..last + 3]) {
            Ok(delimiters) => {
                IsaRead::Header { delimiters, fault: None, length: Delimiters::ISA_BYTES - 1 }
            }
            Err(_) if terminator == element || terminator.is_ascii_alphanumeric() => IsaRead::No,
            Err(fault) => {
                let fault = if fault == IsaFault::TooShort {
                    IsaFault::Width(first_shift(&reach[..last + 3]))
                } else {
                    fault
                };
                let repetition = repetition_of(reach, element);
                let delimiters = Delimiters { element, component, repetition, terminator };
                IsaRead::Header { delimiters, fault: Some(fault), length: last + 2 }
            }
        }
    }
}

/// The first element whose separator is not where its width puts it.
fn first_shift(isa: &[u8]) -> u8 {
    let stands = |at: &usize| isa.get(*at) == Some(&isa[3]);
    Delimiters::ISA_SEPARATORS.iter().take_while(|at| stands(at)).count() as u8
}

/// ISA11, where it can be a separator.
fn repetition_of(isa: &[u8], element: u8) -> Option<u8> {
    match isa.split(|b| *b == element).nth(11) {
        Some([byte]) if !byte.is_ascii_alphanumeric() && *byte != b' ' => Some(*byte),
        _ => None,
    }
}
