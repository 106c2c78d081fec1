//! A procedure (composite C003): EQ02, EB13, SVC01.

use super::text::{fit, text};
use crate::phi::redacted;
use crate::wire::{Code, Delimiters, Segment};

/// A procedure.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Procedure {
    /// `HC` HCPCS and CPT, `N4` national drug code, `AD` dental...
    pub qualifier: Code,
    /// The code.
    pub code: Box<str>,
    /// Up to four modifiers.
    pub modifiers: Vec<Code>,
    /// The end of a range of codes; only in a 271.
    pub last: Box<str>,
}

redacted!(Procedure { qualifier });

impl Procedure {
    /// Reads the element at this position; none where it is empty.
    pub fn read(segment: Segment<'_>, position: usize) -> Option<Procedure> {
        let part = |component| segment.component(position, component);
        (!segment.value(position).is_empty()).then(|| Procedure {
            qualifier: Code::from_bytes(part(1)),
            code: text(part(2)),
            modifiers: (3..=6)
                .map(|component| Code::from_bytes(part(component)))
                .take_while(|modifier| !modifier.is_empty())
                .collect(),
            last: text(part(8)),
        })
    }

    /// Its components as they are written, made to fit.
    pub fn components(&self, delimiters: Delimiters) -> [String; 8] {
        let modifier = |index: usize| {
            self.modifiers.get(index).map_or_else(String::new, |m| m.as_str().to_owned())
        };
        [
            self.qualifier.as_str().to_owned(),
            fit(&self.code, 1, 48, delimiters).into_owned(),
            modifier(0),
            modifier(1),
            modifier(2),
            modifier(3),
            String::new(),
            fit(&self.last, 1, 48, delimiters).into_owned(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, written};
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        for text in ["SVC*HC:G0101:25:59", "SVC*AD:D0120", "SVC*HC:99201::::::99215"] {
            let procedure = read(text, |svc| Procedure::read(svc, 1)).unwrap();
            let again = written(|out| {
                let parts = procedure.components(out.delimiters());
                out.segment("SVC").composite(&parts.each_ref().map(String::as_str)).end()
            });
            assert_eq!(again, format!("{text}~"));
        }
        assert_eq!(read("EQ*30", |eq| Procedure::read(eq, 2)), None);
    }
}
