//! Application advice (824): transactions accepted, accepted with errors or rejected, with what is wrong and where.

use std::ops::Range;

use super::Writer;
use super::cast::PAYER;
use super::pen::{Pen, Written};
use super::text::{day, numbered};

/// Writes advice.
#[derive(Debug, Default)]
pub(super) struct Advices;

/// Error condition, words, segment, position in the segment, business reason.
const FAULTS: [(&str, &str, &str, &str, &str); 4] = [
    ("024", "MEMBER UNKNOWN", "NM1", "9", "E054"),
    ("024", "SUBSCRIBER NOT ON FILE", "INS", "2", "E037"),
    ("007", "DATE BEFORE COVERAGE", "DTP", "3", "E008"),
    ("011", "AMOUNT OUT OF RANGE", "AMT", "2", "E012"),
];

/// Set and guide of what is answered.
const ANSWERED: [(&str, &str); 5] = [
    ("834", "005010X220A1"),
    ("837", "005010X222A1"),
    ("837", "005010X223A2"),
    ("820", "005010X218"),
    ("275", "006020X314"),
];

impl Writer for Advices {
    fn open(&mut self, pen: &mut Pen, number: u64, _items: Range<u64>) -> Written {
        let today = day(pen.today);
        let action = pen.random.pick(&["U", "WQ", "WQ", "RU"]);
        pen.segment("BGN")
            .text("11")
            .text(numbered("ADV", number, 9).as_str())
            .text(today.as_str())
            .text(super::TIME)
            .text("")
            .text(numbered("B", number, 9).as_str())
            .text("")
            .text(action)
            .end()?;
        pen.segment("N1").text("41").text(PAYER.0).text("46").text(PAYER.1).end()?;
        if pen.random.once_in(2) {
            pen.contact("IC", "EDI DESK")?;
        }
        pen.segment("N1").text("40").text("SUBMITTER ONE").text("46").text("SUBMITTER1").end()
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        let yesterday = day(pen.ago(1));
        let (set, guide) = pen.random.pick(&ANSWERED);
        let verdict = pen.random.pick(&["TA", "TA", "TA", "TE", "TR", "TR", "BR", "GA", "IA"]);
        let number = numbered("B", index + 1, 9);
        let (group, control) = (numbered("", index % 900 + 1, 1), numbered("", index + 1, 4));
        pen.segment("OTI")
            .text(verdict)
            .text("TN")
            .text(number.as_str())
            .skip_to(6)
            .text(yesterday.as_str())
            .text("0902")
            .text(group.as_str())
            .text(control.as_str())
            .text(set)
            .text(guide)
            .end()?;
        if set == "837" {
            pen.reference("EJ", numbered("PT", index, 8).as_str())?;
            if pen.random.once_in(2) {
                pen.dtm("050", pen.ago(1))?;
            }
            if pen.random.once_in(2) {
                pen.amount("T3", 25_000)?;
            }
        }
        if set == "834" && pen.random.once_in(2) {
            pen.quantity("TO", index % 900 + 1)?;
        }
        if pen.random.once_in(4) {
            pen.person("IL", ("DOE", "JANE"), ("MI", "S20000000001"))?;
        }
        if !matches!(verdict, "TE" | "TR" | "BR") {
            return Ok(());
        }
        for _ in 0..pen.random.between(1, 3) {
            let (condition, words, segment, element, reason) = pen.random.pick(&FAULTS);
            let position = pen.random.between(8, 400);
            pen.segment("TED")
                .text(condition)
                .text(words)
                .text(segment)
                .number(position)
                .composite(&[element])
                .end()?;
            if pen.random.once_in(2) {
                let place = numbered(segment, element.parse().unwrap_or(1), 2);
                pen.segment("CTX").composite(&[place.as_str()]).end()?;
            }
            if pen.random.once_in(3) {
                pen.note("ADD", "SEND A CORRECTED FILE")?;
            }
            pen.segment("RED")
                .text("NA")
                .text("")
                .text("94")
                .text("")
                .text("IBP")
                .text(reason)
                .end()?;
        }
        Ok(())
    }
}
