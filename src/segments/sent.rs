//! A value with a grammar of its own: absent, valid or malformed.

use std::fmt;

/// A value that may be absent, or present and malformed.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Sent<T> {
    /// Nothing was sent.
    #[default]
    Absent,
    /// What was sent is not such a value. It is not kept.
    Malformed,
    /// The value that was sent.
    Value(T),
}

impl<T> Sent<T> {
    /// The value, when it is valid.
    pub fn value(self) -> Option<T> {
        match self {
            Sent::Value(value) => Some(value),
            Sent::Absent | Sent::Malformed => None,
        }
    }

    /// True when something malformed was sent.
    pub fn is_malformed(&self) -> bool {
        matches!(self, Sent::Malformed)
    }

    /// Reads an element: absent when empty, malformed when `grammar` does not accept it.
    pub fn from_element(text: &[u8], grammar: impl FnOnce(&[u8]) -> Option<T>) -> Self {
        if text.is_empty() {
            return Sent::Absent;
        }
        grammar(text).map_or(Sent::Malformed, Sent::Value)
    }
}

impl<T> From<Option<T>> for Sent<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Sent::Absent, Sent::Value)
    }
}

/// Most of these are a person's dates.
impl<T> fmt::Debug for Sent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sent::Absent => "Absent",
            Sent::Malformed => "Malformed",
            Sent::Value(_) => "Value(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::value::whole_number;

    #[test]
    fn an_element_is_absent_malformed_or_a_value() {
        let read = |text: &[u8]| Sent::from_element(text, whole_number);
        assert_eq!(read(b""), Sent::Absent);
        assert_eq!(read(b"12"), Sent::Value(12));
        assert!(read(b"1x").is_malformed());
        assert_eq!(read(b"1x").value(), None);
    }
}
