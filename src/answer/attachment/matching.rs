//! Whether documents belong to a claim: the provider, the account and the patient must be those of the claim.

use crate::partner::ProviderScope;
use crate::store::{ClaimVersion, normalise_id};
use crate::txn::attachment::Submission;

/// Digits of a person suffix at the end of a member id.
const SUFFIX_DIGITS: usize = 2;

/// True when the provider who sends the documents is one of the claim's.
pub(super) fn is_providers(submission: &Submission, claim: &ClaimVersion) -> bool {
    let id = &*submission.provider.id;
    [&claim.billing, &claim.payee, &claim.rendering]
        .into_iter()
        .any(|provider| !id.is_empty() && (*provider.npi == *id || *provider.tin == *id))
}

/// True when the documents are about the claim's patient. A document from a folder may name none; a 275 always does.
pub(super) fn is_patients(submission: &Submission, claim: &ClaimVersion) -> bool {
    let id = &submission.patient.id;
    id.is_empty() || is_same_member(id, &claim.patient.member_id)
}

/// True when the partner may send for this provider.
pub(super) fn is_in_scope(submission: &Submission, scope: &ProviderScope) -> bool {
    match scope {
        ProviderScope::All => true,
        ProviderScope::Only(ids) => ids.contains(&submission.provider.id),
    }
}

/// True when two member ids may be the same person's: with or without the product prefix and the person suffix.
fn is_same_member(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(normalise_id);
    let bare = |id: &str| id.trim_start_matches(|c: char| c.is_ascii_alphabetic()).to_owned();
    let same = |one: &str, other: &str| {
        let [short, long] = if one.len() <= other.len() { [one, other] } else { [other, one] };
        match long.strip_prefix(short) {
            Some("") => true,
            Some(rest) => {
                rest.len() == SUFFIX_DIGITS && rest.bytes().all(|byte| byte.is_ascii_digit())
            }
            None => false,
        }
    };
    !one.is_empty()
        && !other.is_empty()
        && (same(&one, &other)
            // A prefix says something only where both have one.
            || (starts_bare(&one) != starts_bare(&other) && same(&bare(&one), &bare(&other))))
}

fn starts_bare(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_and_suffix_may_be_left_out_but_not_changed() {
        for (one, other, same) in [
            ("S12300000101", "s123-000-001 01", true),
            ("S12300000101", "12300000101", true),
            ("S12300000101", "S123000001", true),
            ("S12300000101", "S12300000102", false),
            ("S12300000101", "N12300000101", false),
            ("S12300000101", "", false),
            ("", "", false),
            ("S123000001", "S123000001011", false),
            ("S123", "S123AB", false),
        ] {
            assert_eq!(is_same_member(one, other), same, "{one} {other}");
            assert_eq!(is_same_member(other, one), same, "{other} {one}");
        }
    }
}
