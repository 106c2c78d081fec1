//! One load under way, as the loaders see it: rows of any kind brought in by one transaction.

use crate::store::traits::Reply;
use crate::store::{
    Accumulator, Coverage, Member, MemberChange, MemberFault, OtherCoverage, PartnerRow, Plan,
    Provider,
};

/// Which person, or which family when the row is the family's.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    /// Subscriber number.
    pub subscriber: Box<str>,
    /// Person suffix, two digits; of no meaning in what belongs to the family.
    pub suffix: Box<str>,
}

impl Owner {
    /// Subscriber number and suffix run together, as the statements take persons.
    pub(in crate::store) fn key(&self) -> String {
        format!("{}{}", self.subscriber, self.suffix)
    }
}

impl std::fmt::Debug for Owner {
    // Both together are a member id.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Owner(***)")
    }
}

/// Rows to write. What they name is replaced, everything else stays.
#[derive(Clone, Copy)]
pub enum LoadRows<'r> {
    /// Persons. Their coverage stays.
    Members(&'r [Member]),
    /// Coverage spans; one of the same person, plan and first day is replaced.
    Coverage(&'r [(Owner, Coverage)]),
    /// Persons whose coverage spans are all taken away.
    NoCoverage(&'r [Owner]),
    /// Other carriers in the order given, each with its place among those of the same person, from 1.
    OtherCoverage(&'r [(Owner, i64, OtherCoverage)]),
    /// Persons whose other carriers are all taken away.
    NoOtherCoverage(&'r [Owner]),
    /// Accumulators: those of the same owner, year, network and kind are replaced.
    Accumulators(&'r [(Owner, Accumulator)]),
    /// Products: id and name.
    Products(&'r [(Box<str>, Box<str>)]),
    /// Plans, replaced whole.
    Plans(&'r [Plan]),
    /// Providers with their locations.
    Providers(&'r [Provider]),
    /// Trading partners with their profiles.
    Partners(&'r [PartnerRow]),
    /// What the store says of itself: name and value.
    Properties(&'r [(Box<str>, Box<str>)]),
}

/// Keys that rows refer to.
#[derive(Clone, Copy)]
pub enum LoadKeys<'k> {
    /// Plans by id.
    Plans(&'k [&'k str]),
    /// Products by id.
    Products(&'k [&'k str]),
    /// Families by subscriber number.
    Families(&'k [&'k str]),
    /// The subscribers of families, by subscriber number.
    Subscribers(&'k [&'k str]),
    /// Persons.
    Persons(&'k [&'k Owner]),
}

/// A load under way. Dropped without [`commit`](Self::commit), it leaves nothing behind.
pub trait LoadTransaction: Send {
    /// Writes rows.
    fn put<'a>(&'a mut self, rows: LoadRows<'a>) -> Reply<'a, ()>;

    /// The positions in `keys` of those that are not on file, this load's rows included.
    fn missing<'a>(&'a mut self, keys: LoadKeys<'a>) -> Reply<'a, Vec<usize>>;

    /// Carries out changes of members in order; gives why each was left out.
    fn enroll<'a>(&'a mut self, changes: &'a [MemberChange])
    -> Reply<'a, Vec<Option<MemberFault>>>;

    /// Makes everything visible at once, and counts the generations on.
    fn commit(self: Box<Self>) -> Reply<'static, ()>;
}
