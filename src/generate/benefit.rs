//! Eligibility responses (271): active, ended and pending coverage with benefits, and inquiries refused at each level.

use std::ops::Range;

use super::SetSource;
use super::people::{Family, OTHER_PAYERS, PAYER, Provider};
use super::set_writer::{Result, SetWriter};
use super::text::{Short, days, money, numbered};

/// Writes responses.
#[derive(Debug, Default)]
pub(super) struct Responses {
    receiver: u32,
    /// True for a set that refuses the provider who asked.
    refused: bool,
}

/// What the answer about a patient is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Active,
    Inactive,
    Pending,
    NotFound,
}

const ANSWERS: [Answer; 12] = [
    Answer::Active,
    Answer::Active,
    Answer::Active,
    Answer::Active,
    Answer::Active,
    Answer::Active,
    Answer::Active,
    Answer::Active,
    Answer::Active,
    Answer::Inactive,
    Answer::Pending,
    Answer::NotFound,
];

impl SetSource for Responses {
    fn room(&mut self, writer: &mut SetWriter) -> u64 {
        self.refused = writer.random.once_in(40);
        if self.refused { 1 } else { u64::MAX }
    }

    fn open(&mut self, writer: &mut SetWriter, number: u64, _items: Range<u64>) -> Result {
        writer.beginning(("0022", "11"), numbered("G", number, 9).as_str(), "")?;
        let source = writer.emitter.level(None, "20", true)?;
        writer.payer("PR", PAYER)?;
        if writer.random.once_in(2) {
            writer.contact("IC", "PROVIDER SERVICES")?;
        }
        self.receiver = writer.emitter.level(Some(source), "21", !self.refused)?;
        writer.requester("1P")
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        if self.refused {
            let why = writer.random.pick(&["43", "51", "50"]);
            return refusal(writer, why);
        }
        let answer = writer.random.pick(&ANSWERS);
        let members = writer.members;
        let family = Family::draw(&mut writer.random, members);
        let subscriber = &family.subscriber;
        let level = writer.emitter.level(Some(self.receiver), "22", family.dependent.is_some())?;
        let found = answer != Answer::NotFound;
        if family.dependent.is_none() {
            trace(writer, index)?;
        }
        writer.member("IL", subscriber, ("MI", &subscriber.id()))?;
        if family.dependent.is_none() {
            if found && writer.random.once_in(4) {
                writer.reference("6P", "GRP1042")?;
            }
            if found {
                writer.home(subscriber)?;
            } else {
                refusal(writer, "75")?;
            }
            writer.demographics(subscriber)?;
        }
        if let Some(dependent) = &family.dependent {
            writer.emitter.level(Some(level), "23", false)?;
            trace(writer, index)?;
            writer.member("03", dependent, ("", ""))?;
            if found {
                writer.home(dependent)?;
            } else {
                refusal(writer, "67")?;
            }
            writer.demographics(dependent)?;
            if found {
                writer.segment("INS").text("N").text(family.relationship()).end()?;
            }
        }
        if found { benefits(writer, answer, &family) } else { Ok(()) }
    }
}

fn trace(writer: &mut SetWriter, index: u64) -> Result {
    let number = numbered("T", index + 1, 9);
    writer.segment("TRN").text("2").text(number.as_str()).text("9X12GATE00").end()
}

fn refusal(writer: &mut SetWriter, why: &str) -> Result {
    writer.segment("AAA").text("N").text("").text(why).text("C").end()
}

fn benefits(writer: &mut SetWriter, answer: Answer, family: &Family) -> Result {
    let year = writer.today.year().unsigned_abs();
    let plan_year = numbered("", u64::from(year), 4);
    let ends = super::text::short(format_args!("{plan_year}0101-{plan_year}1231"));
    match answer {
        Answer::Inactive => {
            writer.dates("291", writer.ago(900), writer.ago(60))?;
            writer.segment("EB").text("6").text("").text("30").end()?;
            return writer.segment("MSG").text("COVERAGE HAS ENDED").end();
        }
        Answer::Pending => {
            writer.date("346", writer.ahead(20))?;
            return writer.segment("EB").text("5").text("").text("30").text("HM").end();
        }
        _ => writer.segment("DTP").text("291").text("RD8").text(ends.as_str()).end()?,
    }
    let (kind, name) = writer.random.pick(&[
        ("HM", "SAMPLE HMO"),
        ("PR", "SAMPLE PPO"),
        ("PS", "SAMPLE POS"),
        ("EP", "SAMPLE EPO"),
    ]);
    writer.segment("EB").text("1").text("").text("30").text(kind).text(name).end()?;
    writer
        .segment("EB")
        .text("1")
        .text("")
        .repeat(["1", "33", "47", "48", "50", "86", "88", "98", "MH", "UC"])
        .end()?;
    let (limit, used) = (350_000, writer.random.below(350_000).cast_signed());
    let whom: &[&str] = if family.dependent.is_some() { &["IND"] } else { &["IND", "FAM"] };
    for code in ["C", "G"] {
        for who in whom {
            let limit = if code == "C" { limit } else { limit * 2 };
            let times: &[(&str, i64)] = &[("23", limit), ("29", limit - used)];
            for (period, cents) in times {
                writer
                    .segment("EB")
                    .text(code)
                    .text(who)
                    .text("30")
                    .text("")
                    .text("")
                    .text(period)
                    .text(money(*cents).as_str())
                    .skip_to(12)
                    .text("Y")
                    .end()?;
            }
        }
    }
    let copay = money(writer.random.between(5, 60).cast_signed() * 100);
    let service = writer.random.pick(&["98", "48", "UC", "88"]);
    writer
        .segment("EB")
        .text("B")
        .text("")
        .text(service)
        .skip_to(6)
        .text("27")
        .text(copay.as_str())
        .skip_to(12)
        .text("Y")
        .end()?;
    if writer.random.once_in(2) {
        let share = writer.random.pick(&[".1", ".2", ".5"]);
        writer
            .segment("EB")
            .text("A")
            .text("")
            .text("50")
            .skip_to(8)
            .text(share)
            .skip_to(12)
            .text("N")
            .end()?;
    }
    further(writer, family)
}

/// Visits that are limited, the primary care provider, another carrier, what needs a permit.
fn further(writer: &mut SetWriter, family: &Family) -> Result {
    if writer.random.once_in(4) {
        writer
            .segment("EB")
            .text("F")
            .text("")
            .text("AE")
            .skip_to(6)
            .text("23")
            .skip_to(9)
            .text("VS")
            .text("30")
            .end()?;
        writer.segment("HSD").text("VS").text("30").skip_to(5).text("23").end()?;
    }
    if writer.random.once_in(4) {
        writer.segment("EB").text("1").text("").text("48").skip_to(11).text("Y").end()?;
        writer.segment("MSG").text("AUTHORIZATION IS NEEDED").end()?;
    }
    if writer.random.once_in(2) {
        let who = Provider::draw(&mut writer.random);
        writer.segment("EB").text("L").end()?;
        writer.segment("LS").text("2120").end()?;
        writer.provider("P3", &who)?;
        writer.segment("LE").text("2120").end()?;
    }
    if writer.random.once_in(10) {
        let id = Short::new(family.subscriber.subscriber.as_bytes());
        writer.segment("EB").text("R").text("").text("30").end()?;
        writer.reference("1W", id.as_str())?;
        let span = days(writer.ago(400), writer.ahead(200));
        writer.segment("DTP").text("290").text("RD8").text(span.as_str()).end()?;
        writer.segment("LS").text("2120").end()?;
        let payer = writer.random.pick(&OTHER_PAYERS);
        writer.payer("PRP", payer)?;
        writer.address("5 OAK ST", "BOSTON", "MA", "02111")?;
        writer.segment("LE").text("2120").end()?;
    }
    Ok(())
}
