//! finding's span back into text, and so the only place that masks.

#[cfg(feature = "cli")]
mod absent;
mod code;
#[cfg(feature = "cli")]
mod html;
#[cfg(feature = "gateway")]
mod json;
mod mask;
mod message;
#[cfg(feature = "cli")]
mod text;

#[cfg(feature = "cli")]
pub use absent::AbsentLists;
#[cfg(feature = "cli")]
pub use html::{escaped, html_file, html_file_end, html_finding, html_page, html_page_end};
#[cfg(feature = "gateway")]
pub use json::{FileSummary, json_line};
pub use mask::{hidden, is_open, masked, printable, segment_text};
pub use message::{ack_code, ack_segments, message, place, wire_code};
#[cfg(feature = "cli")]
pub use text::{Style, TextRenderer};

use crate::finding::{Detail, Finding, Policy};
use crate::guide::{Consequence, ElementUse, Guide, SegmentUse};
use crate::wire::Segment;

/// What is at hand when a finding is rendered. Everything is optional; the words get poorer without it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scene<'a> {
    /// The guide in force in the set of the finding.
    pub guide: Option<&'a Guide>,
    /// The segment at the finding's offset, or the one after the gap when something is missing.
    pub segment: Option<Segment<'a>>,
    /// Byte offset in the file of that segment.
    pub segment_offset: u64,
    /// Its position in the set; 0 outside one.
    pub segment_position: u32,
    /// The policy findings were made under, for saying why they are as bad as they are.
    pub policy: Option<&'a Policy>,
    /// False hides names, ids, dates, amounts and free text; codes and qualifiers stay.
    pub show_values: bool,
}

impl<'a> Scene<'a> {
    /// The id of the loop the finding is in.
    pub fn loop_id(&self, finding: &Finding) -> Option<&'a str> {
        let definition = self.guide?.loops.get(usize::from(finding.at.loop_index?))?;
        Some(&definition.id)
    }

    /// The choice of the policy that gave the finding its severity, if one did.
    pub fn reason(&self, finding: &Finding) -> Option<String> {
        self.policy?.reason(finding)
    }

    /// How the guide uses the segment the finding is about.
    pub fn segment_use(&self, finding: &Finding) -> Option<&'a SegmentUse> {
        let guide = self.guide?;
        if let Detail::Node(node) = finding.detail
            && let Some(found) = guide.segments.get(usize::from(node))
            && found.tag == finding.at.tag
        {
            return Some(found);
        }
        if let Some(found) = wanted_by_rule(guide, finding) {
            return Some(found);
        }
        let segment = self.segment.filter(|s| s.tag() == finding.at.tag);
        find_segment_use(guide, finding.at.loop_index, finding.at.tag, segment)
    }

    /// How the guide uses the element or component the finding is about.
    pub fn element_use(&self, finding: &Finding) -> Option<&'a ElementUse> {
        let element = element_of(self.guide?, self.segment_use(finding)?, finding.at.element)?;
        match finding.at.component {
            0 => Some(element),
            component => component_of(self.guide?, element, component),
        }
    }
}

/// The use that a situational rule asks for or forbids, where the finding is about one.
fn wanted_by_rule<'g>(guide: &'g Guide, finding: &Finding) -> Option<&'g SegmentUse> {
    let Detail::Rule { rule, .. } = finding.detail else { return None };
    let references = match &guide.rules.get(usize::from(rule))?.then {
        Consequence::Require(of) | Consequence::Forbid(of) | Consequence::AnyOf(of) => {
            of.as_slice()
        }
        Consequence::Within(of, _) => std::slice::from_ref(of),
        Consequence::Balance(..) | Consequence::Once => return None,
    };
    references
        .iter()
        .filter(|of| (of.element, of.component) == (finding.at.element, finding.at.component))
        .filter_map(|of| guide.segments.get(usize::from(of.segment)))
        .find(|used| used.tag == finding.at.tag && Some(used.in_loop) == finding.at.loop_index)
}

/// The use of a segment in a loop that fits what the segment itself says; any use of the tag in the guide when the
/// loop has none.
pub fn find_segment_use<'g>(
    guide: &'g Guide,
    loop_index: Option<u16>,
    tag: crate::wire::Tag,
    segment: Option<Segment<'_>>,
) -> Option<&'g SegmentUse> {
    let of_tag = || guide.segments.iter().filter(move |used| used.tag == tag);
    let here = || of_tag().filter(move |used| Some(used.in_loop) == loop_index);
    let fits = |used: &&SegmentUse| match (used.discriminator, segment) {
        (Some(by), Some(segment)) => {
            let value = segment.text_at(by.element, by.component);
            guide.lists.get(usize::from(by.list)).is_some_and(|list| list.contains(value))
        }
        _ => true,
    };
    here()
        .find(fits)
        .or_else(|| here().next())
        .or_else(|| of_tag().find(fits))
        .or_else(|| of_tag().next())
}

/// The use of the element at `position`, from 1.
pub fn element_of<'g>(guide: &'g Guide, used: &SegmentUse, position: u8) -> Option<&'g ElementUse> {
    let elements = guide.elements.get(used.elements.start as usize..used.elements.end as usize)?;
    elements.get(usize::from(position.checked_sub(1)?))
}

/// The use of component `position`, from 1, of a composite.
pub fn component_of<'g>(
    guide: &'g Guide,
    used: &ElementUse,
    position: u8,
) -> Option<&'g ElementUse> {
    let inner = guide.elements.get(used.components.start as usize..used.components.end as usize)?;
    inner.get(usize::from(position.checked_sub(1)?))
}
