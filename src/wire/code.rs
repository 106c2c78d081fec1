//! A code as it is in an ID element: short, `Copy`, compared in one instruction, open to values we do
//! not know.

use std::fmt;

/// An ID value such as `IL`, `D8` or `30`, up to seven characters, kept in place. The empty code means
/// absent.
///
/// Codes stay open: a value outside the list of the guide is kept as it is, so that it can be reported or
/// returned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Code([u8; 8]);

impl Code {
    /// Nothing.
    pub const NONE: Code = Code([0; 8]);

    /// A code known at compile time.
    pub const fn new(text: &str) -> Code {
        Code::from_bytes(text.as_bytes())
    }

    /// Takes the text of an element. Longer or unprintable text is not a code and becomes [`Code::NONE`].
    pub const fn from_bytes(bytes: &[u8]) -> Code {
        let mut code = [0; 8];
        if bytes.len() > 7 {
            return Code::NONE;
        }
        let mut at = 0;
        while at < bytes.len() {
            if !bytes[at].is_ascii_graphic() {
                return Code::NONE;
            }
            code[at] = bytes[at];
            at += 1;
        }
        code[7] = bytes.len() as u8;
        Code(code)
    }

    /// The text, empty where there is none.
    #[inline]
    pub fn as_str(&self) -> &str {
        let used = usize::from(self.0[7]).min(7);
        // Only printable ASCII is ever stored, so the fallback is never taken.
        std::str::from_utf8(&self.0[..used]).unwrap_or_default()
    }

    /// True when there is no code.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.0[7] == 0
    }
}

impl From<&str> for Code {
    fn from(text: &str) -> Code {
        Code::from_bytes(text.as_bytes())
    }
}

impl PartialEq<&str> for Code {
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        *self == Code::from_bytes(other.as_bytes()) && other.len() <= 7
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn keeps_short_text_and_refuses_the_rest() {
        assert_eq!(Code::new("PRP").as_str(), "PRP");
        assert_eq!(Code::new("1234567").as_str(), "1234567");
        assert!(Code::new("12345678").is_empty());
        assert!(Code::new("A B").is_empty());
        assert!(Code::NONE != "A" && Code::NONE.is_empty());
        assert!(Code::NONE != "too long to be a code");
    }
}
