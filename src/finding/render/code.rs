//! The message of a finding about a code: which, where, and which codes are allowed.

use super::place::{name_in_brackets, place, value_at};
use super::{RenderContext, is_open, printable};
use crate::dict::CodeList;
use crate::finding::{Code, Detail, Finding};
use crate::guide::SegmentUse;

/// How many allowed codes a message names before it only counts the rest.
const CODES_NAMED_MAX: usize = 16;

/// `code `43X` in 2300/DTP01 (date qualifier) is not allowed; allowed: 431 454`.
pub(super) fn code_words(finding: &Finding, context: &RenderContext<'_>) -> String {
    let place = place(finding, context);
    let named = name_in_brackets(finding, context);
    let used = context.element_use(finding);
    let value = value_at(finding, context).filter(|value| {
        let is_code = || context.guide.zip(used).is_some_and(|(g, used)| is_open(g, used, value));
        !value.is_empty() && (context.show_values || is_code())
    });
    let subject = match value {
        Some(value) => format!("code `{}`", printable(value)),
        None => "the code".to_owned(),
    };
    // A rule that narrows the list gives the reason itself.
    if let (Detail::Rule { rule, .. }, Some(guide)) = (finding.detail, context.guide)
        && let Some(rule) = guide.rules.get(usize::from(rule)).filter(|r| !r.advice.is_empty())
    {
        return format!("{subject} in {place}{named} is not allowed here: {}", rule.advice);
    }
    let list = match (finding.detail, context.guide, used) {
        (Detail::CodeList(list) | Detail::Validity { list, .. }, Some(guide), _) => {
            guide.lists.get(usize::from(list))
        }
        (_, Some(guide), Some(used)) => {
            let wanted =
                if finding.code == Code::ElementCode { used.standard_list } else { used.list };
            wanted.and_then(|list| guide.lists.get(usize::from(list)))
        }
        _ => None,
    };
    let verb = match finding.code {
        Code::ElementCode => "is not defined by the standard",
        Code::CodeSet => "is not in the code list",
        Code::CodeForm => "does not have the format of its code list",
        Code::CodeOutOfDate => "was not valid on the date it was used",
        Code::CodeSetOutOfDate => "belongs to a code set that was not in use on that date",
        _ => "is not allowed",
    };
    let state = if finding.code == Code::CodeSetOutOfDate { "in use" } else { "valid" };
    let more = match (finding.detail, list) {
        (Detail::Validity { from, until, .. }, Some(list)) => {
            format!("; list `{}`: {state} {}", list.name, period_words(from, until))
        }
        _ => {
            list.map(|list| allowed(list, &identifying_codes(finding, context))).unwrap_or_default()
        }
    };
    format!("{subject} in {place}{named} {verb}{more}")
}

/// `from 2015-10-01 until 2020-09-30`, either or neither.
fn period_words(from: u32, until: u32) -> String {
    let day = |word: &str, day: u32| {
        let (year, month, day) = (day / 10_000, day / 100 % 100, day % 100);
        format!("{word} {year:04}-{month:02}-{day:02}")
    };
    match (from, until) {
        (0, 0) => "at all times".to_owned(),
        (0, until) => day("until", until),
        (from, 0) => day("from", from),
        (from, until) => format!("{} {}", day("from", from), day("until", until)),
    }
}

/// Where the code distinguishes the uses of a segment, the codes of all uses that are possible in its place, in the order
/// of the guide: those of its loop, and the triggers of the sibling loops. Nothing anywhere else.
fn identifying_codes<'a>(finding: &Finding, context: &RenderContext<'a>) -> Vec<&'a [u8]> {
    let (Some(guide), Some(used)) = (context.guide, context.segment_use(finding)) else {
        return Vec::new();
    };
    let place = |used: &SegmentUse| used.discriminator.map(|by| (by.element, by.component));
    if place(used) != Some((finding.at.element, finding.at.component)) {
        return Vec::new();
    }
    // A trigger takes the place of its loop, in the parent loop.
    let around = |used: &SegmentUse| {
        let own = guide.loops.get(usize::from(used.in_loop))?;
        let head = guide.segments.get(usize::from(own.segments.start))?;
        if std::ptr::eq(head, used) { own.parent } else { Some(used.in_loop) }
    };
    let twins = guide.segments.iter().filter(|other| {
        other.tag == used.tag && place(other) == place(used) && around(other) == around(used)
    });
    let lists = twins.filter_map(|twin| guide.lists.get(usize::from(twin.discriminator?.list)));
    let mut codes: Vec<&[u8]> = Vec::new();
    for code in lists.flat_map(|list| &list.codes) {
        if !codes.contains(&&**code) {
            codes.push(code);
        }
    }
    codes
}

/// The codes of a list, or of all uses the code distinguishes; the name of a list that is not part of the guide.
fn allowed(list: &CodeList, identifying: &[&[u8]]) -> String {
    if list.external || list.codes.is_empty() {
        return match &*list.name {
            "" => String::new(),
            name => format!("; see list `{name}`"),
        };
    }
    let own: Vec<&[u8]> = list.codes.iter().map(|code| &**code).collect();
    let codes = if identifying.is_empty() { &own } else { identifying };
    let named: Vec<String> =
        codes.iter().take(CODES_NAMED_MAX).map(|code| printable(code)).collect();
    let rest = codes.len().saturating_sub(CODES_NAMED_MAX);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("; allowed: {}{more}", named.join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::RenderContext;
    use super::code_words;
    use crate::finding::{Code, Detail, Finding, Grounds, Locus, Severity};
    use crate::guide::Registry;
    use crate::wire::Tag;

    /// The words about a code in an element of a loop of the professional claim.
    fn words(loop_id: &str, tag: &str, element: u8) -> String {
        let guide = Registry::embedded().guide(b"837", b"005010X222A1").expect("the guide");
        let loop_index = guide.loops.iter().position(|l| &*l.id == loop_id).map(|at| at as u16);
        let at = Locus { tag: Tag::from(tag), loop_index, element, ..Locus::default() };
        let grounds = Grounds::Catalog;
        let (code, severity, detail) = (Code::ElementGuideCode, Severity::Error, Detail::None);
        let finding = Finding { code, severity, grounds, at, detail, because: None };
        code_words(&finding, &RenderContext { guide: Some(guide), ..RenderContext::default() })
    }

    #[test]
    fn where_the_code_tells_uses_apart_those_of_all_uses_are_named() {
        assert!(words("2330B", "REF", 1).ends_with("; allowed: 2U EI FY NF G1 9F T4 F8"));
    }

    #[test]
    fn a_head_may_be_that_of_a_loop_beside_it() {
        assert!(words("2310C", "NM1", 1).ends_with("; allowed: DN P3 82 77 DQ PW 45"));
    }

    #[test]
    fn another_element_has_the_codes_of_its_own_use() {
        assert!(words("2300", "DTP", 2).ends_with("; allowed: D8"));
    }
}
