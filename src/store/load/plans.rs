//! Products and plans from a TOML file.
//!
//! Money, shares and counts are text (`"25.00"`, `"20%"`, `"30"`): a TOML number with a point is a binary fraction.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::Deserializer;

use super::LoadError;
use crate::store::{self, AccumulatorKind, FamilyLimits, Level, Network};

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    product: Vec<Product>,
    #[serde(default)]
    plan: Vec<Plan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    id: Box<str>,
    name: Box<str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    id: Box<str>,
    name: Box<str>,
    product: Box<str>,
    insurance_type: Box<str>,
    #[serde(default)]
    year_begin: MonthDay,
    #[serde(default)]
    needs_pcp: bool,
    #[serde(default)]
    no_cost_share: bool,
    #[serde(default)]
    disclaimer: Box<str>,
    #[serde(default)]
    not_covered: Vec<Box<str>>,
    #[serde(default)]
    limit: Vec<Limit>,
    #[serde(default)]
    benefit: Vec<Benefit>,
    #[serde(default)]
    contact: Vec<Contact>,
    #[serde(default)]
    family_limits: FamilyWord,
    closed_network: Option<bool>,
    #[serde(default)]
    limit_note: Box<str>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FamilyWord {
    #[default]
    Embedded,
    Aggregate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    kind: LimitKind,
    level: LevelWord,
    #[serde(default)]
    network: NetworkWord,
    amount: Amount,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Benefit {
    service_types: Vec<Box<str>>,
    #[serde(default)]
    network: NetworkWord,
    copay: Option<Amount>,
    copay_per: Option<Box<str>>,
    coinsurance: Option<Share>,
    deductible: Option<Amount>,
    limit: Option<Quantity>,
    prior_auth: Option<bool>,
    #[serde(default)]
    procedures: Vec<Procedure>,
    note: Option<Box<str>>,
    #[serde(default)]
    places: Vec<Box<str>>,
    deductible_first: Option<bool>,
    referral: Option<bool>,
    tier: Option<Box<str>>,
    supply_days: Option<u16>,
    at_most: Option<Rate>,
}

/// A quantity with its unit, or an amount of money.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quantity {
    unit: Option<Box<str>>,
    quantity: Option<Amount>,
    amount: Option<Amount>,
    per: Box<str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    unit: Box<str>,
    quantity: u16,
    per: Box<str>,
    #[serde(default = "once")]
    every: u16,
}

fn once() -> u16 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Procedure {
    qualifier: Box<str>,
    code_prefix: Box<str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contact {
    service_types: Vec<Box<str>>,
    entity: Box<str>,
    name: Box<str>,
    telephone: Option<Box<str>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LimitKind {
    Deductible,
    OutOfPocket,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LevelWord {
    Individual,
    Family,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NetworkWord {
    In,
    Out,
    #[default]
    Both,
}

/// An amount of money or a count.
#[derive(Clone, Copy)]
struct Amount(Decimal);

/// The patient's share, `20%` or `0.2`.
#[derive(Clone, Copy)]
struct Share(Decimal);

/// The first day of a benefit year, `07-01`.
#[derive(Clone, Copy)]
struct MonthDay(u8, u8);

impl Default for MonthDay {
    fn default() -> Self {
        Self(1, 1)
    }
}

impl FromStr for Amount {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let amount: Decimal =
            text.parse().map_err(|_| "an amount must be text such as \"25.00\"")?;
        let fits = !amount.is_sign_negative() && amount.normalize().scale() <= 2;
        if fits {
            Ok(Self(amount))
        } else {
            Err("an amount must not be negative, and has at most two decimals")
        }
    }
}

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a share must be text such as \"20%\" or \"0.2\", from 0 to 100%";
        let share = match text.strip_suffix('%') {
            Some(percent) => {
                let percent: Decimal = percent.trim().parse().map_err(|_| wrong)?;
                percent / Decimal::ONE_HUNDRED
            }
            None => text.parse().map_err(|_| wrong)?,
        };
        let fits = share >= Decimal::ZERO && share <= Decimal::ONE;
        if fits { Ok(Self(share.normalize())) } else { Err(wrong) }
    }
}

impl FromStr for MonthDay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "the first day of the year must be text such as \"07-01\"";
        let (month, day) = text.split_once('-').ok_or(wrong)?;
        let month: u8 = month.parse().map_err(|_| wrong)?;
        let day: u8 = day.parse().map_err(|_| wrong)?;
        // The day must be one that every year has.
        let calendar = time::Month::try_from(month).map_err(|_| wrong)?;
        time::Date::from_calendar_date(2023, calendar, day).map_err(|_| wrong)?;
        Ok(Self(month, day))
    }
}

macro_rules! from_text {
    ($($name:ident),+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text: Box<str> = Deserialize::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

from_text!(Amount, Share, MonthDay);

/// What a plan file holds.
pub(super) struct PlanFile {
    /// Ids and names.
    pub products: Vec<(Box<str>, Box<str>)>,
    pub plans: Vec<store::Plan>,
}

/// Reads a plan file; `source` names it in errors.
pub(super) fn read(text: &str, source: &str) -> Result<PlanFile, LoadError> {
    let file: File = toml::from_str(text).map_err(|error| LoadError::toml(source, text, &error))?;
    let wrong = |what: &dyn fmt::Display| LoadError::whole(source, what.to_string());
    for (index, plan) in file.plan.iter().enumerate() {
        if file.plan[..index].iter().any(|before| before.id == plan.id) {
            return Err(wrong(&format_args!("duplicate plan {}", plan.id)));
        }
        let is_wrong = |place: &str| !matches!(place.as_bytes(), [b'0'..=b'9', b'0'..=b'9']);
        let mut places = plan.benefit.iter().flat_map(|benefit| &benefit.places);
        if let Some(place) = places.find(|place| is_wrong(place)) {
            return Err(wrong(&format_args!(
                "plan {}: place {place:?} is not a place of service of two digits",
                plan.id
            )));
        }
        for (benefit, position) in plan.benefit.iter().zip(1..) {
            if let Some(problem) = benefit.problem() {
                return Err(wrong(&format_args!("plan {}: benefit {position} {problem}", plan.id)));
            }
        }
    }
    let products = file.product.into_iter().map(|product| (product.id, product.name)).collect();
    Ok(PlanFile { products, plans: file.plan.into_iter().map(Plan::into_store).collect() })
}

impl Plan {
    fn into_store(self) -> store::Plan {
        let closed_network = self.closed_network.unwrap_or_else(|| self.is_closed());
        store::Plan {
            family_limits: match self.family_limits {
                FamilyWord::Embedded => FamilyLimits::Embedded,
                FamilyWord::Aggregate => FamilyLimits::Aggregate,
            },
            closed_network,
            limit_note: self.limit_note,
            id: self.id,
            name: self.name,
            product: self.product,
            insurance_type: self.insurance_type,
            year_begin: (self.year_begin.0, self.year_begin.1),
            needs_pcp: self.needs_pcp,
            no_cost_share: self.no_cost_share,
            disclaimer: self.disclaimer,
            not_covered: self.not_covered,
            limits: self.limit.into_iter().map(Limit::into_store).collect(),
            benefits: self.benefit.into_iter().map(Benefit::into_store).collect(),
            contacts: self.contact.into_iter().map(Contact::into_store).collect(),
        }
    }
}

impl Plan {
    /// Health maintenance and exclusive provider organizations cover nothing out of their network, unless they say
    /// what it costs there.
    fn is_closed(&self) -> bool {
        let outside = self.benefit.iter().any(|row| matches!(row.network, NetworkWord::Out));
        matches!(&*self.insurance_type, "HM" | "HN" | "EP") && !outside
    }
}

impl Limit {
    fn into_store(self) -> store::PlanLimit {
        store::PlanLimit {
            kind: match self.kind {
                LimitKind::Deductible => AccumulatorKind::Deductible,
                LimitKind::OutOfPocket => AccumulatorKind::OutOfPocket,
            },
            level: match self.level {
                LevelWord::Individual => Level::Individual,
                LevelWord::Family => Level::Family,
            },
            network: self.network.into_store(),
            amount: self.amount.0,
        }
    }
}

impl NetworkWord {
    fn into_store(self) -> Network {
        match self {
            Self::In => Network::In,
            Self::Out => Network::Out,
            Self::Both => Network::Both,
        }
    }
}

impl Benefit {
    /// What is wrong with it.
    fn problem(&self) -> Option<&'static str> {
        let is_whole = |limit: &Quantity| {
            matches!(
                (&limit.unit, &limit.quantity, &limit.amount),
                (Some(_), Some(_), None) | (None, None, Some(_))
            )
        };
        let is_rate = |rate: &Rate| {
            matches!(&*rate.unit, "VS" | "DY" | "HS" | "MN" | "FL")
                && matches!(&*rate.per, "DA" | "WK" | "MO" | "YR" | "VS")
                && rate.quantity > 0
                && rate.every > 0
        };
        let tier_chars = self.tier.as_ref().map_or(1, |tier| tier.trim().chars().count());
        if self.service_types.is_empty() {
            return Some("has no service type");
        }
        if !self.limit.as_ref().is_none_or(is_whole) {
            return Some("has a limit that is neither a quantity with its unit nor an amount");
        }
        if !self.at_most.as_ref().is_none_or(is_rate) {
            return Some(
                "has an at_most whose unit is not VS, DY, HS, MN or FL, whose per is not DA, WK, MO, YR or VS, or of zero",
            );
        }
        if !(1..=60).contains(&tier_chars) {
            return Some("has a tier without a name, or one of more than 60 characters");
        }
        if self.supply_days == Some(0) {
            return Some("has a supply of no days");
        }
        None
    }

    fn into_store(self) -> store::Benefit {
        let procedure = |procedure: Procedure| (procedure.qualifier, procedure.code_prefix);
        store::Benefit {
            service_types: self.service_types,
            network: self.network.into_store(),
            copay: self.copay.map(|amount| amount.0),
            copay_per: self.copay_per,
            coinsurance: self.coinsurance.map(|share| share.0),
            limit: self.limit.and_then(Quantity::into_store),
            authorization: self.prior_auth,
            procedures: self.procedures.into_iter().map(procedure).collect(),
            deductible: self.deductible.map(|amount| amount.0),
            note: self.note,
            places: self.places,
            deductible_first: self.deductible_first,
            terms: store::SpecialTerms {
                referral: self.referral,
                tier: self.tier.map(|tier| tier.trim().into()),
                supply_days: self.supply_days,
                at_most: self.at_most.map(|rate| store::Rate {
                    unit: rate.unit,
                    quantity: rate.quantity,
                    per: rate.per,
                    every: rate.every,
                }),
            },
        }
    }
}

impl Quantity {
    fn into_store(self) -> Option<store::QuantityLimit> {
        let quantity = self.quantity.or(self.amount)?.0;
        Some(store::QuantityLimit { unit: self.unit.unwrap_or_default(), quantity, per: self.per })
    }
}

impl Contact {
    fn into_store(self) -> store::BenefitContact {
        store::BenefitContact {
            service_types: self.service_types,
            entity: self.entity,
            name: self.name,
            telephone: self.telephone,
        }
    }
}
