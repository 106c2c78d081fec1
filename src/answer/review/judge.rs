//! What is decided about a request: what the rules say of it and of each of its services, put together for the event.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use time::{Date, Duration};

use super::lookups::{Found, FoundSet, asked_days};
use super::rules::{Facts, Outcome, Rules, Wanted};
use super::{AnswerContext, ReviewShared};
use crate::answer::calendar::months_ahead;
use crate::answer::rejections::{Reason, Reasons};
use crate::segments::{Delivery, Rejection};
use crate::store::{MemberFile, Quantity, ReviewRecord, ReviewService, ReviewState};
use crate::txn::review::{Event, Party, Service};
use crate::wire::Code;

/// Reason of a review that no rule decides: it needs medical review.
const NEEDS_REVIEW: &str = "0V";
/// Reason where the quantity is less than was asked for.
const QUANTITY: &str = "10";

/// What is decided about a review: all that its answer says.
#[derive(Clone, Default)]
pub(super) struct Ruling {
    /// How the review stands; none where it is not one to be kept.
    pub(super) state: Option<ReviewState>,
    /// HCR01.
    pub(super) action: Box<str>,
    /// HCR03.
    pub(super) reasons: Vec<Box<str>>,
    /// HCR02.
    pub(super) number: Option<Box<str>>,
    /// REF*NT, where there is no number.
    pub(super) receipt: Box<str>,
    /// The number of the authorization that stands instead, REF*BB.
    pub(super) existing: Option<Box<str>>,
    /// What is certified.
    pub(super) granted: Option<Quantity>,
    /// For which days.
    pub(super) days: Option<(Date, Date)>,
    /// The services, where there are any.
    pub(super) services: Vec<ReviewService>,
    /// What is wanted of the provider.
    pub(super) documents: Vec<Wanted>,
    /// Whom to ask: a name and a telephone.
    pub(super) contact: Option<(Box<str>, Box<str>)>,
    /// MSG.
    pub(super) message: Box<str>,
    /// The rule that decided; empty where none did.
    pub(super) rule: Box<str>,
}

/// A ruling, or the rejections of the event and of each of its services.
pub(super) type Judged = Result<Ruling, Vec<Rejection>>;

/// The procedure of a service, or else its revenue code.
pub(super) fn service_code(service: &Service) -> Box<str> {
    let Some(detail) = &service.detail else { return Box::default() };
    match &detail.procedure {
        Some(procedure) => procedure.code.clone(),
        None => detail.revenue.clone(),
    }
}

/// What is wrong with the dates and the kind of an event, whoever it is about; and the days that are asked for.
pub(super) fn check_event(
    event: &Event,
    patient: &MemberFile,
    context: &AnswerContext,
) -> Result<(Date, Date), Reasons> {
    let policy = &context.policy.reviews;
    let mut reasons = Reasons::default();
    let category = event.um.request.as_str();
    reasons.add_if(!policy.categories.iter().any(|known| known == category), Reason::ReviewNotDone);
    let all = event.dates.iter().chain(event.services.iter().flat_map(|service| &service.dates));
    let malformed = |qualifier: &str| {
        all.clone().any(|dated| dated.qualifier == qualifier && dated.when.is_malformed())
    };
    reasons.add_if(malformed("AAH") || malformed("472"), Reason::ServiceDate);
    let admission = event.date("435");
    let discharge = event.date("096");
    // A discharge is told with its own date in place of the admission's.
    let dated = admission.is_some() || discharge.is_some() || event.date("AAH").is_some();
    let undated = category == "AR" && !dated;
    reasons.add_if(malformed("435") || undated, Reason::AdmissionDate);
    let early = admission
        .zip(discharge)
        .is_some_and(|(admission, discharge)| discharge.last() < admission.first());
    reasons.add_if(malformed("096") || early, Reason::DischargeDate);
    let today = context.today();
    let (from, to) = asked_days(event).unwrap_or((today, today));
    let (from, to) = (from, to.max(from));
    reasons.add_if(from < patient.member.birth, Reason::BornLater);
    reasons.add_if(patient.member.death.is_some_and(|death| from > death), Reason::DiedEarlier);
    let days = |days: u32| Duration::days(i64::from(days));
    reasons.add_if(from < today.saturating_sub(days(policy.past_days)), Reason::DateTooEarly);
    reasons.add_if(from > today.saturating_add(days(policy.future_days)), Reason::DateTooLate);
    if reasons.is_empty() { Ok((from, to)) } else { Err(reasons) }
}

/// The plan that covers the patient on this day.
pub(super) fn plan_on(patient: &MemberFile, day: Date) -> Option<&str> {
    let covers = |coverage: &&crate::store::Coverage| {
        coverage.begin <= day && coverage.end.is_none_or(|end| day <= end)
    };
    patient.coverage.iter().rev().find(covers).map(|coverage| &*coverage.plan)
}

/// What is asked for: visits, days or units.
pub(super) fn asked(delivery: Option<&Delivery>) -> Option<Quantity> {
    let delivery = delivery?;
    let count = delivery.quantity?;
    // With a frequency it is a rate; the total is that many times as many.
    let times = match (delivery.frequency.is_empty(), delivery.periods) {
        (false, Some(periods)) => Decimal::from(periods),
        _ => Decimal::ONE,
    };
    let count = count.checked_mul(times).unwrap_or(count);
    Some(Quantity { unit: delivery.unit.as_str().into(), count })
}

/// The facts about an event, or about one of its services.
pub(super) fn facts(
    (event, service): (&Event, Option<&Service>),
    requester: &Party,
    patient: &MemberFile,
    (from, to): (Date, Date),
    (shared, found): (&ReviewShared, &Found),
    today: Date,
) -> Facts {
    let um = service.map(|service| &service.um).filter(|um| !um.is_absent());
    let of = |pick: fn(&crate::txn::review::Category) -> Code| {
        let own = um.map(pick).filter(|code| !code.is_empty());
        Box::<str>::from(own.unwrap_or_else(|| pick(&event.um)).as_str())
    };
    let plan_id = plan_on(patient, from).unwrap_or("");
    let plan = shared.plans.get(plan_id);
    let text = |pick: fn(&crate::store::Plan) -> &Box<str>| {
        plan.map(|p| pick(p).clone()).unwrap_or_default()
    };
    let own = service.into_iter().flat_map(|service| &service.providers);
    let provider = own.chain(&event.providers).find(|party| party.name.entity == "SJ");
    let own = service.into_iter().flat_map(|service| &service.providers);
    let provider = provider.or_else(|| own.chain(&event.providers).next());
    let known = provider.and_then(|party| found.providers.get(&*party.name.id));
    let in_network =
        provider.zip(plan).map(|(_, plan)| known.is_some_and(|p| p.is_in_network_of(plan)));
    let mut taxonomies: Vec<Box<str>> = known.map(|p| p.taxonomies.clone()).unwrap_or_default();
    if taxonomies.is_empty() {
        taxonomies.extend(provider.and_then(Party::taxonomy).map(Box::from));
    }
    let coverage = patient
        .coverage
        .iter()
        .rev()
        .find(|coverage| coverage.begin <= from && coverage.end.is_none_or(|end| from <= end));
    let pcp = coverage.and_then(|coverage| coverage.pcp.as_ref());
    let delivery =
        service.and_then(|service| service.delivery.as_ref()).or(event.delivery.as_ref());
    let unit_count = |quantity: Quantity| Some((quantity.unit, quantity.count.to_u32()?));
    Facts {
        review: of(|um| um.request),
        certification: event.um.certification.as_str().into(),
        product: text(|plan| &plan.product),
        plan: plan_id.into(),
        insurance_type: text(|plan| &plan.insurance_type),
        service_type: of(|um| um.service_type),
        place: of(|um| um.facility),
        level: of(|um| um.urgency),
        in_network,
        by_own_pcp: pcp.is_some_and(|pcp| pcp.npi == requester.name.id),
        role: provider.map(|party| party.name.entity.as_str().into()).unwrap_or_default(),
        taxonomies,
        procedure: service.map(service_code).unwrap_or_default(),
        diagnoses: event.diagnoses.iter().map(|diagnosis| diagnosis.code.clone()).collect(),
        message: event.message.to_uppercase().into(),
        quantity: asked(delivery).and_then(unit_count),
        today: Some(today),
        days: Some((from, to)),
    }
}

/// What one rule says.
fn rule_on(rules: &Rules, facts: &Facts) -> Judged {
    let (from, to) = facts.days.unwrap_or((Date::MIN, Date::MIN));
    let today = facts.today.unwrap_or(from);
    let certified = |months: u32| {
        let begin = from.min(today);
        let end = months_ahead(begin, months).previous_day().unwrap_or(begin);
        // A range that was asked for stays; a single day is only the first of those that are certified.
        if from < to && to <= months_ahead(from, months) {
            (from, to)
        } else {
            (begin, end.max(from))
        }
    };
    let quantity =
        |unit: &str, count: u32| Quantity { unit: unit.into(), count: Decimal::from(count) };
    let Some(rule) = rules.decide(facts) else {
        return Ok(Ruling {
            state: Some(ReviewState::Pended),
            action: "A4".into(),
            reasons: vec![NEEDS_REVIEW.into()],
            ..Ruling::default()
        });
    };
    let base = Ruling { rule: rule.name.clone(), ..Ruling::default() };
    let said = |action: &str, reason: &str, message: &str| Ruling {
        action: action.into(),
        reasons: (!reason.is_empty()).then(|| reason.into()).into_iter().collect(),
        message: message.into(),
        ..base.clone()
    };
    Ok(match &rule.then {
        Outcome::Approve { valid_months, quantity_max, quantity: without, unit, message } => {
            let asked = facts.quantity.as_ref();
            let granted = match (asked, without.zip(unit.as_ref())) {
                (Some((unit, count)), _) => {
                    Some(quantity(unit, quantity_max.map_or(*count, |max| max.min(*count))))
                }
                (None, Some((count, unit))) => Some(quantity(unit, count)),
                (None, None) => None,
            };
            let count = granted.as_ref().and_then(|granted| granted.count.to_u32());
            let is_less = asked.zip(count).is_some_and(|((_, asked), count)| count < *asked);
            let (action, state, reason) = match is_less {
                true => ("A6", ReviewState::Modified, QUANTITY),
                false => ("A1", ReviewState::Approved, ""),
            };
            let days = Some(certified(*valid_months));
            Ruling { state: Some(state), granted, days, ..said(action, reason, message) }
        }
        Outcome::Modify { valid_months, quantity: count, reason, message } => {
            let unit = facts.quantity.as_ref().map_or("VS", |(unit, _)| unit);
            Ruling {
                state: Some(ReviewState::Modified),
                granted: Some(quantity(unit, *count)),
                days: Some(certified(*valid_months)),
                ..said("A6", reason, message)
            }
        }
        Outcome::Pend { reason, documents, message } => Ruling {
            state: Some(ReviewState::Pended),
            documents: documents.clone(),
            ..said("A4", reason, message)
        },
        Outcome::Refer { reason, name, telephone, message } => Ruling {
            contact: Some((name.clone(), telephone.clone())),
            ..said("CT", reason, message)
        },
        Outcome::NotRequired { reason, message } => said("NA", reason, message),
        Outcome::Deny { reason, message } => {
            Ruling { state: Some(ReviewState::Denied), ..said("A3", reason, message) }
        }
        Outcome::Reject { code, follow_up } => {
            let (reason, follow_up) = (Code::from(&**code), Code::from(&**follow_up));
            return Err(vec![Rejection { valid: false, reason, follow_up }]);
        }
    })
}

/// What the rules say of an event: of each of its services, and of all of them together.
pub(super) fn rule(
    event: &Event,
    requester: &Party,
    patient: &MemberFile,
    days: (Date, Date),
    world: (&ReviewShared, &Found),
    today: Date,
) -> (Judged, Facts) {
    let rules = &world.1.rules;
    let about = |service| facts((event, service), requester, patient, days, world, today);
    let of_event = about(None);
    if event.services.is_empty() {
        return (rule_on(rules, &of_event), of_event);
    }
    let mut rulings = Vec::with_capacity(event.services.len());
    for service in &event.services {
        // A service that is withdrawn from an event that goes on.
        if service.um.certification == "3" {
            rulings.push(Ruling {
                action: "C".into(),
                rule: "requester".into(),
                ..Ruling::default()
            });
            continue;
        }
        let facts = about(Some(service));
        match rule_on(rules, &facts) {
            Ok(ruling) => rulings.push(ruling),
            Err(rejections) => return (Err(rejections), facts),
        }
    }
    let services = event.services.iter().zip(&rulings).map(|(service, ruling)| ReviewService {
        code: service_code(service),
        action: ruling.action.clone(),
        reasons: ruling.reasons.clone(),
    });
    let mut services: Vec<ReviewService> = services.collect();
    let ruling = together(&rulings);
    if &*ruling.action == "A4" {
        // Nothing is certified while the event waits.
        for service in services.iter_mut().filter(|one| matches!(&*one.action, "A1" | "A6")) {
            (service.action, service.reasons) = ("A4".into(), Vec::new());
        }
    }
    let facts = about(event.services.first());
    (Ok(Ruling { services, ..ruling }), facts)
}

/// The ruling on an event by those on its services.
fn together(rulings: &[Ruling]) -> Ruling {
    let has = |action: &str| rulings.iter().any(|ruling| &*ruling.action == action);
    let all_are = |action: &str| rulings.iter().all(|ruling| &*ruling.action == action);
    let first = |action: &str| {
        rulings.iter().find(|ruling| &*ruling.action == action).cloned().unwrap_or_default()
    };
    // What waits makes all of it wait: no number is given before everything is decided.
    if has("A4") {
        let mut ruling = first("A4");
        // What is wanted for any service is wanted.
        for wanted in rulings.iter().flat_map(|ruling| &ruling.documents) {
            if !ruling.documents.contains(wanted) {
                ruling.documents.push(wanted.clone());
            }
        }
        return ruling;
    }
    for action in ["A1", "A3", "C", "NA", "CT"] {
        if all_are(action) {
            return first(action);
        }
    }
    if !has("A1") && !has("A6") {
        return ["A3", "CT", "NA", "C"]
            .into_iter()
            .find(|action| has(action))
            .map(first)
            .unwrap_or_default();
    }
    let certified = if has("A6") { first("A6") } else { first("A1") };
    let is_partial = rulings.iter().any(|ruling| !matches!(&*ruling.action, "A1" | "A6"));
    match is_partial {
        true => {
            let (state, action) = (Some(ReviewState::Partial), "A2".into());
            Ruling { state, action, reasons: Vec::new(), ..certified }
        }
        false => Ruling { state: Some(ReviewState::Modified), ..certified },
    }
}

/// A review that stands, as a ruling that is given again.
pub(super) fn standing(review: &ReviewRecord) -> Ruling {
    Ruling {
        state: None,
        action: review.action.clone(),
        reasons: review.reasons.clone(),
        number: review.number.clone(),
        receipt: review.receipt.clone(),
        granted: review.granted.clone(),
        days: review.state.is_certified().then_some((review.from, review.to)),
        services: review.services.clone(),
        message: review.message.clone(),
        rule: review.rule.clone(),
        ..Ruling::default()
    }
}

/// The review that stands for the same service on a day in common.
pub(super) fn duplicate(found: &FoundSet, (from, to): (Date, Date)) -> Option<&ReviewRecord> {
    found.same_service.iter().find(|review| review.overlaps(from, to))
}
