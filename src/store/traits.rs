//! What a backend must do, a small trait for each subject.
//!
//! Every method takes many keys at once, because one statement for a thousand members costs little more than for one; so one
//! boxed future serves them all.

use std::path::Path;
use std::sync::Arc;

use time::Date;

pub use futures_util::future::BoxFuture;

use super::{
    Actor, Attachment, Attestation, AuditEvent, AuditHead, AuditRow, Batch, ClaimHistory, ClaimKey,
    ClaimPage, ClaimQuery, ClaimScope, ClaimVersion, Completed, Generations, InterchangeFilter,
    InterchangeKey, InterchangeOutline, InterchangePeriod, InterchangeRow, LedgerEntry,
    LoadTransaction, LoginChange, LoginRows, Mailbox, MemberFile, MemberSearch, NewInterchange,
    Original, Owner, PartnerRow, Plan, Provider, Recorded, RegistrationRow, Remittance,
    RemittanceKey, Result, ReviewEntry, ReviewHistory, ReviewKey, ReviewPage, ReviewQuery,
    ReviewRecord, SetRow, StoreCounts, StoreError,
};

/// Ledger entries of an interchange that is coming in that its intake may hold in memory without writing them.
pub const CLAIMS_HELD_MAX: usize = 500;
/// Ledger entries that it may be writing.
pub const CLAIMS_WRITTEN_MAX: usize = 2000;

/// What a store call gives in the end.
pub type Reply<'a, T> = BoxFuture<'a, Result<T>>;

/// Members with all that an eligibility answer needs.
pub trait Members: Send + Sync {
    /// Finds members for each search, in the order of `searches`. An empty list means that no member matches; more than one is ambiguous.
    /// Each match comes with everything an answer needs, joined in as few statements as possible.
    fn find<'a>(&'a self, searches: &'a [MemberSearch]) -> Reply<'a, Vec<Vec<MemberFile>>>;

    /// The members of these families (subscriber ids), in the order of `subscribers`.
    fn families<'a>(&'a self, subscribers: &'a [Box<str>]) -> Reply<'a, Vec<Vec<MemberFile>>>;

    /// Persons with coverage through one of these groups on this day.
    fn enrolled<'a>(&'a self, groups: &'a [Box<str>], on: Date) -> Reply<'a, Vec<Owner>> {
        let _ = (groups, on);
        unsupported("listing the members of a group")
    }
}

/// Providers of care.
pub trait Providers: Send + Sync {
    /// Providers by NPI or payer-assigned id, in the order of `ids`.
    fn find<'a>(&'a self, ids: &'a [Box<str>]) -> Reply<'a, Vec<Option<Provider>>>;

    /// The providers with each of these tax ids, by NPI, without their locations.
    fn of_tax_ids<'a>(&'a self, tax_ids: &'a [Box<str>]) -> Reply<'a, Vec<Vec<Provider>>> {
        let _ = tax_ids;
        unsupported("finding providers by tax id")
    }

    /// Called when other providers were loaded: what was remembered is forgotten.
    fn forget(&self) {}
}

/// Plans with their benefits.
pub trait Plans: Send + Sync {
    /// All plans; a few hundred at most, so the gateway keeps them.
    fn all(&self) -> Reply<'_, Vec<Plan>>;
}

/// Trading partners.
pub trait Partners: Send + Sync {
    /// All trading partners.
    fn all(&self) -> Reply<'_, Vec<PartnerRow>>;
}

/// The claim ledger. A store without one takes no claims in.
pub trait Claims: Send + Sync {
    /// Claims for each key, in the order of `keys`.
    fn find<'a>(
        &'a self,
        keys: &'a [ClaimKey],
        scope: ClaimScope,
    ) -> Reply<'a, Vec<Vec<ClaimVersion>>> {
        let _ = (keys, scope);
        unsupported("finding claims")
    }

    /// All that is known of the claims with these numbers, whichever version each is of, in the order of `numbers`.
    fn histories<'a>(&'a self, numbers: &'a [Box<str>]) -> Reply<'a, Vec<Option<ClaimHistory>>> {
        let _ = numbers;
        unsupported("the history of claims")
    }

    /// Latest versions that wait for a decision, with their text, in the order they came; at most `limit` of those after the
    /// version with the number `after`.
    fn waiting<'a>(&'a self, after: Option<&'a str>, limit: u32) -> Reply<'a, Vec<ClaimVersion>> {
        let _ = (after, limit);
        unsupported("listing claims that wait")
    }

    /// Documents that no claim announces yet, in the order they came; at most `limit`.
    fn unmatched(&self, limit: u32) -> Reply<'_, Vec<Attachment>> {
        let _ = limit;
        unsupported("listing documents")
    }

    /// A page of what the query finds.
    fn search<'a>(&'a self, query: &'a ClaimQuery) -> Reply<'a, ClaimPage> {
        let _ = query;
        unsupported("searching claims")
    }

    /// Remittance advice, in the order of `keys`.
    fn remittances<'a>(&'a self, keys: &'a [RemittanceKey]) -> Reply<'a, Vec<Option<Remittance>>> {
        let _ = keys;
        unsupported("remittance advice")
    }

    /// For each payee (NPI, or tax id of one without) remittance advice with a provider adjustment for this reason (`FB`), the
    /// newest first, at most `limit` each.
    fn adjusted<'a>(
        &'a self,
        payees: &'a [Box<str>],
        reason: &'a str,
        limit: u32,
    ) -> Reply<'a, Vec<Vec<Remittance>>> {
        let _ = (payees, reason, limit);
        unsupported("remittance advice by payee")
    }

    /// Enters what no interchange brings, in one transaction: all of it or nothing.
    fn enter<'a>(&'a self, entries: Vec<LedgerEntry>, by: &'a Actor) -> Reply<'a, ()> {
        let _ = (entries, by);
        unsupported("entering claims")
    }
}

/// The review ledger. A store without one decides nothing that it would have to remember.
pub trait Reviews: Send + Sync {
    /// Reviews for each key, in the order of `keys`, with their text; at most `limit` each, 0 for all.
    fn find<'a>(&'a self, keys: &'a [ReviewKey], limit: u32) -> Reply<'a, Vec<Vec<ReviewRecord>>> {
        let _ = (keys, limit);
        unsupported("finding reviews")
    }

    /// How many claims that name each of these authorization numbers stand, neither denied nor voided, in the order of
    /// `numbers`: so many visits are used.
    fn used<'a>(&'a self, numbers: &'a [Box<str>]) -> Reply<'a, Vec<u64>> {
        let _ = numbers;
        unsupported("counting the claims of reviews")
    }

    /// All that is known of the reviews with these numbers, receipts or authorization numbers, in the order of `numbers`.
    fn histories<'a>(&'a self, numbers: &'a [Box<str>]) -> Reply<'a, Vec<Option<ReviewHistory>>> {
        let _ = numbers;
        unsupported("the history of reviews")
    }

    /// Documents of no claim that have one of these numbers as their control number, or that name the review with this number;
    /// in the order of `numbers`.
    fn documents<'a>(&'a self, numbers: &'a [Box<str>]) -> Reply<'a, Vec<Vec<Attachment>>> {
        let _ = numbers;
        unsupported("finding the documents of reviews")
    }

    /// Attestations about these subjects, the first ones first.
    fn attestations<'a>(&'a self, subjects: &'a [Box<str>]) -> Reply<'a, Vec<Attestation>> {
        let _ = subjects;
        unsupported("finding attestations")
    }

    /// A page of what the query finds among the reviews that stand.
    fn search<'a>(&'a self, query: &'a ReviewQuery) -> Reply<'a, ReviewPage> {
        let _ = query;
        unsupported("searching reviews")
    }

    /// Enters what no interchange brings, in one transaction: all of it or nothing. Gives how many changes did not happen,
    /// because the review does not stand as they need it.
    fn enter<'a>(&'a self, entries: Vec<ReviewEntry>, by: &'a Actor) -> Reply<'a, u64> {
        let _ = (entries, by);
        unsupported("entering reviews")
    }
}

/// Who may come in, and the audit trail.
pub trait Logins: Send + Sync {
    /// All logins with all that belongs to them.
    fn all(&self) -> Reply<'_, LoginRows> {
        Box::pin(async { Ok(LoginRows::default()) })
    }

    /// Changes logins and adds the events that tell of it to the audit trail, in one transaction. Without changes only the
    /// events are added.
    fn change(&self, changes: Vec<LoginChange>, events: Vec<AuditEvent>) -> Reply<'_, ()> {
        let _ = (changes, events);
        unsupported("changing logins")
    }

    /// All registrations, in the order they were made.
    fn registrations(&self) -> Reply<'_, Vec<RegistrationRow>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// How often it was tried to prove who registers, for each of these subjects, in their order.
    fn proof_attempts<'a>(&'a self, subjects: &'a [Box<str>]) -> Reply<'a, Vec<u32>> {
        let _ = subjects;
        unsupported("registrations")
    }

    /// Rows of the audit trail after the one with this number, in order, at most `limit`.
    fn audit(&self, after: u64, limit: u32) -> Reply<'_, Vec<AuditRow>> {
        let _ = (after, limit);
        unsupported("reading the audit trail")
    }

    /// The end of the audit trail.
    fn audit_head(&self) -> Reply<'_, AuditHead> {
        unsupported("reading the audit trail")
    }
}

/// The interchanges that were answered, and the control numbers of the answers.
pub trait Journal: Send + Sync {
    /// What is known of these interchanges, in order, with their replies.
    fn find<'a>(&'a self, keys: &'a [InterchangeKey]) -> Reply<'a, Vec<Option<InterchangeRow>>>;

    /// Begins to take an interchange in. Nothing of it is seen before it is committed.
    fn begin(&self, opening: NewInterchange) -> Reply<'_, Box<dyn Intake>>;

    /// Takes `count` outbound control numbers of this series and gives the first. A number is never given twice, also
    /// after a crash; gaps are allowed. Numbers run 1..=999_999_999 and start again after the last.
    fn take_control_numbers<'a>(&'a self, series: &'a str, count: u32) -> Reply<'a, u32>;

    /// The interchanges that the filter lets through, the newest first, without their replies.
    fn list<'a>(&'a self, filter: &'a InterchangeFilter) -> Reply<'a, Vec<InterchangeRow>> {
        let _ = filter;
        unsupported("listing interchanges")
    }

    /// The interchanges of a period, in the order they were received, with what was said to each.
    fn outline<'a>(&'a self, period: &'a InterchangePeriod) -> Reply<'a, Vec<InterchangeOutline>> {
        let _ = period;
        unsupported("going through interchanges")
    }

    /// At most `limit` sets of an interchange, those after position `after`.
    fn sets(&self, id: u64, after: u32, limit: u32) -> Reply<'_, Vec<SetRow>> {
        let _ = (id, after, limit);
        unsupported("listing sets")
    }

    /// Where the bytes of an interchange are.
    fn original(&self, id: u64) -> Reply<'_, Original> {
        let _ = id;
        unsupported("the bytes of an interchange")
    }

    /// For each hash whether the archive must keep it: an interchange there has it, or a reply there, of those received at this
    /// instant or later, microseconds since 1970 UTC; or a document about a claim, whenever it was received.
    fn in_use<'a>(&'a self, hashes: &'a [[u8; 32]], since_micros: i64) -> Reply<'a, Vec<bool>> {
        let _ = (hashes, since_micros);
        unsupported("asking for what the archive holds")
    }

    /// How many interchanges were received before this instant, microseconds since 1970 UTC.
    fn older(&self, before_micros: i64) -> Reply<'_, u64> {
        let _ = before_micros;
        unsupported("counting interchanges")
    }

    /// Forgets at most `limit` interchanges received before this instant, microseconds since 1970 UTC, with their sets and
    /// replies. From then on a partner may use their control numbers again. Gives how many were forgotten.
    fn forget(&self, before_micros: i64, limit: u32) -> Reply<'_, u64> {
        let _ = (before_micros, limit);
        unsupported("forgetting interchanges")
    }
}

/// An interchange that is coming in. Dropped without [`commit`](Self::commit), it leaves nothing behind.
pub trait Intake: Send + Sync {
    /// Takes rows that belong to it. However many come, few are held in memory.
    fn put(&mut self, batch: Batch) -> Reply<'_, ()>;

    /// The number that rows are written under, once some are: with it, [`ClaimScope::intake`] sees them. Of its claims the
    /// last [`CLAIMS_HELD_MAX`] and [`CLAIMS_WRITTEN_MAX`] together may not be seen yet.
    fn number(&self) -> Option<u64> {
        None
    }

    /// How many ledger entries were put and not taken back.
    fn entries(&self) -> u64 {
        0
    }

    /// Takes the ledger entries back that were put after the first `entries`: those of a provider, set or group that turned
    /// out to be rejected.
    fn take_back(&mut self, entries: u64) -> Reply<'_, ()> {
        let _ = entries;
        Box::pin(async { Ok(()) })
    }

    /// Makes the interchange, its rows and its replies visible in one transaction, which small ones share with others of the
    /// same moment. When its key was recorded before, that one stays and is given back. An acknowledgment may leave only
    /// after this returns.
    fn commit(self: Box<Self>, completed: Completed) -> Reply<'static, Recorded>;
}

fn unsupported<T: Send>(what: &'static str) -> Reply<'static, T> {
    Box::pin(async move { Err(StoreError::Unsupported { what }) })
}

/// What concerns a backend as a whole.
pub trait Backend: Send + Sync {
    /// How often each kind of rows was loaded: a copy of plans or partners is old when the count has moved.
    fn generations(&self) -> Reply<'_, Generations> {
        Box::pin(async { Ok(Generations::default()) })
    }

    /// How many rows of each kind there are.
    fn counts(&self) -> Reply<'_, StoreCounts> {
        Box::pin(async { Ok(StoreCounts::default()) })
    }

    /// What the store says of itself under this name.
    fn property<'a>(&'a self, name: &'a str) -> Reply<'a, Option<String>> {
        let _ = name;
        Box::pin(async { Ok(None) })
    }

    /// Starts a load: its rows become visible together when it is committed, and never when it is dropped.
    fn begin_load(&self) -> Reply<'_, Box<dyn LoadTransaction>> {
        unsupported("loading")
    }

    /// All members in the order of their ids, for a copy in memory; none when this backend needs no such copy.
    fn member_pages(&self) -> Option<Arc<dyn MemberPages>> {
        None
    }

    /// Batches and their results; none when this backend keeps none.
    fn mailbox(&self) -> Option<Arc<dyn Mailbox>> {
        None
    }

    /// Writes a copy of everything as it is at one moment to this file, which must not be there. Others go on reading and
    /// writing meanwhile.
    fn backup<'a>(&'a self, file: &'a Path) -> Reply<'a, ()> {
        let _ = file;
        unsupported("backing up")
    }

    /// Waits for everything begun, and closes the connections. Clones can do nothing any more.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// All members in the order of their ids, in parts that can be read at the same time.
pub trait MemberPages: Send + Sync {
    /// How often members were loaded.
    fn generation(&self) -> Reply<'_, u64>;

    /// Loads that this process has committed; another number says that [`generation`](Self::generation) has moved.
    fn loads(&self) -> u64;

    /// How many members there are.
    fn count(&self) -> Reply<'_, u64>;

    /// All families in `parts` runs of about the same length.
    fn ranges(&self, parts: u32) -> Reply<'_, Vec<FamilyRange>>;

    /// Calls `take` with every member file of a range, packed as [`crate::store`] packs it, its key section holding the
    /// name key.
    fn read<'a>(&'a self, range: &'a FamilyRange, take: &'a mut TakeMember<'_>) -> Reply<'a, ()>;
}

/// Takes one packed member file.
pub type TakeMember<'t> = dyn FnMut(&str) -> Result<()> + Send + 't;

/// A run of families: those after `after` and before `before`, by subscriber number.
#[derive(Clone)]
pub struct FamilyRange {
    /// The last subscriber number before the run.
    pub after: Box<str>,
    /// The first subscriber number after the run.
    pub before: Box<str>,
}

impl std::fmt::Debug for FamilyRange {
    // Subscriber numbers are member ids.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FamilyRange(***)")
    }
}
