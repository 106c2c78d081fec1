//! Files of all members: who should be in one and is not.

use rustc_hash::{FxHashMap, FxHashSet};
use time::Date;

use super::Listed;
use super::convert::FileFacts;
use super::problems::{Fault, Problem};
use crate::config::{EnrollmentPolicy, MissingMembers};
use crate::segments::find;
use crate::store::{
    FamilyState, Identity, Member, MemberAction, MemberChange, Owner, PersonFacts, Traits,
};
use crate::txn::enrollment::Enrollment;

/// The groups whose members should all be in this file, and the day on which they are members; none when it is a file of changes,
/// names no group, or nobody is looked for.
pub(super) fn roster(
    enrollment: &Enrollment,
    facts: &FileFacts,
    policy: &EnrollmentPolicy,
) -> Option<(Vec<Box<str>>, Date)> {
    if !facts.is_full || policy.missing == MissingMembers::Ignore {
        return None;
    }
    let named = enrollment.members.iter().flat_map(|member| {
        let of_coverages =
            member.coverages.iter().filter_map(|coverage| find(&coverage.references, "1L"));
        let of_member = find(&member.references, "1L").unwrap_or(&facts.policy_number);
        of_coverages.chain(std::iter::once(of_member))
    });
    let groups: FxHashSet<&str> = named.map(str::trim).filter(|group| !group.is_empty()).collect();
    let groups: Vec<Box<str>> = groups.into_iter().map(Into::into).collect();
    (!groups.is_empty()).then_some((groups, facts.on))
}

/// Those of the roster who are not listed.
pub(super) fn missing(
    roster: Vec<Owner>,
    listed: &Listed,
    families: &FxHashMap<Box<str>, FamilyState>,
) -> Vec<Member> {
    let absent = roster.into_iter().filter(|owner| {
        !listed.persons.contains(owner) && !listed.families.contains(&owner.subscriber)
    });
    let member = |owner: Owner| families.get(&owner.subscriber)?.member(&owner.suffix).cloned();
    absent.filter_map(member).collect()
}

/// What is done with a member who is missing.
pub(super) fn absent(
    member: &Member,
    facts: &FileFacts,
    policy: &EnrollmentPolicy,
) -> (Option<MemberChange>, Problem) {
    if policy.missing != MissingMembers::End {
        return (None, Problem::of(Fault::Missing));
    }
    let change = MemberChange {
        prefix: member.prefix.clone(),
        subscriber: member.subscriber.clone(),
        who: Identity {
            suffix: Some(member.suffix.clone()),
            relationship: member.relationship,
            now: Traits {
                last: member.last.clone(),
                first: member.first.clone(),
                birth: Some(member.birth),
                ssn: member.ssn.clone(),
            },
            before: None,
        },
        action: MemberAction::End { all: facts.on.previous_day(), dependents: false },
        facts: PersonFacts::default(),
        coverage: Vec::new(),
        other: None,
        on: facts.on,
        loaded: facts.loaded,
    };
    (Some(change), Problem::of(Fault::MissingEnded))
}
