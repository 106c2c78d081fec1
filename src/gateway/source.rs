//! The pieces of the interchanges in an input: bytes that are there, or a stream that is read as it comes.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};

use crate::wire::{FrameLimits, Framed, Framer, Piece};

/// Bytes asked of a stream at once.
const READ_BYTES: usize = 256 << 10;

/// Where an input comes from.
pub enum ByteSource {
    /// All of it is in memory.
    Whole(Bytes),
    /// It is read as it comes. Reading may block.
    Reader(Box<dyn Read + Send>),
}

impl std::fmt::Debug for ByteSource {
    // What is in it may not be logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ByteSource::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            ByteSource::Reader(_) => f.write_str("Reader"),
        }
    }
}

/// An input and the framer that cuts it.
pub(super) struct Source {
    input: Input,
    framer: Framer,
    /// Bytes of the input that are done with.
    offset: u64,
    bytes_max: u64,
}

enum Input {
    Whole(Bytes),
    Stream { reader: Box<dyn Read + Send>, buffer: BytesMut, ended: bool },
}

/// A piece with its bytes.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) piece: Piece,
    /// Everything up to the end of the piece that no piece before held: the piece itself and blanks around it.
    pub(super) whole: Bytes,
    /// Offset of the piece in the input.
    pub(super) offset: u64,
}

impl Cut {
    /// The piece itself.
    #[cfg(test)]
    pub(super) fn text(&self) -> Bytes {
        self.whole.slice(self.piece.span.clone())
    }
}

impl Source {
    pub(super) fn new(source: ByteSource, limits: FrameLimits, bytes_max: u64) -> Self {
        let input = match source {
            ByteSource::Whole(bytes) => Input::Whole(bytes),
            ByteSource::Reader(reader) => {
                Input::Stream { reader, buffer: BytesMut::new(), ended: false }
            }
        };
        Source { input, framer: Framer::new(limits), offset: 0, bytes_max }
    }

    /// The next piece; none at the end of the input.
    pub(super) fn next(&mut self) -> io::Result<Option<Cut>> {
        loop {
            let framed = match &mut self.input {
                Input::Whole(bytes) => self.framer.next(bytes, true),
                Input::Stream { buffer, ended, .. } => self.framer.next(buffer, *ended),
            };
            match framed {
                Framed::End => return Ok(None),
                Framed::NeedMore { consumed } => {
                    self.split(consumed);
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
                Framed::Piece(piece) => {
                    let offset = self.offset + piece.span.start as u64;
                    let whole = self.split(piece.consumed);
                    if self.offset > self.bytes_max {
                        let why =
                            format!("the input exceeds limits.file_bytes_max, {}", self.bytes_max);
                        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
                    }
                    return Ok(Some(Cut { piece, whole, offset }));
                }
            }
        }
    }

    /// Bytes of the input that are done with.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes bytes that are done with off the front.
    fn split(&mut self, count: usize) -> Bytes {
        self.offset += count as u64;
        match &mut self.input {
            Input::Whole(bytes) => bytes.split_to(count),
            Input::Stream { buffer, .. } => buffer.split_to(count).freeze(),
        }
    }

    /// Reads more; false when there can be no more, which the framer is told first.
    fn fill(&mut self) -> io::Result<bool> {
        let Input::Stream { reader, buffer, ended } = &mut self.input else {
            return Ok(false);
        };
        if *ended {
            return Ok(false);
        }
        let length = buffer.len();
        buffer.resize(length + READ_BYTES, 0);
        let count = loop {
            match reader.read(&mut buffer[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        buffer.truncate(length + count);
        *ended = count == 0;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::PieceKind;

    const TEXT: &str = "junk\nISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        \
                        *260105*0930*^*00501*000000101*0*T*:~GS*HS*A*B~\nST*270*1~SE*2*1~GE*1*1~IEA*1*000000101~\n";

    fn all(mut source: Source) -> Vec<(PieceKind, u64, Bytes)> {
        let mut found = Vec::new();
        while let Some(cut) = source.next().unwrap() {
            found.push((cut.piece.kind, cut.offset, cut.text()));
        }
        found
    }

    /// A reader that gives a few bytes at a time.
    struct Drip(&'static [u8]);

    impl Read for Drip {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = out.len().min(7).min(self.0.len());
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[test]
    fn a_stream_gives_the_same_pieces_as_bytes_that_are_there() {
        let limits = FrameLimits::default();
        let whole = ByteSource::Whole(TEXT.into());
        let of_file = all(Source::new(whole, limits, u64::MAX));
        let drip = ByteSource::Reader(Box::new(Drip(TEXT.as_bytes())));
        let of_stream = all(Source::new(drip, limits, u64::MAX));
        assert_eq!(of_file[1..], of_stream[of_stream.len() - 5..]);
        for (_, offset, text) in of_file {
            assert_eq!(TEXT.as_bytes()[offset as usize..][..text.len()], text);
        }
    }

    #[test]
    fn an_input_over_the_limit_is_an_error() {
        let limits = FrameLimits::default();
        let mut source =
            Source::new(ByteSource::Reader(Box::new(Drip(TEXT.as_bytes()))), limits, 50);
        let mut outcome = source.next();
        while let Ok(Some(_)) = outcome {
            outcome = source.next();
        }
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
