//! `reviews try`: what the rules decide about the requests in a file, and why.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::{Format, Output};
use super::Reviews;
use x12gate::answer::review::{
    AnswerContext, Requests, ReviewService, ReviewSettings, ReviewShared, Trial,
};
use x12gate::check::{InputPart, read_parts};
use x12gate::gateway::Lane;
use x12gate::guide::Registry;
use x12gate::partner::ProviderScope;
use x12gate::store::Access;
use x12gate::txn::advice::Party;
use x12gate::txn::review::{Purpose, Review};

#[derive(Args, Debug)]
pub(super) struct Try {
    /// Interchanges with requests for review
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// These rules, instead of those the settings name
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

/// What would be answered, as JSON.
#[derive(Serialize)]
struct TrialJson<'t> {
    reference: &'t str,
    rule: Option<&'t str>,
    note: &'t str,
    action: &'t str,
    reasons: Vec<&'t str>,
    rejections: Vec<&'t str>,
    passed_over: Vec<Passed<'t>>,
}

#[derive(Serialize)]
struct Passed<'t> {
    rule: &'t str,
    because_of: &'t str,
}

pub(super) fn run(args: &Reviews, try_out: &Try, out: &mut Output) -> Result<Exit> {
    let doing = format!("read {}", try_out.file.display());
    let text = std::fs::read(&try_out.file).map_err(|error| Failure::new(doing, error))?;
    let mut reviews = Vec::new();
    read_parts(&text, Registry::embedded(), |part| {
        if let InputPart::Set { root, guide, .. } = part
            && &*guide.id == Purpose::Request.guide()
        {
            reviews.push(Review::read(root, Purpose::Request));
        }
    });
    reviews.retain(|review| review.header.purpose != "11");
    if reviews.is_empty() {
        let file = try_out.file.display();
        return Err(Failure::Refused(format!(
            "{file} contains no request for review (278 of 005010X217)"
        )));
    }
    let opened = args.open(Access::Read)?;
    let mut policy = opened.config.reviews.clone();
    if let Some(rules) = &try_out.rules {
        policy.rules.clone_from(rules);
    }
    let settings = ReviewSettings {
        reviews: policy.into(),
        members: opened.config.eligibility.clone().into(),
        partner: Box::default(),
        sender: Party { name: Box::default(), id: Box::default() },
    };
    let context = AnswerContext {
        now: opened.local_now(),
        lane: Lane::Batch,
        scope: ProviderScope::All,
        policy: settings.into(),
        trace: Box::default(),
        group: Default::default(),
    };
    let trials = opened.runtime.block_on(async {
        let plans = opened.stores.plans.all().await?;
        let service = ReviewService::<Requests>::new(ReviewShared::new(plans, &opened.config));
        let mut trials = Vec::with_capacity(reviews.len());
        for review in reviews {
            let reference = review.header.reference.clone();
            trials.push((reference, service.attempt(review, &opened.stores, &context).await?));
        }
        Ok(trials)
    });
    opened.close();
    for (reference, trial) in trials.map_err(super::failed("try the requests"))? {
        if let Some(trial) = trial {
            show(args.format, &reference, &trial, out)?;
        }
    }
    Ok(Exit::Clean)
}

fn show(format: Format, reference: &str, trial: &Trial, out: &mut Output) -> Result<()> {
    let Some(review) = &trial.answer.review else { return Ok(()) };
    let decision = review.events.first().and_then(|event| event.decision.as_ref());
    let decided = trial.steps.last().filter(|step| step.miss.is_none());
    let shown = TrialJson {
        reference,
        rule: decided.map(|step| &*step.rule),
        note: decided.map_or("", |step| &step.note),
        action: decision.map_or("", |decision| decision.action.as_str()),
        reasons: decision
            .into_iter()
            .flat_map(|one| one.reasons.iter().map(|r| r.as_str()))
            .collect(),
        rejections: review.all_rejections().map(|rejection| rejection.reason.as_str()).collect(),
        passed_over: trial
            .steps
            .iter()
            .filter_map(|step| Some(Passed { rule: &step.rule, because_of: step.miss? }))
            .collect(),
    };
    if format == Format::Json {
        return out.json(&shown);
    }
    let answer = match shown.rejections.is_empty() {
        true => format!("HCR {} {}", shown.action, shown.reasons.join(" ")),
        false => format!("AAA {}", shown.rejections.join(" ")),
    };
    out.line(&format!("{reference}: {}", answer.trim()))?;
    match (shown.rule, trial.answer.facts.is_some()) {
        (Some(rule), _) => out.line(&format!("  rule {rule}: {}", shown.note))?,
        (None, true) => out.line("  no rule decides: a reviewer does")?,
        (None, false) => out.line("  the rules were not asked")?,
    }
    for passed in &shown.passed_over {
        out.line(&format!("  not {}: {}", passed.rule, passed.because_of))?;
    }
    Ok(())
}
