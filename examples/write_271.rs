//! Writes an eligibility answer (271) in its envelope. Needs the core alone (`--no-default-features`).
//!
//! `cargo run --example write_271`

use time::macros::{date, datetime};
use x12gate::txn::eligibility::response::{Answer, Benefit, Receiver, Source, Subscriber};
use x12gate::txn::eligibility::{Dated, GUIDE, Header, Name, Person, Response, Sent, Trace};
use x12gate::txn::envelope::{EnvelopeWriter, GroupForm, Party, write_ge, write_iea};
use x12gate::wire::{Code, EmitError};

const GROUP: GroupForm = GroupForm { functional: "HB", version: GUIDE };

fn name(entity: &str, kind: &str, names: (&str, &str), id: (&str, &str)) -> Name {
    Name {
        entity: Code::from(entity),
        kind: Code::from(kind),
        last: names.0.into(),
        first: names.1.into(),
        id_qualifier: Code::from(id.0),
        id: id.1.into(),
        ..Name::default()
    }
}

/// JANE DOE is covered by an HMO, and a visit costs her 25 dollars.
fn response() -> Response {
    let covered = Benefit {
        insurance_type: Code::from("HM"),
        plan: "SAMPLE HMO".into(),
        ..Benefit::new("1", [Code::from("30")])
    };
    let copay = Benefit {
        period: Code::from("27"),
        amount: Some(25.into()),
        network: Code::from("Y"),
        ..Benefit::new("B", [Code::from("98")])
    };
    let answer = Answer {
        traces: vec![Trace {
            kind: Code::from("2"),
            number: "TRACE0001".into(),
            originator: "9SUBMITTER".into(),
            ..Trace::default()
        }],
        person: Person {
            name: name("IL", "1", ("DOE", "JANE"), ("MI", "S12300000101")),
            birth: Sent::Value(date!(1980 - 01 - 15)),
            dates: vec![Dated::day("346", date!(2026 - 01 - 01))],
            ..Person::default()
        },
        benefits: [covered, copay].into_iter().collect(),
        ..Answer::default()
    };
    let receiver = Receiver {
        name: name("1P", "2", ("SAMPLE CLINIC", ""), ("XX", "1234567893")),
        subscribers: vec![Subscriber { answer, dependents: Vec::new() }],
        ..Receiver::default()
    };
    Response {
        control: "0001".into(),
        header: Header {
            purpose: Code::from("11"),
            reference: "TX0001".into(),
            date: Sent::Value(date!(2026 - 01 - 05)),
            time: Sent::Value(time::macros::time!(09:30)),
            kind: Code::NONE,
        },
        sources: vec![Source {
            name: name("PR", "2", ("SAMPLE HEALTH PLAN", ""), ("PI", "99999")),
            receivers: vec![receiver],
            ..Source::default()
        }],
    }
}

/// The interchange, ISA to IEA.
pub(crate) fn interchange() -> Result<Vec<u8>, EmitError> {
    let [payer, provider] = ["PAYERGW", "SUBMITTER1"].map(Party::mutually_defined);
    let envelope = EnvelopeWriter::new(payer, provider, false, datetime!(2026-01-05 09:30));
    let mut out = envelope.emitter();
    envelope.isa(&mut out, 1)?;
    envelope.gs(&mut out, GROUP, 1)?;
    response().write(&mut out)?;
    write_ge(&mut out, 1, 1)?;
    write_iea(&mut out, 1, 1)?;
    Ok(out.into_bytes())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", String::from_utf8(interchange()?)?.replace('~', "~\n"));
    Ok(())
}
