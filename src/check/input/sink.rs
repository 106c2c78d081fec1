//! What whoever checks an input is told of it.

use super::super::claims::ClaimEvent;
use super::super::envelope::GroupReport;
use super::super::header::InterchangeHeader;
use super::super::report::{Excerpt, GroupHeader, SetReport};
use crate::finding::Finding;
use crate::guide::Guide;

/// Is told what comes of an input, in order. The first failure ends the check.
pub trait Sink {
    /// Why it could not take what it was told; [`std::convert::Infallible`] where it always can.
    type Error;

    /// True to be told of the claims of 837s one by one, whatever an error rejects.
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

    /// Claims of the set that is being checked, where they are told of; before its report, which may still reject them all.
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

    /// Something was found in an envelope, or outside any; comes before the end of its group or interchange.
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
