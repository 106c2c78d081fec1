//! Look-ups of claims: many keys a statement.

use sqlx::Row;
use sqlx::sqlite::SqlitePool;

use crate::store::columns::date_to_column;
use crate::store::{
    Attachment, ClaimKey, ClaimScope, ClaimVersion, Remittance, RemittanceKey, Result,
};

use super::super::{database_error, key_list};
use super::commit::remittance_keys;
use super::{CORRUPT, FINDING, entries, rows, sql};

/// Keys in one statement.
const CHUNK_KEYS: usize = 1000;

/// The interchange that no row is of.
const NO_INTERCHANGE: i64 = i64::MIN;

/// Which statement finds claims by keys of a kind, whether `$4` limits it, and a key as JSON.
fn look_up(key: &ClaimKey) -> (&'static str, serde_json::Value) {
    use serde_json::json;
    match key {
        ClaimKey::Number(number) => (sql::BY_NUMBER, json!(number)),
        ClaimKey::Latest(number) => (sql::LATEST, json!(number)),
        ClaimKey::Member { owner, from, to } => {
            let (from, to) = (date_to_column(*from), date_to_column(*to));
            (sql::BY_MEMBER, json!([owner.subscriber, owner.suffix, from, to]))
        }
        ClaimKey::Account { npi, account } => (sql::BY_ACCOUNT, json!([npi, account])),
        ClaimKey::Service(key) => (sql::BY_SERVICE, json!(key.cast_signed())),
        ClaimKey::Announced { npi, control } => (sql::BY_ANNOUNCED, json!([npi, control])),
    }
}

/// The statements that look claims up.
const LOOK_UPS: [&str; 6] = [
    sql::BY_NUMBER,
    sql::LATEST,
    sql::BY_MEMBER,
    sql::BY_ACCOUNT,
    sql::BY_SERVICE,
    sql::BY_ANNOUNCED,
];

/// See [`crate::store::Claims::find`].
pub(super) async fn find(
    readers: &SqlitePool,
    keys: &[ClaimKey],
    scope: ClaimScope,
) -> Result<Vec<Vec<ClaimVersion>>> {
    let failed = database_error(FINDING);
    let mut found: Vec<Vec<ClaimVersion>> = keys.iter().map(|_| Vec::new()).collect();
    let mut by_kind: [(Vec<serde_json::Value>, Vec<usize>); LOOK_UPS.len()] = Default::default();
    for (index, key) in keys.iter().enumerate() {
        let (statement, key) = look_up(key);
        let kind = LOOK_UPS.iter().position(|other| *other == statement).ok_or(CORRUPT)?;
        by_kind[kind].0.push(key);
        by_kind[kind].1.push(index);
    }
    let intake = scope.intake.map_or(NO_INTERCHANGE, u64::cast_signed);
    let limit = if scope.limit == 0 { -1 } else { i64::from(scope.limit) };
    for (statement, (keys, places)) in LOOK_UPS.into_iter().zip(&by_kind) {
        for (keys, places) in keys.chunks(CHUNK_KEYS).zip(places.chunks(CHUNK_KEYS)) {
            let query = sqlx::query(statement)
                .bind(serde_json::to_string(keys).map_err(|_| CORRUPT)?)
                .bind(intake)
                .bind(scope.with_text);
            let query = match statement {
                sql::BY_NUMBER | sql::LATEST => query,
                _ => query.bind(limit),
            };
            for row in query.fetch_all(readers).await.map_err(&failed)? {
                let key: i64 = row.try_get(0).map_err(&failed)?;
                let key = usize::try_from(key).ok().and_then(|key| places.get(key));
                found[*key.ok_or(CORRUPT)?].push(rows::read(&row)?.claim);
            }
        }
    }
    Ok(found)
}

/// See [`crate::store::Claims::waiting`].
pub(super) async fn waiting(
    readers: &SqlitePool,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<ClaimVersion>> {
    let rows = sqlx::query(sql::WAITING)
        .bind(after)
        .bind(NO_INTERCHANGE)
        .bind(i64::from(limit))
        .fetch_all(readers)
        .await
        .map_err(database_error("listing claims that wait"))?;
    rows.iter().map(|row| Ok(rows::read(row)?.claim)).collect()
}

/// See [`crate::store::Claims::unmatched`].
pub(super) async fn unmatched(readers: &SqlitePool, limit: u32) -> Result<Vec<Attachment>> {
    let bodies: Vec<String> = sqlx::query_scalar(sql::UNMATCHED)
        .bind(i64::from(limit))
        .bind(NO_INTERCHANGE)
        .fetch_all(readers)
        .await
        .map_err(database_error("listing documents"))?;
    bodies.iter().map(|body| serde_json::from_str(body).map_err(|_| CORRUPT)).collect()
}

/// See [`crate::store::Claims::remittances`].
pub(super) async fn remittances(
    readers: &SqlitePool,
    keys: &[RemittanceKey],
) -> Result<Vec<Option<Remittance>>> {
    let mut found: Vec<Option<Remittance>> = keys.iter().map(|_| None).collect();
    for (number, chunk) in keys.chunks(CHUNK_KEYS).enumerate() {
        let rows: Vec<(i64, String, Vec<u8>)> = sqlx::query_as(sql::REMITTANCES)
            .bind(remittance_keys(chunk)?)
            .bind(NO_INTERCHANGE)
            .fetch_all(readers)
            .await
            .map_err(database_error("finding remittance advice"))?;
        for (key, body, text) in rows {
            let key = number * CHUNK_KEYS + usize::try_from(key).map_err(|_| CORRUPT)?;
            *found.get_mut(key).ok_or(CORRUPT)? = Some(entries::remittance(&body, text)?);
        }
    }
    Ok(found)
}

/// See [`crate::store::Claims::adjusted`].
pub(super) async fn adjusted(
    readers: &SqlitePool,
    payees: &[Box<str>],
    reason: &str,
    limit: u32,
) -> Result<Vec<Vec<Remittance>>> {
    let mut found: Vec<Vec<Remittance>> = payees.iter().map(|_| Vec::new()).collect();
    for (number, chunk) in payees.chunks(CHUNK_KEYS).enumerate() {
        let rows: Vec<(i64, String, Vec<u8>)> = sqlx::query_as(sql::ADJUSTED)
            .bind(key_list(chunk.iter().map(|payee| &**payee))?)
            .bind(NO_INTERCHANGE)
            .bind(reason)
            .bind(i64::from(limit))
            .fetch_all(readers)
            .await
            .map_err(database_error("finding remittance advice"))?;
        for (key, body, text) in rows {
            let key = number * CHUNK_KEYS + usize::try_from(key).map_err(|_| CORRUPT)?;
            found.get_mut(key).ok_or(CORRUPT)?.push(entries::remittance(&body, text)?);
        }
    }
    Ok(found)
}
