//! The parties of a 277CA, as their NM1 names them. What was left out or cannot be written is replaced, so that the 277CA
//! itself is sound.

use super::super::ack::plain;
use crate::check::{BillingProvider, Name};
use crate::dict::is_npi;
use crate::wire::{Delimiters, EmitError, Emitter};

/// Stands where a name is required and there is none.
const NAMELESS: &str = "UNKNOWN";

/// Who acknowledges: the information source of loop 2100A.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// NM103.
    pub name: Box<str>,
    /// NM108: `46`, `FI`, `PI` or `XV`.
    pub qualifier: Box<str>,
    /// NM109.
    pub id: Box<str>,
}

impl Source {
    /// The receiver an 837 names (loop 1000B).
    pub(super) fn receiver(receiver: &Name) -> Source {
        Source { name: receiver.last.clone(), qualifier: "46".into(), id: receiver.id.clone() }
    }

    pub(super) fn write(&self, out: &mut Emitter, entity: &str) -> Result<(), EmitError> {
        let separators = out.delimiters();
        out.segment("NM1")
            .text(entity)
            .text("2")
            .text(&limited(&self.name, 60, separators, NAMELESS))
            .skip_to(8)
            .text(&limited(&self.qualifier, 2, separators, "46"))
            .text(&id(&self.id, separators))
            .end()
    }
}

/// NM1*41: who sent the 837.
pub(super) fn submitter(out: &mut Emitter, name: &Name) -> Result<(), EmitError> {
    let separators = out.delimiters();
    let person = |text: &str, most| match name.is_person {
        true => limited(text, most, separators, ""),
        false => String::new(),
    };
    out.segment("NM1")
        .text("41")
        .text(if name.is_person { "1" } else { "2" })
        .text(&limited(&name.last, 60, separators, NAMELESS))
        .text(&person(&name.first, 35))
        .text(&person(&name.middle, 25))
        .skip_to(8)
        .text("46")
        .text(&id(&name.id, separators))
        .end()
}

/// NM1*85 by its NPI, or by its tax id where the number is none.
pub(super) fn provider(out: &mut Emitter, provider: &BillingProvider) -> Result<(), EmitError> {
    let separators = out.delimiters();
    let name = &provider.name;
    let person = |text: &str, most| match name.is_person {
        true => limited(text, most, separators, ""),
        false => String::new(),
    };
    let (qualifier, number) = match (&*name.qualifier, &*name.id, &*provider.tax_id) {
        ("XX", number, _) if is_npi(number.as_bytes()) => ("XX", number),
        (_, _, tax_id) if !tax_id.is_empty() => ("FI", tax_id),
        (_, number, _) => ("SV", number),
    };
    out.segment("NM1")
        .text("85")
        .text(if name.is_person { "1" } else { "2" })
        .text(&limited(&name.last, 60, separators, NAMELESS))
        .text(&person(&name.first, 35))
        .text(&person(&name.middle, 25))
        .skip_to(7)
        .text(&person(&name.suffix, 10))
        .text(qualifier)
        .text(&id(number, separators))
        .end()
}

/// NM1*QC.
pub(super) fn patient(out: &mut Emitter, name: &Name) -> Result<(), EmitError> {
    let separators = out.delimiters();
    let text = |text: &str, most| limited(text, most, separators, "");
    out.segment("NM1")
        .text("QC")
        .text("1")
        .text(&limited(&name.last, 60, separators, NAMELESS))
        .text(&text(&name.first, 35))
        .text(&text(&name.middle, 25))
        .skip_to(7)
        .text(&text(&name.suffix, 10))
        .text(if &*name.qualifier == "II" { "II" } else { "MI" })
        .text(&id(&name.id, separators))
        .end()
}

/// An id of at least two characters.
fn id(text: &str, separators: Delimiters) -> String {
    format!("{:0>2}", limited(text, 80, separators, NAMELESS))
}

/// Text that can be written, cut to a length.
pub(super) fn limited(text: &str, most: usize, separators: Delimiters, stand_in: &str) -> String {
    let mut text = plain(text, separators, stand_in);
    text.truncate(most);
    text.truncate(text.trim_end().len());
    text
}
