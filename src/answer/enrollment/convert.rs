//! What an 834 says of a member, as a change for the store.

use time::Date;

use super::ids;
use super::plans::{Mapped, PlanMap};
use super::problems::{Fault, Places, Problem};
use crate::config::{EnrollmentPolicy, UndatedEnd, VerifyLines};
use crate::segments::{Demographics, Gender, Name, PostalAddress, Sent, When, find};
use crate::store::{
    self, Address, CoverageAction, CoverageChange, Identity, MemberAction, MemberChange,
    OtherCoverage, PayerOrder, Pcp, PersonFacts, Relationship, Traits, normalise_id,
};
use crate::txn::enrollment::{self, Coverage, Header, Member};
use crate::wire::Code;

/// What the file as a whole says of each of its members.
pub(super) struct FileFacts {
    /// The day it takes effect.
    pub(super) on: Date,
    /// The day it is loaded.
    pub(super) loaded: Date,
    /// BGN08 `4` or `RX`: all members are in it.
    pub(super) is_full: bool,
    /// What a line with 030 does.
    listed: MemberAction,
    /// REF*38.
    pub(super) policy_number: Box<str>,
    sponsor: Box<str>,
}

impl FileFacts {
    pub(super) fn new(header: &Header, policy: &EnrollmentPolicy, today: Date) -> FileFacts {
        let dated = |qualifier| enrollment::date(&header.dates, qualifier).value().map(When::first);
        let made = || header.date.value().unwrap_or(today);
        let replaces = header.action == "RX" || policy.verify == VerifyLines::Load;
        FileFacts {
            loaded: today,
            on: dated("007").or_else(|| dated("303")).unwrap_or_else(made),
            is_full: header.action == "RX" || header.action == "4",
            listed: if replaces { MemberAction::Replace } else { MemberAction::Verify },
            policy_number: header.policy.clone(),
            sponsor: header.sponsor.name.clone(),
        }
    }
}

/// A change, and where in the set its parts are.
pub(super) struct Converted {
    pub(super) change: MemberChange,
    pub(super) places: Places,
}

/// Converts a member.
pub(super) fn convert(
    member: &Member,
    file: &FileFacts,
    policy: &EnrollmentPolicy,
    plans: &PlanMap,
) -> Result<Converted, Problem> {
    let id = ids::of(member, policy.subscriber_digits).ok_or(Problem::of(Fault::MalformedId))?;
    let relationship = relationship(member);
    let on = day(enrollment::date(&member.dates, "303"))?.unwrap_or(file.on);
    let converter = Converter { member, file, policy, plans, on };
    let action = converter.action()?;
    let (coverage, positions) = converter.coverages(action)?;
    let before = match &member.before {
        Some((name, demographics)) => Some(traits(name, demographics)?),
        None => None,
    };
    let change = MemberChange {
        prefix: id.prefix,
        subscriber: id.subscriber,
        who: Identity {
            suffix: id.suffix,
            relationship,
            now: traits(&member.name, &member.demographics)?,
            before,
        },
        action,
        facts: facts(member, policy)?,
        coverage,
        other: others(member)?,
        on,
        loaded: file.loaded,
    };
    let places = Places { member: member.position, coverage: positions };
    Ok(Converted { change, places })
}

/// One member who is converted.
struct Converter<'c> {
    member: &'c Member,
    file: &'c FileFacts,
    policy: &'c EnrollmentPolicy,
    plans: &'c PlanMap,
    /// The day of the change.
    on: Date,
}

impl Converter<'_> {
    /// INS03.
    fn action(&self) -> Result<MemberAction, Problem> {
        let dates = &self.member.dates;
        let bare = self.member.coverages.is_empty();
        Ok(match self.member.maintenance.as_str() {
            "021" => MemberAction::Add,
            "024" => {
                let all = match last_day(enrollment::date(dates, "357"))? {
                    None if bare => Some(self.undated(self.member.position)?),
                    last => last,
                };
                let dependents = self.policy.end_dependents && self.member.is_subscriber;
                MemberAction::End { all, dependents }
            }
            "025" if bare => MemberAction::Reinstate { from: day(enrollment::date(dates, "303"))? },
            "025" => MemberAction::Reinstate { from: None },
            "030" => self.file.listed,
            _ => MemberAction::Change,
        })
    }

    /// The last day of what ends without one.
    fn undated(&self, at: u32) -> Result<Date, Problem> {
        match self.policy.undated_end {
            UndatedEnd::FileDate => Ok(self.on),
            UndatedEnd::Refuse => Err(Problem { fault: Fault::UndatedEnd, at }),
        }
    }

    /// The changes of coverage, and the position of each in the set.
    fn coverages(&self, action: MemberAction) -> Result<(Vec<CoverageChange>, Vec<u32>), Problem> {
        let mut changes = Vec::with_capacity(self.member.coverages.len());
        let mut positions = Vec::with_capacity(self.member.coverages.len());
        for coverage in &self.member.coverages {
            let Some(what) = coverage_action(coverage.maintenance, action) else { continue };
            if let Some(change) = self.coverage(coverage, what)? {
                changes.push(change);
                positions.push(coverage.position);
            }
        }
        Ok((changes, positions))
    }

    /// One coverage; none when it is under a plan that is not ours.
    fn coverage(
        &self,
        coverage: &Coverage,
        action: CoverageAction,
    ) -> Result<Option<CoverageChange>, Problem> {
        let at = coverage.position;
        let group = [
            find(&coverage.references, "1L"),
            find(&self.member.references, "1L"),
            Some(&*self.file.policy_number),
        ];
        let group = group.into_iter().flatten().map(str::trim).find(|group| !group.is_empty());
        let named = (coverage.line.as_str(), &*coverage.plan, group.unwrap_or(""));
        let plan = match self.plans.plan(self.policy, named) {
            Mapped::Plan(plan) => plan,
            Mapped::PassedOver => return Ok(None),
            Mapped::Unknown => return Err(Problem { fault: Fault::UnknownPlan, at }),
        };
        let begins = enrollment::date(&coverage.dates, "348");
        let begin = day(begins)?;
        let span_end = match begins {
            Sent::Value(When::Span(_, last)) => Some(last),
            _ => None,
        };
        let mut end = last_day(enrollment::date(&coverage.dates, "349"))?.or(span_end);
        if action == CoverageAction::End && end.is_none() {
            let last = last_day(enrollment::date(&self.member.dates, "357"))?;
            end = Some(last.map_or_else(|| self.undated(at), Ok)?);
        }
        Ok(Some(CoverageChange {
            action,
            plan,
            begin,
            end,
            group: group.map(Into::into),
            group_name: Some(self.file.sponsor.clone()).filter(|name| !name.is_empty()),
            pcp: self.pcp(coverage)?,
        }))
    }

    /// The primary care provider that is chosen.
    fn pcp(&self, coverage: &Coverage) -> Result<Option<Pcp>, Problem> {
        let chosen = coverage
            .providers
            .iter()
            .find(|provider| provider.name.entity == "P3" && !provider.name.id.trim().is_empty());
        let Some(provider) = chosen else { return Ok(None) };
        let name = &provider.name;
        let since = match provider.since {
            Sent::Malformed => {
                return Err(Problem { fault: Fault::MalformedDate, at: coverage.position });
            }
            since => since.value(),
        };
        Ok(Some(Pcp {
            npi: name.id.trim().into(),
            last: name.last.clone(),
            first: some(&name.first),
            since,
            unit_id: None,
            unit_name: None,
            telephone: None,
            address: None,
        }))
    }
}

/// What happens to a coverage; none when nothing does.
fn coverage_action(maintenance: Code, action: MemberAction) -> Option<CoverageAction> {
    let is_listed = matches!(action, MemberAction::Verify | MemberAction::Replace);
    Some(match maintenance.as_str() {
        "032" => return None,
        "024" => CoverageAction::End,
        "002" => CoverageAction::Remove,
        _ if is_listed => CoverageAction::List,
        "021" | "025" => CoverageAction::Begin,
        "030" if action == MemberAction::Add => CoverageAction::Begin,
        "026" => CoverageAction::Correct,
        _ => CoverageAction::Change,
    })
}

/// INS01 and INS02.
fn relationship(member: &Member) -> Relationship {
    match member.relationship.as_str() {
        _ if member.is_subscriber => Relationship::Myself,
        "01" => Relationship::Spouse,
        "09" | "10" | "17" | "19" => Relationship::Child,
        _ => Relationship::Other,
    }
}

/// By what a person is told from others.
fn traits(name: &Name, demographics: &Demographics) -> Result<Traits, Problem> {
    let ssn = (name.id_qualifier == "34").then(|| normalise_id(&name.id));
    Ok(Traits {
        last: name.last.trim().into(),
        first: name.first.trim().into(),
        birth: sent(demographics.birth)?,
        ssn: ssn.filter(|ssn| !ssn.is_empty()).map(Into::into),
    })
}

/// What else is known of a person.
fn facts(member: &Member, policy: &EnrollmentPolicy) -> Result<PersonFacts, Problem> {
    let gender = member.demographics.gender.value().map(|gender| match gender {
        Gender::Female => store::Gender::Female,
        Gender::Male => store::Gender::Male,
        Gender::Unknown => store::Gender::Unknown,
    });
    let medicare_id = find(&member.references, "F6").map(normalise_id);
    Ok(PersonFacts {
        middle: some(&member.name.middle),
        generation: some(&member.name.suffix),
        gender,
        death: sent(member.death)?,
        birth_sequence: member.birth_sequence.value().and_then(|number| u8::try_from(number).ok()),
        address: member.address.as_ref().map(address),
        medicare_id: medicare_id.filter(|id| !id.is_empty()).map(Into::into),
        own_id: policy.own_ids,
    })
}

fn address(sent: &PostalAddress) -> Address {
    Address {
        line1: sent.line1.clone(),
        line2: some(&sent.line2),
        city: sent.city.clone(),
        state: sent.state.clone(),
        zip: normalise_id(&sent.zip).into(),
    }
}

/// Other carriers, where anything is said of them.
fn others(member: &Member) -> Result<Option<Vec<OtherCoverage>>, Problem> {
    let all = || member.coverages.iter().flat_map(|coverage| &coverage.others);
    if all().next().is_none() {
        return Ok(None);
    }
    let mut others = Vec::new();
    for other in all() {
        let order = match other.order.as_str() {
            "P" => PayerOrder::Primary,
            "S" => PayerOrder::Secondary,
            "T" => PayerOrder::Tertiary,
            _ => continue,
        };
        let Some(carrier) = other.carrier.as_ref().filter(|_| other.coordination != "6") else {
            continue;
        };
        others.push(OtherCoverage {
            carrier: carrier.last.clone(),
            carrier_id: some(&carrier.id),
            order,
            policy: some(&other.policy),
            begin: day(enrollment::date(&other.dates, "344"))?,
            end: last_day(enrollment::date(&other.dates, "345"))?,
            workers_compensation: false,
            group: some(&other.group),
            insured_last: None,
            insured_first: None,
        });
    }
    Ok(Some(others))
}

fn some(text: &str) -> Option<Box<str>> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.into())
}

/// A value, none where there is none.
fn sent<T>(value: Sent<T>) -> Result<Option<T>, Problem> {
    match value {
        Sent::Malformed => Err(Problem::of(Fault::MalformedDate)),
        value => Ok(value.value()),
    }
}

fn day(when: Sent<When>) -> Result<Option<Date>, Problem> {
    Ok(sent(when)?.map(When::first))
}

fn last_day(when: Sent<When>) -> Result<Option<Date>, Problem> {
    Ok(sent(when)?.map(When::last))
}
