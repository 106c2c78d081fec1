//! TRN: the sender's number for one inquiry, claim or payment.

use super::text::{fit, text};
use crate::phi::redacted;
use crate::wire::{Code, EmitError, Emitter, Segment};

/// A trace number.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// TRN01: `1` the sender's own, `2` another party's number returned.
    pub kind: Code,
    /// TRN02.
    pub number: Box<str>,
    /// TRN03, ten characters: the company that assigned the number.
    pub originator: Box<str>,
    /// TRN04.
    pub secondary: Box<str>,
}

redacted!(Trace { kind });

impl Trace {
    /// Reads TRN.
    pub fn read(trn: Segment<'_>) -> Trace {
        Trace {
            kind: Code::from_bytes(trn.value(1)),
            number: text(trn.value(2)),
            originator: text(trn.value(3)),
            secondary: text(trn.value(4)),
        }
    }

    /// Writes TRN, or nothing where there is no number.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        let number = fit(&self.number, 1, 50, delimiters);
        if number.is_empty() {
            return Ok(());
        }
        out.segment("TRN")
            .text(self.kind.as_str())
            .text(&number)
            .text(&fit(&self.originator, 1, 10, delimiters))
            .text(&fit(&self.secondary, 1, 50, delimiters))
            .end()
    }
}

/// Writes TRN of text that is known to fit, without an originator.
///
/// # Errors
/// Text that does not fit.
pub fn write_trace(out: &mut Emitter, kind: &str, number: &str) -> Result<(), EmitError> {
    out.segment("TRN").text(kind).text(number).end()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        let trace = read("TRN*1*TRACE0001*9SUBMITTER*DEPT", Trace::read);
        assert_eq!((&*trace.number, &*trace.originator), ("TRACE0001", "9SUBMITTER"));
        assert_eq!(written(|out| trace.write(out)), "TRN*1*TRACE0001*9SUBMITTER*DEPT~");
        assert_eq!(written(|out| write_trace(out, "2", "0")), "TRN*2*0~");
    }

    #[test]
    fn without_a_number_there_is_none() {
        let trace = read("TRN*1**9SUBMITTER", Trace::read);
        assert_eq!(written(|out| trace.write(out)), "");
    }
}
