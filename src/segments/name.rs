//! NM1: a payer, provider, subscriber, patient.

use std::borrow::Cow;

use super::text::{fit, text, upper};
use crate::phi::redacted;
use crate::wire::{Code, EmitError, Emitter, Segment};

/// A party, from its NM1.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Name {
    /// NM101: `PR`, `1P`, `IL`, `03`, `P3`...
    pub entity: Code,
    /// NM102: `1` person, `2` anything else.
    pub kind: Code,
    /// NM103: last name, or the name of an organization.
    pub last: Box<str>,
    /// NM104.
    pub first: Box<str>,
    /// NM105.
    pub middle: Box<str>,
    /// NM107: `JR`, `III`.
    pub suffix: Box<str>,
    /// NM108: what kind of id NM109 is.
    pub id_qualifier: Code,
    /// NM109.
    pub id: Box<str>,
}

redacted!(Name { entity, kind });

impl Name {
    /// An organization with an id.
    pub fn organization(entity: &str, name: &str, id_qualifier: &str, id: &str) -> Name {
        Name {
            entity: Code::from(entity),
            kind: Code::from("2"),
            last: name.into(),
            id_qualifier: Code::from(id_qualifier),
            id: id.into(),
            ..Name::default()
        }
    }

    /// True for a person, false for an organization or where NM102 does not say.
    pub fn is_person(&self) -> bool {
        self.kind == "1"
    }

    /// Reads NM1; its prefix (NM106) is not kept.
    pub fn read(nm1: Segment<'_>) -> Name {
        let mut elements = nm1.elements();
        let mut next = || elements.next().map_or(&b""[..], |element| element.bytes);
        let (entity, kind) = (Code::from_bytes(next()), Code::from_bytes(next()));
        let (last, first, middle) = (text(next()), text(next()), text(next()));
        let _prefix = next();
        let suffix = text(next());
        let (id_qualifier, id) = (Code::from_bytes(next()), text(next()));
        Name { entity, kind, last, first, middle, suffix, id_qualifier, id }
    }

    /// Writes NM1; an id without a qualifier, or the reverse, is left out, because each requires the other. Only a person has
    /// given names.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        let id = fit(&self.id, 2, 80, delimiters);
        let has_id = !id.is_empty() && !self.id_qualifier.is_empty();
        let given = |text, chars_max| match self.is_person() {
            true => upper(text, chars_max, delimiters),
            false => Cow::Borrowed(""),
        };
        NameElements {
            entity: self.entity.as_str(),
            kind: self.kind.as_str(),
            last: &upper(&self.last, 60, delimiters),
            first: &given(&self.first, 35),
            middle: &given(&self.middle, 25),
            suffix: &given(&self.suffix, 10),
            id_qualifier: if has_id { self.id_qualifier.as_str() } else { "" },
            id: if has_id { &id } else { "" },
        }
        .write(out)
    }
}

/// The bare layout of NM1, for text that is known to fit.
#[derive(Clone, Copy, Default)]
pub struct NameElements<'t> {
    /// NM101.
    pub entity: &'t str,
    /// NM102.
    pub kind: &'t str,
    /// NM103.
    pub last: &'t str,
    /// NM104.
    pub first: &'t str,
    /// NM105.
    pub middle: &'t str,
    /// NM107.
    pub suffix: &'t str,
    /// NM108.
    pub id_qualifier: &'t str,
    /// NM109.
    pub id: &'t str,
}

redacted!(NameElements<'_> { entity, kind });

impl NameElements<'_> {
    /// Writes NM1.
    ///
    /// # Errors
    /// Text that does not fit.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.segment("NM1")
            .text(self.entity)
            .text(self.kind)
            .text(self.last)
            .text(self.first)
            .text(self.middle)
            .text("")
            .text(self.suffix)
            .text(self.id_qualifier)
            .text(self.id)
            .end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn a_person_is_read_and_written() {
        let text = "NM1*IL*1*DOE*JANE*A**JR*MI*S12300000101";
        let name = read(text, Name::read);
        assert!(name.is_person());
        assert_eq!((&*name.last, &*name.first, &*name.middle), ("DOE", "JANE", "A"));
        assert_eq!((&*name.suffix, &*name.id), ("JR", "S12300000101"));
        assert_eq!(written(|out| name.write(out)), format!("{text}~"));
        assert_eq!(read("NM1", Name::read), Name::default());
    }

    #[test]
    fn an_organization_has_no_given_name() {
        let mut name = Name::organization("PR", "Sample Health Plan", "PI", "99999");
        name.first = "JANE".into();
        assert_eq!(written(|out| name.write(out)), "NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~");
    }

    #[test]
    fn an_id_and_its_qualifier_go_together() {
        for (qualifier, id) in [("PI", ""), ("", "99999"), ("PI", "9")] {
            let name = Name::organization("PR", "PLAN", qualifier, id);
            assert_eq!(written(|out| name.write(out)), "NM1*PR*2*PLAN~");
        }
    }
}
