//! Which interchanges brought claims lately: what an intake could not see when its claims were judged.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use sqlx::sqlite::SqliteConnection;

use crate::store::Result;

use super::super::database_error;
use super::{ENTERING, sql};

/// Commits that are remembered. An intake that began before them is compared with everything.
const REMEMBERED_MAX: usize = 50_000;

/// Commits of claims, counted.
#[derive(Default)]
pub(in crate::store::sqlite) struct Recent {
    /// Commits so far.
    count: AtomicU64,
    /// The last ones: their count, and the interchange.
    last: Mutex<VecDeque<(u64, i64)>>,
    /// As the connection that writes last saw it; 0 before that.
    data_version: AtomicI64,
}

/// What was committed since an intake began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Since {
    /// Nothing with claims.
    Nothing,
    /// These interchanges.
    These(Vec<i64>),
    /// More than is remembered, or something of another process.
    Anything,
}

impl Recent {
    /// How many commits there were: to be kept when an intake begins.
    pub(in crate::store::sqlite) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Notes whether another process has committed since this was called last, by the connection that writes.
    pub(in crate::store::sqlite) async fn look(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<()> {
        let version: i64 = sqlx::query_scalar(sql::DATA_VERSION)
            .fetch_one(connection)
            .await
            .map_err(database_error(ENTERING))?;
        let before = self.data_version.swap(version, Ordering::AcqRel);
        if before != 0 && before != version {
            self.add(&[0]);
        }
        Ok(())
    }

    /// Notes commits; 0 for those of others. To be called before another transaction can begin.
    pub(super) fn add(&self, interchanges: &[i64]) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        for interchange in interchanges {
            let count = self.count.load(Ordering::Acquire) + 1;
            last.push_back((count, *interchange));
            if last.len() > REMEMBERED_MAX {
                last.pop_front();
            }
            self.count.store(count, Ordering::Release);
        }
    }

    /// What was committed after so many commits.
    pub(super) fn since(&self, count: u64) -> Since {
        if count == self.count() {
            return Since::Nothing;
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // They are counted without a gap, so that the place of one follows from its count.
        let Some(place) = last.front().and_then(|(first, _)| (count + 1).checked_sub(*first))
        else {
            return Since::Anything;
        };
        let place = usize::try_from(place).unwrap_or(usize::MAX).min(last.len());
        let those: Vec<i64> = last.range(place..).map(|(_, interchange)| *interchange).collect();
        if those.contains(&0) { Since::Anything } else { Since::These(those) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_since_is_known_until_it_is_too_much() {
        let recent = Recent::default();
        assert_eq!(recent.since(0), Since::Nothing);
        recent.add(&[7, 8]);
        recent.add(&[-9]);
        assert_eq!(recent.count(), 3);
        assert_eq!(recent.since(0), Since::These(vec![7, 8, -9]));
        assert_eq!(recent.since(2), Since::These(vec![-9]));
        assert_eq!(recent.since(3), Since::Nothing);
        recent.add(&[0]);
        assert_eq!(recent.since(3), Since::Anything);
        let many: Vec<i64> = (1..=60_000).collect();
        recent.add(&many);
        assert_eq!(recent.since(3), Since::Anything);
        assert_eq!(recent.since(60_003), Since::These(vec![60_000]));
    }
}
