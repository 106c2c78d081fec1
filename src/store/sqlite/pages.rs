//! All members in the order of their ids, page by page, for the snapshot.

use crate::store::packed::{FILE, Sections, person_id};
use crate::store::traits::Reply;
use crate::store::{FamilyRange, MemberPages, Result, StoreError, Subject, TakeMember};

use std::sync::atomic::Ordering;

use super::{SqliteStore, database_error, sql};

const DOING: &str = "reading all members";

/// Member files in one statement.
const PAGE_FILES: i64 = 2000;
/// After every subscriber number there is.
const END: &str = "\u{10ffff}";

impl MemberPages for SqliteStore {
    fn generation(&self) -> Reply<'_, u64> {
        Box::pin(async move {
            let value: Option<i64> = sqlx::query_scalar(sql::GENERATION)
                .bind(Subject::Members.name())
                .fetch_optional(&self.inner.readers)
                .await
                .map_err(database_error(DOING))?;
            Ok(value.unwrap_or_default().unsigned_abs())
        })
    }

    fn loads(&self) -> u64 {
        self.inner.loads.load(Ordering::Acquire)
    }

    fn count(&self) -> Reply<'_, u64> {
        Box::pin(async move {
            let count: i64 = sqlx::query_scalar(sql::MEMBER_COUNT)
                .fetch_one(&self.inner.readers)
                .await
                .map_err(database_error(DOING))?;
            Ok(count.unsigned_abs())
        })
    }

    fn ranges(&self, parts: u32) -> Reply<'_, Vec<FamilyRange>> {
        Box::pin(self.family_ranges(parts))
    }

    fn read<'a>(&'a self, range: &'a FamilyRange, take: &'a mut TakeMember<'_>) -> Reply<'a, ()> {
        Box::pin(self.read_members(range, take))
    }
}

impl SqliteStore {
    async fn family_ranges(&self, parts: u32) -> Result<Vec<FamilyRange>> {
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

    async fn read_members(&self, range: &FamilyRange, take: &mut TakeMember<'_>) -> Result<()> {
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
                take(file)?;
            }
            let last = page.rsplit(FILE).next().ok_or(StoreError::Corrupt { what: "member" })?;
            let last = person_id(Sections::cut(last)?.person)?;
            (subscriber, suffix) = (last.0.to_owned(), last.1.to_owned());
        }
    }
}
