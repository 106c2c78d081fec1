//! Findings for programs: one JSON object a line, with a fixed set of fields that are always present.

use serde::Serialize;

use crate::finding::render::{RenderContext, message, tag_text, wire_code};
use crate::finding::{Detail, Finding};
use crate::wire::Tag;

/// One finding for programs. A field that does not apply is `null`; only `assumed` is left out then.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    code: &'static str,
    severity: &'static str,
    snip: u8,
    set: Option<u32>,
    segment: Option<u32>,
    tag: Option<String>,
    r#loop: Option<&'a str>,
    element: Option<u8>,
    component: Option<u8>,
    repetition: Option<u16>,
    offset: u64,
    message: String,
    ack: Option<&'static str>,
    reason: Option<String>,
    because: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assumed: Option<Assumed<'a>>,
}

/// Separators that were assumed where there is no ISA. Each is the character of its byte.
#[derive(Serialize)]
pub struct AssumedSeparators {
    /// Between elements.
    pub element: char,
    /// Between components.
    pub component: char,
    /// Between repetitions; none where there are none.
    pub repetition: Option<char>,
    /// After segments.
    pub segment: char,
}

impl AssumedSeparators {
    /// Of four bytes in this order; a blank stands for none.
    pub fn of(separators: [u8; 4]) -> AssumedSeparators {
        let [element, component, repetition, segment] = separators.map(char::from);
        let repetition = Some(repetition).filter(|byte| *byte != ' ');
        AssumedSeparators { element, component, repetition, segment }
    }
}

/// What was assumed of a set without an ISA.
#[derive(Serialize)]
struct Assumed<'a> {
    #[serde(flatten)]
    separators: AssumedSeparators,
    guide: Option<&'a str>,
    guide_is_named: bool,
}

impl<'a> Assumed<'a> {
    fn of(finding: &Finding, context: &RenderContext<'a>) -> Option<Self> {
        let Detail::Fragment { separators, is_guide_assumed } = finding.detail else { return None };
        let guide = context.guide.map(|guide| &*guide.id);
        Some(Assumed {
            separators: AssumedSeparators::of(separators),
            guide,
            guide_is_named: guide.is_some() && !is_guide_assumed,
        })
    }
}

/// What was found in one file, after its findings.
#[derive(Serialize, Clone, PartialEq, Eq, Debug, Default)]
pub struct FileSummary {
    /// The name it was given by; `-` for standard input.
    pub file: String,
    /// Interchanges in it.
    pub interchanges: u64,
    /// Transaction sets in it.
    pub sets: u64,
    /// Findings of severity error.
    pub errors: u64,
    /// Findings of severity warning.
    pub warnings: u64,
    /// Claims in it, where they are rejected one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<u64>,
    /// Those of them that are rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims_rejected: Option<u64>,
}

/// The finding as one line of JSON, without a line feed.
pub fn json_line(
    file: &str,
    finding: &Finding,
    context: &RenderContext<'_>,
) -> serde_json::Result<String> {
    let at = &finding.at;
    let entry = finding.code.entry();
    serde_json::to_string(&Line {
        file,
        code: entry.id,
        severity: finding.severity.as_str(),
        snip: finding.snip(),
        set: some(at.set),
        segment: some(at.segment),
        tag: (at.tag != Tag::default()).then(|| tag_text(at.tag, context.show_values)),
        r#loop: context.loop_id(finding),
        element: some(at.element),
        component: some(at.component),
        repetition: some(at.repetition),
        offset: at.offset,
        message: message(finding, context),
        ack: wire_code(finding),
        reason: context.reason(finding),
        because: finding.because,
        assumed: Assumed::of(finding, context),
    })
}

/// Positions count from 1; 0 means "does not apply".
fn some<T: Default + PartialEq>(position: T) -> Option<T> {
    (position != T::default()).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Grounds, Locus, Severity};

    #[test]
    fn every_field_is_there_in_order() {
        let at = Locus {
            offset: 120,
            set: 1,
            segment: 7,
            tag: Tag::from("TRN"),
            element: 3,
            ..Locus::default()
        };
        let found = Finding {
            code: Code::ElementMissing,
            severity: Severity::Error,
            grounds: Grounds::Catalog,
            at,
            detail: Detail::None,
            because: None,
        };
        assert_eq!(
            json_line("a.x12", &found, &RenderContext::default()).expect("plain values"),
            r#"{"file":"a.x12","code":"X12-2201","severity":"error","snip":2,"set":1,"segment":7,"tag":"TRN","loop":null,"element":3,"component":null,"repetition":null,"offset":120,"message":"required element TRN03 is missing","ack":"1","reason":null,"because":null}"#
        );
    }
}
