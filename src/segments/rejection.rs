//! AAA: why a request was not answered.

use crate::wire::{Code, EmitError, Emitter, Segment};

/// Why a request was not answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// AAA01 `Y`: the request itself was valid.
    pub valid: bool,
    /// AAA03: the reason.
    pub reason: Code,
    /// AAA04: the follow-up action.
    pub follow_up: Code,
}

impl Rejection {
    /// Reads AAA.
    pub fn read(aaa: Segment<'_>) -> Rejection {
        Rejection {
            valid: aaa.value(1) == b"Y",
            reason: Code::from_bytes(aaa.value(3)),
            follow_up: Code::from_bytes(aaa.value(4)),
        }
    }

    /// Writes AAA.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.segment("AAA")
            .text(if self.valid { "Y" } else { "N" })
            .text("")
            .text(self.reason.as_str())
            .text(self.follow_up.as_str())
            .end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        for text in ["AAA*N**75*C", "AAA*Y**42*R"] {
            let rejection = read(text, Rejection::read);
            assert_eq!(rejection.valid, text.starts_with("AAA*Y"));
            assert_eq!(written(|out| rejection.write(out)), format!("{text}~"));
        }
    }
}
