//! The position of every separator in a text: the basis of the lexer.
//!
//! Separators come every four bytes, so a search call for each costs more than the scan. Here 64 bytes at a time are
//! compared with the four separators, and the hits written out as positions. One of the two files with `unsafe`;
//! a property test proves that the fast path gives the same as the portable one.

use super::Delimiters;

/// What an index of a text holds.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Offsets of every element separator and terminator, ascending.
    pub(super) positions: Vec<u32>,
    /// Offsets of every component and repetition separator, ascending. Few elements have any, so that most segments are
    /// cut by `positions` alone.
    pub(super) inner: Vec<u32>,
    /// For each terminator its index in `positions`.
    pub(super) terminators: Vec<u32>,
    /// Offsets of bytes outside the extended character set that are no separators. Line breaks are among them.
    pub(super) suspects: Vec<u32>,
}

impl Marks {
    /// Clears everything, for another text.
    pub(super) fn clear(&mut self) {
        self.positions.clear();
        self.inner.clear();
        self.terminators.clear();
        self.suspects.clear();
    }
}

/// Adds every separator of `text`, which begins at `base` of a longer text; that one must be shorter than 4 GiB.
pub(super) fn index(text: &[u8], base: u32, delimiters: Delimiters, marks: &mut Marks) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("popcnt")
        && std::arch::is_x86_feature_detected!("bmi1")
    {
        #[expect(unsafe_code, reason = "the features were detected on the line above")]
        unsafe {
            fast::index(text, base, delimiters, marks);
        }
        return;
    }
    portable(text, base, delimiters, marks);
}

/// One byte after the other: for other machines, and what the fast path is tested against.
fn portable(text: &[u8], base: u32, delimiters: Delimiters, marks: &mut Marks) {
    for (offset, byte) in (base..).zip(text) {
        if *byte == delimiters.terminator {
            marks.terminators.push(marks.positions.len() as u32);
            marks.positions.push(offset);
        } else if *byte == delimiters.element {
            marks.positions.push(offset);
        } else if delimiters.contains(*byte) {
            marks.inner.push(offset);
        } else if is_suspect(*byte) {
            marks.suspects.push(offset);
        }
    }
}

/// True for a byte outside the extended character set: controls, DEL and above, and `^` and the back quote.
pub(crate) fn is_suspect(byte: u8) -> bool {
    !(0x20..0x7f).contains(&byte) || byte == b'^' || byte == b'`'
}

#[cfg(target_arch = "x86_64")]
mod fast {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
        _mm256_or_si256, _mm256_set1_epi8,
    };

    use super::Marks;
    use crate::wire::Delimiters;

    /// Bytes looked at together.
    const BLOCK: usize = 64;

    /// Indexes a text; its last block is filled up with a byte that has no meaning to the index.
    #[target_feature(enable = "avx2,popcnt,bmi1")]
    pub(super) fn index(text: &[u8], base: u32, delimiters: Delimiters, marks: &mut Marks) {
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        look_at(blocks, base, delimiters, marks);
        if !rest.is_empty() {
            // The blank may be a separator; at least one of five bytes is not.
            let filling = *b" !#$%".iter().find(|b| !delimiters.contains(**b)).unwrap_or(&b' ');
            let mut last = [filling; BLOCK];
            last[..rest.len()].copy_from_slice(rest);
            look_at(&[last], base + (blocks.len() * BLOCK) as u32, delimiters, marks);
        }
    }

    /// Indexes whole blocks, the first of which begins at `at`.
    #[target_feature(enable = "avx2,popcnt,bmi1")]
    fn look_at(blocks: &[[u8; BLOCK]], mut at: u32, delimiters: Delimiters, marks: &mut Marks) {
        let all = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
        let element = all(delimiters.element);
        let component = all(delimiters.component);
        let repetition = all(delimiters.repetition.unwrap_or(delimiters.element));
        let terminator = all(delimiters.terminator);
        let (blank, del, caret, quote) = (all(b' '), all(0x7f), all(b'^'), all(b'`'));

        // Gives (element separator or terminator, terminator, inner separator, suspect) for 32 bytes, a bit each.
        let look = |bytes: __m256i| -> (u32, u32, u32, u32) {
            let ends = _mm256_cmpeq_epi8(bytes, terminator);
            let outer = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, element), ends);
            let within = _mm256_or_si256(
                _mm256_cmpeq_epi8(bytes, component),
                _mm256_cmpeq_epi8(bytes, repetition),
            );
            // Signed: everything from 0x80 up is below the blank too.
            let odd = _mm256_or_si256(
                _mm256_or_si256(_mm256_cmpgt_epi8(blank, bytes), _mm256_cmpeq_epi8(bytes, del)),
                _mm256_or_si256(_mm256_cmpeq_epi8(bytes, caret), _mm256_cmpeq_epi8(bytes, quote)),
            );
            let bits = |mask: __m256i| _mm256_movemask_epi8(mask).cast_unsigned();
            let (outer, inner) = (bits(outer), bits(within));
            (outer, bits(ends), inner & !outer, bits(odd) & !outer & !inner)
        };

        for block in blocks {
            #[expect(
                unsafe_code,
                reason = "a block is 64 bytes, so both loads of 32 are inside it"
            )]
            let (low, high) = unsafe {
                let start = block.as_ptr().cast::<__m256i>();
                (_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1)))
            };
            let (low, high) = (look(low), look(high));
            let both = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
            let any = both(low.0, high.0);
            let mut ends = both(low.1, high.1);
            let inner = both(low.2, high.2);
            let odd = both(low.3, high.3);

            let before = marks.positions.len() as u32;
            while ends != 0 {
                let lower = (ends & ends.wrapping_neg()) - 1;
                marks.terminators.push(before + (any & lower).count_ones());
                ends &= ends - 1;
            }
            write(any, at, &mut marks.positions);
            if inner != 0 {
                write(inner, at, &mut marks.inner);
            }
            if odd != 0 {
                write(odd, at, &mut marks.suspects);
            }
            at += BLOCK as u32;
        }
    }

    /// Appends the offsets of the set bits. Eight are written at a time and the surplus is cut off, which saves a branch
    /// for each bit.
    #[inline]
    #[target_feature(enable = "avx2,popcnt,bmi1")]
    fn write(mut bits: u64, base: u32, out: &mut Vec<u32>) {
        let count = bits.count_ones() as usize;
        out.reserve(BLOCK);
        let len = out.len();
        let room = out.spare_capacity_mut();
        let mut from = 0;
        while from < count {
            for slot in &mut room[from..from + 8] {
                slot.write(base + bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
            from += 8;
        }
        #[expect(unsafe_code, reason = "`count` slots from `len` on were written above")]
        unsafe {
            out.set_len(len + count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn separators() -> Delimiters {
        Delimiters { element: b'*', component: b':', repetition: Some(b'^'), terminator: b'~' }
    }

    #[test]
    fn a_blank_may_be_a_separator() {
        for blank in 0..4 {
            let mut bytes = *b"*:^~";
            bytes[blank] = b' ';
            let [element, component, repetition, terminator] = bytes;
            let chosen =
                Delimiters { element, component, repetition: Some(repetition), terminator };
            let mut marks = Marks::default();
            index(b"SE*1 A~", 0, chosen, &mut marks);
            assert!(marks.positions.iter().all(|at| *at < 7), "{:?}", marks.positions);
        }
    }

    proptest! {
        #[test]
        fn fast_and_portable_agree(text in proptest::collection::vec(
            prop_oneof![4 => b' '..=b'z', 2 => prop_oneof![Just(b'*'), Just(b':'), Just(b'^'), Just(b'~')], 1 => any::<u8>()],
            0..700,
        )) {
            let mut quick = Marks::default();
            index(&text, 7, separators(), &mut quick);
            let mut slow = Marks::default();
            portable(&text, 7, separators(), &mut slow);
            prop_assert_eq!(quick.positions, slow.positions);
            prop_assert_eq!(quick.inner, slow.inner);
            prop_assert_eq!(quick.terminators, slow.terminators);
            prop_assert_eq!(quick.suspects, slow.suspects);
        }
    }
}
