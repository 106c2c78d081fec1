//! The segment id, packed so that comparing two of them is one instruction.

use std::fmt;

/// A segment id such as `NM1`, two or three characters, packed into one integer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Tag(u32);

impl Tag {
    /// Packs up to three bytes; longer text is not a segment id and becomes the empty tag.
    pub const fn new(id: &[u8]) -> Tag {
        match id {
            [a, b] => Tag((*a as u32) | (*b as u32) << 8),
            [a, b, c] => Tag((*a as u32) | (*b as u32) << 8 | (*c as u32) << 16),
            _ => Tag(0),
        }
    }

    /// True for text that cannot be a segment id: wrong length, or not upper-case letters and digits.
    pub fn is_malformed(self) -> bool {
        let bytes = self.0.to_le_bytes();
        let used = if bytes[2] == 0 { &bytes[..2] } else { &bytes[..3] };
        !(used[0].is_ascii_uppercase()
            && used[1..].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
    }

    /// True for BIN and BDS, whose last element is binary data.
    #[inline]
    pub const fn is_binary(self) -> bool {
        self.0 == Tag::new(b"BIN").0 || self.0 == Tag::new(b"BDS").0
    }

    /// The packed integer, for hashing and tables.
    pub const fn packed(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.to_le_bytes().into_iter().take_while(|b| *b != 0) {
            // A malformed tag may contain anything; it must not reach a terminal or a log unescaped.
            let shown = if byte.is_ascii_graphic() { byte as char } else { '?' };
            fmt::Write::write_char(f, shown)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

impl From<&str> for Tag {
    fn from(id: &str) -> Tag {
        Tag::new(id.as_bytes())
    }
}
