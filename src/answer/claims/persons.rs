//! The member a claim is for: by the rules by which eligibility is answered.

use super::Refusal;
use crate::answer::members::identify::{dependent, subscriber_of_family, subscriber_patient};
use crate::answer::members::search::lookup;
use crate::answer::rejections::{Reason, Reasons};
use crate::config::EligibilityPolicy;
use crate::store::{MemberFile, MemberSearch};
use crate::txn::claim::{Claim, Party};
use crate::txn::eligibility::Person;

/// The person of a party, as eligibility knows persons.
fn person(party: &Party) -> Person {
    let demographics = party.demographics.unwrap_or_default();
    Person {
        name: party.name.clone(),
        references: party.references.clone(),
        birth: demographics.birth,
        gender: demographics.gender,
        ..Person::default()
    }
}

/// How to search for the subscriber of a claim, or why there can be no search.
pub(super) fn search(claim: &Claim, policy: &EligibilityPolicy) -> Result<MemberSearch, Refusal> {
    let found = lookup(&person(&claim.subscriber.person), policy);
    found.search.ok_or(match found.reasons.has(Reason::MemberId) {
        true if !claim.subscriber.person.name.id.is_empty() => Refusal::MemberId,
        _ => Refusal::UnknownMember,
    })
}

/// The subscriber numbers whose families are needed, where the patient is not the subscriber.
pub(super) fn families(claim: &Claim, hits: &[MemberFile]) -> Vec<Box<str>> {
    let of = |file: &MemberFile| match &file.subscriber {
        Some(subscriber) => subscriber.subscriber.clone(),
        None => file.member.subscriber.clone(),
    };
    match claim.patient {
        Some(_) => hits.iter().map(of).collect(),
        None => Vec::new(),
    }
}

/// The member on file among those found for the subscriber; `family` are the members of the families asked for.
pub(super) fn identify<'f>(
    claim: &Claim,
    hits: &'f [MemberFile],
    family: &'f [MemberFile],
    policy: &EligibilityPolicy,
) -> Result<&'f MemberFile, Refusal> {
    let subscriber = person(&claim.subscriber.person);
    let Some(patient) = &claim.patient else {
        let index = subscriber_patient(&subscriber, hits, policy).map_err(|why| refusal(&why))?;
        return hits.get(index).ok_or(Refusal::UnknownMember);
    };
    subscriber_of_family(&subscriber, hits, policy).map_err(|why| refusal(&why))?;
    dependent(&person(&patient.person), family, policy).map_err(|why| refusal(&why))
}

fn refusal(reasons: &Reasons) -> Refusal {
    let table = [
        (Reason::MemberNotFound, Refusal::UnknownMember),
        (Reason::MembersMatch, Refusal::UnknownMember),
        (Reason::MemberName, Refusal::NameDiffers),
        (Reason::DependentName, Refusal::NameDiffers),
        (Reason::BirthDateDiffers, Refusal::BirthDiffers),
        (Reason::BirthDate, Refusal::BirthDiffers),
    ];
    let found = table.into_iter().find(|(reason, _)| reasons.has(*reason));
    found.map_or(Refusal::UnknownPatient, |(_, refusal)| refusal)
}
