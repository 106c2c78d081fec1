//! The beginning of a set: its ST is read, and the guide it is checked against is found.

use std::sync::Arc;

use super::super::report::{GroupHeader, SetHeader};
use super::SegmentChecker;
use crate::finding::{Code, Detail, Locus, Severity};
use crate::guide::{Acceptance, Guide, Lookup};
use crate::tree::{GuideMap, Lookahead, objections};
use crate::wire::{Inline, Tape};

/// Segments searched for the one that distinguishes guides of one id.
const UNDECIDED_MAX: u32 = 4;

/// The sets whose guides require that ST03 repeats GS08: a claim of one kind is not read as one of another.
const SAME_GUIDE_SETS: [&str; 1] = ["837"];

/// Segments on which guides of one id are tried where that one does not decide.
const TRIED_MAX: usize = 64;

impl SegmentChecker<'_> {
    /// Reads the ST and finds the guide.
    pub(super) fn open(&mut self, tape: &Tape, text: &[u8], group: &GroupHeader) {
        let st = tape.segment(text, 0);
        let header = SetHeader {
            set: Inline::new(st.value(1)),
            control: Inline::new(st.value(2)),
            convention: Inline::new(st.value(3)),
        };
        self.set.report.header = header;
        let at = self.set.locus_of(&st);
        let before = self.found();
        let element = |position| Locus { element: position, ..at };
        if st.value(1).len() != 3 || !st.value(1).iter().all(u8::is_ascii_digit) {
            self.findings.push(Code::SetIdMalformed, element(1), Detail::None);
        }
        if !(4..=9).contains(&st.value(2).len())
            || !st.value(2).iter().all(u8::is_ascii_alphanumeric)
        {
            self.findings.push(Code::SetControlNumber, element(2), Detail::None);
        }
        let named = if header.convention.is_empty() {
            group.version.as_str()
        } else {
            header.convention.as_str()
        };
        let assumed = match group.is_absent && named.is_empty() {
            true => self.best_guide(header.set.as_bytes(), tape, text),
            false => None,
        };
        self.set.report.is_guide_assumed = assumed.is_some();
        let lookup = match assumed {
            Some(guide) => Lookup::Guide { guide, edition: None },
            None => self.registry.lookup(header.set.as_bytes(), named.as_bytes()),
        };
        match lookup {
            Lookup::Guide { guide, edition } => {
                if let Some(acceptance) = edition {
                    self.findings.push_at_most(
                        severity_of(acceptance),
                        Code::GuideEdition,
                        element(3),
                        Detail::None,
                    );
                }
                if !group.is_absent && &*guide.functional != group.functional.as_str() {
                    self.findings.push(Code::SetNotInGroup, element(1), Detail::None);
                }
                if !group.is_absent
                    && !header.convention.is_empty()
                    && header.convention.as_bytes() != group.version.as_bytes()
                {
                    let is_other = SAME_GUIDE_SETS.contains(&&*guide.set)
                        && number_of(header.convention.as_str())
                            != number_of(group.version.as_str());
                    let code = if is_other { Code::GuideMismatch } else { Code::GuideDisagrees };
                    self.findings.push(code, element(3), Detail::None);
                }
                self.set.is_undecided = !guide.purposes.is_empty();
                self.set.guide = Some(guide);
            }
            Lookup::Absent(acceptance) => {
                // Where ST03 is missing, GS08 has named it.
                let at = if header.convention.is_empty() { at } else { element(3) };
                self.findings.push_at_most(
                    severity_of(acceptance),
                    Code::GuideAbsent,
                    at,
                    Detail::None,
                );
                self.set.standard = self.registry.standard(header.set.as_bytes()).cloned();
            }
            Lookup::UnknownGuide => {
                self.findings.push(Code::GuideUnsupported, element(3), Detail::None);
                // Nothing is known of another version.
                if named.starts_with("005010") {
                    self.set.standard = self.registry.standard(header.set.as_bytes()).cloned();
                }
            }
            Lookup::UnknownSet if !self.findings.has_errors() => {
                self.findings.push(Code::SetUnsupported, element(1), Detail::None);
            }
            Lookup::UnknownSet => {}
        }
        self.begin_walk();
        if self.found() > before {
            self.acknowledge(before..self.found(), Some((tape, text)));
        }
    }

    /// The guide of a set that the segments after the ST fit best, where nothing names one.
    #[cold]
    fn best_guide(&self, set: &[u8], tape: &Tape, text: &[u8]) -> Option<Arc<Guide>> {
        let next = Lookahead { following: Some((tape, text)), index: 1, level: 0 };
        let objections = |guide: &&Arc<Guide>| objections(GuideMap::new(guide), next, TRIED_MAX);
        self.registry.guides_of(set).min_by_key(objections).cloned()
    }

    /// Begins the walk at the ST, which is the same in all guides of a set.
    fn begin_walk(&mut self) {
        if let Some(guide) = &self.set.guide {
            let map = GuideMap::new(guide);
            self.tree.clear();
            self.walker.begin(map, self.keep_tree.then_some(&mut self.tree));
            self.slots.begin(map);
            self.code_dates.begin(map, self.set.of_group);
            self.set.unit = None;
            if self.tells_claims() {
                let text_in = self.wants_claim_text.then_some(self.set.delimiters);
                let is_kept = self.claims.begin(guide, text_in);
                if !is_kept {
                    self.findings.track(false);
                }
            }
        }
    }

    /// Changes to the guide that the segment after the ST names, which is the one at `index`. Unknown segments may come
    /// before it; only the ST was walked by then.
    #[cold]
    pub(super) fn decide(&mut self, tape: &Tape, text: &[u8], index: usize) {
        let Some(guide) = self.set.guide.clone() else { return };
        let segment = &tape.segment(text, index);
        let is_second = guide.segments.get(1).is_some_and(|second| second.tag == segment.tag());
        if is_second || self.set.position == 2 {
            let registry = self.registry;
            let mut meant = registry.sibling(&guide, segment);
            let is_said = meant.purposes.iter().any(|code| code.as_bytes() == segment.value(2));
            if !is_second || !is_said {
                // It is misspelt, or missing: the segments that follow decide.
                let next = Lookahead { following: Some((tape, text)), index, level: 0 };
                let fit = |g: &&Arc<Guide>| {
                    (objections(GuideMap::new(g), next, TRIED_MAX), !Arc::ptr_eq(g, meant))
                };
                meant = registry.siblings(&guide).min_by_key(fit).unwrap_or(meant);
            }
            let changes = !Arc::ptr_eq(meant, &guide);
            self.set.is_undecided = !is_second && !changes;
            if changes {
                self.set.guide = Some(Arc::clone(meant));
                self.begin_walk();
                if self.keep_tree {
                    self.tree.add(self.walker.owner(), 0);
                }
            }
        }
        self.set.is_undecided &= self.set.position < UNDECIDED_MAX;
    }
}

/// The number of a guide, without the letter and number of its edition: `005010X222` of `005010X222A1`.
fn number_of(id: &str) -> &str {
    id.rsplit_once('A').map_or(id, |(number, _)| number)
}

/// The severity of naming something other than an adopted guide.
fn severity_of(acceptance: Acceptance) -> Severity {
    match acceptance {
        Acceptance::Noted => Severity::Note,
        Acceptance::Tolerated => Severity::Warning,
        Acceptance::Refused => Severity::Error,
    }
}
