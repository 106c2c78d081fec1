//! Benefit enrollment and maintenance (834, 005010X220A1): what a sponsor says of its members and their coverage, read member by
//! member.
//!
//! What an enrollment is decided by is here. Contacts, income, health, languages, schools, responsible persons and reporting
//! categories are not read.

mod read;
#[cfg(test)]
mod tests;

use time::{Date, Time};

use crate::phi::redacted;
use crate::segments::{Dated, Demographics, Name, PostalAddress, Reference, Sent, When};
use crate::wire::Code;

/// The guide of the 834.
pub const GUIDE_834: &str = "005010X220A1";

/// One 834 set.
#[derive(Clone, PartialEq, Default)]
pub struct Enrollment {
    /// What is said of the file as a whole.
    pub header: Header,
    /// 2000 loops, in order.
    pub members: Vec<Member>,
}

redacted!(Enrollment { header });

/// ST to loop 1000C.
#[derive(Clone, PartialEq, Default)]
pub struct Header {
    /// ST02.
    pub control: Box<str>,
    /// BGN02: the sender's number of the file.
    pub reference: Box<str>,
    /// BGN03: when it was made.
    pub date: Sent<Date>,
    /// BGN04.
    pub time: Sent<Time>,
    /// BGN08: `2` changes, `4` all members to verify, `RX` all members to replace.
    pub action: Code,
    /// REF*38: the master policy.
    pub policy: Box<str>,
    /// DTP: `007` effective, `303` maintenance effective...
    pub dates: Vec<Dated>,
    /// N1*P5.
    pub sponsor: Party,
    /// N1*IN.
    pub payer: Party,
}

redacted!(Header { control, reference, action });

/// A party of the file as a whole: N1.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Party {
    /// N102.
    pub name: Box<str>,
    /// N103.
    pub id_qualifier: Code,
    /// N104.
    pub id: Box<str>,
}

/// A member: loop 2000.
#[derive(Clone, PartialEq, Default)]
pub struct Member {
    /// The position of its INS in the set, ST being 1.
    pub position: u32,
    /// INS01 is `Y`.
    pub is_subscriber: bool,
    /// INS02: `18` the subscriber, `01` spouse, `19` child...
    pub relationship: Code,
    /// INS03, what happens to the person: `021` added, `001` changed, `024` ended, `025` reinstated, `030` listed.
    pub maintenance: Code,
    /// INS04.
    pub reason: Code,
    /// INS12.
    pub death: Sent<Date>,
    /// INS17, of a twin.
    pub birth_sequence: Sent<u32>,
    /// REF: `0F` the subscriber's number, `1L` the policy, `F6` the Medicare number...
    pub references: Vec<Reference>,
    /// DTP: `303` maintenance effective, `356` eligible from, `357` eligible until...
    pub dates: Vec<Dated>,
    /// NM1 of loop 2100A; `74` says that loop 2100B has what it was.
    pub name: Name,
    /// N3 and N4.
    pub address: Option<PostalAddress>,
    /// DMG.
    pub demographics: Demographics,
    /// Loop 2100B: the name and demographics as they were known before.
    pub before: Option<(Name, Demographics)>,
    /// 2300 loops.
    pub coverages: Vec<Coverage>,
}

redacted!(Member { position, maintenance });

/// One coverage of a member: loop 2300.
#[derive(Clone, PartialEq, Default)]
pub struct Coverage {
    /// The position of its HD in the set, ST being 1.
    pub position: u32,
    /// HD01, what happens to this coverage: as INS03, and `002` deleted, `026` corrected, `032` information only.
    pub maintenance: Code,
    /// HD03: `HMO`, `HLT`, `DEN`...
    pub line: Code,
    /// HD04: the sponsor's name of the plan.
    pub plan: Box<str>,
    /// DTP: `348` from, `349` until, `303` maintenance effective.
    pub dates: Vec<Dated>,
    /// REF: `1L`, `17`...
    pub references: Vec<Reference>,
    /// 2310 loops.
    pub providers: Vec<Provider>,
    /// 2320 loops.
    pub others: Vec<OtherCoverage>,
}

redacted!(Coverage { position, maintenance, line });

/// A provider whom a member has chosen: loop 2310.
#[derive(Clone, PartialEq, Default)]
pub struct Provider {
    /// NM1; `P3` is the primary care provider.
    pub name: Name,
    /// PLA03: since when it is another one.
    pub since: Sent<Date>,
}

redacted!(Provider {});

/// Coverage by another carrier: loop 2320.
#[derive(Clone, PartialEq, Default)]
pub struct OtherCoverage {
    /// COB01: `P`, `S`, `T` or `U`.
    pub order: Code,
    /// COB02: the number there.
    pub policy: Box<str>,
    /// COB03: `1` benefits are coordinated, `5` it is not known, `6` there is no other coverage.
    pub coordination: Code,
    /// REF*6P: the group number there.
    pub group: Box<str>,
    /// DTP: `344` from, `345` until.
    pub dates: Vec<Dated>,
    /// NM1 of the first 2330 loop that names the carrier.
    pub carrier: Option<Name>,
}

redacted!(OtherCoverage {});

/// The first date of these with this qualifier.
pub fn date(dates: &[Dated], qualifier: &str) -> Sent<When> {
    dates.iter().find(|dated| dated.qualifier == qualifier).map_or(Sent::Absent, |dated| dated.when)
}
