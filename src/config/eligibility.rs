//! How eligibility is answered (`[eligibility]`): the payer's settings, which a partner's profile may override.

use serde::{Deserialize, Serialize};

/// How eligibility is answered. Every key has a default; an unknown key is an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EligibilityPolicy {
    /// Who we are.
    pub payer: PayerPolicy,
    /// Which data are enough to search for a member.
    pub search: SearchPolicy,
    /// What a member id looks like.
    pub ids: IdPolicy,
    /// Which dates of service are answered.
    pub dates: DatePolicy,
    /// How names are compared.
    pub name_match: NameMatch,
    /// What is answered for a service type that a plan says nothing about.
    pub unsupported_service_type: UnsupportedServiceType,
    /// How the plan's disclaimer is returned.
    pub disclaimer: DisclaimerForm,
    /// NM101 of the physician group a primary care provider belongs to: `I3`, or `GW`.
    pub provider_unit_entity: String,
    /// Most patients in one set in real time; a set with more is answered AAA 04.
    pub real_time_patients_max: usize,
    /// Most patients in one set of a batch; a set with more is answered AAA 04.
    pub batch_patients_max: usize,
    /// Service types answered only when asked for by their own code, never for `30`. The payer's own list
    /// applies to every partner.
    pub sensitive_service_types: Vec<String>,
    /// An inquiry that names another group than the member's is answered AAA 78.
    pub check_group: bool,
    /// A date of service outside the asking provider's enrollment is answered AAA 52.
    pub check_enrollment: bool,
    /// The member's address is returned.
    pub return_address: bool,
    /// Ten characters that identify who assigned our own trace numbers (TRN03); empty for no trace of our own.
    pub trace_originator: String,
}

impl Default for EligibilityPolicy {
    fn default() -> Self {
        EligibilityPolicy {
            payer: PayerPolicy::default(),
            search: SearchPolicy::default(),
            ids: IdPolicy::default(),
            dates: DatePolicy::default(),
            name_match: NameMatch::CoreNormalised,
            unsupported_service_type: UnsupportedServiceType::As30,
            disclaimer: DisclaimerForm::EbP,
            provider_unit_entity: "I3".to_owned(),
            real_time_patients_max: 1,
            batch_patients_max: 99,
            sensitive_service_types: Vec::new(),
            check_group: true,
            check_enrollment: true,
            return_address: true,
            trace_originator: String::new(),
        }
    }
}

/// Who we are, in loop 2100A.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PayerPolicy {
    /// NM103.
    pub name: String,
    /// NM108: `PI`, or `XV`.
    pub id_qualifier: String,
    /// NM109.
    pub id: String,
    /// Other ids by which we may be named, whatever their qualifier.
    pub aliases: Vec<String>,
    /// Contacts, PER; at most three.
    pub contacts: Vec<ContactPolicy>,
}

impl Default for PayerPolicy {
    fn default() -> Self {
        PayerPolicy {
            name: "SAMPLE HEALTH PLAN".to_owned(),
            id_qualifier: "PI".to_owned(),
            id: "99999".to_owned(),
            aliases: Vec::new(),
            contacts: Vec::new(),
        }
    }
}

/// One PER: a contact with up to three ways to reach it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContactPolicy {
    /// PER02.
    pub name: String,
    /// Ten digits.
    pub telephone: String,
    /// Extension of the telephone.
    pub extension: String,
    /// Fax, ten digits.
    pub fax: String,
    /// Email address.
    pub email: String,
    /// Web address, without its scheme where that holds a separator.
    pub url: String,
}

/// Which data are enough to search for a member. The searches every payer must support (id with name and birth date,
/// id with name, id with last name and birth date, and those of a dependent) are always on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchPolicy {
    /// The member id alone, as the portal's first search box takes it.
    pub id_alone: bool,
    /// Last name, first name and birth date, without an id.
    pub name_and_birth: bool,
    /// REF*SY, social security number, with the birth date or the name.
    pub social_security: bool,
    /// REF*HJ, identity card number.
    pub card: bool,
    /// Further REF01 qualifiers by which the store can find a member.
    pub other_references: Vec<String>,
}

impl Default for SearchPolicy {
    fn default() -> Self {
        SearchPolicy {
            id_alone: true,
            name_and_birth: true,
            social_security: false,
            card: true,
            other_references: Vec::new(),
        }
    }
}

/// What a member id looks like. Prefix and suffix are resolved by the store; these settings say what cannot be
/// an id at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdPolicy {
    /// Characters left out before an id is looked up.
    pub strip: String,
    /// Fewest characters of an id; a suffix alone is not one.
    pub chars_min: usize,
    /// Most characters of an id.
    pub chars_max: usize,
}

impl Default for IdPolicy {
    fn default() -> Self {
        IdPolicy { strip: " -".to_owned(), chars_min: 3, chars_max: 20 }
    }
}

/// Which dates of service are answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatePolicy {
    /// Months back from today; never fewer than the 12 that the operating rules require.
    pub past_months: u32,
    /// Days ahead of today; without it, to the end of this month. The end of this month is always answered.
    pub future_days: Option<u32>,
    /// Longest span of days a request may name.
    pub range_days_max: u32,
}

impl Default for DatePolicy {
    fn default() -> Self {
        DatePolicy { past_months: 24, future_days: None, range_days_max: 31 }
    }
}

/// How names are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameMatch {
    /// Letter by letter, upper-cased.
    Strict,
    /// As CORE rule 258 says: without suffixes, titles, blanks and punctuation.
    CoreNormalised,
    /// Not at all when the id is known.
    IdOnly,
}

/// What is answered for a service type that a plan says nothing about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnsupportedServiceType {
    /// The answer to `30`.
    #[serde(rename = "as_30")]
    As30,
    /// EB*V, cannot process.
    EbV,
}

/// How the plan's disclaimer is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisclaimerForm {
    /// EB*P with its text in MSG, once.
    EbP,
    /// MSG under the first benefit.
    Msg,
    /// Not at all.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_read_back_and_unknown_keys_are_refused() {
        let text = toml::to_string(&EligibilityPolicy::default()).unwrap();
        assert_eq!(
            toml::from_str::<EligibilityPolicy>(&text).unwrap(),
            EligibilityPolicy::default()
        );
        assert!(toml::from_str::<EligibilityPolicy>("[search]\nfuzzy = true").is_err());
    }
}
