//! INS: relationship to the subscriber, and in an answer that identifying data changed.

use crate::phi::redacted;
use crate::wire::value::whole_number;
use crate::wire::{Code, EmitError, Emitter, Segment};

/// Relationship to the subscriber.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Insured {
    /// INS01: `Y` for the subscriber, `N` for a dependent.
    pub subscriber: Code,
    /// INS02: `18` self, `01` spouse, `19` child, `34` or `G8` another person.
    pub relationship: Code,
    /// INS03: `001` change; only in a 271.
    pub maintenance: Code,
    /// INS04: `25` change of identifying data; only in a 271.
    pub reason: Code,
    /// INS08: military status; only in a 278.
    pub military: Code,
    /// INS17: birth order among children of a multiple birth.
    pub birth_sequence: Option<u32>,
}

redacted!(Insured { subscriber });

impl Insured {
    /// Reads INS.
    pub fn read(ins: Segment<'_>) -> Insured {
        let code = |position| Code::from_bytes(ins.value(position));
        Insured {
            subscriber: code(1),
            relationship: code(2),
            maintenance: code(3),
            reason: code(4),
            military: code(8),
            birth_sequence: whole_number(ins.value(17)),
        }
    }

    /// Writes INS.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let ins = out
            .segment("INS")
            .text(self.subscriber.as_str())
            .text(self.relationship.as_str())
            .text(self.maintenance.as_str())
            .text(self.reason.as_str())
            .skip_to(8)
            .text(self.military.as_str());
        match self.birth_sequence {
            Some(place) => ins.skip_to(17).number(u64::from(place)).end(),
            None => ins.end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        for text in ["INS*Y*18", "INS*Y*18******AO", "INS*N*19*001*25*************2"] {
            let insured = read(text, Insured::read);
            assert_eq!(written(|out| insured.write(out)), format!("{text}~"));
        }
    }
}
