//! The end of a set: its trailer, and what is found as its loops close.

use super::SegmentChecker;
use super::hooks::Hooks;
use crate::finding::{Code, Detail, Finding, Locus, Severity};
use crate::guide::Guide;
use crate::tree::{GuideMap, Lookahead, StepContext};
use crate::wire::Segment;

impl SegmentChecker<'_> {
    /// Compares the SE with what was counted.
    pub(super) fn trailer(&mut self, se: Segment<'_>, at: Locus) {
        self.set.is_ended = true;
        let counted = u64::from(self.set.position);
        let before = self.found();
        match number(se.value(1)) {
            Some(found) if found == counted => {}
            found => {
                let at = Locus { element: 1, data_element: 96, ..at };
                self.findings.push(
                    Code::SetSegmentCount,
                    at,
                    Detail::Count { found: found.unwrap_or(0), expected: counted },
                );
                // Two segments that were read as one are one too few.
                self.findings.follow(before, self.set.lost);
            }
        }
        if se.value(2) != self.set.report.header.control.as_bytes() && se.value(2).len() <= 9 {
            self.findings.push(
                Code::SetControlMismatch,
                Locus { element: 2, data_element: 329, ..at },
                Detail::None,
            );
        }
    }

    /// A level that is repeated claims a child in vain.
    #[cold]
    fn explain_repeated(&mut self) {
        let Some((position, root)) = self.set.repeated else { return };
        let is_claim = |f: &Finding| {
            f.code == Code::LevelChildClaimed && f.because.is_none() && f.at.segment + 1 == position
        };
        if let Some(index) = self.findings.as_slice().iter().position(is_claim) {
            self.findings.follow_one(index, root);
        }
    }

    /// A wrong count of segments follows from a segment that is missing or one too many. Of several findings none explains it, unless
    /// there are no more than the count is off.
    #[cold]
    fn explain_count(&mut self) {
        let all = self.findings.as_slice();
        let is_count = |f: &Finding| f.code == Code::SetSegmentCount && f.because.is_none();
        let Some(index) = all.iter().rposition(is_count) else { return };
        let Detail::Count { found, expected } = all[index].detail else { return };
        if let Some((_, root)) = self.set.repeated.filter(|_| found < expected) {
            return self.findings.follow_one(index, root);
        }
        let is_missing = |code: Code| {
            matches!(
                code,
                Code::SegmentMissing | Code::LoopMissing | Code::SituationalSegmentMissing
            )
        };
        let is_extra = |code: Code| {
            matches!(
                code,
                Code::SegmentRepeats
                    | Code::LoopRepeats
                    | Code::SegmentUnexpected
                    | Code::SegmentSequence
                    | Code::SegmentNotUsed
                    | Code::SegmentNotInSet
                    | Code::SegmentUnknown
                    | Code::SituationalSegmentForbidden
                    | Code::KeyRepeated
                    | Code::AdjustmentGroupRepeated
            )
        };
        let is_number = |code: Code| code == Code::LevelNumber;
        let kinds: [&dyn Fn(Code) -> bool; 3] = match found > expected {
            true => [&is_missing, &is_number, &is_extra],
            false => [&is_extra, &is_number, &is_missing],
        };
        for kind in kinds {
            let is_root =
                |f: &&Finding| f.because.is_none() && f.severity == Severity::Error && kind(f.code);
            let mut roots = all.iter().filter(is_root);
            let Some(first) = roots.next().map(|root| root.at.offset) else { continue };
            let count = roots.count() as u64 + 1;
            if count == 1 || count <= found.abs_diff(expected) {
                self.findings.follow_one(index, first);
            }
            return;
        }
    }

    pub(super) fn close_walk(&mut self, guide: &Guide, at: Locus) {
        let map = GuideMap::new(guide);
        let level = self.levels.last();
        let (slots, levels) = (&mut self.slots, &mut self.levels);
        let mut hooks = Hooks::new(map, slots, levels, &mut self.code_dates, &mut self.claims);
        let mut context = StepContext {
            at: &at,
            next: Lookahead { following: None, index: 0, level },
            watch: &mut hooks,
            findings: &mut self.findings,
            tree: self.keep_tree.then_some(&mut self.tree),
        };
        self.walker.finish(map, &mut context);
        self.levels.finish(&mut self.findings);
        if self.findings.has_errors() {
            self.explain_repeated();
            self.explain_count();
        }
    }
}

/// A count as envelopes have it.
pub(in crate::check) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 10 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}
