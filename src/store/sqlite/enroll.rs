//! Changes of members, carried out on what is on file within the transaction that commits them.

use rustc_hash::FxHashMap;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use time::Date;

use crate::store::columns::date_to_column;
use crate::store::enrollment::PersonState;
use crate::store::packed::{FILE, Sections};
use crate::store::{
    Coverage, FamilyState, Member, MemberChange, MemberFault, MemberFile, OtherCoverage, Owner,
    Result, StoreError, Subject,
};

use super::rows::{
    COVERAGE, FAMILY, MEMBER, OTHER_COVERAGE, SUBSCRIBER_SHAPE, bind_coverage, bind_member,
    bind_other_coverage, subscriber_shape,
};
use super::{database_error, key_list, sql};

const DOING: &str = "enrolling members";

/// Changes whose families are read and written together.
pub(super) const TOGETHER_MAX: usize = 1000;

/// Carries out changes in order; gives why each was left out. What was changed is seen with the transaction.
pub(super) async fn enroll(
    connection: &mut SqliteConnection,
    changes: &[MemberChange],
) -> Result<Vec<Option<MemberFault>>> {
    let mut faults = Vec::with_capacity(changes.len());
    for some in changes.chunks(TOGETHER_MAX) {
        let mut families = read(connection, some).await?;
        for change in some {
            let family = families.entry(change.subscriber.clone()).or_default();
            faults.push(family.apply(change).err());
        }
        write(connection, &families).await?;
    }
    Ok(faults)
}

/// See [`crate::store::Members::enrolled`].
pub(super) async fn enrolled(
    readers: &SqlitePool,
    groups: &[Box<str>],
    on: Date,
) -> Result<Vec<Owner>> {
    let rows: Vec<(String, String)> = sqlx::query_as(sql::ENROLLED)
        .bind(key_list(groups.iter().map(|group| &**group))?)
        .bind(date_to_column(on))
        .fetch_all(readers)
        .await
        .map_err(database_error("listing the members of groups"))?;
    let owner = |(subscriber, suffix): (String, String)| Owner {
        subscriber: subscriber.into(),
        suffix: suffix.into(),
    };
    Ok(rows.into_iter().map(owner).collect())
}

/// Says that members have changed.
pub(super) async fn next_generation(connection: &mut SqliteConnection) -> Result<()> {
    sqlx::query(sql::NEXT_GENERATION)
        .bind(Subject::Members.name())
        .execute(connection)
        .await
        .map_err(database_error(DOING))?;
    Ok(())
}

/// The families that changes speak of, those that are on file.
async fn read(
    connection: &mut SqliteConnection,
    changes: &[MemberChange],
) -> Result<FxHashMap<Box<str>, FamilyState>> {
    let mut keys: Vec<&str> = changes.iter().map(|change| &*change.subscriber).collect();
    keys.sort_unstable();
    keys.dedup();
    let packed: Option<String> = sqlx::query_scalar(sql::FILES_BY_FAMILY)
        .bind(key_list(keys.iter().copied())?)
        .fetch_one(connection)
        .await
        .map_err(database_error(DOING))?;
    let mut files: FxHashMap<Box<str>, Vec<MemberFile>> = FxHashMap::default();
    for file in packed.as_deref().unwrap_or_default().split_terminator(FILE) {
        let sections = Sections::cut(file)?;
        let key = sections.key.parse().ok().and_then(|key: usize| keys.get(key));
        let key = key.ok_or(StoreError::Corrupt { what: "key position" })?;
        files.entry((*key).into()).or_default().push(sections.unpack()?);
    }
    Ok(files.into_iter().map(|(key, files)| (key, FamilyState::of(files))).collect())
}

/// Writes what has changed.
async fn write(
    connection: &mut SqliteConnection,
    families: &FxHashMap<Box<str>, FamilyState>,
) -> Result<()> {
    let mut persons: Vec<&PersonState> =
        families.values().flat_map(|family| &family.persons).collect();
    persons.retain(|person| person.changed.any());
    persons.sort_by(|a, b| a.id().cmp(&b.id()));
    let changed = || persons.iter().copied();
    let members: Vec<&Member> =
        changed().filter(|person| person.changed.member).map(|person| &person.member).collect();
    let mut numbers: Vec<&str> = members.iter().map(|member| &*member.subscriber).collect();
    numbers.dedup();
    FAMILY
        .run(connection, &numbers, |number, binds| {
            binds.add(*number);
        })
        .await?;
    let mut shapes: Vec<(i64, i64)> =
        members.iter().map(|member| subscriber_shape(&member.subscriber)).collect();
    shapes.sort_unstable();
    shapes.dedup();
    SUBSCRIBER_SHAPE
        .run(connection, &shapes, |(length, lettered), binds| {
            binds.add(*length).add(*lettered);
        })
        .await?;
    MEMBER.run(connection, &members, |member, binds| bind_member(member, binds)).await?;

    let covered = changed().filter(|person| person.changed.coverage);
    let spans: Vec<(Owner, Coverage)> = covered
        .clone()
        .flat_map(|person| person.coverage.iter().map(|span| (person.owner(), span.clone())))
        .collect();
    clear(connection, sql::DELETE_COVERAGE, covered).await?;
    COVERAGE.run(connection, &spans, bind_coverage).await?;

    let others = changed().filter(|person| person.changed.other);
    let rows: Vec<(Owner, i64, OtherCoverage)> = others
        .clone()
        .flat_map(|person| {
            (1..).zip(&person.other).map(|(at, row)| (person.owner(), at, row.clone()))
        })
        .collect();
    clear(connection, sql::DELETE_OTHER_COVERAGE, others).await?;
    OTHER_COVERAGE.run(connection, &rows, bind_other_coverage).await
}

/// Takes away all rows of a kind that these persons have.
async fn clear<'p>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    persons: impl Iterator<Item = &'p PersonState>,
) -> Result<()> {
    let keys: Vec<String> = persons.map(|person| person.owner().key()).collect();
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query(statement)
        .bind(key_list(keys.iter().map(String::as_str))?)
        .execute(connection)
        .await
        .map_err(database_error(DOING))?;
    Ok(())
}
