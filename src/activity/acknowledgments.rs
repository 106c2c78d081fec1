//! Acknowledgments: each interchange with what was said to it, so that a partner can compare it with what it has, and what is missing by
//! its settings.

use std::collections::HashMap;

use super::interchanges::Walk;
use super::{Desk, Result, Rows};
use crate::config::{Ack999, Ta1Policy};
use crate::partner::Partner;
use crate::store::{BatchFilter, InterchangeOutline, ListedResult, NewInterchange};

/// Batches read at once.
const BATCHES: u32 = 1000;

/// Sets that are acknowledgments themselves, and never acknowledged.
const NEVER_ACKNOWLEDGED: [&str; 3] = ["997", "999", "TA1"];

pub(super) async fn write(desk: &Desk<'_>, out: &mut Rows<'_>) -> Result<()> {
    out.write_record([
        "received",
        "answered",
        "partner",
        "sender",
        "receiver",
        "control",
        "usage",
        "lane",
        "transport",
        "outcome",
        "sets",
        "sets_accepted",
        "sets_rejected",
        "kinds",
        "replies",
        "missing",
        "picked_up",
        "confirmed",
        "not_picked_up",
    ])?;
    let mut walk = Walk::new(desk);
    while let Some(page) = walk.page().await? {
        let pickups = Pickups::of(desk, &page).await?;
        for it in page {
            let (opening, end) = (&it.row.opening, &it.row.end);
            let key = &opening.key;
            // Under which an interchange that was refused is kept apart from the one it was taken for.
            let sender = key.sender.split('#').next().unwrap_or_default();
            let replies: Vec<String> =
                it.replies.iter().map(|(kind, control)| format!("{kind}:{control:09}")).collect();
            let partner = desk.partners.with_id(&opening.partner);
            let missing = partner.map(|partner| missing(partner, &it)).unwrap_or_default();
            out.write_record([
                &*desk.text(opening.received_micros),
                &desk.text(end.answered_micros),
                &opening.partner,
                sender,
                &key.receiver,
                &format!("{:09}", key.control),
                if key.test { "T" } else { "P" },
                &opening.lane,
                &opening.transport,
                &end.outcome,
                &end.sets.to_string(),
                &end.accepted.to_string(),
                &end.sets.saturating_sub(end.accepted).to_string(),
                &it.sets.join(" "),
                &replies.join(" "),
                &missing.join(" "),
                &pickups.kinds(opening, |result| {
                    result.picked_micros.is_some() && result.confirmed_micros.is_none()
                }),
                &pickups.kinds(opening, |result| result.confirmed_micros.is_some()),
                &pickups.kinds(opening, |result| {
                    result.picked_micros.is_none() && result.confirmed_micros.is_none()
                }),
            ])?;
        }
    }
    Ok(())
}

/// What partners have picked up of the replies to batches that came by CAQH CORE. An interchange belongs to the batch that its partner
/// sent at the same microsecond: that is the instant it is recorded with.
struct Pickups(HashMap<(Box<str>, i64), Vec<ListedResult>>);

impl Pickups {
    /// Of the interchanges of a page, which are in the order they were received.
    async fn of(desk: &Desk<'_>, page: &[InterchangeOutline]) -> Result<Pickups> {
        let mut all = Pickups(HashMap::new());
        let mut batches = page.iter().filter(|it| &*it.row.opening.lane == "batch");
        let received = |it: &InterchangeOutline| it.row.opening.received_micros;
        let (Some(first), Some(mailbox)) =
            (batches.next().map(received), desk.stores.backend.mailbox())
        else {
            return Ok(all);
        };
        let last = batches.next_back().map_or(first, received);
        let mut filter = BatchFilter {
            partner: desk.subject.partner.map(Box::from),
            since_micros: first,
            until_micros: last.saturating_add(1),
            before_id: 0,
            limit: BATCHES,
        };
        loop {
            let listed = mailbox.list(&filter).await?;
            let Some(oldest) = listed.last() else { return Ok(all) };
            (filter.until_micros, filter.before_id) = (oldest.received_micros, oldest.id);
            for batch in listed {
                let results = all.0.entry((batch.partner, batch.received_micros)).or_default();
                results.extend(batch.results);
            }
        }
    }

    /// The kinds of those results of the batch of this interchange.
    fn kinds(&self, opening: &NewInterchange, has: impl Fn(&ListedResult) -> bool) -> String {
        let key = (opening.partner.clone(), opening.received_micros);
        let results = self.0.get(&key).into_iter().flatten().filter(|result| has(result));
        results.map(|result| &*result.kind).collect::<Vec<_>>().join(" ")
    }
}

/// The acknowledgments that the settings of the partner promise and that were not sent.
fn missing(partner: &Partner, it: &InterchangeOutline) -> Vec<&'static str> {
    let was_sent = |kind: &str| it.replies.iter().any(|(sent, _)| sent.eq_ignore_ascii_case(kind));
    let outcome = &*it.row.end.outcome;
    let wants_answer = it.sets.iter().any(|set| !NEVER_ACKNOWLEDGED.contains(&&**set));
    let policy = match &*it.row.opening.lane {
        "batch" => partner.ack.batch,
        _ => partner.ack.real_time,
    };
    let ta1 = match partner.ack.ta1 {
        Ta1Policy::Always => true,
        Ta1Policy::Honour | Ta1Policy::OnReject => outcome == "refused",
        Ta1Policy::Never => false,
    };
    let functional = outcome != "refused"
        && wants_answer
        && match policy {
            Ack999::Always => true,
            Ack999::OnReject => it.row.end.accepted < it.row.end.sets,
            Ack999::Never => false,
        };
    let due = [("TA1", ta1), ("999", functional)];
    due.into_iter().filter(|(kind, due)| *due && !was_sent(kind)).map(|(kind, _)| kind).collect()
}
