//! Replacements that depend on a secret alone: the same text gets the same one in every file, and no two texts get the same.
//!
//! A text keeps its shape (letters stay letters of their case, digits stay digits, anything else stays as it is), so that what
//! checks its form finds the same as before. Texts of one shape are numbered, and the numbers are permuted by a Feistel
//! network whose rounds are SHA-256 over the secret; no text is its own replacement.

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::dict::{is_npi, npi_check_digit};

/// Letters and digits permuted together; a longer text is permuted in pieces.
const PIECE_MAX: usize = 16;

/// Rounds of the network.
const ROUNDS: u8 = 8;

/// Replacements remembered, so that what a file repeats is not worked out again.
const REMEMBERED_MAX: usize = 1 << 16;

/// What replacements depend on. Whoever knows it can take them back.
#[derive(Clone)]
pub struct Secret {
    begun: Sha256,
}

crate::phi::redacted!(Secret {});

impl Secret {
    /// A secret of this text; the longer, the harder to guess.
    pub fn new(seed: &str) -> Self {
        let key = Sha256::digest(["x12gate redact 1:", seed].concat());
        let mut begun = Sha256::new();
        begun.update(key);
        Secret { begun }
    }

    /// A number for these texts that looks like any other.
    fn number(&self, texts: &[&[u8]]) -> u128 {
        let mut hash = self.begun.clone();
        for text in texts {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        let mut number = [0; 16];
        number.copy_from_slice(&hash.finalize()[..16]);
        u128::from_be_bytes(number)
    }

    /// A number from `low` to `high`, named by what it is for.
    pub(super) fn pick(&self, purpose: &str, low: i64, high: i64) -> i64 {
        let span = u128::from(high.abs_diff(low)) + 1;
        low + i64::try_from(self.number(&[purpose.as_bytes()]) % span).unwrap_or(0)
    }

    /// Permutes the numbers below `count`; none is its own image where there are two.
    fn permuted(&self, number: u128, count: u128, tweak: &[u8]) -> u128 {
        if count < 2 {
            return number;
        }
        let inside = self.walked(number, count, tweak, false);
        self.walked((inside + 1) % count, count, tweak, true)
    }

    /// The network on as many bits as `count` needs, again until the result is below it.
    fn walked(&self, mut number: u128, count: u128, tweak: &[u8], is_inverse: bool) -> u128 {
        let bits = (128 - (count - 1).leading_zeros()).max(2);
        let half = bits.div_ceil(2);
        let mask = (1_u128 << half) - 1;
        let round = |round: u8, value: u128| {
            self.number(&[tweak, &count.to_be_bytes(), &[round], &value.to_be_bytes()]) & mask
        };
        loop {
            let (mut left, mut right) = (number >> half, number & mask);
            for index in 0..ROUNDS {
                (left, right) = match is_inverse {
                    false => (right, left ^ round(index, right)),
                    true => (right ^ round(ROUNDS - 1 - index, left), left),
                };
            }
            number = left << half | right;
            if number < count {
                return number;
            }
        }
    }
}

/// Replaces texts, and remembers the last ones.
pub(super) struct Cipher {
    secret: Secret,
    known: FxHashMap<Box<[u8]>, Box<[u8]>>,
}

impl Cipher {
    pub(super) fn new(secret: Secret) -> Self {
        Cipher { secret, known: FxHashMap::default() }
    }

    /// Appends the replacement of a text.
    pub(super) fn replace(&mut self, text: &[u8], out: &mut Vec<u8>) {
        if let Some(known) = self.known.get(text) {
            out.extend_from_slice(known);
            return;
        }
        let start = out.len();
        // Blanks that fill an element up are not part of an id.
        let kept = text.trim_ascii_end();
        match is_npi(kept) {
            true => self.npi(kept, out),
            false => self.no_npi(kept, out),
        }
        out.extend_from_slice(&text[kept.len()..]);
        if self.known.len() >= REMEMBERED_MAX {
            self.known.clear();
        }
        self.known.insert(text.into(), out[start..].into());
    }

    /// A text of the same shape that is no NPI either.
    fn no_npi(&self, text: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        self.shaped(text, out);
        while is_npi(&out[start..]) {
            // All texts of a shape are one after the other, so that another one that is no NPI comes.
            let last = out.split_off(start);
            self.shaped(&last, out);
        }
    }

    /// A text of the same shape.
    fn shaped(&self, text: &[u8], out: &mut Vec<u8>) {
        let shape: Vec<u8> = text.iter().map(|byte| class(*byte)).collect();
        let mut rest = text;
        let mut done: Vec<u8> = Vec::new();
        while !rest.is_empty() {
            let mut places = 0;
            let end = rest.iter().position(|byte| {
                places += usize::from(size(*byte) > 1);
                places > PIECE_MAX
            });
            let (piece, more) = rest.split_at(end.unwrap_or(rest.len()));
            let sizes = || piece.iter().map(|byte| size(*byte));
            let count: u128 = sizes().product();
            let number = piece.iter().fold(0, |number, byte| number * size(*byte) + digit(*byte));
            // What came before is part of the tweak, so that pieces alike are not replaced alike.
            let tweak = [&shape[..], b"/", &done].concat();
            let mut number = self.secret.permuted(number, count, &tweak);
            let mut written: Vec<u8> = Vec::with_capacity(piece.len());
            for byte in piece.iter().rev() {
                let size = size(*byte);
                written.push(of_class(*byte, (number % size) as u8));
                number /= size;
            }
            out.extend(written.iter().rev());
            done.extend_from_slice(piece);
            rest = more;
        }
    }

    /// Another NPI, with its check digit.
    fn npi(&self, text: &[u8], out: &mut Vec<u8>) {
        let first = u128::from(text[0] - b'1') * 100_000_000;
        let number = text[1..9].iter().fold(0, |n, byte| n * 10 + u128::from(byte - b'0')) + first;
        let number = self.secret.permuted(number, 200_000_000, b"npi");
        let mut nine = [b'0'; 9];
        let mut left = number + 100_000_000;
        for place in nine.iter_mut().rev() {
            *place = b'0' + (left % 10) as u8;
            left /= 10;
        }
        out.extend_from_slice(&nine);
        out.push(b'0' + npi_check_digit(&nine));
    }
}

/// What a byte may become: one of its class.
fn size(byte: u8) -> u128 {
    match byte {
        b'0'..=b'9' => 10,
        b'A'..=b'Z' | b'a'..=b'z' => 26,
        _ => 1,
    }
}

fn digit(byte: u8) -> u128 {
    match byte {
        b'0'..=b'9' => u128::from(byte - b'0'),
        b'A'..=b'Z' => u128::from(byte - b'A'),
        b'a'..=b'z' => u128::from(byte - b'a'),
        _ => 0,
    }
}

/// The member of the class of `byte` with this number. A byte that is no ASCII is part of a letter and becomes one.
fn of_class(byte: u8, number: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'0' + number,
        b'A'..=b'Z' => b'A' + number,
        b'a'..=b'z' => b'a' + number,
        0x80.. => b'X',
        byte => byte,
    }
}

/// The class of a byte, as part of a shape; bytes that stay stand for themselves.
fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'0',
        b'A'..=b'Z' => b'A',
        b'a'..=b'z' => b'a',
        byte => byte,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn replaced(cipher: &mut Cipher, text: &str) -> String {
        let mut out = Vec::new();
        cipher.replace(text.as_bytes(), &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    proptest! {
        #[test]
        fn a_replacement_has_the_shape_and_is_another(text in "[A-Za-z0-9 .-]{0,40}") {
            let mut cipher = Cipher::new(Secret::new("one"));
            let new = replaced(&mut cipher, &text);
            let shape = |text: &str| text.bytes().map(class).collect::<Vec<u8>>();
            prop_assert_eq!(shape(&new), shape(&text));
            let is_plain = text.bytes().all(|byte| size(byte) == 1);
            prop_assert_eq!(new == text, is_plain);
            prop_assert_eq!(replaced(&mut cipher, &text), new.clone());
            let other = replaced(&mut Cipher::new(Secret::new("one")), &text);
            prop_assert_eq!(other, new);
        }

        #[test]
        fn an_npi_becomes_an_npi(number in 100_000_000_u32..300_000_000) {
            let mut nine = [0; 9];
            nine.copy_from_slice(number.to_string().as_bytes());
            let npi = format!("{number}{}", npi_check_digit(&nine));
            let new = replaced(&mut Cipher::new(Secret::new("one")), &npi);
            prop_assert!(is_npi(new.as_bytes()) && new != npi);
        }
    }

    #[test]
    fn no_two_texts_become_one() {
        let mut cipher = Cipher::new(Secret::new("one"));
        for shape in [0..10_u32, 10..100, 100..1000] {
            let new: BTreeSet<String> =
                shape.clone().map(|n| replaced(&mut cipher, &n.to_string())).collect();
            assert_eq!(new.len(), shape.len());
        }
    }

    #[test]
    fn another_secret_gives_another_replacement() {
        let of = |seed| replaced(&mut Cipher::new(Secret::new(seed)), "S12300000101");
        assert_ne!(of("one"), of("two"));
    }

    #[test]
    fn an_id_is_the_same_whether_it_is_padded_or_not() {
        let mut cipher = Cipher::new(Secret::new("one"));
        assert_eq!(
            replaced(&mut cipher, "SUBMITTER1     ").trim(),
            replaced(&mut cipher, "SUBMITTER1")
        );
    }
}
