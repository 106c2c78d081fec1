//! Look-ups of reviews: many keys a statement.

use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use crate::store::columns::date_to_column;
use crate::store::{
    Attachment, Attestation, Result, ReviewEvent, ReviewHistory, ReviewKey, ReviewRecord,
    ReviewState,
};

use super::super::{database_error, key_list};
use super::{CORRUPT, FINDING, sql};

/// Keys in one statement.
const CHUNK_KEYS: usize = 1000;

/// The statements that look reviews up.
const LOOK_UPS: [&str; 9] = [
    sql::BY_NUMBER,
    sql::BY_REQUEST,
    sql::BY_SERVICE,
    sql::BY_MEMBER,
    sql::BY_PROVIDER,
    sql::BY_TRACE,
    sql::BY_DOCUMENT,
    sql::CLOSING,
    sql::UNTOLD,
];

/// Which of [`LOOK_UPS`] finds reviews by keys of a kind, and a key as JSON.
fn look_up(key: &ReviewKey) -> (usize, serde_json::Value) {
    use serde_json::json;
    match key {
        ReviewKey::Number(number) => (0, json!(number)),
        ReviewKey::Request(key) => (1, json!(key.cast_signed())),
        ReviewKey::Service(key) => (2, json!(key.cast_signed())),
        ReviewKey::Member { owner, from, to } => {
            let (from, to) = (date_to_column(*from), date_to_column(*to));
            (3, json!([owner.subscriber, owner.suffix, from, to]))
        }
        ReviewKey::Provider { id, from, to } => {
            (4, json!([id, date_to_column(*from), date_to_column(*to)]))
        }
        ReviewKey::Trace(trace) => (5, json!(trace)),
        ReviewKey::Document(control) => (6, json!(control)),
        ReviewKey::Closing(before) => (7, json!(before)),
        ReviewKey::Untold => (8, json!("")),
    }
}

/// See [`crate::store::Reviews::find`].
pub(super) async fn find(
    readers: &SqlitePool,
    keys: &[ReviewKey],
    limit: u32,
) -> Result<Vec<Vec<ReviewRecord>>> {
    let failed = database_error(FINDING);
    let mut found: Vec<Vec<ReviewRecord>> = keys.iter().map(|_| Vec::new()).collect();
    let mut by_kind: [(Vec<serde_json::Value>, Vec<usize>); LOOK_UPS.len()] = Default::default();
    for (index, key) in keys.iter().enumerate() {
        let (kind, key) = look_up(key);
        by_kind[kind].0.push(key);
        by_kind[kind].1.push(index);
    }
    let limit = if limit == 0 { -1 } else { i64::from(limit) };
    for (kind, (keys, places)) in by_kind.iter().enumerate() {
        for (keys, places) in keys.chunks(CHUNK_KEYS).zip(places.chunks(CHUNK_KEYS)) {
            let query =
                sqlx::query(LOOK_UPS[kind]).bind(serde_json::to_string(keys).map_err(|_| CORRUPT)?);
            let query = if kind == 0 { query } else { query.bind(limit) };
            for row in query.fetch_all(readers).await.map_err(&failed)? {
                let key: i64 = row.try_get(0).map_err(&failed)?;
                let key = usize::try_from(key).ok().and_then(|key| places.get(key));
                found[*key.ok_or(CORRUPT)?].push(read(&row)?);
            }
        }
    }
    Ok(found)
}

/// Takes a review out of the columns that every look-up names alike, after the position of its key.
pub(super) fn read(row: &SqliteRow) -> Result<ReviewRecord> {
    let failed = database_error(FINDING);
    let body: &str = row.try_get(4).map_err(&failed)?;
    let review: ReviewRecord = serde_json::from_str(body).map_err(|_| CORRUPT)?;
    let successor: Option<String> = row.try_get(2).map_err(&failed)?;
    let interchange: i64 = row.try_get(3).map_err(&failed)?;
    let text: &str = row.try_get(5).map_err(&failed)?;
    Ok(ReviewRecord {
        successor: successor.map(Into::into),
        interchange: u64::try_from(interchange).unwrap_or(0),
        text: text.into(),
        ..review
    })
}

/// See [`crate::store::Reviews::used`].
pub(super) async fn used(readers: &SqlitePool, numbers: &[Box<str>]) -> Result<Vec<u64>> {
    let mut used = vec![0; numbers.len()];
    for (chunk, numbers) in numbers.chunks(CHUNK_KEYS).enumerate() {
        let rows: Vec<(i64, i64)> = sqlx::query_as(sql::USED)
            .bind(key_list(numbers.iter().map(|number| &**number))?)
            .fetch_all(readers)
            .await
            .map_err(database_error("counting the claims of reviews"))?;
        for (key, count) in rows {
            let key = chunk * CHUNK_KEYS + usize::try_from(key).map_err(|_| CORRUPT)?;
            *used.get_mut(key).ok_or(CORRUPT)? = count.unsigned_abs();
        }
    }
    Ok(used)
}

/// See [`crate::store::Reviews::histories`].
pub(super) async fn histories(
    readers: &SqlitePool,
    numbers: &[Box<str>],
) -> Result<Vec<Option<ReviewHistory>>> {
    let failed = database_error("reading the history of reviews");
    let mut histories = Vec::with_capacity(numbers.len());
    for number in numbers {
        let rows = sqlx::query(sql::CHAINS)
            .bind(key_list([&**number])?)
            .fetch_all(readers)
            .await
            .map_err(&failed)?;
        let reviews = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        if reviews.is_empty() {
            histories.push(None);
            continue;
        }
        let receipts = key_list(reviews.iter().map(|review| &*review.receipt))?;
        let documents = documents_of(readers, &reviews).await?;
        let rows: Vec<EventRow> = sqlx::query_as(sql::EVENTS)
            .bind(receipts.as_str())
            .fetch_all(readers)
            .await
            .map_err(&failed)?;
        let events = rows.into_iter().map(event).collect::<Result<Vec<_>>>()?;
        let bodies: Vec<String> = sqlx::query_scalar(sql::ATTESTATIONS)
            .bind(receipts)
            .fetch_all(readers)
            .await
            .map_err(&failed)?;
        let attestations = bodies.iter().map(|body| serde_json::from_str(body));
        let attestations: Vec<Attestation> =
            attestations.collect::<serde_json::Result<_>>().map_err(|_| CORRUPT)?;
        let mut known: Vec<Box<str>> =
            reviews.iter().filter_map(|review| review.number.clone()).collect();
        known.sort_unstable();
        known.dedup();
        let used = used(readers, &known).await?.into_iter().sum();
        let history = ReviewHistory { reviews, events, attestations, documents, used };
        histories.push(Some(history));
    }
    Ok(histories)
}

type EventRow = (String, i64, String, i64, String, String, String);

fn event(
    (receipt, at_micros, who, interchange, kind, state, detail): EventRow,
) -> Result<ReviewEvent> {
    Ok(ReviewEvent {
        receipt: receipt.into(),
        at_micros,
        who: who.into(),
        interchange: u64::try_from(interchange).unwrap_or(0),
        kind: kind.into(),
        state: ReviewState::from_word(&state).ok_or(CORRUPT)?,
        detail: detail.into(),
    })
}

/// See [`crate::store::Reviews::documents`].
pub(super) async fn documents(
    readers: &SqlitePool,
    numbers: &[Box<str>],
) -> Result<Vec<Vec<Attachment>>> {
    let mut found: Vec<Vec<Attachment>> = numbers.iter().map(|_| Vec::new()).collect();
    for (chunk, numbers) in numbers.chunks(CHUNK_KEYS).enumerate() {
        let rows: Vec<(i64, String)> = sqlx::query_as(sql::DOCUMENTS)
            .bind(key_list(numbers.iter().map(|number| &**number))?)
            .fetch_all(readers)
            .await
            .map_err(database_error("finding the documents of reviews"))?;
        for (key, body) in rows {
            let key = chunk * CHUNK_KEYS + usize::try_from(key).map_err(|_| CORRUPT)?;
            let document = serde_json::from_str(&body).map_err(|_| CORRUPT)?;
            found.get_mut(key).ok_or(CORRUPT)?.push(document);
        }
    }
    Ok(found)
}

/// Documents of the reviews of a chain: of one of their providers and about their patient.
async fn documents_of(readers: &SqlitePool, reviews: &[ReviewRecord]) -> Result<Vec<Attachment>> {
    let announced = reviews.iter().flat_map(|review| review.documents.iter().cloned());
    let receipts = reviews.iter().map(|review| review.receipt.clone());
    let mut numbers: Vec<Box<str>> = announced.chain(receipts).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut documents: Vec<Attachment> = Vec::new();
    for document in self::documents(readers, &numbers).await?.into_iter().flatten() {
        let belongs = reviews.iter().any(|review| review.may_have(&document));
        if belongs && !documents.contains(&document) {
            documents.push(document);
        }
    }
    Ok(documents)
}

/// See [`crate::store::Reviews::attestations`].
pub(super) async fn attestations(
    readers: &SqlitePool,
    subjects: &[Box<str>],
) -> Result<Vec<Attestation>> {
    let bodies: Vec<String> = sqlx::query_scalar(sql::ATTESTATIONS)
        .bind(key_list(subjects.iter().map(|subject| &**subject))?)
        .fetch_all(readers)
        .await
        .map_err(database_error("finding attestations"))?;
    bodies.iter().map(|body| serde_json::from_str(body).map_err(|_| CORRUPT)).collect()
}
