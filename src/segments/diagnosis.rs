//! HI: diagnoses, and the pointers of services to them.

use super::text::{fit, text};
use crate::phi::redacted;
use crate::wire::value::whole_number;
use crate::wire::{Code, EmitError, Emitter, Segment};

/// Most diagnoses of one HI that are read or written.
const DIAGNOSES_MAX: usize = 8;

/// One diagnosis of HI.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Diagnosis {
    /// `ABK` or `BK` for the principal one, `ABF` or `BF` for the others.
    pub qualifier: Code,
    /// The code, without a point.
    pub code: Box<str>,
}

redacted!(Diagnosis { qualifier });

/// Reads HI.
pub fn read_diagnoses(hi: Segment<'_>) -> Vec<Diagnosis> {
    let one = |position| Diagnosis {
        qualifier: Code::from_bytes(hi.component(position, 1)),
        code: text(hi.component(position, 2)),
    };
    (1..=hi.elements().count().min(DIAGNOSES_MAX)).map(one).collect()
}

/// Writes HI, or nothing where there are no diagnoses.
///
/// # Errors
/// A qualifier that cannot be written.
pub fn write_diagnoses(diagnoses: &[Diagnosis], out: &mut Emitter) -> Result<(), EmitError> {
    if diagnoses.is_empty() {
        return Ok(());
    }
    let delimiters = out.delimiters();
    diagnoses
        .iter()
        .take(DIAGNOSES_MAX)
        .fold(out.segment("HI"), |hi, diagnosis| {
            hi.composite(&[diagnosis.qualifier.as_str(), &fit(&diagnosis.code, 1, 30, delimiters)])
        })
        .end()
}

/// Reads a composite of up to four positions in the HI of the patient.
pub fn read_pointers(segment: Segment<'_>, position: usize) -> Vec<u8> {
    let pointer = |component| whole_number(segment.component(position, component));
    (1..=4).map_while(pointer).filter_map(|p| u8::try_from(p).ok()).collect()
}

/// The text of up to four pointers, for a composite.
pub fn pointer_texts(pointers: &[u8]) -> [String; 4] {
    std::array::from_fn(|index| pointers.get(index).map_or_else(String::new, u8::to_string))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn they_are_read_and_written() {
        let text = "HI*ABK:Z01419*ABF:E119";
        let diagnoses = read(text, read_diagnoses);
        assert_eq!((diagnoses.len(), &*diagnoses[1].code), (2, "E119"));
        assert_eq!(written(|out| write_diagnoses(&diagnoses, out)), format!("{text}~"));
        assert_eq!(written(|out| write_diagnoses(&[], out)), "");
    }

    #[test]
    fn pointers_end_at_the_first_that_is_none() {
        assert_eq!(read("EQ*30****1:2:x:4", |eq| read_pointers(eq, 5)), [1, 2]);
        assert_eq!(pointer_texts(&[1, 2]), ["1", "2", "", ""]);
    }
}
