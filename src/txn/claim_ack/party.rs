//! The parties of a 277CA, as their NM1 names them. What was left out or cannot be written is replaced, so that the 277CA
//! itself is valid.

use super::super::ack::plain;
use crate::check::BillingProvider;
use crate::dict::is_npi;
use crate::segments::{Name, NameElements};
use crate::wire::{Delimiters, EmitError, Emitter};

/// Written where a name is required and there is none.
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
        NameElements {
            entity,
            kind: "2",
            last: &limited(&self.name, 60, separators, NAMELESS),
            id_qualifier: &limited(&self.qualifier, 2, separators, "46"),
            id: &id(&self.id, separators),
            ..NameElements::default()
        }
        .write(out)
    }
}

/// NM1*41: who sent the 837.
pub(super) fn submitter(out: &mut Emitter, name: &Name) -> Result<(), EmitError> {
    let id = id(&name.id, out.delimiters());
    party(out, "41", name, name.is_person(), ("46", &id))
}

/// NM1*85 by its NPI, or by its tax id where there is no valid NPI.
pub(super) fn provider(out: &mut Emitter, provider: &BillingProvider) -> Result<(), EmitError> {
    let name = &provider.name;
    let (qualifier, number) = match (name.id_qualifier.as_str(), &*name.id, &*provider.tax_id) {
        ("XX", number, _) if is_npi(number.as_bytes()) => ("XX", number),
        (_, _, tax_id) if !tax_id.is_empty() => ("FI", tax_id),
        (_, number, _) => ("SV", number),
    };
    let id = id(number, out.delimiters());
    party(out, "85", name, name.is_person(), (qualifier, &id))
}

/// NM1*QC.
pub(super) fn patient(out: &mut Emitter, name: &Name) -> Result<(), EmitError> {
    let qualifier = if name.id_qualifier == "II" { "II" } else { "MI" };
    let id = id(&name.id, out.delimiters());
    party(out, "QC", name, true, (qualifier, &id))
}

/// NM1 of a party that an 837 names. Only a person has given names, and a sender has no suffix.
fn party(
    out: &mut Emitter,
    entity: &str,
    name: &Name,
    is_person: bool,
    (id_qualifier, id): (&str, &str),
) -> Result<(), EmitError> {
    let separators = out.delimiters();
    let given = |text: &str, most| match is_person {
        true => limited(text, most, separators, ""),
        false => String::new(),
    };
    let suffix = if entity == "41" { String::new() } else { given(&name.suffix, 10) };
    NameElements {
        entity,
        kind: if is_person { "1" } else { "2" },
        last: &limited(&name.last, 60, separators, NAMELESS),
        first: &given(&name.first, 35),
        middle: &given(&name.middle, 25),
        suffix: &suffix,
        id_qualifier,
        id,
    }
    .write(out)
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
