//! Loads enrollment (834): members and their coverage, as a partner may who has `[enrollment] load = true`.
//!
//! Each member is loaded whole or left out whole. What was left out, and what else there is to say, is named in an application
//! advice (824). What an 834 says is turned into [`MemberChange`]s, which are tried on the families as they are on file; those
//! that can be carried out go to the store, which carries them out with the commit of the replies.
//!
//! ```text
//! enrollment -> families -> store -> convert (plans, ids, dates) -> try -> changes -> store
//!                                                       problems at every step -> 824
//! ```

mod advise;
mod convert;
mod full;
mod ids;
mod offline;
mod plans;
mod problems;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use offline::EnrollmentFile;

use rustc_hash::{FxHashMap, FxHashSet};
use time::Date;

use super::remittance::ANSWER_824;
use super::{AnswerContext, Responder};
use crate::acknowledge::ReplyKind;
use crate::config::EnrollmentPolicy;
use crate::partner::Partner;
use crate::phi::redacted;
use crate::store::{Batch, FamilyState, MemberChange, Owner, Plan, StoreError, Stores};
use crate::tree::LoopRef;
use crate::txn::advice::{Advice, Party};
use crate::txn::enrollment::{Enrollment, Member};
use crate::wire::{EmitError, Emitter};
use convert::{Converted, FileFacts};
use plans::PlanMap;
use problems::{Fault, Problem};

/// How the enrollment of a partner is loaded.
#[derive(Clone, PartialEq, Debug)]
pub struct EnrollmentSettings {
    /// The payer's settings for this partner.
    pub policy: EnrollmentPolicy,
    /// Who we are.
    pub payer: Party,
    /// Who sent it.
    pub partner: Party,
}

impl EnrollmentSettings {
    /// The settings for this partner.
    pub fn of(partner: &Partner) -> EnrollmentSettings {
        let payer = &partner.eligibility.payer;
        let id = partner.isa.first().map_or("", |isa| &isa.id);
        EnrollmentSettings {
            policy: (*partner.enrollment).clone(),
            payer: Party { name: payer.name.as_str().into(), id: payer.id.as_str().into() },
            partner: Party { name: partner.name.clone(), id: id.into() },
        }
    }
}

/// Loads enrollment.
#[derive(Debug)]
pub struct EnrollmentService {
    plans: PlanMap,
}

/// What to look up for a run of enrollments.
#[derive(Default)]
pub struct Lookup {
    /// Subscriber numbers.
    families: Vec<Box<str>>,
    /// For each file of all members: its groups, and the day on which their members should be in it.
    rosters: Vec<Option<(Vec<Box<str>>, Date)>>,
}

redacted!(Lookup {});

/// What was found.
#[derive(Default)]
pub struct Found {
    families: FxHashMap<Box<str>, FamilyState>,
    /// For each file of all members: who should be in it.
    rosters: Vec<Option<Vec<Owner>>>,
}

redacted!(Found {});

/// What becomes of an enrollment.
pub struct Outcome {
    /// What is changed, in order.
    pub changes: Vec<MemberChange>,
    /// What was done, in numbers and places.
    pub report: EnrollmentReport,
    /// What the sender is told; none when there is nothing to tell.
    advice: Option<Box<Advice>>,
}

redacted!(Outcome { report });

/// What was done with an enrollment, without a word about who is in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EnrollmentReport {
    /// Members in it.
    pub members: u64,
    /// Members who were loaded.
    pub loaded: u64,
    /// Members who were left out.
    pub left_out: u64,
    /// Members who were verified, and are on file otherwise.
    pub differing: u64,
    /// Members of its groups who are on file and not in it.
    pub missing: u64,
    /// The whole file was refused, because too many were in error.
    pub refused: bool,
    /// The store could not be reached.
    pub unavailable: bool,
    /// What there is to say of single members, in order.
    pub remarks: Vec<Remark>,
}

/// What there is to say of one member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    /// The position of INS in the set, ST being 1; 0 for a member who is not in it.
    pub position: u32,
    /// What it is, in a few words.
    pub words: &'static str,
    /// The segment it is about, with its position where that is known, and the element.
    pub segment: &'static str,
    /// The position of that segment; 0 when it is not known.
    pub at: u32,
}

impl EnrollmentService {
    /// A service with these plans.
    pub fn new(plans: &[Plan]) -> EnrollmentService {
        EnrollmentService { plans: PlanMap::new(plans) }
    }

    /// Says what to look up for these enrollments.
    pub fn look_up(
        &self,
        enrollments: &[Enrollment],
        settings: &EnrollmentSettings,
        today: Date,
    ) -> Lookup {
        let mut families = FxHashSet::default();
        let mut rosters = Vec::with_capacity(enrollments.len());
        for enrollment in enrollments {
            let facts = FileFacts::new(&enrollment.header, &settings.policy, today);
            families.extend(enrollment.members.iter().filter_map(|member| {
                ids::of(member, settings.policy.subscriber_digits).map(|id| id.subscriber)
            }));
            rosters.push(full::roster(enrollment, &facts, &settings.policy));
        }
        Lookup { families: families.into_iter().collect(), rosters }
    }

    /// Decides what becomes of these enrollments, in order: each finds what those before it leave.
    pub fn load(
        &self,
        enrollments: Vec<Enrollment>,
        found: Found,
        context: &AnswerContext<EnrollmentSettings>,
    ) -> Vec<Outcome> {
        let Found { mut families, rosters } = found;
        let mut rosters = rosters.into_iter();
        let each = enrollments.into_iter().enumerate().map(|(number, enrollment)| {
            let roster = rosters.next().flatten();
            let run = Run {
                service: self,
                settings: &context.policy,
                facts: FileFacts::new(&enrollment.header, &context.policy.policy, context.today()),
            };
            run.load(enrollment, &mut families, roster, (context, number))
        });
        each.collect()
    }
}

/// Who is in a file of all members.
#[derive(Default)]
struct Listed {
    persons: FxHashSet<Owner>,
    /// Families of whom somebody is in it, nobody knows who.
    families: FxHashSet<Box<str>>,
}

/// One enrollment that is loaded.
struct Run<'r> {
    service: &'r EnrollmentService,
    settings: &'r EnrollmentSettings,
    facts: FileFacts,
}

impl Run<'_> {
    fn load(
        &self,
        enrollment: Enrollment,
        families: &mut FxHashMap<Box<str>, FamilyState>,
        roster: Option<Vec<Owner>>,
        (context, number): (&AnswerContext<EnrollmentSettings>, usize),
    ) -> Outcome {
        let policy = &self.settings.policy;
        let Enrollment { header, members } = enrollment;
        let mut report =
            EnrollmentReport { members: members.len() as u64, ..EnrollmentReport::default() };
        // Only while the file may still be refused as a whole is it known how the families were before.
        let before = (policy.errors_percent_max < 100).then(|| families.clone());
        let mut changes = Vec::with_capacity(members.len());
        let mut told = Vec::new();
        let mut listed = Listed::default();
        for member in members {
            match self.member(&member, families, &mut listed) {
                Ok(change) => {
                    report.loaded += 1;
                    changes.extend(change);
                }
                Err(problem) => {
                    let kind = if problem.fault.is_difference() {
                        &mut report.differing
                    } else {
                        &mut report.left_out
                    };
                    *kind += 1;
                    report.remarks.push(problem.remark(member.position));
                    told.push(advise::member(&member, &problem));
                }
            }
        }
        report.refused =
            report.left_out * 100 > report.members * u64::from(policy.errors_percent_max);
        if let Some(before) = before.filter(|_| report.refused) {
            *families = before;
            changes.clear();
            report.loaded = 0;
        } else {
            for missing in full::missing(roster.unwrap_or_default(), &listed, families) {
                report.missing += 1;
                let (change, problem) = full::absent(&missing, &self.facts, &self.settings.policy);
                report.remarks.push(problem.remark(0));
                told.push(advise::missing(&missing, &problem));
                if let Some(change) = change {
                    let family = families.entry(change.subscriber.clone()).or_default();
                    if family.apply(&change).is_ok() {
                        changes.push(change);
                    }
                }
            }
        }
        let advice = advise::advice(self.settings, &header, &report, told, (context, number));
        Outcome { changes, report, advice: advice.map(Box::new) }
    }

    /// Tries one member on the family; gives what is to be changed, if anything is.
    fn member(
        &self,
        member: &Member,
        families: &mut FxHashMap<Box<str>, FamilyState>,
        listed: &mut Listed,
    ) -> Result<Option<MemberChange>, Problem> {
        let policy = &self.settings.policy;
        let converted = convert::convert(member, &self.facts, policy, &self.service.plans);
        let converted = converted.inspect_err(|_| {
            // Who of the family it is about is not known: nobody of it is missing.
            listed
                .families
                .extend(ids::of(member, policy.subscriber_digits).map(|id| id.subscriber));
        })?;
        let Converted { change, places } = converted;
        if !families.contains_key(&change.subscriber) {
            families.insert(change.subscriber.clone(), FamilyState::default());
        }
        let Some(family) = families.get_mut(&change.subscriber) else {
            return Err(Problem::of(Fault::Unavailable));
        };
        let applied = family.apply(&change);
        if self.facts.is_full {
            let subscriber = change.subscriber.clone();
            match family.suffix_of(&change.who) {
                Ok(Some(suffix)) => {
                    listed.persons.insert(Owner { subscriber, suffix: suffix.into() });
                }
                _ => {
                    listed.families.insert(subscriber);
                }
            }
        }
        applied.map_err(|fault| problems::of_store(fault, &places))?;
        Ok(change.is_written().then_some(change))
    }
}

impl Responder for EnrollmentService {
    type Question = Enrollment;
    type Lookup = Lookup;
    type Found = Found;
    type Answer = Outcome;
    type Policy = EnrollmentSettings;

    const SET: &'static str = "834";
    const REPLY: ReplyKind = ANSWER_824;
    const TOGETHER: bool = true;

    fn policy(partner: &Partner) -> Arc<EnrollmentSettings> {
        Arc::new(EnrollmentSettings::of(partner))
    }

    fn read(&self, root: LoopRef<'_>) -> Enrollment {
        Enrollment::read(root)
    }

    fn weight(&self, enrollment: &Enrollment) -> u64 {
        enrollment.members.len() as u64
    }

    fn plan(
        &self,
        questions: &[Enrollment],
        context: &AnswerContext<EnrollmentSettings>,
    ) -> Lookup {
        self.look_up(questions, &context.policy, context.today())
    }

    async fn fetch<'a>(
        &'a self,
        stores: &'a Stores,
        lookup: &'a Lookup,
    ) -> Result<Found, StoreError> {
        fetch(stores, lookup).await
    }

    fn answer(
        &self,
        questions: Vec<Enrollment>,
        _lookup: Lookup,
        found: Found,
        context: &AnswerContext<EnrollmentSettings>,
    ) -> Vec<Outcome> {
        self.load(questions, found, context)
    }

    fn rows(&self, answer: &mut Outcome) -> Vec<Batch> {
        match std::mem::take(&mut answer.changes) {
            changes if changes.is_empty() => Vec::new(),
            changes => vec![Batch::Members(changes)],
        }
    }

    fn left_out(&self, answer: &Outcome) -> u64 {
        let EnrollmentReport { members, left_out, refused, unavailable, .. } = answer.report;
        if refused || unavailable { members } else { left_out }
    }

    fn is_sent(&self, answer: &Outcome) -> bool {
        answer.advice.is_some()
    }

    fn unavailable(
        &self,
        questions: Vec<Enrollment>,
        context: &AnswerContext<EnrollmentSettings>,
    ) -> Vec<Outcome> {
        let each = questions.into_iter().enumerate().map(|(number, enrollment)| {
            let report = EnrollmentReport {
                members: enrollment.members.len() as u64,
                unavailable: true,
                ..Default::default()
            };
            let advice =
                advise::unavailable(&context.policy, &enrollment.header, (context, number));
            Outcome { changes: Vec::new(), report, advice: Some(Box::new(advice)) }
        });
        each.collect()
    }

    fn write(&self, answer: Outcome, control: &str, out: &mut Emitter) -> Result<(), EmitError> {
        match answer.advice {
            Some(advice) => advice.write(control, out),
            None => Ok(()),
        }
    }
}

/// Looks up what enrollments need.
///
/// # Errors
/// The store could not be read.
pub async fn fetch(stores: &Stores, lookup: &Lookup) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let mut subscribers = lookup.families.clone();
    for roster in &lookup.rosters {
        let owners = match roster {
            Some((groups, on)) => Some(stores.members.enrolled(groups, *on).await?),
            None => None,
        };
        subscribers.extend(owners.iter().flatten().map(|owner| owner.subscriber.clone()));
        found.rosters.push(owners);
    }
    subscribers.sort_unstable();
    subscribers.dedup();
    let files = stores.members.families(&subscribers).await?;
    found.families = subscribers
        .into_iter()
        .zip(files)
        .filter(|(_, files)| !files.is_empty())
        .map(|(subscriber, files)| (subscriber, FamilyState::of(files)))
        .collect();
    Ok(found)
}
