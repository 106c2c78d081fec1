//! The 271: the benefits of each patient, or why they cannot be returned.

mod benefits;
mod read;
mod write;

pub use crate::segments::{Contact, Delivery, Rejection};
pub use benefits::{Benefits, SharedBenefits};

use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::{
    Dated, Header, Name, Person, Place, PostalAddress, Procedure, ProviderRole, Reference, Trace,
    levels,
};
use crate::phi::redacted;
use crate::wire::Code;

/// One 271 set.
#[derive(Clone, PartialEq, Default)]
pub struct Response {
    /// ST02.
    pub control: Box<str>,
    /// BHT.
    pub header: Header,
    /// 2000A loops.
    pub sources: Vec<Source>,
}

redacted!(Response { control });

/// The payer: loop 2000A.
pub type Source = levels::Source<Subscriber>;

/// The requester: loop 2000B.
pub type Receiver = levels::Receiver<Subscriber>;

/// A subscriber: loop 2000C.
#[derive(Clone, PartialEq, Default)]
pub struct Subscriber {
    /// The answer about the subscriber, or what identifies the subscriber of the dependents below.
    pub answer: Answer,
    /// 2000D loops; left out when the subscriber is rejected.
    pub dependents: Vec<Answer>,
}

/// The answer about one person: the loops 2000, 2100 and 2110 of the C or D kind.
#[derive(Clone, PartialEq, Default)]
pub struct Answer {
    /// TRN, up to three.
    pub traces: Vec<Trace>,
    /// Loop 2100.
    pub person: Person,
    /// 2100 AAA: why the person could not be found or answered for.
    pub rejections: Vec<Rejection>,
    /// 2110 loops; left out when the person is rejected.
    pub benefits: Benefits,
}

redacted!(Subscriber {});
redacted!(Answer { rejections });

/// EB03, repeated; most benefits are about one service type.
pub type ServiceTypes = SmallVec<[Code; 2]>;

/// One benefit: loop 2110.
#[derive(Clone, PartialEq, Default)]
pub struct Benefit {
    /// EB01: `1` active, `6` inactive, `A` coinsurance, `B` copay, `C` deductible, `G` out-of-pocket
    /// maximum...
    pub kind: Code,
    /// EB02: `IND`, `FAM`...
    pub level: Code,
    /// EB03.
    pub service_types: ServiceTypes,
    /// EB04.
    pub insurance_type: Code,
    /// EB05: the plan's name.
    pub plan: Box<str>,
    /// EB06: `23` calendar year, `29` remaining, `27` visit...
    pub period: Code,
    /// EB07: an amount of money.
    pub amount: Option<Decimal>,
    /// EB08: a percentage, 20 % is 0.2.
    pub share: Option<Decimal>,
    /// EB09: of what EB10 counts, `VS` visits, `DY` days.
    pub unit: Code,
    /// EB10.
    pub quantity: Option<Decimal>,
    /// EB11: prior authorization is needed, `Y`, `N` or `U`.
    pub authorization: Code,
    /// EB12: in the network `Y`, out of it `N`, either `W`, unknown `U`.
    pub network: Code,
    /// EB13.
    pub procedure: Option<Procedure>,
    /// EB14: positions in the patient's HI, from 1.
    pub pointers: Vec<u8>,
    /// HSD, up to nine.
    pub deliveries: Vec<Delivery>,
    /// REF, up to nine.
    pub references: Vec<Reference>,
    /// DTP, up to twenty; rarely more than one.
    pub dates: SmallVec<[Dated; 1]>,
    /// AAA, up to nine.
    pub rejections: Vec<Rejection>,
    /// MSG, up to ten of 264 characters.
    pub messages: Vec<Box<str>>,
    /// 2115 III, up to ten.
    pub places: Vec<Place>,
    /// 2120 loops, up to 23.
    pub entities: Vec<Entity>,
}

redacted!(Benefit { kind, service_types });

impl Benefit {
    /// A benefit of this kind (EB01) for these service types, without anything else.
    pub fn new(kind: &str, service_types: impl IntoIterator<Item = Code>) -> Benefit {
        Benefit {
            kind: Code::from(kind),
            service_types: service_types.into_iter().collect(),
            ..Benefit::default()
        }
    }
}

/// A party related to a benefit: loop 2120.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Entity {
    /// NM1.
    pub name: Name,
    /// N3 and N4.
    pub address: Option<PostalAddress>,
    /// PER, up to three.
    pub contacts: Vec<Contact>,
    /// PRV.
    pub role: Option<ProviderRole>,
}

redacted!(Entity { name });

impl Response {
    /// Every answer about a person, in the order of the text; with it, true for a dependent.
    pub fn answers(&self) -> impl Iterator<Item = (&Answer, bool)> {
        let receivers = self.sources.iter().flat_map(|s| &s.receivers);
        receivers.flat_map(|r| &r.subscribers).flat_map(|s| {
            std::iter::once((&s.answer, false)).chain(s.dependents.iter().map(|d| (d, true)))
        })
    }

    /// True when anything in the set was rejected.
    pub fn has_rejections(&self) -> bool {
        let sources = || self.sources.iter();
        sources().any(|s| !s.rejections.is_empty() || !s.name_rejections.is_empty())
            || sources().flat_map(|s| &s.receivers).any(|r| !r.rejections.is_empty())
            || self.answers().any(|(answer, _)| !answer.rejections.is_empty())
    }
}
