//! The envelope around functional groups, written by whoever makes an interchange of their own.

use time::{Date, PrimitiveDateTime, Time};

use super::{EmitError, Emitter, Tag};

/// One side of an interchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// ISA05 or ISA07.
    pub qualifier: String,
    /// ISA06 or ISA08, without its padding; GS02 or GS03 too.
    pub id: String,
}

impl Party {
    /// An id that the two agreed on (`ZZ`).
    pub fn agreed(id: &str) -> Party {
        Party { qualifier: "ZZ".to_owned(), id: id.to_owned() }
    }
}

/// An interchange being written: who to whom, when, under which number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Who sends.
    pub from: Party,
    /// Who is to get it.
    pub to: Party,
    /// ISA13, up to nine digits.
    pub control: u32,
    /// ISA15 `P` rather than `T`.
    pub production: bool,
    /// When it was made.
    pub at: PrimitiveDateTime,
}

impl Sheet {
    /// Writes ISA. An id that does not fit is the error.
    pub fn isa(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        for (party, element) in [(&self.from, 6), (&self.to, 8)] {
            let plain = |b: u8| (0x20..0x7f).contains(&b) && !delimiters.contains(b);
            if party.id.is_empty() || party.id.len() > 15 || !party.id.bytes().all(plain) {
                return Err(EmitError {
                    loop_id: "envelope".to_owned(),
                    tag: Tag::from("ISA"),
                    element,
                    why: "an id has 1 to 15 characters, none of them a separator",
                });
            }
        }
        let isa = [
            "ISA".to_owned(),
            "00".to_owned(),
            " ".repeat(10),
            "00".to_owned(),
            " ".repeat(10),
            format!("{:2.2}", self.from.qualifier),
            format!("{:15}", self.from.id),
            format!("{:2.2}", self.to.qualifier),
            format!("{:15}", self.to.id),
            ccyymmdd(self.at.date())[2..].to_owned(),
            hhmm(self.at.time()),
            delimiters.repetition.map_or('U', char::from).to_string(),
            "00501".to_owned(),
            format!("{:09}", self.control),
            "0".to_owned(),
            (if self.production { "P" } else { "T" }).to_owned(),
            char::from(delimiters.component).to_string(),
        ];
        out.raw(isa.join(&char::from(delimiters.element).to_string()).as_bytes());
        out.raw(&[delimiters.terminator]);
        if out.line_feeds() {
            out.raw(b"\n");
        }
        Ok(())
    }

    /// Writes GS with this functional group code, number and guide.
    pub fn gs(
        &self,
        out: &mut Emitter,
        functional: &str,
        number: u32,
        guide: &str,
    ) -> Result<(), EmitError> {
        out.segment("GS")
            .text(functional)
            .text(&self.from.id)
            .text(&self.to.id)
            .text(&ccyymmdd(self.at.date()))
            .text(&hhmm(self.at.time()))
            .number(u64::from(number))
            .text("X")
            .text(guide)
            .end()
    }

    /// Writes GE of the group of this number.
    pub fn ge(&self, out: &mut Emitter, number: u32, sets: u32) -> Result<(), EmitError> {
        out.segment("GE").number(u64::from(sets)).number(u64::from(number)).end()
    }

    /// Writes IEA.
    pub fn iea(&self, out: &mut Emitter, groups: u32) -> Result<(), EmitError> {
        out.segment("IEA").number(u64::from(groups)).text(&format!("{:09}", self.control)).end()
    }
}

/// `CCYYMMDD`.
pub fn ccyymmdd(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
}

/// `HHMM`.
pub fn hhmm(time: Time) -> String {
    format!("{:02}{:02}", time.hour(), time.minute())
}
