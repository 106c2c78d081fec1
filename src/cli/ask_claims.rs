//! `ask claim-status`: the claims screen, as a 276 that goes out and a 277 that comes back.

use clap::Args;
use rust_decimal::Decimal;
use time::{Date, Duration};

use super::ack::now;
use super::ask::{self, Ask, Format, Refused, number_of_the_day};
use super::envelope::parse_date;
use super::exchange::{self, Exchanged};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use super::table::{self, table};
use x12gate::portal::claim_status::{
    ClaimStatusQuestion, ClaimStatusView, LineQuestion, PatientQuestion,
};

/// Days of service that are asked for unless others are named: two years.
const DAYS_BACK: i64 = 730;

/// Which claims are asked for.
#[derive(Args, Debug)]
#[command(next_help_heading = "Claims (claim-status)")]
pub(super) struct WhichClaims {
    /// Claim numbers of the payer, separated by commas; of a review its authorization number
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    pub(super) number: Vec<String>,
    /// First day of service; default: two years ago
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    pub(super) from: Option<Date>,
    /// Last day of service; default: today
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    pub(super) to: Option<Date>,
    /// The provider's own number of the claim (patient account number)
    #[arg(long, value_name = "NUMBER")]
    account: Option<String>,
    /// Total charge of the claim
    #[arg(long, value_name = "AMOUNT", value_parser = parse_amount)]
    amount: Option<Decimal>,
    /// Service line: procedure and charge, and its day where it is known
    #[arg(long, value_name = "CODE:CHARGE[:CCYYMMDD]", value_parser = parse_line)]
    line: Vec<LineQuestion>,
}

/// Runs `ask claim-status`.
pub(super) fn run(args: &Ask, out: &mut Output) -> Result<Exit> {
    let mut question = question(args);
    let mut request = Vec::new();
    if !question.is_complete() {
        // A 276 must have the member id, the last name and the birth date: the payer is asked for them first.
        let inquiry = ask::request(args)?;
        let found = exchange::exchange(&args.from, &inquiry, "271")?;
        let is_found = found.received.responses.iter().any(|answer| question.take_patient(answer));
        if !is_found {
            return show(args, &inquiry, &found, out);
        }
        if args.format == Format::X12 {
            show(args, &inquiry, &found, out)?;
            out.text("\n")?;
        }
        request = inquiry;
    }
    let envelope = args.mailboxes.envelope(now());
    // After an inquiry the number is the next one.
    let control = number_of_the_day(args) % 999_999_999 + u32::from(!request.is_empty());
    let request = question
        .interchange(&envelope, control)
        .map_err(|error| Failure::new("write the request", error))?;
    let answer = exchange::exchange(&args.from, &request, "277")?;
    show(args, &request, &answer, out)
}

fn question(args: &Ask) -> ClaimStatusQuestion {
    let claims = &args.claims;
    let text = |argument: &Option<String>| argument.clone().unwrap_or_default();
    let today = now().date();
    let to = claims.to.unwrap_or(today).max(claims.from.unwrap_or(Date::MIN));
    let from = claims.from.unwrap_or_else(|| to.saturating_sub(Duration::days(DAYS_BACK)));
    ClaimStatusQuestion {
        subscriber: PatientQuestion {
            member_id: format!("{}{}", text(&args.member), text(&args.suffix)),
            last: text(&args.last),
            first: text(&args.first),
            birth: args.dob,
        },
        numbers: claims.number.clone(),
        account: text(&claims.account),
        charge: claims.amount,
        lines: claims.line.clone(),
        ..ClaimStatusQuestion::new(&args.npi, &args.payer, (from, to))
    }
}

fn show(args: &Ask, request: &[u8], answer: &Exchanged, out: &mut Output) -> Result<Exit> {
    let received = &answer.received;
    let views = received.claim_views();
    match args.format {
        Format::X12 => {
            out.text(&exchange::one_segment_a_line(request))?;
            out.text("\n")?;
            out.text(&exchange::one_segment_a_line(&answer.bytes))?;
        }
        Format::Json => {
            for view in &views {
                out.json(view)?;
            }
            for view in received.views() {
                out.json(&view)?;
            }
            if let Some(why) = &received.rejection {
                out.json(&Refused { refused: why })?;
            }
        }
        Format::Text => {
            out.text(&render(&views))?;
            for view in received.views() {
                out.text(&super::screen::render(&view, x12gate::portal::Screen::Eligibility))?;
            }
            if let Some(why) = &received.rejection {
                out.line(why)?;
            }
        }
    }
    Ok(if received.has_rejections() { Exit::Findings } else { Exit::Clean })
}

/// The claims as a list, their lines below it.
fn render(views: &[ClaimStatusView]) -> String {
    let mut text = String::new();
    let blank = |field: &Option<String>| field.clone().unwrap_or_default();
    let claims: Vec<&ClaimStatusView> = views.iter().filter(|view| view.is_found()).collect();
    if !claims.is_empty() {
        let mut list = table([
            "Claim", "Patient", "Provider", "Service", "Billed", "Paid", "Status", "Since", "Check",
        ]);
        for claim in &claims {
            list.add_row([
                blank(&claim.number),
                claim.patient.clone(),
                claim.provider.clone(),
                days(&claim.start, &claim.end),
                blank(&claim.billed),
                blank(&claim.paid),
                statuses(&claim.statuses),
                blank(&claim.effective),
                blank(&claim.check),
            ]);
        }
        text.push_str(&table::text(&list));
    }
    for claim in claims.iter().filter(|claim| !claim.lines.is_empty()) {
        text.push_str(&format!("\nLines of {}\n", blank(&claim.number)));
        let mut list = table(["Procedure", "Service", "Units", "Billed", "Paid", "Status"]);
        for line in &claim.lines {
            list.add_row([
                line.procedure.clone(),
                days(&line.start, &line.end),
                blank(&line.units),
                blank(&line.billed),
                blank(&line.paid),
                statuses(&line.statuses),
            ]);
        }
        text.push_str(&table::text(&list));
    }
    for view in views.iter().filter(|view| !view.is_found()) {
        let about = if view.patient.is_empty() { &view.provider } else { &view.patient };
        let about = if about.is_empty() { String::new() } else { format!("{about}: ") };
        text.push_str(&format!("{about}{}\n", statuses(&view.statuses)));
    }
    text
}

/// `F1:65 finalized, paid: paid`, one below the other.
fn statuses(statuses: &[x12gate::portal::claims::StatusWords]) -> String {
    let said =
        statuses.iter().map(|said| format!("{}:{} {}", said.category, said.status, said.words));
    said.collect::<Vec<_>>().join("\n")
}

fn days(start: &Option<String>, end: &Option<String>) -> String {
    match (start, end) {
        (Some(start), Some(end)) if start != end => format!("{start} to {end}"),
        (Some(day), _) => day.clone(),
        _ => String::new(),
    }
}

fn parse_amount(text: &str) -> std::result::Result<Decimal, String> {
    let amount = x12gate::wire::value::decimal_r(text.trim_start_matches('$').as_bytes());
    amount.ok_or_else(|| format!("`{text}` is not an amount such as 250 or 99.50"))
}

fn parse_line(text: &str) -> std::result::Result<LineQuestion, String> {
    let wrong = || format!("`{text}` is not a line such as 99213:150 or 99213:150:20260105");
    let mut parts = text.split(':');
    let (Some(procedure), Some(charge)) = (parts.next(), parts.next()) else { return Err(wrong()) };
    let day = parts.next().map(parse_date).transpose()?;
    if procedure.is_empty() || parts.next().is_some() {
        return Err(wrong());
    }
    Ok(LineQuestion { procedure: procedure.to_owned(), charge: parse_amount(charge)?, day })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_line_is_a_procedure_a_charge_and_a_day() {
        let line = parse_line("99213:150.50:20260105").unwrap();
        assert_eq!((&*line.procedure, line.day), ("99213", Some(date!(2026 - 01 - 05))));
        assert_eq!(line.charge, Decimal::new(15050, 2));
        assert_eq!(parse_line("99213:150").unwrap().day, None);
        for wrong in ["99213", ":150", "99213:x", "99213:1:2026", "99213:1:20260105:1"] {
            assert!(parse_line(wrong).is_err(), "{wrong}");
        }
    }
}
