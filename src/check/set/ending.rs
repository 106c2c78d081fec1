//! The end of a set: its trailer, and what is found as its loops close.

use super::SegmentChecker;
use super::hooks::Hooks;
use crate::finding::{Code, Detail, Locus};
use crate::guide::Guide;
use crate::tree::{GuideMap, Lookahead, StepContext};
use crate::wire::Segment;

impl SegmentChecker<'_> {
    /// Compares the SE with what was counted.
    pub(super) fn trailer(&mut self, se: Segment<'_>, at: Locus) {
        self.set.is_ended = true;
        let counted = u64::from(self.set.position);
        match number(se.value(1)) {
            Some(found) if found == counted => {}
            found => {
                let at = Locus { element: 1, data_element: 96, ..at };
                self.findings.push(
                    Code::SetSegmentCount,
                    at,
                    Detail::Count { found: found.unwrap_or(0), expected: counted },
                );
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
    }
}

/// A count as envelopes have it.
pub(in crate::check) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 10 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}
