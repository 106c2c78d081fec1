//! A claim whose status is asked for or told: its lines and its days.

use smallvec::SmallVec;
use time::Date;

use crate::generate::random::Random;
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::{money, numbered};

/// Code, modifier, revenue code, cents.
type Service = (&'static str, &'static str, &'static str, i64);

const SERVICES: [Service; 8] = [
    ("99213", "25", "", 14_500),
    ("G0101", "", "", 8_800),
    ("80053", "", "", 3_250),
    ("G0463", "", "0510", 18_900),
    ("71046", "", "0320", 21_075),
    ("J1745", "JZ", "", 88_400),
    ("E0143", "NU", "", 13_500),
    ("97110", "GP", "", 8_500),
];

/// A claim by its amounts and dates, which follow from its numbers alone.
#[derive(Debug)]
pub(super) struct Asked {
    /// Lines, if they are told.
    pub(super) lines: SmallVec<[(Service, i64); 4]>,
    /// What was charged in all, in cents.
    pub(super) charge: i64,
    /// First and last day of service, in days before today.
    days: (u64, u64),
    /// REF BLT, for claims of institutions.
    pub(super) bill_type: &'static str,
}

impl Asked {
    /// The claim with these numbers.
    pub(super) fn draw(random: &mut Random) -> Self {
        let lines: SmallVec<[(Service, i64); 4]> = (0..random.between(1, 3))
            .map(|_| {
                let service = random.pick(&SERVICES);
                (service, service.3 + random.below(40).cast_signed() * 25)
            })
            .collect();
        let last = random.between(5, 90);
        let first = last + if random.once_in(3) { random.between(1, 9) } else { 0 };
        let institutional = lines.iter().all(|line| !line.0.2.is_empty());
        Asked {
            charge: lines.iter().map(|line| line.1).sum(),
            lines,
            days: (first, last),
            bill_type: if institutional { "131" } else { "" },
        }
    }

    /// The last day of service.
    pub(super) fn day(&self, writer: &SetWriter) -> Date {
        writer.ago(self.days.1)
    }

    /// DTP 472 of the claim.
    pub(super) fn dates(&self, writer: &mut SetWriter) -> Result {
        let (first, last) = (writer.ago(self.days.0), writer.ago(self.days.1));
        if first == last { writer.date("472", first) } else { writer.dates("472", first, last) }
    }

    /// SVC of a line; `paid` is left out of requests.
    pub(super) fn service(
        &self,
        writer: &mut SetWriter,
        place: usize,
        paid: Option<i64>,
    ) -> Result {
        let Some(((code, modifier, revenue, _), cents)) = self.lines.get(place) else {
            return Ok(());
        };
        let paid = paid.map(money);
        writer
            .segment("SVC")
            .composite(&["HC", code, modifier])
            .text(money(*cents).as_str())
            .maybe(paid.as_ref().map(|cents| cents.as_str()))
            .text(revenue)
            .skip_to(7)
            .text("1")
            .end()
    }

    /// REF FJ and DTP 472 of a line.
    pub(super) fn line_facts(&self, writer: &mut SetWriter, index: u64, place: usize) -> Result {
        if !writer.random.once_in(3) {
            writer.reference("FJ", numbered("L", index * 100 + place as u64, 10).as_str())?;
        }
        let day = self.day(writer);
        writer.date("472", day)
    }
}
