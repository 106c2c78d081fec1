//! Services review (278): requests and responses (X217), inquiries and theirs (X215), notifications and their acknowledgments
//! (X216). A set is about one patient, and one event but for the answer to an inquiry, which may find several.

mod answer;
mod event;
mod request;
#[cfg(test)]
mod tests;

use std::ops::Range;

use event::Event;

use super::SetSource;
use super::people::{Family, PAYER};
use super::set_writer::{Result, SetWriter};
use super::text::{Short, numbered};

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

impl SetSource for Reviews {
    fn open(&mut self, _writer: &mut SetWriter, number: u64, _items: Range<u64>) -> Result {
        self.number = number;
        Ok(())
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let event = Event::draw(writer, index);
        let members = writer.members;
        let family = Family::draw(&mut writer.random, members);
        self.header(writer, &event)?;
        let refused = self.side == Side::Response && writer.random.once_in(12);
        let requester = self.parties(writer)?;
        if refused && writer.random.once_in(2) {
            let level = writer.emitter.level(Some(requester), "22", false)?;
            debug_assert!(level > requester);
            writer.member("IL", &family.subscriber, ("MI", &family.subscriber.id()))?;
            return answer::refusal(writer, "75");
        }
        let patient = self.patient(writer, requester, &family)?;
        match self.side {
            Side::Request => request::event(writer, &event, patient),
            Side::Notification => request::notice(writer, &event, patient),
            Side::Inquiry => request::inquiry(writer, &event, patient),
            Side::Response if refused => answer::refused(writer, &event, patient),
            Side::Response => answer::decision(writer, &event, patient),
            Side::Found => answer::found(writer, &event, patient),
            Side::Receipt => answer::receipt(writer, &event, patient),
        }
    }
}

impl Reviews {
    fn header(&self, writer: &mut SetWriter, event: &Event) -> Result {
        let (purpose, kind) = match self.side {
            Side::Request if event.is_reservation() => {
                (writer.random.pick(&["13", "01", "36"]), "")
            }
            Side::Request => ("13", ""),
            Side::Response => ("11", "18"),
            Side::Inquiry => ("28", ""),
            Side::Found => ("49", ""),
            Side::Notification => ("CN", ""),
            Side::Receipt => ("53", ""),
        };
        let kind = if self.side == Side::Response && event.is_pended() { "19" } else { kind };
        writer.beginning(("0007", purpose), numbered("RV", self.number, 9).as_str(), kind)
    }

    /// The levels of both parties; gives the second one's.
    fn parties(&self, writer: &mut SetWriter) -> Result<u32> {
        let first = writer.emitter.level(None, "20", true)?;
        if self.side.tells() {
            writer.requester("FA")?;
            if self.side == Side::Notification {
                writer.contact("IC", "ADMITTING DESK")?;
            }
        } else {
            writer.payer("X3", PAYER)?;
            if self.side == Side::Response && writer.random.once_in(2) {
                writer.contact("IC", "REVIEW DESK")?;
            }
        }
        let second = writer.emitter.level(Some(first), "21", true)?;
        if self.side.tells() {
            writer.payer("PR", PAYER)?;
            return Ok(second);
        }
        writer.requester("1P")?;
        if !self.side.answers() {
            if writer.random.once_in(4) {
                writer.reference("ZH", "PROV77")?;
            }
            if writer.random.once_in(4) {
                writer.address("1 MAIN ST", "BOSTON", "MA", "02111")?;
            }
            if writer.random.once_in(2) {
                writer.contact("IC", "REFERRAL DESK")?;
            }
            if writer.random.once_in(4) {
                writer.specialty("AD", "207R00000X")?;
            }
        }
        Ok(second)
    }

    /// The levels of subscriber and dependent; gives that of the patient.
    fn patient(&self, writer: &mut SetWriter, parent: u32, family: &Family) -> Result<u32> {
        let subscriber = &family.subscriber;
        let addresses = matches!(self.side, Side::Request | Side::Response | Side::Notification);
        let level = writer.emitter.level(Some(parent), "22", true)?;
        writer.member("IL", subscriber, ("MI", &subscriber.id()))?;
        if !self.side.answers() && writer.random.once_in(6) {
            writer.reference("6P", "GRP1042")?;
        }
        let Some(dependent) = &family.dependent else {
            if addresses && writer.random.once_in(4) {
                writer.home(subscriber)?;
            }
            writer.demographics(subscriber)?;
            return Ok(level);
        };
        let level = writer.emitter.level(Some(level), "23", true)?;
        writer.member("QC", dependent, ("", ""))?;
        if !self.side.answers() && writer.random.once_in(6) {
            writer.reference("EJ", numbered("PT", self.number, 8).as_str())?;
        }
        writer.demographics(dependent)?;
        if addresses {
            writer.segment("INS").text("N").text(family.relationship()).end()?;
        }
        Ok(level)
    }
}

/// TRN of a request or its echo.
fn trace(writer: &mut SetWriter, kind: &str, number: Short) -> Result {
    writer.segment("TRN").text(kind).text(number.as_str()).text("9X12GATE00").end()
}
