//! Short text stored inline: control numbers and identifiers, of which a file contains millions.

use std::fmt;

/// Up to `N` bytes of text, without an allocation. Longer text is cut; the type check has reported it by then.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Inline<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Inline<N> {
    /// Keeps the first `N` bytes.
    pub fn new(text: &[u8]) -> Self {
        let len = text.len().min(N).min(u8::MAX as usize);
        let mut bytes = [0; N];
        bytes[..len].copy_from_slice(&text[..len]);
        Inline { bytes, len: len as u8 }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    /// The text; bytes that are not ASCII make it empty.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or("")
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<const N: usize> Default for Inline<N> {
    fn default() -> Self {
        Inline::new(&[])
    }
}

impl<const N: usize> From<&str> for Inline<N> {
    fn from(text: &str) -> Self {
        Inline::new(text.as_bytes())
    }
}

impl<const N: usize> fmt::Display for Inline<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Inline<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}
