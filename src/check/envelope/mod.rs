//! The envelope of an interchange: headers and trailers in pairs, counts, control numbers used once.

mod control_numbers;
mod header;
mod ta1;

use self::control_numbers::ControlNumberSet;
use super::report::{GroupHeader, SetReport, Verdict};
use super::set::number;
use super::snip::value;
use crate::finding::{Ack, Code, Detail, Finding, Findings, Locus, Policy, Severity};
use crate::guide::Registry;
use crate::wire::{Delimiters, IsaFault, Tag};

pub use header::InterchangeHeader;

/// Limits on the contents of one interchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EnvelopeLimits {
    /// Bytes from ISA to IEA.
    pub interchange_bytes_max: u64,
    /// Functional groups.
    pub groups_max: u32,
    /// Transaction sets.
    pub sets_max: u32,
}

impl Default for EnvelopeLimits {
    fn default() -> Self {
        EnvelopeLimits { interchange_bytes_max: 8 << 30, groups_max: 100_000, sets_max: u32::MAX }
    }
}

/// A functional group that has ended, as AK1 and AK9 report it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct GroupReport {
    /// Its identity.
    pub header: GroupHeader,
    /// GE01 as it was sent; the sets counted when there was no GE.
    pub included: u64,
    /// Transaction sets received.
    pub received: u32,
    /// Transaction sets accepted, with or without errors.
    pub accepted: u32,
    /// Transaction sets accepted with errors.
    pub with_errors: u32,
    /// AK905 and following.
    pub codes: Vec<&'static str>,
}

impl GroupReport {
    /// A group of so many sets, of which so many were accepted without errors.
    pub fn new(header: GroupHeader, received: u32, accepted: u32) -> Self {
        let included = u64::from(received);
        GroupReport { header, included, received, accepted, ..GroupReport::default() }
    }

    /// AK901: `A` all accepted, `E` accepted with errors, `P` in part, `R` none.
    pub fn disposition(&self) -> &'static str {
        if !self.codes.is_empty() || (self.accepted == 0 && self.received > 0) {
            "R"
        } else if self.accepted < self.received {
            "P"
        } else if self.with_errors > 0 {
            "E"
        } else {
            "A"
        }
    }
}

/// A segment of the envelope as it was framed.
#[derive(Clone, Copy, Debug)]
pub struct Framing<'a> {
    /// Its text, without the terminator.
    pub text: &'a [u8],
    /// The separators in force.
    pub delimiters: Delimiters,
    /// Offset in the file.
    pub offset: u64,
    /// False when the input ended before its terminator.
    pub terminated: bool,
}

impl Framing<'_> {
    fn element(&self, position: usize) -> &[u8] {
        self.text.split(|b| *b == self.delimiters.element).nth(position).unwrap_or(&[])
    }

    /// How many elements follow the segment id.
    fn count(&self) -> usize {
        self.text.iter().filter(|b| **b == self.delimiters.element).count()
    }

    fn locus(&self, element: u8) -> Locus {
        let tag = self.text.split(|b| *b == self.delimiters.element).next().unwrap_or(&[]);
        Locus {
            offset: self.offset,
            length: self.text.len() as u32,
            tag: Tag::new(tag),
            element,
            ..Locus::default()
        }
    }
}

/// The state of the current interchange.
#[derive(Debug)]
pub struct Envelope<'r> {
    registry: &'r Registry,
    limits: EnvelopeLimits,
    findings: Findings,
    header: Option<InterchangeHeader>,
    start: u64,
    groups: u32,
    sets: u32,
    group: Option<GroupReport>,
    group_controls: ControlNumberSet,
    set_controls: ControlNumberSet,
    saw_ta1: bool,
    /// The interchanges that TA1s of this one acknowledge.
    acknowledged: ControlNumberSet,
    saw_isa: bool,
    in_garbage: bool,
    limit_said: bool,
    /// The text has no ISA: what only an interchange has is not missed.
    is_fragment: bool,
}

impl<'r> Envelope<'r> {
    /// Before the first interchange.
    pub fn new(registry: &'r Registry, limits: EnvelopeLimits, policy: &Policy) -> Self {
        Envelope {
            registry,
            limits,
            findings: Findings::new(policy.clone()),
            header: None,
            start: 0,
            groups: 0,
            sets: 0,
            group: None,
            group_controls: ControlNumberSet::default(),
            set_controls: ControlNumberSet::default(),
            saw_ta1: false,
            acknowledged: ControlNumberSet::default(),
            saw_isa: false,
            in_garbage: false,
            limit_said: false,
            is_fragment: false,
        }
    }

    /// Text without an ISA begins.
    pub(super) fn begin_fragment(&mut self) {
        self.group = None;
        self.saw_isa = true;
        self.is_fragment = true;
        self.in_garbage = false;
    }

    /// Text without an ISA ends, with a report of the group that had no GE.
    pub(super) fn end_fragment(&mut self, offset: u64) -> Option<GroupReport> {
        self.is_fragment = false;
        self.group_controls.clear();
        self.end_group_without_ge(offset)
    }

    /// The policy in force.
    pub(super) fn policy(&self) -> &Policy {
        self.findings.policy()
    }

    /// Findings in the envelope since [`Envelope::isa`], in order.
    pub fn findings(&self) -> &[Finding] {
        self.findings.as_slice()
    }

    /// Adds a finding of the caller about the interchange: a duplicate, an unknown sender.
    pub fn note(&mut self, code: Code, element: u8, detail: Detail) {
        let at = Locus { offset: self.start, tag: Tag::new(b"ISA"), element, ..Locus::default() };
        self.findings.push(code, at, detail);
    }

    /// Adds a finding of the caller about the current group, at an element of its GS.
    pub fn note_group(&mut self, code: Code, element: u8) {
        if let Some(mut group) = self.group.take() {
            let at = Locus { tag: Tag::new(b"GS"), element, ..Locus::default() };
            self.find(&mut group, code, at);
            self.group = Some(group);
        }
    }

    /// The header of the current interchange.
    pub fn header(&self) -> Option<&InterchangeHeader> {
        self.header.as_ref()
    }

    /// The header of the current group.
    pub fn group(&self) -> Option<&GroupHeader> {
        self.group.as_ref().map(|group| &group.header)
    }

    /// The AK905 codes that reject the current group so far.
    pub fn group_codes(&self) -> &[&'static str] {
        self.group.as_ref().map_or(&[], |group| &group.codes)
    }

    /// The TA105 that rejects the interchange, if anything does.
    pub fn rejection(&self) -> Option<&'static str> {
        self.findings.as_slice().iter().filter(|f| f.severity == Severity::Error).find_map(|f| {
            match f.code.entry().ack {
                Ack::Ta1(code) => Some(code),
                _ => None,
            }
        })
    }

    /// Sets received in the current interchange.
    pub fn sets(&self) -> u32 {
        self.sets
    }

    /// True when no interchange has begun yet.
    pub fn is_untouched(&self) -> bool {
        !self.saw_isa
    }

    /// The input has ended and there was no interchange in it.
    pub fn not_x12(&mut self) {
        self.findings.push(Code::NotX12, Locus::default(), Detail::None);
    }

    /// Bytes that belong to no interchange; reported once for each run of them, however they are cut.
    pub fn garbage(&mut self, offset: u64, length: usize) {
        if !std::mem::replace(&mut self.in_garbage, true) {
            let at = Locus { offset, length: length as u32, ..Locus::default() };
            self.findings.push(Code::Garbage, at, Detail::None);
        }
    }

    /// An ISA: a new interchange begins. The previous one must have been ended with [`Envelope::finish`].
    pub fn isa(&mut self, isa: Framing<'_>, fault: Option<IsaFault>) -> &InterchangeHeader {
        self.start = isa.offset;
        (self.groups, self.sets) = (0, 0);
        self.group = None;
        self.saw_ta1 = false;
        self.saw_isa = true;
        self.in_garbage = false;
        self.limit_said = false;
        self.group_controls.clear();
        self.acknowledged.clear();
        match fault {
            Some(IsaFault::Terminator) => {
                self.findings.push(Code::SegmentTerminator, isa.locus(0), Detail::None);
            }
            Some(IsaFault::Width(element)) => {
                self.findings.push(Code::IsaMalformed, isa.locus(element), Detail::None);
            }
            Some(IsaFault::TooShort) => {
                self.findings.push(Code::IsaMalformed, isa.locus(0), Detail::None);
            }
            // Seen in the values below, also where the widths are wrong.
            Some(IsaFault::Indistinct) | None => {}
        }
        for (code, element) in InterchangeHeader::faults(isa.text, isa.delimiters) {
            self.findings.push(code, isa.locus(element), Detail::None);
        }
        self.header.insert(InterchangeHeader::read(isa.text, isa.delimiters))
    }

    /// A GS: a new group begins. Returns the report of the previous group, when that had no GE.
    pub fn gs(&mut self, gs: Framing<'_>) -> Option<GroupReport> {
        let unended = self.end_group_without_ge(gs.offset);
        self.groups += 1;
        self.set_controls.clear();
        let header = GroupHeader::read(gs.text, gs.delimiters);
        let mut group = GroupReport { header, ..GroupReport::default() };
        // The elements that an acknowledgment of the group must repeat.
        for position in [1, 6, 8].into_iter().filter(|position| gs.element(*position).is_empty()) {
            let at = gs.locus(position as u8);
            self.findings.push(Code::GroupHeaderMalformed, at, Detail::None);
        }
        let control = gs.element(6);
        if !control.is_empty() {
            if control.len() > 9 || !control.iter().all(u8::is_ascii_digit) {
                self.find(&mut group, Code::GroupControlNumber, gs.locus(6));
            } else if !self.group_controls.insert(trim_zeros(control)) {
                self.find(&mut group, Code::GroupControlDuplicate, gs.locus(6));
            }
        }
        if !gs.element(1).is_empty() && !self.registry.knows_functional(gs.element(1)) {
            self.find(&mut group, Code::GroupUnsupported, gs.locus(1));
        }
        if !gs.element(8).is_empty() && !gs.element(8).starts_with(b"005010") {
            self.find(&mut group, Code::GroupVersionUnsupported, gs.locus(8));
        }
        for position in [2, 3, 4, 5, 7] {
            if !gs_element_is_good(position, gs.element(position)) {
                self.find(&mut group, Code::GroupHeaderElement, gs.locus(position as u8));
            }
        }
        self.group = Some(group);
        if self.groups > self.limits.groups_max {
            self.over_limit(gs.offset, u64::from(self.groups), u64::from(self.limits.groups_max));
        }
        unended
    }

    /// Takes a set that was checked; rejects it when its control number was used before in the group.
    pub fn set(&mut self, report: &mut SetReport) {
        self.sets += 1;
        let at =
            Locus { offset: report.offset, length: 2, tag: Tag::new(b"ST"), ..Locus::default() };
        if self.sets > self.limits.sets_max {
            self.over_limit(report.offset, u64::from(self.sets), u64::from(self.limits.sets_max));
        }
        let Some(group) = &mut self.group else {
            if !self.is_fragment {
                self.findings.push(Code::InterchangeStraySegment, at, Detail::None);
            }
            return;
        };
        if !self.set_controls.insert(report.header.control.as_bytes()) {
            report.reject_duplicate(Severity::Error);
        }
        group.received += 1;
        group.accepted += u32::from(report.is_accepted());
        group.with_errors += u32::from(report.verdict == Verdict::AcceptedWithErrors);
    }

    /// A GE: the group ends.
    pub fn ge(&mut self, ge: Framing<'_>) -> Option<GroupReport> {
        self.truncation(&ge);
        let Some(mut group) = self.group.take() else {
            self.findings.push(Code::InterchangeStraySegment, ge.locus(0), Detail::None);
            return None;
        };
        let included = number(ge.element(1));
        group.included = included.unwrap_or(u64::from(group.received));
        if included != Some(u64::from(group.received)) {
            let detail =
                Detail::Count { found: included.unwrap_or(0), expected: u64::from(group.received) };
            self.find_with(&mut group, Code::GroupSetCount, ge.locus(1), detail);
        }
        if trim_zeros(ge.element(2)) != trim_zeros(group.header.control.as_bytes()) {
            self.find(&mut group, Code::GroupControlMismatch, ge.locus(2));
        }
        Some(group)
    }

    /// An IEA: returns the report of a group that had no GE. [`Envelope::finish`] comes next.
    pub fn iea(&mut self, iea: Framing<'_>) -> Option<GroupReport> {
        let unended = self.end_group_without_ge(iea.offset);
        if !iea.terminated {
            self.findings.push(Code::LastTerminatorMissing, iea.locus(0), Detail::None);
        }
        let groups = u64::from(self.groups);
        let counted = number(iea.element(1));
        // An interchange of TA1s alone is written with 0 by some and 1 by others.
        let good = counted == Some(groups) || (self.saw_ta1 && groups == 0 && counted == Some(1));
        if !good {
            let detail = Detail::Count { found: counted.unwrap_or(0), expected: groups };
            self.findings.push(Code::InterchangeGroupCount, iea.locus(1), detail);
        }
        if self.header.is_some_and(|h| iea.element(2) != h.control.as_bytes()) {
            self.findings.push(Code::InterchangeControlMismatch, iea.locus(2), Detail::None);
        }
        if groups == 0 && !self.saw_ta1 {
            self.findings.push(Code::InterchangeEmpty, iea.locus(0), Detail::None);
        }
        if iea.offset - self.start > self.limits.interchange_bytes_max {
            self.over_limit(iea.offset, iea.offset - self.start, self.limits.interchange_bytes_max);
        }
        unended
    }

    /// The interchange ends without its IEA: at the next ISA, or at the end of the input.
    pub fn no_iea(&mut self, offset: u64) -> Option<GroupReport> {
        let unended = self.end_group_without_ge(offset);
        let at = Locus { offset, tag: Tag::new(b"IEA"), ..Locus::default() };
        self.findings.push(Code::InterchangeTrailerMissing, at, Detail::None);
        unended
    }

    /// A TA1 in an interchange sent to us.
    pub fn ta1(&mut self, ta1: Framing<'_>) {
        self.truncation(&ta1);
        self.saw_ta1 = true;
        // Its place is between the ISA and the first group.
        if self.groups > 0 {
            return self.out_of_place(ta1.locus(0));
        }
        let faults = ta1::faults(ta1.count(), |position| ta1.element(position));
        for position in &faults {
            self.findings.push(Code::Ta1Element, ta1.locus(*position), Detail::None);
        }
        if faults.is_empty() {
            let named = [ta1.element(1), ta1.element(2), ta1.element(3)].concat();
            if !self.acknowledged.insert(&named) {
                self.findings.push(Code::Ta1Repeated, ta1.locus(1), Detail::None);
            }
        }
    }

    /// Any other segment outside a set.
    pub fn stray(&mut self, stray: Framing<'_>) {
        self.truncation(&stray);
        self.out_of_place(stray.locus(0));
    }

    fn out_of_place(&mut self, at: Locus) {
        match self.group.take() {
            Some(mut group) => {
                self.find(&mut group, Code::GroupStraySegment, at);
                self.group = Some(group);
            }
            None => self.findings.push(Code::InterchangeStraySegment, at, Detail::None),
        }
    }

    /// The input ended before the terminator of the last segment of a set; `has_trailer` says that this was its SE.
    pub fn truncated(&mut self, offset: u64, has_trailer: bool) {
        // Where nothing has to follow the SE, nothing is missing but the terminator.
        let code = match self.is_fragment && has_trailer {
            true => Code::LastTerminatorMissing,
            false => Code::Truncated,
        };
        self.findings.push(code, Locus { offset, ..Locus::default() }, Detail::None);
    }

    /// Ends the interchange: returns its header and findings, and is ready for the next.
    pub fn finish(&mut self) -> (Option<InterchangeHeader>, Vec<Finding>) {
        self.group = None;
        (self.header.take(), self.findings.take())
    }

    fn truncation(&mut self, framing: &Framing<'_>) {
        if !framing.terminated {
            let code = if self.is_fragment { Code::LastTerminatorMissing } else { Code::Truncated };
            self.findings.push(code, framing.locus(0), Detail::None);
        }
    }

    fn end_group_without_ge(&mut self, offset: u64) -> Option<GroupReport> {
        let mut group = self.group.take()?;
        group.included = u64::from(group.received);
        let at = Locus { offset, tag: Tag::new(b"GE"), ..Locus::default() };
        self.find(&mut group, Code::GroupTrailerMissing, at);
        Some(group)
    }

    fn over_limit(&mut self, offset: u64, found: u64, limit: u64) {
        if !std::mem::replace(&mut self.limit_said, true) {
            let at = Locus { offset, ..Locus::default() };
            self.findings.push(
                Code::InterchangeLimit,
                at,
                Detail::Count { found, expected: limit },
            );
        }
    }

    fn find(&mut self, group: &mut GroupReport, code: Code, at: Locus) {
        self.find_with(group, code, at, Detail::None);
    }

    fn find_with(&mut self, group: &mut GroupReport, code: Code, at: Locus, detail: Detail) {
        if let Ack::Ak9(wire) = code.entry().ack
            && !group.codes.contains(&wire)
            && group.codes.len() < 5
        {
            group.codes.push(wire);
        }
        self.findings.push(code, at, detail);
    }
}

/// True for a valid GS02 to GS07.
fn gs_element_is_good(position: usize, value: &[u8]) -> bool {
    use crate::dict::DataType::{Dt, Tm};
    match position {
        2 | 3 => (2..=15).contains(&value.len()) && value.iter().any(|b| *b != b' '),
        4 => value.len() == 8 && value::check(Dt, 8, 8, value).is_none(),
        5 => !value.is_empty() && value::check(Tm, 4, 8, value).is_none(),
        _ => value == b"X",
    }
}

/// Group control numbers are numbers: leading zeros are not significant.
fn trim_zeros(control: &[u8]) -> &[u8] {
    let zeros = control.iter().take_while(|b| **b == b'0').count();
    &control[zeros.min(control.len().saturating_sub(1))..]
}
