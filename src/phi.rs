//! Protected health information in our own hands: a wrapper that does not print what it holds.

use std::fmt;
use std::ops::Deref;

/// A value about a patient. It reads like the value, but `Debug` and `Display` print a mask.
///
/// ```
/// use x12gate::phi::Phi;
/// let name = Phi("DOE");
/// assert_eq!(name.len(), 3);
/// assert_eq!(format!("{name} {name:?}"), "*** ***");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Phi<T>(pub T);

/// What is printed instead.
const MASK: &str = "***";

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T> fmt::Display for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T> Deref for Phi<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Phi<T> {
    fn from(value: T) -> Self {
        Phi(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaks_through_a_derived_debug() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "only its Debug output is looked at")]
        struct Search {
            id: Phi<String>,
        }
        let shown = format!("{:#?}", Search { id: Phi("S12300000101".to_owned()) });
        assert!(!shown.contains("S123") && shown.contains("***"), "{shown}");
    }
}
