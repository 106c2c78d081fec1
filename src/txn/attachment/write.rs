//! From the values of a 275 to the set.

use super::{GUIDE_275, Item, Submission, Wanted};
use crate::segments::text::fit;
use crate::segments::{Dated, Name, Sent, When};
use crate::wire::value::{d8_text, tm_text};
use crate::wire::{Code, EmitError, Emitter};

/// Most REF of the provider, and of a line.
const PROVIDER_REFERENCES_MAX: usize = 6;
const LINES_MAX: usize = 3;

/// The references of the claim in the order of the guide.
const REFERENCES: [&str; 4] = ["EJ", "BLT", "EA", "D9"];

impl Submission {
    /// Writes the set, ST to SE. Documents are written as they are, whatever bytes they contain.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        out.begin_set("275", &self.control, Some(GUIDE_275))?;
        let date = self.date.value().map(d8_text);
        let time = self.time.value().map(tm_text);
        out.segment("BGN")
            .text(self.purpose.as_str())
            .text(&fit(&self.reference, 1, 50, delimiters))
            .maybe(date.as_ref().map(|date| date.as_str()))
            .maybe(time.as_ref().map(|time| time.as_str()))
            .end()?;
        out.enter("1000A");
        self.payer.write(out)?;
        if let Some(contact) = &self.contact {
            contact.write(out)?;
        }
        out.enter("1000B");
        without_suffix(&self.submitter).write(out)?;
        out.enter("1000C");
        self.provider.write(out)?;
        if let Some(specialty) = &self.specialty {
            specialty.write(out)?;
        }
        for reference in self.provider_references.iter().take(PROVIDER_REFERENCES_MAX) {
            reference.write_bare(out)?;
        }
        if let Some(address) = &self.address {
            out.enter("1100C");
            out.segment("NX1").text("1P").end()?;
            address.write(out)?;
        }
        out.enter("1000D");
        self.patient.write(out)?;
        for qualifier in REFERENCES {
            if let Some(found) = self.references.iter().find(|r| r.qualifier == qualifier) {
                found.write_bare(out)?;
            }
        }
        if let Some(service) = &self.service {
            service.write(out)?;
        }
        for (number, item) in (1..).zip(&self.items) {
            item.write(number, out)?;
        }
        out.end_set(&self.control)
    }
}

impl Item {
    fn write(&self, number: u64, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2000A");
        out.segment("LX").number(number).end()?;
        self.trace.write(out)?;
        if !self.wanted.is_empty() {
            write_wanted(&self.wanted, out)?;
        }
        for line in self.lines.iter().take(LINES_MAX) {
            line.write_bare(out)?;
        }
        if let Some(service) = &self.service {
            out.enter("2100A");
            service.write(out)?;
        }
        out.enter("2100B");
        let when = match self.submitted {
            Sent::Value(day) => Sent::Value(When::Day(day)),
            _ => Sent::Absent,
        };
        Dated { qualifier: Code::from("368"), when }.write(out)?;
        out.segment("CAT").text("AE").text(self.form.as_str()).end()?;
        for document in &self.documents {
            out.enter("2110B");
            out.segment("EFI").text("05").end()?;
            out.segment("BIN").binary(document).end()?;
        }
        Ok(())
    }
}

/// STC with up to three things that are asked for.
fn write_wanted(wanted: &[Wanted], out: &mut Emitter) -> Result<(), EmitError> {
    let nothing = Wanted::default();
    let part = |index: usize| wanted.get(index).unwrap_or(&nothing).components();
    out.segment("STC").composite(&part(0)).skip_to(10).composite(&part(1)).composite(&part(2)).end()
}

/// A submitter has no middle name or suffix here.
fn without_suffix(name: &Name) -> Name {
    Name { suffix: "".into(), ..name.clone() }
}
