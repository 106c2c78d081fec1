//! The kinds of set that can be written.

use super::Writer;
use super::claim::{Claims, Flavour};
use super::inquiry::Inquiries;
use super::payment::Payments;

/// A kind of set, by the name it has on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Eligibility inquiries about members of the synthetic store.
    Inquiry,
    /// Professional claims.
    Professional,
    /// Institutional claims.
    Institutional,
    /// Dental claims.
    Dental,
    /// Payments of claims.
    Payment,
}

/// What a kind is called and how its sets are grouped.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// Its name, such as `837p`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// ST01.
    pub set: &'static str,
    /// GS01.
    pub functional: &'static str,
    /// GS08.
    pub guide: &'static str,
    /// What is counted: `claim`, `patient`.
    pub item: &'static str,
    /// Items in a set unless something else is asked for.
    pub per_set: u32,
    /// Most items in a set.
    pub per_set_max: u32,
}

impl Kind {
    /// All of them, in the order of the README.
    pub const ALL: [Kind; 5] =
        [Kind::Inquiry, Kind::Professional, Kind::Institutional, Kind::Dental, Kind::Payment];

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.facts().name == name)
    }

    /// What it is called and how it is grouped.
    pub const fn facts(self) -> Facts {
        const MANY: u32 = 100_000_000;
        let (name, functional, guide, item, per_set, per_set_max) = match self {
            Kind::Inquiry => ("270", "HS", "005010X279A1", "patient", 1, 99),
            Kind::Professional => ("837p", "HC", "005010X222A1", "claim", 100, MANY),
            Kind::Institutional => ("837i", "HC", "005010X223A2", "claim", 100, MANY),
            Kind::Dental => ("837d", "HC", "005010X224A2", "claim", 100, MANY),
            Kind::Payment => ("835", "HP", "005010X221A1", "claim", 100, MANY),
        };
        let about = match self {
            Kind::Inquiry => "eligibility inquiries",
            Kind::Professional => "professional claims",
            Kind::Institutional => "institutional claims",
            Kind::Dental => "dental claims",
            Kind::Payment => "payments of claims",
        };
        let set = match self {
            Kind::Inquiry => "270",
            Kind::Professional | Kind::Institutional | Kind::Dental => "837",
            Kind::Payment => "835",
        };
        Facts { name, about, set, functional, guide, item, per_set, per_set_max }
    }

    /// True where ST03 repeats the guide; an 835 names it in GS08 alone.
    pub(super) fn names_guide_in_set(self) -> bool {
        self != Kind::Payment
    }

    /// What writes it.
    pub(super) fn writer(self) -> Box<dyn Writer> {
        match self {
            Kind::Inquiry => Box::new(Inquiries::default()),
            Kind::Professional => Box::new(Claims::new(Flavour::Professional)),
            Kind::Institutional => Box::new(Claims::new(Flavour::Institutional)),
            Kind::Dental => Box::new(Claims::new(Flavour::Dental)),
            Kind::Payment => Box::new(Payments::default()),
        }
    }
}
