//! A family as it is on file, while changes are carried out on it.

use time::Date;

use super::{Identity, MemberFault, Traits};
use crate::phi::redacted;
use crate::store::{
    Coverage, Member, MemberFile, OtherCoverage, Owner, Relationship, normalise_name,
};

/// The suffix of a subscriber whose id names none.
const FIRST_SUFFIX: &str = "01";

/// The persons of a family.
#[derive(Clone, PartialEq, Default)]
pub struct FamilyState {
    pub(in crate::store) persons: Vec<PersonState>,
}

redacted!(FamilyState {});

/// A person with their coverage, and what of it has changed.
#[derive(Clone, PartialEq)]
pub(in crate::store) struct PersonState {
    pub(in crate::store) member: Member,
    /// Oldest first.
    pub(in crate::store) coverage: Vec<Coverage>,
    pub(in crate::store) other: Vec<OtherCoverage>,
    pub(in crate::store) changed: Changed,
}

redacted!(PersonState { changed });

/// What is to be written of a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::store) struct Changed {
    pub(in crate::store) member: bool,
    pub(in crate::store) coverage: bool,
    pub(in crate::store) other: bool,
}

impl Changed {
    /// True when anything is to be written.
    pub(in crate::store) fn any(self) -> bool {
        self.member || self.coverage || self.other
    }
}

impl FamilyState {
    /// The family of these files.
    pub fn of(files: Vec<MemberFile>) -> FamilyState {
        let person = |file: MemberFile| PersonState {
            member: file.member,
            coverage: file.coverage,
            other: file.other,
            changed: Changed::default(),
        };
        FamilyState { persons: files.into_iter().map(person).collect() }
    }

    /// The coverage of a person by suffix.
    pub fn coverage(&self, suffix: &str) -> &[Coverage] {
        let person = self.persons.iter().find(|person| &*person.member.suffix == suffix);
        person.map_or(&[], |person| &person.coverage)
    }

    /// The person by suffix.
    pub fn member(&self, suffix: &str) -> Option<&Member> {
        let mut members = self.persons.iter().map(|person| &person.member);
        members.find(|member| &*member.suffix == suffix)
    }

    /// The suffix of the person who is meant, if they are on file.
    ///
    /// # Errors
    /// The id is another person's, or several fit.
    pub fn suffix_of(&self, who: &Identity) -> Result<Option<&str>, MemberFault> {
        let at = self.find(who)?;
        Ok(at.map(|at| &*self.persons[at].member.suffix))
    }

    /// True when the family has a subscriber.
    pub(super) fn has_subscriber(&self) -> bool {
        self.persons.iter().any(PersonState::is_subscriber)
    }

    /// The place of the person who is meant, if they are on file.
    pub(super) fn find(&self, who: &Identity) -> Result<Option<usize>, MemberFault> {
        let numbered = || self.persons.iter().enumerate();
        if who.relationship == Relationship::Myself {
            let subscriber = numbered().find(|(_, person)| person.is_subscriber());
            return match subscriber {
                Some((_, person)) if !person.may_be(who) => Err(MemberFault::OtherPerson),
                found => Ok(found.map(|(at, _)| at)),
            };
        }
        let mut found = numbered().filter(|(_, person)| !person.is_subscriber() && person.is(who));
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(MemberFault::OtherPerson),
            (first, _) => Ok(first.map(|(at, _)| at)),
        }
    }

    /// The suffix for a new person: the one the id names for a subscriber, the next after all others for a dependent.
    pub(super) fn next_suffix(&self, who: &Identity) -> Result<Box<str>, MemberFault> {
        if who.relationship == Relationship::Myself {
            let suffix = who.suffix.as_deref().unwrap_or(FIRST_SUFFIX);
            let taken = self.persons.iter().any(|person| &*person.member.suffix == suffix);
            return if taken { Err(MemberFault::OtherPerson) } else { Ok(suffix.into()) };
        }
        let numbers =
            self.persons.iter().map(|person| person.member.suffix.parse::<u8>().unwrap_or(0));
        match numbers.max().unwrap_or(0) {
            99.. => Err(MemberFault::FamilyFull),
            last => Ok(format!("{:02}", last + 1).into()),
        }
    }
}

impl PersonState {
    /// A person of whom nothing was on file.
    pub(super) fn new(member: Member) -> PersonState {
        let changed = Changed { member: true, ..Changed::default() };
        PersonState { member, coverage: Vec::new(), other: Vec::new(), changed }
    }

    /// Subscriber number and suffix, by which persons are in order.
    pub(in crate::store) fn id(&self) -> (&str, &str) {
        (&self.member.subscriber, &self.member.suffix)
    }

    /// Whose rows those of this person are.
    pub(in crate::store) fn owner(&self) -> Owner {
        Owner { subscriber: self.member.subscriber.clone(), suffix: self.member.suffix.clone() }
    }

    pub(super) fn is_subscriber(&self) -> bool {
        self.member.relationship == Relationship::Myself
    }

    /// True when something of the subscriber agrees: a number with a digit too many is another family's.
    fn may_be(&self, who: &Identity) -> bool {
        [Some(&who.now), who.before.as_ref()].into_iter().flatten().any(|traits| {
            self.has_ssn(traits)
                || traits.birth == Some(self.member.birth)
                || same(&traits.first, &self.member.first)
        })
    }

    /// True when this is the dependent: by the social security number, or by first name and birth date.
    fn is(&self, who: &Identity) -> bool {
        if self.has_ssn(&who.now) || who.before.as_ref().is_some_and(|before| self.has_ssn(before))
        {
            return true;
        }
        let called = |first: &str, birth: Option<Date>| {
            same(first, &self.member.first) && birth.is_none_or(|birth| birth == self.member.birth)
        };
        // What was corrected before is found by what it is.
        let now = &who.now;
        called(&now.first, now.birth)
            || who.before.as_ref().is_some_and(|was| {
                let first = if was.first.is_empty() { &now.first } else { &was.first };
                called(first, was.birth.or(now.birth))
            })
    }

    fn has_ssn(&self, traits: &Traits) -> bool {
        traits.ssn.is_some() && traits.ssn == self.member.ssn
    }
}

/// Two names are the same as the store compares names.
pub(super) fn same(one: &str, other: &str) -> bool {
    normalise_name(one) == normalise_name(other)
}
