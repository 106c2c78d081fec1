//! AMT: an amount of money, with its meaning.

use rust_decimal::Decimal;

use crate::phi::redacted;
use crate::wire::value::decimal_r;
use crate::wire::{Code, EmitError, Emitter, Segment};

/// An amount of money, with its meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// AMT01.
    pub qualifier: Code,
    /// AMT02; none where it is not an amount.
    pub amount: Option<Decimal>,
}

redacted!(Amount { qualifier });

impl Amount {
    /// Reads AMT.
    pub fn read(amt: Segment<'_>) -> Amount {
        Amount { qualifier: Code::from_bytes(amt.value(1)), amount: decimal_r(amt.value(2)) }
    }
}

/// Writes AMT.
///
/// # Errors
/// A qualifier that cannot be written.
pub fn write_amount(out: &mut Emitter, qualifier: &str, amount: Decimal) -> Result<(), EmitError> {
    out.segment("AMT").text(qualifier).decimal(amount).end()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        let amount = read("AMT*R*37.5", Amount::read);
        assert_eq!(
            amount,
            Amount { qualifier: Code::new("R"), amount: Some(Decimal::new(375, 1)) }
        );
        assert_eq!(written(|out| write_amount(out, "R", Decimal::new(3750, 2))), "AMT*R*37.5~");
        assert_eq!(read("AMT*R*much", Amount::read).amount, None);
    }
}
