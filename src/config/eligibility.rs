//! How eligibility is answered (`[eligibility]`): the payer's settings, which a partner's profile may override.

use serde::{Deserialize, Serialize};

use crate::wire::Code;

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
    /// In what else a name that was sent may differ from the one on file, as long as only one person fits.
    pub name_tolerance: Vec<NameTolerance>,
    /// What is answered for a service type that a plan says nothing about.
    pub unsupported_service_type: UnsupportedServiceType,
    /// What it means that no accumulator is on file for a limit.
    pub absent_accumulator: AbsentAccumulator,
    /// Service types of procedure codes, for inquiries that name a procedure; the first that fits counts.
    pub procedure_services: Vec<ProcedureServices>,
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
    /// Which identifiers are returned with a person, where they are on file.
    pub return_references: Vec<ReturnedReference>,
    /// For how many months after its end another carrier's coverage is still returned.
    pub ended_carriers_months: u32,
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
            name_tolerance: vec![
                NameTolerance::Initial,
                NameTolerance::Split,
                NameTolerance::Title,
            ],
            unsupported_service_type: UnsupportedServiceType::As30,
            absent_accumulator: AbsentAccumulator::NothingUsed,
            procedure_services: procedure_services(),
            disclaimer: DisclaimerForm::EbP,
            provider_unit_entity: "I3".to_owned(),
            real_time_patients_max: 1,
            batch_patients_max: 99,
            sensitive_service_types: Vec::new(),
            check_group: true,
            check_enrollment: true,
            return_address: true,
            return_references: vec![
                ReturnedReference::Plan,
                ReturnedReference::Medicaid,
                ReturnedReference::Medicare,
            ],
            ended_carriers_months: 12,
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
    /// Days ahead of today; without it, to the end of this month and at least tomorrow. The end of this month is always answered.
    pub future_days: Option<u32>,
    /// Longest span of days a request may name.
    pub range_days_max: u32,
}

impl Default for DatePolicy {
    fn default() -> Self {
        DatePolicy { past_months: 24, future_days: None, range_days_max: 366 }
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

/// In what a name that was sent may differ from the one on file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameTolerance {
    /// A middle initial behind the first name: `MARY A` for MARY, unless the middle name on file begins otherwise.
    Initial,
    /// Two first names in one element or in two: `MARY` and `ANN` for MARY ANN, and the other way round.
    Split,
    /// A title in front: `DR DOE`.
    Title,
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

/// An identifier that an answer returns, by its REF01. The employer group (6P) and a dependent's suffix (49) always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReturnedReference {
    /// The plan's id.
    #[serde(rename = "18")]
    Plan,
    /// The group or policy number: the employer group again, for those who read it here.
    #[serde(rename = "1L")]
    Group,
    /// The plan network: the product line.
    #[serde(rename = "N6")]
    Network,
    /// The Medicaid id of who has both.
    #[serde(rename = "NQ")]
    Medicaid,
    /// The Medicare beneficiary id of who has both.
    #[serde(rename = "F6")]
    Medicare,
    /// The identity card's number.
    #[serde(rename = "HJ")]
    Card,
    /// The social security number.
    #[serde(rename = "SY")]
    SocialSecurity,
}

/// What it means that no accumulator is on file for a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentAccumulator {
    /// Nothing was used, unless other use of this benefit year is on file: then it is not known.
    NothingUsed,
    /// It is never known what remains.
    Unknown,
}

/// Procedure codes of one service type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcedureServices {
    /// EQ02-1, `HC`.
    pub qualifier: String,
    /// First code.
    pub from: String,
    /// Last code, as long as the first.
    pub to: String,
    /// EB03.
    pub service_type: String,
}

/// The ranges of HCPCS codes that offices ask about most.
fn procedure_services() -> Vec<ProcedureServices> {
    const RANGES: &str = "70336-70336 62,70450-70498 62,70540-70559 62,71250-71275 62,71550-71555 62,\
        72125-72159 62,72191-72198 62,73200-73225 62,73700-73725 62,74150-74185 62,75557-75574 62,\
        77046-77049 62,70010-76499 4,76506-76999 4,77065-77067 4,80047-89398 5,90832-90899 MH,\
        92507-92508 AF,97010-97164 AE,97165-97168 AD,97530-97542 AE,98940-98943 33,99202-99215 98,\
        99221-99239 48,99281-99285 86,99381-99397 81,A0425-A0436 59,E0100-E8002 DM";
    let range = |text: &str| {
        let (codes, service_type) = text.trim().split_once(' ')?;
        let (from, to) = codes.split_once('-')?;
        let [qualifier, from, to, service_type] = ["HC", from, to, service_type].map(str::to_owned);
        Some(ProcedureServices { qualifier, from, to, service_type })
    };
    RANGES.split(',').filter_map(range).collect()
}

impl EligibilityPolicy {
    /// The service type of a procedure code, as the settings have it.
    pub fn service_type_of(&self, qualifier: &str, code: &str) -> Option<Code> {
        let holds = |range: &&ProcedureServices| {
            range.qualifier == qualifier
                && range.from.len() == code.len()
                && (&*range.from..=&*range.to).contains(&code)
        };
        self.procedure_services.iter().find(holds).map(|range| Code::from(&*range.service_type))
    }
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
