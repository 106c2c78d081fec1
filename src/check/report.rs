//! The result of checking one transaction set: its identity, its findings, and the parts of its 999.

use std::sync::Arc;

use super::claims::ClaimTally;
use crate::dict::CodeList;
use crate::finding::{Ack, Code, Detail, Finding, Grounds, Locus, Severity};
use crate::guide::Guide;
use crate::guide::plan::NO_BIT;
use crate::wire::{Delimiters, Inline, Tag, shown_length};

/// Longest value that IK404 may carry, in characters.
const BAD_VALUE_MAX: usize = 99;

/// How many segments from its place one that is missing there is looked for.
const MOVED_MAX: u32 = 4;

/// Findings of a set that are compared with one another.
const COMPARED_MAX: usize = 1000;

/// Most findings from one to its root.
const CHAIN_MAX: usize = 4;

/// How many segments after a level may be misread because of it.
const LEVEL_REACH: u32 = 3;

/// The identity of a transaction set, from its ST.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct SetHeader {
    /// ST01.
    pub set: Inline<3>,
    /// ST02.
    pub control: Inline<9>,
    /// ST03.
    pub convention: Inline<35>,
}

/// The identity of a functional group, from its GS.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GroupHeader {
    /// GS01.
    pub functional: Inline<2>,
    /// GS02.
    pub sender: Inline<15>,
    /// GS03.
    pub receiver: Inline<15>,
    /// GS04.
    pub date: Inline<8>,
    /// GS05.
    pub time: Inline<8>,
    /// GS06.
    pub control: Inline<9>,
    /// GS08.
    pub version: Inline<12>,
    /// There is no GS: the set is in text without envelopes.
    pub is_absent: bool,
}

impl GroupHeader {
    /// Reads a GS.
    pub fn read(gs: &[u8], delimiters: Delimiters) -> Self {
        let at =
            |position: usize| gs.split(|b| *b == delimiters.element).nth(position).unwrap_or(&[]);
        GroupHeader {
            functional: Inline::new(at(1)),
            sender: Inline::new(at(2)),
            receiver: Inline::new(at(3)),
            date: Inline::new(at(4)),
            time: Inline::new(at(5)),
            control: Inline::new(at(6)),
            version: Inline::new(at(8)),
            is_absent: false,
        }
    }
}

/// The outcome of a transaction set, as IK501 has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Verdict {
    /// `A`: no error, and no warning that an acknowledgment can report.
    #[default]
    Accepted,
    /// `E`: there were warnings that an acknowledgment can report.
    AcceptedWithErrors,
    /// `R`
    Rejected,
}

/// The result of checking a set.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SetReport {
    /// Its identity.
    pub header: SetHeader,
    /// Its ordinal in the file, from 1.
    pub ordinal: u32,
    /// Offset of its ST in the file.
    pub offset: u64,
    /// Segments in it, ST and SE included.
    pub segments: u32,
    /// The guide it was checked against; `None` when there is none for it.
    pub guide: Option<Arc<Guide>>,
    /// Nothing names the guide: it is the one that fits the segments best.
    pub is_guide_assumed: bool,
    /// Its findings, in order.
    pub findings: Vec<Finding>,
    /// For each finding the segment it was found at, for display; in the order of `findings`.
    pub excerpts: Vec<Excerpt>,
    /// The segments in error, as the 999 reports them, in order of position.
    pub errors: Vec<SegmentError>,
    /// IK502 and following, each once.
    pub codes: Vec<&'static str>,
    /// Its outcome.
    pub verdict: Verdict,
    /// Its claims, when it is an 837 and they were asked for or are rejected one by one.
    pub claims: Option<Box<ClaimTally>>,
    /// Lists that codes of the set were to be looked up in and that are not loaded, a bit for each; see
    /// [`SetReport::absent_lists`].
    pub absent: u64,
}

/// A segment kept because of a finding in it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Excerpt {
    /// Its text without the terminator and without binary data, cut at [`EXCERPT_BYTES_MAX`]; message data, never to be
    /// logged.
    pub text: Box<[u8]>,
    /// Offset in the file.
    pub offset: u64,
    /// Its position in the set; 0 outside one.
    pub position: u32,
    /// The separators in force.
    pub delimiters: Delimiters,
}

/// Longest excerpt kept, in bytes.
pub const EXCERPT_BYTES_MAX: usize = 2048;

impl Excerpt {
    /// Keeps a segment.
    pub(super) fn of(text: &[u8], offset: u64, position: u32, delimiters: Delimiters) -> Self {
        let shown = shown_length(text, delimiters).min(EXCERPT_BYTES_MAX);
        Excerpt { text: text[..shown].into(), offset, position, delimiters }
    }
}

/// An IK3 with the segments below it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SegmentError {
    /// IK301.
    pub tag: Tag,
    /// IK302.
    pub position: u32,
    /// The loop, as the guide names it; empty when unknown.
    pub loop_id: Box<str>,
    /// IK304.
    pub code: &'static str,
    /// The rule's trigger, when a situational rule about the segment was broken.
    pub trigger: Option<Trigger>,
    /// The business unit: name and value.
    pub unit: Option<(Box<str>, Box<str>)>,
    /// Its IK4s.
    pub elements: Vec<ElementError>,
}

/// An IK4.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ElementError {
    /// IK401-1.
    pub element: u8,
    /// IK401-2, 0 when there is none.
    pub component: u8,
    /// IK401-3, 0 when there is none.
    pub repetition: u16,
    /// IK402, 0 when unknown.
    pub data_element: u16,
    /// IK403.
    pub code: &'static str,
    /// IK404: the value in error.
    pub bad_value: Option<Box<str>>,
    /// The rule's trigger, when a situational rule was broken.
    pub trigger: Option<Trigger>,
}

/// The segment that made a situational rule apply: CTX*SITUATIONAL TRIGGER.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Trigger {
    /// CTX02.
    pub tag: Tag,
    /// CTX03.
    pub position: u32,
    /// The loop, as the guide names it.
    pub loop_id: Box<str>,
    /// CTX05-1 and -2; 0 when there is none.
    pub element: (u8, u8),
}

impl SetReport {
    /// Adds a finding to the parts of the 999. `loop_id`, `value`, `unit` and `trigger` are what the finding itself does
    /// not contain.
    pub(super) fn acknowledge(
        &mut self,
        finding: &Finding,
        loop_id: &str,
        value: Option<&[u8]>,
        unit: Option<(&str, &[u8])>,
        trigger: Option<Trigger>,
    ) {
        if finding.severity == Severity::Note {
            return;
        }
        match finding.code.entry().ack {
            Ack::Ik5(code) => self.add_code(code),
            Ack::Ik3(code) => {
                let at = self.segment_error(finding, code, loop_id, unit);
                self.errors[at].trigger = trigger;
            }
            // A wrong count of segments is not the error of an element.
            Ack::Ik4(_) if finding.at.element == 0 => {
                self.segment_error(finding, "8", loop_id, unit);
            }
            Ack::Ik4(code) => {
                let at = self.segment_error(finding, "8", loop_id, unit);
                self.errors[at].elements.push(ElementError {
                    element: finding.at.element,
                    component: finding.at.component,
                    repetition: finding.at.repetition,
                    data_element: finding.at.data_element,
                    code,
                    bad_value: value.and_then(bad_value),
                    trigger,
                });
            }
            Ack::Ta1(_) | Ack::Ak9(_) | Ack::None => {}
        }
    }

    /// The IK3 this finding belongs to: element errors of one segment share theirs.
    fn segment_error(
        &mut self,
        finding: &Finding,
        code: &'static str,
        loop_id: &str,
        unit: Option<(&str, &[u8])>,
    ) -> usize {
        let same = |e: &SegmentError| {
            code == "8"
                && e.code == "8"
                && e.position == finding.at.segment
                && e.tag == finding.at.tag
        };
        if let Some(at) = self.errors.iter().rposition(same) {
            return at;
        }
        self.errors.push(SegmentError {
            tag: finding.at.tag,
            position: finding.at.segment,
            loop_id: loop_id.into(),
            code,
            trigger: None,
            unit: unit.and_then(|(name, value)| Some((name.into(), bad_value(value)?))),
            elements: Vec::new(),
        });
        self.errors.len() - 1
    }

    /// Sums that are off by the same amount, in different rules, are off for one reason: the innermost is told first, and the
    /// others follow from it.
    fn explain_sums(&mut self) {
        let off = |finding: &Finding| match finding.detail {
            Detail::Amounts { rule, found, expected, .. } if finding.code == Code::Unbalanced => {
                Some((rule, found.abs_diff(expected)))
            }
            _ => None,
        };
        for index in 1..self.findings.len() {
            let Some((rule, amount)) = off(&self.findings[index]) else { continue };
            let is_same = |other: &&Finding| {
                let known = off(other).is_some_and(|(of, by)| of != rule && by == amount);
                known && other.because.is_none()
            };
            let root = self.findings[..index].iter().rfind(is_same).map(|root| root.at.offset);
            let own = &mut self.findings[index];
            own.because = own.because.or(root);
        }
    }

    /// A segment that is in the wrong place is missing in the right one.
    fn explain_moved(&mut self) {
        let is_missing = |code| matches!(code, Code::SegmentMissing | Code::LoopMissing);
        let is_extra = |code| {
            matches!(
                code,
                Code::SegmentUnexpected
                    | Code::SegmentSequence
                    | Code::SegmentRepeats
                    | Code::LoopRepeats
            )
        };
        for index in 0..self.findings.len() {
            let extra = self.findings[index];
            if !is_extra(extra.code) || extra.because.is_some() {
                continue;
            }
            let is_same = |f: &Finding| {
                is_missing(f.code)
                    && f.because.is_none()
                    && f.at.tag == extra.at.tag
                    && f.at.segment.abs_diff(extra.at.segment) <= MOVED_MAX
            };
            let Some(missing) = self.findings.iter().position(is_same) else { continue };
            let offset = extra.at.offset;
            self.findings[missing].because = Some(offset);
        }
    }

    /// What is wrong with the name that follows a level comes from the level where that is in error itself.
    fn explain_levels(&mut self) {
        let hl = Tag::new(b"HL");
        for index in 0..self.findings.len() {
            let own = self.findings[index];
            let is_name = own.at.tag == Tag::new(b"NM1")
                && matches!(
                    own.code,
                    Code::ElementGuideCode
                        | Code::ElementNotUsed
                        | Code::SegmentUnexpected
                        | Code::SegmentMissing
                        | Code::LoopMissing
                        | Code::LoopRepeats
                );
            if own.because.is_some() || !is_name {
                continue;
            }
            let is_level = |f: &&Finding| {
                f.at.tag == hl
                    && f.because.is_none()
                    && f.at.element > 0
                    && (1..=LEVEL_REACH).contains(&own.at.segment.wrapping_sub(f.at.segment))
            };
            let root = self.findings.iter().find(is_level).map(|root| root.at.offset);
            self.findings[index].because = root;
        }
    }

    /// What follows from a finding that follows from another follows from that; an error never follows from a warning.
    fn resolve(&mut self) {
        for index in 0..self.findings.len() {
            let severity = self.findings[index].severity;
            let mut because = self.findings[index].because;
            for _ in 0..CHAIN_MAX {
                let Some(offset) = because else { break };
                let mut there = self.findings.iter().filter(|f| f.at.offset == offset);
                let is_root = |f: &&Finding| f.because.is_none() && f.severity >= severity;
                if there.clone().any(|f| is_root(&f)) {
                    break;
                }
                because = there.find_map(|f| f.because).filter(|next| *next != offset);
            }
            let has_root = because.is_some_and(|offset| {
                let mut all = self.findings.iter().enumerate();
                all.any(|(other, f)| {
                    let is_root = f.because.is_none() && f.severity >= severity;
                    other != index && is_root && f.at.offset == offset
                })
            });
            self.findings[index].because = because.filter(|_| has_root);
        }
    }

    /// Finds out which findings follow from others, and puts them after those.
    pub(super) fn explain(&mut self) {
        if (2..=COMPARED_MAX).contains(&self.findings.len()) {
            self.explain_moved();
            self.explain_levels();
            self.explain_sums();
            self.resolve();
            self.put_below_roots();
        }
    }

    /// Puts what follows from a finding right after it.
    fn put_below_roots(&mut self) {
        if self.findings.iter().all(|finding| finding.because.is_none()) {
            return;
        }
        let is_root = |f: &Finding, offset| f.because.is_none() && f.at.offset == offset;
        let place = |index: usize| {
            let own = &self.findings[index];
            let root = own.because.and_then(|offset| {
                let before = self.findings[..index].iter().rposition(|f| is_root(f, offset));
                before.or_else(|| self.findings.iter().position(|f| is_root(f, offset)))
            });
            root.map_or((index, 0), |root| (root, index + 1))
        };
        let mut order: Vec<usize> = (0..self.findings.len()).collect();
        order.sort_by_cached_key(|index| place(*index));
        self.findings = order.iter().map(|index| self.findings[*index]).collect();
        if self.excerpts.len() == order.len() {
            let excerpts = order.iter().map(|index| self.excerpts[*index].clone());
            self.excerpts = excerpts.collect();
        }
    }

    fn add_code(&mut self, code: &'static str) {
        if !self.codes.contains(&code) && self.codes.len() < 5 {
            self.codes.push(code);
        }
    }

    /// Sorts the errors and decides the outcome.
    pub(super) fn conclude(&mut self, has_errors: bool) {
        self.errors.sort_by_key(|e| e.position);
        if !self.errors.is_empty() {
            let implementation = |e: &SegmentError| {
                e.code.starts_with('I') || e.elements.iter().any(|e| e.code.starts_with('I'))
            };
            if self.errors.iter().any(implementation) {
                self.add_code("I5");
            }
            if !self.errors.iter().all(implementation) {
                self.add_code("5");
            }
        }
        self.verdict = if has_errors {
            Verdict::Rejected
        } else if self.errors.is_empty() && self.codes.is_empty() {
            Verdict::Accepted
        } else {
            Verdict::AcceptedWithErrors
        };
    }

    /// Adds that there is no ISA, and which separators were assumed.
    pub(super) fn note_fragment(&mut self, severity: Severity, grounds: Grounds, used: Delimiters) {
        let at = Locus {
            offset: self.offset,
            set: self.ordinal,
            segment: 1,
            tag: Tag::new(b"ST"),
            ..Locus::default()
        };
        let detail = Detail::Fragment {
            separators: used.to_bytes(),
            is_guide_assumed: self.is_guide_assumed,
        };
        let code = Code::Fragment;
        let finding = Finding { code, severity, grounds, at, detail, because: None };
        self.findings.insert(0, finding);
        let header = &self.header;
        let elements = [
            &b"ST"[..],
            header.set.as_bytes(),
            header.control.as_bytes(),
            header.convention.as_bytes(),
        ];
        let shown = if header.convention.is_empty() { &elements[..3] } else { &elements[..] };
        self.excerpts.insert(0, Excerpt::of(&shown.join(&used.element), self.offset, 1, used));
    }

    /// Rejects the set because its control number was used before in the group, which only the envelope can know.
    pub(super) fn reject_duplicate(&mut self, severity: Severity) {
        let at = Locus {
            set: self.ordinal,
            segment: 1,
            tag: Tag::new(b"ST"),
            element: 2,
            ..Locus::default()
        };
        self.findings.insert(
            0,
            Finding {
                code: Code::SetControlDuplicate,
                severity,
                grounds: Grounds::Catalog,
                at,
                detail: Detail::None,
                because: None,
            },
        );
        let text = format!("ST*{}*{}", self.header.set, self.header.control);
        self.excerpts.insert(0, Excerpt::of(text.as_bytes(), self.offset, 1, Delimiters::STANDARD));
        self.findings[0].at.offset = self.offset;
        self.add_code("23");
        self.verdict = Verdict::Rejected;
        if let Some(claims) = &mut self.claims {
            claims.rejected += std::mem::take(&mut claims.accepted);
        }
    }

    /// The code lists that were needed and are not loaded, or not in an edition for the days in question.
    pub fn absent_lists(&self) -> impl Iterator<Item = &CodeList> {
        let guide = self.guide.as_deref().filter(|_| self.absent != 0);
        guide.into_iter().flat_map(|guide| {
            let bits = guide.plan().absent_bits.iter().zip(&guide.lists);
            let is_met = |bit: u8| bit < NO_BIT && self.absent & 1 << bit != 0;
            bits.filter(move |(bit, _)| is_met(**bit)).map(|(_, list)| list)
        })
    }

    /// True when the set may be processed.
    pub fn is_accepted(&self) -> bool {
        self.verdict != Verdict::Rejected
    }

    /// True when this was found.
    pub fn has(&self, code: Code) -> bool {
        self.findings.iter().any(|f| f.code == code)
    }
}

/// A value as an acknowledgment may carry it: cut to the length allowed, and only when every byte of it is harmless.
fn bad_value(value: &[u8]) -> Option<Box<str>> {
    let shown: &[u8] = &value[..value.len().min(BAD_VALUE_MAX)];
    let plain = !shown.is_empty() && shown.iter().all(|b| (0x20..0x7f).contains(b));
    plain.then(|| String::from_utf8_lossy(shown).into())
}
