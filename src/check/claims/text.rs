//! Keeps the text of claims while their set is checked: a copy of each segment, in the level that it belongs to.

use std::sync::Arc;

use super::record::ClaimText;
use super::scopes::Scope;
use crate::wire::{Delimiters, Segment, Tag};

/// Bytes kept of one claim, or of one of its parties. The text of a claim with more is not kept.
const LEVEL_BYTES_MAX: usize = 4 << 20;

/// Bytes of the claims of one subscriber that wait for its end; with more they are told early.
const WAITING_BYTES_MAX: usize = 4 << 20;

/// The text of one level, shared by the claims below it once the first of them has ended.
#[derive(Default)]
struct Level {
    text: Vec<u8>,
    shared: Option<Arc<[u8]>>,
    /// It is longer than is kept.
    is_cut: bool,
}

impl Level {
    fn clear(&mut self) {
        self.text.clear();
        self.shared = None;
        self.is_cut = false;
    }

    #[inline]
    fn keep(&mut self, segment: &Segment<'_>, separators: Delimiters) {
        let bytes = segment.bytes();
        if self.is_cut || self.text.len() + bytes.len() >= LEVEL_BYTES_MAX {
            self.is_cut = true;
            return;
        }
        self.text.extend_from_slice(bytes);
        self.text.push(separators.terminator);
        self.shared = None;
    }

    fn share(&mut self) -> Arc<[u8]> {
        self.shared.get_or_insert_with(|| self.text.as_slice().into()).clone()
    }
}

/// The text of the levels that are open.
pub(super) struct TextKeeper {
    delimiters: Delimiters,
    provider: Level,
    subscriber: Level,
    patient: Level,
    claim: Level,
    waiting_bytes: usize,
}

impl TextKeeper {
    pub(super) fn new(delimiters: Delimiters) -> TextKeeper {
        TextKeeper {
            delimiters,
            provider: Level::default(),
            subscriber: Level::default(),
            patient: Level::default(),
            claim: Level::default(),
            waiting_bytes: 0,
        }
    }

    /// A level begins; those below it are forgotten.
    pub(super) fn begin(&mut self, head: Scope) {
        let levels = [
            (Scope::Provider, &mut self.provider),
            (Scope::Subscriber, &mut self.subscriber),
            (Scope::Patient, &mut self.patient),
            (Scope::Claim, &mut self.claim),
        ];
        levels.into_iter().filter(|(scope, _)| head <= *scope).for_each(|(_, level)| level.clear());
    }

    /// Keeps a segment of the level that is open.
    #[inline]
    pub(super) fn keep(&mut self, scope: Scope, segment: &Segment<'_>) {
        if segment.tag() == Tag::new(b"HL") {
            return;
        }
        let level = match scope {
            Scope::Set => return,
            Scope::Provider => &mut self.provider,
            Scope::Subscriber => &mut self.subscriber,
            Scope::Patient => &mut self.patient,
            Scope::Claim | Scope::Line => &mut self.claim,
        };
        level.keep(segment, self.delimiters);
    }

    /// The text of the claim that has ended.
    pub(super) fn take(&mut self) -> Option<Box<ClaimText>> {
        let levels = [&self.provider, &self.subscriber, &self.patient, &self.claim];
        if levels.into_iter().any(|level| level.is_cut) {
            return None;
        }
        self.waiting_bytes += self.claim.text.len();
        Some(Box::new(ClaimText {
            delimiters: self.delimiters,
            provider: self.provider.share(),
            subscriber: self.subscriber.share(),
            patient: self.patient.share(),
            claim: self.claim.text.as_slice().into(),
        }))
    }

    /// True when claims that wait hold much text.
    pub(super) fn is_full(&self) -> bool {
        self.waiting_bytes >= WAITING_BYTES_MAX
    }

    /// The claims that waited were told.
    pub(super) fn told(&mut self) {
        self.waiting_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Tape;

    /// Keeps a segment so often.
    fn keep(keeper: &mut TextKeeper, scope: Scope, text: &str, times: usize) {
        let mut tape = Tape::default();
        tape.fill(text.as_bytes(), Delimiters::STANDARD);
        (0..times).for_each(|_| keeper.keep(scope, &tape.segment(text.as_bytes(), 0)));
    }

    #[test]
    fn a_claim_of_too_much_text_is_told_without_it_and_the_next_one_with() {
        let mut keeper = TextKeeper::new(Delimiters::STANDARD);
        keep(&mut keeper, Scope::Provider, "HL*1**20*1~", 1);
        keep(&mut keeper, Scope::Provider, "NM1*85*2*CLINIC~", 1);
        keeper.begin(Scope::Claim);
        keep(&mut keeper, Scope::Claim, "CLM*1*10~", LEVEL_BYTES_MAX / 9 + 1);
        assert_eq!((keeper.take(), keeper.is_full()), (None, false));
        keeper.begin(Scope::Claim);
        keep(&mut keeper, Scope::Line, "LX*1~", 1);
        let kept = keeper.take().unwrap().to_bytes();
        assert_eq!(String::from_utf8_lossy(&kept), "*:^~NM1*85*2*CLINIC~LX*1~");
    }

    #[test]
    fn much_text_does_not_wait() {
        let mut keeper = TextKeeper::new(Delimiters::STANDARD);
        for _ in 0..5 {
            assert!(!keeper.is_full());
            keeper.begin(Scope::Claim);
            keep(&mut keeper, Scope::Claim, "CLM*1*10~", WAITING_BYTES_MAX / 45 + 1);
            keeper.take().unwrap();
        }
        assert!(keeper.is_full());
        keeper.told();
        assert!(!keeper.is_full());
    }
}
