//! `audit`: the trail of what was done, and whether it is as it was written.

use clap::{Args, Subcommand};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::at_store::{self, micros_now};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::store_args::StoreArgs;
use super::table::{self, table};
use x12gate::access::OPERATOR;
use x12gate::store::{Access, AuditBreak, AuditEvent, AuditHead, AuditRow, Stores};

/// Rows read at once.
const PAGE: u32 = 10_000;

/// List the audit trail, or verify that it is as it was written
///
/// Each row holds the hash of the row before it, so that none can be changed or left out unseen. Only a head (number and hash of
/// the last row) that was written down elsewhere shows that rows at the end are missing: `audit verify` prints it, and `serve`
/// logs it.
#[derive(Args, Debug)]
pub(super) struct Audit {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    store: StoreArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

#[derive(Subcommand, Debug)]
enum What {
    /// List what was done
    List(List),
    /// Verify the trail; exit code 1 when it is not as it was written
    Verify(Verify),
}

#[derive(Args, Debug)]
struct List {
    /// Who did it: a login, a partner, or operator
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// What was done, or its beginning: login, login.lock, interchange
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// To what: a login, a partner, or a word of it
    #[arg(long, value_name = "WORD")]
    subject: Option<String>,
    /// After the row with this number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// At most so many rows
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
}

#[derive(Args, Debug)]
struct Verify {
    /// A head that was written down before; may be repeated
    #[arg(long, value_name = "NUMBER:HASH", value_parser = head)]
    head: Vec<AuditHead>,
}

fn head(text: &str) -> std::result::Result<AuditHead, String> {
    AuditHead::parse(text).ok_or_else(|| "a number, a colon and 64 hexadecimal digits".to_owned())
}

/// A row, as JSON.
#[derive(Serialize)]
struct Line<'l> {
    sequence: u64,
    at: String,
    actor: &'l str,
    action: &'l str,
    subject: &'l str,
    outcome: &'l str,
    detail: &'l str,
    interchange: Option<u64>,
    hash: String,
}

/// What was verified, as JSON.
#[derive(Serialize)]
struct Verified {
    rows: u64,
    head: String,
    error: Option<String>,
}

/// Runs `audit`.
pub(super) fn run(args: &Audit, out: &mut Output) -> Result<Exit> {
    let opening = match args.what {
        What::List(_) => Access::Write,
        What::Verify(_) => Access::Read,
    };
    at_store::with(&args.store, opening, async |stores, _| match &args.what {
        What::List(list) => show(list, stores, args.format, out).await,
        What::Verify(verify) => check(verify, stores, args.format, out).await,
    })
}

async fn page(stores: &Stores, after: u64) -> Result<Vec<AuditRow>> {
    stores.logins.audit(after, PAGE).await.map_err(|e| Failure::new("read the audit trail", e))
}

async fn show(list: &List, stores: &Stores, format: Format, out: &mut Output) -> Result<Exit> {
    // Reading the trail is told in it.
    let event = AuditEvent {
        at_micros: micros_now(),
        actor: OPERATOR.into(),
        action: "audit.list".into(),
        subject: list.subject.as_deref().unwrap_or_default().into(),
        outcome: "done".into(),
        detail: "".into(),
        interchange: None,
    };
    let told = stores.logins.change(Vec::new(), vec![event]).await;
    told.map_err(|e| Failure::new("write to the audit trail", e))?;
    let mut lines = table(["No.", "When", "Who", "What", "To what", "Outcome", "Detail"]);
    let (mut after, mut shown) = (list.after, 0);
    'rows: loop {
        let rows = page(stores, after).await?;
        let Some(last) = rows.last() else { break };
        after = last.sequence;
        for row in rows.iter().filter(|row| is_meant(list, &row.event)) {
            if shown == list.limit {
                break 'rows;
            }
            shown += 1;
            let event = &row.event;
            match format {
                Format::Json => out.json(&Line {
                    sequence: row.sequence,
                    at: when(event.at_micros),
                    actor: &event.actor,
                    action: &event.action,
                    subject: &event.subject,
                    outcome: &event.outcome,
                    detail: &event.detail,
                    interchange: event.interchange,
                    hash: row.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
                })?,
                Format::Text => {
                    let (actor, action) = (event.actor.to_string(), event.action.to_string());
                    let (subject, outcome) = (event.subject.to_string(), event.outcome.to_string());
                    let number = row.sequence.to_string();
                    let detail = event.detail.to_string();
                    let at = when(event.at_micros);
                    lines.add_row([number, at, actor, action, subject, outcome, detail]);
                }
            }
        }
    }
    if format == Format::Text {
        out.text(&table::text(&lines))?;
    }
    Ok(Exit::Clean)
}

fn is_meant(list: &List, event: &AuditEvent) -> bool {
    let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|it| it == is);
    let begins = |wanted: &Option<String>, is: &str| {
        let rest =
            |it: &str| is.strip_prefix(it).is_some_and(|it| it.is_empty() || it.starts_with('.'));
        wanted.as_deref().is_none_or(rest)
    };
    let holds =
        |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|it| is.contains(it));
    same(&list.actor, &event.actor)
        && begins(&list.action, &event.action)
        && holds(&list.subject, &event.subject)
}

async fn check(verify: &Verify, stores: &Stores, format: Format, out: &mut Output) -> Result<Exit> {
    let mut head = AuditHead::default();
    let followed = follow(verify, stores, &mut head).await?;
    let error = followed.err().map(|error| error.to_string());
    match format {
        Format::Json => {
            let (rows, head) = (head.sequence, head.to_string());
            out.json(&Verified { rows, head, error: error.clone() })?;
        }
        Format::Text => {
            let said = match &error {
                None => format!("{} rows are as they were written; head {head}", head.sequence),
                Some(error) => format!("not as it was written: {error}"),
            };
            out.line(&said)?;
        }
    }
    Ok(if error.is_none() { Exit::Clean } else { Exit::Findings })
}

/// Follows the trail to its end, past every head that was written down.
async fn follow(
    verify: &Verify,
    stores: &Stores,
    head: &mut AuditHead,
) -> Result<std::result::Result<(), AuditBreak>> {
    loop {
        let rows = page(stores, head.sequence).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            if let Err(error) = head.follow(row) {
                return Ok(Err(error));
            }
            let known = verify.head.iter().find(|known| known.sequence == head.sequence);
            if known.is_some_and(|known| known.hash != head.hash) {
                return Ok(Err(AuditBreak::Changed { sequence: head.sequence }));
            }
        }
    }
    let beyond = verify.head.iter().map(|known| known.sequence).max().unwrap_or(0);
    if beyond > head.sequence {
        return Ok(Err(AuditBreak::Cut { last: head.sequence, expected: beyond }));
    }
    Ok(Ok(()))
}

pub(super) fn when(micros: i64) -> String {
    let instant = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).ok();
    instant.and_then(|instant| instant.format(&Rfc3339).ok()).unwrap_or_default()
}
