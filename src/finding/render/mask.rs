//! Masking: codes and qualifiers stay, everything that could identify a person is hidden.
//!
//! A masked segment has the same length and the same separators as the segment itself, so that spans still fit: a
//! letter becomes `x`, a digit becomes `#`, other printable characters stay.

use crate::dict::DataType;
use crate::guide::{ElementUse, Guide, SegmentUse};
use crate::wire::{Component, Element, Segment, Tag};

/// Segments that contain control values only and are shown whole.
const OPEN_TAGS: [&str; 14] =
    ["GS", "ST", "SE", "GE", "IEA", "TA1", "HL", "LX", "LS", "LE", "AK1", "AK2", "AK9", "IK5"];

/// Data elements of type ID that can still identify a person: the postal code.
const CLOSED_ELEMENTS: [u16; 1] = [116];

/// True for an element whose values are codes and may be shown.
pub fn is_open(used: &ElementUse) -> bool {
    used.kind == DataType::Id && !CLOSED_ELEMENTS.contains(&used.data_element)
}

/// Shown in place of binary data, which are never shown.
const BINARY: &str = "<binary>";

/// The segment with every value hidden that is not a code, as printable ASCII of the same length; binary data are left
/// out.
pub fn masked(segment: Segment<'_>, used: Option<(&Guide, &SegmentUse)>) -> String {
    if segment.tag().is_binary() {
        // The data follow a length and the name of a filter.
        return without_data(segment);
    }
    let mut out = printable(segment.bytes());
    let tag = segment.tag();
    if OPEN_TAGS.iter().any(|open| Tag::from(*open) == tag) {
        return out;
    }
    if tag == Tag::from("ISA") {
        // Passwords may be here.
        for position in [2, 4] {
            if let Some(element) = segment.element(position) {
                hide(&mut out, element.offset, element.bytes.len());
            }
        }
        return out;
    }
    for (index, element) in segment.elements().enumerate() {
        let position = u8::try_from(index + 1).unwrap_or(u8::MAX);
        let element_use = used.and_then(|(guide, used)| guide.element_of(used, position));
        for repetition in element.repetitions() {
            mask_repetition(&mut out, repetition, used.map(|(guide, _)| guide), element_use);
        }
    }
    out
}

fn mask_repetition(
    out: &mut String,
    element: Element<'_>,
    guide: Option<&Guide>,
    used: Option<&ElementUse>,
) {
    for (index, component) in element.components().enumerate() {
        let position = u8::try_from(index + 1).unwrap_or(u8::MAX);
        let inner = match (guide, used) {
            (Some(guide), Some(used)) if used.kind == DataType::Composite => {
                guide.component_of(used, position)
            }
            (_, used) => used,
        };
        if !inner.is_some_and(|used| may_show(used, component)) {
            hide(out, component.offset, component.bytes.len());
        }
    }
}

/// A value longer than any code is not a code: it may be a name in the wrong element.
fn may_show(used: &ElementUse, component: Component<'_>) -> bool {
    is_open(used) && component.bytes.len() <= usize::from(used.length_max)
}

fn hide(out: &mut String, offset: u32, length: usize) {
    let range = offset as usize..offset as usize + length;
    let Some(value) = out.get(range.clone()) else { return };
    let hidden = hidden(value);
    out.replace_range(range, &hidden);
}

/// Printable text with its digits and letters hidden, in its own length.
pub fn hidden(value: &str) -> String {
    value
        .chars()
        .map(|c| match c {
            '0'..='9' => '#',
            c if c.is_ascii_alphabetic() => 'x',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '?',
        })
        .collect()
}

/// Bytes as printable ASCII of the same length: whatever could move a cursor becomes `?`.
pub fn printable(bytes: &[u8]) -> String {
    bytes.iter().map(|b| if (0x20..0x7f).contains(b) { char::from(*b) } else { '?' }).collect()
}

/// The segment as it may be shown: whole, or masked.
pub fn segment_text(
    segment: Segment<'_>,
    used: Option<(&Guide, &SegmentUse)>,
    show_values: bool,
) -> String {
    if show_values && !segment.tag().is_binary() {
        printable(segment.bytes())
    } else {
        masked(segment, used)
    }
}

/// A binary segment with a word in place of its data. Without data, or without anything after them, as it is.
fn without_data(segment: Segment<'_>) -> String {
    let mut out = printable(segment.shown());
    if segment.binary().is_some() {
        out.push_str(BINARY);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Delimiters, Tape};

    fn mask(text: &str) -> String {
        let mut tape = Tape::default();
        tape.fill(text.as_bytes(), Delimiters::STANDARD);
        masked(tape.segment(text.as_bytes(), 0), None)
    }

    #[test]
    fn without_a_guide_only_the_shape_is_left() {
        assert_eq!(mask("NM1*IL*1*DOE*JANE****MI*S123~"), "NM1*xx*#*xxx*xxxx****xx*x###");
    }

    #[test]
    fn control_segments_stay_whole() {
        assert_eq!(mask("HL*3*2*22*0~"), "HL*3*2*22*0");
    }

    #[test]
    fn binary_data_are_never_shown() {
        let text = b"BIN*9*JANE~DOE*~";
        let mut tape = Tape::default();
        tape.fill(text, Delimiters::STANDARD);
        for show_values in [true, false] {
            assert_eq!(segment_text(tape.segment(text, 0), None, show_values), "BIN*9*<binary>");
        }
    }

    #[test]
    fn passwords_in_the_isa_are_hidden() {
        let isa = "ISA*03*USER123456*01*SECRET7890*ZZ*SUBMITTER1     *ZZ*PAYERGW        \
                   *260105*0930*^*00501*000000101*0*T*:~";
        let shown = mask(isa);
        assert!(shown.starts_with("ISA*03*xxxx######*01*xxxxxx####*ZZ*SUBMITTER1 "), "{shown}");
        assert_eq!(shown.len(), isa.len() - 1);
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        assert_eq!(mask("REF*\u{1b}[31m*A~"), "REF*?[##x*x");
    }
}
