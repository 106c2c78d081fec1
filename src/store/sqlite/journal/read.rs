//! Reading the journal, and forgetting what is old.

use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{FromRow, Row};

use crate::store::{
    InterchangeEnd, InterchangeFilter, InterchangeKey, InterchangeOutline, InterchangePeriod,
    InterchangeRow, NewInterchange, Original, ReplyRow, Result, SetRow,
};

use super::super::{database_error, in_transaction, key_list, sql};
use super::CORRUPT;

pub(super) const FINDING: &str = "finding interchanges";
const LISTING: &str = "listing interchanges";
const FORGETTING: &str = "forgetting interchanges";

/// Keys in one statement.
const CHUNK_KEYS: usize = 1000;

/// See [`crate::store::Journal::find`].
pub(super) async fn find(
    connection: &mut SqliteConnection,
    keys: &[InterchangeKey],
) -> Result<Vec<Option<InterchangeRow>>> {
    let mut found = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(CHUNK_KEYS) {
        let key_rows: Vec<_> = chunk
            .iter()
            .map(|key| (&*key.sender, &*key.receiver, key.control, u8::from(key.test)))
            .collect();
        let key_rows = serde_json::to_string(&key_rows).map_err(|_| CORRUPT)?;
        let base = found.len();
        found.resize_with(base + chunk.len(), || None);
        let rows = sqlx::query(sql::INTERCHANGES)
            .bind(&key_rows)
            .fetch_all(&mut *connection)
            .await
            .map_err(database_error(FINDING))?;
        if rows.is_empty() {
            continue;
        }
        for row in rows {
            let index: i64 = row.try_get("key").map_err(database_error(FINDING))?;
            let index = base + usize::try_from(index).map_err(|_| CORRUPT)?;
            *found.get_mut(index).ok_or(CORRUPT)? = Some(interchange(&row)?);
        }
        let replies =
            sqlx::query_as::<_, (i64, String, i64, Vec<u8>, Option<Vec<u8>>)>(sql::REPLIES)
                .bind(&key_rows)
                .fetch_all(&mut *connection)
                .await
                .map_err(database_error(FINDING))?;
        for (index, kind, control, hash, body) in replies {
            let index = usize::try_from(index).map_err(|_| CORRUPT)?;
            let Some(Some(row)) = found.get_mut(base + index) else { continue };
            row.replies.push(ReplyRow {
                kind: kind.into(),
                control: u32::try_from(control).map_err(|_| CORRUPT)?,
                hash: hash.try_into().map_err(|_| CORRUPT)?,
                body,
            });
        }
    }
    Ok(found)
}

/// Takes an interchange out of its columns, which every statement names alike.
fn interchange(row: &SqliteRow) -> Result<InterchangeRow> {
    let failed = database_error(FINDING);
    let text = |column: &str| row.try_get::<String, _>(column).map(Box::from).map_err(&failed);
    let number = |column: &str| row.try_get::<i64, _>(column).map_err(&failed);
    let small = |column: &str| u32::try_from(number(column)?).map_err(|_| CORRUPT);
    let hash: Vec<u8> = row.try_get("hash").map_err(&failed)?;
    Ok(InterchangeRow {
        id: number("id")?.unsigned_abs(),
        opening: NewInterchange {
            key: InterchangeKey {
                sender: text("sender")?,
                receiver: text("receiver")?,
                control: small("control")?,
                test: number("test")? == 1,
            },
            partner: text("partner")?,
            lane: text("lane")?,
            transport: text("transport")?,
            received_micros: number("received_micros")?,
        },
        end: InterchangeEnd {
            hash: hash.try_into().map_err(|_| CORRUPT)?,
            bytes: number("bytes")?.cast_unsigned(),
            answered_micros: number("answered_micros")?,
            outcome: text("outcome")?,
            groups: small("group_count")?,
            sets: small("sets")?,
            accepted: small("accepted")?,
            findings: number("findings")?.cast_unsigned(),
            declined: number("declined")?.cast_unsigned(),
        },
        replies: Vec::new(),
    })
}

/// See [`crate::store::Journal::list`].
pub(super) async fn list(
    readers: &SqlitePool,
    filter: &InterchangeFilter,
) -> Result<Vec<InterchangeRow>> {
    let rows = sqlx::query(sql::LIST_INTERCHANGES)
        .bind(filter.since_micros.unwrap_or(i64::MIN))
        .bind(filter.until_micros.unwrap_or(i64::MAX))
        .bind(filter.id.map(u64::cast_signed))
        .bind(filter.partner.as_deref())
        .bind(filter.control.map(i64::from))
        .bind(filter.outcome.as_deref())
        .bind(filter.lane.as_deref())
        .bind(i64::from(filter.limit))
        .fetch_all(readers)
        .await
        .map_err(database_error(LISTING))?;
    rows.iter().map(interchange).collect()
}

/// See [`crate::store::Journal::outline`].
pub(super) async fn outline(
    readers: &SqlitePool,
    period: &InterchangePeriod,
) -> Result<Vec<InterchangeOutline>> {
    let rows = sqlx::query(sql::OUTLINE)
        .bind(period.since_micros)
        .bind(period.after.cast_signed())
        .bind(period.until_micros)
        .bind(period.partner.as_deref())
        .bind(i64::from(period.limit))
        .fetch_all(readers)
        .await
        .map_err(database_error(LISTING))?;
    let one = |row: &SqliteRow| {
        let text = |column: &str| {
            let text = row.try_get::<Option<String>, _>(column).map_err(database_error(LISTING));
            text.map(Option::unwrap_or_default)
        };
        let (sets, said) = (text("set_ids")?, text("said")?);
        let mut replies = Vec::new();
        for part in said.split(',').filter(|part| !part.is_empty()) {
            let (kind, control) = part.split_once(' ').ok_or(CORRUPT)?;
            replies.push((kind.into(), control.parse().map_err(|_| CORRUPT)?));
        }
        let sets = sets.split(',').filter(|set| !set.is_empty()).map(Box::from).collect();
        Ok(InterchangeOutline { row: interchange(row)?, sets, replies })
    };
    rows.iter().map(one).collect()
}

/// See [`crate::store::Journal::sets`].
pub(super) async fn sets(
    readers: &SqlitePool,
    id: u64,
    after: u32,
    limit: u32,
) -> Result<Vec<SetRow>> {
    type Columns = (String, String, String, String, String, i64, i64);
    let rows = sqlx::query(sql::INTERCHANGE_SETS)
        .bind(id.cast_signed())
        .bind(i64::from(after))
        .bind(i64::from(limit))
        .fetch_all(readers)
        .await
        .map_err(database_error(LISTING))?;
    let set = |row: &SqliteRow| {
        let (group_control, set_id, control, guide, outcome, errors, warnings) =
            Columns::from_row(row).map_err(database_error(LISTING))?;
        Ok(SetRow {
            group_control: group_control.into(),
            set_id: set_id.into(),
            control: control.into(),
            guide: guide.into(),
            outcome: outcome.into(),
            errors: u32::try_from(errors).map_err(|_| CORRUPT)?,
            warnings: u32::try_from(warnings).map_err(|_| CORRUPT)?,
        })
    };
    rows.iter().map(set).collect()
}

/// See [`crate::store::Journal::original`].
pub(super) async fn original(readers: &SqlitePool, id: u64) -> Result<Original> {
    let row = sqlx::query_as::<_, (i64, Option<Vec<u8>>)>(sql::INTERCHANGE_ORIGINAL)
        .bind(id.cast_signed())
        .fetch_optional(readers)
        .await
        .map_err(database_error("reading an interchange"))?;
    Ok(match row {
        Some((1, Some(body))) => Original::Inline(body),
        Some((2, None)) => Original::Archived,
        Some((0, None)) | None => Original::NotKept,
        Some(_) => return Err(CORRUPT),
    })
}

/// See [`crate::store::Journal::in_use`].
pub(super) async fn in_use(
    readers: &SqlitePool,
    hashes: &[[u8; 32]],
    since_micros: i64,
) -> Result<Vec<bool>> {
    let mut all = vec![false; hashes.len()];
    for (number, chunk) in hashes.chunks(CHUNK_KEYS).enumerate() {
        let hex: Vec<String> = chunk.iter().map(hex).collect();
        let used: Vec<i64> = sqlx::query_scalar(sql::ARCHIVED_HASHES)
            .bind(key_list(hex.iter().map(String::as_str))?)
            .bind(since_micros)
            .fetch_all(readers)
            .await
            .map_err(database_error("asking for what the archive holds"))?;
        // Documents are kept as long as their claims are.
        let json: std::result::Result<Vec<String>, _> =
            chunk.iter().map(serde_json::to_string).collect();
        let json = json.map_err(|_| CORRUPT)?;
        let documents: Vec<i64> = sqlx::query_scalar(super::super::claims::sql::DOCUMENT_HASHES)
            .bind(key_list(json.iter().map(String::as_str))?)
            .fetch_all(readers)
            .await
            .map_err(database_error("asking for what the archive holds"))?;
        let batches: Vec<i64> = sqlx::query_scalar(super::super::mailbox::sql::HASHES)
            .bind(key_list(hex.iter().map(String::as_str))?)
            .fetch_all(readers)
            .await
            .map_err(database_error("asking for what the archive holds"))?;
        for index in used.into_iter().chain(documents).chain(batches) {
            let index = number * CHUNK_KEYS + usize::try_from(index).map_err(|_| CORRUPT)?;
            *all.get_mut(index).ok_or(CORRUPT)? = true;
        }
    }
    Ok(all)
}

/// See [`crate::store::Journal::older`].
pub(super) async fn older(readers: &SqlitePool, before_micros: i64) -> Result<u64> {
    let count: i64 = sqlx::query_scalar(sql::OLDER_INTERCHANGES)
        .bind(before_micros)
        .fetch_one(readers)
        .await
        .map_err(database_error(FORGETTING))?;
    Ok(count.unsigned_abs())
}

/// Upper-case hexadecimal, as the database's `hex` writes it.
fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// See [`crate::store::Journal::forget`].
pub(super) async fn forget(writer: &SqlitePool, before_micros: i64, limit: u32) -> Result<u64> {
    let mut connection = writer.acquire().await.map_err(database_error(FORGETTING))?;
    in_transaction(&mut connection, FORGETTING, async |connection| {
        let mut forgotten = 0;
        for statement in [sql::FORGET_SETS, sql::FORGET_INTERCHANGES] {
            forgotten = sqlx::query(statement)
                .bind(before_micros)
                .bind(i64::from(limit))
                .execute(&mut *connection)
                .await
                .map_err(database_error(FORGETTING))?
                .rows_affected();
        }
        Ok(forgotten)
    })
    .await
}
