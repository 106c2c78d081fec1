//! MSG: free text. It is read with [`super::text::text`].

use super::text::upper;
use crate::wire::{EmitError, Emitter};

/// Most characters of MSG01.
const CHARS_MAX: usize = 264;

/// Writes MSG, or nothing where no text is left.
///
/// # Errors
/// None that text could cause, because it is made to fit.
pub fn write_message(out: &mut Emitter, message: &str) -> Result<(), EmitError> {
    let message = upper(message, CHARS_MAX, out.delimiters());
    if message.is_empty() { Ok(()) } else { out.segment("MSG").text(&message).end() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::written;
    use super::*;

    #[test]
    fn it_is_made_fit() {
        assert_eq!(written(|out| write_message(out, "Call first*")), "MSG*CALL FIRST~");
        assert_eq!(written(|out| write_message(out, "*")), "");
        assert_eq!(written(|out| write_message(out, &"A".repeat(300))).len(), 4 + CHARS_MAX + 1);
    }
}
