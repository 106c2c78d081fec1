//! `claims attachments` and `claims attach`: documents about claims, as they are kept, and from a folder.

use std::path::{Path, PathBuf};

use clap::Args;
use comfy_table::Table;
use time::Duration;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::Output;
use super::super::table::{self, table};
use super::super::wording::grouped;
use super::ledger::{Ledger, today};
use super::{Claims, Shape};
use x12gate::answer::attachment::{AttachmentService, Delivered, Document};
use x12gate::answer::review::ReviewShared;
use x12gate::portal::claims::AttachmentRow;
use x12gate::segments::{Name, Reference, Sent, Trace};
use x12gate::store::{Access, Attachment};
use x12gate::txn::attachment::{Item, Submission, form_of, media_type};
use x12gate::wire::Code;

/// Documents that no claim announces which are listed at most.
const UNMATCHED_MAX: u32 = 1000;

#[derive(Args, Debug)]
pub(super) struct Attachments {
    /// Number of the claim, of whichever version
    #[arg(value_name = "NUMBER", required_unless_present = "unmatched")]
    number: Option<String>,
    /// Documents that no claim announces yet, and until when they wait
    #[arg(long, conflicts_with = "number")]
    unmatched: bool,
    /// Write the documents to this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct Attach {
    /// The document
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The control number that the claim or the request for review announces it by (PWK06)
    #[arg(long, value_name = "NUMBER")]
    control: String,
    /// NPI of the billing provider; of a review its requester or servicing provider
    #[arg(long, value_name = "NPI")]
    npi: String,
    /// The provider's number of the claim (CLM01)
    #[arg(long, value_name = "ACCOUNT")]
    account: String,
    /// Member ID of the patient, to be compared with that of the claim
    #[arg(long, value_name = "ID")]
    member: Option<String>,
}

/// A table of documents.
pub(super) fn shown(rows: &[AttachmentRow]) -> Table {
    let mut shown = table([
        "Control", "Claim", "Provider", "Account", "Request", "Kind", "Media", "Bytes", "Received",
    ]);
    for row in rows {
        shown.add_row([
            row.control.clone(),
            row.number.clone().unwrap_or_default(),
            row.provider.clone(),
            row.account.clone(),
            row.request.clone().unwrap_or_default(),
            row.kind.clone(),
            row.media.clone(),
            grouped(row.bytes),
            row.received.clone(),
        ]);
    }
    shown
}

/// Runs `claims attachments`.
pub(super) fn run(args: &Claims, asked: &Attachments, out: &mut Output) -> Result<Exit> {
    let shape = args.plain_shape()?;
    let ledger = Ledger::open(args, Access::Read)?;
    let found = match &asked.number {
        Some(number) => ledger.history(number)?.attachments,
        None => {
            let unmatched = ledger.stores.claims.unmatched(UNMATCHED_MAX);
            ledger.run("list the documents", unmatched)?
        }
    };
    let rows: Vec<AttachmentRow> = found.iter().map(AttachmentRow::new).collect();
    match shape {
        Shape::Json => rows.iter().try_for_each(|row| out.json(row))?,
        _ if rows.is_empty() => out.line("no documents")?,
        _ => {
            out.text(&table::text(&shown(&rows)))?;
            if asked.unmatched {
                waiting(&ledger, &found, out)?;
            }
        }
    }
    if let Some(folder) = &asked.output {
        write(&ledger, &found, folder)?;
    }
    ledger.close();
    Ok(Exit::Clean)
}

/// How many have waited longer than they should.
fn waiting(ledger: &Ledger, found: &[Attachment], out: &mut Output) -> Result<()> {
    let days = ledger.config.attachments.wait_days;
    let last = today().saturating_sub(Duration::days(i64::from(days)));
    let over = found.iter().filter(|document| document.received < last).count();
    let words = "waited longer than";
    out.line(&format!("{over} of {} {words} {days} days", found.len()))
}

/// Writes the documents, each under its control number and the beginning of its hash; nothing is overwritten.
fn write(ledger: &Ledger, found: &[Attachment], folder: &Path) -> Result<()> {
    let doing = |path: &Path| format!("write {}", path.display());
    std::fs::create_dir_all(folder).map_err(|e| Failure::new(doing(folder), e))?;
    let archive = ledger.config.archive.open();
    for document in found {
        let ending = match &*document.media {
            "application/pdf" => "pdf",
            "application/xml" => "xml",
            "image/png" => "png",
            "image/jpeg" => "jpg",
            "image/tiff" => "tif",
            "text/plain" => "txt",
            _ => "bin",
        };
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let control: String = document.control.chars().map(plain).collect();
        let hash: String = document.hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.join(format!("{control}.{hash}.{ending}"));
        let mut from = archive
            .read_original(&document.hash)
            .map_err(|e| Failure::new("read the document from the archive", e))?;
        let mut file =
            std::fs::File::create_new(&path).map_err(|e| Failure::new(doing(&path), e))?;
        std::io::copy(&mut from, &mut file).map_err(|e| Failure::new(doing(&path), e))?;
    }
    Ok(())
}

/// Runs `claims attach`.
pub(super) fn attach(args: &Claims, attach: &Attach, out: &mut Output) -> Result<Exit> {
    let shape = args.plain_shape()?;
    let ledger = Ledger::open(args, Access::Write)?;
    let max = ledger.config.limits.binary_bytes_max;
    let content = read(&attach.file, max as u64)?;
    let plans = ledger.run("read the plans", ledger.stores.plans.all())?;
    let reviews = ReviewShared::new(plans, &ledger.config);
    let service = AttachmentService::new(ledger.config.archive.open()).with_reviews(reviews);
    let policy = &ledger.config.attachments;
    let delivered = delivered(attach, content);
    let judged = ledger.run(
        "keep the document",
        service.deliver(&ledger.stores, delivered, policy, super::super::ack::now()),
    )?;
    if let Some(refused) = judged.refused.first() {
        ledger.close();
        return Err(Failure::Refused(format!("the document is not taken: {}", refused.why)));
    }
    let added = judged.entries.iter().filter_map(|entry| match entry {
        x12gate::store::LedgerEntry::Attachment(added) => Some(AttachmentRow::new(added)),
        _ => None,
    });
    let rows: Vec<AttachmentRow> = added.collect();
    ledger.enter(judged.entries)?;
    if !judged.reviews.is_empty() {
        let by = ledger.actor();
        ledger.run("tell the review", ledger.stores.reviews.enter(judged.reviews, &by))?;
    }
    ledger.close();
    for row in &rows {
        match (shape, &row.number) {
            (Shape::Json, _) => out.json(row)?,
            (_, Some(number)) => {
                out.line(&format!("document {} belongs to claim {number}", row.control))?;
            }
            (_, None) if row.request.is_some() => {
                let review = row.request.as_deref().unwrap_or("");
                out.line(&format!("document {} belongs to review {review}", row.control))?;
            }
            (_, None) => {
                out.line(&format!("document {} waits for its claim", row.control))?;
            }
        }
    }
    Ok(Exit::Clean)
}

/// Reads a document that is not longer than allowed.
pub(super) fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>> {
    let doing = || format!("read {}", path.display());
    let length = std::fs::metadata(path).map_err(|e| Failure::new(doing(), e))?.len();
    if length == 0 || length > bytes_max {
        let most = grouped(bytes_max);
        let words = "a document has 1 byte to";
        return Err(Failure::Refused(format!("{}: {words} {most} bytes", path.display())));
    }
    std::fs::read(path).map_err(|e| Failure::new(doing(), e))
}

fn delivered(attach: &Attach, content: Vec<u8>) -> Delivered {
    let form = form_of(&content);
    let media = media_type(form, &content);
    let item = Item {
        trace: Trace {
            kind: Code::from("1"),
            number: attach.control.as_str().into(),
            ..Trace::default()
        },
        submitted: Sent::Value(today()),
        form,
        ..Item::default()
    };
    let member = attach.member.as_deref().unwrap_or("");
    let submission = Submission {
        purpose: Code::from("02"),
        reference: attach.control.as_str().into(),
        provider: Name::organization("1P", "", "XX", &attach.npi),
        patient: Name::organization("QC", "", "MI", member),
        references: vec![Reference {
            qualifier: Code::from("EJ"),
            value: attach.account.as_str().into(),
            description: "".into(),
        }],
        items: vec![item],
        ..Submission::default()
    };
    Delivered { submission, documents: vec![vec![Document::new(media, content)]] }
}
