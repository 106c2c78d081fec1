//! III: where a service is given, or its purpose.

use super::text::{fit, text, upper};
use crate::phi::redacted;
use crate::wire::{Code, EmitError, Emitter, Segment};

/// Where a service is given, or its purpose.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// III01: `ZZ` place of service.
    pub qualifier: Code,
    /// III02.
    pub code: Box<str>,
    /// III03, `44` nature of injury; only in a 271.
    pub category: Code,
    /// III04; only in a 271.
    pub text: Box<str>,
}

redacted!(Place { qualifier });

impl Place {
    /// Reads III.
    pub fn read(iii: Segment<'_>) -> Place {
        Place {
            qualifier: Code::from_bytes(iii.value(1)),
            code: text(iii.value(2)),
            category: Code::from_bytes(iii.value(3)),
            text: text(iii.value(4)),
        }
    }

    /// Writes III.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let words = upper(&self.text, 264, out.delimiters());
        self.write_with(self.category, &words, out)
    }

    /// Writes III without III03 and III04, which only an answer has.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write_bare(&self, out: &mut Emitter) -> Result<(), EmitError> {
        self.write_with(Code::NONE, "", out)
    }

    fn write_with(&self, category: Code, words: &str, out: &mut Emitter) -> Result<(), EmitError> {
        let code = fit(&self.code, 1, 30, out.delimiters());
        out.segment("III")
            .text(self.qualifier.as_str())
            .text(&code)
            .text(category.as_str())
            .text(words)
            .end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        let place = read("III*GR*T07*44*BACK", Place::read);
        assert_eq!(written(|out| place.write(out)), "III*GR*T07*44*BACK~");
        assert_eq!(written(|out| place.write_bare(out)), "III*GR*T07~");
    }
}
