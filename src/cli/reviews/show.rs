//! `reviews show`: a review with its history.

use clap::Args;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::{Format, Output};
use super::attest::AttestationJson;
use super::{Opened, ReviewJson, Reviews, failed, provider, quantity};
use x12gate::store::{Access, Attachment, ReviewEvent, ReviewHistory, ReviewRecord};

#[derive(Args, Debug)]
pub(super) struct Show {
    /// Authorization number or receipt
    #[arg(value_name = "NUMBER")]
    number: String,
}

/// A history as JSON.
#[derive(Serialize)]
struct HistoryJson<'h> {
    reviews: Vec<ReviewJson<'h>>,
    events: Vec<EventJson>,
    attestations: Vec<AttestationJson>,
    documents: Vec<DocumentJson>,
    used: u64,
}

#[derive(Serialize)]
struct EventJson {
    receipt: String,
    at: String,
    who: String,
    interchange: u64,
    event: String,
    state: &'static str,
    detail: String,
}

/// A document that came for a review.
#[derive(Serialize)]
struct DocumentJson {
    control: String,
    provider: String,
    kind: String,
    media: String,
    bytes: u64,
    received: String,
}

pub(super) fn run(args: &Reviews, show: &Show, out: &mut Output) -> Result<Exit> {
    let opened = args.open(Access::Read)?;
    let numbers = [Box::from(show.number.trim())];
    let found = opened.runtime.block_on(opened.stores.reviews.histories(&numbers));
    let shown = match found.map_err(failed("read the review")) {
        Err(why) => Err(why),
        Ok(found) => match (found.into_iter().next().flatten(), args.format) {
            (None, _) => Err(Failure::Refused(format!("there is no review {}", show.number))),
            (Some(history), Format::Json) => out.json(&json(&opened, &history)),
            (Some(history), Format::Text) => text(&opened, &history, out),
        },
    };
    opened.close();
    shown.map(|()| Exit::Clean)
}

fn json<'h>(opened: &Opened, history: &'h ReviewHistory) -> HistoryJson<'h> {
    let event = |event: &ReviewEvent| EventJson {
        receipt: event.receipt.to_string(),
        at: opened.instant(event.at_micros),
        who: event.who.to_string(),
        interchange: event.interchange,
        event: event.kind.to_string(),
        state: event.state.word(),
        detail: event.detail.to_string(),
    };
    HistoryJson {
        reviews: history.reviews.iter().map(|review| ReviewJson::new(opened, review)).collect(),
        events: history.events.iter().map(event).collect(),
        attestations: history
            .attestations
            .iter()
            .map(|one| AttestationJson::new(opened, one))
            .collect(),
        documents: history.documents.iter().map(document).collect(),
        used: history.used,
    }
}

fn document(of: &Attachment) -> DocumentJson {
    DocumentJson {
        control: of.control.to_string(),
        provider: of.provider.to_string(),
        kind: of.kind.to_string(),
        media: of.media.to_string(),
        bytes: of.bytes,
        received: of.received.to_string(),
    }
}

fn text(opened: &Opened, history: &ReviewHistory, out: &mut Output) -> Result<()> {
    for review in &history.reviews {
        one(opened, review, out)?;
    }
    if history.used > 0 {
        out.line(&format!("Used by claims: {}", history.used))?;
    }
    for of in &history.documents {
        let (control, media) = (&of.control, &of.media);
        out.line(&format!("Document {control}: {media}, {} bytes, {}", of.bytes, of.received))?;
    }
    for event in &history.events {
        let words = [&*event.kind, event.state.word(), &event.detail].join(" ");
        let at = opened.instant(event.at_micros);
        out.line(&format!("{at}  {}  {}  {}", event.receipt, words.trim(), event.who))?;
    }
    for of in &history.attestations {
        out.line(&AttestationJson::new(opened, of).line())?;
    }
    Ok(())
}

fn one(opened: &Opened, review: &ReviewRecord, out: &mut Output) -> Result<()> {
    let number = review.number.as_deref().unwrap_or("no authorization number");
    out.line(&format!("{} {}: {}", review.kind.word(), review.receipt, review.state.word()))?;
    let providers: Vec<String> = review.providers.iter().map(provider).collect();
    let reasons = review.reasons.join(" ");
    let decision = [&*review.action, &reasons, &*review.message].join(" ");
    for (label, value) in [
        ("Number", number.to_owned()),
        (
            "Patient",
            format!("{}{} {} {}", review.subscriber, review.suffix, review.last, review.first_name),
        ),
        ("Plan", review.plan.to_string()),
        ("Requester", provider(&review.requester)),
        ("Providers", providers.join("; ")),
        ("Service type", review.service_type.to_string()),
        ("Days", format!("{} to {}", review.from, review.to)),
        ("Asked for", quantity(review.asked.as_ref())),
        ("Granted", quantity(review.granted.as_ref())),
        ("Decision", decision.trim().to_owned()),
        ("Decided by", review.rule.to_string()),
        ("Due", review.due_micros.map(|at| opened.instant(at)).unwrap_or_default()),
        ("Closes", review.closes_micros.map(|at| opened.instant(at)).unwrap_or_default()),
        ("Documents", review.documents.join(" ")),
        ("Replaced by", review.successor.as_deref().unwrap_or("").to_owned()),
    ] {
        if !value.is_empty() {
            out.line(&format!("  {label:13} {value}"))?;
        }
    }
    for service in &review.services {
        let reasons = service.reasons.join(" ");
        let words = format!("{} {} {reasons}", service.code, service.action);
        out.line(&format!("  {:13} {}", "Service", words.trim()))?;
    }
    Ok(())
}
