//! What is generated is read and written again byte by byte.

use time::macros::datetime;

use crate::check::{InputPart, read_parts};
use crate::generate::{GenerateKind, GenerateOptions, generate};
use crate::guide::Registry;
use crate::txn::review::{Purpose, Review, Side};
use crate::wire::{Delimiters, EmitError, Emitter};

#[test]
fn generated_reviews_are_read_and_written_back_byte_by_byte() {
    for kind in GenerateKind::REVIEWS {
        let facts = kind.facts();
        let purpose = Purpose::of_guide(facts.guide).unwrap();
        let side = if facts.from_payer { Side::Answer } else { Side::Question };
        let options = GenerateOptions {
            count: 500,
            members: 1000,
            ..GenerateOptions::new(*kind, datetime!(2026 - 01 - 05 09:30))
        };
        let mut text = Vec::new();
        generate::<EmitError>(&options, &mut |bytes, _| {
            text.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
        let mut out = Emitter::new(Delimiters::STANDARD);
        let mut sets = 0;
        read_parts(&text, Registry::embedded(), |part| {
            if let InputPart::Set { root, report, .. } = part {
                assert!(report.findings.is_empty(), "{}: {:?}", facts.name, report.findings);
                let review = Review::read(root, purpose);
                review.write(purpose, side, &review.control, &mut out).unwrap();
                sets += 1;
            }
        });
        assert_eq!(sets, 500, "{}", facts.name);
        let sent = String::from_utf8(text).unwrap();
        let is_envelope =
            |segment: &&str| ["ISA", "GS*", "GE*", "IEA"].iter().any(|id| segment.starts_with(id));
        let written = String::from_utf8(out.into_bytes()).unwrap();
        let mut again = written.split_terminator('~');
        for segment in sent.split_terminator('~').filter(|segment| !is_envelope(segment)) {
            assert_eq!(again.next(), Some(segment), "{}", facts.name);
        }
        assert_eq!(again.next(), None, "{}", facts.name);
    }
}
