//! PRV: the role of a provider in a transaction, and their specialty.

use super::text::{fit, text};
use crate::phi::redacted;
use crate::wire::{Code, EmitError, Emitter, Segment};

/// The role of a provider in a transaction, and their specialty.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ProviderRole {
    /// PRV01.
    pub role: Code,
    /// PRV02, `PXC` for a taxonomy code.
    pub qualifier: Code,
    /// PRV03.
    pub value: Box<str>,
}

redacted!(ProviderRole { role, qualifier });

impl ProviderRole {
    /// Reads PRV.
    pub fn read(prv: Segment<'_>) -> ProviderRole {
        ProviderRole {
            role: Code::from_bytes(prv.value(1)),
            qualifier: Code::from_bytes(prv.value(2)),
            value: text(prv.value(3)),
        }
    }

    /// Writes PRV; a value without its qualifier, or the reverse, is left out.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let value = fit(&self.value, 1, 50, out.delimiters());
        let qualifier = if value.is_empty() { "" } else { self.qualifier.as_str() };
        let value = if qualifier.is_empty() { "" } else { &value };
        out.segment("PRV").text(self.role.as_str()).text(qualifier).text(value).end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        let role = read("PRV*RF*PXC*207R00000X", ProviderRole::read);
        assert_eq!(written(|out| role.write(out)), "PRV*RF*PXC*207R00000X~");
        for text in ["PRV*RF*PXC", "PRV*RF**207R00000X"] {
            let role = read(text, ProviderRole::read);
            assert_eq!(written(|out| role.write(out)), "PRV*RF~");
        }
    }
}
