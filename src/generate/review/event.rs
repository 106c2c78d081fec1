//! The patient's event: an admission, a referral, services at home, transport, equipment, a reservation.

use smallvec::SmallVec;
use time::Date;

use super::trace;
use crate::generate::people::Provider;
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::{Short, money, numbered};

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Referral,
    Admission,
    Surgery,
    Therapy,
    HomeCare,
    Ambulance,
    Oxygen,
    Chiropractic,
    Dental,
    Maternity,
    Reservation,
}

const CASES: [Case; 14] = [
    Case::Referral,
    Case::Referral,
    Case::Referral,
    Case::Admission,
    Case::Admission,
    Case::Surgery,
    Case::Therapy,
    Case::HomeCare,
    Case::Ambulance,
    Case::Oxygen,
    Case::Chiropractic,
    Case::Dental,
    Case::Maternity,
    Case::Reservation,
];

/// A service of the event: tag, revenue code, procedure qualifier and code, cents, unit, units.
pub(super) type Service =
    (&'static str, &'static str, &'static str, &'static str, i64, &'static str, u64);

/// An event and what was said of it.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) index: u64,
    pub(super) case: Case,
    /// UM02: how the review stands.
    certification: &'static str,
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) services: SmallVec<[Service; 4]>,
    /// Decides what the answer is.
    pub(super) lot: u64,
}

impl Event {
    pub(super) fn draw(writer: &mut SetWriter, index: u64) -> Self {
        let random = &mut writer.random;
        let case = random.pick(&CASES);
        let certification = random.pick(&["I", "I", "I", "I", "R", "S", "3", "4", "1", "2"]);
        let lot = random.number();
        let several = random.once_in(2);
        let (ahead, length) = (random.between(3, 40), random.between(1, 20));
        let services: &[Service] = match case {
            Case::Admission => &[("SV2", "0120", "", "", 640_000, "DA", 4)],
            Case::Surgery => &[
                ("SV2", "0360", "HC", "27130", 892_500, "UN", 1),
                ("SV1", "", "HC", "27130", 310_000, "UN", 1),
            ],
            Case::Therapy => &[("SV1", "", "HC", "97110", 8_500, "UN", 12)],
            Case::HomeCare => &[("SV1", "", "HC", "G0299", 19_500, "UN", 6)],
            Case::Ambulance => &[("SV1", "", "HC", "A0428", 70_000, "UN", 1)],
            Case::Oxygen => &[("SV1", "", "HC", "E1390", 42_000, "UN", 1)],
            Case::Dental => &[("SV3", "", "AD", "D7140", 20_000, "", 1)],
            _ => &[],
        };
        let count = if several { services.len() } else { services.len().min(1) };
        let services = services[..count].iter().copied().collect();
        let (from, to) = (writer.ahead(ahead), writer.ahead(ahead + length));
        Event { index, case, certification, from, to, services, lot }
    }

    /// True for services reserved, cancelled or deducted, which have purposes of their own.
    pub(super) fn is_reservation(&self) -> bool {
        self.case == Case::Reservation
    }

    /// True when the answer is that more is needed first.
    pub(super) fn is_pended(&self) -> bool {
        self.lot % 6 == 5
    }

    /// Decides what is said of one of its services.
    pub(super) fn service_lot(&self, place: u64) -> u64 {
        self.lot / 7 + place
    }

    /// True where its services are not all decided alike.
    pub(super) fn is_mixed(&self) -> bool {
        // Of six lots three are certified.
        let kind = |place| (self.service_lot(place) % 6).max(2);
        (1..self.services.len() as u64).any(|place| kind(place) != kind(0))
    }

    /// UM01.
    pub(super) fn category(&self) -> &'static str {
        match self.case {
            Case::Referral => "SC",
            Case::Admission | Case::Surgery => "AR",
            Case::Reservation => "IN",
            _ => "HS",
        }
    }

    /// UM03.
    fn service_type(&self) -> &'static str {
        match self.case {
            Case::Referral => "3",
            Case::Admission | Case::Reservation => "48",
            Case::Surgery => "2",
            Case::Therapy => "AE",
            Case::HomeCare => "42",
            Case::Ambulance => "56",
            Case::Oxygen => "12",
            Case::Chiropractic => "33",
            Case::Dental => "35",
            Case::Maternity => "69",
        }
    }

    /// The number of the authorization.
    pub(super) fn authorization(&self) -> Short {
        numbered("AUTH", self.index + 1, 8)
    }

    /// TRN of the event: what the requester called it.
    pub(super) fn trace(&self, writer: &mut SetWriter, kind: &str) -> Result {
        trace(writer, kind, numbered("EV", self.index + 1, 9))
    }

    /// UM; whole requests say more than their answers.
    pub(super) fn review(&self, writer: &mut SetWriter, whole: bool) -> Result {
        let place = match self.case {
            Case::Admission | Case::Surgery => "21",
            Case::HomeCare | Case::Oxygen => "12",
            Case::Ambulance => "41",
            _ => "11",
        };
        let accident = whole && matches!(self.case, Case::Surgery) && self.lot.is_multiple_of(3);
        let cause: &[&str] = if accident { &["AA", "", "", "MA"] } else { &[] };
        let urgent = if self.lot.is_multiple_of(7) { "U" } else { "" };
        writer
            .segment("UM")
            .text(self.category())
            .text(self.certification)
            .text(self.service_type())
            .composite(&[place, "B"])
            .composite(cause)
            .text(urgent)
            .end()
    }

    /// True when the review is about an earlier one, whose number is given.
    pub(super) fn has_earlier(&self) -> bool {
        matches!(self.certification, "3" | "4" | "S" | "R" | "1" | "2")
    }

    /// DTP of accident, pregnancy, event, admission and discharge.
    pub(super) fn dates(&self, writer: &mut SetWriter) -> Result {
        match self.case {
            Case::Surgery => {
                if self.lot.is_multiple_of(3) {
                    writer.date("439", writer.ago(3))?;
                }
                writer.date("435", self.from)
            }
            Case::Admission => {
                if self.lot.is_multiple_of(2) {
                    writer.date("431", writer.ago(2))?;
                }
                writer.date("435", self.from)?;
                writer.date("096", self.to)
            }
            Case::Maternity => {
                writer.date("484", writer.ago(90))?;
                writer.date("ABC", writer.ahead(190))
            }
            _ => writer.dates("AAH", self.from, self.to),
        }
    }

    /// HI.
    pub(super) fn diagnoses(&self, writer: &mut SetWriter) -> Result {
        let codes: &[&str] = match self.case {
            Case::Referral | Case::Reservation => &["M25561", "I10"],
            Case::Admission => &["I214", "E119"],
            Case::Surgery => &["S72001A"],
            Case::Therapy | Case::Chiropractic => &["M5450"],
            Case::HomeCare => &["L89152"],
            Case::Ambulance => &["R55"],
            Case::Oxygen => &["J449"],
            Case::Dental => &["K011"],
            Case::Maternity => &["Z3400"],
        };
        let mut hi = writer.segment("HI");
        for (place, code) in codes.iter().enumerate() {
            hi = hi.composite(&[if place == 0 { "ABK" } else { "ABF" }, code]);
        }
        hi.end()
    }

    /// HSD, where services are delivered over time.
    pub(super) fn delivery(&self, writer: &mut SetWriter) -> Result {
        match self.case {
            Case::Referral => writer.segment("HSD").text("VS").text("3").end(),
            Case::Therapy | Case::Chiropractic | Case::HomeCare => writer
                .segment("HSD")
                .text("VS")
                .text("3")
                .text("WK")
                .text("1")
                .text("35")
                .text("4")
                .end(),
            Case::Admission => writer.segment("HSD").text("DY").text("4").end(),
            _ => Ok(()),
        }
    }

    /// NM1 of a provider of the event.
    pub(super) fn provider(&self, writer: &mut SetWriter, specialty: bool) -> Result {
        let role = match self.case {
            Case::Referral => "SJ",
            Case::Admission => "71",
            Case::Surgery => "72",
            _ => "SJ",
        };
        let who = Provider::draw(&mut writer.random);
        writer.provider(role, &who)?;
        if specialty {
            writer.specialty(if role == "71" { "AT" } else { "PE" }, who.taxonomy)?;
        }
        Ok(())
    }

    /// SV1, SV2 or SV3, with TOO after the last.
    pub(super) fn service(&self, writer: &mut SetWriter, service: &Service) -> Result {
        let (tag, revenue, qualifier, code, cents, unit, units) = *service;
        let procedure: &[&str] = if code.is_empty() { &[] } else { &[qualifier, code] };
        let charge = money(cents * units.cast_signed());
        let segment = writer.segment(tag);
        match tag {
            "SV2" => segment
                .text(revenue)
                .composite(procedure)
                .text(charge.as_str())
                .text(unit)
                .number(units)
                .end(),
            "SV3" => {
                segment
                    .composite(procedure)
                    .text(charge.as_str())
                    .skip_to(6)
                    .number(units)
                    .end()?;
                writer.segment("TOO").text("JP").text("12").end()
            }
            _ => segment.composite(procedure).text(charge.as_str()).text(unit).number(units).end(),
        }
    }
}
