//! `claims show`: a claim with its lines, versions, history, disputes and documents.

use clap::Args;

use super::super::exit::Exit;
use super::super::failure::Result;
use super::super::output::Output;
use super::super::table::{self, table};
use super::Claims;
use super::Shape;
use super::ledger::{Ledger, version};
use super::search::dollars;
use x12gate::guide::Registry;
use x12gate::portal::claims::ClaimView;
use x12gate::store::Access;
use x12gate::txn::claim::Claim;

#[derive(Args, Debug)]
pub(super) struct Show {
    /// Number of the claim, of whichever version
    #[arg(value_name = "NUMBER")]
    number: String,
}

/// Runs `claims show`.
pub(super) fn run(args: &Claims, show: &Show, out: &mut Output) -> Result<Exit> {
    let shape = args.plain_shape()?;
    let ledger = Ledger::open(args, Access::Read)?;
    let view = view(&ledger, &show.number)?;
    ledger.close();
    match shape {
        Shape::Json => out.json(&view)?,
        _ => out.text(&render(&view))?,
    }
    Ok(Exit::Clean)
}

/// The view of the claim with this number.
pub(super) fn view(ledger: &Ledger, number: &str) -> Result<ClaimView> {
    let history = ledger.history(number)?;
    let shown = version(&history, number)?;
    let claim = Claim::read(&shown.text);
    let why_not = ledger.why_not(shown, history.versions.first());
    let remittances = ledger.remittances(&history)?;
    let registry = ledger.registry()?;
    let procedures = |code: &str| procedure_words(&registry, code);
    let view = ClaimView::new(
        &history,
        number,
        claim.as_ref(),
        why_not.as_deref(),
        &remittances,
        &procedures,
    );
    view.ok_or_else(|| {
        super::super::failure::Failure::Refused(format!("no claim has the number {number}"))
    })
}

/// What a procedure is, where a list of them is loaded.
fn procedure_words(registry: &Registry, code: &str) -> Option<String> {
    ["cpt", "hcpcs"].iter().find_map(|list| {
        let row = registry.codes().set(list)?.rows_of(code.as_bytes()).last()?;
        (!row.label.is_empty()).then(|| row.label.to_owned())
    })
}

/// The screen as text.
pub(super) fn render(view: &ClaimView) -> String {
    let mut out = String::new();
    header(&mut out, view);
    lines(&mut out, view);
    versions(&mut out, view);
    belongings(&mut out, view);
    history(&mut out, view);
    out
}

fn field(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        out.push_str(&format!("  {name:<18} {value}\n"));
    }
}

fn header(out: &mut String, view: &ClaimView) {
    let header = &view.header;
    let row = &header.row;
    field(out, "Claim", &row.number);
    let price = if header.predetermination { " predetermination" } else { "" };
    field(out, "Kind", &format!("{}{price}, frequency {}", header.form, header.frequency));
    field(out, "Patient", &format!("{} ({})", row.patient, row.member));
    field(out, "Date of birth", header.birth_date.as_deref().unwrap_or(""));
    field(out, "Patient account", &row.account);
    field(out, "Provider", &format!("{} ({})", row.provider, row.provider_npi));
    field(out, "Billing provider", &format!("{} ({})", header.billing, header.billing_npi));
    field(out, "Payee", &format!("{} ({})", row.payee, row.payee_npi));
    field(out, "Billed", &dollars(&row.billed));
    field(out, "Paid", &dollars(&row.paid));
    let status = format!("{} {}, {}", row.category, row.status, row.status_words);
    field(out, "Status", &status);
    field(out, "Status category", &row.category_words);
    field(out, "Effective", &row.effective);
    let service = match row.start == row.end {
        true => row.start.clone(),
        false => format!("{} to {}", row.start, row.end),
    };
    field(out, "Service", &service);
    field(out, "Received", &row.received);
    field(out, "Finalized", header.finalized.as_deref().unwrap_or(""));
    field(out, "Check or transfer", &header.trace);
    field(out, "Payment date", header.remitted.as_deref().unwrap_or(""));
    field(out, "Place or bill type", &header.place);
    field(out, "Diagnoses", &header.diagnoses.join(" "));
    field(out, "Referral", &header.referral);
    field(out, "Authorization", &header.authorization);
    field(out, "Announced", &header.announced.join(" "));
    field(out, "Adjusted", if row.adjusted { "yes" } else { "no" });
    let adjustable = row.reason.as_ref().map(|why| format!("no: {why}"));
    field(out, "Adjustable", adjustable.as_deref().unwrap_or("yes"));
}

fn lines(out: &mut String, view: &ClaimView) {
    let mut service = table([
        "Line",
        "Service date",
        "POS",
        "SVC",
        "Procedure",
        "Billed",
        "Withheld",
        "Deductible",
        "Paid",
        "Allowed",
    ]);
    let mut decision = table([
        "Line",
        "Other carrier",
        "Copay",
        "Coinsurance",
        "Risk",
        "Check number",
        "EFT",
        "RSN code",
        "Finalized",
    ]);
    for line in &view.lines {
        let procedure = match line.procedure_words.is_empty() {
            true => line.procedure.clone(),
            false => format!("{} {}", line.procedure, line.procedure_words),
        };
        service.add_row([
            line.line.clone(),
            line.service_date.clone(),
            line.place.clone(),
            line.units.clone(),
            procedure,
            dollars(&line.billed),
            dollars(&line.withheld),
            dollars(&line.deductible),
            dollars(&line.paid),
            dollars(&line.allowed),
        ]);
        decision.add_row([
            line.line.clone(),
            dollars(&line.other_carrier),
            dollars(&line.copay),
            dollars(&line.coinsurance),
            line.risk.clone(),
            line.check.clone(),
            line.eft.clone(),
            line.reason.clone(),
            line.finalized.clone(),
        ]);
    }
    if view.lines.is_empty() {
        return;
    }
    section(out, "Lines", &table::text(&service));
    if !view.payments.is_empty() {
        section(out, "Decision by line", &table::text(&decision));
    }
}

fn versions(out: &mut String, view: &ClaimView) {
    let mut shown = table([
        "Version",
        "Claim",
        "Kind",
        "Received",
        "Billed",
        "Paid",
        "Status",
        "Replaces",
        "Replaced by",
    ]);
    for version in &view.versions {
        shown.add_row([
            version.version.to_string(),
            version.number.clone(),
            version.kind.clone(),
            version.received.clone(),
            dollars(&version.billed),
            dollars(&version.paid),
            format!("{} {}, {}", version.category, version.status, version.status_words),
            version.replaces.clone().unwrap_or_default(),
            version.successor.clone().unwrap_or_default(),
        ]);
    }
    section(out, "Versions", &table::text(&shown));
}

fn belongings(out: &mut String, view: &ClaimView) {
    if !view.disputes.is_empty() {
        let mut shown =
            table(["Dispute", "Claim", "State", "Opened", "Closed", "Documents", "Note"]);
        for dispute in &view.disputes {
            shown.add_row([
                dispute.dispute.clone(),
                dispute.number.clone(),
                dispute.state.to_owned(),
                dispute.opened.clone(),
                dispute.closed.clone().unwrap_or_default(),
                dispute.attachments.join(" "),
                dispute.note.clone(),
            ]);
        }
        section(out, "Disputes", &table::text(&shown));
    }
    if !view.attachments.is_empty() {
        section(out, "Attachments", &table::text(&super::attachments::shown(&view.attachments)));
    }
    if !view.requests.is_empty() {
        let mut shown = table(["Request", "Claim", "Wanted", "Asked", "Due", "Answered"]);
        for request in &view.requests {
            shown.add_row([
                request.request.clone(),
                request.number.clone(),
                request.wanted.join(" "),
                request.asked.clone(),
                request.due.clone(),
                request.answered.clone().unwrap_or_default(),
            ]);
        }
        section(out, "Requests for information", &table::text(&shown));
    }
    if !view.refunds.is_empty() {
        let mut shown = table(["Claim", "Returned by", "Method", "Check", "Amount", "On"]);
        for refund in &view.refunds {
            shown.add_row([
                refund.number.clone(),
                refund.by.clone().unwrap_or_default(),
                refund.method.to_owned(),
                refund.check.clone().unwrap_or_default(),
                refund.amount.as_deref().map(dollars).unwrap_or_default(),
                refund.on.clone(),
            ]);
        }
        section(out, "Returned funds", &table::text(&shown));
    }
}

fn history(out: &mut String, view: &ClaimView) {
    let mut shown = table(["When (UTC)", "Claim", "What", "Who", "Interchange", "Status", "Words"]);
    for event in &view.history {
        let status = match (&event.category, &event.status) {
            (Some(category), Some(status)) => format!("{category} {status}"),
            _ => String::new(),
        };
        shown.add_row([
            event.at.clone(),
            event.number.clone(),
            event.event.clone(),
            event.who.clone(),
            event.interchange.map(|number| number.to_string()).unwrap_or_default(),
            status,
            event.words.clone(),
        ]);
    }
    section(out, "History", &table::text(&shown));
}

fn section(out: &mut String, title: &str, text: &str) {
    out.push_str(&format!("\n{title}\n{text}"));
}
