//! Where the pieces of interchanges come from: a mapped file, or a stream that is read as it comes.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};

use crate::transport::Mapped;
use crate::wire::{FrameLimits, Framed, Framer, Piece};

/// Bytes asked of a stream at once.
const READ_BYTES: usize = 256 << 10;

/// An input and the framer that cuts it.
pub(super) struct Source {
    input: Input,
    framer: Framer,
    /// Bytes of the input that are done with.
    offset: u64,
    bytes_max: u64,
}

enum Input {
    Mapped { file: Mapped, bytes: Bytes },
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
    /// Reads a mapped file.
    pub(super) fn mapped(file: Mapped, limits: FrameLimits, bytes_max: u64) -> Self {
        let bytes = file.bytes();
        let input = Input::Mapped { file, bytes };
        Source { input, framer: Framer::new(limits), offset: 0, bytes_max }
    }

    /// Reads a stream.
    pub(super) fn stream(
        reader: Box<dyn Read + Send>,
        limits: FrameLimits,
        bytes_max: u64,
    ) -> Self {
        let input = Input::Stream { reader, buffer: BytesMut::new(), ended: false };
        Source { input, framer: Framer::new(limits), offset: 0, bytes_max }
    }

    /// The next piece; none at the end of the input.
    pub(super) fn next(&mut self) -> io::Result<Option<Cut>> {
        loop {
            let framed = match &mut self.input {
                Input::Mapped { bytes, .. } => self.framer.next(bytes, true),
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
            Input::Mapped { bytes, .. } => bytes.split_to(count),
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

    /// Gives back the memory of what was answered, up to this offset.
    pub(super) fn releaser(&self) -> impl Fn(u64) + Send + Sync + use<> {
        let file = match &self.input {
            Input::Mapped { file, .. } => Some(file.clone()),
            Input::Stream { .. } => None,
        };
        move |offset| {
            if let Some(file) = &file {
                file.release(offset as usize);
            }
        }
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
    fn a_stream_gives_the_same_pieces_as_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), TEXT).unwrap();
        let limits = FrameLimits::default();
        let mapped = Mapped::open(file.path()).unwrap();
        let of_file = all(Source::mapped(mapped, limits, u64::MAX));
        let of_stream = all(Source::stream(Box::new(Drip(TEXT.as_bytes())), limits, u64::MAX));
        assert_eq!(of_file[1..], of_stream[of_stream.len() - 5..]);
        for (_, offset, text) in of_file {
            assert_eq!(TEXT.as_bytes()[offset as usize..][..text.len()], text);
        }
    }

    #[test]
    fn an_input_over_the_limit_is_an_error() {
        let limits = FrameLimits::default();
        let mut source = Source::stream(Box::new(Drip(TEXT.as_bytes())), limits, 50);
        let mut outcome = source.next();
        while let Ok(Some(_)) = outcome {
            outcome = source.next();
        }
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
