//! Values as columns hold them: dates as CCYYMMDD, money as cents, enums as one letter.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use time::{Date, Month};

use super::{ClaimForm, FamilyLimits, Gender, Level, Network, PayerOrder, Relationship};

/// CCYYMMDD.
pub(crate) fn date_to_column(date: Date) -> i64 {
    i64::from(date.year()) * 10_000
        + i64::from(u8::from(date.month())) * 100
        + i64::from(date.day())
}

/// A date of CCYYMMDD; none when there is no such day.
pub(crate) fn date_from_column(column: i64) -> Option<Date> {
    let month = Month::try_from(u8::try_from(column / 100 % 100).ok()?).ok()?;
    let day = u8::try_from(column % 100).ok()?;
    Date::from_calendar_date(i32::try_from(column / 10_000).ok()?, month, day).ok()
}

/// Whole cents; none when the amount has fractions of a cent or is beyond all reason.
pub(crate) fn cents(amount: Decimal) -> Option<i64> {
    let cents = amount.checked_mul(Decimal::ONE_HUNDRED)?;
    cents.is_integer().then(|| cents.to_i64()).flatten()
}

/// An amount of cents.
pub(crate) fn amount(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

/// An enum kept as one letter.
pub(crate) trait Letter: Sized + Copy + 'static {
    /// Every value with its letter.
    const LETTERS: &'static [(Self, &'static str)];

    /// The letter in the column.
    fn letter(self) -> &'static str;

    /// The value of a letter.
    fn from_letter(letter: &str) -> Option<Self> {
        Self::LETTERS.iter().find(|(_, known)| *known == letter).map(|(value, _)| *value)
    }
}

macro_rules! letters {
    ($($name:ident { $($value:ident = $letter:literal),+ })+) => {$(
        impl Letter for $name {
            const LETTERS: &'static [(Self, &'static str)] = &[$(($name::$value, $letter)),+];

            fn letter(self) -> &'static str {
                match self {
                    $($name::$value => $letter),+
                }
            }
        }
    )+};
}

letters! {
    Gender { Female = "F", Male = "M", Unknown = "U" }
    Relationship { Myself = "S", Spouse = "P", Child = "C", Other = "O" }
    Level { Individual = "I", Family = "F" }
    Network { In = "I", Out = "O", Both = "B" }
    ClaimForm { Professional = "P", Institutional = "I", Dental = "D" }
    FamilyLimits { Embedded = "E", Aggregate = "A" }
    PayerOrder { Primary = "P", Secondary = "S", Tertiary = "T" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_money_come_back_as_they_went() {
        let day = Date::from_calendar_date(2024, Month::February, 29).expect("a leap day");
        assert_eq!(date_to_column(day), 20_240_229);
        assert_eq!(date_from_column(20_240_229), Some(day));
        assert_eq!(date_from_column(20_230_229), None);
        assert_eq!(date_from_column(-1), None);
        assert_eq!(cents(Decimal::new(322_298, 2)), Some(322_298));
        assert_eq!(cents(Decimal::new(1, 3)), None);
        assert_eq!(amount(350_000), Decimal::from(3500));
    }

    #[test]
    fn every_letter_is_its_own() {
        for (value, letter) in Relationship::LETTERS {
            assert_eq!(Relationship::from_letter(letter), Some(*value));
            assert_eq!(value.letter(), *letter);
        }
        assert_eq!(Gender::from_letter("X"), None);
    }
}
