//! Values of a question in JSON: days and amounts of money are texts, so that none is bent on its way.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::Date;
use utoipa::ToSchema;

use crate::wire::value::date_d8;

/// A day, `CCYY-MM-DD` or `CCYYMMDD`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ToSchema)]
#[schema(value_type = String, example = "2026-01-05")]
pub(super) struct Day(pub(super) Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let wrong = || serde::de::Error::custom("a day is written CCYY-MM-DD");
        date_d8(digits.as_bytes()).map(Day).ok_or_else(wrong)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0)
    }
}

/// An amount of money, `150.00`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ToSchema)]
#[schema(value_type = String, example = "150.00")]
pub(super) struct Amount(pub(super) Decimal);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || serde::de::Error::custom("an amount is a text such as \"150.00\"");
        let amount: Decimal = text.parse().map_err(|_| wrong())?;
        match amount.scale() <= 2 && !amount.is_sign_negative() {
            true => Ok(Amount(amount)),
            false => Err(wrong()),
        }
    }
}

/// The person a question is about.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Patient {
    /// Member id, with or without the person suffix.
    #[schema(example = "S12300000101")]
    pub(super) member_id: String,
    /// Person suffix of the member id.
    pub(super) suffix: String,
    /// Last name.
    pub(super) last: String,
    /// First name.
    pub(super) first: String,
    /// Date of birth.
    pub(super) birth_date: Option<Day>,
}

crate::phi::redacted!(Patient {});

impl Patient {
    /// Member id and suffix, as they go into one element.
    pub(super) fn id(&self) -> String {
        format!("{}{}", self.member_id, self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn days_and_amounts_are_texts() {
        let day = |text| serde_json::from_str::<Day>(text).map(|day| day.0);
        assert_eq!(day("\"2026-01-05\"").unwrap(), date!(2026 - 01 - 05));
        assert_eq!(day("\"20260105\"").unwrap(), date!(2026 - 01 - 05));
        for wrong in ["\"2026-02-30\"", "\"\"", "20260105"] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
        let amount = |text| serde_json::from_str::<Amount>(text).map(|amount| amount.0);
        assert_eq!(amount("\"150.5\"").unwrap(), Decimal::new(1505, 1));
        for wrong in ["150.5", "\"-1\"", "\"1.005\"", "\"x\""] {
            assert!(amount(wrong).is_err(), "{wrong}");
        }
    }
}
