//! Whatever a 270 holds is read without a panic, and what was written of it reads and writes the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use x12gate::check::{GroupHeader, SetChecker, SetPlace};
use x12gate::finding::Policy;
use x12gate::guide::Registry;
use x12gate::txn::eligibility::Inquiry;
use x12gate::wire::{Delimiters, Emitter};

fn read(text: &[u8]) -> Option<(bool, Inquiry)> {
    let mut group = GroupHeader::default();
    group.functional = "HS".into();
    group.version = "005010X279A1".into();
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default()).with_tree();
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let (report, walked) = checker.walk(text, place);
    Some((report.is_accepted(), Inquiry::read(walked?.root())))
}

fn write(inquiry: &Inquiry) -> Option<Vec<u8>> {
    let mut out = Emitter::new(Delimiters::STANDARD);
    inquiry.write(&mut out).ok()?;
    Some(out.into_bytes())
}

fuzz_target!(|data: &[u8]| {
    let Some((accepted, inquiry)) = read(data) else { return };
    if !accepted {
        return;
    }
    // The writer puts things right (an organization has no first name), so what it has written is the measure.
    let Some(written) = write(&inquiry) else { return };
    if let Some((true, again)) = read(&written) {
        assert_eq!(write(&again), Some(written));
    }
});
