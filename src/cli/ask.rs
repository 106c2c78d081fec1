//! `ask`: one of the portal's screens, as a 270 (276, 278) that goes out and a 271 (277, 278) that comes back.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use time::Date;

use super::ack::now;
use super::ask_claims::{self, WhichClaims};
use super::ask_reviews::{self, ReviewFields};
use super::envelope::{Mailboxes, parse_date};
use super::exchange::{self, Exchanged};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::family;
use super::output::Output;
use super::screen;
use x12gate::portal::review::ReviewFormKind;
use x12gate::portal::{
    EligibilityQuestion, EligibilityView, QuestionError, Screen, day_in_benefit_year,
};
use x12gate::wire::Code;

/// Ask about a member, as on the pages of a portal: sends a 270 and displays the 271
///
/// For the status of claims it sends a 276 and displays the 277. A 276 must have the member ID, last name and date of birth; where
/// they are not all given, a 270 is sent first to learn them.
///
/// Referrals, authorizations, notifications and psychotherapy are submitted, and their status is asked for, with a 278.
#[derive(Args, Debug)]
pub(super) struct Ask {
    /// What to show
    #[arg(value_enum)]
    what: What,
    /// Member ID, with or without the person suffix
    #[arg(long, value_name = "ID", required_unless_present_any = ["last", "number", "receipt", "from"])]
    pub(super) member: Option<String>,
    /// Person suffix of the member ID
    #[arg(long, value_name = "NN", requires = "member")]
    pub(super) suffix: Option<String>,
    /// Last name
    #[arg(long, value_name = "NAME")]
    pub(super) last: Option<String>,
    /// First name
    #[arg(long, value_name = "NAME")]
    pub(super) first: Option<String>,
    /// Date of birth
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    pub(super) dob: Option<Date>,
    /// NPI of the requesting provider
    #[arg(long, value_name = "NPI", default_value = "1234567893")]
    pub(super) npi: String,
    /// ID of the payer
    #[arg(long, value_name = "ID", default_value = "99999")]
    pub(super) payer: String,
    /// Date of service; default: today
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    pub(super) date: Option<Date>,
    /// Benefit year, by the calendar year in which it begins, instead of a date of service
    #[arg(long, value_name = "CCYY", conflicts_with = "date", value_parser = clap::value_parser!(u16).range(1900..=2200))]
    pub(super) year: Option<u16>,
    /// Service type codes to ask about, instead of the usual ones
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) service_type: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) claims: WhichClaims,
    #[command(flatten)]
    pub(super) review: ReviewFields,
    #[command(flatten)]
    pub(super) from: From,
    #[command(flatten)]
    pub(super) mailboxes: Mailboxes,
}

/// Who answers.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
#[command(next_help_heading = "Payer")]
pub(super) struct From {
    /// Ask a server over TCP
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) server: Option<String>,
    /// Ask a local store
    #[arg(long, value_name = "PATH")]
    pub(super) store: Option<PathBuf>,
    /// Ask the demonstration payer
    #[arg(long)]
    pub(super) demo: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    /// The member and their coverage status
    Eligibility,
    /// Copays, coinsurance and limits, in twelve categories
    Benefits,
    /// Deductibles: met, limit, remaining
    Deductible,
    /// Out-of-pocket maxima: met, limit, remaining
    OutOfPocket,
    /// All of these
    All,
    /// The status of claims
    ClaimStatus,
    /// Submit a referral to a specialist
    Referral,
    /// Submit a request to authorize services or an admission
    Authorization,
    /// Submit a notification of an admission or discharge
    Notification,
    /// Submit outpatient psychotherapy
    Psychotherapy,
    /// The status of what was submitted
    ReviewStatus,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// What to show
    Text,
    /// One JSON object per person
    Json,
    /// The request and the reply
    X12,
}

impl What {
    /// The form of a review, where it is one.
    fn review_form(self) -> Option<ReviewFormKind> {
        Some(match self {
            What::Referral => ReviewFormKind::Referral,
            What::Authorization => ReviewFormKind::Authorization,
            What::Notification => ReviewFormKind::Notification,
            What::Psychotherapy => ReviewFormKind::Psychotherapy,
            What::ReviewStatus => ReviewFormKind::Status,
            _ => return None,
        })
    }

    fn screen(self) -> Screen {
        match self {
            What::Eligibility => Screen::Eligibility,
            What::Benefits => Screen::Benefits,
            What::Deductible => Screen::Deductible,
            What::OutOfPocket => Screen::OutOfPocket,
            What::All => Screen::All,
            // Not shown, but where a member is asked about first because they are not known well enough.
            What::ClaimStatus
            | What::Referral
            | What::Authorization
            | What::Notification
            | What::Psychotherapy
            | What::ReviewStatus => Screen::Eligibility,
        }
    }
}

/// Runs `ask`.
pub(super) fn run(args: &Ask, out: &mut Output) -> Result<Exit> {
    if args.what == What::ClaimStatus {
        return ask_claims::run(args, out);
    }
    if let Some(form) = args.what.review_form() {
        return ask_reviews::run(form, args, out);
    }
    let request = request(args)?;
    let Exchanged { bytes, received } = exchange::exchange(&args.from, &request, "271")?;
    let family = match &args.member {
        Some(id) if received.views().iter().any(is_ambiguous) => family::find(&args.from, id)?,
        _ => Vec::new(),
    };
    match args.format {
        Format::X12 => {
            out.text(&exchange::one_segment_a_line(&request))?;
            out.text("\n")?;
            out.text(&exchange::one_segment_a_line(&bytes))?;
        }
        Format::Json => {
            for view in received.views() {
                out.json(&view)?;
            }
            if !family.is_empty() {
                out.json(&Choices { members: &family })?;
            }
            if let Some(why) = &received.rejection {
                out.json(&Refused { refused: why })?;
            }
        }
        Format::Text => {
            for (index, view) in received.views().iter().enumerate() {
                if index > 0 {
                    out.text("\n")?;
                }
                out.text(&screen::render(view, args.what.screen()))?;
            }
            if !family.is_empty() {
                family::show(&family, out)?;
            }
            if let Some(why) = &received.rejection {
                out.line(why)?;
            }
        }
    }
    Ok(if received.has_rejections() { Exit::Findings } else { Exit::Clean })
}

/// True for AAA 76: several people have the id.
fn is_ambiguous(view: &EligibilityView) -> bool {
    view.rejections.iter().any(|rejection| rejection.reason == "76")
}

/// The people of whom one has to be chosen.
#[derive(Serialize)]
struct Choices<'a> {
    members: &'a [family::Choice],
}

/// Why there is no answer.
#[derive(Serialize)]
pub(super) struct Refused<'a> {
    pub(super) refused: &'a str,
}

/// The interchange that asks about the member.
pub(super) fn request(args: &Ask) -> Result<Vec<u8>> {
    let envelope = args.mailboxes.envelope(now());
    let control = number_of_the_day(args);
    member_question(args).interchange(&envelope, control).map_err(|error| match error {
        QuestionError::Write(error) => Failure::new("write the inquiry", error),
        error => Failure::Refused(error.to_string()),
    })
}

/// A control number that another question of the same day will hardly have; the same question again gets the same answer.
pub(super) fn number_of_the_day(args: &Ask) -> u32 {
    let now = now();
    let of_the_day = u32::from(now.hour()) * 3_600_000
        + u32::from(now.minute()) * 60_000
        + u32::from(now.second()) * 1000
        + u32::from(now.millisecond());
    args.mailboxes.control(of_the_day + 1)
}

/// The day asked about: the one given, one of the benefit year given, or today.
fn day(args: &Ask) -> Date {
    let today = now().date();
    let of_year = args.year.map(|year| day_in_benefit_year(year.into(), today));
    args.date.or(of_year).unwrap_or(today)
}

/// The question about the member.
fn member_question(args: &Ask) -> EligibilityQuestion {
    let text = |argument: &Option<String>| argument.clone().unwrap_or_default();
    EligibilityQuestion {
        member_id: text(&args.member),
        suffix: text(&args.suffix),
        last: text(&args.last),
        first: text(&args.first),
        birth: args.dob,
        service_types: match args.service_type.is_empty() {
            true => args.what.screen().service_types(),
            false => args.service_type.iter().map(|code| Code::from(&**code)).collect(),
        },
        ..EligibilityQuestion::new(&args.npi, &args.payer, day(args))
    }
}
