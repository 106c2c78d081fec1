//! What is done by the clock: reports for partners, deleting what is old, closing reviews that waited too long, and telling requesters of
//! decisions.
//!
//! The day of a daily job is noted in the store when it is done: a process that was down does it when it is up again, and one that
//! failed is tried again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use time::{Date, PrimitiveDateTime, Time};
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::mailbox::{Mailbox, Mailboxes, OUTBOUND, REPORTS, purge_files};
use crate::activity::{ReportError, Subject, partners, write};
use crate::config::ReportKind;
use crate::gateway::{FinalReviewError, FinalReviews, Gateway, Service};
use crate::partner::PartnerDirectory;
use crate::store::{LoadRows, ReviewRecord, StoreError, purge};

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(10);
/// A job that failed is tried again after this time.
const PAUSE: Duration = Duration::from_secs(300);
/// Days for which reports are written that were missed, at most.
const MISSED_DAYS_MAX: i64 = 7;
/// Who the ledger says closed a review.
const TIMETABLE: &str = "timetable";
/// Names under which the store keeps the day of the last run.
const REPORTS_DONE: &str = "timetable-reports";
const PURGE_DONE: &str = "timetable-purge";

/// Why a job was not done.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Review(#[from] FinalReviewError),
    #[error("a file of a partner could not be written or deleted")]
    File(#[from] io::Error),
}

type Result<T> = std::result::Result<T, JobError>;

/// Does what the settings name.
#[derive(Debug)]
pub(super) struct Timetable {
    gateway: Arc<Gateway>,
    mailboxes: Vec<Arc<Mailboxes>>,
}

/// A job with the time of its next run.
struct Job {
    name: &'static str,
    next: Instant,
}

impl Job {
    fn new(name: &'static str) -> Job {
        Job { name, next: Instant::now() }
    }

    fn is_due(&self) -> bool {
        Instant::now() >= self.next
    }

    /// Says how it went, and when it is looked at again.
    fn ended(&mut self, outcome: Result<()>, again: Duration) {
        let pause = match outcome {
            Ok(()) => again,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(job = self.name, error, "a job of the timetable failed");
                PAUSE
            }
        };
        self.next = Instant::now() + pause;
    }
}

impl Timetable {
    pub(super) fn new(gateway: &Arc<Gateway>, mailboxes: Vec<Arc<Mailboxes>>) -> Timetable {
        Timetable { gateway: gateway.clone(), mailboxes }
    }

    /// Runs until `stop` is cancelled. What was begun is finished.
    pub(super) async fn run(self, stop: CancellationToken) {
        let settings = &self.gateway.config().timetable;
        let minutes = |minutes: u32| {
            Some(Duration::from_secs(u64::from(minutes) * 60)).filter(|it| !it.is_zero())
        };
        let close_every = minutes(settings.close_reviews_minutes);
        let deliver_every = minutes(settings.deliver_reviews_minutes);
        let (reports_at, purge_at) = (settings.reports_at(), settings.purge_at());
        let mut reports = Job::new("reports");
        let mut purging = Job::new("purge");
        let mut closing = Job::new("close reviews");
        let mut delivery = Job::new("deliver reviews");
        loop {
            if let Some(at) = reports_at
                && reports.is_due()
            {
                reports.ended(self.reports(at).await, LOOK);
            }
            if let Some(at) = purge_at
                && purging.is_due()
            {
                purging.ended(self.purge(at).await, LOOK);
            }
            if let Some(every) = close_every
                && closing.is_due()
            {
                closing.ended(self.close_reviews().await, every);
            }
            if let Some(every) = deliver_every
                && delivery.is_due()
            {
                delivery.ended(self.deliver_reviews().await, every);
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// The day that a daily job is due for, and the day it was done for last.
    async fn due(&self, name: &str, at: Time) -> Result<Option<(Date, Option<Date>)>> {
        let stores = self.gateway.stores();
        let last = stores.backend.property(name).await?.and_then(|text| parse_day(&text));
        Ok(due(at, self.gateway.local_now(), last).map(|day| (day, last)))
    }

    async fn done(&self, name: &str, day: Date) -> Result<()> {
        let mut load = self.gateway.stores().begin_load().await?;
        load.put(LoadRows::Properties(&[(name.into(), day.to_string().into())])).await?;
        Ok(load.commit().await?)
    }

    fn now_micros(&self) -> i64 {
        let nanos = Service::now(&*self.gateway).unix_timestamp_nanos();
        i64::try_from(nanos / 1000).unwrap_or(i64::MAX)
    }

    /// Writes the reports of the days before those that are due.
    async fn reports(&self, at: Time) -> Result<()> {
        let Some((day, last)) = self.due(REPORTS_DONE, at).await? else { return Ok(()) };
        let earliest = day.saturating_sub(time::Duration::days(MISSED_DAYS_MAX - 1));
        let after_last = last.and_then(Date::next_day).unwrap_or(day);
        let mut one = after_last.max(earliest);
        let partners = partners(self.gateway.stores(), self.gateway.config()).await?;
        let mailboxes = self.all_mailboxes()?;
        while one <= day {
            let about = one.previous_day().unwrap_or(one);
            for mailbox in &mailboxes {
                self.reports_of(mailbox, &partners, about).await?;
            }
            tracing::info!(day = %about, "reports were written");
            one = one.next_day().unwrap_or(Date::MAX);
        }
        self.done(REPORTS_DONE, day).await
    }

    async fn reports_of(
        &self,
        mailbox: &Mailbox,
        partners: &PartnerDirectory,
        day: Date,
    ) -> Result<()> {
        let Some(partner) = partners.with_id(mailbox.partner()) else { return Ok(()) };
        for kind in &partner.reports.kinds {
            // The month so far: that is what the share is counted in.
            let from = match kind {
                ReportKind::ResponseTimes => day.replace_day(1).unwrap_or(day),
                _ => day,
            };
            let now_micros = self.now_micros();
            let subject = Subject { partner: Some(&partner.id), from, to: day, now_micros };
            let (stores, config) = (self.gateway.stores(), self.gateway.config());
            let mut text = Vec::new();
            write(*kind, &subject, stores, config, partners, &mut text).await?;
            mailbox.put(REPORTS, &format!("{}-{day}.csv", kind.name()), &text)?;
        }
        Ok(())
    }

    fn all_mailboxes(&self) -> io::Result<Vec<Arc<Mailbox>>> {
        let mut all = Vec::new();
        for mailboxes in &self.mailboxes {
            all.extend(mailboxes.open_all()?);
        }
        Ok(all)
    }

    /// Deletes what the settings do not keep any longer.
    async fn purge(&self, at: Time) -> Result<()> {
        let Some((day, _)) = self.due(PURGE_DONE, at).await? else { return Ok(()) };
        let retention = &self.gateway.config().retention;
        let now = Service::now(&*self.gateway);
        let ago = |days: u32| now.saturating_sub(time::Duration::days(i64::from(days)));
        if retention.days > 0 {
            let before = ago(retention.days).unix_timestamp_nanos() / 1000;
            let before = i64::try_from(before).unwrap_or(0);
            let (stores, archive) = (self.gateway.stores(), self.gateway.archive());
            let purged = purge(stores, archive, before, now.into(), false).await?;
            tracing::info!(
                interchanges = purged.interchanges,
                files = purged.files,
                bytes = purged.bytes,
                "old interchanges were deleted"
            );
        }
        if retention.files_days > 0 {
            let before = ago(retention.files_days).into();
            for mailboxes in &self.mailboxes {
                let folder = mailboxes.folder().to_owned();
                let purging = spawn_blocking(move || purge_files(&folder, before, false));
                let purged = purging.await.map_err(io::Error::other)??;
                let (files, bytes) = (purged.files, purged.bytes);
                tracing::info!(files, bytes, "old files of partners were deleted");
            }
        }
        self.done(PURGE_DONE, day).await
    }

    fn final_reviews(&self) -> FinalReviews<'_> {
        let (stores, config) = (self.gateway.stores(), self.gateway.config());
        FinalReviews::new(stores, config, TIMETABLE, self.now_micros())
    }

    async fn close_reviews(&self) -> Result<()> {
        let closed = self.final_reviews().close().await?;
        if !closed.is_empty() {
            tracing::info!(reviews = closed.len(), "reviews were closed");
        }
        Ok(())
    }

    /// Puts the final 278 of each decision that its requester has not been told of where the requester finds it. One that cannot be
    /// written does not hold up the others.
    async fn deliver_reviews(&self) -> Result<()> {
        let desk = self.final_reviews();
        loop {
            let (mut told, mut failure) = (0_u64, None);
            for review in desk.untold().await? {
                match self.deliver(&desk, &review).await {
                    Ok(()) => told += 1,
                    Err(error) => failure = Some(error),
                }
            }
            if told == 0 {
                return failure.map_or(Ok(()), Err);
            }
        }
    }

    async fn deliver(&self, desk: &FinalReviews<'_>, review: &ReviewRecord) -> Result<()> {
        let mut delivered = false;
        if let Some((text, address)) = desk.text(review).await?
            && let Some(mailbox) = self.mailbox(&review.partner, address.transport.as_deref())?
        {
            mailbox.put(OUTBOUND, &format!("{}.278", review.receipt), &text)?;
            delivered = true;
        }
        let receipt = &*review.receipt;
        match delivered {
            true => tracing::info!(receipt, "a requester was told of a decision"),
            false => tracing::warn!(receipt, "nobody is known who could be told"),
        }
        // After the file: what is told twice does no harm, what is never told does.
        Ok(desk.note_told(review).await?)
    }

    /// The mailbox of a partner: where its question came from, or else the first that it has.
    fn mailbox(&self, partner: &str, transport: Option<&str>) -> io::Result<Option<Arc<Mailbox>>> {
        let named = self.mailboxes.iter().find(|it| Some(it.transport()) == transport);
        match named.or(self.mailboxes.first()) {
            Some(mailboxes) => mailboxes.of(partner),
            None => Ok(None),
        }
    }
}

fn parse_day(text: &str) -> Option<Date> {
    Date::parse(text, time::macros::format_description!("[year]-[month]-[day]")).ok()
}

/// The day that a daily job is due for: today once its time has come, else yesterday. One that never ran does not make up for
/// yesterday.
fn due(at: Time, now: PrimitiveDateTime, last: Option<Date>) -> Option<Date> {
    let today = now.date();
    let day = if now.time() >= at { today } else { today.previous_day()? };
    match last {
        Some(last) => (last < day).then_some(day),
        None => (day == today).then_some(day),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime, time};

    use super::*;

    #[test]
    fn a_daily_job_is_due_once_a_day_and_made_up_for() {
        let at = time!(02:30);
        let (monday, tuesday) = (date!(2026 - 01 - 05), date!(2026 - 01 - 06));
        for (now, last, expected) in [
            (datetime!(2026-01-06 02:29), Some(monday), None),
            (datetime!(2026-01-06 02:30), Some(monday), Some(tuesday)),
            (datetime!(2026-01-06 23:00), Some(tuesday), None),
            // It was down at half past two on Monday.
            (datetime!(2026-01-06 01:00), Some(date!(2026 - 01 - 04)), Some(monday)),
            // It never ran.
            (datetime!(2026-01-06 01:00), None, None),
            (datetime!(2026-01-06 03:00), None, Some(tuesday)),
            // The clock was set back.
            (datetime!(2026-01-05 03:00), Some(tuesday), None),
        ] {
            assert_eq!(due(at, now, last), expected, "{now} {last:?}");
        }
        assert_eq!(parse_day(&monday.to_string()), Some(monday));
    }
}
