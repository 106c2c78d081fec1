//! One row of a file, as text fields by name, whether it came as a JSON object or a CSV line.
//!
//! Everything is text until a loader asks for a date or an amount, so that an error can name the field; it never names
//! the value. Unknown fields are errors: a misspelt one must not load as nothing.

use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use time::Date;

use super::dates::parse_date;
use crate::phi::redacted;
use crate::store::normalise_id;

/// Bytes one field may have.
const FIELD_BYTES_MAX: usize = 1000;
/// Rows a list within a row may have.
const LIST_ROWS_MAX: usize = 1000;

/// The fields that rows of one kind may have.
#[derive(Debug)]
pub(super) struct Fields {
    /// Text fields.
    pub names: &'static [&'static str],
    /// Lists of rows within the row, in JSON only.
    pub lists: &'static [(&'static str, &'static Fields)],
}

/// What is wrong with a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FieldError {
    pub field: &'static str,
    pub problem: &'static str,
}

/// What stands in a field.
#[derive(Clone, PartialEq)]
enum Value<'a> {
    Text(Cow<'a, str>),
    /// A fraction, a list or an object.
    NotText,
}

redacted!(Value<'_> {});

/// One row.
pub(super) struct Row<'a> {
    fields: &'static Fields,
    values: Vec<Option<Value<'a>>>,
    lists: Vec<Option<Vec<Row<'a>>>>,
}

redacted!(Row<'_> {});

impl<'a> Row<'a> {
    /// A row with nothing in it.
    pub(super) fn empty(fields: &'static Fields) -> Self {
        let lists = fields.lists.iter().map(|_| None).collect();
        Self { fields, values: vec![None; fields.names.len()], lists }
    }

    /// Puts text into the field of this index among [`Fields::names`]; empty text is nothing.
    pub(super) fn set(&mut self, index: usize, text: impl Into<Cow<'a, str>>) {
        let text = text.into();
        if !text.is_empty() {
            self.values[index] = Some(Value::Text(text));
        }
    }

    /// The text of a field, if there is any.
    pub(super) fn optional(&self, field: &'static str) -> Result<Option<&str>, FieldError> {
        let wrong = |problem| FieldError { field, problem };
        let index = self.fields.names.iter().position(|name| *name == field);
        match index.and_then(|index| self.values[index].as_ref()) {
            None => Ok(None),
            Some(Value::NotText) => Err(wrong("must be written as text")),
            Some(Value::Text(text)) if text.len() > FIELD_BYTES_MAX => Err(wrong("is too long")),
            Some(Value::Text(text)) if text.contains(char::is_control) => {
                Err(wrong("contains a control character"))
            }
            Some(Value::Text(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        }
    }

    /// The text of a field that must be there.
    pub(super) fn required(&self, field: &'static str) -> Result<&str, FieldError> {
        self.optional(field)?.ok_or(FieldError { field, problem: "is missing" })
    }

    /// The text of a field, owned.
    pub(super) fn text(&self, field: &'static str) -> Result<Option<Box<str>>, FieldError> {
        Ok(self.optional(field)?.map(Into::into))
    }

    /// An id, normalised.
    pub(super) fn id(&self, field: &'static str) -> Result<Option<Box<str>>, FieldError> {
        Ok(self.optional(field)?.map(|text| normalise_id(text).into()))
    }

    /// A person's two-digit suffix.
    pub(super) fn suffix(&self, field: &'static str) -> Result<Option<Box<str>>, FieldError> {
        match self.optional(field)? {
            Some(text) if text.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(FieldError { field, problem: "is not two digits" })
            }
            suffix => Ok(suffix.map(Into::into)),
        }
    }

    /// `true` or `false`; what is not said is `default`.
    pub(super) fn flag(&self, field: &'static str, default: bool) -> Result<bool, FieldError> {
        match self.optional(field)? {
            None => Ok(default),
            Some("true" | "1" | "Y") => Ok(true),
            Some("false" | "0" | "N") => Ok(false),
            Some(_) => Err(FieldError { field, problem: "is neither true nor false" }),
        }
    }

    /// One of the words of a table.
    pub(super) fn word<T: Copy>(
        &self,
        field: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, FieldError> {
        let Some(text) = self.optional(field)? else { return Ok(None) };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => Err(FieldError { field, problem: "is not one of the allowed values" }),
        }
    }

    /// A date, fixed or counted from `today`.
    pub(super) fn date(
        &self,
        field: &'static str,
        today: Date,
    ) -> Result<Option<Date>, FieldError> {
        match self.optional(field)? {
            None => Ok(None),
            Some(text) => match parse_date(text, today) {
                Some(date) => Ok(Some(date)),
                None => Err(FieldError { field, problem: "is not a date" }),
            },
        }
    }

    /// An amount or a count, not negative, with at most two decimals.
    pub(super) fn amount(&self, field: &'static str) -> Result<Decimal, FieldError> {
        let wrong = FieldError { field, problem: "is not an amount such as 250.00" };
        let amount: Decimal = self.required(field)?.parse().map_err(|_| wrong)?;
        let fits = !amount.is_sign_negative() && amount.normalize().scale() <= 2;
        let fits = fits && amount < Decimal::from(1_000_000_000_000_u64);
        if fits { Ok(amount) } else { Err(wrong) }
    }

    /// The rows of a list; none when the row does not speak of it.
    pub(super) fn list(&self, field: &'static str) -> Option<&[Row<'a>]> {
        let index = self.fields.lists.iter().position(|(name, _)| *name == field)?;
        self.lists[index].as_deref()
    }
}

/// Reads a JSON object as a row.
pub(super) struct RowSeed(pub &'static Fields);

impl<'de> DeserializeSeed<'de> for RowSeed {
    type Value = Row<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Row<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed {
    type Value = Row<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'de>, A::Error> {
        let mut row = Row::empty(self.0);
        while let Some(name) = map.next_key_seed(TextSeed)? {
            let Value::Text(name) = name else {
                return Err(A::Error::custom("a name that is not text"));
            };
            if let Some(index) = self.0.names.iter().position(|known| *known == name) {
                if row.values[index].is_some() {
                    return Err(A::Error::custom("duplicate field"));
                }
                row.values[index] = map.next_value_seed(ScalarSeed)?;
            } else if let Some(index) = self.0.lists.iter().position(|(known, _)| *known == name) {
                row.lists[index] = Some(map.next_value_seed(ListSeed(self.0.lists[index].1))?);
            } else {
                return Err(A::Error::custom("unknown field"));
            }
        }
        Ok(row)
    }
}

/// Reads a list of objects.
struct ListSeed(&'static Fields);

impl<'de> DeserializeSeed<'de> for ListSeed {
    type Value = Vec<Row<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ListSeed {
    type Value = Vec<Row<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = seq.next_element_seed(RowSeed(self.0))? {
            if rows.len() == LIST_ROWS_MAX {
                return Err(A::Error::custom("list too long"));
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

/// Reads text, borrowed where it holds no escapes.
struct TextSeed;

impl<'de> DeserializeSeed<'de> for TextSeed {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        Ok(ScalarSeed.deserialize(deserializer)?.unwrap_or(Value::NotText))
    }
}

/// Reads one value: text, a whole number or a truth as text, null as nothing, anything else as [`Value::NotText`].
struct ScalarSeed;

impl<'de> DeserializeSeed<'de> for ScalarSeed {
    type Value = Option<Value<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarSeed {
    type Value = Option<Value<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok((!text.is_empty()).then_some(Value::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok((!text.is_empty()).then(|| Value::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Some(Value::Text(Cow::Borrowed(if truth { "true" } else { "false" }))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(Value::Text(Cow::Owned(number.to_string()))))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(Value::Text(Cow::Owned(number.to_string()))))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Some(Value::NotText))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(Value::NotText))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Some(Value::NotText))
    }
}
