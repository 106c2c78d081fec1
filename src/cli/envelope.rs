//! Envelopes of what commands write themselves: `ask` and `generate` play the provider's side, `ack` answers a file
//! without a store.

use clap::Args;
use time::{Date, PrimitiveDateTime, Time};

use super::failure::{Failure, Result};
use crate::wire::{EmitError, Emitter};

/// One side of an interchange.
#[derive(Debug, Clone)]
pub(super) struct Party {
    /// ISA05 or ISA07.
    pub(super) qualifier: String,
    /// ISA06 or ISA08, without its padding.
    pub(super) id: String,
}

impl Party {
    /// An id that the two agreed on.
    pub(super) fn agreed(id: &str) -> Party {
        Party { qualifier: "ZZ".to_owned(), id: id.to_owned() }
    }
}

/// An interchange being written: who to whom, when, under which number.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) from: Party,
    pub(super) to: Party,
    pub(super) control: u32,
    pub(super) production: bool,
    pub(super) at: PrimitiveDateTime,
}

impl Sheet {
    /// Writes ISA.
    pub(super) fn isa(&self, out: &mut Emitter) -> Result<()> {
        let delimiters = out.delimiters();
        for party in [&self.from, &self.to] {
            let plain = |b: u8| (0x20..0x7f).contains(&b) && !delimiters.contains(b);
            if party.id.is_empty() || party.id.len() > 15 || !party.id.bytes().all(plain) {
                return Err(Failure::Refused(format!(
                    "`{}` is no id of 1 to 15 characters",
                    party.id
                )));
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

    /// Writes GS.
    pub(super) fn gs(
        &self,
        out: &mut Emitter,
        functional: &str,
        number: u32,
        guide: &str,
    ) -> std::result::Result<(), EmitError> {
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

    /// Writes IEA.
    pub(super) fn iea(&self, out: &mut Emitter, groups: u32) -> std::result::Result<(), EmitError> {
        out.segment("IEA").number(u64::from(groups)).text(&format!("{:09}", self.control)).end()
    }
}

/// Writes GE.
pub(super) fn ge(out: &mut Emitter, number: u32, sets: u32) -> std::result::Result<(), EmitError> {
    out.segment("GE").number(u64::from(sets)).number(u64::from(number)).end()
}

/// Who sends to whom, as arguments.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Envelope")]
pub(super) struct Mailboxes {
    /// Sender id (ISA06, GS02)
    #[arg(long, value_name = "ID", default_value = "SUBMITTER1")]
    sender: String,
    /// Receiver id (ISA08, GS03)
    #[arg(long, value_name = "ID", default_value = "PAYERGW")]
    receiver: String,
    /// Interchange control number (ISA13)
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=999_999_999))]
    control: Option<u32>,
    /// Mark the interchange as production (ISA15 P) instead of test
    #[arg(long)]
    production: bool,
}

impl Mailboxes {
    /// The sheet for an interchange made at this time; `control` where the arguments name none.
    pub(super) fn sheet(&self, at: PrimitiveDateTime, control: u32) -> Sheet {
        Sheet {
            from: Party::agreed(&self.sender),
            to: Party::agreed(&self.receiver),
            control: self.control.unwrap_or(control),
            production: self.production,
            at,
        }
    }
}

/// `CCYYMMDD`.
pub(super) fn ccyymmdd(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
}

/// `HHMM`.
pub(super) fn hhmm(time: Time) -> String {
    format!("{:02}{:02}", time.hour(), time.minute())
}

/// Reads `CCYYMMDD` or `CCYY-MM-DD`, for arguments.
pub(super) fn parse_date(text: &str) -> std::result::Result<Date, String> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    crate::wire::value::date_d8(digits.as_bytes())
        .ok_or_else(|| format!("`{text}` is not a date CCYYMMDD"))
}
