//! An input without what identifies anybody: names, ids, addresses, telephone numbers and texts become others of the same
//! shape, dates move by one span, amounts become a multiple. The same secret gives the same replacements in every file, so
//! that a claim and its payment still name each other. What is not known to be harmless is replaced.

mod cipher;
mod value;

pub use cipher::Secret;

use self::value::Values;
use super::input::{Input, Isa, Placed, Rewrite};
use crate::dict::DataType;
use crate::finding::render::{control_value, is_known_tag};
use crate::guide::Registry;
use crate::wire::{Segment, Tag};

/// What was replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "gateway", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Redacted {
    /// Names, ids, addresses, numbers and other texts.
    pub texts: u64,
    /// Dates.
    pub dates: u64,
    /// Amounts.
    pub amounts: u64,
    /// Amounts that now have more digits than their element allows.
    pub amounts_too_long: u64,
    /// Binary data.
    pub binary: u64,
    /// Bytes that are no segment, or of a segment over the limit: they are left out.
    pub bytes_left_out: u64,
}

/// Redacts an input as its bytes arrive.
pub struct Redactor<'r> {
    input: Input<'r>,
    writer: Writer,
}

impl<'r> Redactor<'r> {
    /// Starts before the first byte.
    pub fn new(registry: &'r Registry, secret: Secret) -> Self {
        Redactor {
            input: Input::new(registry, true),
            writer: Writer { values: Values::new(secret), is_after_unread: false },
        }
    }

    /// Takes the available input, appends it redacted to `out` and returns how many bytes are consumed; the rest has to be
    /// given again, with more after it. `end` says that there is no more.
    pub fn feed(&mut self, buffer: &[u8], end: bool, out: &mut Vec<u8>) -> usize {
        match self.input.feed(buffer, end, &mut self.writer, out) {
            Ok(consumed) => consumed,
            Err(never) => match never {},
        }
    }

    /// What was replaced so far.
    pub fn redacted(&self) -> Redacted {
        self.writer.values.counts
    }
}

struct Writer {
    values: Values,
    /// Bytes were left out, and no segment has followed.
    is_after_unread: bool,
}

impl Rewrite for Writer {
    type Error = std::convert::Infallible;

    fn layout(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        // What is between bytes that are left out belongs to them.
        match self.is_after_unread {
            true => self.values.counts.bytes_left_out += bytes.len() as u64,
            false => out.extend_from_slice(bytes),
        }
    }

    fn unread(&mut self, bytes: &[u8], _: u64, _: &mut Vec<u8>) {
        self.is_after_unread = true;
        self.values.counts.bytes_left_out += bytes.len() as u64;
    }

    fn isa(&mut self, isa: Isa<'_>, out: &mut Vec<u8>) -> Result<(), Self::Error> {
        self.is_after_unread = false;
        let separator = isa.delimiters.element;
        for (position, element) in isa.text.split(|byte| *byte == separator).enumerate() {
            if position > 0 {
                out.push(separator);
            }
            match position {
                2 | 4 | 6 | 8 => self.values.text(element, out),
                9 => self.values.date(element, out),
                _ => out.extend_from_slice(element),
            }
        }
        if isa.terminated {
            out.push(isa.delimiters.terminator);
        }
        Ok(())
    }

    fn segment(&mut self, placed: &Placed<'_>, out: &mut Vec<u8>) -> Result<(), Self::Error> {
        self.is_after_unread = false;
        let segment = placed.segment;
        let tag = segment.tag();
        match is_known_tag(tag) {
            true => out.extend_from_slice(segment.tag_bytes()),
            false => self.unknown_tag(segment.tag_bytes(), out),
        }
        let separators = segment.delimiters();
        let binary = segment.binary().map(|binary| binary.offset);
        for (position, element) in (1_u8..=u8::MAX).zip(segment.elements()) {
            out.push(separators.element);
            if Some(element.offset) == binary {
                self.values.counts.binary += 1;
                out.extend(std::iter::repeat_n(b'x', element.bytes.len()));
                continue;
            }
            if let Some(is_plain) = control_value(tag, position, element.bytes) {
                self.control(tag, position, element.bytes, is_plain, out);
                continue;
            }
            let repetition = separators.repetition.unwrap_or(separators.component);
            for (index, one) in element.repetitions().enumerate() {
                if index > 0 {
                    out.push(repetition);
                }
                self.repetition(placed, position, one, out);
            }
        }
        // What is beyond the last position that is counted belongs to no segment.
        if placed.terminated {
            out.push(separators.terminator);
        }
        Ok(())
    }

    fn end(&mut self, _: u64, _: &mut Vec<u8>) {}
}

impl Writer {
    /// A value of a control segment: kept where it has the form of one.
    fn control(&mut self, tag: Tag, position: u8, value: &[u8], is_plain: bool, out: &mut Vec<u8>) {
        let is = |known: &str| tag == Tag::from(known);
        match position {
            4 if is("GS") => self.values.date(value, out),
            2 if is("TA1") => self.values.date(value, out),
            2 | 3 if is("GS") => self.values.text(value, out),
            _ if is_plain => out.extend_from_slice(value),
            _ => self.values.text(value, out),
        }
    }

    fn repetition(
        &mut self,
        placed: &Placed<'_>,
        position: u8,
        element: crate::wire::Element<'_>,
        out: &mut Vec<u8>,
    ) {
        let segment: Segment<'_> = placed.segment;
        let known = placed.guide.zip(placed.used);
        let used = known.and_then(|(guide, used)| guide.element_of(used, position));
        let composite = used.filter(|used| used.kind == DataType::Composite);
        for (index, component) in element.components().enumerate() {
            if index > 0 {
                out.push(segment.delimiters().component);
            }
            let number = u8::try_from(index + 1).unwrap_or(u8::MAX);
            let inner = match (known, composite) {
                (Some((guide, _)), Some(composite)) => guide.component_of(composite, number),
                _ => used,
            };
            let qualifier = |at: u8| match composite {
                Some(_) => {
                    let at = usize::from(at).saturating_sub(1);
                    element.components().nth(at).map_or(&b""[..], |c| c.bytes)
                }
                None => segment.value(usize::from(at.max(1))),
            };
            match known.zip(inner) {
                Some(((guide, _), inner)) => {
                    self.values.known(guide, inner, component.bytes, &qualifier, out);
                }
                None => self.values.text(component.bytes, out),
            }
        }
    }

    /// The text in place of a segment id that is none, because it may be a value; never that of a segment.
    fn unknown_tag(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        let mut tag = text.to_vec();
        // The replacements of replacements come back to the text only after all others of its shape.
        for _ in 0..26 {
            out.truncate(start);
            self.values.text(&tag, out);
            tag = out[start..].to_vec();
            if !is_known_tag(Tag::new(&tag)) {
                return;
            }
        }
    }
}
