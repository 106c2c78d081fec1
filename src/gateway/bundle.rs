//! Works on a bundle of sets: checks them, looks up everybody asked about in one go, and writes the answers.

use std::ops::Range;
use std::time::{Duration, Instant};

use time::PrimitiveDateTime;

use super::claims::{CLAIMS, Names, claim_ack};
use super::error::ServiceError;
use super::gateway::Gateway;
use super::intake::{Bundle, SetPart, SetWork};
use super::knowledge::Knowledge;
use crate::answer::eligibility::{AnswerContext, fetch};
use crate::check::{GroupHeader, SetChecker, SetPlace, SetReport};
use crate::config::Intake;
use crate::finding::{Code, Detail};
use crate::partner::Lane;
use crate::partner::Partner;
use crate::txn::eligibility::{Inquiry, Response};
use crate::txn::envelope::EnvelopeWriter;
use crate::wire::Emitter;

/// Sets we answer with a set of our own.
const ANSWERED: [&str; 1] = ["270"];

/// Sets we take note of: answers of others, and acknowledgments.
const NOTED: [&str; 6] = ["271", "277", "835", "824", "997", "999"];

/// A bundle that was worked on.
#[derive(Debug, Default)]
pub(super) struct Worked {
    pub(super) sets: Vec<WorkedSet>,
    /// The answers, in wire form and in the partner's separators.
    pub(super) answers: Vec<u8>,
    /// Patients asked about.
    pub(super) patients: u64,
    /// The store could not be reached, and the answers say so.
    pub(super) outage: bool,
}

/// A set that was checked.
#[derive(Debug)]
pub(super) struct WorkedSet {
    pub(super) report: SetReport,
    /// Its answer, in [`Worked::answers`].
    pub(super) answer: Option<Range<usize>>,
    /// The 277CA of its claims, in wire form.
    pub(super) claim_ack: Option<Vec<u8>>,
    /// Where the set ends.
    pub(super) end: u64,
    /// False when the input ended inside it.
    pub(super) terminated: bool,
}

/// What all bundles of one interchange are worked on with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    pub(super) lane: Lane,
    pub(super) knowledge: &'a Knowledge,
    pub(super) now: PrimitiveDateTime,
    pub(super) partner: &'a Partner,
    pub(super) envelope: &'a EnvelopeWriter,
    /// When nobody waits for the answer any more.
    pub(super) deadline: Option<Instant>,
    /// Nothing is looked up; the answers say that the store cannot be reached.
    pub(super) outage: bool,
}

/// An accepted inquiry and the set it came in.
struct Asked {
    inquiry: Inquiry,
    /// Index of its set in the bundle.
    set: usize,
}

impl Gateway {
    /// Checks the sets of a bundle and answers those that can be answered.
    pub(super) async fn work(
        &self,
        bundle: &Bundle,
        terms: Terms<'_>,
    ) -> Result<Worked, ServiceError> {
        if bundle.opening.is_settled() {
            return Ok(Worked::default());
        }
        let Some(group) = &bundle.group else {
            return Ok(self.outside_group(bundle, terms));
        };
        let (mut sets, asked) = self.check(bundle, group, terms);
        acknowledge_claims(bundle, &mut sets, terms)?;
        let (inquiries, askers): (Vec<Inquiry>, Vec<usize>) =
            asked.into_iter().map(|asked| (asked.inquiry, asked.set)).unzip();
        let mut worked = Worked { sets, ..Worked::default() };
        if inquiries.is_empty() {
            return Ok(worked);
        }
        worked.patients = inquiries.iter().map(|inquiry| inquiry.patients() as u64).sum();
        let first = bundle.sets.first().map_or(0, |set| set.ordinal);
        let context = AnswerContext {
            now: terms.now,
            lane: terms.lane,
            scope: terms.partner.scope.clone(),
            policy: Some(terms.partner.eligibility.clone()),
            trace: format!("{}{first:07}", bundle.opening.header.control).into(),
        };
        let (responses, outage) = match terms.outage {
            true => (terms.knowledge.eligibility.unavailable(inquiries, &context), true),
            false => self.respond(inquiries, &context, terms).await?,
        };
        worked.outage = outage;
        let mut emitter = terms.envelope.emitter();
        for (mut response, set) in responses.into_iter().zip(askers) {
            let work = &bundle.sets[set];
            response.control = format!("{:04}", work.in_group).into();
            if response.write(&mut emitter).is_err() {
                self.write_unavailable(&mut emitter, (bundle, group, work), terms, &context)?;
            }
            let begin = worked.answers.len();
            worked.answers.append(&mut emitter.take());
            worked.sets[set].answer = Some(begin..worked.answers.len());
        }
        Ok(worked)
    }

    /// Checks every set; keeps what was asked in those that are accepted.
    fn check(
        &self,
        bundle: &Bundle,
        group: &GroupHeader,
        terms: Terms<'_>,
    ) -> (Vec<WorkedSet>, Vec<Asked>) {
        let mut checker =
            SetChecker::new(terms.knowledge.guides_of(terms.partner), &terms.partner.policy)
                .with_limits(self.set_limits())
                .with_claims(takes_claims(terms.partner))
                .with_tree();
        let mut sets = Vec::with_capacity(bundle.sets.len());
        let mut asked = Vec::new();
        for (index, work) in bundle.sets.iter().enumerate() {
            let report = self.check_set(&mut checker, bundle, group, work, terms);
            if let Some(inquiry) = inquiry(&checker, &report, work) {
                asked.push(Asked { inquiry, set: index });
            }
            sets.push(worked_set(work, report));
        }
        (sets, asked)
    }

    fn check_set(
        &self,
        checker: &mut SetChecker<'_>,
        bundle: &Bundle,
        group: &GroupHeader,
        work: &SetWork,
        terms: Terms<'_>,
    ) -> SetReport {
        let place =
            SetPlace { group, delimiters: bundle.delimiters, offset: 0, ordinal: work.ordinal };
        let mut begun = false;
        for part in &work.parts {
            match part {
                SetPart::Text(text, offset) if !begun => {
                    begun = true;
                    checker.begin(text, SetPlace { offset: *offset, ..place });
                }
                SetPart::Text(text, offset) => checker.part(text, *offset),
                SetPart::Oversized(tag, offset) => {
                    let limit = self.frame_limits().of(*tag);
                    checker.oversized(*tag, *offset, limit);
                }
            }
        }
        if work.over_limit {
            let limit = self.config().limits.set_bytes_max as u64;
            checker.note(Code::SetLimit, Detail::Count { found: limit + 1, expected: limit });
        }
        // A set without a guide was found unsupported by the check itself.
        if checker.guide().is_some() && !is_taken(set_id(bundle, work), terms) {
            checker.note(Code::SetUnsupported, Detail::None);
        }
        checker.end()
    }

    /// Looks up and answers. In real time an answer comes in any case: "unable to respond at the current time" when the
    /// store fails or takes too long. A file rather waits until the store is back.
    async fn respond(
        &self,
        inquiries: Vec<Inquiry>,
        context: &AnswerContext,
        terms: Terms<'_>,
    ) -> Result<(Vec<Response>, bool), ServiceError> {
        let service = &terms.knowledge.eligibility;
        let plan = service.plan_searches(&inquiries, context);
        let looking = fetch(self.stores(), &plan);
        if context.lane == Lane::Batch {
            let found = looking.await?;
            return Ok((service.compose(inquiries, plan, found, context), false));
        }
        let mut patience = Duration::from_millis(self.config().real_time.answer_timeout_ms);
        if let Some(deadline) = terms.deadline {
            patience = patience.min(deadline.saturating_duration_since(Instant::now()));
        }
        match tokio::time::timeout(patience, looking).await {
            Ok(Ok(found)) => Ok((service.compose(inquiries, plan, found, context), false)),
            Ok(Err(error)) => {
                ServiceError::Store(error).log("a look-up failed");
                Ok((service.unavailable(inquiries, context), true))
            }
            Err(_) => {
                tracing::error!("a look-up took too long");
                Ok((service.unavailable(inquiries, context), true))
            }
        }
    }

    /// An answer that could not be written (a name in the store holds what X12 cannot carry) must not take the others with
    /// it: the set is read once more and answered that it cannot be at the moment.
    fn write_unavailable(
        &self,
        emitter: &mut Emitter,
        (bundle, group, work): (&Bundle, &GroupHeader, &SetWork),
        terms: Terms<'_>,
        context: &AnswerContext,
    ) -> Result<(), ServiceError> {
        tracing::error!(set = work.ordinal, "a reply contains data that cannot be written");
        emitter.take();
        let mut checker =
            SetChecker::new(terms.knowledge.guides_of(terms.partner), &terms.partner.policy)
                .with_limits(self.set_limits())
                .with_tree();
        let report = self.check_set(&mut checker, bundle, group, work, terms);
        if let Some(inquiry) = inquiry(&checker, &report, work) {
            let service = &terms.knowledge.eligibility;
            for mut response in service.unavailable(vec![inquiry], context) {
                response.control = format!("{:04}", work.in_group).into();
                response.write(emitter)?;
            }
        }
        Ok(())
    }

    /// Sets that stand in no group reject the interchange; they are only named, for the books.
    fn outside_group(&self, bundle: &Bundle, terms: Terms<'_>) -> Worked {
        let (sets, _) = self.check(bundle, &GroupHeader::default(), terms);
        Worked { sets, ..Worked::default() }
    }
}

/// Writes the 277CAs of accepted sets of claims.
fn acknowledge_claims(
    bundle: &Bundle,
    sets: &mut [WorkedSet],
    terms: Terms<'_>,
) -> Result<(), ServiceError> {
    let mut options = None;
    for (work, set) in bundle.sets.iter().zip(sets) {
        if set.report.claims.is_none() || !takes_claims(terms.partner) {
            continue;
        }
        let options = options.get_or_insert_with(|| terms.partner.claims.options(terms.now));
        let control = format!("{:04}", work.in_group);
        let interchange = bundle.opening.header.control;
        let reference = format!("{interchange}{:07}", work.ordinal);
        let receipt = format!("{interchange}-{}", set.report.header.control);
        let names = Names { control: &control, reference: &reference, receipt: &receipt };
        set.claim_ack = claim_ack(&mut set.report, options, terms.envelope, &names)?;
    }
    Ok(())
}

/// What is asked in the set checked last, when it may be answered.
fn inquiry(checker: &SetChecker<'_>, report: &SetReport, work: &SetWork) -> Option<Inquiry> {
    let [SetPart::Text(text, _)] = &work.parts[..] else { return None };
    if !report.is_accepted() || !ANSWERED.contains(&report.header.set.as_str()) {
        return None;
    }
    Some(Inquiry::read(checker.tree(text)?.root()))
}

fn worked_set(work: &SetWork, report: SetReport) -> WorkedSet {
    let end = work.parts.iter().rev().find_map(|part| match part {
        SetPart::Text(text, offset) => Some(offset + text.len() as u64),
        SetPart::Oversized(..) => None,
    });
    WorkedSet {
        report,
        answer: None,
        claim_ack: None,
        end: end.unwrap_or(0),
        terminated: work.terminated,
    }
}

/// ST01, as it stands.
fn set_id<'b>(bundle: &Bundle, work: &'b SetWork) -> &'b str {
    let Some(SetPart::Text(text, _)) = work.parts.first() else { return "" };
    let end = [bundle.delimiters.element, bundle.delimiters.terminator];
    let id = text.get(3..).unwrap_or(&[]).split(|b| end.contains(b)).next().unwrap_or(&[]);
    std::str::from_utf8(id).unwrap_or("")
}

/// True when the claims of this partner are checked and acknowledged.
fn takes_claims(partner: &Partner) -> bool {
    partner.claims.intake == Intake::Acknowledge
}

/// True for a set that this partner may send, and that something can be done with here.
fn is_taken(set: &str, terms: Terms<'_>) -> bool {
    let ours = ANSWERED.contains(&set)
        || NOTED.contains(&set)
        || set == CLAIMS && takes_claims(terms.partner);
    ours && terms.partner.may_send(set, terms.lane)
}
