//! STC: the status of a claim or service line, in a 277 and a 277CA.

use rust_decimal::Decimal;
use smallvec::SmallVec;
use time::Date;

use super::Sent;
use super::text::{exact, text};
use crate::phi::redacted;
use crate::wire::value::{d8_text, date_d8, decimal_r};
use crate::wire::{Code, EmitError, Emitter, Segment};

/// Most characters of STC12.
const WORDS_MAX: usize = 264;

/// The elements that hold statuses: STC01, STC10 and STC11.
const POSITIONS: [usize; 3] = [1, 10, 11];

/// One status (composite C043).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StatusCode {
    /// The category: `A1` received, `F1` paid, `P1` in process...
    pub category: Code,
    /// The status itself.
    pub code: Code,
    /// The entity it is about, as in NM101: `85`, `PR`...
    pub entity: Code,
}

impl StatusCode {
    fn read(stc: Segment<'_>, position: usize) -> StatusCode {
        let part = |component| Code::from_bytes(stc.component(position, component));
        StatusCode { category: part(1), code: part(2), entity: part(3) }
    }
}

/// The status of a claim or service line.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClaimStatus {
    /// STC01, STC10 and STC11: one to three.
    pub statuses: SmallVec<[StatusCode; 1]>,
    /// STC02: the date it took effect.
    pub date: Sent<Date>,
    /// STC03: `WQ` accepted, `U` rejected; only in a 277CA.
    pub action: Code,
    /// STC04: the amount charged.
    pub charge: Option<Decimal>,
    /// STC05: the amount paid.
    pub paid: Option<Decimal>,
    /// STC06: the date of the decision.
    pub decided: Sent<Date>,
    /// STC08: the date of the payment.
    pub payment_date: Sent<Date>,
    /// STC09: the number of the check or transfer.
    pub payment_number: Box<str>,
    /// STC12: free text.
    pub words: Box<str>,
}

redacted!(ClaimStatus { statuses, action });

impl ClaimStatus {
    /// Reads STC.
    pub fn read(stc: Segment<'_>) -> ClaimStatus {
        let date = |position| Sent::from_element(stc.value(position), date_d8);
        let statuses = POSITIONS.map(|position| StatusCode::read(stc, position)).into_iter();
        ClaimStatus {
            statuses: statuses.filter(|status| *status != StatusCode::default()).collect(),
            date: date(2),
            action: Code::from_bytes(stc.value(3)),
            charge: decimal_r(stc.value(4)),
            paid: decimal_r(stc.value(5)),
            decided: date(6),
            payment_date: date(8),
            payment_number: text(stc.value(9)),
            words: text(stc.value(12)),
        }
    }

    /// Writes STC.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        let [date, decided, payment_date] =
            [self.date, self.decided, self.payment_date].map(|date| date.value().map(d8_text));
        let parts = |index: usize| {
            let status = self.statuses.get(index).copied().unwrap_or_default();
            [status.category, status.code, status.entity]
        };
        let [first, second, third] = [parts(0), parts(1), parts(2)];
        let mut stc = out
            .segment("STC")
            .composite(&first.each_ref().map(Code::as_str))
            .maybe(date.as_ref().map(|date| date.as_str()))
            .text(self.action.as_str());
        for amount in [self.charge, self.paid] {
            stc = match amount {
                Some(amount) => stc.decimal(amount),
                None => stc.text(""),
            };
        }
        stc.maybe(decided.as_ref().map(|date| date.as_str()))
            .text("")
            .maybe(payment_date.as_ref().map(|date| date.as_str()))
            .text(&exact(&self.payment_number, 16, delimiters))
            .composite(&second.each_ref().map(Code::as_str))
            .composite(&third.each_ref().map(Code::as_str))
            .text(&exact(&self.words, WORDS_MAX, delimiters))
            .end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        for text in [
            "STC*A1:19:PR*20260105*WQ*150",
            "STC*F1:65*20260105**150*120*20260104**20260106*CHECK1",
            "STC*A7:562:85**U*******A7:33:IL**MISSING",
            "STC*P1:20",
        ] {
            let status = read(text, ClaimStatus::read);
            assert_eq!(written(|out| status.write(out)), format!("{text}~"));
        }
    }
}
