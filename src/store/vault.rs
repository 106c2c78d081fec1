//! Files of the archive that only the holder of a key can read: AES-256-GCM, in pieces, so that a file of any length is written and
//! read with little memory.
//!
//! # Form
//!
//! `X12GSEAL`, the version (1), the length and the name of the master key, 12 bytes of nonce, and the file's own key (32 bytes,
//! sealed with the master key, the head and the hash of the content as associated data). Then pieces of 64 KiB, each sealed with the file's own
//! key and followed by its tag; the nonce of a piece is its number, and says whether it is the last. So no piece can be left out,
//! changed, moved or taken from another file, and an end that is missing is seen.
//!
//! A master key is exchanged by sealing the files' own keys anew: the pieces stay as they are.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

const MAGIC: &[u8; 8] = b"X12GSEAL";
const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
/// Bytes of content in a piece.
const PIECE_BYTES: usize = 64 << 10;
/// Master keys at most.
const KEYS_MAX: usize = 100;
/// Characters of the name of a master key at most.
const NAME_MAX: usize = 32;

type Hash = [u8; 32];

/// The master keys: the first seals, all open.
#[derive(Clone, Default)]
pub struct ArchiveKeys(Vec<(Box<str>, [u8; KEY_BYTES])>);

/// Why a text holds no master keys.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeysError {
    /// A line is not a name and a key.
    #[error(
        "line {line}: not a name of 1 to 32 letters, digits, hyphens or underscores and a key of 64 hexadecimal digits"
    )]
    Line {
        /// Its number.
        line: usize,
    },
    /// Two keys have one name.
    #[error("two keys are named {name}")]
    Twice {
        /// The name.
        name: Box<str>,
    },
    /// There are none, or too many.
    #[error("1 to 100 keys, one a line")]
    Count,
}

impl fmt::Debug for ArchiveKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl PartialEq for ArchiveKeys {
    fn eq(&self, other: &Self) -> bool {
        // Keys are told apart by their names; comparing them is nobody's business.
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| a.0 == b.0)
    }
}

impl Eq for ArchiveKeys {}

impl ArchiveKeys {
    /// Reads keys, one a line: a name and 64 hexadecimal digits. The first is the one that files are sealed with from now on; those
    /// after it open what was sealed before. Lines that are empty or begin with `#` say nothing.
    ///
    /// # Errors
    ///
    /// When a line is something else, or there is no key.
    pub fn parse(text: &str) -> Result<ArchiveKeys, KeysError> {
        let mut keys: Vec<(Box<str>, [u8; KEY_BYTES])> = Vec::new();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = KeysError::Line { line: number };
            let Some((name, digits)) = line.split_once(char::is_whitespace) else {
                return Err(wrong);
            };
            let key = key_of(digits.trim());
            let is_name = name.len() <= NAME_MAX && name.chars().all(plain);
            let (true, Some(key)) = (is_name, key) else { return Err(wrong) };
            if keys.iter().any(|(known, _)| **known == *name) {
                return Err(KeysError::Twice { name: name.into() });
            }
            keys.push((name.into(), key));
        }
        match keys.len() {
            1..=KEYS_MAX => Ok(ArchiveKeys(keys)),
            _ => Err(KeysError::Count),
        }
    }

    /// True when files are not sealed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn named(&self, name: &[u8]) -> Option<&[u8; KEY_BYTES]> {
        self.0.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, key)| key)
    }

    /// A head with this file key, sealed with the first master key.
    fn head(&self, own: &[u8; KEY_BYTES], hash: &Hash) -> io::Result<Vec<u8>> {
        let (name, master) =
            self.0.first().ok_or_else(|| io::Error::other("no key to seal with"))?;
        let mut head =
            Vec::with_capacity(MAGIC.len() + 2 + name.len() + NONCE_LEN + KEY_BYTES + TAG_BYTES);
        head.extend_from_slice(MAGIC);
        head.push(VERSION);
        head.push(name.len() as u8);
        head.extend_from_slice(name.as_bytes());
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce)?;
        let mut sealed = own.to_vec();
        let bound = [&head[..], hash].concat();
        aead(master)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound),
                &mut sealed,
            )
            .map_err(|_| io::Error::other("a key could not be sealed"))?;
        head.extend_from_slice(&nonce);
        head.extend_from_slice(&sealed);
        Ok(head)
    }
}

fn key_of(digits: &str) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    if digits.len() != 2 * KEY_BYTES || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}

fn aead(key: &[u8; KEY_BYTES]) -> io::Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, key);
    Ok(LessSafeKey::new(key.map_err(|_| io::Error::other("a key cannot be used"))?))
}

fn random(into: &mut [u8]) -> io::Result<()> {
    SystemRandom::new().fill(into).map_err(|_| io::Error::other("no random numbers"))
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a file of the archive is damaged or was changed")
}

/// The nonce of a piece.
fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[0] = u8::from(is_last);
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

/// A file that is being sealed. It can be read only after [`finish`](Self::finish).
pub(super) struct Sealing<W: Write + Seek = File> {
    file: BufWriter<W>,
    keys: ArchiveKeys,
    own: [u8; KEY_BYTES],
    aead: LessSafeKey,
    piece: Vec<u8>,
    number: u64,
}

impl<W: Write + Seek> Sealing<W> {
    /// Begins to seal into an empty file.
    pub(super) fn new(file: W, keys: &ArchiveKeys) -> io::Result<Sealing<W>> {
        let mut own = [0; KEY_BYTES];
        random(&mut own)?;
        let mut file = BufWriter::new(file);
        // Room for the head, which holds the hash and comes last.
        file.write_all(&vec![0; keys.head(&own, &[0; 32])?.len()])?;
        let (keys, aead) = (keys.clone(), aead(&own)?);
        Ok(Sealing {
            file,
            keys,
            own,
            aead,
            piece: Vec::with_capacity(PIECE_BYTES + TAG_BYTES),
            number: 0,
        })
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let nonce = nonce(self.number, is_last);
        self.aead
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut self.piece)
            .map_err(|_| io::Error::other("a piece could not be sealed"))?;
        self.file.write_all(&self.piece)?;
        self.piece.clear();
        self.number += 1;
        Ok(())
    }

    /// Ends the file, whose content has this hash, and gives it back.
    pub(super) fn finish(mut self, hash: &Hash) -> io::Result<W> {
        self.seal(true)?;
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&self.keys.head(&self.own, hash)?)?;
        Ok(file)
    }
}

impl<W: Write + Seek> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece waits, because it may be the last.
        if self.piece.len() == PIECE_BYTES {
            self.seal(false)?;
        }
        let count = bytes.len().min(PIECE_BYTES - self.piece.len());
        self.piece.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A sealed file that is being read.
struct Opened<R> {
    file: BufReader<R>,
    aead: LessSafeKey,
    /// The piece that is being given, and how much of it was.
    piece: Vec<u8>,
    given: usize,
    number: u64,
    ended: bool,
}

/// Reads a file of the archive, sealed or not, whose content has this hash.
pub(super) fn open<R: Read + Seek + Send + 'static>(
    file: R,
    keys: &ArchiveKeys,
    hash: &Hash,
) -> io::Result<Box<dyn Read + Send>> {
    let mut file = BufReader::new(file);
    match read_head(&mut file, keys, hash)? {
        Head::Plain => {
            file.seek(SeekFrom::Start(0))?;
            Ok(Box::new(file))
        }
        Head::Sealed { own, .. } => Ok(Box::new(Opened {
            file,
            aead: aead(&own)?,
            piece: Vec::new(),
            given: 0,
            number: 0,
            ended: false,
        })),
    }
}

enum Head {
    /// The file is not sealed.
    Plain,
    Sealed {
        own: [u8; KEY_BYTES],
        /// It is sealed with the key that files are sealed with now.
        is_current: bool,
    },
}

fn read_head(file: &mut impl Read, keys: &ArchiveKeys, hash: &Hash) -> io::Result<Head> {
    let mut head = vec![0; MAGIC.len() + 2];
    if read_up_to(file, &mut head)? < head.len() || !head.starts_with(MAGIC) {
        return Ok(Head::Plain);
    }
    if head[MAGIC.len()] != VERSION {
        return Err(damaged());
    }
    let start = head.len();
    head.resize(start + usize::from(head[start - 1]), 0);
    file.read_exact(&mut head[start..])?;
    let name = &head[start..];
    let is_current = keys.0.first().is_some_and(|(first, _)| first.as_bytes() == name);
    let Some(master) = keys.named(name) else {
        let why = format!(
            "the archive is sealed with the key {}, which is not among the keys",
            String::from_utf8_lossy(name).escape_default()
        );
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    };
    let mut rest = [0; NONCE_LEN + KEY_BYTES + TAG_BYTES];
    file.read_exact(&mut rest)?;
    let (nonce, sealed) = rest.split_at_mut(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
    let bound = [&head[..], hash].concat();
    let opened = aead(master)?.open_in_place(nonce, Aad::from(bound), sealed);
    let own = <[u8; KEY_BYTES]>::try_from(&*opened.map_err(|_| damaged())?);
    Ok(Head::Sealed { own: own.map_err(|_| damaged())?, is_current })
}

/// Reads until the buffer is full or the file ends.
fn read_up_to(file: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < into.len() {
        match file.read(&mut into[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

impl<R: Read> Opened<R> {
    /// The next piece; false when there is none.
    fn next(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.piece.resize(PIECE_BYTES + TAG_BYTES, 0);
        let count = read_up_to(&mut self.file, &mut self.piece)?;
        // A shorter piece is the last; a full one is when nothing comes after it.
        let is_last = count < self.piece.len() || io::BufRead::fill_buf(&mut self.file)?.is_empty();
        let text = &mut self.piece[..count];
        let opened = self.aead.open_in_place(nonce(self.number, is_last), Aad::empty(), text);
        let length = opened.map_err(|_| damaged())?.len();
        self.piece.truncate(length);
        (self.given, self.ended) = (0, is_last);
        self.number += 1;
        Ok(true)
    }
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.piece.len() {
            if !self.next()? {
                return Ok(0);
            }
        }
        let count = into.len().min(self.piece.len() - self.given);
        into[..count].copy_from_slice(&self.piece[self.given..][..count]);
        self.given += count;
        Ok(count)
    }
}

/// What was done with a file whose key is exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Resealed {
    /// Nothing: it is sealed with the key of now.
    AsItWas,
    /// Its own key was sealed anew.
    Rewrapped,
    /// It was not sealed before.
    Sealed,
}

/// Writes to `to` what `from` holds, sealed with the first key, and gives it back; nothing when it is sealed with that already.
pub(super) fn reseal<R: Read + Seek, W: Write + Seek>(
    from: R,
    to: impl FnOnce() -> io::Result<W>,
    keys: &ArchiveKeys,
    hash: &Hash,
) -> io::Result<(Resealed, Option<W>)> {
    let mut from = BufReader::new(from);
    let (file, done) = match read_head(&mut from, keys, hash)? {
        Head::Sealed { is_current: true, .. } => return Ok((Resealed::AsItWas, None)),
        Head::Sealed { own, .. } => {
            let mut file = to()?;
            file.write_all(&keys.head(&own, hash)?)?;
            io::copy(&mut from, &mut file)?;
            (file, Resealed::Rewrapped)
        }
        Head::Plain => {
            from.seek(SeekFrom::Start(0))?;
            let mut sealing = Sealing::new(to()?, keys)?;
            io::copy(&mut from, &mut sealing)?;
            (sealing.finish(hash)?, Resealed::Sealed)
        }
    };
    Ok((done, Some(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: Hash = [7; 32];

    fn keys(names: &[&str]) -> ArchiveKeys {
        let line =
            |name: &&str| format!("{name} {}\n", format!("{:02x}", name.as_bytes()[0]).repeat(32));
        ArchiveKeys::parse(&names.iter().map(line).collect::<String>()).unwrap()
    }

    fn sealed(text: &[u8], keys: &ArchiveKeys) -> Vec<u8> {
        let file = tempfile::tempfile().unwrap();
        let mut sealing = Sealing::new(file, keys).unwrap();
        sealing.write_all(text).unwrap();
        let mut file = sealing.finish(&HASH).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file
    }

    fn opened(bytes: &[u8], keys: &ArchiveKeys, hash: &Hash) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        open(file(bytes), keys, hash)?.read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn what_was_sealed_is_opened_whatever_its_length() {
        let keys = keys(&["a"]);
        for length in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES] {
            let text: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let bytes = sealed(&text, &keys);
            assert!(length < 20 || !bytes.windows(20).any(|some| *some == text[..20]));
            assert!(opened(&bytes, &keys, &HASH).unwrap() == text, "{length}");
        }
        assert_eq!(opened(b"ISA*00*", &keys, &HASH).unwrap(), b"ISA*00*", "not sealed");
    }

    #[test]
    fn any_change_and_any_missing_end_is_seen() {
        let keys = keys(&["a"]);
        let bytes = sealed(&vec![b'x'; 2 * PIECE_BYTES + 5], &keys);
        let head = bytes.len() - (2 * PIECE_BYTES + 5) - 3 * TAG_BYTES;
        for at in [8, 11, 20, head - 1, head, head + PIECE_BYTES, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(opened(&changed, &keys, &HASH).is_err(), "{at}");
        }
        let piece = PIECE_BYTES + TAG_BYTES;
        for end in [head, head + 1, head + piece, head + 2 * piece, bytes.len() - 1] {
            assert!(opened(&bytes[..end], &keys, &HASH).is_err(), "{end}");
        }
        let swapped = [
            &bytes[..head],
            &bytes[head + piece..head + 2 * piece],
            &bytes[head..head + piece],
            &bytes[head + 2 * piece..],
        ];
        assert!(opened(&swapped.concat(), &keys, &HASH).is_err());
        assert!(opened(&bytes, &keys, &[8; 32]).is_err(), "the content of another file");
    }

    #[test]
    fn a_key_is_chosen_by_its_name() {
        let bytes = sealed(b"text", &keys(&["a"]));
        assert_eq!(opened(&bytes, &keys(&["b", "a"]), &HASH).unwrap(), b"text");
        let error = opened(&bytes, &keys(&["b"]), &HASH).unwrap_err();
        assert!(error.to_string().contains("the key a"), "{error}");
        assert!(opened(&bytes, &ArchiveKeys::default(), &HASH).is_err());
    }

    #[test]
    fn a_key_is_exchanged_without_the_old_one_being_needed_after() {
        let text = vec![b'x'; PIECE_BYTES + 5];
        let both = keys(&["b", "a"]);
        for (bytes, expected) in [
            (sealed(&text, &keys(&["a"])), Resealed::Rewrapped),
            (text.clone(), Resealed::Sealed),
            (sealed(&text, &both), Resealed::AsItWas),
        ] {
            let to = tempfile::NamedTempFile::new().unwrap();
            let (done, _) = reseal(file(&bytes), || to.reopen(), &both, &HASH).unwrap();
            assert_eq!(done, expected);
            if done != Resealed::AsItWas {
                let bytes = std::fs::read(to.path()).unwrap();
                assert!(opened(&bytes, &keys(&["b"]), &HASH).unwrap() == text);
            }
        }
    }

    #[test]
    fn keys_are_read_one_a_line() {
        let digits = "0f".repeat(32);
        let read =
            ArchiveKeys::parse(&format!("# of 2026\nkey-2 {digits}\n\nkey_1\t{digits}\n")).unwrap();
        assert_eq!(format!("{read:?}"), "[\"key-2\", \"key_1\"]");
        for (wrong, why) in [
            (format!("a {digits}0"), "line 1"),
            ("\na\n".to_owned(), "line 2"),
            (format!("a b {digits}"), "line 1"),
            (format!("a {digits}\na {digits}"), "two keys are named a"),
            ("# none".to_owned(), "1 to 100 keys"),
        ] {
            assert!(ArchiveKeys::parse(&wrong).unwrap_err().to_string().contains(why), "{wrong}");
        }
    }
}
