//! Services review (278): requests and responses (X217), inquiries and theirs (X215), notifications and their acknowledgments
//! (X216). A set is about one patient, and one event but for the answer to an inquiry, which may find several.

mod answer;
mod event;
mod request;

use std::ops::Range;

use event::Event;

use super::Writer;
use super::cast::{Family, PAYER};
use super::pen::{Pen, Written};
use super::text::{Short, numbered};
use crate::wire::EmitError;

/// Which of the six.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// A review is asked for.
    Request,
    /// It is decided.
    Response,
    /// What was decided is asked for.
    Inquiry,
    /// What was decided is told.
    Found,
    /// An event is told.
    Notification,
    /// That it was heard is told.
    Receipt,
}

impl Side {
    /// True for what answers.
    fn answers(self) -> bool {
        matches!(self, Side::Response | Side::Found | Side::Receipt)
    }

    /// True where a provider tells and a payer listens, rather than a payer being asked.
    fn tells(self) -> bool {
        matches!(self, Side::Notification | Side::Receipt)
    }
}

/// Writes one of the six.
#[derive(Debug)]
pub(super) struct Reviews {
    side: Side,
    number: u64,
}

impl Reviews {
    /// A writer of this one.
    pub(super) fn new(side: Side) -> Self {
        Reviews { side, number: 0 }
    }
}

impl Writer for Reviews {
    fn open(&mut self, _pen: &mut Pen, number: u64, _items: Range<u64>) -> Written {
        self.number = number;
        Ok(())
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        let event = Event::draw(pen, index);
        let members = pen.members;
        let family = Family::draw(&mut pen.random, members);
        self.header(pen, &event)?;
        let refused = self.side == Side::Response && pen.random.once_in(12);
        let requester = self.parties(pen)?;
        if refused && pen.random.once_in(2) {
            let level = pen.out.level(Some(requester), "22", false)?;
            debug_assert!(level > requester);
            pen.member("IL", &family.subscriber, ("MI", &family.subscriber.id()))?;
            return answer::refusal(pen, "75");
        }
        let patient = self.patient(pen, requester, &family)?;
        match self.side {
            Side::Request => request::event(pen, &event, patient),
            Side::Notification => request::notice(pen, &event, patient),
            Side::Inquiry => request::inquiry(pen, &event, patient),
            Side::Response if refused => answer::refused(pen, &event, patient),
            Side::Response => answer::decision(pen, &event, patient),
            Side::Found => answer::found(pen, &event, patient),
            Side::Receipt => answer::receipt(pen, &event, patient),
        }
    }
}

impl Reviews {
    fn header(&self, pen: &mut Pen, event: &Event) -> Written {
        let (purpose, kind) = match self.side {
            Side::Request if event.is_reservation() => (pen.random.pick(&["13", "01", "36"]), ""),
            Side::Request => ("13", ""),
            Side::Response => ("11", "18"),
            Side::Inquiry => ("28", ""),
            Side::Found => ("49", ""),
            Side::Notification => ("CN", ""),
            Side::Receipt => ("53", ""),
        };
        let kind = if self.side == Side::Response && event.is_pended() { "19" } else { kind };
        pen.beginning(("0007", purpose), numbered("RV", self.number, 9).as_str(), kind)
    }

    /// The levels of both parties; gives the second one's.
    fn parties(&self, pen: &mut Pen) -> Result<u32, EmitError> {
        let first = pen.out.level(None, "20", true)?;
        if self.side.tells() {
            pen.requester("FA")?;
            if self.side == Side::Notification {
                pen.contact("IC", "ADMITTING DESK")?;
            }
        } else {
            pen.payer("X3", PAYER)?;
            if self.side == Side::Response && pen.random.once_in(2) {
                pen.contact("IC", "REVIEW DESK")?;
            }
        }
        let second = pen.out.level(Some(first), "21", true)?;
        if self.side.tells() {
            pen.payer("PR", PAYER)?;
            return Ok(second);
        }
        pen.requester("1P")?;
        if !self.side.answers() {
            if pen.random.once_in(4) {
                pen.reference("ZH", "PROV77")?;
            }
            if pen.random.once_in(4) {
                pen.address("1 MAIN ST", "BOSTON", "MA", "02111")?;
            }
            if pen.random.once_in(2) {
                pen.contact("IC", "REFERRAL DESK")?;
            }
            if pen.random.once_in(4) {
                pen.specialty("AD", "207R00000X")?;
            }
        }
        Ok(second)
    }

    /// The levels of subscriber and dependent; gives that of the patient.
    fn patient(&self, pen: &mut Pen, parent: u32, family: &Family) -> Result<u32, EmitError> {
        let subscriber = &family.subscriber;
        let addresses = matches!(self.side, Side::Request | Side::Response | Side::Notification);
        let level = pen.out.level(Some(parent), "22", true)?;
        pen.member("IL", subscriber, ("MI", &subscriber.id()))?;
        if !self.side.answers() && pen.random.once_in(6) {
            pen.reference("6P", "GRP1042")?;
        }
        let Some(dependent) = &family.dependent else {
            if addresses && pen.random.once_in(4) {
                pen.home(subscriber)?;
            }
            pen.demographics(subscriber)?;
            return Ok(level);
        };
        let level = pen.out.level(Some(level), "23", true)?;
        pen.member("QC", dependent, ("", ""))?;
        if !self.side.answers() && pen.random.once_in(6) {
            pen.reference("EJ", numbered("PT", self.number, 8).as_str())?;
        }
        pen.demographics(dependent)?;
        if addresses {
            pen.segment("INS").text("N").text(family.relationship()).end()?;
        }
        Ok(level)
    }
}

/// TRN of a request or its echo.
fn trace(pen: &mut Pen, kind: &str, number: Short) -> Written {
    pen.segment("TRN").text(kind).text(number.as_str()).text("9X12GATE00").end()
}
