//! HSD: how often a service is covered.

use rust_decimal::Decimal;

use crate::wire::value::{decimal_r, decimal_text, whole_number};
use crate::wire::{Code, EmitError, Emitter, Segment};

/// How often a service is covered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Delivery {
    /// HSD01: `VS` visits, `DY` days...
    pub unit: Code,
    /// HSD02.
    pub quantity: Option<Decimal>,
    /// HSD03: per what, `DA` `WK` `MO` `VS` `YR`.
    pub frequency: Code,
    /// HSD04: how many of those.
    pub modulus: Option<Decimal>,
    /// HSD05.
    pub period: Code,
    /// HSD06.
    pub periods: Option<u32>,
    /// HSD07.
    pub pattern: Code,
    /// HSD08.
    pub time: Code,
}

impl Delivery {
    /// Reads HSD.
    pub fn read(hsd: Segment<'_>) -> Delivery {
        let code = |position| Code::from_bytes(hsd.value(position));
        Delivery {
            unit: code(1),
            quantity: decimal_r(hsd.value(2)),
            frequency: code(3),
            modulus: decimal_r(hsd.value(4)),
            period: code(5),
            periods: whole_number(hsd.value(6)),
            pattern: code(7),
            time: code(8),
        }
    }

    /// Writes HSD.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let [quantity, modulus] = [self.quantity, self.modulus].map(|n| n.map(decimal_text));
        let hsd = out
            .segment("HSD")
            .text(self.unit.as_str())
            .maybe(quantity.as_ref().map(|quantity| quantity.as_str()))
            .text(self.frequency.as_str())
            .maybe(modulus.as_ref().map(|modulus| modulus.as_str()))
            .text(self.period.as_str());
        let hsd = match self.periods {
            Some(periods) => hsd.number(u64::from(periods)),
            None => hsd.text(""),
        };
        hsd.text(self.pattern.as_str()).text(self.time.as_str()).end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        for text in ["HSD*VS*12*WK*3*34*1", "HSD*VS*1.5", "HSD*DY*30***29**1*A"] {
            let delivery = read(text, Delivery::read);
            assert_eq!(written(|out| delivery.write(out)), format!("{text}~"));
        }
    }
}
