//! Which of the members found is the patient, or why none of them is.

use super::search::normalise_id;
use super::tolerance::{self, tolerated};
use crate::answer::rejections::{Reason, Reasons};
use crate::config::eligibility::{EligibilityPolicy, NameMatch, NameTolerance};
use crate::store::normalise_name;
use crate::store::{self, Member, MemberFile, Relationship};
use crate::txn::eligibility::{Gender, Person};

/// The person as the inquiry gives them, and how they are compared.
struct Sketch<'p> {
    person: &'p Person,
    mode: NameMatch,
    /// In what else names may differ where only one person fits.
    tolerance: &'p [NameTolerance],
    /// Whether names are compared; they are not where the id alone decides.
    named: bool,
}

impl<'p> Sketch<'p> {
    /// `alone` says that there is only one candidate, found by the id.
    fn new(person: &'p Person, policy: &'p EligibilityPolicy, alone: bool) -> Sketch<'p> {
        let sent = !person.name.last.is_empty() || !person.name.first.is_empty();
        let (mode, tolerance) = (policy.name_match, tolerated(policy));
        Sketch { person, mode, tolerance, named: sent && !(alone && mode == NameMatch::IdOnly) }
    }

    /// True when no part of the name that was sent differs.
    fn name_agrees(&self, member: &Member) -> bool {
        let name = &self.person.name;
        let same = |sent: &str, stored: &str| sent.is_empty() || same_name(sent, stored, self.mode);
        !self.named || (same(&name.last, &member.last) && same(&name.first, &member.first))
    }

    /// True when the first name and birth date that were sent are this member's.
    fn has_namesake(&self, files: &[&MemberFile]) -> bool {
        files.iter().map(|file| &file.member).any(|member| {
            self.birth_agrees(member)
                && same_name(&self.person.name.first, &member.first, self.mode)
        })
    }

    /// True when the birth date that was sent does not differ.
    fn birth_agrees(&self, member: &Member) -> bool {
        self.person.birth.value().is_none_or(|birth| birth == member.birth)
    }

    /// True when gender and birth order among twins, where they were sent, do not differ.
    fn rest_agrees(&self, member: &Member) -> bool {
        let place = self.person.insured.as_ref().and_then(|insured| insured.birth_sequence);
        let place_agrees = place.is_none_or(|p| member.birth_sequence.map(u32::from) == Some(p));
        let gender = self.person.gender.value();
        place_agrees && gender.is_none_or(|g| g == Gender::Unknown || g == gender_of(member))
    }
}

fn same_name(sent: &str, stored: &str, mode: NameMatch) -> bool {
    // Most names are equal letter by letter, and need not be normalized to be compared.
    sent.eq_ignore_ascii_case(stored)
        || match mode {
            NameMatch::Strict => sent.trim().to_uppercase() == stored.trim().to_uppercase(),
            NameMatch::CoreNormalised | NameMatch::IdOnly => {
                normalise_name(sent) == normalise_name(stored)
            }
        }
}

/// The gender on file, as the transaction codes it.
pub(in crate::answer) fn gender_of(member: &Member) -> Gender {
    match member.gender {
        store::Gender::Female => Gender::Female,
        store::Gender::Male => Gender::Male,
        store::Gender::Unknown => Gender::Unknown,
    }
}

/// The outcome of a comparison: the index of the one that agrees, or what disagrees.
enum Verdict {
    One(usize),
    Several,
    NameDiffers,
    BirthDiffers,
    BothDiffer,
}

/// Finds the one of `members` that agrees with all that was sent. Gender and birth order among twins decide only
/// between several.
fn judge<'m>(members: &(impl Iterator<Item = &'m Member> + Clone), sketch: &Sketch<'_>) -> Verdict {
    let all = || members.clone().enumerate();
    let agreeing = |member: &Member| sketch.name_agrees(member) && sketch.birth_agrees(member);
    let mut matching = all().filter(|(_, member)| agreeing(member));
    if let Some((first, _)) = matching.next() {
        if matching.next().is_none() {
            return Verdict::One(first);
        }
        let mut closer = all().filter(|(_, member)| agreeing(member) && sketch.rest_agrees(member));
        return match (closer.next(), closer.next()) {
            (Some((only, _)), None) => Verdict::One(only),
            _ => Verdict::Several,
        };
    }
    if sketch.named && !sketch.tolerance.is_empty() {
        let name = &sketch.person.name;
        let near = |member: &Member| {
            sketch.birth_agrees(member) && tolerance::agrees(name, member, sketch.tolerance)
        };
        let mut nearby = all().filter(|(_, member)| near(member));
        match (nearby.next(), nearby.next()) {
            (Some((only, _)), None) => return Verdict::One(only),
            (Some(_), Some(_)) => return Verdict::Several,
            _ => {}
        }
    }
    if sketch.named && all().any(|(_, member)| sketch.name_agrees(member)) {
        Verdict::BirthDiffers
    } else if sketch.person.birth.value().is_some()
        && all().any(|(_, member)| sketch.birth_agrees(member))
    {
        Verdict::NameDiffers
    } else {
        match (sketch.named, sketch.person.birth.value().is_some()) {
            (true, false) => Verdict::NameDiffers,
            (false, true) => Verdict::BirthDiffers,
            _ => Verdict::BothDiffer,
        }
    }
}

/// The patient at the level of subscribers among the members found for it: the position of the one who agrees.
pub(in crate::answer) fn subscriber_patient(
    person: &Person,
    hits: &[MemberFile],
    policy: &EligibilityPolicy,
) -> Result<usize, Reasons> {
    let sketch = Sketch::new(person, policy, hits.len() == 1);
    let verdict = match hits.is_empty() {
        true => return Err(Reason::MemberNotFound.into()),
        false => judge(&hits.iter().map(|file| &file.member), &sketch),
    };
    match verdict {
        Verdict::One(index) => Ok(index),
        verdict => Err(subscriber_reasons(&verdict)),
    }
}

/// The subscriber of a level that only leads to dependents: the family's own subscriber,
/// whichever of its members the id found. Returns the person on file.
pub(in crate::answer) fn subscriber_of_family(
    person: &Person,
    hits: &[MemberFile],
    policy: &EligibilityPolicy,
) -> Result<Member, Reasons> {
    let mut subscribers: Vec<&Member> = Vec::new();
    for file in hits {
        let subscriber = match (&file.subscriber, file.member.relationship) {
            (_, Relationship::Myself) => &file.member,
            (Some(subscriber), _) => subscriber,
            (None, _) => continue,
        };
        if subscribers.iter().all(|known| known.subscriber != subscriber.subscriber) {
            subscribers.push(subscriber);
        }
    }
    let sketch = Sketch::new(person, policy, subscribers.len() == 1);
    if subscribers.is_empty() {
        return Err(Reason::MemberNotFound.into());
    }
    match judge(&subscribers.iter().copied(), &sketch) {
        Verdict::One(index) => Ok(subscribers[index].clone()),
        verdict => Err(subscriber_reasons(&verdict)),
    }
}

fn subscriber_reasons(verdict: &Verdict) -> Reasons {
    let mut reasons = Reasons::default();
    match verdict {
        Verdict::One(_) => {}
        Verdict::Several => reasons.add(Reason::MembersMatch),
        Verdict::NameDiffers => reasons.add(Reason::MemberName),
        Verdict::BirthDiffers => reasons.add(Reason::BirthDateDiffers),
        Verdict::BothDiffer => {
            reasons.add(Reason::MemberName);
            reasons.add(Reason::BirthDateDiffers);
        }
    }
    reasons
}

/// The patient at the level of dependents among the family of the subscriber: by the name and birth date that the search for a
/// dependent requires, or by an id of their own where one is sent (REF*1W).
pub(in crate::answer) fn dependent<'f>(
    person: &Person,
    family: &'f [MemberFile],
    policy: &EligibilityPolicy,
) -> Result<&'f MemberFile, Reasons> {
    let mut reasons = Reasons::default();
    let unnamed = person.name.last.is_empty() || person.name.first.is_empty();
    reasons.add_if(unnamed, Reason::DependentName);
    reasons.add_if(person.birth.value().is_none(), Reason::BirthDate);
    reasons.add_if(person.gender.is_malformed(), Reason::DependentGender);
    let mut candidates: Vec<&MemberFile> =
        family.iter().filter(|file| file.member.relationship != Relationship::Myself).collect();
    if let Some(sent) = person.reference("1W") {
        match normalise_id(sent, policy) {
            None => reasons.add(Reason::DependentId),
            Some(id) => {
                candidates.retain(|file| is_id_of(&id, &file.member));
                reasons.add_if(candidates.is_empty(), Reason::DependentNotFound);
            }
        }
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    // A dependent is always identified by name: the subscriber's id leads to the whole family.
    let mode = match policy.name_match {
        NameMatch::IdOnly => NameMatch::CoreNormalised,
        mode => mode,
    };
    let sketch = Sketch { mode, ..Sketch::new(person, policy, false) };
    match judge(&candidates.iter().map(|file| &file.member), &sketch) {
        Verdict::One(index) => Ok(candidates[index]),
        Verdict::Several => Err(Reason::DependentsMatch.into()),
        Verdict::BirthDiffers => Err(Reason::BirthDateDiffers.into()),
        // In a family the first name identifies the person: who has another is another person, born on the same day
        // or not.
        Verdict::NameDiffers
            if sketch.has_namesake(&candidates) || person.reference("1W").is_some() =>
        {
            Err(Reason::DependentName.into())
        }
        Verdict::NameDiffers | Verdict::BothDiffer => Err(Reason::DependentNotInFamily.into()),
    }
}

/// True when `id` is that of the member's family, with or without prefix and suffix.
pub(in crate::answer) fn is_id_of_family(id: &str, member: &Member) -> bool {
    let bare = id.strip_prefix(&*member.prefix).unwrap_or(id);
    let suffix = bare.strip_prefix(&*member.subscriber);
    suffix.is_some_and(|suffix| suffix.is_empty() || suffix.len() == 2)
}

/// True when `id` is the member's, with or without the product prefix.
fn is_id_of(id: &str, member: &Member) -> bool {
    let bare = id.strip_prefix(&*member.prefix).unwrap_or(id);
    bare.strip_prefix(&*member.subscriber).is_some_and(|suffix| suffix == &*member.suffix)
}
