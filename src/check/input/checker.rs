//! The driver of a check: takes the events of an input and the reports of its sets, tracks its envelopes, and reports to a

use std::sync::Arc;

use super::super::envelope::{Envelope, Framing, GroupReport};
use super::super::report::{Excerpt, SetReport};
use super::super::set::SetChecker;
use super::known::{KnownInterchanges, hash_of};
use super::reader::{EventKind, InputEvent, SetPart};
use super::sink::Sink;
use crate::finding::{Code, Detail, Severity};
use crate::guide::Guide;
use crate::wire::Delimiters;

/// Checks the events of an input, in order.
#[derive(Debug)]
pub(super) struct InputChecker<'r> {
    envelope: Envelope<'r>,
    /// For sets that are not checked elsewhere.
    checker: SetChecker<'r>,
    is_inside: bool,
    /// Text without an ISA is being read.
    is_in_fragment: bool,
    /// Findings of the envelope already reported.
    told: usize,
    /// The hash of the current interchange so far.
    content: u64,
    known: KnownInterchanges,
    /// The separators and the guide that were last said to be assumed.
    assumed: Option<(Delimiters, Option<Arc<Guide>>)>,
}

impl<'r> InputChecker<'r> {
    pub(super) fn new(envelope: Envelope<'r>, checker: SetChecker<'r>) -> Self {
        InputChecker {
            envelope,
            checker,
            is_inside: false,
            is_in_fragment: false,
            told: 0,
            content: 0,
            known: KnownInterchanges::default(),
            assumed: None,
        }
    }

    /// Reports the claims of 837s one by one.
    pub(super) fn set_claims(&mut self, wanted: bool) {
        self.checker.set_claims(wanted);
    }

    /// Takes an event found in `buffer`.
    pub(super) fn event<S: Sink + ?Sized>(
        &mut self,
        event: &InputEvent,
        buffer: &[u8],
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let text = hash_of(event.text(buffer));
        if event.is_fragment {
            return self.of_fragment(event, buffer, sink);
        }
        if let EventKind::Interchange { .. } = event.kind {
            self.between_sets(event.kind, event.framing(buffer), sink)?;
            self.content = text;
            return Ok(());
        }
        self.add(text);
        match event.kind {
            EventKind::Set(part) => self.part(event, part, event.text(buffer), sink),
            EventKind::Oversized { tag, bytes_max } => {
                self.checker.oversized(tag, event.offset, bytes_max);
                Ok(())
            }
            _ => self.between_sets(event.kind, event.framing(buffer), sink),
        }
    }

    /// Takes an event of text without an ISA.
    fn of_fragment<S: Sink + ?Sized>(
        &mut self,
        event: &InputEvent,
        buffer: &[u8],
        sink: &mut S,
    ) -> Result<(), S::Error> {
        self.begin_fragment(event.offset, sink)?;
        match event.kind {
            EventKind::Set(part) => self.part(event, part, event.text(buffer), sink),
            EventKind::Oversized { tag, bytes_max } => {
                self.checker.oversized(tag, event.offset, bytes_max);
                Ok(())
            }
            // Its ISA is missing, and with it the number that it repeats.
            EventKind::InterchangeEnd => {
                self.between_sets(EventKind::Stray, event.framing(buffer), sink)
            }
            kind => self.between_sets(kind, event.framing(buffer), sink),
        }
    }

    /// Begins text without an ISA, where it has not begun.
    fn begin_fragment<S: Sink + ?Sized>(
        &mut self,
        offset: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if !std::mem::replace(&mut self.is_in_fragment, true) {
            self.end_without_iea(offset, sink)?;
            self.envelope.begin_fragment();
        }
        Ok(())
    }

    /// Ends text without an ISA, where that was read.
    fn end_fragment<S: Sink + ?Sized>(
        &mut self,
        offset: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if std::mem::take(&mut self.is_in_fragment) {
            let unended = self.envelope.end_fragment(offset);
            self.end_group(unended, &nothing(offset), sink)?;
            self.tell(&nothing(offset), sink)?;
            self.envelope.finish();
            self.told = 0;
        }
        Ok(())
    }

    /// Says what was assumed of a set without an ISA, once for each kind of set.
    fn say_assumed(&mut self, report: &mut SetReport, event: &InputEvent) {
        let used = event.delimiters;
        let is_said = |(separators, guide): &(Delimiters, Option<Arc<Guide>>)| {
            *separators == used
                && guide.as_ref().map(Arc::as_ptr) == report.guide.as_ref().map(Arc::as_ptr)
        };
        if self.assumed.as_ref().is_some_and(is_said) {
            return;
        }
        self.assumed = Some((used, report.guide.clone()));
        let snip = Code::Fragment.entry().snip;
        let policy = self.envelope.policy();
        if let Some((severity, grounds)) = policy.severity(Code::Fragment, snip, Severity::Note) {
            report.note_fragment(severity, grounds, used);
        }
    }

    /// Adds the hash of a part to that of the current interchange.
    pub(super) fn add(&mut self, text: u64) {
        // A multiplier of 64 random bits: the order of the parts matters.
        self.content = (self.content.rotate_left(5) ^ text).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    /// Takes a part of a set.
    fn part<S: Sink + ?Sized>(
        &mut self,
        event: &InputEvent,
        part: SetPart,
        text: &[u8],
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if part.is_start {
            self.checker.begin(text, event.place(part));
        } else {
            self.checker.part(text, event.offset);
        }
        if let Some((guide, events)) = self.checker.take_claims() {
            sink.claims(&guide, events)?;
        }
        if part.is_end {
            let report = self.checker.end();
            self.checked(report, event, sink)?;
        }
        Ok(())
    }

    /// Takes what belongs to no set.
    fn between_sets<S: Sink + ?Sized>(
        &mut self,
        kind: EventKind,
        framing: Framing<'_>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let offset = framing.offset;
        match kind {
            EventKind::Garbage => self.envelope.garbage(offset, framing.text.len()),
            EventKind::Interchange { fault } => {
                self.end_fragment(offset, sink)?;
                self.end_without_iea(offset, sink)?;
                self.is_inside = true;
                sink.interchange(self.envelope.isa(framing, fault))?;
            }
            EventKind::Group => {
                let unended = self.envelope.gs(framing);
                self.end_group(unended, &framing, sink)?;
                if let Some(group) = self.envelope.group() {
                    sink.group(group)?;
                }
            }
            EventKind::GroupEnd => {
                let ended = self.envelope.ge(framing);
                self.end_group(ended, &framing, sink)?;
            }
            EventKind::InterchangeEnd => {
                let unended = self.envelope.iea(framing);
                self.end_group(unended, &framing, sink)?;
                self.tell(&framing, sink)?;
                self.close(sink)?;
            }
            EventKind::Ta1 => self.envelope.ta1(framing),
            EventKind::Stray => self.envelope.stray(framing),
            EventKind::Set(_) | EventKind::Oversized { .. } => {}
        }
        self.tell(&framing, sink)
    }

    /// Takes the report of a set whose last part is this event.
    pub(super) fn checked<S: Sink + ?Sized>(
        &mut self,
        mut report: SetReport,
        event: &InputEvent,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if event.is_fragment {
            self.begin_fragment(event.offset, sink)?;
        }
        if let Some(offset) = event.cut_at() {
            let has_trailer = !report.has(Code::SetTrailerMissing);
            self.envelope.truncated(offset, has_trailer);
        }
        if event.is_fragment {
            self.say_assumed(&mut report, event);
        }
        self.envelope.set(&mut report);
        let offset = report.offset;
        if let (Some(guide), Some(claims)) = (&report.guide, &mut report.claims) {
            sink.claims(guide, std::mem::take(&mut claims.events))?;
        }
        sink.set(report)?;
        self.tell(&nothing(offset), sink)
    }

    /// The input has ended.
    pub(super) fn finish<S: Sink + ?Sized>(
        &mut self,
        offset: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        self.end_fragment(offset, sink)?;
        self.end_without_iea(offset, sink)?;
        if self.envelope.is_untouched() {
            self.envelope.not_x12();
            self.tell(&nothing(0), sink)?;
        }
        Ok(())
    }

    fn end_group<S: Sink + ?Sized>(
        &mut self,
        ended: Option<GroupReport>,
        framing: &Framing<'_>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if let Some(report) = ended {
            self.tell(framing, sink)?;
            sink.group_end(&report)?;
        }
        Ok(())
    }

    fn end_without_iea<S: Sink + ?Sized>(
        &mut self,
        offset: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if self.is_inside {
            let unended = self.envelope.no_iea(offset);
            self.end_group(unended, &nothing(offset), sink)?;
            self.tell(&nothing(offset), sink)?;
            self.close(sink)?;
        }
        Ok(())
    }

    fn close<S: Sink + ?Sized>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        self.is_inside = false;
        let content = self.content;
        let contradicts = self.envelope.header().is_some_and(|header| {
            header.control.as_bytes().len() == 9 && self.known.contradicts(header, content)
        });
        if contradicts {
            self.envelope.note(Code::InterchangeDuplicate, 13, Detail::None);
            self.tell(&nothing(0), sink)?;
        }
        self.told = 0;
        let rejection = self.envelope.rejection();
        if let (Some(header), _) = self.envelope.finish() {
            sink.interchange_end(&header, rejection)?;
        }
        Ok(())
    }

    /// Reports to the sink what the envelope has found since last time.
    fn tell<S: Sink + ?Sized>(
        &mut self,
        framing: &Framing<'_>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let findings = self.envelope.findings();
        for finding in findings.iter().skip(self.told) {
            let text = if finding.code == Code::Garbage { b"" } else { framing.text };
            sink.envelope(finding, &Excerpt::of(text, framing.offset, 0, framing.delimiters))?;
        }
        self.told = findings.len();
        Ok(())
    }
}

fn nothing(offset: u64) -> Framing<'static> {
    Framing { text: b"", delimiters: Delimiters::STANDARD, offset, terminated: true }
}
