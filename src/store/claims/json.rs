//! How dates and amounts are written in the JSON that the ledger keeps: CCYYMMDD, and decimals as text.

use rust_decimal::Decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::Date;

use crate::store::columns::{date_from_column, date_to_column};

fn read_day<E: Error>(column: i64) -> Result<Date, E> {
    date_from_column(column).ok_or_else(|| E::custom("not a date"))
}

fn read_decimal<E: Error>(text: &str) -> Result<Decimal, E> {
    text.parse().map_err(|_| E::custom("not a number"))
}

/// A date.
pub(in crate::store) mod day {
    use super::*;

    pub(in crate::store) fn serialize<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
        date_to_column(*day).serialize(to)
    }

    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Date, D::Error> {
        read_day(i64::deserialize(from)?)
    }
}

/// A date that may be absent.
pub(in crate::store) mod maybe_day {
    use super::*;

    pub(in crate::store) fn serialize<S: Serializer>(
        day: &Option<Date>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        day.map(date_to_column).serialize(to)
    }

    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Date>, D::Error> {
        Option::<i64>::deserialize(from)?.map(read_day).transpose()
    }
}

/// First and last day.
pub(in crate::store) mod maybe_days {
    use super::*;

    pub(in crate::store) fn serialize<S: Serializer>(
        days: &Option<(Date, Date)>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        days.map(|(first, last)| (date_to_column(first), date_to_column(last))).serialize(to)
    }

    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<(Date, Date)>, D::Error> {
        let days = Option::<(i64, i64)>::deserialize(from)?;
        days.map(|(first, last)| Ok((read_day(first)?, read_day(last)?))).transpose()
    }
}

/// An amount or a quantity.
pub(in crate::store) mod decimal {
    use super::*;

    pub(in crate::store) fn serialize<S: Serializer>(
        value: &Decimal,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Decimal, D::Error> {
        read_decimal(&String::deserialize(from)?)
    }
}

/// An amount or a quantity that may be absent.
pub(in crate::store) mod maybe_decimal {
    use super::*;

    pub(in crate::store) fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(|value| value.to_string()).serialize(to)
    }

    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Decimal>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| read_decimal(&text)).transpose()
    }
}
