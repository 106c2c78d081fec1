//! PER: a contact.

use super::text::{fit, text, upper};
use crate::phi::redacted;
use crate::wire::{Code, EmitError, Emitter, Segment};

/// A contact.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// PER02.
    pub name: Box<str>,
    /// PER03 to PER08: up to three of qualifier (`TE`, `EM`, `UR`, `FX`, `EX`) and number.
    pub numbers: Vec<(Code, Box<str>)>,
}

redacted!(Contact {});

impl Contact {
    /// Reads PER.
    pub fn read(per: Segment<'_>) -> Contact {
        let number = |at| (Code::from_bytes(per.value(at)), text(per.value(at + 1)));
        let numbers = [3, 5, 7].map(number).into_iter();
        Contact {
            name: text(per.value(2)),
            numbers: numbers.filter(|(qualifier, _)| !qualifier.is_empty()).collect(),
        }
    }

    /// Writes PER*IC, or nothing where there is neither a name nor a number.
    ///
    /// # Errors
    /// A qualifier that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        self.write_as("IC", out)
    }

    /// Writes PER of a contact for this (PER01), or nothing where there is neither a name nor a number.
    ///
    /// # Errors
    /// A qualifier that cannot be written.
    pub fn write_as(&self, function: &str, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        let name = upper(&self.name, 60, delimiters);
        let fitted = self
            .numbers
            .iter()
            .take(3)
            .map(|(kind, number)| (kind, fit(number, 1, 256, delimiters)));
        let numbers: Vec<_> = fitted.filter(|(_, number)| !number.is_empty()).collect();
        if name.is_empty() && numbers.is_empty() {
            return Ok(());
        }
        let per = out.segment("PER").text(function).text(&name);
        numbers.iter().fold(per, |per, (kind, number)| per.text(kind.as_str()).text(number)).end()
    }
}

/// Writes PER with a telephone number, of text that is known to fit.
///
/// # Errors
/// Text that does not fit.
pub fn write_contact(
    out: &mut Emitter,
    function: &str,
    name: &str,
    telephone: &str,
) -> Result<(), EmitError> {
    out.segment("PER").text(function).text(name).text("TE").text(telephone).end()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        let text = "PER*IC*MEMBER SERVICES*TE*6175550100*EM*help@plan.example";
        let contact = read(text, Contact::read);
        assert_eq!(contact.numbers[1], (Code::new("EM"), "help@plan.example".into()));
        assert_eq!(written(|out| contact.write(out)), format!("{text}~"));
        let bare = written(|out| write_contact(out, "BL", "BILLING", "6175550100"));
        let other = written(|out| contact.write_as("CX", out));
        assert_eq!(other, format!("{}~", text.replace("PER*IC", "PER*CX")));
        assert_eq!(bare, "PER*BL*BILLING*TE*6175550100~");
    }

    #[test]
    fn a_number_that_is_empty_is_left_out() {
        let contact = read("PER*IC**TE**FX*6175550101", Contact::read);
        assert_eq!(written(|out| contact.write(out)), "PER*IC**FX*6175550101~");
        assert_eq!(written(|out| Contact::default().write(out)), "");
    }
}
