//! Values made up for the elements of a guide: ones that are right, and ones that are wrong in one way.

use x12gate::dict::{CodeList, DataType};
use x12gate::guide::{ElementUse, Guide, NodeIndex, Pattern, SegmentUse, Usage};

use super::seed::{value, with_value};

/// The data element of the postal code.
const POSTAL_CODE: u16 = 116;

/// Which of several codes that would do is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Choice {
    First,
    Last,
    /// The first, and every element that may be there.
    Whole,
}

impl Choice {
    pub(super) const ALL: [Choice; 3] = [Choice::First, Choice::Last, Choice::Whole];
}

/// The elements of a use.
pub(super) fn elements<'g>(guide: &'g Guide, used: &SegmentUse) -> &'g [ElementUse] {
    &guide.elements[used.elements.start as usize..used.elements.end as usize]
}

/// The components of a composite; none for a simple element.
pub(super) fn components<'g>(guide: &'g Guide, element: &ElementUse) -> &'g [ElementUse] {
    &guide.elements[element.components.start as usize..element.components.end as usize]
}

/// The list of codes of an element, when there is one to check against.
pub(super) fn list<'g>(guide: &'g Guide, element: &ElementUse) -> Option<&'g CodeList> {
    element.list.map(|list| &guide.lists[usize::from(list)]).filter(|list| !list.absent)
}

/// A segment with what its use requires; with all it may hold where that is chosen.
pub(super) fn segment(guide: &Guide, node: NodeIndex, choice: Choice) -> String {
    let used = &guide.segments[usize::from(node)];
    if used.tag.to_string() == "N4" {
        return "N4*BOSTON*MA*021110000".into();
    }
    let wanted = |e: &&ElementUse| match choice {
        Choice::Whole => e.usage != Usage::NotUsed,
        _ => e.usage == Usage::Required,
    };
    let required = elements(guide, used).iter().filter(wanted);
    let text = required.fold(used.tag.to_string(), |text, e| with_element(guide, &text, e, choice));
    if text.contains('*') {
        return text;
    }
    // Nothing is required, but an empty segment is none.
    let mut usable = elements(guide, used).iter().filter(|e| e.usage != Usage::NotUsed);
    usable.next().map_or(text.clone(), |e| with_element(guide, &text, e, choice))
}

/// The segment with this element filled in: what it requires of a composite, its first component where that is nothing.
pub(super) fn with_element(guide: &Guide, segment: &str, e: &ElementUse, choice: Choice) -> String {
    if e.kind != DataType::Composite {
        return with_value(segment, e.position, 0, &sample(guide, e, segment, 0, choice));
    }
    let parts = components(guide, e);
    let mut wanted: Vec<_> = parts.iter().filter(|c| c.usage == Usage::Required).collect();
    if wanted.is_empty() {
        wanted.extend(parts.iter().find(|c| c.usage != Usage::NotUsed));
    }
    wanted.into_iter().fold(segment.to_owned(), |text, c| {
        let value = sample(guide, c, &text, e.position, choice);
        with_value(&text, e.position, c.position, &value)
    })
}

/// A value that is right for an element, or for a component of the composite at `composite`.
pub(super) fn sample(
    guide: &Guide,
    e: &ElementUse,
    segment: &str,
    composite: u8,
    choice: Choice,
) -> String {
    // A qualifier is in the same segment, or for a component in the same composite.
    let qualifier = |at: u8| match composite {
        0 => value(segment, at, 0),
        composite => value(segment, composite, at),
    };
    if let Some(list) = list(guide, e) {
        let codes = || list.codes.iter().map(|c| String::from_utf8_lossy(c).into_owned());
        let plain = codes().find(|c| ["D8", "MA", "US"].contains(&c.as_str()));
        let chosen = match choice {
            Choice::Last => codes().next_back(),
            Choice::First | Choice::Whole => codes().next(),
        };
        return plain.or(chosen).unwrap_or_default();
    }
    match e.pattern {
        Some(Pattern::D8) => return "20260105".into(),
        Some(Pattern::DateBy(at)) => return period(qualifier(at)).into(),
        Some(Pattern::NpiBy(at)) if qualifier(at) == "XX" => return "1234567893".into(),
        Some(Pattern::CodeBy(at, _)) => return code(qualifier(at)).into(),
        Some(Pattern::Telephone(_)) => return "6175550100".into(),
        Some(Pattern::Amount { is_adjustment: true, .. }) => return "0.01".into(),
        _ => {}
    }
    let (least, most) = (usize::from(e.length_min).max(1), usize::from(e.length_max));
    match e.kind {
        DataType::Dt if most < 8 => "260105".into(),
        DataType::Dt => "20260105".into(),
        DataType::Tm => "0930".into(),
        _ if e.data_element == POSTAL_CODE => "021110000".into(),
        // Nothing is out of balance for a zero more.
        DataType::R => "0".into(),
        DataType::N(_) => format!("{:0>least$}", 1),
        _ => "X".repeat(least.max(2).min(most)),
    }
}

/// A date or time in the form that its qualifier names.
fn period(qualifier: &str) -> &'static str {
    match qualifier {
        "RD8" => "20260105-20260110",
        "TM" => "0930",
        "DT" => "202601050930",
        "D6" => "260105",
        _ => "20260105",
    }
}

/// A code of the form that its qualifier names.
fn code(qualifier: &str) -> &'static str {
    match qualifier {
        "BK" | "BF" | "BJ" | "PR" | "BN" => "25000",
        "BBR" | "BBQ" => "0SR90J9",
        "BR" | "BQ" => "8151",
        "HC" | "BP" | "BO" => "99213",
        "AD" => "D0120",
        "N4" => "00002143380",
        _ => "Z01419",
    }
}

/// A value of this length that is right in every other way, if there is one.
pub(super) fn of_length(e: &ElementUse, length: usize) -> Option<String> {
    match e.kind {
        DataType::An | DataType::Id => Some("X".repeat(length)),
        DataType::R | DataType::N(_) => Some("1".repeat(length)),
        DataType::Dt | DataType::Tm | DataType::B | DataType::Composite => None,
    }
}

/// A code of the right type and length that the list does not hold.
pub(super) fn strange_code(guide: &Guide, e: &ElementUse) -> Option<String> {
    let list = list(guide, e)?;
    let (least, most) = (usize::from(e.length_min).max(1), usize::from(e.length_max));
    let mut letters = match e.kind {
        DataType::N(_) | DataType::R => "9876".chars(),
        _ => "?Q9#".chars(),
    };
    letters.find_map(|letter| {
        (least..=most.min(least + 4)).find_map(|length| {
            let code = letter.to_string().repeat(length);
            (!list.contains(code.as_bytes())).then_some(code)
        })
    })
}

/// A value that is not of the type of the element, with the same length where that matters.
pub(super) fn mistyped(e: &ElementUse) -> Option<&'static str> {
    match e.kind {
        DataType::R | DataType::N(_) => Some("1A"),
        DataType::Dt if e.length_max < 8 => Some("261345"),
        DataType::Dt => Some("20261345"),
        DataType::Tm => Some("2561"),
        _ => None,
    }
}
