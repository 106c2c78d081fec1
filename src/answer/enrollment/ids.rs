//! Member ids as sponsors send them.

use crate::segments::find;
use crate::store::normalise_id;
use crate::txn::enrollment::Member;

/// Letters a product prefix may have at most.
const PREFIX_LETTERS_MAX: usize = 3;
/// Most characters of a subscriber number.
const NUMBER_CHARS_MAX: usize = 40;

/// A subscriber's id taken apart.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SubscriberId {
    pub(super) prefix: Box<str>,
    pub(super) subscriber: Box<str>,
    pub(super) suffix: Option<Box<str>>,
}

/// The id that a member's REF*0F names; none when it is not one.
pub(super) fn of(member: &Member, digits: u8) -> Option<SubscriberId> {
    parse(find(&member.references, "0F")?, digits)
}

/// Takes an id apart: up to three letters, so many digits, and two digits of a suffix or none. Where a number has no fixed length,
/// any id is a number.
pub(super) fn parse(id: &str, digits: u8) -> Option<SubscriberId> {
    let id = normalise_id(id);
    if id.is_empty() || id.len() > NUMBER_CHARS_MAX || !id.is_ascii() {
        return None;
    }
    if digits == 0 {
        return Some(SubscriberId { prefix: "".into(), subscriber: id.into(), suffix: None });
    }
    let letters = id.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (prefix, rest) = id.split_at(letters);
    let is_number = rest.bytes().all(|b| b.is_ascii_digit());
    let (number, suffix) = rest.split_at_checked(usize::from(digits))?;
    if letters > PREFIX_LETTERS_MAX || !is_number || !matches!(suffix.len(), 0 | 2) {
        return None;
    }
    let suffix = (!suffix.is_empty()).then(|| suffix.into());
    Some(SubscriberId { prefix: prefix.into(), subscriber: number.into(), suffix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_apart() {
        let parts = |id: &str, digits| {
            parse(id, digits).map(|id| {
                (id.prefix.to_string(), id.subscriber.to_string(), id.suffix.map(String::from))
            })
        };
        let whole = |prefix: &str, number: &str, suffix: &str| {
            let suffix = (!suffix.is_empty()).then(|| suffix.to_owned());
            Some((prefix.to_owned(), number.to_owned(), suffix))
        };
        for (id, digits, expected) in [
            ("S12300000101", 9, whole("S", "123000001", "01")),
            ("s 123-000-001", 9, whole("S", "123000001", "")),
            ("123000001", 9, whole("", "123000001", "")),
            ("12300000101", 9, whole("", "123000001", "01")),
            ("S1230000010", 9, None),
            ("S1230000", 9, None),
            ("S123000001AB", 9, None),
            ("ABCD123000001", 9, None),
            ("", 9, None),
            ("A1", 0, whole("", "A1", "")),
        ] {
            assert_eq!(parts(id, digits), expected, "{id}");
        }
    }
}
