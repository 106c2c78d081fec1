//! A change is carried out on a family: all of it, or nothing.

use time::Date;

use super::family::{PersonState, same};
use super::spans::{self, SpanFault};
use super::{CoverageAction, FamilyState, MemberAction, MemberChange, MemberFault};
use crate::store::{Gender, Member, Relationship};

impl FamilyState {
    /// Carries out a change.
    ///
    /// # Errors
    /// Why the member is left out; then nothing has changed.
    pub fn apply(&mut self, change: &MemberChange) -> Result<(), MemberFault> {
        let found = self.find(&change.who)?;
        let is_dependent = change.who.relationship != Relationship::Myself;
        let adds = matches!(change.action, MemberAction::Add | MemberAction::Replace);
        if is_dependent && adds && !self.has_subscriber() {
            return Err(MemberFault::SubscriberUnknown);
        }
        let mut person = match found {
            Some(at) => self.persons[at].clone(),
            None if adds => PersonState::new(self.new_member(change)?),
            None if is_dependent && !self.has_subscriber() => {
                return Err(MemberFault::SubscriberUnknown);
            }
            None => return Err(MemberFault::MemberUnknown),
        };
        if change.action == MemberAction::Verify {
            return person.verify(change);
        }
        person.take(change);
        person.change_coverage(change)?;
        match found {
            Some(at) => self.persons[at] = person,
            None => self.persons.push(person),
        }
        if let MemberAction::End { all: Some(last), dependents: true } = change.action
            && !is_dependent
        {
            for dependent in self.persons.iter_mut().filter(|person| !person.is_subscriber()) {
                dependent.end_all(last, change.loaded);
            }
        }
        Ok(())
    }

    /// A person as the change describes them.
    fn new_member(&self, change: &MemberChange) -> Result<Member, MemberFault> {
        let traits = &change.who.now;
        let subscriber = self.persons.iter().find(|person| person.is_subscriber());
        let prefix = subscriber.map_or(&change.prefix, |person| &person.member.prefix);
        let relationship = change.who.relationship;
        Ok(Member {
            prefix: prefix.clone(),
            subscriber: change.subscriber.clone(),
            suffix: self.next_suffix(&change.who)?,
            own_id: relationship == Relationship::Myself || change.facts.own_id,
            relationship,
            last: traits.last.clone(),
            first: traits.first.clone(),
            middle: None,
            generation: None,
            birth: traits.birth.ok_or(MemberFault::BirthMissing)?,
            death: None,
            gender: Gender::Unknown,
            birth_sequence: None,
            address: None,
            ssn: None,
            card: None,
            medicare_id: None,
        })
    }
}

impl PersonState {
    /// Takes over what is known of the person.
    fn take(&mut self, change: &MemberChange) {
        let before = self.member.clone();
        let (member, traits, facts) = (&mut self.member, &change.who.now, &change.facts);
        if !traits.last.is_empty() {
            member.last.clone_from(&traits.last);
            member.first.clone_from(&traits.first);
        }
        member.birth = traits.birth.unwrap_or(member.birth);
        member.gender = facts.gender.unwrap_or(member.gender);
        member.death = facts.death.or(member.death);
        member.birth_sequence = facts.birth_sequence.or(member.birth_sequence);
        let put = |place: &mut Option<Box<str>>, value: &Option<Box<str>>| {
            if value.is_some() {
                place.clone_from(value);
            }
        };
        put(&mut member.middle, &facts.middle);
        put(&mut member.generation, &facts.generation);
        put(&mut member.ssn, &traits.ssn);
        put(&mut member.medicare_id, &facts.medicare_id);
        if facts.address.is_some() {
            member.address.clone_from(&facts.address);
        }
        if change.who.relationship != Relationship::Myself {
            member.relationship = change.who.relationship;
        }
        self.changed.member |= *member != before;
        if let Some(other) = change.other.as_ref().filter(|other| **other != self.other) {
            self.other.clone_from(other);
            self.changed.other = true;
        }
    }

    /// Changes the coverage of the person.
    fn change_coverage(&mut self, change: &MemberChange) -> Result<(), MemberFault> {
        let mut coverage = self.coverage.clone();
        for (at, each) in change.coverage.iter().enumerate() {
            spans::change(&mut coverage, each, (change.on, change.loaded)).map_err(|fault| {
                match fault {
                    SpanFault::Unknown => MemberFault::CoverageUnknown(at),
                    SpanFault::BeginMissing => MemberFault::BeginMissing(at),
                    SpanFault::Inverted => MemberFault::DatesInverted(at),
                }
            })?;
        }
        match change.action {
            MemberAction::End { all: Some(last), .. } => {
                spans::end_after(&mut coverage, None, last, change.loaded);
            }
            MemberAction::Reinstate { from: Some(from) }
                if !spans::bring_back(&mut coverage, from, change.loaded) =>
            {
                return Err(MemberFault::NothingEnded);
            }
            MemberAction::Replace => {
                let last = change.on.previous_day().unwrap_or(change.on);
                let listed = |plan: &str| change.coverage.iter().any(|each| &*each.plan == plan);
                let plans: Vec<Box<str>> = coverage
                    .iter()
                    .filter(|span| !listed(&span.plan))
                    .map(|span| span.plan.clone())
                    .collect();
                for plan in plans {
                    spans::end_after(&mut coverage, Some(&plan), last, change.loaded);
                }
            }
            _ => {}
        }
        if coverage != self.coverage {
            self.coverage = coverage;
            self.changed.coverage = true;
        }
        Ok(())
    }

    fn end_all(&mut self, last: Date, loaded: Date) {
        let before = self.coverage.clone();
        spans::end_after(&mut self.coverage, None, last, loaded);
        self.changed.coverage |= before != self.coverage;
    }

    /// Whether what is listed is what is on file.
    fn verify(&self, change: &MemberChange) -> Result<(), MemberFault> {
        let (member, traits) = (&self.member, &change.who.now);
        let differs = !same(&traits.last, &member.last)
            || !same(&traits.first, &member.first)
            || traits.birth.is_some_and(|birth| birth != member.birth)
            || change.facts.gender.is_some_and(|gender| gender != member.gender);
        if differs {
            return Err(MemberFault::PersonDiffers);
        }
        let runs = |end: Option<Date>| end.is_none_or(|end| end >= change.on);
        for (at, each) in change.coverage.iter().enumerate() {
            let same_days = |begin: Date, end: Option<Date>| {
                each.begin.is_none_or(|listed| listed == begin) && each.end == end
            };
            let is_on_file = self
                .coverage
                .iter()
                .any(|span| span.plan == each.plan && same_days(span.begin, span.end));
            if each.action == CoverageAction::List && !is_on_file {
                return Err(MemberFault::CoverageDiffers(at));
            }
        }
        let listed = |plan: &str| change.coverage.iter().any(|each| &*each.plan == plan);
        let all_listed = self.coverage.iter().all(|span| !runs(span.end) || listed(&span.plan));
        if all_listed { Ok(()) } else { Err(MemberFault::CoverageNotListed) }
    }
}
