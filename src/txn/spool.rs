//! Text that is written now and read back later, so that what must come before it can be written first.

use std::fmt::Debug;
use std::io::{self, BufRead, Write};

/// Text that is appended to, can be cut back to an earlier place, and is read back from the front. `Vec<u8>` is one in
/// memory; text that may become long is given a spool in a file.
pub trait Spool: Write {
    /// A place in the text to go back to.
    type Checkpoint: Clone + Debug + Send;

    /// The place reached.
    fn checkpoint(&self) -> Self::Checkpoint;

    /// Removes what was written since `to`, which must be a place of this spool that was not removed itself.
    ///
    /// # Errors
    /// The file behind it could not be cut.
    fn rewind(&mut self, to: &Self::Checkpoint) -> io::Result<()>;

    /// Everything written, from the front. Reading removes nothing.
    ///
    /// # Errors
    /// The file behind it could not be read.
    fn read_back(&mut self) -> io::Result<Box<dyn BufRead + '_>>;

    /// Clears the spool.
    ///
    /// # Errors
    /// The file behind it could not be cut.
    fn clear(&mut self) -> io::Result<()>;
}

impl Spool for Vec<u8> {
    type Checkpoint = usize;

    fn checkpoint(&self) -> usize {
        self.len()
    }

    fn rewind(&mut self, to: &usize) -> io::Result<()> {
        self.truncate(*to);
        Ok(())
    }

    fn read_back(&mut self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(Box::new(self.as_slice()))
    }

    fn clear(&mut self) -> io::Result<()> {
        Vec::clear(self);
        Ok(())
    }
}

/// Moves everything in the spool to `to`, in order, and leaves it empty. `failed` converts a failure to read the spool.
///
/// # Errors
/// Whatever `to` fails with, and what `failed` makes of a failure of the spool.
pub fn drain_to<S: Spool, E>(
    spool: &mut S,
    failed: impl Fn(io::Error) -> E,
    mut to: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut text = spool.read_back().map_err(&failed)?;
    loop {
        let window = text.fill_buf().map_err(&failed)?;
        if window.is_empty() {
            break;
        }
        to(window)?;
        let taken = window.len();
        text.consume(taken);
    }
    drop(text);
    spool.clear().map_err(failed)
}
