//! Application advice (824): transactions accepted, accepted with errors or rejected, with what is wrong and where.

use std::ops::Range;

use super::SetSource;
use super::people::PAYER;
use super::set_writer::{Result, SetWriter};
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

impl SetSource for Advices {
    fn open(&mut self, writer: &mut SetWriter, number: u64, _items: Range<u64>) -> Result {
        let today = day(writer.today);
        let action = writer.random.pick(&["U", "WQ", "WQ", "RU"]);
        writer
            .segment("BGN")
            .text("11")
            .text(numbered("ADV", number, 9).as_str())
            .text(today.as_str())
            .text(super::TIME)
            .text("")
            .text(numbered("B", number, 9).as_str())
            .text("")
            .text(action)
            .end()?;
        writer.segment("N1").text("41").text(PAYER.0).text("46").text(PAYER.1).end()?;
        if writer.random.once_in(2) {
            writer.contact("IC", "EDI DESK")?;
        }
        writer.segment("N1").text("40").text("SUBMITTER ONE").text("46").text("SUBMITTER1").end()
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let yesterday = day(writer.ago(1));
        let (set, guide) = writer.random.pick(&ANSWERED);
        let verdict = writer.random.pick(&["TA", "TA", "TA", "TE", "TR", "TR", "BR", "GA", "IA"]);
        let number = numbered("B", index + 1, 9);
        let (group, control) = (numbered("", index % 900 + 1, 1), numbered("", index + 1, 4));
        writer
            .segment("OTI")
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
            writer.reference("EJ", numbered("PT", index, 8).as_str())?;
            if writer.random.once_in(2) {
                writer.dtm("050", writer.ago(1))?;
            }
            if writer.random.once_in(2) {
                writer.amount("T3", 25_000)?;
            }
        }
        if set == "834" && writer.random.once_in(2) {
            writer.quantity("TO", index % 900 + 1)?;
        }
        if writer.random.once_in(4) {
            writer.person("IL", ("DOE", "JANE"), ("MI", "S20000000001"))?;
        }
        if !matches!(verdict, "TE" | "TR" | "BR") {
            return Ok(());
        }
        for _ in 0..writer.random.between(1, 3) {
            let (condition, words, segment, element, reason) = writer.random.pick(&FAULTS);
            let position = writer.random.between(8, 400);
            writer
                .segment("TED")
                .text(condition)
                .text(words)
                .text(segment)
                .number(position)
                .composite(&[element])
                .end()?;
            if writer.random.once_in(2) {
                let place = numbered(segment, element.parse().unwrap_or(1), 2);
                writer.segment("CTX").composite(&[place.as_str()]).end()?;
            }
            if writer.random.once_in(3) {
                writer.note("ADD", "SEND A CORRECTED FILE")?;
            }
            writer
                .segment("RED")
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
