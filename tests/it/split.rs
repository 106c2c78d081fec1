//! Parts of every fixture are sound, and no set is lost.

use std::convert::Infallible;

use crate::fixtures::files;
use crate::found::check;
use x12gate::split::{By, Parts, Splitter};
use x12gate::wire::{Framed, Framer, PieceKind};

#[derive(Default)]
struct Kept(Vec<Vec<u8>>);

impl Parts for Kept {
    type Error = Infallible;
    fn begin(&mut self, _: &[&[u8]]) -> Result<(), Infallible> {
        self.0.push(Vec::new());
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.last_mut().unwrap().extend_from_slice(bytes);
        Ok(())
    }
    fn end(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn split(text: &[u8], by: By) -> Vec<Vec<u8>> {
    let mut kept = Kept::default();
    let mut splitter = Splitter::new(by);
    let Ok(done) = splitter.feed(text, true, &mut kept);
    assert_eq!((done, splitter.left_out()), (text.len(), 0));
    kept.0
}

/// The sets and TA1 segments of an input.
fn sets(text: &[u8]) -> Vec<Vec<u8>> {
    let mut framer = Framer::default();
    let (mut start, mut found) = (0, Vec::new());
    while let Framed::Piece(piece) = framer.next(&text[start..], true) {
        if matches!(piece.kind, PieceKind::Set { .. } | PieceKind::Ta1) {
            found.push(text[start..][piece.span.clone()].to_vec());
        }
        start += piece.consumed;
    }
    found
}

#[test]
fn every_part_is_sound_and_nothing_is_lost() {
    for file in files("valid").into_iter().chain(files("quirks")) {
        let text = std::fs::read(&file).unwrap();
        let whole = sets(&text);
        for by in [By::Interchange, By::Group, By::Set] {
            let parts = split(&text, by);
            for part in &parts {
                assert_eq!(check(part).found, [], "{} by {by:?}", file.display());
            }
            let again: Vec<_> = parts.iter().flat_map(|part| sets(part)).collect();
            assert_eq!(again, whole, "{} by {by:?}", file.display());
            if by == By::Set {
                assert_eq!(parts.len(), whole.len());
            }
        }
    }
}

#[test]
fn trailers_count_what_is_in_the_part() {
    let two = files("quirks").into_iter().find(|f| f.ends_with("two_groups.edi")).unwrap();
    let parts = split(&std::fs::read(two).unwrap(), By::Group);
    assert_eq!(parts.len(), 2);
    for part in parts {
        assert!(String::from_utf8(part).unwrap().contains("IEA*1*"));
    }
}
