//! The severity of findings, and what an error rejects: the section `[validation]`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{Author, Code, Policy, Treatment, Unit};

/// `[validation]`: the severity of findings, by SNIP type and by code, and what an error rejects. Errors of type 1, broken
/// syntax, always reject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Validation {
    /// What an error rejects.
    pub unit: RejectUnit,
    /// Findings kept for one transaction set; 0 for the value of `[limits]`.
    pub findings_per_set_max: usize,
    /// Type 1, syntax: only `default` and `reject`.
    pub snip_1: Level,
    /// Type 2, requirements of the guide.
    pub snip_2: Level,
    /// Type 3, balancing.
    pub snip_3: Level,
    /// Type 4, situational rules.
    pub snip_4: Level,
    /// Type 5, external code sets.
    pub snip_5: Level,
    /// Type 6, product rules.
    pub snip_6: Level,
    /// Type 7, rules of one partner.
    pub snip_7: Level,
    /// Single codes (`X12-5102`), whatever is set for their SNIP type.
    pub codes: BTreeMap<String, Level>,
}

impl Validation {
    /// The level of a SNIP type, 1 to 7.
    pub fn level(&self, snip: u8) -> Level {
        match snip {
            1 => self.snip_1,
            2 => self.snip_2,
            3 => self.snip_3,
            4 => self.snip_4,
            5 => self.snip_5,
            6 => self.snip_6,
            7 => self.snip_7,
            _ => Level::Default,
        }
    }

    /// Applies these choices to a policy: those whose key `is_named`, and every code.
    pub(crate) fn choose(
        &self,
        policy: &mut Policy,
        author: Author,
        is_named: impl Fn(&str) -> bool,
    ) -> Result<(), String> {
        for snip in 1..=7 {
            let key = format!("snip_{snip}");
            if is_named(&key) {
                policy
                    .treat_snip(snip, self.level(snip).treatment(), author)
                    .map_err(|why| format!("validation.{key}: {why}"))?;
            }
        }
        for (name, level) in &self.codes {
            let code = Code::find(name)
                .ok_or_else(|| format!("validation.codes: {name} is not a finding code"))?;
            policy
                .treat_code(code, level.treatment(), author)
                .map_err(|why| format!("validation.codes.{name}: {why}"))?;
        }
        if is_named("unit") {
            policy.unit = match self.unit {
                RejectUnit::Set => Unit::Set,
                RejectUnit::Claim => Unit::Claim,
            };
        }
        if is_named("findings_per_set_max") && self.findings_per_set_max > 0 {
            policy.findings_per_set_max = self.findings_per_set_max;
        }
        Ok(())
    }
}

/// How findings of a SNIP type, or of a code, are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As the catalog has it: errors reject, warnings do not.
    #[default]
    Default,
    /// Every finding rejects; warnings become errors.
    Reject,
    /// An error becomes a warning: the set is accepted, the finding is reported.
    Warn,
    /// Not reported.
    Off,
}

impl Level {
    fn treatment(self) -> Treatment {
        match self {
            Level::Default => Treatment::AsFound,
            Level::Reject => Treatment::Reject,
            Level::Warn => Treatment::Warn,
            Level::Off => Treatment::Ignore,
        }
    }
}

/// What an error rejects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectUnit {
    /// The transaction set.
    #[default]
    Set,
    /// In an 837 the claims it belongs to; the others of the set are accepted.
    Claim,
}
