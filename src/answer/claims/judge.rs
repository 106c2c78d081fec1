//! The rules by which a claim is taken in or refused.

use std::sync::Arc;

use time::Date;

use super::adjustable::{VOID, adjustable, is_over};
use super::lookup::{Asked, Found, Read, ReadClaim};
use super::numbers::{Reserved, claim_number};
use super::recent::Recent;
use super::version::{Place, refund, state_of_replaced, version};
use super::{ClaimContext, ClaimIntake, Judged, Refusal};
use crate::check;
use crate::config::{
    CoverageDays, EqualReplacement, FilingDay, Predeterminations, RuleTreatment as Treatment,
};
use crate::store::{ClaimVersion, Coverage, LedgerEntry, MemberFile};
use crate::txn::claim::{Claim, Form, Line};
use crate::txn::claim_ack::ClaimDecision;

/// Judges the claims of one run.
pub(super) struct Judge<'a> {
    pub(super) context: ClaimContext<'a>,
    pub(super) read: &'a Read,
    pub(super) found: &'a Found,
}

/// What was found out about a claim that is taken in.
#[derive(Default)]
struct Passed {
    /// The first reason for which people look at it.
    pended: Option<Refusal>,
    /// What it replaces or voids.
    corrects: Option<ClaimVersion>,
    /// It replaces a claim and changes nothing.
    is_equal: bool,
}

impl Passed {
    /// Goes on, or ends with the reason, as the payer treats it.
    fn treat(&mut self, treatment: Treatment, why: Refusal) -> Result<(), Refusal> {
        match treatment {
            Treatment::Accept => {}
            Treatment::Pend => {
                self.pended.get_or_insert(why);
            }
            Treatment::Reject => return Err(why),
        }
        Ok(())
    }

    fn treat_if(&mut self, holds: bool, treatment: Treatment, why: Refusal) -> Result<(), Refusal> {
        if holds { self.treat(treatment, why) } else { Ok(()) }
    }
}

impl Judge<'_> {
    /// Decides about a billing provider, whose claims were decided before.
    pub(super) fn provider(&self, index: usize) -> ClaimDecision {
        let Asked::Provider(id) = &self.read.events[index] else { return ClaimDecision::AsChecked };
        let rules = self.context.rules();
        let is_refused = !id.is_empty()
            && (!self.may_send_for(id)
                || rules.unknown_provider == Treatment::Reject
                    && !self.found.providers.contains_key(id));
        match is_refused {
            true => Refusal::UnknownProvider.decision(rules),
            false => ClaimDecision::AsChecked,
        }
    }

    /// True for a provider for whom the partner may send.
    fn may_send_for(&self, id: &str) -> bool {
        self.context.partner.scope_of("837").contains(id)
    }

    /// Decides about a claim.
    pub(super) fn claim(
        &self,
        index: usize,
        checked: &check::Claim,
        intake: &mut ClaimIntake,
        numbers: &mut Reserved<'_>,
    ) -> Judged {
        let rules = self.context.rules();
        let refused = |why: Refusal| Judged { decision: why.decision(rules), entries: Vec::new() };
        let claim = match &self.read.events[index] {
            Asked::Claim(claim) => claim,
            Asked::Unreadable => return refused(Refusal::Unreadable),
            Asked::Nothing | Asked::Provider(_) => return Judged::default(),
        };
        let passed = match self.check(claim, &intake.recent) {
            Ok(passed) => passed,
            Err(why) => return refused(why),
        };
        let Some(sequence) = numbers.next() else { return refused(Refusal::Unavailable) };
        let number = claim_number(&rules.number, self.context.today(), sequence);
        if passed.is_equal && rules.equal_replacement == EqualReplacement::Warn {
            tracing::warn!(
                claim = &*number,
                ordinal = checked.ordinal,
                "a replacement changes nothing of the claim it replaces"
            );
        }
        let pended = passed.pended.map(|why| why.status(rules));
        let original = passed.corrects.as_ref();
        let place = Place { number: number.clone(), original, pended };
        let version = Arc::new(version(claim, place, self.context));
        intake.recent.add(version.clone());
        let mut entries = Vec::with_capacity(1);
        if let Some(original) = original {
            entries.extend(state_of_replaced(original, &version).map(LedgerEntry::State));
            entries.extend(refund(original, &version).map(LedgerEntry::Refund));
        }
        entries.insert(0, LedgerEntry::Claim(version));
        Judged { decision: ClaimDecision::Accepted { number }, entries }
    }

    fn check(&self, claim: &ReadClaim, recent: &Recent) -> Result<Passed, Refusal> {
        let rules = self.context.rules();
        let mut passed = Passed::default();
        let names_other = !self.is_our_id(&claim.claim.payer.id);
        passed.treat_if(names_other, rules.other_payer, Refusal::OtherPayer)?;
        self.check_provider(claim, &mut passed)?;
        let frequencies = match claim.claim.form {
            Form::Professional => &rules.professional_frequencies,
            Form::Institutional => &rules.institutional_frequencies,
            Form::Dental => &rules.dental_frequencies,
        };
        if !frequencies.iter().any(|taken| **taken == *claim.claim.frequency) {
            return Err(Refusal::Frequency);
        }
        if claim.claim.is_predetermination() && rules.predeterminations == Predeterminations::Reject
        {
            return Err(Refusal::Predetermination);
        }
        let file = self.check_member(claim, &mut passed)?;
        let corrects = matches!(&*claim.claim.frequency, "7" | VOID);
        if corrects {
            self.check_correction(claim, recent, &mut passed)?;
        }
        // What is voided need be neither covered nor past; a price is asked for before the service.
        let is_void = &*claim.claim.frequency == VOID;
        if !is_void && !claim.claim.is_predetermination() {
            self.check_days(claim, corrects, &mut passed)?;
        }
        if let Some(file) = file.filter(|_| !is_void) {
            let is_covered = is_covered(claim, file, rules.institutional_coverage);
            passed.treat_if(!is_covered, rules.not_covered, Refusal::NotCovered)?;
        }
        if passed.corrects.is_none()
            && let Some(twin) = self.twin(claim, recent)
        {
            let why = match twin.state.is_pending() {
                true => Refusal::DuplicateInProcess,
                false => Refusal::Duplicate,
            };
            passed.treat(rules.duplicate, why)?;
        }
        Ok(passed)
    }

    /// The days of service are past, and not too long.
    fn check_days(
        &self,
        claim: &ReadClaim,
        corrects: bool,
        passed: &mut Passed,
    ) -> Result<(), Refusal> {
        let (rules, today) = (self.context.rules(), self.context.today());
        let (first, last) = claim.days;
        let latest = days_of_lines(claim).map(|(_, to)| to).fold(last, Date::max);
        let why = match claim.claim.form {
            Form::Institutional => Refusal::FutureStatement,
            Form::Professional | Form::Dental => Refusal::FutureService,
        };
        passed.treat_if(latest > today, rules.future_service, why)?;
        let begins = match rules.filing_from {
            FilingDay::FirstService => first,
            FilingDay::LastService => last,
        };
        let is_late = !corrects && is_over(begins, rules.filing_days, today);
        passed.treat_if(is_late, rules.late, Refusal::Late)
    }

    fn is_our_id(&self, id: &str) -> bool {
        let payer = &self.context.partner.eligibility.payer;
        let mut ids = std::iter::once(&payer.id).chain(&payer.aliases);
        ids.any(|ours| ours.eq_ignore_ascii_case(id.trim()))
    }

    fn check_provider(&self, claim: &ReadClaim, passed: &mut Passed) -> Result<(), Refusal> {
        let rules = self.context.rules();
        if !self.may_send_for(&claim.provider) {
            return Err(Refusal::UnknownProvider);
        }
        let Some(provider) = self.found.providers.get(&claim.provider) else {
            return passed.treat(rules.unknown_provider, Refusal::UnknownProvider);
        };
        let (begin, end) = provider.enrolled;
        let (first, last) = claim.days;
        let is_outside =
            begin.is_some_and(|begin| first < begin) || end.is_some_and(|end| last > end);
        passed.treat_if(is_outside, rules.outside_enrollment, Refusal::NotEnrolled)
    }

    /// The member on file; none where the claim is taken in without one.
    fn check_member(
        &self,
        claim: &ReadClaim,
        passed: &mut Passed,
    ) -> Result<Option<&MemberFile>, Refusal> {
        let rules = self.context.rules();
        match claim.file(self.found, self.context) {
            Ok(file) => Ok(Some(file)),
            Err(why @ (Refusal::NameDiffers | Refusal::BirthDiffers)) => {
                passed.treat(rules.member_differs, why)?;
                Ok(None)
            }
            Err(why) => {
                passed.treat(rules.unknown_member, why)?;
                Ok(None)
            }
        }
    }

    fn check_correction(
        &self,
        claim: &ReadClaim,
        recent: &Recent,
        passed: &mut Passed,
    ) -> Result<(), Refusal> {
        let (rules, today) = (self.context.rules(), self.context.today());
        let number = claim.number.as_deref().ok_or(Refusal::NumberMissing)?;
        let found = recent.numbered(number).or_else(|| self.found.versions.get(number));
        let original = found.filter(|original| is_same(claim, original));
        let mut original = original.ok_or(Refusal::UnknownNumber)?.clone();
        let later = recent.successor_of(number).or_else(|| self.found.latest.get(number));
        if let Some(later) = later {
            if &*later.frequency == VOID {
                return Err(Refusal::Voided);
            }
            original.successor.get_or_insert_with(|| later.number.clone());
        }
        let first = self.found.versions.get(&original.original);
        adjustable(&original, first, today, rules)?;
        let is_void = &*claim.claim.frequency == VOID;
        let differs = is_void && claim.claim.charge != original.charge;
        passed.treat_if(differs, rules.void_total, Refusal::VoidTotal)?;
        passed.is_equal = !is_void && claim.service_key == original.service_key;
        if passed.is_equal && rules.equal_replacement == EqualReplacement::Reject {
            return Err(Refusal::EqualReplacement);
        }
        passed.corrects = Some(original);
        Ok(())
    }

    /// Another claim for the same services.
    fn twin<'r>(&'r self, claim: &ReadClaim, recent: &'r Recent) -> Option<&'r ClaimVersion> {
        let stored = self.found.twins.get(&claim.service_key).into_iter().flatten();
        let stored = stored.filter(|twin| recent.successor_of(&twin.number).is_none());
        let mut twins = recent.with_key(claim.service_key).chain(stored);
        twins.find(|twin| {
            &*twin.frequency != VOID
                && twin.charge == claim.claim.charge
                // The key of a predetermination says whether it has days.
                && (claim.claim.is_predetermination() || (twin.from, twin.to) == claim.days)
                && twin.member.as_ref() == claim.member.as_ref().ok()
        })
    }
}

/// True when a claim and the one it corrects are of one patient, one billing provider and one form. A corrected name or birth
/// date is what a replacement is for, so that the member decides, where there is one.
fn is_same(claim: &ReadClaim, original: &ClaimVersion) -> bool {
    let is_same_patient = match (&claim.member, &original.member) {
        (Ok(member), Some(owner)) => member == owner,
        (_, Some(_)) => false,
        (_, None) => {
            *claim.claim.subscriber.person.name.id == *original.patient.member_id
                && original.patient.birth == super::version::birth(&claim.claim)
        }
    };
    let billing = &claim.claim.provider;
    let is_same_provider = match billing.npi() {
        "" => *billing.tax_id() == *original.billing.tin,
        npi => *npi == *original.billing.npi,
    };
    is_same_patient
        && is_same_provider
        && super::version::form(&claim.claim) == original.form
        && claim.claim.is_predetermination() == is_predetermination(original)
}

/// True for a version that asks for a price before the service.
fn is_predetermination(version: &ClaimVersion) -> bool {
    Claim::read(&version.text).is_some_and(|claim| claim.is_predetermination())
}

/// The days of the lines that have days of their own.
fn days_of_lines(claim: &ReadClaim) -> impl Iterator<Item = (Date, Date)> {
    claim.claim.lines.iter().filter_map(Line::service_dates)
}

/// True when the member had coverage on each day of each line; of an institutional claim on each day of the statement, or on
/// its first one.
fn is_covered(claim: &ReadClaim, file: &MemberFile, days: CoverageDays) -> bool {
    let covered = |(first, last)| covers(&file.coverage, first, last);
    if claim.claim.form == Form::Institutional {
        let (first, last) = claim.days;
        return match days {
            CoverageDays::EveryDay => covered((first, last)),
            CoverageDays::FirstDay => covered((first, first)),
        };
    }
    let lines = claim.claim.lines.iter();
    // A line without days of its own was rendered on those of the claim.
    let mut days = lines.map(|line| line.service_dates().unwrap_or(claim.days));
    days.all(covered)
}

/// True when these spans hold every day from `first` to `last`, one span after the other or several at once.
fn covers(spans: &[Coverage], first: Date, last: Date) -> bool {
    let mut day = first;
    loop {
        let around = spans.iter().filter(|span| span.begin <= day);
        // The last day that is covered from here without a gap.
        let reaches = around.map(|span| span.end.unwrap_or(Date::MAX)).max();
        match reaches.filter(|end| *end >= day) {
            None => return false,
            Some(end) if end >= last => return true,
            Some(end) => match end.next_day() {
                Some(next) => day = next,
                None => return true,
            },
        }
    }
}
