//! DMG: birth date and gender of a person.

use time::Date;

use super::Sent;
use crate::phi::redacted;
use crate::wire::value::{d8_text, date_d8};
use crate::wire::{EmitError, Emitter, Segment};

/// DMG03.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gender {
    /// `F`
    Female,
    /// `M`
    Male,
    /// `U`
    Unknown,
}

redacted!(Gender {});

impl Gender {
    /// Reads DMG03.
    pub fn from_code(text: &[u8]) -> Option<Gender> {
        match text {
            b"F" => Some(Gender::Female),
            b"M" => Some(Gender::Male),
            b"U" => Some(Gender::Unknown),
            _ => None,
        }
    }

    /// DMG03.
    pub fn code(self) -> &'static str {
        match self {
            Gender::Female => "F",
            Gender::Male => "M",
            Gender::Unknown => "U",
        }
    }
}

/// Birth date and gender.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Demographics {
    /// DMG02.
    pub birth: Sent<Date>,
    /// DMG03.
    pub gender: Sent<Gender>,
}

redacted!(Demographics {});

impl Demographics {
    /// Reads DMG; a birth date in another form than `D8` is malformed.
    pub fn read(dmg: Segment<'_>) -> Demographics {
        Demographics {
            birth: match dmg.value(1) {
                b"D8" | b"" => Sent::from_element(dmg.value(2), date_d8),
                _ => Sent::Malformed,
            },
            gender: Sent::from_element(dmg.value(3), Gender::from_code),
        }
    }

    /// Writes DMG when there is anything to write.
    ///
    /// # Errors
    /// None that these values could cause.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let birth = self.birth.value().map(d8_text);
        let gender = self.gender.value().map(Gender::code);
        if birth.is_none() && gender.is_none() {
            return Ok(());
        }
        out.segment("DMG")
            .text(if birth.is_some() { "D8" } else { "" })
            .maybe(birth.as_ref().map(|birth| birth.as_str()))
            .maybe(gender)
            .end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        for text in ["DMG*D8*19800115*F", "DMG*D8*19800115", "DMG***U"] {
            let person = read(text, Demographics::read);
            assert_eq!(written(|out| person.write(out)), format!("{text}~"));
        }
    }

    #[test]
    fn what_is_malformed_is_not_written() {
        let person = read("DMG*RD8*19800115-19800116*X", Demographics::read);
        assert!(person.birth.is_malformed() && person.gender.is_malformed());
        assert_eq!(written(|out| person.write(out)), "");
    }
}
