//! Any bytes are checked to the end, and what is acknowledged can be written.
#![no_main]

use std::convert::Infallible;

use libfuzzer_sys::fuzz_target;
use x12gate::check::{Excerpt, GroupHeader, Limits, SetReport, Sink, Stream};
use x12gate::finding::{Finding, Policy};
use x12gate::guide::Registry;
use x12gate::txn::ack::{AckOptions, FunctionalAck};
use x12gate::wire::{Delimiters, Emitter};

struct Acknowledge;

impl Sink for Acknowledge {
    type Error = Infallible;

    fn set(&mut self, report: SetReport) -> Result<(), Infallible> {
        let mut out = Emitter::new(Delimiters::STANDARD);
        let options = AckOptions::default();
        let ack = FunctionalAck::begin(&mut out, "0001", &GroupHeader::default(), options).expect("AK1 can be written");
        ack.set(&mut out, &report).expect("whatever was found can be acknowledged");
        Ok(())
    }

    fn envelope(&mut self, _finding: &Finding, _excerpt: &Excerpt) -> Result<(), Infallible> {
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    let mut stream = Stream::new(Registry::embedded(), Limits::default(), &Policy::default());
    let Ok(_) = stream.feed(data, true, &mut Acknowledge);
});
