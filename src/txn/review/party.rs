//! Who takes part: payer, requester, providers, places, subscriber and dependent.

use time::Date;

use crate::phi::redacted;
use crate::segments::{
    Contact, Dated, Demographics, Gender, Insured, Name, PostalAddress, ProviderRole, Reference,
    Rejection, Trace, find,
};

/// A payer, a provider, a place or another organization.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// NM1.
    pub name: Name,
    /// REF.
    pub references: Vec<Reference>,
    /// N3 and N4.
    pub address: Option<PostalAddress>,
    /// PER; three for the contact of a decision, else one.
    pub contacts: Vec<Contact>,
    /// PRV.
    pub role: Option<ProviderRole>,
    /// DTP*598: when another organization denied; only in a request.
    pub dates: Vec<Dated>,
    /// AAA; only in an answer.
    pub rejections: Vec<Rejection>,
}

redacted!(Party {});

impl Party {
    /// A party of this name.
    pub fn named(name: Name) -> Party {
        Party { name, ..Party::default() }
    }

    /// True where the party is not named, because an answer ended above it.
    pub fn is_absent(&self) -> bool {
        self.name.entity.is_empty()
    }

    /// The NPI; none where the party is known by another id.
    pub fn npi(&self) -> Option<&str> {
        (self.name.id_qualifier == "XX").then_some(&*self.name.id)
    }

    /// The taxonomy code of PRV; none where it is not given.
    pub fn taxonomy(&self) -> Option<&str> {
        let role = self.role.as_ref().filter(|role| role.qualifier == "PXC")?;
        Some(&*role.value)
    }

    /// The first REF with this qualifier.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        find(&self.references, qualifier)
    }
}

/// A subscriber or dependent.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// TRN of the level; only in the acknowledgment of a notification.
    pub traces: Vec<Trace>,
    /// AAA of the level; only in the acknowledgment of a notification.
    pub level_rejections: Vec<Rejection>,
    /// REF*NT of the level, the number of a receipt; only in the acknowledgment of a notification.
    pub receipt: Option<Reference>,
    /// NM1.
    pub name: Name,
    /// REF: nine of a subscriber, three of a dependent.
    pub references: Vec<Reference>,
    /// N3 and N4; not in an inquiry.
    pub address: Option<PostalAddress>,
    /// DMG.
    pub demographics: Demographics,
    /// INS; not in an inquiry.
    pub insured: Option<Insured>,
    /// AAA; only in an answer.
    pub rejections: Vec<Rejection>,
}

redacted!(Person {});

impl Person {
    /// True where the person is not named, because an answer ended above them.
    pub fn is_absent(&self) -> bool {
        self.name.entity.is_empty()
    }

    /// The first REF with this qualifier.
    pub fn reference(&self, qualifier: &str) -> Option<&str> {
        find(&self.references, qualifier)
    }

    /// The birth date; none where it is absent or malformed.
    pub fn birth(&self) -> Option<Date> {
        self.demographics.birth.value()
    }

    /// The gender; none where it is absent or malformed.
    pub fn gender(&self) -> Option<Gender> {
        self.demographics.gender.value()
    }
}
