//! `ask`: one of the portal's screens, as a 270 that goes out and a 271 that comes back.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use time::{Date, PrimitiveDateTime};

use super::ack::now;
use super::envelope::{Mailboxes, parse_date};
use super::exchange::{self, Exchanged};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use super::screen::{self, CATEGORIES, Screen, Shown};
use crate::txn::eligibility::inquiry::{Receiver, Request, Source, Subscriber};
use crate::txn::eligibility::{Dated, GUIDE, Header, Inquiry, Name, Person, Sent, Trace};
use crate::txn::envelope::{GroupForm, write_ge, write_iea};
use crate::wire::Code;

/// Ask about a member as the portal's screens did: sends a 270, shows the 271
#[derive(Args, Debug)]
pub(super) struct Ask {
    /// The screen
    #[arg(value_enum)]
    what: What,
    /// Member id, with or without the person suffix
    #[arg(long, value_name = "ID", required_unless_present = "last")]
    member: Option<String>,
    /// Person suffix of the member id
    #[arg(long, value_name = "NN", requires = "member")]
    suffix: Option<String>,
    /// Last name
    #[arg(long, value_name = "NAME")]
    last: Option<String>,
    /// First name
    #[arg(long, value_name = "NAME")]
    first: Option<String>,
    /// Date of birth
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    dob: Option<Date>,
    /// The provider who asks
    #[arg(long, value_name = "NPI", default_value = "1234567893")]
    npi: String,
    /// The payer asked, by its id
    #[arg(long, value_name = "ID", default_value = "99999")]
    payer: String,
    /// Date of service; today by default
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    date: Option<Date>,
    /// Service types to ask about instead of those of the screen
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    service_type: Vec<String>,
    /// How to show the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    mailboxes: Mailboxes,
}

/// Who answers.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
#[command(next_help_heading = "Who answers")]
pub(super) struct From {
    /// A server, over TCP
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) server: Option<String>,
    /// A store on this machine
    #[arg(long, value_name = "PATH")]
    pub(super) store: Option<PathBuf>,
    /// The demonstration payer
    #[arg(long)]
    pub(super) demo: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    /// Who the member is and whether they are covered
    Eligibility,
    /// Copays, coinsurance and limits in twelve categories
    Benefits,
    /// Deductibles: met, limit, remaining
    Deductible,
    /// Out-of-pocket maxima: met, limit, remaining
    OutOfPocket,
    /// All of these
    All,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    /// The screen
    Text,
    /// One JSON object for each person
    Json,
    /// What went out and what came back
    X12,
}

impl What {
    fn shown(self) -> Shown {
        match self {
            What::Eligibility => Shown::Eligibility,
            What::Benefits => Shown::Benefits,
            What::Deductible => Shown::Deductible,
            What::OutOfPocket => Shown::OutOfPocket,
            What::All => Shown::Everything,
        }
    }

    /// The service types the screen needs: the plan as a whole, or every one of every category.
    fn service_types(self) -> Vec<Code> {
        match self {
            What::Benefits | What::All => std::iter::once("30")
                .chain(CATEGORIES.iter().flat_map(|(_, codes)| codes.iter().copied()))
                .map(Code::from)
                .collect(),
            _ => vec![Code::from("30")],
        }
    }
}

/// Runs `ask`.
pub(super) fn run(args: &Ask, out: &mut Output) -> Result<Exit> {
    let request = request(args)?;
    let Exchanged { bytes, responses, rejection } = exchange::exchange(&args.from, &request)?;
    let mut exit = Exit::Clean;
    match args.format {
        Format::X12 => {
            out.text(&exchange::one_segment_a_line(&request))?;
            out.text("\n")?;
            out.text(&exchange::one_segment_a_line(&bytes))?;
        }
        Format::Json => {
            for screen in responses.iter().flat_map(Screen::all_of) {
                out.json(&screen)?;
            }
            if let Some(why) = &rejection {
                out.json(&Refused { refused: why })?;
            }
        }
        Format::Text => {
            for (index, screen) in responses.iter().flat_map(Screen::all_of).enumerate() {
                if index > 0 {
                    out.text("\n")?;
                }
                out.text(&screen::render(&screen, args.what.shown()))?;
            }
            if let Some(why) = &rejection {
                out.line(why)?;
            }
        }
    }
    if rejection.is_some() || responses.iter().any(|response| response.has_rejections()) {
        exit = Exit::Findings;
    }
    Ok(exit)
}

/// Why there is no 271.
#[derive(Serialize)]
struct Refused<'a> {
    refused: &'a str,
}

/// Groups of eligibility inquiries.
const GROUP: GroupForm = GroupForm { functional: "HS", version: GUIDE };

/// The interchange that asks.
fn request(args: &Ask) -> Result<Vec<u8>> {
    let fail = |e| Failure::new("write the inquiry", e);
    let now = now();
    // A number that another question of the same day will hardly have; the same question again gets the same answer.
    let of_the_day = u32::from(now.hour()) * 3_600_000
        + u32::from(now.minute()) * 60_000
        + u32::from(now.second()) * 1000
        + u32::from(now.millisecond());
    let control = args.mailboxes.control(of_the_day + 1);
    let inquiry = inquiry(args, control, now)?;
    let envelope = args.mailboxes.envelope(now);
    let mut out = envelope.emitter();
    envelope.isa(&mut out, control).map_err(fail)?;
    envelope.gs(&mut out, GROUP, control).map_err(fail)?;
    inquiry.write(&mut out).map_err(fail)?;
    write_ge(&mut out, 1, control).map_err(fail)?;
    write_iea(&mut out, 1, control).map_err(fail)?;
    Ok(out.into_bytes())
}

fn inquiry(args: &Ask, control: u32, now: PrimitiveDateTime) -> Result<Inquiry> {
    let service_types = match args.service_type.is_empty() {
        true => args.what.service_types(),
        false => args.service_type.iter().map(|code| Code::from(&**code)).collect(),
    };
    if service_types.iter().any(Code::is_empty) {
        return Err(Failure::Refused(
            "a service type is a code of one or two characters".to_owned(),
        ));
    }
    let boxed =
        |text: &Option<String>| text.as_deref().unwrap_or("").to_uppercase().into_boxed_str();
    let member = match (&args.member, &args.suffix) {
        (Some(id), Some(suffix)) => format!("{id}{suffix}"),
        (Some(id), None) => id.clone(),
        (None, _) => String::new(),
    };
    let patient = Name {
        entity: Code::from("IL"),
        kind: Code::from("1"),
        last: boxed(&args.last),
        first: boxed(&args.first),
        id_qualifier: if member.is_empty() { Code::NONE } else { Code::from("MI") },
        id: member.to_uppercase().into(),
        ..Name::default()
    };
    let number = format!("{:09}", control);
    let subscriber = Subscriber {
        traces: vec![Trace {
            kind: Code::from("1"),
            number: number.clone().into(),
            originator: "9X12GATE00".into(),
            ..Trace::default()
        }],
        person: Person {
            name: patient,
            birth: args.dob.into(),
            dates: vec![Dated::day("291", args.date.unwrap_or(now.date()))],
            ..Person::default()
        },
        requests: vec![Request { service_types, ..Request::default() }],
        dependents: Vec::new(),
    };
    let receiver = Receiver {
        name: organization("1P", "PROVIDER", "XX", &args.npi),
        subscribers: vec![subscriber],
        ..Receiver::default()
    };
    Ok(Inquiry {
        control: "0001".into(),
        header: Header {
            purpose: Code::from("13"),
            reference: number.into(),
            date: Sent::Value(now.date()),
            time: Sent::Value(now.time()),
            kind: Code::NONE,
        },
        sources: vec![Source {
            name: organization("PR", "HEALTH PLAN", "PI", &args.payer),
            receivers: vec![receiver],
        }],
    })
}

fn organization(entity: &str, name: &str, qualifier: &str, id: &str) -> Name {
    Name {
        entity: Code::from(entity),
        kind: Code::from("2"),
        last: name.into(),
        id_qualifier: Code::from(qualifier),
        id: id.into(),
        ..Name::default()
    }
}
