//! What the walker and the checks need of loops, segments and elements, laid out for speed.

use super::scope::{NONE, bit};
use crate::dict::{DataType, SyntaxKind, SyntaxNote};
use crate::guide::{ElementUse, Guide, NodeIndex, Pattern, Usage};

/// A required segment or loop, in its parent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Required {
    pub(crate) rank: u16,
    pub(crate) item: Item,
}

/// What the walker needs of a loop.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HotLoop {
    pub(crate) rank: u16,
    /// The loop around it; itself for the whole set.
    pub(crate) parent: u16,
    /// One past the last loop inside it.
    pub(crate) inner_end: u16,
    /// Its segment uses and those inside it: the first, and one past the last.
    pub(crate) segments: (u16, u16),
    /// What it requires: bit `n` for the `n`th in `Plan::required`.
    pub(crate) required: u64,
    /// Its own bit among what its parent requires, or 0.
    pub(crate) own_bit: u64,
    /// Codes in it are checked by days that are known when it ends.
    pub(crate) settles: bool,
    /// Another loop begins with the same segment, and no code tells the two apart.
    pub(crate) has_twin: bool,
}

/// A child of a loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Item {
    Segment(NodeIndex),
    Loop(u16),
}

/// What the walker and the checks need of a segment use, in one cache line.
#[derive(Clone, Debug)]
pub(crate) struct HotSegment {
    pub(crate) in_loop: u16,
    pub(crate) rank: u16,
    /// Its own bit among what its loop requires, or 0.
    pub(crate) own_bit: u64,
    pub(crate) repeat_max: u32,
    /// Elements in `Plan::elements`, position 1 first.
    pub(crate) elements: (u32, u8),
    /// Bit `p` for each required position `p`.
    pub(crate) required: u64,
    /// Bit `p` for each position the guide uses.
    pub(crate) used: u64,
    /// Tests in `RulePlan::tests` to run on each occurrence.
    pub(crate) tests: (u32, u32),
    /// Rules to evaluate on each occurrence, in `RulePlan::at_segments`.
    pub(crate) rules: (u32, u32),
    /// What is added up, in `Plan::entries`.
    pub(crate) entries: (u32, u32),
    /// What is posted to the tables of keyed sums, in `KeyedSumsPlan::postings`.
    pub(crate) postings: (u32, u32),
    /// Days in it by which codes are checked, in `Plan::days`.
    pub(crate) days: (u32, u32),
    /// Codes in it are checked when it ends.
    pub(crate) settles: bool,
    /// Syntax notes in `Plan::notes`.
    pub(crate) notes: (u32, u32),
    /// Element, component and list that identify the use; list [`NONE`] when the tag is enough.
    pub(crate) discriminator: (u8, u8, u16),
    /// The context rule that takes its value from here, or [`NONE`].
    pub(crate) context: u16,
    /// It is an HL.
    pub(crate) is_level: bool,
    /// Rules, sums, days or levels read it; else its elements are all there is to check.
    pub(crate) is_watched: bool,
}

/// What the value check needs of an element or component use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HotElement {
    pub(crate) kind: DataType,
    pub(crate) usage: Usage,
    pub(crate) mandatory: bool,
    pub(crate) length_min: u16,
    pub(crate) length_max: u16,
    pub(crate) repeat_max: u16,
    pub(crate) standard_repeat_max: u16,
    pub(crate) list: u16,
    pub(crate) standard_list: u16,
    pub(crate) data_element: u16,
    pub(crate) components: (u32, u8),
    /// Bit `p` for each required component `p`.
    pub(crate) required: u64,
    pub(crate) notes: (u32, u32),
    pub(crate) pattern: Option<Pattern>,
}

/// A syntax note as bit masks over positions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HotNote {
    pub(crate) kind: SyntaxKind,
    pub(crate) first: u8,
    pub(crate) mask: u64,
}

pub(super) fn hot_note(note: &SyntaxNote) -> HotNote {
    HotNote {
        kind: note.kind,
        first: note.positions.first().copied().unwrap_or(0),
        mask: note.positions.iter().fold(0, |mask, p| mask | bit(*p)),
    }
}

pub(super) fn hot_element(guide: &Guide, e: &ElementUse) -> HotElement {
    let components = &guide.elements[e.components.start as usize..e.components.end as usize];
    let required = components.iter().zip(1_u8..).filter(|(c, _)| c.usage == Usage::Required);
    HotElement {
        kind: e.kind,
        usage: e.usage,
        mandatory: e.mandatory,
        length_min: e.length_min,
        length_max: e.length_max,
        repeat_max: e.repeat_max,
        standard_repeat_max: e.standard_repeat_max,
        list: e.list.unwrap_or(NONE),
        standard_list: e.standard_list.unwrap_or(NONE),
        data_element: e.data_element,
        required: required.fold(0, |mask, (_, position)| mask | bit(position)),
        components: (e.components.start, (e.components.end - e.components.start) as u8),
        notes: (e.notes.start, e.notes.end),
        pattern: e.pattern,
    }
}
