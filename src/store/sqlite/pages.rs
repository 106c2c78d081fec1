//! All members in the order of their ids, page by page, for the snapshot.

use crate::store::packed::{FILE, Sections, person_id};
use crate::store::{Result, StoreError, Subject};

use super::{SqliteStore, database_error, sql};

const DOING: &str = "reading all members";

/// Member files in one statement.
const PAGE_FILES: i64 = 2000;
/// After every subscriber number there is.
const END: &str = "\u{10ffff}";

/// A run of families: those after `after` and before `before`, by subscriber number.
#[derive(Clone, Debug)]
pub(in crate::store) struct FamilyRange {
    after: Box<str>,
    before: Box<str>,
}

impl SqliteStore {
    /// How often members were loaded.
    pub(in crate::store) async fn members_generation(&self) -> Result<u64> {
        let value: Option<i64> = sqlx::query_scalar(sql::GENERATION)
            .bind(Subject::Members.name())
            .fetch_optional(&self.inner.readers)
            .await
            .map_err(database_error(DOING))?;
        Ok(value.unwrap_or_default().unsigned_abs())
    }

    /// How many members there are.
    pub(in crate::store) async fn member_count(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(sql::MEMBER_COUNT)
            .fetch_one(&self.inner.readers)
            .await
            .map_err(database_error(DOING))?;
        Ok(count.unsigned_abs())
    }

    /// All families in `parts` runs of about the same length.
    pub(in crate::store) async fn family_ranges(&self, parts: u32) -> Result<Vec<FamilyRange>> {
        let failed = database_error(DOING);
        let count: i64 = sqlx::query_scalar(sql::FAMILY_COUNT)
            .fetch_one(&self.inner.readers)
            .await
            .map_err(&failed)?;
        let mut ranges = Vec::new();
        let mut after: Box<str> = "".into();
        for part in 1..parts {
            let cut: Option<String> = sqlx::query_scalar(sql::NTH_FAMILY)
                .bind(count * i64::from(part) / i64::from(parts))
                .fetch_optional(&self.inner.readers)
                .await
                .map_err(&failed)?;
            // `after` excludes a family whose number it is only when a suffix follows, so a run may begin with its cut.
            if let Some(cut) = cut.map(Box::<str>::from).filter(|cut| *cut != after) {
                ranges.push(FamilyRange { after, before: cut.clone() });
                after = cut;
            }
        }
        ranges.push(FamilyRange { after, before: END.into() });
        Ok(ranges)
    }

    /// Calls `take` with every member file of a range, its key section holding the name key.
    pub(in crate::store) async fn read_members(
        &self,
        range: &FamilyRange,
        mut take: impl FnMut(&Sections<'_>) -> Result<()>,
    ) -> Result<()> {
        let failed = database_error(DOING);
        let mut reader = self.inner.readers.acquire().await.map_err(&failed)?;
        let (mut subscriber, mut suffix) = (range.after.to_string(), String::new());
        loop {
            let page: Option<String> = sqlx::query_scalar(sql::FILES_IN_ORDER)
                .bind(subscriber.as_str())
                .bind(suffix.as_str())
                .bind(&*range.before)
                .bind(PAGE_FILES)
                .fetch_one(&mut *reader)
                .await
                .map_err(&failed)?;
            let Some(page) = page else { return Ok(()) };
            for file in page.split_terminator(FILE) {
                take(&Sections::cut(file)?)?;
            }
            let last = page.rsplit(FILE).next().ok_or(StoreError::Corrupt { what: "member" })?;
            let last = person_id(Sections::cut(last)?.person)?;
            (subscriber, suffix) = (last.0.to_owned(), last.1.to_owned());
        }
    }
}
