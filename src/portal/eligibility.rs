//! The eligibility screen: what a 271 says of one person, sorted the way the portal sorted it.
//!
//! Serves E-07 to E-21 of the portal map; the benefits (B) and the limits (A) are parts of it, because one 271 fills all
//! four tabs (E-20).

use serde::Serialize;
use utoipa::ToSchema;

use super::benefits::{self, BenefitRow};
use super::limits::{self, LimitKind, LimitRow};
use super::words::{code_words, date_with, element, iso_date, iso_dates, name};
use crate::phi::redacted;
use crate::txn::eligibility::response::{Answer, Benefit, Entity, Rejection};
use crate::txn::eligibility::{PostalAddress, Response, When, find};

/// Everything that is shown of one person.
///
/// Its fields in this order are the JSON that `ask --format json` prints.
#[derive(Serialize, ToSchema, Default)]
pub struct EligibilityView {
    /// Who it is, as the payer knows them (E-08).
    pub member: Option<MemberHeader>,
    /// Why there is no answer, at whatever level it was said (E-07).
    pub rejections: Vec<RejectionView>,
    /// Coverage, one for each plan (E-09, E-10, E-12, E-13).
    pub coverage: Vec<Coverage>,
    /// Primary care providers (E-16).
    pub primary_care: Vec<ProviderView>,
    /// The payer's provider unit (physician group) of the member (E-17).
    pub provider_unit: Vec<ProviderView>,
    /// Other carriers (E-19).
    pub other_carriers: Vec<OtherCarrier>,
    /// Benefits by category (B-01 to B-12).
    pub benefits: Vec<BenefitRow>,
    /// Deductibles.
    pub deductible: Vec<LimitRow>,
    /// Out-of-pocket maxima.
    pub out_of_pocket: Vec<LimitRow>,
    /// Disclaimers and remarks (E-14).
    pub notes: Vec<String>,
}

/// The person: the header of every tab (E-08, E-11).
#[derive(Serialize, ToSchema, Default)]
pub struct MemberHeader {
    /// Last name, first name, as the payer has them.
    pub name: String,
    /// The member id as the payer writes it; of a dependent without one, the subscriber's.
    pub id: String,
    /// The person suffix of a dependent without an id of their own, REF*49.
    pub suffix: Option<String>,
    /// Date of birth, `CCYY-MM-DD`.
    pub birth_date: Option<String>,
    /// `female`, `male` or `unknown`.
    pub gender: Option<&'static str>,
    /// True for a dependent without an id of their own.
    pub dependent: bool,
    /// The day, or the days, that the answer is about.
    pub date_of_service: Option<String>,
    /// Postal address in one line.
    pub address: Option<String>,
}

/// Why something was not answered (E-07).
#[derive(Serialize, ToSchema, Clone, Debug, PartialEq, Eq)]
pub struct RejectionView {
    /// Where: `payer`, `provider`, `member`, `benefit`; of a review also `request`, `review`, `servicing provider`, `service`.
    pub about: &'static str,
    /// AAA03.
    pub reason: String,
    /// AAA03 in words.
    pub meaning: String,
    /// AAA04 in words.
    pub follow_up: String,
}

/// Coverage under one plan (E-09, E-10, E-12, E-13).
#[derive(Serialize, ToSchema, Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// EB01 in words.
    pub status: String,
    /// True where EB01 says that there is coverage, even if limited or under investigation.
    pub active: bool,
    /// The plan's name, EB05.
    pub plan: String,
    /// EB04 in words.
    pub plan_type: String,
    /// First day of coverage.
    pub begin: Option<String>,
    /// Last day of coverage.
    pub term: Option<String>,
    /// First and last day of the benefit year.
    pub benefit_year: Option<String>,
    /// The day, or the days, of service that this is about.
    pub date_of_service: Option<String>,
    /// When the coverage was last changed (E-21).
    pub updated: Option<String>,
}

/// A provider or a group of them (E-16, E-17).
#[derive(Serialize, ToSchema, Clone, Debug, PartialEq, Eq)]
pub struct ProviderView {
    /// Name.
    pub name: String,
    /// NPI, or the payer's own id.
    pub id: String,
    /// Since when the member is theirs.
    pub since: Option<String>,
    /// Telephone.
    pub telephone: Option<String>,
    /// Address, in one line.
    pub address: Option<String>,
}

/// Another carrier (E-19).
#[derive(Serialize, ToSchema)]
pub struct OtherCarrier {
    /// Name of the carrier.
    pub name: String,
    /// Order of benefits: whether it pays before or after this payer.
    pub order: String,
    /// The member's policy there.
    pub policy: Option<String>,
    /// The group there.
    pub group: Option<String>,
    /// Who is insured there, where it is not the member.
    pub insured: Option<String>,
    /// First day of that coverage.
    pub effective: Option<String>,
    /// Last day of that coverage.
    pub term: Option<String>,
}

redacted!(EligibilityView { rejections, coverage, deductible, out_of_pocket });
redacted!(MemberHeader { dependent });
redacted!(OtherCarrier { order });

impl EligibilityView {
    /// One view for each person the response speaks of, and one more in front where something
    /// was rejected above any person.
    pub fn all_of(response: &Response) -> Vec<EligibilityView> {
        let mut above = Vec::new();
        for source in &response.sources {
            let payer = source.rejections.iter().chain(&source.name_rejections);
            above.extend(payer.map(|r| rejected("payer", r)));
            for receiver in &source.receivers {
                above.extend(receiver.rejections.iter().map(|r| rejected("provider", r)));
            }
        }
        let mut views: Vec<EligibilityView> = Vec::new();
        let mut subscriber_id = "";
        for (answer, dependent) in response.answers() {
            if !dependent {
                subscriber_id = &answer.person.name.id;
            }
            // A subscriber who only leads to dependents has nothing to show.
            if answer.benefits.is_empty() && answer.rejections.is_empty() {
                continue;
            }
            let mut view = EligibilityView::of(answer, dependent);
            if let Some(member) = view.member.as_mut().filter(|m| dependent && m.id.is_empty()) {
                member.id = subscriber_id.to_owned();
            }
            views.push(view);
        }
        if !above.is_empty() {
            views.insert(0, EligibilityView { rejections: above, ..EligibilityView::default() });
        }
        views
    }

    /// What one answer says of its person.
    pub fn of(answer: &Answer, dependent: bool) -> EligibilityView {
        let all = || answer.benefits.iter();
        let mut rejections: Vec<RejectionView> =
            answer.rejections.iter().map(|r| rejected("member", r)).collect();
        rejections.extend(all().flat_map(|b| &b.rejections).map(|r| rejected("benefit", r)));
        let mut notes: Vec<String> = all()
            .filter(|b| b.kind == "P" || is_limit_of_plan(b))
            .flat_map(|b| &b.messages)
            .map(|m| m.to_string())
            .collect();
        let mut seen = std::collections::BTreeSet::new();
        notes.retain(|note| seen.insert(note.clone()));
        EligibilityView {
            member: Some(member(answer, dependent)),
            rejections,
            coverage: coverage(answer),
            primary_care: providers(answer, &["P3"]),
            provider_unit: providers(answer, &["I3", "GW"]),
            other_carriers: all().filter(|b| b.kind == "R").flat_map(carriers).collect(),
            benefits: benefits::benefit_rows(answer),
            deductible: limits::limit_rows(answer, LimitKind::Deductible),
            out_of_pocket: limits::limit_rows(answer, LimitKind::OutOfPocket),
            notes,
        }
    }
}

/// True for a deductible or an out-of-pocket maximum of the plan as a whole.
fn is_limit_of_plan(benefit: &Benefit) -> bool {
    matches!(benefit.kind.as_str(), "C" | "G")
        && benefit.service_types.iter().all(|service| *service == "30")
}

fn member(answer: &Answer, dependent: bool) -> MemberHeader {
    let person = &answer.person;
    MemberHeader {
        name: name(&person.name),
        id: person.name.id.to_string(),
        suffix: person.reference("49").map(str::to_owned),
        birth_date: person.birth.value().map(iso_date),
        gender: person.gender.value().map(|gender| match gender.code() {
            "F" => "female",
            "M" => "male",
            _ => "unknown",
        }),
        dependent,
        date_of_service: ["472", "291"]
            .iter()
            .find_map(|qualifier| person.date(qualifier).value())
            .map(iso_dates),
        address: person.address.as_ref().map(in_one_line),
    }
}

fn in_one_line(address: &PostalAddress) -> String {
    let lines = [&*address.line1, &address.line2, &address.city, &address.state, &address.zip];
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
}

fn telephone(entity: &Entity) -> Option<String> {
    let mut numbers = entity.contacts.iter().flat_map(|contact| &contact.numbers);
    numbers.find(|(kind, _)| *kind == "TE").map(|(_, number)| number.to_string())
}

fn coverage(answer: &Answer) -> Vec<Coverage> {
    let is_status = |benefit: &&Benefit| {
        matches!(benefit.kind.as_str(), "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8")
    };
    let of_plan = |benefit: &&Benefit| benefit.service_types.iter().any(|s| *s == "30");
    let person = |qualifier: &str| answer.person.date(qualifier).value();
    answer
        .benefits
        .iter()
        .filter(is_status)
        .filter(of_plan)
        .map(|benefit| {
            let own = |qualifiers: &[&str]| {
                qualifiers.iter().find_map(|q| date_with(&benefit.dates, q).or_else(|| person(q)))
            };
            let year = year_of(answer, &benefit.plan, own(&["472"]));
            let year = year.or_else(|| own(&["291"]).filter(|w| matches!(w, When::Span(..))));
            Coverage {
                status: code_words(element::BENEFIT, benefit.kind),
                active: matches!(benefit.kind.as_str(), "1" | "2" | "3" | "4" | "5"),
                plan: benefit.plan.to_string(),
                plan_type: code_words(element::INSURANCE_TYPE, benefit.insurance_type),
                begin: own(&["346", "356", "348"]).map(|w| iso_date(w.first())),
                term: own(&["347", "357", "349"]).map(|w| iso_date(w.last())),
                benefit_year: year.map(iso_dates),
                date_of_service: own(&["472"]).map(iso_dates),
                updated: own(&["636"]).map(|w| iso_date(w.last())),
            }
        })
        .collect()
}

/// The benefit year of a plan, on the days of service: that of its limits (DTP*292), where a line says it.
fn year_of(answer: &Answer, plan: &str, service: Option<When>) -> Option<When> {
    let of_plan = |benefit: &&Benefit| {
        matches!(benefit.kind.as_str(), "C" | "G" | "F")
            && (benefit.plan.is_empty() || *benefit.plan == *plan)
    };
    let holds = |year: &When| {
        service.is_none_or(|day| year.first() <= day.first() && day.first() <= year.last())
    };
    let years = answer.benefits.iter().filter(of_plan);
    years.filter_map(|benefit| date_with(&benefit.dates, "292")).find(holds)
}

/// The providers of these kinds named in benefits of primary care (EB01 `L`) and coverage.
fn providers(answer: &Answer, kinds: &[&str]) -> Vec<ProviderView> {
    let mut found = Vec::new();
    for benefit in answer.benefits.iter().filter(|b| b.kind != "R") {
        for entity in &benefit.entities {
            if kinds.iter().any(|kind| entity.name.entity == *kind) {
                found.push(ProviderView {
                    name: name(&entity.name),
                    id: entity.name.id.to_string(),
                    since: date_with(&benefit.dates, "295").map(|w| iso_date(w.first())),
                    telephone: telephone(entity),
                    address: entity.address.as_ref().map(in_one_line),
                });
            }
        }
    }
    found
}

/// How a remark begins that gives the group of another carrier.
const GROUP: &str = "GROUP ";

fn carriers(benefit: &Benefit) -> Vec<OtherCarrier> {
    let dates = ["290", "292", "291"].iter().find_map(|q| date_with(&benefit.dates, q));
    let mut entities = benefit.entities.iter();
    let insured = entities.find(|entity| entity.name.entity == "IL");
    let insured = insured.map(|entity| name(&entity.name));
    let group = benefit.messages.iter().find_map(|message| message.strip_prefix(GROUP));
    let group = group.or_else(|| find(&benefit.references, "6P"));
    benefit
        .entities
        .iter()
        .filter(|entity| ["PRP", "SEP", "TTP", "PR"].iter().any(|kind| entity.name.entity == *kind))
        .map(|entity| OtherCarrier {
            name: name(&entity.name),
            order: code_words(element::ENTITY, entity.name.entity),
            policy: find(&benefit.references, "1W").map(str::to_owned),
            group: group.map(str::to_owned),
            insured: insured.clone(),
            effective: dates.map(|w| iso_date(w.first())),
            term: match dates {
                Some(When::Span(_, last)) => Some(iso_date(last)),
                _ => None,
            },
        })
        .collect()
}

pub(super) fn rejected(about: &'static str, rejection: &Rejection) -> RejectionView {
    RejectionView {
        about,
        reason: rejection.reason.to_string(),
        meaning: code_words(element::REASON, rejection.reason),
        follow_up: code_words(element::FOLLOW_UP, rejection.follow_up),
    }
}
