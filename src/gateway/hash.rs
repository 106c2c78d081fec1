//! SHA-256, which says whether two interchanges are the same.

use std::io::{self, BufRead};

use sha2::{Digest, Sha256};

/// A SHA-256.
pub(super) type Hash = [u8; 32];

/// The hash of one piece of text.
pub(super) fn hash_of(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The hash of everything that can be read.
pub(super) fn hash_of_all(mut from: impl BufRead) -> io::Result<Hash> {
    let mut hash = Sha256::new();
    loop {
        let window = from.fill_buf()?;
        if window.is_empty() {
            return Ok(hash.finalize().into());
        }
        hash.update(window);
        let taken = window.len();
        from.consume(taken);
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
