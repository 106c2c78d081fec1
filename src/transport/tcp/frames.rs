//! Cuts a byte stream into whole interchanges, ISA to IEA. Sans-I/O: the connection fills the buffer, this cuts it.

use bytes::{Bytes, BytesMut};

use crate::wire::{FrameLimits, Framed, Framer, PieceKind};

/// What was cut from the stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Frame {
    /// An interchange; without its IEA when the next one began before it.
    Interchange(Bytes),
    /// Bytes after which the stream cannot be followed any more: not an interchange, or one over the limit. The first
    /// them is kept, so that they can be answered if they can be read at all.
    Lost(Bytes),
}

/// The bytes that have arrived and not been answered yet.
#[derive(Debug)]
pub(super) struct Frames {
    buffer: BytesMut,
    limits: FrameLimits,
    framer: Framer,
    /// How much of the buffer the framer has consumed.
    framed: usize,
    /// Where the interchange being read begins, while one is.
    begin: Option<usize>,
    /// See [`make_room`].
    is_large: bool,
    bytes_max: usize,
}

/// Bytes of a buffer that a connection keeps between interchanges.
const KEPT_BYTES_MAX: usize = 32 << 10;

/// Makes room for the bytes that arrive next. Once what made the buffer large has gone, its memory is given back: a connection may
/// be idle for a long time.
pub(super) fn make_room(buffer: &mut BytesMut, is_large: &mut bool) {
    if buffer.is_empty() && *is_large {
        *buffer = BytesMut::new();
        *is_large = false;
    }
    *is_large |= buffer.len() > KEPT_BYTES_MAX;
    buffer.reserve(4 << 10);
}

impl Frames {
    /// An empty buffer; an interchange may have `bytes_max` bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        let limits = FrameLimits {
            segment_bytes_max: bytes_max,
            binary_bytes_max: bytes_max,
            part_bytes_max: bytes_max,
            fragments: false,
        };
        Frames {
            buffer: BytesMut::with_capacity(8 << 10),
            limits,
            framer: Framer::new(limits),
            framed: 0,
            begin: None,
            is_large: false,
            bytes_max,
        }
    }

    /// Where to put the bytes that arrive next.
    pub(super) fn space(&mut self) -> &mut BytesMut {
        make_room(&mut self.buffer, &mut self.is_large);
        &mut self.buffer
    }

    /// True when part of an interchange is in the buffer.
    pub(super) fn is_partial(&self) -> bool {
        self.begin.is_some() || self.buffer.len() > self.framed
    }

    /// The next frame, or nothing when more bytes are needed.
    pub(super) fn next(&mut self) -> Option<Frame> {
        loop {
            match self.framer.next(&self.buffer[self.framed..], false) {
                Framed::NeedMore { consumed } => {
                    self.framed += consumed;
                    if self.begin.is_none() {
                        // Blanks between interchanges.
                        let _ = self.buffer.split_to(self.framed);
                        self.framed = 0;
                    }
                    return self.over_limit().then(|| self.lose());
                }
                Framed::End => return None,
                Framed::Piece(piece) => {
                    let start = self.framed + piece.span.start;
                    self.framed += piece.consumed;
                    match piece.kind {
                        PieceKind::Garbage => return Some(self.lose()),
                        PieceKind::Isa { .. } => {
                            if self.begin.replace(0).is_some() {
                                let frame = self.buffer.split_to(start);
                                self.framed -= start;
                                return Some(Frame::Interchange(frame.freeze()));
                            }
                            let _ = self.buffer.split_to(start);
                            self.framed -= start;
                        }
                        PieceKind::Iea => {
                            self.begin = None;
                            let frame = self.buffer.split_to(self.framed).freeze();
                            self.framed = 0;
                            return Some(if frame.len() > self.bytes_max {
                                Frame::Lost(frame)
                            } else {
                                Frame::Interchange(frame)
                            });
                        }
                        // Only what belongs to this interchange counts: the next ones may follow already.
                        _ if self.framed > self.bytes_max => return Some(self.lose()),
                        _ => {}
                    }
                }
            }
        }
    }

    /// What is left when no more will come: an interchange that was cut off.
    pub(super) fn finish(&mut self) -> Option<Frame> {
        let partial = self.is_partial();
        let rest = self.restart().freeze();
        let blank = rest.iter().all(u8::is_ascii_whitespace);
        (partial && !blank).then_some(Frame::Lost(rest))
    }

    fn over_limit(&self) -> bool {
        self.buffer.len() > self.bytes_max
    }

    fn lose(&mut self) -> Frame {
        let mut front = self.restart();
        // One byte over the limit is enough to show that it was exceeded.
        front.truncate(self.bytes_max + 1);
        Frame::Lost(front.freeze())
    }

    /// Clears the buffer and returns what was in it.
    fn restart(&mut self) -> BytesMut {
        self.framer = Framer::new(self.limits);
        self.framed = 0;
        self.begin = None;
        self.buffer.split()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        \
                       *260105*0930*^*00501*000000101*0*T*:~GS*HS*A*B~ST*270*1~SE*2*1~GE*1*1~IEA*1*000000101~";

    /// The frames of `input` fed in chunks of `size` bytes.
    fn cut(input: &str, size: usize, bytes_max: usize) -> Vec<Frame> {
        let mut frames = Frames::new(bytes_max);
        let mut found = Vec::new();
        for chunk in input.as_bytes().chunks(size) {
            frames.space().extend_from_slice(chunk);
            while let Some(frame) = frames.next() {
                found.push(frame);
            }
        }
        found.extend(frames.finish());
        found
    }

    fn whole(text: &str) -> Frame {
        Frame::Interchange(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn interchanges_are_cut_wherever_the_packets_end() {
        let other = ONE.replace('*', "|").replace('~', "\r");
        let input = format!("\r\n{ONE}\r\n{other}\n\n{ONE}\n");
        for size in [1, 2, 37, 106, 4096] {
            assert_eq!(cut(&input, size, 4096), [whole(ONE), whole(&other), whole(ONE)], "{size}");
        }
    }

    #[test]
    fn a_missing_trailer_ends_at_the_next_header() {
        let cut_off = &ONE[..ONE.len() - "IEA*1*000000101~".len()];
        assert_eq!(cut(&format!("{cut_off}{ONE}"), 19, 4096), [whole(cut_off), whole(ONE)]);
    }

    #[test]
    fn what_is_no_interchange_is_lost_with_its_front() {
        let found = cut("GET / HTTP/1.1\r\n\r\n", 100, 4096);
        assert_eq!(found, [Frame::Lost(Bytes::from_static(b"GET / HTTP/1.1\r\n\r\n"))]);
    }

    #[test]
    fn over_the_limit_is_lost() {
        let long = ONE.replace("ST*270*1~", &format!("ST*270*1~{}", "REF*X~".repeat(200)));
        for size in [64, 4096] {
            let found = cut(&long, size, 400);
            let Frame::Lost(front) = &found[0] else { panic!("{found:?}") };
            assert!(front.starts_with(b"ISA*00*") && front.len() > 400);
        }
    }

    #[test]
    fn the_limit_of_one_does_not_count_those_behind_it() {
        let input = [ONE, ONE, ONE].concat();
        for size in [1, 150, 4096] {
            assert_eq!(
                cut(&input, size, ONE.len()),
                [whole(ONE), whole(ONE), whole(ONE)],
                "{size}"
            );
        }
    }

    #[test]
    fn the_memory_of_a_large_interchange_is_given_back() {
        let large = ONE.replace("ST*270*1~", &format!("ST*270*1~{}", "REF*X~".repeat(100_000)));
        let mut frames = Frames::new(1 << 20);
        for chunk in large.as_bytes().chunks(4096) {
            frames.space().extend_from_slice(chunk);
            if let Some(frame) = frames.next() {
                assert_eq!(frame, whole(&large));
            }
        }
        assert!(!frames.is_partial());
        assert!(frames.space().capacity() <= KEPT_BYTES_MAX);
        frames.space().extend_from_slice(ONE.as_bytes());
        assert_eq!(frames.next(), Some(whole(ONE)));
    }

    #[test]
    fn a_cut_off_interchange_is_given_at_the_end() {
        let found = cut(&ONE[..150], 11, 4096);
        assert_eq!(found, [Frame::Lost(Bytes::copy_from_slice(&ONE.as_bytes()[..150]))]);
        assert_eq!(cut("\r\n  ", 1, 4096), []);
    }
}
