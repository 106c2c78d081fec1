//! Acknowledgments of sets (999): accepted, accepted with errors, and rejected with the segments and elements in error.

use std::ops::Range;

use super::Writer;
use super::pen::{Pen, Written};
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

impl Writer for Acknowledgments {
    fn open(&mut self, pen: &mut Pen, number: u64, items: Range<u64>) -> Written {
        self.group = pen.random.pick(&GROUPS);
        self.first = items.start;
        (self.sets, self.accepted, self.noted) = (0, 0, false);
        let (functional, _, guide) = self.group;
        pen.segment("AK1").text(functional).number(number).text(guide).end()
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        let (_, set, guide) = self.group;
        self.sets += 1;
        let control = numbered("", index - self.first + 1, 4);
        pen.segment("AK2").text(set).text(control.as_str()).text(guide).end()?;
        let lot = pen.random.below(10);
        if lot < 7 {
            self.accepted += 1;
            return pen.segment("IK5").text("A").end();
        }
        let position = pen.random.between(5, 60);
        if lot == 7 {
            // A warning: the set is taken all the same.
            self.accepted += 1;
            self.noted = true;
            segment(pen, "NM1", position, "2010AA", "8")?;
            pen.segment("IK4").text("9").text("67").text("I12").text("1234567890").end()?;
            return pen.segment("IK5").text("E").text("5").end();
        }
        let implementation = match pen.random.below(5) {
            0 => {
                segment(pen, "DTP", position, "2000", "8")?;
                unit(pen)?;
                pen.segment("IK4").text("3").text("1251").text("8").text("20260230").end()?;
                false
            }
            1 => {
                segment(pen, "REF", position, "2300", "8")?;
                pen.segment("IK4").composite(&["4", "1"]).text("128").text("1").end()?;
                pen.segment("IK4").text("2").text("127").text("5").end()?;
                false
            }
            2 => {
                segment(pen, "N4", position, "2010BA", "I9")?;
                unit(pen)?;
                true
            }
            3 => {
                segment(pen, "DMG", position, "2010BA", "I9")?;
                let at = numbered("", position, 1);
                pen.segment("CTX")
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
                segment(pen, "ZZZ", position, "", "1")?;
                false
            }
        };
        pen.segment("IK5").text("R").text(if implementation { "I5" } else { "5" }).end()
    }

    fn close(&mut self, pen: &mut Pen) -> Written {
        let verdict = match self.accepted {
            0 => "R",
            all if all == self.sets && self.noted => "E",
            all if all == self.sets => "A",
            _ => "P",
        };
        pen.segment("AK9")
            .text(verdict)
            .number(self.sets)
            .number(self.sets)
            .number(self.accepted)
            .end()
    }
}

/// IK3 of a segment in a loop, whose id has up to four characters there.
fn segment(pen: &mut Pen, tag: &str, position: u64, place: &str, fault: &str) -> Written {
    let place = place.get(..4).unwrap_or(place);
    pen.segment("IK3").text(tag).number(position).text(place).text(fault).end()
}

/// CTX of the claim, member or inquiry in error.
fn unit(pen: &mut Pen) -> Written {
    let number = numbered("PT", pen.random.below(1_000_000), 8);
    pen.segment("CTX").composite(&["CLM01", number.as_str()]).end()
}
