//! The portal's screens: what a 271 says of one person, sorted the way people ask for it.
//!
//! A screen is made from a typed response alone, so that it can hold nothing that the transaction does not say.

mod benefits;
mod limits;
mod text;

pub(super) use benefits::CATEGORIES;
pub(super) use text::{Shown, render};

use rust_decimal::Decimal;
use serde::Serialize;
use time::Date;

use crate::dict::label;
use crate::txn::eligibility::response::{Answer, Benefit, Rejection};
use crate::txn::eligibility::{Dated, Name, Response, Sent, When, find};
use crate::wire::Code;

/// Data element numbers whose codes are spelt out.
mod element {
    pub(super) const BENEFIT: u16 = 1390;
    pub(super) const ENTITY: u16 = 98;
    pub(super) const FOLLOW_UP: u16 = 889;
    pub(super) const INSURANCE_TYPE: u16 = 1336;
    pub(super) const PERIOD: u16 = 615;
    pub(super) const REASON: u16 = 901;
    pub(super) const SERVICE_TYPE: u16 = 1365;
    pub(super) const UNIT: u16 = 673;
}

/// Everything that is shown of one person.
#[derive(Serialize, Debug, Default)]
pub(super) struct Screen {
    /// Who it is, as the payer knows them.
    pub(super) member: Option<Member>,
    /// Why there is no answer, at whatever level it was said.
    pub(super) rejections: Vec<Rejected>,
    /// Coverage, a line for each plan.
    pub(super) coverage: Vec<Coverage>,
    /// Primary care providers.
    pub(super) primary_care: Vec<Party>,
    /// The payer's provider unit (physician group) of the member.
    pub(super) provider_unit: Vec<Party>,
    /// Other carriers.
    pub(super) other_carriers: Vec<Carrier>,
    /// Benefits by category.
    pub(super) benefits: Vec<benefits::Row>,
    /// Deductibles.
    pub(super) deductible: Vec<limits::Row>,
    /// Out-of-pocket maxima.
    pub(super) out_of_pocket: Vec<limits::Row>,
    /// Disclaimers and remarks.
    pub(super) notes: Vec<String>,
}

/// The person.
#[derive(Serialize, Debug, Default)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) birth_date: Option<String>,
    pub(super) gender: Option<&'static str>,
    pub(super) dependent: bool,
    pub(super) date_of_service: Option<String>,
    pub(super) address: Option<String>,
}

/// Why something was not answered.
#[derive(Serialize, Debug)]
pub(super) struct Rejected {
    /// Where: `payer`, `provider`, `member`, `benefit`.
    pub(super) about: &'static str,
    /// AAA03.
    pub(super) reason: String,
    /// AAA03 in words.
    pub(super) meaning: String,
    /// AAA04 in words.
    pub(super) follow_up: String,
}

/// Coverage under one plan.
#[derive(Serialize, Debug)]
pub(super) struct Coverage {
    /// EB01 in words.
    pub(super) status: String,
    pub(super) active: bool,
    pub(super) plan: String,
    /// EB04 in words.
    pub(super) plan_type: String,
    pub(super) begin: Option<String>,
    pub(super) term: Option<String>,
    /// First and last day of the benefit year.
    pub(super) benefit_year: Option<String>,
}

/// A provider or a group of them.
#[derive(Serialize, Debug)]
pub(super) struct Party {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) since: Option<String>,
}

/// Another carrier.
#[derive(Serialize, Debug)]
pub(super) struct Carrier {
    pub(super) name: String,
    /// Order of benefits.
    pub(super) order: String,
    pub(super) policy: Option<String>,
    pub(super) effective: Option<String>,
    pub(super) term: Option<String>,
}

impl Screen {
    /// One screen for each person the response speaks of; one for the whole when it was rejected above any person.
    pub(super) fn all_of(response: &Response) -> Vec<Screen> {
        let mut above = Vec::new();
        for source in &response.sources {
            let payer = source.rejections.iter().chain(&source.name_rejections);
            above.extend(payer.map(|r| rejected("payer", r)));
            for receiver in &source.receivers {
                above.extend(receiver.rejections.iter().map(|r| rejected("provider", r)));
            }
        }
        let mut screens: Vec<Screen> = response
            .answers()
            // A subscriber who only leads to dependents has nothing to show.
            .filter(|(answer, _)| !answer.benefits.is_empty() || !answer.rejections.is_empty())
            .map(|(answer, dependent)| Screen::of(answer, dependent))
            .collect();
        if !above.is_empty() {
            screens.insert(0, Screen { rejections: above, ..Screen::default() });
        }
        screens
    }

    fn of(answer: &Answer, dependent: bool) -> Screen {
        let all = || answer.benefits.iter();
        let mut rejections: Vec<Rejected> =
            answer.rejections.iter().map(|r| rejected("member", r)).collect();
        rejections.extend(all().flat_map(|b| &b.rejections).map(|r| rejected("benefit", r)));
        let mut notes: Vec<String> = all()
            .filter(|b| b.kind == "P")
            .flat_map(|b| &b.messages)
            .map(|m| m.to_string())
            .collect();
        notes.dedup();
        Screen {
            member: Some(member(answer, dependent)),
            rejections,
            coverage: coverage(answer),
            primary_care: parties(answer, &["P3"]),
            provider_unit: parties(answer, &["I3", "GW"]),
            other_carriers: all().filter(|b| b.kind == "R").flat_map(carriers).collect(),
            benefits: benefits::rows(answer),
            deductible: limits::rows(answer, "C"),
            out_of_pocket: limits::rows(answer, "G"),
            notes,
        }
    }
}

fn member(answer: &Answer, dependent: bool) -> Member {
    let person = &answer.person;
    Member {
        name: name(&person.name),
        id: person.name.id.to_string(),
        birth_date: person.birth.value().map(day),
        gender: person.gender.value().map(|gender| match gender.code() {
            "F" => "female",
            "M" => "male",
            _ => "unknown",
        }),
        dependent,
        date_of_service: ["472", "291"]
            .iter()
            .find_map(|qualifier| person.date(qualifier).value())
            .map(when),
        address: person.address.as_ref().map(|address| {
            let lines =
                [&*address.line1, &address.line2, &address.city, &address.state, &address.zip];
            lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
        }),
    }
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
                qualifiers.iter().find_map(|q| date(&benefit.dates, q).or_else(|| person(q)))
            };
            let year = own(&["291"]).filter(|w| matches!(w, When::Span(..)));
            Coverage {
                status: words(element::BENEFIT, benefit.kind),
                active: matches!(benefit.kind.as_str(), "1" | "2" | "3" | "4" | "5"),
                plan: benefit.plan.to_string(),
                plan_type: words(element::INSURANCE_TYPE, benefit.insurance_type),
                begin: own(&["346", "356", "348"]).map(|w| day(w.first())),
                term: own(&["347", "357", "349"]).map(|w| day(w.last())),
                benefit_year: year.map(when),
            }
        })
        .collect()
}

/// The parties of these kinds beside benefits of primary care (EB01 `L`) and coverage.
fn parties(answer: &Answer, kinds: &[&str]) -> Vec<Party> {
    let mut found = Vec::new();
    for benefit in answer.benefits.iter().filter(|b| b.kind != "R") {
        for entity in &benefit.entities {
            if kinds.iter().any(|kind| entity.name.entity == *kind) {
                found.push(Party {
                    name: name(&entity.name),
                    id: entity.name.id.to_string(),
                    since: date(&benefit.dates, "295").map(|w| day(w.first())),
                });
            }
        }
    }
    found
}

fn carriers(benefit: &Benefit) -> Vec<Carrier> {
    let dates = ["290", "292", "291"].iter().find_map(|q| date(&benefit.dates, q));
    benefit
        .entities
        .iter()
        .filter(|entity| ["PRP", "SEP", "TTP", "PR"].iter().any(|kind| entity.name.entity == *kind))
        .map(|entity| Carrier {
            name: name(&entity.name),
            order: words(element::ENTITY, entity.name.entity),
            policy: find(&benefit.references, "1W").map(str::to_owned),
            effective: dates.map(|w| day(w.first())),
            term: match dates {
                Some(When::Span(_, last)) => Some(day(last)),
                _ => None,
            },
        })
        .collect()
}

fn rejected(about: &'static str, rejection: &Rejection) -> Rejected {
    Rejected {
        about,
        reason: rejection.reason.to_string(),
        meaning: words(element::REASON, rejection.reason),
        follow_up: words(element::FOLLOW_UP, rejection.follow_up),
    }
}

/// `DOE, JANE Q`, or the name of an organization.
pub(super) fn name(name: &Name) -> String {
    let rest = [&*name.first, &name.middle, &name.suffix];
    let rest: Vec<&str> = rest.into_iter().filter(|part| !part.is_empty()).collect();
    match rest.is_empty() {
        true => name.last.to_string(),
        false => format!("{}, {}", name.last, rest.join(" ")),
    }
}

/// A code in words; the code itself where there are none.
fn words(element: u16, code: Code) -> String {
    label(element, code.as_str().as_bytes()).map_or_else(|| code.to_string(), str::to_owned)
}

fn date(dates: &[Dated], qualifier: &str) -> Option<When> {
    dates.iter().find(|d| d.qualifier == qualifier).map(|d| d.when).and_then(Sent::value)
}

fn day(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

fn when(when: When) -> String {
    match when {
        When::Day(date) => day(date),
        When::Span(from, to) => format!("{} to {}", day(from), day(to)),
    }
}

/// Money with two places and thousands apart.
pub(super) fn money(amount: Decimal) -> String {
    let text = format!("{:.2}", amount.round_dp(2));
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{cents}")
}
