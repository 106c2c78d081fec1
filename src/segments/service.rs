//! SVC: a service line of a claim, in inquiries, status reports and payments.

use rust_decimal::Decimal;

use super::Procedure;
use super::text::{fit, text};
use crate::phi::redacted;
use crate::wire::value::decimal_r;
use crate::wire::{EmitError, Emitter, Segment};

/// A service line.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ServiceLine {
    /// SVC01.
    pub procedure: Procedure,
    /// SVC02; none where it is not an amount.
    pub charge: Option<Decimal>,
    /// SVC03; none where it is not an amount.
    pub paid: Option<Decimal>,
    /// SVC04, the revenue code.
    pub revenue: Box<str>,
    /// SVC07, units as billed; none where it is not a number.
    pub units: Option<Decimal>,
}

redacted!(ServiceLine {});

impl ServiceLine {
    /// Reads SVC.
    pub fn read(svc: Segment<'_>) -> ServiceLine {
        ServiceLine {
            procedure: Procedure::read(svc, 1).unwrap_or_default(),
            charge: decimal_r(svc.value(2)),
            paid: decimal_r(svc.value(3)),
            revenue: text(svc.value(4)),
            units: decimal_r(svc.value(7)),
        }
    }

    /// Writes SVC.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        let parts = self.procedure.components(delimiters);
        ServiceElements {
            procedure: &parts.each_ref().map(String::as_str),
            charge: self.charge,
            paid: self.paid,
            revenue: &fit(&self.revenue, 1, 48, delimiters),
            units: self.units,
        }
        .write(out)
    }
}

/// The bare layout of SVC, for text that is known to fit.
#[derive(Clone, Copy, Default)]
pub struct ServiceElements<'t> {
    /// The components of SVC01.
    pub procedure: &'t [&'t str],
    /// SVC02.
    pub charge: Option<Decimal>,
    /// SVC03.
    pub paid: Option<Decimal>,
    /// SVC04.
    pub revenue: &'t str,
    /// SVC07.
    pub units: Option<Decimal>,
}

redacted!(ServiceElements<'_> {});

impl ServiceElements<'_> {
    /// Writes SVC.
    ///
    /// # Errors
    /// Text that does not fit.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let mut svc = out.segment("SVC").composite(self.procedure);
        for amount in [self.charge, self.paid] {
            svc = match amount {
                Some(amount) => svc.decimal(amount),
                None => svc.text(""),
            };
        }
        svc = svc.text(self.revenue).skip_to(7);
        match self.units {
            Some(units) => svc.decimal(units).end(),
            None => svc.end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        for text in ["SVC*HC:99213:25*150*120.5****2", "SVC*NU:0450*1200**0450", "SVC*AD:D0120"] {
            let line = read(text, ServiceLine::read);
            assert_eq!(written(|out| line.write(out)), format!("{text}~"));
        }
    }
}
