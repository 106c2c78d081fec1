//! Everything that is wrong with an input, in one call.

use std::convert::Infallible;
use std::sync::Arc;

use super::input::{Limits, Sink, Stream};
use super::report::{Excerpt, SetReport};
use crate::finding::render::{RenderContext, message, place};
use crate::finding::{Finding, Policy};
use crate::guide::{Guide, Registry};
use crate::wire::Tape;

/// A finding with what is needed to render it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// The finding.
    pub finding: Finding,
    /// The segment it was found at.
    pub excerpt: Excerpt,
    /// The guide of its set; none for what is found in an envelope, and where no guide is known.
    pub guide: Option<Arc<Guide>>,
}

impl Found {
    /// What is wrong, in one line. It contains no names, ids, dates, amounts or free text.
    pub fn message(&self) -> String {
        self.say(message)
    }

    /// Where it is: segment, element and loop.
    pub fn place(&self) -> String {
        self.say(place)
    }

    fn say(&self, say: impl FnOnce(&Finding, &RenderContext<'_>) -> String) -> String {
        let mut tape = Tape::default();
        tape.fill(&self.excerpt.text, self.excerpt.delimiters);
        let context = RenderContext {
            guide: self.guide.as_deref(),
            segment: (!tape.is_empty()).then(|| tape.segment(&self.excerpt.text, 0)),
            segment_offset: self.excerpt.offset,
            segment_position: self.excerpt.position,
            ..RenderContext::default()
        };
        say(&self.finding, &context)
    }
}

/// Checks an input of any number of interchanges and gives all that is wrong with it, in the order of the input.
///
/// ```
/// use x12gate::check::findings;
/// use x12gate::finding::Policy;
/// use x12gate::guide::Registry;
///
/// // The trace names no company.
/// let text = std::fs::read_to_string("fixtures/valid/270_subscriber.edi")?;
/// let text = text.replace("TRN*1*TRACE0001*9SUBMITTER~", "TRN*1*TRACE0001~");
/// let found = findings(text.as_bytes(), Registry::embedded(), &Policy::default());
///
/// assert_eq!(found.len(), 1);
/// assert_eq!(found[0].finding.code.entry().id, "X12-2201");
/// assert_eq!((found[0].finding.at.segment, found[0].finding.at.element), (8, 3));
/// println!("{}: {}", found[0].place(), found[0].message());
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Everything found is held in memory; for large inputs see [`Stream`] and [`super::check_input`].
pub fn findings(input: &[u8], registry: &Registry, policy: &Policy) -> Vec<Found> {
    let mut collector = Collector::default();
    let mut stream = Stream::new(registry, Limits::default(), policy);
    let Ok(_) = stream.feed(input, true, &mut collector);
    collector.found
}

#[derive(Default)]
struct Collector {
    found: Vec<Found>,
}

impl Sink for Collector {
    type Error = Infallible;

    fn set(&mut self, report: SetReport) -> Result<(), Infallible> {
        let guide = report.guide;
        let of_set = report.findings.into_iter().zip(report.excerpts);
        self.found.extend(of_set.map(|(finding, excerpt)| Found {
            finding,
            excerpt,
            guide: guide.clone(),
        }));
        Ok(())
    }

    fn envelope(&mut self, finding: &Finding, excerpt: &Excerpt) -> Result<(), Infallible> {
        self.found.push(Found { finding: *finding, excerpt: excerpt.clone(), guide: None });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::finding::{Code, Policy};
    use crate::guide::Registry;

    #[test]
    fn findings_of_envelopes_and_sets_come_in_order_and_say_where_they_are() {
        let text = include_str!("../../fixtures/valid/270_subscriber.edi");
        let text = text.replace("TRN*1*TRACE0001*9SUBMITTER~", "TRN*1*TRACE0001~");
        let text = text.replace("GE*1*", "GE*2*");
        let found = findings(text.as_bytes(), Registry::embedded(), &Policy::default());
        let codes: Vec<Code> = found.iter().map(|found| found.finding.code).collect();
        assert_eq!(codes, [Code::ElementMissing, Code::GroupSetCount]);
        assert!(found[0].place().contains("TRN"), "{}", found[0].place());
        assert!(found.iter().all(|found| !found.message().is_empty()));
        assert!(found[0].guide.is_some() && found[1].guide.is_none());
    }

    #[test]
    fn what_is_no_x12_is_one_finding() {
        let found = findings(b"", Registry::embedded(), &Policy::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].finding.code, Code::NotX12);
    }
}
