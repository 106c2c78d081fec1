//! Days as the store keeps them in text: CCYYMMDD as a number.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use time::Date;

use crate::store::columns::{date_from_column, date_to_column};

/// Writes a day.
pub(crate) fn serialize<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(date_to_column(*day))
}

/// Reads a day.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    date_from_column(i64::deserialize(from)?).ok_or_else(|| D::Error::custom("not a day"))
}

/// Days that may be absent.
pub(crate) mod maybe {
    use super::{
        Date, Deserialize, Deserializer, Error, Serializer, date_from_column, date_to_column,
    };

    /// Writes a day, or nothing.
    pub(crate) fn serialize<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => to.serialize_some(&date_to_column(*day)),
            None => to.serialize_none(),
        }
    }

    /// Reads a day, or nothing.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Date>, D::Error> {
        let column = Option::<i64>::deserialize(from)?;
        let day = |column| date_from_column(column).ok_or_else(|| D::Error::custom("not a day"));
        column.map(day).transpose()
    }
}
