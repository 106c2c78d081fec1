//! DTP: a date, a moment or a span of days, with its meaning.

use time::{Date, Time};

use super::Sent;
use crate::phi::redacted;
use crate::wire::value::{d8_text, date_d8, hhmm_text, period_rd8, rd8_text, time_tm};
use crate::wire::{Code, EmitError, Emitter, Segment};

/// A day, a moment or a span of days, DTP02 and DTP03.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// `D8`.
    Day(Date),
    /// `DT`: a day and the time of that day, which is written to the minute.
    Moment(Date, Time),
    /// `RD8`: first and last day.
    Span(Date, Date),
}

redacted!(When {});

impl When {
    /// From one day to another, which may be the same.
    pub fn between(from: Date, to: Date) -> When {
        if from == to { When::Day(from) } else { When::Span(from, to) }
    }

    /// Reads DTP02 and DTP03; a form other than `RD8` and `DT` is taken for `D8`.
    pub fn read(dtp: &Segment<'_>) -> Sent<When> {
        let form = dtp.value(2);
        Sent::from_element(dtp.value(3), |text| match form {
            b"RD8" => period_rd8(text).map(|(from, to)| When::Span(from, to)),
            b"DT" => {
                let (day, time) = text.split_at_checked(8)?;
                Some(When::Moment(date_d8(day)?, time_tm(time)?))
            }
            _ => date_d8(text).map(When::Day),
        })
    }

    /// The first day.
    pub fn first(self) -> Date {
        match self {
            When::Day(day) | When::Moment(day, _) | When::Span(day, _) => day,
        }
    }

    /// The last day.
    pub fn last(self) -> Date {
        match self {
            When::Day(day) | When::Moment(day, _) | When::Span(_, day) => day,
        }
    }
}

/// DTP: a date with its meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// DTP01: `291` plan, `346` plan begin, `472` service, `636` last update...
    pub qualifier: Code,
    /// DTP03.
    pub when: Sent<When>,
}

redacted!(Dated { qualifier });

impl Dated {
    /// One day.
    pub fn day(qualifier: &str, day: Date) -> Dated {
        Dated { qualifier: Code::from(qualifier), when: Sent::Value(When::Day(day)) }
    }

    /// A span of days, even of one.
    pub fn span(qualifier: &str, from: Date, to: Date) -> Dated {
        Dated { qualifier: Code::from(qualifier), when: Sent::Value(When::Span(from, to)) }
    }

    /// One day, or a span where the two differ.
    pub fn between(qualifier: &str, from: Date, to: Date) -> Dated {
        Dated { qualifier: Code::from(qualifier), when: Sent::Value(When::between(from, to)) }
    }

    /// Reads DTP.
    pub fn read(dtp: Segment<'_>) -> Dated {
        Dated { qualifier: Code::from_bytes(dtp.value(1)), when: When::read(&dtp) }
    }

    /// Writes DTP, or nothing where there is no readable date.
    ///
    /// # Errors
    /// A qualifier that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let (form, when) = match self.when {
            Sent::Value(When::Day(day)) => ("D8", d8_text(day)),
            Sent::Value(When::Span(from, to)) => ("RD8", rd8_text(from, to)),
            Sent::Value(When::Moment(day, time)) => {
                let moment = format!("{}{}", d8_text(day).as_str(), hhmm_text(time).as_str());
                return out
                    .segment("DTP")
                    .text(self.qualifier.as_str())
                    .text("DT")
                    .text(&moment)
                    .end();
            }
            Sent::Absent | Sent::Malformed => return Ok(()),
        };
        out.segment("DTP").text(self.qualifier.as_str()).text(form).text(when.as_str()).end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;
    use time::macros::{date, time};

    #[test]
    fn a_day_and_a_span_are_read_and_written() {
        let day = date!(2026 - 01 - 05);
        let cases = [
            ("DTP*291*D8*20260105", Dated::day("291", day)),
            ("DTP*472*RD8*20260105-20260107", Dated::span("472", day, date!(2026 - 01 - 07))),
            ("DTP*472*RD8*20260105-20260105", Dated::span("472", day, day)),
            (
                "DTP*435*DT*202601051530",
                Dated {
                    qualifier: Code::new("435"),
                    when: Sent::Value(When::Moment(day, time!(15:30))),
                },
            ),
        ];
        for (text, dated) in cases {
            assert_eq!(read(text, Dated::read), dated);
            assert_eq!(written(|out| dated.write(out)), format!("{text}~"));
        }
        assert_eq!(Dated::between("472", day, day), Dated::day("472", day));
    }

    #[test]
    fn what_is_no_date_is_remembered_and_not_written() {
        let dated = read("DTP*291*D8*20261305", Dated::read);
        assert!(dated.when.is_malformed());
        assert!(read("DTP*435*DT*20260105", Dated::read).when.is_malformed());
        assert_eq!(written(|out| dated.write(out)), "");
        assert_eq!(read("DTP*291*D8", Dated::read).when, Sent::Absent);
    }
}
