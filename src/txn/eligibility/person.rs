//! A subscriber or dependent as one side knows them: loop 2100C or 2100D of either set.

use time::Date;

use super::levels::{write_references, write_rejections};
use crate::phi::redacted;
use crate::segments::{
    Dated, Demographics, Diagnosis, Gender, Insured, Name, PostalAddress, ProviderRole, Reference,
    Rejection, Sent, When, find, read_diagnoses, write_diagnoses,
};
use crate::tree::LoopRef;
use crate::wire::{EmitError, Emitter};

/// A subscriber or dependent.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// NM1.
    pub name: Name,
    /// REF, up to nine.
    pub references: Vec<Reference>,
    /// N3 and N4.
    pub address: Option<PostalAddress>,
    /// PRV.
    pub provider: Option<ProviderRole>,
    /// DMG02.
    pub birth: Sent<Date>,
    /// DMG03.
    pub gender: Sent<Gender>,
    /// INS.
    pub insured: Option<Insured>,
    /// HI, up to eight.
    pub diagnoses: Vec<Diagnosis>,
    /// DTP: two in a 270, nine in a 271.
    pub dates: Vec<Dated>,
}

redacted!(Person {});

/// The differences between the two sets in writing a person.
#[derive(Clone, Copy)]
pub(super) enum PersonForm<'r> {
    /// A 270: no descriptions of references, no unknown gender, two dates.
    Inquiry,
    /// A 271: with the AAA of the loop, and nine dates.
    Answer(&'r [Rejection]),
}

impl Person {
    /// The first REF with this qualifier.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        find(&self.references, qualifier)
    }

    /// The first DTP with this qualifier.
    pub fn date(&self, qualifier: &str) -> Sent<When> {
        self.dates.iter().find(|d| d.qualifier == qualifier).map_or(Sent::Absent, |d| d.when)
    }

    /// Reads a 2100C or 2100D loop.
    pub(super) fn read(here: LoopRef<'_>) -> Person {
        let address = PostalAddress::read(here.first("N3"), here.first("N4"));
        let mut person = Person { address, ..Person::default() };
        for segment in here.segments() {
            match segment.tag_bytes() {
                b"NM1" => person.name = Name::read(segment),
                b"REF" => person.references.push(Reference::read(segment)),
                b"PRV" => person.provider = Some(ProviderRole::read(segment)),
                b"DMG" => {
                    let Demographics { birth, gender } = Demographics::read(segment);
                    (person.birth, person.gender) = (birth, gender);
                }
                b"INS" => person.insured = Some(Insured::read(segment)),
                b"HI" => person.diagnoses = read_diagnoses(segment),
                b"DTP" => person.dates.push(Dated::read(segment)),
                _ => {}
            }
        }
        person
    }

    /// Writes loop 2100C or 2100D.
    pub(super) fn write(&self, form: PersonForm<'_>, out: &mut Emitter) -> Result<(), EmitError> {
        let (rejections, is_answer, dates_max) = match form {
            PersonForm::Inquiry => (&[][..], false, 2),
            PersonForm::Answer(rejections) => (rejections, true, 9),
        };
        self.name.write(out)?;
        write_references(&self.references, is_answer, out)?;
        if let Some(address) = &self.address {
            address.write(out)?;
        }
        write_rejections(rejections, out)?;
        if let Some(role) = &self.provider {
            role.write(out)?;
        }
        // Only an answer can say that the gender is not known.
        let gender = self.gender.value().filter(|gender| is_answer || *gender != Gender::Unknown);
        Demographics { birth: self.birth, gender: gender.into() }.write(out)?;
        if let Some(insured) = &self.insured {
            insured.write(out)?;
        }
        write_diagnoses(&self.diagnoses, out)?;
        self.dates.iter().take(dates_max).try_for_each(|dated| dated.write(out))
    }
}
