//! The receiver of the results of a check.

use super::super::claims::ClaimEvent;
use super::super::envelope::{GroupReport, InterchangeHeader};
use super::super::report::{Excerpt, GroupHeader, SetReport};
use crate::finding::Finding;
use crate::guide::Guide;

/// Receives the results of checking an input, in order. The first failure ends the check.
///
/// This one writes the 999 of a group:
///
/// ```
/// use std::convert::Infallible;
///
/// use x12gate::check::{Excerpt, GroupHeader, GroupReport, Limits, SetReport, Sink, Stream};
/// use x12gate::finding::{Finding, Policy};
/// use x12gate::guide::Registry;
/// use x12gate::txn::ack::{AckOptions, FunctionalAck};
/// use x12gate::wire::{Delimiters, Emitter};
///
/// #[derive(Default)]
/// struct Collector {
///     group: GroupHeader,
///     sets: Vec<SetReport>,
///     acknowledgment: Vec<u8>,
/// }
///
/// impl Sink for Collector {
///     type Error = Infallible;
///
///     fn group(&mut self, header: &GroupHeader) -> Result<(), Infallible> {
///         self.group = *header;
///         Ok(())
///     }
///
///     fn set(&mut self, report: SetReport) -> Result<(), Infallible> {
///         self.sets.push(report);
///         Ok(())
///     }
///
///     fn envelope(&mut self, finding: &Finding, _excerpt: &Excerpt) -> Result<(), Infallible> {
///         panic!("the envelope is sound: {finding:?}");
///     }
///
///     fn group_end(&mut self, report: &GroupReport) -> Result<(), Infallible> {
///         let mut out = Emitter::new(Delimiters::STANDARD);
///         let options = AckOptions::default();
///         let ack = FunctionalAck::begin(&mut out, "0001", &self.group, options).expect("AK1");
///         self.sets.iter().for_each(|set| ack.set(&mut out, set).expect("AK2 to IK5"));
///         ack.end(&mut out, report).expect("AK9");
///         self.acknowledgment = out.into_bytes();
///         Ok(())
///     }
/// }
///
/// // The trace names no company.
/// let text = std::fs::read_to_string("fixtures/valid/270_subscriber.edi")?;
/// let text = text.replace("TRN*1*TRACE0001*9SUBMITTER~", "TRN*1*TRACE0001~");
/// let mut collector = Collector::default();
/// let mut stream = Stream::new(Registry::embedded(), Limits::default(), &Policy::default());
/// let Ok(_) = stream.feed(text.as_bytes(), true, &mut collector);
///
/// let found = &collector.sets[0].findings[0];
/// assert_eq!(found.code.entry().id, "X12-2201");
/// assert_eq!((found.at.segment, found.at.element), (8, 3));
/// let acknowledgment = String::from_utf8_lossy(&collector.acknowledgment);
/// assert!(acknowledgment.contains("IK3*TRN*8*2000*8~") && acknowledgment.contains("IK5*R*5~"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Sink {
    /// Why a result could not be taken; [`std::convert::Infallible`] where it always can.
    type Error;

    /// True to receive the claims of 837s one by one, whatever an error rejects.
    fn wants_claims(&self) -> bool {
        false
    }

    /// An interchange begins.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn interchange(&mut self, _header: &InterchangeHeader) -> Result<(), Self::Error> {
        Ok(())
    }

    /// A group begins.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn group(&mut self, _header: &GroupHeader) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Claims of the set that is being checked, where they are reported; before the set's report, which may still reject all.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn claims(&mut self, _guide: &Guide, _events: Vec<ClaimEvent>) -> Result<(), Self::Error> {
        Ok(())
    }

    /// A set was checked.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn set(&mut self, report: SetReport) -> Result<(), Self::Error>;

    /// A group has ended.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn group_end(&mut self, _report: &GroupReport) -> Result<(), Self::Error> {
        Ok(())
    }

    /// A finding in an envelope, or outside any; comes before the end of its group or interchange.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn envelope(&mut self, finding: &Finding, excerpt: &Excerpt) -> Result<(), Self::Error>;

    /// An interchange has ended; with the TA105 that rejects it, if any.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    fn interchange_end(
        &mut self,
        _header: &InterchangeHeader,
        _rejection: Option<&'static str>,
    ) -> Result<(), Self::Error> {
        Ok(())
    }
}
