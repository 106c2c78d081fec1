//! Reports for partners and operators, as comma-separated values: what came, how it was acknowledged, whether the answers were in time,
//! and which credentials expire soon.
//!
//! Interchanges are gone through in the order they were received, page by page, so that a month of a large site fits into memory. No
//! report says anything about patients, and the report of one partner nothing of another.

mod acknowledgments;
mod credentials;
mod due;
mod interchanges;
mod response_times;
mod summary;

use std::io::{self, Write};

use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, OffsetDateTime};

use crate::config::{Config, ReportKind};
use crate::partner::{PartnerDirectory, PartnerError};
use crate::store::{StoreError, Stores};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The profiles of partners cannot be used.
    #[error(transparent)]
    Partners(#[from] PartnerError),
    /// The report could not be written.
    #[error("the report could not be written")]
    Write(#[from] io::Error),
}

impl From<csv::Error> for ReportError {
    fn from(error: csv::Error) -> Self {
        ReportError::Write(error.into())
    }
}

type Result<T> = std::result::Result<T, ReportError>;

/// What a report is about.
#[derive(Clone, Debug)]
pub struct Subject<'s> {
    /// The partner; all partners when none.
    pub partner: Option<&'s str>,
    /// The first day, in local time.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Now, microseconds since 1970 UTC.
    pub now_micros: i64,
}

/// The partners that reports name, and what their settings promise.
///
/// # Errors
///
/// When the store cannot be read, or a profile not be used.
pub async fn partners(stores: &Stores, config: &Config) -> Result<PartnerDirectory> {
    Ok(PartnerDirectory::load(config, &stores.partners.all().await?)?)
}

/// Writes a report; `partners` are those of [`partners`], which serve for any number of reports.
///
/// # Errors
///
/// When the store cannot be read, or the report not be written.
pub async fn write(
    kind: ReportKind,
    subject: &Subject<'_>,
    stores: &Stores,
    config: &Config,
    partners: &PartnerDirectory,
    out: &mut (dyn Write + Send),
) -> Result<()> {
    let desk = Desk { subject, stores, config, partners };
    let mut out = csv::Writer::from_writer(out);
    match kind {
        ReportKind::Activity => summary::write(&desk, &mut out).await?,
        ReportKind::Acknowledgments => acknowledgments::write(&desk, &mut out).await?,
        ReportKind::ResponseTimes => response_times::write(&desk, &mut out).await?,
        ReportKind::Credentials => credentials::write(&desk, &mut out).await?,
    }
    out.flush()?;
    Ok(())
}

/// Where the rows of a report go.
type Rows<'w> = csv::Writer<&'w mut (dyn Write + Send)>;

/// What a report is made from.
struct Desk<'d> {
    subject: &'d Subject<'d>,
    stores: &'d Stores,
    config: &'d Config,
    partners: &'d PartnerDirectory,
}

impl Desk<'_> {
    /// An instant by our clocks on the wall.
    fn local(&self, micros: i64) -> OffsetDateTime {
        self.config.identity.local_time().at(instant(micros))
    }

    /// An instant as it is written.
    fn text(&self, micros: i64) -> String {
        self.local(micros).format(&Rfc3339).unwrap_or_default()
    }

    /// The first moment of a day by our clocks, microseconds since 1970 UTC.
    fn start_of(&self, day: Date) -> i64 {
        micros(self.config.identity.local_time().instant(day.midnight()))
    }

    /// The first moment after the last day.
    fn end(&self) -> i64 {
        let next = self.subject.to.checked_add(Duration::days(1));
        next.map_or(i64::MAX, |day| self.start_of(day))
    }
}

fn instant(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn micros(instant: OffsetDateTime) -> i64 {
    i64::try_from(instant.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
