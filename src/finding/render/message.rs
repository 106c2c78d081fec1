//! The message of a finding: what is wrong and where, from the catalog, the detail and the guide's names.

use super::RenderContext;
use super::code::code_words;
use super::place::{name_in_brackets, place, value_at};
use super::tag_text;
use crate::dict::{DataType, SyntaxKind, SyntaxNote};
use crate::finding::{Ack, Code, DateFault, Detail, Finding};
use crate::guide::Registry;
use crate::wire::Delimiters;

/// The form of the finding in an acknowledgment, such as `IK403 7`, `IK304 3`, `IK502 4`, `AK905 5` or `TA105 001`; none
/// when no acknowledgment reports it.
pub fn ack_code(finding: &Finding) -> Option<String> {
    Some(match finding.code.entry().ack {
        Ack::Ta1(code) => format!("TA105 {code}"),
        Ack::Ak9(code) => format!("AK905 {code}"),
        Ack::Ik5(code) => format!("IK502 {code}"),
        Ack::Ik3(code) => format!("IK304 {code}"),
        Ack::Ik4(code) => format!("IK403 {code}"),
        Ack::None => return None,
    })
}

/// The code of the finding in a TA1, IK3, IK4, IK5 or AK9.
pub fn wire_code(finding: &Finding) -> Option<&'static str> {
    match finding.code.entry().ack {
        Ack::Ta1(code) | Ack::Ak9(code) | Ack::Ik5(code) | Ack::Ik3(code) | Ack::Ik4(code) => {
            Some(code)
        }
        Ack::None => None,
    }
}

/// The acknowledgment segments of the finding, as the 999 would have them, without the value in error.
pub fn ack_segments(finding: &Finding, context: &RenderContext<'_>) -> Option<String> {
    let at = &finding.at;
    // A 999 has room for the base standard's four digits of a loop id.
    let loop_id = context.loop_id(finding).filter(|id| *id != "ST").unwrap_or("");
    let loop_id = loop_id.get(..4).unwrap_or(loop_id);
    let tag = tag_text(at.tag, context.show_values);
    Some(match finding.code.entry().ack {
        Ack::Ta1(code) => format!("TA105 is {code}"),
        Ack::Ak9(code) => format!("AK9*R, AK905 is {code}"),
        Ack::Ik5(code) => format!("IK5*R*{code}"),
        Ack::Ik3(code) => format!("IK3*{tag}*{}*{loop_id}*{code}", at.segment),
        Ack::Ik4(code) => {
            let mut position = at.element.to_string();
            if at.component > 0 || at.repetition > 0 {
                position.push(':');
                if at.component > 0 {
                    position.push_str(&at.component.to_string());
                }
                if at.repetition > 0 {
                    position.push_str(&format!(":{}", at.repetition));
                }
            }
            let reference = match at.data_element {
                0 => String::new(),
                composite @ 10_000.. => format!("C{:03}", composite - 10_000),
                number => number.to_string(),
            };
            format!("IK3*{tag}*{}*{loop_id}*8 IK4*{position}*{reference}*{code}", at.segment)
        }
        Ack::None => return None,
    })
}

/// The finding in one plain sentence. It contains values only when they are codes, or when the context shows values.
pub fn message(finding: &Finding, context: &RenderContext<'_>) -> String {
    let entry = finding.code.entry();
    let place = place(finding, context);
    let named = name_in_brackets(finding, context);
    if let Some(words) = count_words(finding, context, &format!("{place}{named}")) {
        return words;
    }
    match finding.code {
        Code::ElementMandatoryMissing | Code::ElementMissing => {
            let part = if finding.at.component > 0 { "component" } else { "element" };
            format!("required {part} {place}{named} is missing")
        }
        Code::Fragment => fragment_words(finding, context),
        Code::SegmentMissing => format!("required segment {place}{named} is missing"),
        Code::LoopMissing => missing_loop(finding, context),
        Code::SegmentUnknown if finding.at.tag.is_malformed() => {
            "the text before the first element separator is not a segment ID".to_owned()
        }
        Code::SegmentUnknown => {
            format!("segment ID `{}` does not exist", tag_text(finding.at.tag, context.show_values))
        }
        Code::SegmentNotInSet => format!("{place} is not part of this transaction set"),
        Code::SegmentUnexpected => format!("{place} is not allowed at this position"),
        Code::SegmentSequence => format!("{place}{named} is out of order"),
        Code::SegmentNotUsed => format!("{place} is not used by the guide"),
        Code::SeparatorMissing => {
            format!("from {place} on the values fit one place to the right: {}", entry.title)
        }
        Code::SeparatorExtra => {
            format!("from {place} on the values fit one place to the left: {}", entry.title)
        }
        Code::TerminatorMissing => match (finding.detail, context.guide) {
            (Detail::Node(next), Some(guide)) if usize::from(next) < guide.segments.len() => {
                format!(
                    "{place}: {}; {} begins here",
                    entry.title,
                    guide.segments[usize::from(next)].tag
                )
            }
            _ => format!("{place}: {}", entry.title),
        },
        Code::GuideAbsent => absent_words(context),
        Code::BinaryLength => format!("{place}{named} is not a whole number"),
        Code::ElementCharacter => {
            format!(
                "{place}{named} contains {}, which is not allowed",
                bad_character(context, finding)
            )
        }
        Code::ElementCode
        | Code::ElementGuideCode
        | Code::CodeSet
        | Code::CodeForm
        | Code::CodeOutOfDate
        | Code::CodeSetOutOfDate => code_words(finding, context),
        Code::ElementNotUsed => format!("{place}{named} is not used by the guide"),
        Code::ElementNumber => format!("{place}{named} is not {}", number_kind(finding, context)),
        Code::SyntaxConditional | Code::SyntaxExclusion => match note_words(finding, context) {
            Some(words) => format!("{place}{named}: {words}"),
            None => format!("{place}{named}: {}", entry.title),
        },
        Code::SituationalSegmentMissing
        | Code::SituationalSegmentForbidden
        | Code::SituationalElementMissing
        | Code::SituationalElementForbidden => rule_words(finding, context),
        Code::KeyRepeated => advised(finding, context),
        Code::ElementDateFormat if matches!(finding.detail, Detail::Date(_)) => {
            let why = match finding.detail {
                Detail::Date(DateFault::TooEarly) => "is before the year 1800",
                _ => "is not a day of the calendar",
            };
            format!("{place}{named} {why}")
        }
        Code::DateOrder if matches!(finding.detail, Detail::Amounts { .. }) => {
            advised(finding, context)
        }
        Code::PointerOutOfRange if matches!(finding.detail, Detail::Rule { .. }) => {
            advised(finding, context)
        }
        Code::Unbalanced => balance_words(finding, context, "but should be"),
        Code::PointerOutOfRange => {
            balance_words(finding, context, "but the highest valid value is")
        }
        _ => {
            let numbers = match finding.detail {
                Detail::Count { found, expected } => {
                    format!(": found {found}, expected {expected}")
                }
                _ => String::new(),
            };
            // Titles of envelope findings begin with the place already.
            if place.is_empty() || entry.title.starts_with(&place) {
                format!("{}{numbers}", entry.title)
            } else {
                format!("{place}{named}: {}{numbers}", entry.title)
            }
        }
    }
}

/// What was assumed of a set without an ISA.
fn fragment_words(finding: &Finding, context: &RenderContext<'_>) -> String {
    let Detail::Fragment { separators, is_guide_assumed } = finding.detail else {
        return finding.code.entry().title.to_owned();
    };
    let [element, component, repetition, terminator] = separators.map(separator_words);
    let mut words = format!(
        "there is no ISA; assumed separators: element {element}, component {component}, repetition {repetition}, segment {terminator}"
    );
    if let Some(guide) = context.guide {
        let why = if is_guide_assumed { "nothing names it; it fits best" } else { "as named" };
        words.push_str(&format!("; guide: {} of {} ({why})", guide.set, guide.id));
    }
    words
}

/// A separator as people read it.
fn separator_words(byte: u8) -> String {
    match byte {
        b' ' => "none".to_owned(),
        b'\n' => "line feed".to_owned(),
        b'\r' => "carriage return".to_owned(),
        0x21..0x7f => format!("`{}`", char::from(byte)),
        byte => format!("0x{byte:02X}"),
    }
}

/// The sentence of a finding about a number that is too large or too small; none for other findings. `place` is the place with
/// its name.
fn count_words(finding: &Finding, context: &RenderContext<'_>, place: &str) -> Option<String> {
    let Detail::Count { found, expected } = finding.detail else { return None };
    let words = match finding.code {
        Code::SegmentRepeats | Code::LoopRepeats => {
            format!("{place} occurs {found} times; {}", at_most(expected))
        }
        Code::ElementTooMany => {
            let tag = tag_text(finding.at.tag, context.show_values);
            format!("{tag} has {found} elements; the standard defines {expected}")
        }
        Code::ElementComponents => format!("{place} has {found} components; {}", at_most(expected)),
        Code::ElementRepetitions | Code::ElementGuideRepetitions => {
            format!("{place} has {found} repetitions; {}", at_most(expected))
        }
        Code::ElementTooShort => {
            format!("{place} is {} long; the minimum is {expected}", characters(found))
        }
        Code::ElementTooLong => {
            format!("{place} is {} long; the maximum is {expected}", characters(found))
        }
        Code::BinaryShort | Code::BinaryLong => {
            let (found, expected) = (bytes(found), bytes(expected));
            format!("{place} has {found}, but its length is given as {expected}")
        }
        Code::DecimalPlaces => {
            format!("{place} has {found} decimal places; {}", at_most(expected))
        }
        Code::AmountTooLong => {
            format!("{place} has {found} digits including cents; the maximum is {expected}")
        }
        _ => return None,
    };
    Some(words)
}

fn missing_loop(finding: &Finding, context: &RenderContext<'_>) -> String {
    let missing = match (finding.detail, context.guide) {
        (Detail::Node(node), Some(guide)) => guide
            .segments
            .get(usize::from(node))
            .and_then(|trigger| guide.loops.get(usize::from(trigger.in_loop))),
        _ => None,
    };
    match missing {
        Some(missing) => format!(
            "required loop {} ({}) is missing; it begins with {}",
            missing.id, missing.name, finding.at.tag
        ),
        None => format!("a required loop that begins with {} is missing", finding.at.tag),
    }
}

fn bad_character(context: &RenderContext<'_>, finding: &Finding) -> String {
    let value = value_at(finding, context).unwrap_or_default();
    let separators = context.segment.map_or(Delimiters::STANDARD, |s| s.delimiters());
    match value.iter().find(|b| !(0x20..0x7f).contains(*b) || separators.contains(**b)) {
        Some(byte) => format!("the byte 0x{byte:02X}"),
        None => "a character".to_owned(),
    }
}

fn number_kind(finding: &Finding, context: &RenderContext<'_>) -> &'static str {
    match context.element_use(finding).map(|used| used.kind) {
        Some(DataType::N(0)) => "a whole number",
        Some(DataType::N(_)) => "a number without a decimal point",
        Some(DataType::R) => "a decimal number",
        _ => "a valid number",
    }
}

fn note_words(finding: &Finding, context: &RenderContext<'_>) -> Option<String> {
    let guide = context.guide?;
    let used = context.segment_use(finding)?;
    let (notes, position, tag) = match finding.at.component {
        0 => (&used.notes, finding.at.element, finding.at.tag.to_string()),
        component => {
            let composite = guide.element_of(used, finding.at.element)?;
            let tag = format!("{}{:02}-", finding.at.tag, finding.at.element);
            (&composite.notes, component, tag)
        }
    };
    let notes = guide.notes.get(notes.start as usize..notes.end as usize)?;
    let exclusion = finding.code == Code::SyntaxExclusion;
    let about = |note: &&SyntaxNote| {
        (note.kind == SyntaxKind::Exclusion) == exclusion && note.positions.contains(&position)
    };
    let broken = |note: &&SyntaxNote| is_broken(note, finding, context);
    let note = notes.iter().filter(about).find(broken).or_else(|| notes.iter().find(about))?;
    Some(describe_note(note, &tag))
}

/// True where the segment at hand breaks the note.
fn is_broken(note: &SyntaxNote, finding: &Finding, context: &RenderContext<'_>) -> bool {
    let Some(segment) = context.segment.filter(|segment| segment.tag() == finding.at.tag) else {
        return false;
    };
    let is_there = |position: &u8| {
        let (position, element) = (usize::from(*position), usize::from(finding.at.element));
        match finding.at.component {
            0 => !segment.value(position).is_empty(),
            _ => !segment.component(element, position).is_empty(),
        }
    };
    let found = note.positions.iter().filter(|position| is_there(position)).count();
    let first = note.positions.first().is_some_and(is_there);
    match note.kind {
        SyntaxKind::Paired => found > 0 && found < note.positions.len(),
        SyntaxKind::Required => found == 0,
        SyntaxKind::Exclusion => found > 1,
        SyntaxKind::Conditional => first && found < note.positions.len(),
        SyntaxKind::ListConditional => first && found == 1,
    }
}

fn describe_note(note: &SyntaxNote, tag: &str) -> String {
    let named = |positions: &[u8], joint: &str| {
        let all: Vec<String> = positions.iter().map(|p| format!("{tag}{p:02}")).collect();
        all.join(joint)
    };
    let (first, rest) = note.positions.split_at(note.positions.len().min(1));
    match note.kind {
        SyntaxKind::Paired => {
            format!("{} must be sent together or not at all", named(&note.positions, " and "))
        }
        SyntaxKind::Required => {
            format!("at least one of {} is required", named(&note.positions, ", "))
        }
        SyntaxKind::Exclusion => {
            format!("only one of {} may be sent", named(&note.positions, ", "))
        }
        SyntaxKind::Conditional => {
            format!("{} requires {}", named(first, ""), named(rest, " and "))
        }
        SyntaxKind::ListConditional => {
            format!("{} requires at least one of {}", named(first, ""), named(rest, ", "))
        }
    }
}

/// Pointers below this, in millionths, say nothing about a person.
const POINTER_MAX: u64 = 100_000_000;

/// `CLM02 (total charge) is 10 more than it should be: ...`; with values, `is 250, but should be 240`.
fn balance_words(finding: &Finding, context: &RenderContext<'_>, against: &str) -> String {
    let Detail::Amounts { rule, found, expected, .. } = finding.detail else {
        return finding.code.entry().title.to_owned();
    };
    let amount = |millionths: i64| rust_decimal::Decimal::new(millionths, 6).normalize();
    let subject = format!("{}{}", place(finding, context), name_in_brackets(finding, context));
    let is_sum = finding.code == Code::Unbalanced;
    let mut words = if context.show_values || !is_sum && found.unsigned_abs() < POINTER_MAX {
        format!("{subject} is {}, {against} {}", amount(found), amount(expected))
    } else if is_sum && found != 0 && expected != 0 {
        // The difference of two amounts is neither of them.
        let (difference, than) = match found > expected {
            true => (found.saturating_sub(expected), "more"),
            false => (expected.saturating_sub(found), "less"),
        };
        format!("{subject} is {} {than} than it should be", amount(difference))
    } else {
        format!("{subject}: {}", finding.code.entry().title)
    };
    if let Some(rule) = context.guide.and_then(|guide| guide.rules.get(usize::from(rule)))
        && !rule.advice.is_empty()
    {
        words.push_str(": ");
        words.push_str(&rule.advice);
    }
    words
}

/// The title of the finding, and the advice of its rule.
fn advised(finding: &Finding, context: &RenderContext<'_>) -> String {
    let mut words = format!(
        "{}{}: {}",
        place(finding, context),
        name_in_brackets(finding, context),
        finding.code.entry().title
    );
    if let (Detail::Rule { rule, .. } | Detail::Amounts { rule, .. }, Some(guide)) =
        (finding.detail, context.guide)
        && let Some(rule) = guide.rules.get(usize::from(rule))
        && !rule.advice.is_empty()
    {
        words.push_str(": ");
        words.push_str(&rule.advice);
    }
    words
}

fn rule_words(finding: &Finding, context: &RenderContext<'_>) -> String {
    let place = place(finding, context);
    let named = name_in_brackets(finding, context);
    let (rule, trigger) = match (finding.detail, context.guide) {
        (Detail::Rule { rule, trigger_segment, .. }, Some(guide)) => {
            (guide.rules.get(usize::from(rule)), trigger_segment)
        }
        _ => (None, 0),
    };
    let verb = match finding.code {
        Code::SituationalSegmentMissing | Code::SituationalElementMissing => {
            "is missing, but required in this situation"
        }
        _ => "is not allowed in this situation",
    };
    let mut words = format!("{place}{named} {verb}");
    if let Some(rule) = rule
        && !rule.advice.is_empty()
    {
        words.push_str(": ");
        words.push_str(&rule.advice);
    }
    if trigger > 0 && trigger != finding.at.segment {
        words.push_str(&format!(" (because of segment {trigger})"));
    }
    words
}

fn bytes(number: u64) -> String {
    format!("{number} {}", if number == 1 { "byte" } else { "bytes" })
}

/// Names a guide that is not available here, by the ST that refers to it.
fn absent_words(context: &RenderContext<'_>) -> String {
    let known = context.segment.and_then(|st| {
        let known = Registry::embedded().absent(st.value(1), st.value(3))?;
        Some(format!("guide {} ({})", known.id, known.title))
    });
    let named = known.unwrap_or_else(|| "the guide named by this set".to_owned());
    format!("{named} is not available; segments are checked against the base standard only")
}

fn characters(number: u64) -> String {
    format!("{number} {}", if number == 1 { "character" } else { "characters" })
}

/// `at most 1 is allowed`, `at most 5 are allowed`.
fn at_most(number: u64) -> String {
    format!("at most {number} {} allowed", if number == 1 { "is" } else { "are" })
}

#[cfg(test)]
mod tests;
