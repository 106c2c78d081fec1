//! From a subscriber as sent to a search in the store, or why there can be none.

use super::tolerance::{forms, tolerated};
use crate::answer::rejections::{Reason, Reasons};
use crate::config::eligibility::EligibilityPolicy;
use crate::store::MemberSearch;
use crate::store::normalise_name;
use crate::txn::eligibility::Person;

/// How a subscriber is searched for.
#[derive(Debug, Default)]
pub(in crate::answer) struct Lookup {
    /// Errors in the data sent, whether or not they are enough for a search.
    pub(in crate::answer) reasons: Reasons,
    /// What to search for; none when there can be no search.
    pub(in crate::answer) search: Option<MemberSearch>,
    /// What to search for if that finds nobody: other forms of the name that the payer tolerates.
    pub(in crate::answer) others: Vec<MemberSearch>,
}

/// Decides how to search for a subscriber.
///
/// The id comes first; then another identifier that the policy accepts as one; then name and birth date. A
/// search that was possible and finds no member is not followed by a weaker one: an answer about another person
/// would be worse than none.
pub(in crate::answer) fn lookup(person: &Person, policy: &EligibilityPolicy) -> Lookup {
    let mut reasons = Reasons::default();
    reasons.add_if(person.birth.is_malformed(), Reason::BirthDate);
    reasons.add_if(person.gender.is_malformed(), Reason::MemberGender);
    let id = person.name.id.trim();
    let id = if id.is_empty() { person.reference("1W").unwrap_or("").trim() } else { id };
    if !id.is_empty() {
        let search = normalise_id(id, policy).map(MemberSearch::Id);
        reasons.add_if(search.is_none(), Reason::MemberId);
        require_company(person, policy, &mut reasons);
        return Lookup { reasons, search, others: Vec::new() };
    }
    if let Some(search) = other_identifier(person, policy) {
        let alone = person.name.last.is_empty() && person.birth.value().is_none();
        reasons.add_if(alone, Reason::MemberName);
        reasons.add_if(alone, Reason::BirthDate);
        let search = (!alone).then_some(search);
        return Lookup { reasons, search, others: Vec::new() };
    }
    by_name(person, policy, reasons)
}

/// The id in the form the store compares, or `None` for an invalid id: it is too short to be more
/// than a suffix, too long, or has other characters than letters and digits.
pub(in crate::answer) fn normalise_id(id: &str, policy: &EligibilityPolicy) -> Option<Box<str>> {
    let kept = id.chars().filter(|c| !policy.ids.strip.contains(*c));
    let id: String = kept.map(|c| c.to_ascii_uppercase()).collect();
    let sound = id.bytes().all(|b| b.is_ascii_alphanumeric())
        && (policy.ids.chars_min..=policy.ids.chars_max).contains(&id.len());
    sound.then(|| id.into())
}

/// An id must come with a name or birth date, unless the payer accepts it alone.
fn require_company(person: &Person, policy: &EligibilityPolicy, reasons: &mut Reasons) {
    let name = &person.name;
    let birth = person.birth.value().is_some();
    if policy.search.id_alone || (!name.last.is_empty() && (birth || !name.first.is_empty())) {
        return;
    }
    reasons.add_if(name.last.is_empty() || name.first.is_empty(), Reason::MemberName);
    reasons.add_if(!birth, Reason::BirthDate);
}

fn other_identifier(person: &Person, policy: &EligibilityPolicy) -> Option<MemberSearch> {
    let search = &policy.search;
    let taken = |qualifier: &str| match qualifier {
        "SY" => search.social_security,
        "HJ" => search.card,
        _ => search.other_references.iter().any(|other| other == qualifier),
    };
    let reference = person.references.iter().find(|r| taken(r.qualifier.as_str()))?;
    let value: String = reference.value.chars().filter(char::is_ascii_alphanumeric).collect();
    (!value.is_empty()).then(|| MemberSearch::Other {
        qualifier: reference.qualifier.as_str().into(),
        value: value.to_ascii_uppercase().into(),
    })
}

fn by_name(person: &Person, policy: &EligibilityPolicy, mut reasons: Reasons) -> Lookup {
    if !policy.search.name_and_birth {
        reasons.add(Reason::MemberId);
        return Lookup { reasons, ..Lookup::default() };
    }
    let last = normalise_name(&person.name.last);
    let first = normalise_name(&person.name.first);
    let named = !last.is_empty() && !first.is_empty();
    if let (true, Some(birth)) = (named, person.birth.value()) {
        let by = |(last, first): (String, String)| MemberSearch::Name {
            last: last.into(),
            first: first.into(),
            birth,
        };
        let forms = forms(&person.name, tolerated(policy));
        let others = forms.into_iter().filter(|form| *form != (last.clone(), first.clone()));
        let others = others.map(by).collect();
        let search = Some(by((last.clone(), first.clone())));
        return Lookup { reasons, search, others };
    }
    reasons.add(Reason::MemberId);
    reasons.add_if(!named, Reason::MemberName);
    reasons.add_if(person.birth.value().is_none(), Reason::BirthDate);
    Lookup { reasons, ..Lookup::default() }
}
