//! The context in which a finding is rendered.

use crate::finding::{Detail, Finding, Policy};
use crate::guide::{Consequence, ElementUse, Guide, SegmentUse};
use crate::wire::Segment;

/// What is known when a finding is rendered. Everything is optional; without it the message is less specific.
#[derive(Clone, Copy, Debug, Default)]
pub struct RenderContext<'a> {
    /// The guide in force in the set of the finding.
    pub guide: Option<&'a Guide>,
    /// The segment at the finding's offset, or the one after the gap when something is missing.
    pub segment: Option<Segment<'a>>,
    /// Byte offset in the file of that segment.
    pub segment_offset: u64,
    /// Its position in the set; 0 outside one.
    pub segment_position: u32,
    /// The policy findings were made under, for explaining their severity.
    pub policy: Option<&'a Policy>,
    /// False hides names, ids, dates, amounts and free text; codes and qualifiers stay.
    pub show_values: bool,
}

impl<'a> RenderContext<'a> {
    /// The id of the loop the finding is in.
    pub fn loop_id(&self, finding: &Finding) -> Option<&'a str> {
        let definition = self.guide?.loops.get(usize::from(finding.at.loop_index?))?;
        Some(&definition.id)
    }

    /// The setting of the policy that gave the finding its severity, if one did.
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
        guide.find_segment(finding.at.loop_index, finding.at.tag, segment)
    }

    /// How the guide uses the element or component the finding is about.
    pub fn element_use(&self, finding: &Finding) -> Option<&'a ElementUse> {
        let guide = self.guide?;
        let element = guide.element_of(self.segment_use(finding)?, finding.at.element)?;
        match finding.at.component {
            0 => Some(element),
            component => guide.component_of(element, component),
        }
    }
}

/// The use that a situational rule requires or forbids, where the finding is about one.
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
