//! `reviews show`: a review with its history.

use clap::Args;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::{Format, Output};
use super::{ReviewJson, Reviews, failed, instant, provider, quantity};
use x12gate::store::{Access, Attestation, ReviewEvent, ReviewHistory, ReviewRecord};

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
    attestations: &'h [Attestation],
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

pub(super) fn run(args: &Reviews, show: &Show, out: &mut Output) -> Result<Exit> {
    let opened = args.open(Access::Read)?;
    let numbers = [Box::from(show.number.trim())];
    let found = opened.runtime.block_on(opened.stores.reviews.histories(&numbers));
    opened.close();
    let found = found.map_err(failed("read the review"))?;
    let Some(history) = found.into_iter().next().flatten() else {
        return Err(Failure::Refused(format!("there is no review {}", show.number)));
    };
    match args.format {
        Format::Json => out.json(&json(&history))?,
        Format::Text => text(&history, out)?,
    }
    Ok(Exit::Clean)
}

fn json(history: &ReviewHistory) -> HistoryJson<'_> {
    let event = |event: &ReviewEvent| EventJson {
        receipt: event.receipt.to_string(),
        at: instant(event.at_micros),
        who: event.who.to_string(),
        interchange: event.interchange,
        event: event.kind.to_string(),
        state: event.state.word(),
        detail: event.detail.to_string(),
    };
    HistoryJson {
        reviews: history.reviews.iter().map(ReviewJson::new).collect(),
        events: history.events.iter().map(event).collect(),
        attestations: &history.attestations,
        used: history.used,
    }
}

fn text(history: &ReviewHistory, out: &mut Output) -> Result<()> {
    for review in &history.reviews {
        one(review, out)?;
    }
    if history.used > 0 {
        out.line(&format!("Used by claims: {}", history.used))?;
    }
    for event in &history.events {
        let words = [&*event.kind, event.state.word(), &event.detail].join(" ");
        let at = instant(event.at_micros);
        out.line(&format!("{at}  {}  {}  {}", event.receipt, words.trim(), event.who))?;
    }
    Ok(())
}

fn one(review: &ReviewRecord, out: &mut Output) -> Result<()> {
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
        ("Due", review.due_micros.map(instant).unwrap_or_default()),
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
