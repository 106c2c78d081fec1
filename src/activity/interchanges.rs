//! The interchanges of a period, page by page.

use super::{Desk, Result};
use crate::store::{InterchangeOutline, InterchangePeriod};

/// Interchanges read at once.
const PAGE: u32 = 5000;

/// Goes through the interchanges of a report.
pub(super) struct Walk<'d> {
    desk: &'d Desk<'d>,
    next: Option<InterchangePeriod>,
}

impl<'d> Walk<'d> {
    pub(super) fn new(desk: &'d Desk<'d>) -> Walk<'d> {
        let first = InterchangePeriod {
            partner: desk.subject.partner.map(Box::from),
            since_micros: desk.start_of(desk.subject.from),
            until_micros: desk.end(),
            after: 0,
            limit: PAGE,
        };
        Walk { desk, next: Some(first) }
    }

    /// The next page; none at the end.
    pub(super) async fn page(&mut self) -> Result<Option<Vec<InterchangeOutline>>> {
        let Some(period) = self.next.take() else { return Ok(None) };
        let page = self.desk.stores.journal.outline(&period).await?;
        let Some(last) = page.last() else { return Ok(None) };
        self.next = Some(InterchangePeriod {
            since_micros: last.row.opening.received_micros,
            after: last.row.id,
            ..period
        });
        Ok(Some(page))
    }
}
