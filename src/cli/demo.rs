//! `demo`: a sandbox payer in one command. Needs no files: members, plans and inquiries are built in.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::failure::Result;
use super::local_gateway::{LocalGateway, at};
use super::output::{Format, Output};
use super::screen;
use super::table::{self, table};
use x12gate::check::{InputPart, read_parts};
use x12gate::config::Config;
use x12gate::guide::Registry;
use x12gate::portal::claim_status::describe_status_request;
use x12gate::portal::claims::read_claim_replies;
use x12gate::portal::{Screen, describe_inquiry, read_replies};
use x12gate::store::Access;
use x12gate::txn::claim_status::StatusRequest;
use x12gate::txn::eligibility::Inquiry;

/// The requests, by file name.
macro_rules! requests {
    ($($name:literal)+) => {
        const REQUESTS: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../fixtures/demo/requests/", $name, ".x12"))),)+
        ];
    };
}

requests! {
    "01-plain"
    "02-two-networks"
    "03-high-deductible"
    "04-everything-met"
    "05-visit-limit"
    "06-terminated"
    "07-not-yet-covered"
    "08-pending"
    "09-other-carrier-first"
    "10-medicare-and-medicaid"
    "11-child"
    "12-unknown-child"
    "13-name-with-marks"
    "14-wrong-birth-date"
    "15-unknown-member"
    "16-two-of-one-name"
    "17-provider-may-not-ask"
    "18-provider-unknown"
    "19-provider-out-of-scope"
    "20-trace-without-company"
    "21-bad-provider-number"
    "22-cut-off"
    "23-claim-not-found"
    "24-claim-of-unknown-patient"
    "25-claim-provider-may-not-ask"
    "26-claims-of-a-child"
    "27-claim-before-the-window"
    "28-claim"
    "29-claim-paid"
    "30-drugs-and-limits"
    "31-tiers"
}

/// The inquiry whose answer is shown whole.
const SHOWN_WHOLE: &str = "03-high-deductible";

/// Run a demonstration payer, send it sample inquiries, and show the replies
#[derive(Args, Debug)]
pub(super) struct Demo {
    /// Create the store here, and keep it
    #[arg(long, value_name = "PATH")]
    store: Option<PathBuf>,
    /// Keep the store, as x12gate-demo.db unless --store is given
    #[arg(long)]
    keep: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A question and its answer, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    request: &'a str,
    asked: &'a str,
    kinds: Vec<&'static str>,
    answer: &'a str,
    micros: u128,
}

/// Runs `demo`.
pub(super) fn run(args: &Demo, out: &mut Output) -> Result<Exit> {
    let kept = args.store.clone().or_else(|| args.keep.then(|| PathBuf::from("x12gate-demo.db")));
    let config = match &kept {
        Some(path) => at(Config::default(), path),
        None => Config::default(),
    };
    let local =
        LocalGateway::demo(config, Registry::embedded().clone(), kept.is_none(), Access::Write)?;
    let outcome = show(args, &local, out);
    local.close();
    outcome?;
    if args.format == Format::Text {
        out.text("\nTry it yourself:\n\n")?;
        let from = match &kept {
            Some(path) => format!("--store {}", path.display()),
            None => "--demo".to_owned(),
        };
        for what in [
            "eligibility --member S12300001301",
            "benefits --member S12300000201",
            "claim-status --member S12300000101",
        ] {
            out.line(&format!("  x12gate ask {what} {from}"))?;
        }
        out.line("  x12gate serve --demo --listen 127.0.0.1:6270")?;
    }
    Ok(Exit::Clean)
}

fn show(args: &Demo, local: &LocalGateway, out: &mut Output) -> Result<()> {
    if args.format == Format::Text {
        out.line("SAMPLE HEALTH PLAN, a fictitious payer, answers the requests of a fictitious clinic:\n")?;
    }
    let mut rows = table(["Request", "Inquiry", "Reply", "Result"]);
    let mut whole = Vec::new();
    for (name, text) in REQUESTS {
        let begun = std::time::Instant::now();
        let (replies, _) = local.answer(text.as_bytes())?;
        let micros = begun.elapsed().as_micros();
        let bytes = replies.to_bytes();
        let kinds: Vec<&'static str> = replies.replies.iter().map(|r| r.kind.name).collect();
        let received = read_replies(&bytes);
        let asked = asked(text.as_bytes());
        let answer = match kinds.contains(&"277ca") {
            true => read_claim_replies(&bytes).in_short(),
            false => received.in_short(),
        };
        if *name == SHOWN_WHOLE {
            whole = received.views();
        }
        match args.format {
            Format::Json => {
                out.json(&Line { request: name, asked: &asked, kinds, answer: &answer, micros })?;
            }
            Format::Text => {
                rows.add_row([*name, &asked, &kinds.join(" ").to_uppercase(), &answer]);
            }
        }
    }
    if args.format == Format::Text {
        out.text(&table::text(&rows))?;
        out.line(&format!("\nThe reply to {SHOWN_WHOLE}, as a portal would show it:\n"))?;
        for view in &whole {
            out.text(&screen::render(view, Screen::All))?;
        }
    }
    Ok(())
}

/// Whom and what a request asks about, in a few words.
fn asked(request: &[u8]) -> String {
    let mut words = String::new();
    read_parts(request, Registry::embedded(), |part| {
        if let InputPart::Set { root, report, .. } = part {
            words = match report.header.set.as_str() {
                "276" => describe_status_request(&StatusRequest::read(root)),
                "837" => "a claim".to_owned(),
                _ => describe_inquiry(&Inquiry::read(root)),
            };
        }
    });
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_in_the_folder_is_built_in() {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/requests");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder is there")
            .map(|entry| entry.expect("an entry").path())
            .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
            .collect();
        names.sort();
        assert_eq!(names, REQUESTS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
