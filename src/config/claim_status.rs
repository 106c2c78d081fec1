//! How claim status is answered (`[claim_status]`): the payer's settings, which a partner's profile may override.

use serde::{Deserialize, Serialize};

use crate::txn::claim_ack::Status;

/// How requests for the status of claims are answered. Every key has a default; an unknown key is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimStatusPolicy {
    /// Months before today for which claims are answered.
    pub window_months: u32,
    /// The day of a claim from which the months are counted.
    pub window_from: WindowFrom,
    /// The status when no claim is found.
    pub not_found: String,
    /// The status when the patient is not found.
    pub unknown_patient: String,
    /// The status when more claims are found than are returned.
    pub too_many: String,
    /// The status when there can be no answer now.
    pub unavailable: String,
    /// The status of a provider who may not inquire.
    pub provider_refused: String,
    /// The status of a provider who is not known.
    pub provider_unknown: String,
    /// Whether a provider by NPI must be known.
    pub check_provider: bool,
    /// Most requests in one set in real time.
    pub real_time_requests_max: usize,
    /// Most claims returned for one request in real time.
    pub real_time_claims_max: usize,
    /// Most claims returned for one request of a file.
    pub batch_claims_max: usize,
    /// What is answered for the number of a claim that was replaced.
    pub replaced: ReplacedClaims,
    /// When service lines are returned.
    pub lines: LineDetail,
    /// The payer's own reason codes that mean that the contract decided.
    pub contract_reasons: Vec<String>,
}

/// The day of a claim from which the months of the window are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowFrom {
    /// The last day of service.
    Service,
    /// The day it was received.
    Receipt,
}

/// What is answered for the number of a claim that was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplacedClaims {
    /// The claim that stands in its place.
    Current,
    /// The claim with that number, and the one that stands in its place.
    Both,
}

/// When service lines are returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineDetail {
    /// When the request names lines: those it names.
    Asked,
    /// Always all of them.
    Always,
    /// Never.
    Never,
}

impl Default for ClaimStatusPolicy {
    fn default() -> Self {
        ClaimStatusPolicy {
            window_months: 24,
            window_from: WindowFrom::Service,
            not_found: "D0:35".to_owned(),
            unknown_patient: "D0:97:PR".to_owned(),
            too_many: "D0:485".to_owned(),
            unavailable: "E2:689:PR".to_owned(),
            provider_refused: "E0:24:1P".to_owned(),
            provider_unknown: "E0:26:1P".to_owned(),
            check_provider: true,
            real_time_requests_max: 100,
            real_time_claims_max: 50,
            batch_claims_max: 1000,
            replaced: ReplacedClaims::Current,
            lines: LineDetail::Asked,
            contract_reasons: vec!["DCONT".to_owned()],
        }
    }
}

impl ClaimStatusPolicy {
    pub(crate) fn check(&self) -> Result<(), String> {
        // The guide allows a status at the receiver or provider to be about these alone.
        let any: &[&str] = &[];
        for (key, text, entities) in [
            ("not_found", &self.not_found, any),
            ("unknown_patient", &self.unknown_patient, any),
            ("too_many", &self.too_many, any),
            ("unavailable", &self.unavailable, &["", "41", "AY", "PR"]),
            ("provider_refused", &self.provider_refused, &["", "1P"]),
            ("provider_unknown", &self.provider_unknown, &["", "1P"]),
        ] {
            let Some(status) = Status::parse(text) else {
                return Err(format!("claim_status.{key} must be a status such as D0:35"));
            };
            if !entities.is_empty() && !entities.contains(&&*status.entity) {
                return Err(format!(
                    "claim_status.{key} may be about {} only",
                    entities[1..].join(" or ")
                ));
            }
        }
        let limits = [
            ("window_months", self.window_months as usize),
            ("real_time_requests_max", self.real_time_requests_max),
            ("real_time_claims_max", self.real_time_claims_max),
            ("batch_claims_max", self.batch_claims_max),
        ];
        match limits.into_iter().find(|(_, limit)| *limit == 0) {
            Some((key, _)) => Err(format!("claim_status.{key} must be at least 1")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_read_back_and_unknown_keys_are_refused() {
        let text = toml::to_string(&ClaimStatusPolicy::default()).unwrap();
        let again = toml::from_str::<ClaimStatusPolicy>(&text).unwrap();
        assert_eq!(again, ClaimStatusPolicy::default());
        assert_eq!(again.check(), Ok(()));
        assert!(toml::from_str::<ClaimStatusPolicy>("window_years = 2").is_err());
    }

    #[test]
    fn what_no_answer_could_contain_is_refused() {
        let policy = ClaimStatusPolicy::default;
        for (bad, named) in [
            (ClaimStatusPolicy { not_found: "35".to_owned(), ..policy() }, "not_found"),
            (ClaimStatusPolicy { unavailable: "E1:0:85".to_owned(), ..policy() }, "unavailable"),
            (
                ClaimStatusPolicy { provider_refused: "E0:24:41".to_owned(), ..policy() },
                "provider_refused",
            ),
            (ClaimStatusPolicy { batch_claims_max: 0, ..policy() }, "batch_claims_max"),
        ] {
            let why = bad.check().unwrap_err();
            assert!(why.contains(named), "{why}");
        }
    }
}
