//! Who appears: members of the synthetic store with their families, providers, organizations and payers.

use super::random::Random;
use super::text::{Short, numbered, words};
use crate::store::synthetic::{self, FIRSTS, LASTS, family_of, member};
use crate::store::{Gender, Member, Relationship};

/// A patient with the subscriber whose coverage pays.
#[derive(Debug)]
pub(super) struct Family {
    /// The subscriber.
    pub(super) subscriber: Member,
    /// The patient, where that is another person.
    pub(super) dependent: Option<Member>,
}

impl Family {
    /// A family of the store that `store load --synthetic` fills with this many members.
    pub(super) fn draw(random: &mut Random, members: u64) -> Self {
        let index = random.below(members.max(1));
        let drawn = member(index);
        if drawn.own_id {
            return Family { subscriber: drawn, dependent: None };
        }
        let (_, place) = family_of(index);
        Family { subscriber: member(index - place), dependent: Some(drawn) }
    }

    /// Who is treated.
    pub(super) fn patient(&self) -> &Member {
        self.dependent.as_ref().unwrap_or(&self.subscriber)
    }

    /// The patient's relationship to the subscriber, as PAT01 and SBR02 say it.
    pub(super) fn relationship(&self) -> &'static str {
        match self.patient().relationship {
            _ if self.dependent.is_none() => "18",
            Relationship::Spouse => "01",
            Relationship::Child => "19",
            Relationship::Myself | Relationship::Other => "G8",
        }
    }
}

/// `F`, `M` or `U`, as DMG03 says it.
pub(super) fn gender(member: &Member) -> &'static str {
    match member.gender {
        Gender::Female => "F",
        Gender::Male => "M",
        Gender::Unknown => "U",
    }
}

/// A person who treats patients.
#[derive(Debug, Clone, Copy)]
pub(super) struct Provider {
    /// National provider identifier.
    pub(super) npi: Short,
    /// Last name.
    pub(super) last: &'static str,
    /// First name.
    pub(super) first: &'static str,
    /// Taxonomy code.
    pub(super) taxonomy: &'static str,
}

const TAXONOMIES: [&str; 6] =
    ["207R00000X", "207Q00000X", "208000000X", "207X00000X", "363L00000X", "208600000X"];

impl Provider {
    /// One of four hundred providers.
    pub(super) fn draw(random: &mut Random) -> Self {
        let number = random.below(400);
        Provider {
            npi: npi(number),
            last: LASTS[(number * 7 % LASTS.len() as u64) as usize],
            first: FIRSTS[(number * 5 % FIRSTS.len() as u64) as usize],
            taxonomy: TAXONOMIES[(number % TAXONOMIES.len() as u64) as usize],
        }
    }
}

/// A practice, hospital, laboratory or supplier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Organization {
    /// National provider identifier.
    pub(super) npi: Short,
    /// Name.
    pub(super) name: Short,
    /// Street.
    pub(super) street: Short,
    /// City.
    pub(super) city: &'static str,
    /// Postal code of nine digits.
    pub(super) zip: &'static str,
    /// Employer's tax id.
    pub(super) tax: Short,
}

const PLACES: [(&str, &str); 5] = [
    ("BOSTON", "021111234"),
    ("WORCESTER", "016081234"),
    ("LOWELL", "018501234"),
    ("QUINCY", "021691234"),
    ("SALEM", "019701234"),
];
const ROADS: [&str; 4] = ["MAIN ST", "HARBOR RD", "STATION AVE", "HILL ST"];

impl Organization {
    /// One of two hundred organizations of this kind, such as `CLINIC`.
    pub(super) fn draw(random: &mut Random, kind: &str) -> Self {
        Organization::of(random.below(200), kind)
    }

    /// The organization of this number.
    pub(super) fn of(number: u64, kind: &str) -> Self {
        let (city, zip) = PLACES[(number % PLACES.len() as u64) as usize];
        Organization {
            npi: npi(1000 + number),
            name: words(&[city, kind, numbered("", number, 1).as_str()]),
            street: words(&[numbered("", 1 + number, 1).as_str(), ROADS[(number % 4) as usize]]),
            city,
            zip,
            tax: numbered("99", 1_000_000 + number, 7),
        }
    }
}

/// A number that passes for an NPI, as the synthetic store has them.
fn npi(number: u64) -> Short {
    numbered("", synthetic::npi(number), 10)
}

/// A health plan: its name and its id.
pub(super) type Payer = (&'static str, &'static str);

/// The sandbox payer, to whom everything is sent.
pub(super) const PAYER: Payer = ("SAMPLE HEALTH PLAN", "99999");

/// Other payers, before or after it.
pub(super) const OTHER_PAYERS: [Payer; 4] = [
    ("OTHER STATE HEALTH", "77777"),
    ("OTHER PLAN", "88888"),
    ("UNION TRUST FUND", "66666"),
    ("SAMPLE RETIREE PLAN", "55555"),
];

/// An invented last and first name.
pub(super) fn name(random: &mut Random) -> (&'static str, &'static str) {
    (random.pick(&LASTS), random.pick(&FIRSTS))
}
