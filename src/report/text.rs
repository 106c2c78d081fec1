//! Findings for people: the segment in error with a marker under the element, in the manner of compilers.
//!
//! The renderer is given one segment, never the file: an X12 file is often a single line, and the cost of a report would
//! grow with it. The number in the margin is the position of the segment in its set.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::excerpt::{is_gap, loop_words, place_words, shown_segment};
use crate::finding::render::{RenderContext, ack_segments, message};
use crate::finding::{Ack, Finding, Severity};

/// Plain text, or with colours for a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Without colours.
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
    /// What follows from another finding stands below it, in short.
    pub fn render(&self, file: &str, finding: &Finding, context: &RenderContext<'_>) -> String {
        if finding.because.is_some() {
            return follower(file, finding, context);
        }
        let entry = finding.code.entry();
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = message(finding, context);
        let excerpt = context.segment.map(|segment| shown_segment(segment, finding, context));
        let loop_note = loop_words(finding, context);
        let place_note = place_words(file, finding);
        let ack_name = if matches!(entry.ack, Ack::Ta1(_)) { "TA1" } else { "999" };
        let ack_note = ack_segments(finding, context);
        let advice = finding.code.advice();
        let reason = context
            .reason(finding)
            .map(|reason| format!("{} because of {reason}", finding.severity.as_str()));

        let mut group = Group::with_title(level.primary_title(&*title).id(entry.id));
        if let Some((text, span)) = &excerpt {
            let label = if is_gap(finding) { "missing before this" } else { "" };
            let marker = AnnotationKind::Primary.span(span.clone()).label(label);
            let line = usize::try_from(context.segment_position.max(1)).unwrap_or(1);
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

/// A finding that follows from the one above it.
fn follower(file: &str, finding: &Finding, context: &RenderContext<'_>) -> String {
    let entry = finding.code.entry();
    let words = (finding.severity.as_str(), entry.id, message(finding, context));
    let mut out = format!("  from this follows {}[{}]: {}\n", words.0, words.1, words.2);
    out.push_str(&format!("    at {}\n", place_words(file, finding)));
    if let Some(words) = ack_segments(finding, context) {
        out.push_str(&format!("    999: {words}\n"));
    }
    out
}
