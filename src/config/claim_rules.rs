//! `[claims.rules]`: which claims are taken into the ledger, and what is said of those that are not.

use serde::{Deserialize, Serialize};

use crate::txn::claim_ack::Status;

/// Placeholders of the form of a claim number.
const PLACEHOLDERS: [&str; 6] = ["{yyyy}", "{yy}", "{mm}", "{dd}", "{ddd}", "{sequence}"];

/// Digits of the running number in a claim number.
pub const SEQUENCE_DIGITS: usize = 8;

/// Which claims are taken in, and what is said of the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimRules {
    /// The form of our claim numbers.
    pub number: String,
    /// A claim for a member who is not known.
    pub unknown_member: Treatment,
    /// A claim for a member whose name or birth date differs from the one on file.
    pub member_differs: Treatment,
    /// A claim for a day on which the member had no coverage.
    pub not_covered: Treatment,
    /// The days of an institutional claim on which the member must be covered.
    pub institutional_coverage: CoverageDays,
    /// A claim for a service that is yet to come.
    pub future_service: Treatment,
    /// Requests for a price before the service (CLM19 `PB`).
    pub predeterminations: Predeterminations,
    /// A claim of a billing provider who is not known.
    pub unknown_provider: Treatment,
    /// A claim for a day outside the billing provider's enrollment.
    pub outside_enrollment: Treatment,
    /// A claim that names another payer.
    pub other_payer: Treatment,
    /// A claim for the same services as another.
    pub duplicate: Treatment,
    /// A claim that comes after the filing limit.
    pub late: Treatment,
    /// Days in which a claim must be filed; 0 for no limit.
    pub filing_days: u32,
    /// The day they count from.
    pub filing_from: FilingDay,
    /// Frequencies (CLM05-3) of professional claims that are taken.
    pub professional_frequencies: Vec<String>,
    /// Those of institutional claims.
    pub institutional_frequencies: Vec<String>,
    /// Those of dental claims.
    pub dental_frequencies: Vec<String>,
    /// Claims that are not decided yet may be replaced and voided.
    pub correct_pending: bool,
    /// Claims that were denied may be replaced and voided.
    pub correct_denied: bool,
    /// Days in which a claim may be replaced or voided; 0 for no limit.
    pub correction_days: u32,
    /// The day they count from.
    pub correction_from: CorrectionDay,
    /// A void must be charged exactly as what it voids.
    pub void_total: Treatment,
    /// A replacement that changes nothing of the services.
    pub equal_replacement: EqualReplacement,
    /// What is said of a claim that is refused.
    pub statuses: RefusalStatuses,
}

/// What is done with a claim that does not follow a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// It is taken in as if it did.
    Accept,
    /// It is taken in, to be looked at by people before it is decided.
    Pend,
    /// It is refused in the 277CA.
    Reject,
}

/// What is done with a replacement that is equal to what it replaces: a dispute rather than a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EqualReplacement {
    /// It is taken in.
    Accept,
    /// It is taken in, and the log names its number.
    Warn,
    /// It is refused.
    Reject,
}

/// The days of an institutional claim on which the member must be covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverageDays {
    /// Every day of the statement, from the admission to the discharge.
    EveryDay,
    /// The first day alone: the plan that covers the admission covers the stay.
    FirstDay,
}

/// What is done with requests for a price before the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predeterminations {
    /// They are taken in as what they are: priced, and never paid.
    Accept,
    /// They are refused in the 277CA.
    Reject,
}

/// The day the filing limit counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingDay {
    /// The first day of service.
    FirstService,
    /// The last day of service, the discharge of an inpatient.
    LastService,
}

/// The day the limit of corrections counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionDay {
    /// The remittance of the first version.
    FirstRemittance,
    /// The remittance of the version that is corrected.
    LastRemittance,
    /// The last day of service.
    LastService,
}

/// The status for each reason to refuse a claim, as category, code and, where its text needs one, entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefusalStatuses {
    /// The claim could not be read.
    pub unreadable: String,
    /// Another payer is named.
    pub other_payer: String,
    /// The billing provider is not known, or not enrolled.
    pub unknown_provider: String,
    /// The member id cannot be one.
    pub member_id: String,
    /// The subscriber is not known.
    pub unknown_member: String,
    /// The patient is not known in the subscriber's family.
    pub unknown_patient: String,
    /// The name differs from the one on file.
    pub name_differs: String,
    /// The birth date differs from the one on file.
    pub birth_differs: String,
    /// No coverage on a day of service.
    pub not_covered: String,
    /// A date of service in the future.
    pub future_service: String,
    /// A statement of an institution that ends in the future.
    pub future_statement: String,
    /// A predetermination where none are taken.
    pub predetermination: String,
    /// The same services as a claim that was decided.
    pub duplicate: String,
    /// The same services as a claim that is in process.
    pub duplicate_in_process: String,
    /// Filed too late.
    pub late: String,
    /// The frequency is not taken.
    pub frequency: String,
    /// A replacement or void without the number of the claim.
    pub number_missing: String,
    /// The claim that is replaced or voided is not known, or another patient's or provider's.
    pub unknown_number: String,
    /// It was replaced already.
    pub superseded: String,
    /// It was voided already.
    pub voided: String,
    /// It is not decided yet.
    pub pending: String,
    /// It was denied.
    pub denied: String,
    /// It may not be corrected any more.
    pub correction_late: String,
    /// A void of another charge.
    pub void_total: String,
    /// A replacement that changes nothing.
    pub equal_replacement: String,
    /// The store could not be reached; in real time only.
    pub unavailable: String,
}

impl Default for ClaimRules {
    fn default() -> Self {
        let frequencies = |list: &[&str]| list.iter().map(|code| (*code).to_owned()).collect();
        ClaimRules {
            number: "{yyyy}{ddd}{sequence}".to_owned(),
            unknown_member: Treatment::Reject,
            member_differs: Treatment::Reject,
            not_covered: Treatment::Reject,
            institutional_coverage: CoverageDays::EveryDay,
            future_service: Treatment::Reject,
            predeterminations: Predeterminations::Accept,
            unknown_provider: Treatment::Reject,
            outside_enrollment: Treatment::Accept,
            other_payer: Treatment::Reject,
            duplicate: Treatment::Reject,
            late: Treatment::Reject,
            filing_days: 365,
            filing_from: FilingDay::LastService,
            professional_frequencies: frequencies(&["1", "7", "8"]),
            institutional_frequencies: frequencies(&["0", "1", "2", "3", "4", "5", "7", "8"]),
            dental_frequencies: frequencies(&["1", "7", "8"]),
            correct_pending: true,
            correct_denied: true,
            correction_days: 365,
            correction_from: CorrectionDay::FirstRemittance,
            void_total: Treatment::Reject,
            equal_replacement: EqualReplacement::Warn,
            statuses: RefusalStatuses::default(),
        }
    }
}

impl Default for RefusalStatuses {
    fn default() -> Self {
        RefusalStatuses {
            unreadable: "A7:21".to_owned(),
            other_payer: "A3:116".to_owned(),
            unknown_provider: "A3:24:85".to_owned(),
            member_id: "A7:164:IL".to_owned(),
            unknown_member: "A3:33:IL".to_owned(),
            unknown_patient: "A3:97:PR".to_owned(),
            name_differs: "A7:125:QC".to_owned(),
            birth_differs: "A7:158:QC".to_owned(),
            not_covered: "A3:88:QC".to_owned(),
            future_service: "A7:187".to_owned(),
            future_statement: "A7:188".to_owned(),
            predetermination: "A7:541".to_owned(),
            duplicate: "A3:54".to_owned(),
            duplicate_in_process: "A3:54".to_owned(),
            late: "A3:718".to_owned(),
            frequency: "A7:535".to_owned(),
            number_missing: "A6:464".to_owned(),
            unknown_number: "A7:464".to_owned(),
            superseded: "A7:495".to_owned(),
            voided: "A7:464".to_owned(),
            pending: "A3:78".to_owned(),
            denied: "A7:535".to_owned(),
            correction_late: "A3:718".to_owned(),
            void_total: "A7:178".to_owned(),
            equal_replacement: "A3:54".to_owned(),
            unavailable: "E2:0".to_owned(),
        }
    }
}

impl RefusalStatuses {
    /// Every one with its key.
    pub fn all(&self) -> [(&'static str, &str); 26] {
        [
            ("unreadable", &self.unreadable),
            ("other_payer", &self.other_payer),
            ("unknown_provider", &self.unknown_provider),
            ("member_id", &self.member_id),
            ("unknown_member", &self.unknown_member),
            ("unknown_patient", &self.unknown_patient),
            ("name_differs", &self.name_differs),
            ("birth_differs", &self.birth_differs),
            ("not_covered", &self.not_covered),
            ("future_service", &self.future_service),
            ("future_statement", &self.future_statement),
            ("predetermination", &self.predetermination),
            ("duplicate", &self.duplicate),
            ("duplicate_in_process", &self.duplicate_in_process),
            ("late", &self.late),
            ("frequency", &self.frequency),
            ("number_missing", &self.number_missing),
            ("unknown_number", &self.unknown_number),
            ("superseded", &self.superseded),
            ("voided", &self.voided),
            ("pending", &self.pending),
            ("denied", &self.denied),
            ("correction_late", &self.correction_late),
            ("void_total", &self.void_total),
            ("equal_replacement", &self.equal_replacement),
            ("unavailable", &self.unavailable),
        ]
    }
}

impl ClaimRules {
    pub(super) fn check(&self) -> Result<(), String> {
        for (key, text) in self.statuses.all() {
            let refuses = |status: Status| {
                matches!(&*status.category, "A3" | "A6" | "A7" | "A8" | "E1" | "E2" | "E4")
            };
            if !Status::parse(text).is_some_and(refuses) {
                let wanted = "a status that refuses, such as A7:21 or A3:24:85";
                return Err(format!("claims.rules.statuses.{key} must be {wanted}"));
            }
        }
        let mut rest = self.number.clone();
        for placeholder in PLACEHOLDERS {
            rest = rest.replace(placeholder, "");
        }
        let is_plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let is_unique = self.number.matches("{sequence}").count() == 1;
        if !is_plain || !is_unique || self.number.len() > 40 {
            return Err("claims.rules.number must contain {sequence} once, and beside it only {yyyy}, {yy}, {mm}, {dd}, \
                        {ddd}, letters, digits and hyphens"
                .to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound() {
        assert_eq!(ClaimRules::default().check(), Ok(()));
    }

    #[test]
    fn a_form_without_a_running_number_and_a_status_that_does_not_refuse_are_errors() {
        for number in ["{yyyy}", "{sequence}{sequence}", "{sequence}*", "{hour}{sequence}"] {
            let rules = ClaimRules { number: number.to_owned(), ..ClaimRules::default() };
            assert!(rules.check().is_err(), "{number}");
        }
        for status in ["A1:19", "54", "", "A3:54:85:1"] {
            let statuses =
                RefusalStatuses { duplicate: status.to_owned(), ..RefusalStatuses::default() };
            let rules = ClaimRules { statuses, ..ClaimRules::default() };
            let why = rules.check().unwrap_err();
            assert!(why.contains("claims.rules.statuses.duplicate"), "{why}");
        }
    }
}
