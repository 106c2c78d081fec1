//! Findings for people: the segment at fault with a marker under the element, in the manner of good compilers.
//!
//! The renderer is fed one segment, never the file: an X12 file is often a single line, and the cost of a report grows
//! with its source. The number in the margin is the position of the segment in its set.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Scene, ack_segments, find_segment_use, message, segment_text};
use crate::finding::{Ack, Code, Finding, Severity};
use crate::wire::Segment;

/// Plain text, or with colours for a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Nothing but text.
    Plain,
    /// With colours.
    Terminal,
}

/// Renders findings one after the other.
#[derive(Debug)]
pub struct TextRenderer {
    renderer: Renderer,
}

impl TextRenderer {
    /// A renderer of this style.
    pub fn new(style: Style) -> Self {
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Terminal => Renderer::styled(),
        };
        TextRenderer { renderer: renderer.decor_style(DecorStyle::Ascii) }
    }

    /// The finding with its segment, loop, place in the file, advice and acknowledgment, ending in a line feed.
    pub fn render(&self, file: &str, finding: &Finding, scene: &Scene<'_>) -> String {
        let entry = finding.code.entry();
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = message(finding, scene);
        let excerpt = scene.segment.map(|segment| shown_segment(segment, finding, scene));
        let loop_note = loop_words(finding, scene);
        let place_note = place_words(file, finding);
        let ack_name = if matches!(entry.ack, Ack::Ta1(_)) { "TA1" } else { "999" };
        let ack_note = ack_segments(finding, scene);
        let advice = finding.code.advice();
        let reason = scene
            .reason(finding)
            .map(|reason| format!("{} because of {reason}", finding.severity.as_str()));

        let mut group = Group::with_title(level.primary_title(&*title).id(entry.id));
        if let Some((text, span)) = &excerpt {
            let label = if is_gap(finding) { "missing before this" } else { "" };
            let marker = AnnotationKind::Primary.span(span.clone()).label(label);
            let line = usize::try_from(scene.segment_position.max(1)).unwrap_or(1);
            group = group
                .element(Snippet::source(&**text).path(file).line_start(line).annotation(marker));
        }
        group = group.element(Level::NOTE.with_name("at").message(&*place_note));
        if let Some(words) = &loop_note {
            group = group.element(Level::NOTE.with_name("loop").message(&**words));
        }
        if !advice.is_empty() {
            group = group.element(Level::HELP.message(advice));
        }
        if let Some(words) = &ack_note {
            group = group.element(Level::NOTE.with_name(ack_name).message(&**words));
        }
        if let Some(words) = &reason {
            group = group.element(Level::NOTE.with_name("severity").message(&**words));
        }
        let mut out = self.renderer.render(&[group]).to_string();
        out.push('\n');
        out
    }
}

/// The text of the segment as it may be shown, and the range of it to mark.
pub(super) fn shown_segment(
    segment: Segment<'_>,
    finding: &Finding,
    scene: &Scene<'_>,
) -> (String, Range<usize>) {
    let used = scene.guide.and_then(|guide| {
        let used = find_segment_use(guide, finding.at.loop_index, segment.tag(), Some(segment))?;
        Some((guide, used))
    });
    let mut text = segment_text(segment, used, scene.show_values);
    let terminator = segment.delimiters().terminator;
    text.push(if (0x21..0x7f).contains(&terminator) { char::from(terminator) } else { ' ' });
    let end = text.len() - 1;
    let range = match element_range(segment, finding) {
        Some(range) => range,
        None if is_gap(finding) => 0..segment.tag_bytes().len(),
        None => {
            let start = finding.at.offset.saturating_sub(scene.segment_offset) as usize;
            start..start + finding.at.length as usize
        }
    };
    // An empty range is a place where something should stand.
    let start = range.start.min(end);
    let range = start..range.end.clamp(start + 1, text.len());
    (text, range)
}

/// Where in the segment the element, repetition or component of the finding stands; the end of the segment when it ends
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

/// True when the finding is about something that should stand before the segment shown.
fn is_gap(finding: &Finding) -> bool {
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

pub(super) fn loop_words(finding: &Finding, scene: &Scene<'_>) -> Option<String> {
    let guide = scene.guide?;
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
