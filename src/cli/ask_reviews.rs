//! `ask referral`, `authorization`, `notification`, `psychotherapy` and `review-status`: the portal's forms, as a 278 that goes
//! out and a 278 that comes back, in the portal's three steps.

use clap::Args;
use time::Date;

use super::ack::now;
use super::ask::{Ask, Format, Refused, number_of_the_day};
use super::envelope::parse_date;
use super::exchange;
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::local_gateway::at;
use super::output::Output;
use super::reviews::attest::attestation;
use super::store::{open, runtime};
use super::table::{self, table};
use x12gate::config::Config;
use x12gate::config::reviews::Statement;
use x12gate::gateway::{Clock, SystemClock};
use x12gate::portal::read_replies;
use x12gate::portal::review::{
    DependentFields, REFERRAL_SERVICES, ReviewForm, ReviewFormError, ReviewFormKind, ReviewRow,
    ReviewView, ServiceField,
};
use x12gate::store::{Access, Actor, Attestation, ReviewEntry, ReviewKey};
use x12gate::wire::Code;

/// The statement that is attested with psychotherapy (H-04).
const ATTESTED_FORM: &str = "behavioral_health";

/// What the forms of reviews ask beside the member.
#[derive(Args, Debug)]
#[command(
    next_help_heading = "Reviews (referral, authorization, notification, psychotherapy, review-status)"
)]
pub(super) struct ReviewFields {
    /// NPI of the servicing provider
    #[arg(long, value_name = "NPI")]
    servicing: Option<String>,
    /// Location of the requesting provider, as `x12gate directory list` names it
    #[arg(long, value_name = "SITE")]
    location: Option<String>,
    /// Location of the servicing provider
    #[arg(long, value_name = "SITE", requires = "servicing")]
    servicing_location: Option<String>,
    /// Last name of the patient, where they are a dependent without an ID of their own
    #[arg(long, value_name = "NAME", requires_all = ["dependent_first", "dependent_dob"])]
    dependent_last: Option<String>,
    /// First name of the dependent
    #[arg(long, value_name = "NAME", requires = "dependent_last")]
    dependent_first: Option<String>,
    /// Date of birth of the dependent
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date, requires = "dependent_last")]
    dependent_dob: Option<Date>,
    /// What the dependent is to the subscriber: 01 spouse, 19 child, G8 other
    #[arg(long, value_name = "CODE", default_value = "19", value_parser = ["01", "19", "20", "21", "39", "40", "53", "G8"])]
    relationship: String,
    /// Kind of review whose status is asked for: SC referral, HS service, AR admission
    #[arg(long, value_name = "CODE", value_parser = ["SC", "HS", "AR"])]
    category: Option<String>,
    /// The user who attests the statement of the form; recorded with what is submitted. Needs --store
    #[arg(long, value_name = "USER", requires = "store")]
    attest: Option<String>,
    /// NPI of the facility
    #[arg(long, value_name = "NPI")]
    facility: Option<String>,
    /// NPI of the attending physician
    #[arg(long, value_name = "NPI")]
    attending: Option<String>,
    /// Service of a referral
    #[arg(long, value_name = "SERVICE", value_parser = REFERRAL_SERVICES.map(|service| service.name))]
    service: Option<String>,
    /// Diagnosis codes, the principal one first
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    diagnosis: Vec<String>,
    /// Number of visits
    #[arg(long, value_name = "N")]
    visits: Option<u32>,
    /// Number of days
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// Procedure or revenue code, with its units or days
    #[arg(long, value_name = "CODE[:UNITS]", value_parser = parse_service)]
    procedure: Vec<ServiceField>,
    /// Place of service code
    #[arg(long, value_name = "CODE")]
    place: Option<String>,
    /// Day of the admission
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    admission: Option<Date>,
    /// Day of the discharge
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    discharge: Option<Date>,
    /// Level of service: U urgent, 03 emergency, E elective
    #[arg(long, value_name = "CODE", value_parser = ["U", "03", "E"])]
    urgency: Option<String>,
    /// What to do: I submit, S change, 3 cancel, 4 extend, R renew, 1 and 2 appeal (immediate, standard), N reconsider
    #[arg(long, value_name = "CODE", default_value = "I", value_parser = ["I", "S", "3", "4", "R", "1", "2", "N"])]
    certification: String,
    /// Receipt number of a review that has no authorization number
    #[arg(long, value_name = "NUMBER")]
    receipt: Option<String>,
    /// Telephone number of the requesting provider
    #[arg(long, value_name = "NUMBER")]
    telephone: Option<String>,
    /// Extension of the telephone number
    #[arg(long, value_name = "NUMBER", requires = "telephone")]
    extension: Option<String>,
    /// Message to the reviewer
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
}

/// Runs one of the forms.
pub(super) fn run(kind: ReviewFormKind, args: &Ask, out: &mut Output) -> Result<Exit> {
    let statement = statement(kind, args)?;
    let form = form(kind, args);
    let control = number_of_the_day(args);
    let request = form.interchange(&args.mailboxes.envelope(now()), control);
    let request = request.map_err(|error| match error {
        ReviewFormError::Write(error) => Failure::new("write the form", error),
        error => Failure::Refused(error.to_string()),
    })?;
    let answer = exchange::exchange(&args.from, &request, "278")?;
    let views = answer.received.review_views();
    let attested = match &statement {
        Some(statement) if !answer.received.has_rejections() => attest(args, statement, &views)?,
        _ => None,
    };
    match args.format {
        Format::X12 => {
            out.text(&exchange::one_segment_a_line(&request))?;
            out.text("\n")?;
            out.text(&exchange::one_segment_a_line(&answer.bytes))?;
        }
        Format::Json => {
            for view in &views {
                out.json(view)?;
            }
            if let Some(attested) = &attested {
                out.json(attested)?;
            }
            if let Some(why) = &answer.received.rejection {
                out.json(&Refused { refused: why })?;
            }
        }
        Format::Text => {
            out.line("1 Enter")?;
            for (field, value) in form.entered() {
                out.text(&line(field, &value))?;
            }
            out.line("\n2 Confirm")?;
            for view in read_replies(&request).review_views() {
                out.text(&render(&view))?;
            }
            if let Some(statement) = &statement {
                out.text(&line("Attestation", &statement.text))?;
            }
            out.line("\n3 Completed")?;
            for view in &views {
                out.text(&render(view))?;
            }
            if let Some(one) = &attested {
                let words = format!("{}, version {}, by {}", one.form, one.version, one.user);
                out.text(&line("Attested", &words))?;
            }
            if let Some(why) = &answer.received.rejection {
                out.line(why)?;
            }
        }
    }
    Ok(if answer.received.has_rejections() { Exit::Findings } else { Exit::Clean })
}

/// The statement of the form, where somebody is to attest it.
fn statement(kind: ReviewFormKind, args: &Ask) -> Result<Option<Statement>> {
    if args.review.attest.is_none() {
        return Ok(None);
    }
    if kind != ReviewFormKind::Psychotherapy {
        return Err(Failure::Refused("only psychotherapy has a statement to attest".to_owned()));
    }
    let statement = Config::default().reviews.statement(ATTESTED_FORM).cloned();
    let missing = || Failure::Refused(format!("there is no statement {ATTESTED_FORM}"));
    statement.ok_or_else(missing).map(Some)
}

/// Records what was attested about the review that was just submitted; none where it is not one to be kept.
fn attest(args: &Ask, statement: &Statement, views: &[ReviewView]) -> Result<Option<Attestation>> {
    let rows = views.iter().flat_map(|view| &view.reviews);
    let number = rows.filter_map(|row| row.number.as_ref().or(row.receipt.as_ref())).next();
    let (Some(number), Some(path)) = (number, &args.from.store) else { return Ok(None) };
    let config = at(Config::default(), path);
    let runtime = runtime()?;
    let failed = |error| Failure::new("store the attestation", error);
    runtime.block_on(async {
        let stores = open(&config.store, Access::Write).await?;
        let keys = [ReviewKey::Number(number.as_str().into())];
        let found = stores.reviews.find(&keys, 1).await.map_err(failed)?;
        let Some(review) = found.into_iter().flatten().next() else { return Ok(None) };
        let user = args.review.attest.as_deref().unwrap_or("");
        let micros = (SystemClock.now().unix_timestamp_nanos() / 1000) as i64;
        let one = attestation(review.receipt, statement, user, micros)?;
        let by = Actor { who: "portal".into(), at_micros: micros };
        let entries = vec![ReviewEntry::Attestation(one.clone())];
        stores.reviews.enter(entries, &by).await.map_err(failed)?;
        stores.close().await;
        Ok(Some(one))
    })
}

fn form(kind: ReviewFormKind, args: &Ask) -> ReviewForm {
    let text = |argument: &Option<String>| argument.clone().unwrap_or_default();
    let code = |argument: &Option<String>| argument.as_deref().map_or(Code::NONE, Code::from);
    let fields = &args.review;
    let today = now().date();
    let is_status = kind == ReviewFormKind::Status;
    let is_first = fields.certification == "I";
    let from = args.claims.from.or(args.date);
    // A new request has a date of service, today unless it is given; an inquiry has one where it is given.
    let period = match (from, args.claims.to) {
        (None, None) if is_status || !is_first || fields.admission.is_some() => None,
        (from, to) => {
            let from = from.unwrap_or(today);
            Some((from, to.unwrap_or(from).max(from)))
        }
    };
    let mut form = ReviewForm {
        telephone: (text(&fields.telephone), text(&fields.extension)),
        member_id: format!("{}{}", text(&args.member), text(&args.suffix)),
        last: text(&args.last),
        first: text(&args.first),
        birth: args.dob,
        certification: Code::from(&*fields.certification),
        number: args.claims.number.first().cloned().unwrap_or_default(),
        receipt: text(&fields.receipt),
        service_type: args.service_type.first().map_or(Code::NONE, |given| Code::from(&**given)),
        place: code(&fields.place),
        urgency: code(&fields.urgency),
        period: period.filter(|_| kind != ReviewFormKind::Notification),
        admission: fields.admission,
        discharge: fields.discharge,
        diagnoses: fields.diagnosis.clone(),
        visits: fields.visits,
        days: fields.days,
        servicing: text(&fields.servicing),
        location: text(&fields.location),
        servicing_location: text(&fields.servicing_location),
        category: code(&fields.category),
        dependent: dependent(fields),
        facility: text(&fields.facility),
        attending: text(&fields.attending),
        services: fields.procedure.clone(),
        message: text(&fields.message),
        ..ReviewForm::new(kind, &args.npi, &args.payer)
    };
    let chosen =
        REFERRAL_SERVICES.iter().find(|known| fields.service.as_deref() == Some(known.name));
    if let Some(service) = chosen {
        form.choose(service);
    }
    form
}

/// The dependent; clap sees to it that all of it is given or nothing.
fn dependent(fields: &ReviewFields) -> Option<DependentFields> {
    let last = fields.dependent_last.clone()?;
    let (first, birth) = fields.dependent_first.clone().zip(fields.dependent_dob)?;
    let relationship = Code::from(&*fields.relationship);
    Some(DependentFields { last, first, birth, relationship })
}

fn line(field: &str, value: &str) -> String {
    if value.is_empty() { String::new() } else { format!("  {field:<22} {value}\n") }
}

/// A 278 as a block of fields and tables.
fn render(view: &ReviewView) -> String {
    let mut text = line("Patient", &view.patient);
    text.push_str(&line("Member ID", &view.member_id));
    text.push_str(&line("Date of birth", view.birth_date.as_deref().unwrap_or("")));
    text.push_str(&line("Requesting provider", &view.requester));
    for contact in &view.contacts {
        text.push_str(&line("Payer's contact", contact));
    }
    if !view.rejections.is_empty() {
        let mut list = table(["Rejected", "Code", "Because", "What to do"]);
        for row in &view.rejections {
            list.add_row([row.about, &row.reason, &row.meaning, &row.follow_up]);
        }
        text.push_str(&table::text(&list));
    }
    for review in &view.reviews {
        text.push_str(&render_review(review));
    }
    text
}

fn render_review(review: &ReviewRow) -> String {
    let optional = |field: &Option<String>| field.clone().unwrap_or_default();
    let status = match &review.status {
        Some(code) => format!("{code}, {}", review.status_words),
        None => String::new(),
    };
    let fields = [
        ("Review", review.category.clone()),
        ("Type", review.certification.clone()),
        ("Status", status),
        ("Number", optional(&review.number)),
        ("Receipt", optional(&review.receipt)),
        ("Earlier number", optional(&review.earlier)),
        ("Reason", review.reasons.join("; ")),
        ("Service type", review.service_type.clone()),
        ("Urgency", review.urgency.clone()),
        ("Diagnoses", review.diagnoses.join(", ")),
        ("Quantity", optional(&review.delivery)),
        ("Providers", review.providers.join("; ")),
        ("Contact", review.contacts.join("; ")),
        ("Documents", review.documents.join("; ")),
        ("Message", review.message.clone()),
    ];
    let mut text: String = fields.iter().map(|(field, value)| line(field, value)).collect();
    for date in &review.dates {
        text.push_str(&line(&format!("Date, {}", date.what), &date.when));
    }
    if review.services.is_empty() {
        return text;
    }
    let mut list = table(["Service", "Dates", "Quantity", "Status", "Number", "Reason"]);
    for service in &review.services {
        let dates: Vec<_> =
            service.dates.iter().map(|date| format!("{} {}", date.what, date.when)).collect();
        list.add_row([
            service.service.clone(),
            dates.join("\n"),
            service.quantity.clone(),
            service.status_words.clone(),
            optional(&service.number),
            service.reasons.join("\n"),
        ]);
    }
    text.push_str(&table::text(&list));
    text
}

fn parse_service(text: &str) -> std::result::Result<ServiceField, String> {
    let (code, units) = text.split_once(':').unwrap_or((text, "1"));
    match units.parse() {
        Ok(quantity) if !code.is_empty() && quantity > 0 => {
            Ok(ServiceField { code: code.to_owned(), quantity })
        }
        _ => Err(format!("`{text}` is not a service such as 97110:12 or 0120:3")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_a_code_and_its_units() {
        let service = parse_service("97110:12").unwrap();
        assert_eq!((&*service.code, service.quantity), ("97110", 12));
        assert_eq!(parse_service("0120").unwrap().quantity, 1);
        for wrong in ["", ":3", "97110:x", "97110:0"] {
            assert!(parse_service(wrong).is_err(), "{wrong}");
        }
    }
}
