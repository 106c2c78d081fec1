//! What is reported about a message: a stable code, a place and its form in acknowledgments. Never a value.

mod catalog;
mod collect;
mod policy;
pub mod render;

pub use catalog::{Ack, Code, Entry};
pub use collect::Findings;
pub use policy::{Author, Grounds, Policy, Treatment, Unchangeable, Unit};

use crate::wire::Tag;

/// How severe a finding is for the transaction set it is in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Severity {
    /// For information; changes nothing.
    Note,
    /// Should be corrected; the set is accepted (999 `E` where the partner asks for it).
    Warning,
    /// The set, group or interchange is rejected.
    Error,
}

impl Severity {
    /// The word for it: `error`, `warning`, `note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// Where in the interchange a finding is. Positions count from 1, offsets from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Locus {
    /// Byte offset in the file of what is in error.
    pub offset: u64,
    /// Its length in bytes; 0 for something that is missing.
    pub length: u32,
    /// Ordinal of the transaction set in the file; 0 outside any set.
    pub set: u32,
    /// Position of the segment in its set, ST being 1 (IK302); 0 outside any set.
    pub segment: u32,
    /// The segment id in error: the missing one where one is missing.
    pub tag: Tag,
    /// Index into the guide's loop table, when a guide was in force.
    pub loop_index: Option<u16>,
    /// Element position; 0 when the finding is about the whole segment.
    pub element: u8,
    /// Component position; 0 when the finding is about the whole element.
    pub component: u8,
    /// Repetition; 0 when the element does not repeat.
    pub repetition: u16,
    /// The X12 data element number (IK403 wants it); 0 when unknown.
    pub data_element: u16,
}

/// Numbers that complete a message; the text comes from the catalog and the guide when the finding is rendered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Detail {
    /// No further detail.
    #[default]
    None,
    /// A count or a length that is wrong.
    Count {
        /// The value in the message.
        found: u64,
        /// What it should be, or the limit.
        expected: u64,
    },
    /// A rule of the guide, by its index there; for an element rule with the position of the segment that triggered it.
    Rule {
        /// Index into the guide's rules.
        rule: u16,
        /// SNIP type of the rule.
        snip: u8,
        /// Position in the set of the segment that triggered the rule; 0 when there is none.
        trigger_segment: u32,
        /// Which of the rule's comparisons holds there, by its index among them.
        trigger_test: u8,
    },
    /// A balance of the guide that does not hold, in millionths.
    Amounts {
        /// Index into the guide's rules.
        rule: u16,
        /// SNIP type of the rule.
        snip: u8,
        /// The amount of the left side.
        found: i64,
        /// The amount of the right side.
        expected: i64,
    },
    /// Why digits in the form of a date are not one.
    Date(DateFault),
    /// What was assumed of a set without an ISA.
    Fragment {
        /// The separators, as [`crate::wire::Delimiters::to_bytes`] gives them.
        separators: [u8; 4],
        /// The guide is assumed too, because nothing names it.
        is_guide_assumed: bool,
    },
    /// A use of a segment or loop in the guide, by its node index there.
    Node(u16),
    /// A code list of the guide, by its index there.
    CodeList(u16),
    /// A code or a whole code list of the guide, and the days on which it may be used, as CCYYMMDD; 0 leaves a side
    /// open.
    Validity {
        /// Index into the guide's lists.
        list: u16,
        /// The first day.
        from: u32,
        /// The last day.
        until: u32,
    },
}

/// Why digits in the form of a date are not one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DateFault {
    /// It is a day before the year 1800.
    TooEarly,
    /// There is no such day in the calendar.
    NoSuchDay,
}

impl Detail {
    /// The SNIP type of a finding with this code: that of the rule, where one was broken, else that of the code.
    pub fn snip(&self, code: Code) -> u8 {
        match self {
            Detail::Rule { snip, .. } | Detail::Amounts { snip, .. } => *snip,
            _ => code.entry().snip,
        }
    }
}

/// One thing found in a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// What was found.
    pub code: Code,
    /// How severe it is, after the partner's policy.
    pub severity: Severity,
    /// What gave it that severity: see [`Policy::reason`].
    pub grounds: Grounds,
    /// Where.
    pub at: Locus,
    /// What completes the message.
    pub detail: Detail,
    /// Where the finding is that this one follows from: its byte offset in the file. None for a finding of its own.
    pub because: Option<u64>,
}

impl Finding {
    /// A finding with the severity of the catalog.
    pub fn new(code: Code, at: Locus, detail: Detail) -> Finding {
        let severity = code.entry().severity;
        Finding { code, severity, grounds: Grounds::Catalog, at, detail, because: None }
    }

    /// The SNIP type of the finding, 1 to 7.
    pub fn snip(&self) -> u8 {
        self.detail.snip(self.code)
    }
}
