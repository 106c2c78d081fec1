//! The widths of an ISA.

use super::super::input::Isa;
use super::Change;
use crate::wire::Delimiters;

/// The width of each element of an ISA.
const WIDTHS: [usize; 16] = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1];

/// The elements that blanks fill up at their end: authorization, password and the ids.
const PADDED: [usize; 4] = [2, 4, 6, 8];

/// The control number, which zeros fill up at its front.
const CONTROL: usize = 13;

/// The text of an ISA with its fixed widths, and what was done to it.
pub(super) fn repaired(isa: &Isa<'_>) -> (Vec<u8>, Option<Change>) {
    let old = isa.text;
    let is_well = isa.fault.is_none() && old.len() + 1 == Delimiters::ISA_BYTES;
    if is_well {
        return (old.to_vec(), None);
    }
    match rebuilt(old, isa.delimiters.element) {
        Some(new) if new == old => (new, None),
        Some(new) => (new, Some(Change::HeaderWidths)),
        None => (old.to_vec(), Some(Change::HeaderLeft)),
    }
}

fn rebuilt(old: &[u8], separator: u8) -> Option<Vec<u8>> {
    let mut parts = old.split(|byte| *byte == separator);
    let mut new = parts.next()?.to_vec();
    for (position, width) in (1..).zip(WIDTHS) {
        let value = parts.next()?;
        // A blank after the last element belongs to no element.
        let value = if value.len() > width { value.trim_ascii_end() } else { value };
        let missing = width.checked_sub(value.len())?;
        new.push(separator);
        match position {
            CONTROL if value.iter().all(u8::is_ascii_digit) && !value.is_empty() => {
                new.extend(std::iter::repeat_n(b'0', missing));
                new.extend_from_slice(value);
            }
            position if PADDED.contains(&position) => {
                new.extend_from_slice(value);
                new.extend(std::iter::repeat_n(b' ', missing));
            }
            _ if missing == 0 => new.extend_from_slice(value),
            _ => return None,
        }
    }
    parts.next().is_none().then_some(new)
}
