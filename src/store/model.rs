//! The rows of the store as the service sees them.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use super::enrollment::days;
use crate::phi::redacted;

/// How to look for a member. Names are normalised as CORE rule 258 says before they come here (see
/// [`super::normalise_name`]), ids are trimmed, upper-cased and freed of blanks and hyphens.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum MemberSearch {
    /// By member id in any accepted form: with or without the product prefix (`S123456789` `123456789`), with or without
    /// the two-digit person suffix. Without a suffix all members of the family match.
    Id(Box<str>),
    /// By normalised last name, normalised first name and birth date.
    Name {
        /// Normalised last name.
        last: Box<str>,
        /// Normalised first name.
        first: Box<str>,
        /// Birth date.
        birth: Date,
    },
    /// By another identifier: the REF01 qualifier of the 270 (`SY` social security number, `HJ` card number, `EJ`, `1L`...).
    Other {
        /// REF01.
        qualifier: Box<str>,
        /// REF02.
        value: Box<str>,
    },
}

redacted!(MemberSearch {});

/// Administrative sex, as DMG03 says it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Gender {
    /// `F`
    Female,
    /// `M`
    Male,
    /// `U`, or not on file.
    Unknown,
}

/// Relationship to the subscriber.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Relationship {
    /// The subscriber.
    Myself,
    /// Spouse.
    Spouse,
    /// Child.
    Child,
    /// Any other relationship.
    Other,
}

/// A person, as the plan knows them.
#[derive(Clone, PartialEq)]
pub struct Member {
    /// Product prefix of the id, `S`; may be empty.
    pub prefix: Box<str>,
    /// Subscriber (family) number, `123000001`.
    pub subscriber: Box<str>,
    /// Person suffix, `01`.
    pub suffix: Box<str>,
    /// True when the person has an id of their own, so that they are asked for and answered as a subscriber.
    pub own_id: bool,
    /// Relationship to the subscriber.
    pub relationship: Relationship,
    /// Last name as the plan writes it.
    pub last: Box<str>,
    /// First name.
    pub first: Box<str>,
    /// Middle name or initial.
    pub middle: Option<Box<str>>,
    /// Generation, `JR`.
    pub generation: Option<Box<str>>,
    /// Birth date.
    pub birth: Date,
    /// Death date.
    pub death: Option<Date>,
    /// Sex.
    pub gender: Gender,
    /// Birth sequence of a twin, 1 and up.
    pub birth_sequence: Option<u8>,
    /// Address.
    pub address: Option<Address>,
    /// Social security number, for the discretionary search only; never returned.
    pub ssn: Option<Box<str>>,
    /// Identity card number.
    pub card: Option<Box<str>>,
    /// Medicaid or Medicare id where the member is dual-eligible.
    pub medicare_id: Option<Box<str>>,
}

redacted!(Member {});

impl Member {
    /// The canonical member id: prefix, subscriber number, suffix.
    pub fn id(&self) -> String {
        [&*self.prefix, &*self.subscriber, &*self.suffix].concat()
    }
}

/// A postal address.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Address {
    /// First line.
    pub line1: Box<str>,
    /// Second line.
    pub line2: Option<Box<str>>,
    /// City.
    pub city: Box<str>,
    /// State code.
    pub state: Box<str>,
    /// ZIP, five or nine digits.
    pub zip: Box<str>,
}

redacted!(Address {});

/// A span of coverage under one plan.
#[derive(Clone, PartialEq)]
pub struct Coverage {
    /// [`Plan::id`].
    pub plan: Box<str>,
    /// First day.
    pub begin: Date,
    /// Last day; open when none.
    pub end: Option<Date>,
    /// Employer group number.
    pub group: Option<Box<str>>,
    /// Employer group name.
    pub group_name: Option<Box<str>>,
    /// Coverage is being investigated: answered EB*5 while it runs.
    pub pending: bool,
    /// Primary care provider and since when.
    pub pcp: Option<Pcp>,
    /// When the span was last changed.
    pub updated: Option<Date>,
}

redacted!(Coverage {});

/// A primary care provider as a member has chosen them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pcp {
    /// NPI.
    pub npi: Box<str>,
    /// Last name or organization name.
    pub last: Box<str>,
    /// First name of a person.
    pub first: Option<Box<str>>,
    /// Since when.
    #[serde(with = "days::maybe")]
    pub since: Option<Date>,
    /// The payer's provider unit (physician group) id.
    pub unit_id: Option<Box<str>>,
    /// The unit's name.
    pub unit_name: Option<Box<str>>,
    /// Telephone, ten digits.
    #[serde(default)]
    pub telephone: Option<Box<str>>,
    /// Where they see the member.
    #[serde(default)]
    pub address: Option<Address>,
}

redacted!(Pcp {});

/// Whose money an accumulator counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Level {
    /// One person.
    Individual,
    /// The family.
    Family,
}

/// In or out of the plan's network.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Network {
    /// EB12 `Y`.
    In,
    /// EB12 `N`.
    Out,
    /// EB12 `W`: the same for both.
    Both,
}

/// What an accumulator counts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum AccumulatorKind {
    /// Deductible, money.
    Deductible,
    /// Out-of-pocket maximum, money.
    OutOfPocket,
    /// A benefit limit, counted in the units of the plan's limit, for this service type.
    Limit(Box<str>),
    /// A deductible of this service type alone, money.
    ServiceDeductible(Box<str>),
}

/// What has been used of a limit in one benefit year.
#[derive(Clone, PartialEq)]
pub struct Accumulator {
    /// What it counts.
    pub kind: AccumulatorKind,
    /// For whom.
    pub level: Level,
    /// In which network.
    pub network: Network,
    /// First day of the benefit year it belongs to.
    pub year_begin: Date,
    /// How much has been used: money, or a number of visits, days...
    pub used: Decimal,
    /// Claims processed up to this day are counted.
    pub as_of: Option<Date>,
}

redacted!(Accumulator {});

/// Whose turn another carrier is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum PayerOrder {
    /// `PRP`
    Primary,
    /// `SEP`
    Secondary,
    /// `TTP`
    Tertiary,
}

/// Coverage by another carrier.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherCoverage {
    /// Carrier name.
    pub carrier: Box<str>,
    /// Carrier's payer id.
    pub carrier_id: Option<Box<str>>,
    /// Its place in the order of benefits.
    pub order: PayerOrder,
    /// Member or policy number there.
    pub policy: Option<Box<str>>,
    /// First day.
    #[serde(with = "days::maybe")]
    pub begin: Option<Date>,
    /// Last day.
    #[serde(with = "days::maybe")]
    pub end: Option<Date>,
    /// Workers' compensation is kept but never reported (E-19).
    pub workers_compensation: bool,
    /// Group number there.
    #[serde(default)]
    pub group: Option<Box<str>>,
    /// Who is insured there, where it is not the member: last name.
    #[serde(default)]
    pub insured_last: Option<Box<str>>,
    /// First name.
    #[serde(default)]
    pub insured_first: Option<Box<str>>,
}

redacted!(OtherCoverage {});

/// Everything an eligibility answer needs to know of one person.
#[derive(Clone, PartialEq)]
pub struct MemberFile {
    /// The person.
    pub member: Member,
    /// The subscriber of the family, when the person is not.
    pub subscriber: Option<Box<Member>>,
    /// Coverage spans, oldest first.
    pub coverage: Vec<Coverage>,
    /// The person's accumulators and the family's.
    pub accumulators: Vec<Accumulator>,
    /// What the other members of the family have used, each for themselves.
    pub relatives: Vec<Accumulator>,
    /// Other carriers.
    pub other: Vec<OtherCoverage>,
}

redacted!(MemberFile {});

/// A plan: what its members are covered for. Loaded from TOML.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// Key.
    pub id: Box<str>,
    /// The plan name members know, EB05.
    pub name: Box<str>,
    /// Product line key (`commercial`, `medicare`, `public`, `sco`), for settings by product.
    pub product: Box<str>,
    /// EB04: `HM`, `PR`, `PS`, `EP`, `HN`, `MC`...
    pub insurance_type: Box<str>,
    /// True when the benefit year is the calendar year (EB06 `23`); else it is a service year (`22`) from this month and day.
    pub year_begin: (u8, u8),
    /// True when a primary care provider must be chosen.
    pub needs_pcp: bool,
    /// Deductibles and out-of-pocket maxima.
    pub limits: Vec<PlanLimit>,
    /// Benefits by service type.
    pub benefits: Vec<Benefit>,
    /// Service types the plan does not cover.
    pub not_covered: Vec<Box<str>>,
    /// Whom to ask about something else (a pharmacy benefit manager...), by service type.
    pub contacts: Vec<BenefitContact>,
    /// Said once in every answer, as EB*P; empty for nothing.
    pub disclaimer: Box<str>,
    /// True when the member pays nothing at all (dual-eligible plans, A-07).
    pub no_cost_share: bool,
    /// How an individual's limit and the family's go together.
    pub family_limits: FamilyLimits,
    /// True when nothing is covered out of the network but what a benefit says.
    pub closed_network: bool,
    /// A note on the out-of-pocket maximum, MSG; empty for nothing.
    pub limit_note: Box<str>,
}

/// How the limits of an individual and of the family go together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FamilyLimits {
    /// Each individual has a limit within the family's; whichever is met first ends the cost.
    #[default]
    Embedded,
    /// Only the family's limit counts wherever the plan has one.
    Aggregate,
}

/// A deductible or an out-of-pocket maximum.
#[derive(Clone, PartialEq, Debug)]
pub struct PlanLimit {
    /// [`AccumulatorKind::Deductible`] or [`AccumulatorKind::OutOfPocket`].
    pub kind: AccumulatorKind,
    /// For whom.
    pub level: Level,
    /// In which network.
    pub network: Network,
    /// How much; zero says that none applies.
    pub amount: Decimal,
}

/// What a plan gives for one or more service types.
#[derive(Clone, PartialEq, Debug)]
pub struct Benefit {
    /// EB03 codes that share everything below.
    pub service_types: Vec<Box<str>>,
    /// In which network.
    pub network: Network,
    /// Copay.
    pub copay: Option<Decimal>,
    /// Per what the copay is (EB06: `27` visit, `36` admission, `7` day...).
    pub copay_per: Option<Box<str>>,
    /// Coinsurance, the patient's share as a fraction: 20 % is 0.2.
    pub coinsurance: Option<Decimal>,
    /// A limit on quantity.
    pub limit: Option<QuantityLimit>,
    /// Prior authorisation: EB11.
    pub authorization: Option<bool>,
    /// Procedure codes the row is about (qualifier, code prefix); empty for the whole service type.
    pub procedures: Vec<(Box<str>, Box<str>)>,
    /// A deductible of its own for this service, where it differs from the plan's.
    pub deductible: Option<Decimal>,
    /// A note, MSG; only where no code says it.
    pub note: Option<Box<str>>,
    /// Places of service (III02: `02` and `10` telehealth) the row is about; empty for every place.
    pub places: Vec<Box<str>>,
    /// The plan's deductible must be met before the copay or coinsurance applies.
    pub deductible_first: Option<bool>,
    /// What else it says.
    pub terms: SpecialTerms,
}

/// Terms that few benefits have.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SpecialTerms {
    /// The primary care provider must refer the member.
    pub referral: Option<bool>,
    /// A tier of the network, or of a list of drugs, by its name.
    pub tier: Option<Box<str>>,
    /// Of how many days' supply the copay or coinsurance is; for drugs.
    pub supply_days: Option<u16>,
    /// How many of the limit's units are covered within a shorter time.
    pub at_most: Option<Rate>,
}

/// So many within a time, such as two visits a week.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rate {
    /// HSD01: `VS` visits, `DY` days, `HS` hours...
    pub unit: Box<str>,
    /// HSD02: how many.
    pub quantity: u16,
    /// HSD03: `DA` days, `WK` weeks, `MO` months, `YR` years.
    pub per: Box<str>,
    /// HSD04: how many of those.
    pub every: u16,
}

/// A limit such as 30 visits, or 1,500 dollars, a calendar year.
#[derive(Clone, PartialEq, Debug)]
pub struct QuantityLimit {
    /// EB09: `VS` visits, `DY` days, `HS` hours...; empty where the limit is an amount of money, EB07.
    pub unit: Box<str>,
    /// How many.
    pub quantity: Decimal,
    /// EB06: `23` calendar year, `22` service year, `32` lifetime...
    pub per: Box<str>,
}

/// Another party to ask about a benefit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BenefitContact {
    /// EB03 codes.
    pub service_types: Vec<Box<str>>,
    /// NM101: `VN` vendor, `X3` utilization management...
    pub entity: Box<str>,
    /// Name.
    pub name: Box<str>,
    /// Telephone, ten digits.
    pub telephone: Option<Box<str>>,
}

/// The last four digits of a social security number; no more of it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct SsnLastFour(Box<str>);

redacted!(SsnLastFour {});

impl SsnLastFour {
    /// Reads four digits.
    pub fn parse(digits: &str) -> Option<SsnLastFour> {
        let are_four = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        are_four.then(|| SsnLastFour(digits.into()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A provider who may ask, or whom a member may see.
#[derive(Clone, PartialEq, Debug)]
pub struct Provider {
    /// NPI.
    pub npi: Box<str>,
    /// The payer's own (legacy) id.
    pub payer_id: Option<Box<str>>,
    /// Last name or organization name.
    pub last: Box<str>,
    /// First name of a person.
    pub first: Option<Box<str>>,
    /// Tax id.
    pub tin: Option<Box<str>>,
    /// The last four digits of a person's social security number, which prove who registers.
    pub ssn_last_four: Option<SsnLastFour>,
    /// May ask at all; false is answered AAA 50.
    pub may_inquire: bool,
    /// First and last day of enrolment with the payer.
    pub enrolled: (Option<Date>, Option<Date>),
    /// Locations.
    pub locations: Vec<Location>,
    /// What they are: taxonomy codes (PRV03), the main one first.
    pub taxonomies: Vec<Box<str>>,
    /// Products and plans in whose network they are; `*` for all of them.
    pub networks: Vec<Box<str>>,
}

/// A place where a provider gives services.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    /// What the payer calls it; none where it is known by its address alone.
    pub site: Option<Box<str>>,
    /// Its name.
    pub name: Option<Box<str>>,
    /// Where it is.
    pub address: Address,
}

impl Provider {
    /// Whether they are in the network of a plan.
    pub fn is_in_network_of(&self, plan: &Plan) -> bool {
        let named =
            |network: &str| network == "*" || network == &*plan.id || network == &*plan.product;
        self.networks.iter().any(|network| named(network))
    }
}

/// A trading partner as stored; the profile text is TOML (see [`crate::partner`]).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartnerRow {
    /// Key.
    pub id: Box<str>,
    /// The profile, TOML.
    pub profile: String,
}

/// How often rows of each kind were loaded. A count that moved says that a copy is old.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Generations {
    /// Members, coverage, accumulators, other coverage.
    pub members: u64,
    /// Products and plans.
    pub plans: u64,
    /// Providers.
    pub providers: u64,
    /// Trading partners.
    pub partners: u64,
    /// Logins.
    pub logins: u64,
}

/// What a generation counts the loads of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Subject {
    /// Members, coverage, accumulators, other coverage.
    Members,
    /// Products and plans.
    Plans,
    /// Providers.
    Providers,
    /// Trading partners.
    Partners,
    /// Logins.
    Logins,
}

impl Subject {
    /// Its name in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Plans => "plans",
            Self::Providers => "providers",
            Self::Partners => "partners",
            Self::Logins => "logins",
        }
    }
}

impl Generations {
    /// Sets the count of the subject of this name; other names are nothing to us.
    pub(crate) fn set(&mut self, subject: &str, value: u64) {
        match subject {
            "members" => self.members = value,
            "plans" => self.plans = value,
            "providers" => self.providers = value,
            "partners" => self.partners = value,
            "logins" => self.logins = value,
            _ => {}
        }
    }
}

/// How many rows of each kind the store holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StoreCounts {
    /// Plans.
    pub plans: u64,
    /// Families.
    pub families: u64,
    /// Persons.
    pub members: u64,
    /// Coverage spans.
    pub coverage: u64,
    /// Providers.
    pub providers: u64,
    /// Trading partners.
    pub partners: u64,
    /// Interchanges in the log.
    pub interchanges: u64,
    /// Versions of claims.
    pub claims: u64,
}
