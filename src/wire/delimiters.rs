//! The four separators, read from each interchange's own ISA.

/// The separators of one interchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delimiters {
    /// Between elements: ISA byte 3.
    pub element: u8,
    /// Between components of a composite: ISA16.
    pub component: u8,
    /// Between repetitions: ISA11. `None` where ISA11 is a letter or digit (the standards id of 4010).
    pub repetition: Option<u8>,
    /// After each segment: the byte after ISA16.
    pub terminator: u8,
}

/// Why 106 bytes that begin with `ISA` cannot give delimiters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum IsaFault {
    /// Fewer than the 106 bytes of an ISA segment.
    TooShort,
    /// An element separator is not where the fixed widths put it; holds the position (1..16) of the element before it.
    Width(u8),
    /// Two separators are the same byte, or one is a letter, digit or blank.
    Indistinct,
    /// A blank is where the segment terminator belongs; the terminator that the segments have was found after it.
    Terminator,
}

impl Delimiters {
    /// `*` `:` `^` `~`, what most partners send and what we write unless configured otherwise.
    pub const STANDARD: Delimiters =
        Delimiters { element: b'*', component: b':', repetition: Some(b'^'), terminator: b'~' };

    /// Length of an ISA segment in bytes, terminator included.
    pub const ISA_BYTES: usize = 106;

    /// Offset of each element separator inside an ISA, in order: before ISA01 .. before ISA16.
    pub const ISA_SEPARATORS: [usize; 16] =
        [3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103];

    /// Reads the separators from bytes that begin with `ISA`.
    ///
    /// # Errors
    ///
    /// What is wrong with the ISA, where its separators cannot be determined.
    pub fn from_isa(bytes: &[u8]) -> Result<Delimiters, IsaFault> {
        let isa: &[u8; Self::ISA_BYTES] = bytes.first_chunk().ok_or(IsaFault::TooShort)?;
        let element = isa[3];
        for (index, at) in Self::ISA_SEPARATORS.into_iter().enumerate() {
            if isa[at] != element {
                return Err(IsaFault::Width(index as u8));
            }
        }
        let repetition = Some(isa[82]).filter(|b| !b.is_ascii_alphanumeric() && *b != b' ');
        let found = Delimiters { element, component: isa[104], repetition, terminator: isa[105] };
        if found.are_distinct() { Ok(found) } else { Err(IsaFault::Indistinct) }
    }

    /// True when no two separators share a byte and none could be mistaken for data.
    pub fn are_distinct(&self) -> bool {
        let all =
            [Some(self.element), Some(self.component), self.repetition, Some(self.terminator)];
        let used = all.into_iter().flatten();
        let mut seen = [false; 256];
        used.clone().all(|b| !b.is_ascii_alphanumeric() && b != b' ')
            && used.into_iter().all(|b| !std::mem::replace(&mut seen[b as usize], true))
    }

    /// The separators as four bytes: element, component, repetition, terminator; a blank where there is no repetition separator.
    pub fn to_bytes(self) -> [u8; 4] {
        [self.element, self.component, self.repetition.unwrap_or(b' '), self.terminator]
    }

    /// Reads what [`Delimiters::to_bytes`] gives; none where two are the same or one could be data.
    pub fn from_bytes(bytes: [u8; 4]) -> Option<Delimiters> {
        let [element, component, repetition, terminator] = bytes;
        let repetition = Some(repetition).filter(|byte| *byte != b' ');
        let found = Delimiters { element, component, repetition, terminator };
        found.are_distinct().then_some(found)
    }

    /// True for a byte that data may not contain.
    #[inline]
    pub fn contains(&self, byte: u8) -> bool {
        byte == self.element
            || byte == self.component
            || byte == self.terminator
            || Some(byte) == self.repetition
    }
}

/// True for what is allowed between a terminator and the next segment: blanks and line breaks.
#[inline]
pub(super) fn is_layout(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
