//! Where a finding is: its place in X12 notation, the guide's name for it, and the value there.

use super::{RenderContext, tag_text};
use crate::finding::Finding;
use crate::wire::Tag;

/// The place in X12 notation: `2000C/TRN03`, `EB13-2`, `GS08`; empty for a finding about the file.
pub fn place(finding: &Finding, context: &RenderContext<'_>) -> String {
    let at = &finding.at;
    let mut text = String::new();
    if let Some(id) = context.loop_id(finding).filter(|id| *id != "ST") {
        text.push_str(id);
        text.push('/');
    }
    if at.tag == Tag::default() {
        text.pop();
        return text;
    }
    text.push_str(&tag_text(at.tag, context.show_values));
    if at.element > 0 {
        text.push_str(&format!("{:02}", at.element));
    }
    if at.component > 0 {
        text.push_str(&format!("-{}", at.component));
    }
    if at.repetition > 1 {
        text.push_str(&format!(" (repetition {})", at.repetition));
    }
    text
}

/// ` (Subscriber name)` where the guide has a name for what is in error.
pub(super) fn name_in_brackets(finding: &Finding, context: &RenderContext<'_>) -> String {
    let name = match finding.at.element {
        0 => context.segment_use(finding).map(|used| &*used.name),
        _ => context.element_use(finding).map(|used| &*used.name),
    };
    match name {
        Some(name) if !name.is_empty() => format!(" ({name})"),
        _ => String::new(),
    }
}

/// The text in error, by the positions in the finding; the whole element when it has no components.
pub(super) fn value_at<'a>(finding: &Finding, context: &RenderContext<'a>) -> Option<&'a [u8]> {
    let segment = context.segment.filter(|s| s.tag() == finding.at.tag)?;
    let element = segment.element(usize::from(finding.at.element.max(1)))?;
    let repetition = usize::from(finding.at.repetition.max(1)) - 1;
    let element = element.repetitions().nth(repetition)?;
    match finding.at.component {
        0 => Some(element.bytes),
        component => element.components().nth(usize::from(component) - 1).map(|c| c.bytes),
    }
}
