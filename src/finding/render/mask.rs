//! Masking: codes and qualifiers stay, everything that could identify a person is hidden.
//!
//! A masked segment has the same length and the same separators as the segment itself, so that spans still fit: a
//! letter becomes `x`, a digit becomes `#`, other printable characters stay.

use crate::dict::{DataType, Dictionary, label};
use crate::guide::{ElementUse, Guide, SegmentUse};
use crate::phi;
use crate::wire::{Element, Segment, Tag};

/// What an element of a control segment may hold to be shown.
#[derive(Clone, Copy)]
enum Form {
    /// At most so many digits.
    Digits(usize),
    /// A code of at most so many letters and digits.
    Code(usize),
    /// A loop id: digits, and a letter after them.
    Loop,
    /// The id of a guide or version: `005010X279A1`.
    Guide,
    /// An id of a party in a GS.
    Party,
}

use Form::{Code, Digits, Guide as GuideId, Loop, Party};

/// Segments that contain control values only: what each element may hold. Whatever else stands there, or behind the last of
/// them, is hidden, as a lost terminator or separator may have put it there.
const CONTROL_SEGMENTS: [(&str, &[Form]); 14] = [
    ("GS", &[Code(2), Party, Party, Digits(8), Digits(8), Digits(9), Code(1), GuideId]),
    ("ST", &[Digits(3), Digits(9), GuideId]),
    ("SE", &[Digits(9), Digits(9)]),
    ("GE", &[Digits(6), Digits(9)]),
    ("IEA", &[Digits(5), Digits(9)]),
    ("TA1", &[Digits(9), Digits(6), Digits(4), Code(1), Digits(3)]),
    ("HL", &[Digits(7), Digits(7), Code(2), Digits(1)]),
    ("LX", &[Digits(6)]),
    ("LS", &[Loop]),
    ("LE", &[Loop]),
    ("AK1", &[Code(2), Digits(9), GuideId]),
    ("AK2", &[Digits(3), Digits(9), GuideId]),
    (
        "AK9",
        &[Code(1), Digits(6), Digits(6), Digits(6), Code(2), Code(2), Code(2), Code(2), Code(2)],
    ),
    ("IK5", &[Code(1), Code(2), Code(2), Code(2), Code(2), Code(2)]),
];

impl Form {
    fn fits(self, value: &[u8]) -> bool {
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let rest = &value[digits..];
        let is_upper = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        match self {
            Digits(most) => rest.is_empty() && digits <= most,
            Code(most) => value.len() <= most && value.iter().all(is_upper),
            Loop => digits <= 4 && matches!(rest, [] | [b'A'..=b'Z']),
            GuideId => {
                let tail = rest.iter().skip(1).all(is_upper);
                digits >= 6 && value.len() <= 12 && (rest.is_empty() || rest[0] == b'X' && tail)
            }
            Party => value.len() <= 15,
        }
    }
}

/// Whether the value at this position of a control segment has the form it should have there; none for other segments.
pub fn control_value(tag: Tag, position: u8, value: &[u8]) -> Option<bool> {
    let (_, forms) = CONTROL_SEGMENTS.iter().find(|(known, _)| Tag::from(*known) == tag)?;
    let form = usize::from(position).checked_sub(1).and_then(|index| forms.get(index));
    Some(form.is_some_and(|form| form.fits(value)))
}

/// Longest ISA whose ids are shown, in bytes: longer ones have lost a separator or their widths.
const ISA_BYTES_MAX: usize = 106;

/// Data elements of type ID that can still identify a person: the postal code.
const CLOSED_ELEMENTS: [u16; 1] = [116];

/// True for a value that is known to be a code of this element and so identifies nobody: it is in a list of the guide, of the
/// standard or of our own names of codes. Anything else, also in an element for codes, may be a value that lost its place.
pub fn is_open(guide: &Guide, used: &ElementUse, value: &[u8]) -> bool {
    let is_listed = |list: Option<u16>| {
        list.and_then(|list| guide.lists.get(usize::from(list)))
            .is_some_and(|list| list.contains(value))
    };
    used.kind == DataType::Id
        && !CLOSED_ELEMENTS.contains(&used.data_element)
        && value.len() <= usize::from(used.length_max)
        && (is_listed(used.list)
            || is_listed(used.standard_list)
            || label(used.data_element, value).is_some())
}

/// A segment id as it may be shown: hidden where no segment of the standard has it, because it may be a value.
pub fn tag_text(tag: Tag, show_values: bool) -> String {
    let text = tag.to_string();
    if show_values || is_known_tag(tag) { text } else { hidden(&text) }
}

/// True for the id of a segment of the standard, or of an envelope.
pub fn is_known_tag(tag: Tag) -> bool {
    Dictionary::embedded().segment(tag).is_some()
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
    if !is_known_tag(tag) {
        hide(&mut out, 0, segment.tag_bytes().len());
    }
    if control_value(tag, 1, b"").is_some() {
        for (position, element) in (1..=u8::MAX).zip(segment.elements()) {
            if control_value(tag, position, element.bytes) != Some(true) {
                hide(&mut out, element.offset, element.bytes.len());
            }
        }
        if let Some(beyond) = segment.elements().nth(usize::from(u8::MAX)) {
            hide(&mut out, beyond.offset, segment.bytes().len() - beyond.offset as usize);
        }
        return out;
    }
    if tag == Tag::from("ISA") {
        // Passwords may be here.
        let is_whole = segment.bytes().len() < ISA_BYTES_MAX;
        for (position, element) in (1..).zip(segment.elements()) {
            if [2, 4].contains(&position) || position > 16 || !is_whole {
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
        let is_code = guide.zip(inner).is_some_and(|(g, used)| is_open(g, used, component.bytes));
        if !is_code {
            hide(out, component.offset, component.bytes.len());
        }
    }
}

fn hide(out: &mut String, offset: u32, length: usize) {
    let range = offset as usize..offset as usize + length;
    let Some(value) = out.get(range.clone()) else { return };
    let hidden = hidden(value);
    out.replace_range(range, &hidden);
}

/// Printable text with its digits and letters hidden, in its own length.
pub fn hidden(value: &str) -> String {
    phi::hidden(value)
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
        for text in ["HL*3*2*22*0", "ST*270*0001*005010X279A1", "SE*13*0001", "LS*2120", "LX*1"] {
            assert_eq!(mask(&format!("{text}~")), text);
        }
    }

    #[test]
    fn what_lost_its_place_is_hidden() {
        assert_eq!(mask("HL*3*2*22*0*NM1*IL*1*NAME~"), "HL*3*2*22*0*xx#*xx*#*xxxx");
        assert_eq!(mask("HL*3*2*DOE*0~"), "HL*3*2*xxx*0");
        assert_eq!(mask("NAME*JANE~"), "xxxx*xxxx");
        assert_eq!(mask("DOE*JANE~"), "xxx*xxxx");
        assert_eq!(mask("SE*13*0001GE*1*101~"), "SE*13*####xx*#*###");
        assert_eq!(mask("ST*270*0001*SMITH~"), "ST*270*0001*xxxxx");
    }

    #[test]
    fn only_known_codes_are_codes() {
        let guide =
            crate::guide::Registry::embedded().guide(b"270", b"005010X279A1").expect("guide");
        let text = b"NM1*DOE*1*DOE*JANE****MI*S1~NM1*IL*1*DOE*JANE****MI*S1~";
        let mut tape = Tape::default();
        tape.fill(text, Delimiters::STANDARD);
        let used = guide.segments.iter().find(|used| used.tag == Tag::from("NM1")).expect("NM1");
        let shown = |index| masked(tape.segment(text, index), Some((guide, used)));
        assert_eq!(shown(0), "NM1*xxx*1*xxx*xxxx****MI*x#");
        assert_eq!(shown(1), "NM1*IL*1*xxx*xxxx****MI*x#");
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
