//! Entries that become part of the ledger: written early under the number of an intake, or at the commit, and what they change
//! once they are committed.

use rustc_hash::FxHashSet;
use sqlx::sqlite::SqliteConnection;

use crate::store::{LedgerEntry, RemittanceKey, Result, StoreError};

use super::super::{database_error, key_list};
use super::effects::Effects;
use super::entries::{self, EntryRow};
use super::recent::Recent;
use super::rows::{self, ClaimRow, to_cents};
use super::{CORRUPT, ENTERING, documents, index, settle, sql};

/// Rows that one transaction deletes of what was dropped.
const DELETED_TOGETHER_MAX: i64 = 5000;

/// The entries that one interchange, or one call, brings.
pub(in crate::store::sqlite) struct Unit<'e> {
    /// The number of the interchange; negative for what is entered without one.
    pub number: i64,
    /// Who brings it, and when.
    pub who: &'e str,
    pub at_micros: i64,
    /// Entries that are written already.
    pub staged: i64,
    /// Those that are not.
    pub held: &'e [LedgerEntry],
    /// Commits that there were when it began; none when it is not to be compared with others.
    pub begun: Option<u64>,
}

impl Unit<'_> {
    fn brings_claims(&self) -> bool {
        self.staged > 0 || self.held.iter().any(|entry| matches!(entry, LedgerEntry::Claim(_)))
    }
}

/// Fails when an entry holds what no column can.
pub(in crate::store::sqlite) fn check(entries: &[LedgerEntry]) -> Result<()> {
    for entry in entries {
        match entry {
            LedgerEntry::Claim(claim) => {
                to_cents(claim.charge)?;
                to_cents(claim.outcome.paid)?;
            }
            LedgerEntry::Payment(payment) => {
                to_cents(payment.paid)?;
            }
            LedgerEntry::Refund(refund) => {
                refund.amount.map(to_cents).transpose()?;
            }
            LedgerEntry::Accumulator(change) if change.is_money() => {
                to_cents(change.amount)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes the entries of a unit that are held, with their positions after those that are written. Nothing of it is seen before
/// the commit.
pub(in crate::store::sqlite) async fn stage(
    connection: &mut SqliteConnection,
    unit: &Unit<'_>,
) -> Result<()> {
    let units = [unit];
    write_claims(connection, &units).await?;
    write_entries(connection, &units, &FxHashSet::default()).await
}

/// Writes what is held, and does what the entries say. The rows of these units are seen from this transaction on: what an
/// intake staged is no longer listed in `intake`.
pub(in crate::store::sqlite) async fn commit(
    connection: &mut SqliteConnection,
    units: &[Unit<'_>],
    recent: &Recent,
) -> Result<Committed> {
    let units: Vec<&Unit<'_>> =
        units.iter().filter(|unit| unit.staged > 0 || !unit.held.is_empty()).collect();
    let mut committed = Committed::default();
    if units.is_empty() {
        return Ok(committed);
    }
    refuse_known_remittances(connection, &units).await?;
    let with_claims: Vec<&Unit<'_>> =
        units.iter().copied().filter(|unit| unit.brings_claims()).collect();
    let mut lost = settle::Lost::default();
    if !with_claims.is_empty() {
        recent.look(connection).await?;
        settle::staged(connection, &with_claims, recent, &mut lost).await?;
        let last: i64 = sqlx::query_scalar(sql::LAST_CLAIM)
            .fetch_one(&mut *connection)
            .await
            .map_err(database_error(ENTERING))?;
        write_claims(connection, &units).await?;
        settle::held(connection, &with_claims, last, recent, &mut lost).await?;
    }
    write_entries(connection, &units, &lost.entries).await?;
    lost.deny(connection, &units).await?;
    documents::link(connection, &units).await?;
    let mut effects = Effects::default();
    for unit in &units {
        if unit.staged > 0 {
            effects.read_staged(connection, (unit.number, unit.staged)).await?;
        }
        for entry in unit.held {
            if !lost.drops(unit.number, entry) {
                effects.add(entry, unit.at_micros)?;
            }
        }
    }
    let changed = effects.finish(connection).await?;
    committed.claims = with_claims.iter().map(|unit| unit.number).collect();
    index::note_new(connection, &committed.claims).await?;
    committed.members = changed.members;
    committed.to_index = changed.claims || !with_claims.is_empty();
    Ok(committed)
}

/// What a commit changed that others must know of.
#[derive(Default)]
pub(in crate::store::sqlite) struct Committed {
    /// Interchanges that brought claims.
    pub claims: Vec<i64>,
    /// Whether accumulators of members changed.
    pub members: bool,
    /// Whether the search index has to follow.
    pub to_index: bool,
}

async fn write_claims(connection: &mut SqliteConnection, units: &[&Unit<'_>]) -> Result<()> {
    let mut claims = Vec::new();
    for unit in units {
        for (position, entry) in (unit.staged..).zip(unit.held) {
            if let LedgerEntry::Claim(claim) = entry {
                let place = (unit.number, position);
                claims.push(ClaimRow::of(place, (unit.who, unit.at_micros), claim)?);
            }
        }
    }
    rows::insert(connection, &claims).await
}

/// Writes entries but for claims, without those that are `lost`.
async fn write_entries(
    connection: &mut SqliteConnection,
    units: &[&Unit<'_>],
    lost: &FxHashSet<(i64, Box<str>)>,
) -> Result<()> {
    let (mut others, mut remittances) = (Vec::new(), Vec::new());
    for unit in units {
        for (position, entry) in (unit.staged..).zip(unit.held) {
            if let LedgerEntry::Remittance(remittance) = entry {
                remittances.push((unit.number, position, &**remittance));
            } else if !settle::drops(lost, unit.number, entry) {
                let place = (unit.number, position);
                others.extend(EntryRow::of(place, (unit.who, unit.at_micros), entry)?);
            }
        }
    }
    entries::insert(connection, &others).await?;
    entries::insert_remittances(connection, &remittances).await
}

/// Fails when remittance advice is there already, or comes twice.
async fn refuse_known_remittances(
    connection: &mut SqliteConnection,
    units: &[&Unit<'_>],
) -> Result<()> {
    let mut keys: Vec<RemittanceKey> = Vec::new();
    for unit in units {
        if unit.staged > 0 {
            let staged: Vec<(String, String)> = sqlx::query_as(sql::STAGED_REMITTANCES)
                .bind(unit.number)
                .fetch_all(&mut *connection)
                .await
                .map_err(database_error(ENTERING))?;
            keys.extend(
                staged.into_iter().map(|(payer, trace)| RemittanceKey {
                    payer: payer.into(),
                    trace: trace.into(),
                }),
            );
        }
        keys.extend(unit.held.iter().filter_map(|entry| match entry {
            LedgerEntry::Remittance(remittance) => Some(remittance.key.clone()),
            _ => None,
        }));
    }
    if keys.is_empty() {
        return Ok(());
    }
    let known = StoreError::Known { what: "remittance advice" };
    let distinct: FxHashSet<&RemittanceKey> = keys.iter().collect();
    if distinct.len() < keys.len() {
        return Err(known);
    }
    let staged: Vec<i64> =
        units.iter().filter(|unit| unit.staged > 0).map(|unit| unit.number).collect();
    let found: Option<i64> = sqlx::query_scalar(sql::KNOWN_REMITTANCES)
        .bind(remittance_keys(&keys)?)
        .bind(serde_json::to_string(&staged).map_err(|_| CORRUPT)?)
        .fetch_optional(connection)
        .await
        .map_err(database_error(ENTERING))?;
    if found.is_some() { Err(known) } else { Ok(()) }
}

/// Keys of remittance advice as one bind.
pub(super) fn remittance_keys<'k>(
    keys: impl IntoIterator<Item = &'k RemittanceKey>,
) -> Result<String> {
    let keys: Vec<(&str, &str)> = keys.into_iter().map(|key| (&*key.payer, &*key.trace)).collect();
    serde_json::to_string(&keys).map_err(|_| CORRUPT)
}

/// Deletes some of the rows that an intake wrote for its entries from the one at `first` on. Gives whether there may be more.
pub(in crate::store::sqlite) async fn take_back(
    connection: &mut SqliteConnection,
    number: i64,
    first: i64,
) -> Result<bool> {
    let mut more = false;
    for statement in sql::TAKE_BACK {
        let deleted = sqlx::query(statement)
            .bind(number)
            .bind(first)
            .bind(DELETED_TOGETHER_MAX)
            .execute(&mut *connection)
            .await
            .map_err(database_error(ENTERING))?;
        more |= deleted.rows_affected() as i64 == DELETED_TOGETHER_MAX;
    }
    Ok(more)
}

/// Numbers of claims as one bind.
pub(super) fn numbers<'n>(numbers: impl IntoIterator<Item = &'n Box<str>>) -> Result<String> {
    key_list(numbers.into_iter().map(|number| &**number))
}
