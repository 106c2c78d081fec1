//! Answers as the ledger keeps them: text in the standard separators, from ST to SE.

use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::finding::Policy;
use crate::guide::Registry;
use crate::txn::review::{Purpose, Review, Side};
use crate::wire::{Delimiters, Emitter, Inline};

/// ST02 of what is kept.
const CONTROL: &str = "0001";

/// The text of an answer; empty where it cannot be written, in which case it cannot be sent either.
pub(super) fn write(review: &Review, purpose: Purpose) -> Box<str> {
    let mut out = Emitter::new(Delimiters::STANDARD);
    match review.write(purpose, Side::Answer, CONTROL, &mut out) {
        Ok(()) => String::from_utf8(out.into_bytes()).unwrap_or_default().into(),
        Err(_) => Box::default(),
    }
}

/// The answer of a text; none where it is no answer of this purpose.
pub(super) fn read(text: &str, purpose: Purpose) -> Option<Review> {
    let group = GroupHeader {
        functional: Inline::from("HI"),
        version: Inline::from(purpose.guide()),
        ..GroupHeader::default()
    };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default()).with_tree();
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let (_, walked) = checker.walk(text.as_bytes(), place);
    Some(Review::read(walked?.root(), purpose))
}
