//! BHT: the purpose of a set and its sender's number for it.

use time::{Date, Time};

use super::Sent;
use super::text::{fit, text};
use crate::phi::redacted;
use crate::wire::value::{d8_text, date_d8, time_tm, tm_text};
use crate::wire::{Code, EmitError, Emitter, Segment};

/// The purpose of a set and its sender's number for it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// BHT02: in a 270 `13` request or `01` cancellation; in a 271 `11` response or `06` confirmation.
    pub purpose: Code,
    /// BHT03: the submitter's own number for the transaction; a real-time answer returns it.
    pub reference: Box<str>,
    /// BHT04.
    pub date: Sent<Date>,
    /// BHT05; read to the hundredth, written to the second.
    pub time: Sent<Time>,
    /// BHT06: in a 270 `RT` for a spend-down.
    pub kind: Code,
}

redacted!(Header { purpose, kind });

impl Header {
    /// Reads BHT; its structure (BHT01) follows from the set.
    pub fn read(bht: Segment<'_>) -> Header {
        Header {
            purpose: Code::from_bytes(bht.value(2)),
            reference: text(bht.value(3)),
            date: Sent::from_element(bht.value(4), date_d8),
            time: Sent::from_element(bht.value(5), time_tm),
            kind: Code::from_bytes(bht.value(6)),
        }
    }

    /// Writes BHT of a set of this structure (BHT01).
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, structure: &str, out: &mut Emitter) -> Result<(), EmitError> {
        let reference = fit(&self.reference, 1, 50, out.delimiters());
        let date = self.date.value().map(d8_text);
        let time = self.time.value().map(tm_text);
        out.segment("BHT")
            .text(structure)
            .text(self.purpose.as_str())
            .text(&reference)
            .maybe(date.as_ref().map(|date| date.as_str()))
            .maybe(time.as_ref().map(|time| time.as_str()))
            .text(self.kind.as_str())
            .end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        let text = "BHT*0022*13*TX0001*20260105*0930*RT";
        let header = read(text, Header::read);
        assert_eq!((&*header.reference, header.kind), ("TX0001", Code::new("RT")));
        assert_eq!(written(|out| header.write("0022", out)), format!("{text}~"));
    }

    #[test]
    fn a_malformed_date_is_left_out() {
        let header = read("BHT*0022*13*TX0001*20261305*2561", Header::read);
        assert!(header.date.is_malformed() && header.time.is_malformed());
        assert_eq!(written(|out| header.write("0022", out)), "BHT*0022*13*TX0001~");
    }
}
