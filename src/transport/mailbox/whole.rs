//! Whether a file is whole. X12 says so itself: it begins with an ISA and ends with the IEA of its last interchange.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use memchr::memmem;

/// Bytes at the beginning and at the end that are looked at by themselves.
const HEAD_BYTES: u64 = 4 << 10;

/// Bytes that are searched at once for the last ISA.
const BLOCK_BYTES: u64 = 1 << 20;

/// Bytes of an ISA, with its terminator.
const ISA_BYTES: usize = 106;

/// Where the elements of an ISA are separated.
const ISA_SEPARATORS: [usize; 16] =
    [3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103];

/// What a file is, as far as its beginning and end say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wholeness {
    /// It ends at the IEA of its last interchange.
    Whole,
    /// There is nothing in it.
    Empty,
    /// It begins with an interchange, and its last interchange has no IEA that fits its ISA at the end.
    Incomplete,
    /// It does not begin with an ISA.
    NotX12,
}

impl fmt::Display for Wholeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wholeness::Whole => "the file is whole",
            Wholeness::Empty => "the file is empty",
            Wholeness::Incomplete => {
                "the file does not end with an IEA that has the control number of its last ISA"
            }
            Wholeness::NotX12 => "the file does not begin with an ISA segment",
        })
    }
}

/// Looks at the beginning and the end of a file.
///
/// # Errors
///
/// When the file cannot be read.
pub fn wholeness(path: &Path) -> io::Result<Wholeness> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length <= BLOCK_BYTES {
        return Ok(wholeness_of(&read_at(&file, 0, length)?));
    }
    let head = read_at(&file, 0, HEAD_BYTES)?;
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    if !head.is_empty() && !head.starts_with(b"ISA") {
        return Ok(Wholeness::NotX12);
    }
    let tail_start = length - HEAD_BYTES;
    let tail = read_at(&file, tail_start, HEAD_BYTES)?;
    // The last ISA is searched for from the end, in blocks that overlap by one.
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(BLOCK_BYTES);
        let overlap = (ISA_BYTES as u64 - 1).min(length - end);
        let block = read_at(&file, start, end - start + overlap)?;
        let found = memmem::rfind_iter(&block, b"ISA").find_map(|at| Isa::at(&block, at));
        if let Some(last) = found {
            let after = (start + last.end as u64).saturating_sub(tail_start);
            let rest = tail.get(usize::try_from(after).unwrap_or(usize::MAX)..).unwrap_or_default();
            return Ok(match last.is_closed_by(rest) {
                true => Wholeness::Whole,
                false => Wholeness::Incomplete,
            });
        }
        end = start;
    }
    Ok(Wholeness::NotX12)
}

/// Reads so many bytes of a file; fewer where it was cut meanwhile.
fn read_at(file: &File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], start + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn wholeness_of(text: &[u8]) -> Wholeness {
    // A byte order mark may stand before the first ISA.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii();
    if text.is_empty() {
        return Wholeness::Empty;
    }
    let opening = b"ISA";
    if !text.starts_with(&opening[..text.len().min(opening.len())]) {
        return Wholeness::NotX12;
    }
    if text.len() < ISA_BYTES {
        return Wholeness::Incomplete;
    }
    let Some(last) = memmem::rfind_iter(text, opening).find_map(|at| Isa::at(text, at)) else {
        return Wholeness::NotX12;
    };
    match last.is_closed_by(&text[last.end..]) {
        true => Wholeness::Whole,
        false => Wholeness::Incomplete,
    }
}

/// An ISA: what separates and ends segments, and its control number.
struct Isa<'t> {
    end: usize,
    element: u8,
    terminator: u8,
    control: &'t [u8],
}

impl<'t> Isa<'t> {
    fn at(text: &'t [u8], at: usize) -> Option<Isa<'t>> {
        let isa = text.get(at..at + ISA_BYTES)?;
        let element = isa[3];
        let (terminator, is_plain) = (isa[105], |byte: u8| byte.is_ascii_alphanumeric());
        let fits = !is_plain(element)
            && !is_plain(terminator)
            && element != terminator
            && ISA_SEPARATORS.iter().all(|place| isa[*place] == element);
        fits.then(|| Isa { end: at + ISA_BYTES, element, terminator, control: &isa[90..99] })
    }

    /// True when what follows ends with the IEA of this ISA.
    fn is_closed_by(&self, rest: &[u8]) -> bool {
        // The terminator may itself be a line break, which was trimmed.
        let rest = rest.trim_ascii_end();
        let rest = match rest.strip_suffix(&[self.terminator]) {
            Some(rest) => rest,
            None if self.terminator.is_ascii_whitespace() => rest,
            None => return false,
        };
        let start = memchr::memrchr(self.terminator, rest).map_or(0, |at| at + 1);
        let mut elements = rest[start..].trim_ascii_start().split(|byte| *byte == self.element);
        elements.next() == Some(b"IEA")
            && elements.next().is_some()
            && elements
                .next()
                .is_some_and(|control| control.trim_ascii() == self.control.trim_ascii())
            && elements.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interchange(control: &str, terminator: &str) -> String {
        let text = format!(
            "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*\
             {control}*0*T*:~GS*HS*A*B~GE*0*1~IEA*0*{control}~"
        );
        text.replace('~', terminator)
    }

    #[test]
    fn a_file_is_whole_at_the_iea_of_its_last_interchange() {
        for terminator in ["~", "\n", "~\r\n", "\u{1c}"] {
            let one = interchange("000000101", terminator);
            let two = format!("{one}\n{}\r\n", interchange("000000102", "~"));
            assert_eq!(wholeness_of(one.as_bytes()), Wholeness::Whole, "{terminator:?}");
            assert_eq!(wholeness_of(two.as_bytes()), Wholeness::Whole, "{terminator:?}");
        }
        let marked = format!("\u{feff}{}", interchange("000000101", "~"));
        assert_eq!(wholeness_of(marked.as_bytes()), Wholeness::Whole);
    }

    #[test]
    fn a_file_that_was_cut_anywhere_is_incomplete() {
        let whole = format!("{}{}", interchange("000000101", "~"), interchange("000000102", "~"));
        let first = whole.len() / 2;
        for end in 1..whole.len() {
            let expected = match end == first {
                // Nobody can tell that a second one was to follow.
                true => Wholeness::Whole,
                false => Wholeness::Incomplete,
            };
            let found = wholeness_of(&whole.as_bytes()[..end]);
            // A few bytes of a second ISA are not yet one.
            let begins_second = (first + 1..first + ISA_BYTES).contains(&end);
            match begins_second {
                true => assert_ne!(found, Wholeness::Whole, "{end}"),
                false => assert_eq!(found, expected, "{end}"),
            }
        }
    }

    #[test]
    fn a_trailer_of_another_interchange_does_not_end_a_file() {
        let other = interchange("000000101", "~").replace("IEA*0*000000101", "IEA*0*000000102");
        assert_eq!(wholeness_of(other.as_bytes()), Wholeness::Incomplete);
    }

    #[test]
    fn what_is_not_x12_is_told_from_what_is_empty() {
        assert_eq!(wholeness_of(b""), Wholeness::Empty);
        assert_eq!(wholeness_of(b" \r\n"), Wholeness::Empty);
        assert_eq!(wholeness_of(b"PK\x03\x04 a zip file"), Wholeness::NotX12);
        assert_eq!(wholeness_of(&[b'I'; 200]), Wholeness::NotX12);
        let long = format!("ISA{}", " ".repeat(200)).into_bytes();
        assert_eq!(wholeness_of(&[&long[..], b"x"].concat()), Wholeness::NotX12);
    }
}
