//! Transaction sets as the structs of the crate `x12-types` 0.12.
//!
//! That crate reads `*` and `~` only, panics on segments that are too short, ends an element silently at a character
//! outside ASCII and drops what its structs have no place for. So it is given only sets without a finding, written
//! anew by us with the standard separators, and its panics are caught. Its result is rendered and compared with
//! its input: an export is complete, or it is a [`Refusal`].
//!
//! Two things to know before this feature goes into a binary:
//!
//! - its `log` dependency asks for `release_max_level_warn`. Cargo unifies features, so that `log::info!`, `debug!` and
//! `trace!` of **every** crate in a release binary are disabled;
//! - below that level it logs whole inputs (`trace!`), in development builds with a logger at that level. They are
//!   protected health information.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Serialize, Serializer};
use x12_types::util::Parser;
use x12_types::v005010::{_270, _271, _275, _276, _277, _278, _820, _824, _834, _835, _837};

use crate::check::{EventKind, InputReader, Read, SetChecker, SetReport};
use crate::finding::{Policy, Severity};
use crate::guide::Registry;
use crate::wire::{Delimiters, FrameLimits, Tape};

/// Longest set that is exported, in bytes. The structs take some two hundred times as much memory.
pub const TYPED_BYTES_MAX: usize = 1 << 20;

/// The sets that have a struct there and a guide here. The 999 is left out: its struct loses AK103 and AK203.
const SETS: [&str; 11] =
    ["270", "271", "275", "276", "277", "278", "820", "824", "834", "835", "837"];

/// A transaction set as a struct. Its `Debug` names the set only: the structs contain message data.
#[derive(Clone, PartialEq, Eq)]
pub enum TypedSet {
    /// 270, eligibility inquiry.
    Inquiry(Box<_270>),
    /// 271, eligibility response.
    Response(Box<_271>),
    /// 275, attachments.
    Attachments(Box<_275>),
    /// 276, claim status request.
    StatusRequest(Box<_276>),
    /// 277, claim status response or claim acknowledgment.
    Status(Box<_277>),
    /// 278, services review, request and response.
    Review(Box<_278>),
    /// 820, premium payment.
    Premiums(Box<_820>),
    /// 824, application advice.
    Advice(Box<_824>),
    /// 834, enrollment.
    Enrollment(Box<_834>),
    /// 835, payment.
    Payment(Box<_835>),
    /// 837, claims of every kind.
    Claims(Box<_837>),
}

impl TypedSet {
    /// The set id, as in ST01.
    pub fn set(&self) -> &'static str {
        match self {
            TypedSet::Inquiry(_) => "270",
            TypedSet::Response(_) => "271",
            TypedSet::Attachments(_) => "275",
            TypedSet::StatusRequest(_) => "276",
            TypedSet::Status(_) => "277",
            TypedSet::Review(_) => "278",
            TypedSet::Premiums(_) => "820",
            TypedSet::Advice(_) => "824",
            TypedSet::Enrollment(_) => "834",
            TypedSet::Payment(_) => "835",
            TypedSet::Claims(_) => "837",
        }
    }

    /// The segments, ST to SE, as `x12-types` renders them: standard separators, a line feed after each terminator.
    pub fn render(&self) -> String {
        match self {
            TypedSet::Inquiry(set) => set.to_string(),
            TypedSet::Response(set) => set.to_string(),
            TypedSet::Attachments(set) => set.to_string(),
            TypedSet::StatusRequest(set) => set.to_string(),
            TypedSet::Status(set) => set.to_string(),
            TypedSet::Review(set) => set.to_string(),
            TypedSet::Premiums(set) => set.to_string(),
            TypedSet::Advice(set) => set.to_string(),
            TypedSet::Enrollment(set) => set.to_string(),
            TypedSet::Payment(set) => set.to_string(),
            TypedSet::Claims(set) => set.to_string(),
        }
    }

    /// Parses a set; `None` when the crate rejects it or leaves some of it over.
    fn parse(set: &str, text: &str) -> Option<TypedSet> {
        fn whole<'t, T>(text: &'t str) -> Option<Box<T>>
        where
            T: Parser<&'t str, T, nom::error::Error<&'t str>>,
        {
            T::parse(text).ok().filter(|(rest, _)| rest.is_empty()).map(|(_, set)| Box::new(set))
        }
        match set {
            "270" => whole(text).map(TypedSet::Inquiry),
            "271" => whole(text).map(TypedSet::Response),
            "275" => whole(text).map(TypedSet::Attachments),
            "276" => whole(text).map(TypedSet::StatusRequest),
            "277" => whole(text).map(TypedSet::Status),
            "278" => whole(text).map(TypedSet::Review),
            "820" => whole(text).map(TypedSet::Premiums),
            "824" => whole(text).map(TypedSet::Advice),
            "834" => whole(text).map(TypedSet::Enrollment),
            "835" => whole(text).map(TypedSet::Payment),
            _ => whole(text).map(TypedSet::Claims),
        }
    }
}

impl fmt::Debug for TypedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypedSet({})", self.set())
    }
}

/// As the struct itself: loops as lists of objects, elements under their positions (`"01"`).
impl Serialize for TypedSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            TypedSet::Inquiry(set) => set.serialize(serializer),
            TypedSet::Response(set) => set.serialize(serializer),
            TypedSet::Attachments(set) => set.serialize(serializer),
            TypedSet::StatusRequest(set) => set.serialize(serializer),
            TypedSet::Status(set) => set.serialize(serializer),
            TypedSet::Review(set) => set.serialize(serializer),
            TypedSet::Premiums(set) => set.serialize(serializer),
            TypedSet::Advice(set) => set.serialize(serializer),
            TypedSet::Enrollment(set) => set.serialize(serializer),
            TypedSet::Payment(set) => set.serialize(serializer),
            TypedSet::Claims(set) => set.serialize(serializer),
        }
    }
}

/// Why a set was not exported. Holds places, never values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no struct for this set, or no guide of ours.
    #[error("no typed form for this transaction set")]
    Unsupported,
    /// Longer than [`TYPED_BYTES_MAX`].
    #[error("the set is longer than {TYPED_BYTES_MAX} bytes")]
    TooLong,
    /// Our check found errors or warnings in it.
    #[error("the set has findings")]
    Findings,
    /// A value holds a standard separator or a character outside printable ASCII.
    #[error("segment {segment} contains a character that cannot be converted")]
    Character {
        /// Position of the segment in the set, ST being 1.
        segment: usize,
    },
    /// `x12-types` does not accept it.
    #[error("x12-types does not parse the set")]
    Unparsed,
    /// `x12-types` panicked.
    #[error("x12-types panicked")]
    Panicked,
    /// `x12-types` returns other segments than it was given.
    #[error("x12-types loses or changes segment {segment}")]
    Changed {
        /// Position of the first segment that differs, ST being 1.
        segment: usize,
    },
}

/// Exports a set that was checked: `text` from its ST to its SE with `delimiters` in force, `report` what
/// [`SetChecker::check`] gave for it.
///
/// # Errors
///
/// Why the set has no typed form; see [`Refusal`].
pub fn typed(report: &SetReport, text: &[u8], delimiters: Delimiters) -> Result<TypedSet, Refusal> {
    let set = report.header.set.as_str();
    if report.guide.is_none() || !SETS.contains(&set) {
        return Err(Refusal::Unsupported);
    }
    if text.len() > TYPED_BYTES_MAX {
        return Err(Refusal::TooLong);
    }
    if report.findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(Refusal::Findings);
    }
    let plain = standard(text, delimiters)?;
    let attempt = || TypedSet::parse(set, &plain).map(|typed| (typed.render(), typed));
    let (rendered, typed) = catch_unwind(AssertUnwindSafe(attempt))
        .map_err(|_| Refusal::Panicked)?
        .ok_or(Refusal::Unparsed)?;
    match first_difference(&plain, &rendered) {
        None => Ok(typed),
        Some(segment) => Err(Refusal::Changed { segment }),
    }
}

/// Frames and checks an input of any number of interchanges and exports each of its sets, in order.
pub fn typed_sets(input: &[u8], registry: &Registry) -> Vec<Result<TypedSet, Refusal>> {
    let limits = FrameLimits { part_bytes_max: TYPED_BYTES_MAX, ..FrameLimits::default() };
    let mut reader = InputReader::new(limits);
    let mut checker = SetChecker::new(registry, &Policy::default());
    let (mut sets, mut rest) = (Vec::new(), input);
    while let Read::Event(event) = reader.next(rest, true) {
        match event.kind {
            EventKind::Set(part) if part.is_whole() => {
                let text = event.text(rest);
                let report = checker.check(text, event.place(part));
                sets.push(typed(&report, text, event.delimiters));
            }
            EventKind::Set(part) if part.is_start => sets.push(Err(Refusal::TooLong)),
            _ => {}
        }
        rest = &rest[event.consumed..];
    }
    sets
}

/// The set in printable ASCII with the standard separators, no line breaks, no trailing separators.
fn standard(text: &[u8], delimiters: Delimiters) -> Result<String, Refusal> {
    let to = Delimiters::STANDARD;
    let carried = |byte: &u8| (*byte == b' ' || byte.is_ascii_graphic()) && !to.contains(*byte);
    let mut tape = Tape::default();
    tape.fill(text, delimiters);
    let mut out = Vec::with_capacity(text.len());
    for (segment, position) in tape.segments(text).zip(1..) {
        out.extend_from_slice(segment.tag_bytes());
        for element in segment.elements() {
            out.push(to.element);
            for (index, repetition) in element.repetitions().enumerate() {
                out.extend((index > 0).then_some(to.repetition).flatten());
                for (index, component) in repetition.components().enumerate() {
                    out.extend((index > 0).then_some(to.component));
                    out.extend_from_slice(component.bytes);
                    if !component.bytes.iter().all(carried) {
                        return Err(Refusal::Character { segment: position });
                    }
                }
            }
        }
        while out.last() == Some(&to.element) {
            out.pop();
        }
        out.push(to.terminator);
    }
    // Tags are ASCII too, or the set would have a finding.
    String::from_utf8(out).map_err(|_| Refusal::Findings)
}

/// Position of the first segment in which two texts with the standard separators differ, line breaks aside.
fn first_difference(given: &str, returned: &str) -> Option<usize> {
    let mut given = given.split_terminator('~');
    let mut returned =
        returned.split_terminator('~').map(str::trim_start).filter(|s| !s.is_empty());
    (1..)
        .map_while(|position| match (given.next(), returned.next()) {
            (None, None) => None,
            (given, returned) => Some((position, given == returned)),
        })
        .find(|(_, same)| !same)
        .map(|(position, _)| position)
}
