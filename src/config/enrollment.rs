//! How enrollment is loaded (`[enrollment]`): the payer's settings, which a partner's profile may override.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How enrollment (834) is loaded. Every key has a default; an unknown key is an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnrollmentPolicy {
    /// Whether 834s change members; else they are only acknowledged.
    pub load: bool,
    /// When an 834 is answered with an application advice (824).
    pub advice: AdviceSent,
    /// Members of a group who are missing in a file of all its members.
    pub missing: MissingMembers,
    /// What lines to verify do.
    pub verify: VerifyLines,
    /// What ends without a date.
    pub undated_end: UndatedEnd,
    /// Whether the end of a subscriber ends the coverage of the dependents.
    pub end_dependents: bool,
    /// Whether a dependent who is added has a member ID of their own.
    pub own_ids: bool,
    /// Digits of a subscriber number; 0 when any ID is one.
    pub subscriber_digits: u8,
    /// Percentage of members in error above which nothing of a file is loaded.
    pub errors_percent_max: u8,
    /// Plans by HD03, HD04 and group.
    pub plans: BTreeMap<String, String>,
}

/// When an 834 is answered with an 824.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdviceSent {
    /// When there is anything to name.
    Errors,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Members of a group who are missing in a file of all its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingMembers {
    /// They are named in the 824.
    Report,
    /// Their coverage ends the day before the file takes effect.
    End,
    /// Nothing is done.
    Ignore,
}

/// What lines to verify (030 in a file with BGN08 2 or 4) do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifyLines {
    /// What differs from the store is named in the 824, and nothing is changed.
    Report,
    /// They are loaded as the lines of a file that replaces (BGN08 RX).
    Load,
}

/// What an end without a date does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndatedEnd {
    /// The member is left out.
    Refuse,
    /// The day the file takes effect is the last day.
    FileDate,
}

impl Default for EnrollmentPolicy {
    fn default() -> Self {
        EnrollmentPolicy {
            load: false,
            advice: AdviceSent::Errors,
            missing: MissingMembers::Report,
            verify: VerifyLines::Report,
            undated_end: UndatedEnd::Refuse,
            end_dependents: true,
            own_ids: false,
            subscriber_digits: 9,
            errors_percent_max: 100,
            plans: BTreeMap::new(),
        }
    }
}

impl EnrollmentPolicy {
    /// Rules between several values.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.errors_percent_max > 100 {
            return Err("enrollment.errors_percent_max must be 0 to 100".to_owned());
        }
        if self.subscriber_digits > 30 {
            return Err("enrollment.subscriber_digits must be 0 to 30".to_owned());
        }
        Ok(())
    }
}
