//! Names that differ from those on file in ways that do not make another person: a middle initial, two first names in one
//! element or in two, a title in front. By setting, and only where no name agrees as it is; two people who fit are never
//! decided between.

use crate::config::eligibility::{EligibilityPolicy, NameMatch, NameTolerance};
use crate::store::{Member, normalise_name};
use crate::txn::eligibility::Name;

/// Titles that stand before a name.
const TITLES: [&str; 8] = ["DR", "MR", "MRS", "MS", "MISS", "REV", "HON", "PROF"];

/// What the payer tolerates; nothing where names are compared letter by letter.
pub(super) fn tolerated(policy: &EligibilityPolicy) -> &[NameTolerance] {
    match policy.name_match {
        NameMatch::Strict => &[],
        NameMatch::CoreNormalised | NameMatch::IdOnly => &policy.name_tolerance,
    }
}

/// True when the name that was sent is the member's but for what is tolerated.
pub(super) fn agrees(sent: &Name, member: &Member, tolerance: &[NameTolerance]) -> bool {
    let last = normalise_name(&member.last);
    let last_agrees = sent.last.is_empty() || last_forms(sent, tolerance).contains(&last);
    last_agrees && (sent.first.is_empty() || first_agrees(sent, member, tolerance))
}

fn first_agrees(sent: &Name, member: &Member, tolerance: &[NameTolerance]) -> bool {
    let middle_on_file = normalise_name(member.middle.as_deref().unwrap_or_default());
    let first_on_file = normalise_name(&member.first);
    let whole_on_file = format!("{first_on_file}{middle_on_file}");
    let words = first_words(sent, tolerance);
    let joined = words.concat();
    if joined == first_on_file {
        return true;
    }
    if tolerance.contains(&NameTolerance::Initial)
        && let Some((initial, first)) = words.split_last()
        && initial.chars().count() == 1
        && first.concat() == first_on_file
    {
        return middle_on_file.is_empty() || middle_on_file.starts_with(initial.as_str());
    }
    tolerance.contains(&NameTolerance::Split)
        && (format!("{joined}{}", normalise_name(&sent.middle)) == first_on_file
            || (words.len() > 1 && joined == whole_on_file))
}

/// The forms in which a person of this name may be on file, as searches compare them: last and first names. The one that was
/// sent comes first.
pub(super) fn forms(sent: &Name, tolerance: &[NameTolerance]) -> Vec<(String, String)> {
    let words = first_words(sent, tolerance);
    let joined = words.concat();
    let mut firsts = vec![normalise_name(&sent.first), joined.clone()];
    if words.len() > 1 {
        firsts.push(words[..words.len() - 1].concat());
    }
    if tolerance.contains(&NameTolerance::Split) && !sent.middle.is_empty() {
        firsts.push(format!("{joined}{}", normalise_name(&sent.middle)));
    }
    let mut forms = Vec::new();
    for last in last_forms(sent, tolerance) {
        for first in &firsts {
            let form = (last.clone(), first.clone());
            if !last.is_empty() && !first.is_empty() && !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    forms
}

fn last_forms(sent: &Name, tolerance: &[NameTolerance]) -> Vec<String> {
    let mut forms = vec![normalise_name(&sent.last)];
    if tolerance.contains(&NameTolerance::Title) {
        forms.extend(without_title(&sent.last).map(normalise_name));
    }
    forms
}

/// The words of the first name, normalized, without a title in front where that is tolerated.
fn first_words(sent: &Name, tolerance: &[NameTolerance]) -> Vec<String> {
    let title = tolerance.contains(&NameTolerance::Title);
    let first = without_title(&sent.first).filter(|_| title).unwrap_or(&sent.first);
    let words = first.split_whitespace().map(normalise_name);
    words.filter(|word| !word.is_empty()).collect()
}

/// What follows a title in front.
fn without_title(name: &str) -> Option<&str> {
    let (title, rest) = name.trim().split_once(' ')?;
    let title = title.trim_end_matches('.');
    let known = TITLES.iter().any(|known| known.eq_ignore_ascii_case(title));
    (known && !rest.trim().is_empty()).then(|| rest.trim())
}
