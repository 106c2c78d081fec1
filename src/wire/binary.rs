//! Where a segment with binary data ends: given by its length, not by the next terminator.
//!
//! BIN and BDS contain arbitrary bytes, separators and terminators included. The element before the data gives their
//! length in bytes; a terminator has to follow. Where the length is wrong, the data is taken to end at the first
//! terminator that a segment follows, so that one wrong number does not spoil the rest of the set. Framer and tape both
//! use this module and so cut alike.

use memchr::memchr;

use super::Delimiters;
use super::delimiters::is_layout;

/// Longest element in front of binary data; a longer one is not a length.
const HEADER_ELEMENT_MAX: usize = 20;

/// Digits of a length (data element 784).
const LENGTH_DIGITS_MAX: usize = 15;

/// Layout allowed between a terminator and the next segment for it to be recognised.
const LAYOUT_MAX: usize = 64;

/// Where a segment that begins as a binary one ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// It has no data element: its end is its terminator, as of any other segment.
    Plain,
    /// Not known yet; it does not end in the first `searched` bytes.
    NeedMore { searched: usize },
    /// The data begins at `data` and is over the limit.
    Over { data: usize },
    /// The data are the bytes `data..end`. A terminator is at `end`, or the text ends there.
    Data { data: usize, end: usize },
}

/// The part of the segment before the data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Header {
    Incomplete,
    None,
    Data { data: usize, declared: Option<u64> },
}

/// True for the beginning of a segment whose last element is binary.
#[inline]
pub(super) fn begins(text: &[u8], element: u8) -> bool {
    matches!(text, [b'B', b'I', b'N', e, ..] | [b'B', b'D', b'S', e, ..] if *e == element)
}

/// Position of the data among the elements, for a segment that [`begins`] as a binary one: BIN02, BDS03.
pub(super) fn data_position(text: &[u8]) -> usize {
    if text.get(1) == Some(&b'I') { 2 } else { 3 }
}

/// How much of a segment may be kept and shown: all of it but binary data.
pub(crate) fn shown_length(segment: &[u8], delimiters: Delimiters) -> usize {
    if !begins(segment, delimiters.element) {
        return segment.len();
    }
    match header(segment, delimiters) {
        Header::Data { data, .. } => data,
        Header::None | Header::Incomplete => segment.len(),
    }
}

/// A length as it is written before binary data; `None` where it is not a whole number.
pub(super) fn length(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > LENGTH_DIGITS_MAX || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

/// Where the segment at the front of `text`, which [`begins`] as a binary one, ends. `limit` is the most bytes its data
/// may have, `searched` what an earlier call returned, and `end` says that no more bytes will come.
pub(super) fn reach(
    text: &[u8],
    delimiters: Delimiters,
    limit: usize,
    searched: usize,
    end: bool,
) -> Reach {
    let (data, declared) = match header(text, delimiters) {
        Header::Data { data, declared } => (data, declared),
        Header::Incomplete if !end => return Reach::NeedMore { searched: 0 },
        Header::None | Header::Incomplete => return Reach::Plain,
    };
    if let Some(declared) = declared {
        let Some(declared) = usize::try_from(declared).ok().filter(|bytes| *bytes <= limit) else {
            return Reach::Over { data };
        };
        match text.get(data.saturating_add(declared)) {
            Some(byte) if *byte == delimiters.terminator => {
                return Reach::Data { data, end: data + declared };
            }
            None if !end => return Reach::NeedMore { searched: 0 },
            _ => {}
        }
    }
    // The length is wrong or not a number.
    match closing(text, data.max(searched), delimiters, end) {
        Closing::At(end) if end - data <= limit => Reach::Data { data, end },
        Closing::NeedMore { searched } if searched.saturating_sub(data) <= limit => {
            Reach::NeedMore { searched }
        }
        Closing::Nowhere if text.len() - data <= limit => Reach::Data { data, end: text.len() },
        _ => Reach::Over { data },
    }
}

/// The first terminator that a segment follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Closing {
    /// Its position.
    At(usize),
    /// It is not in the first `searched` bytes.
    NeedMore { searched: usize },
    /// The text ends without one.
    Nowhere,
}

/// Looks for the first terminator from `from` on that a segment follows, or the end of the text.
pub(super) fn closing(text: &[u8], from: usize, delimiters: Delimiters, end: bool) -> Closing {
    let mut at = from;
    while let Some(found) = memchr(delimiters.terminator, text.get(at..).unwrap_or_default()) {
        at += found;
        match follows(&text[at + 1..], delimiters.element, end) {
            Some(true) => return Closing::At(at),
            Some(false) => at += 1,
            None => return Closing::NeedMore { searched: at },
        }
    }
    if end { Closing::Nowhere } else { Closing::NeedMore { searched: text.len().max(from) } }
}

/// True when a segment begins here, after some layout, or nothing follows; `None` when that cannot be decided yet.
fn follows(text: &[u8], element: u8, end: bool) -> Option<bool> {
    let layout = text.iter().take(LAYOUT_MAX + 1).take_while(|byte| is_layout(**byte)).count();
    if layout > LAYOUT_MAX {
        return Some(false);
    }
    let rest = &text[layout..];
    if rest.is_empty() {
        return end.then_some(true);
    }
    // A header has its own separators.
    if rest.starts_with(b"ISA") {
        return Some(true);
    }
    let tag = rest.iter().take(4).take_while(|byte| is_of_tag(**byte)).count();
    match rest.get(tag) {
        Some(byte) => {
            Some(*byte == element && (2..4).contains(&tag) && rest[0].is_ascii_uppercase())
        }
        None if tag > 3 || !rest[0].is_ascii_uppercase() => Some(false),
        None => end.then_some(false),
    }
}

fn is_of_tag(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// Reads the elements before the data.
fn header(text: &[u8], delimiters: Delimiters) -> Header {
    let mut at = 4;
    let mut before: &[u8] = &[];
    for _ in 1..data_position(text) {
        let reach = &text[at..text.len().min(at + HEADER_ELEMENT_MAX + 1)];
        let is_end = |byte: &u8| *byte == delimiters.element || *byte == delimiters.terminator;
        let Some(length) = reach.iter().position(is_end) else {
            return if reach.len() > HEADER_ELEMENT_MAX {
                Header::None
            } else {
                Header::Incomplete
            };
        };
        if reach[length] == delimiters.terminator {
            return Header::None;
        }
        before = &reach[..length];
        at += length + 1;
    }
    Header::Data { data: at, declared: length(before) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Reach {
        reach(text.as_bytes(), Delimiters::STANDARD, 100, 0, true)
    }

    #[test]
    fn the_length_decides() {
        let data = |data, end| Reach::Data { data, end };
        assert_eq!(whole("BIN*5*a~SE*~SE*2*1~"), data(6, 11));
        assert_eq!(whole("BIN*0*~SE*2*1~"), data(6, 6));
        assert_eq!(whole("BDS*B64*4*AA==~SE*2*1~"), data(10, 14));
    }

    #[test]
    fn a_wrong_length_ends_at_a_terminator_that_a_segment_follows() {
        let data = |data, end| Reach::Data { data, end };
        for length in ["4", "7", "99", "11a", "-5", ""] {
            let text = format!("BIN*{length}*a~b*c~\n SE*2*1~");
            let start = text.find("a~b").unwrap();
            assert_eq!(whole(&text), data(start, start + 5), "{text}");
        }
        assert_eq!(whole("BIN*9*a~bc"), data(6, 10), "cut off in the data");
        assert_eq!(whole("BIN*9*a~\n"), data(6, 7));
    }

    #[test]
    fn without_data_there_is_nothing_to_measure() {
        for text in ["BIN*5~SE*2*1~", "BIN*5", "BDS*B64*5~", "BIN*1234567890123456789012*A~"] {
            assert_eq!(whole(text), Reach::Plain, "{text}");
        }
    }

    #[test]
    fn over_the_limit_by_its_length_or_by_what_is_there() {
        assert_eq!(whole("BIN*101*a~SE*1~"), Reach::Over { data: 8 });
        assert_eq!(whole(&format!("BIN*x*{}~SE*1~", "a".repeat(101))), Reach::Over { data: 6 });
    }

    #[test]
    fn only_what_stands_before_the_data_is_shown() {
        let shown = |text: &str| shown_length(text.as_bytes(), Delimiters::STANDARD);
        assert_eq!(shown("BIN*5*ABCDE"), 6);
        assert_eq!(shown("BDS*ASC*2*AB"), 10);
        assert_eq!(shown("BIN*5"), 5);
        assert_eq!(shown("REF*5*ABCDE"), 11);
    }
}
