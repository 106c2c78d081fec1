//! What makes two claims the same service, as one number.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use time::Date;

use crate::store::Owner;
use crate::txn::claim::Claim;

/// A hash of the member (or, where there is none, the patient as sent), the days of service, the billing provider, place and
/// kind of the claim, its charge and its lines with their modifiers. CLM01 and the frequency are no part of it. A
/// predetermination has no days but those it names, and never the key of a claim.
pub(super) fn service_key(claim: &Claim, member: Option<&Owner>, days: (Date, Date)) -> u64 {
    let is_predetermination = claim.is_predetermination();
    let days = match is_predetermination {
        true => claim.service_dates(),
        false => Some(days),
    };
    let mut text = String::with_capacity(256);
    let mut part = |value: &str| {
        text.push_str(value);
        text.push('\u{1f}');
    };
    match member {
        Some(owner) => {
            part(&owner.subscriber);
            part(&owner.suffix);
        }
        None => {
            let patient = claim.treated();
            part(&claim.subscriber.person.name.id);
            part(&patient.name.last);
            part(&patient.name.first);
        }
    }
    let billing = &claim.provider.name;
    part(if billing.id.is_empty() { claim.provider.tax_id() } else { &billing.id });
    part(&claim.facility);
    part(claim.facility_qualifier.as_str());
    let mut lines: Vec<String> = claim
        .lines
        .iter()
        .map(|line| {
            let mut text = String::with_capacity(48);
            if let Some(procedure) = &line.procedure {
                let _ = write!(text, "{}:{}", procedure.qualifier, procedure.code);
                procedure.modifiers.iter().for_each(|modifier| {
                    let _ = write!(text, ":{modifier}");
                });
            }
            let _ = write!(text, "|{}|{}", line.revenue, line.charge.normalize());
            if let Some((from, to)) = line.service_dates().or(days) {
                let _ = write!(text, "|{from}|{to}");
            }
            if let Some(units) = line.units {
                let _ = write!(text, "|{}", units.normalize());
            }
            text.push_str(&tooth(line));
            text
        })
        .collect();
    // The order of the lines says nothing.
    lines.sort_unstable();
    lines.iter().for_each(|line| part(line));
    match days {
        Some((first, last)) => _ = write!(text, "{first}|{last}|"),
        None => text.push_str("||"),
    }
    let _ = write!(text, "{}", claim.charge.normalize());
    if is_predetermination {
        text.push_str("|predetermination");
    }
    let hash = Sha256::digest(text.as_bytes());
    hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// The teeth of a dental line, and where in the mouth: the same filling of another tooth is another service.
fn tooth(line: &crate::txn::claim::Line) -> String {
    let tag = crate::wire::Tag::new(b"TOO");
    let mut text = String::new();
    for kept in line.rest.iter().filter(|kept| kept.tag() == tag) {
        let _ = write!(text, "|{}", kept.part(2, 1));
        (1..=5).for_each(|surface| text.push_str(kept.part(3, surface)));
    }
    if !line.revenue.is_empty() || line.service.tag() != crate::wire::Tag::new(b"SV3") {
        return text;
    }
    (1..=5).for_each(|area| text.push_str(line.service.part(4, area)));
    text
}
