//! REF: another identifier.

use super::text::{fit, text, upper};
use crate::phi::redacted;
use crate::wire::{Code, EmitError, Emitter, Segment};

/// Another identifier.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Reference {
    /// REF01.
    pub qualifier: Code,
    /// REF02.
    pub value: Box<str>,
    /// REF03, a name for it.
    pub description: Box<str>,
}

redacted!(Reference { qualifier });

impl Reference {
    /// Reads REF.
    pub fn read(reference: Segment<'_>) -> Reference {
        Reference {
            qualifier: Code::from_bytes(reference.value(1)),
            value: text(reference.value(2)),
            description: text(reference.value(3)),
        }
    }

    /// Writes REF, or nothing where there is no value or no qualifier.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        self.write_described(&self.description, out)
    }

    /// Writes REF without its description, which not every set allows.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write_bare(&self, out: &mut Emitter) -> Result<(), EmitError> {
        self.write_described("", out)
    }

    fn write_described(&self, description: &str, out: &mut Emitter) -> Result<(), EmitError> {
        let value = fit(&self.value, 1, 50, out.delimiters());
        if value.is_empty() || self.qualifier.is_empty() {
            return Ok(());
        }
        let description = upper(description, 80, out.delimiters());
        out.segment("REF").text(self.qualifier.as_str()).text(&value).text(&description).end()
    }
}

/// Writes REF of text that is known to fit.
///
/// # Errors
/// Text that does not fit.
pub fn write_reference(out: &mut Emitter, qualifier: &str, value: &str) -> Result<(), EmitError> {
    out.segment("REF").text(qualifier).text(value).end()
}

/// The value of the first reference with this qualifier.
pub fn find<'r>(references: &'r [Reference], qualifier: &str) -> Option<&'r str> {
    references.iter().find(|r| r.qualifier == qualifier).map(|r| &*r.value)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        let reference = read("REF*6P*G100*GROUP", Reference::read);
        assert_eq!(find(std::slice::from_ref(&reference), "6P"), Some("G100"));
        assert_eq!(find(std::slice::from_ref(&reference), "1L"), None);
        assert_eq!(written(|out| reference.write(out)), "REF*6P*G100*GROUP~");
        assert_eq!(written(|out| reference.write_bare(out)), "REF*6P*G100~");
        assert_eq!(written(|out| write_reference(out, "EJ", "1")), "REF*EJ*1~");
    }

    #[test]
    fn without_a_value_or_a_qualifier_there_is_none() {
        for text in ["REF*6P", "REF**G100", "REF*6P**GROUP"] {
            let reference = read(text, Reference::read);
            assert_eq!(written(|out| reference.write(out)), "", "{text}");
        }
    }
}
