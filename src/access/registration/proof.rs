//! What proves who registers: a tax id, the last four digits of a social security number, or two recent claims.
//!
//! Everything that was given is compared with everything it could be, whatever agrees, so that neither the answer nor the time tells
//! which part was wrong.

use ring::hmac;
use ring::rand::SystemRandom;
use rust_decimal::Decimal;
use time::{Date, Duration};

use crate::access::SecretError;
use crate::access::administration::Result;
use crate::phi::redacted;
use crate::store::{
    ClaimKey, ClaimScope, ClaimVersion, Provider, SsnLastFour, Stores, normalise_id,
};

/// What is given to prove who registers.
#[derive(Clone)]
pub enum Proof {
    /// The provider's tax id, or that of the group.
    Tin(Box<str>),
    /// The last four digits of the provider's social security number.
    SsnLastFour(SsnLastFour),
    /// Two claims that the provider sent not long ago.
    Claims(Box<[ClaimFacts; 2]>),
}

redacted!(Proof {});

impl Proof {
    /// The kind, as the audit trail names it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Proof::Tin(_) => "tax id",
            Proof::SsnLastFour(_) => "last four of the social security number",
            Proof::Claims(_) => "two claims",
        }
    }
}

/// What the provider knows of a claim.
#[derive(Clone)]
pub struct ClaimFacts {
    /// The payer's number of it.
    pub number: Box<str>,
    /// Member id of the patient.
    pub member: Box<str>,
    /// First day of service.
    pub from: Date,
    /// Total charge.
    pub charge: Decimal,
}

redacted!(ClaimFacts {});

/// Compares texts so that the time does not tell how much of them agrees, or how long they are.
struct Comparer(hmac::Key);

impl Comparer {
    fn new() -> Result<Comparer> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        let failed = |_| SecretError::Hashing { why: "no random numbers".to_owned() };
        Ok(Comparer(key.map_err(failed)?))
    }

    fn agree(&self, given: &str, known: &str) -> bool {
        let given = hmac::sign(&self.0, given.as_bytes());
        hmac::verify(&self.0, known.as_bytes(), given.as_ref()).is_ok()
    }
}

/// True when the proof is right for these providers: one alone, or all that a group has. `first_day` is the first day on which a
/// claim is recent.
pub(super) async fn is_right(
    proof: &Proof,
    providers: &[Provider],
    first_day: Date,
    stores: &Stores,
) -> Result<bool> {
    let comparer = Comparer::new()?;
    match proof {
        Proof::Tin(given) => {
            let given: String = given.chars().filter(char::is_ascii_digit).collect();
            let agree = |known: &Provider| {
                comparer.agree(&given, known.tin.as_deref().unwrap_or("-")) & !given.is_empty()
            };
            Ok(providers.iter().map(agree).fold(!providers.is_empty(), |all, one| all & one))
        }
        Proof::SsnLastFour(given) => {
            let agree = |known: &Provider| {
                let known = known.ssn_last_four.as_ref().map_or("-", SsnLastFour::as_str);
                comparer.agree(given.as_str(), known)
            };
            Ok(providers.iter().map(agree).fold(providers.len() == 1, |all, one| all & one))
        }
        Proof::Claims(given) => {
            let key = |claim: &ClaimFacts| ClaimKey::Number(claim.number.trim().into());
            let keys = [key(&given[0]), key(&given[1])];
            let scope = ClaimScope { limit: 1, ..ClaimScope::default() };
            let found = stores.claims.find(&keys, scope).await?;
            let mut right = keys[0] != keys[1];
            for (facts, found) in given.iter().zip(&found) {
                right &= comparer.claim(facts, found.first(), providers, first_day);
            }
            Ok(right)
        }
    }
}

impl Comparer {
    /// True when the claim is as it was said, and one of the providers sent it not long ago.
    fn claim(
        &self,
        facts: &ClaimFacts,
        known: Option<&ClaimVersion>,
        providers: &[Provider],
        first_day: Date,
    ) -> bool {
        let member = bare(&facts.member);
        let sent = known.map_or(String::new(), |claim| bare(&claim.patient.member_id));
        let owner = known.and_then(|claim| claim.member.as_ref());
        let on_file = owner
            .map_or(String::new(), |owner| bare(&[&*owner.subscriber, &*owner.suffix].concat()));
        let day = known.map_or(Date::MIN, |claim| claim.from);
        let charge = known.map_or(Decimal::MIN, |claim| claim.charge);
        let is_member = self.agree(&member, &sent) | self.agree(&member, &on_file);
        let is_day = self.agree(&facts.from.to_string(), &day.to_string());
        let charged = |amount: Decimal| format!("{:.2}", amount.round_dp(2));
        let is_charge = self.agree(&charged(facts.charge), &charged(charge));
        let mut is_theirs = false;
        for provider in providers {
            for role in [0, 1, 2] {
                let npi = known.map_or("", |claim| match role {
                    0 => &*claim.billing.npi,
                    1 => &*claim.payee.npi,
                    _ => &*claim.rendering.npi,
                });
                is_theirs |= self.agree(&provider.npi, npi);
            }
        }
        let is_recent = known.is_some_and(|claim| claim.received >= first_day);
        is_member & is_day & is_charge & is_theirs & is_recent & !member.is_empty()
    }
}

/// A member id without the letters in front, which people leave out.
fn bare(id: &str) -> String {
    normalise_id(id).trim_start_matches(|c: char| c.is_ascii_alphabetic()).to_owned()
}

/// The first day on which a claim is recent.
pub(super) fn first_day(today: Date, days: u16) -> Date {
    today.checked_sub(Duration::days(days.into())).unwrap_or(Date::MIN)
}
