//! What is put around an interchange on a connection: nothing, or one of the frames of the field. The first byte tells which, and
//! answers go back in the same frame. Sans-I/O.

use bytes::{BufMut, Bytes, BytesMut};

use super::frames::{Frame, Frames, make_room};

const SOH: u8 = 0x01;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const VT: u8 = 0x0B;
const FS: u8 = 0x1C;
const CR: u8 = b'\r';

/// Digits of a length that is written out.
const LENGTH_DIGITS: usize = 10;

/// Bytes of what is lost that are kept, to be answered if they can be read at all.
const LOST_BYTES_MAX: usize = 256;

/// What is around an interchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Framing {
    /// Nothing: ISA to IEA.
    Raw,
    /// SOH, ten digits of length, STX, the interchange, ETX.
    Hets,
    /// VT, the interchange, FS, CR.
    Mllp,
    /// Four bytes of length, the highest first, then the interchange.
    LengthWord,
    /// Ten digits of length, then the interchange.
    LengthDigits,
}

impl Framing {
    /// The framing of a connection whose first byte is this. What begins no frame is read as an interchange, and found to be none.
    fn of(first: u8) -> Framing {
        match first {
            SOH => Framing::Hets,
            VT => Framing::Mllp,
            // An interchange that a length word could be for is shorter than 16 MiB, so that its first byte is 0.
            0 => Framing::LengthWord,
            b'0'..=b'9' => Framing::LengthDigits,
            _ => Framing::Raw,
        }
    }

    /// For the log.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Framing::Raw => "raw",
            Framing::Hets => "soh-length",
            Framing::Mllp => "mllp",
            Framing::LengthWord => "length-word",
            Framing::LengthDigits => "length-digits",
        }
    }

    /// Writes an answer in this frame.
    pub(super) fn write(self, out: &mut BytesMut, answer: &[u8]) {
        let length = answer.len();
        match self {
            Framing::Raw => out.extend_from_slice(answer),
            Framing::Hets => {
                out.put_u8(SOH);
                out.extend_from_slice(format!("{length:010}").as_bytes());
                out.put_u8(STX);
                out.extend_from_slice(answer);
                out.put_u8(ETX);
            }
            Framing::Mllp => {
                out.put_u8(VT);
                out.extend_from_slice(answer);
                out.extend_from_slice(&[FS, CR]);
            }
            Framing::LengthWord => {
                // An answer is bounded far below 4 GiB by the limits of the question.
                out.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
                out.extend_from_slice(answer);
            }
            Framing::LengthDigits => {
                out.extend_from_slice(format!("{length:010}").as_bytes());
                out.extend_from_slice(answer);
            }
        }
    }
}

/// The bytes that have arrived, cut into interchanges in whatever frame they come.
#[derive(Debug)]
pub(super) struct Decoder {
    /// None until the first byte is there.
    framing: Option<Framing>,
    raw: Frames,
    /// The bytes of frames; of a raw connection they are in `raw`.
    buffer: BytesMut,
    /// Up to here no end of an MLLP frame was found.
    scanned: usize,
    /// See [`make_room`].
    is_large: bool,
    bytes_max: usize,
}

impl Decoder {
    /// For a new connection; an interchange may have `bytes_max` bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        let raw = Frames::new(bytes_max);
        Decoder {
            framing: None,
            raw,
            buffer: BytesMut::new(),
            scanned: 0,
            is_large: false,
            bytes_max,
        }
    }

    /// The frame of the connection; raw while nothing has come.
    pub(super) fn framing(&self) -> Framing {
        self.framing.unwrap_or(Framing::Raw)
    }

    /// Where to put the bytes that arrive next.
    pub(super) fn space(&mut self) -> &mut BytesMut {
        match self.framing {
            None | Some(Framing::Raw) => self.raw.space(),
            Some(_) => {
                make_room(&mut self.buffer, &mut self.is_large);
                &mut self.buffer
            }
        }
    }

    /// True when part of a frame is in the buffer.
    pub(super) fn is_partial(&self) -> bool {
        self.raw.is_partial() || !self.buffer.is_empty()
    }

    /// The next interchange, or nothing when more bytes are needed.
    pub(super) fn next(&mut self) -> Option<Frame> {
        if self.framing.is_none() {
            let buffer = self.raw.space();
            let first = *buffer.iter().find(|byte| !byte.is_ascii_whitespace())?;
            let framing = Framing::of(first);
            self.framing = Some(framing);
            if framing != Framing::Raw {
                self.buffer = buffer.split();
            }
        }
        match self.framing() {
            Framing::Raw => self.raw.next(),
            Framing::Mllp => self.next_mllp(),
            Framing::Hets => self.next_of_length(&[SOH], LENGTH_DIGITS, &[STX], &[ETX]),
            Framing::LengthDigits => self.next_of_length(&[], LENGTH_DIGITS, &[], &[]),
            Framing::LengthWord => self.next_of_length(&[], 0, &[], &[]),
        }
    }

    /// What is left when no more will come: an interchange that was cut off.
    pub(super) fn finish(&mut self) -> Option<Frame> {
        match self.framing() {
            Framing::Raw => self.raw.finish(),
            _ if self.buffer.is_empty() => None,
            _ => Some(self.lose()),
        }
    }

    /// A frame that says how long it is: digits, or a word where there are none.
    fn next_of_length(
        &mut self,
        before: &[u8],
        digits: usize,
        between: &[u8],
        after: &[u8],
    ) -> Option<Frame> {
        self.skip_blanks();
        let counted = if digits == 0 { 4 } else { digits };
        let head = before.len() + counted + between.len();
        if self.buffer.is_empty() {
            return None;
        }
        let have = self.buffer.len().min(before.len());
        if self.buffer[..have] != before[..have] {
            return Some(self.lose());
        }
        let mut so_far = self.buffer.iter().skip(before.len()).take(digits);
        if so_far.any(|byte| !byte.is_ascii_digit()) {
            return Some(self.lose());
        }
        if self.buffer.len() < head {
            return None;
        }
        let count = &self.buffer[before.len()..before.len() + counted];
        let length = match digits {
            0 => Some(count.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))),
            _ => std::str::from_utf8(count).ok().and_then(|text| text.parse().ok()),
        };
        let is_between = &self.buffer[head - between.len()..head] == between;
        let Some(length) =
            length.filter(|length| is_between && (1..=self.bytes_max).contains(length))
        else {
            return Some(self.lose());
        };
        if self.buffer.len() < head + length + after.len() {
            return None;
        }
        if &self.buffer[head + length..head + length + after.len()] != after {
            return Some(self.lose());
        }
        let mut frame = self.buffer.split_to(head + length + after.len());
        let _ = frame.split_to(head);
        frame.truncate(length);
        Some(Frame::Interchange(frame.freeze()))
    }

    /// A frame that ends with FS and CR. Where FS ends segments too, only one after IEA ends the frame.
    fn next_mllp(&mut self) -> Option<Frame> {
        self.skip_blanks();
        match self.buffer.first() {
            None => return None,
            Some(&VT) => {}
            Some(_) => return Some(self.lose()),
        }
        let mut from = self.scanned.max(1);
        while let Some(at) = memchr::memchr(FS, &self.buffer[from..]).map(|at| from + at) {
            match self.buffer.get(at + 1) {
                None => {
                    self.scanned = at;
                    return self.over_limit();
                }
                Some(&CR) if ends_here(&self.buffer[1..=at]) => {
                    self.scanned = 0;
                    let mut frame = self.buffer.split_to(at + 2);
                    let _ = frame.split_to(1);
                    // Of an interchange whose last segment is ended by the frame alone, FS is the terminator.
                    let is_open = segment_terminator(&frame) == Some(FS) && frame[at - 2] != FS;
                    frame.truncate(at - 1 + usize::from(is_open));
                    return Some(match frame.len() > self.bytes_max {
                        true => Frame::Lost(front(&frame)),
                        false => Frame::Interchange(frame.freeze()),
                    });
                }
                Some(_) => from = at + 1,
            }
        }
        self.scanned = self.buffer.len();
        self.over_limit()
    }

    fn over_limit(&mut self) -> Option<Frame> {
        (self.buffer.len() > self.bytes_max + 3).then(|| self.lose())
    }

    /// Gives up: the frames cannot be followed any more.
    fn lose(&mut self) -> Frame {
        self.scanned = 0;
        let lost = front(&self.buffer.split());
        Frame::Lost(lost)
    }

    /// Line ends between frames.
    fn skip_blanks(&mut self) {
        let blanks = self.buffer.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | b' '));
        let count = blanks.count();
        let _ = self.buffer.split_to(count);
        self.scanned = self.scanned.saturating_sub(count);
    }
}

fn front(lost: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&lost[..lost.len().min(LOST_BYTES_MAX)])
}

/// The segment terminator of an interchange, when its ISA is there.
fn segment_terminator(text: &[u8]) -> Option<u8> {
    text.starts_with(b"ISA").then(|| text.get(105).copied()).flatten()
}

/// True when the FS at the end of this text ends the frame: it does not end a segment, or the segment is the IEA.
fn ends_here(text: &[u8]) -> bool {
    if segment_terminator(text) != Some(FS) {
        return true;
    }
    let text = text.strip_suffix(&[FS]).unwrap_or(text);
    // The IEA may have had its own terminator before.
    let text = text.strip_suffix(&[FS]).unwrap_or(text);
    let begin = memchr::memrchr(FS, text).map_or(0, |at| at + 1);
    text[begin..].trim_ascii_start().starts_with(b"IEA")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        \
                       *260105*0930*^*00501*000000101*0*T*:~GS*HS*A*B~ST*270*1~SE*2*1~GE*1*1~IEA*1*000000101~";

    const ALL: [Framing; 5] =
        [Framing::Raw, Framing::Hets, Framing::Mllp, Framing::LengthWord, Framing::LengthDigits];

    fn framed(framing: Framing, texts: &[&str]) -> BytesMut {
        let mut out = BytesMut::new();
        for text in texts {
            framing.write(&mut out, text.as_bytes());
        }
        out
    }

    fn cut(input: &[u8], size: usize, bytes_max: usize) -> (Vec<Frame>, Framing) {
        let mut decoder = Decoder::new(bytes_max);
        let mut found = Vec::new();
        for chunk in input.chunks(size) {
            decoder.space().extend_from_slice(chunk);
            while let Some(frame) = decoder.next() {
                found.push(frame);
            }
        }
        found.extend(decoder.finish());
        (found, decoder.framing())
    }

    fn whole(text: &str) -> Frame {
        Frame::Interchange(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn every_frame_is_told_by_its_first_byte_and_cut_wherever_the_packets_end() {
        let other = ONE.replace('*', "|");
        for framing in ALL {
            let input = framed(framing, &[ONE, &other]);
            for size in [1, 3, 37, 4096] {
                let (found, told) = cut(&input, size, 4096);
                assert_eq!((found, told), (vec![whole(ONE), whole(&other)], framing), "{size}");
            }
        }
    }

    #[test]
    fn line_ends_between_frames_are_passed_over() {
        for framing in ALL {
            let mut input = BytesMut::from("\r\n");
            input.extend_from_slice(&framed(framing, &[ONE]));
            input.extend_from_slice(b"\r\n");
            input.extend_from_slice(&framed(framing, &[ONE]));
            // Before the first frame the line end is passed over too.
            assert_eq!(cut(&input, 19, 4096).0, [whole(ONE), whole(ONE)], "{framing:?}");
        }
    }

    #[test]
    fn a_file_separator_that_ends_segments_does_not_end_the_frame() {
        let fs = char::from(FS).to_string();
        let text = ONE.replace('~', &format!("{fs}\r"));
        let closed = text.trim_end().to_owned();
        // The frame's own end after the terminator, and the terminator as the end.
        let mut input = framed(Framing::Mllp, &[&closed]);
        input.put_u8(VT);
        input.extend_from_slice(text.as_bytes());
        for size in [1, 5, 4096] {
            assert_eq!(cut(&input, size, 4096).0, [whole(&closed), whole(&closed)], "{size}");
        }
    }

    #[test]
    fn a_frame_that_is_not_what_it_says_is_lost() {
        let mut wrong_end = framed(Framing::Hets, &[ONE]);
        let last = wrong_end.len() - 1;
        wrong_end[last] = b'~';
        let long = framed(Framing::LengthWord, &["x"]);
        let cases: [(&[u8], usize); 6] = [
            (&wrong_end, 4096),
            (b"\x010000000x10\x02ISA\x03", 4096),
            (b"0000000000", 4096),
            (b"\x00\x00\xff\xff", 1024),
            (b"\x0bno end of the frame", 8),
            (&long[..3], 4096),
        ];
        for (input, bytes_max) in cases {
            let (found, _) = cut(input, 1, bytes_max);
            assert!(matches!(found[..], [Frame::Lost(_), ..]), "{input:?}: {found:?}");
        }
    }
}
