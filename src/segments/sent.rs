//! A value with a grammar of its own: it may be absent, good, or there and unreadable.

use std::fmt;

/// A value that may be absent, or present and unreadable.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Sent<T> {
    /// Nothing was sent.
    #[default]
    Absent,
    /// Something was sent that is no such value. It is not kept.
    Malformed,
    /// What was sent.
    Value(T),
}

impl<T> Sent<T> {
    /// The value, when there is a good one.
    pub fn value(self) -> Option<T> {
        match self {
            Sent::Value(value) => Some(value),
            Sent::Absent | Sent::Malformed => None,
        }
    }

    /// True when something unreadable was sent.
    pub fn is_malformed(&self) -> bool {
        matches!(self, Sent::Malformed)
    }

    /// Reads an element: absent when empty, malformed when `grammar` does not know it.
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

/// Most of these are dates of a person.
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
