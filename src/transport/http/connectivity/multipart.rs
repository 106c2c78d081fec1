//! Cuts a multipart body into its parts while it comes. Sans-I/O.
//!
//! Lines may end with CRLF, as the standard has it, or with LF alone, as clients in the field send them; the libraries that read
//! multipart take the first form only. The line end before a boundary belongs to the boundary, so that a checksum of the part comes
//! out right.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;

/// Bytes of the headers of one part, and of what comes before the first.
const HEADER_BYTES_MAX: usize = 8 << 10;

/// Parts of one body.
const PARTS_MAX: usize = 40;

/// Blanks after a boundary.
const PADDING_MAX: usize = 64;

/// What was cut.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    /// A part begins.
    Part(PartHead),
    /// Content of the part.
    Data(Bytes),
    /// The part has ended.
    PartEnd,
}

/// The headers of a part.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct PartHead {
    headers: Vec<(String, String)>,
}

impl PartHead {
    /// The value of a header, whatever the case of its name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The name of a part of a form.
    pub(super) fn name(&self) -> Option<String> {
        parameter(self.header("content-disposition")?, "name")
    }

    /// The id of a part of a related message, without angle brackets.
    pub(super) fn content_id(&self) -> Option<&str> {
        let id = self.header("content-id")?.trim();
        Some(id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id))
    }

    /// True when the content is as it stands.
    pub(super) fn is_plain(&self) -> bool {
        let encoding = self.header("content-transfer-encoding").unwrap_or("binary").trim();
        ["binary", "8bit", "7bit"].iter().any(|plain| plain.eq_ignore_ascii_case(encoding))
    }
}

/// Why a body cannot be cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Malformed(pub(super) &'static str);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Before,
    Head,
    Body,
    After,
}

/// Cuts a body.
pub(super) struct Splitter {
    /// `--` and the boundary.
    boundary: Vec<u8>,
    buffer: BytesMut,
    state: State,
    /// Nothing of the part has come: its end may follow its headers at once.
    at_begin: bool,
    parts: usize,
}

/// What follows a boundary.
enum Tail {
    /// A part, after so many bytes.
    Next(usize),
    /// Nothing.
    Last,
    /// More bytes are needed to tell.
    Unknown,
    /// It was no boundary.
    None,
}

impl Splitter {
    /// For a body with the boundary that this Content-Type names.
    pub(super) fn of(content_type: &str) -> Result<Splitter, Malformed> {
        let boundary = parameter(content_type, "boundary").filter(|b| (1..=70).contains(&b.len()));
        let boundary = boundary.ok_or(Malformed("Content-Type names no boundary"))?;
        Ok(Splitter {
            boundary: format!("--{boundary}").into_bytes(),
            buffer: BytesMut::new(),
            state: State::Before,
            at_begin: false,
            parts: 0,
        })
    }

    /// Takes bytes that have come.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.state != State::After {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// True when the last boundary has come.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::After
    }

    /// The next piece; none when more bytes are needed.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, Malformed> {
        loop {
            match self.state {
                State::After => return Ok(None),
                State::Before => {
                    if !self.find_first()? {
                        return Ok(None);
                    }
                }
                State::Head => return self.head(),
                State::Body => return self.body(),
            }
        }
    }

    /// Looks for the first boundary; true when it is there.
    fn find_first(&mut self) -> Result<bool, Malformed> {
        let mut from = 0;
        while let Some(at) = memmem::find(&self.buffer[from..], &self.boundary) {
            let at = from + at;
            from = at + self.boundary.len();
            if at > 0 && self.buffer[at - 1] != b'\n' {
                continue;
            }
            match self.tail(from) {
                Tail::Next(end) => {
                    self.buffer.advance(end);
                    self.state = State::Head;
                    return Ok(true);
                }
                Tail::Last => return Err(Malformed("the body has no parts")),
                Tail::Unknown => return Ok(false),
                Tail::None => {}
            }
        }
        match self.buffer.len() > HEADER_BYTES_MAX {
            true => Err(Malformed("the boundary is not in the body")),
            false => Ok(false),
        }
    }

    fn head(&mut self) -> Result<Option<Piece>, Malformed> {
        let Some((length, consumed)) = head_end(&self.buffer) else {
            return match self.buffer.len() > HEADER_BYTES_MAX {
                true => Err(Malformed("the headers of a part are too long")),
                false => Ok(None),
            };
        };
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return Err(Malformed("the body has too many parts"));
        }
        let head = part_head(&self.buffer[..length])?;
        self.buffer.advance(consumed);
        self.state = State::Body;
        self.at_begin = true;
        Ok(Some(Piece::Part(head)))
    }

    fn body(&mut self) -> Result<Option<Piece>, Malformed> {
        if self.at_begin && self.buffer.starts_with(&self.boundary) {
            match self.tail(self.boundary.len()) {
                Tail::Unknown => return Ok(None),
                Tail::None => {}
                tail => return Ok(Some(self.end(&tail))),
            }
        }
        let mut from = 0;
        while let Some(line) = memchr::memchr(b'\n', &self.buffer[from..]).map(|at| from + at) {
            let rest = &self.buffer[line + 1..];
            let compared = rest.len().min(self.boundary.len());
            if rest[..compared] != self.boundary[..compared] {
                from = line + 1;
                continue;
            }
            let end = line - usize::from(line > 0 && self.buffer[line - 1] == b'\r');
            let tail = match compared < self.boundary.len() {
                true => Tail::Unknown,
                false => self.tail(line + 1 + self.boundary.len()),
            };
            match tail {
                Tail::None => from = line + 1,
                // What comes before may be given already.
                _ if end > 0 => return Ok(Some(self.data(end))),
                Tail::Unknown => return Ok(None),
                tail => return Ok(Some(self.end(&tail))),
            }
        }
        // A carriage return at the end may belong to the boundary.
        let keep = usize::from(self.buffer.last() == Some(&b'\r'));
        let length = self.buffer.len() - keep;
        Ok((length > 0 && !self.may_begin()).then(|| self.data(length)))
    }

    /// True while all that has come of a part may be the boundary that ends it.
    fn may_begin(&self) -> bool {
        self.at_begin && self.boundary.starts_with(&self.buffer)
    }

    fn data(&mut self, length: usize) -> Piece {
        self.at_begin = false;
        Piece::Data(self.buffer.split_to(length).freeze())
    }

    fn end(&mut self, tail: &Tail) -> Piece {
        match tail {
            Tail::Next(end) => {
                self.buffer.advance(*end);
                self.state = State::Head;
            }
            _ => {
                self.buffer.clear();
                self.state = State::After;
            }
        }
        Piece::PartEnd
    }

    /// What follows a boundary that ends here.
    fn tail(&self, from: usize) -> Tail {
        let rest = &self.buffer[from..];
        if rest.starts_with(b"--") {
            return Tail::Last;
        }
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        match rest.get(blanks) {
            Some(b'\n') => Tail::Next(from + blanks + 1),
            None if blanks <= PADDING_MAX => Tail::Unknown,
            Some(b'-') if rest.len() == 1 => Tail::Unknown,
            _ => Tail::None,
        }
    }
}

/// Where the headers end, and how many bytes they are with the empty line.
fn head_end(buffer: &[u8]) -> Option<(usize, usize)> {
    let mut line = 0;
    loop {
        let rest = &buffer[line..];
        if rest.starts_with(b"\n") {
            return Some((line, line + 1));
        }
        if rest.starts_with(b"\r\n") {
            return Some((line, line + 2));
        }
        line += memchr::memchr(b'\n', rest)? + 1;
    }
}

fn part_head(text: &[u8]) -> Result<PartHead, Malformed> {
    let text = std::str::from_utf8(text).map_err(|_| Malformed("a header is not text"))?;
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            let (_, value) = headers.last_mut().ok_or(Malformed("a header is broken"))?;
            value.push(' ');
            value.push_str(line.trim());
            continue;
        }
        let (name, value) = line.split_once(':').ok_or(Malformed("a header is broken"))?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(PartHead { headers })
}

/// A parameter of a header value: `form-data; name="Payload"`.
pub(super) fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    while let Some(at) = rest.find(';') {
        rest = rest[at + 1..].trim_start();
        let equals = rest.find(['=', ';'])?;
        let key = rest[..equals].trim();
        if !rest[equals..].starts_with('=') {
            rest = &rest[equals..];
            continue;
        }
        rest = rest[equals + 1..].trim_start();
        let mut found = String::new();
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut end = quoted.len();
            let mut escaped = false;
            for (at, c) in quoted.char_indices() {
                match c {
                    '\\' if !escaped => escaped = true,
                    '"' if !escaped => {
                        end = at;
                        break;
                    }
                    c => {
                        escaped = false;
                        found.push(c);
                    }
                }
            }
            rest = &quoted[end..];
        } else {
            let end = rest.find(';').unwrap_or(rest.len());
            rest[..end].trim().clone_into(&mut found);
            rest = &rest[end..];
        }
        if key.eq_ignore_ascii_case(name) {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; charset=utf-8; boundary=\"b-1\"";

    /// Name and content of each part, cut from pieces of `size` bytes.
    fn parts(body: &str, size: usize) -> Result<(Vec<(String, String)>, bool), Malformed> {
        let mut splitter = Splitter::of(TYPE)?;
        let mut found: Vec<(String, String)> = Vec::new();
        for chunk in body.as_bytes().chunks(size) {
            splitter.push(chunk);
            while let Some(piece) = splitter.next()? {
                match piece {
                    Piece::Part(head) => found.push((head.name().unwrap(), String::new())),
                    Piece::Data(data) => {
                        found.last_mut().unwrap().1.push_str(std::str::from_utf8(&data).unwrap());
                    }
                    Piece::PartEnd => found.last_mut().unwrap().1.push('|'),
                }
            }
        }
        Ok((found, splitter.is_done()))
    }

    const BODY: &str = "preamble\r\n--b-1\r\nContent-Disposition: form-data; name=\"A\"\r\n\r\none\r\ntwo\r\n--b-12\r\n\
                        --b-1 \r\nContent-Disposition: form-data;\r\n name=B\r\nX: y\r\n\r\n\r\n--b-1\r\n\
                        Content-Disposition: form-data; name=\"C\"\r\n\r\n--b-1--\r\nepilogue";

    #[test]
    fn parts_are_cut_wherever_the_packets_end_and_however_lines_end() {
        for body in [BODY.to_owned(), BODY.replace("\r\n", "\n")] {
            let line = if body.contains('\r') { "\r\n" } else { "\n" };
            let first = format!("one{line}two{line}--b-12|");
            for size in [1, 2, 3, 7, 1000] {
                let (found, done) = parts(&body, size).unwrap();
                let expected =
                    [("A", &*first), ("B", "|"), ("C", "|")].map(|(a, b)| (a.into(), b.into()));
                assert_eq!((found, done), (expected.to_vec(), true), "{size} {line:?}");
            }
        }
    }

    #[test]
    fn a_body_that_stops_is_not_done() {
        let (found, done) = parts(&BODY[..BODY.len() - 12], 5).unwrap();
        assert_eq!((found.len(), done), (3, false));
    }

    #[test]
    fn what_is_no_multipart_is_refused() {
        assert!(Splitter::of("multipart/form-data").is_err());
        assert!(Splitter::of("multipart/form-data; boundary=").is_err());
        let long = "x".repeat(HEADER_BYTES_MAX + 1);
        for body in [
            long.clone(),
            "--b-1--\r\n".to_owned(),
            format!("--b-1\r\nA: {long}"),
            "--b-1\r\nno colon\r\n\r\n".to_owned(),
            "--b-1\r\nContent-Disposition: form-data; name=A\r\n\r\n\r\n".repeat(PARTS_MAX + 1),
        ] {
            assert!(parts(&body, 4096).is_err(), "{}", &body[..20.min(body.len())]);
        }
    }

    #[test]
    fn parameters_are_read() {
        let value = "form-data; name=\"a;\\\"b\"; Filename=x.txt ;flag";
        assert_eq!(parameter(value, "NAME").as_deref(), Some("a;\"b"));
        assert_eq!(parameter(value, "filename").as_deref(), Some("x.txt"));
        assert_eq!(parameter(value, "flag"), None);
    }
}
