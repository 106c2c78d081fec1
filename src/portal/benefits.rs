//! The twelve categories of benefits, filled from the service types of a 271.
//!
//! Serves B-01 to B-12 of the portal map: the tab Benefits.

use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::limits::network_words;
use super::words::{code_words, element, money, name};
use crate::txn::eligibility::response::{Answer, Benefit, Delivery};
use crate::wire::Code;

/// Categories in the order they are shown, each with its service types.
pub const CATEGORIES: [(&str, &[&str]); 12] = [
    ("Chiropractic Services", &["33", "34"]),
    ("Durable Medical Equipment", &["DM", "12", "18", "11", "75"]),
    ("Emergency Services", &["86", "51", "52"]),
    ("Imaging - Outpatient", &["4", "62", "73", "CK", "CM", "CN"]),
    ("Inpatient Hospital Care and Surgery", &["48", "47", "2", "49", "99", "CC", "CD", "7"]),
    (
        "Mental Health and Substance Abuse",
        &[
            "MH", "A4", "A6", "A7", "A8", "AI", "AJ", "AK", "BB", "CE", "CF", "CG", "CH", "CI",
            "CJ", "RT",
        ],
    ),
    ("Outpatient Services", &["50", "13", "53", "A0", "5", "78"]),
    ("Prescription Drugs", &["88", "89", "90", "91", "92", "B2", "B3", "BW", "BX", "GF", "GN"]),
    ("Rehabilitative - Outpatient", &["A9", "AC", "AD", "AE", "AF", "PT", "BG", "BF"]),
    (
        "Routine Medical Services",
        &["98", "1", "81", "68", "80", "BY", "BZ", "96", "AN", "69", "67"],
    ),
    ("Transport", &["56", "57", "58", "59"]),
    ("Urgent Care Center", &["UC"]),
];

/// How a remark begins that names the tier of its line.
const TIER: &str = "TIER ";

/// What is said of one service type in one network.
#[derive(Serialize, ToSchema, Clone, Debug, PartialEq, Eq, Default)]
pub struct BenefitRow {
    /// The plan, where the answer is about several; else empty.
    pub plan: String,
    /// The category; none for a service type that is in no category.
    pub category: Option<&'static str>,
    /// EB03.
    pub code: String,
    /// EB03 in words.
    pub service: String,
    /// `in network`, `out of network`, or both.
    pub network: &'static str,
    /// `yes`, `no`, or what the 271 calls it.
    pub covered: Option<String>,
    /// Copayments, with what each is for.
    pub copay: Vec<String>,
    /// Shares of the cost.
    pub coinsurance: Vec<String>,
    /// Deductibles of this service, and what remains of them.
    pub deductible: Vec<String>,
    /// Limits of visits, days or money, and what remains of them.
    pub limits: Vec<String>,
    /// `required` or `not required`.
    pub authorization: Option<&'static str>,
    /// `required` where the primary care provider must refer the member.
    pub referral: Option<&'static str>,
    /// The tier of the network, or of a list of drugs; none where there are no tiers.
    pub tier: Option<String>,
    /// Whom to ask, with telephone numbers and addresses.
    pub contact: Vec<String>,
    /// Remarks, MSG.
    pub notes: Vec<String>,
}

/// What the answer says of each service type, by category; the plan as a whole (30) is not among them.
pub(super) fn benefit_rows(answer: &Answer) -> Vec<BenefitRow> {
    let mut rows: Vec<(usize, Code, BenefitRow)> = Vec::new();
    for benefit in answer.benefits.iter() {
        if matches!(benefit.kind.as_str(), "L" | "P" | "R") {
            continue;
        }
        let tier = benefit.messages.iter().find_map(|message| message.strip_prefix(TIER));
        for service in benefit.service_types.iter().filter(|s| **s != "30") {
            let place = rows
                .iter()
                .position(|(_, network, row)| {
                    row.code == service.as_str()
                        && *row.plan == *benefit.plan
                        && same_network(*network, benefit)
                        && row.tier.as_deref() == tier
                })
                .unwrap_or_else(|| {
                    let order = category(*service);
                    rows.push((order, benefit.network, begin(*service, benefit, order, tier)));
                    rows.len() - 1
                });
            add(&mut rows[place].2, benefit);
        }
    }
    let mut rows = merge_status(rows);
    rows.sort_by_key(|(order, _, _)| *order);
    rows.into_iter().map(|(_, _, row)| row).collect()
}

/// A line that only says "covered" goes into the lines that say more of the same service.
fn merge_status(rows: Vec<(usize, Code, BenefitRow)>) -> Vec<(usize, Code, BenefitRow)> {
    // What is said of one network alone is no status of the other.
    let general = |network: &Code| network.is_empty() || *network == "U" || *network == "W";
    let (bare, mut full): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(_, network, row)| general(network) && is_bare(row));
    for (order, network, row) in bare {
        let mut merged = false;
        for (_, _, other) in
            full.iter_mut().filter(|(_, _, other)| other.code == row.code && other.plan == row.plan)
        {
            other.covered = other.covered.take().or_else(|| row.covered.clone());
            merged = true;
        }
        if !merged {
            full.push((order, network, row));
        }
    }
    full
}

fn is_bare(row: &BenefitRow) -> bool {
    row.copay.is_empty()
        && row.coinsurance.is_empty()
        && row.deductible.is_empty()
        && row.limits.is_empty()
        && row.contact.is_empty()
        && row.notes.is_empty()
        && row.authorization.is_none()
        && row.referral.is_none()
}

fn same_network(network: Code, benefit: &Benefit) -> bool {
    let plain = |code: Code| if code == "U" { Code::NONE } else { code };
    plain(network) == plain(benefit.network)
}

fn category(service: Code) -> usize {
    CATEGORIES
        .iter()
        .position(|(_, codes)| codes.iter().any(|code| service == *code))
        .unwrap_or(CATEGORIES.len())
}

fn begin(service: Code, benefit: &Benefit, order: usize, tier: Option<&str>) -> BenefitRow {
    BenefitRow {
        plan: benefit.plan.to_string(),
        category: CATEGORIES.get(order).map(|(name, _)| *name),
        code: service.to_string(),
        service: code_words(element::SERVICE_TYPE, service),
        network: network_words(benefit.network),
        tier: tier.map(str::to_owned),
        ..BenefitRow::default()
    }
}

fn add(row: &mut BenefitRow, benefit: &Benefit) {
    let per = |text: String| {
        let text = match benefit.period.is_empty() {
            true => text,
            false => format!("{text} per {}", code_words(element::PERIOD, benefit.period)),
        };
        match benefit.quantity.filter(|_| benefit.unit == "DY") {
            Some(days) => format!("{text} for a supply of {} days", days.normalize()),
            None => text,
        }
    };
    let amount = benefit.amount.map(money);
    match benefit.kind.as_str() {
        "1" | "2" | "3" | "4" => row.covered = Some("yes".to_owned()),
        "I" | "E" => row.covered = Some("no".to_owned()),
        "A" => {
            let share = benefit.share.map(|s| percent(s * Decimal::ONE_HUNDRED));
            row.coinsurance.extend(share.map(per));
        }
        "B" => row.copay.extend(amount.map(per)),
        "C" if benefit.period == "29" => {
            row.deductible.extend(amount.map(|text| format!("{text} remaining")));
        }
        "C" => row.deductible.extend(amount),
        "F" => row.limits.push(limit(benefit)),
        "U" => row.contact.extend(benefit.entities.iter().map(|entity| {
            let numbers =
                entity.contacts.iter().flat_map(|c| &c.numbers).map(|(_, n)| n.to_string());
            let mut parts = vec![name(&entity.name)];
            parts.extend(numbers);
            parts.join(" ")
        })),
        "MC" => row.referral = Some("required"),
        "V" => row.covered = Some("unknown".to_owned()),
        _ => row.covered = row.covered.take().or(Some(code_words(element::BENEFIT, benefit.kind))),
    }
    row.authorization = match benefit.authorization.as_str() {
        "Y" => Some("required"),
        "N" => row.authorization.or(Some("not required")),
        _ => row.authorization,
    };
    let notes = benefit.messages.iter().filter(|message| !message.starts_with(TIER));
    row.notes.extend(notes.map(|message| message.to_string()));
}

fn limit(benefit: &Benefit) -> String {
    let mut parts = Vec::new();
    parts.extend(benefit.amount.map(money));
    if let Some(quantity) = benefit.quantity {
        let unit = code_words(element::UNIT, benefit.unit);
        parts.push(format!("{} {unit}", quantity.normalize()));
    }
    match benefit.period.as_str() {
        "" => {}
        "29" => parts.push("remaining".to_owned()),
        _ => parts.push(format!("per {}", code_words(element::PERIOD, benefit.period))),
    }
    if parts.is_empty() {
        parts.extend(benefit.deliveries.iter().map(rate));
    }
    parts.join(" ")
}

/// HSD in words: so many visits within a time.
fn rate(delivery: &Delivery) -> String {
    let mut words = String::new();
    if let Some(quantity) = delivery.quantity {
        words = format!("{} {}", quantity.normalize(), code_words(element::UNIT, delivery.unit));
    }
    let every = delivery.modulus.unwrap_or(Decimal::ONE).normalize();
    match delivery.frequency.as_str() {
        "" => {}
        code => {
            let each = match code {
                "DA" => "day",
                "WK" => "week",
                "MO" => "month",
                "YR" => "year",
                _ => "visit",
            };
            match every == Decimal::ONE {
                true => words.push_str(&format!(" each {each}")),
                false => words.push_str(&format!(" in {every} {each}s")),
            }
        }
    }
    match delivery.period.as_str() {
        "" => {}
        "29" => words.push_str(" remaining"),
        _ => words.push_str(&format!(" per {}", code_words(element::PERIOD, delivery.period))),
    }
    words
}

fn percent(share: Decimal) -> String {
    format!("{} %", share.normalize())
}

/// Services of one category that have the same terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenefitGroup {
    /// The plan, where the answer is about several; else empty.
    pub plan: String,
    /// The category; `Other` for services that are in no category.
    pub category: &'static str,
    /// The services, each with its code.
    pub services: Vec<String>,
    /// What is said of each of them.
    pub terms: BenefitTerms,
}

/// What is said of a service, with both networks side by side.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub struct BenefitTerms {
    /// What the member pays in the network, or whether it is covered there.
    pub in_network: String,
    /// The same out of the network.
    pub out_of_network: String,
    /// Limits, and what remains of them.
    pub limits: Vec<String>,
    /// `required` or `not required`; empty where nothing is said.
    pub authorization: &'static str,
    /// Remarks, and whom to ask.
    pub notes: Vec<String>,
}

/// The rows in the order of their categories, services of a category that have the same terms together.
pub fn group_benefits(rows: &[BenefitRow]) -> Vec<BenefitGroup> {
    let mut services: Vec<(&str, &'static str, &str, String, BenefitTerms)> = Vec::new();
    for row in rows {
        let plan = &*row.plan;
        let category = row.category.unwrap_or("Other");
        let place = services
            .iter()
            .position(|(named, _, code, ..)| *named == plan && *code == row.code)
            .unwrap_or_else(|| {
                let name = format!("{} ({})", row.service, row.code);
                services.push((plan, category, &row.code, name, BenefitTerms::default()));
                services.len() - 1
            });
        add_terms(&mut services[place].4, row);
    }
    // One block for each plan.
    let mut plans: Vec<&str> = Vec::new();
    for row in rows {
        if !plans.contains(&&*row.plan) {
            plans.push(&row.plan);
        }
    }
    services.sort_by_key(|(plan, ..)| plans.iter().position(|known| known == plan));
    let mut groups: Vec<BenefitGroup> = Vec::new();
    for (plan, category, _, name, terms) in services {
        let same = |group: &&mut BenefitGroup| {
            group.plan == plan && group.category == category && group.terms == terms
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.services.push(name),
            None => groups.push(BenefitGroup {
                plan: plan.to_owned(),
                category,
                services: vec![name],
                terms,
            }),
        }
    }
    groups
}

fn add_terms(terms: &mut BenefitTerms, row: &BenefitRow) {
    let mut pays: Vec<String> = row.copay.iter().chain(&row.coinsurance).cloned().collect();
    pays.extend(row.deductible.iter().map(|amount| format!("deductible {amount}")));
    let pays = match (pays.is_empty(), row.covered.as_deref()) {
        (false, _) => pays.join("; "),
        (true, Some("yes")) => "covered".to_owned(),
        (true, Some("no")) => "not covered".to_owned(),
        (true, other) => other.unwrap_or_default().to_owned(),
    };
    let pays = match &row.tier {
        Some(tier) => format!("{tier}: {pays}"),
        None => pays,
    };
    let mut put = |cell: fn(&mut BenefitTerms) -> &mut String| {
        let cell = cell(terms);
        // An amount says more than that there is coverage.
        if cell.is_empty() || cell == "covered" {
            cell.clone_from(&pays);
        } else if row.tier.is_some() {
            cell.push_str("; ");
            cell.push_str(&pays);
        }
    };
    if row.network != "out of network" {
        put(|terms| &mut terms.in_network);
    }
    if row.network != "in network" {
        put(|terms| &mut terms.out_of_network);
    }
    let contacts = row.contact.iter().map(|contact| format!("ask {contact}"));
    for note in row.notes.iter().cloned().chain(contacts) {
        if !terms.notes.contains(&note) {
            terms.notes.push(note);
        }
    }
    // One network's limit is named as such; what both share is not.
    let of_network = match row.network {
        network @ ("in network" | "out of network") => format!(" {network}"),
        _ => String::new(),
    };
    let of_tier = row.tier.as_ref().map_or(String::new(), |tier| format!(" ({tier})"));
    for limit in &row.limits {
        let limit = format!("{limit}{of_network}{of_tier}");
        if !terms.limits.contains(&limit) {
            terms.limits.push(limit);
        }
    }
    terms.authorization = row.authorization.unwrap_or(terms.authorization);
}
