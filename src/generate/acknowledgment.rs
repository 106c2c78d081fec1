//! Acknowledgments of sets (999): accepted, accepted with errors, and rejected with the segments and elements in error.

use std::ops::Range;

use super::SetSource;
use super::set_writer::{Result, SetWriter};
use super::text::numbered;

/// Writes acknowledgments, each of one group.
#[derive(Debug, Default)]
pub(super) struct Acknowledgments {
    group: (&'static str, &'static str, &'static str),
    first: u64,
    sets: u64,
    accepted: u64,
    noted: bool,
}

/// Functional code, set, guide.
const GROUPS: [(&str, &str, &str); 8] = [
    ("HS", "270", "005010X279A1"),
    ("HR", "276", "005010X212"),
    ("HI", "278", "005010X217"),
    ("HC", "837", "005010X222A1"),
    ("HC", "837", "005010X223A2"),
    ("HC", "837", "005010X224A2"),
    ("BE", "834", "005010X220A1"),
    ("HP", "835", "005010X221A1"),
];

impl SetSource for Acknowledgments {
    fn open(&mut self, writer: &mut SetWriter, number: u64, items: Range<u64>) -> Result {
        self.group = writer.random.pick(&GROUPS);
        self.first = items.start;
        (self.sets, self.accepted, self.noted) = (0, 0, false);
        let (functional, _, guide) = self.group;
        writer.segment("AK1").text(functional).number(number).text(guide).end()
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let (_, set, guide) = self.group;
        self.sets += 1;
        let control = numbered("", index - self.first + 1, 4);
        writer.segment("AK2").text(set).text(control.as_str()).text(guide).end()?;
        let lot = writer.random.below(10);
        if lot < 7 {
            self.accepted += 1;
            return writer.segment("IK5").text("A").end();
        }
        let position = writer.random.between(5, 60);
        if lot == 7 {
            // A warning: the set is taken all the same.
            self.accepted += 1;
            self.noted = true;
            segment(writer, "NM1", position, "2010AA", "8")?;
            writer.segment("IK4").text("9").text("67").text("I12").text("1234567890").end()?;
            return writer.segment("IK5").text("E").text("5").end();
        }
        let implementation = match writer.random.below(5) {
            0 => {
                segment(writer, "DTP", position, "2000", "8")?;
                unit(writer)?;
                writer.segment("IK4").text("3").text("1251").text("8").text("20260230").end()?;
                false
            }
            1 => {
                segment(writer, "REF", position, "2300", "8")?;
                writer.segment("IK4").composite(&["4", "1"]).text("128").text("1").end()?;
                writer.segment("IK4").text("2").text("127").text("5").end()?;
                false
            }
            2 => {
                segment(writer, "N4", position, "2010BA", "I9")?;
                unit(writer)?;
                true
            }
            3 => {
                segment(writer, "DMG", position, "2010BA", "I9")?;
                let at = numbered("", position, 1);
                writer
                    .segment("CTX")
                    .composite(&["SITUATIONAL TRIGGER"])
                    .text("SBR")
                    .text(at.as_str())
                    .text("2000")
                    .composite(&["2"])
                    .composite(&["1069"])
                    .end()?;
                true
            }
            _ => {
                segment(writer, "ZZZ", position, "", "1")?;
                false
            }
        };
        writer.segment("IK5").text("R").text(if implementation { "I5" } else { "5" }).end()
    }

    fn close(&mut self, writer: &mut SetWriter) -> Result {
        let verdict = match self.accepted {
            0 => "R",
            all if all == self.sets && self.noted => "E",
            all if all == self.sets => "A",
            _ => "P",
        };
        writer
            .segment("AK9")
            .text(verdict)
            .number(self.sets)
            .number(self.sets)
            .number(self.accepted)
            .end()
    }
}

/// IK3 of a segment in a loop, whose id has up to four characters there.
fn segment(writer: &mut SetWriter, tag: &str, position: u64, place: &str, fault: &str) -> Result {
    let place = place.get(..4).unwrap_or(place);
    writer.segment("IK3").text(tag).number(position).text(place).text(fault).end()
}

/// CTX of the claim, member or inquiry in error.
fn unit(writer: &mut SetWriter) -> Result {
    let number = numbered("PT", writer.random.below(1_000_000), 8);
    writer.segment("CTX").composite(&["CLM01", number.as_str()]).end()
}
