//! The segment a finding is about as it may be shown, the part in error, and the place.

use std::ops::Range;

use crate::finding::render::{RenderContext, segment_text};
use crate::finding::{Code, Finding};
use crate::wire::Segment;

/// The text of the segment as it may be shown, and the range of it to mark.
pub(super) fn shown_segment(
    segment: Segment<'_>,
    finding: &Finding,
    context: &RenderContext<'_>,
) -> (String, Range<usize>) {
    let used = context.guide.and_then(|guide| {
        let used = guide.find_segment(finding.at.loop_index, segment.tag(), Some(segment))?;
        Some((guide, used))
    });
    let mut text = segment_text(segment, used, context.show_values);
    let terminator = segment.delimiters().terminator;
    text.push(if (0x21..0x7f).contains(&terminator) { char::from(terminator) } else { ' ' });
    let end = text.len() - 1;
    let range = match element_range(segment, finding) {
        Some(range) => range,
        None if is_gap(finding) => 0..segment.tag_bytes().len(),
        None => {
            let start = finding.at.offset.saturating_sub(context.segment_offset) as usize;
            start..start + finding.at.length as usize
        }
    };
    // An empty range is a place where something is missing.
    let start = range.start.min(end);
    let range = start..range.end.clamp(start + 1, text.len());
    (text, range)
}

/// Where in the segment the element, repetition or component of the finding is; the end of the segment when it ends
/// before that.
fn element_range(segment: Segment<'_>, finding: &Finding) -> Option<Range<usize>> {
    let at = &finding.at;
    if at.element == 0 || segment.tag() != at.tag {
        return None;
    }
    let end = segment.bytes().len();
    let range = |offset: u32, bytes: &[u8]| offset as usize..offset as usize + bytes.len();
    let Some(element) = segment.element(usize::from(at.element)) else { return Some(end..end) };
    let repetition = match at.repetition {
        0 => Some(element),
        number => element.repetitions().nth(usize::from(number) - 1),
    };
    let Some(element) = repetition else { return Some(range(element.offset, element.bytes)) };
    let component = match at.component {
        0 => return Some(range(element.offset, element.bytes)),
        number => element.components().nth(usize::from(number) - 1),
    };
    Some(match component {
        Some(component) => range(component.offset, component.bytes),
        None => {
            let end = element.offset as usize + element.bytes.len();
            end..end
        }
    })
}

/// True when the finding is about something that belongs before the segment shown.
pub(super) fn is_gap(finding: &Finding) -> bool {
    matches!(
        finding.code,
        Code::SegmentMissing
            | Code::LoopMissing
            | Code::SituationalSegmentMissing
            | Code::SetTrailerMissing
            | Code::GroupTrailerMissing
            | Code::InterchangeTrailerMissing
    )
}

pub(super) fn loop_words(finding: &Finding, context: &RenderContext<'_>) -> Option<String> {
    let guide = context.guide?;
    let definition = guide.loops.get(usize::from(finding.at.loop_index?))?;
    Some(format!("{} {} ({} of {})", definition.id, definition.name, guide.set, guide.id))
}

pub(super) fn place_words(file: &str, finding: &Finding) -> String {
    let at = &finding.at;
    match (at.set, at.segment) {
        (0, _) => format!("byte {} of {file}", at.offset),
        (set, 0) => format!("set {set}, byte {} of {file}", at.offset),
        (set, segment) => format!("set {set}, segment {segment}, byte {} of {file}", at.offset),
    }
}
