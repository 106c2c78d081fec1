//! `[claims]`: how claims (837) are treated, and how they are acknowledged (277CA).

use serde::{Deserialize, Serialize};
use time::PrimitiveDateTime;

use super::ClaimRules;
use crate::txn::claim_ack::{ClaimAckOptions, Source, Status, Statuses};

/// How claims are treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimPolicy {
    /// What the gateway does with 837s.
    pub intake: Intake,
    /// The status of an accepted claim.
    pub accepted: AcceptedAs,
    /// The role in which we acknowledge.
    pub source: SourceRole,
    /// Our name in loop 2100A; empty for the receiver that the 837 names.
    pub name: String,
    /// NM108 of our id: `46`, `FI`, `PI` or `XV`.
    pub id_qualifier: String,
    /// NM109, our id.
    pub id: String,
    /// The status of errors that the table of statuses does not list.
    pub fallback: String,
    /// What the gateway does with 835s.
    pub remittances: Remittances,
    /// Who keeps what members have used of deductibles and out-of-pocket limits.
    pub accumulators: Accumulators,
    /// The state of a claim that was passed on to the core system.
    pub passed_on: String,
    /// Which claims are taken into the ledger.
    pub rules: ClaimRules,
}

/// What the gateway does with 837s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intake {
    /// They are rejected as sets that are not accepted here.
    Refuse,
    /// They are checked and acknowledged; other software that reads the files processes the claims.
    Acknowledge,
    /// They are checked, matched with members, providers and earlier claims, stored in the claim ledger and acknowledged
    /// with our numbers.
    Ledger,
}

/// What the gateway does with 835s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remittances {
    /// They are checked and acknowledged, and nothing else.
    Note,
    /// They are loaded into the claim ledger.
    Load,
}

/// Who keeps accumulators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accumulators {
    /// The claim ledger: they follow what is decided about claims.
    Ledger,
    /// Another system, whose numbers are loaded.
    Elsewhere,
}

/// The status of an accepted claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedAs {
    /// `A1:19`, it was received.
    Receipt,
    /// `A2:20`, it goes on to adjudication.
    Adjudication,
}

/// The role in which we acknowledge claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceRole {
    /// `PR`
    Payer,
    /// `AY`
    Clearinghouse,
}

impl Default for ClaimPolicy {
    fn default() -> Self {
        ClaimPolicy {
            intake: Intake::Ledger,
            accepted: AcceptedAs::Receipt,
            source: SourceRole::Payer,
            name: String::new(),
            id_qualifier: "PI".to_owned(),
            id: String::new(),
            fallback: "A7:21".to_owned(),
            remittances: Remittances::Note,
            accumulators: Accumulators::Ledger,
            passed_on: "P1:38".to_owned(),
            rules: ClaimRules::default(),
        }
    }
}

impl ClaimPolicy {
    pub(crate) fn check(&self) -> Result<(), String> {
        if Status::parse(&self.fallback).is_none() {
            return Err("claims.fallback must be a status such as A7:21 or A7:562:85".to_owned());
        }
        let waits = |status: Status| matches!(&*status.category, "P0" | "P1");
        if !Status::parse(&self.passed_on).is_some_and(waits) {
            return Err("claims.passed_on must be a status in process such as P1:38".to_owned());
        }
        if self.name.is_empty() != self.id.is_empty() {
            return Err("claims.name and claims.id must be set together or not at all".to_owned());
        }
        if !["46", "FI", "PI", "XV"].contains(&self.id_qualifier.as_str()) {
            return Err("claims.id_qualifier must be 46, FI, PI or XV".to_owned());
        }
        self.rules.check()
    }

    /// How the 277CAs of a run that begins at this time are written.
    pub fn options(&self, at: PrimitiveDateTime) -> ClaimAckOptions {
        let entity = match self.source {
            SourceRole::Payer => "PR",
            SourceRole::Clearinghouse => "AY",
        };
        let (category, code) = match self.accepted {
            AcceptedAs::Receipt => ("A1", "19"),
            AcceptedAs::Adjudication => ("A2", "20"),
        };
        let statuses = Statuses::embedded().clone();
        ClaimAckOptions {
            at,
            received: at.date(),
            entity,
            source: (!self.id.is_empty()).then(|| Source {
                name: self.name.as_str().into(),
                qualifier: self.id_qualifier.as_str().into(),
                id: self.id.as_str().into(),
            }),
            accepted: Status::new(category, code, entity),
            statuses: match Status::parse(&self.fallback) {
                Some(fallback) => statuses.with_fallback(fallback),
                None => statuses,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_clearinghouse_acknowledges_in_its_own_name() {
        let policy = ClaimPolicy {
            source: SourceRole::Clearinghouse,
            name: "HOUSE".to_owned(),
            id: "H1".to_owned(),
            ..ClaimPolicy::default()
        };
        assert_eq!(policy.check(), Ok(()));
        let options = policy.options(datetime!(2026-01-05 09:30));
        assert_eq!(options.accepted, Status::new("A1", "19", "AY"));
        assert_eq!(&*options.source.unwrap().id, "H1");
    }

    #[test]
    fn half_a_name_and_no_status_are_refused() {
        for policy in [
            ClaimPolicy { name: "X".to_owned(), ..ClaimPolicy::default() },
            ClaimPolicy { fallback: "21".to_owned(), ..ClaimPolicy::default() },
            ClaimPolicy { passed_on: "F1:65".to_owned(), ..ClaimPolicy::default() },
            ClaimPolicy { id_qualifier: "ZZ".to_owned(), ..ClaimPolicy::default() },
        ] {
            assert!(policy.check().is_err(), "{policy:?}");
        }
    }
}
