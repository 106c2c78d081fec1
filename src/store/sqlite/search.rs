//! Member look-ups in SQL: many keys a statement, statements on all read connections at once.

use futures_util::future::try_join_all;
use sqlx::sqlite::SqlitePool;

use crate::store::packed::{FILE, Sections};
use crate::store::probe::{KeyKind, Probe, each_probe, sort_members};
use crate::store::{MemberFile, MemberSearch, Result, StoreError};

use super::{database_error, key_list, sql};

const DOING: &str = "finding members";

/// Keys in one statement. More do not make it faster, fewer let it run on more connections.
const CHUNK_KEYS: usize = 1000;

/// The statement that finds member files by keys of this kind.
pub(super) fn statement(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Family => sql::FILES_BY_FAMILY,
        KeyKind::Person => sql::FILES_BY_PERSON,
        KeyKind::Name => sql::FILES_BY_NAME,
        KeyKind::Ssn => sql::FILES_BY_SSN,
        KeyKind::Card => sql::FILES_BY_CARD,
        KeyKind::MedicareId => sql::FILES_BY_MEDICARE_ID,
    }
}

/// Keys of one kind, and which search each is for.
#[derive(Default)]
struct Chunk {
    keys: Vec<String>,
    searches: Vec<(usize, Option<Box<str>>)>,
}

/// See [`crate::store::Members::find`].
pub(super) async fn find_members(
    readers: &SqlitePool,
    searches: &[MemberSearch],
) -> Result<Vec<Vec<MemberFile>>> {
    let mut chunks: Vec<(KeyKind, Chunk)> = Vec::new();
    // The chunk of each kind that is being filled.
    let mut open: [Option<usize>; KeyKind::ALL.len()] = [None; KeyKind::ALL.len()];
    for (index, search) in searches.iter().enumerate() {
        each_probe(search, |Probe { kind, key, prefix }| {
            let place = &mut open[kind as usize];
            let at = match *place {
                Some(at) if chunks[at].1.keys.len() < CHUNK_KEYS => at,
                _ => {
                    chunks.push((kind, Chunk::default()));
                    *place.insert(chunks.len() - 1)
                }
            };
            chunks[at].1.keys.push(key.into_owned());
            chunks[at].1.searches.push((index, prefix.map(Into::into)));
        });
    }
    find_all(readers, chunks, searches.len()).await
}

/// See [`crate::store::Members::families`].
pub(super) async fn find_families(
    readers: &SqlitePool,
    subscribers: &[Box<str>],
) -> Result<Vec<Vec<MemberFile>>> {
    let mut chunks = Vec::new();
    for (number, chunk) in subscribers.chunks(CHUNK_KEYS).enumerate() {
        let keys = chunk.iter().map(ToString::to_string).collect();
        let searches = (number * CHUNK_KEYS..).zip(chunk).map(|(index, _)| (index, None)).collect();
        chunks.push((KeyKind::Family, Chunk { keys, searches }));
    }
    find_all(readers, chunks, subscribers.len()).await
}

/// Runs all chunks and puts what they find in its place. With several, each is a task of its own, because unpacking is work
/// for all cores.
async fn find_all(
    readers: &SqlitePool,
    chunks: Vec<(KeyKind, Chunk)>,
    search_count: usize,
) -> Result<Vec<Vec<MemberFile>>> {
    let lone = chunks.len() == 1;
    let tasks = chunks.into_iter().map(|(kind, chunk)| async move {
        let finding = find_chunk(readers.clone(), statement(kind), chunk);
        if lone {
            finding.await
        } else {
            tokio::spawn(finding).await.map_err(|_| StoreError::Gone)?
        }
    });
    let mut results: Vec<Vec<MemberFile>> = (0..search_count).map(|_| Vec::new()).collect();
    for (search_index, file) in try_join_all(tasks).await?.into_iter().flatten() {
        results[search_index].push(file);
    }
    for files in &mut results {
        sort_members(files);
    }
    Ok(results)
}

/// What one statement finds, each with the search it answers.
async fn find_chunk(
    readers: SqlitePool,
    statement: &'static str,
    chunk: Chunk,
) -> Result<Vec<(usize, MemberFile)>> {
    let packed: Option<String> = sqlx::query_scalar(statement)
        .bind(key_list(chunk.keys.iter().map(String::as_str))?)
        .fetch_one(&readers)
        .await
        .map_err(database_error(DOING))?;
    let mut found = Vec::with_capacity(chunk.keys.len());
    for file in packed.as_deref().unwrap_or_default().split_terminator(FILE) {
        let sections = Sections::cut(file)?;
        let key = sections.key.parse().ok().and_then(|key: usize| chunk.searches.get(key));
        let (search_index, prefix) = key.ok_or(StoreError::Corrupt { what: "key position" })?;
        let file = sections.unpack()?;
        if prefix.as_ref().is_none_or(|prefix| *prefix == file.member.prefix) {
            found.push((*search_index, file));
        }
    }
    Ok(found)
}
