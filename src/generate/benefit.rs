//! Eligibility responses (271): active, ended and pending coverage with benefits, and inquiries refused at each level.

use std::ops::Range;

use super::Writer;
use super::cast::{Family, OTHER_PAYERS, PAYER, Provider};
use super::pen::{Pen, Written};
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

impl Writer for Responses {
    fn room(&mut self, pen: &mut Pen) -> u64 {
        self.refused = pen.random.once_in(40);
        if self.refused { 1 } else { u64::MAX }
    }

    fn open(&mut self, pen: &mut Pen, number: u64, _items: Range<u64>) -> Written {
        pen.beginning(("0022", "11"), numbered("G", number, 9).as_str(), "")?;
        let source = pen.out.level(None, "20", true)?;
        pen.payer("PR", PAYER)?;
        if pen.random.once_in(2) {
            pen.contact("IC", "PROVIDER SERVICES")?;
        }
        self.receiver = pen.out.level(Some(source), "21", !self.refused)?;
        pen.requester("1P")
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        if self.refused {
            let why = pen.random.pick(&["43", "51", "50"]);
            return refusal(pen, why);
        }
        let answer = pen.random.pick(&ANSWERS);
        let members = pen.members;
        let family = Family::draw(&mut pen.random, members);
        let subscriber = &family.subscriber;
        let level = pen.out.level(Some(self.receiver), "22", family.dependent.is_some())?;
        let found = answer != Answer::NotFound;
        if family.dependent.is_none() {
            trace(pen, index)?;
        }
        pen.member("IL", subscriber, ("MI", &subscriber.id()))?;
        if family.dependent.is_none() {
            if found && pen.random.once_in(4) {
                pen.reference("6P", "GRP1042")?;
            }
            if found {
                pen.home(subscriber)?;
            } else {
                refusal(pen, "75")?;
            }
            pen.demographics(subscriber)?;
        }
        if let Some(dependent) = &family.dependent {
            pen.out.level(Some(level), "23", false)?;
            trace(pen, index)?;
            pen.member("03", dependent, ("", ""))?;
            if found {
                pen.home(dependent)?;
            } else {
                refusal(pen, "67")?;
            }
            pen.demographics(dependent)?;
            if found {
                pen.segment("INS").text("N").text(family.relationship()).end()?;
            }
        }
        if found { benefits(pen, answer, &family) } else { Ok(()) }
    }
}

fn trace(pen: &mut Pen, index: u64) -> Written {
    let number = numbered("T", index + 1, 9);
    pen.segment("TRN").text("2").text(number.as_str()).text("9X12GATE00").end()
}

fn refusal(pen: &mut Pen, why: &str) -> Written {
    pen.segment("AAA").text("N").text("").text(why).text("C").end()
}

fn benefits(pen: &mut Pen, answer: Answer, family: &Family) -> Written {
    let year = pen.today.year().unsigned_abs();
    let plan_year = numbered("", u64::from(year), 4);
    let ends = super::text::short(format_args!("{plan_year}0101-{plan_year}1231"));
    match answer {
        Answer::Inactive => {
            pen.dates("291", pen.ago(900), pen.ago(60))?;
            pen.segment("EB").text("6").text("").text("30").end()?;
            return pen.segment("MSG").text("COVERAGE HAS ENDED").end();
        }
        Answer::Pending => {
            pen.date("346", pen.ahead(20))?;
            return pen.segment("EB").text("5").text("").text("30").text("HM").end();
        }
        _ => pen.segment("DTP").text("291").text("RD8").text(ends.as_str()).end()?,
    }
    let (kind, name) = pen.random.pick(&[
        ("HM", "SAMPLE HMO"),
        ("PR", "SAMPLE PPO"),
        ("PS", "SAMPLE POS"),
        ("EP", "SAMPLE EPO"),
    ]);
    pen.segment("EB").text("1").text("").text("30").text(kind).text(name).end()?;
    pen.segment("EB")
        .text("1")
        .text("")
        .repeat(["1", "33", "47", "48", "50", "86", "88", "98", "MH", "UC"])
        .end()?;
    let (limit, used) = (350_000, pen.random.below(350_000).cast_signed());
    let whom: &[&str] = if family.dependent.is_some() { &["IND"] } else { &["IND", "FAM"] };
    for code in ["C", "G"] {
        for who in whom {
            let limit = if code == "C" { limit } else { limit * 2 };
            let times: &[(&str, i64)] = &[("23", limit), ("29", limit - used)];
            for (period, cents) in times {
                pen.segment("EB")
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
    let copay = money(pen.random.between(5, 60).cast_signed() * 100);
    let service = pen.random.pick(&["98", "48", "UC", "88"]);
    pen.segment("EB")
        .text("B")
        .text("")
        .text(service)
        .skip_to(6)
        .text("27")
        .text(copay.as_str())
        .skip_to(12)
        .text("Y")
        .end()?;
    if pen.random.once_in(2) {
        let share = pen.random.pick(&[".1", ".2", ".5"]);
        pen.segment("EB")
            .text("A")
            .text("")
            .text("50")
            .skip_to(8)
            .text(share)
            .skip_to(12)
            .text("N")
            .end()?;
    }
    further(pen, family)
}

/// Visits that are limited, the primary care provider, another carrier, what needs a permit.
fn further(pen: &mut Pen, family: &Family) -> Written {
    if pen.random.once_in(4) {
        pen.segment("EB")
            .text("F")
            .text("")
            .text("AE")
            .skip_to(6)
            .text("23")
            .skip_to(9)
            .text("VS")
            .text("30")
            .end()?;
        pen.segment("HSD").text("VS").text("30").skip_to(5).text("23").end()?;
    }
    if pen.random.once_in(4) {
        pen.segment("EB").text("1").text("").text("48").skip_to(11).text("Y").end()?;
        pen.segment("MSG").text("AUTHORIZATION IS NEEDED").end()?;
    }
    if pen.random.once_in(2) {
        let who = Provider::draw(&mut pen.random);
        pen.segment("EB").text("L").end()?;
        pen.segment("LS").text("2120").end()?;
        pen.provider("P3", &who)?;
        pen.segment("LE").text("2120").end()?;
    }
    if pen.random.once_in(10) {
        let id = Short::new(family.subscriber.subscriber.as_bytes());
        pen.segment("EB").text("R").text("").text("30").end()?;
        pen.reference("1W", id.as_str())?;
        let span = days(pen.ago(400), pen.ahead(200));
        pen.segment("DTP").text("290").text("RD8").text(span.as_str()).end()?;
        pen.segment("LS").text("2120").end()?;
        let payer = pen.random.pick(&OTHER_PAYERS);
        pen.payer("PRP", payer)?;
        pen.address("5 OAK ST", "BOSTON", "MA", "02111")?;
        pen.segment("LE").text("2120").end()?;
    }
    Ok(())
}
