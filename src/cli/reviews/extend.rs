//! `reviews extend`: more time to decide a review, where its clock allows it.

use clap::Args;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::{Format, Output};
use super::{Opened, Reviews, failed, waiting};
use x12gate::answer::review::Reviewed;
use x12gate::store::{Access, ClockChange, ReviewEntry};

#[derive(Args, Debug)]
pub(super) struct Extend {
    /// Receipt of the review (REF*NT)
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Calendar days; as many as its clock allows without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
}

/// What was extended, as JSON.
#[derive(Serialize)]
struct Extended {
    receipt: String,
    days: u32,
    due: String,
}

/// Runs `reviews extend`.
pub(super) fn run(args: &Reviews, asked: &Extend, out: &mut Output) -> Result<Exit> {
    let opened = args.open(Access::Write)?;
    let extended = opened.runtime.block_on(extend(&opened, asked));
    opened.close();
    let extended = extended?;
    match args.format {
        Format::Json => out.json(&extended)?,
        Format::Text => {
            let Extended { receipt, days, due } = &extended;
            out.line(&format!("{receipt}: {days} days more, to be decided by {due}"))?;
        }
    }
    Ok(Exit::Clean)
}

async fn extend(opened: &Opened, asked: &Extend) -> Result<Extended> {
    let refused = |why: &str| Failure::Refused(format!("review {}: {why}", asked.number));
    let (review, _) = waiting(opened, &asked.number).await?;
    let plans = opened.stores.plans.all().await.map_err(failed("read the plans"))?;
    let plan = plans.iter().find(|plan| plan.id == review.plan);
    let reviewed = Reviewed::new(plan.map_or("", |plan| &*plan.product), &review.level);
    let most = opened.clock().extension_days(reviewed);
    if most == 0 {
        return Err(refused("its clock allows no extension"));
    }
    if review.extended {
        return Err(refused("it was extended already"));
    }
    let days = asked.days.unwrap_or(most);
    if days > most {
        return Err(refused(&format!("its clock allows {most} days at most")));
    }
    let Some(due) = review.due_micros else { return Err(refused("no clock runs")) };
    let due = due.saturating_add(i64::from(days) * 86_400_000_000);
    let change = ClockChange {
        receipt: review.receipt.clone(),
        kind: "extended".into(),
        due_micros: Some(due),
        closes_micros: review.closes_micros,
        detail: format!("by {days} days").into(),
    };
    let entries = vec![ReviewEntry::Clock(change)];
    let ignored = opened.stores.reviews.enter(entries, &opened.operator()).await;
    if ignored.map_err(failed("store the extension"))? > 0 {
        return Err(refused("it was decided meanwhile"));
    }
    Ok(Extended { receipt: review.receipt.to_string(), days, due: opened.instant(due) })
}
