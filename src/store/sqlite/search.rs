//! Member look-ups in SQL: many keys a statement, statements on all read connections at once.

use futures_util::future::try_join_all;
use sqlx::sqlite::SqlitePool;

use crate::store::columns::date_to_column;
use crate::store::id::id_forms;
use crate::store::packed::{FILE, Sections};
use crate::store::{MemberFile, MemberSearch, Result, StoreError};

use super::{database_error, key_list, sql};

const DOING: &str = "finding members";

/// Keys in one statement. More do not make it faster, fewer let it run on more connections.
const CHUNK_KEYS: usize = 1000;

/// The statements that find member files, each by another key.
pub(super) const STATEMENTS: [&str; 6] = [
    sql::FILES_BY_FAMILY,
    sql::FILES_BY_PERSON,
    sql::FILES_BY_NAME,
    sql::FILES_BY_SSN,
    sql::FILES_BY_CARD,
    sql::FILES_BY_MEDICARE_ID,
];
const FAMILY: usize = 0;
const PERSON: usize = 1;
const NAME: usize = 2;

/// One key to look for on behalf of a search.
struct Probe {
    /// Whose answer it is.
    search_index: usize,
    key: String,
    /// The prefix a match must have.
    prefix: Option<Box<str>>,
}

/// Which of [`STATEMENTS`] finds members by this REF01 qualifier; none when members cannot be found by it.
fn statement_of(qualifier: &str) -> Option<usize> {
    match qualifier {
        "SY" => Some(3),
        "HJ" => Some(4),
        "F6" | "NQ" => Some(5),
        _ => None,
    }
}

/// Everything `search` may match, one probe for each way to read it.
fn probes(search: &MemberSearch, search_index: usize, mut probe: impl FnMut(usize, Probe)) {
    match search {
        MemberSearch::Id(id) => {
            for form in id_forms(id) {
                let statement = if form.person { PERSON } else { FAMILY };
                let (key, prefix) = (form.key.to_owned(), form.prefix.map(Into::into));
                probe(statement, Probe { search_index, key, prefix });
            }
        }
        MemberSearch::Name { last, first, birth } => {
            let key = name_key(last, first, *birth);
            probe(NAME, Probe { search_index, key, prefix: None });
        }
        MemberSearch::Other { qualifier, value } => {
            if let Some(statement) = statement_of(qualifier) {
                probe(statement, Probe { search_index, key: value.to_string(), prefix: None });
            }
        }
    }
}

/// The one text by which a name and birth date are looked for. Both names are normalised already.
pub(in crate::store) fn name_key(last: &str, first: &str, birth: time::Date) -> String {
    format!("{last}/{first}/{}", date_to_column(birth))
}

/// See [`crate::store::Store::find_members`].
pub(super) async fn find_members(
    readers: &SqlitePool,
    searches: &[MemberSearch],
) -> Result<Vec<Vec<MemberFile>>> {
    let mut by_statement: [Vec<Probe>; STATEMENTS.len()] = Default::default();
    for (index, search) in searches.iter().enumerate() {
        probes(search, index, |statement, probe| by_statement[statement].push(probe));
    }
    let mut chunks = Vec::new();
    for (statement, probes) in STATEMENTS.iter().zip(by_statement) {
        let mut probes = probes.into_iter().peekable();
        while probes.peek().is_some() {
            let chunk: Vec<Probe> = probes.by_ref().take(CHUNK_KEYS).collect();
            chunks.push(find_chunk(readers.clone(), statement, chunk));
        }
    }
    let mut results: Vec<Vec<MemberFile>> = searches.iter().map(|_| Vec::new()).collect();
    for found in in_parallel(chunks).await? {
        for (search_index, file) in found {
            results[search_index].push(file);
        }
    }
    for files in &mut results {
        sort_members(files);
    }
    Ok(results)
}

/// See [`crate::store::Store::find_families`].
pub(super) async fn find_families(
    readers: &SqlitePool,
    subscribers: &[Box<str>],
) -> Result<Vec<Vec<MemberFile>>> {
    let chunks = subscribers.chunks(CHUNK_KEYS).enumerate().map(|(chunk_index, chunk)| {
        let offset = chunk_index * CHUNK_KEYS;
        let probes = (offset..).zip(chunk).map(|(search_index, key)| Probe {
            search_index,
            key: key.to_string(),
            prefix: None,
        });
        find_chunk(readers.clone(), sql::FILES_BY_FAMILY, probes.collect())
    });
    let mut results: Vec<Vec<MemberFile>> = subscribers.iter().map(|_| Vec::new()).collect();
    for found in in_parallel(chunks.collect()).await? {
        for (search_index, file) in found {
            results[search_index].push(file);
        }
    }
    for files in &mut results {
        sort_members(files);
    }
    Ok(results)
}

/// Members of one answer stand in the order of their ids, wherever they were found.
pub(in crate::store) fn sort_members(files: &mut [MemberFile]) {
    if files.len() > 1 {
        files.sort_by(|a, b| {
            (&a.member.subscriber, &a.member.suffix).cmp(&(&b.member.subscriber, &b.member.suffix))
        });
    }
}

/// What one statement found, each with the search it answers.
type Found = Vec<(usize, MemberFile)>;

/// Runs the chunks as tasks of their own, because unpacking is work for all cores. A lone chunk stays on this task.
async fn in_parallel(
    chunks: Vec<impl Future<Output = Result<Found>> + Send + 'static>,
) -> Result<Vec<Found>> {
    if chunks.len() < 2 {
        return try_join_all(chunks).await;
    }
    let tasks = chunks
        .into_iter()
        .map(|chunk| async { tokio::spawn(chunk).await.map_err(|_| StoreError::Gone)? });
    try_join_all(tasks).await
}

async fn find_chunk(
    readers: SqlitePool,
    statement: &'static str,
    probes: Vec<Probe>,
) -> Result<Found> {
    let keys = key_list(probes.iter().map(|probe| probe.key.as_str()))?;
    let packed: Option<String> = sqlx::query_scalar(statement)
        .bind(keys)
        .fetch_one(&readers)
        .await
        .map_err(database_error(DOING))?;
    let mut found = Vec::with_capacity(probes.len());
    for file in packed.as_deref().unwrap_or_default().split_terminator(FILE) {
        let sections = Sections::cut(file)?;
        let key: usize =
            sections.key.parse().map_err(|_| StoreError::Corrupt { what: "key position" })?;
        let probe = probes.get(key).ok_or(StoreError::Corrupt { what: "key position" })?;
        let member = sections.unpack()?;
        if probe.prefix.as_ref().is_none_or(|prefix| *prefix == member.member.prefix) {
            found.push((probe.search_index, member));
        }
    }
    Ok(found)
}
