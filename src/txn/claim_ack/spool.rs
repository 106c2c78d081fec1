//! Where the parts of a 277CA wait until the totals that precede them are known.

use std::io;

/// Bytes that are written now and read once, later. `Vec<u8>` is a spool in memory; where memory must not grow with the set, the
/// caller brings one that is a file.
pub trait Spool {
    /// Adds bytes at the end.
    fn push(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Gives everything to `to`, in order, and is empty after.
    fn pour(&mut self, to: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()>;
    /// Forgets everything.
    fn clear(&mut self) -> io::Result<()>;
}

impl Spool for Vec<u8> {
    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn pour(&mut self, to: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let poured = to(self);
        Vec::clear(self);
        poured
    }

    fn clear(&mut self) -> io::Result<()> {
        Vec::clear(self);
        Ok(())
    }
}
